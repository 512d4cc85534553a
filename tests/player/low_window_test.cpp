// A window of 1280x720: an open panel has room, a visible button enlarges it, text stays inside its frame, and the end of a lesson
// shows what to do next.
#include <algorithm>
#include <string>

#include "player/helpers.h"
#include "player/window.h"
#include "ui/keys.h"
#include "ui/looks.h"
#include "ui/shorten.h"

using namespace kafkascope;
using namespace kafkascope::app;
using namespace kafkascope::words::literals;
using ui::Lang;
using ui::Layout;
using ui::make_id;
using ui::Rect;

namespace {

Rect find(PlayerWindow& w, std::string_view name, std::uint64_t n = 0) {
  return w.h.dashboard.hits().find(make_id(name, n));
}

}  // namespace

TEST_CASE("in a low window an open panel has about 200 px, during a detour too") {
  for (const bool detour : {false, true}) {
    PlayerWindow w("replication/min-insync", 12'000'000, Layout::Workbench, 1280, 720);
    if (detour) w.player.act(fault("crash", "broker-3"));
    w.frames(4);
    REQUIRE(w.player.lesson().detour.active == detour);
    REQUIRE(w.click(make_id("tab", static_cast<std::uint64_t>(ui::Tab::Ledger))));
    CHECK(find(w, "ledger").h >= 195);
    ui::clean(w.h);
    w.key(ui::kKey1 + 4);
    REQUIRE(w.h.dashboard.state().tab == ui::Tab::Metrics);
    ui::clean(w.h);
  }
}

TEST_CASE("a visible button enlarges the panel, says so with its key, and restores it") {
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const Layout layout : {Layout::Workbench, Layout::Lesson}) {
      PlayerWindow w("replication/min-insync", 12'000'000, layout, 1280, 720);
      w.h.dashboard.set_language(lang);
      w.frames(4);
      for (const bool filled : {false, true}) {
        CHECK(w.h.dashboard.state().filled == filled);
        const Rect button = find(w, "fill");
        REQUIRE_FALSE(button.empty());
        for (const auto& piece : w.h.dashboard.diagnostics().pieces)
          CHECK_MESSAGE(!piece.rect.overlaps(button), piece.text);
        w.h.move(button.cx(), button.cy());
        for (int i = 0; i < 60; ++i) w.h.frame();
        CHECK(ui::says(w.h, lang == Lang::Ko ? (filled ? "원래 크기로 (F)" : "크게 보기 (F)")
                                             : (filled ? "Back to all panels (F)" : "Enlarge (F)")));
        REQUIRE(w.click(make_id("fill")));
      }
      CHECK_FALSE(w.h.dashboard.state().filled);
    }
}

TEST_CASE("in two worlds each replica's text is inside its chip") {
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const char* lesson : {"replication/min-insync", "producer/acks"}) {
      CAPTURE(lesson);
      PlayerWindow w(lesson, 12'000'000, Layout::Lesson, 1280, 720);
      w.h.dashboard.set_language(lang);
      w.player.act(lesson[0] == 'r' ? open_twin_setting("pay", "min.insync.replicas", "1")
                                    : open_twin_setting("acks-1", "acks", "all"));
      for (int i = 0; i < 2000 && !w.player.lesson().twin.ready; ++i) w.player.tick(0);
      w.frames(4);
      REQUIRE(w.twin().open);
      int texts = 0;
      const std::vector<Rect> chips = ui::marks(w.h, "replica chip");
      for (const auto& piece : w.h.dashboard.diagnostics().pieces)
        for (const Rect& chip : chips)
          if (chip.contains(piece.rect.cx(), piece.rect.cy())) {
            ++texts;
            CHECK_MESSAGE(chip.h >= 18, piece.text);
            CHECK_MESSAGE(piece.rect.y >= chip.y - .5f, piece.text);
            CHECK_MESSAGE(piece.rect.bottom() <= chip.bottom() + .5f, piece.text);
          }
      CHECK(texts >= 6);
    }
}

TEST_CASE("a world's name that is too long loses its middle, and keeps the value that tells the worlds apart") {
  const auto width = [](std::string_view s) { return static_cast<float>(s.size()); };
  CHECK(ui::lose_middle("acks = all", 10, width) == "acks = all");
  const std::string cut = ui::lose_middle("billing-1 max.poll.interval.ms = 300000", 30, width);
  CHECK(cut.size() <= 30);
  CHECK(cut.starts_with("billing-1 m"));
  CHECK(cut.ends_with("300000"));
  // A number before the dots could have lost digits.
  for (float room = 12; room < 38; ++room) {
    const std::string words = ui::lose_middle("take 8 ms instead of 2000: it keeps up", room, width);
    const std::size_t dots = words.find("…");
    REQUIRE(dots != std::string::npos);
    CHECK_MESSAGE(words.substr(0, dots).find_last_of("0123456789") + 1 != dots, words);
  }
  CHECK(ui::lose_middle("1234567890123456", 10, width).starts_with("1"));
}

TEST_CASE("at the end of a lesson in a low window what to try next is visible and can be clicked") {
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const Layout layout : {Layout::Lesson, Layout::Workbench}) {
      PlayerWindow w(kFailover, 0, layout, 1280, 720);
      w.h.dashboard.set_language(lang);
      play_to_end(w.player, 64000);
      w.frames(6);
      REQUIRE(w.player.lesson().end.active);
      const Rect next = find(w, "next"), first = find(w, "try", 0);
      REQUIRE_FALSE(first.empty());
      CHECK(first.bottom() <= next.y);
      w.h.click(first.cx() - 40, first.cy());
      CHECK(w.h.emitted(ActionKind::TryNext));
    }
}

TEST_CASE("a list that goes on below its panel has a scroll bar or says how many rows are left out") {
  struct Case {
    const char *lesson, *panel;
    ui::Tab tab;
    std::int64_t at_us;
  };
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const Case& c : {Case{"replication/leader-failover", "log", ui::Tab::Log, 14'000'000},
                          Case{"controller/zookeeper-failover", "controller", ui::Tab::Controller, 14'000'000},
                          Case{"controller/zookeeper-failover", "partitions", ui::Tab::Partitions, 14'000'000},
                          Case{"replication/leader-failover", "metrics", ui::Tab::Metrics, 14'000'000}}) {
      PlayerWindow w(c.lesson, c.at_us, Layout::Workbench, 1280, 720);
      w.h.dashboard.set_language(lang);
      w.h.dashboard.state().choose(c.tab);
      w.frames(3);
      CAPTURE(c.panel);
      CHECK(w.marks("scroll bar") >= 1);
      ui::clean(w.h);
    }
}

TEST_CASE("the inspector has a scroll bar where it goes on below") {
  PlayerWindow w("replication/leader-failover", 14'000'000, Layout::Workbench, 1280, 720);
  Action select = action(ActionKind::Select);
  select.target = "broker-2";
  w.player.act(select);
  w.h.dashboard.state().selection = "broker-2";
  w.h.dashboard.state().drawer = true;
  w.frames(3);
  const Rect inspector = find(w, "inspector");
  const std::vector<Rect> bars = ui::marks(w.h, "scroll bar");
  CHECK(std::any_of(bars.begin(), bars.end(), [&](const Rect& bar) { return bar.overlaps(inspector); }));
}

TEST_CASE("in a low window texts whose end matters are not cut") {
  struct Moment {
    const char* lesson;
    std::int64_t at_us;
    Lang lang;
    Layout layout;
    std::vector<const char*> whole;
  };
  const std::vector<const char*> records{"LeaderChangeMessage", "프로듀서 ID 2000 앞까지 broker-1 몫"};
  for (const Moment& moment :
       std::vector<Moment>{{"replication/leader-epoch", 12'000'000, Lang::En, Layout::Lesson, {"leader: broker-2?"}},
                           {"replication/leader-epoch", 12'000'000, Lang::Ko, Layout::Lesson, {"broker-2"}},
                           {"controller/kraft-failover", 8'400'000, Lang::Ko, Layout::Lesson, records},
                           {"controller/kraft-quorum-loss",
                            10'600'000,
                            Lang::Ko,
                            Layout::Lesson,
                            {"프로듀서 ID 1000 앞까지 broker-2 몫"}}}) {
    CAPTURE(moment.lesson);
    PlayerWindow w(moment.lesson, moment.at_us, moment.layout, 1280, 720);
    w.h.dashboard.set_language(moment.lang);
    w.frames();
    for (const char* words : moment.whole) CHECK_MESSAGE(ui::shows(w.h, words), words);
    ui::clean(w.h);
  }
  // Beside each of several partitions the whole name of its broker.
  PlayerWindow w("partitions/custom-partitioner", 6'000'000, Layout::Presenter, 1280, 720);
  for (const char* broker : {"broker-1", "broker-2", "broker-3"}) {
    const auto& pieces = w.h.dashboard.diagnostics().pieces;
    CHECK(std::count_if(pieces.begin(), pieces.end(), [&](const auto& piece) { return piece.text == broker; }) == 2);
  }
}

TEST_CASE("in a record's outcome the long name of a field is not cut beside a short value") {
  PlayerWindow w("replication/leader-failover", 5'000'000, Layout::Lesson, 1600, 900);
  Action record = action(ActionKind::SelectRecord);
  record.target = w.h.world.partitions.front().name;
  record.number = 0;
  w.player.act(record);
  w.frames();
  REQUIRE(w.h.log.record_open);
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    w.h.dashboard.set_language(lang);
    w.frames();
    CHECK(ui::shows(w.h, lang == Lang::En ? "producer id, epoch, sequence" : "프로듀서 ID, 에포크, 일련번호"));
  }
}

TEST_CASE("the comparison of two worlds says how many of its rows have no room") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    PlayerWindow two("controller/zookeeper-vs-kraft", 14'000'000, Layout::Lesson, 1280, 720);
    two.h.dashboard.set_language(lang);
    two.frames(4);
    CHECK(two.marks("rows left out") == 3);
    ui::clean(two.h);
  }
}

TEST_CASE("in a very low panel the ledger's counts are in columns with uncut words, and the rest can be scrolled to") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    PlayerWindow w("replication/leader-failover", 14'000'000, Layout::Workbench, 1280, 720);
    w.h.dashboard.set_language(lang);
    w.h.dashboard.state().splits[static_cast<std::size_t>(ui::Split::Stage)] = .9f;
    w.h.dashboard.state().choose(ui::Tab::Ledger);
    w.frames(3);
    const Rect panel = find(w, "ledger");
    REQUIRE(panel.h < 130);
    CHECK(w.marks("scroll bar") >= 1);
    const auto whole = [&] {
      std::vector<std::string> words;
      for (const auto& piece : w.h.dashboard.diagnostics().pieces)
        if (panel.contains(piece.rect.x + 1, piece.rect.cy())) words.push_back(piece.text);
      return words;
    };
    const auto has = [&](const std::string& text) {
      const auto all = whole();
      return std::find(all.begin(), all.end(), text) != all.end();
    };
    for (const words::Key key : {"fate.acked"_w, "fate.in_doubt"_w, "fate.delivered"_w})
      CHECK_MESSAGE(has(ui::tr(lang, key)), ui::tr(lang, key));
    w.h.move(panel.x + 60, panel.bottom() - 12);
    w.h.wheel(-20);
    w.frames(3);
    for (const words::Key key : {"fate.failed"_w, "fate.pending"_w, "fate.aborted_visible"_w})
      CHECK_MESSAGE(has(ui::tr(lang, key)), ui::tr(lang, key));
    ui::clean(w.h);
  }
}

TEST_CASE("where a partition's name does not fit it is shortened: its number alone would not say which topic it is") {
  const auto numbers_in = [](PlayerWindow& w, const Rect& place) {
    const auto& pieces = w.h.dashboard.diagnostics().pieces;
    return std::count_if(pieces.begin(), pieces.end(),
                         [&](const auto& piece) { return piece.text == "0" && piece.rect.overlaps(place); });
  };
  {
    PlayerWindow people("replication/rack-loss", 32'000'000, Layout::Presenter, 1280, 720);
    CHECK(numbers_in(people, {590, 160, 670, 145}) == 0);
  }
  PlayerWindow workers("groups/share-group", 12'000'000, Layout::Workbench, 1280, 720);
  int lines = 0;
  for (const auto& [place, what] : workers.h.dashboard.diagnostics().marks) {
    if (what != "position line") continue;
    CHECK(numbers_in(workers, place) == 0);
    ++lines;
  }
  CHECK(lines == 4);
}
