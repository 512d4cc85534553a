// Lines in the strips that could strike words through: those from a ring to its label, and the flags' poles.
#include "player/window.h"
#include "ui/looks.h"

using namespace kafkascope;
using namespace kafkascope::app;
using ui::Lang;
using ui::Layout;

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
