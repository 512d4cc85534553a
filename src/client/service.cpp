#include "client/service.h"

#include <algorithm>

#include "protocol/facts_of_queues.h"
#include "protocol/messages_contrast.h"
#include "sim/mutant.h"

namespace kafkascope::client {

using sim::Instant;

void Service::on_start(Ctx& ctx) {
  schedule_.start(ctx.now(), options_.rate_millionths);
  ctx.set_state(sim::NodeState::Running);
  arm(ctx);
}

/// The numbers of rounds continue after a restart, so that none is used twice.
void Service::on_death(sim::Death, Instant) {
  stats_.failed += waiting();
  Service fresh(std::move(options_));
  fresh.stats_ = std::move(stats_);
  fresh.next_number_ = next_number_;
  fresh.next_correlation_ = next_correlation_;
  fresh.next_work_ = next_work_;
  *this = std::move(fresh);
}

void Service::begin_call(Ctx& ctx, std::int64_t number, Round& round) {
  ++stats_.sent;
  round.called_at = ctx.now();
  ctx.trace(fact::CallMade{number, round.targets[round.next].first});
}

void Service::transmit(Ctx& ctx, std::int64_t number, Round& round) {
  const sim::NodeId to = round.targets[round.next].second;
  sim::ConnectionId& connection = connections_[to];
  if (!connection.valid() || !ctx.is_open(connection)) connection = ctx.connect(to);
  round.correlation_id = next_correlation_++;
  ctx.send(connection, protocol::request(round.correlation_id, protocol::ServiceCallRequest{number}));
}

void Service::end_call(Ctx& ctx, std::int64_t number, fact::CallFailureReason failed) {
  Round& round = rounds_.at(number);
  const std::string& target = round.targets[round.next].first;
  if (failed == fact::CallFailureReason{}) {
    ++stats_.acked;
    stats_.latency.add((ctx.now() - round.called_at).us);
    ctx.trace(fact::CallAnswered{number, ctx.now() - round.called_at, target});
  } else {
    ++stats_.failed;
    ctx.trace(fact::CallFailed{number, target, failed});
  }
  const bool holds_slot = round.correlation_id != 0;
  if (++round.next == round.targets.size()) {
    rounds_.erase(number);
    busy_rounds_ -= holds_slot;
    return;
  }
  begin_call(ctx, number, round);
  if (holds_slot) transmit(ctx, number, round);
}

/// Assigns free slots: first to others' requests, then to the service's own rounds.
void Service::use_slots(Ctx& ctx) {
  while (!queue_.empty() && slot_free()) {
    working_[next_work_] = queue_.front();
    queue_.pop_front();
    ctx.set_timer(options_.work, timer::kServiceWork, next_work_++);
  }
  for (auto& [number, round] : rounds_) {
    if (!slot_free()) break;
    if (round.correlation_id != 0) continue;
    ++busy_rounds_;
    transmit(ctx, number, round);
  }
  arm(ctx);
}

void Service::on_message(Ctx& ctx, sim::ConnectionId connection, const protocol::Message& message) {
  if (const auto* call = protocol::get_if<protocol::ServiceCallRequest>(&message.body)) {
    ++stats_.received;
    queue_.push_back({connection, message.correlation_id, call->number});
  } else if (const auto* answer = protocol::get_if<protocol::ServiceCallResponse>(&message.body)) {
    const auto round = rounds_.find(answer->number);  // the round has ended or moved on to another call: this call
                                                      // was given up
    if (round != rounds_.end() && round->second.correlation_id == message.correlation_id)
      end_call(ctx, answer->number, {});
  }
  use_slots(ctx);
}

void Service::on_timer(Ctx& ctx, std::uint16_t kind, std::uint64_t arg) {
  if (kind == timer::kServiceWork) {
    const Request done = working_.at(arg);
    working_.erase(arg);
    ++stats_.processed;
    ctx.send(done.connection, protocol::Message{done.correlation_id, protocol::ServiceCallResponse{done.number}});
  } else if (kind == timer::kServiceTimeout) {
    std::vector<std::int64_t> over;
    for (const auto& [number, round] : rounds_)
      if (ctx.now() >= round.called_at + *options_.timeout && !sim::mutant("calls-never-time-out"))
        over.push_back(number);
    for (const std::int64_t number : over) end_call(ctx, number, fact::CallFailureReason::TimedOut);
  } else {
    while (schedule_.next() <= ctx.now()) {
      schedule_.advance();
      if (options_.calls.empty()) continue;
      const std::int64_t number = next_number_++;
      Round& round = rounds_[number];
      round.targets = options_.calls;
      begin_call(ctx, number, round);
    }
  }
  use_slots(ctx);
}

void Service::on_disconnect(Ctx& ctx, sim::ConnectionId connection, sim::Disconnect) {
  // A caller that has disconnected gets no response, but its queued request is still processed, as in real programs.
  const auto lost =
      std::find_if(connections_.begin(), connections_.end(), [&](const auto& c) { return c.second == connection; });
  if (lost == connections_.end()) return;
  std::vector<std::int64_t> failed;
  for (const auto& [number, round] : rounds_)
    if (round.correlation_id != 0 && round.targets[round.next].second == lost->first) failed.push_back(number);
  connections_.erase(lost);
  for (const std::int64_t number : failed) end_call(ctx, number, fact::CallFailureReason::ConnectionLost);
  use_slots(ctx);
}

void Service::behave(Ctx& ctx, const Behavior& change) {
  if (change.rate_millionths) {
    options_.rate_millionths = *change.rate_millionths;
    schedule_.change(ctx.now(), *change.rate_millionths);
  }
  if (change.work) options_.work = *change.work;
  if (change.calls) options_.calls = *change.calls;
  arm(ctx);
}

void Service::arm(Ctx& ctx) {
  const auto set = [&](sim::TimerId& timer, Instant due, std::uint16_t kind) {
    if (due != sim::kNever) due = std::max(due, ctx.now());
    if (ctx.due(timer) == due) return;
    ctx.cancel(timer);
    if (due != sim::kNever) timer = ctx.set_timer_at(due, kind);
  };
  set(call_timer_, schedule_.next(), timer::kServiceCall);
  Instant due = sim::kNever;
  if (options_.timeout)
    for (const auto& [number, round] : rounds_) due = std::min(due, round.called_at + *options_.timeout);
  if (sim::mutant("calls-never-time-out")) due = sim::kNever;
  set(timeout_timer_, due, timer::kServiceTimeout);
}

}  // namespace kafkascope::client
