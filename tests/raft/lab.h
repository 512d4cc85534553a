// One real replica among probes, which a test controls message by message.
#pragma once
#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "raft/support.h"

namespace kafkascope::raft {

using namespace protocol;

/// Voter 3000 is real (node 0); 3001, 3002 … are probes (nodes 1, 2 …), which stay silent unless the test makes them
/// answer.
struct Lab {
  World world{Quorum::options(3)};
  Instant goal;
  std::uint64_t commands = 0;
  std::int32_t correlation = 1000;

  explicit Lab(int voters = 3) {
    QuorumOptions o;
    o.id = 3000;
    o.voter = true;
    for (int v = 0; v < voters; ++v) o.voters.push_back({3000 + v, NodeId{v}});
    world.add_node("controller-1", Replica{QuorumNode(o)});
    for (int v = 1; v < voters; ++v) world.add_node("probe-" + std::to_string(v), Probe{});
  }
  QuorumNode& raft() { return std::get<Replica>(world.role(NodeId{0})).raft; }
  Probe& probe(int i = 1) { return std::get<Probe>(world.role(NodeId{i})); }
  void start() { world.start_all(); }
  /// A follower of 3001 in epoch 1 with records 0..4.
  void start_as_follower() {
    raft().preload(log(), LeaderEpoch{1}, 3001);
    world.start_all(true);
  }
  void start_as_leader() {
    raft().preload(log(), LeaderEpoch{1}, 3000);
    world.start_all(true);
  }
  static std::vector<MetadataEntry> log() {
    std::vector<MetadataEntry> entries;
    for (int i = 0; i < 5; ++i) entries.push_back({LeaderEpoch{1}, record(i)});
    return entries;
  }
  void run(sim::Duration d) {
    goal = std::max(goal, world.now()) + d;
    world.run_until(goal);
    world.begin_command(goal, ++commands, "");
    world.end_command();
  }
  /// Sends the request from the probe on its own connection and waits for the answer.
  template <class Response>
  Response ask(Body body, sim::Duration wait = milliseconds(50)) {
    send(std::move(body));
    run(wait);
    for (const auto& [at, message] : probe().got) {
      if (message.correlation_id == correlation) {
        answered_at = at;
        return protocol::get<Response>(message.body);
      }
    }
    FAIL("no answer");
    return {};
  }
  void send(Body body) {
    asked_at = world.now();
    world.with_context(NodeId{1},
                       [&](Ctx& ctx) { ctx.send(ctx.connect(NodeId{0}), request(++correlation, std::move(body))); });
  }
  /// Answers the latest request of that type that the replica sent to that probe.
  template <class Request>
  void answer_latest(int from, Body answer) {
    auto& questions = probe(from).open_questions;
    for (auto it = questions.rbegin(); it != questions.rend(); ++it) {
      if (!protocol::holds_alternative<Request>(it->second.body)) continue;
      world.with_context(NodeId{from}, [&](Ctx& ctx) { ctx.send(it->first, response(it->second, std::move(answer))); });
      return;
    }
    FAIL("nothing to answer");
  }
  void answer_fetch(int from, QuorumFetchResponse answer) {
    answer_latest<QuorumFetchRequest>(from, std::move(answer));
  }
  void answer_vote(int from, VoteResponse answer) { answer_latest<VoteRequest>(from, std::move(answer)); }
  bool answered() {
    for (const auto& [at, message] : probe().got) {
      if (message.correlation_id == correlation) return true;
    }
    return false;
  }
  VoteRequest vote(int epoch, BrokerId candidate, int last_epoch, int last_offset, bool pre = false) {
    return {LeaderEpoch{epoch}, candidate, LeaderEpoch{last_epoch}, Offset{last_offset}, pre};
  }
  QuorumFetchRequest fetch(BrokerId from, int epoch, int last_epoch, int offset, int high_watermark, int wait = 500) {
    return {from, LeaderEpoch{epoch}, LeaderEpoch{last_epoch}, Offset{offset}, Offset{high_watermark}, wait};
  }
  Instant asked_at, answered_at;
};

}  // namespace kafkascope::raft
