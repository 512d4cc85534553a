// The objects in the log strips that a lesson points at.
#include <algorithm>
#include <cmath>

#include "ui/panels/strip_parts.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

/// A ring of the lesson with its label at the right, else at the left, over no words where one of the sides has none; if neither side has
/// room, the ring alone; so too if `only_free` and there are words at both. The line between them passes below words that stand beside the
/// ring.
void ring_beside(Ui& ui, const Rect& at, const PointAt& point, const Rect& room, float em, float beyond = 0,
                 bool only_free = false) {
  Painter& p = ui.p;
  const std::string& label = ui.pick(point.label);
  p.ring(at, 3, std::min(at.w, at.h) / 2);
  p.note_point(at, point.path);
  if (label.empty()) return;
  const TextStyle style{.em = em, .color = ui.c.accent_ink, .bold = true};
  const float w = p.width(label, style) + 20, h = em * 1.8f;
  const auto over_words = [&](const Rect& r) {
    const Rect there = p.to_window(r);
    return std::any_of(p.texts().begin(), p.texts().end(), [&](const Rect& text) { return text.overlaps(there); });
  };
  const Rect after{std::max(at.right() + 14, beyond), at.cy() - h / 2, w, h}, before{at.x - 14 - w, after.y, w, h};
  const bool after_fits = after.right() <= room.right(), before_fits = before.x >= room.x,
             right = after_fits && (!before_fits || !over_words(after) || over_words(before));
  if (!right && !before_fits) return;
  const Rect& box = right ? after : before;
  if (only_free && over_words(box)) return;
  const float from = right ? at.right() : at.x, to = right ? box.x : box.right();
  const Rect line = Rect{std::min(from, to), at.cy(), std::fabs(to - from), 0}.grown(1.5f);
  const float low = std::min(h, at.h) * .35f, round = std::min(at.w, at.h) / 2;
  const bool words = over_words(line);
  const float y = words ? at.cy() + low : at.cy(),
              inset = words ? round - std::sqrt(std::max(0.f, round * round - low * low)) : 0;  // of the ring's end
  p.line(right ? from - inset : from + inset, y, to, y, ui.c.accent, 3);
  p.note(Rect{std::min(from, to), y, std::fabs(to - from), 0}.grown(1.5f), "line to a label");
  p.fill(box, ui.c.accent, 6);
  p.text(box.x + 10, box.cy() + em * .36f, label, style);
}

bool is_pointed_at(const Strip& s, std::int64_t offset) {
  const auto& all = s.ui.lesson.view.records;
  return std::any_of(all.begin(), all.end(), [&](const PointedRecord& record) {
    return record.partition == s.part.name && record.offset == offset;
  });
}

/// The ring around a record that the lesson points at, in its leader's row; with its text unless a card shows it.
void ring_record(const Strip& s, const StripView& view, const PointedRecord& record) {
  if (record.partition != s.part.name || !s.plan.sees(record.offset) || record.offset >= s.part.log_end_offset) return;
  for (std::size_t i = 0; i < view.rows.size(); ++i) {
    if (view.rows[i].log->role != ReplicaRole::Leader && view.rows.size() > 1) continue;
    const Rect cell{s.gx(record.offset) - 3, s.row_y(i) - 3, s.cell_w() + 6, s.style.cell_h + 6};
    const std::string path = "/records/" + record.partition + "/" + std::to_string(record.offset);
    const bool last = record.offset + 1 == s.part.log_end_offset;
    const float ends = s.x0 + s.plan.width() +
                       s.ui.p.width(std::to_string(s.part.log_end_offset), {.em = s.style.mark_em, .mono = true}) + 22;
    // A card or a wide cell already shows the text.
    const float em = s.style.bold_lines ? s.style.mark_em : 15.f;
    const bool said =
        s.style.record_cards ||
        (s.style.keys && s.cell_w() > s.ui.p.width(s.ui.pick(record.brief), {.em = s.style.mark_em, .mono = true}));
    // The text must not cover the words of another cell, nor another ring.
    const auto covers = [&](float left, float w) {
      return std::any_of(view.rows[i].cells.begin(), view.rows[i].cells.end(), [&](const StripCell& other) {
        const float x = s.gx(other.offset);
        const bool speaks = other.first_of_run || other.control || other.tombstone || is_pointed_at(s, other.offset) ||
                            (s.style.keys && other.key != nullptr &&
                             s.cell_w() > s.ui.p.width(*other.key, {.em = s.style.mark_em, .mono = true}));
        return speaks && other.offset != record.offset && x < left + w && x + s.cell_w() > left;
      });
    };
    Rect room = s.r;
    Words words;
    for (const Words* tried : {&record.brief, &record.briefer}) {
      if (said || tried->empty()) continue;
      const float w = s.ui.p.width(s.ui.pick(*tried), {.em = em, .bold = true}) + 20,
                  after = std::max(cell.right() + 14, last ? ends : 0.f), before = cell.x - 14 - w;
      const bool right = after + w <= s.r.right() && !covers(after, w);
      if (!right && (before < s.r.x || covers(before, w))) continue;
      if (!right) room.w = cell.right() - room.x;
      words = *tried;
      break;
    }
    ring_beside(s.ui, cell, {path, words}, room, em, last ? ends : 0.f, true);
    return;
  }
}

}  // namespace

/// Draws the ring if the lesson points at the high watermark, the end of a replica's log, or a replica's own high
/// watermark.
void ring_points(const Strip& s, const StripView& view, const FlagPlates& plates) {
  Ui& ui = s.ui;
  const std::string prefix = "/partitions/" + s.part.name + "/";
  const float em = s.style.bold_lines ? s.style.mark_em : 15.f, clear = s.r.x + s.style.head_w;
  for (const PointedRecord& record : ui.lesson.view.records) ring_record(s, view, record);
  for (const PointAt& point : ui.lesson.view.point) {
    if (point.path.compare(0, prefix.size(), prefix) != 0) continue;
    const std::string rest = point.path.substr(prefix.size());
    // The two plates can be close together, so each label stays on its own side.
    if (rest == "high_watermark" && !plates.watermark.empty()) {
      const float left = plates.stable.empty() ? clear : plates.stable.right() + 8;
      ring_beside(ui, plates.watermark.grown(4), point, {left, s.r.y, s.r.right() - left, s.r.h}, em);
    }
    if (rest == "last_stable_offset" && !plates.stable.empty()) {
      const float right = plates.watermark.empty() ? s.r.right() : plates.stable.right();
      ring_beside(ui, plates.stable.grown(4), point, {clear, s.r.y, right - clear, s.r.h}, em);
    }
    if (rest == "isr") {
      const std::vector<int>& isr = s.part.isr;
      const auto member = [&](std::size_t i) {
        return i < view.rows.size() && std::find(isr.begin(), isr.end(), view.rows[i].log->broker) != isr.end();
      };
      for (std::size_t i = 0; i < view.rows.size(); ++i) {  // one frame around adjacent rows
        if (!member(i) || (i > 0 && member(i - 1))) continue;
        std::size_t last = i;
        while (member(last + 1)) ++last;
        const float below = says_begin(s, *view.rows[last].log) ? 28 - s.style.cell_h / 2 : 4;  // around these words
        const Rect names{s.r.x - 7, s.row_y(i) - 4, s.style.name_w,
                         s.row_y(last) + s.style.cell_h + below + 4 - s.row_y(i)};
        ui.p.ring(names, 3, 8);
        ui.p.note(names, "isr");
        ui.p.note_point(names, point.path);
        // Without room for the label, the panel's head lists the ISR.
        if (i > 0 || s.style.head_w > 0 || names.y - em * 1.8f - 3 < s.r.y) continue;
        const std::string& label = ui.pick(point.label);
        const TextStyle style{.em = em, .color = ui.c.accent_ink, .bold = true};
        const Rect box{names.x, names.y - em * 1.8f - 3, ui.p.width(label, style) + 20, em * 1.8f};
        ui.p.fill(box, ui.c.accent, 6);
        why_spot(ui, make_id("isr plate"), box, {2, 7, 2}, label, "/partitions/" + s.part.name + "/isr");
        ui.p.text(box.x + 10, box.cy() + em * .36f, label, style);
      }
    }
    for (std::size_t i = 0; i < view.rows.size(); ++i) {
      const ReplicaLog& log = *view.rows[i].log;
      const std::string logs = "logs/" + std::to_string(log.broker) + "/";
      const bool partitions_end = rest == "log_end_offset" && log.role == ReplicaRole::Leader;
      const bool end = rest == logs + "log_end_offset" || partitions_end, hw = rest == logs + "high_watermark";
      const std::int64_t offset = end ? log.log_end_offset : hw ? log.high_watermark : -1;
      if (offset < 0 || !s.plan.sees(offset)) continue;
      const float y = s.row_y(i);
      if (end) {
        const float w = ui.p.width(std::to_string(offset), {.em = s.style.mark_em, .mono = true}), x = s.gx(offset);
        ring_beside(ui, {x - s.plan.pitch - 2, y - 3, s.plan.pitch + w + 14, s.style.cell_h + 6}, point, s.r, em);
      } else {
        // The text begins after the ends of all logs; the line to them runs between two rows.
        const float ends = s.x0 + s.plan.width() +
                           ui.p.width(std::to_string(s.part.log_end_offset), {.em = s.style.mark_em, .mono = true}) +
                           24;
        ring_beside(ui, {s.gx(offset) - 10, y + s.style.cell_h - 5, 19, 19}, point, s.r, em, ends);
      }
    }
  }
}

}  // namespace kafkascope::ui
