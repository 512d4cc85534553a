// Rows, heads of columns and words are whole: none is cut by an edge or struck through by a line.

#include "app/lesson_flow.h"
#include "player/helpers.h"
#include "player/window.h"
#include "ui/looks.h"

using namespace kafkascope;
using namespace kafkascope::app;
using ui::Lang;
using ui::Layout;

namespace {

struct LongList {
  const char* lesson;
  std::int64_t at_us;
  Layout layout;
  float w, h;
  const char* box;  // of the list
};

constexpr LongList kLongLists[] = {
    {"controller/zookeeper-roles", 32'655'000, Layout::Lesson, 1280, 720, "znodes"},
    {"controller/zookeeper-roles", 32'655'000, Layout::Presenter, 1920, 1080, "znodes"},
    {"controller/zookeeper-roles", 32'655'000, Layout::Workbench, 1600, 900, "znodes"},
    {"delivery/at-most-once", 8'200'000, Layout::Lesson, 1280, 720, "ledger counts"},
    {"groups/rebalance-cooperative", 19'501'000, Layout::Lesson, 1280, 720, "groups"},
    {"groups/rebalance-cooperative", 19'501'000, Layout::Workbench, 1280, 720, "groups"},
    {"partitions/how-many", 14'000'000, Layout::Lesson, 1280, 720, "groups"},
    {"operations/what-the-graphs-show", 20'000'000, Layout::Workbench, 1280, 720, "metrics"},
    {"operations/hot-partition", 44'050'000, Layout::Workbench, 1280, 720, "partitions"},
};

}  // namespace

TEST_CASE("a list that is longer than its panel shows only whole rows, and a bar that there are more") {
  for (const LongList& list : kLongLists)
    for (const Lang lang : {Lang::En, Lang::Ko}) {
      CAPTURE(list.lesson);
      CAPTURE(static_cast<int>(list.layout));
      PlayerWindow w(list.lesson, list.at_us, list.layout, list.w, list.h);
      w.h.dashboard.set_language(lang);
      w.frames();
      const ui::Diagnostics& seen = w.h.dashboard.diagnostics();
      const auto in_list = [&](const auto& piece) { return piece.box == list.box; };
      if (std::string_view(list.box) != "partitions")  // whose words are in the strips' boxes, too
        CHECK(std::any_of(seen.pieces.begin(), seen.pieces.end(), in_list));
      for (const std::string& words : seen.begun)
        CHECK_MESSAGE(!words.starts_with(std::string(list.box) + ": "), words);
      if (lang == Lang::En) CHECK(w.marks("scroll bar") >= 1);
    }
}

TEST_CASE("the partitions' panel is scrolled by whole rows, and the chosen partition comes into sight") {
  PlayerWindow w("operations/hot-partition", 44'050'000, Layout::Workbench, 1280, 720);
  w.h.dashboard.set_language(Lang::En);
  w.h.dashboard.state().tab = ui::Tab::Partitions;
  w.h.dashboard.state().tab_chosen = true;
  const auto names = [&] {
    w.frames();
    std::vector<std::string> shown;
    for (const auto& piece : w.h.dashboard.diagnostics().pieces)
      if (piece.box == std::string("partitions") && piece.text.starts_with("views-")) shown.push_back(piece.text);
    return shown;
  };
  const auto shows_name = [&](const char* name) {
    const auto shown = names();
    return std::find(shown.begin(), shown.end(), name) != shown.end();
  };
  w.h.dashboard.state().selection = "views-11";
  CHECK(shows_name("views-11"));
  CHECK_FALSE(shows_name("views-0"));
  w.h.dashboard.state().selection = "views-0";
  CHECK(shows_name("views-0"));
  const ui::Rect panel = w.h.dashboard.hits().find(ui::make_id("partitions panel"));
  REQUIRE_FALSE(panel.empty());
  w.h.move(panel.cx(), panel.cy());
  w.h.wheel(-1);
  CHECK_FALSE(shows_name("views-0"));
  CHECK(shows_name("views-4"));  // of the next row
  for (const std::string& words : w.h.dashboard.diagnostics().begun) CHECK_FALSE(words.starts_with("partitions: "));
}

TEST_CASE(
    "in front of people the words on a client's card keep off its frame, and a group's cells are as high as their numbers") {
  struct Presented {
    const char *lesson, *client;
    std::int64_t at_us;
  };
  constexpr std::pair<float, float> kSizes[] = {{1280, 720}, {1600, 900}, {1920, 1080}};
  for (const Presented& shown : {Presented{"groups/two-groups", "s-1", 13'400'000},
                                 Presented{"operations/what-the-graphs-show", nullptr, 20'000'000}})
    for (const auto& size : kSizes)
      for (const Lang lang : {Lang::En, Lang::Ko}) {
        CAPTURE(shown.lesson);
        CAPTURE(size.first);
        PlayerWindow w(shown.lesson, shown.at_us, Layout::Presenter, size.first, size.second);
        w.h.dashboard.set_language(lang);
        w.frames();
        ui::clean(w.h);
        const ui::Diagnostics& seen = w.h.dashboard.diagnostics();
        for (const auto& card : seen.cards)
          for (const auto& piece : seen.pieces)
            if (shown.client != nullptr && card.second == shown.client &&
                card.first.contains(piece.rect.cx(), piece.rect.cy()))
              CHECK_MESSAGE(piece.rect.bottom() <= card.first.bottom() - 3, piece.text);
        const std::vector<ui::Rect> cells = ui::marks(w.h, "partition read");
        CHECK_FALSE(cells.empty());
        for (const ui::Rect& cell : cells) CHECK(cell.h > size.second * .025f);
      }
}

TEST_CASE("a step's title may have a configuration key with dots, or a Korean sentence of 25 letters") {
  ui::Words title;
  std::vector<ui::Words> paragraphs;
  split_narration({"log.roll.ms wins over log.roll.hours. The topic has no key of its own.",
                   "log.roll.ms가 log.roll.hours보다 우선해요. 토픽에는 자기 설정이 없어요."},
                  title, paragraphs);
  CHECK(title.en == "log.roll.ms wins over log.roll.hours");
  CHECK(title.ko == "log.roll.ms가 log.roll.hours보다 우선해요");
  REQUIRE(paragraphs.size() == 1);
  CHECK(paragraphs[0].en == "The topic has no key of its own.");
  paragraphs.clear();
  split_narration({"The controller waits. Nothing is decided.",
                   "컨트롤러는 마지막 하트비트부터 아홉 초를 기다려요. 아무것도 정하지 않아요."},
                  title, paragraphs);
  CHECK(title.ko == "컨트롤러는 마지막 하트비트부터 아홉 초를 기다려요");
  paragraphs.clear();
  split_narration(
      {"This first sentence is far too long to stand above the others as the title of its step. So it is none.",
       "제목이에요. 아니에요."},
      title, paragraphs);
  CHECK(title.empty());
}

namespace {

/// The words that a mark of that name crosses.
std::vector<std::string> crossed_by(PlayerWindow& w, const char* mark) {
  std::vector<std::string> crossed;
  for (const ui::Rect& line : ui::marks(w.h, mark))
    for (const auto& piece : w.h.dashboard.diagnostics().pieces)
      if (piece.rect.overlaps(line)) crossed.push_back(piece.text);
  return crossed;
}

}  // namespace

TEST_CASE("the line from a record's ring to its label passes below the end of the log, and a label covers no number") {
  for (const Layout layout : {Layout::Lesson, Layout::Workbench}) {
    PlayerWindow w("log/compaction", 13'400'000, layout, 1280, 720);
    w.h.dashboard.set_language(Lang::En);
    w.frames();
    for (const std::string& words : crossed_by(w, "line to a label")) CHECK_MESSAGE(false, words);
    if (layout == Layout::Workbench) CHECK_FALSE(ui::marks(w.h, "line to a label").empty());
  }
  PlayerWindow w("operations/hot-partition", 44'050'000, Layout::Lesson, 1280, 720);
  w.h.dashboard.set_language(Lang::En);
  w.frames();
  int labels = 0;
  const auto& pieces = w.h.dashboard.diagnostics().pieces;
  for (const auto& label : pieces) {
    if (!label.text.starts_with("star-goods#") || label.layer != 0) continue;
    ++labels;
    for (const auto& other : pieces)
      if (&other != &label && other.layer == 0) CHECK_MESSAGE(!other.rect.overlaps(label.rect.grown(7)), other.text);
  }
  CHECK(labels > 0);
}

TEST_CASE("the words about lost records are drawn over the flags' poles, and are whole") {
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const Layout layout : {Layout::Lesson, Layout::Workbench}) {
      PlayerWindow w("replication/rack-loss", 32'100'000, layout, 1280, 720);
      w.h.dashboard.set_language(lang);
      w.frames();
      ui::clean(w.h);
      int words = 0;
      const auto& marks = w.h.dashboard.diagnostics().marks;  // in the order in which they were drawn
      for (std::size_t i = 0; i < marks.size(); ++i) {
        if (marks[i].second != "words of a cut") continue;
        ++words;
        for (std::size_t later = i + 1; later < marks.size(); ++later)
          if (marks[later].second == "pole") CHECK_FALSE(marks[later].first.overlaps(marks[i].first));
      }
      CHECK(words > 0);
    }
}

TEST_CASE("the line under a link keeps off the letters of the next line") {
  for (const auto& [lesson, at_us] : {std::pair{"operations/access-control", 16'110'000},
                                      {"groups/rebalance-cooperative", 15'575'000},
                                      {"consumer/max-poll-interval", 28'601'000}})
    for (const float width : {1280.f, 1600.f, 1920.f}) {
      PlayerWindow w(lesson, at_us, Layout::Lesson, width, width * 9 / 16);
      for (const Lang lang : {Lang::En, Lang::Ko}) {
        w.h.dashboard.set_language(lang);
        w.frames();
        for (const ui::Rect& line : ui::marks(w.h, "link line"))
          for (const auto& piece : w.h.dashboard.diagnostics().pieces)
            if (piece.box == "client card") CHECK_MESSAGE(!piece.rect.overlaps(line.grown(.5f)), piece.text);
      }
    }
}

TEST_CASE("where the words about lost records do not fit beside their cells, shorter ones do") {
  PlayerWindow w("replication/rack-loss", 32'000'000, Layout::Presenter, 1280, 720);
  ui::clean(w.h);
  const auto& marks = w.h.dashboard.diagnostics().marks;
  int words = 0;
  for (const auto& [place, what] : marks) {
    if (what != "words of a cut") continue;
    ++words;
    const ui::Rect letters = place;
    CHECK(std::none_of(marks.begin(), marks.end(),
                       [&](const auto& mark) { return mark.second == "lost cell" && mark.first.overlaps(letters); }));
  }
  CHECK(words == 2);
}
