// The pure parts of the panels: numbers prepared from a snapshot.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "support/places.h"
#include "ui/fixture.h"
#include "ui/layout.h"
#include "ui/looks.h"
#include "ui/palette.h"
#include "ui/panels/inspector_view.h"
#include "ui/panels/ledger_view.h"
#include "ui/panels/log_filter.h"
#include "ui/panels/strip.h"
#include "ui/panels/timeline_view.h"
#include "ui/stage/stage_view.h"
#include "ui/strings.h"
#include "ui/ui.h"

using namespace kafkascope;
using namespace kafkascope::ui;
using namespace kafkascope::words::literals;
using fixture::Moment;

namespace {

protocol::IdList listed(const std::vector<int>& ids) {
  protocol::IdList list;
  for (const int id : ids) list.push_back(id);
  return list;
}

}  // namespace

TEST_CASE("words, times and counts are formatted correctly") {
  CHECK(clock_text(20'913'402) == "00:20.913");
  CHECK(micro_text(20'913'402) == "402");
  CHECK(clock_text(3'723'004'000) == "1:02:03.004");
  CHECK(count_text(1262) == "1,262");
  CHECK(count_text(-1262) == "–1,262");
  CHECK(seconds_text(6'512'000) == "6.5");
  CHECK(seconds_text(9'000'000) == "9");
  CHECK(speed_text(Lang::En, 100'000) == "1/10×");
  CHECK(speed_text(Lang::En, 333) == "1/3,000×");  // as many digits as a rate in millionths has
  CHECK(speed_text(Lang::En, 4'000) == "1/250×");
  CHECK(speed_text(Lang::En, 10'000'000) == "10×");
  CHECK(speed_text(Lang::Ko, -1) == "최대 속도");
}

TEST_CASE("the colours are those of assets/ui/tokens.json") {
  std::ifstream file(source_root() + "/assets/ui/tokens.json");
  REQUIRE(file.good());
  const auto tokens = nlohmann::json::parse(file);
  auto hex = [](const nlohmann::json& v) {
    return rgb(static_cast<std::uint32_t>(std::stoul(v.get<std::string>().substr(1), nullptr, 16)));
  };
  for (const auto& [name, theme] : {std::pair{"dark", Theme::Dark}, std::pair{"light", Theme::Light}}) {
    const auto& t = tokens[name];
    const Palette& p = palette(theme);
    CHECK(p.canvas == hex(t["surface"]["canvas"]));
    CHECK(p.primary == hex(t["text"]["primary"]));
    CHECK(p.accent == hex(t["accent"]["base"]));
    CHECK(p.leader_solid == hex(t["role"]["leader_solid"]));
    CHECK(p.danger_solid == hex(t["state"]["danger_solid"]));
    CHECK(p.hw == hex(t["mark"]["hw"]));
    CHECK(p.family[0] == hex(t["family"]["produce"]));
    CHECK(p.family[5] == hex(t["family"]["control"]));
    CHECK(p.fate[6] == hex(t["fate"]["lost_acked"]));
    for (std::size_t i = 0; i < 8; ++i) CHECK(p.epochs[i] == hex(tokens["epoch"][i]));
  }
  for (const auto& [name, theme] :
       {std::pair{"presenter_light", Theme::PresenterLight}, std::pair{"presenter_dark", Theme::PresenterDark}}) {
    const auto& t = tokens[name];
    const Palette& p = palette(theme);
    CHECK(p.accent == hex(t["accent.base"]));
    CHECK(p.danger == hex(t["state.danger"]));
    CHECK(p.danger_solid == hex(t["state.danger_solid"]));
    CHECK(p.secondary == hex(t["text.secondary"]));
    CHECK(p.family[2] == hex(t["family.replicate"]));
  }
}

TEST_CASE("presenting: every text and mark has a contrast of 7 on every background, in both themes") {
  const auto luminance = [](Color c) {
    const auto part = [&](int shift) {
      const double v = static_cast<double>((c >> shift) & 0xFF) / 255;
      return v < .03928 ? v / 12.92 : std::pow((v + .055) / 1.055, 2.4);
    };
    return .2126 * part(0) + .7152 * part(8) + .0722 * part(16);
  };
  const auto contrast = [&](Color a, Color b) {
    const double x = luminance(a), y = luminance(b);
    return (std::max(x, y) + .05) / (std::min(x, y) + .05);
  };
  for (const Theme theme : {Theme::PresenterLight, Theme::PresenterDark}) {
    const Palette& p = palette(theme);
    for (const Color ground : {p.canvas, p.panel, p.raised, p.field}) {
      for (const Color ink : {p.primary, p.secondary, p.muted, p.accent, p.leader, p.danger, p.caution, p.ok, p.hw})
        CHECK(contrast(ink, ground) >= 7);
      for (const Color ink : p.family) CHECK(contrast(ink, ground) >= 7);
    }
    CHECK(contrast(p.leader, p.leader_fill) >= 7);
    CHECK(contrast(p.danger, p.danger_fill) >= 7);
    CHECK(contrast(p.danger_ink, p.danger_solid) >= 7);
    CHECK(contrast(p.caution, p.caution_fill) >= 7);
    CHECK(contrast(p.ok, p.ok_fill) >= 7);
  }
}

TEST_CASE(
    "strips: records below the high watermark are plain, those above it are hatched, and those to be truncated are apart, not struck out yet") {
  const auto world = fixture::world(Moment::Elected);
  const StripView v = build_strip_view(world.partitions[0], 24);
  CHECK(v.to == 1044);
  CHECK(v.from == 1020);
  REQUIRE(v.rows.size() == 3);
  const StripCell& apart = v.rows[0].cells.back();
  CHECK(apart.offset == 1042);
  CHECK(apart.kind == CellKind::Apart);
  const StripCell& above = v.rows[1].cells.back();
  CHECK(above.offset == 1043);
  CHECK(above.kind == CellKind::Above);
  CHECK(above.epoch == 3);
  int starts = 0;
  for (const StripCell& cell : v.rows[1].cells) starts += cell.run_start ? 1 : 0;
  CHECK(starts == 2);  // epochs 2 and 3 begin in the visible range
  CHECK(build_strip_view(world.partitions[0], 24, true).rows[0].log->broker == 2);
}

TEST_CASE("stage: every node has a place, and a message is drawn at the travelled fraction of its way") {
  for (const Moment moment : {Moment::Before, Moment::Waiting, Moment::Elected}) {
    const auto world = fixture::world(moment);
    const StageView v = build_stage_view(world);
    CHECK(v.mode == StageMode::Lanes);
    CHECK(v.cards.size() == world.nodes.size());
    for (const auto& m : world.messages) {
      const Point at = v.point_of(m);
      CHECK(at.x > 0);
      CHECK(at.x < kStageW);
      CHECK(at.y > 0);
      CHECK(at.y < kStageH);
    }
  }
  auto world = fixture::world(Moment::Before);
  world.messages.resize(1);
  auto& m = world.messages[0];
  m.fraction = 0;
  const StageView v = build_stage_view(world);
  const Rect client = *v.rect(m.from);
  CHECK(v.point_of(m).x == doctest::Approx(client.right()));
  m.fraction = 1;
  CHECK(v.point_of(m).y == doctest::Approx(v.rect(m.to)->bottom()));
  m.response = true;
  std::swap(m.from, m.to);
  m.fraction = 1;
  CHECK(v.point_of(m).x == doctest::Approx(client.right()));
  CHECK(build_stage_view(fixture::large_world(5, 6, 2, 2, 0)).mode == StageMode::Trunks);
  CHECK(build_stage_view(fixture::large_world(50, 6, 2, 2, 0)).mode == StageMode::Grid);
}

TEST_CASE("chips: replicas are in topic order; if they do not fit, the selected one comes first and then the leaders") {
  auto world = fixture::large_world(3, 12, 0, 0, 0);
  std::vector<StageChip> chips;
  build_chips(world.nodes[3], {0, 0, 236, 168}, {11}, chips);
  REQUIRE(chips.size() == 4);
  CHECK(world.nodes[3].replicas[static_cast<std::size_t>(chips[0].replica)].partition == 11);
  CHECK(chips.back().replica == -1);
  CHECK(chips.back().more == 9);
}

TEST_CASE("inspector: it shows each node's belief beside the truth") {
  const auto world = fixture::world(Moment::Elected);
  const InspectorView v = build_inspector_view(world, Lang::En, "orders-0");
  REQUIRE_FALSE(v.empty);
  CHECK(v.beliefs[0].who.empty());
  CHECK(v.beliefs[0].leader == "broker-2");
  int differing = 0;
  for (const BeliefRow& row : v.beliefs) {
    if (row.differs) {
      ++differing;
      CHECK(row.who == "web");
    }
  }
  CHECK(differing == 1);
  CHECK(build_inspector_view(world, Lang::En, "billing").kind == "thing.group"_w);
  CHECK(build_inspector_view(world, Lang::En, "nobody").empty);
}

TEST_CASE(
    "inspector: a row whose high watermark alone is behind asks about that, and one with a wrong belief about the belief") {
  auto world = fixture::world(Moment::Elected);
  const observe::Partition p = world.partitions[0];
  const auto broker = [&](int id) {
    return std::find_if(world.nodes.begin(), world.nodes.end(),
                        [&](const observe::Node& n) { return n.kind == observe::NodeKind::Broker && n.id == id; });
  };
  const auto behind = broker(3);
  REQUIRE(behind != world.nodes.end());
  REQUIRE_FALSE(behind->down());
  for (observe::Node& n : world.nodes) n.beliefs = {{0, p.leader, p.leader_epoch, listed(p.isr), false}};
  const auto path_of = [&](const std::string& who) {
    for (const BeliefRow& row : build_inspector_view(world, Lang::En, p.name).beliefs)
      if (row.who == who) return row.path;
    return std::string("no row");
  };
  const auto replica = std::find_if(behind->replicas.begin(), behind->replicas.end(),
                                    [](const observe::Replica& r) { return r.partition == 0; });
  REQUIRE(replica != behind->replicas.end());
  const std::string belief = "/nodes/broker-3/belief/partitions/orders-0";
  replica->high_watermark = p.high_watermark;
  CHECK(path_of("broker-3") == belief);
  replica->high_watermark = p.high_watermark - 1;
  CHECK(path_of("broker-3") == "/partitions/orders-0/logs/3/high_watermark");
  behind->beliefs = {{0, 1, p.leader_epoch - 1, listed(p.isr), true}};
  CHECK(path_of("broker-3") == belief);
}

TEST_CASE("inspector: a belief is marked only if something differs, and a wrong ISR is named beside the right leader") {
  auto world = fixture::world(Moment::Elected);
  const observe::Partition p = world.partitions[0];
  REQUIRE(p.isr.size() >= 2);
  std::vector<observe::Node*> alive;
  for (observe::Node& n : world.nodes) {
    n.beliefs = {{0, p.leader, p.leader_epoch, listed(p.isr), true}};  // marked, as if only the order differed
    if (!n.down()) alive.push_back(&n);
  }
  REQUIRE(alive.size() >= 2);
  std::vector<int> same_set = p.isr;
  std::reverse(same_set.begin(), same_set.end());
  alive[0]->beliefs[0].isr = listed(same_set);
  const std::vector<int> alone{p.leader};
  alive[1]->beliefs[0].isr = listed(alone);
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    const InspectorView v = build_inspector_view(world, lang, p.name);
    int differing = 0;
    for (const BeliefRow& row : v.beliefs) {
      CHECK(row.differs == !row.isr.empty());
      CHECK_FALSE(row.leader_differs);
      if (!row.differs) continue;
      ++differing;
      CHECK(row.who == alive[1]->name);
      CHECK(row.isr.find(set_text(alone)) != std::string::npos);
      CHECK(row.isr.find(set_text(p.isr)) != std::string::npos);
    }
    CHECK(differing == 1);
    Headless h;
    h.show(Moment::Elected, fixture::Scene::Free);
    h.dashboard.set_layout(Layout::Workbench);
    h.dashboard.set_language(lang);
    h.size(1920, 1600);
    h.world = world;
    h.world.inspected = {};
    h.dashboard.state().selection = p.name;
    h.settle();
    CHECK(shows(h, set_text(alone) + ", "));
  }
}

TEST_CASE("ledger: the producer's outcomes add up to the records passed to send()") {
  const auto counts = fixture::world(Moment::Returned).ledger.all;
  const LedgerView v = build_ledger_view(counts);
  std::int64_t told = 0;
  for (const LedgerRow& row : v.told) told += row.count;
  CHECK(told == counts.produced);
  CHECK(v.scale == 1262);
  std::set<std::string_view> words;
  for (const LedgerRow& row : v.came) words.insert(row.word);
  CHECK(words.size() == 11);
  CHECK(words.size() == v.came.size());
}

TEST_CASE("timeline: the axis, ticks, line thickness and merged marks depend on the visible range") {
  TimelineModel t = fixture::timeline(Moment::Elected);
  const TimeAxis axis = build_time_axis(t, -1, -1, 100, 1100);
  CHECK(axis.x(0) == doctest::Approx(100));
  CHECK(axis.x(40'000'000) == doctest::Approx(1100));
  CHECK(axis.at(600) == 20'000'000);
  const auto ticks = time_ticks(axis, 90);
  REQUIRE(ticks.size() > 4);
  CHECK(ticks[1] - ticks[0] == 5'000'000);
  CHECK(leadership_thickness(1) == 6);
  CHECK(leadership_thickness(2) == 12);
  CHECK(leadership_thickness(1000) == 18);
  t.marks.clear();
  for (int i = 0; i < 1000; ++i) t.marks.push_back({i * 1000, MarkKind::Command, 0, {}, {}});
  CHECK(visible_marks(t, axis, 0, 5).size() < 10);
}

TEST_CASE("the log can be filtered") {
  CHECK(log_matches("", "x"));
  CHECK(log_matches("hw, isr", "isr.shrink broker-1"));
  CHECK_FALSE(log_matches("hw, isr", "log.append"));
  CHECK_FALSE(log_matches("isr, -broker-1", "isr.shrink broker-1"));
  CHECK(log_matches("-heartbeat", "isr.shrink"));
}

TEST_CASE("the panels of each layout fill the window without overlaps") {
  for (const auto& [w, h] : {std::pair{1280.f, 720.f}, std::pair{1280.f, 800.f}, std::pair{1920.f, 1080.f},
                             std::pair{3840.f, 2160.f}, std::pair{1024.f, 640.f}}) {
    for (const bool detour : {false, true}) {
      const LessonRects l = lesson_rects(w, h, detour);
      CHECK_FALSE(l.stage.overlaps(l.panel));
      CHECK_FALSE(l.stage.overlaps(l.narration));
      CHECK_FALSE(l.panel.overlaps(l.transport));
      CHECK(l.stage.h > 150);
      CHECK(l.panel.h > 150);
      const WorkbenchRects b = workbench_rects(w, h, detour, false);
      CHECK_FALSE(b.stage.overlaps(b.lesson));
      CHECK_FALSE(b.stage.overlaps(b.tabs));
      CHECK_FALSE(b.middle.overlaps(b.transport));
      CHECK(b.middle.h > 100);
    }
  }
}
