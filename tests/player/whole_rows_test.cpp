// Lists that are longer than their panels: they show only whole rows.
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
