// What the marks and numbers on the cards of the stage mean: the second page of the help.
#include "ui/panels/card_legend.h"

#include "ui/stage/cards.h"

namespace kafkascope::ui {

namespace {

using observe::Family;

enum class CardSample : std::uint8_t { Tray, Slabs, Box, Full, Again, Partition, InFlight, Position, Ahead, Lag, Paused, Locked, ToSay, LogEnd, Epoch, Bar, Session };

struct LegendRow {
  CardSample sample;
  Str words;
};
struct LegendSection {
  Str name;
  std::vector<LegendRow> rows;
};

const std::vector<LegendSection>& legend_sections() {
  static const std::vector<LegendSection> kAll = {
      {Str::KindProducer,
       {{CardSample::Tray, Str::CardTray}, {CardSample::Full, Str::CardFull}, {CardSample::Partition, Str::CardPartition}, {CardSample::Slabs, Str::CardSlabs},
        {CardSample::Box, Str::CardBox}, {CardSample::Again, Str::CardAgain}, {CardSample::InFlight, Str::CardInFlight}}},
      {Str::KindBroker, {{CardSample::LogEnd, Str::CardLogEnd}, {CardSample::Epoch, Str::CardEpoch}, {CardSample::Bar, Str::CardBar}, {CardSample::Session, Str::CardSession}}},
      {Str::KindConsumer,
       {{CardSample::Position, Str::CardPosition}, {CardSample::Ahead, Str::CardAhead}, {CardSample::Lag, Str::CardLag}, {CardSample::Paused, Str::CardPaused}}},
      {Str::KindShareConsumer, {{CardSample::Locked, Str::CardLocked}, {CardSample::Ahead, Str::CardHanded}, {CardSample::ToSay, Str::CardToSay}}}};
  return kAll;
}

/// As the cards draw it, in the middle of r.
void draw_sample(Ui& ui, CardSample sample, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Color produce = c.family[static_cast<std::size_t>(Family::Produce)], consume = c.family[static_cast<std::size_t>(Family::Consume)];
  const float m = r.cy(), base = m + 4.7f;
  const auto tray = [&](bool full) {
    const Rect box{r.x, m - 10, r.w, 21};
    p.fill(box, c.field, 4);
    p.fill({box.x, box.y, box.w * (full ? 1.f : .4f), box.h}, full ? c.caution_fill : mix(produce, c.field, .25f), 4);
    p.stroke(box, full ? c.caution : c.mid, full ? 2.f : 1.f, 4);
  };
  const auto counted = [&](Icon icon, const char* number, Color tone) {
    p.icon(icon, r.x, m - 6.5f, 13, tone, 1.6f);
    p.text(r.x + 18, base, number, {.em = 13, .color = tone});
  };
  switch (sample) {
    case CardSample::Tray: return tray(false);
    case CardSample::Full: return tray(true);
    case CardSample::Slabs:
      for (int i = 0; i < 3; ++i) p.fill({r.x + 7 * static_cast<float>(i), m - 7.5f, 5, 15}, produce, 1.5f);
      return;
    case CardSample::Box: return record_box(p, {r.x, m - 7.5f, 24, 15}, produce, .5f, 12, false);
    case CardSample::Again: return record_box(p, {r.x, m - 7.5f, 24, 15}, produce, .5f, 12, true);
    case CardSample::Partition:
      p.text(r.x, base, "0", {.em = 13, .color = c.secondary});
      return record_box(p, {r.x + 11, m - 7.5f, 24, 15}, produce, .5f, 12, false);
    case CardSample::InFlight:
      p.icon(Icon::Right, r.x, m - 6, 12, produce, 1.8f);
      p.text(r.x + 16, base, "16", {.em = 13, .color = c.secondary});
      return;
    case CardSample::Position: p.text(r.x, base, "1040", {.em = 13, .mono = true}); return;
    case CardSample::Ahead: return record_box(p, {r.x, m - 7.5f, 20, 15}, consume, 1, 2, false);
    case CardSample::Lag: p.text(r.x, base, ui.tr(Str::ToRead, {"3"}), {.em = 13, .color = c.secondary}); return;
    case CardSample::Paused: p.icon(Icon::Pause, r.x, m - 6, 12, c.caution, 1.8f); return;
    case CardSample::Locked: return counted(Icon::Lock, "6", c.primary);
    case CardSample::ToSay: return counted(Icon::Check, "2", c.secondary);
    case CardSample::LogEnd: p.text(r.x, base, "1042", {.em = 15, .mono = true}); return;
    case CardSample::Epoch: return epoch_tag(p, r.x, m - 9, 28, 18, 2, false);
    case CardSample::Bar:
      p.fill({r.x, m - 4, 18, 8}, c.cell_neutral);
      for (int i = 0; i < 2; ++i) p.stroke({r.x + 20 + 6 * static_cast<float>(i), m - 4, 5, 8}, c.dark ? c.cell_neutral : c.cell_edge, 1);
      return;
    case CardSample::Session: {
      observe::Timer timer;
      timer.running = true;
      timer.total_us = 9'000'000;
      timer.remaining_us = 6'000'000;
      return timer_ring(p, r.x + 10, m, 9, timer, 3);
    }
  }
}

constexpr float kLegendLine = 20, kLegendHead = 34, kLegendSample = 96;

}  // namespace

float draw_card_legend(Ui& ui, const Rect& r, bool draw) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const float column = (r.w - 24) / 2;
  float lowest = r.y;
  for (std::size_t side = 0; side < 2; ++side) {
    const float x = r.x + (column + 24) * static_cast<float>(side);
    float y = r.y;
    for (std::size_t i = 2 * side; i < 2 * side + 2; ++i) {
      const LegendSection& part = legend_sections()[i];
      if (draw) p.text(x, y + 21, ui.tr(part.name), {.em = 15, .bold = true, .max = column});
      y += kLegendHead;
      for (const LegendRow& row : part.rows) {
        const TextStyle style{.em = 15, .color = c.secondary};
        const auto lines = p.wrap(ui.tr(row.words), column - kLegendSample - 12, style);
        const float h = kLegendLine * static_cast<float>(lines.size()) + 8;
        if (draw) {
          draw_sample(ui, row.sample, {x, y, kLegendSample - 12, h});
          p.note({x, y, kLegendSample - 12, h}, "legend");
          for (std::size_t k = 0; k < lines.size(); ++k) p.text(x + kLegendSample + 12, y + 18.5f + kLegendLine * static_cast<float>(k), lines[k], style);
        }
        y += h;
      }
      y += 8;
    }
    lowest = std::max(lowest, y);
  }
  return lowest - r.y;
}

}  // namespace kafkascope::ui
