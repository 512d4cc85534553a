#include "client/admin.h"

#include <algorithm>
#include <utility>

#include "protocol/trace_kinds.h"

namespace kafkascope::client {

using protocol::ErrorCode;
using protocol::Trace;
using sim::Instant;

Admin::Admin(AdminOptions options) : options_(std::move(options)) {}

void Admin::on_start(Ctx& ctx) {
  const Config& config = options_.config;
  NetworkOptions network = NetworkOptions::from(config);
  network.timer_kind = timer::kAdmin;
  network.probe = false;
  network_ = NetworkClient(network);
  const auto initial = sim::milliseconds(config.number("retry.backoff.ms"));
  const bool old = config.version() == protocol::KafkaVersion::V2_5;
  backoff_ = {initial, old ? initial : sim::milliseconds(config.number("retry.backoff.max.ms"))};
  api_timeout_ = sim::milliseconds(config.number("default.api.timeout.ms"));
  calls_.clear();
  timer_ = {};
  running_ = true;
  ctx.set_state(sim::NodeState::Running);
}

void Admin::on_death(sim::Death, Instant) {
  running_ = false;
  network_ = {};
  calls_.clear();
  timer_ = {};
}

void Admin::on_message(Ctx& ctx, sim::ConnectionId connection, const protocol::Message& message) {
  handle(ctx, network_.on_message(ctx, connection, message));
}
void Admin::on_disconnect(Ctx& ctx, sim::ConnectionId connection, sim::Disconnect) { handle(ctx, network_.on_disconnect(ctx, connection)); }
void Admin::on_timer(Ctx& ctx, std::uint16_t kind, std::uint64_t) {
  if (kind == timer::kAdmin) handle(ctx, network_.on_timer(ctx));
  else run(ctx);
}

void Admin::handle(Ctx& ctx, NetworkClient::Event event) {
  for (const Completed& done : event.completed) complete(ctx, done.arg, done);
  run(ctx);
}

std::uint64_t Admin::submit(Ctx& ctx, protocol::Body request) {
  Call call;
  call.request = std::move(request);
  return begin(ctx, std::move(call));
}

std::uint64_t Admin::submit_to_leader(Ctx& ctx, std::string topic, std::int32_t partition, protocol::Body request) {
  Call call;
  call.request = std::move(request);
  call.topic = std::move(topic);
  call.partition = partition;
  return begin(ctx, std::move(call));
}

std::uint64_t Admin::begin(Ctx& ctx, Call call) {
  if (!running_) return 0;
  call.deadline = ctx.now() + api_timeout_;
  call.retry_at = ctx.now();
  const std::uint64_t number = next_call_++;
  calls_.emplace(number, std::move(call));
  run(ctx);
  return number;
}

void Admin::request_stop(Ctx& ctx) {
  if (!running_) return;
  network_.close_all(ctx);
  running_ = false;
  ctx.exit();
}

void Admin::retry(Ctx& ctx, Call& call, bool other_controller) {
  if (call.to_leader()) {
    call.leader = {};
    if (!options_.brokers.empty()) asked_broker_ = (asked_broker_ + 1) % options_.brokers.size();
  } else if (other_controller && !options_.controllers.empty()) asked_ = (asked_ + 1) % options_.controllers.size();
  call.sent = false;
  call.retry_at = ctx.now() + backoff_.after(call.attempts++, ctx.random(sim::Stream::RetryBackoff));
}

/// Where the call goes next; no endpoint: nobody is known.
ClientNode Admin::node_for(const Call& call) const {
  if (!call.to_leader()) {
    if (options_.controllers.empty()) return {};
    return {protocol::kFirstControllerId + static_cast<ClientNodeId>(asked_), options_.controllers[asked_]};
  }
  if (call.leader.endpoint.valid()) return call.leader;
  if (options_.brokers.empty()) return {};
  return {-1 - static_cast<ClientNodeId>(asked_broker_), options_.brokers[asked_broker_]};
}

void Admin::find_leader(Ctx& ctx, Call& call, const protocol::MetadataResponse& metadata) {
  for (const protocol::MetadataTopic& topic : metadata.topics) {
    if (topic.name != call.topic || static_cast<std::size_t>(call.partition) >= topic.partitions.size()) continue;
    const protocol::BrokerId leader = topic.partitions[static_cast<std::size_t>(call.partition)].leader;
    for (const protocol::MetadataBroker& broker : metadata.brokers)
      if (broker.node_id == leader) call.leader = {leader, sim::NodeId{broker.endpoint}};
  }
  if (!call.leader.endpoint.valid()) return retry(ctx, call, false);
  call.sent = false;
  call.retry_at = ctx.now();
}

namespace {

/// The rows of any administrative answer.
struct Answer {
  ErrorCode error = ErrorCode::UNKNOWN_SERVER_ERROR;
  std::vector<protocol::AdminResult> rows;
};
Answer read_answer(const protocol::Body& body) {
  return std::visit(
      [](const auto& response) -> Answer {
        if constexpr (requires { response.results; }) {
          return {response.error, response.results};
        } else if constexpr (std::is_same_v<std::decay_t<decltype(response)>, protocol::CreateTopicsResponse>) {
          Answer answer{response.error, {}};
          for (const protocol::CreateTopicsResult& r : response.topics) answer.rows.push_back({r.name, r.error, r.message});
          return answer;
        } else if constexpr (std::is_same_v<std::decay_t<decltype(response)>, protocol::DeleteRecordsResponse>) {
          Answer answer{ErrorCode::NONE, {}};
          for (const protocol::DeleteRecordsPartitionResult& r : response.partitions)
            answer.rows.push_back({"low watermark " + std::to_string(r.low_watermark.value), r.error, ""});
          return answer;
        } else {
          return {};
        }
      },
      body);
}

}  // namespace

void Admin::complete(Ctx& ctx, std::uint64_t id, const Completed& done) {
  const auto it = calls_.find(id);
  if (it == calls_.end()) return;
  Call& call = it->second;
  if (done.disconnected) {
    retry(ctx, call, true);
    return;
  }
  if (const auto* metadata = std::get_if<protocol::MetadataResponse>(&done.body)) return find_leader(ctx, call, *metadata);
  const Answer answer = read_answer(done.body);
  std::size_t left = answer.rows.size();
  const auto tell = [&](ErrorCode error, const std::string& text) {
    ctx.trace(protocol::line(Trace::CommandResult, {}, static_cast<std::int64_t>(error), static_cast<std::int64_t>(id),
                             left == 0 ? 0 : static_cast<std::int64_t>(--left), text));
  };
  if (answer.error != ErrorCode::NONE) stats_.error(ctx, answer.error);
  if (answer.error == ErrorCode::NOT_CONTROLLER || protocol::retriable(answer.error)) {
    retry(ctx, call, answer.error == ErrorCode::NOT_CONTROLLER);
    return;
  }
  if (std::any_of(answer.rows.begin(), answer.rows.end(), [](const auto& r) { return r.error == ErrorCode::NOT_CONTROLLER; })) {
    stats_.error(ctx, ErrorCode::NOT_CONTROLLER);
    retry(ctx, call, true);
    return;
  }
  if (call.to_leader() && std::any_of(answer.rows.begin(), answer.rows.end(), [](const auto& r) { return protocol::refreshes_metadata(r.error); })) {
    for (const protocol::AdminResult& r : answer.rows) stats_.error(ctx, r.error);
    return retry(ctx, call, false);  // another leads
  }
  for (const protocol::AdminResult& r : answer.rows) {
    if (r.error != ErrorCode::NONE) stats_.error(ctx, r.error);
    tell(r.error, r.message.empty() ? r.name : r.name + ": " + r.message);
  }
  if (answer.error != ErrorCode::NONE) tell(answer.error, std::string(protocol::name(answer.error)));
  else if (answer.rows.empty()) tell(ErrorCode::NONE, "nothing to do");
  calls_.erase(it);
}

void Admin::run(Ctx& ctx) {
  if (!running_) return;
  Instant wake = sim::kNever;
  for (auto it = calls_.begin(); it != calls_.end();) {
    Call& call = it->second;
    if (ctx.now() >= call.deadline) {
      stats_.exception(ctx, "TimeoutException");
      ctx.trace(protocol::line(Trace::CommandResult, {}, static_cast<std::int64_t>(ErrorCode::REQUEST_TIMED_OUT), static_cast<std::int64_t>(it->first), 0,
                               "TimeoutException"));
      it = calls_.erase(it);
      continue;
    }
    wake = std::min(wake, call.deadline);
    if (!call.sent && ctx.now() < call.retry_at) wake = std::min(wake, call.retry_at);
    const ClientNode node = node_for(call);
    if (!call.sent && ctx.now() >= call.retry_at && node.endpoint.valid()) {
      const bool ask = call.to_leader() && !call.leader.endpoint.valid();
      if (network_.ready(ctx, node)) call.sent = network_.send(ctx, node.id, ask ? protocol::Body(protocol::MetadataRequest{false, {call.topic}, false}) : call.request, 1, it->first);
      else if (call.to_leader()) retry(ctx, call, false);
      else asked_ = (asked_ + 1) % options_.controllers.size();
      if (!call.sent && ctx.now() < call.retry_at) wake = std::min(wake, call.retry_at);
    }
    ++it;
  }
  if (ctx.due(timer_) != wake) {
    ctx.cancel(timer_);
    if (wake != sim::kNever) timer_ = ctx.set_timer_at(std::max(wake, ctx.now()), timer::kAdmin + 1);
  }
  network_.arm(ctx);
}

}  // namespace kafkascope::client
