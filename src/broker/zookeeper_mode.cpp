// A broker in ZooKeeper mode: the session, its jobs, ISR changes, producer ids, the controlled shutdown.
#include "broker/zookeeper_mode.h"

#include <algorithm>
#include <utility>

#include "broker/broker_server.h"
#include "broker/coordinator_host.h"
#include "broker/timers.h"
#include "controller/zookeeper/scala_order.h"
#include "sim/mutant.h"

namespace kafkascope::broker {
namespace {

using controller::ZkError;
using controller::ZkResult;
namespace znode = controller::znode;
using Kind = ZooKeeperJob::Kind;

// ReplicaManager: IsrChangePropagationBlackOut, IsrChangePropagationInterval, and the interval of checks.
constexpr sim::Duration kIsrBlackout = sim::seconds(5), kIsrInterval = sim::seconds(60),
                        kIsrLook = sim::milliseconds(2500);
constexpr std::int64_t kProducerIdBlock = 1000;  // ProducerIdManager.PidBlockSize
constexpr sim::Duration kCloseWait = sim::seconds(2);

}  // namespace

// ---------------------------------------------------------------------------------------------- the session

void ZooKeeperMode::start_zookeeper(Ctx& ctx, BrokerServer& server) {
  isr_told_at = isr_writes.check_due = ctx.now();
  ctx.set_timer(kIsrLook, timer::kIsrPropagation);
  client.open(ctx);
  if (session == 0) return;
  controller.start(ctx, client);  // only in a formed cluster, whose session is already open
  server.forwarding.want_producer_ids(ctx, server);
}

/// In a new session the configuration is read first, then the broker registers, which opens the ports.
void ZooKeeperMode::begin_session(Ctx& ctx, BrokerServer& server) {
  if (!server.logs.logs_loaded(ctx, server) || client.state() != zookeeper::SessionState::Connected ||
      session == client.session())
    return;
  session = client.session();
  notes_read.clear();
  start_job(ctx, server, {.kind = Kind::ReadConfigs, .session = session});
}

/// Handles the client's events until there are none. Returns true if there were any.
bool ZooKeeperMode::on_zookeeper_events(Ctx& ctx, BrokerServer& server) {
  if (!client.has_events()) return false;
  for (const zookeeper::ClientEvent& event : client.take_events()) {
    if (const auto* done = std::get_if<zookeeper::Completed>(&event)) {
      const auto job =
          std::find_if(jobs.begin(), jobs.end(), [&](const auto& j) { return j.second.script.owns(done->token); });
      if (job == jobs.end()) controller.on_event(ctx, client, *done);
      else if (job->second.script.on_completed(ctx, client, *done)) run_job(ctx, server, job->first);
    } else if (const auto* watched = std::get_if<zookeeper::Watched>(&event)) {
      if (watched->path == znode::kConfigChanges)
        start_job(ctx, server, {.kind = Kind::ReadConfigChanges, .notes_read = notes_read});
      else if (watched->path == znode::kAclChanges || watched->path == znode::kExtendedAclChanges)
        start_job(ctx, server, {.kind = Kind::ReadAclChanges, .notes_read = notes_read});
      else controller.on_watch(ctx, client, *watched);
    } else {
      on_session(ctx, server, std::get<zookeeper::SessionChanged>(event).state);
    }
  }
  return true;
}

void ZooKeeperMode::on_session(Ctx& ctx, BrokerServer& server, zookeeper::SessionState state) {
  switch (state) {
    case zookeeper::SessionState::Connected: return begin_session(ctx, server);
    case zookeeper::SessionState::Expired:
      // The broker gives up the controller role before it begins a new session: KafkaController's
      // StateChangeHandler.beforeInitializingSession.
      session = 0;
      controller.expire(ctx, client);
      return client.open(ctx);
    case zookeeper::SessionState::Closed:
      if (server.lifecycle.state() == BrokerState::PendingControlledShutdown) ctx.exit();
      return;
    case zookeeper::SessionState::Disconnected: return;
  }
}

/// Handles the results of the hosted controller: the broker's registration, responses to requests.
void ZooKeeperMode::take_from_controller(Ctx& ctx, BrokerServer& server) {
  const BrokerEpoch epoch = controller.broker_epoch();
  if (epoch >= 0 && epoch != server.lifecycle.epoch()) {
    server.lifecycle.registered_in_zookeeper(epoch);
    // Takes the process's first block of producer ids; a new session takes none (KafkaServer.startup creates the
    // ProducerIdManager after the registration).
    if (server.forwarding.producer_id_end == 0 && server.forwarding.queued_block_start < 0)
      server.forwarding.want_producer_ids(ctx, server);
    if (server.lifecycle.state() == BrokerState::Running)
      ctx.set_state(sim::NodeState::Running);  // otherwise the broker is shutting down
  }
  for (controller::KafkaController::Answer& answer : controller.take_answers())
    server.connections.respond(
        ctx, server, {static_cast<std::uint32_t>(answer.handle), static_cast<std::uint32_t>(answer.handle >> 32)},
        std::move(answer.body));
}

// ---------------------------------------------------------------------------------------------- jobs

void ZooKeeperMode::start_job(Ctx& ctx, BrokerServer& server, ZooKeeperJob job) {
  const std::uint64_t id = ++next_job;
  jobs.emplace(id, std::move(job));
  run_job(ctx, server, id);
}

void ZooKeeperMode::run_job(Ctx& ctx, BrokerServer& server, std::uint64_t id) {
  ZooKeeperJob& job = jobs.at(id);
  if (job.script.run(ctx, client, [&] { do_job(ctx, server, job); })) jobs.erase(id);
}

void ZooKeeperMode::do_job(Ctx& ctx, BrokerServer& server, ZooKeeperJob& job) {
  switch (job.kind) {
    case Kind::WriteIsr: return write_isr(ctx, server, job);
    case Kind::TellIsrChanges: return tell_isr_changes(ctx, job);
    case Kind::ReadConfigs: return read_own_configs(ctx, server, job);
    case Kind::ReadConfigChanges: return read_config_changes(ctx, server, job);
    case Kind::ReadAclChanges: return read_acl_changes(server, job);
    case Kind::TakeProducerIds: return take_producer_ids(ctx, server, job);
    case Kind::BecomeReplicas: return become_replicas(ctx, server, job);
    case Kind::TellDirFailure:
      (void)job.script.ask(
          zookeeper::create(znode::kDirEventPrefix, znode::encode_dir_event(server.options.id), false, true));
      return;
    case Kind::Administer: return administer(ctx, server, job);
    case Kind::FindController: return find_controller(ctx, server, job);
  }
}

// ---------------------------------------------------------------------------------------------- ISR

/// The leader writes the state itself, on condition that it is unchanged since the leader read it; the partition is
/// locked until the result arrives (isr_writes.cpp). Kafka: ZkPartitionStateStore.shrinkIsr, expandIsr.
void ZooKeeperMode::propose_isr_to_zookeeper(Ctx& ctx, BrokerServer& server, std::int32_t index) {
  const Replica& r = server.replicas[static_cast<std::size_t>(index)];
  const protocol::TopicImage* topic = server.image.topic(r.tp.topic);
  isr_writes.replicas.insert(index);
  start_job(ctx, server,
            {.kind = Kind::WriteIsr,
             .replica = index,
             .pending_id = r.pending_id,
             .topic = topic == nullptr ? "" : topic->name,
             .wanted = {server.options.id, r.leader_epoch, r.pending_isr,
                        sim::mutant("isr-under-the-newest-controller") ? controller_epoch : r.controller_epoch,
                        r.partition_epoch}});
}

void ZooKeeperMode::write_isr(Ctx& ctx, BrokerServer& server, ZooKeeperJob& job) {
  const std::int32_t partition = server.look(job.replica).tp.partition;
  const std::string path = znode::state(job.topic, partition), text = znode::encode(job.wanted);
  const std::int32_t expected = sim::mutant("isr-version-not-checked") ? -1 : job.wanted.version;
  const ZkResult& written = job.script.ask(zookeeper::set_data(path, text, expected));
  std::int32_t version = written.error == ZkError::OK ? written.stat.version : -1;
  // The znode has changed, perhaps by this very write, whose response was lost
  // (ReplicationUtils.checkLeaderAndIsrZkData).
  if (written.error == ZkError::BADVERSION) {
    const ZkResult& now = job.script.ask(zookeeper::get_data(path));
    if (now.error == ZkError::OK && now.data == text) version = now.stat.version;
  }
  Replica& r = server.replicas[static_cast<std::size_t>(job.replica)];
  if (r.is_leader() && r.pending != PendingIsr::None && r.pending_id == job.pending_id) {
    r.pending = PendingIsr::None;
    r.note_change();
    if (version >= 0) {
      server.alter_partitions.trace_isr_change(ctx, server, r, r.isr, job.wanted.isr, version);
      r.isr = job.wanted.isr;
      r.partition_epoch = version;
      isr_changes.emplace_back(job.topic, partition);
      isr_changed_at = ctx.now();
    } else {
      ++server.metrics.failed_isr_updates;
    }
  }
  server.alter_partitions.unlock_partition(ctx, server, job.replica);
}

/// Kafka: ReplicaManager.maybePropagateIsrChanges.
void ZooKeeperMode::propagate_isr_changes(Ctx& ctx, BrokerServer& server) {
  ctx.set_timer(kIsrLook, timer::kIsrPropagation);
  if (isr_changes.empty()) return;
  if (isr_changed_at + kIsrBlackout >= ctx.now() && isr_told_at + kIsrInterval >= ctx.now()) return;
  const bool being_told =
      std::any_of(jobs.begin(), jobs.end(), [](const auto& job) { return job.second.kind == Kind::TellIsrChanges; });
  if (!being_told) start_job(ctx, server, {.kind = Kind::TellIsrChanges, .partitions = isr_changes});
}

/// Changes that could not be reported because the session had ended are reported next time.
void ZooKeeperMode::tell_isr_changes(Ctx& ctx, ZooKeeperJob& job) {
  const std::string note = znode::encode(controller::in_note_order(job.partitions));
  if (job.script.ask(zookeeper::create(znode::kIsrChangePrefix, note, false, true)).error != ZkError::OK) return;
  const auto told = static_cast<std::ptrdiff_t>(job.partitions.size());
  isr_changes.erase(isr_changes.begin(), isr_changes.begin() + told);
  isr_told_at = ctx.now();
}

/// The image has its own offsets here: each broker counts the records that it has learned. All records of one request
/// are applied at once.
void ZooKeeperMode::learn(BrokerServer& server, const std::vector<protocol::MetadataRecord>& records) {
  server.image.apply(server.image.last_offset() + 1, LeaderEpoch{controller_epoch}, records);
  server.publisher.applied = server.image.last_offset();
}

// ---------------------------------------------------------------------------------------------- producer ids

/// Kafka: ProducerIdManager.getNewProducerIdBlock. The first broker's start creates the znode, empty. Requests for an
/// id wait meanwhile, because the manager is locked.
void ZooKeeperMode::take_producer_ids(Ctx& ctx, BrokerServer& server, ZooKeeperJob& job) {
  for (;;) {
    const ZkResult& now = job.script.ask(zookeeper::get_data(znode::kProducerIds));
    if (now.error != ZkError::OK) break;
    znode::ProducerIdBlock block{server.options.id, 0, 0};
    if (!now.data.empty()) block.start = znode::decode_producer_ids(now.data).end + 1;
    block.end = block.start + kProducerIdBlock - 1;
    const ZkResult& taken =
        job.script.ask(zookeeper::set_data(znode::kProducerIds, znode::encode(block), now.stat.version));
    if (taken.error == ZkError::BADVERSION) continue;  // another broker took the block first
    if (taken.error != ZkError::OK) break;
    server.forwarding.queued_block_start = block.start;
    server.forwarding.queued_block_len = static_cast<std::int32_t>(kProducerIdBlock);
    break;
  }
  server.forwarding.producer_ids_wanted = false;
  const bool taken = server.forwarding.queued_block_start >= 0;
  for (const auto& [id, request] : std::exchange(producer_id_waiters, {})) {
    Connection* connection = server.connections.find_connection(id);
    if (connection == nullptr) continue;
    if (taken) server.coordinators.handle(ctx, server, *connection, request);
    else
      server.connections.respond(ctx, server, id,
                                 protocol::InitProducerIdResponse{ErrorCode::COORDINATOR_LOAD_IN_PROGRESS});
  }
}

// ---------------------------------------------------------------------------------------------- stopping

/// Kafka: KafkaServer.controlledShutdown. Each attempt first reads the controller's id from ZooKeeper: without an
/// ensemble the broker hangs until there is one.
void ZooKeeperMode::ask_controlled_shutdown(Ctx& ctx, BrokerServer& server) {
  if (shutdown_tries++ >= server.options.config.number("controlled.shutdown.max.retries")) return close_session(ctx);
  start_job(ctx, server, {.kind = Kind::FindController});
}

void ZooKeeperMode::find_controller(Ctx& ctx, BrokerServer& server, ZooKeeperJob& job) {
  const ZkResult& named = job.script.ask(zookeeper::get_data(znode::kController));
  if (named.error != ZkError::OK && named.error != ZkError::NONODE)
    return close_session(ctx);  // its session has ended: the broker stops without a controlled shutdown
  if (named.error == ZkError::OK) {
    const ZkResult& broker = job.script.ask(zookeeper::get_data(znode::broker(znode::decode_controller(named.data))));
    if (const auto info = znode::decode_broker(broker.data); broker.error == ZkError::OK && info)
      shutdown_controller = info->endpoint().for_brokers();
  }
  if (!shutdown_controller) return retry_controlled_shutdown(ctx, server);
  shutdown_connection = ctx.connect(protocol::located(*shutdown_controller, ctx.self()));
  ctx.send(shutdown_connection, protocol::request(shutdown_tries, protocol::ControlledShutdownRequest{
                                                                      server.options.id, server.lifecycle.epoch()}));
  shutdown_timer = ctx.set_timer(sim::milliseconds(server.options.config.number("controller.socket.timeout.ms")),
                                 timer::kControlledShutdown);
}

void ZooKeeperMode::on_controlled_shutdown(Ctx& ctx, BrokerServer& server, const Message& message) {
  const auto* answer = protocol::get_if<protocol::ControlledShutdownResponse>(&message.body);
  if (answer != nullptr && answer->error == ErrorCode::NONE && answer->remaining.empty()) return close_session(ctx);
  retry_controlled_shutdown(ctx, server);
}

/// The request was refused, not answered, or cut off: the broker tries again after a pause.
void ZooKeeperMode::retry_controlled_shutdown(Ctx& ctx, BrokerServer& server) {
  if (shutdown_connection.valid()) ctx.close(std::exchange(shutdown_connection, {}));
  ctx.cancel(shutdown_timer);
  shutdown_timer =
      ctx.set_timer(sim::milliseconds(server.options.config.number("controlled.shutdown.retry.backoff.ms")),
                    timer::kControlledShutdown);
}

/// The ensemble deletes the session's znodes at once.
void ZooKeeperMode::close_session(Ctx& ctx) {
  ctx.cancel(shutdown_timer);
  if (shutdown_connection.valid()) ctx.close(std::exchange(shutdown_connection, {}));
  ctx.set_timer(kCloseWait, timer::kSessionClosed);
  client.close(ctx);
}

/// None of this state is on disk.
void ZooKeeperMode::on_death() { *this = ZooKeeperMode(client_options, controller.options()); }

}  // namespace kafkascope::broker
