// Who has which records of a share group's partition locked.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>

#include "ui/looks.h"
#include "ui/panels/strip.h"

using namespace kafkascope::ui;
using namespace kafkascope::words::literals;
using namespace kafkascope::observe;
using fixture::Moment;
using fixture::Scene;

namespace {

/// packer-1 has four records in two deliveries, packer-2 the next one.
void lock(Headless& h, Layout layout) {
  h.show(Moment::Before, Scene::First);
  Partition& p = h.world.partitions[0];
  ShareStrip share;
  share.group = "packers";
  share.start = p.log_end_offset - 8;
  share.end = p.log_end_offset;
  share.runs = {{share.start, share.start, ShareState::Acknowledged, 1, {}},
                {share.start + 1, share.start + 3, ShareState::Acquired, 1, "packer-1"},
                {share.start + 4, share.start + 4, ShareState::Acquired, 2, "packer-1"},
                {share.start + 5, share.start + 5, ShareState::Acquired, 1, "packer-2"},
                {share.start + 6, share.start + 7, ShareState::Available, 1, {}}};
  p.shares = {share};
  h.lesson.view.panels = {"stage", "partitions"};
  h.lesson.view.select = p.name;
  h.dashboard.state().selection = p.name;
  h.dashboard.set_layout(layout);
  h.size(1280, 720);
  h.settle();
}

}  // namespace

TEST_CASE("the row of a share group names the member that has each record locked, in each layout") {
  for (const Layout layout : {Layout::Lesson, Layout::Workbench, Layout::Presenter}) {
    Headless h;
    lock(h, layout);
    const std::vector<Rect> one = marks(h, "locked by packer-1"), two = marks(h, "locked by packer-2");
    REQUIRE(one.size() == 1);  // two deliveries, one owner
    REQUIRE(two.size() == 1);
    CHECK(one[0].w > 3.5f * two[0].w);
    CHECK(one[0].right() <= two[0].x);
    const auto named = [&](const Rect& under, std::string_view name) {
      for (const auto& piece : h.dashboard.diagnostics().pieces)
        if (piece.text == name && piece.rect.overlaps(under)) return piece.rect.h;
      return 0.f;
    };
    const float least = layout == Layout::Presenter ? 720 * .025f : 12;
    CHECK(named(one[0], "packer-1") >= least);
    CHECK(named(two[0], "2") >= least);  // its bracket is as narrow as one record
    clean(h);
  }
}

TEST_CASE("a click on the bracket of a lock selects its owner, and pointing at it shows what the lock means") {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    Headless h;
    h.dashboard.set_language(lang);
    lock(h, Layout::Workbench);
    const std::int64_t first = h.world.partitions[0].shares[0].start + 1;
    const Id id = make_id("lock owner", static_cast<std::uint64_t>(first));
    const Rect zone = h.dashboard.hits().find(id);
    REQUIRE_FALSE(zone.empty());
    h.move(zone.cx(), zone.cy());
    for (int i = 0; i < 30; ++i) h.frame();
    CHECK(h.dashboard.state().tip.title == "packer-1");
    CHECK(h.click(id));
    h.frame();
    CHECK(h.dashboard.state().selection == "packer-1");
  }
}

TEST_CASE("without a lock the row of a share group names nobody") {
  Headless h;
  lock(h, Layout::Workbench);
  const std::vector<Rect> brackets = marks(h, "locked by packer-1");
  REQUIRE(brackets.size() == 1);
  const auto id = make_id("lock owner", static_cast<std::uint64_t>(h.world.partitions[0].shares[0].start + 1));
  const auto named = [&] {  // in the row of brackets
    std::set<std::string> names;
    for (const auto& piece : h.dashboard.diagnostics().pieces)
      if (piece.rect.y < brackets[0].bottom() && piece.rect.bottom() > brackets[0].y && piece.rect.x >= brackets[0].x)
        names.insert(std::string(piece.text));
    return names;
  };
  const auto of_group = [&] {
    return std::any_of(h.dashboard.diagnostics().pieces.begin(), h.dashboard.diagnostics().pieces.end(),
                       [](const auto& piece) { return piece.text.find("packers") != std::string::npos; });
  };
  REQUIRE(named().contains("packer-1"));
  REQUIRE_FALSE(h.dashboard.hits().find(id).empty());
  REQUIRE(of_group());
  for (ShareRun& run : h.world.partitions[0].shares[0].runs) run.state = ShareState::Available, run.member.clear();
  h.settle();
  for (const auto& [rect, what] : h.dashboard.diagnostics().marks) CHECK(what.find("locked by") == std::string::npos);
  for (const std::string& name : named()) CHECK_MESSAGE((name != "packer-1" && name != "2"), name);
  CHECK(h.dashboard.hits().find(id).empty());  // nothing to click
  CHECK(of_group());                           // the row itself is still there
}

TEST_CASE(
    "locks stay in sight however far the log's end is, and those that cells have no room for are counted in the fold") {
  Headless h;
  lock(h, Layout::Workbench);
  Partition& p = h.world.partitions[0];
  ShareStrip& share = p.shares[0];
  p.log_end_offset = p.high_watermark = p.last_stable_offset = 5000;
  for (ReplicaLog& log : p.logs) log.log_end_offset = log.high_watermark = 5000;
  share.start = 1000;
  const auto packers = [&](std::int64_t each) {
    share.runs = {{1000, 999 + each, ShareState::Acquired, 1, "packer-1"},
                  {1000 + each, 999 + 2 * each, ShareState::Acquired, 1, "packer-2"}};
    share.end = 1000 + 2 * each;
  };
  StripStyle style;
  style.cell_w = 22;
  packers(15);
  const StripPlan plan = plan_strips(p, 800, style);
  CHECK(plan.sees(1000));
  CHECK(plan.sees(1029));
  CHECK(plan.sees(5000));
  CHECK(plan.width() <= 800);
  for (const Layout layout : {Layout::Lesson, Layout::Workbench, Layout::Presenter}) {
    h.dashboard.set_layout(layout);
    packers(4);
    CHECK(marks(h, "locked by packer-2").size() == 1);
    CHECK(marks(h, "folded locks").size() <= (layout == Layout::Workbench ? 1u : 0u));  // its strips are the shortest
    packers(200);
    CHECK(marks(h, "folded locks").size() == 1);
  }
}
