// A broker's state at the controller: registered, fenced, unfenced or shutting down. Kafka: BrokerLifecycleManager,
// BrokerState.
//
//   NotRunning -> Starting             the process starts: it registers
//   Starting -> Recovery               a heartbeat response says that it has caught up with the metadata
//   Recovery -> Running                it is ready to be unfenced, and a heartbeat response says that it is unfenced
//   Running -> PendingControlledShutdown   an orderly shutdown was requested: heartbeats say want_shut_down
//   any -> ShuttingDown                the controller lets it stop, or it cannot register
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
  /// What the broker must do next.
  enum class Outcome : std::uint8_t { Nothing, CaughtUp, Unfenced, ShutDown, Exit };

  BrokerLifecycle(protocol::BrokerId id, std::string rack, const protocol::Config& config);

  /// Formation at time 0: already registered and unfenced.
  void preload(protocol::BrokerEpoch epoch, std::int64_t incarnation);
  /// `endpoint`: its advertised endpoint; `dirs`: the online directories; `all`: all directories are online (otherwise
  /// the previous stop counts as unclean: LogManager.readBrokerEpochFromCleanShutdownFiles).
  void on_start(Ctx& ctx, protocol::Endpoint endpoint, std::vector<protocol::DirectoryId> dirs, bool all);
  /// A directory has failed: the next heartbeat is sent at once and reports the failure. If no report succeeds for
  /// log.dir.failure.timeout.ms, the broker shuts down in an orderly way, waiting up to five minutes for a controller's
  /// permission.
  void directory_failed(Ctx& ctx, protocol::DirectoryId dir);
  /// ZooKeeper mode has no heartbeats: the process starts, and is registered while its znode exists.
  void start_for_zookeeper();
  void registered_in_zookeeper(protocol::BrokerEpoch epoch);
  /// The broker has applied the metadata and may lead: heartbeats no longer ask to stay fenced.
  void set_ready_to_unfence(Ctx& ctx);
  Outcome begin_controlled_shutdown(Ctx& ctx, bool heartbeats = true);
  Outcome on_completion(Ctx& ctx, const ControllerChannel::Completion& done);
  /// Kinds kCommunication, kRegistrationTimeout, kShutdownDeadline, kLogDirFailure (timers.h).
  Outcome on_timer(Ctx& ctx, std::uint16_t kind, ControllerChannel& channel, const raft::QuorumNode& quorum,
                   protocol::Offset applied, std::uint64_t arg = 0);
  /// `all_dirs`: every directory is online and has its clean-shutdown file; `unread`: this process has not read the
  /// files of the previous stop yet, so they still exist (LogManager.loadLogs deletes them).
  void on_death(sim::Death death, bool all_dirs, bool unread);
  /// A copy whose next process gets the incarnation number after `incarnation`.
  BrokerLifecycle after(std::int64_t incarnation) const {
    BrokerLifecycle next = *this;
    next.incarnation_ = incarnation;
    return next;
  }

  BrokerState state() const { return state_; }
  /// The process has been unfenced. Before that there is no orderly stop: the process just ends (BrokerServer.shutdown
  /// requires STARTED; 2.5: KafkaServer.shutdown throws).
  bool started() const { return started_; }
  bool running() const { return state_ == BrokerState::Running || state_ == BrokerState::PendingControlledShutdown; }
  protocol::BrokerEpoch epoch() const { return epoch_; }
  std::int64_t incarnation() const { return incarnation_; }
  /// According to the last heartbeat response; true before the first.
  bool fenced() const { return fenced_; }
  bool registered() const { return registered_; }
  /// Registered at least once since the process started (BrokerLifecycleManager.initialRegistrationSucceeded).
  bool ever_registered() const { return ever_registered_; }
  /// Whether the controller knows the first so many failed directories.
  bool has_told(std::uint64_t failed) const { return offline_dirs_told_ >= failed; }
  /// The timer of the next request to the controller.
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
  bool ever_registered_ = false;  // registered at least once since the process started
  bool ready_to_unfence_ = false;
  bool fenced_ = true;
  bool in_flight_ = false;
  bool next_at_once_ = false;  // a new report became due while a request was in flight
  bool got_shutdown_answer_ = false;
  std::int32_t failed_attempts_ = 0;
  protocol::BrokerEpoch epoch_ = -1;
  std::int64_t incarnation_ = 0;
  protocol::BrokerEpoch clean_shutdown_epoch_ = -1;  // on disk: the clean-shutdown file; gone once read
  protocol::BrokerEpoch previous_epoch_ = -1;        // the content of that file at the start
  std::vector<protocol::DirectoryId> dirs_;          // directories online at the start
  std::vector<protocol::DirectoryId> offline_dirs_;  // directories that failed since the start, in the order of their
                                                     // failures
  std::size_t offline_dirs_sent_ = 0,
              offline_dirs_told_ = 0;  // offline_dirs_sent_: how many of offline_dirs_ the heartbeat in flight reports;
                                       // offline_dirs_told_: how many the controller knows
  sim::TimerId communication_;
};

}  // namespace kafkascope::broker
