// In lessons: W asks about the red count in sight, a number that differs between two worlds has an answer, and the way to what nodes
// believe stands in the panel's head.
#include <optional>

#include "observe/model/fates.h"
#include "player/helpers.h"
#include "player/window.h"
#include "ui/keys.h"
#include "ui/looks.h"

using namespace kafkascope;
using namespace kafkascope::app;
using namespace kafkascope::words::literals;
using ui::Lang;
using ui::Layout;
using ui::make_id;

TEST_CASE("in lessons with a red count in sight W alone asks about that count") {
  for (const auto& [lesson, at, path] : {std::tuple{"delivery/at-least-once", 14'000'000, "/ledger/duplicated"},
                                         {"producer/acks", 30'500'000, "/ledger/lost_acked"}})
    for (const Lang lang : {Lang::En, Lang::Ko}) {
      const std::string name = lesson;
      CAPTURE(name);
      PlayerWindow w(lesson, at, Layout::Lesson, 1280, 720);
      w.h.dashboard.set_language(lang);
      w.frames();
      w.key(ui::kKeyW);
      REQUIRE(w.player.log().why.open);
      CHECK(w.player.log().why.path == path);
      CHECK(w.player.log().why.lines.size() > 1);
      clean(w.h);
    }
}

TEST_CASE("with nothing selected W says why a lesson's partition takes no records: both crashes and the setting") {
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const std::int64_t at : {20'000'000, 22'000'000}) {
      PlayerWindow w("replication/rack-loss", at, Layout::Lesson, 1280, 720);
      w.h.dashboard.set_language(lang);
      w.frames();
      w.key(ui::kKeyW);
      REQUIRE(w.player.log().why.open);
      std::string said;
      for (const ui::WhyLine& line : w.player.log().why.lines) said += lang == Lang::En ? line.words.en : line.words.ko;
      CAPTURE(said);
      for (const char* named : {"broker-1", "broker-2", "min.insync.replicas=2"})
        CHECK(said.find(named) != std::string::npos);
      CHECK(w.player.log().why.lines.size() <= 4);
      clean(w.h);
    }
}

TEST_CASE("a difference between two worlds is answered in the world that has more of it") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    PlayerWindow w("producer/acks", 29'000'000, Layout::Lesson, 1600, 900);
    w.h.dashboard.set_language(lang);
    Action open = action(ActionKind::OpenTwin);
    open.verb = "without";
    open.flag = true;
    open.time_us = 10'000'000;
    for (const auto& mark : w.player.time().marks)
      if (mark.kind == ui::MarkKind::Fault) {
        open.time_us = mark.at_us;
        break;
      }
    w.player.act(open);
    w.frames(6);
    REQUIRE(w.twin().ready);
    const auto& two = w.player.lesson().comparison;
    REQUIRE(two.ready);
    const std::int64_t more = two.changed.lost_acked - two.original.lost_acked;
    REQUIRE(more != 0);
    clean(w.h);
    const ui::Rect at = w.h.dashboard.hits().find(make_id("compared", ("fate.lost_acked"_w).hash));
    REQUIRE_FALSE(at.empty());
    w.h.click(at.right() - 12, at.cy());
    w.frames();
    const ui::WhyModel& why = w.player.log().why;
    REQUIRE(why.open);
    CHECK(why.path == "/ledger/lost_acked");
    CHECK(why.there == ((more > 0) != w.twin().shown_is_b));
    CHECK(why.lines.size() > 1);
    clean(w.h);
    // A number that has no answer is answered with why the two part.
    Action other = action(ActionKind::Why);
    other.text = "/no/such/number";
    other.other = ui::kWhyParting;
    w.player.act(other);
    w.frames();
    CHECK(w.player.log().why.path == ui::kWhyParting);
  }
}

TEST_CASE("a difference is answered with a record that has the fate in one world only, or with why the two part") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    PlayerWindow w("producer/acks", 29'000'000, Layout::Lesson, 1600, 900);
    w.h.dashboard.set_language(lang);
    w.player.act(open_twin_setting("acks-all", "acks", "1"));
    w.frames(6);
    REQUIRE(w.twin().ready);
    const auto& two = w.player.lesson().comparison;
    REQUIRE(two.ready);
    const auto click = [&](words::Key row) {
      const ui::Rect at = w.h.dashboard.hits().find(make_id("compared", row.hash));
      REQUIRE_FALSE(at.empty());
      w.h.click(at.right() - 12, at.cy());
      w.frames();
      REQUIRE(w.player.log().why.open);
      clean(w.h);
    };
    REQUIRE(two.changed.lost_acked - two.original.lost_acked == 7);
    click("fate.lost_acked"_w);
    const ui::WhyModel& why = w.player.log().why;
    CHECK(why.path.starts_with("/ledger/by_client/acks-all/lost_acked/acks-all/"));
    CHECK(why.there != w.twin().shown_is_b);
    CHECK(why.question.en.find("of acks-all lost") != std::string::npos);
    CHECK(why.question.ko.find("acks-all의 레코드") != std::string::npos);
    w.player.act(action(ActionKind::ClearChain));
    w.frames(6);
    REQUIRE(two.changed.acked > two.original.acked);
    click("fate.acked"_w);
    CHECK(w.player.log().why.path == ui::kWhyParting);
  }
}

TEST_CASE("with a warning in the panel's head there is room for the button of what nodes believe") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    PlayerWindow w("replication/all-brokers-down", 22'000'000, Layout::Lesson, 1280, 720);
    w.h.dashboard.set_language(lang);
    w.frames();
    CHECK(w.click(make_id("who believes what")));
    clean(w.h);
  }
}

TEST_CASE(
    "a difference of pending is answered with a record that is held up, or with why the two part if all are under way") {
  for (const auto& [at, path] : {std::pair{18'006'000, ui::kWhyParting}, {27'012'000, "/ledger/pending"}}) {
    PlayerWindow w("producer/acks", at, Layout::Lesson, 1600, 900);
    w.player.act(open_twin_setting("acks-all", "acks", "1"));
    w.frames(6);
    const auto& two = w.player.lesson().comparison;
    REQUIRE(two.original.pending > two.changed.pending);
    const ui::Rect row = w.h.dashboard.hits().find(make_id("compared", ("fate.pending"_w).hash));
    REQUIRE_FALSE(row.empty());
    w.h.click(row.right() - 12, row.cy());
    w.frames();
    CHECK(w.player.log().why.path == path);
  }
}

TEST_CASE("with two worlds W about a producer's count tells of the difference in the world that has more") {
  PlayerWindow w("producer/acks", 29'000'000, Layout::Workbench, 1600, 900);
  w.player.act(open_twin_setting("acks-all", "acks", "1"));
  w.frames(6);
  REQUIRE(w.twin().ready);
  w.h.dashboard.state().choose(ui::Tab::Ledger);
  w.frames();
  std::size_t column = 0;
  for (; w.player.log().fate_client != "acks-all"; ++column) REQUIRE(w.click(make_id("lost_acked", column)));
  w.key(ui::kKeyW);
  const ui::WhyModel& why = w.player.log().why;
  REQUIRE(why.open);
  CHECK(why.path.starts_with("/ledger/by_client/acks-all/lost_acked"));
  CHECK(why.there != w.twin().shown_is_b);
  CHECK(why.question.en.find("of acks-all lost") != std::string::npos);
  clean(w.h);
}

TEST_CASE("a difference in Compare is asked about without a second world, too, in the run that has more of it") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    PlayerWindow w("replication/rack-loss", 20'000'000, Layout::Workbench, 1600, 900);
    w.h.dashboard.set_language(lang);
    w.player.act(action(ActionKind::TryNext, 0));
    w.player.seek(sim::Instant{20'000'000});
    w.h.dashboard.state().choose(ui::Tab::Compare);
    const auto& two = w.player.lesson().comparison;
    for (int i = 0; i < 2000 && !two.ready; ++i) w.frames(1);
    REQUIRE(two.ready);
    REQUIRE_FALSE(w.twin().open);
    const auto ask = [&](words::Key row) -> const ui::WhyModel& {
      w.player.act(action(ActionKind::ClearChain));
      w.h.dashboard.state().choose(ui::Tab::Compare);
      w.frames();
      const ui::Rect at = w.h.dashboard.hits().find(make_id("compared", row.hash));
      REQUIRE_FALSE(at.empty());
      w.h.click(at.right() - 12, at.cy());
      w.frames();
      return w.player.log().why;
    };
    REQUIRE(two.original.pending > two.changed.pending);
    const ui::WhyModel& pending = ask("fate.pending"_w);
    CHECK(pending.path == "/ledger/pending");
    CHECK(pending.there == two.shows_changed);
    CHECK(pending.question.en == "Why is record 60 of p-huddled not acknowledged yet? (original)");
    CHECK(pending.question.ko.ends_with("(원래)"));
    REQUIRE(two.changed.acked > two.original.acked);
    const ui::WhyModel& parting = ask("fate.acked"_w);
    CHECK(parting.path == ui::kWhyParting);
    CHECK(parting.question.en.ends_with("(A: original, B: with the change)"));
    clean(w.h);
  }
}

TEST_CASE("a click on a number that is the same in both worlds says so and chooses it, and Esc leaves that first") {
  PlayerWindow w("producer/acks", 29'000'000, Layout::Lesson, 1600, 900);
  w.player.act(open_twin_setting("acks-all", "acks", "1"));
  w.frames(6);
  const auto& two = w.player.lesson().comparison;
  REQUIRE(two.original.duplicated == two.changed.duplicated);
  REQUIRE(w.click(make_id("compared", ("fate.duplicated"_w).hash)));
  REQUIRE_FALSE(w.h.dashboard.state().toasts.empty());
  CHECK(w.h.dashboard.state().toasts.back().notice.words.en == "The same in both");
  CHECK_FALSE(w.player.log().why.open);
  w.key(ui::kKeyW);
  CHECK(w.player.log().why.path == "/ledger/duplicated");
  for (const bool open : {true, true, false}) {  // the answer, the chosen number, the comparison
    w.key(ui::kKeyEscape);
    CHECK(w.twin().open == open);
  }
}

TEST_CASE("after a click on a partition's ISR W asks about the ISR again, not about the next question") {
  for (const Layout layout : {Layout::Lesson, Layout::Workbench}) {
    PlayerWindow w("replication/isr-shrink-expand", 22'000'000, layout, 1600, 900);
    if (layout == Layout::Workbench) w.h.dashboard.state().choose(ui::Tab::Partitions);
    w.frames();
    REQUIRE((w.click(make_id("isr plate")) || w.click(make_id("isr orders-0"))));
    for (int i = 0; i < 2; ++i) {
      CHECK(w.player.log().why.path == "/partitions/orders-0/isr");
      w.key(ui::kKeyW);
    }
    clean(w.h);
  }
}

namespace {

ui::Words last_about_two(PlayerWindow& w) {
  Action why = action(ActionKind::Why);
  why.text = ui::kWhyParting;
  w.player.act(why);
  w.frames();
  REQUIRE(w.player.log().why.open);
  CHECK(w.player.log().why.lines.size() <= 4);
  clean(w.h);
  return w.player.log().why.lines.back().words;
}

}  // namespace

TEST_CASE("Why? about two worlds says of a difference in what has become of records when it is over, if it passes") {
  PlayerWindow w("replication/leader-failover", 14'000'000, Layout::Lesson, 1600, 900);
  w.player.act(open_twin_setting("shop", "acks", "1"));
  w.frames(6);
  REQUIRE(w.twin().ready);
  REQUIRE(w.player.lesson().comparison.original.acked != w.player.lesson().comparison.changed.acked);
  const ui::Words passes = last_about_two(w);
  CAPTURE(passes.en);
  const std::string again = "but that passes: at ";
  const std::size_t at = passes.en.find(again);
  REQUIRE(at != std::string::npos);
  CHECK(passes.ko.find("다시 같아져요") != std::string::npos);
  const std::int64_t second = std::stoll(passes.en.substr(at + again.size()));
  w.player.seek(sim::Instant{second * 1'000'000});
  w.frames(6);
  REQUIRE(w.player.lesson().comparison.ready);
  CHECK(observe::first_differing_fates(w.player.lesson().comparison.original, w.player.lesson().comparison.changed)
            .en.empty());
  CHECK(last_about_two(w).en.find("What has become of records") == std::string::npos);
}

TEST_CASE("Why? about two worlds says that records which are lost in one of them stay lost to the end") {
  PlayerWindow lasting("producer/acks", 29'000'000, Layout::Lesson, 1600, 900);
  lasting.player.act(open_twin_setting("acks-all", "acks", "1"));
  lasting.frames(6);
  REQUIRE(lasting.player.lesson().comparison.original.lost_acked !=
          lasting.player.lesson().comparison.changed.lost_acked);
  const ui::Words stays = last_about_two(lasting);
  CAPTURE(stays.en);
  CHECK(stays.en.find("and still does at") != std::string::npos);
  CHECK(stays.en.find("the end of both runs") != std::string::npos);
}

TEST_CASE("Why? about two worlds answers at once and says how far it looks ahead; Esc stops that") {
  // At 3 s, before the fault that the other world leaves out, nothing differs yet: the first difference is looked for.
  enum class Then { ToTheEnd, Esc, AnotherMoment, AnotherWorld };
  for (const auto& [at, then] :
       {std::pair{3'000'000, Then::ToTheEnd}, std::pair{3'000'000, Then::Esc}, std::pair{14'000'000, Then::ToTheEnd},
        std::pair{14'000'000, Then::Esc}, std::pair{14'000'000, Then::AnotherMoment},
        std::pair{14'000'000, Then::AnotherWorld}}) {
    const std::int64_t asked_at = at;
    CAPTURE(asked_at);
    const bool parted = at > 10'000'000;
    PlayerWindow w("replication/leader-failover", 14'000'000, Layout::Lesson, 1600, 900);
    Action other = open_twin_setting("shop", "acks", "1");
    if (!parted) {
      other = open_twin("without");
      for (const auto& mark : w.player.time().marks)
        if (mark.kind == ui::MarkKind::Fault && other.time_us == 0) other.time_us = mark.at_us;
    }
    w.player.act(other);
    w.frames(6);
    w.player.seek(sim::Instant{at});
    w.frames(6);
    REQUIRE(w.twin().ready);
    const auto lines = [&] {
      std::vector<std::string> all;
      for (const ui::WhyLine& line : w.player.log().why.lines) all.push_back(line.words.en);
      return all;
    };
    last_about_two(w);
    const std::vector<std::string> whole = lines();
    CHECK_FALSE(w.player.looks_ahead());
    w.player.act(action(ActionKind::ClearChain));
    Action why = action(ActionKind::Why);
    why.text = ui::kWhyParting;
    w.player.set_slice(std::chrono::microseconds(1));
    w.player.act(why);
    CHECK(w.player.looks_ahead());
    REQUIRE(w.player.log().why.open);
    const std::string first = lines().back();
    CHECK(first.find(parted ? "What becomes of the records later is being worked out"
                            : "The first difference is being looked for") != std::string::npos);
    CHECK(first.find(" s so far. Esc stops that") != std::string::npos);
    CHECK(lines().size() <= 4);
    w.frames(25);
    CHECK(w.player.looks_ahead());
    CHECK(lines().back() != first);
    clean(w.h);
    if (then == Then::ToTheEnd) {
      w.player.set_slice({});
      w.frames();
      CHECK(lines() == whole);
    } else if (then ==
               Then::AnotherWorld) {  // an answer about another setting does not stay with a sentence that works on
      Action turn = action(ActionKind::TurnTwin);
      REQUIRE(w.twin().stops.size() > 1);
      turn.number = w.twin().stop == 0 ? 1 : 0;
      w.player.act(turn);
      w.frames();
      CHECK_FALSE(w.player.log().why.open);
    } else if (then == Then::Esc) {
      w.key(ui::kKeyEscape);
      w.frames();
      CHECK_FALSE(w.player.log().why.open);
    } else {
      w.player.set_slice({});
      w.player.act(action(ActionKind::StepEvent));
      w.frames();
      CHECK(lines().back() == "What comes later has not been worked out, because time has moved on");
    }
    CHECK_FALSE(w.player.looks_ahead());
  }
}

namespace {

/// Moves the pointer to a line of the stage, and returns where that is; nullopt: there is none.
std::optional<ui::Point> to_a_line(PlayerWindow& w) {
  const ui::Rect stage = w.h.dashboard.hits().find(make_id("stage")),
                 in = stage.empty() ? w.h.dashboard.hits().find(make_id("presenter ground")) : stage;
  for (float x = in.x + in.w * .3f; x < in.right() - 60; x += in.w * .1f)
    for (float y = in.y + 40; y < in.bottom() - 40; y += 4) {
      w.h.move(x, y);
      w.frames(1);
      if (w.h.dashboard.state().why_here.path.starts_with("/links/")) return ui::Point{x, y};
    }
  return std::nullopt;
}

}  // namespace

TEST_CASE("with the pointer on a line W and the menu's Why? ask about the link between its ends") {
  for (const Layout layout : {Layout::Lesson, Layout::Workbench, Layout::Presenter}) {
    CAPTURE(static_cast<int>(layout));
    PlayerWindow w("producer/acks", 5'000'000, layout, 1600, 900);
    w.player.act(action(ActionKind::Pause));
    w.h.dashboard.set_language(Lang::En);
    w.frames();
    const std::optional<ui::Point> at = to_a_line(w);
    REQUIRE(at.has_value());
    const std::string link = w.h.dashboard.state().why_here.path;
    w.key(ui::kKeyW);
    REQUIRE(w.player.log().why.open);
    CHECK(w.player.log().why.path == link);
    w.player.act(action(ActionKind::ClearChain));
    w.frames();
    w.h.click(at->x, at->y, true);
    w.frames();
    REQUIRE(w.h.dashboard.state().menu.open);
    CHECK("/links/" + w.h.dashboard.state().menu.target + "/" + w.h.dashboard.state().menu.other == link);
    REQUIRE(w.click(make_id("menu item", ("ui.why"_w).hash)));
    REQUIRE(w.player.log().why.open);
    CHECK(w.player.log().why.path == link);
  }
}

TEST_CASE("in two worlds W asks about the link under the pointer or clicked, in the world where it is drawn") {
  for (const Layout layout : {Layout::Workbench, Layout::Presenter}) {
    CAPTURE(static_cast<int>(layout));
    PlayerWindow w("producer/acks", 5'000'000, layout, 1600, 900);
    w.player.act(action(ActionKind::Pause));
    w.player.act(open_twin_setting("acks-all", "acks", "1"));
    w.frames(6);
    REQUIRE(w.twin().ready);
    for (const char* kind : {"data line", "control line"}) {
      CAPTURE(kind);
      int asked_here = 0, asked_there = 0;
      for (const ui::Rect& line : ui::marks(w.h, kind)) {
        const bool there = line.cx() > ui::marks(w.h, "presenter stage").at(1).x;
        if ((there ? asked_there : asked_here) > 0) continue;
        w.h.move(line.cx(), line.cy());
        w.frames(2);
        const std::string link = w.h.dashboard.state().why_here.path;
        if (!link.starts_with("/links/")) continue;  // a card covers the line's middle
        for (const bool clicked : {false, true}) {
          if (clicked) w.h.click(line.cx(), line.cy()), w.frames(), w.h.move(1, 1), w.frames();
          w.key(ui::kKeyW);
          REQUIRE(w.player.log().why.open);
          CHECK(w.player.log().why.path == link);
          CHECK(w.player.log().why.question.en.ends_with("(in world B)") == there);
          w.player.act(action(ActionKind::ClearChain));
          w.frames();
        }
        ++(there ? asked_there : asked_here);
      }
      CHECK(asked_here == 1);
      CHECK(asked_there == 1);
    }
  }
}

TEST_CASE("in front of people W asks about a controller's link to a broker") {
  PlayerWindow w("producer/acks", 5'000'000, Layout::Presenter, 1600, 900);
  w.player.act(action(ActionKind::Pause));
  w.frames();
  const std::vector<ui::Rect> lines = ui::marks(w.h, "control line");
  REQUIRE_FALSE(lines.empty());
  w.h.move(lines.back().cx(), lines.back().cy());
  w.frames();
  CHECK(w.h.dashboard.state().why_here.path.starts_with("/links/controller-1/broker-"));
  const std::string link = w.h.dashboard.state().why_here.path;
  w.key(ui::kKeyW);
  REQUIRE(w.player.log().why.open);
  CHECK(w.player.log().why.path == link);
}

TEST_CASE("Esc on an answer keeps the list of records from which the question came, and the record's card") {
  PlayerWindow w("producer/acks", 29'000'000, Layout::Workbench, 1600, 900);
  Action list = action(ActionKind::SelectFate);
  list.text = "lost_acked";
  w.player.act(list);
  w.frames();
  const std::size_t records = w.player.log().fate_records.size();
  REQUIRE(records > 1);
  w.h.dashboard.state().choose(ui::Tab::Ledger);
  w.frames();
  REQUIRE(w.click(make_id("record", 0)));
  REQUIRE(w.player.log().record_open);
  w.key(ui::kKeyW);
  REQUIRE(w.player.log().why.open);
  w.key(ui::kKeyEscape);
  CHECK_FALSE(w.player.log().why.open);
  CHECK(w.player.log().record_open);
  CHECK(w.player.log().fate_records.size() == records);
  w.key(ui::kKeyEscape);
  CHECK_FALSE(w.player.log().record_open);
  CHECK(w.player.log().fate_records.size() == records);
  REQUIRE(w.click(make_id("record", 1)));  // the next one is in sight
  CHECK(w.player.log().record_open);
  // The card's own button closes the card, not the answer.
  w.key(ui::kKeyW);
  REQUIRE(w.click(make_id("close record")));
  CHECK_FALSE(w.player.log().record_open);
  CHECK(w.player.log().why.open);
}

TEST_CASE("a sentence of Why? about the present selects what it is about; of a topic its first partition") {
  PlayerWindow w("producer/options", 44'000'000, Layout::Workbench, 1600, 900);
  for (const auto& [path, target] : {std::pair{"/ledger/failed", "broker-1"},
                                     {"/topics/orders/config/min.insync.replicas", "orders-0"},
                                     {"/ledger/aborted_visible", "controller-1"}}) {
    Action why = action(ActionKind::Why);
    why.text = path;
    CAPTURE(why.text);
    w.player.act(why);
    w.frames();
    REQUIRE(w.player.log().why.open);
    const ui::WhyLine& last = w.player.log().why.lines.back();
    CAPTURE(last.words.en);
    CHECK(last.seq == 0);
    CHECK(last.target == target);
    w.h.dashboard.state().selection.clear();
    const ui::Rect row = w.h.dashboard.hits().find(make_id("why line", w.player.log().why.lines.size() - 1));
    REQUIRE_FALSE(row.empty());
    w.h.click(row.x + 6, row.y + row.h / 2);  // before the words: a term in them is a link of its own
    w.frames();
    CHECK(w.h.dashboard.state().selection == target);
  }
}
