// Marks of records that came twice: written twice, or recognized by the leader and not written again.
#include <algorithm>

#include "ui/panels/strip_parts.h"
#include "ui/stage/labels.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

std::int64_t leader_row(const StripView& view) {
  for (std::size_t i = 0; i < view.rows.size(); ++i)
    if (view.rows[i].log->role == ReplicaRole::Leader) return static_cast<std::int64_t>(i);
  return -1;
}

}  // namespace

void draw_twice(const Strip& s, const StripView& view) {
  const std::int64_t row = leader_row(view);
  if (row < 0) return;
  Painter& p = s.ui.p;
  const Color color = p.c.caution;
  const float y = s.row_y(static_cast<std::size_t>(row)), foot = y + s.style.cell_h;
  const auto in_sight = [&](std::int64_t offset) { return s.plan.sees(offset) && s.plan.sees(offset + 1); };
  const auto cell_of = [&](std::int64_t offset) { return Rect{s.gx(offset), y, s.cell_w(), s.style.cell_h}; };
  const float width = s.style.bold_lines ? 4.f : 2.5f;
  for (const RepeatedRecord& again : s.part.repeated) {
    if (!in_sight(again.offset)) continue;
    const Rect copy = cell_of(again.offset);
    p.stroke(copy.grown(1), color, width, 3);
    p.note(copy, "written twice");
    if (again.copy_of < 0 || !in_sight(again.copy_of)) continue;
    const Rect original = cell_of(again.copy_of);
    p.stroke(original.grown(1), color, width, 3);
    p.note(original, "first of the copies");
    if (s.style.gap < 9) continue;
    const float low = foot + std::min(s.style.gap - 3, 8.f);
    p.line(original.cx(), foot + 1, original.cx(), low, color, width);
    p.line(original.cx() - width / 2, low, copy.cx() + width / 2, low, color, width);
    p.line(copy.cx(), foot + 1, copy.cx(), low, color, width);
  }
}

float draw_known(const Strip& s, const StripView& view, float rows_end) {
  constexpr float kShown = 1.5f;  // seconds of the viewer
  Ui& ui = s.ui;
  if (s.part.known.empty() || leader_row(view) < 0) return rows_end;
  const KnownBatch& batch = s.part.known.back();
  if (seconds_ago(ui, batch.at_us) > kShown || !s.plan.sees(batch.base_offset) || !s.plan.sees(batch.last_offset + 1))
    return rows_end;
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
  const float w = p.width(words, style) + 18;
  // Below the flags of groups, if there are any; without room there is only the frame.
  const Rect box{std::clamp(cells.cx() - w / 2, s.r.x, std::max(s.r.x, s.r.right() - w)),
                 rows_end + (flags_stand_below(s) ? room_below(s.style) + kUnderFlags : em * .9f), w, h};
  if (w > s.r.w || box.bottom() > s.r.bottom() + 8) return rows_end;
  p.line(cells.cx(), cells.bottom(), cells.cx(), box.y, p.c.ok, 2);
  p.fill(box, p.c.ok_fill, 4);
  p.stroke(box, p.c.ok, 1.5f, 4);
  p.text(box.x + 9, box.cy() + em * .36f, words, style);
  p.note(box, "known batch");
  return box.bottom();
}

}  // namespace kafkascope::ui
