// The flags of the log strips: the log's offsets above the rows, groups' committed offsets and consumers' positions
// below.
#include <algorithm>

#include "ui/panels/strip_parts.h"
#include "ui/shorten.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

/// A label on a pole.
struct Flag {
  float x;
  std::string text;
  Color color;
  bool solid;
  bool left;  // the plate is to the left of the pole
  bool pole = true;
};

/// Draws the plates on that many rows, so that they avoid each other. On a single row a plate moves aside a little, and
/// its pole stays in place.
FlagPlates draw_plates(Ui& ui, std::vector<Flag>& flags, float plate_y, float pole_end, bool below, const Rect& room,
                       float em, int rows) {
  FlagPlates plates;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const float thick = em > 16 ? 3.f : 0.f;  // large type is for a projector
  float ends[2] = {room.x - 1000, room.x - 1000};
  std::sort(flags.begin(), flags.end(), [](const Flag& a, const Flag& b) { return a.x < b.x; });
  std::vector<Rect> places;  // empty: only the pole is drawn; the hover card has the text
  const auto style_of = [&](const Flag& f) {
    return TextStyle{.em = em, .color = f.solid ? (c.dark ? c.on_bright : c.accent_ink) : f.color, .bold = true};
  };
  for (const Flag& f : flags) {
    const float w = p.width(f.text, style_of(f)) + 12;
    float px = f.left ? f.x - w : f.x;
    px = std::clamp(px, room.x, std::max(room.x, room.right() - w));
    if (rows == 1 && px < ends[0] + 4 && ends[0] + 4 - px < (below ? std::max(120.f, 8 * em) : 16 * em) &&
        ends[0] + 4 + w <= room.right())
      px = ends[0] + 4;
    int row = px >= ends[0] + 4 ? 0 : px >= ends[1] + 4 ? 1 : -1;
    if (row >= rows) row = -1;
    const float y = below ? plate_y : plate_y + static_cast<float>(std::max(row, 0)) * (em * 1.46f + 2);
    // Poles first, so that none crosses a plate.
    if (f.pole) {
      const float top = below ? pole_end : y, bottom = below ? y + 18 : pole_end;
      p.line(f.x, top, f.x, bottom, f.color, std::max(2.f, thick));
      p.note(Rect{f.x, top, 0, bottom - top}.grown(1), "pole");
    }
    places.push_back(row < 0 ? Rect{} : Rect{px, y, w, em * 1.46f});
    if (row >= 0) ends[row] = px + w;
  }
  for (std::size_t i = 0; i < flags.size(); ++i) {
    const Flag& f = flags[i];
    const Rect& plate = places[i];
    if (plate.empty()) continue;
    p.fill(plate, f.solid ? f.color : c.panel, 2);
    p.stroke(plate, f.color, std::max(1.5f, thick), 2);
    p.text(plate.x + 6, plate.y + em * 1.1f, f.text, style_of(f));
    if (f.solid && f.color == c.hw) plates.watermark = plate;
    if (f.solid && f.color == c.lso) plates.stable = plate;
  }
  return plates;
}

/// High watermark, log end, last stable offset, log start.
std::vector<Flag> facts_above(const Strip& s, const StripView& view) {
  const Palette& c = s.ui.c;
  const Partition& part = s.part;
  std::vector<Flag> above;
  const float x_hw = s.gx(part.high_watermark) - 1;
  const std::string waits = watermark_stands(part) ? watermark_waits(s.ui.st.lang, part) : std::string();
  const std::string watermark = "HW " + std::to_string(part.high_watermark) + (waits.empty() ? "" : ", " + waits);
  if (s.plan.sees(part.high_watermark)) above.push_back({x_hw, watermark, c.hw, true, false, true});
  if (!s.plan.sees(part.high_watermark) && part.high_watermark > view.from)
    above.push_back({x_hw + 6, watermark, c.hw, true, false, false});
  if (part.high_watermark < view.from) above.push_back({s.x0, "< " + watermark, c.hw, true, false, false});
  if (part.last_stable_offset < part.high_watermark) {
    const std::string open = stable_offset_waits(s.ui, s.index),
                      stable = "LSO " + std::to_string(part.last_stable_offset) + (open.empty() ? "" : ", " + open);
    const bool seen = s.plan.sees(part.last_stable_offset);
    const float x = s.gx(part.last_stable_offset) - 1;
    // At the left of its pole, unless the plate would reach the names.
    const float w = s.ui.p.width(stable, {.em = s.style.bold_lines ? s.style.mark_em : 13.f, .bold = true}) + 12;
    if (seen || part.last_stable_offset < view.from)
      above.push_back({seen ? x : s.x0, (seen ? "" : "< ") + stable, c.lso, true, seen && x - w >= s.x0, seen});
  }
  if (s.style.all_flags) {
    if (s.plan.sees(part.log_end_offset) && part.log_end_offset != part.high_watermark)
      above.push_back(
          {s.gx(part.log_end_offset) - 1, "LEO " + std::to_string(part.log_end_offset), c.leo, false, false, true});
    if (part.log_start_offset > 0 && s.plan.sees(part.log_start_offset))
      above.push_back(
          {s.gx(part.log_start_offset) - 1, std::to_string(part.log_start_offset), c.log_start, false, false, true});
  }
  return above;
}

/// Several flags at one offset share a plate; a position equal to its group's committed offset is left out.
std::vector<LogFlag> merged(const std::vector<LogFlag>& all) {
  std::vector<LogFlag> flags;
  for (const LogFlag& f : all) {
    if (f.position &&
        std::any_of(all.begin(), all.end(), [&](const LogFlag& o) { return !o.position && o.offset == f.offset; }))
      continue;
    const auto there = std::find_if(flags.begin(), flags.end(),
                                    [&](const LogFlag& o) { return o.offset == f.offset && o.position == f.position; });
    if (there == flags.end()) flags.push_back(f);
    else there->who += ", " + f.who;
  }
  return flags;
}

/// The text of a flag. A name too long for the strip loses its middle; the number after the name stays.
std::string flag_words(const Strip& s, const LogFlag& flag, float em) {
  const bool all = s.style.all_flags;
  const auto said = [&](const std::string& who) {
    const std::string offset = std::to_string(flag.offset);
    if (!flag.position && !all && !s.style.bold_lines) return who + " " + offset;
    return std::string(
        s.ui.tr(flag.position ? "ui.position_at"_w : "ui.committed_at"_w, {{"group", who}, {"offset", offset}}));
  };
  const auto width = [&](std::string_view words) { return s.ui.p.width(words, {.em = em, .bold = true}); };
  constexpr float kAround = 16;
  const float room = s.r.w - kAround;
  if (width(said(flag.who)) <= room) return said(flag.who);
  return said(shorten(flag.who, std::max(0.f, room - width(said({}))), width));
}

/// Below the rows: groups' committed offsets and, where they differ, their consumers' positions. A flag beyond an edge
/// is drawn at the edge, with an arrow and no pole.
std::vector<Flag> flags_below(const Strip& s, const StripView& view, const std::vector<LogFlag>& all) {
  std::vector<Flag> flags;
  for (const LogFlag& f : all) {
    // Before people a reader that is at the end of what it may read stands on the watermark's flag.
    if (s.style.bold_lines && f.position && f.offset == s.part.high_watermark) continue;
    const std::string words = flag_words(s, f, s.style.bold_lines ? s.style.mark_em : 13.f);
    const Color color = f.position ? s.ui.c.position : s.ui.c.committed;
    if (s.plan.sees(f.offset)) flags.push_back({s.gx(f.offset) - 1, words, color, false, !f.position, true});
    else if (f.offset < view.from) flags.push_back({s.x0 - 2, "< " + words, color, false, false, false});
    else if (f.offset > s.part.log_end_offset)  // of an older log with this name, or of one that was cut off since
      flags.push_back(
          {s.gx(view.to) + 26, s.ui.tr("ui.flag_beyond"_w, {{"flag", words}}), s.ui.c.danger, false, false, false});
  }
  return flags;
}

}  // namespace

bool watermark_stands(const Partition& part) { return part.hw_waits_for_min_isr || part.hw_waits_us >= kWaitSeen; }

std::string watermark_waits(Lang lang, const Partition& part) {
  if (part.hw_waits_for_min_isr && part.high_watermark < part.log_end_offset)
    return tr(lang, "ui.hw_waits_for_min_insync"_w, {{"count", std::to_string(part.min_insync_replicas)}});
  if (part.hw_waits_for_min_isr) return tr(lang, "ui.hw_waits_for_min_isr"_w);
  std::string who;
  for (const int id : part.hw_waits_for) who += (who.empty() ? "broker-" : ", broker-") + std::to_string(id);
  for (const int id : part.hw_waits_outside)
    who += (who.empty() ? "" : ", ") + tr(lang, "ui.hw_just_out"_w, {{"broker", "broker-" + std::to_string(id)}});
  return who.empty() ? who : tr(lang, "ui.hw_waits_for"_w, {{"brokers", who}});
}

float flags_shift(const Strip& s, const StripView& view, float rows_end) {
  constexpr float kShift = 9, kPlate = 24;
  if (view.rows.empty() || !s.part.shares.empty() || s.style.all_flags || !s.style.flags_below || s.part.flags.empty())
    return 0;
  const StripRow& last = view.rows.back();
  const bool marked = own_watermark_seen(s, *last.log) || last.log->segments.size() > 1 ||
                      std::any_of(last.cells.begin(), last.cells.end(),
                                  [](const StripCell& cell) { return cell.transaction != 0 && !cell.control; });
  return marked && s.r.bottom() >= rows_end + kPlate + kShift ? kShift : 0;
}

FlagPlates draw_flags(const Strip& s, const StripView& view, float rows_end) {
  Ui& ui = s.ui;
  const Rect room{s.r.x, s.r.y, s.r.w, rows_end - s.r.y};
  std::vector<Flag> above = facts_above(s, view), below;
  const std::vector<LogFlag> flags = merged(s.part.flags);
  for (const LogFlag& f : flags) {
    if (!s.style.all_flags || !s.plan.sees(f.offset)) continue;
    above.push_back({s.gx(f.offset) - 1, flag_words(s, f, s.style.bold_lines ? s.style.mark_em : 13.f),
                     f.position ? ui.c.position : ui.c.committed, false, true, true});
  }
  if (!s.style.all_flags && s.style.flags_below) below = flags_below(s, view, flags);
  const float em = s.style.bold_lines ? s.style.mark_em : 13.f;
  const FlagPlates plates = draw_plates(ui, above, s.r.y, rows_end + 6, false, room, em, s.style.all_flags ? 2 : 1);
  draw_plates(ui, below, rows_end + 3 + flags_shift(s, view, rows_end), rows_end - s.style.cell_h, true, room, em, 1);
  return plates;
}

namespace {
/// Whether the lesson points at that group or consumer, or at a consumer of that group.
bool flag_meant(const Ui& ui, const LogFlag& flag) {
  if (flag.position) return ui.points_at("/clients/" + flag.who);
  return ui.points_at("/groups/" + flag.who) ||
         std::any_of(ui.world.clients.begin(), ui.world.clients.end(), [&](const Client& client) {
           return client.group == flag.who &&
                  ui.points_at("/clients/" + ui.world.nodes[static_cast<std::size_t>(client.node)].name);
         });
}
}  // namespace

bool flags_matter(const Ui& ui, const Partition& part) {
  return std::any_of(part.flags.begin(), part.flags.end(), [&](const LogFlag& flag) {
    return ui.lesson.about_commits || (!flag.position && ui.points_at("/groups/" + flag.who));
  });
}

void draw_flags_beside(const Strip& s) {
  Ui& ui = s.ui;
  Painter& p = ui.p;
  const float em = s.style.bold_lines ? s.style.mark_em : 13.f;
  float x = s.gx(s.part.log_end_offset) +
            p.width(std::to_string(s.part.log_end_offset), {.em = s.style.mark_em, .mono = true}) + 26;
  const float y = s.rows_top + s.style.cell_h / 2;
  for (const LogFlag& f : s.part.flags) {  // each by itself: the lesson may mean one of several at an offset
    if (!flag_meant(ui, f) && (f.position || !ui.lesson.about_commits)) continue;
    const Color color = f.position ? ui.c.position : ui.c.committed;
    const std::string words = f.position
                                  ? ui.tr("ui.position_at"_w, {{"group", f.who}, {"offset", std::to_string(f.offset)}})
                                  : f.who + " " + std::to_string(f.offset);
    const TextStyle style{.em = em, .color = color, .bold = true};
    const Rect plate{x, y - em * .73f, p.width(words, style) + 12, em * 1.46f};
    if (plate.right() > s.r.right()) return;
    if (s.plan.sees(f.offset) && f.offset != s.part.high_watermark) {
      const float pole = s.gx(f.offset) - 1;
      p.line(pole, s.rows_top - 5, pole, s.rows_top + s.style.cell_h + 5, color, 3);
    }
    p.fill(plate, ui.c.panel, 2);
    p.stroke(plate, color, s.style.bold_lines ? 3.f : 1.5f, 2);
    p.text(plate.x + 6, plate.y + em * 1.1f, words, style);
    p.note(plate, "flag beside");
    x = plate.right() + 8;
  }
}

}  // namespace kafkascope::ui
