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

constexpr std::uint32_t kHeartbeats = 0, kAlterPartitions = 1, kForwarding = 2;  // indices of the channels

raft::QuorumOptions quorum_options(const BrokerOptions& o) {
  raft::QuorumOptions q;
  if (!o.zookeepers.empty()) return q;  // with ZooKeeper there is no quorum
  q.id = o.id;
  q.voter = false;
  q.voters = o.voters;
  q.election_timeout_ms = o.config.number("controller.quorum.election.timeout.ms");
  q.fetch_timeout_ms = o.config.number("controller.quorum.fetch.timeout.ms");
  q.election_backoff_max_ms = o.config.number("controller.quorum.election.backoff.max.ms");
  q.append_linger_ms = o.config.number("controller.quorum.append.linger.ms");
  q.request_timeout_ms = o.config.number("controller.quorum.request.timeout.ms");
  q.retry_backoff_ms = o.config.number("controller.quorum.retry.backoff.ms");
  q.snapshot_bytes = o.config.number("metadata.log.max.record.bytes.between.snapshots");
  q.snapshot_interval_ms = o.config.number("metadata.log.max.snapshot.interval.ms");
  q.retention_bytes = o.config.number("metadata.max.retention.bytes");
  q.retention_ms = o.config.number("metadata.max.retention.ms");
  return q;
}

sim::Duration shorter(sim::Duration a, sim::Duration b) { return a < b ? a : b; }
constexpr sim::Duration kForEver{-1};

/// How long a heartbeat is repeated; 0 under ZooKeeper, which has its own sessions.
sim::Duration session_timeout(const BrokerOptions& o) {
  return o.zookeepers.empty() ? sim::milliseconds(o.config.number("broker.session.timeout.ms")) : sim::Duration{};
}

}  // namespace

Broker::Broker(const Broker&) = default;
Broker::Broker(Broker&&) noexcept = default;
Broker& Broker::operator=(const Broker&) = default;
Broker& Broker::operator=(Broker&&) noexcept = default;
Broker::~Broker() = default;

Broker::Broker(BrokerOptions options)
    : options_(std::move(options)),
      lag_max_(sim::milliseconds(options_.config.number("replica.lag.time.max.ms"))),
      fetch_backoff_(sim::milliseconds(options_.config.number("replica.fetch.backoff.ms"))),
      socket_timeout_(sim::milliseconds(options_.config.number("replica.socket.timeout.ms"))),
      fetch_wait_ms_(static_cast<std::int32_t>(options_.config.number("replica.fetch.wait.max.ms"))),
      fetch_min_bytes_(static_cast<std::int32_t>(options_.config.number("replica.fetch.min.bytes"))),
      fetch_partition_bytes_(static_cast<std::int32_t>(options_.config.number("replica.fetch.max.bytes"))),
      fetch_response_bytes_(static_cast<std::int32_t>(options_.config.number("replica.fetch.response.max.bytes"))),
      client_fetch_max_bytes_(static_cast<std::int32_t>(options_.config.number("fetch.max.bytes"))),
      num_fetchers_(static_cast<std::int32_t>(options_.config.number("num.replica.fetchers"))),
      cleaner_backoff_(sim::milliseconds(options_.config.number("log.cleaner.backoff.ms"))),
      cleaner_keys_(cleaner_keys(options_.config)),
      auto_create_topics_(options_.config.flag("auto.create.topics.enable")),
      controlled_shutdown_(options_.config.flag("controlled.shutdown.enable")),
      rack_aware_(options_.config.text("replica.selector.class").ends_with("RackAwareReplicaSelector")),
      authorizer_(options_.config, options_.operators),
      raft_(quorum_options(options_)),
      dirs_(options_.disk),
      lifecycle_(BrokerLifecycle(options_.id, options_.rack, options_.config).after(options_.incarnation)),
      coordinator_(options_.config),
      share_coordinator_(options_.config),
      // Request timeouts and the time for which a request is repeated: NodeToControllerChannelManagerImpl,
      // BrokerServer.
      heartbeat_channel_(
          kHeartbeats,
          shorter(sim::milliseconds(options_.config.number("controller.socket.timeout.ms")), session_timeout(options_)),
          session_timeout(options_)),
      alter_channel_(kAlterPartitions, sim::milliseconds(options_.config.number("controller.socket.timeout.ms")),
                     kForEver),
      forward_channel_(kForwarding, sim::milliseconds(options_.config.number("controller.socket.timeout.ms")),
                       sim::seconds(60)) {
  client_quotas_ = ClientQuotas(options_.config);
  leader_quota_ = follower_quota_ = ReplicationQuota(options_.config.version());
  if (!options_.zookeepers.empty())
    zk_.emplace(
        zookeeper::ClientOptions{options_.zookeepers,
                                 static_cast<std::int32_t>(options_.config.number("zookeeper.session.timeout.ms"))},
        controller::KafkaController::Options{options_.id,
                                             {options_.host, options_.endpoint.index, options_.rack},
                                             options_.config,
                                             options_.historical,
                                             options_.incarnation == 0});
  coordinator_.set_load_rate(options_.read_bytes_per_s);
  share_coordinator_.set_load_rate(options_.read_bytes_per_s);
  fetch_sessions_.set_slots(
      static_cast<std::size_t>(options_.config.number("max.incremental.fetch.session.cache.slots")),
      options_.config.version() == protocol::KafkaVersion::V2_5 ? 1 : FetchSessions::kShards);
}

void Broker::preload(const raft::FormedLog& log, LeaderEpoch epoch, BrokerId leader, BrokerEpoch broker_epoch,
                     std::int64_t incarnation, const MetadataImage& formed, std::vector<TopicPartition> own) {
  raft_.preload(log, epoch, leader);
  image_ = formed;
  applied_ = formed.last_offset();
  changed_ = std::move(own);
  lifecycle_.preload(broker_epoch, incarnation);
}

void Broker::preload_zookeeper(const MetadataImage& formed, BrokerEpoch broker_epoch, std::vector<TopicPartition> own,
                               protocol::ZkSessionId session, zookeeper::Zxid seen, BrokerId controller,
                               const std::optional<controller::ControllerContext>& context) {
  image_ = formed;
  applied_ = formed.last_offset();
  changed_ = std::move(own);
  for (const protocol::TopicImage& topic : formed.topics()) zk_->configured.insert(topic.id);
  lifecycle_.preload(broker_epoch, 0);
  namespace znode = controller::znode;
  std::set<std::string> data{znode::kController}, exist, child{znode::kConfigChanges};
  if (authorizer_.enabled()) child.insert({znode::kAclChanges, znode::kExtendedAclChanges});
  if (context) {
    child.insert({znode::kBrokerIds, znode::kTopics, znode::kDeleteTopics, znode::kIsrChanges, znode::kDirEvents});
    exist = {znode::kPreferredElection, znode::kReassign};
    for (const auto& [id, topic] : context->topics) data.insert(znode::topic(topic.name));
  }
  zk_->client.preload(session, seen, std::move(data), std::move(exist), std::move(child));
  zk_->session = session;
  zk_->controller_epoch = 1;
  zk_->controller.preload(controller, context, broker_epoch);
}

// ---------------------------------------------------------------------------------------------- the kernel's calls

void Broker::on_start(Ctx& ctx) {
  handlers_.start(options_.config.number("num.io.threads"), ctx.now());
  // Sets when high watermark checkpoints begin (ReplicaManager.startHighWatermarkCheckPointThread): under KRaft when
  // the logs are loaded, in 2.5 at the first LeaderAndIsr, which a replica of a formed cluster has already had.
  high_watermarks_from_ = zk_ && (zk_->session == 0 || changed_.empty()) ? sim::kNever : ctx.now();
  dirs_.on_start(deleted_log_gone_at(ctx.now()));
  for (std::size_t i = 0; i < replicas_.size(); ++i)
    replicas_[i].offline = replicas_[i].dir != storage::kNoDir && !dirs_.online(replicas_[i].dir);
  for (std::size_t i = 0; i < replicas_.size(); ++i) {
    Replica& r = replicas_[i];
    if (r.offline) continue;
    r.log.on_start(ctx.now(), ctx.wall_clock_ms(),
                   {high_watermarks_from_,
                    ctx.now()});  // if the logs are read first, on_start is called again afterwards, and the checkpoint
                                  // schedules begin then
    const auto lost = lost_tails_.find(static_cast<std::int32_t>(i));
    const std::int64_t lost_from = lost == lost_tails_.end() ? -1 : lost->second.value;
    if (lost_from >= 0)
      lost_tails_.erase(lost);  // a lost tail in an offline directory is reported when the directory
                                // is back
    const storage::RecoveryReport& found = r.log.recovery();
    if (lost_from >= 0 || r.log.log_end_offset() > r.log.log_start_offset())
      ctx.trace(fact::LogRecovered{.partition = r.tp,
                                   .log_end_offset = r.log.log_end_offset(),
                                   .lost_from = Offset{lost_from},
                                   .scanned_bytes = found.bytes_scanned,
                                   .torn_bytes = found.torn_bytes});
  }
  const protocol::AdvertisedListeners listeners = protocol::advertised_listeners(options_.config, options_.host);
  if (zk_) {
    zk_->controller.set_registration({options_.host, ctx.self().index, options_.rack, listeners.urls});
    lifecycle_.start_for_zookeeper();
  } else {
    raft_.on_start(ctx);
    lifecycle_.on_start(ctx, listeners.endpoint(ctx.self().index), dirs_.online_ids(), dirs_.offline_count() == 0);
  }
  if (lifecycle_.running()) ctx.set_state(sim::NodeState::Running);
  if (lag_max_ / 2 >= sim::milliseconds(1))
    ctx.set_timer(lag_max_ / 2, timer::kIsrCheck);  // a negative interval runs once, at the start
                                                    // (KafkaScheduler.schedule)
  if (recovery_time().us == 0) begin_log_maintenance(ctx);
  if (zk_) start_zookeeper(ctx);
  if (out_of_directories()) return ctx.halt();
  finish(ctx);
}

void Broker::on_message(Ctx& ctx, sim::ConnectionId connection, const Message& message) {
  if (zk_ && zk_->client.on_message(ctx, connection, message)) return finish(ctx);
  if (message.is_response()) {
    on_response(ctx, connection, message);
  } else {
    accept(ctx, connection, message);
  }
  finish(ctx);
}

void Broker::on_response(Ctx& ctx, sim::ConnectionId connection, const Message& message) {
  if (Fetcher* fetcher = fetcher_on(connection)) {
    on_fetcher_response(ctx, *fetcher, message);
  } else if (heartbeat_channel_.owns(connection)) {
    if (auto done = heartbeat_channel_.on_response(ctx, raft_, message))
      on_lifecycle(ctx, lifecycle_.on_completion(ctx, *done));
  } else if (alter_channel_.owns(connection)) {
    if (auto done = alter_channel_.on_response(ctx, raft_, message)) on_alter_partition(ctx, *done);
  } else if (forward_channel_.owns(connection)) {
    if (auto done = forward_channel_.on_response(ctx, raft_, message)) on_forwarded(ctx, *done);
  } else if (zk_) {
    if (connection == zk_->shutdown_connection) on_controlled_shutdown(ctx, message);
    else zk_->controller.on_response(ctx, zk_->client, connection, message);
  } else if (share_.persister.owns(connection)) {
    if (auto done = share_.persister.on_response(ctx, connection, message)) share_.done.push_back(*std::move(done));
  } else {
    raft_.on_message(ctx, connection, message);
  }
}

void Broker::on_timer(Ctx& ctx, std::uint16_t kind, std::uint64_t arg) {
  const auto channel_done = [&](ControllerChannel& channel, auto&& act, bool request) {
    auto done = request ? channel.on_request_timeout(ctx, raft_) : channel.on_retry(ctx, raft_);
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
            heartbeat_channel_, [&](const auto& d) { on_lifecycle(ctx, lifecycle_.on_completion(ctx, d)); }, request);
      if (arg == kAlterPartitions)
        channel_done(
            alter_channel_, [&](const auto& d) { on_alter_partition(ctx, d); }, request);
      if (arg == kForwarding)
        channel_done(
            forward_channel_, [&](const auto& d) { on_forwarded(ctx, d); }, request);
      break;
    }
    case timer::kCommunication:
    case timer::kRegistrationTimeout:
    case timer::kShutdownDeadline:
    case timer::kLogDirFailure:
      on_lifecycle(ctx, lifecycle_.on_timer(ctx, kind, heartbeat_channel_, raft_, applied_, arg));
      break;
    case timer::kLogDirCheck:
      for (std::int32_t dir = 0; dir < dirs_.size(); ++dir)
        if (dirs_[dir].failing) take_dir_offline(ctx, dir, fact::DirFailureReason::Failing);
      break;
    case timer::kLogsLoaded:
      loading_ = Loading::Done;
      begin_log_maintenance(ctx);
      if (zk_) begin_session(ctx);
      else publish(ctx);
      break;
    case timer::kAssignments: send_assignments(ctx); break;
    case timer::kIsrCheck: check_isr(ctx); break;
    case timer::kAlterPartitionRetry:
      alter_retry_ = {};
      send_alter_partition(ctx);
      break;
    case timer::kDelayedProduce:
      if (produces_[slot].used && produces_[slot].generation == generation) expire_produce(ctx, slot);
      break;
    case timer::kAppendDone:
      handlers_.end_wait(ctx.now());
      if (produces_[slot].used && produces_[slot].generation == generation) finish_produce(ctx, slot);
      break;
    case timer::kDelayedFetch:
      if (!fetches_[slot].used || fetches_[slot].generation != generation) break;
      ++(fetches_[slot].request.replica_id >= 0 ? metrics_.expired_follower_fetches
                                                : metrics_.expired_consumer_fetches);
      if (watches_locked_partition(fetches_[slot])) fetches_[slot].overdue = true;
      else complete_fetch(ctx, slot);
      break;
    case timer::kFetcherWake:
    case timer::kFetcherRequest:
      for (Fetcher& f : fetchers_) {
        if (f.leader != static_cast<BrokerId>(slot) || f.id != static_cast<std::int32_t>(generation)) continue;
        if (kind == timer::kFetcherRequest) {
          fetcher_failed(ctx, f, true);
        } else {
          f.wake = {};
          if (f.step == Fetcher::Step::Writing) f.step = Fetcher::Step::Idle;
          run_fetcher(ctx, f);
        }
      }
      break;
    case timer::kUnmute:
      if (Connection* connection = find_connection({slot, generation})) read_next(*connection);
      break;
    case timer::kIsrPropagation: propagate_isr_changes(ctx); break;
    case timer::kControlledShutdown:
      if (zk_->shutdown_connection.valid()) retry_controlled_shutdown(ctx);  // no response in time
      else ask_controlled_shutdown(ctx);
      break;
    case timer::kSessionClosed: ctx.exit(); break;
    case timer::kDelayedTopics: expire_delayed_topics(ctx, arg); break;
    case timer::kShareLock: on_share_lock_timer(ctx, arg); break;
    case timer::kShareWait: on_share_wait_over(arg); break;
    case timer::kSharePersister:
      for (auto& done : share_.persister.on_timer(ctx)) share_.done.push_back(std::move(done));
      break;
    case timer::kProducerIdsRetry:
      producer_ids_wanted_ = false;
      want_producer_ids(ctx);
      break;
    default: {
      if (zk_ && (zk_->client.on_timer(ctx, kind, arg) || zk_->controller.on_timer(ctx, zk_->client, kind, arg))) break;
      if (on_log_timer(ctx, kind, arg) || raft_.on_timer(ctx, kind, arg)) break;
      CoordinatorHost host(*this, ctx);
      ShareCoordinatorHost share_host(*this, ctx);
      if (coordinator_.on_timer(host, kind, arg) || share_coordinator_.on_timer(share_host, kind, arg)) break;
      ctx.fault("every timer of a broker has an owner");
    }
  }
  finish(ctx);
}

void Broker::on_disk(Ctx& ctx, std::uint16_t kind, std::uint64_t arg) {
  raft_.on_disk(ctx, kind, arg);
  finish(ctx);
}

void Broker::on_disconnect(Ctx& ctx, sim::ConnectionId connection, sim::Disconnect why) {
  if (zk_ && zk_->client.on_disconnect(ctx, connection, why)) return finish(ctx);
  if (Fetcher* fetcher = fetcher_on(connection)) {
    fetcher_failed(ctx, *fetcher, false);
  } else if (heartbeat_channel_.owns(connection)) {
    if (auto done = heartbeat_channel_.on_disconnect(ctx, raft_))
      on_lifecycle(ctx, lifecycle_.on_completion(ctx, *done));
  } else if (alter_channel_.owns(connection)) {
    if (auto done = alter_channel_.on_disconnect(ctx, raft_)) on_alter_partition(ctx, *done);
  } else if (forward_channel_.owns(connection)) {
    if (auto done = forward_channel_.on_disconnect(ctx, raft_)) on_forwarded(ctx, *done);
  } else if (share_.persister.owns(connection)) {
    share_.persister.on_disconnect(ctx, connection);
  } else if (Connection* from = find_connection(connection)) {
    on_closed_by_client(ctx, *from, why);
  } else if (zk_) {
    if (connection == zk_->shutdown_connection) retry_controlled_shutdown(ctx);
    else zk_->controller.on_disconnect(ctx, connection);
  } else {
    raft_.on_disconnect(ctx, connection, why);
  }
  finish(ctx);
}

void Broker::on_death(sim::Death death, sim::Instant now) {
  raft_.on_death(death, now);
  if (zk_) on_zookeeper_death();
  const bool unread = !lifecycle_.started() && loading_ == Loading::NotBegun;
  if (death == sim::Death::Stop && !lifecycle_.started() && !sim::mutant("any-stop-is-orderly"))
    death = sim::Death::Crash;
  lifecycle_.on_death(death, dirs_.offline_count() == 0, unread);
  if (death == sim::Death::PowerOff) dirs_.on_power_off();
  coordinator_.on_death();
  share_coordinator_.on_death();
  share_ = {};
  heartbeat_channel_.on_death();
  alter_channel_.on_death();
  forward_channel_.on_death();
  for (std::size_t i = 0; i < replicas_.size(); ++i) {
    Replica fresh;
    fresh.tp = replicas_[i].tp;
    fresh.dir = replicas_[i].dir;
    fresh.offline = replicas_[i].offline;
    fresh.log = std::move(replicas_[i].log);
    if (unread) fresh.log.on_unread_death();
    // A log that was not read keeps the state that the previous stop left. Nothing is flushed or marked clean in a
    // directory that cannot be written.
    const bool as_it_was = unread && (death != sim::Death::PowerOff || fresh.log.recovery().clean);
    const Offset lost =
        as_it_was ? Offset{}
                  : fresh.log.on_death(fresh.offline && death == sim::Death::Stop ? sim::Death::Crash : death, now);
    if (lost.known()) lost_tails_.try_emplace(static_cast<std::int32_t>(i), lost);
    replicas_[i] = std::move(fresh);
  }
  replicas_.forget_touched();
  first_publish_done_ = false;
  loading_ = Loading::NotBegun;
  applied_ = {};
  image_ = MetadataImage{};
  changed_.clear();
  reconfigured_.clear();
  deleted_topics_.clear();
  everything_reconfigured_ = false;
  connections_.clear();
  connection_by_slot_.clear();
  free_connections_.clear();
  closing_.clear();
  runnable_.clear();
  handlers_ = {};
  fetchers_.clear();
  fetcher_by_slot_.clear();
  produces_.clear();
  fetches_.clear();
  waiting_fetches_.clear();
  complete_produces_ = complete_fetches_ = CompleteWatches();
  session_fetches_ = purged_session_fetches_ = 0;
  complete_deletions_ = CompleteWatchesBy<std::int32_t>(kDeletionPurgeInterval);
  fetch_sessions_.clear();
  flushes_.clear();
  delete_records_.clear();
  fetch_scratch_ = {};
  leader_quota_ = follower_quota_ = ReplicationQuota(options_.config.version());
  client_quotas_ = ClientQuotas(options_.config);
  append_results_.clear();
  failed_dirs_.clear();
  assignments_.clear();
  assignments_sent_ = 0;
  assignment_failures_ = 0;
  assignments_timer_ = {};
  proposals_.clear();
  in_flight_proposals_ = 0;
  alter_in_flight_ = false;
  alter_retry_ = {};
  topics_in_creation_.clear();
  forwarded_.clear();
  producer_id_next_ = producer_id_end_ = producer_id_prefetch_at_ = 0;
  queued_block_start_ = -1;
  queued_block_len_ = 0;
  producer_ids_wanted_ = false;
  metrics_ = {};
}

void Broker::request_shutdown(Ctx& ctx) {
  ctx.set_state(sim::NodeState::ShuttingDown);
  if (!controlled_shutdown_) {
    if (!zk_ || !lifecycle_.running()) return ctx.exit();
    on_lifecycle(ctx, lifecycle_.begin_controlled_shutdown(ctx, false));
    close_session(ctx);
    return finish(ctx);
  }
  const bool again = lifecycle_.state() == BrokerState::PendingControlledShutdown;
  on_lifecycle(ctx, lifecycle_.begin_controlled_shutdown(ctx, !zk_));
  if (zk_ && !again && lifecycle_.state() == BrokerState::PendingControlledShutdown) ask_controlled_shutdown(ctx);
  finish(ctx);
}

void Broker::set_write_back(sim::Duration write_back) {
  options_.write_back = write_back;
  for (std::size_t i = 0; i < replicas_.size(); ++i) {
    storage::LogOptions o = replicas_[i].log.options();
    o.write_back = write_back;
    replicas_[i].log.set_options(o);
  }
}

const Replica* Broker::replica(TopicPartition tp) const {
  const std::int32_t i = find(tp);
  return i < 0 ? nullptr : &replicas_[static_cast<std::size_t>(i)];
}

void Broker::on_lifecycle(Ctx& ctx, BrokerLifecycle::Outcome outcome) {
  switch (outcome) {
    case BrokerLifecycle::Outcome::Nothing: break;
    case BrokerLifecycle::Outcome::CaughtUp:
      if (first_publish_done_) on_caught_up(ctx);
      break;
    case BrokerLifecycle::Outcome::Unfenced: ctx.set_state(sim::NodeState::Running); break;
    case BrokerLifecycle::Outcome::ShutDown: request_shutdown(ctx); break;
    case BrokerLifecycle::Outcome::Exit: ctx.exit(); break;
  }
}

/// Handles the internal consequences of one callback until nothing is left to do.
void Broker::finish(Ctx& ctx) {
  do_what_follows(ctx);
  wake_readers();
  replicas_.forget_touched();
}

void Broker::do_what_follows(Ctx& ctx) {
  for (;;) {
    if (!failed_dirs_.empty()) {
      for (const auto& [dir, reason] : std::exchange(failed_dirs_, {})) handle_log_dir_failure(ctx, dir, reason);
      continue;
    }
    if (zk_ && on_zookeeper_events(ctx)) continue;
    if (zk_) take_from_controller(ctx);
    if (apply_committed(ctx)) continue;
    if (!append_results_.empty()) {
      const std::vector<AppendResult> results = std::exchange(append_results_, {});
      CoordinatorHost host(*this, ctx);
      ShareCoordinatorHost share_host(*this, ctx);
      for (const AppendResult& r : results) {
        if (r.coordinator == CoordinatorType::Share)
          share_coordinator_.on_append_done(share_host, r.partition.partition, r.token, r.error);
        else coordinator_.on_append_done(host, r.partition.partition, r.token, r.error);
      }
      continue;
    }
    if (run_share_groups(ctx)) continue;
    if (handlers_.one_is_free() && !handlers_.queue().empty()) {
      handle_next_request(ctx);
      continue;
    }
    if (runnable_.empty()) return;
    const sim::ConnectionId id = runnable_.front();
    runnable_.erase(runnable_.begin());
    Connection* connection = find_connection(id);
    if (connection == nullptr || connection->busy) continue;
    if (connection->queue.empty()) {
      if (connection->closed_by_client) drop_connection(ctx, id);
      continue;
    }
    const Message message = std::move(connection->queue.front());
    connection->queue.erase(connection->queue.begin());
    receive(ctx, *connection, message);
  }
}

}  // namespace kafkascope::broker
