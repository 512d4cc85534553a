// A broker's standing with the controller: registered, fenced or not, on its way out. Kafka: BrokerLifecycleManager,
// BrokerState.
//
//   NotRunning -> Starting             the process began: register
//   Starting -> Recovery               a heartbeat's answer says it has caught up with the metadata
//   Recovery -> Running                ready to be unfenced, and a heartbeat's answer says it is
//   Running -> PendingControlledShutdown   an orderly shutdown was asked for: heartbeats say want_shut_down
//   any -> ShuttingDown                the controller let it go, or it cannot register
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "broker/controller_channel.h"
#include "protocol/config.h"

namespace kafkascope::broker {

enum class BrokerState : std::uint8_t {
  NotRunning,
  Starting,
  Recovery,
  Running,
  PendingControlledShutdown,
  ShuttingDown
};
std::string_view name(BrokerState state);

class BrokerLifecycle {
 public:
  /// What the broker has to do about it.
  enum class Outcome : std::uint8_t { Nothing, CaughtUp, Unfenced, ShutDown, Exit };

  BrokerLifecycle(protocol::BrokerId id, std::string rack, const protocol::Config& config);

  /// Formation at time 0: already registered and unfenced.
  void preload(protocol::BrokerEpoch epoch, std::int64_t incarnation);
  /// `endpoint`: where it says it listens; `dirs`: the directories that are online; `all`: none is missing (else the stop before counts as unclean: LogManager.
  /// readBrokerEpochFromCleanShutdownFiles).
  void on_start(Ctx& ctx, protocol::Endpoint endpoint, std::vector<protocol::DirectoryId> dirs, bool all);
  /// A directory has failed: the next heartbeat leaves at once and says so. Untold for log.dir.failure.timeout.ms, the broker shuts down,
  /// in order: for up to five minutes it waits for a controller to let it go.
  void directory_failed(Ctx& ctx, protocol::DirectoryId dir);
  /// Under ZooKeeper there are no heartbeats: a process begins, and is registered while its znode stands.
  void start_for_zookeeper();
  void registered_in_zookeeper(protocol::BrokerEpoch epoch);
  /// The broker has applied the metadata and may lead: heartbeats stop asking to stay fenced.
  void set_ready_to_unfence(Ctx& ctx);
  Outcome begin_controlled_shutdown(Ctx& ctx, bool heartbeats = true);
  Outcome on_completion(Ctx& ctx, const ControllerChannel::Completion& done);
  /// Kinds kCommunication, kRegistrationTimeout, kShutdownDeadline, kLogDirFailure (timers.h).
  Outcome on_timer(Ctx& ctx, std::uint16_t kind, ControllerChannel& channel, const raft::QuorumNode& quorum,
                   protocol::Offset applied, std::uint64_t arg = 0);
  /// `all_dirs`: every directory is online, and so has its clean-shutdown file; `unread`: the files of the stop before are still there
  /// (LogManager.loadLogs takes them away).
  void on_death(sim::Death death, bool all_dirs, bool unread);
  /// This one, of a broker whose processes so far were numbered up to that.
  BrokerLifecycle after(std::int64_t incarnation) const {
    BrokerLifecycle next = *this;
    next.incarnation_ = incarnation;
    return next;
  }

  BrokerState state() const { return state_; }
  /// It has been unfenced. Before that there is no orderly stop: the process just ends (BrokerServer.shutdown asks for STARTED; 2.5:
  /// KafkaServer.shutdown throws).
  bool started() const { return started_; }
  bool running() const { return state_ == BrokerState::Running || state_ == BrokerState::PendingControlledShutdown; }
  protocol::BrokerEpoch epoch() const { return epoch_; }
  std::int64_t incarnation() const { return incarnation_; }
  /// As the last heartbeat's answer said; true while there was none.
  bool fenced() const { return fenced_; }
  bool registered() const { return registered_; }
  /// When it will speak to the controller next.
  sim::TimerId communication_timer() const { return communication_; }

 private:
  Outcome on_registration(Ctx& ctx, const ControllerChannel::Completion& done);
  Outcome on_heartbeat(Ctx& ctx, const ControllerChannel::Completion& done);
  void schedule(Ctx& ctx, sim::Duration in);
  void schedule_after_failure(Ctx& ctx);

  protocol::BrokerId id_;
  std::string rack_;
  protocol::Endpoint endpoint_;
  sim::Duration heartbeat_interval_, session_timeout_, registration_timeout_, dir_failure_timeout_;
  BrokerState state_ = BrokerState::NotRunning;
  bool preloaded_ = false;
  bool started_ = false;
  bool registered_ = false;
  bool ever_registered_ = false;  // of this process
  bool ready_to_unfence_ = false;
  bool fenced_ = true;
  bool in_flight_ = false;
  bool next_at_once_ = false;  // something new to say came up while a request was in flight
  bool got_shutdown_answer_ = false;
  std::int32_t failed_attempts_ = 0;
  protocol::BrokerEpoch epoch_ = -1;
  std::int64_t incarnation_ = 0;
  protocol::BrokerEpoch clean_shutdown_epoch_ = -1;  // on disk: the clean-shutdown file; gone once read
  protocol::BrokerEpoch previous_epoch_ = -1;        // what that file said at start
  std::vector<protocol::DirectoryId> dirs_;          // online at start
  std::vector<protocol::DirectoryId> offline_dirs_;  // failed since, in that order
  std::size_t offline_dirs_sent_ = 0,
              offline_dirs_told_ = 0;  // of these, in the heartbeat in flight; known to the controller
  sim::TimerId communication_;
};

}  // namespace kafkascope::broker
