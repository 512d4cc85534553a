// Event dispatch, the controller's election, failover and resignation.
#include <algorithm>
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
using zookeeper::get_data;

namespace {

constexpr sim::Duration kRegisterPause = sim::seconds(1);

}  // namespace

ControllerRun::ControllerRun(KafkaController& controller, Ctx& ctx)
    : c_(controller),
      scope_{ctx,
             controller.context_,
             controller.script_,
             controller.channels_,
             controller.options_.config,
             controller.options_.id,
             !controller.options_.historical.kip_380},
      context_(controller.context_),
      zk_(scope_.zk),
      partitions_(scope_),
      replicas_(scope_),
      deletions_(scope_, replicas_),
      reassignments_(scope_, partitions_, replicas_, deletions_) {}

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
    case Kind::TopicDeletion: deletions_.queue(false); return deletions_.resume();
    case Kind::IsrChangeNotification: return isr_change_notification();
    case Kind::PartitionReassignmentIsrChange: return reassignments_.on_isr_change(event.partition);
    case Kind::ZkPartitionReassignment: reassignments_.begin_from_znode(); return;
    case Kind::ApiPartitionReassignment:
      return answer(event.handle,
                    reassignments_.handle(protocol::get<protocol::AlterPartitionReassignmentsRequest>(*event.body)));
    case Kind::ReplicaLeaderElection:
      return answer(event.handle, leader_election(protocol::get<protocol::ElectLeadersRequest>(*event.body)));
    case Kind::ZkLeaderElection: return zk_leader_election();
    case Kind::AutoPreferredReplicaLeaderElection: return auto_leader_rebalance();
    case Kind::ControlledShutdown: return answer(event.handle, controlled_shutdown(event.broker, event.broker_epoch));
    case Kind::TopicDeletionStopReplicaResponse:
      return deletions_.on_response(event.broker, protocol::get<protocol::StopReplicaResponse>(*event.body));
    case Kind::LeaderAndIsrResponse:
      return leader_and_isr_response(event.broker, protocol::get<protocol::LeaderAndIsrResponse>(*event.body));
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
  scope_.script.once([&] { c_.answers_.push_back({handle, std::move(body)}); });
}

// ---------------------------------------------------------------------------------------------- election

/// KafkaZkClient.registerBroker, CheckedEphemeral: the znode is created empty and filled, in one multi. A znode of
/// another session belongs to the previous process, whose session has not expired. Simplified: in that case Kafka 2.5
/// refuses to start and its supervisor restarts it; here a supervised broker retries by itself. An unsupervised broker
/// exits, as in Kafka.
void ControllerRun::register_broker_and_reelect() {
  const std::string path = znode::broker(scope_.id);
  const ZkResult& created = zk_.ask(zookeeper::multi(
      {zookeeper::create(path, "", true),
       zookeeper::set_data(path, znode::encode(c_.options_.registration, scope_.ctx.wall_clock_ms()), 0)}));
  KafkaZkClient::expect(created, {ZkError::OK, ZkError::NODEEXISTS});
  BrokerEpoch epoch = created.error == ZkError::OK ? created.results.back().stat.czxid.value : -1;
  if (created.error == ZkError::NODEEXISTS) {
    const ZkResult& there = zk_.ask(get_data(path));
    KafkaZkClient::expect(there, {ZkError::OK, ZkError::NONODE});
    if (there.error == ZkError::NONODE || there.stat.ephemeral_owner != c_.session_) {
      scope_.script.once([&] {
        c_.options_.supervised ? (void)scope_.ctx.set_timer(kRegisterPause, timer::kRegisterAgain) : scope_.ctx.exit();
      });
      return;
    }
    epoch = there.stat.czxid.value;
  }
  c_.broker_epoch_ = epoch;
  scope_.tell(fact::BrokerRegistered{scope_.id, epoch});
  maybe_resign();
  elect();
}

void ControllerRun::elect() {
  c_.active_id_ = zk_.read_controller();
  if (c_.active_id_ != kNoBroker) return;
  const auto [epoch, version] = zk_.register_controller(scope_.id, scope_.ctx.wall_clock_ms());
  context_.epoch = epoch;
  context_.epoch_zk_version = version;
  c_.active_id_ = scope_.id;
  scope_.tell(fact::ControllerActive{scope_.id, protocol::LeaderEpoch{epoch}});
  failover();
}

/// Kafka: onControllerFailover. Sets all watches first, so that no change is missed, then reads everything.
void ControllerRun::failover() {
  const std::vector<std::string> dir_events = zk_.children(znode::kDirEvents, true),
                                 isr_changes = zk_.children(znode::kIsrChanges, true);
  (void)zk_.ask(zookeeper::exists(znode::kPreferredElection, true));
  (void)zk_.ask(zookeeper::exists(znode::kReassign, true));
  std::vector<std::string> notes;
  for (const std::string& name : dir_events) notes.push_back(znode::kDirEvents + "/" + name);
  for (const std::string& name : isr_changes) notes.push_back(znode::kIsrChanges + "/" + name);
  zk_.remove_all(notes);
  load_context();
  deletions_.queue(true);

  // Brokers must know the live brokers before they are told to follow one.
  scope_.update_metadata(context_.live_or_shutting_down_ids(), {});
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
    deletions_.fail(r);
  }
  replicas_.replicas_online(online);
  replicas_.replicas_offline(kept);  // ReplicaStateMachine.startup: dead brokers leave the ISRs before any election
  partitions_.trigger_online_state_change();
  // Newly requested reassignments come before those already in progress.
  const std::set<TopicPartition> begun = reassignments_.begin_from_znode();
  for (TopicPartition p : Partitions(context_.reassigned.begin(), context_.reassigned.end()))
    if (!begun.contains(p)) reassignments_.go_on(p);
  deletions_.resume();
  zk_leader_election();
  if (scope_.config.flag("auto.leader.rebalance.enable"))
    scope_.script.once([&] {
      c_.rebalance_ =
          scope_.ctx.set_timer(sim::seconds(5), timer::kAutoRebalance, static_cast<std::uint64_t>(context_.epoch));
    });
}

/// Kafka: initializeControllerContext. The cost grows with the number of partitions, because each partition has its own
/// znode.
void ControllerRun::load_context() {
  context_.brokers = zk_.read_brokers(true);
  scope_.script.once([&] {
    for (const auto& [id, broker] : context_.brokers) scope_.channels.add(id, broker);
  });
  load_topics(zk_.children(znode::kTopics, true));
  load_states(context_.all_partitions());
}

/// Reads the topics and watches each of them, because partitions may be added.
void ControllerRun::load_topics(const std::vector<std::string>& names) {
  if (names.empty()) return;
  std::vector<ZkOperation> reads;
  for (const std::string& name : names) reads.push_back(get_data(znode::topic(name), true));
  const auto& results = zk_.ask(std::move(reads));
  for (std::size_t i = 0; i < names.size(); ++i) {
    KafkaZkClient::expect(*results[i], {ZkError::OK, ZkError::NONODE});
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
  const auto states = zk_.read_states(partitions);
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
  c_.active_id_ = zk_.read_controller();
  if (was_active && !c_.active()) resign(fact::ResignationReason::AnotherController);
}

/// Kafka: onControllerResignation.
void ControllerRun::resign(fact::ResignationReason reason) {
  scope_.tell(fact::ControllerResigned{scope_.id, protocol::LeaderEpoch{context_.epoch}, reason});
  scope_.script.once([&] {
    scope_.channels.remove_all(scope_.ctx);
    scope_.ctx.cancel(c_.rebalance_);
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
