#include "ui/panels/record_cards.h"

#include <algorithm>

namespace kafkascope::ui {

using namespace observe;

std::vector<int> partitions_pointed_into(const Ui& ui, int selected) {
  std::vector<int> found;
  for (const PointedRecord& record : ui.lesson.view.records) {
    const int partition = ui.partition_of(record.partition);
    if (partition >= 0 && std::find(found.begin(), found.end(), partition) == found.end()) found.push_back(partition);
  }
  std::sort(found.begin(), found.end());
  if (std::find(found.begin(), found.end(), selected) == found.end()) found.clear();
  return found;
}

float draw_record_cards(Ui& ui, const Rect& r, const std::string& partition) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  constexpr float kPad = 12, kBetween = 22;
  const TextStyle name{.em = 13, .color = c.muted}, value{.em = 15, .mono = true, .foreign = true};
  float x = r.x, end = r.y;
  for (const PointedRecord& record : ui.lesson.view.records) {
    if (record.partition != partition) continue;
    std::vector<float> widths;
    float w = 2 * kPad - kBetween;
    for (const RecordField& field : record.fields) {
      widths.push_back(std::max(p.width(ui.pick(field.name), name), p.width(ui.pick(field.value), value)));
      w += widths.back() + kBetween;
    }
    if (x + w > r.right()) {
      if (x > r.x) break;  // the next card would not fit
      w = r.w;
    }
    const Rect card{x, r.y + 2, w, kRecordCardH - 8};
    p.fill(card, c.raised, 6);
    p.stroke(card, c.accent, 2, 6);
    p.note(card, "record card");
    float at = card.x + kPad;
    for (std::size_t i = 0; i < record.fields.size() && at < card.right() - kPad; ++i) {
      TextStyle fitted = value;
      fitted.max = card.right() - kPad - at;
      p.text(at, card.y + 19, ui.pick(record.fields[i].name), {.em = 13, .color = c.muted, .max = fitted.max});
      p.text(at, card.y + 41, ui.pick(record.fields[i].value), fitted);
      at += widths[i] + kBetween;
    }
    x = card.right() + 12;
    end = card.bottom() + 4;
  }
  return end;
}

void draw_received(Ui& ui, const Rect& r, const std::string& topic, float name_w) {
  constexpr float kRow = 30, kGap = 2;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  float y = r.y + 8;
  for (const ReceivedRecords& received : ui.lesson.view.received) {
    if (received.topic != topic || y + kRow > r.bottom()) continue;
    p.text(r.x, y + 18, ui.tr("ui.has_received"_w, {{"client", received.client}}),
           {.em = 15, .bold = true, .max = name_w - 8, .foreign = true});
    const TextStyle text{.em = 13, .mono = true, .foreign = true};
    const auto width = [&](const std::string& s) { return std::max(24.f, p.width(s, text) + 10); };
    // The newest ones, as many as there is room for.
    float room = r.w - name_w - 24;
    std::size_t first = received.values.size();
    while (first > 0 && room >= width(received.values[first - 1]) + kGap)
      room -= width(received.values[--first]) + kGap;
    float x = r.x + name_w;
    if (first > 0 || received.more) x += p.text(x, y + 17, "…", {.em = 15, .color = c.muted}) + 6;
    for (std::size_t i = first; i < received.values.size(); ++i) {
      const Rect cell{x, y + 1, width(received.values[i]), 24};
      p.fill(cell, c.ok_fill, 2);
      p.stroke(cell, c.ok, 1, 2);
      p.text(cell.cx(), cell.y + 16.7f, received.values[i],
             {.em = 13, .mono = true, .align = Align::Middle, .foreign = true});
      x = cell.right() + kGap;
    }
    p.note({r.x, y, x - r.x, kRow}, "received");
    y += kRow;
  }
}

void draw_rates(Ui& ui, const std::vector<int>& shown, const Rect& r, const StripStyle& style) {
  constexpr std::int64_t kWorthSaying = 30;  // records a second, all together
  std::int64_t all = 0, most = 1;
  for (const int i : shown) {
    const std::int64_t rate = ui.world.partitions[static_cast<std::size_t>(i)].records_per_s;
    if (rate < 0 || ui.world.partitions[static_cast<std::size_t>(i)].logs.size() != 1) return;
    all += rate;
    most = std::max(most, rate);
  }
  if (all < kWorthSaying) return;
  Painter& p = ui.p;
  constexpr float kBar = 60;
  float y = r.y;
  for (const int i : shown) {
    const std::int64_t rate = ui.world.partitions[static_cast<std::size_t>(i)].records_per_s;
    const float h = strips_height(style, 1), base = y + flag_room(style) + 4 + style.cell_h + 12;
    p.fill({r.x + 22, base - 9, kBar, 9}, p.c.field, 2);
    p.fill({r.x + 22, base - 9, kBar * static_cast<float>(rate) / static_cast<float>(most), 9}, p.c.strong, 2);
    p.text(r.x + 22 + kBar + 8, base, ui.tr("ui.records_per_s"_w, {{"rate", count_text(rate)}}),
           {.em = 13, .color = p.c.secondary, .max = style.name_w - kBar - 34});
    p.note({r.x + 22, base - 11, style.name_w - 26, 14}, "rate");
    y += h;
  }
}

}  // namespace kafkascope::ui
