// What the engine did, as signs on the screen: a client that was told its own address, archived records, requests that timed out, a silence, an act that
// Kafka has not answered yet.
#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "player/helpers.h"

using namespace kafkascope;
using namespace kafkascope::app;

namespace {

std::unique_ptr<Player> player_at(const std::string& lesson, std::int64_t us) {
  const std::string text = text_of(lesson);
  auto player = std::make_unique<Player>(parse(text), "x", text);
  player->seek(sim::Instant{us});
  return player;
}

const observe::Client& client(const observe::Snapshot& world, const char* name) {
  return *std::find_if(world.clients.begin(), world.clients.end(), [&](const observe::Client& c) {
    return world.nodes[static_cast<std::size_t>(c.node)].name == name;
  });
}

int misled(const observe::Snapshot& world) {
  return static_cast<int>(
      std::count_if(world.links.begin(), world.links.end(), [](const observe::Link& l) { return l.itself; }));
}

}  // namespace

TEST_CASE("a client that is told 127.0.0.1 as a broker's address has a sign until the address is right again") {
  const auto run = player_at("operations/cluster-setup", 7'000'000);
  Player& player = *run;
  CHECK(misled(player.snapshot()) == 0);
  player.seek(sim::Instant{12'000'000});
  CHECK(misled(player.snapshot()) == 1);
  player.seek(sim::Instant{26'000'000});
  CHECK(misled(player.snapshot()) == 0);
}

TEST_CASE("records that a share group has archived are ghosts before its start offset, and not skipped records") {
  const auto run = player_at("groups/share-group", 55'300'000);
  Player& player = *run;
  const observe::Snapshot& world = player.snapshot();
  const observe::Partition& jobs = world.partitions.front();
  REQUIRE(jobs.shares.size() == 1);
  CHECK(jobs.skipped.empty());
  CHECK(jobs.shares[0].archived > 0);
  CHECK(jobs.shares[0].archived == world.ledger.all.skipped);
  CHECK(jobs.shares[0].runs.front().state == observe::ShareState::Archived);
  CHECK(jobs.shares[0].runs.front().last_offset < jobs.shares[0].start);
}

TEST_CASE("after another group's offset reset the ghosts are still those records that the share group has archived") {
  std::string plain = text_of("groups/share-group");
  const std::string clients = "\"clients\": [";
  REQUIRE(plain.find(clients) != std::string::npos);
  plain.insert(
      plain.find(clients) + clients.size(),
      R"({"id": "o-1", "kind": "consumer", "topics": ["jobs"], "start": "94s", "config": {"group.id": "other"}},)");
  const std::size_t end = plain.rfind("\n  ],\n  \"until\"");
  REQUIRE(end != std::string::npos);
  std::string with_reset = plain;
  with_reset.insert(
      end,
      ",\n{\"at\": \"60s\", \"do\": \"reset_offsets\", \"group\": \"other\", \"topic\": \"jobs\", \"to\": \"earliest\"}");
  std::vector<observe::Partition> jobs;
  for (const std::string& text : {plain, with_reset}) {
    Player player(parse(text), "x", text);
    player.seek(sim::Instant{61'000'000});
    jobs.push_back(player.snapshot().partitions.front());
    REQUIRE(jobs.back().shares.size() == 1);
    CHECK(jobs.back().skipped.empty());
  }
  CHECK(jobs[0].shares[0].archived > 0);
  CHECK(jobs[1].shares[0].archived == jobs[0].shares[0].archived);
  CHECK(jobs[1].shares[0].runs.front().last_offset == jobs[0].shares[0].runs.front().last_offset);
}

TEST_CASE("after a reset of a share group's offsets the records passed over are skipped, not archived") {
  const std::string text = R"({"format": 1, "id": "x", "title": {"en": "x"}, "seed": 3,
 "cluster": {"brokers": 3, "controllers": 1, "features": {"share.version": 1}},
 "topics": [{"name": "jobs", "partitions": 1, "replication_factor": 3}],
 "clients": [{"id": "shop", "kind": "producer", "topic": "jobs", "rate": "30/s", "count": 30},
  {"id": "s-1", "kind": "share_consumer", "topics": ["jobs"], "work": "500ms", "acknowledge": "reject_every:3",
   "config": {"group.id": "pool", "max.poll.records": 5}}],
 "steps": [{"at": "0s", "do": "configure", "group": "pool", "config": {"share.auto.offset.reset": "earliest"}},
  {"at": "12s", "do": "kill", "node": "s-1"},
  {"at": "70s", "do": "reset_offsets", "group": "pool", "topic": "jobs", "to": "latest"},
  {"at": "72s", "do": "start", "node": "s-1"}],
 "until": "90s"})";
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{11'900'000});
  const observe::ShareStrip before = player.snapshot().partitions.front().shares.front();
  const std::int64_t rejected = before.archived;
  REQUIRE(rejected > 0);
  REQUIRE(before.start < 30);
  player.seek(sim::Instant{80'000'000});
  const observe::Partition& jobs = player.snapshot().partitions.front();
  REQUIRE(jobs.shares.size() == 1);
  REQUIRE(jobs.shares[0].start == 30);
  CHECK(jobs.shares[0].archived == rejected);
  CHECK_FALSE(jobs.skipped.empty());
  CHECK(jobs.shares[0].archived + static_cast<std::int64_t>(jobs.skipped.size()) ==
        player.snapshot().ledger.all.skipped);
}

TEST_CASE("a producer's card mentions requests that timed out for a while, and the timeline shows the whole wait") {
  const auto run = player_at("operations/timers", 38'000'000);
  Player& player = *run;
  const auto lane = [&]() -> const ui::Lane* {
    const auto& lanes = player.time().lanes;
    const auto it = std::find_if(lanes.begin(), lanes.end(), [](const ui::Lane& l) { return l.name == "shop"; });
    return it == lanes.end() ? nullptr : &*it;
  };
  CHECK(lane() == nullptr);
  player.seek(sim::Instant{38'250'000});
  CHECK(client(player.snapshot(), "shop").fact.en == "requests timed out");
  CHECK(client(player.snapshot(), "shop").fact_is_doubt);
  REQUIRE(lane() != nullptr);
  const auto& spans = lane()->spans;
  const auto wait =
      std::find_if(spans.begin(), spans.end(), [](const ui::LaneSpan& s) { return s.kind == ui::SpanKind::Waiting; });
  REQUIRE(wait != spans.end());
  CHECK(wait->to_us == 38'100'000);
  CHECK(wait->to_us - wait->from_us >= 29'900'000);
  CHECK(wait->to_us - wait->from_us < 30'500'000);
  CHECK(wait->label.en.starts_with("a request waited 30"));
  player.seek(sim::Instant{41'000'000});
  CHECK(client(player.snapshot(), "shop").fact.en.find("timed out") == std::string::npos);
}

namespace {

/// A producer whose requests to the partition t-0 meet what the steps say.
std::string one_producer(const std::string& config, const std::string& steps) {
  return R"({"format": 1, "id": "x", "title": {"en": "x"}, "seed": 3, "cluster": {"controllers": 1, "brokers": 1, "network": {"latency": "120ms"}},
 "topics": [{"name": "t", "partitions": 1, "replication_factor": 1}],
 "clients": [{"id": "shop", "kind": "producer", "topic": "t", "rate": "10/s", "config": {)" +
         config + R"(}}],
 "steps": [)" +
         steps + R"(], "until": "20s"})";
}

int waits(Player& player, const char* name) {
  int found = 0;
  for (const ui::Lane& lane : player.time().lanes)
    if (lane.name == name)
      found += static_cast<int>(std::count_if(lane.spans.begin(), lane.spans.end(),
                                              [](const ui::LaneSpan& s) { return s.kind == ui::SpanKind::Waiting; }));
  return found;
}

}  // namespace

TEST_CASE("a broker that answers REQUEST_TIMED_OUT gets no sign of silence and no wait on the timeline") {
  const std::string text =
      one_producer("", R"({"at": "5s", "do": "answer", "node": "broker-1", "from": "shop", "api": "Produce",
                          "error": "REQUEST_TIMED_OUT", "count": 3})");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{6'000'000});
  CHECK(client(player.snapshot(), "shop").fact.en.find("timed out") == std::string::npos);
  CHECK(waits(player, "shop") == 0);
}

TEST_CASE("the wait of a request does not depend on batches that were not in flight") {
  // The batch sent at 5.02 s is refused and expires at 9.07 s while it waits to be sent again; the last one in flight waits on.
  const std::string text = one_producer(
      R"("request.timeout.ms": 4000, "delivery.timeout.ms": 4050, "linger.ms": 0, "enable.idempotence": false,
         "retry.backoff.ms": 10000, "retry.backoff.max.ms": 10000)",
      R"({"at": "5.05s", "do": "answer", "node": "broker-1", "from": "shop", "api": "Produce",
          "error": "NOT_ENOUGH_REPLICAS", "count": 1}, {"at": "5.15s", "do": "pause", "node": "broker-1"})");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{12'000'000});
  REQUIRE(waits(player, "shop") == 1);
  for (const ui::Lane& lane : player.time().lanes)
    for (const ui::LaneSpan& s : lane.spans)
      if (s.kind == ui::SpanKind::Waiting) {
        CHECK(s.from_us / 10'000 == 522);
        CHECK(s.to_us / 10'000 == 917);
        CHECK(s.label.en.starts_with("a request waited 4"));
      }
}

TEST_CASE("at a chosen speed the end of a silence is shown, and the user can jump to it") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{3'000'000});
  player.act(action(ActionKind::SetSpeed, 20'000));
  player.act(action(ActionKind::Run));
  std::int64_t until = -1;
  for (int frame = 0; frame < 2000 && until < 0; ++frame) {
    player.tick(16'000);
    until = player.lesson().quiet_until_us;
  }
  REQUIRE(until > player.now().us);
  const std::int64_t before = player.now().us;
  player.tick(16'000);
  CHECK(player.now().us - before <= 16'000 * 20'000 / 1'000'000 + 1);  // it is not passed by itself
  player.act(action(ActionKind::PassSilence));
  for (int frame = 0; frame < 200 && player.now().us < until; ++frame) player.tick(16'000);
  CHECK(player.now().us >= until);
  CHECK(player.now().us < until + 100'000);
}

TEST_CASE("a stretch in which records are written, read or committed is not announced as empty") {
  const auto text = [](const char* workload) {
    return fmt::format(R"({{"format": 1, "id": "x", "kafka": "4.1",
        "cluster": {{"brokers": 1, "config": {{"offsets.topic.replication.factor": 1}}}},
        "topics": [{{"name": "orders", "partitions": 2, "replication_factor": 1}}],
        "clients": [{{"id": "shop", "kind": "producer", "topic": "orders", {}}}],
        "steps": [{{"at": "0s", "say": {{"en": "A.", "ko": "가."}}, "view": {{"hide": ["produce", "consume", "heartbeat", "group"]}}}},
                  {{"at": "50s", "say": {{"en": "B.", "ko": "나."}}}}], "until": "60s"}})",
                       workload);
  };
  const auto quiet_from = [&](const char* workload, std::int64_t from_us, std::int64_t least_us) {
    const std::string scenario = text(workload);
    Player player(parse(scenario), "x", scenario);
    player.seek(sim::Instant{from_us});
    player.act(action(ActionKind::SetSpeed, 1'000'000));
    player.act(action(ActionKind::Run));
    for (int frame = 0; frame < 2000; ++frame) {
      player.tick(16'000);
      if (player.lesson().quiet_until_us >= 0 && player.now().us >= least_us) break;
    }
    REQUIRE(player.lesson().quiet_until_us > player.now().us);
    return player.lesson().quiet_counts;
  };
  const char* all_the_time = R"("rate": "5/s")";
  const char* until_ten = R"("rate": "5/s", "count": 50)";
  CHECK(quiet_from(all_the_time, 8'000'000, 0));
  CHECK(quiet_from(until_ten, 8'000'000, 0));
  CHECK_FALSE(quiet_from(until_ten, 8'000'000, 12'000'000));
  // It reads the last record at 10 s, commits it at 26 s, and commits the same again later.
  const char* read_until_ten =
      R"("rate": "5/s", "count": 50}, {"id": "c", "kind": "consumer", "topics": ["orders"],
         "config": {"group.id": "g", "auto.commit.interval.ms": 22000})";
  CHECK(quiet_from(read_until_ten, 12'000'000, 13'000'000));
  CHECK_FALSE(quiet_from(read_until_ten, 28'000'000, 29'000'000));
}

TEST_CASE("an act by hand that Kafka has to answer counts as done only after the answer") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{3'000'000});
  Action create = action(ActionKind::Fault);
  create.verb = "create_topic";
  create.target = "mail";
  player.act(create);
  REQUIRE(player.lesson().undo.active);
  CHECK(player.lesson().undo.asked.en == "create mail");
  player.play(true);
  for (int frame = 0; frame < 300; ++frame) player.tick(16'000);
  REQUIRE(player.lesson().undo.active);
  CHECK(player.lesson().undo.asked.empty());
  CHECK(player.lesson().undo.what.en.find("created") != std::string::npos);
}
