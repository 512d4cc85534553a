// The clients on the presenter's stage: name, one fact, and the essentials of their memory, readable from the back row:
// a producer's accumulator fill, waiting records and records in flight; a consumer's position and lag in each
// partition.
#include <algorithm>

#include "ui/panels/holdings.h"
#include "ui/panels/presenter.h"
#include "ui/shorten.h"
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
std::string one_number(const Ui& ui, const Client& client) {
  const std::int64_t waits = records_that_wait(client);
  return !client.assigned.empty() ? sum_words(ui, client, 0, {})
         : waits > 0              ? ui.tr("ui.records_wait"_w, {{"count", count_text(waits)}})
                                  : std::string();
}

/// In a card of one line: whether the words fit beside the name of every producer that has waiting records.
bool waiting_words_fit(const Ui& ui, const Rect& r, const PresenterSizes& s) {
  const float room = r.w - s.text * .95f - 36 - (s.side_by_side ? 2 * std::max(10.5f, s.text * .62f) : 0);
  return std::all_of(ui.world.clients.begin(), ui.world.clients.end(), [&](const Client& client) {
    if (client.node < 0 || !client.assigned.empty() || records_that_wait(client) == 0) return true;
    const std::string& name = ui.world.nodes[static_cast<std::size_t>(client.node)].name;
    return ui.p.width(name, {.em = s.text}) + ui.p.width(one_number(ui, client), {.em = s.text}) < room;
  });
}

float box_width(Painter& p, const std::string& number, const PresenterSizes& s) {
  return p.width(number, {.em = s.text, .bold = true}) + s.text * .6f;
}

/// Records in a box as wide as their number, without half tones behind it, to be readable from a distance.
float draw_presenter_box(Painter& p, float x, float middle, Color color, float level, const std::string& number,
                         const PresenterSizes& s) {
  const float w = box_width(p, number, s), h = s.text * 1.1f;
  const Rect r{x, middle - h / 2, w, h};
  const bool full = level >= 1;
  p.fill(r, full ? color : p.c.field, 3);
  if (!full) p.fill({r.x, r.bottom() - r.h * level, r.w, r.h * level}, mix(color, p.c.field, .2f), 3);
  p.stroke(r, color, s.stroke, 3);
  p.text(r.cx(), middle + s.text * .36f, number,
         {.em = s.text,
          .color = !full      ? p.c.primary
                   : p.c.dark ? p.c.on_bright
                              : p.c.accent_ink,
          .bold = true,
          .align = Align::Middle});
  return w;
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
  if (used > .01f)
    p.fill({r.x, r.y, r.w * std::min(used, 1.f), r.h}, full ? c.caution_fill : mix(color, c.field, .2f), 4);
  p.stroke(r, full ? c.caution : c.strong, s.stroke, 4);
  p.note(r, full ? "full accumulator" : "accumulator");
  float right = r.right() - s.text * .4f;
  if (client.in_flight > 0) {
    right -=
        p.text(right, r.cy() + s.text * .36f, count_text(client.in_flight), {.em = s.text, .align = Align::Right}) +
        s.text * .9f;
    p.icon(Icon::Right, right, r.cy() - s.text * .4f, s.text * .8f, color, s.stroke * .8f);
    p.note({right, r.y, r.right() - right, r.h}, "in flight");
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
  float x = r.x + s.text * .4f;
  for (int i = 0; i < std::min(batches, 4); ++i, x += s.text * .45f)
    p.fill({x, r.cy() - s.text * .5f, s.text * .28f, s.text}, color, 2);
  if (batches > 0) x += s.text * .15f;
  std::string words = count_text(records);
  if (a.queues.size() == 1)
    if (std::string sequences = waiting_words(ui, a.queues[0]);
        x + p.width(sequences, {.em = s.text, .bold = true}) + s.text < right)
      words = std::move(sequences);
  const float w = draw_presenter_box(p, x, r.cy(), color, std::min(level, 1.f), words, s);
  p.note({x, r.y, w, r.h}, "records that wait");
}

/// The gap between the position and the number beyond it, so that they do not read as one number.
float number_gap(const PresenterSizes& s) { return s.text * .7f; }

bool is_transform(const Ui& ui, const Client& client) {
  return client.node >= 0 && client.node < static_cast<int>(ui.world.nodes.size()) &&
         ui.world.nodes[static_cast<std::size_t>(client.node)].kind == NodeKind::Transform;
}

/// The least width of a name that has lost its middle, in em; with less room only its number is written.
constexpr float kCutName = 5;

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
void draw_presenter_position(Ui& ui, const AssignedPartition& a, const RowForm& form, float x, float right, float base,
                             const PresenterSizes& s) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Partition& part = partition_at(ui.world, a.partition);
  const std::string name = form.names ? part.name : std::to_string(part.index);
  const float between = s.text * .4f, least = x + p.width(name, {.em = s.text}) + between;
  if (a.paused) {
    p.icon(Icon::Pause, right - s.text * .8f, base - s.text * .8f, s.text * .8f, c.caution, s.stroke * .7f);
    right -= s.text * .8f + between;
  }
  const auto put = [&](const std::string& words, const TextStyle& style, float gap) {
    if (!words.empty() && right - p.width(words, style) > least) right -= p.text(right, base, words, style) + gap;
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
  if (const float w = box_width(p, count_text(a.buffered), s); a.buffered > 0 && right - w > least) {
    draw_presenter_box(p, right - w, base - s.text * .36f, c.family[static_cast<std::size_t>(Family::Consume)], 1,
                       count_text(a.buffered), s);
    p.note({right - w, base - s.text, w, s.text}, "records in hand");
    right -= w + between;
  }
  const auto measure = [&](std::string_view text) { return p.width(text, {.em = s.text}); };
  p.text(x, base, form.cut ? shorten(part.name, right - x, measure) : name,
         {.em = s.text, .color = c.secondary, .foreign = true});
  p.note({x, base - s.text, right - x, s.text}, "position line");
}

/// Several partitions in one line: their numbers, and the sum of their lags.
void draw_presenter_rest(Ui& ui, const Client& client, std::size_t from, const RowForm& form, float x, float right,
                         float base, const PresenterSizes& s) {
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
    names += (i > from ? ", " : "") + (same || !form.names ? std::to_string(at(i).index) : at(i).name);
    if (!next(i) || !next(i + 1)) continue;
    while (next(i)) ++i;  // three or more in a row
    names += "–" + std::to_string(at(i).index);
  }
  const std::string lag = sum_words(ui, client, from, form),
                    brief = sum_words(ui, client, from, {false, CountForm::Brief, false}),
                    count = std::to_string(all - from), many = ui.tr("ui.partitions_many"_w, {{"count", count}});
  // The words beside the lag give way first, then the names.
  const std::pair<const std::string*, const std::string*> pairs[] = {
      {&names, &lag}, {&names, &brief}, {&many, &lag}, {&many, &brief}};
  for (const auto& [left, sum] : pairs) {
    const float sum_w = sum->empty() ? 0 : p.width(*sum, bold) + s.text * .4f;
    if (p.width(*left, style) + sum_w > right - x) continue;
    if (!sum->empty()) p.text(right, base, *sum, bold);
    p.text(x, base, *left, style);
    return;
  }
  // Or the number of partitions alone.
  const float sum_w = brief.empty() ? 0 : p.width(brief, bold) + s.text * .4f;
  if (p.width(count, style) + sum_w > right - x) return;
  if (!brief.empty()) p.text(right, base, brief, bold);
  p.text(x, base, "×" + count, style);
}

}  // namespace

void draw_presenter_node(Ui& ui, const Node& n, const Rect& r, const PresenterSizes& s, const NodeFact& limit,
                         const std::string& number, bool boxed) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const NodeLook look = node_look(n);
  const bool leads = n.active_controller && !look.dead, limited = !limit.text.empty();
  p.fill(r, look.dead ? c.danger_solid : leads ? c.leader_fill : c.panel, 6);
  if (look.dashed) {
    p.dashed(r, c.strong, s.stroke, 9, 6, 6);
  } else {
    p.stroke(r,
             look.dead    ? c.danger_solid
             : look.doubt ? c.caution
             : leads      ? c.leader_edge
             : limited    ? tone_color(c, limit.tone)
                          : c.strong,
             leads || look.doubt || limited ? s.stroke * 1.3f : s.stroke, 6);
  }
  const float icon = s.text * 0.95f;
  const Color ink = look.dead    ? c.danger_ink
                    : look.doubt ? c.caution
                    : leads      ? c.leader
                    : limited    ? tone_color(c, limit.tone)
                                 : c.secondary;
  p.icon(leads                     ? Icon::Crown
         : limited                 ? limit_icon(limit)
         : look.icon != Icon::None ? look.icon
                                   : node_icon(n.kind),
         r.x + 10, r.cy() - icon / 2, icon, ink, 2.2f);
  // In two worlds the upper right corner is the place of the sign of a difference.
  const float corner = s.side_by_side ? std::max(10.5f, s.text * .62f) : 0, edge = r.right() - 10 - corner;
  float room = r.w - icon - 24;
  if (!look.quiet && !look.dead) {  // the word where it fits beside the name; the icon in any case
    const char* word = ui.tr(state_word(n));
    const TextStyle style{.em = s.text, .color = look.doubt ? c.caution : c.secondary, .align = Align::Right};
    if (p.width(n.name, {.em = s.text}) + p.width(word, style) + 12 + corner < room)
      room -= p.text(edge, r.cy() + s.text * .36f, word, style) + 12 + corner;
  }
  if (!look.dead && boxed && !number.empty()) {
    const float w = box_width(p, number, s);
    const Rect box{edge - w, r.y, w, r.h};
    draw_presenter_box(p, box.x, box.cy(), c.family[static_cast<std::size_t>(Family::Produce)], 1, number, s);
    p.note(box, "records that wait");
    room -= w + 12 + corner;
  } else if (look.quiet && !number.empty()) {
    const TextStyle style{.em = s.text, .color = c.secondary, .align = Align::Right};
    if (p.width(n.name, {.em = s.text}) + p.width(number, style) + 12 + corner < room) {
      room -= p.text(edge, r.cy() + s.text * .36f, number, style) + 12 + corner;
      p.note({edge, r.y, 1, r.h}, "number");
    }
  }
  p.text(r.x + 18 + icon, r.cy() + s.text * .36f, n.name,
         {.em = s.text, .color = look.dead ? c.danger_ink : c.primary, .max = room, .foreign = true});
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
    const std::string number = client == nullptr ? std::string() : boxed ? count_text(waits) : one_number(ui, *client);
    return draw_presenter_node(ui, node, r, s, limit, number, boxed);
  }
  const NodeLook look = node_look(node);
  const bool dead = look.dead, limited = !limit.text.empty() && (look.quiet || !look.doubt);
  const bool threw =
      // only a sign; the exception's name is on the other stages
      look.quiet && client != nullptr && !client->thrown.empty() && !limited;
  const bool doubt = look.doubt || (look.quiet && client != nullptr && (client->fact_is_doubt || threw) && !limited);
  const Color tone = dead ? c.danger_ink : doubt ? c.caution : limited ? tone_color(c, limit.tone) : c.secondary;
  p.fill(r, dead ? c.danger_solid : c.panel, 6);
  if (look.dashed) p.dashed(r, limited ? tone : c.strong, s.stroke, 9, 6, 6);
  else
    p.stroke(r, dead ? c.danger_solid : doubt || limited ? tone : c.strong, look.doubt ? s.stroke * 1.3f : s.stroke, 6);
  const float icon = s.text * .85f;
  const Icon what = limited                   ? limit_icon(limit)
                    : look.icon != Icon::None ? look.icon
                    : threw                   ? Icon::Warn
                                              : node_icon(node.kind);
  p.icon(what, r.x + 10, r.y + s.text * .6f, icon, tone, 2.2f);
  const float pitch = s.text * 1.3f, x = r.x + 10, right = r.right() - 10;
  int lines = static_cast<int>((r.h - s.text * 1.55f) / pitch);
  float name_room = r.w - icon - 22;
  if (lines < 2 && client != nullptr && client->assigned.empty() && !dead) {  // no line for its tray
    const TextStyle style{.em = s.text, .color = c.secondary, .align = Align::Right};
    const std::string number = one_number(ui, *client);
    if (!number.empty() && p.width(node.name, {.em = s.text, .bold = true}) + p.width(number, style) + 12 < name_room)
      name_room -= p.text(right, r.y + s.text * 1.35f, number, style) + 12;
  }
  if (client != nullptr && !client->timers.empty() && !dead && name_room > s.text * 5) {
    const float radius = s.text * .5f, ring_x = r.x + 16 + icon + name_room - radius - 10;
    timer_ring(p, ring_x, r.y + s.text, radius, client->timers.front(), s.stroke * 1.2f);
    p.note({ring_x - radius, r.y + s.text - radius, 2 * radius, 2 * radius}, "timer ring");
    name_room -= s.text * 1.3f + 12;
  }
  p.text(r.x + 16 + icon, r.y + s.text * 1.35f, node.name,
         {.em = s.text, .color = dead ? tone : c.primary, .bold = true, .max = name_room, .foreign = true});
  const std::vector<NodeFact> own = limited || !look.quiet ? std::vector<NodeFact>{} : node_facts(ui.st.lang, node);
  const bool odd = !own.empty();  // its clock is wrong
  const auto fits = [&](const std::string& words) { return p.width(words, {.em = s.text}) <= right - x; };
  const std::string fact = limited       ? limit.text
                           : odd         ? (fits(own.front().text) ? own.front().text : own.front().brief)
                           : !look.quiet ? std::string(ui.tr(state_word(node)))
                           : node.kind == NodeKind::Admin && (client == nullptr || client->waiting == 0)
                               ? std::string(ui.tr("ui.kind_admin"_w))
                           : client != nullptr ? ui.pick(client->fact)
                                               : std::string();
  // As many lines below the name as fit. Problems are always shown; lines for a consumer's partitions replace the fact,
  // which only names them.
  float base = r.y + s.text * 1.35f + pitch;
  const bool wrong = dead || doubt || limited || odd || !look.quiet;
  const bool lists = client != nullptr && !dead && !client->assigned.empty() && node.kind != NodeKind::Transform;
  const bool tray = client != nullptr && !dead && client->accumulator.buffer_total > 0 && lines > 1;
  if (wrong || !lists) {
    p.text(x, base, fact, {.em = s.text, .color = odd ? c.caution : tone, .max = right - x, .foreign = true});
    base += pitch;
    --lines;
  }
  if (tray) {  // in a low card the tray is a little lower, and keeps off the card's edge
    const float edge = r.padded(0, s.stroke * 1.5f).bottom(), lowest = s.text * 1.15f,
                top = std::min(base - s.text * .95f, edge - lowest);
    return draw_presenter_tray(ui, *client, {x, top, right - x, std::min(s.text * 1.3f, edge - top)}, s);
  }
  const RowForm form = lists ? row_form(ui, right - x, s) : RowForm{};
  for (std::size_t i = 0; lists && i < client->assigned.size() && lines > 0; ++i, --lines, base += pitch) {
    if (lines == 1 && i + 1 < client->assigned.size())
      return draw_presenter_rest(ui, *client, i, form, x, right, base, s);
    draw_presenter_position(ui, client->assigned[i], form, x, right, base, s);
  }
}

}  // namespace kafkascope::ui
