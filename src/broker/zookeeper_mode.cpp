// A broker in ZooKeeper mode: the session, its jobs, ISR changes, producer ids, the controlled shutdown.
#include "broker/zookeeper_mode.h"

#include <algorithm>
#include <utility>

#include "broker/broker.h"
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

void Broker::start_zookeeper(Ctx& ctx) {
  zk_->isr_told_at = zk_->isr_writes.check_due = ctx.now();
  ctx.set_timer(kIsrLook, timer::kIsrPropagation);
  zk_->client.open(ctx);
  if (zk_->session == 0) return;
  zk_->controller.start(ctx, zk_->client);  // in a formed cluster the controller continues
  want_producer_ids(ctx);
}

/// In a new session the configuration is read first, then the broker registers, which opens the ports.
void Broker::begin_session(Ctx& ctx) {
  if (!logs_loaded(ctx) || zk_->client.state() != zookeeper::SessionState::Connected ||
      zk_->session == zk_->client.session())
    return;
  zk_->session = zk_->client.session();
  zk_->notes_read.clear();
  start_job(ctx, {.kind = Kind::ReadConfigs, .session = zk_->session});
}

/// Handles the client's events until there are none. Returns true if there were any.
bool Broker::on_zookeeper_events(Ctx& ctx) {
  if (!zk_->client.has_events()) return false;
  for (const zookeeper::ClientEvent& event : zk_->client.take_events()) {
    if (const auto* done = std::get_if<zookeeper::Completed>(&event)) {
      const auto job = std::find_if(zk_->jobs.begin(), zk_->jobs.end(),
                                    [&](const auto& j) { return j.second.script.owns(done->token); });
      if (job == zk_->jobs.end()) zk_->controller.on_event(ctx, zk_->client, *done);
      else if (job->second.script.on_completed(ctx, zk_->client, *done)) run_job(ctx, job->first);
    } else if (const auto* watched = std::get_if<zookeeper::Watched>(&event)) {
      if (watched->path == znode::kConfigChanges)
        start_job(ctx, {.kind = Kind::ReadConfigChanges, .notes_read = zk_->notes_read});
      else if (watched->path == znode::kAclChanges || watched->path == znode::kExtendedAclChanges)
        start_job(ctx, {.kind = Kind::ReadAclChanges, .notes_read = zk_->notes_read});
      else zk_->controller.on_watch(ctx, zk_->client, *watched);
    } else {
      on_session(ctx, std::get<zookeeper::SessionChanged>(event).state);
    }
  }
  return true;
}

void Broker::on_session(Ctx& ctx, zookeeper::SessionState state) {
  switch (state) {
    case zookeeper::SessionState::Connected: return begin_session(ctx);
    case zookeeper::SessionState::Expired:
      // The controller role is given up before there is a new session: KafkaController's
      // StateChangeHandler.beforeInitializingSession.
      zk_->session = 0;
      zk_->controller.expire(ctx, zk_->client);
      return zk_->client.open(ctx);
    case zookeeper::SessionState::Closed:
      if (lifecycle_.state() == BrokerState::PendingControlledShutdown) ctx.exit();
      return;
    case zookeeper::SessionState::Disconnected: return;
  }
}

/// Handles the results of the hosted controller: the broker's registration, responses to requests.
void Broker::take_from_controller(Ctx& ctx) {
  const BrokerEpoch epoch = zk_->controller.broker_epoch();
  if (epoch >= 0 && epoch != lifecycle_.epoch()) {
    lifecycle_.registered_in_zookeeper(epoch);
    // Takes the process's first block; a new session takes none (KafkaServer.startup creates the ProducerIdManager
    // after the registration).
    if (producer_id_end_ == 0 && queued_block_start_ < 0) want_producer_ids(ctx);
    if (lifecycle_.state() == BrokerState::Running)
      ctx.set_state(sim::NodeState::Running);  // otherwise it is shutting down
  }
  for (controller::KafkaController::Answer& answer : zk_->controller.take_answers())
    respond(ctx, {static_cast<std::uint32_t>(answer.handle), static_cast<std::uint32_t>(answer.handle >> 32)},
            std::move(answer.body));
}

// ---------------------------------------------------------------------------------------------- jobs

void Broker::start_job(Ctx& ctx, ZooKeeperJob job) {
  const std::uint64_t id = ++zk_->next_job;
  zk_->jobs.emplace(id, std::move(job));
  run_job(ctx, id);
}

void Broker::run_job(Ctx& ctx, std::uint64_t id) {
  ZooKeeperJob& job = zk_->jobs.at(id);
  if (job.script.run(ctx, zk_->client, [&] { do_job(ctx, job); })) zk_->jobs.erase(id);
}

void Broker::do_job(Ctx& ctx, ZooKeeperJob& job) {
  switch (job.kind) {
    case Kind::WriteIsr: return write_isr(ctx, job);
    case Kind::TellIsrChanges: return tell_isr_changes(ctx, job);
    case Kind::ReadConfigs: return read_own_configs(ctx, job);
    case Kind::ReadConfigChanges: return read_config_changes(ctx, job);
    case Kind::ReadAclChanges: return read_acl_changes(job);
    case Kind::TakeProducerIds: return take_producer_ids(ctx, job);
    case Kind::BecomeReplicas: return become_replicas(ctx, job);
    case Kind::TellDirFailure:
      (void)job.script.ask(
          zookeeper::create(znode::kDirEventPrefix, znode::encode_dir_event(options_.id), false, true));
      return;
    case Kind::Administer: return administer(ctx, job);
    case Kind::FindController: return find_controller(ctx, job);
  }
}

// ---------------------------------------------------------------------------------------------- ISR

/// The leader writes the state itself, on condition that it is unchanged since the leader read it; the partition is
/// locked until the result arrives (isr_writes.cpp). Kafka: ZkPartitionStateStore.shrinkIsr, expandIsr.
void Broker::propose_isr_to_zookeeper(Ctx& ctx, std::int32_t index) {
  const Replica& r = replicas_[static_cast<std::size_t>(index)];
  const protocol::TopicImage* topic = image_.topic(r.tp.topic);
  zk_->isr_writes.replicas.insert(index);
  start_job(ctx,
            {.kind = Kind::WriteIsr,
             .replica = index,
             .pending_id = r.pending_id,
             .topic = topic == nullptr ? "" : topic->name,
             .wanted = {options_.id, r.leader_epoch, r.pending_isr,
                        sim::mutant("isr-under-the-newest-controller") ? zk_->controller_epoch : r.controller_epoch,
                        r.partition_epoch}});
}

void Broker::write_isr(Ctx& ctx, ZooKeeperJob& job) {
  const std::int32_t partition = look(job.replica).tp.partition;
  const std::string path = znode::state(job.topic, partition), text = znode::encode(job.wanted);
  const std::int32_t expected = sim::mutant("isr-version-not-checked") ? -1 : job.wanted.version;
  const ZkResult& written = job.script.ask(zookeeper::set_data(path, text, expected));
  std::int32_t version = written.error == ZkError::OK ? written.stat.version : -1;
  if (written.error ==
      ZkError::
          BADVERSION) {  // perhaps by this very write, whose response was lost (ReplicationUtils.checkLeaderAndIsrZkData)
    const ZkResult& now = job.script.ask(zookeeper::get_data(path));
    if (now.error == ZkError::OK && now.data == text) version = now.stat.version;
  }
  Replica& r = replicas_[static_cast<std::size_t>(job.replica)];
  if (r.is_leader() && r.pending != PendingIsr::None && r.pending_id == job.pending_id) {
    r.pending = PendingIsr::None;
    r.note_change();
    if (version >= 0) {
      trace_isr_change(ctx, r, r.isr, job.wanted.isr, version);
      r.isr = job.wanted.isr;
      r.partition_epoch = version;
      zk_->isr_changes.emplace_back(job.topic, partition);
      zk_->isr_changed_at = ctx.now();
    } else {
      ++metrics_.failed_isr_updates;
    }
  }
  unlock_partition(ctx, job.replica);
}

/// Kafka: ReplicaManager.maybePropagateIsrChanges.
void Broker::propagate_isr_changes(Ctx& ctx) {
  ctx.set_timer(kIsrLook, timer::kIsrPropagation);
  if (zk_->isr_changes.empty()) return;
  if (zk_->isr_changed_at + kIsrBlackout >= ctx.now() && zk_->isr_told_at + kIsrInterval >= ctx.now()) return;
  const bool being_told = std::any_of(zk_->jobs.begin(), zk_->jobs.end(),
                                      [](const auto& job) { return job.second.kind == Kind::TellIsrChanges; });
  if (!being_told) start_job(ctx, {.kind = Kind::TellIsrChanges, .partitions = zk_->isr_changes});
}

/// Changes that could not be reported because the session was over are reported next time.
void Broker::tell_isr_changes(Ctx& ctx, ZooKeeperJob& job) {
  const std::string note = znode::encode(controller::in_note_order(job.partitions));
  if (job.script.ask(zookeeper::create(znode::kIsrChangePrefix, note, false, true)).error != ZkError::OK) return;
  const auto told = static_cast<std::ptrdiff_t>(job.partitions.size());
  zk_->isr_changes.erase(zk_->isr_changes.begin(), zk_->isr_changes.begin() + told);
  zk_->isr_told_at = ctx.now();
}

/// The image has its own offsets here: each broker counts the records it has learnt. All records of one request are
/// applied at once.
void Broker::learn(const std::vector<protocol::MetadataRecord>& records) {
  image_.apply(image_.last_offset() + 1, LeaderEpoch{zk_->controller_epoch}, records);
  applied_ = image_.last_offset();
}

// ---------------------------------------------------------------------------------------------- producer ids

/// Kafka: ProducerIdManager.getNewProducerIdBlock. The znode exists since the first broker's start, empty at first.
/// Requests for an id wait meanwhile, because the manager is locked.
void Broker::take_producer_ids(Ctx& ctx, ZooKeeperJob& job) {
  for (;;) {
    const ZkResult& now = job.script.ask(zookeeper::get_data(znode::kProducerIds));
    if (now.error != ZkError::OK) break;
    znode::ProducerIdBlock block{options_.id, 0, 0};
    if (!now.data.empty()) block.start = znode::decode_producer_ids(now.data).end + 1;
    block.end = block.start + kProducerIdBlock - 1;
    const ZkResult& taken =
        job.script.ask(zookeeper::set_data(znode::kProducerIds, znode::encode(block), now.stat.version));
    if (taken.error == ZkError::BADVERSION) continue;  // another broker took the block first
    if (taken.error != ZkError::OK) break;
    queued_block_start_ = block.start;
    queued_block_len_ = static_cast<std::int32_t>(kProducerIdBlock);
    break;
  }
  producer_ids_wanted_ = false;
  const bool taken = queued_block_start_ >= 0;
  for (const sim::ConnectionId id : std::exchange(zk_->producer_id_waiters, {})) {
    Connection* connection = find_connection(id);
    if (connection == nullptr) continue;
    if (taken) handle(ctx, *connection, protocol::InitProducerIdRequest{});
    else respond(ctx, id, protocol::InitProducerIdResponse{ErrorCode::COORDINATOR_LOAD_IN_PROGRESS});
  }
}

// ---------------------------------------------------------------------------------------------- stopping

/// Kafka: KafkaServer.controlledShutdown. Each attempt starts by reading the controller's id from ZooKeeper: without an
/// ensemble the broker hangs until there is one.
void Broker::ask_controlled_shutdown(Ctx& ctx) {
  if (zk_->shutdown_tries++ >= options_.config.number("controlled.shutdown.max.retries")) return close_session(ctx);
  start_job(ctx, {.kind = Kind::FindController});
}

void Broker::find_controller(Ctx& ctx, ZooKeeperJob& job) {
  const ZkResult& named = job.script.ask(zookeeper::get_data(znode::kController));
  if (named.error != ZkError::OK && named.error != ZkError::NONODE)
    return close_session(ctx);  // its session is over: the broker stops without a controlled shutdown
  if (named.error == ZkError::OK) {
    const ZkResult& broker = job.script.ask(zookeeper::get_data(znode::broker(znode::decode_controller(named.data))));
    if (const auto info = znode::decode_broker(broker.data); broker.error == ZkError::OK && info)
      zk_->shutdown_controller = info->endpoint().for_brokers();
  }
  if (!zk_->shutdown_controller) return retry_controlled_shutdown(ctx);
  zk_->shutdown_connection = ctx.connect(protocol::located(*zk_->shutdown_controller, ctx.self()));
  ctx.send(zk_->shutdown_connection, protocol::request(zk_->shutdown_tries, protocol::ControlledShutdownRequest{
                                                                                options_.id, lifecycle_.epoch()}));
  zk_->shutdown_timer = ctx.set_timer(sim::milliseconds(options_.config.number("controller.socket.timeout.ms")),
                                      timer::kControlledShutdown);
}

void Broker::on_controlled_shutdown(Ctx& ctx, const Message& message) {
  const auto* answer = protocol::get_if<protocol::ControlledShutdownResponse>(&message.body);
  if (answer != nullptr && answer->error == ErrorCode::NONE && answer->remaining.empty()) return close_session(ctx);
  retry_controlled_shutdown(ctx);
}

/// The request was refused, not answered, or cut off: tries again after a pause.
void Broker::retry_controlled_shutdown(Ctx& ctx) {
  if (zk_->shutdown_connection.valid()) ctx.close(std::exchange(zk_->shutdown_connection, {}));
  ctx.cancel(zk_->shutdown_timer);
  zk_->shutdown_timer = ctx.set_timer(sim::milliseconds(options_.config.number("controlled.shutdown.retry.backoff.ms")),
                                      timer::kControlledShutdown);
}

/// The session's znodes are deleted with it, at once.
void Broker::close_session(Ctx& ctx) {
  ctx.cancel(zk_->shutdown_timer);
  if (zk_->shutdown_connection.valid()) ctx.close(std::exchange(zk_->shutdown_connection, {}));
  ctx.set_timer(kCloseWait, timer::kSessionClosed);
  zk_->client.close(ctx);
}

/// None of this state is on disk.
void Broker::on_zookeeper_death() {
  ZooKeeperMode fresh(zk_->client_options, zk_->controller.options());
  zk_ = std::move(fresh);
}

}  // namespace kafkascope::broker
