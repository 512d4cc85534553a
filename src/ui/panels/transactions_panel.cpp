// Transactions: each transactional id with its state machine, its epoch, the time left, and its partitions with their
// markers.
#include <algorithm>
#include <array>
#include <utility>

#include "ui/panels/menu_items.h"
#include "ui/panels/panels.h"
#include "ui/panels/transaction_states.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

// In lines of text.
constexpr float kLine = 1.6f, kHead = 2.4f, kLeastColumn = 14, kBlock = 42, kFoot = .9f, kSide = 1.3f, kButton = 2.1f;

std::string words_of_part(const Ui& ui, const Transaction& t, const TransactionPart& part) {
  const bool open = t.hanging || t.state == "Ongoing";
  return part.awaits_marker ? std::string(ui.tr("ui.tx_awaits_marker"_w))
         : part.from < 0    ? std::string(ui.tr(open ? "ui.tx_nothing_written"_w : "ui.tx_marked"_w))
                            : ui.tr("ui.tx_from"_w, {{"offset", std::to_string(part.from)}});
}

/// As wide as the widest partition with its words, but not wider than the panel.
float part_width(const Ui& ui, const Transaction& t, float width, float em) {
  float widest = kLeastColumn * em;
  for (const TransactionPart& part : t.parts)
    widest = std::max(
        widest, ui.p.width(part.name, {.em = em}) + ui.p.width(words_of_part(ui, t, part), {.em = em}) + 3.6f * em);
  return std::min(widest, width - 2 * kSide * em);
}

std::size_t columns_in(float width, float column, float em) {
  return static_cast<std::size_t>(std::max(1.f, (width - 2 * kSide * em) / column));
}

/// A transaction that hangs has no coordinator and therefore no state.
float states_height(const Transaction& t) { return t.hanging ? 0 : kTransactionStatesHeight; }

/// What led to the state, if that is known, and what the state means.
std::string sentence_of(const Ui& ui, const Transaction& t) {
  if (t.hanging) return std::string(ui.tr("ui.tx_hanging_sub"_w));
  const words::Key led = meaning_of_transaction_arrow(t.previous_state, t.state);
  const std::string state(ui.tr(meaning_of_transaction_state(t.state)));
  return led == words::Key{} ? state : std::string(ui.tr(led)) + " " + state;
}

/// The act that ends a hanging transaction, if one of its partitions is known; else no action.
MenuItem way_out(const Transaction& t) {
  MenuItem item = menu_item("ui.abort_hanging"_w, "ui.abort_hanging_sub"_w, Icon::Out, "abort_hanging",
                            t.parts.empty() ? std::string() : t.parts.front().name, true);
  item.action.number = t.parts.empty() ? -1 : t.parts.front().from;
  return item;
}
bool has_way_out(const Transaction& t) { return t.hanging && !t.parts.empty(); }

/// Hanging transactions come first: somebody has to end them.
std::vector<std::size_t> order_of(const std::vector<Transaction>& all) {
  std::vector<std::size_t> order(all.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_partition(order.begin(), order.end(), [&](std::size_t i) { return all[i].hanging; });
  return order;
}

std::array<std::string, 3> facts_of(const Ui& ui, const Transaction& t) {
  return {ui.tr("ui.member_epoch_is"_w, {{"epoch", std::to_string(t.producer_epoch)}}),
          ui.tr("ui.tx_producer_id"_w, {{"id", std::to_string(t.producer_id)}}),
          t.coordinator < 0 ? std::string(ui.tr("ui.tx_no_coordinator"_w))
                            : ui.tr("ui.coordinator"_w, {{"broker", "broker-" + std::to_string(t.coordinator)}})};
}

std::string time_left(const Ui& ui, const Transaction& t) {
  return ui.tr("ui.tx_time_left"_w, {{"seconds", seconds_text(t.timeout.remaining_us)}});
}

std::string name_of(const Ui& ui, const Transaction& t) {
  return t.id.empty() ? std::string(ui.tr("ui.tx_unknown"_w)) : t.id;
}

/// The places in the head of the facts and then of the producers: beside the name, closer to one another if that saves a
/// line, or on further lines.
struct HeadPlace {
  float x;
  int line;
};
std::vector<HeadPlace> head_places(const Ui& ui, float left, float wide, const Transaction& t, float em) {
  constexpr float kGap = 1.3f, kClose = .8f, kChip = 1.2f;
  Painter& p = ui.p;
  const float begin = left + em * 1.7f;
  const float name = std::min(p.width(name_of(ui, t), {.em = em * 1.2f, .bold = true}), wide * .4f);
  const auto placed = [&](float gap) {
    std::vector<float> widths;
    for (const std::string& fact : facts_of(ui, t)) widths.push_back(p.width(fact, {.em = em}) + em * gap);
    for (const std::string& producer : t.producers)
      widths.push_back(p.width(producer, {.em = em}) + em * (kChip + gap));
    float x = begin + name + em * gap;
    float right =
        left + wide - (t.timeout.running ? p.width(time_left(ui, t), {.em = em, .bold = true}) + em * 2.8f : 0);
    std::vector<HeadPlace> places;
    int line = 0;
    for (const float w : widths) {
      if (x + w - em * (gap - .3f) > right && x > begin) {
        ++line;
        x = begin;
        right = left + wide;
      }
      places.push_back({x, line});
      x += w;
    }
    return places;
  };
  std::vector<HeadPlace> places = placed(kGap);
  if (places.back().line == 0) return places;
  std::vector<HeadPlace> closer = placed(kClose);
  return closer.back().line < places.back().line ? closer : places;
}

float head_height(const Ui& ui, float wide, const Transaction& t, float em) {
  return em * (kHead + kLine * static_cast<float>(head_places(ui, 0, wide, t, em).back().line));
}

float block_height(const Ui& ui, const Transaction& t, float width, float em) {
  const std::size_t columns = columns_in(width, part_width(ui, t, width, em), em),
                    rows = (t.parts.size() + columns - 1) / columns;
  const float sentence = static_cast<float>(ui.p.wrap(sentence_of(ui, t), width - 2 * kSide * em, {.em = em}).size());
  return head_height(ui, width - 2 * kSide * em, t, em) +
         em * (states_height(t) + kLine * sentence + (has_way_out(t) ? kButton + .3f : 0) +
               kLine * static_cast<float>(std::max<std::size_t>(rows, 1)) + kFoot);
}

/// One partition: its name, the transaction's first offset in it, and whether its marker is written.
void draw_part(Ui& ui, const Rect& r, const Transaction& t, const TransactionPart& part, std::uint64_t number,
               float em) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Hit hit = part.partition < 0 ? Hit{} : ui.hit(make_id("transaction part", number), r);
  if (hit.hovered) p.fill(r, c.hover, 4);
  if (hit.clicked) ui.select(part.name);
  const bool open = t.hanging || t.state == "Ongoing";
  const Color mark = open || part.awaits_marker ? c.caution : c.ok;
  Row row{r, em * .3f};
  const Rect sign = row.left(em * 1.2f);
  if (open) {
    p.diamond_line(sign.cx(), sign.cy(), em * .42f, mark, em * .1f);
  } else if (part.awaits_marker) {
    p.icon(Icon::Clock, sign.middle(em, em), mark, em * .13f);
  } else {
    p.diamond(sign.cx(), sign.cy(), em * .42f, mark);
  }
  const std::string words = words_of_part(ui, t, part);
  const float name_room = std::max(em * 6, row.rest.w - p.width(words, {.em = em}) - em);
  row.gap = em * .7f;
  p.text(row, part.name, {.em = em, .max = name_room, .foreign = true});
  p.text(row.rest, words, {.em = em, .color = part.awaits_marker ? c.caution : c.secondary});
}

void draw_head(Ui& ui, const Rect& r, const Transaction& t, std::uint64_t number, float em) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const float base = r.cy() + em * .4f;
  Row row{Line(r, base), em * .5f};
  const Rect sign = row.left(em * 1.2f);
  if (t.hanging) p.icon(Icon::Warn, sign, c.danger, em * .13f);
  else p.mark(Family::Transaction, sign.cx(), sign.cy(), em * .5f, false, c.canvas);
  p.text(row.rest, name_of(ui, t), {.em = em * 1.2f, .bold = true, .max = r.w * .4f, .foreign = true});
  if (t.timeout.running) {
    const std::string left = time_left(ui, t);
    const TextStyle style{.em = em, .bold = true, .align = Align::Right};
    const Line zone = row.right(p.width(left, style) + em * 1.8f);
    Row in{zone};
    const Rect ring = in.left(em * 1.4f);
    p.text(in.rest, left, style);
    timer_ring(ui, ring.cx(), ring.cy(), em * .6f, t.timeout, em * .2f);
    const Hit over = ui.hit(make_id("transaction timer", number), zone);
    if (over.hovered && ui.may_tip())
      ui.st.tip = {
          p.to_window(zone), "transaction.timeout.ms = " + t.timeout.value, {{ui.pick(timer_end(t.timeout)), ""}}, {}};
  }
  const std::vector<HeadPlace> places = head_places(ui, r.x, r.w, t, em);
  const std::array<std::string, 3> facts = facts_of(ui, t);
  for (std::size_t i = 0; i < places.size(); ++i) {
    const float down = kLine * em * static_cast<float>(places[i].line);
    const Line place({places[i].x, r.y + down, r.right() - places[i].x, r.h}, base + down);
    if (i < facts.size()) {
      p.text(place, facts[i], {.em = em, .color = t.coordinator < 0 ? c.danger : c.secondary});
      continue;
    }
    const std::string& producer = t.producers[i - facts.size()];
    const Rect zone = Row{place.middle(em * 1.7f)}.left(std::min(p.width(producer, {.em = em}) + em * 2.1f, place.w));
    const Hit hit = ui.hit(make_id("transaction producer", number * 64 + i - facts.size()), zone);
    p.fill(zone, hit.hovered ? c.hover : c.field, 5);
    Row in{Line(zone, place.base), em * .3f};
    in.skip(em * .4f);
    p.icon(Icon::Producer, in.left(em * .9f), c.secondary);
    p.text(in.rest, producer, {.em = em, .color = hit.hovered ? c.accent : c.primary, .foreign = true});
    if (hit.clicked) ui.select(producer);
  }
}

/// `more`: the height that the diagram of states gets beyond its usual one.
void draw_block(Ui& ui, const Rect& r, const Transaction& t, std::uint64_t number, float em, float more) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  Column in{r.padded(kSide * em)};
  const float wide = in.rest.w;
  Column head{in.next(head_height(ui, wide, t, em))};
  head.skip(em * .2f);
  draw_head(ui, head.next((kHead - .2f) * em), t, number, em);
  if (!t.hanging) {
    draw_transaction_states(ui, in.next(kTransactionStatesHeight * em + more), t, number, em);
  }
  Rect why = in.rest.padded(-em * .4f);
  const LineSize line{kLine * em, em * 1.1f};
  p.paragraph(in, sentence_of(ui, t), {.em = em, .color = t.hanging ? c.danger : c.primary}, line);
  // A click on the sentence asks why. For a hanging transaction, only its partitions can answer.
  why.h = in.rest.y - why.y;
  why.y += em * .1f;
  const Hit ask = ui.hit(make_id("transaction why", number), why);
  if (ask.hovered) p.stroke(why, c.accent, 1.5f, 5);
  if (ask.hovered && ui.may_tip()) ui.st.tip = {p.to_window(why), t.id, {}, ui.tr("ui.why_isr"_w)};
  if (ask.clicked)
    ui.ask_why(t.hanging && !t.parts.empty() ? "/partitions/" + t.parts.front().name + "/last_stable_offset"
                                             : "/transactions/" + t.id);
  if (t.parts.empty() && (t.state == "Empty" || t.state == "Ongoing"))
    p.text(Column{in}.next(line), ui.tr("ui.tx_no_partitions"_w), {.em = em, .color = c.muted});
  const float column = part_width(ui, t, r.w, em);
  const std::size_t columns = columns_in(r.w, column, em);
  Row row;
  for (std::size_t i = 0; i < t.parts.size(); ++i) {
    if (i % columns == 0) row = {in.next(kLine * em)};
    draw_part(ui, Row{row.left(column)}.left(column - 8), t, t.parts[i], number * 4096 + i, em);
  }
  if (!has_way_out(t)) return;
  const MenuItem item = way_out(t);
  const std::string_view label = ui.tr(item.name);
  in.last(kFoot / 2 * em);
  const Rect push = Row{in.last(kButton * em)}.left(p.width(label, {.em = em}) + em * 3.4f);
  const Hit hit = ui.hit(make_id("transaction way out", number), push);
  p.fill(push, hit.hovered ? c.hover : c.field, 6);
  p.stroke(push, c.danger, 1.25f, 6);
  Row act{push, em * .5f};
  act.skip(em * .7f);
  p.icon(item.icon, act.left(em), c.danger, em * .13f);
  p.text(act.rest, label, {.em = em});
  if (hit.hovered && ui.may_tip())
    ui.st.tip = {p.to_window(push), std::string(label), {{std::string(ui.tr(item.sub)), ""}}, {}};
  if (hit.clicked) take_menu_item(ui, item);
}

}  // namespace

void draw_transactions_panel(Ui& ui, const Rect& r, float em) {
  Painter& p = ui.p;
  p.fill(r, ui.c.canvas);
  ui.hit(make_id("transactions"), r);
  const std::vector<Transaction>& all = ui.world.transactions;
  if (all.empty()) return empty_state(ui, r, Icon::Link, "ui.no_transaction_yet"_w, "ui.no_transaction_yet_sub"_w);
  // Two columns where one would be higher than the panel.
  float content = transactions_height(ui, r.w, em);
  const bool two = all.size() > 1 && content > r.h && r.w >= 2 * kBlock * em;
  const float width = two ? r.w / 2 : r.w;
  if (two) em = std::min(em, std::max(13.f, em * 13 / 15));
  const std::vector<std::size_t> order = order_of(all);
  std::vector<Rect> blocks;
  // The diagrams get the height that would stay empty; if the blocks almost fit, the diagrams give up a little height, and
  // the last block the room below its words.
  float y = 0, more = 0, rows = 0;
  const auto lay_out = [&] {
    blocks.clear();
    y = rows = 0;
    for (std::size_t i = 0; i < order.size(); ++i) {
      const Transaction& t = all[order[i]];
      const bool right = two && i % 2 == 1;
      const float h = block_height(ui, t, width, em) + (t.hanging ? 0 : more);
      if (right) y -= blocks.back().h;
      else ++rows;
      blocks.push_back({r.x + (right ? width : 0), y, width, h});
      y += right ? std::max(h, blocks[i - 1].h) : h;
    }
  };
  lay_out();
  const float foot = has_way_out(all[order.back()]) ? 0 : kFoot;
  const float each = (r.h - y) / rows, usual = kTransactionStatesHeight * em;
  if (each > (kTransactionStatesLeast - kTransactionStatesHeight - foot / rows) * em) {
    more = transaction_states_height(ui, Rect{0, 0, width, usual + each}.padded(kSide * em), em) - usual;
    lay_out();
  }
  content = y - foot * em;
  scroll(ui, r, content, ui.st.transactions_scroll);
  p.push_box(r, "transactions", true);
  std::size_t below = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    Rect block = blocks[i];
    block.y += r.y - ui.st.transactions_scroll;
    if (block.bottom() > r.bottom() + 1 + kFoot * em) ++below;
    if (block.bottom() < r.y || block.y > r.bottom()) continue;
    draw_block(ui, block, all[order[i]], order[i], em, more);
    const Rect rule = block.padded(20);
    if (block.y > r.y + 1) p.line(rule.x, rule.y, rule.right(), rule.y, ui.c.hair);
  }
  if (below > 0) {
    const std::string words = ui.tr("ui.more_replicas"_w, {{"count", std::to_string(below)}});
    const Rect chip = Row{Column{r.padded(em, em * .3f)}.last(em * 1.8f)}.right(p.width(words, {.em = em}) + em * 1.4f);
    const Rect there = p.to_window(chip);  // drawn only if it covers no words; the scroll bar shows the same
    if (std::none_of(p.texts().begin(), p.texts().end(), [&](const Rect& text) { return text.overlaps(there); })) {
      p.fill(chip, ui.c.raised, 5);
      p.stroke(chip, ui.c.mid, 1, 5);
      p.text(chip, words, {.em = em, .color = ui.c.secondary, .align = Align::Middle});
      p.note(chip, "more transactions");
    }
  }
  p.pop_box();
  scroll_bar(ui, r, content, ui.st.transactions_scroll);
}

float transactions_height(const Ui& ui, float width, float em) {
  float height = 0;
  for (const Transaction& t : ui.world.transactions) height += block_height(ui, t, width, em);
  return height;
}

}  // namespace kafkascope::ui
