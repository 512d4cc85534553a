// What the engine did, as signs on the screen: a refused connection, archived records, requests that timed out, a silence, an act that
// Kafka has not answered yet.
#include <algorithm>
#include <memory>

#include "player/helpers.h"

using namespace kafkascope;
using namespace kafkascope::app;

namespace {

std::unique_ptr<Player> at(const std::string& lesson, std::int64_t us) {
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

int refused(const observe::Snapshot& world) {
  return static_cast<int>(
      std::count_if(world.links.begin(), world.links.end(), [](const observe::Link& l) { return l.refused; }));
}

}  // namespace

TEST_CASE("a client that was told 127.0.0.1 is refused by its own machine, until the address is right again") {
  const auto run = at("operations/cluster-setup", 7'000'000);
  Player& player = *run;
  CHECK(refused(player.snapshot()) == 0);
  player.seek(sim::Instant{12'000'000});
  CHECK(refused(player.snapshot()) == 1);
  player.seek(sim::Instant{26'000'000});
  CHECK(refused(player.snapshot()) == 0);
}

TEST_CASE(
    "records that a share group has archived are ghosts before its start offset, and none that a group has skipped") {
  const auto run = at("groups/share-group", 55'300'000);
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

TEST_CASE("requests that time out are said on the producer's card for a while, and the timeline shows the whole wait") {
  const auto run = at("operations/timers", 38'000'000);
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
  CHECK(wait->label.en.starts_with("no answer for 30"));
  player.seek(sim::Instant{41'000'000});
  CHECK(client(player.snapshot(), "shop").fact.en.find("timed out") == std::string::npos);
}

TEST_CASE("at a chosen speed the end of a silence is known, and reached on request") {
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

TEST_CASE("an act by hand that Kafka has to answer is said to be done only after the answer") {
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
