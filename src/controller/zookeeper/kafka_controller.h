// The controller in ZooKeeper mode: every broker hosts one, and the one whose broker owns /controller is active. Kafka:
// KafkaController, ControllerEventManager (2.5).
//
// The controller has one thread and one queue of events. An event is a script (zk_script.h) that starts from the
// context as it was before the event; controller_run.h has all scripts. Every write of the controller is conditional on
// the version of /controller_epoch that this controller wrote, so a controller that was replaced without noticing
// changes nothing and resigns.
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
#include "protocol/messages_control.h"

namespace kafkascope::controller {

using protocol::ErrorCode;

/// Named as in Kafka (ControllerEvent).
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
  BrokerId broker = protocol::kNoBroker;  // ControlledShutdown; the sender of a response
  BrokerEpoch broker_epoch = -1;
  std::optional<protocol::Body> body = {};  // the request or response
  std::uint64_t handle = 0;                 // identifies a request until it is answered
  std::uint64_t cause = 0;                  // number of the trace line that caused the event
};

class KafkaController {
 public:
  struct Options {
    BrokerId id = protocol::kNoBroker;
    znode::BrokerInfo registration;
    protocol::Config config{protocol::config_scope::kServer};
    protocol::Historical historical;
    bool supervised = true;  // whether a supervisor restarts the process if it could not register
  };
  struct Answer {
    std::uint64_t handle = 0;
    protocol::Body body;
  };
  explicit KafkaController(Options options);

  /// Formation at time 0: the active broker starts with this context; the other brokers know that `active` is the
  /// controller.
  void preload(BrokerId active, const std::optional<ControllerContext>& context, BrokerEpoch own_epoch);
  /// The process starts, or has a new session: the broker is registered, then tries to become the controller.
  void start(Ctx& ctx, ZkClient& zk);
  /// The session has expired: pending events are dropped, and an active controller resigns.
  void expire(Ctx& ctx, ZkClient& zk);
  void on_event(Ctx& ctx, ZkClient& zk, const zookeeper::Completed& done);
  void on_watch(Ctx& ctx, ZkClient& zk, const zookeeper::Watched& watched);
  void on_response(Ctx& ctx, ZkClient& zk, sim::ConnectionId connection, const protocol::Message& message);
  void on_disconnect(Ctx& ctx, sim::ConnectionId connection) { channels_.on_disconnect(ctx, connection); }
  bool owns(sim::ConnectionId connection) const { return channels_.owns(connection); }
  /// Returns true if the timer was the controller's.
  bool on_timer(Ctx& ctx, ZkClient& zk, std::uint16_t kind, std::uint64_t arg);

  /// ElectLeaders, AlterPartitionReassignments, ControlledShutdown: the answer comes later and is identified by
  /// `handle`.
  void request(Ctx& ctx, ZkClient& zk, std::uint64_t handle, protocol::Body body);
  std::vector<Answer> take_answers() { return std::exchange(answers_, {}); }
  /// The dynamic configuration now allows unclean elections, by default ("") or for one topic.
  void unclean_election_allowed(Ctx& ctx, ZkClient& zk, const std::string& topic);
  void set_config(const protocol::Config& config) { options_.config = config; }
  /// Sets the registration that is written from the next session on.
  void set_registration(znode::BrokerInfo registration) { options_.registration = std::move(registration); }

  // ---- views
  const Options& options() const { return options_; }
  bool active() const { return active_id_ == options_.id; }
  /// The controller that this broker knows; kNoBroker if none.
  BrokerId active_id() const { return active_id_; }
  const ControllerContext& context() const { return context_; }
  /// The broker epoch of the registration; -1 while there is none.
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
  ControllerContext context_, before_;  // the current context, and the context before the event that is being processed
  BrokerId active_before_ = protocol::kNoBroker;
  std::deque<ControllerEvent> events_;  // the front event is being processed if `processing_`
  bool processing_ = false, pumping_ = false;
  ZkScript script_;
  ControlChannels channels_;
  sim::TimerId rebalance_;
  std::vector<Answer> answers_;
};

}  // namespace kafkascope::controller
