// A world of quorum replicas and of probes, which send a test's messages and keep the answers.
#pragma once
#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "raft/quorum_node.h"
#include "support/role_world.h"

namespace kafkascope::raft {

using protocol::ErrorCode;
using sim::Death;
using sim::Instant;
using sim::milliseconds;
using sim::NodeId;
using sim::seconds;

/// A quorum node with a minimal host: it applies committed entries, and starts from a snapshot if there is one.
struct Replica {
  QuorumNode raft;
  protocol::MetadataImage image = {};
  void on_start(Ctx& ctx) {
    ctx.set_state(sim::NodeState::Running);
    raft.on_start(ctx);
    follow(ctx);
  }
  void on_message(Ctx& ctx, sim::ConnectionId c, const Message& m) {
    raft.on_message(ctx, c, m);
    follow(ctx);
  }
  void on_timer(Ctx& ctx, std::uint16_t kind, std::uint64_t arg) {
    raft.on_timer(ctx, kind, arg);
    follow(ctx);
  }
  void on_disk(Ctx& ctx, std::uint16_t kind, std::uint64_t arg) {
    raft.on_disk(ctx, kind, arg);
    follow(ctx);
  }
  void on_disconnect(Ctx& ctx, sim::ConnectionId c, sim::Disconnect why) {
    raft.on_disconnect(ctx, c, why);
    follow(ctx);
  }
  void on_death(Death death, Instant now) {
    raft.on_death(death, now);
    image = {};
  }
  void follow(Ctx& ctx) {
    if (const Snapshot* s = raft.snapshot_for(image.last_offset() + 1)) image = s->image;
    for (Offset at = image.last_offset() + 1; at < raft.high_watermark(); at = at + 1)
      image.apply(at, raft.log().entry(at).epoch, raft.log().entry(at).record);
    raft.maybe_snapshot(ctx, image);
  }
};

struct Probe {
  std::vector<std::pair<Instant, Message>> got;
  std::vector<std::pair<Instant, protocol::Body>> asked;  // requests of replicas; only the test answers them
  std::vector<std::pair<sim::ConnectionId, Message>> open_questions;
  bool votes_yes = false;
  void on_start(Ctx&) {}
  void on_message(Ctx& ctx, sim::ConnectionId c, const Message& m) {
    if (m.is_response()) {
      got.emplace_back(ctx.now(), m);
      return;
    }
    asked.emplace_back(ctx.now(), m.body);
    open_questions.emplace_back(c, m);
    if (const auto* vote = protocol::get_if<protocol::VoteRequest>(&m.body); vote != nullptr && votes_yes)
      ctx.send(c, response(m, protocol::VoteResponse{ErrorCode::NONE, kNoBroker, vote->replica_epoch, true,
                                                     vote->pre_vote}));
  }
  void on_timer(Ctx&, std::uint16_t, std::uint64_t) {}
  void on_disk(Ctx&, std::uint16_t, std::uint64_t) {}
  void on_disconnect(Ctx&, sim::ConnectionId, sim::Disconnect) {}
  void on_death(Death, Instant) {}
};

using RoleWorld = test::RoleWorld<std::variant<Replica, Probe>>;
using World = RoleWorld::World;
using test::Recorder;

inline MetadataRecord record(std::int64_t n) { return protocol::ProducerIdsRecord{1, 0, n}; }
/// An entry of epoch 1, as in a fetch response.
inline SharedMetadataEntry shared(MetadataRecord record) {
  return std::make_shared<const MetadataEntry>(MetadataEntry{LeaderEpoch{1}, std::move(record)});
}

/// Voters are nodes 0.., observers (brokers 1, 2 ...) come after them.
struct Quorum : RoleWorld {
  int voters, observers;

  using Tune = std::function<void(QuorumOptions&)>;
  explicit Quorum(int voter_count = 3, int observer_count = 2, std::uint64_t seed = 1, bool formed = true,
                  const Tune& tune = {})
      : RoleWorld(seed), voters(voter_count), observers(observer_count) {
    for (int i = 0; i < voters + observers; ++i) {
      world.add_node((i < voters ? "controller-" : "broker-") + std::to_string(i),
                     Replica{QuorumNode(quorum_options(i, tune))});
    }
    if (formed) {
      std::vector<MetadataEntry> log;
      log.push_back({LeaderEpoch{1}, protocol::LeaderChangeMessage{3000, {}}});
      for (int i = 0; i < 4; ++i) log.push_back({LeaderEpoch{1}, record(-1 - i)});
      for (int i = 0; i < voters + observers; ++i) raft(i).preload(log, LeaderEpoch{1}, 3000);
    }
    world.start_all(formed);
  }
  QuorumOptions quorum_options(int i, const Tune& tune) const {
    QuorumOptions o;
    o.voter = i < voters;
    o.id = o.voter ? 3000 + i : i - voters + 1;
    for (int v = 0; v < voters; ++v) o.voters.push_back({3000 + v, NodeId{v}});
    if (tune) tune(o);
    return o;
  }

  const protocol::MetadataImage& image(int i) { return std::get<Replica>(world.role(NodeId{i})).image; }
  QuorumNode& raft(int i) { return std::get<Replica>(world.role(NodeId{i})).raft; }
  int nodes() const { return voters + observers; }
  /// The live leader of the highest epoch; -1: none.
  int leader() {
    int best = -1;
    for (int i = 0; i < voters; ++i) {
      if (world.alive(NodeId{i}) && raft(i).is_leader() && (best < 0 || raft(i).epoch() > raft(best).epoch())) best = i;
    }
    return best;
  }
  Offset append(int node, std::int64_t n) {
    Offset offset;
    world.with_context(NodeId{node}, [&](Ctx& ctx) { offset = raft(node).append(ctx, {record(n)}); });
    return offset;
  }
  void cut(int a, int b) { world.network().partition({NodeId{a}}, {NodeId{b}}); }
  void isolate(int a) { world.network().isolate(NodeId{a}); }
  bool holds(int node, Offset at, std::int64_t n) {
    return at >= raft(node).log().start_offset() && at < raft(node).log().end_offset() &&
           raft(node).log().entry(at).record == record(n);
  }
};

}  // namespace kafkascope::raft
