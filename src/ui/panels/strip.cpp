#include "ui/panels/strip.h"

#include <algorithm>
#include <cmath>

namespace kafkascope::ui {

using namespace observe;

StripView build_strip_view(const Partition& partition, int columns, bool leader_first) {
  StripView view;
  std::int64_t end = 0, start = partition.log_start_offset;
  for (const ReplicaLog& log : partition.logs) end = std::max(end, log.log_end_offset);
  view.to = end;
  view.from = std::max(start, end - std::max(columns, 1));
  for (const ReplicaLog& log : partition.logs) {
    StripRow row;
    row.log = &log;
    std::int64_t last_epoch = -1;
    for (const LogRun& run : log.runs) {
      const std::int64_t base = std::max(run.base_offset, view.from), last = std::min(run.last_offset, view.to - 1);
      for (std::int64_t o = base; o <= last; ++o) {
        StripCell cell;
        cell.offset = o;
        cell.epoch = run.leader_epoch;
        cell.flushed = run.flushed;
        cell.control = run.control;
        cell.aborted = run.transaction_state == 'a';
        cell.kind = run.truncated || run.to_be_cut ? CellKind::Struck
                    : run.compacted                ? CellKind::Gap
                    : o < log.high_watermark       ? CellKind::Committed
                                                   : CellKind::Above;
        cell.first_of_run = run.leader_epoch != last_epoch && cell.kind != CellKind::Struck;
        cell.run_start = cell.first_of_run && last_epoch >= 0;
        last_epoch = run.leader_epoch;
        const auto k = static_cast<std::size_t>(o - run.base_offset);
        if (k < run.keys.size()) cell.key = &run.keys[k];
        row.cells.push_back(cell);
      }
    }
    view.rows.push_back(std::move(row));
  }
  if (leader_first) {
    std::stable_partition(view.rows.begin(), view.rows.end(), [](const StripRow& row) { return row.log->role == ReplicaRole::Leader; });
  }
  return view;
}

float strips_height(const StripStyle& style, std::size_t replicas) {
  const auto n = static_cast<float>(replicas);
  return (style.flags ? 26.f : 0.f) + (style.ruler ? 22.f : 4.f) + n * style.cell_h + (n - 1) * style.gap + (style.flags ? 24.f : 0.f);
}

void draw_cell(Ui& ui, const Rect& r, const StripCell& cell, bool colored, const StripStyle& style) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Color color = colored ? c.epoch(cell.epoch) : c.cell_neutral;
  const Color ground = c.dark ? c.canvas : c.panel;
  switch (cell.kind) {
    case CellKind::Struck:
      p.fill(r, ground, 2);
      p.dashed(r, c.strong, 1, 3, 2, 2);
      p.line(r.x - 1, r.cy(), r.right() + 1, r.cy(), c.danger, 2.5f);
      break;
    case CellKind::Gap: p.line(r.x, r.cy(), r.right(), r.cy(), c.strong, 1); break;
    case CellKind::Above:
      p.fill(r, ground, 2);
      p.hatch({r.x + 1, r.y + 1, r.w - 2, r.h - 2}, color, 6);
      p.stroke(r, c.dark ? color : c.cell_edge, 1.5f, 2);
      break;
    case CellKind::Committed:
      p.fill(r, color, 2);
      if (!c.dark) p.stroke(r, c.cell_edge, 1, 2);
      break;
  }
  if (cell.aborted && cell.kind != CellKind::Struck) {
    p.line(r.x + 3, r.bottom() - 3, r.right() - 3, r.y + 3, c.on_bright, 1.5f);
    p.line(r.x + 3, r.y + 3, r.right() - 3, r.bottom() - 3, c.on_bright, 1.5f);
  }
  // What is not on disk yet is the ordinary case in Kafka: only the workbench marks it.
  if (!cell.flushed && cell.kind != CellKind::Gap && ui.st.layout == Layout::Workbench) {
    for (float x = r.x + 4; x < r.right() - 3; x += 5) p.fill({x, r.bottom() - 5, 2, 2}, cell.kind == CellKind::Above ? color : c.on_bright);
  }
  if (cell.run_start) p.fill({r.x - 2, r.y - 3, 2, r.h + 6}, c.primary);
  const bool filled = cell.kind == CellKind::Committed;
  auto label = [&](std::string_view s, float em, float x, float y, Align align) {
    const TextStyle text{.em = em, .color = filled ? c.on_bright : c.primary, .bold = !filled, .mono = true, .align = align};
    if (cell.kind == CellKind::Above) {
      const float w = p.width(s, text);
      const float left = align == Align::Middle ? x - w / 2 : x;
      p.fill({left - 2, y - em * 0.78f, w + 4, em * 0.98f}, ground, 2);
    }
    p.text(x, y, s, text);
  };
  if (cell.control && cell.kind != CellKind::Struck) {
    p.diamond_line(r.cx(), r.cy(), 6, filled ? c.on_bright : c.primary, 2);
  } else if (style.keys && cell.key != nullptr && cell.kind != CellKind::Gap) {
    if (p.width(*cell.key, {.em = 13, .mono = true}) <= r.w - 4) label(*cell.key, 13, r.cx(), r.cy() + 4.7f, Align::Middle);
    if (cell.first_of_run && r.w >= 44) label(epoch_text(cell.epoch), 13, r.x + 4, r.y + 13, Align::Left);
  } else if (cell.first_of_run && cell.kind != CellKind::Struck && cell.kind != CellKind::Gap) {
    const float em = r.w >= 30 ? style.mark_em : 13;
    if (p.width(epoch_text(cell.epoch), {.em = em, .mono = true}) <= r.w + 1) label(epoch_text(cell.epoch), em, r.cx(), r.cy() + em * 0.36f, Align::Middle);
  }
}

namespace {

struct Flag {
  float x;
  std::string text;
  Color color;
  bool solid;
  bool left;  // the plate stands to the left of the pole
  bool pole = true;
};

/// A flag on a pole; plates avoid each other on two rows.
void draw_flags(Ui& ui, std::vector<Flag>& flags, float plate_y, float pole_end, bool below, const Rect& room) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  float ends[2] = {room.x - 1000, room.x - 1000};
  std::sort(flags.begin(), flags.end(), [](const Flag& a, const Flag& b) { return a.x < b.x; });
  for (const Flag& f : flags) {
    const TextStyle style{.em = 13, .color = f.solid ? (c.dark ? c.on_bright : c.accent_ink) : f.color, .bold = true};
    const float w = p.width(f.text, style) + 12;
    float px = f.left ? f.x - w : f.x;
    px = std::clamp(px, room.x, std::max(room.x, room.right() - w));
    int row = px >= ends[0] + 4 ? 0 : px >= ends[1] + 4 ? 1 : -1;
    if (row == 1 && below) row = -1;
    const float y = below ? plate_y : plate_y + static_cast<float>(std::max(row, 0)) * 21;
    if (f.pole) p.line(f.x, below ? pole_end : y, f.x, below ? y + 18 : pole_end, f.color, 2);
    if (row < 0) continue;  // the pole stays, the word is in the hover
    ends[row] = px + w;
    const Rect plate{px, y, w, 19};
    p.fill(plate, f.solid ? f.color : c.panel, 2);
    p.stroke(plate, f.color, 1.5f, 2);
    p.text(plate.x + 6, plate.y + 14.4f, f.text, style);
  }
}

}  // namespace

float draw_strips(Ui& ui, int index, const Rect& r, const StripStyle& style, Point* anchor) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Partition& part = ui.world.partitions[static_cast<std::size_t>(index)];
  const bool colored = index == ui.selected_partition();
  const float pitch = style.cell_w + 2, x0 = r.x + style.name_w;
  const float tail = std::max(static_cast<float>(style.tail_cells) * pitch, p.width(std::to_string(part.log_end_offset), {.em = style.mark_em, .mono = true}) + 60);
  const int columns = static_cast<int>((r.right() - x0 - tail) / pitch);
  const StripView view = build_strip_view(part, columns, style.leader_first);
  auto gx = [&](std::int64_t offset) { return x0 + static_cast<float>(offset - view.from) * pitch; };
  float y = r.y + (style.flags ? (style.all_flags ? 47.f : 26.f) : 0.f);
  if (style.ruler) {
    const TextStyle small{.em = style.mark_em, .color = c.muted, .mono = true, .align = Align::Middle};
    const float label_w = p.width(std::to_string(view.to), small) + 14;
    const std::int64_t step = std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(label_w / pitch)));
    const std::int64_t nice = style.cell_w >= 40 ? 1 : step <= 2 ? 4 : step <= 5 ? 5 : 10;
    for (std::int64_t o = view.from; o < view.to; o += nice) {
      const float cx = gx(o) + style.cell_w / 2;
      if (std::fabs(gx(part.high_watermark) - cx) < 8) continue;
      p.text(cx, y + 14, std::to_string(o), small);
    }
    y += 22;
  } else {
    y += 4;
  }
  const float rows_top = y;
  const float row_pitch = style.cell_h + style.gap;
  for (const StripRow& row : view.rows) {
    const ReplicaLog& log = *row.log;
    const bool dead = log.role == ReplicaRole::Offline, lead = log.role == ReplicaRole::Leader;
    const bool out = log.role == ReplicaRole::OutOfIsr;
    const float m = y + style.cell_h / 2;
    const float icon = style.name_em >= 18 ? 18.f : 15.f;
    p.icon(dead ? Icon::Crash : lead ? Icon::Crown : log.role == ReplicaRole::Zombie ? Icon::CrownHollow : out ? Icon::Out : Icon::Follower,
           r.x, m - icon / 2, icon, dead ? c.danger : lead ? c.leader : out ? c.muted : c.secondary, dead ? 2.4f : 1.7f);
    const std::string name = style.short_names ? std::to_string(log.broker) : "broker-" + std::to_string(log.broker);
    const float name_y = m + style.name_em * 0.35f - (style.roles ? 9 : 0);
    if (style.roles) {
      const Str role = lead                                   ? Str::RoleLeader
                       : dead                                 ? Str::RoleOffline
                       : out                                  ? Str::RoleOut
                       : log.role == ReplicaRole::Zombie      ? Str::RoleZombie
                       : log.role == ReplicaRole::Joining     ? Str::RoleJoining
                       : log.role == ReplicaRole::Leaving     ? Str::RoleLeaving
                                                              : Str::RoleInSync;
      p.text(r.x + icon + 10, name_y + 20, ui.tr(role), {.em = 15, .color = lead ? c.leader : c.secondary, .max = style.name_w - icon - 14});
    }
    p.text(r.x + icon + 10, name_y, name,
           {.em = style.name_em, .color = dead ? c.muted : c.primary, .bold = lead, .max = style.name_w - icon - 14, .foreign = true});
    for (const StripCell& cell : row.cells) {
      draw_cell(ui, {gx(cell.offset), y, style.cell_w, style.cell_h}, cell, colored, style);
    }
    const float end = gx(log.log_end_offset);
    if (dead && !row.cells.empty()) p.fill({x0 - 2, y - 3, end - x0 + 2, style.cell_h + 6}, with_alpha(colored || !c.dark ? c.panel : c.canvas, 0.5f));
    float tx = std::max(end, x0) + 8;
    if (log.log_end_offset < view.from) {  // so far behind that nothing of it is in sight
      tx += p.text(tx, m + 4.7f, std::to_string(log.log_end_offset) + " · " + ui.tr(Str::Behind, {count_text(part.log_end_offset - log.log_end_offset)}),
                   {.em = 13, .color = c.muted, .max = r.right() - tx, .foreign = true}) + 12;
    } else {
      tx += p.text(tx, m + 5.2f, std::to_string(log.log_end_offset), {.em = style.mark_em, .color = c.secondary, .mono = true}) + 12;
    }
    if (!log.note.empty() && tx + 40 < r.right()) {
      p.text(tx, m + 4.7f, ui.pick(log.note), {.em = 13, .color = c.muted, .max = r.right() - tx, .foreign = true});
    }
    if (style.all_flags) {  // each replica's own high watermark
      const float hx = gx(log.high_watermark) - 1;
      if (log.high_watermark >= view.from) {
        p.triangle({hx, y + style.cell_h + 3}, {hx + 5, y + style.cell_h + 10}, {hx - 5, y + style.cell_h + 10}, c.hw);
      }
    }
    y += row_pitch;
  }
  const float rows_end = y - style.gap;
  // A record lights its whole column: the same offset on all replicas. A click opens its fate.
  if (view.to > view.from) {
    const Rect area{x0, rows_top, static_cast<float>(view.to - view.from) * pitch, rows_end - rows_top};
    const Hit hit = ui.hit(make_id("strip", static_cast<std::uint64_t>(index)), area);
    if (hit.hovered) {
      const Rect w = p.to_window(area);
      const auto k = static_cast<std::int64_t>((ui.in.x - w.x) / (w.w / static_cast<float>(view.to - view.from)));
      const std::int64_t offset = std::clamp(view.from + k, view.from, view.to - 1);
      p.stroke({gx(offset) - 3, rows_top - 4, style.cell_w + 6, rows_end - rows_top + 8}, c.accent, 2, 4);
      if (hit.clicked) {
        if (!ui.is_selected(part.name)) ui.select(part.name);
        Action a;
        a.kind = ActionKind::SelectRecord;
        a.target = part.name;
        a.number = offset;
        ui.emit(std::move(a));
      }
      if (hit.right_clicked) ui.st.menu = {true, ui.in.x, ui.in.y, part.name, {}, offset};
    }
  }
  if (style.flags) {
    const Rect room{r.x, r.y, r.w, rows_end - r.y};
    std::vector<Flag> above, below;
    auto visible = [&](std::int64_t o) { return o >= view.from && o <= view.to; };
    if (visible(part.high_watermark)) above.push_back({gx(part.high_watermark) - 1, "HW " + std::to_string(part.high_watermark), c.hw, true, false, true});
    if (part.high_watermark < view.from) above.push_back({x0, "< HW " + std::to_string(part.high_watermark), c.hw, true, false, false});
    if (style.all_flags) {
      if (visible(part.log_end_offset) && part.log_end_offset != part.high_watermark)
        above.push_back({gx(part.log_end_offset) - 1, "LEO " + std::to_string(part.log_end_offset), c.leo, false, false, true});
      if (part.last_stable_offset < part.high_watermark && visible(part.last_stable_offset))
        above.push_back({gx(part.last_stable_offset) - 1, "LSO " + std::to_string(part.last_stable_offset), c.lso, true, true, true});
      if (part.log_start_offset > 0 && visible(part.log_start_offset))
        above.push_back({gx(part.log_start_offset) - 1, std::to_string(part.log_start_offset), c.log_start, false, false, true});
    }
    for (const LogFlag& f : part.flags) {
      if (!visible(f.offset)) continue;
      Flag flag{gx(f.offset) - 1, f.who + " " + std::to_string(f.offset), f.position ? c.position : c.committed, false, true, true};
      if (style.all_flags) {
        flag.text = f.position ? ui.tr(Str::PositionAt, {f.who, std::to_string(f.offset)}) : ui.tr(Str::CommittedAt, {f.who, std::to_string(f.offset)});
        above.push_back(std::move(flag));
      } else if (!f.position) {
        below.push_back(std::move(flag));
      }
    }
    draw_flags(ui, above, r.y, rows_end + 6, false, room);
    draw_flags(ui, below, rows_end + 3, rows_end - style.cell_h, true, room);
    if (anchor != nullptr && visible(part.high_watermark)) *anchor = {gx(part.high_watermark) - 1, rows_top + style.cell_h + style.gap / 2};
  }
  return rows_end + (style.flags ? 24.f : 0.f);
}

}  // namespace kafkascope::ui
