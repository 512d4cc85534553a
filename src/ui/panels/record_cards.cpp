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

namespace {

constexpr float kBelowCard = 4;

/// Where a card stands, and each of its parts in it.
struct PlacedCard {
  const PointedRecord* record = nullptr;
  Rect r;
  std::vector<Rect> fields;
};

TextStyle name_style(const Ui& ui, const RecordLook& look) {
  return {.em = look.name, .color = look.far ? ui.c.secondary : ui.c.muted};
}
TextStyle value_style(const RecordLook& look) { return {.em = look.value, .mono = true, .foreign = true}; }

/// Side by side as far as the width allows, then below each other. The parts of a card that is wider than the picture stand in several rows.
std::vector<PlacedCard> place_cards(const Ui& ui, float w, const std::string& partition, const RecordLook& look) {
  const float pad = look.value * .8f, between = look.value * 1.45f, row = look.name * 1.5f + look.value * 1.45f;
  std::vector<PlacedCard> cards;
  float x = 0, y = look.far ? look.value * .4f : 2;
  for (const PointedRecord& record : ui.lesson.view.records) {
    if (record.partition != partition) continue;
    PlacedCard card{&record, {}, {}};
    float at = pad, top = pad * .5f, widest = 0;
    for (const RecordField& field : record.fields) {
      const float need = std::max(ui.p.width(ui.pick(field.name), name_style(ui, look)),
                                  ui.p.width(ui.pick(field.value), value_style(look)));
      if (at > pad && at + need + pad > w) at = pad, top += row;
      const float room = std::min(need, w - 2 * pad);
      card.fields.push_back({at, top, room, row});
      widest = std::max(widest, at + room + pad);
      at += room + between;
    }
    const float h = top + row + pad * .4f;
    if (x > 0 && x + widest > w) x = 0, y = cards.back().r.bottom() + 6;
    card.r = {x, y, widest, h};
    x += widest + 12;
    cards.push_back(std::move(card));
  }
  return cards;
}

}  // namespace

float record_cards_height(const Ui& ui, const Rect& room, const std::string& partition, const RecordLook& look) {
  float h = 0;
  for (const PlacedCard& card : place_cards(ui, room.w, partition, look)) {
    if (card.r.bottom() + kBelowCard > room.h) break;
    h = card.r.bottom() + kBelowCard;
  }
  return h;
}

float draw_record_cards(Ui& ui, const Rect& r, const std::string& partition, const RecordLook& look) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  float end = r.y;
  for (const PlacedCard& placed : place_cards(ui, r.w, partition, look)) {
    const Rect card{r.x + placed.r.x, r.y + placed.r.y, placed.r.w, placed.r.h};
    if (card.bottom() + kBelowCard > r.bottom()) break;
    p.fill(card, c.raised, 6);
    p.stroke(card, c.accent, look.stroke + 1, 6);
    p.note(card, "record card");
    for (std::size_t i = 0; i < placed.fields.size(); ++i) {
      const Rect& field = placed.fields[i];
      TextStyle name = name_style(ui, look), value = value_style(look);
      name.max = value.max = field.w + 1;
      p.text(card.x + field.x, card.y + field.y + look.name, ui.pick(placed.record->fields[i].name), name);
      p.text(card.x + field.x, card.y + field.y + look.name * 1.45f + look.value * 1.05f,
             ui.pick(placed.record->fields[i].value), value);
    }
    end = card.bottom() + kBelowCard;
  }
  return end;
}

namespace {
/// The height of a row of received values, and the gap above it.
float received_row(const RecordLook& look) { return look.cell * 2.3f; }
constexpr float kAboveReceived = 8;
}  // namespace

float received_height(const Ui& ui, const std::string& topic, const RecordLook& look) {
  const auto rows = std::count_if(ui.lesson.view.received.begin(), ui.lesson.view.received.end(),
                                  [&](const ReceivedRecords& received) { return received.topic == topic; });
  return rows == 0 ? 0 : kAboveReceived + received_row(look) * static_cast<float>(rows);
}

void draw_received(Ui& ui, const Rect& r, const std::string& topic, float name_w, const RecordLook& look) {
  const float row = received_row(look), gap = 2, pad = look.cell * .4f;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  float y = r.y + kAboveReceived;
  for (const ReceivedRecords& received : ui.lesson.view.received) {
    if (received.topic != topic || y + row > r.bottom()) continue;
    const Rect cells{r.x, y + 1, r.w, look.cell * 1.85f};
    const std::string who = ui.tr("ui.has_received"_w, {{"client", received.client}});
    const TextStyle bold{.em = look.value, .bold = true, .foreign = true};
    const float names = std::max(name_w, std::min(p.width(who, bold) + look.value, r.w * .4f));
    TextStyle fitted = bold;
    fitted.max = names - 8;
    p.text(r.x, cells.cy() + look.value * .33f, who, fitted);
    const TextStyle text{.em = look.cell, .mono = true, .foreign = true};
    const auto width = [&](const std::string& s) { return std::max(look.cell * 1.85f, p.width(s, text) + 2 * pad); };
    // The newest ones, as many as there is room for.
    float room = r.w - names - 24;
    std::size_t first = received.values.size();
    while (first > 0 && room >= width(received.values[first - 1]) + gap) room -= width(received.values[--first]) + gap;
    float x = r.x + names;
    if (first > 0 || received.more)
      x += p.text(x, cells.cy() + look.value * .27f, "…", {.em = look.value, .color = c.muted}) + 6;
    for (std::size_t i = first; i < received.values.size(); ++i) {
      const Rect cell{x, cells.y, width(received.values[i]), cells.h};
      p.fill(cell, c.ok_fill, 2);
      p.stroke(cell, c.ok, look.stroke, 2);
      p.text(cell.cx(), cell.cy() + look.cell * .36f, received.values[i],
             {.em = look.cell, .mono = true, .align = Align::Middle, .foreign = true});
      x = cell.right() + gap;
    }
    p.note({r.x, y, x - r.x, row}, "received");
    y += row;
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
