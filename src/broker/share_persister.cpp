#include "broker/share_persister.h"

#include <algorithm>

#include "broker/timers.h"

namespace kafkascope::broker {
namespace {

using protocol::ErrorCode;

// PersisterStateManager.REQUEST_BACKOFF_MS, REQUEST_BACKOFF_MAX_MS, MAX_FIND_COORD_ATTEMPTS. Simplified: without
// jitter.
constexpr sim::Duration kBackoff = sim::seconds(1), kBackoffMax = sim::seconds(30);
constexpr int kMostAttempts = 5;
constexpr sim::Duration kRequestTimeout = sim::seconds(30);

ErrorCode error_in(const protocol::Body& answer) {
  const ErrorCode* error = protocol::error_of(answer);
  return error == nullptr ? ErrorCode::UNKNOWN_SERVER_ERROR : *error;
}

}  // namespace

void SharePersister::submit(sim::Instant now, Operation operation) {
  operation.number = next_number_++;
  operation.due = now;
  operations_.push_back(std::move(operation));
}

BrokerId SharePersister::coordinator_of(const protocol::MetadataImage& image,
                                        const coordinator::SharePartitionKey& key) {
  const protocol::TopicImage* topic = image.topic(image.topic_id(coordinator::kShareStateTopic));
  if (topic == nullptr || topic->partitions.empty()) return protocol::kNoBroker;
  const std::int32_t partition =
      protocol::partition_for(key.text(), static_cast<std::int32_t>(topic->partitions.size()));
  const BrokerId leader = topic->partitions[static_cast<std::size_t>(partition)].leader;
  const protocol::BrokerRegistration* broker = image.broker(leader);
  return broker == nullptr || broker->fenced ? protocol::kNoBroker : leader;
}

std::vector<SharePersister::Operation> SharePersister::pump(protocol::Context& ctx,
                                                            const protocol::MetadataImage& image, BrokerId self) {
  std::vector<Operation> own;
  std::vector<coordinator::SharePartitionKey> held;  // requests about one key keep their order
  for (std::size_t i = 0; i < operations_.size(); ++i) {
    Operation& op = operations_[i];
    const bool behind = std::find(held.begin(), held.end(), op.key) != held.end();
    held.push_back(op.key);
    if (behind || op.sent_to != protocol::kNoBroker || op.due > ctx.now()) continue;
    const BrokerId to = coordinator_of(image, op.key);
    if (to == protocol::kNoBroker) {
      topic_missing_ |= image.topic_id(coordinator::kShareStateTopic) == protocol::kNoTopic;
      retry(ctx.now(), op.number);  // on_timer() fails the operation once its attempts are used up
    } else if (to == self) {
      op.sent_to = self;
      own.push_back(op);
    } else {
      Channel& c = channels_[to];
      if (c.number != 0) continue;
      if (!c.connection.valid() || !ctx.is_open(c.connection))
        c.connection = ctx.connect(protocol::located(image.broker(to)->endpoint.for_brokers(), ctx.self()));
      c.number = op.number;
      c.correlation = next_correlation_++;
      c.expires = ctx.now() + kRequestTimeout;
      op.sent_to = to;
      ctx.send(c.connection, protocol::request(c.correlation, op.body));
    }
  }
  arm(ctx);
  return own;
}

bool SharePersister::owns(sim::ConnectionId connection) const {
  return std::any_of(channels_.begin(), channels_.end(),
                     [&](const auto& c) { return c.second.connection == connection; });
}

std::optional<SharePersister::Done> SharePersister::on_response(protocol::Context& ctx, sim::ConnectionId connection,
                                                                const protocol::Message& message) {
  for (auto& [broker, c] : channels_) {
    if (c.connection != connection || c.number == 0 || c.correlation != message.correlation_id) continue;
    c.expires = sim::kNever;
    return on_answer(ctx.now(), std::exchange(c.number, 0), message.body);
  }
  return std::nullopt;
}

std::optional<SharePersister::Done> SharePersister::on_answer(sim::Instant now, std::uint64_t number,
                                                              const protocol::Body& body) {
  const ErrorCode error = error_in(body);
  if (error == ErrorCode::NOT_COORDINATOR || error == ErrorCode::COORDINATOR_NOT_AVAILABLE ||
      error == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS) {
    retry(now, number);
    return std::nullopt;
  }
  const auto it =
      std::find_if(operations_.begin(), operations_.end(), [&](const Operation& op) { return op.number == number; });
  if (it == operations_.end()) return std::nullopt;
  Done done{std::move(*it), error, std::nullopt};
  if (error == ErrorCode::NONE) done.body = body;
  operations_.erase(it);
  return done;
}

void SharePersister::on_disconnect(protocol::Context& ctx, sim::ConnectionId connection) {
  for (auto& [broker, c] : channels_) {
    if (c.connection != connection) continue;
    c.connection = {};
    c.expires = sim::kNever;
    if (c.number != 0) retry(ctx.now(), std::exchange(c.number, 0));
  }
}

/// Schedules another attempt after a backoff, unless all attempts are used up.
void SharePersister::retry(sim::Instant now, std::uint64_t number) {
  const auto it =
      std::find_if(operations_.begin(), operations_.end(), [&](const Operation& op) { return op.number == number; });
  if (it == operations_.end()) return;
  it->sent_to = protocol::kNoBroker;
  it->due = sim::kNever;  // on_timer() fails the operation
  if (++it->attempts >= kMostAttempts) return;
  std::int64_t pause = kBackoff.us;
  for (int i = 1; i < it->attempts; ++i) pause = std::min(2 * pause, kBackoffMax.us);
  it->due = now + sim::Duration{pause};
}

std::vector<SharePersister::Done> SharePersister::on_timer(protocol::Context& ctx) {
  timer_ = {};
  std::vector<Done> given_up;
  for (auto& [broker, c] : channels_) {
    if (c.number == 0 || c.expires > ctx.now()) continue;
    ctx.close(c.connection);
    c.connection = {};
    c.expires = sim::kNever;
    retry(ctx.now(), std::exchange(c.number, 0));
  }
  for (auto it = operations_.begin(); it != operations_.end();) {
    if (it->due != sim::kNever) {
      ++it;
      continue;
    }
    given_up.push_back({std::move(*it), ErrorCode::COORDINATOR_NOT_AVAILABLE, std::nullopt});
    it = operations_.erase(it);
  }
  return given_up;
}

void SharePersister::arm(protocol::Context& ctx) {
  sim::Instant next = sim::kNever;
  for (const Operation& op : operations_) {
    if (op.due == sim::kNever) next = ctx.now();
    else if (op.sent_to == protocol::kNoBroker && op.due > ctx.now()) next = std::min(next, op.due);
  }
  for (const auto& [broker, c] : channels_) next = std::min(next, c.expires);
  if (ctx.due(timer_) == next) return;
  ctx.cancel(timer_);
  if (next != sim::kNever) timer_ = ctx.set_timer_at(next, timer::kSharePersister);
}

void SharePersister::on_death() {
  operations_.clear();
  channels_.clear();
  timer_ = {};
}

}  // namespace kafkascope::broker
