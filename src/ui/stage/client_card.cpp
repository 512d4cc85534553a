// The card of a client: name, one fact, and its memory. A producer's waiting batches are in a tray that represents its
// buffer.memory; a consumer has a line for each partition: its position, its lag, prefetched records.
#include <algorithm>
#include <utility>

#include "ui/panels/holdings.h"
#include "ui/panels/origin_card.h"
#include "ui/shorten.h"
#include "ui/stage/card_timers.h"
#include "ui/stage/cards.h"
#include "ui/stage/node_facts.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

/// "linger.ms: 34 of 50", or in less room "34 of 50", if the wait is long enough to be seen, and the lesson or the user is
/// looking at the client; else empty.
std::string linger_words(const Ui& ui, const Client& client, float room) {
  constexpr std::int64_t kSeen = 20'000;
  const Accumulator& a = client.accumulator;
  if (a.linger_us < kSeen || a.queues.size() > 1 || a.blocked_us >= 0 || !is_meant(ui, client)) return {};
  const std::int64_t waited = a.queues.empty() ? 0 : lingers_us(a, a.queues[0]);
  const auto told = [&](words::Key key) {
    return std::string(
        ui.tr(key, {{"waited", std::to_string(waited / 1000)}, {"linger", std::to_string(a.linger_us / 1000)}}));
  };
  std::string words = told("ui.linger_of"_w);
  if (ui.p.width(words, {.em = 13}) > room) words = told("ui.linger_brief"_w);
  return words;
}

constexpr float kNumberGap = 8;  // between the position and the number beyond it, so that they do not read as one

constexpr float kSign = 14;  // a clock before the number of records that are held back

/// A number beyond the position.
struct Beyond {
  std::string words;
  std::int64_t records;
  bool sign = false;  // a clock instead of words
};

/// The forms of a line's numbers, from the longest to the shortest. Signs: a single number, with a clock if its
/// records are held back.
enum class LineForm : std::uint8_t { Words, Brief, Signs };

/// From right to left. For a read_committed consumer the records that it may not read yet come first.
std::vector<Beyond> numbers_beyond(const Ui& ui, const AssignedPartition& a, LineForm form) {
  const CountForm as = form == LineForm::Words ? CountForm::Words : CountForm::Brief;
  const std::int64_t held = a.held_back(), to_read = a.to_read();
  std::vector<Beyond> numbers;
  if (held > 0 && form != LineForm::Signs) numbers.push_back({held_words(ui, held, as), held});
  if (held > 0 && form == LineForm::Signs && to_read <= 0) numbers.push_back({count_text(held), held, true});
  if (to_read > 0) numbers.push_back({to_read_words(ui, to_read, as), to_read});
  return numbers;
}

float beyond_width(Painter& p, const Beyond& number) {
  return p.width(number.words, {.em = 13}) + (number.sign ? kSign : 0);
}

/// Draws the numbers of a partition's line from the right; returns the x at which the name must end.
float draw_numbers(Ui& ui, const AssignedPartition& a, LineForm form, float name_end, float right, float y) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Color color = c.family[static_cast<std::size_t>(Family::Consume)];
  const auto box = [&](std::int64_t records) {
    const std::string words = count_text(records);
    const float w = record_box_width(p, words);
    if (records == 0 || right - w < name_end) return;
    const Rect at{right - w, y - p.em(13) * .36f - 7.5f, w, 15};  // its digits stand on the line
    record_box(p, at, color, 1, words, false);
    p.note(at, "records in hand");
    right -= w + 4;
  };
  // A share consumer: the records that it has acquired, and those that it has not acknowledged yet.
  if (a.fetch_state.empty()) {
    const auto count = [&](Icon icon, std::int64_t n, Color tone, const char* what) {
      const float w = p.width(count_text(n), {.em = 13}) + 16;
      if (n == 0 || right - w < name_end) return;
      p.text(right, y, count_text(n), {.em = 13, .color = tone, .align = Align::Right});
      p.icon(icon, right - w, y - 11, 13, tone, 1.6f);
      p.note({right - w, y - 12, w, 15}, what);
      right -= w + 6;
    };
    count(Icon::Check, a.to_acknowledge, c.secondary, "to acknowledge");
    count(Icon::Lock, a.acquired, c.primary, "locked");
    box(a.buffered);
    return right;
  }
  for (const Beyond& number : numbers_beyond(ui, a, form)) {
    const float w = beyond_width(p, number);
    if (right - w <= name_end) continue;
    const Color tone = number.records > 1000 ? c.caution : c.secondary;
    p.text(right, y, number.words, {.em = 13, .color = tone, .align = Align::Right});
    if (number.sign) {
      p.icon(Icon::Clock, right - w, y - 10.5f, 12, tone, 1.6f);
      p.note({right - w, y - 12, w, 15}, "past the last stable offset");
    }
    right -= w + kNumberGap;
  }
  box(a.buffered);
  const std::string position = a.position < 0 ? "–" : std::to_string(a.position);
  const TextStyle mono{.em = 13, .color = a.paused ? c.muted : c.primary, .mono = true, .align = Align::Right};
  if (right - p.width(position, mono) > name_end) right -= p.text(right, y, position, mono) + 4;
  return right;
}

/// The shortest form of a partition's name: its beginning and its number.
std::string least_name(const Partition& part) {
  return part.topic.size() <= 4 ? part.name : part.topic.substr(0, 3) + "…-" + std::to_string(part.index);
}

/// One form for all lines of a card: partition names are preferred to words; where no name fits whole, its middle is
/// left out.
LineForm line_form(Ui& ui, const std::vector<AssignedPartition>& assigned, float room) {
  Painter& p = ui.p;
  const std::pair<LineForm, bool> forms[] = {
      {LineForm::Words, true}, {LineForm::Brief, true}, {LineForm::Signs, true}, {LineForm::Signs, false}};
  for (const auto& [form, whole] : forms) {
    bool fits = true;
    for (const AssignedPartition& a : assigned) {
      if (a.fetch_state.empty()) continue;  // a share consumer has no such words
      const Partition& part = partition_at(ui.world, a.partition);
      float w = (a.paused ? 15 : 0) + p.width(whole ? part.name : least_name(part), {.em = 13}) + 4 +
                p.width(a.position < 0 ? "–" : std::to_string(a.position), {.em = 13, .mono = true});
      for (const Beyond& number : numbers_beyond(ui, a, form)) w += beyond_width(p, number) + kNumberGap;
      if (a.buffered > 0) w += record_box_width(p, count_text(a.buffered)) + 4;
      fits = fits && w <= room;
    }
    if (fits) return form;
  }
  return LineForm::Signs;  // no name fits: the numbers keep their room
}

void draw_line(Ui& ui, const AssignedPartition& a, LineForm form, float x, float right, float y) {
  Painter& p = ui.p;
  const Partition& part = partition_at(ui.world, a.partition);
  const std::string number = std::to_string(part.index);
  float start = x;
  if (a.paused) {
    p.icon(Icon::Pause, x, y - 10.5f, 12, ui.c.caution, 1.8f);
    p.note({x, y - 12, 12, 15}, "paused partition");
    start += 15;
  }
  const float room = draw_numbers(ui, a, form, start + p.width(number, {.em = 13}) + 4, right, y) - start;
  p.text(start, y, part.name, {.em = 13, .color = ui.c.secondary, .max = std::max(room, 8.f), .foreign = true});
  p.note({x, y - 12, right - x, 15}, "position line");
}

/// The records to read in several partitions, or, if there are none, those past the last stable offsets; "": neither.
std::string lag_words(const Ui& ui, const std::vector<AssignedPartition>& assigned, std::size_t from,
                      CountForm form = CountForm::Words) {
  std::int64_t to_read = 0, held = 0;
  for (std::size_t i = from; i < assigned.size(); ++i) {
    to_read += std::max<std::int64_t>(assigned[i].to_read(), 0);
    held += assigned[i].held_back();
  }
  if (to_read > 0) return to_read_words(ui, to_read, form);
  return held > 0 ? held_words(ui, held, form) : std::string();
}

/// Several partitions in one line: their names or their number, and the sum of their lags.
void draw_rest(Ui& ui, const std::vector<AssignedPartition>& assigned, std::size_t from, float x, float right,
               float y) {
  Painter& p = ui.p;
  const TextStyle style{.em = 13, .color = ui.c.secondary};
  std::string names;
  for (std::size_t i = from; i < assigned.size(); ++i) {
    const Partition& part = partition_at(ui.world, assigned[i].partition);
    const bool same = i > from && partition_at(ui.world, assigned[i - 1].partition).topic == part.topic;
    names += (i > from ? ", " : "") + (same ? std::to_string(part.index) : part.name);
  }
  const std::string count = std::to_string(assigned.size() - from);
  const auto put = [&](const std::string& words, CountForm form) {
    const std::string lag = lag_words(ui, assigned, from, form);
    const float end = lag.empty() ? right : right - p.width(lag, style) - 6;
    if (p.width(words, style) > end - x) return false;
    p.text(x, y, words, style);
    if (!lag.empty()) p.text(right, y, lag, {.em = 13, .color = ui.c.secondary, .align = Align::Right});
    return true;
  };
  const std::string number =
      from == 0 ? ui.tr("ui.partitions_many"_w, {{"count", count}}) : ui.tr("ui.more_replicas"_w, {{"count", count}});
  for (const std::string& words : {names, number, from == 0 ? count : "+" + count, std::string()})
    if (put(words, CountForm::Words) || put(words, CountForm::Brief)) return;
}

}  // namespace

std::string fact_on_card(Ui& ui, const Client& client, float em, float room) {
  std::string fact = ui.pick(client.fact);
  if (client.believed_leader < 0 || ui.p.width(fact, {.em = em}) <= room) return fact;
  return ui.tr("ui.leader_believed"_w, {{"broker", std::to_string(client.believed_leader)}});
}

namespace {

/// A long text in two lines, if it fits into two. An exception's name always does, broken before a capital: of a very
/// long one the second line loses its end.
std::vector<std::string> in_two_lines(Painter& p, const std::string& said, float room, bool exception) {
  std::vector<std::string> lines = p.wrap(said, room, {.em = 13});
  if (lines.size() == 2) return lines;
  return exception && lines.size() > 2 ? std::vector<std::string>{lines[0], said.substr(lines[0].size())}
                                       : std::vector<std::string>{said};
}

/// Whether one line is too short even for the name of an exception without its last word.
bool loses_more_than_exception(Painter& p, std::string_view name, float room) {
  constexpr std::string_view kException = "Exception";
  if (p.width(name, {.em = 13}) <= room) return false;
  return !name.ends_with(kException) ||
         p.width(std::string(name.substr(0, name.size() - kException.size())) + "…", {.em = 13}) > room;
}

/// The lines below the name: the text, then the partitions; the last line stands for all partitions without a line of
/// their own. A click on a text whose origin is known opens the origin's card, and selects the client as a click beside the text does.
void draw_lines(Ui& ui, const std::string& client, const std::vector<std::string>& told, Color tone,
                const OriginOf& origin, const std::vector<AssignedPartition>& assigned, const Rect& r, float name_y,
                int lines, float pitch) {
  Painter& p = ui.p;
  float y = name_y + pitch;
  const float x = r.x + 9, right = r.right() - 6;
  for (const std::string& said : told) {
    const TextStyle style{.em = 13, .color = tone, .max = r.w - 18, .foreign = true};
    const float w = p.text(x, y, said, style), em = p.em(style.em);
    // A line under the words must have room above the letters of the next line.
    const bool last = assigned.empty() && &said == &told.back(),
               underlined = last || pitch - em * .78f > style.em * .3f + 2.5f;
    if (has_origin(origin) && origin_link(ui, x, y, w, origin, style.em, underlined)) ui.select(client);
    if (!has_origin(origin)) links_in(ui, x, y, said, style);
    y += pitch;
    --lines;
  }
  std::size_t left = assigned.size();
  const LineForm form = line_form(ui, assigned, right - x);
  for (const AssignedPartition& a : assigned) {
    if (lines <= 0) return;
    if (lines == 1 && left > 1) return draw_rest(ui, assigned, assigned.size() - left, x, right, y);
    draw_line(ui, a, form, x, right, y);
    y += pitch;
    --lines;
    --left;
  }
}

/// The hover card: the meaning of the card's boxes and numbers.
void card_tip(Ui& ui, const Client& client, const Rect& r) {
  constexpr std::size_t kMost = 6;
  const std::vector<HoldingsView> views = build_holdings(ui.world, ui.st.lang, client);
  if (views.empty()) return;
  Tip tip{ui.p.to_window(r), ui.tr(views[0].title), {}, ui.tr("ui.tip_inspect"_w)};
  if (!views[0].limits.empty()) tip.facts.emplace_back(views[0].limits[0].name, views[0].limits[0].value);
  std::size_t left = views[0].rows.size();
  for (const Holding& row : views[0].rows) {
    if (tip.facts.size() == kMost) break;
    tip.facts.emplace_back(row.name, row.value + " · " + row.words);
    --left;
  }
  if (left > 0) tip.facts.emplace_back(ui.tr("ui.more_replicas"_w, {{"count", std::to_string(left)}}), "");
  ui.st.tip = std::move(tip);
}

}  // namespace

void draw_client_card(Ui& ui, int index, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Node& node = ui.world.nodes[static_cast<std::size_t>(index)];
  const Client* client = nullptr;
  for (const Client& k : ui.world.clients) {
    if (k.node == index) client = &k;
  }
  const NodeLook look = node_look(node);
  const bool hovered = touch_card(ui, node, r);
  p.push_box(r, "client card");
  const NodeFact limit = client_limit(ui.st.lang, node, client, ui.lesson.question.phase == QuestionPhase::Open);
  const bool threw = look.quiet && client != nullptr && !client->fact_is_doubt && !client->thrown.empty();
  const bool doubt = look.quiet && client != nullptr && (client->fact_is_doubt || threw) && limit.text.empty();
  Color ink = c.primary;
  if (look.dead) {
    p.fill(r, c.danger_solid, 8);
    ink = c.danger_ink;
  } else {
    p.fill(r, c.raised, 8);
    const Color edge = !limit.text.empty() ? tone_color(c, limit.tone) : doubt || look.doubt ? c.difference : c.strong;
    if (look.dashed) p.dashed(r, edge, 1.5f, 6, 4, 8);
    else p.stroke(r, edge, limit.text.empty() ? 1.25f : 2, 8);
  }
  if (ui.is_selected(node.name)) p.stroke(look.dead ? r.grown(3) : r, c.accent, 3, 8);
  if (look.walls) {
    p.fill({r.x - 8, r.y - 3, 4, r.h + 6}, c.danger);
    p.fill({r.right() + 4, r.y - 3, 4, r.h + 6}, c.danger);
  }
  const bool one_line = r.h < 44;
  const float said_room = r.w - 18;
  // The facts about the client, and the one to show.
  std::vector<NodeFact> facts = node_facts(ui.st.lang, node);
  if (!limit.text.empty()) facts.insert(facts.begin(), limit);
  const bool wrong = !limit.text.empty() || (look.quiet && !doubt && !facts.empty());
  std::string said;
  Color tone = doubt || look.doubt ? c.difference : c.secondary;
  OriginOf origin;
  bool names_exception = false;
  if (wrong) {
    said = facts[0].text;
    origin = facts[0].origin;
    tone = tone_color(c, facts[0].tone);
  } else if (!look.quiet) {
    said = ui.tr(state_word(node));
  } else if (node.kind == NodeKind::Admin) {
    said = client != nullptr && client->waiting > 0 ? ui.pick(client->fact) : std::string(ui.tr("ui.kind_admin"_w));
  } else if (client != nullptr) {
    said = threw ? client->thrown : fact_on_card(ui, *client, 13, said_room);
    names_exception = !said.empty() && said == client->thrown;
    if (names_exception) origin = {OriginKind::Error, client->thrown, {}, {}};
  }
  if (look.dead) tone = ink;
  static const std::vector<AssignedPartition> kNone;
  const bool tray = client != nullptr && client->accumulator.buffer_total > 0 && !look.dead && r.h >= 60 + kTray;
  const std::vector<AssignedPartition>& assigned =
      client == nullptr || tray || one_line || node.kind == NodeKind::Transform ? kNone : client->assigned;
  if (tray && look.quiet && !wrong && !doubt)
    if (std::string words = linger_words(ui, *client, said_room); !words.empty()) said = std::move(words);
  // Above a tray is one line, or an exception's name in two, closer to one another.
  const bool two_above_tray = tray && names_exception && p.width(said, {.em = 13}) > said_room;
  // On a small stage letters keep their least size: a card has fewer lines, but two if it was made for them.
  const float pitch = std::max(kClientLine, p.em(13) * .98f);
  const auto lines_of = [&](float height) { return static_cast<int>((r.h - 24) / height); };
  const int lines = tray ? 1 + two_above_tray : std::max({1, lines_of(pitch), std::min(2, lines_of(kClientLine))});
  const bool quiet = look.quiet && !wrong && !doubt;
  // If the partitions have lines of their own, the fact (their names) adds nothing.
  const bool listed = !assigned.empty() && (lines > 1 || assigned.size() == 1);
  if (listed && quiet) said.clear();
  // A state's word is beside the name where all lines are needed for partitions.
  const TextStyle state{.em = 13,
                        .color = look.dead    ? ink
                                 : look.doubt ? c.caution
                                              : c.secondary,
                        .align = Align::Right};
  const bool state_beside = !one_line && listed && !look.quiet && !wrong &&
                            static_cast<int>(assigned.size()) + 1 >= lines &&
                            p.width(node.name, {.em = 15, .bold = true}) + p.width(said, state) + 8 < r.w - 41;
  const std::string word = state_beside ? std::exchange(said, {}) : std::string();
  std::vector<std::string> told;
  if (!said.empty()) told.push_back(said);
  // An exception's name may take the place of the partitions.
  const bool two_lines =
      tray     ? two_above_tray
      : listed ? names_exception && lines > 1 && (lines > 2 || loses_more_than_exception(p, said, said_room))
               : !one_line && lines > 1;
  if (!said.empty() && two_lines) told = in_two_lines(p, said, said_room, names_exception);
  const std::size_t wanted = told.size() + (listed ? assigned.size() : 0u);
  const float slack = tray ? 0 : pitch * static_cast<float>(std::max(0, lines - static_cast<int>(wanted)));
  // The last line keeps clear of the card's edge.
  const float below = r.h - 20 - pitch * static_cast<float>(lines), lift = std::clamp(8 - below, 0.f, 2.5f);
  const float name_y = one_line         ? r.cy() + 5.2f
                       : two_above_tray ? r.y + 18
                       : tray           ? r.y + 23
                                        : r.y + 20 + (slack > 0 ? slack * .3f : -lift);
  Icon icon = look.icon != Icon::None ? look.icon : node_icon(node.kind);
  if (!limit.text.empty()) icon = limit_icon(limit);
  if (client != nullptr && client->producer_fenced) icon = Icon::Lock;
  if (one_line && doubt) icon = Icon::Warn;  // no line for the text
  p.icon(icon, r.x + 10, name_y - 13, 16,
         look.dead                           ? ink
         : !limit.text.empty()               ? tone_color(c, limit.tone)
         : look.doubt || (one_line && doubt) ? c.caution
                                             : c.secondary,
         look.dead ? 2.4f : 1.6f);
  if (look.quiet && (icon == Icon::Lock || icon == Icon::Clock || icon == Icon::Warn))
    p.note({r.x + 10, name_y - 13, 16, 16}, icon == Icon::Lock   ? "refused"
                                            : icon == Icon::Warn ? "warned"
                                                                 : "held back");
  float name_room = r.w - 41;
  if (state_beside) name_room -= p.text(r.right() - 8, name_y, word, state) + 8;
  constexpr float kLeastNameBeside = 34;  // "b…-3": with its siblings told apart
  if (one_line && !look.quiet) {
    // The name loses its middle before the word gives way; the word is never cut, because the sign says the same. Of a client
    // that has not started or has stopped, the sign and the dashed frame are enough: there only the name must be read.
    const float whole = p.width(node.name, {.em = 15, .bold = true});
    const auto wide = [&](std::string_view part) { return p.width(part, state); };
    const std::string_view told_state = ui.tr(state_word(node));
    const float least = look.dashed ? whole : std::min(whole, kLeastNameBeside);
    if (const std::string shown(told_state); least + 8 + wide(shown) <= name_room)
      name_room -= p.text(r.right() - 8, name_y, shown, state) + 8;
  }
  if (one_line && look.quiet && !doubt && client != nullptr) {
    std::string words = lag_words(ui, client->assigned, 0);
    if (p.width(node.name, {.em = 15, .bold = true}) + p.width(words, {.em = 13}) + 8 >= name_room)
      words = lag_words(ui, client->assigned, 0, CountForm::Brief);  // the name loses its middle before the number goes
    if (!words.empty())
      name_room -= p.text(r.right() - 8, name_y, words, {.em = 13, .color = c.secondary, .align = Align::Right}) + 8;
  }
  // The most important arc may take room from the name, and stands on the card's corner if that has none; the others take
  // only what is left beside it.
  constexpr float kRing = 26, kLeastName = 90 - kRing;
  const float whole_name = p.width(node.name, {.em = 15, .bold = true});
  bool cornered = false;
  for (const CardTimer& of : client_timers(ui, node)) {
    const bool presses = of.region == std::string_view("timer") && !look.dead;
    if (name_room <= (presses ? kLeastName : whole_name) + kRing) {
      if (!of.timer->routine && !cornered) draw_corner_timer(ui, node, r, of), cornered = true;
      continue;
    }
    const Rect ring = Rect{r.x + 33 + name_room - 9, name_y - 5.5f, 0, 0}.grown(8);
    draw_client_timer(ui, node, ring, of, 3);
    name_room -= kRing;
  }
  TextStyle name{.em = 15, .color = ink, .bold = true, .max = name_room, .foreign = true};
  const std::vector<std::string> siblings = siblings_of(ui, node, name_room, name);
  name.among = siblings;
  p.text(r.x + 33, name_y, node.name, name);
  if (!one_line)
    draw_lines(ui, node.name, told, tone, origin, listed ? assigned : kNone, r, name_y, lines,
               two_above_tray ? 15.5f
               : tray         ? 20.f
                              : pitch + std::min(5.f, slack * .3f));
  if (tray) draw_tray(ui, *client, {r.x + 8, r.bottom() - kTray - (two_above_tray ? 5 : 8), r.w - 16, kTray});
  p.pop_box();
  if (hovered && client != nullptr && p.whole.text.empty() && ui.may_tip())
    card_tip(ui, *client, r);  // else the cut text is shown in full
  p.diagnostics().cards.push_back({p.to_window(r), node.name});
}

}  // namespace kafkascope::ui
