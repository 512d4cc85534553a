// What panels say in full, and what in them the lesson points at: heads of the ledger's columns, exceptions on cards,
// rows of the inspector, segments.
// How a broker that only believes to be the controller is shown, and the znodes that its session has lost.
#include <algorithm>
#include <string_view>

#include "player/window.h"
#include "ui/looks.h"

using namespace kafkascope;
using namespace kafkascope::app;
using namespace kafkascope::words::literals;
using ui::Layout;

namespace {

bool shows_whole(ui::Headless& h, std::string_view text, std::string_view box) {
  const auto& pieces = h.dashboard.diagnostics().pieces;
  return std::any_of(pieces.begin(), pieces.end(),
                     [&](const auto& piece) { return piece.box == box && piece.text == text; });
}

struct InLanguage : PlayerWindow {
  InLanguage(const char* lesson, std::int64_t at_us, Layout layout, ui::Lang lang)
      : PlayerWindow(lesson, at_us, layout, 1280, 720) {
    h.dashboard.set_language(lang);
    frames();
  }
};

}  // namespace

TEST_CASE("in a small window the heads of the ledger's columns are whole") {
  for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko}) {
    {
      InLanguage groups("consumer/manual-commit", 17'311'000, Layout::Lesson, lang);
      for (const char* name : {"pay-async", "pay-first", "pay-never", "pay-sync"})
        CHECK_MESSAGE(shows_whole(groups.h, name, "ledger"), std::string(name));
      ui::clean(groups.h);
    }
    InLanguage producers("producer/options", 29'001'000, Layout::Lesson, lang);
    for (const char* name : {"shop", "small-buffer", "big-record", "deadline-6s"})
      CHECK_MESSAGE(shows_whole(producers.h, name, "ledger"), std::string(name));
    ui::clean(producers.h);
  }
}

TEST_CASE("a card shows the whole name of an exception, in two lines if one is too short") {
  struct Case {
    const char* lesson;
    std::int64_t at_us;
    std::pair<const char*, const char*> lines;
  };
  for (const Case& c : {Case{"producer/options", 8'251'000, {"BufferExhausted", "Exception"}},
                        Case{"consumer/max-poll-interval", 23'100'000, {"CommitFailed", "Exception"}},
                        Case{"groups/rebalance-cooperative", 18'400'000, {"RebalanceIn", "ProgressException"}}}) {
    CAPTURE(c.lesson);
    InLanguage picture(c.lesson, c.at_us, Layout::Lesson, ui::Lang::En);
    CHECK(shows_whole(picture.h, c.lines.first, "client card"));
    CHECK(shows_whole(picture.h, c.lines.second, "client card"));
    ui::clean(picture.h);
  }
}

TEST_CASE("in front of people a card of one line has a warning sign if an exception reached its application") {
  {
    InLanguage members("groups/rebalance-cooperative", 18'400'000, Layout::Presenter, ui::Lang::En);
    CHECK(members.marks("warned") == 3);
    ui::clean(members.h);
  }
  InLanguage producers("producer/options", 8'251'000, Layout::Presenter, ui::Lang::En);
  CHECK(producers.marks("warned") == 1);
}

TEST_CASE("the digits of a producer's waiting records stand inside their box, on a small stage too") {
  constexpr float kAbove = .78f, kHeight = .98f, kDigit = .7f;  // of an em: of a text's rectangle, and of a digit
  for (const auto& [lesson, at_us] : {std::pair{"operations/scale-out", std::int64_t{30'654'000}},
                                      std::pair{"producer/options", std::int64_t{8'251'000}}}) {
    InLanguage picture(lesson, at_us, Layout::Lesson, ui::Lang::En);
    int numbers = 0;
    std::vector<ui::Rect> boxes = ui::marks(picture.h, "open batch");
    const std::vector<ui::Rect> whole = ui::marks(picture.h, "all batches");
    boxes.insert(boxes.end(), whole.begin(), whole.end());
    for (const ui::Rect& box : boxes)
      for (const auto& piece : picture.h.dashboard.diagnostics().pieces) {
        if (!box.contains(piece.rect.cx(), piece.rect.cy())) continue;
        const float em = piece.rect.h / kHeight, line = piece.rect.y + kAbove * em;
        CHECK(line <= box.bottom());
        CHECK(line - kDigit * em >= box.y);
        ++numbers;
      }
    CHECK(numbers > 0);
  }
}

TEST_CASE("what the lesson points at in the inspector has a ring there, beside the one on the stage") {
  for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko}) {
    {
      InLanguage beliefs("log/bootstrap", 76'000, Layout::Lesson, lang);
      CHECK(beliefs.marks("pointed /clients/shop/belief") == 2);
      ui::clean(beliefs.h);
    }
    const std::string epoch = ui::tr(lang, "ui.field_broker_epoch"_w);
    {
      InLanguage row("controller/controller-duties", 24'196'000, Layout::Lesson, lang);
      CHECK(row.marks("pointed /nodes/broker-2/broker_epoch") == 2);
      const auto& pieces = row.h.dashboard.diagnostics().pieces;
      const std::vector<ui::Rect> rings = ui::marks(row.h, "pointed /nodes/broker-2/broker_epoch");
      CHECK(std::any_of(pieces.begin(), pieces.end(), [&](const auto& piece) {
        return piece.text == epoch && piece.box == "inspector" &&
               std::any_of(rings.begin(), rings.end(),
                           [&](const auto& r) { return r.contains(piece.rect.cx(), piece.rect.cy()); });
      }));
    }
  }
}

TEST_CASE("an error's count that the lesson points at has a ring in the inspector") {
  InLanguage picture("consumer/consumer-options", 26'300'000, Layout::Lesson, ui::Lang::En);
  const std::string path = "/clients/session-5s/errors/INVALID_SESSION_TIMEOUT";
  CHECK(picture.marks("pointed " + path) == 2);
}

TEST_CASE(
    "the brackets under a log say which segment is closed and which is active, unless something else stands there") {
  for (const Layout layout : {Layout::Lesson, Layout::Workbench})
    for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko}) {
      InLanguage picture("log/compaction", 5'520'000, layout, lang);
      CHECK(ui::shows(picture.h, ui::tr(lang, "ui.segment_closed"_w)));
      CHECK(ui::shows(picture.h, ui::tr(lang, "ui.segment_active"_w)));
      ui::clean(picture.h);
      picture.player.seek(sim::Instant{1'000'000});  // one segment
      picture.frames();
      CHECK_FALSE(ui::shows(picture.h, ui::tr(lang, "ui.segment_active"_w)));
    }
}

TEST_CASE("in front of people a broker that only believes to be the controller says so, or that it is the old one") {
  PlayerWindow w("controller/session-expiry", 29'200'000, Layout::Presenter, 1280, 720);
  for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko}) {
    w.h.dashboard.set_language(lang);
    w.frames();
    const bool en = lang == ui::Lang::En;
    CHECK((ui::shows(w.h, en ? "believes it is the controller" : "컨트롤러라고 믿음") ||
           ui::shows(w.h, en ? "old controller" : "옛 컨트롤러")));
    ui::clean(w.h);
  }
}

TEST_CASE("a deleted znode is shown with its whole path") {
  PlayerWindow w("controller/session-expiry", 24'600'000, Layout::Lesson, 1280, 720);
  CHECK(ui::shows(w.h, "/brokers/ids/1"));
}

TEST_CASE("the legend of the strips explains hatched and filled cells beside records that the power took") {
  for (const ui::Lang lang : {ui::Lang::En, ui::Lang::Ko}) {
    InLanguage picture("replication/rack-loss", 25'000'000, Layout::Lesson, lang);
    for (const auto words : {"ui.key_lost"_w, "ui.key_hatched"_w, "ui.key_filled"_w})
      CHECK(ui::shows(picture.h, ui::tr(lang, words)));
    ui::clean(picture.h);
  }
}

TEST_CASE("in front of people the bar of leaders names nobody whose stretch is too short to be seen") {
  InLanguage picture("replication/rack-loss", 25'000'000, Layout::Presenter, ui::Lang::En);
  const auto named = [&](const char* broker) {
    return ui::shows(picture.h, ui::tr(ui::Lang::En, "ui.leads"_w, {{"broker", broker}}));
  };
  CHECK(named("broker-1"));
  CHECK_FALSE(named("broker-2"));
  CHECK(named("broker-3"));
}

TEST_CASE("the list of members says which one leads the group, whose name is bold") {
  InLanguage picture("groups/rebalance-eager", 24'000'000, Layout::Lesson, ui::Lang::En);
  CHECK(ui::shows(picture.h, ui::tr(ui::Lang::En, "ui.member_leads"_w)));
  ui::clean(picture.h);
}

TEST_CASE("in front of people a consumer's partitions in a row are said as a range, in words") {
  InLanguage picture("controller/kraft-quorum-loss", 20'000'000, Layout::Presenter, ui::Lang::En);
  CHECK(ui::shows(picture.h, "orders-0 to 2"));
}

TEST_CASE("a ring around a group's frame does not repeat the group's name") {
  InLanguage picture("groups/rebalance-cooperative", 18'400'000, Layout::Lesson, ui::Lang::En);
  CHECK(picture.marks("stage ring") == 1);
  const auto& cards = picture.h.dashboard.diagnostics().cards;
  CHECK(std::none_of(cards.begin(), cards.end(), [](const auto& card) { return card.second == "label"; }));
}
