// Up to three numbered cards with a line and a dot: a leader, the high watermark, drag here to rewind. First launch only.
#include <algorithm>

#include "ui/panels/panels.h"
#include "ui/stage/overlay.h"
#include "ui/stage/stage.h"

namespace kafkascope::ui {

namespace {

struct Hint {
  Rect place;
  words::Key title, sub;
  Point target;

  /// Where the line to the target begins.
  Point edge() const {
    const Rect inner = place.padded(12, 4), sides = place.padded(6);
    if (target.x < place.x) return {sides.x, place.cy()};
    if (target.x > place.right()) return {sides.right(), place.cy()};
    return {std::clamp(target.x, inner.x, inner.right()), target.y > place.bottom() ? inner.bottom()
                                                          : target.y < place.y      ? inner.y
                                                                                    : place.cy()};
  }
};

void draw_hint(Ui& ui, int n, const Hint& hint, bool big) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Rect& r = hint.place;
  const Point &target = hint.target, edge = hint.edge();
  p.route({edge, target}, c.accent, 3, 0);
  p.circle(target.x, target.y, 8, c.canvas);
  p.circle(target.x, target.y, 6, c.accent);
  shadow_card(p, r, c.panel, c.accent, 2.5f);
  p.note(r, "hint");
  Column lines{r.padded(15)};
  Row head{big ? lines.next(56) : lines.rest, 11};
  const Rect disc = head.left(26);
  p.circle(disc.cx(), disc.cy(), 13, c.accent);
  p.text(disc, std::to_string(n), {.em = 15, .color = c.accent_ink, .bold = true, .align = Align::Middle});
  p.text(head.rest, ui.tr(hint.title), {.em = 18, .bold = true});
  const Line below = lines.next({22, 3});
  if (big)
    p.text(Line({head.rest.x, below.y, head.rest.w, below.h}, below.base), ui.tr(hint.sub),
           {.em = 15, .color = c.secondary});
}

/// How much of words a hint there would cover; of legends, of other hints and of what its line would cross, nothing may be covered.
float covered_by(const Ui& ui, const Hint& hint, const std::vector<Hint>& others) {
  constexpr float kNever = 1e9f, kSteps = 60;
  const Rect& r = hint.place;
  const auto crosses = [&](const Rect& o) {
    if (o.overlaps(r)) return true;
    const Point from = hint.edge(), to = hint.target;
    for (float i = 0; i <= kSteps; ++i)
      if (o.contains(from.x + (to.x - from.x) * i / kSteps, from.y + (to.y - from.y) * i / kSteps)) return true;
    return false;
  };
  const auto& legends = ui.st.legends;
  if (std::any_of(legends.begin(), legends.end(), crosses) ||
      std::any_of(others.begin(), others.end(), [&](const Hint& other) { return crosses(other.place); }))
    return kNever;
  float covered = 0;
  for (const Rect& words : ui.p.texts())
    if (words.overlaps(r))
      covered += (std::min(r.right(), words.right()) - std::max(r.x, words.x)) *
                 (std::min(r.bottom(), words.bottom()) - std::max(r.y, words.y));
  return covered;
}

/// Adds the hint at the place that covers the fewest words, such as the names of brokers; nowhere if each would cover a legend.
void add(const Ui& ui, Hint hint, const std::vector<Rect>& places, std::vector<Hint>& hints) {
  constexpr float kMost = 1e8f;
  float least = kMost;
  Rect best;
  for (const Rect& place : places) {
    hint.place = place;
    const float covered = covered_by(ui, hint, hints);
    if (covered >= least) continue;
    best = place;
    least = covered;
  }
  hint.place = best;
  if (least < kMost) hints.push_back(hint);
}

/// From `first` on to x = `most`.
std::vector<Rect> places_along(const Rect& first, float most) {
  std::vector<Rect> places{first};
  constexpr float kStep = 20;
  for (Rect r = first; (r.x += kStep) <= most;) places.push_back(r);
  return places;
}

/// Beside the high watermark; where there is no room, below the rows' ends, or in the head of the panel, from where it points down.
void add_watermark(const Ui& ui, Hint hint, const Rect& panel, float w, float h, std::vector<Hint>& hints) {
  const Point hw = hint.target;
  constexpr float kEdge = 20, kFoot = 10, kAway = 130, kLeast = 30, kClose = 8, kSlit = 4, kHeadAway = 150,
                  kHeadTop = 6;
  const float x = std::min(hw.x + kAway, panel.right() - w - kEdge), lowest = panel.bottom() - h - kFoot;
  if (x > hw.x + kLeast) return add(ui, hint, {{x, std::min(hw.y - h / 2, lowest), w, h}}, hints);
  if (hw.x + kClose <= panel.right() - w - kSlit) {
    hint.place = {panel.right() - w - kSlit, panel.bottom() - h - kSlit, w, h};
    if (covered_by(ui, hint, hints) == 0) return hints.push_back(hint);
  }
  hint.target.y -= ui.big() ? 62.f : 40.f;
  std::vector<Rect> head = places_along({panel.x + kEdge, panel.y + kHeadTop, w, h}, panel.right() - w - kEdge);
  head.insert(head.begin(), {hw.x - w - kHeadAway, panel.y + kHeadTop, w, h});
  add(ui, hint, head, hints);
}

}  // namespace

void draw_coach_marks(Ui& ui, const Rect& stage, const Rect& panel, const Rect& transport, bool strips_shown) {
  ui.st.coach_shown = 0;
  if (!ui.lesson.coach_marks || ui.st.coach_seen) return;
  // The hints point at the panels' usual places: over a menu, an answer, a diagram or an enlarged panel they would
  // point at the wrong thing.
  const State& st = ui.st;
  if (st.menu.open || st.form.open || st.palette_open || st.help_open || ui.log.why.open || !ui.log.chain.empty() ||
      ui.log.record_open || ui.lesson.twin.open || !ui.st.origin.name.empty())
    return;
  Painter& p = ui.p;
  p.layer = 4;
  const bool big = ui.big();
  const float h = big ? 78.f : 38.f;
  auto width = [&](words::Key title, words::Key sub) {
    return std::max(p.width(ui.tr(title), {.em = 18, .bold = true}), big ? p.width(ui.tr(sub), {.em = 15}) : 0) + 74;
  };
  std::vector<Hint> hints;
  // The leader's chip of the selected partition.
  const float k = std::clamp(std::min(stage.w / kStageW, stage.h / kStageH), 0.5f, 2.f);
  const StageView view = build_stage_view(ui.world, stage_arrangement(ui, k));
  const float sx = stage.x + (stage.w - kStageW * k) / 2, sy = stage.y + std::max(0.f, (stage.h - kStageH * k) / 2);
  const int part = ui.selected_partition();
  if (part >= 0 && !stage.empty()) {
    const Rect chip =
        rect_of_path(ui, view, "/partitions/" + ui.world.partitions[static_cast<std::size_t>(part)].name + "/leader");
    if (!chip.empty()) {
      const Rect at{sx + chip.x * k, sy + chip.y * k, chip.w * k, chip.h * k};
      p.stroke(at.grown(4), ui.c.accent, 3, 7);
      const Rect inner = stage.padded(24, 18);
      const float w = width("ui.coach_leader"_w, "ui.coach_leader_sub"_w);
      add(ui, {{}, "ui.coach_leader"_w, "ui.coach_leader_sub"_w, {at.x + at.w * 0.12f, at.grown(2).y}},
          {{inner.x, inner.y, w, h}}, hints);
    }
  }
  // The high watermark.
  const Point hw = watermark_anchor();
  if (strips_shown && hw.x > panel.x && hw.x < panel.right()) {
    add_watermark(ui, {{}, "ui.high_watermark"_w, "ui.coach_hw_sub"_w, hw}, panel,
                  width("ui.high_watermark"_w, "ui.coach_hw_sub"_w), h, hints);
  }
  // The playhead.
  const float clock_w = p.width(clock_text(ui.time.now_us), {.em = 24, .bold = true});
  const float x0 = 224, x1 = transport.right() - 20 - clock_w - (big ? 90 : 40);
  const float f = static_cast<float>(static_cast<double>(ui.time.now_us) /
                                     static_cast<double>(std::max<std::int64_t>(1, ui.time.until_us)));
  const float px = x0 + (x1 - x0) * std::clamp(f, 0.f, 1.f);
  const float w = width("ui.coach_rewind"_w, "ui.coach_rewind_sub"_w);
  const float most = std::max(panel.x + 150, ui.w - w - 16);
  const Rect first{std::clamp(px + 120, panel.x + 150, most), transport.y - h - (big ? 24 : 6), w, h};
  add(ui, {{}, "ui.coach_rewind"_w, "ui.coach_rewind_sub"_w, {px + 12, transport.cy() - 4}}, places_along(first, most),
      hints);
  for (const Hint& hint : hints) draw_hint(ui, ++ui.st.coach_shown, hint, big);
  p.layer = 0;
}

}  // namespace kafkascope::ui
