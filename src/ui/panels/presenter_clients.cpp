// The clients on the presenter's stage: name, one fact, and the essentials of their memory, readable from the back row:
// a producer's accumulator fill, waiting records and records in flight; a consumer's position and lag in each
// partition.
#include <algorithm>
#include <utility>

#include "ui/panels/holdings.h"
#include "ui/panels/presenter.h"
#include "ui/shorten.h"
#include "ui/stage/card_timers.h"
#include "ui/stage/cards.h"
#include "ui/stage/node_facts.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

std::int64_t records_that_wait(const Client& client) {
  std::int64_t records = 0;
  for (const QueuedBatches& q : client.accumulator.queues) records += q.records;
  return records;
}

bool shares(const AssignedPartition& a) { return a.fetch_state.empty(); }

/// The number at the end of a consumer's row: the records that it may read, or, if there are none, those past the last
/// stable offset; for a share consumer, whose lag is its group's, the acquired records.
struct RowNumber {
  std::int64_t to_read = 0, held = 0, acquired = 0;
};
void count_in(RowNumber& n, const AssignedPartition& a) {
  if (shares(a)) n.acquired += std::max<std::int64_t>(a.acquired, 0);
  else n.to_read += std::max<std::int64_t>(a.to_read(), 0), n.held += a.held_back();
}
/// One format for the rows of all consumers: with partitions' names, else with their numbers. The words beside the
/// numbers of records give way before the names.
struct RowForm {
  bool names = true;
  CountForm count = CountForm::Words;
  bool cut = false;  // without `names`, true: each name loses its middle; false: only its number is written
};

/// The words "6 locked" stay beside a name: that number alone would mean nothing.
std::string number_words(const Ui& ui, const RowNumber& n, const RowForm& form) {
  if (n.acquired > 0)
    return form.names || form.count == CountForm::Words
               ? ui.tr("ui.share_locked"_w, {{"count", count_text(n.acquired)}})
               : count_text(n.acquired);
  if (n.to_read > 0) return to_read_words(ui, n.to_read, form.count);
  return n.held > 0 ? held_words(ui, n.held, form.count) : std::string();
}
std::string number_words(const Ui& ui, const AssignedPartition& a, const RowForm& form) {
  RowNumber n;
  count_in(n, a);
  return number_words(ui, n, form);
}
std::string sum_words(const Ui& ui, const Client& client, std::size_t from, const RowForm& form) {
  RowNumber sum;
  for (std::size_t i = from; i < client.assigned.size(); ++i) count_in(sum, client.assigned[i]);
  return number_words(ui, sum, form);
}

/// If there is only one line: the lag, or the waiting records.
std::string one_number(const Ui& ui, const Client& client, CountForm form = CountForm::Words) {
  const std::int64_t waits = records_that_wait(client);
  return !client.assigned.empty() ? sum_words(ui, client, 0, {form == CountForm::Words, form, false})
         : waits > 0              ? ui.tr("ui.records_wait"_w, {{"count", count_text(waits)}})
                                  : std::string();
}

/// In a card of one line: whether the words fit beside the name.
bool beside_name_fits(const Ui& ui, const std::string& name, const std::string& words, const Rect& r,
                      const PresenterSizes& s) {
  const float room = r.w - s.text * .95f - 36 - (s.side_by_side ? 2 * std::max(10.5f, s.text * .62f) : 0);
  return ui.p.width(name, {.em = s.text}) + ui.p.width(words, {.em = s.text}) < room;
}

/// In a card of one line: whether the words fit beside the name of every producer that has waiting records.
bool waiting_words_fit(const Ui& ui, const Rect& r, const PresenterSizes& s) {
  return std::all_of(ui.world.clients.begin(), ui.world.clients.end(), [&](const Client& client) {
    if (client.node < 0 || !client.assigned.empty() || records_that_wait(client) == 0) return true;
    return beside_name_fits(ui, ui.world.nodes[static_cast<std::size_t>(client.node)].name, one_number(ui, client), r,
                            s);
  });
}

float box_width(Painter& p, const std::string& number, const PresenterSizes& s) {
  return p.width(number, {.em = s.text, .bold = true}) + s.text * .6f;
}

/// Records in a box as wide as their number, without half tones behind it, to be readable from a distance.
void draw_presenter_box(Painter& p, const Rect& at, Color color, float level, const std::string& number,
                        const PresenterSizes& s) {
  const Rect r = at.middle(s.text * 1.1f);
  const bool full = level >= 1;
  p.fill(r, full ? color : p.c.field, 3);
  if (!full) p.fill(Column{r}.last(r.h * level), mix(color, p.c.field, .2f), 3);
  p.stroke(r, color, s.stroke, 3);
  p.text(r, number,
         {.em = s.text,
          .color = !full      ? p.c.primary
                   : p.c.dark ? p.c.on_bright
                              : p.c.accent_ink,
          .bold = true,
          .align = Align::Middle});
}

/// As on the other stages, but with all partitions together: closed batches, then a box with all waiting records; after
/// the arrow, the records in flight.
void draw_presenter_tray(Ui& ui, const Client& client, const Rect& r, const PresenterSizes& s) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Accumulator& a = client.accumulator;
  const Color color = c.family[static_cast<std::size_t>(Family::Produce)];
  const bool full = a.blocked_us >= 0 && a.for_memory;
  const float used = static_cast<float>(a.buffer_used) / static_cast<float>(std::max<std::int64_t>(a.buffer_total, 1));
  p.fill(r, c.field, 4);
  if (used > .01f) p.fill(Row{r}.left(r.w * std::min(used, 1.f)), full ? c.caution_fill : mix(color, c.field, .2f), 4);
  p.stroke(r, full ? c.caution : c.strong, s.stroke, 4);
  p.note(r, full ? "full accumulator" : "accumulator");
  Row row{r.padded(s.text * .4f), s.text * .1f};
  if (client.in_flight > 0) {
    p.text(row, count_text(client.in_flight), {.em = s.text, .align = Align::Right});
    const Rect arrow = row.right(s.text * .8f);
    p.icon(Icon::Right, arrow, color, s.stroke * .8f);
    p.note({arrow.x, r.y, r.right() - arrow.x, r.h}, "in flight");
  }
  if (a.blocked_us >= 0) {  // its record is in no batch, but pending
    const Rect box = row.left(box_width(p, "1", s)).middle(s.text * 1.1f);
    p.dashed(box, c.caution, s.stroke, 6, 4, 3);
    p.text(box, "1", {.em = s.text, .bold = true, .align = Align::Middle});
    p.note(box, "blocked record");
    row.skip(s.text * .3f);
  }
  const std::int64_t records = records_that_wait(client);
  int batches = 0;
  float level = 0;
  for (const QueuedBatches& q : a.queues) {
    batches += q.open ? q.batches - 1 : q.batches;
    level = std::max(
        level,
        q.open ? static_cast<float>(q.last_bytes) / static_cast<float>(std::max<std::int64_t>(q.last_limit, 1)) : 1.f);
  }
  if (records == 0) return;
  row.gap = s.text * .17f;
  for (int i = 0; i < std::min(batches, 4); ++i) p.fill(row.left(s.text * .28f).middle(s.text), color, 2);
  if (batches > 0) row.skip(s.text * .15f);
  std::string words = count_text(records);
  if (a.queues.size() == 1)
    if (std::string sequences = waiting_words(ui, a.queues[0]);
        p.width(sequences, {.em = s.text, .bold = true}) + s.text < row.rest.w)
      words = std::move(sequences);
  const Rect box = row.left(box_width(p, words, s));
  draw_presenter_box(p, box, color, std::min(level, 1.f), words, s);
  p.note(box, "records that wait");
}

/// The gap between the position and the number beyond it, so that they do not read as one number.
float number_gap(const PresenterSizes& s) { return s.text * .7f; }

bool is_transform(const Ui& ui, const Client& client) {
  return client.node >= 0 && client.node < static_cast<int>(ui.world.nodes.size()) &&
         ui.world.nodes[static_cast<std::size_t>(client.node)].kind == NodeKind::Transform;
}

/// The least width of a name that has lost its middle, in em; with less room only its number is written.
constexpr float kCutName = 5;

/// The same beside the word of a client's state, or beside its number.
constexpr float kNameBesideState = 3.4f;

/// The part of a card of one line for which a number may take room from the name.
constexpr float kMostOfCard = .55f;

/// Whether an exception was passed to the client's application lately.
bool has_thrown(const Ui& ui, const Node& node) {
  const auto index = static_cast<int>(&node - ui.world.nodes.data());
  return std::any_of(ui.world.clients.begin(), ui.world.clients.end(),
                     [&](const Client& client) { return client.node == index && !client.thrown.empty(); });
}

/// Whether something is wrong with the client that its state does not say: it waits, or an exception was passed to its
/// application.
bool is_warned(const Ui& ui, const Node& node) {
  const auto index = static_cast<int>(&node - ui.world.nodes.data());
  return has_thrown(ui, node) ||
         std::any_of(ui.world.clients.begin(), ui.world.clients.end(),
                     [&](const Client& client) { return client.node == index && client.fact_is_doubt; });
}

/// "c1" for "controller-1" where only its number would have room beside dots.
std::string controller_name(const Node& node, float room, const Measure& width) {
  const std::string brief = node.kind == NodeKind::Controller ? short_node_name(node.name, room, width) : std::string();
  return brief.empty() ? node.name : brief;
}

/// Around the name of a client on a card of one line: its sign, the room beside it, and the sign of a difference.
constexpr float kAroundName = 3;

/// How far the sign of a difference reaches over a card, in units of its radius.
constexpr float kOnCard = 1.4f;
/// Lower cards have a dot as that sign; how far it reaches over the card. In units of the text's size.
constexpr float kLowCard = 1.7f, kDotOnCard = .65f;

RowForm row_form(const Ui& ui, float room, const PresenterSizes& s) {
  Painter& p = ui.p;
  const TextStyle plain{.em = s.text}, bold{.em = s.text, .bold = true}, mono{.em = s.text, .mono = true};
  const float between = s.text * .4f;
  for (const RowForm form : {RowForm{}, RowForm{true, CountForm::Brief}, RowForm{false, CountForm::Words, true},
                             RowForm{false, CountForm::Words}}) {
    bool fits = true;
    for (const Client& client : ui.world.clients) {
      if (is_transform(ui, client)) continue;  // has no rows
      for (const AssignedPartition& a : client.assigned) {
        const Partition& part = partition_at(ui.world, a.partition);
        float w = p.width(form.names || form.cut ? part.name : std::to_string(part.index), plain) + between;
        if (form.cut) w = std::min(w, kCutName * s.text + between);
        const std::string words = number_words(ui, a, form);
        // A consumer that waits at the last stable offset is at that position, so the partition's name is shown
        // instead.
        const bool waits = form.names && form.count == CountForm::Brief && a.to_read() <= 0 && a.held_back() > 0;
        if (!words.empty()) w += p.width(words, bold) + (waits ? between : number_gap(s));
        if (!shares(a) && !waits) w += p.width(a.position < 0 ? "–" : std::to_string(a.position), mono) + between;
        if (a.buffered > 0) w += p.width(count_text(a.buffered), bold) + s.text * .6f + between;
        if (a.paused) w += s.text * .8f + between;
        fits = fits && w <= room + between;
      }
    }
    if (fits) return form;
  }
  return {false, CountForm::Brief};
}

/// From the right: the lag, prefetched records, the position; the partition's name, or its number.
void draw_presenter_position(Ui& ui, const AssignedPartition& a, const RowForm& form, const Rect& line,
                             const PresenterSizes& s) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Partition& part = partition_at(ui.world, a.partition);
  const std::string name = form.names ? part.name : std::to_string(part.index);
  const float between = s.text * .4f, least = p.width(name, {.em = s.text}) + between;
  Row row{line, between};
  if (a.paused) p.icon(Icon::Pause, row.right(s.text * .8f), c.caution, s.stroke * .7f);
  const auto put = [&](const std::string& words, const TextStyle& style, float gap) {
    if (words.empty() || row.rest.w - p.width(words, style) <= least) return;
    row.gap = gap;
    p.text(row, words, style);
  };
  put(number_words(ui, a, form),
      {.em = s.text,
       .color = !shares(a) && a.lag > 1000 ? c.caution : c.secondary,
       .bold = true,
       .align = Align::Right},
      number_gap(s));
  if (!shares(a))
    put(a.position < 0 ? "–" : std::to_string(a.position), {.em = s.text, .mono = true, .align = Align::Right},
        between);
  row.gap = between;
  if (const float w = box_width(p, count_text(a.buffered), s); a.buffered > 0 && row.rest.w - w > least) {
    const Rect box = row.right(w);
    draw_presenter_box(p, box, c.family[static_cast<std::size_t>(Family::Consume)], 1, count_text(a.buffered), s);
    p.note(box, "records in hand");
  }
  const auto measure = [&](std::string_view text) { return p.width(text, {.em = s.text}); };
  p.text(row.rest, form.cut ? shorten(part.name, row.rest.w, measure) : name,
         {.em = s.text, .color = c.secondary, .foreign = true});
  p.note(row.rest, "position line");
}

/// Several partitions in one line: their numbers, and the sum of their lags.
void draw_presenter_rest(Ui& ui, const Client& client, std::size_t from, const RowForm& form, const Rect& line,
                         const PresenterSizes& s) {
  Painter& p = ui.p;
  const TextStyle style{.em = s.text, .color = ui.c.secondary},
      bold{.em = s.text, .color = ui.c.secondary, .bold = true, .align = Align::Right};
  std::string names;
  const std::size_t all = client.assigned.size();
  const auto at = [&](std::size_t i) -> const Partition& {
    return partition_at(ui.world, client.assigned[i].partition);
  };
  const auto next = [&](std::size_t i) {
    return i + 1 < all && at(i + 1).topic == at(i).topic && at(i + 1).index == at(i).index + 1;
  };
  for (std::size_t i = from; i < all; ++i) {
    const bool same = i > from && at(i - 1).topic == at(i).topic;
    const std::string name = same || !form.names ? std::to_string(at(i).index) : at(i).name;
    const std::size_t first = i;
    while (next(i)) ++i;
    if (i < first + 2) i = first;  // three or more in a row are a range
    names +=
        (first > from ? ", " : "") +
        (i == first ? name : ui.tr("ui.partition_range"_w, {{"first", name}, {"last", std::to_string(at(i).index)}}));
  }
  const std::string lag = sum_words(ui, client, from, form),
                    brief = sum_words(ui, client, from, {false, CountForm::Brief, false}),
                    count = std::to_string(all - from), many = ui.tr("ui.partitions_many"_w, {{"count", count}});
  // The words beside the lag give way first, then the names.
  const std::pair<const std::string*, const std::string*> pairs[] = {
      {&names, &lag}, {&names, &brief}, {&many, &lag}, {&many, &brief}};
  for (const auto& [left, sum] : pairs) {
    const float sum_w = sum->empty() ? 0 : p.width(*sum, bold) + s.text * .4f;
    if (p.width(*left, style) + sum_w > line.w) continue;
    p.text(line, *sum, bold);
    p.text(line, *left, style);
    return;
  }
  // Or the number of partitions alone, if it fits beside the sum.
  const std::string times = "×" + count;
  const float sum_w = brief.empty() ? 0 : p.width(brief, bold) + s.text * .4f;
  p.text(line, brief, bold);
  if (p.width(times, style) + sum_w <= line.w) p.text(line, times, style);
}

}  // namespace

void draw_presenter_node(Ui& ui, const Node& n, const Rect& r, const PresenterSizes& s, const NodeFact& limit,
                         const std::string& number, bool boxed) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const NodeLook look = node_look(n);
  const bool leads = n.active_controller && !look.dead, limited = !limit.text.empty(),
             warned = look.quiet && !limited && is_warned(ui, n);
  p.fill(r, look.dead ? c.danger_solid : leads ? c.leader_fill : c.panel, 6);
  if (look.dashed) {
    p.dashed(r, limited ? tone_color(c, limit.tone) : c.strong, s.stroke, 9, 6, 6);
  } else {
    p.stroke(r,
             look.dead    ? c.danger_solid
             : look.doubt ? c.caution
             : leads      ? c.leader_edge
             : warned     ? c.caution
             : limited    ? tone_color(c, limit.tone)
                          : c.strong,
             leads || look.doubt || limited || warned ? s.stroke * 1.3f : s.stroke, 6);
  }
  const float icon = s.text * 0.95f;
  const Color ink = look.dead    ? c.danger_ink
                    : look.doubt ? c.caution
                    : warned     ? c.caution
                    : leads      ? c.leader
                    : limited    ? tone_color(c, limit.tone)
                                 : c.secondary;
  const bool two_lines = r.h > s.text * 3;
  const auto [first, second] = in_column(r, {weight(), fixed(two_lines ? s.text * 1.6f : 0)});
  Row row{first.padded(8), 8};
  const Rect sign = row.left(icon);
  p.icon(leads                     ? Icon::Crown
         : limited                 ? limit_icon(limit)
         : look.icon != Icon::None ? look.icon
         : warned                  ? Icon::Warn
                                   : node_icon(n.kind),
         sign, ink, 2.2f);
  if (warned) p.note(sign, "warned");
  // In two worlds the upper right corner is the place of the sign of a difference, which is a dot on a low card.
  const bool dot = s.side_by_side && r.h < s.text * kLowCard;
  const float corner = dot ? s.text * .25f : s.side_by_side ? std::max(10.5f, s.text * .62f) : 0;
  float free_corner = corner;  // what the row still has to keep free of it
  const auto leave_corner = [&] { row.shorten(std::exchange(free_corner, 0.f)); };
  row.gap = dot ? 8 : 12;
  const float beside =
      number.empty() ? 0 : (boxed ? box_width(p, number, s) : p.width(number, {.em = s.text})) + row.gap;
  if (const Timer* timer = card_timer(ui, n);
      timer != nullptr &&
      p.width(n.name, {.em = s.text}) + (s.side_by_side ? beside : 0) + s.text + row.gap + free_corner < row.rest.w) {
    leave_corner();
    draw_card_timer(ui, n, row.right(s.text).middle(s.text), *timer, s.stroke * 1.2f);
  }
  for (const CardTimer& of : client_timers(ui, n)) {  // a session is drawn above
    if (of.timer == card_timer(ui, n) || !(look.quiet || look.dead)) continue;
    if (p.width(n.name, {.em = s.text}) + beside + s.text + row.gap + free_corner >= row.rest.w) break;
    leave_corner();
    draw_client_timer(ui, n, row.right(s.text).middle(s.text), of, s.stroke * 1.2f);
  }
  const TextStyle plain{.em = s.text}, side{.em = s.text, .color = c.secondary, .align = Align::Right};
  const auto fits = [&](std::string_view words) {
    return p.width(n.name, plain) + p.width(words, side) + row.gap + free_corner < row.rest.w;
  };
  const auto leaves_name = [&](std::string_view words) {
    const float sign_room = dot ? s.text * kDotOnCard : free_corner;
    return row.rest.w - p.width(words, side) - row.gap - sign_room > kNameBesideState * s.text;
  };
  if (two_lines) {
    const Line below = second.padded(8);
    p.text(below, number, {.em = s.text, .color = ink, .foreign = true});
  } else if (const std::string word = ui.tr(state_word(n));
             !look.quiet && (fits(word) || (!boxed && !look.dead && leaves_name(word)))) {
    // The name loses its middle before the word is left out; the sign says the state, too.
    leave_corner();
    p.text(row, word,
           {.em = s.text,
            .color = look.dead    ? c.danger_ink
                     : look.doubt ? c.caution
                                  : c.secondary,
            .align = Align::Right});
  }
  if (!look.dead && boxed && !number.empty()) {
    leave_corner();
    const Rect box = row.right(box_width(p, number, s));
    draw_presenter_box(p, box, c.family[static_cast<std::size_t>(Family::Produce)], 1, number, s);
    p.note(box, "records that wait");
  } else if (!two_lines && look.quiet && !number.empty() &&
             (fits(number) || (p.width(number, side) < row.rest.w * kMostOfCard && leaves_name(number)))) {
    leave_corner();
    p.note({row.rest.right(), r.y, 1, r.h}, "number");
    p.text(row, number, side);
  }
  TextStyle name{.em = s.text, .color = look.dead ? c.danger_ink : c.primary, .foreign = true};
  if (is_client(n.kind))  // the sign covers no letter
    row.shorten(std::max(0.f, row.rest.right() - r.right() + (dot ? s.text * kDotOnCard : corner * kOnCard)));
  const std::vector<std::string> siblings = siblings_of(ui, n, row.rest.w, name);
  name.among = siblings;
  p.text(row.rest, controller_name(n, row.rest.w, [&](std::string_view text) { return p.width(text, plain); }), name);
}

void draw_presenter_client(Ui& ui, int index, const Rect& r, const PresenterSizes& s) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Node& node = ui.world.nodes[static_cast<std::size_t>(index)];
  const Client* client = nullptr;
  for (const Client& k : ui.world.clients) client = k.node == index ? &k : client;
  const NodeFact limit = client_limit(ui.st.lang, node, client, ui.lesson.question.phase == QuestionPhase::Open);
  if (r.h < s.text * 3) {
    const std::int64_t waits = client == nullptr || !client->assigned.empty() ? 0 : records_that_wait(*client);
    const bool boxed = waits > 0 && !waiting_words_fit(ui, r, s);
    std::string number = client == nullptr ? std::string() : boxed ? count_text(waits) : one_number(ui, *client);
    if (boxed && ui.p.width(node.name, {.em = s.text}) + box_width(ui.p, number, s) + s.text * kAroundName > r.w)
      number = rounded(waits);
    if (!boxed && client != nullptr && !beside_name_fits(ui, node.name, number, r, s))
      number = one_number(ui, *client, CountForm::Brief);
    return draw_presenter_node(ui, node, r, s, limit, number, boxed);
  }
  const NodeLook look = node_look(node);
  const bool dead = look.dead, limited = !limit.text.empty() && (look.quiet || !look.doubt);
  const bool threw = look.quiet && !limited && has_thrown(ui, node);
  const bool doubt = look.doubt || (look.quiet && client != nullptr && (client->fact_is_doubt || threw) && !limited);
  const Color tone = dead ? c.danger_ink : doubt ? c.caution : limited ? tone_color(c, limit.tone) : c.secondary;
  p.fill(r, dead ? c.danger_solid : c.panel, 6);
  if (look.dashed) p.dashed(r, doubt || limited ? tone : c.strong, s.stroke, 9, 6, 6);
  else
    p.stroke(r, dead ? c.danger_solid : doubt || limited ? tone : c.strong, look.doubt ? s.stroke * 1.3f : s.stroke, 6);
  const float icon = s.text * .85f;
  const bool refused = client != nullptr && client->producer_fenced && !dead;
  const Icon what = limited                   ? limit_icon(limit)
                    : refused                 ? Icon::Lock
                    : look.icon != Icon::None ? look.icon
                    : threw                   ? Icon::Warn
                                              : node_icon(node.kind);
  const float pitch = s.text * 1.3f;
  Column in{r.padded(8)};
  in.skip(s.text * .34f);
  Row head{in.next(pitch), 6};
  const Rect sign = head.left(icon);
  p.icon(what, sign, tone, 2.2f);
  if (refused) p.note(sign, "refused");
  head.gap = 12;
  const auto lines_in = [&](float height) { return static_cast<int>((height - s.text * 1.55f) / pitch); };
  int lines = lines_in(r.h);
  if (lines < 2 && client != nullptr && client->assigned.empty() && !dead) {  // no line for its tray
    const TextStyle style{.em = s.text, .color = c.secondary, .align = Align::Right};
    const std::string words = one_number(ui, *client);
    if (!words.empty() && waiting_words_fit(ui, r, s) &&
        p.width(node.name, {.em = s.text, .bold = true}) + p.width(words, style) + head.gap < head.rest.w) {
      p.text(head, words, style);
    } else if (const std::int64_t waits = records_that_wait(*client); waits > 0) {  // the number alone, on every card
      const Rect box = head.right(box_width(p, count_text(waits), s));
      draw_presenter_box(p, box, c.family[static_cast<std::size_t>(Family::Produce)], 1, count_text(waits), s);
      p.note(box, "records that wait");
    }
  }
  const float whole_name = p.width(node.name, {.em = s.text, .bold = true});
  bool first = true;  // it may take room from the name, the others only what is left beside it
  for (const CardTimer& of : client_timers(ui, node)) {
    const bool fits = first && !of.timer->routine ? head.rest.w > s.text * (of.timer == card_timer(ui, node) ? 4 : 5)
                                                  : head.rest.w > whole_name + s.text + head.gap;
    if (!fits) continue;
    draw_client_timer(ui, node, head.right(s.text).middle(s.text), of, s.stroke * 1.2f);
    first = false;
  }
  TextStyle name{.em = s.text, .color = dead ? tone : c.primary, .bold = true, .foreign = true};
  const std::vector<std::string> siblings = siblings_of(ui, node, head.rest.w, name);
  name.among = siblings;
  p.text(head.rest, node.name, name);
  const std::vector<NodeFact> own = limited || !look.quiet ? std::vector<NodeFact>{} : node_facts(ui.st.lang, node);
  const bool odd = !own.empty();  // its clock is wrong
  const auto fits = [&](const std::string& words) { return p.width(words, {.em = s.text}) <= in.rest.w; };
  const std::string fact = limited       ? limit.text
                           : odd         ? (fits(own.front().text) ? own.front().text : own.front().brief)
                           : !look.quiet ? std::string(ui.tr(state_word(node)))
                           : node.kind == NodeKind::Admin && (client == nullptr || client->waiting == 0)
                               ? std::string(ui.tr("ui.kind_admin"_w))
                           : threw && !client->fact_is_doubt ? client->thrown
                           : client != nullptr               ? fact_on_card(ui, *client, s.text, in.rest.w)
                                                             : std::string();
  // As many lines below the name as fit. Problems are always shown; lines for a consumer's partitions replace the fact,
  // which only names them.
  const bool wrong = dead || doubt || limited || odd || !look.quiet;
  const bool lists = client != nullptr && !dead && !client->assigned.empty() && node.kind != NodeKind::Transform;
  const bool tray = client != nullptr && !dead && client->accumulator.buffer_total > 0 && lines > 1;
  if (lists && !tray)  // the last line's letters keep off the card's edge
    lines = std::clamp(lines_in(r.padded(0, s.stroke * .75f).h), 1, std::max(lines, 1));
  if (wrong || !lists) {
    const TextStyle style{.em = s.text, .color = odd ? c.caution : tone, .foreign = true};
    std::vector<std::string> told{fact};  // a long one takes two lines that nothing else needs
    if (lines > (tray || lists ? 2 : 1) && (!lists || (threw && fact == client->thrown)))
      if (auto wrapped = p.wrap(fact, in.rest.w, style); wrapped.size() == 2) told = std::move(wrapped);
    if (told.size() == 1)  // of "acks=all, 1000/s" the rate
      told[0] = last_parts(told[0], in.rest.w, [&](std::string_view part) { return p.width(part, style); });
    for (const std::string& words : told) p.text(in.next(pitch), words, style), --lines;
  }
  if (tray) {  // in a low card the tray is a little lower, and keeps off the card's edge
    const float edge = r.padded(0, s.stroke * 1.5f).bottom(), lowest = s.text * 1.15f;
    Rect at = Column{in.next(pitch)}.last(lowest);  // off the letters of the line above it
    at.y = std::min(at.y, edge - lowest);
    at.h = std::min(at.h, edge - at.y);
    return draw_presenter_tray(ui, *client, at, s);
  }
  const RowForm form = lists ? row_form(ui, in.rest.w, s) : RowForm{};
  for (std::size_t i = 0; lists && i < client->assigned.size() && lines > 0; ++i, --lines) {
    if (lines == 1 && i + 1 < client->assigned.size())
      return draw_presenter_rest(ui, *client, i, form, in.next(pitch), s);
    draw_presenter_position(ui, client->assigned[i], form, in.next(pitch), s);
  }
  if (lists && lines > 0 && ui.lesson.about_commits && client->assigned.size() == 1 && !shares(client->assigned[0])) {
    const std::int64_t at = client->assigned[0].committed;
    p.text(
        in.next(pitch),
        at < 0 ? std::string(ui.tr("ui.no_commit"_w)) : ui.tr("ui.hold_committed"_w, {{"offset", std::to_string(at)}}),
        {.em = s.text, .color = c.committed});
  }
}

}  // namespace kafkascope::ui
