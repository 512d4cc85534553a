// The menus offer exactly the acts that the engine supports.
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
      if (item.action.kind != ActionKind::Fault || item.refused) continue;
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
      CHECK(player.runs().acted());
      verbs.insert(item.action.verb);
    }
  }
  for (const char* verb :
       {"crash", "disk", "skew_clock", "delete_records", "delete_topic", "add_partitions", "elect_leaders"}) {
    CAPTURE(verb);
    CHECK(verbs.count(verb) == 1);
  }
}

namespace {

/// The first item of a menu with that verb (and text).
std::optional<Action> offered(const observe::Snapshot& world, const std::string& target, const std::string& other,
                              std::string_view verb, std::string_view how = "", std::int64_t offset = -1) {
  for (const ui::MenuItem& item : ui::build_menu(world, target, other, {}, offset))
    if (item.action.verb == verb && item.action.text == how) return item.action;
  return std::nullopt;
}

}  // namespace

TEST_CASE("every fault and act of the menus works, and the session can be saved and read again") {
  const std::string text = text_of("operations/scale-out"), readers = text_of("log/serializers");
  struct Menu {
    const std::string& lesson;
    std::int64_t at_us;
    std::string target, other;
  };
  const Menu menus[] = {{text, 8'000'000, "broker-1", "broker-2"}, {text, 8'000'000, "orders-0", "broker-1"},
                        {text, 8'000'000, "orders-0", "broker-2"}, {text, 8'000'000, ui::kMenuOfStage, ""},
                        {text, 8'000'000, "broker-6", ""},         {readers, 17'000'000, "reads-long", ""},
                        {readers, 17'000'000, "strings", ""}};
  std::set<std::string> done;
  for (const Menu& menu : menus) {
    Player first(parse(menu.lesson), "x", menu.lesson);
    first.seek(sim::Instant{menu.at_us});
    const auto items = ui::build_menu(first.snapshot(), menu.target, menu.other);
    CAPTURE(menu.target);
    CHECK(items.size() > 2);
    for (const ui::MenuItem& item : items) {
      if (item.action.kind != ActionKind::Fault) continue;
      const std::string deed = item.action.verb + " " + item.action.text;
      CAPTURE(deed);
      Player player(parse(menu.lesson), "x", menu.lesson);
      player.seek(sim::Instant{menu.at_us});
      player.take_notices();
      player.act(item.action);
      for (const ui::Notice& n : player.take_notices()) {
        CAPTURE(n.words.en);
        CHECK_FALSE(n.bad);
      }
      CHECK(player.runs().acted());
      const scenario::Loaded saved = scenario::load(player.runs().saved_session(true));
      CAPTURE(saved.problems.empty() ? std::string() : scenario::format(saved.problems.front(), "saved"));
      CHECK(saved.ok());
      done.insert(deed);
    }
  }
  for (const char* deed : {"link narrow", "link lossy", "partition ", "answer Produce", "reassign move",
                           "reassign first", "reassign drop", "hold Fetch", "lose Fetch", "add_broker ",
                           "create_topic ", "reassign all", "remove_broker ", "seek ", "seek beginning", "produce "}) {
    CAPTURE(deed);
    CHECK(done.count(deed) == 1);
  }
}

TEST_CASE("a single replica can be moved or dropped by hand, even if it leads the partition") {
  const std::string text = text_of("operations/scale-out");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{8'000'000});
  const auto partition = [&] { return player.snapshot().partitions.front(); };
  REQUIRE(partition().replicas == std::vector<int>{1, 2});
  auto move = offered(player.snapshot(), "orders-0", "broker-2", "reassign", "move");
  REQUIRE(move);
  player.act(*move);
  player.seek(player.now() + sim::seconds(10));
  CHECK(partition().replicas == std::vector<int>{1, static_cast<int>(move->number)});
  const auto drop = offered(player.snapshot(), "orders-0", "broker-1", "reassign", "drop");
  REQUIRE(drop);
  player.act(*drop);
  player.seek(player.now() + sim::seconds(10));
  CHECK(partition().replicas == std::vector<int>{static_cast<int>(move->number)});
}

TEST_CASE("a hanging transaction can be aborted from its partition's menu, and the last stable offset moves on") {
  const std::string text = text_of("delivery/hanging-transaction");
  Player player(parse(text, "old"), "x", text);
  player.seek(sim::Instant{15'000'000});
  const auto partition = [&] { return player.snapshot().partitions.front(); };
  REQUIRE(partition().last_stable_offset == 2);
  const auto abort = offered(player.snapshot(), "pay-0", "", "abort_hanging");
  REQUIRE(abort);
  CHECK(abort->number == 2);
  player.act(*abort);
  player.seek(player.now() + sim::seconds(2));
  CHECK(partition().last_stable_offset == 4);
  CHECK(partition().high_watermark == 4);
  CHECK_FALSE(offered(player.snapshot(), "pay-0", "", "abort_hanging"));
}

TEST_CASE("a message under way can be delivered at once from its menu") {
  const std::string text = text_of("replication/leader-failover");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{3'000'000});
  const observe::Snapshot world = player.snapshot();
  const auto flying = std::find_if(world.messages.begin(), world.messages.end(),
                                   [](const observe::Message& m) { return m.arrives_us > 3'000'100; });
  REQUIRE(flying != world.messages.end());
  const auto deliver = offered(world, ui::kMenuOfMessage, {}, "deliver", "", static_cast<std::int64_t>(flying->id));
  REQUIRE(deliver);
  player.act(*deliver);
  for (const ui::Notice& n : player.take_notices()) CHECK_FALSE(n.bad);
  player.seek(player.now() + sim::microseconds(1));
  const auto& after = player.snapshot().messages;
  CHECK(player.now() < sim::Instant{flying->arrives_us});
  CHECK(std::none_of(after.begin(), after.end(), [&](const observe::Message& m) { return m.id == flying->id; }));
}

TEST_CASE("a consumer's menu offers the seek that the lesson's hint describes") {
  const std::string text = text_of("log/serializers");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{18'900'000});
  const auto seek = offered(player.snapshot(), "wrong-long", {}, "seek");
  REQUIRE(seek);
  CHECK(seek->other == "s-string-0");
  CHECK(seek->number == 1);
}

TEST_CASE("a replication throttle is shown only on the brokers that copy under it") {
  const std::string text = read_text(source_path("tests/stories/throttled-move.json"));
  for (const bool throttled : {true, false}) {
    Player player(throttled ? parse(text) : parse(text, "unthrottled"), "x", text);
    player.seek(sim::Instant{10'000'000});
    for (const observe::Node& n : player.snapshot().nodes) {
      CAPTURE(n.name);
      // Only the leader and the joining replica are throttled. The other followers are also in the throttled list, but
      // in sync.
      const bool copies = n.name == "broker-1" || n.name == "broker-4";
      CHECK(n.throttle_bytes_per_s == (throttled && copies ? 100'000 : -1));
      CHECK(n.throttle_set_bytes_per_s == (throttled && n.name.starts_with("broker-") ? 100'000 : -1));
      CHECK(n.throttle_listed == (throttled && n.name.starts_with("broker-")));
    }
  }
}

TEST_CASE("the steps of a script have titles in both languages that name what they change") {
  const std::string text = read_text(source_path("tests/stories/throttled-move.json"));
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{10'000'000});
  const ui::LessonModel lesson = player.lesson();
  const auto said = [&](const char* en, const char* ko) {
    return std::any_of(lesson.steps.begin(), lesson.steps.end(),
                       [&](const auto& step) { return step.title.en == en && step.title.ko == ko; });
  };
  CHECK(said("move replicas of orders-0 (to 1, 2, 4, at most 100 KB/s)",
             "orders-0 복제본 옮기기 (→ 1, 2, 4, 최대 100 KB/s)"));
}

TEST_CASE("a producer's calls of a transaction are described in words, not by the names of their verbs") {
  const std::string text = read_text(source_path("tests/stories/real-transactions-fencing.json"));
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{12'000'000});
  const ui::LessonModel lesson = player.lesson();
  const auto said = [&](const char* en, const char* ko) {
    return std::any_of(lesson.steps.begin(), lesson.steps.end(),
                       [&](const auto& step) { return step.title.en == en && step.title.ko == ko; });
  };
  CHECK(said("let q1 begin a transaction", "q1 트랜잭션 시작하기"));
  CHECK(said("let q1 commit its transaction", "q1 트랜잭션 커밋하기"));
  for (const auto& step : lesson.steps) CHECK(step.title.en.find("_transaction") == std::string::npos);
}

TEST_CASE("a disk slowed by hand stays slow until it is restored to the file's speed") {
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

TEST_CASE("the offsets of a group without members can be reset to the beginning by hand") {
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
