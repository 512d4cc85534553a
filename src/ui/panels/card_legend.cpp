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
  Planned,
  Leads,
  Follows,
  Under,
  Out,
  Zombie,
  Joins,
  Leaves,
  Refused,
  Waits,
  Warned,
  Blocked
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
  static const std::vector<LegendSection> kAll = {
      {"ui.kind_producer"_w,
       true,
       {{Tray, "ui.card_tray"_w, "accumulator"},
        {Full, "ui.card_full"_w, "full accumulator"},
        {CardSample::Partition, "ui.card_partition"_w},
        {Slabs, "ui.card_slabs"_w, "closed batches"},
        {Box, "ui.card_box"_w, "open batch|full batch|linger"},
        {Again, "ui.card_again"_w},
        {Blocked, "ui.card_blocked"_w, "blocked record"},
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
        {Planned, "ui.card_planned"_w, "routine ring|initial delay|lock ring"},
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
  Row row{r};
  const auto part = [&](float wide, float high) { return row.left(wide).middle(high); };
  const auto icon = [&](Icon which, Color tone, float width = 1.8f, float size = 16) {
    p.icon(which, row.left(size), tone, width);
  };
  const auto tray = [&](bool full) {
    const Rect box{r.x, r.cy() - 10, r.w, 21};
    p.fill(box, c.field, 4);
    p.fill(Row{box}.left(box.w * (full ? 1.f : .4f)), full ? c.caution_fill : mix(produce, c.field, .25f), 4);
    p.stroke(box, full ? c.caution : c.mid, full ? 2.f : 1.f, 4);
  };
  const auto counted = [&](Icon which, const char* number, Color tone) {
    row.gap = 5;
    icon(which, tone, 1.6f, 13);
    p.text(row, number, {.em = 13, .color = tone});
  };
  switch (sample) {
    case CardSample::Tray: return tray(false);
    case CardSample::Full: return tray(true);
    case CardSample::Slabs:
      row.gap = 2;
      for (int i = 0; i < 3; ++i) p.fill(part(5, 15), produce, 1.5f);
      return;
    case CardSample::Box: return record_box(p, part(24, 15), produce, .5f, "12", false);
    case CardSample::Again: return record_box(p, part(24, 15), produce, .5f, "12", true);
    case CardSample::Blocked: return blocked_record(p, part(20, 15));
    case CardSample::Partition:
      p.text(row.left(11), "0", {.em = 13, .color = c.secondary});
      return record_box(p, part(24, 15), produce, .5f, "12", false);
    case CardSample::InFlight:
      row.gap = 4;
      icon(Icon::Right, produce, 1.8f, 12);
      p.text(row, "16", {.em = 13, .color = c.secondary});
      return;
    case CardSample::Position: p.text(r, "1040", {.em = 13, .mono = true}); return;
    case CardSample::Ahead: return record_box(p, part(20, 15), consume, 1, "2", false);
    case CardSample::Lag: p.text(r, "+3", {.em = 13, .color = c.secondary}); return;
    case CardSample::Paused: return icon(Icon::Pause, c.caution, 1.8f, 12);
    case CardSample::Locked: return counted(Icon::Lock, "6", c.primary);
    case CardSample::ToSay: return counted(Icon::Check, "2", c.secondary);
    case CardSample::LogEnd: p.text(Line(r, r.cy() + 4.7f), "1042", {.em = 15, .mono = true}); return;
    case CardSample::Epoch: {
      const Rect box = part(28, 18);
      return epoch_tag(p, box, 2, false);
    }
    case CardSample::Bar:
      p.fill(part(18, 8), c.cell_neutral);
      row.skip(2);
      row.gap = 1;
      for (int i = 0; i < 2; ++i) p.stroke(part(5, 8), c.dark ? c.cell_neutral : c.cell_edge, 1);
      return;
    case CardSample::Leads: return icon(Icon::Crown, c.leader);
    case CardSample::Follows: return icon(Icon::Follower, c.follower);
    case CardSample::Under: {
      const Rect chip = part(44, 22);
      p.fill(chip, c.leader_fill, 4);
      p.stroke(chip, c.danger, 2, 4);
      return p.icon(Icon::Warn, Row{chip.middle(15)}.right(20).x, chip.cy() - 8, 15, c.danger, 1.8f);
    }
    case CardSample::Out: {
      Row chip{part(44, 22)};
      p.dashed(chip.rest, c.strong, 1.5f, 4, 3, 4);
      chip.skip(5);
      return p.icon(Icon::Out, chip.left(16), c.muted, 1.8f);
    }
    case CardSample::Zombie:
      icon(Icon::CrownHollow, c.leader);
      return p.equal_sign(row.left(24).cx(), r.cy(), c.difference, true);
    case CardSample::Joins: {
      const Rect chip = part(44, 22);
      p.fill(Row{chip}.left(22), c.accent_fill, 4);
      return p.dashed(chip, c.accent, 1.5f, 4, 3, 4);
    }
    case CardSample::Leaves: {
      const float w = p.text(r, "orders-0", {.em = 13});
      return p.line(r.x, r.cy(), r.x + w, r.cy(), c.secondary, 1.5f);
    }
    case CardSample::Refused: return icon(Icon::Lock, c.danger, 1.6f);
    case CardSample::Waits: return icon(Icon::Clock, c.caution, 1.6f);
    case CardSample::Warned: return icon(Icon::Warn, c.caution, 1.6f);
    case CardSample::Planned:
      for (const char* key : {"linger.ms", "auto.commit.interval.ms", "group.initial.rebalance.delay.ms",
                              "group.share.record.lock.duration.ms"}) {
        const observe::Timer timer{true,
                                   4'000'000,
                                   9'000'000,
                                   key,
                                   "",
                                   observe::ConfigSource::Default,
                                   key != std::string_view("group.share.record.lock.duration.ms")};
        const Rect ring = part(20, 20);
        timer_ring(ui, ring.cx(), ring.cy(), 8.5f, timer, 3);
      }
      return;
    case CardSample::Deadline:
    case CardSample::Lags:
    case CardSample::Session: {
      observe::Timer timer;
      timer.running = true;
      timer.total_us = 9'000'000;
      timer.remaining_us = sample == CardSample::Session ? 6'000'000 : 4'000'000;
      const Rect ring = part(20, 20);
      if (sample == CardSample::Lags) p.icon(Icon::Follower, ring.padded(2, 2), c.follower, 1.8f);
      return timer_ring(ui, ring.cx(), ring.cy(), 9, timer, 3);
    }
  }
}

constexpr float kLegendHead = 34, kLegendSample = 96;
constexpr LineSize kLegendLine{20, 18.5f};

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
  const auto halves = in_row(r, {weight(), weight()}, 24);
  float lowest = r.y;
  for (const bool left : {true, false}) {
    Column in{halves[left ? 0 : 1]};
    for (const LegendSection& part : legend_sections()) {
      if (part.left != left) continue;
      const Line head = in.next({kLegendHead, 21});
      if (draw) p.text(head, ui.tr(part.name), {.em = 15, .bold = true});
      for (const LegendRow& row : part.rows) {
        const TextStyle style{.em = 15, .color = c.secondary};
        const auto lines = p.wrap(ui.tr(row.words), in.rest.w - kLegendSample - 12, style);
        const auto [sample, words] = in_row(in.next(kLegendLine.height * static_cast<float>(lines.size()) + 8),
                                            {fixed(kLegendSample - 12), weight()}, 24);
        if (draw) {
          draw_sample(ui, row.sample, sample);
          p.note(sample, "legend");
          Column said{words};
          for (const std::string& line : lines) p.text(said.next(kLegendLine), line, style);
        }
      }
      in.skip(8);
    }
    lowest = std::max(lowest, in.rest.y);
  }
  return lowest - r.y;
}

}  // namespace kafkascope::ui
