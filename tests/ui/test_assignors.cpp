// What each assignor would give a classic group's members, side by side in the panel of groups.
#include <doctest/doctest.h>

#include "ui/looks.h"

using namespace kafkascope::ui;
using namespace kafkascope::words::literals;
using namespace kafkascope::observe;
using fixture::Moment;
using fixture::Scene;

namespace {

/// billing-1 has partitions 0 and 1, billing-2 has 2.
void open_groups(Headless& h, Layout layout = Layout::Workbench) {
  h.show(Moment::Before, Scene::First);
  Group& g = h.world.groups[0];
  g.protocol = "classic";
  g.assignor = "range";
  g.comparable = true;
  g.assignors = {{"range", true, {{0, 1}, {2}}, {{}, {}}, 0},
                 {"roundrobin", false, {{0, 2}, {1}}, {{}, {}}, 2},
                 {"sticky", false, {{0, 1}, {2}}, {{}, {}}, 0},
                 {"cooperative-sticky", false, {{0}, {2}}, {{}, {1}}, 1}};
  h.lesson.view.panels = {"groups"};
  h.lesson.view.select = g.id;
  h.dashboard.set_layout(layout);
  h.dashboard.state().tab = Tab::Groups;
  h.dashboard.state().tab_chosen = true;
  h.size(1280, 720);
  h.settle();
}

}  // namespace

TEST_CASE("one click in the panel of groups compares the assignors, and another one shows the members again") {
  for (const Lang lang : {Lang::En, Lang::Ko})
    for (const Layout layout : {Layout::Lesson, Layout::Workbench}) {
      CAPTURE(static_cast<int>(layout));
      Headless h;
      h.dashboard.set_language(lang);
      open_groups(h, layout);
      CHECK(shows(h, tr(lang, "ui.who_joined"_w)));
      CHECK_FALSE(shows(h, "cooperative-sticky"));
      clean(h);
      REQUIRE(h.click(make_id("compare assignors", 0)));
      h.settle();
      CHECK_FALSE(shows(h, tr(lang, "ui.who_joined"_w)));
      std::vector<Rect> names;
      for (const char* name : {"range", "roundrobin", "sticky", "cooperative-sticky"})
        for (const auto& piece : h.dashboard.diagnostics().pieces)
          if (piece.text == name && piece.rect.y > 100) names.push_back(piece.rect);
      CHECK(names.size() >= 4);
      CHECK(marks(h, "assignor in use").size() == 1);
      CHECK(shows(h, tr(lang, "ui.assignor_keeps"_w)));
      int members = 0;
      for (const auto& piece : h.dashboard.diagnostics().pieces) members += piece.text == "billing-2";
      CHECK(members >= 4);  // a row in each matrix
      clean(h);
      REQUIRE(h.click(make_id("compare assignors", 0)));
      CHECK(says(h, tr(lang, "ui.who_joined"_w)));
    }
}

TEST_CASE("the hover card of the switch encloses its whole sentence, in both languages") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Headless h;
    h.dashboard.set_language(lang);
    open_groups(h);
    const Rect pill = h.dashboard.hits().find(make_id("compare assignors", 0));
    REQUIRE_FALSE(pill.empty());
    h.move(pill.cx(), pill.cy());
    for (int i = 0; i < 30; ++i) h.frame();
    REQUIRE_FALSE(h.dashboard.state().tip.facts.empty());
    clean(h);
  }
}

TEST_CASE("a cell of an assignor's matrix says whether its member keeps the partition, gets it, or gets it later") {
  Headless h;
  open_groups(h);
  h.dashboard.state().assignors = true;
  h.settle();
  const auto told = [&](std::uint64_t assignor, std::uint64_t member, std::uint64_t column) {
    const Rect zone = h.dashboard.hits().find(make_id("assignor cell", (assignor * 64 + member) * 256 + column));
    REQUIRE_FALSE(zone.empty());
    h.move(zone.cx(), zone.cy());
    for (int i = 0; i < 30; ++i) h.frame();
    const Tip& tip = h.dashboard.state().tip;
    return tip.facts.empty() ? std::string() : tip.facts[0].first;
  };
  CHECK(told(0, 0, 0) == tr(Lang::En, "ui.assignor_cell_keeps"_w, {{"member", "billing-1"}}));
  CHECK(told(1, 1, 1) == tr(Lang::En, "ui.assignor_cell_moves"_w, {{"member", "billing-2"}}));
  CHECK(told(3, 1, 1) == tr(Lang::En, "ui.assignor_cell_later"_w, {{"member", "billing-2"}}));
}

TEST_CASE("a group of the newer protocol has no switch to compare assignors") {
  Headless h;
  open_groups(h);
  h.world.groups[0].comparable = false;
  h.world.groups[0].assignors.clear();
  h.dashboard.state().assignors = true;
  CHECK(says(h, "Joined members"));
  CHECK(h.dashboard.hits().find(make_id("compare assignors", 0)).empty());
}
