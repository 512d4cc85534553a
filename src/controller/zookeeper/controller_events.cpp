// Event dispatch, the controller's election, failover and resignation.
#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <set>
#include <utility>

#include "controller/zookeeper/controller_run.h"
#include "controller/zookeeper/timers.h"
#include "protocol/facts_of_cluster.h"
#include "protocol/facts_of_quorum.h"
#include "protocol/messages_admin.h"
#include "sim/mutant.h"

namespace kafkascope::controller {

using protocol::kNoBroker;
using protocol::SharedZkResult;
using zookeeper::get_data;

namespace {

constexpr sim::Duration kRegisterPause = sim::seconds(1);

std::int32_t integer(const std::string& text) {
  std::int32_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

void ControllerRun::process(const ControllerEvent& event) {
  using Kind = ControllerEventKind;
  switch (event.kind) {  // these events are for every broker, not only for the controller
    case Kind::RegisterBrokerAndReelect: return register_broker_and_reelect();
    case Kind::Reelect: maybe_resign(); return elect();
    case Kind::ControllerChange: return maybe_resign();
    case Kind::Expire: return expire();
    default: break;
  }
  if (!c_.active()) {
    const bool asked = event.kind == Kind::ControlledShutdown || event.kind == Kind::ReplicaLeaderElection ||
                       event.kind == Kind::ApiPartitionReassignment;
    if (asked) answer(event.handle, *event.body);
    return;
  }
  switch (event.kind) {
    case Kind::BrokerChange: return broker_change();
    case Kind::TopicChange: return topic_change();
    case Kind::PartitionModifications: return partition_modifications(event.topic);
    case Kind::TopicDeletion: return topic_deletion();
    case Kind::IsrChangeNotification: return isr_change_notification();
    case Kind::PartitionReassignmentIsrChange: return reassignment_isr_change(event.partition);
    case Kind::ZkPartitionReassignment: zk_reassignment(); return;
    case Kind::ApiPartitionReassignment: return api_reassignment(event);
    case Kind::ReplicaLeaderElection: return leader_election(event);
    case Kind::ZkLeaderElection: return zk_leader_election();
    case Kind::AutoPreferredReplicaLeaderElection: return auto_leader_rebalance();
    case Kind::ControlledShutdown: return controlled_shutdown(event);
    case Kind::TopicDeletionStopReplicaResponse: return stop_replica_response(event);
    case Kind::LeaderAndIsrResponse: return leader_and_isr_response(event);
    case Kind::LogDirEventNotification: return log_dir_events();
    case Kind::UncleanLeaderElectionEnable: return unclean_election_enabled(event.topic);
    default: return;
  }
}

/// Answers a request. If this broker is not, or no longer, the controller, `body` is the request and the answer is
/// NOT_CONTROLLER.
void ControllerRun::answer(std::uint64_t handle, protocol::Body body) {
  if (protocol::holds_alternative<protocol::ElectLeadersRequest>(body))
    body = protocol::ElectLeadersResponse{{ErrorCode::NOT_CONTROLLER, {}}};
  if (protocol::holds_alternative<protocol::AlterPartitionReassignmentsRequest>(body))
    body = protocol::AlterPartitionReassignmentsResponse{{ErrorCode::NOT_CONTROLLER, {}}};
  if (protocol::holds_alternative<protocol::ControlledShutdownRequest>(body))
    body = protocol::ControlledShutdownResponse{ErrorCode::NOT_CONTROLLER, {}};
  zk_.once([&] { c_.answers_.push_back({handle, std::move(body)}); });
}

// ---------------------------------------------------------------------------------------------- ZooKeeper

void ControllerRun::expect(const ZkResult& result, std::initializer_list<ZkError> allowed) {
  if (std::find(allowed.begin(), allowed.end(), result.error) == allowed.end()) throw Failed{result.error};
}

std::vector<std::string> ControllerRun::children(const std::string& path, bool watch) {
  const ZkResult& result = ask(zookeeper::get_children(path, watch));
  expect(result, {ZkError::OK, ZkError::NONODE});
  return result.error == ZkError::OK ? result.children : std::vector<std::string>{};
}

std::vector<std::pair<std::string, ZkResult>> ControllerRun::read_children(const std::string& path, bool watch) {
  const std::vector<std::string> names = children(path, watch);
  std::vector<ZkOperation> reads;
  for (const std::string& name : names) reads.push_back(get_data(path + "/" + name));
  std::vector<std::pair<std::string, ZkResult>> out;
  if (reads.empty()) return out;
  const auto& results = ask(std::move(reads));
  for (std::size_t i = 0; i < names.size(); ++i) {
    expect(*results[i], {ZkError::OK, ZkError::NONODE});
    if (results[i]->error == ZkError::OK) out.emplace_back(names[i], *results[i]);
  }
  return out;
}

/// KafkaZkClient wraps each write in a multi together with the check (MultiOp); all writes are in flight at once.
std::vector<ZkResult> ControllerRun::write(const std::vector<ZkOperation>& operations) {
  std::vector<ZkOperation> checked;
  for (const ZkOperation& op : operations)
    checked.push_back(zookeeper::multi(
        {zookeeper::check(znode::kControllerEpoch,
                          sim::mutant("controller-epoch-not-checked") ? -1 : context_.epoch_zk_version),
         op}));
  std::vector<ZkResult> out;
  if (checked.empty()) return out;
  for (const SharedZkResult& result : ask(std::move(checked))) {
    if (result->error == ZkError::SESSIONEXPIRED) throw Failed{result->error};
    if (result->results.size() != 2) throw Failed{result->error};
    const ZkError check = result->results[0].error;
    if (check == ZkError::BADVERSION || check == ZkError::NONODE) throw Moved{};
    out.push_back(result->results[1]);
  }
  return out;
}

void ControllerRun::remove_all(const std::vector<std::string>& paths) {
  std::vector<ZkOperation> operations;
  for (const std::string& path : paths) operations.push_back(zookeeper::remove(path));
  (void)write(operations);
}

/// Kafka: ControllerBrokerRequestBatch.sendRequestsToBrokers.
void ControllerRun::flush(ControlBatch& batch) {
  auto requests = std::exchange(batch, {}).requests(context_, c_.options_.id, !c_.options_.historical.kip_380);
  zk_.once([&] {
    for (auto& [broker, body] : requests) c_.channels_.send(ctx_, broker, std::move(body));
  });
}

void ControllerRun::update_metadata(const std::vector<BrokerId>& brokers, const Partitions& partitions) {
  ControlBatch batch;
  batch.update_metadata(context_, brokers, partitions);
  flush(batch);
}

// ---------------------------------------------------------------------------------------------- election

BrokerId ControllerRun::read_controller() {
  const ZkResult& result = ask(get_data(znode::kController, true));
  expect(result, {ZkError::OK, ZkError::NONODE});
  if (result.error == ZkError::OK) return znode::decode_controller(result.data);
  // There is no controller yet: the watch fires when the znode is created
  // (registerZNodeChangeHandlerAndCheckExistence).
  const ZkResult& now = ask(zookeeper::exists(znode::kController, true));
  expect(now, {ZkError::OK, ZkError::NONODE});
  return now.error == ZkError::OK ? read_controller() : kNoBroker;
}

/// KafkaZkClient.registerBroker, CheckedEphemeral: the znode is created empty and filled, in one multi. A znode of
/// another session belongs to the previous process, whose session has not expired. Simplified: in that case Kafka 2.5
/// refuses to start and its supervisor restarts it; here a supervised broker retries by itself. An unsupervised broker
/// exits, as in Kafka.
void ControllerRun::register_broker_and_reelect() {
  const std::string path = znode::broker(c_.options_.id);
  const ZkResult& created = ask(
      zookeeper::multi({zookeeper::create(path, "", true),
                        zookeeper::set_data(path, znode::encode(c_.options_.registration, ctx_.wall_clock_ms()), 0)}));
  expect(created, {ZkError::OK, ZkError::NODEEXISTS});
  BrokerEpoch epoch = created.error == ZkError::OK ? created.results.back().stat.czxid.value : -1;
  if (created.error == ZkError::NODEEXISTS) {
    const ZkResult& there = ask(get_data(path));
    expect(there, {ZkError::OK, ZkError::NONODE});
    if (there.error == ZkError::NONODE || there.stat.ephemeral_owner != c_.session_) {
      zk_.once(
          [&] { c_.options_.supervised ? (void)ctx_.set_timer(kRegisterPause, timer::kRegisterAgain) : ctx_.exit(); });
      return;
    }
    epoch = there.stat.czxid.value;
  }
  c_.broker_epoch_ = epoch;
  tell(fact::BrokerRegistered{c_.options_.id, epoch});
  maybe_resign();
  elect();
}

void ControllerRun::elect() {
  c_.active_id_ = read_controller();
  if (c_.active_id_ != kNoBroker) return;
  const auto [epoch, version] = register_controller();
  context_.epoch = epoch;
  context_.epoch_zk_version = version;
  c_.active_id_ = c_.options_.id;
  tell(fact::ControllerActive{c_.options_.id, protocol::LeaderEpoch{epoch}});
  failover();
}

/// Writes the ephemeral znode and the next epoch in one multi. Returns the epoch and the version of its znode. Kafka:
/// KafkaZkClient.registerControllerAndIncrementControllerEpoch.
std::pair<std::int32_t, std::int32_t> ControllerRun::register_controller() {
  const ZkResult* now = &ask(get_data(znode::kControllerEpoch));
  expect(*now, {ZkError::OK, ZkError::NONODE});
  if (now->error == ZkError::NONODE) {
    expect(ask(zookeeper::create(znode::kControllerEpoch, "0")), {ZkError::OK, ZkError::NODEEXISTS});
    now = &ask(get_data(znode::kControllerEpoch));
    expect(*now, {ZkError::OK});
  }
  const std::int32_t epoch = integer(now->data) + 1, version = now->stat.version + 1;
  const ZkResult& won = ask(zookeeper::multi(
      {zookeeper::create(znode::kController, znode::encode_controller(c_.options_.id, ctx_.wall_clock_ms()), true),
       zookeeper::set_data(znode::kControllerEpoch, std::to_string(epoch), now->stat.version)}));
  if (won.error == ZkError::OK) return {epoch, version};
  expect(won, {ZkError::NODEEXISTS, ZkError::BADVERSION});
  // The existing znode may be this broker's own, created by a write whose response was lost.
  if (read_controller() != c_.options_.id) throw Moved{};
  const ZkResult& again = ask(get_data(znode::kControllerEpoch));
  expect(again, {ZkError::OK});
  if (integer(again.data) != epoch) throw Moved{};
  return {epoch, again.stat.version};
}

/// Kafka: onControllerFailover. Sets all watches first, so that no change is missed, then reads everything.
void ControllerRun::failover() {
  const std::vector<std::string> dir_events = children(znode::kDirEvents, true),
                                 isr_changes = children(znode::kIsrChanges, true);
  (void)ask(zookeeper::exists(znode::kPreferredElection, true));
  (void)ask(zookeeper::exists(znode::kReassign, true));
  std::vector<std::string> notes;
  for (const std::string& name : dir_events) notes.push_back(znode::kDirEvents + "/" + name);
  for (const std::string& name : isr_changes) notes.push_back(znode::kIsrChanges + "/" + name);
  remove_all(notes);
  load_context();
  queue_deletions(true);

  // Brokers must know the live brokers before they are told to follow one.
  update_metadata(context_.live_or_shutting_down_ids(), {});
  std::vector<PartitionReplica> online, offline;
  context_.for_each([&](TopicPartition p, const PartitionContext& c) {
    for (BrokerId id : c.replicas) (context_.replica_online(id, p) ? online : offline).push_back({p, id});
  });
  std::vector<PartitionReplica> kept;
  for (const PartitionReplica& r : offline) {
    if (!context_.queued_for_deletion(r.partition)) {
      kept.push_back(r);
      continue;
    }
    fail_deletion(r);
  }
  replicas_online(online);
  replicas_offline(kept);  // ReplicaStateMachine.startup: dead brokers leave the ISRs before any election
  trigger_online_state_change();
  const std::set<TopicPartition> begun = zk_reassignment();  // newly requested reassignments come before those already
                                                             // in progress
  for (TopicPartition p : Partitions(context_.reassigned.begin(), context_.reassigned.end()))
    if (!begun.contains(p)) go_on_with_reassignment(p);
  resume_deletions();
  zk_leader_election();
  if (c_.options_.config.flag("auto.leader.rebalance.enable"))
    zk_.once([&] {
      c_.rebalance_ =
          ctx_.set_timer(sim::seconds(5), timer::kAutoRebalance, static_cast<std::uint64_t>(context_.epoch));
    });
}

/// Kafka: initializeControllerContext. The cost grows with the number of partitions, because each partition has its own
/// znode.
void ControllerRun::load_context() {
  context_.brokers = read_brokers(true);
  zk_.once([&] {
    for (const auto& [id, broker] : context_.brokers) c_.channels_.add(id, broker);
  });
  load_topics(children(znode::kTopics, true));
  load_states(context_.all_partitions());
}

/// Reads the topics and watches each of them, because partitions may be added.
void ControllerRun::load_topics(const std::vector<std::string>& names) {
  if (names.empty()) return;
  std::vector<ZkOperation> reads;
  for (const std::string& name : names) reads.push_back(get_data(znode::topic(name), true));
  const auto& results = ask(std::move(reads));
  for (std::size_t i = 0; i < names.size(); ++i) {
    expect(*results[i], {ZkError::OK, ZkError::NONODE});
    const auto topic = znode::decode_topic(results[i]->data);
    if (results[i]->error != ZkError::OK || !topic) continue;
    for (const auto& [number, assignment] : topic->partitions) {
      const TopicPartition p{topic->id, number};
      context_.assign(topic->id, names[i], number, assignment);
      if (context_.find(p)->being_reassigned()) context_.reassigned.insert(p);
    }
  }
}

/// Kafka: updateLeaderAndIsrCache, and the initial states of PartitionStateMachine.
void ControllerRun::load_states(const Partitions& partitions) {
  const auto states = read_states(partitions);
  for (TopicPartition p : partitions) {
    const auto it = states.find(p);
    PartitionContext& c = context_.edit(p);
    if (it == states.end()) {
      c.state = PartitionState::New;
    } else {
      c.decided = it->second;
      c.state = context_.replica_online(it->second.leader, p) ? PartitionState::Online : PartitionState::Offline;
    }
  }
}

// ---------------------------------------------------------------------------------------------- resigning

void ControllerRun::maybe_resign() {
  const bool was_active = c_.active();
  c_.active_id_ = read_controller();
  if (was_active && !c_.active()) resign(fact::ResignationReason::AnotherController);
}

/// Kafka: onControllerResignation.
void ControllerRun::resign(fact::ResignationReason reason) {
  tell(fact::ControllerResigned{c_.options_.id, protocol::LeaderEpoch{context_.epoch}, reason});
  zk_.once([&] {
    c_.channels_.remove_all(ctx_);
    ctx_.cancel(c_.rebalance_);
  });
  ControllerContext fresh;
  fresh.unclean_elections = context_.unclean_elections;
  context_ = std::move(fresh);
}

void ControllerRun::expire() {
  if (sim::mutant("expired-controller-goes-on")) return;
  const bool was_active = c_.active();
  c_.active_id_ = kNoBroker;
  if (was_active) resign(fact::ResignationReason::SessionExpired);
}

}  // namespace kafkascope::controller
