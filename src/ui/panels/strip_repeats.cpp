// Marks of records that came twice: written twice, or recognized by the leader and not written again.
#include <algorithm>

#include "ui/panels/strip_parts.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

/// A cell that is marked, with the words in it if there is room.
void frame(const Strip& s, const Rect& cell, Color color, std::string_view words) {
  Painter& p = s.ui.p;
  p.stroke(cell.grown(1), color, s.style.bold_lines ? 4.f : 2.5f, 3);
  const TextStyle style{.em = s.style.mark_em, .color = p.c.on_bright, .bold = true, .align = Align::Middle};
  if (words.empty() || p.width(words, style) > cell.w - 2 || cell.h < style.em + 3) return;
  p.fill({cell.x + 2, cell.y + 2, cell.w - 4, cell.h - 4}, p.c.caution_fill, 2);
  TextStyle ink = style;
  ink.color = color;
  p.text(cell.cx(), cell.cy() + style.em * .36f, words, ink);
}

std::int64_t leader_row(const StripView& view) {
  for (std::size_t i = 0; i < view.rows.size(); ++i)
    if (view.rows[i].log->role == ReplicaRole::Leader) return static_cast<std::int64_t>(i);
  return -1;
}

}  // namespace

bool draw_twice(const Strip& s, const StripView& view) {
  const std::int64_t row = leader_row(view);
  if (row < 0 || s.part.twice.empty()) return false;
  Painter& p = s.ui.p;
  const Color color = p.c.caution;
  const float y = s.row_y(static_cast<std::size_t>(row)), foot = y + s.style.cell_h;
  const auto in_sight = [&](std::int64_t offset) { return s.plan.sees(offset) && s.plan.sees(offset + 1); };
  const auto cell_of = [&](std::int64_t offset) { return Rect{s.gx(offset), y, s.cell_w(), s.style.cell_h}; };
  // Cells with text of their own keep it.
  const bool texts = s.cell_w() < 40;
  bool drawn = false;
  for (const auto& [first, again] : s.part.twice) {
    if (!in_sight(again)) continue;
    drawn = true;
    const Rect copy = cell_of(again);
    frame(s, copy, color, texts ? "×2" : "");
    p.note(copy, "written twice");
    if (!in_sight(first)) continue;
    const Rect original = cell_of(first);
    frame(s, original, color, texts ? "×2" : "");
    if (s.style.gap < 9) continue;
    const float low = foot + std::min(s.style.gap - 3, 8.f), width = s.style.bold_lines ? 4.f : 2.5f;
    p.line(original.cx(), foot + 1, original.cx(), low, color, width);
    p.line(original.cx() - width / 2, low, copy.cx() + width / 2, low, color, width);
    p.line(copy.cx(), foot + 1, copy.cx(), low, color, width);
  }
  return drawn;
}

void draw_known(const Strip& s, const StripView& view, float rows_end) {
  constexpr double kShown = 1.5;  // seconds of the viewer
  Ui& ui = s.ui;
  if (s.part.known.empty() || leader_row(view) < 0) return;
  const KnownBatch& batch = s.part.known.back();
  const double speed = ui.time.speed_ppm > 0 ? static_cast<double>(ui.time.speed_ppm) / 1e6 : 1;
  if (static_cast<double>(ui.world.time_us - batch.at_us) / 1e6 / speed > kShown || !s.plan.sees(batch.base_offset) ||
      !s.plan.sees(batch.last_offset + 1))
    return;
  Painter& p = ui.p;
  const float y = s.row_y(static_cast<std::size_t>(leader_row(view)));
  const float left = s.gx(batch.base_offset), right = s.gx(batch.last_offset) + s.cell_w();
  const Rect cells = Rect{left, y, right - left, s.style.cell_h}.grown(2);
  p.stroke(cells, p.c.ok, s.style.bold_lines ? 4.f : 2.5f, 4);
  const float em = s.style.bold_lines ? s.style.mark_em : 15.f, h = em * 1.7f;
  const std::string words = ui.tr("ui.known_batch"_w, {{"producer", std::to_string(batch.producer_id)},
                                                       {"sequence", std::to_string(batch.sequence)},
                                                       {"offset", std::to_string(batch.base_offset)}});
  const TextStyle style{.em = em, .color = p.c.primary, .bold = true};
  const float w = p.width(words, style) + em + 22;
  // Below the flags of groups, if there are any; without room the frame says it alone.
  const bool flags = s.style.flags && s.style.flags_below && !s.style.all_flags && !s.part.flags.empty();
  const Rect box{std::clamp(cells.cx() - w / 2, s.r.x, std::max(s.r.x, s.r.right() - w)),
                 rows_end + (flags ? 28.f : em * .9f), w, h};
  if (w > s.r.w || box.bottom() > s.r.bottom() + 8) return;
  p.line(cells.cx(), cells.bottom(), cells.cx(), box.y, p.c.ok, 2);
  p.fill(box, p.c.ok_fill, 4);
  p.stroke(box, p.c.ok, 1.5f, 4);
  p.icon(Icon::Check, box.x + 7, box.cy() - em / 2, em, p.c.ok, 2);
  p.text(box.x + em + 13, box.cy() + em * .36f, words, style);
  p.note(box, "known batch");
}

}  // namespace kafkascope::ui
