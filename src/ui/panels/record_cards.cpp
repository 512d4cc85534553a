#include "ui/panels/record_cards.h"

#include <algorithm>

#include "ui/box.h"

namespace kafkascope::ui {

using namespace observe;

std::vector<int> partitions_pointed_into(const Ui& ui, int selected) {
  std::vector<int> found;
  for (const PointedRecord& record : ui.lesson.view.records) {
    const int partition = record.by_key ? -1 : ui.partition_of(record.partition);  // a key chooses among all partitions
    if (partition >= 0 && std::find(found.begin(), found.end(), partition) == found.end()) found.push_back(partition);
  }
  std::sort(found.begin(), found.end());
  if (std::find(found.begin(), found.end(), selected) == found.end()) found.clear();
  return found;
}

namespace {

constexpr float kBelowCard = 4;

/// The place of a card, and the places of its parts in it.
struct PlacedCard {
  const PointedRecord* record = nullptr;
  Rect r;
  std::vector<Rect> fields;
  std::vector<std::string> values;
};

TextStyle name_style(const Ui& ui, const RecordLook& look) {
  return {.em = look.name, .color = look.far ? ui.c.secondary : ui.c.muted};
}
TextStyle value_style(const RecordLook& look) { return {.em = look.value, .mono = true, .foreign = true}; }

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words{""};
  for (const char c : text)
    if (c == ' ') words.emplace_back();
    else words.back() += c;
  return words;
}

/// The value without its first or last word, if all these records have the same word there, such as the date and the
/// time zone of their timestamps; at least one word stays.
std::string without_common(const Ui& ui, const std::vector<const PointedRecord*>& all, const PointedRecord& of,
                           std::size_t field) {
  std::vector<std::string> words = words_of(ui.pick(of.fields[field].value));
  if (all.size() < 2) return ui.pick(of.fields[field].value);
  const auto everywhere = [&](bool front) {
    return std::all_of(all.begin(), all.end(), [&](const PointedRecord* other) {
      if (field >= other->fields.size()) return false;
      const std::vector<std::string> theirs = words_of(ui.pick(other->fields[field].value));
      return theirs.size() > 1 && (front ? theirs.front() == words.front() : theirs.back() == words.back());
    });
  };
  if (words.size() > 1 && everywhere(true)) words.erase(words.begin());
  if (words.size() > 1 && everywhere(false)) words.pop_back();
  std::string left;
  for (const std::string& word : words) left += (left.empty() ? "" : " ") + word;
  return left;
}

/// Side by side as far as the width allows, then below each other. A card that is wider than `w` has several rows of
/// parts. `tight`: little room between the parts, and values without what they have in common.
std::vector<PlacedCard> place_cards(const Ui& ui, float w, const std::string& partition, const RecordLook& look,
                                    bool tight) {
  const float pad = look.value * (tight ? .45f : .8f), between = look.value * (tight ? .8f : 1.45f),
              apart = tight ? look.value / 2 : 12, row = look.name * 1.5f + look.value * 1.45f;
  std::vector<const PointedRecord*> all;
  for (const PointedRecord& record : ui.lesson.view.records)
    if (record.partition == partition) all.push_back(&record);
  std::vector<PlacedCard> cards;
  float x = 0, y = look.far ? look.value * .4f : 2;
  for (const PointedRecord* record : all) {
    PlacedCard card{record, {}, {}, {}};
    float at = pad, top = pad * .5f, widest = 0;
    for (std::size_t i = 0; i < record->fields.size(); ++i) {
      const RecordField& field = record->fields[i];
      card.values.push_back(tight ? without_common(ui, all, *record, i) : ui.pick(field.value));
      const float need = std::max(ui.p.width(ui.pick(field.name), name_style(ui, look)),
                                  ui.p.width(card.values.back(), value_style(look)));
      if (at > pad && at + need + pad > w) at = pad, top += row;
      const float room = std::min(need, w - 2 * pad);
      card.fields.push_back({at, top, room, row});
      widest = std::max(widest, at + room + pad);
      at += room + between;
    }
    const float h = top + row + pad * .4f;
    if (x > 0 && x + widest > w) x = 0, y = cards.back().r.bottom() + 6;
    card.r = {x, y, widest, h};
    x += widest + apart;
    cards.push_back(std::move(card));
  }
  return cards;
}

/// The cards that fit: with the usual room between parts, or tight if more cards fit then.
std::vector<PlacedCard> fitting_cards(const Ui& ui, const Rect& room, const std::string& partition,
                                      const RecordLook& look) {
  const auto fit = [&](bool tight) {
    std::vector<PlacedCard> cards = place_cards(ui, room.w, partition, look, tight);
    const auto beyond = std::find_if(cards.begin(), cards.end(),
                                     [&](const PlacedCard& card) { return card.r.bottom() + kBelowCard > room.h; });
    const bool whole = beyond == cards.end();
    cards.erase(beyond, cards.end());
    return std::pair(std::move(cards), whole);
  };
  auto [usual, whole] = fit(false);
  if (whole) return usual;
  auto tight = fit(true).first;
  return tight.size() > usual.size() ? tight : usual;
}

}  // namespace

float record_cards_height(const Ui& ui, const Rect& room, const std::string& partition, const RecordLook& look) {
  const std::vector<PlacedCard> cards = fitting_cards(ui, room, partition, look);
  return cards.empty() ? 0 : cards.back().r.bottom() + kBelowCard;
}

float draw_record_cards(Ui& ui, const Rect& r, const std::string& partition, const RecordLook& look) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  float end = r.y;
  for (const PlacedCard& placed : fitting_cards(ui, r, partition, look)) {
    const Rect card{r.x + placed.r.x, r.y + placed.r.y, placed.r.w, placed.r.h};
    p.fill(card, c.raised, 6);
    p.stroke(card, c.accent, look.stroke + 1, 6);
    p.note(card, "record card");
    for (std::size_t i = 0; i < placed.fields.size(); ++i) {
      const Rect& field = placed.fields[i];
      Column lines{{card.x + field.x, card.y + field.y, field.w, field.h}};
      p.text(lines.next({look.name * 1.5f, look.name}), ui.pick(placed.record->fields[i].name), name_style(ui, look));
      p.text(lines.next({look.value * 1.45f, look.value}), placed.values[i], value_style(look));
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
  Column in{r};
  in.skip(kAboveReceived);
  for (const ReceivedRecords& received : ui.lesson.view.received) {
    if (received.topic != topic || !in.fits(row)) continue;
    const Rect line = in.next(row);
    Row cells{Column{line.padded(0, 1)}.next(look.cell * 1.85f), 8};
    const std::string who = ui.tr("ui.has_received"_w, {{"client", received.client}});
    const TextStyle bold{.em = look.value, .bold = true, .foreign = true};
    const float names = std::max(name_w, std::min(p.width(who, bold) + look.value, r.w * .4f));
    p.text(cells.left(names - cells.gap), who, bold);
    const TextStyle text{.em = look.cell, .mono = true, .align = Align::Middle, .foreign = true};
    const auto width = [&](const std::string& s) { return std::max(look.cell * 1.85f, p.width(s, text) + 2 * pad); };
    // The newest ones, as many as there is room for.
    float room = cells.rest.padded(12).w;
    std::size_t first = received.values.size();
    while (first > 0 && room >= width(received.values[first - 1]) + gap) room -= width(received.values[--first]) + gap;
    if (first > 0 || received.more) p.text(cells, "…", {.em = look.value, .color = c.muted});
    cells.gap = gap;
    for (std::size_t i = first; i < received.values.size(); ++i) {
      const Rect cell = cells.left(width(received.values[i]));
      p.fill(cell, c.ok_fill, 2);
      p.stroke(cell, c.ok, look.stroke, 2);
      p.text(cell, received.values[i], text);
    }
    p.note({r.x, line.y, cells.rest.x - r.x, row}, "received");
  }
}

namespace {
/// The highest rate of these partitions; 0: not worth showing, or a partition has several replicas or no known rate.
std::int64_t highest_rate(const Ui& ui, const std::vector<int>& shown) {
  constexpr std::int64_t kWorthSaying = 30;  // records a second, all together
  std::int64_t all = 0, most = 1;
  for (const int i : shown) {
    const std::int64_t rate = ui.world.partitions[static_cast<std::size_t>(i)].records_per_s;
    if (rate < 0 || ui.world.partitions[static_cast<std::size_t>(i)].logs.size() != 1) return 0;
    all += rate;
    most = std::max(most, rate);
  }
  return all < kWorthSaying ? 0 : most;
}
}  // namespace

void draw_rates(Ui& ui, const std::vector<int>& shown, const Rect& r, const StripStyle& style) {
  const std::int64_t most = highest_rate(ui, shown);
  if (most == 0) return;
  Painter& p = ui.p;
  constexpr float kBar = 60;
  Column strips{r};
  for (const int i : shown) {
    const std::int64_t rate = ui.world.partitions[static_cast<std::size_t>(i)].records_per_s;
    Column in{strips.next(strips_height(style, 1))};
    in.skip(flag_room(style) + style.cell_h + 5);
    Row row{Row{in.next({14, 11})}.left(style.name_w)};
    row.skip(22);
    row.right(4);
    p.note(row.rest, "rate");
    row.gap = 8;
    const Rect bar = Column{row.left(kBar).padded(0, 2)}.next(9);
    p.fill(bar, p.c.field, 2);
    p.fill(Row{bar}.left(kBar * static_cast<float>(rate) / static_cast<float>(most)), p.c.strong, 2);
    p.text(row.rest, ui.tr("ui.records_per_s"_w, {{"rate", count_text(rate)}}), {.em = 13, .color = p.c.secondary});
  }
}

float draw_large_rates(Ui& ui, const std::vector<int>& shown, const Rect& r, const StripStyle& style, float em) {
  const std::int64_t most = highest_rate(ui, shown);
  if (most == 0) return 0;
  Painter& p = ui.p;
  const TextStyle text{.em = em, .color = p.c.secondary, .align = Align::Right};
  const auto words = [&](int i) {
    const std::int64_t rate = ui.world.partitions[static_cast<std::size_t>(i)].records_per_s;
    return ui.tr("ui.records_per_s"_w, {{"rate", count_text(rate)}});
  };
  float widest = 0;
  for (const int i : shown) widest = std::max(widest, p.width(words(i), text));
  constexpr float kBar = 3.5f;  // times the type's size
  const float bar = kBar * em, room = em + bar + em + widest;
  Column rows{Row{r}.right(room - em), style.gap};
  for (const int i : shown) {
    const std::int64_t rate = ui.world.partitions[static_cast<std::size_t>(i)].records_per_s;
    Row row{rows.next(style.cell_h)};
    p.note(row.rest, "rate");
    p.text(row.rest, words(i), text);
    const Rect whole = row.left(bar).middle(em);
    p.fill(whole, p.c.field, 3);
    p.fill(Row{whole}.left(bar * static_cast<float>(rate) / static_cast<float>(most)), p.c.strong, 3);
  }
  return room;
}

}  // namespace kafkascope::ui
