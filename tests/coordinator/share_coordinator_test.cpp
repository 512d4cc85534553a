// The state of share partitions that the share coordinator stores (KIP-932), modelled on Kafka's
// ShareCoordinatorShardTest.
#include "coordinator/share_coordinator.h"
#include "coordinator/readable_records.h"

#include <doctest/doctest.h>

#include <deque>

#include "coordinator/group_records.h"
#include "protocol/metadata_image.h"
#include "sim/world.h"

namespace {

using namespace kafkascope;
using namespace kafkascope::protocol;
using coordinator::RequestHandle;
using coordinator::ShareCoordinator;
using coordinator::SharePartitionKey;

constexpr TopicPartition kJobs{1, 0};

/// A broker that leads the one partition of __share_group_state; its appends are committed immediately, or refused.
class ShareStateNode {
 public:
  ShareStateNode() : coordinator(config()) {
    const auto topic = [&](std::string name, TopicId id) {
      image.apply(image.last_offset() + 1, {1}, TopicRecord{std::move(name), id});
      PartitionRecord r;
      r.partition = {id, 0};
      r.replicas = r.isr = {1};
      r.leader = 1;
      image.apply(image.last_offset() + 1, {1}, r);
    };
    topic("__share_group_state", 0);
    topic("jobs", 1);
  }
  static Config config() {
    Config c;
    c.set("share.coordinator.snapshot.update.records.per.snapshot", std::int64_t{2});
    return c;
  }
  void on_start(Context& ctx) {
    ctx.set_state(sim::NodeState::Running);
    take_over(ctx);
  }
  void on_message(Context&, sim::ConnectionId, const Message&) {}
  void on_timer(Context& ctx, std::uint16_t kind, std::uint64_t arg);
  void on_disk(Context&, std::uint16_t, std::uint64_t) {}
  void on_disconnect(Context&, sim::ConnectionId, sim::Disconnect) {}
  void on_death(sim::Death, sim::Instant) { coordinator.on_death(); }
  void take_over(Context& ctx);
  template <class Request>
  void handle(Context& ctx, const Request& r);

  ShareCoordinator coordinator;
  MetadataImage image;
  storage::PartitionLog log;
  ErrorCode append_error = ErrorCode::NONE;
  std::vector<std::string> appended;  // record types
  Body answer;
  std::vector<ErrorCode> write_errors;  // of each WriteShareGroupStateResponse
  bool never_commits = false;
};

class ShareStateHost final : public coordinator::Host {
 public:
  ShareStateHost(ShareStateNode& node, Context& ctx) : node_(node), ctx_(ctx) {}
  Context& ctx() override { return ctx_; }
  void reply(RequestHandle, Body body) override {
    if (const auto* written = protocol::get_if<WriteShareGroupStateResponse>(&body))
      node_.write_errors.push_back(written->error);
    node_.answer = std::move(body);
  }
  void append(std::int32_t partition, BatchRef batch, std::int16_t, std::uint64_t token) override {
    if (node_.append_error == ErrorCode::NONE) {
      for (const RecordView r : batch->records) {
        const std::string key = coordinator::readable(coordinator::kShareStateTopic, r, {})->key;
        node_.appended.push_back(key.substr(0, key.find(' ')));
      }
      node_.log.append_as_leader(std::move(batch), node_.log.latest_epoch(), ctx_.now());
      if (node_.never_commits) return;
      node_.log.set_high_watermark(node_.log.log_end_offset(), ctx_.now());
    }
    node_.coordinator.on_append_done(*this, partition, token, node_.append_error);
  }
  void await_committed(std::int32_t, Offset, std::uint64_t) override {}
  const storage::PartitionLog* log(std::int32_t) override { return &node_.log; }
  const MetadataImage& metadata() override { return node_.image; }

 private:
  ShareStateNode& node_;
  Context& ctx_;
};

void ShareStateNode::take_over(Context& ctx) {
  ShareStateHost host(*this, ctx);
  coordinator.on_resigned(host, 0);
  log.assign_epoch(log.latest_epoch().next(), log.log_end_offset());
  coordinator.on_elected(host, 0, log.latest_epoch(), log);
}
void ShareStateNode::on_timer(Context& ctx, std::uint16_t kind, std::uint64_t arg) {
  ShareStateHost host(*this, ctx);
  CHECK(coordinator.on_timer(host, kind, arg));
}
template <class Request>
void ShareStateNode::handle(Context& ctx, const Request& r) {
  ShareStateHost host(*this, ctx);
  coordinator.handle(host, 1, r);
}

struct StateBench {
  using World = sim::World<std::variant<ShareStateNode>, Message>;
  StateBench() {
    id = world.add_node("broker-1", ShareStateNode());
    world.start(id, true);
  }
  ShareStateNode& node() { return std::get<ShareStateNode>(world.role(id)); }
  template <class F>
  void act(F&& f) {
    ++acts;
    world.run_until(sim::Instant{acts * 10000});
    world.begin_command(sim::Instant{acts * 10000 + 1}, static_cast<std::uint64_t>(acts), "test");
    world.with_context(id, [&](Context& ctx) { f(node(), ctx); });
    world.end_command();
  }
  template <class Response, class Request>
  Response ask(const Request& r) {
    act([&](ShareStateNode& n, Context& ctx) { n.handle(ctx, r); });
    world.run_until(sim::Instant{acts * 10000 + 9000});  // until the linger has ended
    return protocol::get<Response>(node().answer);
  }
  ErrorCode write(std::int32_t leader_epoch, std::int64_t start, std::vector<ShareStateBatch> batches,
                  std::int32_t state_epoch = 1) {
    return ask<WriteShareGroupStateResponse>(
               WriteShareGroupStateRequest{
                   "pool", kJobs, state_epoch, {leader_epoch}, Offset{start}, std::move(batches)})
        .error;
  }
  ReadShareGroupStateResponse read(std::int32_t leader_epoch) {
    return ask<ReadShareGroupStateResponse>(ReadShareGroupStateRequest{"pool", kJobs, {leader_epoch}});
  }
  void initialize(std::int32_t state_epoch = 1) {
    CHECK(ask<InitializeShareGroupStateResponse>(InitializeShareGroupStateRequest{"pool", kJobs, state_epoch, {}})
              .error == ErrorCode::NONE);
  }

  World world;
  sim::NodeId id;
  std::int64_t acts = 0;
};

}  // namespace

TEST_CASE("share coordinator: reads and writes of uninitialized or deleted state get INVALID_REQUEST") {
  StateBench b;
  CHECK(b.read(0).error == ErrorCode::INVALID_REQUEST);
  CHECK(b.write(0, 10, {{Offset{10}, Offset{12}, 2, 1}}) == ErrorCode::INVALID_REQUEST);
  CHECK(b.node().appended.empty());
  b.initialize();
  CHECK(b.write(0, 10, {}) == ErrorCode::NONE);
  CHECK(b.ask<DeleteShareGroupStateResponse>(DeleteShareGroupStateRequest{"pool", kJobs}).error == ErrorCode::NONE);
  CHECK(b.write(0, 11, {}) == ErrorCode::INVALID_REQUEST);
}

TEST_CASE("share coordinator: a snapshot is written after a fixed number of updates") {
  StateBench b;
  b.initialize();
  CHECK(b.read(0).start_offset.value == -1);
  CHECK(b.write(0, 10, {{Offset{10}, Offset{12}, 2, 1}}) == ErrorCode::NONE);
  CHECK(b.write(0, 13, {{Offset{13}, Offset{13}, 0, 1}}) == ErrorCode::NONE);
  CHECK(b.write(0, 13, {{Offset{13}, Offset{13}, 2, 2}}) == ErrorCode::NONE);
  CHECK(b.node().appended ==
        std::vector<std::string>{"ShareSnapshot", "ShareUpdate", "ShareUpdate", "ShareSnapshot", "ShareUpdate"});
  b.act([](ShareStateNode& n, Context& ctx) { n.take_over(ctx); });
  const auto r = b.read(0);
  CHECK((r.state_epoch == 1 && r.start_offset.value == 13));
  CHECK(r.state_batches == std::vector<ShareStateBatch>{{Offset{13}, Offset{13}, 2, 2}});
}

TEST_CASE(
    "share coordinator: every answer, even FENCED_LEADER_EPOCH, waits for earlier writes, at most share.coordinator.write.timeout.ms") {
  StateBench b;
  b.initialize();
  b.node().never_commits = true;
  const auto write = [&](std::int32_t leader_epoch) {
    b.act([&](ShareStateNode& n, Context& ctx) {
      n.handle(ctx, WriteShareGroupStateRequest{"pool", kJobs, 1, {leader_epoch}, Offset{10}, {}});
    });
  };
  write(5);
  write(4);  // fenced by a write that is not committed yet
  const std::int64_t from_us = b.world.now().us;
  b.world.run_until(sim::Instant{from_us + 4'900'000});
  CHECK(b.node().write_errors.empty());
  b.world.run_until(sim::Instant{from_us + 5'100'000});
  CHECK(b.node().write_errors ==
        std::vector<ErrorCode>{ErrorCode::COORDINATOR_NOT_AVAILABLE, ErrorCode::COORDINATOR_NOT_AVAILABLE});
}

TEST_CASE(
    "share coordinator: a read with a newer leader epoch fences older leaders, and an older state epoch is refused") {
  StateBench b;
  b.initialize(4);
  CHECK(b.write(1, 5, {}, 4) == ErrorCode::NONE);
  CHECK(b.read(3).start_offset.value == 5);
  CHECK(b.write(1, 6, {}, 4) == ErrorCode::FENCED_LEADER_EPOCH);
  CHECK(b.read(2).error == ErrorCode::FENCED_LEADER_EPOCH);
  CHECK(b.write(3, 6, {}, 3) == ErrorCode::FENCED_STATE_EPOCH);
  CHECK(b.ask<InitializeShareGroupStateResponse>(InitializeShareGroupStateRequest{"pool", kJobs, 3, {}}).error ==
        ErrorCode::FENCED_STATE_EPOCH);
  const auto summary =
      b.ask<ReadShareGroupStateSummaryResponse>(ReadShareGroupStateSummaryRequest{"pool", kJobs});  // no fencing
  CHECK(summary.start_offset.value == 5);
  CHECK(summary.state_epoch == 4);
  CHECK(summary.leader_epoch.value == 3);
  b.act([](ShareStateNode& n, Context& ctx) { n.take_over(ctx); });
  CHECK(b.write(1, 6, {}, 4) == ErrorCode::FENCED_LEADER_EPOCH);
}

TEST_CASE("share coordinator: while it loads its log, requests get COORDINATOR_LOAD_IN_PROGRESS") {
  StateBench b;
  b.initialize();
  CHECK(b.write(0, 10, {}) == ErrorCode::NONE);
  b.node().coordinator.set_load_rate(b.node().log.size_bytes() * 20);  // 50 ms
  b.act([](ShareStateNode& n, Context& ctx) { n.take_over(ctx); });
  CHECK(b.write(0, 11, {}) == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS);
  CHECK(b.read(0).error == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS);
  CHECK(b.node().coordinator.state({"pool", kJobs}) == nullptr);
  b.acts += 5;
  CHECK(b.read(0).start_offset.value == 10);
}

TEST_CASE("share coordinator: after a crash it is empty and reloads its log") {
  StateBench b;
  b.initialize();
  CHECK(b.write(0, 10, {}) == ErrorCode::NONE);
  b.act([](ShareStateNode& n, Context& ctx) {
    n.handle(ctx, WriteShareGroupStateRequest{"pool", kJobs, 1, {0}, Offset{11}, {}});
  });
  CHECK(b.node().coordinator.writes() == 2);
  CHECK(b.node().coordinator.waiting_writes() == 1);  // gathered, and lost in the crash
  b.world.kill(b.id, sim::Death::Crash);
  CHECK(b.node().coordinator.empty());
  CHECK(b.node().coordinator.waiting_writes() == 0);
  CHECK(b.node().coordinator.state({"pool", kJobs}) == nullptr);
  CHECK(b.node().coordinator.writes() == 0);
  b.world.restart(b.id);
  CHECK(b.read(0).start_offset.value == 10);
}

TEST_CASE(
    "share coordinator: a failed append leaves the state unchanged, and requests for partitions of others are refused") {
  StateBench b;
  b.initialize();
  CHECK(b.write(0, 10, {}) == ErrorCode::NONE);
  b.node().append_error = ErrorCode::NOT_LEADER_OR_FOLLOWER;
  CHECK(b.write(0, 11, {{Offset{12}, Offset{12}, 2, 1}}) == ErrorCode::NOT_COORDINATOR);
  b.node().append_error = ErrorCode::NONE;
  CHECK(b.read(0).start_offset.value == 10);
  CHECK(b.read(0).state_batches.empty());
  CHECK(b.ask<WriteShareGroupStateResponse>(WriteShareGroupStateRequest{"pool", {7, 0}, 1, {0}, {}, {}}).error ==
        ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  CHECK(b.ask<DeleteShareGroupStateResponse>(DeleteShareGroupStateRequest{"pool", kJobs}).error == ErrorCode::NONE);
  CHECK(b.node().coordinator.state({"pool", kJobs}) == nullptr);
  b.act([](ShareStateNode& n, Context& ctx) {
    ShareStateHost host(n, ctx);
    n.coordinator.on_resigned(host, 0);
  });
  CHECK(b.read(0).error == ErrorCode::NOT_COORDINATOR);
}
