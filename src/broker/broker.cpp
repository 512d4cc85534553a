#include "broker/broker.h"

#include <algorithm>
#include <utility>

#include "broker/coordinator_host.h"
#include "broker/error_answer.h"
#include "broker/timers.h"
#include "protocol/facts_of_logs.h"
#include "sim/mutant.h"

namespace kafkascope::broker {

namespace {
/// A request to another broker about a transaction has ended.
void on_inter_broker(Ctx& ctx, BrokerServer& server, const std::optional<InterBrokerChannels::Completion>& done,
                     bool of_markers) {
  if (!done) return;
  if (of_markers) server.coordinators.on_markers_sent(ctx, server, *done);
  else server.verifications.on_completion(ctx, server, *done);
}
}  // namespace

Broker::Broker(const Broker&) = default;
Broker::Broker(Broker&&) noexcept = default;
Broker& Broker::operator=(const Broker&) = default;
Broker& Broker::operator=(Broker&&) noexcept = default;
Broker::~Broker() = default;

Broker::Broker(BrokerOptions options) : server_(std::move(options)) {}

void Broker::preload(const raft::FormedLog& log, LeaderEpoch epoch, BrokerId leader, BrokerEpoch broker_epoch,
                     std::int64_t incarnation, const MetadataImage& formed, std::vector<TopicPartition> own) {
  server_.raft.preload(log, epoch, leader);
  server_.image = formed;
  server_.publisher.applied = formed.last_offset();
  server_.publisher.changed_partitions = std::move(own);
  server_.lifecycle.preload(broker_epoch, incarnation);
}

void Broker::preload_zookeeper(const MetadataImage& formed, BrokerEpoch broker_epoch, std::vector<TopicPartition> own,
                               protocol::ZkSessionId session, zookeeper::Zxid seen, BrokerId controller,
                               const std::optional<controller::ControllerContext>& context) {
  server_.image = formed;
  server_.publisher.applied = formed.last_offset();
  server_.publisher.changed_partitions = std::move(own);
  for (const protocol::TopicImage& topic : formed.topics()) server_.zk->configured.insert(topic.id);
  server_.lifecycle.preload(broker_epoch, 0);
  namespace znode = controller::znode;
  std::set<std::string> data{znode::kController}, exist, child{znode::kConfigChanges};
  if (server_.connections.authorizer.enabled()) child.insert({znode::kAclChanges, znode::kExtendedAclChanges});
  if (context) {
    child.insert({znode::kBrokerIds, znode::kTopics, znode::kDeleteTopics, znode::kIsrChanges, znode::kDirEvents});
    exist = {znode::kPreferredElection, znode::kReassign};
    for (const auto& [id, topic] : context->topics) data.insert(znode::topic(topic.name));
  }
  server_.zk->client.preload(session, seen, std::move(data), std::move(exist), std::move(child));
  server_.zk->session = session;
  server_.zk->controller_epoch = 1;
  server_.zk->controller.preload(controller, context, broker_epoch);
}

// ---------------------------------------------------------------------------------------------- the kernel's calls

void Broker::on_start(Ctx& ctx) {
  server_.connections.handlers.start(server_.options.config.number("num.io.threads"), ctx.now());
  // Sets when high watermark checkpoints begin (ReplicaManager.startHighWatermarkCheckPointThread): under KRaft when
  // the logs are loaded, in 2.5 at the first LeaderAndIsr, which a replica of a formed cluster has already received.
  server_.logs.high_watermarks_from =
      server_.zk && (server_.zk->session == 0 || server_.publisher.changed_partitions.empty()) ? sim::kNever
                                                                                               : ctx.now();
  server_.dirs.on_start(server_.logs.deleted_log_gone_at(server_, ctx.now()));
  for (std::size_t i = 0; i < server_.replicas.size(); ++i)
    server_.replicas[i].offline =
        server_.replicas[i].dir != storage::kNoDir && !server_.dirs.online(server_.replicas[i].dir);
  for (std::size_t i = 0; i < server_.replicas.size(); ++i) {
    Replica& r = server_.replicas[i];
    if (r.offline) continue;
    // If the logs have to be read first, on_start is called again afterwards, and the checkpoint schedules begin at
    // that time.
    r.log.on_start(ctx.now(), ctx.wall_clock_ms(), {server_.logs.high_watermarks_from, ctx.now()});
    const auto lost = server_.logs.lost_tails.find(static_cast<std::int32_t>(i));
    const std::int64_t lost_from = lost == server_.logs.lost_tails.end() ? -1 : lost->second.value;
    // A lost tail in an offline directory is reported when the directory is back.
    if (lost_from >= 0) server_.logs.lost_tails.erase(lost);
    const storage::RecoveryReport& found = r.log.recovery();
    if (lost_from >= 0 || r.log.log_end_offset() > r.log.log_start_offset())
      ctx.trace(fact::LogRecovered{.partition = r.tp,
                                   .log_end_offset = r.log.log_end_offset(),
                                   .lost_from = Offset{lost_from},
                                   .scanned_bytes = found.bytes_scanned,
                                   .torn_bytes = found.torn_bytes});
  }
  const protocol::AdvertisedListeners listeners =
      protocol::advertised_listeners(server_.options.config, server_.options.host);
  if (server_.zk) {
    server_.zk->controller.set_registration(
        {server_.options.host, ctx.self().index, server_.options.rack, listeners.urls});
    server_.lifecycle.start_for_zookeeper();
  } else {
    server_.raft.on_start(ctx);
    server_.lifecycle.on_start(ctx, listeners.endpoint(ctx.self().index), server_.dirs.online_ids(),
                               server_.dirs.offline_count() == 0);
  }
  server_.coordinators.transaction.startup(ctx.now());
  if (server_.lifecycle.running()) ctx.set_state(sim::NodeState::Running);
  if (server_.settings.lag_max / 2 >= sim::milliseconds(1))
    ctx.set_timer(server_.settings.lag_max / 2, timer::kIsrCheck);  // with a negative interval: once, at the start
                                                                    // (KafkaScheduler.schedule)
  if (server_.logs.recovery_time(server_).us == 0) server_.logs.begin_log_maintenance(ctx, server_);
  if (server_.zk) server_.zk->start_zookeeper(ctx, server_);
  if (server_.logs.out_of_directories(server_)) return ctx.halt();
  finish(ctx);
}

void Broker::on_message(Ctx& ctx, sim::ConnectionId connection, const Message& message) {
  if (server_.zk && server_.zk->client.on_message(ctx, connection, message)) return finish(ctx);
  if (message.is_response()) {
    on_response(ctx, connection, message);
  } else {
    server_.connections.accept(ctx, server_, connection, message);
  }
  finish(ctx);
}

void Broker::on_response(Ctx& ctx, sim::ConnectionId connection, const Message& message) {
  if (Fetcher* fetcher = server_.fetchers.fetcher_on(connection)) {
    server_.fetchers.on_fetcher_response(ctx, server_, *fetcher, message);
  } else if (server_.heartbeat_channel.owns(connection)) {
    if (auto done = server_.heartbeat_channel.on_response(ctx, server_.raft, message))
      on_lifecycle(ctx, server_.lifecycle.on_completion(ctx, *done));
  } else if (server_.alter_partitions.alter_channel.owns(connection)) {
    if (auto done = server_.alter_partitions.alter_channel.on_response(ctx, server_.raft, message))
      server_.alter_partitions.on_alter_partition(ctx, server_, *done);
  } else if (server_.forwarding.forward_channel.owns(connection)) {
    if (auto done = server_.forwarding.forward_channel.on_response(ctx, server_.raft, message))
      server_.forwarding.on_forwarded(ctx, server_, *done);
  } else if (server_.coordinators.marker_channels.owns(connection)) {
    on_inter_broker(ctx, server_, server_.coordinators.marker_channels.on_response(ctx, connection, message), true);
  } else if (server_.verifications.channels.owns(connection)) {
    on_inter_broker(ctx, server_, server_.verifications.channels.on_response(ctx, connection, message), false);
  } else if (server_.zk) {
    if (connection == server_.zk->shutdown_connection) server_.zk->on_controlled_shutdown(ctx, server_, message);
    else server_.zk->controller.on_response(ctx, server_.zk->client, connection, message);
  } else if (server_.shares.state.persister.owns(connection)) {
    if (auto done = server_.shares.state.persister.on_response(ctx, connection, message))
      server_.shares.state.done.push_back(*std::move(done));
  } else {
    server_.raft.on_message(ctx, connection, message);
  }
}

void Broker::on_timer(Ctx& ctx, std::uint16_t kind, std::uint64_t arg) {
  const auto channel_done = [&](ControllerChannel& channel, auto&& act, bool request) {
    auto done = request ? channel.on_request_timeout(ctx, server_.raft) : channel.on_retry(ctx, server_.raft);
    if (done) act(*done);
  };
  const auto slot = static_cast<std::uint32_t>(arg);
  const auto generation = static_cast<std::uint32_t>(arg >> 32);
  switch (kind) {
    case timer::kChannelRequest:
    case timer::kChannelRetry: {
      const bool request = kind == timer::kChannelRequest;
      if (arg == kHeartbeats)
        channel_done(
            server_.heartbeat_channel,
            [&](const auto& d) { on_lifecycle(ctx, server_.lifecycle.on_completion(ctx, d)); }, request);
      if (arg == kAlterPartitions)
        channel_done(
            server_.alter_partitions.alter_channel,
            [&](const auto& d) { server_.alter_partitions.on_alter_partition(ctx, server_, d); }, request);
      if (arg == kForwarding)
        channel_done(
            server_.forwarding.forward_channel,
            [&](const auto& d) { server_.forwarding.on_forwarded(ctx, server_, d); }, request);
      break;
    }
    case timer::kCommunication:
    case timer::kRegistrationTimeout:
    case timer::kShutdownDeadline:
    case timer::kLogDirFailure:
      on_lifecycle(ctx, server_.lifecycle.on_timer(ctx, kind, server_.heartbeat_channel, server_.raft,
                                                   server_.publisher.applied, arg));
      break;
    case timer::kLogDirCheck:
      for (std::int32_t dir = 0; dir < server_.dirs.size(); ++dir)
        if (server_.dirs[dir].failing)
          server_.logs.take_dir_offline(ctx, server_, dir, fact::DirFailureReason::Failing);
      break;
    case timer::kLogsLoaded:
      server_.logs.loading = LogManager::Loading::Done;
      server_.logs.begin_log_maintenance(ctx, server_);
      if (server_.zk) server_.zk->begin_session(ctx, server_);
      else server_.publisher.publish(ctx, server_);
      break;
    case timer::kAssignments: server_.forwarding.send_assignments(ctx, server_); break;
    case timer::kIsrCheck: server_.alter_partitions.check_isr(ctx, server_); break;
    case timer::kAlterPartitionRetry:
      server_.alter_partitions.alter_retry = {};
      server_.alter_partitions.send_alter_partition(ctx, server_);
      break;
    case timer::kDelayedProduce:
      if (server_.delayed.produces[slot].used && server_.delayed.produces[slot].generation == generation)
        server_.delayed.expire_produce(ctx, server_, slot);
      break;
    case timer::kAppendDone:
      server_.connections.handlers.end_wait(ctx.now());
      if (server_.delayed.produces[slot].used && server_.delayed.produces[slot].generation == generation)
        server_.replica_manager.finish_produce(ctx, server_, slot);
      break;
    case timer::kDelayedFetch:
      if (!server_.delayed.fetches[slot].used || server_.delayed.fetches[slot].generation != generation) break;
      ++(server_.delayed.fetches[slot].request.replica_id >= 0 ? server_.metrics.expired_follower_fetches
                                                               : server_.metrics.expired_consumer_fetches);
      if (server_.alter_partitions.watches_locked_partition(server_, server_.delayed.fetches[slot]))
        server_.delayed.fetches[slot].overdue = true;
      else server_.delayed.complete_fetch(ctx, server_, slot);
      break;
    case timer::kFetcherWake:
    case timer::kFetcherRequest:
      for (Fetcher& f : server_.fetchers.fetchers) {
        if (f.leader != static_cast<BrokerId>(slot) || f.id != static_cast<std::int32_t>(generation)) continue;
        if (kind == timer::kFetcherRequest) {
          server_.fetchers.fetcher_failed(ctx, server_, f, true);
        } else {
          f.wake = {};
          if (f.step == Fetcher::Step::Writing) f.step = Fetcher::Step::Idle;
          server_.fetchers.run_fetcher(ctx, server_, f);
        }
      }
      break;
    case timer::kUnmute:
      if (Connection* connection = server_.connections.find_connection({slot, generation}))
        server_.connections.read_next(*connection);
      break;
    case timer::kIsrPropagation: server_.zk->propagate_isr_changes(ctx, server_); break;
    case timer::kControlledShutdown:
      if (server_.zk->shutdown_connection.valid())
        server_.zk->retry_controlled_shutdown(ctx, server_);  // no response in time
      else server_.zk->ask_controlled_shutdown(ctx, server_);
      break;
    case timer::kSessionClosed: ctx.exit(); break;
    case timer::kDelayedTopics: server_.zk->expire_delayed_topics(ctx, server_, arg); break;
    case timer::kShareLock: server_.shares.on_share_lock_timer(ctx, arg); break;
    case timer::kShareWait: server_.shares.on_share_wait_over(server_, arg); break;
    case timer::kSharePersister:
      for (auto& done : server_.shares.state.persister.on_timer(ctx))
        server_.shares.state.done.push_back(std::move(done));
      break;
    case timer::kInterBroker:
      on_inter_broker(ctx, server_,
                      server_.coordinators.marker_channels.owns_timer(arg)
                          ? server_.coordinators.marker_channels.on_timer(ctx, server_.image, arg)
                          : server_.verifications.channels.on_timer(ctx, server_.image, arg),
                      server_.coordinators.marker_channels.owns_timer(arg));
      break;
    case timer::kVerificationRetry: server_.verifications.on_retry_timer(ctx, server_, arg); break;
    case timer::kTransactionMarker: server_.markers.on_appended(ctx, server_, arg, ErrorCode::REQUEST_TIMED_OUT); break;
    case timer::kProducerIdsRetry:
      server_.forwarding.producer_ids_wanted = false;
      server_.forwarding.want_producer_ids(ctx, server_);
      break;
    default: {
      if (server_.zk && (server_.zk->client.on_timer(ctx, kind, arg) ||
                         server_.zk->controller.on_timer(ctx, server_.zk->client, kind, arg)))
        break;
      if (server_.logs.on_log_timer(ctx, server_, kind, arg) || server_.raft.on_timer(ctx, kind, arg)) break;
      if (server_.coordinators.on_timer(ctx, server_, kind, arg)) break;
      ctx.fault("every timer of a broker has an owner");
    }
  }
  finish(ctx);
}

void Broker::on_disk(Ctx& ctx, std::uint16_t kind, std::uint64_t arg) {
  server_.raft.on_disk(ctx, kind, arg);
  finish(ctx);
}

void Broker::on_disconnect(Ctx& ctx, sim::ConnectionId connection, sim::Disconnect why) {
  if (server_.zk && server_.zk->client.on_disconnect(ctx, connection, why)) return finish(ctx);
  if (Fetcher* fetcher = server_.fetchers.fetcher_on(connection)) {
    server_.fetchers.fetcher_failed(ctx, server_, *fetcher, false);
  } else if (server_.heartbeat_channel.owns(connection)) {
    if (auto done = server_.heartbeat_channel.on_disconnect(ctx, server_.raft))
      on_lifecycle(ctx, server_.lifecycle.on_completion(ctx, *done));
  } else if (server_.alter_partitions.alter_channel.owns(connection)) {
    if (auto done = server_.alter_partitions.alter_channel.on_disconnect(ctx, server_.raft))
      server_.alter_partitions.on_alter_partition(ctx, server_, *done);
  } else if (server_.forwarding.forward_channel.owns(connection)) {
    if (auto done = server_.forwarding.forward_channel.on_disconnect(ctx, server_.raft))
      server_.forwarding.on_forwarded(ctx, server_, *done);
  } else if (server_.shares.state.persister.owns(connection)) {
    server_.shares.state.persister.on_disconnect(ctx, connection);
  } else if (server_.coordinators.marker_channels.owns(connection)) {
    on_inter_broker(ctx, server_, server_.coordinators.marker_channels.on_disconnect(ctx, connection), true);
  } else if (server_.verifications.channels.owns(connection)) {
    on_inter_broker(ctx, server_, server_.verifications.channels.on_disconnect(ctx, connection), false);
  } else if (Connection* from = server_.connections.find_connection(connection)) {
    server_.connections.on_closed_by_client(ctx, server_, *from, why);
  } else if (server_.zk) {
    if (connection == server_.zk->shutdown_connection) server_.zk->retry_controlled_shutdown(ctx, server_);
    else server_.zk->controller.on_disconnect(ctx, connection);
  } else {
    server_.raft.on_disconnect(ctx, connection, why);
  }
  finish(ctx);
}

void Broker::request_shutdown(Ctx& ctx) {
  ctx.set_state(sim::NodeState::ShuttingDown);
  if (!server_.settings.controlled_shutdown) {
    if (!server_.zk || !server_.lifecycle.running()) return ctx.exit();
    on_lifecycle(ctx, server_.lifecycle.begin_controlled_shutdown(ctx, false));
    server_.zk->close_session(ctx);
    return finish(ctx);
  }
  const bool again = server_.lifecycle.state() == BrokerState::PendingControlledShutdown;
  on_lifecycle(ctx, server_.lifecycle.begin_controlled_shutdown(ctx, !server_.zk));
  if (server_.zk && !again && server_.lifecycle.state() == BrokerState::PendingControlledShutdown)
    server_.zk->ask_controlled_shutdown(ctx, server_);
  finish(ctx);
}

void Broker::on_lifecycle(Ctx& ctx, BrokerLifecycle::Outcome outcome) {
  switch (outcome) {
    case BrokerLifecycle::Outcome::Nothing: break;
    case BrokerLifecycle::Outcome::CaughtUp:
      if (server_.publisher.first_publish_done) server_.publisher.on_caught_up(ctx, server_);
      break;
    case BrokerLifecycle::Outcome::Unfenced: ctx.set_state(sim::NodeState::Running); break;
    case BrokerLifecycle::Outcome::ShutDown: request_shutdown(ctx); break;
    case BrokerLifecycle::Outcome::Exit: ctx.exit(); break;
  }
}

/// Handles the internal consequences of one callback until nothing is left to do.
void Broker::finish(Ctx& ctx) {
  do_what_follows(ctx);
  server_.fetches.wake_readers(server_);
  server_.replicas.forget_touched();
}

void Broker::do_what_follows(Ctx& ctx) {
  for (;;) {
    if (!server_.logs.failed_dirs.empty()) {
      for (const auto& [dir, reason] : std::exchange(server_.logs.failed_dirs, {}))
        server_.logs.handle_log_dir_failure(ctx, server_, dir, reason);
      continue;
    }
    if (server_.zk && server_.zk->on_zookeeper_events(ctx, server_)) continue;
    if (server_.zk) server_.zk->take_from_controller(ctx, server_);
    if (server_.publisher.apply_committed(ctx, server_)) continue;
    if (!server_.coordinators.append_results.empty()) {
      server_.coordinators.finish_appends(ctx, server_);
      continue;
    }
    if (server_.verifications.finish(ctx, server_)) continue;
    if (server_.shares.run_share_groups(ctx, server_)) continue;
    if (server_.connections.handlers.one_is_free() && !server_.connections.handlers.queue().empty()) {
      server_.connections.handle_next_request(ctx, server_);
      continue;
    }
    if (server_.connections.runnable.empty()) return;
    const sim::ConnectionId id = server_.connections.runnable.front();
    server_.connections.runnable.erase(server_.connections.runnable.begin());
    Connection* connection = server_.connections.find_connection(id);
    if (connection == nullptr || connection->busy) continue;
    if (connection->queue.empty()) {
      if (connection->closed_by_client) server_.connections.drop_connection(ctx, server_, id);
      continue;
    }
    const Message message = std::move(connection->queue.front());
    connection->queue.erase(connection->queue.begin());
    server_.connections.receive(ctx, server_, *connection, message);
  }
}

void Broker::change_disk(std::int32_t only, const DiskChange& change, sim::Instant now) {
  for (std::int32_t dir = 0; dir < server_.dirs.size(); ++dir) {
    if (only != storage::kNoDir && only != dir) continue;
    if (change.write_bytes_per_s) server_.dirs.set_write_rate(dir, *change.write_bytes_per_s, now);
    if (change.capacity_bytes) server_.dirs.set_capacity(dir, *change.capacity_bytes);
    if (change.flush) server_.dirs.set_flush(dir, *change.flush);
    if (change.fail) server_.dirs.set_failing(dir, *change.fail);
  }
}

/// ReplicaManager.checkpointHighWatermarks writes into every directory, so its next run notices the failure.
void Broker::expect_disk_failure(Ctx& ctx) {
  const std::int64_t every =
      sim::milliseconds(server_.options.config.number("replica.high.watermark.checkpoint.interval.ms")).us;
  if (every > 0)
    ctx.set_timer(sim::microseconds(every - (ctx.now() - server_.logs.logs_loaded_at).us % every), timer::kLogDirCheck);
}

void Broker::wipe_disk(std::int32_t only) {
  if (only == storage::kNoDir || only == kMetadataDir) server_.raft = raft::QuorumNode(server_.raft.options());
  // A clean-shutdown file is missing: the previous stop counts as unclean.
  server_.lifecycle = BrokerLifecycle(server_.options.id, server_.options.rack, server_.options.config)
                          .after(server_.lifecycle.incarnation());
  for (std::int32_t dir = 0; dir < server_.dirs.size(); ++dir)
    if (only == storage::kNoDir || only == dir) server_.dirs.wipe(dir);
  for (std::size_t i = 0; i < server_.replicas.size(); ++i) {
    if (only != storage::kNoDir && only != server_.replicas[i].dir) continue;
    Replica fresh;
    fresh.tp = server_.replicas[i].tp;
    fresh.log = storage::PartitionLog(server_.replicas[i].log.options());
    server_.logs.lost_tails.erase_key(static_cast<std::int32_t>(i));
    server_.replicas[i] = std::move(fresh);
  }
  server_.replicas.forget_touched();
}

}  // namespace kafkascope::broker
