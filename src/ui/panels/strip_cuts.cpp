// Records that are no longer in a replica's log: ghosts below its row.
#include <algorithm>

#include "ui/panels/strip_parts.h"

namespace kafkascope::ui {

using namespace observe;

bool own_watermark_seen(const Strip& s, const ReplicaLog& log) {
  return s.style.gap >= (s.style.bold_lines ? 17 : 9) && log.role != ReplicaRole::Offline &&
         log.high_watermark != s.part.high_watermark && s.plan.sees(log.high_watermark);
}

// Close to its own row and away from the next one, so that the ghosts are not taken for the next row's.
float ghosts_high(const StripStyle& style) { return std::clamp(style.gap - 12, 7.f, style.cell_h * .6f); }

namespace {

/// The x of the words: after the ghosts, clear of the flags' poles; without room there, over the ghosts.
float words_at(const Strip& s, const StripRow& row, float w) {
  const ReplicaLog& log = *row.log;
  float after = s.beside_poles(s.gx(row.cut.back().offset) + s.plan.pitch + 8, w);
  if (own_watermark_seen(s, log))  // clear of the triangle of the replica's own high watermark, in the same line
    if (const float hx = s.gx(log.high_watermark) - 1, half = s.style.bold_lines ? 9.f : 5.f;
        hx + half > after - 3 && hx - half < after + w + 3)
      after = s.beside_poles(hx + half + 5, w);
  if (after + w <= s.r.right()) return after;
  // From the right end to the left, clear of every pole and of that triangle.
  std::vector<std::pair<float, float>> marks;  // x, room
  for (const float pole : s.poles) marks.emplace_back(pole, 8.f);
  if (own_watermark_seen(s, log)) marks.emplace_back(s.gx(log.high_watermark) - 1, 14.f);
  std::sort(marks.begin(), marks.end());
  float x = s.r.right() - w;
  for (auto mark = marks.rbegin(); mark != marks.rend(); ++mark)
    if (mark->first > x - mark->second + 5 && mark->first < x + w + mark->second - 5)
      x = mark->first - w - mark->second;
  return std::max(s.x0, x);
}

}  // namespace

void draw_cut(const Strip& s, const StripRow& row, float y) {
  Ui& ui = s.ui;
  Painter& p = ui.p;
  const StripStyle& style = s.style;
  const float h = ghosts_high(style), cy = ghosts_y(style, y);
  const float left = s.gx(row.cut.front().offset) - 5, from = y + style.cell_h * .5f;
  const Rect elbow{left, from, 4, cy + h / 2 - from};
  p.route({{elbow.x, elbow.y}, {elbow.x, elbow.bottom()}, {elbow.right(), elbow.bottom()}}, p.c.strong,
          style.bold_lines ? 3.f : 1.4f);
  p.note(elbow, "elbow of a cut");
  for (const StripCell& cell : row.cut) draw_cell(ui, {s.gx(cell.offset), cy, s.cell_w(), h}, cell, false, style);
}

float draw_cut_words(const Strip& s, const StripRow& row, float y) {
  Ui& ui = s.ui;
  Painter& p = ui.p;
  const StripStyle& style = s.style;
  const float h = ghosts_high(style), cy = ghosts_y(style, y);
  TextStyle shown{.em = style.bold_lines ? style.mark_em : 13.f,
                  .color = row.log->made_good ? p.c.secondary : p.c.danger,
                  .bold = true,
                  .foreign = true};
  const float after_ghosts = s.gx(row.cut.back().offset) + s.plan.pitch;
  std::string words = ui.pick(row.log->note);
  float w = p.width(words, shown), x = words_at(s, row, w);
  if (x < after_ghosts && !row.log->note_brief.empty()) {  // the ghosts' numbers may be left out
    words = ui.pick(row.log->note_brief);
    w = p.width(words, shown), x = words_at(s, row, w);
  }
  shown.max = s.r.right() - x;
  const float high = shown.em * .98f, edge = style.bold_lines ? 2.5f : 1.5f;
  // Letters that are higher than the ghosts stand below their own row's edge.
  const float middle = std::max(cy + h / 2, y + style.cell_h + edge + high / 2);
  const Rect plate = Rect{x, cy, std::min(w, shown.max), h}.padded(-4, -1),
             letters = Rect{plate.x, middle, plate.w, 0}.middle(high);
  const bool over_pole = std::any_of(s.poles.begin(), s.poles.end(),
                                     [&](float pole) { return pole > letters.x && pole < letters.right(); });
  if (over_pole || x < after_ghosts)
    p.fill(over_pole ? letters : plate, s.colored || !p.c.dark ? p.c.panel : p.c.canvas);
  p.note(letters, "words of a cut");
  p.text(x, Line(Rect{x, middle, 0, 0}).baseline(shown.em), words, shown);
  return letters.bottom();
}

float draw_moved(const Strip& s, float rows_end, float words_end) {
  const std::vector<int>& brokers = s.part.moved_from;
  if (brokers.empty()) return rows_end;
  std::string names;
  for (const int id : brokers) names += (names.empty() ? "broker-" : ", broker-") + std::to_string(id);
  Painter& p = s.ui.p;
  const std::string words = s.ui.tr("ui.moved_from"_w, {{"brokers", names}, {"count", std::to_string(brokers.size())}});
  const TextStyle style{.em = s.style.bold_lines ? s.style.mark_em : 15.f, .color = p.c.secondary, .foreign = true};
  const float from = rows_end + (flags_stand_below(s) ? room_below(s.style) + kUnderFlags : 6);
  const Rect line{s.r.x, std::max(from, words_end), s.r.w, style.em * 1.7f};
  const float sign = style.em * 1.1f;
  if (s.x0 - s.r.x + p.width(words, style) > line.w || line.bottom() > s.r.grown(8).bottom()) return rows_end;
  p.icon(Icon::Crash, line.x, line.cy() - sign / 2, sign, p.c.muted, 1.7f);
  p.text(s.x0, Line(line).baseline(style.em), words, style);
  p.note(line, "moved away");
  return line.bottom();
}

}  // namespace kafkascope::ui
