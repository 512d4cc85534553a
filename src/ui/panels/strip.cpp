#include "ui/panels/strip_parts.h"
#include "ui/stage/cards.h"

#include <algorithm>
#include <cmath>

#include "observe/words/bytes.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

/// The colour of a cell's ground, and of its hatching: on a light ground the palest epochs would be invisible.
Color cell_color(const Palette& c, Color color) {
  if (c.dark) return color;
  const bool pale = (color & 0xFF) > 0xD8 && ((color >> 8) & 0xFF) > 0xD8 && ((color >> 16) & 0xFF) > 0xD8;
  return pale ? mix(color, c.cell_edge, .82f) : color;
}

Color hatch_color(const Palette& c, Color color) { return c.dark ? color : mix(color, c.cell_edge, .45f); }

/// A record's key, with the value if both fit; without a key, the value, as text or byte by byte.
std::string label_of(Painter& p, const StripCell& cell, float w, const StripStyle& style) {
  if (cell.key != nullptr && cell.value != nullptr) {
    std::string both = shown(*cell.key) + ": " + shown(*cell.value);
    if (p.width(both, {.em = style.mark_em, .mono = true}) <= w - 4) return both;
  }
  return cell.key != nullptr ? shown(*cell.key) : cell.value != nullptr ? shown(*cell.value) : std::string();
}

/// Room for the epoch's number and the label in one line.
bool beside_epoch(Painter& p, const StripCell& cell, const std::string& key, const Rect& r, const StripStyle& style) {
  return r.h < 34 && r.w >= p.width(key, {.em = style.mark_em, .mono = true}) +
                                p.width(epoch_text(cell.epoch), {.em = style.mark_em, .mono = true}) + 18;
}

/// Whether the label is shown: the number of a new epoch takes precedence, unless both fit or several partitions are
/// shown below each other, where keys matter most.
bool shows_key(Painter& p, const StripCell& cell, const std::string& key, const Rect& r, const StripStyle& style) {
  if (!style.keys || key.empty() || cell.kind == CellKind::Gap || foreign_to_leader(cell)) return false;
  const bool both = r.w >= 44 && (r.h >= 34 || beside_epoch(p, cell, key, r, style));
  if (cell.run_start && !style.partition_names && (style.bold_lines || !both)) return false;
  return p.width(key, {.em = style.mark_em, .mono = true}) + (cell.tombstone ? 14 : 0) <= r.w - 4;
}

/// The text in a later copy of a record: its sign, with the label if both fit; empty: not even the sign fits.
std::string copy_label(Painter& p, const StripCell& cell, const Rect& r, const StripStyle& style) {
  const TextStyle mono{.em = style.mark_em, .mono = true};
  const std::string sign = "×" + std::to_string(cell.copy), label = style.keys ? label_of(p, cell, r.w, style) : "";
  if (!label.empty() && p.width(label + " " + sign, mono) <= r.w - 12) return label + " " + sign;
  return r.h >= style.mark_em + 3 && p.width(sign, mono) <= r.w - 2 ? sign : std::string();
}

/// The turned-down corner of a later copy of a record.
void draw_copy_corner(Painter& p, const StripCell& cell, const Rect& r, Color ink, const StripStyle& style) {
  if (cell.copy == 0) return;
  const float size = std::min({style.bold_lines ? 14.f : 8.f, r.w * .5f, r.h * .4f});
  p.triangle({r.right() - size, r.y}, {r.right(), r.y}, {r.right(), r.y + size}, ink);
  p.note(r, "repeated cell");
}

}  // namespace

void dot_unflushed(Painter& p, const Rect& cell, CellKind kind, bool bold, float above) {
  const float dot = bold ? 4.f : 2.f, y = cell.bottom() - above - dot - (bold ? 1.f : 2.f);
  const Color ink = !p.c.dark ? p.c.cell_edge : kind == CellKind::Committed ? p.c.on_bright : p.c.strong;
  p.dashed_line(cell.x + dot, y, cell.right() - dot, y, ink, dot, dot, dot * 1.5f);
}

void draw_cell(Ui& ui, const Rect& r, const StripCell& cell, bool colored, const StripStyle& style) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Color color = cell_color(c, colored ? c.epoch(cell.epoch) : c.cell_neutral);
  const Color ground = c.dark ? c.canvas : c.panel;
  const Rect wider = r.grown(1), inside = r.grown(-1), middle = r.grown(-3);
  const bool tiny = r.w < 9;                        // an edge would fill the cell
  const float bold = style.bold_lines ? 3.f : 0.f;  // the least width of a line for a projector
  switch (cell.kind) {
    case CellKind::Apart:  // hatched like a record that is not committed, but in the frame of one that goes
      p.fill(r, ground, 2);
      p.note(r, "apart cell");
      if (tiny) {
        p.stroke(r, c.danger, 1);
        break;
      }
      p.hatch(inside, c.danger, style.bold_lines ? 12.f : 6.f);
      p.dashed(r, c.danger, style.bold_lines ? 3.f : 1.6f, 3, 2, 2);
      break;
    case CellKind::Struck:
      p.fill(r, ground, 2);
      p.note(r, "struck cell");
      if (tiny) {
        p.stroke(r, c.strong, 1);
      } else {
        p.dashed(r, c.strong, std::max(1.f, bold), 3, 2, 2);
      }
      p.line(wider.x, r.cy(), wider.right(), r.cy(), c.danger, style.bold_lines ? 4.f : 2.5f);
      break;
    case CellKind::Lost: {  // an empty frame, torn from corner to corner
      const Color ink = cell.made_good ? c.mid : c.danger;
      p.fill(r, ground, 2);
      p.note(r, cell.made_good ? "cell copied again" : "lost cell");
      p.stroke(r, ink, tiny ? 1.f : std::max(1.f, bold), 2);
      p.line(inside.x, inside.bottom(), inside.right(), inside.y, ink, style.bold_lines ? 3.f : 1.6f);
      break;
    }
    case CellKind::Deleted:
      p.dashed(r, c.mid, std::max(1.f, bold), 2, 3, 2);
      p.note(r, "deleted cell");
      break;
    case CellKind::Gap:
      if (!tiny) p.dashed(r, c.mid, std::max(1.f, bold), 2, 3, 2);
      p.line(r.x, r.cy(), r.right(), r.cy(), c.strong, std::max(1.f, bold));
      p.note(r, "compacted cell");
      break;
    case CellKind::Skipped: {  // pale, with a sign that it was skipped
      p.fill(r, mix(color, ground, .3f), 2);
      p.note(r, "skipped cell");
      if (tiny) {
        p.stroke(r, c.danger, 1);
        break;
      }
      p.dashed(r, c.danger, style.bold_lines ? 3.f : 1.6f, 4, 3, 2);
      if (r.w < 14) break;  // no room for the sign
      const float size = std::min({style.bold_lines ? 8.f : 5.f, r.w * .22f, r.h * .3f}),
                  width = style.bold_lines ? 3.f : 2.f;
      for (const float x : {r.cx() - size, r.cx() + size * .4f}) {
        p.line(x, r.cy() - size, x + size, r.cy(), c.danger, width);
        p.line(x + size, r.cy(), x, r.cy() + size, c.danger, width);
      }
      break;
    }
    case CellKind::Above:
      p.fill(r, ground, 2);
      p.hatch(inside, hatch_color(c, color), style.bold_lines ? 12.f : 6.f);
      p.stroke(r, c.dark ? color : c.cell_edge, tiny ? 1.f : std::max(1.5f, bold), 2);
      break;
    case CellKind::Committed:
      p.fill(r, color, 2);
      if (!c.dark && !tiny) p.stroke(r, c.cell_edge, std::max(1.f, bold), 2);
      break;
  }
  const bool crossed = cell.transaction == 'a' && !cell.control && !foreign_to_leader(cell);
  if (crossed) {
    p.line(middle.x, middle.bottom(), middle.right(), middle.y, c.on_bright, std::max(1.5f, bold));
    p.line(middle.x, middle.y, middle.right(), middle.bottom(), c.on_bright, std::max(1.5f, bold));
  }
  if (cell.run_start) {
    const float wide = std::max(2.f, bold);
    p.fill({r.x - wide, r.y - 3, wide, r.h + 6}, c.primary);
  }
  const bool filled = cell.kind == CellKind::Committed;
  draw_copy_corner(p, cell, r, filled ? c.on_bright : c.primary, style);
  if (cell.kind == CellKind::Skipped) return;  // the sign stands where the key would
  auto label = [&](std::string_view s, float em, float x, float y, Align align) {
    const TextStyle text{
        .em = em, .color = filled ? c.on_bright : c.primary, .bold = !filled, .mono = true, .align = align};
    if (cell.kind == CellKind::Above || crossed) {  // over the hatching, or the cross
      const float w = p.width(s, text);
      const float left = align == Align::Middle ? x - w / 2 : x;
      p.fill({left - 2, y - em * 0.78f, w + 4, em * 0.98f}, cell.kind == CellKind::Above ? ground : color, 2);
    }
    p.text(x, y, s, text);
  };
  if (cell.control && !foreign_to_leader(cell)) {
    // A commit's marker is full, an abort's hollow.
    const float size = std::min({style.bold_lines ? 10.f : 7.f, r.h * .4f, r.w * .4f});
    const Color ink = filled ? c.on_bright : c.primary;
    if (cell.transaction == 'c') p.diamond(r.cx(), r.cy(), size, ink);
    else p.diamond_line(r.cx(), r.cy(), size, ink, style.bold_lines ? 3.f : 2.f);
  } else if (const std::string again = cell.copy == 0 ? "" : copy_label(p, cell, r, style); !again.empty()) {
    label(again, style.mark_em, r.cx(), r.cy() + style.mark_em * .36f, Align::Middle);
  } else if (const std::string key = style.keys ? label_of(p, cell, r.w, style) : std::string();
             shows_key(p, cell, key, r, style)) {
    const bool corner = cell.first_of_run && r.w >= 44 && r.h >= 34 && !style.bold_lines;
    const bool beside = cell.first_of_run && !corner && !style.bold_lines && !style.partition_names &&
                        beside_epoch(p, cell, key, r, style);
    const float em = style.mark_em, x = (cell.tombstone ? r.cx() + 6 : r.cx()) + (beside ? em * .8f : 0.f);
    if (cell.tombstone)
      p.icon(Icon::Out, x - p.width(key, {.em = em, .mono = true}) / 2 - 14, r.cy() - 6 + (corner ? 5 : 0), 12,
             filled ? c.on_bright : c.primary, 1.8f);
    // On a projector the dots of a record that is only in memory are large: its words stand above them.
    const float lift =
        style.bold_lines && !cell.flushed ? std::clamp((r.h - em) / 2, 0.f, 3.f) : lift_over_dots(cell, r, em, false);
    label(key, em, x, r.cy() + em * .36f + (corner ? 5 : 0) - lift, Align::Middle);
    if (corner) label(epoch_text(cell.epoch), 13, r.x + 4, r.y + 13, Align::Left);
    if (beside) label(epoch_text(cell.epoch), em, r.x + 4, r.cy() + em * .36f, Align::Left);
  } else if (cell.tombstone && cell.kind != CellKind::Gap && !foreign_to_leader(cell) && r.w >= 12) {
    p.icon(Icon::Out, r.cx() - 6, r.cy() - 6, 12, filled ? c.on_bright : c.primary, 1.8f);
  } else if (cell.first_of_run && !foreign_to_leader(cell) && cell.kind != CellKind::Gap) {
    const float em = r.w >= 30 || style.bold_lines ? style.mark_em : 13;
    const float covered = cell.transaction == 0 ? 0 : covered_by_bar(style);
    const Rect free{r.x, r.y, r.w, r.h - covered};
    const bool crowded = crossed && style.bold_lines && r.h < em * 2;  // the cross, dots and a bar are enough
    if (!crowded && free.h >= em * .8f && r.h >= em + 5 &&
        p.width(epoch_text(cell.epoch), {.em = em, .mono = true}) <= r.w - 2)
      label(epoch_text(cell.epoch), em, free.cx(),
            free.cy() + em * 0.36f - lift_over_dots(cell, free, em, style.bold_lines), Align::Middle);
  }
}

namespace {

/// A replica that may lead without being in sync (KIP-966).
void elr_tag(Painter& p, const Rect& place, float em) {
  const TextStyle style{.em = em, .bold = true, .align = Align::Middle};
  const Rect r = Row{place.middle(em * 1.5f)}.left(p.width("ELR", style) + 10);
  p.stroke(r, p.c.strong, em > 16 ? 3.f : 1.25f, em * .75f);
  p.text(r, "ELR", style);
  p.note(r, "elr");
}

words::Key role_word(ReplicaRole role) {
  switch (role) {
    case ReplicaRole::Leader: return "ui.role_leader"_w;
    case ReplicaRole::Offline: return "ui.offline"_w;
    case ReplicaRole::OutOfIsr: return "ui.role_out"_w;
    case ReplicaRole::Zombie: return "ui.role_zombie"_w;
    case ReplicaRole::Joining: return "ui.role_joining"_w;
    case ReplicaRole::Leaving: return "ui.role_leaving"_w;
    default: return "ui.role_in_sync"_w;
  }
}

/// If cells are too narrow for a number, epochs are above the rows: in place of the ruler, or with a pole to the first
/// cell of each where flags stand, unless its place is `taken`. Returns their ranges: from, to.
std::vector<std::pair<float, float>> draw_epochs_above(const Strip& s, const StripView& view, const Rect& line,
                                                       const std::vector<Rect>& taken = {}) {
  Painter& p = s.ui.p;
  const float em = s.style.bold_lines ? s.style.mark_em : 13;
  std::vector<std::pair<float, float>> drawn;
  if (s.cell_w() >= p.width("e0", {.em = em, .mono = true}) + 2) return drawn;
  for (std::size_t i = 0; i < view.rows.size(); ++i) {
    if (view.rows[i].log->role != ReplicaRole::Leader) continue;
    for (const StripCell& cell : view.rows[i].cells) {
      if (!cell.first_of_run) continue;
      const Rect tag{s.gx(cell.offset), line.y,
                     p.width(epoch_text(cell.epoch), {.em = em, .bold = true, .mono = true}) + 8, em * 1.3f};
      if ((!drawn.empty() && tag.x < drawn.back().second) || tag.right() > s.r.right() ||
          std::any_of(taken.begin(), taken.end(), [&](const Rect& o) { return o.overlaps(tag); }))
        continue;
      epoch_tag(p, tag, cell.epoch, s.colored, em);
      p.note(tag, "epoch begins");
      if (!s.style.ruler) p.line(tag.x, tag.bottom(), tag.x, s.row_y(i), p.c.primary, s.style.bold_lines ? 3.f : 2.f);
      drawn.emplace_back(tag.x, tag.right());
    }
  }
  return drawn;
}

void draw_ruler(const Strip& s, const Line& line, const std::vector<std::pair<float, float>>& taken) {
  Painter& p = s.ui.p;
  const TextStyle small{.em = s.style.mark_em, .color = p.c.muted, .mono = true, .align = Align::Middle};
  const float label_w = p.width(std::to_string(s.part.log_end_offset), small) + 14;
  const auto step = static_cast<std::int64_t>(std::ceil(label_w / s.plan.pitch));
  std::int64_t nice = 1;
  for (const std::int64_t n : {2, 4, 5, 10, 20, 50, 100}) {
    if (nice < step) nice = n;
  }
  const bool hw_seen = s.style.flags && s.plan.sees(s.part.high_watermark);
  for (const StripSegment& segment : s.plan.segments) {
    const float end = s.gx(segment.to) - label_w / 2 + 14;
    for (std::int64_t o = segment.from; o < segment.to; o += nice) {
      const float cx = s.gx(o) + s.cell_w() / 2;
      if (o > segment.from && cx > end + s.plan.pitch) continue;
      const float half = label_w / 2 - 4;
      if (std::any_of(taken.begin(), taken.end(),
                      [&](const auto& span) { return cx + half > span.first && cx - half < span.second; }))
        continue;
      if (hw_seen && std::fabs(s.gx(s.part.high_watermark) - 1 - cx) < p.width(std::to_string(o), small) / 2 + 2)
        continue;
      p.text(cx, line.base, std::to_string(o), small);
    }
  }
}

/// The records that are only in memory: dots along the bottom of their cells.
bool draw_unflushed(const Strip& s, const StripRow& row, float y) {
  if (s.style.cell_h < kLeastDotted) return false;
  bool drawn = false;
  for (const StripSegment& sight : s.plan.segments) {
    float from = -1, to = -1;
    for (const StripCell& cell : row.cells) {
      if (cell.offset < sight.from || cell.offset >= sight.to || cell.flushed || cell.kind == CellKind::Gap) continue;
      const Rect at{s.gx(cell.offset), y, s.cell_w(), s.style.cell_h};
      dot_unflushed(s.ui.p, at, cell.kind, s.style.bold_lines, cell.transaction == 0 ? 0 : covered_by_bar(s.style));
      if (from < 0) from = at.x;
      to = at.right();
    }
    if (from < 0) continue;
    s.ui.p.note(Column{Rect{from, y, to - from, s.style.cell_h}}.last(4), "unflushed");
    drawn = true;
  }
  return drawn;
}

/// Whether the words about segments have room: nothing else stands below the last row.
bool says_segments(const Strip& s, const StripRow& last) {
  const bool plain = s.style.flags && s.style.flags_below && !s.style.all_flags && !s.style.bold_lines;
  return plain && s.part.flags.empty() && s.part.shares.empty() && s.part.known.empty() && last.cut.empty() &&
         !own_watermark_seen(s, *last.log) &&
         std::all_of(last.cells.begin(), last.cells.end(), [](const StripCell& cell) { return cell.transaction == 0; });
}

/// What a segment is, below its bracket: "closed segment"; the active one's words may be wider than it.
void say_segment(const Strip& s, const Rect& bracket, bool active) {
  constexpr float kBelow = 16;
  const TextStyle style{.em = 13, .color = s.ui.c.secondary};
  const float room = active ? s.r.right() - bracket.x : bracket.w;
  for (const words::Key key : {active ? "ui.segment_active"_w : "ui.segment_closed"_w,
                               active ? "ui.segment_active_brief"_w : "ui.segment_closed_brief"_w}) {
    if (s.ui.p.width(s.ui.tr(key), style) > room) continue;
    s.ui.p.text(bracket.x, bracket.bottom() + kBelow, s.ui.tr(key), style);
    return;
  }
}

/// Segments of the log: brackets under the row, each from its base offset to the next segment's; the active one has no
/// end.
bool draw_segments(const Strip& s, const StripRow& row, float y, bool last) {
  const auto& bases = row.log->segments;
  if (bases.size() < 2 || row.cells.empty()) return false;
  Painter& p = s.ui.p;
  const float foot = y + s.style.cell_h + 4, lip = s.style.bold_lines ? 6.f : 4.f,
              width = s.style.bold_lines ? 3.f : 1.6f;
  const bool said = last && says_segments(s, row);
  bool drawn = false;
  for (const StripSegment& sight : s.plan.segments) {
    for (std::size_t i = 0; i < bases.size(); ++i) {
      const bool active = i + 1 == bases.size();
      const std::int64_t end = active ? row.log->log_end_offset : bases[i + 1], from = std::max(bases[i], sight.from),
                         to = std::min(end, sight.to);
      if (from >= to) continue;
      const float x0 = s.gx(from) + 1, x1 = s.gx(from) + static_cast<float>(to - from) * s.plan.pitch - s.plan.gap - 1;
      p.line(x0, foot, x1, foot, p.c.strong, width);
      if (from == bases[i]) p.line(x0, foot + width / 2, x0, foot - lip, p.c.strong, width);
      if (!active && to == end) p.line(x1, foot + width / 2, x1, foot - lip, p.c.strong, width);
      if (said) say_segment(s, {x0, foot - lip, x1 - x0, lip}, active);
      p.note({x0, foot - lip, x1 - x0, lip}, "segment");
      drawn = true;
    }
  }
  return drawn;
}

/// The head of the log has been deleted: the new start under the name if there is room, and a dashed edge if that
/// offset is visible.
void log_begins(const Strip& s, const ReplicaLog& log, const Line& words, float y) {
  Painter& p = s.ui.p;
  if (says_begin(s, log))
    p.text(words, s.ui.tr("ui.log_from"_w, {{"offset", std::to_string(log.log_start_offset)}}),
           {.em = 13, .color = p.c.secondary, .foreign = true});
  if (!s.plan.sees(log.log_start_offset)) return;
  const float x = s.gx(log.log_start_offset) - s.plan.gap;
  p.dashed_line(x, y - 4, x, y + s.style.cell_h + 4, p.c.strong, 1.6f, 4, 3);
  p.note({x - 1, y - 4, 2, s.style.cell_h + 8}, "log start");
}

/// The size of the broker's name beside the partition's name.
float beside_em(const StripStyle& style) {
  return style.bold_lines ? style.name_em : std::max(13.f, style.name_em - 4);
}

float sign_size(const StripStyle& style) { return style.name_em >= 18 ? style.name_em : 15.f; }

constexpr float kNameGap = 10;

void draw_row(const Strip& s, const StripRow& row, float y) {
  Ui& ui = s.ui;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const StripStyle& style = s.style;
  const ReplicaLog& log = *row.log;
  const bool dead = log.role == ReplicaRole::Offline, lead = log.role == ReplicaRole::Leader,
             out = log.role == ReplicaRole::OutOfIsr;
  const float m = y + style.cell_h / 2, icon = sign_size(style);
  Row names{Rect{s.r.x, y, style.name_w - 4, style.cell_h}, kNameGap};
  p.icon(role_icon(log.role), names.left(icon).middle(icon, icon),
         dead   ? c.danger
         : lead ? c.leader
         : out  ? c.muted
                : c.secondary,
         dead ? 2.4f : 1.7f);
  const float base = m + style.name_em * 0.35f - (style.roles ? 9 : 0);
  names.rest.base = base;
  const Line below(names.rest, base + (style.roles ? 20 : 17));
  if (style.roles) p.text(below, ui.tr(role_word(log.role)), {.em = 15, .color = lead ? c.leader : c.secondary});
  const std::string broker = "broker-" + std::to_string(log.broker);
  const TextStyle name{.em = style.name_em, .color = dead ? c.muted : c.primary, .bold = lead, .foreign = true};
  if (style.partition_names) {
    p.text(names, s.part.name, name);
    const TextStyle beside{.em = beside_em(style), .color = c.secondary, .foreign = true};
    if (p.width(broker, beside) <= names.rest.w) p.text(names.rest, broker, beside);
  } else {
    names.gap = 6;
    p.text(names, broker, name);
    const float em = style.bold_lines ? style.mark_em : 13.f;
    if (log.eligible && p.width("ELR", {.em = em}) + 10 < names.rest.w) elr_tag(p, names.rest, em);
    if (log.log_start_offset > 0 && !style.bold_lines) log_begins(s, log, below, y);
  }
  for (const std::vector<StripCell>* cells : {&row.deleted, &row.cells})
    for (const StripCell& cell : *cells)
      draw_cell(ui, {s.gx(cell.offset), y, s.cell_w(), style.cell_h}, cell, s.colored, style);
  if (!row.cells.empty()) {
    const float first = s.gx(row.cells.front().offset);
    p.note({first, y, s.gx(row.cells.back().offset) + s.cell_w() - first, style.cell_h}, "cells of a row");
  }
  const float end = s.gx(log.log_end_offset);
  const bool seen = s.plan.sees(log.log_end_offset);
  if (dead && !row.cells.empty()) {
    p.fill({s.x0 - 2, y - 3, s.gx(row.cells.back().offset) + s.plan.pitch - s.x0 + 2, style.cell_h + 6},
           with_alpha(s.colored || !c.dark ? c.panel : c.canvas, 0.5f));
  }
  // The log end; if it is not visible, how far behind it is.
  const bool folded = !seen && s.plan.segments.size() > 1 && log.log_end_offset > s.plan.segments.front().to;
  float tx = (seen                ? end
              : folded            ? s.gx(s.plan.segments.back().from)
              : row.cells.empty() ? s.x0
                                  : s.gx(row.cells.back().offset) + s.plan.pitch) +
             8;
  if (!seen) {
    TextStyle behind{.em = std::max(13.f, style.bold_lines ? style.mark_em : 13.f), .color = c.muted, .foreign = true};
    std::string words = std::to_string(log.log_end_offset);
    // A replica whose log is longer than the leader's is not behind.
    if (s.part.log_end_offset > log.log_end_offset) {
      const std::string both =
          words + " · " + ui.tr("ui.behind"_w, {{"count", count_text(s.part.log_end_offset - log.log_end_offset)}});
      if (s.beside_poles(tx, p.width(both, behind)) + p.width(both, behind) <= s.r.right()) words = both;
    }
    tx = s.beside_poles(tx, p.width(words, behind));
    behind.max = s.r.right() - tx;
    tx += p.text(tx, m + 4.7f, words, behind) + 12;
  } else {
    const std::string words = std::to_string(log.log_end_offset);
    const TextStyle plain{.em = style.mark_em, .color = c.secondary, .mono = true};
    const bool in_last = s.plan.segments.size() == 1 || log.log_end_offset > s.plan.segments.back().from;
    if (in_last) tx = s.beside_poles(tx, p.width(words, plain));
    tx += p.text(tx, m + style.mark_em * .35f, words, plain) + 12;
  }
  if (!row.cut.empty()) {
    draw_cut(s, row, y);
  } else if (std::any_of(row.cells.begin(), row.cells.end(),
                         [](const StripCell& cell) { return cell.kind == CellKind::Apart; })) {
    constexpr float kLeast = 60;  // with less room, the legend says it
    if (tx + kLeast < s.r.right() && seen && s.plan.segments.size() == 1) {
      TextStyle said{.em = style.bold_lines ? std::max(13.f, style.mark_em) : 13.f, .color = c.danger, .foreign = true};
      tx = s.beside_poles(tx, p.width(ui.tr("ui.not_the_leaders"_w), said));
      said.max = s.r.right() - tx;
      p.text(tx, m + 4.7f, ui.tr("ui.not_the_leaders"_w), said);
    }
  }
  if (own_watermark_seen(s, log)) {
    const float hx = s.gx(log.high_watermark) - 1, k = style.bold_lines ? 1.8f : 1.f;
    p.triangle({hx, y + style.cell_h + 1}, {hx + 5 * k, y + style.cell_h + 1 + 8 * k},
               {hx - 5 * k, y + style.cell_h + 1 + 8 * k}, c.hw);
  }
}

}  // namespace

float names_width(const Ui& ui, const Partition& part, const StripStyle& style) {
  float broker = 0;
  for (const ReplicaLog& log : part.logs)
    broker = std::max(broker, ui.p.width("broker-" + std::to_string(log.broker), {.em = beside_em(style)}));
  constexpr float kBeforeCells = 5;
  return sign_size(style) + ui.p.width(part.name, {.em = style.name_em, .bold = true}) + broker + kNameGap + kNameGap +
         kBeforeCells;
}

namespace {
/// Whether the lesson points at one of the log's flags: the words beside its ring take the line of flags.
bool points_at_flags(const Ui& ui, const Partition& part) {
  const auto& points = ui.lesson.view.point;
  return std::any_of(points.begin(), points.end(),
                     [&](const PointAt& at) { return at.path.starts_with("/partitions/" + part.name + "/"); });
}

/// From the first to the last record in the log that the chain of causes is about, else that the lesson points at;
/// empty: none.
StripSegment records_pointed_at(const Ui& ui, const Partition& part) {
  StripSegment all = chain_records(ui, part);
  if (all.from >= 0) return all;
  for (const PointedRecord& record : ui.lesson.view.records) {
    if (record.partition != part.name || record.offset < part.log_start_offset || record.offset >= part.log_end_offset)
      continue;
    all.from = all.from < 0 ? record.offset : std::min(all.from, record.offset);
    all.to = std::max(all.to, record.offset);
  }
  return all;
}
}  // namespace

float draw_strips(Ui& ui, int index, const Rect& r, const StripStyle& style, StripMarks* marks) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Partition& part = ui.world.partitions[static_cast<std::size_t>(index)];
  Strip s{ui, part, style, {}, r, r.x + style.name_w, 0, index == ui.selected_partition(), index};
  const float end_w = p.width(std::to_string(part.log_end_offset), {.em = style.mark_em, .mono = true}) + 24;
  s.plan =
      plan_strips(part, r.right() - s.x0 - std::max(static_cast<float>(style.tail_cells) * (style.cell_w + 2), end_w),
                  style, records_pointed_at(ui, part));
  const StripView view = build_strip_view(part, s.plan, style.leader_first);
  Column in{r};
  in.skip(flag_room(style));
  if (style.ruler) {
    const Line ruler = in.next({22, 14});
    draw_ruler(s, ruler, draw_epochs_above(s, view, Rect(ruler).padded(0, 1)));
  } else {
    in.skip(4);
  }
  s.rows_top = in.rest.y;
  if (style.flags) {
    if (s.plan.sees(part.high_watermark)) s.poles.push_back(s.gx(part.high_watermark) - 1);
    if (part.last_stable_offset < part.high_watermark && s.plan.sees(part.last_stable_offset))
      s.poles.push_back(s.gx(part.last_stable_offset) - 1);
    for (const LogFlag& f : part.flags) {
      const bool drawn = style.all_flags || (style.flags_below && !f.position);
      if (drawn && s.plan.sees(f.offset)) s.poles.push_back(s.gx(f.offset) - 1);
    }
    if (style.all_flags && s.plan.sees(part.log_end_offset)) s.poles.push_back(s.gx(part.log_end_offset) - 1);
    std::sort(s.poles.begin(), s.poles.end());
  }
  bool segments = false, unflushed = false;
  for (std::size_t i = 0; i < view.rows.size(); ++i) {
    draw_row(s, view.rows[i], s.row_y(i));
    unflushed = draw_unflushed(s, view.rows[i], s.row_y(i)) || unflushed;
    if (style.gap >= 8) segments = draw_segments(s, view.rows[i], s.row_y(i), i + 1 == view.rows.size()) || segments;
  }
  const bool held = draw_transaction_bars(s, view);
  draw_twice(s, view);
  if (marks != nullptr) {
    marks->held = marks->held || held;
    marks->segments = marks->segments || segments;
    marks->unflushed = marks->unflushed || unflushed;
    for (const StripRow& row : view.rows) {
      marks->deleted = marks->deleted || !row.deleted.empty();
      for (const StripCell& cell : row.cut) {
        marks->lost = marks->lost || (cell.kind == CellKind::Lost && !row.log->made_good);
        marks->copied_again = marks->copied_again || (cell.kind == CellKind::Lost && row.log->made_good);
        marks->struck = marks->struck || cell.kind == CellKind::Struck;
      }
      for (const StripCell& cell : row.cells) marks->apart = marks->apart || cell.kind == CellKind::Apart;
      marks->own_watermark = marks->own_watermark || own_watermark_seen(s, *row.log);
      for (const StripCell& cell : row.cells) {
        marks->gap = marks->gap || cell.kind == CellKind::Gap;
        marks->skipped = marks->skipped || cell.kind == CellKind::Skipped;
        marks->again = marks->again || cell.copy > 0;
        marks->tombstone = marks->tombstone || cell.tombstone;
        marks->above = marks->above || cell.kind == CellKind::Above;
        if (cell.kind == CellKind::Gap || foreign_to_leader(cell))
          continue;  // these cells have no mark of a transaction
        marks->open = marks->open || (cell.transaction == 'o' && !cell.control);
        marks->committed = marks->committed || (cell.transaction == 'c' && !cell.control);
        marks->aborted = marks->aborted || (cell.transaction == 'a' && !cell.control);
        marks->commit_marker = marks->commit_marker || (cell.transaction == 'c' && cell.control);
        marks->abort_marker = marks->abort_marker || (cell.transaction != 'c' && cell.control);
      }
    }
  }
  const float rows_end = s.row_y(view.rows.size()) - style.gap;
  for (std::size_t i = 0; i + 1 < s.plan.segments.size(); ++i) {  // dots for the offsets left out between two segments
    const float x = s.gx(s.plan.segments[i].to) + 12;
    for (std::size_t row = 0; row < view.rows.size(); ++row) {
      if (view.rows[row].log->log_end_offset <= s.plan.segments[i].to) continue;
      const float m = s.row_y(row) + style.cell_h / 2;
      for (int dot = 0; dot < 3; ++dot) p.circle(x + 7 * static_cast<float>(dot), m, 2, c.muted);
    }
  }
  const float below_flags = rows_end + room_below(style) + (style.flags ? flags_shift(s, view, rows_end) : 0.f),
              shares_end = below_flags + static_cast<float>(part.shares.size()) * share_row_height(style);
  touch_column(s, view, index, part.shares.empty() ? rows_end : shares_end);
  FlagPlates plates;
  if (style.flags) {
    plates = draw_flags(s, view, rows_end);
    const Rect name{r.x, r.y, style.head_w, r.h};
    if (!style.ruler && !points_at_flags(ui, part))
      draw_epochs_above(s, view, r, {plates.watermark, plates.stable, name});
    touch_flags(s, index, plates);
    if (marks != nullptr && s.colored && s.plan.sees(part.high_watermark))
      marks->watermark = {s.gx(part.high_watermark) - 1, s.rows_top + style.cell_h + style.gap / 2};
  }
  float cuts_end = rows_end;
  for (std::size_t i = 0; i < view.rows.size(); ++i)
    if (!view.rows[i].cut.empty()) cuts_end = std::max(cuts_end, draw_cut_words(s, view.rows[i], s.row_y(i)));
  if (style.partition_names && !style.flags_below && view.rows.size() == 1) draw_flags_beside(s);
  const float words_end = std::max(draw_known(s, view, rows_end), draw_moved(s, rows_end, cuts_end));
  ring_points(s, view, plates);
  draw_chain_in_strips(s, view, plates);
  if (part.shares.empty()) return std::max(below_flags, words_end);
  return draw_share_rows(ui, part, s.plan, style, {r.x, below_flags}, marks);
}

}  // namespace kafkascope::ui
