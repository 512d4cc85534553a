// The controller of the ZooKeeper era: every broker hosts one, the one whose broker owns /controller is active. Kafka: KafkaController,
// ControllerEventManager (2.5).
//
// One thread, one queue of events. An event is a script (zk_script.h) over the context as it was before it; controller_run.h has them all.
// What ZooKeeper holds decides: every write of the controller is checked against the version of /controller_epoch that it wrote itself, so
// one that has been replaced without knowing changes nothing, and resigns.
#pragma once
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "controller/zookeeper/control_channels.h"
#include "controller/zookeeper/controller_context.h"
#include "controller/zookeeper/zk_script.h"
#include "protocol/config.h"
#include "protocol/historical.h"

namespace kafkascope::controller {

using protocol::ErrorCode;

/// By Kafka's names (ControllerEvent).
enum class ControllerEventKind : std::uint8_t {
  RegisterBrokerAndReelect,
  ControllerChange,
  Reelect,
  Expire,
  BrokerChange,
  TopicChange,
  PartitionModifications,
  TopicDeletion,
  IsrChangeNotification,
  PartitionReassignmentIsrChange,
  ZkPartitionReassignment,
  ApiPartitionReassignment,
  ReplicaLeaderElection,
  ZkLeaderElection,
  AutoPreferredReplicaLeaderElection,
  ControlledShutdown,
  TopicDeletionStopReplicaResponse,
  LeaderAndIsrResponse,
  LogDirEventNotification,
  UncleanLeaderElectionEnable
};
std::string_view name(ControllerEventKind kind);

struct ControllerEvent {
  ControllerEventKind kind = ControllerEventKind::Reelect;
  std::string topic = {};                 // PartitionModifications, UncleanLeaderElectionEnable ("": all)
  TopicPartition partition = {};          // PartitionReassignmentIsrChange
  BrokerId broker = protocol::kNoBroker;  // ControlledShutdown; whose answer it is
  BrokerEpoch broker_epoch = -1;
  std::optional<protocol::Body> body = {};  // the request or the answer
  std::uint64_t handle = 0;                 // of a request, for its answer
  std::uint64_t cause = 0;                  // trace line
};

class KafkaController {
 public:
  struct Options {
    BrokerId id = protocol::kNoBroker;
    znode::BrokerInfo registration;
    protocol::Config config{protocol::config_scope::kServer};
    protocol::Historical historical;
    bool supervised = true;  // somebody starts the process again when it could not register
  };
  struct Answer {
    std::uint64_t handle = 0;
    protocol::Body body;
  };
  explicit KafkaController(Options options);

  /// Formation at time 0: this one has been active since before, with that in its memory; the others know that it is.
  void preload(BrokerId active, const std::optional<ControllerContext>& context, BrokerEpoch own_epoch);
  /// The process begins, or has a new session: register the broker, then try to become controller.
  void start(Ctx& ctx, ZkClient& zk);
  /// The session is over: what waited before the expiry is void, an active one resigns.
  void expire(Ctx& ctx, ZkClient& zk);
  void on_event(Ctx& ctx, ZkClient& zk, const zookeeper::Completed& done);
  void on_watch(Ctx& ctx, ZkClient& zk, const zookeeper::Watched& watched);
  void on_response(Ctx& ctx, ZkClient& zk, sim::ConnectionId connection, const protocol::Message& message);
  void on_disconnect(Ctx& ctx, sim::ConnectionId connection) { channels_.on_disconnect(ctx, connection); }
  bool owns(sim::ConnectionId connection) const { return channels_.owns(connection); }
  /// True: the timer was one of its own.
  bool on_timer(Ctx& ctx, ZkClient& zk, std::uint16_t kind, std::uint64_t arg);

  /// ElectLeaders, AlterPartitionReassignments, ControlledShutdown: answered later, by handle.
  void request(Ctx& ctx, ZkClient& zk, std::uint64_t handle, protocol::Body body);
  std::vector<Answer> take_answers() { return std::exchange(answers_, {}); }
  /// Dynamic configuration: unclean elections may have been allowed, by default or ("topic") for one topic.
  void unclean_election_allowed(Ctx& ctx, ZkClient& zk, const std::string& topic);
  void set_config(const protocol::Config& config) { options_.config = config; }
  /// What it registers as from the next session on.
  void set_registration(znode::BrokerInfo registration) { options_.registration = std::move(registration); }

  // ---- views
  const Options& options() const { return options_; }
  bool active() const { return active_id_ == options_.id; }
  /// Whom this broker takes for the controller; kNoBroker: nobody.
  BrokerId active_id() const { return active_id_; }
  const ControllerContext& context() const { return context_; }
  /// Registered under; -1: not (yet).
  BrokerEpoch broker_epoch() const { return broker_epoch_; }
  const std::deque<ControllerEvent>& events() const { return events_; }
  const ControlChannels& channels() const { return channels_; }
  const ZkScript& script() const { return script_; }
  std::size_t reads_to_come() const { return script_.unanswered(); }

 private:
  friend class ControllerRun;
  void put(Ctx& ctx, ZkClient& zk, ControllerEvent event);
  void pump(Ctx& ctx, ZkClient& zk);

  Options options_;
  BrokerId active_id_ = protocol::kNoBroker;
  BrokerEpoch broker_epoch_ = -1;
  protocol::ZkSessionId session_ = 0;
  ControllerContext context_, before_;  // as of now; as it was before the event that waits
  BrokerId active_before_ = protocol::kNoBroker;
  std::deque<ControllerEvent> events_;  // the front one is being processed while `processing_`
  bool processing_ = false, pumping_ = false;
  ZkScript script_;
  ControlChannels channels_;
  sim::TimerId rebalance_;
  std::vector<Answer> answers_;
};

}  // namespace kafkascope::controller
