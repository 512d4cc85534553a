// Transactions: each transactional id with its state machine, its epoch, the time left, and its partitions with their markers.
#include <algorithm>
#include <array>

#include "ui/panels/panels.h"
#include "ui/panels/state_row.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

constexpr float kHead = 40, kStates = 36, kPartRow = 24, kColumn = 300, kFoot = 14;

/// The ways that a transaction's states are taken: to the commit, or to the abort.
const std::vector<std::string>& states_of(const Transaction& t) {
  static const std::vector<std::string> kCommit{"Empty", "Ongoing", "PrepareCommit", "CompleteCommit"},
      kAbort{"Empty", "Ongoing", "PrepareEpochFence", "PrepareAbort", "CompleteAbort"}, kDead{"Empty", "Dead"};
  if (t.state == "Dead") return kDead;
  const auto aborts = [](const std::string& s) { return s.ends_with("Abort") || s == "PrepareEpochFence"; };
  return aborts(t.state) || (t.state == "Empty" && aborts(t.previous_state)) ? kAbort : kCommit;
}

StateTone tone(std::string_view state) {
  return state == "CompleteCommit"                                         ? StateTone::Good
         : state == "Empty" || state == "Dead" || state == "CompleteAbort" ? StateTone::Plain
                                                                           : StateTone::Passing;
}

std::size_t columns_in(float width) { return static_cast<std::size_t>(std::max(1.f, width / kColumn)); }

float block_height(const Transaction& t, float width) {
  const std::size_t columns = columns_in(width - 40), rows = (t.parts.size() + columns - 1) / columns;
  return kHead + (t.hanging ? 26.f : kStates) + kPartRow * static_cast<float>(std::max<std::size_t>(rows, 1)) + kFoot;
}

/// One partition: its name, from which offset on, and whether its marker is there.
void draw_part(Ui& ui, const Rect& r, const Transaction& t, const TransactionPart& part, std::uint64_t number) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Hit hit = part.partition < 0 ? Hit{} : ui.hit(make_id("transaction part", number), r);
  if (hit.hovered) p.fill(r, c.hover, 4);
  if (hit.clicked) ui.select(part.name);
  const bool open = t.hanging || t.state == "Ongoing";
  const Color mark = open || part.awaits_marker ? c.caution : c.ok;
  if (open) {
    p.diamond_line(r.x + 10, r.cy(), 6, mark, 1.5f);
  } else if (part.awaits_marker) {
    p.icon(Icon::Clock, r.x + 3, r.cy() - 7, 14, mark, 2);
  } else {
    p.diamond(r.x + 10, r.cy(), 6, mark);
  }
  float x = r.x + 24;
  x += p.text(x, r.cy() + 5, part.name, {.em = 15, .max = 175, .foreign = true}) + 12;
  const std::string words = part.awaits_marker ? std::string(ui.tr("ui.tx_awaits_marker"_w))
                            : part.from < 0    ? std::string(ui.tr(open ? "ui.tx_nothing_written"_w : "ui.tx_marked"_w))
                                               : ui.tr("ui.tx_from"_w, {{"offset", std::to_string(part.from)}});
  p.text(x, r.cy() + 5, words,
         {.em = 13, .color = part.awaits_marker ? c.caution : c.secondary, .max = r.right() - x - 4});
}

void draw_block(Ui& ui, const Rect& r, const Transaction& t, std::uint64_t number) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const float head = r.y + 27;
  float x = r.x + 20;
  p.icon(t.hanging ? Icon::Warn : Icon::Link, x, head - 14, 18,
         t.hanging ? c.danger : c.family[static_cast<std::size_t>(Family::Transaction)], 2);
  x += 28;
  x += p.text(x, head, t.id.empty() ? std::string(ui.tr("ui.tx_unknown"_w)) : t.id,
              {.em = 18, .bold = true, .max = 240, .foreign = true}) +
       20;
  float right = r.right() - 20;
  if (t.timeout.running) {
    const std::string left = ui.tr("ui.tx_time_left"_w, {{"seconds", seconds_text(t.timeout.remaining_us)}});
    p.text(right, head, left, {.em = 15, .bold = true, .align = Align::Right});
    right -= p.width(left, {.em = 15, .bold = true}) + 24;
    timer_ring(p, right + 8, head - 5, 9, t.timeout, 3);
    const Hit over = ui.hit(make_id("transaction timer", number), {right - 4, head - 16, r.right() - right, 24});
    if (over.hovered && ui.may_tip())
      ui.st.tip = {p.to_window({right - 4, head - 16, r.right() - right - 16, 24}),
                   "transaction.timeout.ms = " + t.timeout.value,
                   {{ui.tr("ui.tx_timeout_sub"_w), ""}},
                   {}};
    right -= 12;
  }
  const std::string facts[] = {
      ui.tr("ui.member_epoch_is"_w, {{"epoch", std::to_string(t.producer_epoch)}}),
      ui.tr("ui.tx_producer_id"_w, {{"id", std::to_string(t.producer_id)}}),
      t.coordinator < 0 ? std::string(ui.tr("ui.tx_no_coordinator"_w))
                        : ui.tr("ui.coordinator"_w, {{"broker", "broker-" + std::to_string(t.coordinator)}})};
  for (const std::string& fact : facts) {
    const float w = p.width(fact, {.em = 13});
    if (x + w > right) break;
    x += p.text(x, head, fact, {.em = 13, .color = t.coordinator < 0 ? c.danger : c.secondary}) + 20;
  }
  for (std::size_t i = 0; i < t.producers.size(); ++i) {
    const float w = p.width(t.producers[i], {.em = 13}) + 30;
    if (x + w > right) break;
    const Rect zone{x, head - 17, w, 24};
    const Hit hit = ui.hit(make_id("transaction producer", number * 64 + i), zone);
    p.fill(zone, hit.hovered ? c.hover : c.field, 5);
    p.icon(Icon::Producer, x + 6, head - 12, 13, c.secondary);
    p.text(x + 24, head, t.producers[i], {.em = 13, .color = hit.hovered ? c.accent : c.primary, .foreign = true});
    if (hit.clicked) ui.select(t.producers[i]);
    x += w + 6;
  }
  float y = r.y + kHead;
  if (t.hanging) {
    p.text(r.x + 20, y + 14, ui.tr("ui.tx_hanging_sub"_w), {.em = 15, .color = c.danger, .max = r.w - 40});
    y += 26;
  } else {
    y = draw_state_row(ui, {r.x + 20, 0, r.w - 40, 0}, y, states_of(t), t.state, t.previous_state, tone) + 2;
  }
  if (t.parts.empty())
    p.text(r.x + 20, y + 17, ui.tr("ui.tx_no_partitions"_w), {.em = 13, .color = c.muted, .max = r.w - 40});
  const std::size_t columns = columns_in(r.w - 40);
  for (std::size_t i = 0; i < t.parts.size(); ++i)
    draw_part(ui,
              {r.x + 20 + kColumn * static_cast<float>(i % columns), y + kPartRow * static_cast<float>(i / columns),
               kColumn - 8, kPartRow},
              t, t.parts[i], number * 4096 + i);
}

}  // namespace

void draw_transactions_panel(Ui& ui, const Rect& r) {
  Painter& p = ui.p;
  p.fill(r, ui.c.canvas);
  ui.hit(make_id("transactions"), r);
  const std::vector<Transaction>& all = ui.world.transactions;
  if (all.empty()) return empty_state(ui, r, Icon::Link, "ui.no_transaction_yet"_w, "ui.no_transaction_yet_sub"_w);
  float content = 0;
  for (const Transaction& t : all) content += block_height(t, r.w);
  scroll(ui, r, content, ui.st.transactions_scroll);
  p.push_box(r, "transactions", true);
  float y = r.y - ui.st.transactions_scroll;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Rect block{r.x, y, r.w, block_height(all[i], r.w)};
    y += block.h;
    if (block.bottom() < r.y || block.y > r.bottom()) continue;
    draw_block(ui, block, all[i], i);
    if (i + 1 < all.size()) p.line(r.x + 20, block.bottom(), r.right() - 20, block.bottom(), ui.c.hair);
  }
  p.pop_box();
  if (content > r.h + 1) {
    const float bar = r.h * r.h / content;
    p.fill({r.right() - 6, r.y + (r.h - bar) * ui.st.transactions_scroll / (content - r.h), 3, bar}, ui.c.mid, 1.5f);
  }
}

}  // namespace kafkascope::ui
