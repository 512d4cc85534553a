#include "broker/controller_channel.h"

#include <utility>

#include "broker/timers.h"

namespace kafkascope::broker {
namespace {

using protocol::Body;
using protocol::ErrorCode;

constexpr sim::Duration kReconnectBackoff =
    sim::milliseconds(50);  // NodeToControllerChannelManagerImpl's NetworkClient
constexpr sim::Duration kNoControllerPause = sim::milliseconds(100);  // NodeToControllerRequestThread.doWork

/// Searches the whole response, like errorCounts(): an AlterPartition may have the error per partition.
bool says_not_controller(const Body& body) {
  constexpr ErrorCode kWrong = ErrorCode::NOT_CONTROLLER;
  if (const auto* r = protocol::get_if<protocol::BrokerRegistrationResponse>(&body)) return r->error == kWrong;
  if (const auto* r = protocol::get_if<protocol::BrokerHeartbeatResponse>(&body)) return r->error == kWrong;
  if (const auto* r = protocol::get_if<protocol::AllocateProducerIdsResponse>(&body)) return r->error == kWrong;
  if (const auto* r = protocol::get_if<protocol::AssignReplicasToDirsResponse>(&body)) return r->error == kWrong;
  if (const auto* r = protocol::get_if<protocol::AlterPartitionResponse>(&body)) {
    if (r->error == kWrong) return true;
    for (const auto& p : r->partitions)
      if (p.error == kWrong) return true;
    return false;
  }
  if (const auto* r = protocol::get_if<protocol::CreateTopicsResponse>(&body)) {
    if (r->error == kWrong) return true;
    for (const auto& t : r->topics)
      if (t.error == kWrong) return true;
  }
  return false;
}

}  // namespace

void ControllerChannel::send(Ctx& ctx, const raft::QuorumNode& quorum, std::uint64_t tag, Body body) {
  queue_.push_back({tag, ctx.now(), std::move(body)});
  if (queue_.size() == 1) (void)pump(ctx, quorum);  // never a completion: a new request has not expired yet
}

std::optional<ControllerChannel::Completion> ControllerChannel::pump(Ctx& ctx, const raft::QuorumNode& quorum) {
  if (in_flight_ || queue_.empty()) return std::nullopt;
  Item& head = queue_.front();
  if (retry_timeout_.us >= 0 && ctx.now() - head.created >= retry_timeout_) {
    Completion done{head.tag, std::nullopt};
    queue_.pop_front();
    if (!queue_.empty()) retry_in(ctx, sim::Duration{0});
    return done;
  }
  if (controller_ == protocol::kNoBroker) {
    controller_ = quorum.leader();
    if (controller_ == protocol::kNoBroker) {
      retry_in(ctx, kNoControllerPause);
      return std::nullopt;
    }
  }
  if (!connection_.valid()) {
    if (ctx.now() < not_before_) {
      retry_in(ctx, not_before_ - ctx.now());
      return std::nullopt;
    }
    connection_ = ctx.connect(quorum.endpoint_of(controller_));
  }
  in_flight_ = true;
  ctx.send(connection_, protocol::request(++correlation_, head.body));
  ctx.cancel(request_timer_);
  request_timer_ = ctx.set_timer(request_timeout_, timer::kChannelRequest, index_);
  return std::nullopt;
}

std::optional<ControllerChannel::Completion> ControllerChannel::try_again(Ctx& ctx, const raft::QuorumNode& quorum,
                                                                          bool close) {
  if (close && connection_.valid()) ctx.close(connection_);
  connection_ = {};
  controller_ = protocol::kNoBroker;
  in_flight_ = false;
  not_before_ = ctx.now() + kReconnectBackoff;
  ctx.cancel(request_timer_);
  return pump(ctx, quorum);
}

std::optional<ControllerChannel::Completion> ControllerChannel::on_response(Ctx& ctx, const raft::QuorumNode& quorum,
                                                                            const protocol::Message& message) {
  if (!in_flight_ || message.correlation_id != correlation_) return std::nullopt;
  if (says_not_controller(message.body)) return try_again(ctx, quorum, true);
  in_flight_ = false;
  ctx.cancel(request_timer_);
  Completion done{queue_.front().tag, message.body};
  queue_.pop_front();
  if (!queue_.empty()) retry_in(ctx, sim::Duration{0});  // after the response has been processed
  return done;
}

std::optional<ControllerChannel::Completion> ControllerChannel::on_disconnect(Ctx& ctx,
                                                                              const raft::QuorumNode& quorum) {
  return try_again(ctx, quorum, false);
}
std::optional<ControllerChannel::Completion> ControllerChannel::on_request_timeout(Ctx& ctx,
                                                                                   const raft::QuorumNode& quorum) {
  return try_again(ctx, quorum, true);
}
std::optional<ControllerChannel::Completion> ControllerChannel::on_retry(Ctx& ctx, const raft::QuorumNode& quorum) {
  retry_timer_ = {};
  return pump(ctx, quorum);
}

void ControllerChannel::retry_in(Ctx& ctx, sim::Duration delay) {
  ctx.cancel(retry_timer_);
  retry_timer_ = ctx.set_timer(delay, timer::kChannelRetry, index_);
}

void ControllerChannel::on_death() {
  queue_.clear();
  in_flight_ = false;
  controller_ = protocol::kNoBroker;
  connection_ = {};
  not_before_ = {};
  request_timer_ = retry_timer_ = {};
}

}  // namespace kafkascope::broker
