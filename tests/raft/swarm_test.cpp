// Random faults over many seeds. There are never two leaders in an epoch, no committed record is lost, logs agree, and after healing
// everything continues.
#include <doctest/doctest.h>

#include <cstdlib>
#include <map>

#include "protocol/facts_of_quorum.h"
#include "raft/support.h"
#include "sim/facts_of_kernel.h"

using namespace kafkascope;
using namespace kafkascope::raft;

namespace {

struct Swarm {
  Quorum q;
  Recorder recorder;
  sim::Random random;
  std::vector<MetadataEntry> committed;          // according to any node's high watermark, in order
  std::map<std::int32_t, std::int64_t> leaders;  // by epoch
  std::vector<Offset> seen;                      // per node: the offset up to which it has been compared
  std::size_t lines_read = 0;
  std::string broken;
  std::int64_t next_value = 1;
  int elections = 0, deaths = 0;

  /// Every third seed has five voters; every second one takes snapshots so often that a node that was away needs one.
  static Quorum quorum(std::uint64_t seed) {
    return Quorum(seed % 3 == 0 ? 5 : 3, 2, seed, true, [&](QuorumOptions& o) {
      if (seed % 2 != 0) return;
      o.snapshot_bytes = 5'000;
      o.retention_bytes = 3'000;
    });
  }

  explicit Swarm(std::uint64_t seed) : q(quorum(seed)), random(seed, sim::Stream::Swarm), seen(7) {
    q.world.attach(&recorder);
    recorder.after_event = [this] { check(); };
  }

  void fail(const std::string& what) {
    if (broken.empty()) broken = what + " at " + std::to_string(q.world.now().us) + " us";
  }

  void check() {
    for (; lines_read < recorder.lines.size(); ++lines_read) {
      const auto& l = recorder.lines[lines_read];
      if (const auto fault = fact_if<fact::EngineFault>(l)) fail("engine fault: " + fault->what.str());
      const auto elected = fact_if<fact::QuorumElected>(l);
      if (!elected) continue;
      ++elections;
      const auto [it, fresh] = leaders.emplace(elected->epoch.value, elected->leader);
      if (!fresh) fail("two elections in epoch " + std::to_string(elected->epoch.value));
      const QuorumNode& leader = q.raft(l.node.index);
      for (std::size_t i = 0; i < committed.size(); ++i) {
        const Offset at{static_cast<std::int64_t>(i)};
        if (at < leader.log().start_offset()) continue;
        if (at >= leader.log().end_offset() || !(leader.log().entry(at) == committed[i]))
          return fail("an elected leader lacks a committed record");
      }
    }
    for (int i = 0; i < q.nodes(); ++i) {
      if (!q.world.alive(NodeId{i})) {
        seen[static_cast<std::size_t>(i)] = Offset{0};
        continue;
      }
      const QuorumNode& node = q.raft(i);
      if (node.high_watermark() > node.log().end_offset()) fail("a high watermark beyond the log end");
      Offset& from = seen[static_cast<std::size_t>(i)];
      if (from < node.log().start_offset())
        from = std::min(node.log().start_offset(), Offset{static_cast<std::int64_t>(committed.size())});
      for (from = std::max(from, Offset{0}); from < node.high_watermark() && from >= node.log().start_offset();
           from = from + 1) {
        const auto index = static_cast<std::size_t>(from.value);
        if (index == committed.size()) {
          committed.push_back(node.log().entry(from));
          int disks = 0;
          for (int v = 0; v < q.voters; ++v) {
            disks += from < q.raft(v).log().flushed_offset() &&
                     (from < q.raft(v).log().start_offset() || q.raft(v).log().entry(from) == committed.back());
          }
          if (disks <= q.voters / 2) fail("committed without a majority of disks");
        } else if (index > committed.size() || !(committed[index] == node.log().entry(from))) {
          return fail("node " + std::to_string(i) + " shows another record as committed");
        }
      }
      check_image(i);
    }
  }

  /// Checks that the host's state, whether from records or from a snapshot, is that of the committed records.
  void check_image(int i) {
    const Offset last = q.image(i).last_offset();
    if (last.value >= static_cast<std::int64_t>(committed.size())) return;
    std::int64_t wanted = 0;
    for (std::int64_t at = last.value; at >= 0; --at) {
      const auto* ids = std::get_if<protocol::ProducerIdsRecord>(&committed[static_cast<std::size_t>(at)].record);
      if (ids == nullptr) continue;
      wanted = ids->next_producer_id;
      break;
    }
    if (q.image(i).next_producer_id() != wanted) fail("node " + std::to_string(i) + " has applied something else");
  }

  /// Checks log matching: if an epoch agrees at an offset, all earlier entries agree.
  void check_logs() {
    for (int a = 0; a < q.nodes(); ++a) {
      for (int b = 0; b < a; ++b) {
        Offset at = std::min(q.raft(a).log().end_offset(), q.raft(b).log().end_offset()) - 1;
        const Offset start = std::max(q.raft(a).log().start_offset(), q.raft(b).log().start_offset());
        while (at >= start && q.raft(a).log().entry(at).epoch != q.raft(b).log().entry(at).epoch) at = at - 1;
        for (; at >= start; at = at - 1) {
          if (!(q.raft(a).log().entry(at) == q.raft(b).log().entry(at)))
            return fail("logs disagree below a common epoch");
        }
      }
    }
  }

  void disturb() {
    const int node = static_cast<int>(random.below(static_cast<std::uint64_t>(q.nodes())));
    const NodeId n{node};
    switch (random.below(12)) {
      case 0:
      case 1: deaths += q.world.kill(n, Death::Crash); break;
      case 2: deaths += q.world.kill(n, Death::PowerOff); break;
      case 3: deaths += q.world.kill(n, Death::Stop); break;
      case 4:
      case 5:
      case 6:
        for (int i = 0; i < q.nodes(); ++i) {
          if (!q.world.alive(NodeId{i}) && random.chance_ppm(700000)) q.world.restart(NodeId{i});
        }
        break;
      case 7: q.isolate(node); break;
      case 8: q.cut(node, static_cast<int>(random.below(static_cast<std::uint64_t>(q.voters)))); break;
      case 9:
        q.world.network().cut(n, NodeId{static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(q.voters)))});
        break;
      case 10: q.world.network().heal_all(); break;
      case 11:
        if (q.world.state(n) == sim::NodeState::Paused) q.world.resume(n);
        else q.world.pause(n);
        break;
    }
  }

  void run() {
    for (int round = 0; round < 60 && broken.empty(); ++round) {
      disturb();
      const std::int64_t end = q.goal.us / 1000 + random.between(50, 1500);
      while (q.goal.us / 1000 < end && broken.empty()) {
        for (int i = 0; i < q.voters; ++i) {
          if (q.world.alive(NodeId{i}) && q.world.state(NodeId{i}) != sim::NodeState::Paused && q.raft(i).is_leader())
            q.append(i, next_value++);
        }
        if (random.below(200) == 0) {
          const int leader = q.leader();
          if (leader >= 0) q.world.with_context(NodeId{leader}, [&](Ctx& ctx) { q.raft(leader).resign(ctx); });
        }
        q.run(milliseconds(random.between(5, 120)));
      }
      check_logs();
    }
    if (!broken.empty()) return;
    q.world.network().heal_all();
    for (int i = 0; i < q.nodes(); ++i) {
      q.world.resume(NodeId{i});
      if (!q.world.alive(NodeId{i})) q.world.restart(NodeId{i});
    }
    if (!q.run_until(seconds(30), [&] {
          return q.leader() >= 0 && q.raft(q.leader()).high_watermark() == q.raft(q.leader()).log().end_offset();
        }))
      return fail("no leader 30 s after healing");
    q.run(seconds(5));
    const Offset last = q.leader() < 0 ? Offset{} : q.append(q.leader(), next_value++);
    q.run(seconds(5));
    for (int i = 0; i < q.nodes(); ++i) {
      if (!last.known() || q.raft(i).high_watermark() <= last)
        fail("node " + std::to_string(i) + " does not follow after healing");
    }
    check_logs();
  }
};

}  // namespace

TEST_CASE("Swarm: three or five voters and two observers survive crashes, power failures, pauses, cuts and snapshots") {
  const char* wanted = std::getenv("KAFKASCOPE_SWARM_SEEDS");
  const std::uint64_t seeds = wanted == nullptr ? 100 : std::strtoull(wanted, nullptr, 10);
  int elections = 0, deaths = 0;
  std::size_t committed = 0, snapshots = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    Swarm swarm(seed);
    swarm.run();
    CAPTURE(seed);
    CHECK_MESSAGE(swarm.broken.empty(), swarm.broken);
    elections += swarm.elections;
    deaths += swarm.deaths;
    committed += swarm.committed.size();
    snapshots += swarm.recorder.of(protocol::Trace::QuorumSnapshotLoaded).size();
  }
  MESSAGE(seeds, " seeds: ", elections, " elections, ", deaths, " deaths, ", committed, " committed records, ",
          snapshots, " snapshots fetched");
  CHECK(elections > static_cast<int>(seeds));  // the faults must cause elections
  CHECK(snapshots > seeds / 4);                // ... and snapshots
}
