#include "broker/lifecycle.h"

#include <algorithm>
#include <utility>

#include "broker/backoff.h"
#include "broker/timers.h"

namespace kafkascope::broker {
namespace {

using protocol::ErrorCode;
constexpr std::uint64_t kRegistration = 1, kHeartbeat = 2;  // tags of the lifecycle's requests

}  // namespace

std::string_view name(BrokerState state) {
  switch (state) {
    case BrokerState::NotRunning: return "NOT_RUNNING";
    case BrokerState::Starting: return "STARTING";
    case BrokerState::Recovery: return "RECOVERY";
    case BrokerState::Running: return "RUNNING";
    case BrokerState::PendingControlledShutdown: return "PENDING_CONTROLLED_SHUTDOWN";
    case BrokerState::ShuttingDown: return "SHUTTING_DOWN";
  }
  return "?";
}

BrokerLifecycle::BrokerLifecycle(protocol::BrokerId id, std::string rack, const protocol::Config& config)
    : id_(id), rack_(std::move(rack)) {
  if (config.version() == protocol::KafkaVersion::V2_5) return;  // 2.5 has a ZooKeeper session instead of heartbeats
  heartbeat_interval_ = sim::milliseconds(config.number("broker.heartbeat.interval.ms"));
  session_timeout_ = sim::milliseconds(config.number("broker.session.timeout.ms"));
  registration_timeout_ = sim::milliseconds(config.number("initial.broker.registration.timeout.ms"));
  dir_failure_timeout_ = sim::milliseconds(config.number("log.dir.failure.timeout.ms"));
}

void BrokerLifecycle::preload(protocol::BrokerEpoch epoch, std::int64_t incarnation) {
  preloaded_ = true;
  epoch_ = epoch;
  incarnation_ = incarnation;
}

void BrokerLifecycle::on_start(Ctx& ctx, protocol::Endpoint endpoint, std::vector<protocol::DirectoryId> dirs,
                               bool all) {
  endpoint_ = endpoint;
  dirs_ = std::move(dirs);
  if (preloaded_) {
    preloaded_ = false;
    state_ = BrokerState::Running;
    started_ = true;
    registered_ = ever_registered_ = ready_to_unfence_ = true;
    fenced_ = false;
    schedule(ctx, sim::Duration{0});
    return;
  }
  state_ = BrokerState::Starting;
  ++incarnation_;  // Kafka draws a random UUID; here each process needs a distinct number
  previous_epoch_ = std::exchange(clean_shutdown_epoch_, -1);
  if (!all) previous_epoch_ = -1;
  ctx.set_timer(registration_timeout_, timer::kRegistrationTimeout);
  schedule(ctx, sim::Duration{0});
}

void BrokerLifecycle::start_for_zookeeper() {
  if (std::exchange(preloaded_, false)) return registered_in_zookeeper(epoch_);
  state_ = BrokerState::Starting;
  ++incarnation_;
}

void BrokerLifecycle::registered_in_zookeeper(protocol::BrokerEpoch epoch) {
  epoch_ = epoch;
  registered_ = ever_registered_ = ready_to_unfence_ = true;
  fenced_ = false;
  if (state_ != BrokerState::PendingControlledShutdown) state_ = BrokerState::Running;
  started_ = true;
}

void BrokerLifecycle::set_ready_to_unfence(Ctx& ctx) {
  if (ready_to_unfence_) return;
  ready_to_unfence_ = true;
  schedule(ctx, sim::Duration{0});
}

void BrokerLifecycle::directory_failed(Ctx& ctx, protocol::DirectoryId dir) {
  offline_dirs_.push_back(dir);
  ctx.set_timer(dir_failure_timeout_, timer::kLogDirFailure, offline_dirs_.size());
  if (registered_) schedule(ctx, sim::Duration{0});
}

BrokerLifecycle::Outcome BrokerLifecycle::begin_controlled_shutdown(Ctx& ctx, bool heartbeats) {
  switch (state_) {
    case BrokerState::Running:
      state_ = BrokerState::PendingControlledShutdown;
      if (!heartbeats) return Outcome::Nothing;
      ctx.set_timer(sim::seconds(300), timer::kShutdownDeadline);
      schedule(ctx, sim::Duration{0});
      return Outcome::Nothing;
    case BrokerState::PendingControlledShutdown: return Outcome::Nothing;
    default: state_ = BrokerState::ShuttingDown; return Outcome::Exit;
  }
}

BrokerLifecycle::Outcome BrokerLifecycle::on_timer(Ctx& ctx, std::uint16_t kind, ControllerChannel& channel,
                                                   const raft::QuorumNode& quorum, protocol::Offset applied,
                                                   std::uint64_t arg) {
  switch (kind) {
    case timer::kCommunication:
      communication_ = {};
      if (in_flight_) {
        next_at_once_ = true;
      } else if (registered_) {
        in_flight_ = true;
        offline_dirs_sent_ = offline_dirs_.size();
        channel.send(ctx, quorum, kHeartbeat,
                     protocol::BrokerHeartbeatRequest{id_, epoch_, applied, !ready_to_unfence_,
                                                      state_ == BrokerState::PendingControlledShutdown, offline_dirs_});
      } else {
        in_flight_ = true;
        channel.send(ctx, quorum, kRegistration,
                     protocol::BrokerRegistrationRequest{id_, incarnation_, endpoint_, rack_, previous_epoch_, dirs_});
      }
      return Outcome::Nothing;
    case timer::kRegistrationTimeout:
      if (ever_registered_) return Outcome::Nothing;
      state_ = BrokerState::ShuttingDown;
      return Outcome::Exit;
    case timer::kLogDirFailure: return arg > offline_dirs_told_ && started_ ? Outcome::ShutDown : Outcome::Nothing;
    case timer::kShutdownDeadline: state_ = BrokerState::ShuttingDown; return Outcome::Exit;
    default: return Outcome::Nothing;
  }
}

BrokerLifecycle::Outcome BrokerLifecycle::on_completion(Ctx& ctx, const ControllerChannel::Completion& done) {
  in_flight_ = false;
  if (!done.body) {
    schedule_after_failure(ctx);
    return Outcome::Nothing;
  }
  return done.tag == kRegistration ? on_registration(ctx, done) : on_heartbeat(ctx, done);
}

BrokerLifecycle::Outcome BrokerLifecycle::on_registration(Ctx& ctx, const ControllerChannel::Completion& done) {
  const auto* answer = protocol::get_if<protocol::BrokerRegistrationResponse>(&*done.body);
  if (answer == nullptr || answer->error != ErrorCode::NONE) {
    schedule_after_failure(ctx);  // DUPLICATE_BROKER_REGISTRATION: the controller refuses until the previous process's
                                  // session has expired
    return Outcome::Nothing;
  }
  failed_attempts_ = 0;
  epoch_ = answer->broker_epoch;
  registered_ = ever_registered_ = true;
  schedule(ctx, sim::Duration{0});
  return Outcome::Nothing;
}

BrokerLifecycle::Outcome BrokerLifecycle::on_heartbeat(Ctx& ctx, const ControllerChannel::Completion& done) {
  const auto* answer = protocol::get_if<protocol::BrokerHeartbeatResponse>(&*done.body);
  if (answer == nullptr || answer->error != ErrorCode::NONE) {
    // Also retried after STALE_BROKER_EPOCH: a process registers only once. If another process has taken its place, or
    // it was unregistered, only a restart helps.
    schedule_after_failure(ctx);
    return Outcome::Nothing;
  }
  failed_attempts_ = 0;
  fenced_ = answer->is_fenced;
  offline_dirs_told_ = std::max(offline_dirs_told_, offline_dirs_sent_);
  switch (state_) {
    case BrokerState::Starting:
      schedule(ctx, sim::milliseconds(10));
      if (!answer->is_caught_up) return Outcome::Nothing;
      state_ = BrokerState::Recovery;
      return Outcome::CaughtUp;
    case BrokerState::Recovery:
      schedule(ctx, heartbeat_interval_);
      if (answer->is_fenced) return Outcome::Nothing;
      state_ = BrokerState::Running;
      started_ = true;
      return Outcome::Unfenced;
    case BrokerState::PendingControlledShutdown:
      if (answer->should_shut_down) {
        state_ = BrokerState::ShuttingDown;
        return Outcome::Exit;
      }
      schedule(ctx, got_shutdown_answer_ ? heartbeat_interval_ : sim::milliseconds(50));
      got_shutdown_answer_ = true;
      return Outcome::Nothing;
    case BrokerState::ShuttingDown: return Outcome::Nothing;
    default: schedule(ctx, heartbeat_interval_); return Outcome::Nothing;
  }
}

void BrokerLifecycle::schedule(Ctx& ctx, sim::Duration in) {
  if (std::exchange(next_at_once_, false)) in = sim::Duration{0};
  ctx.cancel(communication_);
  communication_ = ctx.set_timer(in, timer::kCommunication);
}

void BrokerLifecycle::schedule_after_failure(Ctx& ctx) {
  const sim::Duration pause =
      controller_backoff(failed_attempts_++, session_timeout_, ctx.random(sim::Stream::RetryBackoff));
  next_at_once_ = false;
  schedule(ctx, pause);
}

void BrokerLifecycle::on_death(sim::Death death, bool all_dirs, bool unread) {
  // Kafka: CleanShutdownFileHandler. The file holds the epoch, so that the controller can recognise a clean restart
  // (KIP-966).
  clean_shutdown_epoch_ = unread ? previous_epoch_ : death == sim::Death::Stop && all_dirs ? epoch_ : -1;
  started_ = false;
  state_ = BrokerState::NotRunning;
  registered_ = ever_registered_ = ready_to_unfence_ = in_flight_ = next_at_once_ = got_shutdown_answer_ = false;
  preloaded_ = false;
  previous_epoch_ = -1;
  endpoint_ = {};
  dirs_.clear();
  fenced_ = true;
  failed_attempts_ = 0;
  epoch_ = -1;
  communication_ = {};
  offline_dirs_.clear();
  offline_dirs_sent_ = offline_dirs_told_ = 0;
}

}  // namespace kafkascope::broker
