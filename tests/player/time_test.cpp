// Moving in time: long seeks in slices, loops, going past the end.
#include <algorithm>
#include <cstdlib>

#include "app/redraw.h"
#include "player/helpers.h"
#include "player/window.h"
#include "protocol/messages_data.h"
#include "protocol/trace_code.h"
#include "ui/headless.h"
#include "ui/looks.h"

using namespace kafkascope;
using namespace kafkascope::app;

TEST_CASE("a long seek runs in slices, shows its progress, and can be cancelled") {
  const std::string text = text_of("replication/leader-failover");
  Player player(parse(text), "x", text);
  player.play(false);
  player.set_slice(std::chrono::microseconds(1));  // the smallest possible slice
  player.act(seek_to(40000000));
  CHECK(player.busy());
  CHECK(player.now().us < 40000000);
  ticks(player, 12);
  CHECK(player.time().busy);
  CHECK(player.time().progress > 0);
  CHECK(player.time().progress < 1);
  SUBCASE("it arrives") {
    for (int i = 0; i < 100000 && player.busy(); ++i) player.tick(16000);
    CHECK(player.now().us == 40000000);
    CHECK_FALSE(player.time().busy);
    scenario::Session fresh(parse(text));
    fresh.run_until(sim::Instant{40000000});
    CHECK(player.session().trace_hash() == fresh.trace_hash());
  }
  SUBCASE("it is cancelled, and the world stays at its moment") {
    player.act(action(ActionKind::CancelProgress));
    const sim::Instant at = player.now();
    CHECK_FALSE(player.busy());
    ticks(player, 5);
    CHECK(player.now() == at);
    CHECK_FALSE(player.playing());
  }
}

TEST_CASE("Next finds a step that waits for a change without blocking the window, and glides to it") {
  const std::string text = text_of("replication/leader-failover");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{11100000});
  player.set_slice(std::chrono::microseconds(1));
  player.act(action(ActionKind::NextStep));
  CHECK(player.busy());
  for (int i = 0; i < 100000 && player.busy(); ++i) player.tick(0);
  player.tick(16000);
  const ui::Glide glide = player.lesson().glide;
  CHECK(glide.active);
  CHECK(glide.headline.en == "2 s go by");
  CHECK(glide.headline.ko == "2초가 지나요");
  CHECK(glide.from_label.en == "(crash broker-1 at 5.000)");
  CHECK_FALSE(glide.to_label.empty());
  player.set_slice(std::chrono::microseconds(0));
  ticks(player, 130);  // 2 s of wall time
  CHECK(player.lesson().steps[6].done);
}

TEST_CASE("a range can be looped") {
  const std::string text = text_of("replication/leader-follower");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{1000000});
  Action loop = action(ActionKind::LoopRange);
  loop.time_us = 1000000;
  loop.time2_us = 1200000;
  player.act(loop);
  player.play(true);
  player.act(action(ActionKind::SetSpeed, 1000000));
  bool back = false;
  sim::Instant last = player.now();
  for (int i = 0; i < 60; ++i) {
    player.tick(16000);
    CHECK(player.now().us <= 1200000);
    back |= player.now() < last;
    last = player.now();
  }
  CHECK(back);
  CHECK(player.time().loop_to_us == 1200000);
  player.act(action(ActionKind::LoopRange));
  ticks(player, 60);
  CHECK(player.now().us > 1200000);
}

TEST_CASE("a loop that is started from outside its range jumps to the range and plays") {
  const std::string text = text_of("replication/leader-follower");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{5000000});
  Action loop = action(ActionKind::LoopRange);
  loop.time_us = 1000000;
  loop.time2_us = 1200000;
  player.act(loop);
  CHECK(player.now().us == 1000000);
  CHECK(player.playing());
  ticks(player, 5);
  CHECK(player.now().us > 1000000);
  CHECK(player.now().us <= 1200000);
}

TEST_CASE("after a seek back the event log has rows, even if those rows had been dropped") {
  const std::string text = text_of("replication/leader-failover");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{300'000'000});
  REQUIRE(player.log().entries.front().time_us > 10'000'000);  // only the latest are kept
  for (const std::int64_t at : {250'000'000, 30'000'000, 5'000'000}) {
    player.seek(sim::Instant{at});
    const auto& rows = player.log().entries;
    REQUIRE(rows.size() > 100);
    CHECK(rows.back().time_us <= at);
    CHECK(rows.back().time_us > at - 1'000'000);
    for (std::size_t i = 1; i < rows.size(); ++i) REQUIRE(rows[i - 1].seq < rows[i].seq);
  }
}

TEST_CASE("the run stops at its end, and continues past it when it is started again") {
  const std::string text = text_of("replication/leader-follower");
  Player player(parse(text), "x", text);
  player.seek(player.session().until());
  player.play(true);
  ticks(player, 3);
  CHECK_FALSE(player.playing());
  player.act(action(ActionKind::Run));
  player.act(action(ActionKind::SetSpeed, 1000000));
  ticks(player, 30);
  CHECK(player.playing());
  CHECK(player.now() > player.session().until());
}

TEST_CASE("the player jumps to the next and to the previous visible change") {
  const std::string text = text_of("replication/leader-failover");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{5100000});
  player.act(action(ActionKind::NextChange));
  CHECK(player.now().us > 13000000);  // no change is noticed before the session ends
  const sim::Instant fenced = player.now();
  player.act(action(ActionKind::NextChange));
  CHECK(player.now() >= fenced);
  player.act(action(ActionKind::PreviousChange));
  player.act(action(ActionKind::PreviousChange));
  CHECK(player.now() < fenced);
}

TEST_CASE("a search finds the next visible change to the microsecond, and acts have words in both languages") {
  const std::string text = text_of("replication/leader-failover");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{16500000});
  player.act(action(ActionKind::NextChange));
  CHECK(player.now().us == 20000000);  // broker-1 starts
  bool told = false;
  for (const ui::TimeMark& mark : player.time().marks)
    told |= mark.label.en == "crash broker-1" && mark.label.ko == "크래시: broker-1";
  CHECK(told);
}

TEST_CASE("the speed of event by event runs one event per frame") {
  const std::string text = text_of("replication/leader-follower");
  Player player(parse(text), "x", text);
  player.seek(sim::Instant{2000000});
  const std::uint64_t events = player.session().events();
  player.play(true);
  player.act(action(ActionKind::SetSpeed, 0));
  ticks(player, 10);
  CHECK(player.session().events() >= events + 9);
  CHECK(player.session().events() <= events + 10);
}

TEST_CASE("the offer to continue a lesson remains until any other action") {
  const std::string text = text_of("replication/leader-failover");
  Player player(parse(text), "x", text);
  player.offer_resume({true, 4, 9, 11000000});
  CHECK(player.lesson().resume.active);
  player.act(action(ActionKind::Resume));
  CHECK(player.now().us == 11000000);
  CHECK(player.lesson().step == 5);
  CHECK_FALSE(player.lesson().resume.active);
  player.offer_resume({true, 4, 9, 11000000});
  player.act(action(ActionKind::NextStep));
  CHECK_FALSE(player.lesson().resume.active);
}

TEST_CASE("the time of a step that waits for an event is found in advance, and the step comes at that time") {
  const std::string text = text_of(kFailover);
  Player player(parse(text), "x", text);
  player.set_slice(std::chrono::milliseconds(8));
  player.play(false);
  const auto foreseen = [&] {
    std::vector<std::pair<std::size_t, std::int64_t>> found;
    const auto& steps = player.lesson().steps;
    for (std::size_t i = 0; i < steps.size(); ++i)
      if (steps[i].at_us < 0) found.emplace_back(i, steps[i].foreseen_us);
    return found;
  };
  const auto before = foreseen();
  REQUIRE_FALSE(before.empty());
  CHECK(before[0].second == -1);
  for (int i = 0; i < 100000 && (i == 0 || player.looks_ahead()); ++i) player.tick(16'000);
  CHECK(player.now() == sim::Instant{0});  // the world itself is paused
  const auto after = foreseen();
  REQUIRE(after.size() == before.size());
  const auto& marks = player.time().marks;
  for (const auto& step : after) {
    REQUIRE(step.second > 0);
    CHECK(std::any_of(marks.begin(), marks.end(),
                      [&](const ui::TimeMark& m) { return m.foreseen && m.at_us == step.second; }));
  }
  player.seek(player.session().until());
  for (const auto& step : after) CHECK(player.lesson().steps[step.first].at_us == step.second);
  for (const ui::TimeMark& mark : player.time().marks) CHECK_FALSE(mark.foreseen);
}

TEST_CASE("a producer's requests a second times the records in each give the records that its brokers got") {
  const std::string text = text_of("partitions/null-key");
  Player player(parse(text), "x", text);
  const auto arrived = [&](std::int64_t us) {
    player.seek(sim::Instant{us});
    std::int64_t records = 0;
    for (const observe::Partition& part : player.snapshot().partitions)
      if (part.topic == "hits") records += part.log_end_offset;
    return records;
  };
  const std::int64_t before = arrived(25'000'000), records = arrived(26'000'000) - before;
  REQUIRE(player.snapshot().produce_rates.size() == 1);  // three brokers, one producer
  const observe::ProduceRate rate = player.snapshot().produce_rates[0];
  CAPTURE(records);
  CAPTURE(rate.requests_per_s);
  CAPTURE(rate.tenths_each);
  // The second may begin and end between two requests.
  CHECK(std::abs(rate.requests_per_s * rate.tenths_each / 10 - records) <= 2 * rate.tenths_each / 10 + 3);
}

TEST_CASE(
    "the rate of produce requests falls from a thousand per second to a sixth with linger.ms=5, and to twenty with batches of fifty") {
  const std::string text = text_of("why/batching");
  Player player(parse(text), "x", text);
  const auto produced = [&](std::int64_t us) {
    player.seek(sim::Instant{us});
    return player.session().observation().counters().requests[protocol::trace_code(protocol::api::Produce)];
  };
  const auto rate = [&](std::int64_t us) {
    player.seek(sim::Instant{us});
    const auto& all = player.snapshot().produce_rates;
    REQUIRE(all.size() == 1);
    return all[0];
  };
  for (const std::int64_t at : {2'500'000, 6'500'000, 10'500'000}) {
    const std::int64_t arrived = produced(at) - produced(at - 1'000'000);
    CHECK(rate(at).requests_per_s >= arrived - 2);
    CHECK(rate(at).requests_per_s <= arrived + 2);
  }
  CHECK(rate(2'500'000).tenths_each == 10);
  CHECK(rate(6'500'000).tenths_each >= 57);
  CHECK(rate(6'500'000).tenths_each <= 63);
  CHECK(rate(10'500'000).tenths_each >= 500);
  CHECK(rate(10'500'000).tenths_each <= 520);
  // On the route that the lesson points at.
  ui::Headless h;
  h.size(1280, 720);
  h.dashboard.set_layout(ui::Layout::Lesson);
  const auto said = [&](std::int64_t us, bool pointed) {
    player.seek(sim::Instant{us});
    h.world = player.snapshot();
    h.lesson = player.lesson();
    h.time = player.time();
    if (!pointed) h.lesson.view.point.clear();
    h.settle();
    for (const auto& piece : h.dashboard.diagnostics().pieces)
      if (piece.text.find(" requests/s ") != std::string::npos) return piece.text;
    return std::string();
  };
  CHECK(said(10'500'000, true).starts_with("linger-50: 20 requests/s · 5"));
  CHECK(said(10'500'000, false).empty());
  CHECK(said(2'500'000, true).ends_with(" requests/s · 1 record each"));
  CHECK(said(2'500'000, false).empty());  // five clients share routes here: only the indicated one is labelled
  player.seek(sim::Instant{12'500'000});  // no producer is sending
  CHECK(player.snapshot().produce_rates.empty());
}

namespace {

/// The window's loop without a window, for pictures that may change.
struct Loop {
  app::Redraw redraw;
  int drawn = 0, built = 0;
  void turn(std::uint64_t picture, bool input, bool idle = true) {
    const double nap = redraw.wait(idle);
    redraw.woke(!input && nap > 0);
    ++built;
    if (!redraw.draws(picture)) return;
    ++drawn;
    redraw.shown(picture);
  }
};

}  // namespace

TEST_CASE("a window whose picture does not change draws nothing, even if the mouse moves") {
  Loop loop;
  for (int i = 0; i < 100; ++i) loop.turn(7, false);
  CHECK(loop.drawn == 1);
  for (int i = 0; i < 100; ++i) loop.turn(7, true);
  CHECK(loop.drawn == 1);
  // While time runs, a frame that shows nothing new is not drawn either.
  for (int i = 0; i < 100; ++i) loop.turn(7, false, false);
  CHECK(loop.drawn == 1);
  // When the window is uncovered, it draws once.
  loop.redraw.forget();
  for (int i = 0; i < 10; ++i) loop.turn(7, false);
  CHECK(loop.drawn == 2);
}

TEST_CASE(
    "a frame without all its characters is not shown, and the next one follows at once, even in a sleeping window") {
  Loop loop;
  for (int i = 0; i < 20; ++i) loop.turn(7, false);
  CHECK(loop.redraw.wait(true) == app::Redraw::kNap);
  loop.redraw.woke(true);
  loop.redraw.incomplete();
  CHECK(loop.redraw.wait(true) == 0);
  loop.redraw.woke(false);
  CHECK(loop.redraw.draws(8));
}

TEST_CASE("an idle window sleeps; a change without input wakes it, and a motion is drawn frame by frame") {
  Loop loop;
  for (int i = 0; i < 20; ++i) loop.turn(7, false);
  CHECK(loop.redraw.wait(true) == app::Redraw::kNap);
  loop.redraw.woke(true);
  loop.built = loop.drawn = 0;
  for (int blink = 0; blink < 10; ++blink) {
    loop.turn(8 + static_cast<std::uint64_t>(blink) % 2, false);  // after a nap
    loop.turn(8 + static_cast<std::uint64_t>(blink) % 2, false);  // nothing moves
    CHECK(loop.redraw.wait(true) == app::Redraw::kNap);
    loop.redraw.woke(true);
  }
  CHECK(loop.drawn == 10);
  // Something that moves without input is drawn in every frame.
  for (std::uint64_t i = 0; i < 20; ++i) loop.turn(100 + i, false);
  CHECK(loop.redraw.wait(true) == 0);
  // Input is handled immediately.
  Loop asleep;
  for (int i = 0; i < 20; ++i) asleep.turn(7, false);
  asleep.turn(9, true);
  CHECK(asleep.drawn == 2);
  CHECK(asleep.redraw.wait(true) == 0);
}

TEST_CASE("the title of the next step does not stand at the time of an act before it") {
  PlayerWindow w("delivery/hanging-transaction", 1'000'000, Layout::Lesson, 1280, 720);
  w.player.play(true);
  for (int i = 0; i < 2000 && w.player.lesson().quiet_until_us < 0; ++i) w.player.tick(16000);
  w.player.act(action(ActionKind::PassSilence));
  w.player.tick(16000);
  const ui::Glide glide = w.player.lesson().glide;
  CAPTURE(w.player.lesson().quiet_until_us);
  REQUIRE(glide.active);
  CAPTURE(glide.to_us);
  REQUIRE(glide.to_us < 4'500'000);  // the transaction begins at 4 s, and the next step is told at 5 s
  CHECK(glide.to_label.empty());
}

TEST_CASE("in a detour the time that passes is told of the detour, not with the titles of the lesson's steps") {
  PlayerWindow w("replication/isr-shrink-expand", 22'000'000, Layout::Lesson, 1280, 720);
  w.player.act(fault("crash", "broker-2"));
  w.player.play(true);
  for (int i = 0; i < 20000 && !w.player.lesson().glide.active; ++i) w.player.tick(16000);
  REQUIRE(w.player.lesson().glide.active);
  const ui::Glide glide = w.player.lesson().glide;
  CHECK(glide.why.en == "Detour: you crashed broker-2");
  CHECK_FALSE(glide.why.ko.empty());
  CHECK(glide.to_label.empty());
  w.frames();
  CHECK(ui::shows(w.h, glide.headline.en));
  for (const auto& step : w.player.lesson().steps) {
    if (step.title.empty()) continue;
    const auto& pieces = w.h.dashboard.diagnostics().pieces;
    CHECK(std::none_of(pieces.begin(), pieces.end(), [&](const auto& piece) {
      return piece.box == std::string_view("glide") && piece.text.find(step.title.en) != std::string::npos;
    }));
  }
}
