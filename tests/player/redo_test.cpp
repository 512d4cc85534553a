// An act that was undone is given again: in a detour, in free play, beside a second world; and what ends that.
#include "player/helpers.h"
#include "player/window.h"
#include "ui/keys.h"
#include "ui/strings.h"

using namespace kafkascope;
using namespace kafkascope::app;
using namespace kafkascope::words::literals;
using ui::Layout;

namespace {

/// The trace hash of the shown run at that moment; the run stands where it stood afterwards.
std::string hash_at(Player& player, std::int64_t us) {
  const std::int64_t stood = player.now().us;
  player.seek(sim::Instant{us});
  std::string hash = player.session().trace_hash();
  player.seek(sim::Instant{stood});
  return hash;
}

bool refused(Player& player) {
  const auto notices = player.take_notices();
  return notices.size() == 1 && notices[0].bad && notices[0].words.en == ui::both("app.nothing_to_redo"_w).en;
}

void redo(Player& player) { player.act(action(ActionKind::Redo)); }
void undo(Player& player) { player.act(action(ActionKind::Undo)); }

}  // namespace

TEST_CASE("acts that were undone are given again one by one, and the run is the one before") {
  LessonPlayer player(kFailover, 3'000'000);
  player.act(fault("crash", "broker-3"));
  player.seek(sim::Instant{5'000'000});
  player.act(fault("pause", "broker-2"));
  const std::string both_acts = hash_at(player, 9'000'000);
  const std::string name = player.lesson().detour.what.en;
  undo(player);
  const std::string one_act = hash_at(player, 9'000'000);
  REQUIRE(one_act != both_acts);
  undo(player);
  REQUIRE_FALSE(player.lesson().detour.active);
  player.take_notices();
  redo(player);
  CHECK(player.lesson().detour.active);
  CHECK(player.lesson().undo.active);
  CHECK(player.lesson().undo.what.en.find("broker-3") != std::string::npos);
  CHECK(player.session().hand_commands().size() + player.session().planned_commands().size() == 1);
  CHECK(hash_at(player, 9'000'000) == one_act);
  redo(player);
  CHECK(player.now().us >= 5'000'000);
  CHECK(player.lesson().detour.what.en == name);
  CHECK(hash_at(player, 9'000'000) == both_acts);
  CHECK(player.take_notices().empty());
  redo(player);
  CHECK(refused(player));
  CHECK(hash_at(player, 9'000'000) == both_acts);
  undo(player);
  undo(player);
  CHECK_FALSE(player.lesson().detour.active);
  CHECK(player.now().us == 3'000'000);
}

TEST_CASE("an act is given again at its own moment, wherever the run stands") {
  LessonPlayer player(kFailover, 3'000'000);
  player.act(action(ActionKind::FreePlay));
  player.seek(sim::Instant{4'000'000});
  player.act(fault("crash", "broker-3"));
  const sim::Instant given = player.session().hand_commands().back().at;
  const std::string there = hash_at(player, 9'000'000);
  for (const std::int64_t stands : {1'000'000, 4'000'000, 8'000'000}) {
    CAPTURE(stands);
    undo(player);
    CHECK(player.session().hand_commands().empty());
    player.seek(sim::Instant{stands});
    redo(player);
    CHECK(player.now() == given);
    REQUIRE(player.session().hand_commands().size() == 1);
    CHECK(hash_at(player, 9'000'000) == there);
  }
}

TEST_CASE("in free play an answer, or a chain of causes, is closed when the act before it is undone or given again") {
  LessonPlayer player(kFailover, 3'000'000);
  player.act(action(ActionKind::FreePlay));
  player.seek(sim::Instant{4'000'000});
  const auto ask = [&](const char* target) {
    Action why = action(ActionKind::Why);
    why.target = target;
    player.act(why);
    REQUIRE(player.log().why.open);
  };
  const auto closed = [&] { return !player.log().why.open && player.log().chain.empty(); };
  player.act(fault("crash", "broker-3"));
  const auto seq = [&] { return static_cast<std::int64_t>(player.log().entries.back().seq); };
  ask("broker-3");
  REQUIRE_FALSE(player.log().chain.empty());
  undo(player);
  CHECK(closed());
  redo(player);
  player.seek(sim::Instant{8'000'000});
  ask("broker-3");
  undo(player);
  CHECK(closed());
  redo(player);
  player.seek(sim::Instant{8'000'000});
  player.act(action(ActionKind::SelectEvent, seq()));
  REQUIRE_FALSE(player.log().chain.empty());
  undo(player);
  CHECK(closed());
  // An answer in the world without the act: another world once it is given again.
  player.seek(sim::Instant{8'000'000});
  ask("broker-3");
  redo(player);
  CHECK(closed());
  // What was asked before the act is as true without it.
  player.seek(sim::Instant{3'500'000});
  ask("broker-3");
  undo(player);
  CHECK(player.log().why.open);
}

TEST_CASE("a new act, and going on with the script, end what can be given again") {
  LessonPlayer player(kFailover, 3'000'000);
  player.act(fault("crash", "broker-3"));
  player.act(fault("pause", "broker-2"));
  undo(player);
  player.take_notices();
  SUBCASE("a new act") { player.act(fault("pause", "broker-1")); }
  SUBCASE("the script goes on with the act") { player.act(action(ActionKind::KeepScript)); }
  const std::size_t acts = player.session().hand_commands().size() + player.session().planned_commands().size();
  player.take_notices();
  redo(player);
  CHECK(refused(player));
  CHECK(player.session().hand_commands().size() + player.session().planned_commands().size() == acts);
}

TEST_CASE("in another run nothing is given again") {
  LessonPlayer player(kFailover, 3'000'000);
  player.act(fault("crash", "broker-3"));
  player.seek(sim::Instant{5'000'000});
  player.act(fault("pause", "broker-2"));
  undo(player);
  player.act(action(ActionKind::ReturnFromDetour));
  player.take_notices();
  redo(player);
  CHECK(refused(player));
  CHECK(player.session().hand_commands().empty());
}

TEST_CASE("each run has its own acts to give again") {
  LessonPlayer player(kFailover, 3'000'000);
  const auto detour_with = [&](const char* broker) {
    player.act(fault("crash", broker));
    player.seek(sim::Instant{5'000'000});
    player.act(fault("pause", "broker-2"));
    return player.runs().shown.id;
  };
  const auto acts = [&] {
    return player.session().hand_commands().size() + player.session().planned_commands().size();
  };
  const int first = detour_with("broker-3");
  player.act(action(ActionKind::ReturnFromDetour));
  const int second = detour_with("broker-1");
  for (const int run : {first, second}) {
    player.act(action(ActionKind::OpenBranch, run));
    undo(player);
    REQUIRE(acts() == 1);
  }
  for (const int run : {first, second}) {
    player.act(action(ActionKind::OpenBranch, run));
    redo(player);
    CHECK(player.runs().shown.id == run);
    CHECK(acts() == 2);
  }
}

TEST_CASE("beside a second world an act is given again in both, as it had been done in both") {
  LessonPlayer player(kFailover, 3'000'000);
  Action open = action(ActionKind::OpenTwin);
  open.verb = "seed";
  player.act(open);
  player.act(fault("crash", "broker-3"));
  const auto acts_there = [&] {
    const Run* twin = player.runs().beside();
    return twin == nullptr ? std::size_t{99} : twin->timeline.commands().size();
  };
  REQUIRE(acts_there() == 1);
  SUBCASE("the act that began the detour") {}
  SUBCASE("a later act") {
    player.seek(sim::Instant{5'000'000});
    player.act(fault("pause", "broker-2"));
    REQUIRE(acts_there() == 2);
  }
  const std::size_t acts = acts_there();
  const std::string here = hash_at(player, 9'000'000);
  const std::string there = player.runs().beside()->timeline.past(sim::Instant{9'000'000}).trace_hash();
  undo(player);
  CHECK(acts_there() == acts - 1);
  redo(player);
  CHECK(acts_there() == acts);
  CHECK(hash_at(player, 9'000'000) == here);
  CHECK(player.runs().beside()->timeline.past(sim::Instant{9'000'000}).trace_hash() == there);
}

TEST_CASE("Ctrl+Y and Ctrl+Shift+Z give the act again that Ctrl+Z has undone") {
  for (const bool shift : {false, true}) {
    PlayerWindow w("replication/leader-failover", 3'000'000, Layout::Lesson, 1280, 720);
    w.player.act(fault("crash", "broker-3"));
    w.player.play(false);
    w.frames();
    const auto down = [&] { return w.player.session().hand_commands().size() == 1; };
    REQUIRE(down());
    w.key(ui::kKeyZ, true);
    CHECK_FALSE(down());
    w.h.key(shift ? ui::kKeyZ : ui::kKeyY, true, shift);
    w.frames();
    CHECK(down());
    CHECK(w.player.lesson().detour.active);
  }
}
