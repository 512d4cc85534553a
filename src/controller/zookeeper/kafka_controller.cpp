#include "controller/zookeeper/kafka_controller.h"

#include <utility>

#include "controller/zookeeper/controller_run.h"
#include "controller/zookeeper/timers.h"
#include "protocol/messages_admin.h"

namespace kafkascope::controller {

using Kind = ControllerEventKind;

std::string_view name(ControllerEventKind kind) {
  switch (kind) {
    case Kind::RegisterBrokerAndReelect: return "RegisterBrokerAndReelect";
    case Kind::ControllerChange: return "ControllerChange";
    case Kind::Reelect: return "Reelect";
    case Kind::Expire: return "Expire";
    case Kind::BrokerChange: return "BrokerChange";
    case Kind::TopicChange: return "TopicChange";
    case Kind::PartitionModifications: return "PartitionModifications";
    case Kind::TopicDeletion: return "TopicDeletion";
    case Kind::IsrChangeNotification: return "IsrChangeNotification";
    case Kind::PartitionReassignmentIsrChange: return "PartitionReassignmentIsrChange";
    case Kind::ZkPartitionReassignment: return "ZkPartitionReassignment";
    case Kind::ApiPartitionReassignment: return "ApiPartitionReassignment";
    case Kind::ReplicaLeaderElection: return "ReplicaLeaderElection";
    case Kind::ZkLeaderElection: return "ReplicaLeaderElection";
    case Kind::AutoPreferredReplicaLeaderElection: return "AutoPreferredReplicaLeaderElection";
    case Kind::ControlledShutdown: return "ControlledShutdown";
    case Kind::TopicDeletionStopReplicaResponse: return "TopicDeletionStopReplicaResponseReceived";
    case Kind::LeaderAndIsrResponse: return "LeaderAndIsrResponseReceived";
    case Kind::LogDirEventNotification: return "LogDirEventNotification";
    case Kind::UncleanLeaderElectionEnable: return "UncleanLeaderElectionEnable";
  }
  return "?";
}

KafkaController::KafkaController(Options options)
    : options_(std::move(options)),
      script_(options_.config.version() == protocol::KafkaVersion::V2_5
                  ? static_cast<std::size_t>(options_.config.number("zookeeper.max.in.flight.requests"))
                  : 10),
      channels_(sim::milliseconds(options_.config.number("controller.socket.timeout.ms"))) {}

void KafkaController::preload(BrokerId active, const std::optional<ControllerContext>& context, BrokerEpoch own_epoch) {
  active_id_ = active;
  broker_epoch_ = own_epoch;
  if (!context) return;
  context_ = *context;
  for (const auto& [id, broker] : context_.brokers) channels_.add(id, broker);
}

void KafkaController::start(Ctx& ctx, ZkClient& zk) {
  session_ = zk.session();
  if (broker_epoch_ < 0) return put(ctx, zk, {.kind = Kind::RegisterBrokerAndReelect});
  // In a formed cluster the watches are already set. An active controller continues its periodic task.
  if (active() && options_.config.flag("auto.leader.rebalance.enable"))
    rebalance_ = ctx.set_timer(sim::seconds(5), timer::kAutoRebalance, static_cast<std::uint64_t>(context_.epoch));
}

/// ControllerEventManager.clearAndPut: an event that waits for ZooKeeper gets the result SESSIONEXPIRED and therefore
/// fails.
void KafkaController::expire(Ctx& ctx, ZkClient& zk) {
  const std::size_t first = processing_ ? 1 : 0;
  events_.erase(events_.begin() + static_cast<std::ptrdiff_t>(first), events_.end());
  broker_epoch_ = -1;
  put(ctx, zk, {.kind = Kind::Expire});
}

void KafkaController::put(Ctx& ctx, ZkClient& zk, ControllerEvent event) {
  event.cause = ctx.cause();
  events_.push_back(std::move(event));
  pump(ctx, zk);
}

void KafkaController::on_event(Ctx& ctx, ZkClient& zk, const zookeeper::Completed& done) {
  if (script_.on_completed(ctx, zk, done)) pump(ctx, zk);
}

void KafkaController::pump(Ctx& ctx, ZkClient& zk) {
  if (pumping_) return;
  pumping_ = true;
  while (!events_.empty() && !script_.waiting()) {
    const ControllerEvent event = events_.front();
    if (!std::exchange(processing_, true)) {
      script_.reset();
      before_ = context_;
      active_before_ = active_id_;
    }
    context_ = before_;
    active_id_ = active_before_;
    bool done = true, moved = false;
    ctx.set_cause(event.cause);
    try {
      done = script_.run(ctx, zk, [&] { ControllerRun(*this, ctx).process(event); });
    } catch (const ControllerMoved&) {
      moved = true;
    } catch (const KeeperFailure&) {
      // Kafka logs the error; the context keeps the changes made before it.
    }
    if (!done) break;
    processing_ = false;
    events_.pop_front();
    // ControllerEventManager: a controller that has lost its role first reads the id of the present controller.
    if (moved) events_.push_front({.kind = Kind::ControllerChange, .cause = event.cause});
  }
  pumping_ = false;
}

void KafkaController::on_watch(Ctx& ctx, ZkClient& zk, const zookeeper::Watched& watched) {
  using protocol::ZkEventType;
  const std::string& path = watched.path;
  const bool created = watched.type == ZkEventType::NodeCreated, changed = watched.type == ZkEventType::NodeDataChanged;
  if (path == znode::kController)
    return put(ctx, zk, {.kind = watched.type == ZkEventType::NodeDeleted ? Kind::Reelect : Kind::ControllerChange});
  if (!active()) return;
  if (path == znode::kBrokerIds) return put(ctx, zk, {.kind = Kind::BrokerChange});
  if (path == znode::kTopics) return put(ctx, zk, {.kind = Kind::TopicChange});
  if (path == znode::kDeleteTopics) return put(ctx, zk, {.kind = Kind::TopicDeletion});
  if (path == znode::kIsrChanges) return put(ctx, zk, {.kind = Kind::IsrChangeNotification});
  if (path == znode::kDirEvents) return put(ctx, zk, {.kind = Kind::LogDirEventNotification});
  if (path == znode::kReassign && created) return put(ctx, zk, {.kind = Kind::ZkPartitionReassignment});
  if (path == znode::kPreferredElection && created) return put(ctx, zk, {.kind = Kind::ZkLeaderElection});
  const std::string topics = znode::kTopics + "/";
  if (!path.starts_with(topics) || !changed) return;
  const std::string rest = path.substr(topics.size());
  const std::size_t slash = rest.find('/');
  if (slash == std::string::npos) return put(ctx, zk, {.kind = Kind::PartitionModifications, .topic = rest});
  // .../T/partitions/P/state, watched while the partition is being reassigned.
  const std::size_t last = rest.rfind('/'), number = rest.rfind('/', last - 1) + 1;
  if (const auto p = context_.partition(rest.substr(0, slash), std::stoi(rest.substr(number, last - number))))
    put(ctx, zk, {.kind = Kind::PartitionReassignmentIsrChange, .partition = *p});
}

void KafkaController::on_response(Ctx& ctx, ZkClient& zk, sim::ConnectionId connection,
                                  const protocol::Message& message) {
  auto done = channels_.on_response(ctx, connection, message);
  if (!done) return;
  if (protocol::holds_alternative<protocol::LeaderAndIsrResponse>(done->response)) {
    put(ctx, zk, {.kind = Kind::LeaderAndIsrResponse, .broker = done->broker, .body = std::move(done->response)});
  } else if (const auto* stop = protocol::get_if<protocol::StopReplicaRequest>(&done->request);
             stop != nullptr && stop->delete_partitions) {
    put(ctx, zk,
        {.kind = Kind::TopicDeletionStopReplicaResponse, .broker = done->broker, .body = std::move(done->response)});
  }
}

bool KafkaController::on_timer(Ctx& ctx, ZkClient& zk, std::uint16_t kind, std::uint64_t arg) {
  switch (kind) {
    case timer::kControlTimeout:
    case timer::kControlRetry: channels_.on_timer(ctx, kind, static_cast<BrokerId>(arg)); return true;
    case timer::kAutoRebalance:
      rebalance_ = {};
      if (!active() || static_cast<std::int32_t>(arg) != context_.epoch) return true;
      rebalance_ = ctx.set_timer(sim::seconds(options_.config.number("leader.imbalance.check.interval.seconds")),
                                 timer::kAutoRebalance, arg);
      put(ctx, zk, {.kind = Kind::AutoPreferredReplicaLeaderElection});
      return true;
    case timer::kRegisterAgain: put(ctx, zk, {.kind = Kind::RegisterBrokerAndReelect}); return true;
    default: return false;
  }
}

void KafkaController::request(Ctx& ctx, ZkClient& zk, std::uint64_t handle, protocol::Body body) {
  ControllerEvent event{.body = std::move(body), .handle = handle};
  if (const auto* shutdown = protocol::get_if<protocol::ControlledShutdownRequest>(&*event.body)) {
    event.kind = Kind::ControlledShutdown;
    event.broker = shutdown->broker_id;
    event.broker_epoch = shutdown->broker_epoch;
  } else {
    event.kind = protocol::holds_alternative<protocol::ElectLeadersRequest>(*event.body)
                     ? Kind::ReplicaLeaderElection
                     : Kind::ApiPartitionReassignment;
  }
  put(ctx, zk, std::move(event));
}

void KafkaController::unclean_election_allowed(Ctx& ctx, ZkClient& zk, const std::string& topic) {
  if (active()) put(ctx, zk, {.kind = Kind::UncleanLeaderElectionEnable, .topic = topic});
}

}  // namespace kafkascope::controller
