// The meaning of the marks and numbers on the cards of the stage: the second page of the help.
#include "ui/panels/card_legend.h"

#include <algorithm>

#include "ui/stage/cards.h"

namespace kafkascope::ui {

namespace {

using observe::Family;

enum class CardSample : std::uint8_t {
  Tray,
  Slabs,
  Box,
  Full,
  Again,
  Partition,
  InFlight,
  Position,
  Ahead,
  Lag,
  Paused,
  Locked,
  ToSay,
  LogEnd,
  Epoch,
  Bar,
  Session,
  Lags,
  Deadline,
  Leads,
  Follows,
  Under,
  Out,
  Zombie,
  Joins,
  Leaves,
  Refused,
  Waits,
  Warned
};

struct LegendRow {
  CardSample sample;
  words::Key words;
  std::string_view signs = {};  // names used by the cards (Painter::note), separated by bars
};
struct LegendSection {
  words::Key name;
  bool left;
  std::vector<LegendRow> rows;
};

const std::vector<LegendSection>& legend_sections() {
  using enum CardSample;
  static const std::vector<LegendSection> kAll = {{"ui.kind_producer"_w,
                                                   true,
                                                   {{Tray, "ui.card_tray"_w, "accumulator"},
                                                    {Full, "ui.card_full"_w, "full accumulator"},
                                                    {CardSample::Partition, "ui.card_partition"_w},
                                                    {Slabs, "ui.card_slabs"_w, "closed batches"},
                                                    {Box, "ui.card_box"_w, "open batch|full batch|linger"},
                                                    {Again, "ui.card_again"_w},
                                                    {InFlight, "ui.card_in_flight"_w, "in flight"}}},
                                                  {"ui.kind_consumer"_w,
                                                   true,
                                                   {{Position, "ui.card_position"_w, "position line"},
                                                    {Ahead, "ui.card_ahead"_w, "records in hand"},
                                                    {Lag, "ui.card_lag"_w},
                                                    {Paused, "ui.card_paused"_w, "paused partition"}}},
                                                  {"ui.kind_share_consumer"_w,
                                                   true,
                                                   {{Locked, "ui.card_locked"_w, "locked"},
                                                    {Ahead, "ui.card_handed"_w, "records in hand"},
                                                    {ToSay, "ui.card_to_say"_w, "to acknowledge"}}},
                                                  {"thing.broker"_w,
                                                   false,
                                                   {{Leads, "ui.card_leads"_w, "leader replica"},
                                                    {Follows, "ui.card_follows"_w, "follower replica"},
                                                    {Under, "ui.card_under"_w, "replica under min ISR"},
                                                    {Out, "ui.card_out"_w, "replica out"},
                                                    {Zombie, "ui.card_zombie"_w, "zombie replica|zombie controller"},
                                                    {Joins, "ui.card_joins"_w, "joining replica"},
                                                    {Leaves, "ui.card_leaves"_w, "leaving replica"},
                                                    {LogEnd, "ui.card_log_end"_w},
                                                    {Epoch, "ui.card_epoch"_w},
                                                    {Bar, "ui.card_bar"_w},
                                                    {Session, "ui.card_session"_w, "session ring"},
                                                    {Lags, "ui.card_lags"_w, "lag ring"}}},
                                                  {"thing.client"_w,
                                                   false,
                                                   {{Deadline, "ui.card_deadline"_w, "timer ring"},
                                                    {Refused, "ui.card_refused"_w, "refused"},
                                                    {Waits, "ui.card_waits"_w, "held back"},
                                                    {Warned, "ui.card_warned"_w, "warned"}}}};
  return kAll;
}

/// Draws the sample as the cards do, centred in r.
void draw_sample(Ui& ui, CardSample sample, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Color produce = c.family[static_cast<std::size_t>(Family::Produce)],
              consume = c.family[static_cast<std::size_t>(Family::Consume)];
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
    case CardSample::Lag: p.text(r.x, base, "+3", {.em = 13, .color = c.secondary}); return;
    case CardSample::Paused: p.icon(Icon::Pause, r.x, m - 6, 12, c.caution, 1.8f); return;
    case CardSample::Locked: return counted(Icon::Lock, "6", c.primary);
    case CardSample::ToSay: return counted(Icon::Check, "2", c.secondary);
    case CardSample::LogEnd: p.text(r.x, base, "1042", {.em = 15, .mono = true}); return;
    case CardSample::Epoch: return epoch_tag(p, r.x, m - 9, 28, 18, 2, false);
    case CardSample::Bar:
      p.fill({r.x, m - 4, 18, 8}, c.cell_neutral);
      for (int i = 0; i < 2; ++i)
        p.stroke({r.x + 20 + 6 * static_cast<float>(i), m - 4, 5, 8}, c.dark ? c.cell_neutral : c.cell_edge, 1);
      return;
    case CardSample::Leads: return p.icon(Icon::Crown, r.x, m - 8, 16, c.leader, 1.8f);
    case CardSample::Follows: return p.icon(Icon::Follower, r.x, m - 8, 16, c.follower, 1.8f);
    case CardSample::Under:
      p.fill({r.x, m - 11, 44, 22}, c.leader_fill, 4);
      p.stroke({r.x, m - 11, 44, 22}, c.danger, 2, 4);
      return p.icon(Icon::Warn, r.x + 24, m - 8, 15, c.danger, 1.8f);
    case CardSample::Out:
      p.dashed({r.x, m - 11, 44, 22}, c.strong, 1.5f, 4, 3, 4);
      return p.icon(Icon::Out, r.x + 5, m - 8, 16, c.muted, 1.8f);
    case CardSample::Zombie:
      p.icon(Icon::CrownHollow, r.x, m - 8, 16, c.leader, 1.8f);
      return p.equal_sign(r.x + 28, m, c.difference, true);
    case CardSample::Joins:
      p.fill({r.x, m - 11, 22, 22}, c.accent_fill, 4);
      return p.dashed({r.x, m - 11, 44, 22}, c.accent, 1.5f, 4, 3, 4);
    case CardSample::Leaves: {
      const float w = p.text(r.x, base, "orders-0", {.em = 13});
      return p.line(r.x, m, r.x + w, m, c.secondary, 1.5f);
    }
    case CardSample::Refused: return p.icon(Icon::Lock, r.x, m - 8, 16, c.danger, 1.6f);
    case CardSample::Waits: return p.icon(Icon::Clock, r.x, m - 8, 16, c.caution, 1.6f);
    case CardSample::Warned: return p.icon(Icon::Warn, r.x, m - 8, 16, c.caution, 1.6f);
    case CardSample::Deadline:
    case CardSample::Lags:
    case CardSample::Session: {
      observe::Timer timer;
      timer.running = true;
      timer.total_us = 9'000'000;
      timer.remaining_us = sample == CardSample::Session ? 6'000'000 : 4'000'000;
      if (sample == CardSample::Lags) p.icon(Icon::Follower, r.x + 2, m - 8, 16, c.follower, 1.8f);
      return timer_ring(p, r.x + 10, m, 9, timer, 3);
    }
  }
}

constexpr float kLegendLine = 20, kLegendHead = 34, kLegendSample = 96;

}  // namespace

bool legend_explains(std::string_view sign) {
  for (const LegendSection& part : legend_sections())
    for (const LegendRow& row : part.rows)
      for (std::string_view signs = row.signs; !signs.empty(); signs.remove_prefix(
               std::min(signs.size(), signs.find('|') == std::string_view::npos ? signs.size() : signs.find('|') + 1)))
        if (signs.substr(0, signs.find('|')) == sign) return true;
  return false;
}

float draw_card_legend(Ui& ui, const Rect& r, bool draw) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const float column = (r.w - 24) / 2;
  float lowest = r.y;
  for (const bool left : {true, false}) {
    const float x = left ? r.x : r.x + column + 24;
    float y = r.y;
    for (const LegendSection& part : legend_sections()) {
      if (part.left != left) continue;
      if (draw) p.text(x, y + 21, ui.tr(part.name), {.em = 15, .bold = true, .max = column});
      y += kLegendHead;
      for (const LegendRow& row : part.rows) {
        const TextStyle style{.em = 15, .color = c.secondary};
        const auto lines = p.wrap(ui.tr(row.words), column - kLegendSample - 12, style);
        const float h = kLegendLine * static_cast<float>(lines.size()) + 8;
        if (draw) {
          draw_sample(ui, row.sample, {x, y, kLegendSample - 12, h});
          p.note({x, y, kLegendSample - 12, h}, "legend");
          for (std::size_t k = 0; k < lines.size(); ++k)
            p.text(x + kLegendSample + 12, y + 18.5f + kLegendLine * static_cast<float>(k), lines[k], style);
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
