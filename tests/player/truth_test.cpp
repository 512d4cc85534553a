// The snapshot shows the engine's real state: beliefs, dead members and new brokers in real lessons.
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>

#include "observe/model/state_document.h"
#include "player/window.h"
#include "ui/keys.h"
#include "ui/looks.h"
#include "ui/panels/inspector_view.h"
#include "ui/panels/strip.h"
#include "ui/stage/stage_view.h"

using namespace kafkascope;
using namespace kafkascope::app;

namespace {

struct Seen {
  Seen(const char* lesson, std::int64_t at_us) : text(text_of(lesson)), player(parse(text), "x", text) {
    player.seek(sim::Instant{at_us});
    world = player.snapshot();
  }
  int node(const std::string& name) const {
    for (std::size_t i = 0; i < world.nodes.size(); ++i)
      if (world.nodes[i].name == name) return static_cast<int>(i);
    FAIL("no such node");
    return -1;
  }
  const observe::Client& client(const std::string& name) const {
    const int index = node(name);
    return *std::find_if(world.clients.begin(), world.clients.end(),
                         [&](const observe::Client& c) { return c.node == index; });
  }
  std::string text;
  Player player;
  observe::Snapshot world;
};

}  // namespace

TEST_CASE("a second process with a broker's id is shown without replicas") {
  const Seen seen("operations/cluster-setup", 21'000'000);
  CHECK(seen.world.nodes[static_cast<std::size_t>(seen.node("broker-2#2"))].replicas.empty());
  CHECK_FALSE(seen.world.nodes[static_cast<std::size_t>(seen.node("broker-2"))].replicas.empty());
}

TEST_CASE(
    "an old epoch of the right leader is not marked as doubtful; a client's line leads to the node to which it sends") {
  const Seen old_epoch("operations/scale-in", 27'360'000);
  CHECK_FALSE(old_epoch.client("shop").fact_is_doubt);
  const Seen old_leader("replication/leader-epoch", 32'400'000);
  REQUIRE(old_leader.client("shop").fact.en == "thinks broker-3 leads");  // between two records
  const ui::StageView view = ui::build_stage_view(old_leader.world);
  bool reversed = false;
  CHECK(view.way_between(old_leader.node("shop"), old_leader.node("broker-3"), reversed) >= 0);
}

TEST_CASE("a client is said to ask an old leader only if the client uses a partition of that leader") {
  // broker-2 dies; every member of the group knows the old leaders of all partitions, and reads only its own.
  const std::string text = R"({"format": 1, "id": "x", "title": {"en": "X", "ko": "X"}, "cluster": {"brokers": 3},
    "topics": [{"name": "views", "partitions": 3, "replication_factor": 2}],
    "clients": [{"id": "web", "kind": "producer", "topic": "views", "rate": "5/s"},
                {"id": "v-1", "kind": "consumer", "topics": ["views"], "config": {"group.id": "viewers"}},
                {"id": "v-2", "kind": "consumer", "topics": ["views"], "config": {"group.id": "viewers"}},
                {"id": "v-3", "kind": "consumer", "topics": ["views"], "config": {"group.id": "viewers"}}],
    "steps": [{"at": "20s", "do": "crash", "node": "broker-2"}], "until": "60s"})";
  Player player(parse(text), "x", text);
  bool asked = false;
  for (std::int64_t at = 28'000; at < 36'000; at += 25) {  // fenced after nine seconds; a client learns a little later
    player.seek(sim::Instant{at * 1'000});
    const observe::Snapshot& world = player.snapshot();
    for (const observe::Client& c : world.clients) {
      if (c.fact.en != "still asks broker-2") continue;
      asked = true;
      const observe::Node& node = world.nodes[static_cast<std::size_t>(c.node)];
      if (node.kind != observe::NodeKind::Consumer) continue;
      CAPTURE(node.name);
      CAPTURE(at);
      CHECK(std::any_of(node.beliefs.begin(), node.beliefs.end(), [&](const observe::Belief& b) {
        return b.leader == 2 && std::find(c.topics_partitions.begin(), c.topics_partitions.end(), b.partition) !=
                                    c.topics_partitions.end();
      }));
    }
  }
  CHECK(asked);
}

TEST_CASE("a dead member's partitions are in its group's table, even without a committed offset") {
  const Seen seen("operations/timers", 44'640'000);
  const auto slow = seen.node("slow-1");
  bool found = false;
  for (const observe::Group& g : seen.world.groups)
    for (const observe::GroupMember& m : g.members) {
      if (m.node != slow) continue;
      found = true;
      REQUIRE(m.partitions.size() == 1);
      CHECK(std::any_of(g.partitions.begin(), g.partitions.end(), [&](const observe::GroupPartition& p) {
        return p.partition == m.partitions.front() && p.committed < 0;
      }));
    }
  CHECK(found);
}

TEST_CASE("a consumer that was removed from its group without noticing is marked") {
  const Seen seen("consumer/max-poll-interval", 28'800'000);
  CHECK(seen.client("w-2").fact.en.starts_with("out, still: "));
  CHECK(seen.client("w-2").fact_is_doubt);
  CHECK_FALSE(seen.client("w-1").fact_is_doubt);
}

TEST_CASE("all of a topic's own settings can be changed while the cluster runs") {
  Seen seen("log/retention", 5'000'000);
  Action select = action(ActionKind::Select);
  select.target = seen.world.partitions.front().name;
  seen.player.act(select);
  const auto& config = seen.player.snapshot().inspected.config;
  REQUIRE(std::any_of(config.begin(), config.end(), [](const auto& e) { return e.key == "retention.ms"; }));
  for (const observe::ConfigEntry& e : config) {
    CAPTURE(e.key);
    CHECK(e.dynamic);
  }
}

TEST_CASE("in free play the lesson points at nothing") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  play_to_end(player, 500'000);
  player.act(action(ActionKind::FreePlay));
  CHECK(player.lesson().view.point.empty());
}

TEST_CASE("a broker's lane on the timeline begins when the broker starts, and shows no partition before it exists") {
  for (const bool at_once : {true, false}) {
    const std::string text = text_of("operations/scale-out");
    Player player(parse(text), "x", text);
    for (std::int64_t t = 0; t < 28'800'000 && !at_once; t += 100'000) player.seek(sim::Instant{t}), player.time();
    player.seek(sim::Instant{28'800'000});
    const observe::Snapshot& world = player.snapshot();
    for (const ui::Lane& lane : player.time().lanes) {
      if (lane.kind != ui::LaneKind::Broker) continue;
      CAPTURE(lane.name);
      REQUIRE_FALSE(lane.spans.empty());
      const bool added = lane.name == "broker-4" || lane.name == "broker-5" || lane.name == "broker-6";
      CHECK(lane.spans.front().from_us == (added ? 4'000'000 : 0));
      if (added) CHECK(lane.spans.front().leads == 0);
      const int leads = static_cast<int>(std::count_if(
          world.partitions.begin(), world.partitions.end(),
          [&](const observe::Partition& p) { return "broker-" + std::to_string(p.leader) == lane.name; }));
      CHECK(lane.spans.back().leads == leads);
    }
  }
}

TEST_CASE("over ZooKeeper a broker that has returned is shown as running, and a second process with its id as dead") {
  Seen seen("operations/cluster-setup", 21'000'000);
  for (const ui::Lane& lane : seen.player.time().lanes) {
    CAPTURE(lane.name);
    if (lane.name == "broker-2") CHECK(lane.spans.back().kind == ui::SpanKind::Alive);
    if (lane.name == "broker-2#2") CHECK(lane.spans.back().kind == ui::SpanKind::Dead);
  }
}

TEST_CASE("a controller's lane says what it is in the quorum: also one that was crashed, restarted or paused") {
  const auto lane = [](Player& player, const char* name) -> const ui::Lane& {
    const auto& lanes = player.time().lanes;
    return *std::find_if(lanes.begin(), lanes.end(), [&](const ui::Lane& l) { return l.name == name; });
  };
  Seen seen("controller/kraft-failover", 7'000'000);
  CHECK(lane(seen.player, "controller-1").spans.back().kind == ui::SpanKind::Dead);
  CHECK(lane(seen.player, "controller-2").spans.back().label.en == "Candidate");
  seen.player.seek(sim::Instant{24'000'000});
  for (const char* name : {"controller-1", "controller-2", "controller-3"}) {
    CAPTURE(name);
    const ui::LaneSpan& now = lane(seen.player, name).spans.back();
    const bool leads = name == std::string("controller-3");
    CHECK(now.kind == ui::SpanKind::Alive);
    CHECK(now.leads == (leads ? 1 : 0));
    CHECK(now.label.en == (leads ? "Leader" : "Follower"));
    CHECK_FALSE(now.label.ko.empty());
  }
  seen.player.act(fault("pause", "controller-2"));
  seen.player.tick(1000);
  seen.player.act(fault("resume", "controller-2"));
  seen.player.tick(1000);
  const auto& spans = lane(seen.player, "controller-2").spans;
  CHECK(spans[spans.size() - 2].kind == ui::SpanKind::Paused);
  CHECK(spans.back().label.en == "Follower");
}

TEST_CASE("a deleted topic has no leader") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{3'000'000});
  player.act(fault("stop", "shop"));
  player.act(fault("stop", "billing-1"));
  player.act(fault("delete_topic", "orders"));
  player.seek(sim::Instant{6'000'000});
  REQUIRE(player.snapshot().partitions.empty());
  for (const ui::Lane& lane : player.time().lanes)
    if (lane.kind == ui::LaneKind::Broker) CHECK(lane.spans.back().leads == 0);
}

TEST_CASE("a client's card shows the same memory as inspect") {
  const struct {
    const char* name;
    std::int64_t until_us;
  } cases[] = {
      {"producer/options", 24'000'000}, {"consumer/poll-and-offset", 20'000'000}, {"groups/share-group", 20'000'000}};
  bool waited = false, blocked = false, ahead = false, locked = false;
  for (const auto& lesson : cases) {
    const std::string text = text_of(lesson.name);
    Player player(parse(text), "x", text);
    for (std::int64_t at = 1'000'000; at < lesson.until_us; at += 330'000) {
      player.seek(sim::Instant{at});
      const observe::Snapshot& world = player.snapshot();
      const auto state = observe::state_at(player.session().moment(), "/clients").value();
      for (const observe::Client& c : world.clients) {
        const auto& says = state[world.nodes[static_cast<std::size_t>(c.node)].name];
        CAPTURE(lesson.name);
        CAPTURE(at);
        CHECK(says["accumulator"].is_null() == (c.accumulator.buffer_total == 0));
        if (c.accumulator.buffer_total > 0) {
          CHECK(c.accumulator.buffer_total - c.accumulator.buffer_used ==
                says["accumulator"]["buffer_available_bytes"]);
          CHECK((c.accumulator.blocked_us >= 0) == !says["accumulator"]["blocked"].is_null());
          blocked = blocked || c.accumulator.for_memory;
          for (const observe::QueuedBatches& q : c.accumulator.queues) {
            const auto& batches =
                says["accumulator"]["batches"][world.partitions[static_cast<std::size_t>(q.partition)].name];
            CHECK(q.batches == static_cast<int>(batches.size()));
            CHECK(q.last_records == batches.back()["records"]);
            CHECK(q.open != batches.back()["full"]);
            waited = waited || q.batches > 1;
          }
        }
        for (const observe::AssignedPartition& a : c.assigned) {
          const auto& row = says["subscription"][world.partitions[static_cast<std::size_t>(a.partition)].name];
          CHECK(a.buffered == row["buffered"]);
          ahead = ahead || a.buffered > 0;
          if (a.fetch_state.empty()) {
            CHECK(a.acquired == row["acquired"]);
            CHECK(a.to_acknowledge ==
                  row["to_acknowledge"].get<std::int64_t>() + row["acknowledging"].get<std::int64_t>());
            locked = locked || a.acquired > 0;
            continue;
          }
          CHECK(a.fetch_state == row["fetch_state"].get<std::string>());
          if (a.position < 0) CHECK(row["position"].is_null());
          else CHECK(a.position == row["position"]);
          if (a.lag >= 0) CHECK(a.lag == row["lag"]);
        }
      }
    }
  }
  CHECK(waited);
  CHECK(blocked);
  CHECK(ahead);
  CHECK(locked);
}

TEST_CASE("an exception of an application is shown beside its partitions, not instead of them") {
  const Seen seen("groups/rebalance-cooperative", 18'400'000);
  CHECK(seen.client("c-1").thrown == "RebalanceInProgressException");
  CHECK(seen.client("c-1").fact.en.starts_with("orders-"));
  CHECK_FALSE(seen.client("c-1").fact_is_doubt);
}

TEST_CASE("a member's card no longer names RebalanceInProgressException when the member has rejoined") {
  const auto thrown = [](std::int64_t at_us, const char* member) {
    return Seen("groups/rebalance-cooperative", at_us).client(member).thrown;
  };
  CHECK(thrown(18'470'000, "c-1") ==
        "RebalanceInProgressException");  // the group is Stable; c-1 has not heard of it yet
  CHECK(thrown(18'480'000, "c-1").empty());
  for (const char* member : {"c-1", "c-2", "c-3"}) CHECK(thrown(19'000'000, member).empty());
}

TEST_CASE("the members of a group are in the order of the file, not of their member ids") {
  for (const char* lesson : {"groups/new-protocol", "groups/rebalance-eager"}) {
    const Seen seen(lesson, 20'000'000);
    REQUIRE(!seen.world.groups.empty());
    const auto& members = seen.world.groups.front().members;
    CHECK(members.size() > 1);
    CHECK(std::is_sorted(members.begin(), members.end(), [](const auto& a, const auto& b) { return a.node < b.node; }));
  }
}

TEST_CASE("a removed broker is not on the stage") {
  const Seen seen("operations/scale-in", 37'000'000);
  const int gone = seen.node("broker-4");
  CHECK(seen.world.nodes[static_cast<std::size_t>(gone)].removed);
  CHECK(ui::build_stage_view(seen.world).rect(gone) == nullptr);
  CHECK(ui::build_stage_view(seen.world).rect(seen.node("broker-1")) != nullptr);
}

namespace {

std::string cluster_of_four(const std::string& steps) {
  return R"({"format": 1, "id": "four", "title": {"en": "Four"}, "seed": 5, "cluster": {"brokers": 4, "controllers": 1},
    "topics": [{"name": "orders", "partitions": 1, "replication_factor": 3, "assignments": {"0": [1, 2, 3]}, "config": {"min.insync.replicas": 2}}],
    "clients": [{"id": "shop", "kind": "producer", "topic": "orders", "rate": "20/s", "value_size": "1KB"}], "until": "60s", "steps": [)" +
         steps + "]}";
}

}  // namespace

TEST_CASE("the snapshot names the in-sync replica for which the high watermark waits, and for how long") {
  const std::string text = cluster_of_four(R"({"at": "5s", "do": "pause", "node": "broker-3"})");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{8'000'000});
  const observe::Partition& p = player.snapshot().partitions[0];
  REQUIRE(p.log_end_offset > p.high_watermark);
  CHECK(p.hw_waits_for == std::vector<int>{3});
  CHECK(p.hw_waits_us > 2'500'000);
  CHECK(p.hw_waits_us < 3'500'000 + 500'000);
  CHECK_FALSE(p.hw_waits_for_min_isr);
  player.seek(sim::Instant{50'000'000});  // it has left the ISR
  CHECK(player.snapshot().partitions[0].isr == std::vector<int>{1, 2});
  CHECK(player.snapshot().partitions[0].hw_waits_us < 300'000);
}

TEST_CASE(
    "KIP-966: below min.insync.replicas the high watermark does not move, and no in-sync replica is named as the cause") {
  std::string text = cluster_of_four(
      R"({"at": "5s", "do": "crash", "node": "broker-2"}, {"at": "5s", "do": "crash", "node": "broker-3"})");
  const auto producer = text.find(R"("rate": "20/s")");
  text.insert(producer, R"("config": {"acks": "1"}, )");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{30'000'000});
  const observe::Partition& p = player.snapshot().partitions[0];
  REQUIRE(p.log_end_offset > p.high_watermark);
  CHECK(p.hw_waits_for_min_isr);
  CHECK(ui::watermark_stands(p));  // even if it also waits for a replica
  const ui::InspectorView view = ui::build_inspector_view(player.snapshot(), ui::Lang::En, p.name);
  CHECK(std::any_of(view.fields.begin(), view.fields.end(), [](const ui::Field& f) {
    return f.value.ends_with(", waits for min.insync.replicas (2)") && f.bad;
  }));
}

TEST_CASE(
    "KIP-966: min.insync.replicas is named as the cause even if all producers use acks=all and no record is above the high watermark") {
  const std::string text = cluster_of_four(
      R"({"at": "5s", "do": "crash", "node": "broker-2"}, {"at": "5s", "do": "crash", "node": "broker-3"})");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{50'000'000});
  const observe::Partition& p = player.snapshot().partitions[0];
  REQUIRE(p.isr == std::vector<int>{1});
  CHECK(p.hw_waits_for_min_isr);
  CHECK(p.hw_waits_for.empty());
}

TEST_CASE(
    "the high watermark also waits for a replica that has left the ISR but is caught up and may return (Partition.maybeIncrementLeaderHW)") {
  // Fenced because its heartbeats were missing, back again, and then cut off only from its leader: registered, and still caught up for
  // replica.lag.time.max.ms.
  std::string text = cluster_of_four(
      R"({"at": "10s", "do": "partition", "from": ["broker-3"], "to": ["controller-1"]}, {"at": "25s", "do": "heal"},
    {"at": "25s", "do": "partition", "from": ["broker-3"], "to": ["broker-1"]})");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{40'000'000});
  const observe::Partition& p = player.snapshot().partitions[0];
  REQUIRE(p.isr == std::vector<int>{1, 2});
  REQUIRE(p.log_end_offset > p.high_watermark);
  CHECK(p.hw_waits_for.empty());
  CHECK(p.hw_waits_outside == std::vector<int>{3});
  CHECK(p.hw_waits_us > 13'000'000);
  CHECK(p.hw_waits_us < 16'000'000);
  player.seek(sim::Instant{58'000'000});
  CHECK(player.snapshot().partitions[0].hw_waits_outside.empty());
  CHECK(player.snapshot().partitions[0].hw_waits_us < 300'000);
}

TEST_CASE(
    "KIP-73: a replica is shown as throttled while it copies; later only a setting is shown, which --verify would remove") {
  std::string text = cluster_of_four(
      R"({"at": "5.5s", "do": "reassign", "partition": "orders-0", "replicas": [1, 2, 4], "throttle": "200KB/s"})");
  text.replace(text.find("\"1KB\""), 5, "\"20KB\", \"count\": 100");  // 2 MB, and no further records
  Player player(parse(text), "x", text);
  const auto throttles = [&](std::int64_t at_us) {
    player.seek(sim::Instant{at_us});
    int held = 0, set = 0, listed = 0;
    for (const observe::Node& n : player.snapshot().nodes)
      held += n.throttle_bytes_per_s > 0, set += n.throttle_set_bytes_per_s > 0, listed += n.throttle_listed;
    return std::vector<int>{held, set, listed};
  };
  CHECK(throttles(4'000'000) == std::vector<int>{0, 0, 0});
  CHECK(throttles(8'000'000) == std::vector<int>{2, 4, 4});  // the leader and the joining replica
  player.seek(sim::Instant{59'000'000});
  REQUIRE(player.snapshot().partitions[0].isr == std::vector<int>{1, 2, 4});
  REQUIRE(player.snapshot().partitions[0].adding.empty());
  CHECK(throttles(59'000'000) == std::vector<int>{0, 4, 3});  // broker-3 has left
}

TEST_CASE(
    "KIP-73: an ISR member whose quota prevents fetches after a leader change is shown as throttled until it fetches again") {
  // It has copied 400 KB at once, is in sync, and the reassignment ends in a new leader epoch: eleven seconds without a
  // fetch.
  const std::string text = R"({"format": 1, "id": "parked", "title": {"en": "Parked"}, "seed": 3,
    "cluster": {"controllers": 1, "brokers": 4, "network": {"latency": "1ms..3ms"}},
    "topics": [{"name": "orders", "partitions": 1, "replication_factor": 3, "assignments": {"0": [1, 2, 3]}, "config": {"min.insync.replicas": 2}}],
    "clients": [{"id": "shop", "kind": "producer", "topic": "orders", "rate": "10/s", "value_size": "2KB"}], "until": "70s",
    "steps": [{"at": "25s", "do": "reassign", "partition": "orders-0", "replicas": [4, 1, 3], "throttle": "20000B/s"}]})";
  Player player(parse(text), "x", text);
  const auto held = [&](std::int64_t at_us) {
    player.seek(sim::Instant{at_us});
    for (const observe::Node& n : player.snapshot().nodes)
      if (n.name == "broker-4") return n.throttle_bytes_per_s;
    return std::int64_t{-2};
  };
  const std::int64_t at_30 = held(30'000'000);
  const observe::Partition& p = player.snapshot().partitions[0];
  REQUIRE(p.isr == std::vector<int>{1, 3, 4});
  REQUIRE(p.hw_waits_for == std::vector<int>{4});
  REQUIRE(p.hw_waits_us > 3'000'000);
  CHECK(at_30 == 20'000);
  CHECK(held(65'000'000) == -1);
  CHECK(player.snapshot().partitions[0].hw_waits_us < 300'000);
}

TEST_CASE("KIP-73: a leader that does not know of an ISR shrink throttles none of its followers") {
  std::string text = cluster_of_four(
      R"({"at": "5.5s", "do": "reassign", "partition": "orders-0", "replicas": [1, 2, 4], "throttle": "200KB/s"},
    {"at": "45s", "do": "partition", "from": ["broker-1"], "to": ["controller-1"]})");
  text.replace(text.find("\"1KB\""), 5, "\"20KB\", \"count\": 100");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{44'000'000});
  REQUIRE(player.snapshot().partitions[0].isr == std::vector<int>{1, 2, 4});
  player.seek(sim::Instant{58'000'000});
  const auto& p = player.snapshot().partitions[0];
  REQUIRE(p.leader != 1);  // the controller has fenced broker-1, which has not learned of it
  REQUIRE(std::find(p.isr.begin(), p.isr.end(), 1) == p.isr.end());
  for (const observe::Node& n : player.snapshot().nodes) {
    if (n.name != "broker-1") continue;
    REQUIRE(n.throttle_listed);
    CHECK(n.throttle_bytes_per_s == -1);
  }
}

TEST_CASE("in a detour the script's later steps are not marked as done") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{5'000'000});
  player.act(fault("pause", "broker-3"));
  player.seek(sim::Instant{30'000'000});
  REQUIRE(player.lesson().detour.active);
  int done = 0, waiting = 0;
  for (const ui::TimeMark& m : player.time().marks) {
    if (m.kind != ui::MarkKind::Step || m.at_us > player.now().us) continue;
    ++(m.done ? done : waiting);
    CHECK(m.done == (m.at_us <= 5'000'000));
  }
  CHECK(done > 0);
  CHECK(waiting > 0);
}

TEST_CASE("2.5: the disk is not named as the cause if a broker lost its first directory and was then crashed by hand") {
  const std::string text = R"({"format": 1, "id": "old", "title": {"en": "Old"}, "seed": 3, "kafka": "2.5",
    "cluster": {"metadata": "zookeeper", "zookeepers": 1, "brokers": 2, "disk": {"dirs": 2}},
    "topics": [{"name": "t", "partitions": 2, "replication_factor": 2}], "clients": [{"id": "p", "kind": "producer", "topic": "t", "rate": "20/s"}], "until": "20s",
    "steps": [{"at": "5s", "do": "disk", "node": "broker-1", "dir": 0, "fail": true}, {"at": "15s", "do": "crash", "node": "broker-1"}]})";
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{16'000'000});
  const auto& nodes = player.snapshot().nodes;
  const auto broker =
      std::find_if(nodes.begin(), nodes.end(), [](const observe::Node& n) { return n.name == "broker-1"; });
  REQUIRE(broker->state == observe::NodeState::Crashed);
  REQUIRE(broker->offline_dirs == 1);
  CHECK(broker->down_reason.empty());
}

TEST_CASE("who believes what names a broker that has not heard of a partition") {
  const auto unknown = [](const observe::Snapshot& world, const char* partition) {
    std::string brokers;
    for (const ui::BeliefRow& row : ui::build_inspector_view(world, ui::Lang::En, partition).beliefs)
      if (!row.who.empty() && row.leader.empty()) {
        CHECK(row.differs);
        brokers += row.who;
      }
    return brokers;
  };
  // The order to take part in audit-0, and all that follows it, is held on its way to broker-2.
  const Seen held("controller/session-expiry", 14'000'000);
  CHECK(unknown(held.world, "audit-0") == "broker-2");
  CHECK(unknown(held.world, "orders-0").empty());
  const int audit = static_cast<int>(held.world.partitions.size()) - 1;
  REQUIRE(held.world.partitions.back().name == "audit-0");
  CHECK(ui::beliefs_differ(held.world, audit));
  CHECK_FALSE(ui::beliefs_differ(held.world, 0));
  const Seen all_know("controller/session-expiry", 3'000'000);
  CHECK(unknown(all_know.world, "orders-0").empty());
}

TEST_CASE("a partition's history has the ISR that changed together with its leader") {
  PlayerWindow w(kFailover, 15'000'000, ui::Layout::Lesson, 1280, 720);
  std::vector<ui::PartitionChange> changes = w.player.time().changes;
  std::erase_if(changes, [](const ui::PartitionChange& change) { return change.partition != "orders-0"; });
  REQUIRE(changes.size() == 2);
  CHECK(changes[0].of_leader);
  CHECK(changes[0].from == 1);
  CHECK(changes[0].to == 2);
  CHECK_FALSE(changes[1].of_leader);
  CHECK(changes[1].isr == "[2,3]");
  CHECK(changes[1].at_us == changes[0].at_us);
  w.key(ui::kKeyK);
  const auto rows = [&](std::string_view words) {
    const auto& pieces = w.h.dashboard.diagnostics().pieces;
    return std::count_if(pieces.begin(), pieces.end(), [&](const auto& piece) { return piece.text == words; });
  };
  CHECK(rows("broker-1 → broker-2, e1") == 1);
  CHECK(rows("ISR [2,3]") == 1);
  w.player.seek(sim::Instant{12'000'000});  // the timeline knows what comes
  w.frames();
  CHECK(rows("ISR [2,3]") == 0);
}

TEST_CASE("the words above a card count all partitions that it leads now, also those without a row") {
  PlayerWindow w("controller/zookeeper-failover", 20'804'000, ui::Layout::Lesson, 1280, 720);
  std::map<int, int> led;  // by broker
  for (const observe::LeaderChange& change : w.h.world.leader_changes) ++led[change.to];
  REQUIRE(led[2] > 20);
  CHECK(ui::shows(w.h, "leads " + std::to_string(led[2]) + " more now"));
}
