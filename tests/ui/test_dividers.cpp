// The lines between panels: dragged, double-clicked, changed from the palette; the sizes that a window remembers fit
// every resolution.
#include <algorithm>
#include <cmath>

#include "ui/layout.h"
#include "ui/looks.h"

using namespace kafkascope;
using namespace kafkascope::ui;

namespace {

Id divider(Split split) { return make_id("divider", static_cast<std::uint64_t>(split)); }
float size_of(const Headless& h, Split split) { return h.dashboard.state().splits[static_cast<std::size_t>(split)]; }

void drag(Headless& h, Split split, float dx, float dy) {
  const Rect line = h.dashboard.hits().find(divider(split));
  REQUIRE_FALSE(line.empty());
  h.move(line.cx(), line.cy());
  h.frame();
  h.press();
  h.move(line.cx() + dx / 2, line.cy() + dy / 2);
  h.move(line.cx() + dx, line.cy() + dy);
  h.release();
  h.settle();
}

}  // namespace

TEST_CASE("a divider follows the pointer, its place is kept, and a double click restores the default") {
  Headless h;
  h.size(1600, 900);
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    h.dashboard.set_language(lang);
    for (const auto& [layout, split, dx, dy] : {std::tuple{Layout::Lesson, Split::Narration, 90.f, 0.f},
                                                std::tuple{Layout::Lesson, Split::LessonPanel, 0.f, -70.f},
                                                std::tuple{Layout::Workbench, Split::Lesson, 60.f, 0.f},
                                                std::tuple{Layout::Workbench, Split::Inspector, -50.f, 0.f},
                                                std::tuple{Layout::Workbench, Split::Stage, 0.f, 30.f},
                                                std::tuple{Layout::Workbench, Split::Lower, 0.f, 40.f}}) {
      const auto moved = split;  // clang 14 cannot capture a structured binding
      CAPTURE(static_cast<int>(moved));
      h.dashboard.set_layout(layout);
      h.settle();
      const Rect before = h.dashboard.hits().find(divider(split));
      h.actions();
      drag(h, split, dx, dy);
      CHECK(h.emitted(ActionKind::KeepSplits));
      const Rect after = h.dashboard.hits().find(divider(split));
      CHECK(std::abs(after.cx() - before.cx() - (before.w < before.h ? dx : 0)) < 1.5f);
      CHECK(std::abs(after.cy() - before.cy() - (before.w < before.h ? 0 : dy)) < 1.5f);
      clean(h);
      h.actions();
      h.click(after.cx(), after.cy());
      h.click(after.cx(), after.cy());
      h.settle();
      CHECK(size_of(h, split) == 0);
      CHECK(h.emitted(ActionKind::KeepSplits));
      CHECK(h.dashboard.hits().find(divider(split)).y == before.y);
    }
  }
}

TEST_CASE("a click on a divider without a drag changes no size") {
  Headless h;
  h.size(1600, 900);
  h.settle();
  h.actions();
  CHECK(h.click(divider(Split::Narration)));
  CHECK(size_of(h, Split::Narration) == 0);
  CHECK_FALSE(h.emitted(ActionKind::KeepSplits));
}

TEST_CASE("every panel keeps a minimum size for every position of the dividers, in every window") {
  for (const auto& [w, h] : {std::pair{1280.f, 720.f}, std::pair{1280.f, 800.f}, std::pair{1600.f, 900.f},
                             std::pair{1920.f, 1080.f}, std::pair{3840.f, 2160.f}})
    for (const float size : {.01f, .2f, .5f, 1.f})
      for (const bool detour : {false, true}) {
        const auto width = w;  // clang 14 cannot capture a structured binding
        CAPTURE(width);
        CAPTURE(size);
        Splits splits;
        splits.fill(size);
        const LessonRects l = lesson_rects(w, h, detour, false, splits);
        CHECK(l.narration.w >= 280);
        CHECK(l.stage.w >= 500);
        CHECK(l.stage.h >= 300);
        CHECK(l.panel.h >= 150);
        CHECK(l.panel.bottom() <= l.transport.y + 1);
        const WorkbenchRects b = workbench_rects(w, h, detour, false, splits);
        CHECK(b.stage.w >= 370);
        CHECK(b.stage.h >= 240);
        CHECK(b.middle.h >= 100);
        CHECK(b.middle.bottom() <= b.transport.y + 1);
      }
}

TEST_CASE("at the largest and smallest sizes of the panels no text is cut and nothing overlaps") {
  for (const auto& [w, height] : {std::pair{1280.f, 720.f}, std::pair{1600.f, 900.f}, std::pair{1920.f, 1080.f}})
    for (const float size : {.01f, 1.f})
      for (const Layout layout : {Layout::Lesson, Layout::Workbench}) {
        const auto width = w;  // clang 14 cannot capture a structured binding
        CAPTURE(width);
        CAPTURE(size);
        CAPTURE(static_cast<int>(layout));
        Headless h;
        h.size(w, height);
        h.dashboard.set_layout(layout);
        for (const Split split :
             {Split::Narration, Split::LessonPanel, Split::Lesson, Split::Inspector, Split::Stage, Split::Lower}) {
          CAPTURE(static_cast<int>(split));
          h.dashboard.state().splits = {};
          h.dashboard.state().splits[static_cast<std::size_t>(split)] = size;
          clean(h);
        }
      }
}

TEST_CASE("on the smallest stage the rows of a consumer's card keep apart") {
  Headless h;
  h.size(1280, 720);
  h.dashboard.set_layout(Layout::Workbench);
  h.show(fixture::Moment::Before, fixture::Scene::First);
  for (observe::Client& client : h.world.clients) {
    if (client.assigned.empty()) continue;
    client.assigned.resize(3, client.assigned.front());
    break;
  }
  h.dashboard.state().splits[static_cast<std::size_t>(Split::Stage)] = .01f;
  h.settle();
  const auto& pieces = h.dashboard.diagnostics().pieces;
  int rows = 0;
  for (const auto& one : pieces)
    for (const auto& other : pieces) {
      const bool both = std::string_view(one.box) == "client card" && std::string_view(other.box) == "client card";
      const float below = other.rect.y - one.rect.y;
      if (!both || below < 2 || below > 2 * one.rect.h || one.rect.right() < other.rect.x ||
          other.rect.right() < one.rect.x)
        continue;
      CHECK_MESSAGE(below > one.rect.h * .9f, (std::string(one.text) + " / " + std::string(other.text)));
      ++rows;
    }
  CHECK(rows > 2);
  clean(h);
}

TEST_CASE("the palette makes the panel larger and smaller, and restores its default size") {
  for (const Layout layout : {Layout::Lesson, Layout::Workbench}) {
    Headless h;
    h.size(1920, 1080);
    h.dashboard.set_layout(layout);
    h.settle();
    const auto panel_y = [&] {
      return h.dashboard.hits().find(divider(layout == Layout::Lesson ? Split::LessonPanel : Split::Stage)).y;
    };
    const auto find = [&](const char* words) {
      h.key(kKeyK, true);
      for (int i = 0; i < 4; ++i) h.frame();  // until the field has the keyboard
      h.type(words);
      h.settle();
      h.enter();
      h.settle();
    };
    const float designed = panel_y();
    find("panel: larger");
    const float larger = panel_y();
    CHECK(larger < designed - 30);
    clean(h);
    find("panel: smaller");
    CHECK(std::abs(panel_y() - designed) < 2.5f);
    find("panel: larger");
    find("designed sizes");
    CHECK(panel_y() == designed);
  }
}

TEST_CASE("another monitor, scale or size of the window keeps layout, tabs, dividers and selection") {
  struct Size {
    float w, h, scale;
  };
  for (const Layout layout : {Layout::Workbench, Layout::Lesson, Layout::Presenter}) {
    Headless h;
    h.size(1920, 1080);
    h.dashboard.set_layout(layout);
    State& st = h.dashboard.state();
    st.tab = Tab::Groups, st.tab_chosen = true, st.lower_tab = Tab::Log;
    st.selection = "broker-2";
    st.splits = {.3f, .4f, .25f, .22f, .5f, .3f};
    h.settle();
    h.actions();
    REQUIRE(st.layout == layout);
    REQUIRE(st.selection == "broker-2");
    const Splits splits = st.splits;
    for (const Size to : {Size{1280, 720, 1}, Size{1920, 1080, 2}, Size{1024, 768, 1.5f}, Size{1280, 800, 1.25f},
                          Size{1920, 1080, 1}}) {
      h.size(to.w, to.h, to.scale);
      h.settle();
      CHECK(st.layout == layout);
      CHECK(st.tab == Tab::Groups);
      CHECK(st.tab_chosen);
      CHECK(st.lower_tab == Tab::Log);
      CHECK(st.selection == "broker-2");
      CHECK(st.splits == splits);
      for (const Action& action : h.actions()) CHECK(action.kind != ActionKind::Select);
    }
  }
}
