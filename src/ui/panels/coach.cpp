// Three numbered cards with a line and a dot: a leader, the high watermark, drag here to rewind. First launch only.
#include <algorithm>

#include "ui/panels/panels.h"
#include "ui/stage/overlay.h"
#include "ui/stage/stage.h"

namespace kafkascope::ui {

namespace {

void coach(Ui& ui, int n, const Rect& r, words::Key title, words::Key sub, Point target, bool big) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Rect inner = r.padded(12, 4), sides = r.padded(6);
  const Point from{std::clamp(target.x, inner.x, inner.right()), target.y > r.bottom() ? inner.bottom()
                                                                 : target.y < r.y      ? inner.y
                                                                                       : r.cy()};
  const Point edge = target.x < r.x         ? Point{sides.x, r.cy()}
                     : target.x > r.right() ? Point{sides.right(), r.cy()}
                                            : from;
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
  p.text(head.rest, ui.tr(title), {.em = 18, .bold = true});
  const Line below = lines.next({22, 3});
  if (big)
    p.text(Line({head.rest.x, below.y, head.rest.w, below.h}, below.base), ui.tr(sub),
           {.em = 15, .color = c.secondary});
}

/// The place between `first` and x = `most` that covers the fewest words below it, such as the names of brokers.
Rect clear_of_words(const Ui& ui, const Rect& first, float most) {
  Rect best = first;
  float least = 1e9f;
  constexpr float kStep = 20;
  for (Rect r = first; r.x <= most; r.x += kStep) {
    float covered = 0;
    for (const Rect& words : ui.p.texts())
      if (words.overlaps(r))
        covered += (std::min(r.right(), words.right()) - std::max(r.x, words.x)) *
                   (std::min(r.bottom(), words.bottom()) - std::max(r.y, words.y));
    if (covered >= least) continue;
    best = r;
    least = covered;
  }
  return best;
}

}  // namespace

void draw_coach_marks(Ui& ui, const Rect& stage, const Rect& panel, const Rect& transport, bool strips_shown) {
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
  // 1: the leader's chip of the selected partition.
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
      coach(ui, 1, {inner.x, inner.y, width("ui.coach_leader"_w, "ui.coach_leader_sub"_w), h}, "ui.coach_leader"_w,
            "ui.coach_leader_sub"_w, {at.x + at.w * 0.12f, at.grown(2).y}, big);
    }
  }
  // 2: the high watermark.
  const Point hw = watermark_anchor();
  if (strips_shown && hw.x > panel.x && hw.x < panel.right()) {
    const float w = width("ui.high_watermark"_w, "ui.coach_hw_sub"_w);
    const float x = std::min(hw.x + 130, panel.right() - w - 20);
    if (x <= hw.x + 30) {  // no room beside it: the hint is in the head of the panel and points down
      coach(ui, 2, {hw.x - w - 150, panel.y + 6, w, h}, "ui.high_watermark"_w, "ui.coach_hw_sub"_w,
            {hw.x, hw.y - (big ? 62.f : 40.f)}, big);
    } else {
      coach(ui, 2, {x, std::min(hw.y - h / 2, panel.bottom() - h - 10), w, h}, "ui.high_watermark"_w,
            "ui.coach_hw_sub"_w, hw, big);
    }
  }
  // 3: the playhead.
  const float clock_w = p.width(clock_text(ui.time.now_us), {.em = 24, .bold = true});
  const float x0 = 224, x1 = transport.right() - 20 - clock_w - (big ? 90 : 40);
  const float f = static_cast<float>(static_cast<double>(ui.time.now_us) /
                                     static_cast<double>(std::max<std::int64_t>(1, ui.time.until_us)));
  const float px = x0 + (x1 - x0) * std::clamp(f, 0.f, 1.f);
  const float w = width("ui.coach_rewind"_w, "ui.coach_rewind_sub"_w);
  const float most = std::max(panel.x + 150, ui.w - w - 16);
  const Rect first{std::clamp(px + 120, panel.x + 150, most), transport.y - h - (big ? 24 : 6), w, h};
  coach(ui, 3, clear_of_words(ui, first, most), "ui.coach_rewind"_w, "ui.coach_rewind_sub"_w,
        {px + 12, transport.cy() - 4}, big);
  p.layer = 0;
}

}  // namespace kafkascope::ui
