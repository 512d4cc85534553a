// What the menus offer is what the engine can do.
#include "player/helpers.h"
#include "scenario/files.h"
#include "ui/panels/menu_items.h"

using namespace kafkascope;
using namespace kafkascope::app;

TEST_CASE("every act of a broker's, a partition's and a group's menu is carried out") {
  const std::string text = text_of("operations/scale-out");
  Player first(parse(text), "x", text);
  first.seek(sim::Instant{4'000'000});
  const observe::Snapshot world = first.snapshot();
  REQUIRE(!world.partitions.empty());
  std::vector<std::string> targets = {"broker-1", world.partitions.front().name};
  for (const observe::Group& g : world.groups) targets.push_back(g.id);
  std::set<std::string> verbs;
  for (const std::string& target : targets) {
    for (const ui::MenuItem& item : ui::build_menu(world, target, {}, {}, 3)) {
      if (item.action.kind != ActionKind::Fault) continue;
      CAPTURE(target);
      CAPTURE(item.action.verb);
      CAPTURE(item.action.text);
      Player player(parse(text), "x", text);
      player.seek(sim::Instant{4'000'000});
      player.take_notices();
      player.act(item.action);
      for (const ui::Notice& n : player.take_notices()) {
        CAPTURE(n.words.en);
        CHECK_FALSE(n.bad);
      }
      CHECK(player.acted());
      verbs.insert(item.action.verb);
    }
  }
  for (const char* verb : {"crash", "disk", "skew_clock", "delete_records", "delete_topic", "add_partitions", "elect_leaders"}) {
    CAPTURE(verb);
    CHECK(verbs.count(verb) == 1);
  }
}

TEST_CASE("who copies with a throttle says so, and nobody else") {
  const std::string text = read_text(source_path("tests/stories/throttled-move.json"));
  for (const bool throttled : {true, false}) {
    Player player(throttled ? parse(text) : parse(text, "unthrottled"), "x", text);
    player.seek(sim::Instant{10'000'000});
    for (const observe::Node& n : player.snapshot().nodes) {
      CAPTURE(n.name);
      CHECK(n.throttle_bytes_per_s == (throttled && n.name.starts_with("broker-") ? 100'000 : -1));
    }
  }
}

TEST_CASE("a script is told in both languages, with what its acts are about") {
  const std::string text = read_text(source_path("tests/stories/throttled-move.json"));
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{10'000'000});
  const ui::LessonModel lesson = player.lesson();
  const auto said = [&](const char* en, const char* ko) {
    return std::any_of(lesson.steps.begin(), lesson.steps.end(), [&](const auto& step) { return step.title.en == en && step.title.ko == ko; });
  };
  CHECK(said("reassign orders-0 to 1,2,4 as ops (at most 100 KB/s)", "파티션 재할당: orders-0 to 1,2,4 (ops) (최대 100 KB/s)"));
}

TEST_CASE("a slow disk is slow until it is mended, as the file had it") {
  const std::string text = text_of("replication/leader-failover");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{3'000'000});
  const auto disk_item = [&](const char* how) {
    for (const ui::MenuItem& item : ui::build_menu(player.snapshot(), "broker-2", {}))
      if (item.action.verb == "disk" && item.action.text == how) return std::optional(item.action);
    return std::optional<Action>();
  };
  CHECK_FALSE(disk_item("well"));
  player.act(*disk_item("slow"));
  player.play(true);
  ticks(player, 10);
  CHECK_FALSE(disk_item("slow"));
  REQUIRE(disk_item("well"));
  player.act(*disk_item("well"));
  player.play(true);
  ticks(player, 10);
  CHECK(disk_item("slow"));
}

TEST_CASE("a group is sent back to the beginning by hand, once it has no members") {
  const std::string text = text_of("replication/leader-failover");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{4'500'000});
  player.act(fault("stop", "billing-1"));
  player.seek(player.now() + sim::seconds(2));
  Action reset = fault("reset_offsets", "billing");
  reset.text = "earliest";
  player.act(reset);
  player.seek(player.now() + sim::seconds(2));
  const auto& groups = player.snapshot().groups;
  REQUIRE(groups.size() == 1);
  for (const observe::GroupPartition& p : groups[0].partitions) CHECK(p.committed == 0);
}
