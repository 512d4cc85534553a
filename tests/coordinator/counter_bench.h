// The smallest possible coordinator on CoordinatorRuntime: it counts by key, deletes a key that has not been counted for a minute, and
// stores its records in __counters. Modelled on Kafka's CoordinatorRuntimeTest.
#pragma once
#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "coordinator/coordinator_runtime_code.h"
#include "protocol/messages_data.h"
#include "protocol/metadata_image.h"
#include "sim/world.h"
#include "storage/partition_log.h"

namespace counter_test {

using namespace kafkascope;
using namespace kafkascope::protocol;
using coordinator::Answer;
using coordinator::CoordinatorState;
using coordinator::RequestHandle;

// ---- the coordinator

struct CounterShard {
  struct Record {
    std::string key;
    std::optional<std::int64_t> count;  // empty: a tombstone
  };
  using Delta = coordinator::Undo<std::string, std::int64_t>;
  using Event = Answer;
  static constexpr std::string_view kTopic = "__counters";
  static constexpr std::uint16_t kFirstTimerKind = 450;

  static protocol::Record encode(const Record& record, const MetadataImage&, std::int64_t timestamp_ms) {
    protocol::Record out;
    out.timestamp_ms = timestamp_ms;
    out.key = record.key;
    if (record.count) out.value = std::to_string(*record.count);
    return out;
  }
  static std::optional<Record> decode(const RecordView& record) {
    if (!record.key) return std::nullopt;
    Record out{std::string(*record.key), std::nullopt};
    if (record.value) out.count = std::stoll(std::string(*record.value));
    return out;
  }
  void replay(Context&, const Record& record, Delta* uncommitted) {
    if (uncommitted != nullptr) uncommitted->keep(counts, record.key);
    if (record.count) counts[record.key] = *record.count;
    else counts.erase(record.key);
  }

  std::int32_t partition = -1;
  std::map<std::string, std::int64_t> counts;
};

/// The count is sent in the producer id's field.
using Counted = InitProducerIdResponse;
constexpr coordinator::TimerKind kForget = 0;

class CounterCoordinator final : public coordinator::CoordinatorRuntime<CounterShard> {
 public:
  CounterCoordinator() : CoordinatorRuntime({sim::milliseconds(10), sim::seconds(5), 2, false, -1}) {}
  /// INVALID_REQUEST for n = 0, as an exception, and for n < 0, as an answer; neither writes anything.
  void add(coordinator::Host& host, RequestHandle request, const std::string& key, std::int64_t n) {
    schedule_write_operation<Counted>(host, partition_for(host, key), request, [&](CounterShard& shard) {
      CoordinatorResult<Counted> result;
      if (n <= 0) {
        result.response.error = ErrorCode::INVALID_REQUEST;
        result.thrown = n == 0;
        return result;
      }
      const auto was = shard.counts.find(key);
      result.response.producer_id = n + (was == shard.counts.end() ? 0 : was->second);
      result.records.push_back({key, result.response.producer_id});
      await_forgetting(host, shard, key);
      return result;
    });
  }
  void get(coordinator::Host& host, RequestHandle request, const std::string& key) {
    schedule_read_operation<Counted>(host, partition_for(host, key), request, [&](const CounterShard& shard) {
      const std::int64_t* count = committed(shard, shard.counts, key);
      return Counted{ErrorCode::NONE, count == nullptr ? -1 : *count};
    });
  }
  void on_death() { CoordinatorRuntime::on_death(); }
  std::int64_t committed_at_load = -1, written_at_unload = -1;  // of "b"
  LeaderEpoch epoch_at_load;
  sim::Duration retry_backoff = coordinator::kTimerRetryBackoff;  // of the timers that delete keys
  bool writes_when_refused = false;                               // a resignation must not cause writes
  bool may_time_out(std::uint64_t event) const {
    return timers().find({coordinator::RuntimeTimer::WriteTimeout, 0, {}, {}, event}) != nullptr;
  }
  /// The written count, committed or not; -1: none.
  std::int64_t written(const std::string& key) const {
    for (const auto& [partition, context] : contexts())
      if (const auto it = context.shard.counts.find(key); it != context.shard.counts.end()) return it->second;
    return -1;
  }

 private:
  void await_forgetting(coordinator::Host& host, const CounterShard& shard, const std::string& key) {
    timers().schedule(host.ctx(), {kForget, shard.partition, key, {}, 0}, sim::seconds(60), retry_backoff);
  }
  void on_loaded(coordinator::Host& host, CounterShard& shard) override {
    for (const auto& [key, count] : shard.counts) await_forgetting(host, shard, key);
    if (const std::int64_t* count = committed(shard, shard.counts, "b")) committed_at_load = *count;
    epoch_at_load = epoch_of(shard);
  }
  void on_unloaded(coordinator::Host&, CounterShard& shard) override {
    const auto it = shard.counts.find("b");
    written_at_unload = it == shard.counts.end() ? -1 : it->second;
  }
  void on_timeout(coordinator::Host& host, CounterShard& shard, const coordinator::TimerKey& key) override {
    append(host, shard, {{key.id, std::nullopt}}, std::nullopt, Replay::Records);
  }
  void complete(coordinator::Host& host, CounterShard& shard, Answer answer, ErrorCode append_error) override {
    if (writes_when_refused && append_error != ErrorCode::NONE)
      append(host, shard, {{"refused", std::int64_t{1}}}, std::nullopt, Replay::Records);
    reply(host, std::move(answer), append_error);
  }
  void revert(coordinator::Host&, CounterShard& shard, CounterShard::Delta& failed) override {
    failed.revert(shard.counts);
  }
};

// ---- its broker

constexpr std::uint16_t kCommitted = 1, kRefused = 2;

struct CounterNode {
  CounterNode() {
    image.apply({0}, {1}, TopicRecord{"__counters", 0});
    for (std::int32_t p = 0; p < 2; ++p) {
      PartitionRecord r;
      r.partition = {0, p};
      r.replicas = r.isr = {1};
      r.leader = 1;
      image.apply(image.last_offset() + 1, {1}, r);
    }
  }
  void on_start(Context& ctx) {
    ctx.set_state(sim::NodeState::Running);
    elect(ctx);
  }
  void on_message(Context&, sim::ConnectionId, const Message&) {}
  void on_timer(Context& ctx, std::uint16_t kind, std::uint64_t arg);
  void on_disk(Context&, std::uint16_t, std::uint64_t) {}
  void on_disconnect(Context&, sim::ConnectionId, sim::Disconnect) {}
  void on_death(sim::Death, sim::Instant) { counters.on_death(); }
  void elect(Context& ctx);
  void resign(Context& ctx, std::optional<LeaderEpoch> epoch);
  void committed(Context& ctx, std::uint64_t token);
  RequestHandle add(Context& ctx, const std::string& key, std::int64_t n);
  RequestHandle get(Context& ctx, const std::string& key);

  CounterCoordinator counters;
  MetadataImage image;
  storage::PartitionLog log;  // of partition 0, the only partition that the broker leads
  sim::Duration commit_delay = sim::milliseconds(2);
  bool never_commits = false;
  bool log_is_there = true;  // false until the load is over
  ErrorCode append_error = ErrorCode::NONE;
  std::int16_t required_acks = 0;                     // of the last append
  sim::Duration error_delay;                          // how much later the error is reported; 0: from inside append()
  std::vector<std::pair<sim::Instant, int>> appends;  // with their numbers of records
  std::map<std::uint64_t, Offset> in_flight;
  std::map<RequestHandle, std::pair<sim::Instant, Counted>> replies;
  RequestHandle last_request = 0;
};

class CounterHost final : public coordinator::Host {
 public:
  CounterHost(CounterNode& node, Context& ctx) : node_(node), ctx_(ctx) {}
  Context& ctx() override { return ctx_; }
  void reply(RequestHandle request, Body body) override {
    CHECK(node_.replies.emplace(request, std::pair(ctx_.now(), protocol::get<Counted>(body))).second);  // once
  }
  void append(std::int32_t, BatchRef batch, std::int16_t required_acks, std::uint64_t token) override {
    node_.required_acks = required_acks;
    node_.appends.emplace_back(ctx_.now(), batch->count());
    if (node_.append_error != ErrorCode::NONE) {
      if (node_.error_delay.us == 0) return node_.counters.on_append_done(*this, 0, token, node_.append_error);
      ctx_.set_timer(node_.error_delay, kRefused, token);
      return;
    }
    node_.log.append_as_leader(std::move(batch), node_.log.latest_epoch(), ctx_.now());
    await_committed(0, node_.log.log_end_offset(), token);
  }
  void await_committed(std::int32_t, Offset end, std::uint64_t token) override {
    node_.in_flight[token] = end;
    if (!node_.never_commits) ctx_.set_timer(node_.commit_delay, kCommitted, token);
  }
  const storage::PartitionLog* log(std::int32_t) override { return node_.log_is_there ? &node_.log : nullptr; }
  const MetadataImage& metadata() override { return node_.image; }

 private:
  CounterNode& node_;
  Context& ctx_;
};

inline void CounterNode::on_timer(Context& ctx, std::uint16_t kind, std::uint64_t arg) {
  CounterHost host(*this, ctx);
  if (counters.on_timer(host, kind, arg)) return;
  if (kind == kRefused) counters.on_append_done(host, 0, arg, append_error);
  else committed(ctx, arg);
}
inline void CounterNode::committed(Context& ctx, std::uint64_t token) {
  CounterHost host(*this, ctx);
  log.set_high_watermark(in_flight.at(token), ctx.now());
  counters.on_append_done(host, 1, token, ErrorCode::NOT_LEADER_OR_FOLLOWER);  // another partition's: ignored
  counters.on_append_done(host, 0, token, ErrorCode::NONE);
}
inline void CounterNode::elect(Context& ctx) {
  CounterHost host(*this, ctx);
  log.assign_epoch(log.latest_epoch().next(), log.log_end_offset());
  counters.schedule_load_operation(host, 0, log.latest_epoch(), log);
}
inline void CounterNode::resign(Context& ctx, std::optional<LeaderEpoch> epoch) {
  CounterHost host(*this, ctx);
  counters.schedule_unload_operation(host, 0, epoch);
}
inline RequestHandle CounterNode::add(Context& ctx, const std::string& key, std::int64_t n) {
  CounterHost host(*this, ctx);
  counters.add(host, ++last_request, key, n);
  return last_request;
}
inline RequestHandle CounterNode::get(Context& ctx, const std::string& key) {
  CounterHost host(*this, ctx);
  counters.get(host, ++last_request, key);
  return last_request;
}

struct CounterBench {
  using World = sim::World<std::variant<CounterNode>, Message>;
  CounterBench() {
    id = world.add_node("broker-1", CounterNode());
    world.start(id, true);
    at_ms(0);
  }
  CounterNode& node() { return std::get<CounterNode>(world.role(id)); }
  CounterCoordinator& counters() { return node().counters; }
  void at_ms(std::int64_t ms) {
    world.run_until(sim::Instant{ms * 1000});
    now_ms = ms;
  }
  void wait_ms(std::int64_t ms) { at_ms(now_ms + ms); }
  template <class F>
  void command(F&& f) {
    wait_ms(1);
    world.begin_command(sim::Instant{now_ms * 1000 + 1}, static_cast<std::uint64_t>(now_ms), "test");
    f();
    world.end_command();
  }
  template <class F>
  void act(F&& f) {
    command([&] { world.with_context(id, [&](Context& ctx) { f(node(), ctx); }); });
  }
  RequestHandle add(const std::string& key, std::int64_t n) {
    RequestHandle request = 0;
    act([&](CounterNode& node, Context& ctx) { request = node.add(ctx, key, n); });
    return request;
  }
  /// Reads must be answered immediately.
  Counted get(const std::string& key) {
    RequestHandle request = 0;
    act([&](CounterNode& node, Context& ctx) { request = node.get(ctx, key); });
    REQUIRE(answered(request));
    return answer(request);
  }
  bool answered(RequestHandle request) { return node().replies.contains(request); }
  Counted answer(RequestHandle request) {
    REQUIRE(answered(request));
    return node().replies.at(request).second;
  }
  void elect() {
    act([](CounterNode& node, Context& ctx) { node.elect(ctx); });
  }
  void resign(std::optional<LeaderEpoch> epoch = {}) {
    act([&](CounterNode& node, Context& ctx) { node.resign(ctx, epoch); });
  }
  /// Adds, and waits until the count is committed.
  void settle(const std::string& key, std::int64_t n) {
    const RequestHandle request = add(key, n);
    wait_ms(20);
    CHECK(answer(request).error == ErrorCode::NONE);
  }

  World world;
  sim::NodeId id;
  std::int64_t now_ms = 0;
};

/// The key "b" belongs to partition 0, this one to partition 1.
inline const std::string kElsewhere = "a";

}  // namespace counter_test
