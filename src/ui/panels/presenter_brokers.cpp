#include "ui/panels/presenter_brokers.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "ui/panels/holdings.h"
#include "ui/panels/world_differences.h"
#include "ui/shorten.h"
#include "ui/stage/cards.h"
#include "ui/stage/node_facts.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

using Sizes = PresenterSizes;

constexpr std::size_t kRows = 3, kMostRows = 5;  // a few rows are drawn larger

constexpr float kNearEdge = 6;  // how much nearer to the card's edge a word may stand that would not fit otherwise

/// The text about a broker besides its name: its state or role; and problems that no other sign shows.
struct HeadWords {
  std::string word;                // right of the name
  std::vector<std::string> below;  // problems that do not fit there
  Color color = 0, below_color = 0;
  bool thin = false;  // the word is not bold, and nearer to the card's edge
};

/// Whether each replica under min ISR has a chip on the card with room for the words about it.
bool chips_say_min_isr(const Ui& ui, const Node& n, const Rect& card, const Sizes& s) {
  if (s.side_by_side || n.replicas.size() > kRows) return false;
  constexpr float kAround = 120;  // the chip's edges, and the room around its sign and its words
  const TextStyle bold{.em = s.text, .bold = true};
  return std::all_of(n.replicas.begin(), n.replicas.end(), [&](const Replica& r) {
    if (r.role != ReplicaRole::Leader || r.partition < 0 || !ui.under_min_isr(r.partition)) return true;
    return ui.p.width(partition_at(ui.world, r.partition).name, bold) +
               ui.p.width(ui.tr("ui.hw_waits_for_min_isr"_w), bold) + s.text + kAround <=
           card.w;
  });
}

HeadWords head_words(const Ui& ui, const Node& n, const Rect& card, const Sizes& s) {
  Painter& p = ui.p;
  const NodeLook look = node_look(n);
  HeadWords out;
  const bool in_charge = (n.active_controller || n.zombie_controller) && !look.dead;
  std::vector<NodeFact> facts = broker_facts(ui, n);
  if (chips_say_min_isr(ui, n, card, s))
    std::erase_if(facts, [](const NodeFact& f) { return f.origin.name == "min.insync.replicas"; });
  const bool fact = !facts.empty() && facts[0].tone != NodeFact::Tone::Quiet, rules = look.quiet && !fact && in_charge;
  const TextStyle style{.em = s.text, .bold = true};
  const float room = card.w - 40 - s.title * .9f - p.width(n.name, {.em = s.title});
  const auto put = [&](const std::string& words, Color color, bool thin = false) {
    if (!out.word.empty()) return;
    if (thin ? p.width(words, {.em = s.text}) > room + kNearEdge : p.width(words, style) >= room) return;
    out.word = words;
    out.thin = thin;
    out.color = look.dead ? ui.c.danger_ink : color;
  };
  if (fact && (look.quiet || look.dead)) {
    for (const std::string& words : {facts[0].text, facts[0].brief}) put(words, tone_color(ui.c, facts[0].tone));
  }
  if (fact && out.word.empty()) {
    const float least = card.w - 32;
    out.below = p.wrap(facts[0].text, least, style);
    if (std::vector<std::string> brief = p.wrap(facts[0].brief, least, style);
        out.below.size() > 1 && !brief.empty() && brief.size() < out.below.size())
      out.below = std::move(brief);
    out.below_color = look.dead ? ui.c.danger : tone_color(ui.c, facts[0].tone);
  }
  if (!look.quiet)  // never cut: "sto…d" says nothing that the sign does not say
    for (const bool thin : {false, true})
      for (const std::string_view words : {ui.tr(look.word), ui.tr(state_word(n))})
        put(std::string(words), ui.c.caution, thin);
  if (rules && !n.zombie_controller) put(ui.tr("ui.kind_controller"_w), ui.c.leader);
  if (n.zombie_controller && in_charge && out.below.empty()) {
    out.below = p.wrap(ui.tr("ui.believes_it_controls"_w), card.w - 32, style);
    if (out.below.size() > 1) out.below = {ui.tr("ui.old_controller"_w)};
    out.below_color = ui.c.difference;
  }
  return out;
}

/// The height of the problems below the head, with room for a ring around the first row.
float below_head(const HeadWords& words, const Sizes& s) {
  return words.below.empty() ? 0 : s.text * 1.3f * static_cast<float>(words.below.size()) + ring_room(s);
}

/// The area for the broker's replicas: below the head and its problems, above the rack's name (shown if racks matter
/// and a row still fits).
Rect body_of(const Ui& ui, const Node& n, const Rect& card, const Sizes& s) {
  const float head = presenter_head_height(s) + below_head(head_words(ui, n, card, s), s), room = card.h - head - 8,
              rack = s.text * 1.5f;
  const bool told = !n.rack.empty() && room - rack >= s.text * 1.32f && in_several_racks(ui.world);
  return {card.x, card.y + head, card.w, told ? room - rack : room};
}

constexpr float kGap = 6;  // between two chips
constexpr float kTextInFrame =
    1.6f;  // the height of a chip whose frame does not touch its text, in units of the text's size

/// The number of rows that fit; 0: the words below the head leave no room for one.
std::size_t room_of(const Rect& body, const Node& n, const Sizes& s) {
  if (body.h < s.text * 1.1f) return 0;
  const float rows = std::max(std::min(body.h / (s.text * 1.32f), static_cast<float>(kRows)),
                              // more rows than kRows only if the frames do not touch the text
                              body.h / (s.text * 1.6f));
  const auto fit = static_cast<std::size_t>(
      std::clamp(rows, 1.f, static_cast<float>(std::clamp(n.replicas.size(), kRows, kMostRows))));
  // A low card keeps no place for replicas that do not exist: the other rows would be lower than their text.
  const bool squeezed = body.h / static_cast<float>(fit) < s.text * kTextInFrame + kGap;
  return squeezed ? std::min(fit, std::max<std::size_t>(n.replicas.size(), 1)) : fit;
}

/// The chip in that row. On a low card the chips give up the gap between them before their frames touch the text.
Rect chip_at(const Rect& body, std::size_t room, std::size_t row, const Sizes& s) {
  const float pitch = body.h / static_cast<float>(room), gap = std::clamp(pitch - s.text * kTextInFrame, 2.f, kGap);
  return {body.x + 8, body.y + gap + pitch * static_cast<float>(row), body.w - 16, pitch - gap};
}

/// With two worlds: the weight of the replica's difference; 0: none.
int difference_of(const Ui& ui, const Node& n, std::size_t replica, const Sizes& s) {
  const auto node = static_cast<std::size_t>(&n - ui.world.nodes.data());
  return node < s.differs.size() && replica < s.differs[node].size() ? s.differs[node][replica] : 0;
}

/// The rank of a replica on a card that does not show all of them. First those that differ from the other world: the
/// selected partition, then differences that are not only numbers, then leaders; the largest difference first. Then the
/// selected partition, leaders under min ISR, the other leaders.
std::pair<int, int> importance(const Ui& ui, const Node& n, std::size_t replica, const Sizes& s) {
  const Replica& r = n.replicas[replica];
  const bool lead = r.role == ReplicaRole::Leader, selected = r.partition == ui.selected_partition(),
             known = r.partition >= 0 && r.partition < static_cast<int>(ui.world.partitions.size());
  const int differs = difference_of(ui, n, replica, s);
  if (differs > 0) return {selected ? 0 : differs >= kLoudWeight ? 1 : lead ? 2 : 3, -differs};
  const int rank = selected                                         ? 4
                   : lead && known && ui.under_min_isr(r.partition) ? 5
                   : lead || r.role == ReplicaRole::Zombie          ? 6
                                                                    : 7;
  return {rank, 0};
}

/// The replicas that a card shows, in topic order; if there are more, the most important ones first.
std::vector<std::size_t> rows_of(const Ui& ui, const Node& n, std::size_t room, const Sizes& s) {
  std::vector<std::size_t> order(n.replicas.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  if (order.size() <= room) return order;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return importance(ui, n, a, s) < importance(ui, n, b, s); });
  order.resize(std::max<std::size_t>(room, 2) - 1);
  return order;
}

/// Whether a replica that the card does not show differs from the other world's.
bool hides_difference(const Ui& ui, const Node& n, const std::vector<std::size_t>& rows, const Sizes& s) {
  for (std::size_t i = 0; i < n.replicas.size(); ++i)
    if (difference_of(ui, n, i, s) > 0 && std::find(rows.begin(), rows.end(), i) == rows.end()) return true;
  return false;
}

constexpr float kSign = 12, kSignGap = 4;  // the sign of a difference within a card
constexpr float kNarrowSign = 8;           // ... beside "+3", where each pixel is taken from a partition's name

void draw_difference(Ui& ui, const Rect& at, const char* what) {
  ui.p.push(at.cx(), at.cy(), at.w / kSign);
  ui.p.equal_sign(0, 0, ui.c.difference, true);
  ui.p.pop();
  ui.p.note(at, what);
}

/// "+2 more, leads 1": a hidden leadership must be visible; if the text does not fit, a crown.
void draw_hidden(Ui& ui, const Node& n, const std::vector<std::size_t>& rows, const Rect& line, const Sizes& s) {
  int led = 0;
  for (std::size_t i = 0; i < n.replicas.size(); ++i)
    led += n.replicas[i].role == ReplicaRole::Leader && std::find(rows.begin(), rows.end(), i) == rows.end();
  const std::string more = std::to_string(n.replicas.size() - rows.size());
  const std::string whole = ui.tr("ui.more_of_them_led"_w, {{"count", more}, {"led", std::to_string(led)}});
  const TextStyle style{.em = s.text, .color = ui.c.secondary, .max = line.w};
  Row row{line, kSignGap};
  if (hides_difference(ui, n, rows, s)) draw_difference(ui, row.left(kSign).middle(kSign), "hidden difference");
  if (led == 0 || ui.p.width(whole, style) <= row.rest.w) {
    ui.p.text(row, led == 0 ? ui.tr("ui.more_replicas"_w, {{"count", more}}) : whole, style);
    return;
  }
  row.gap = s.text * .8f;
  ui.p.text(row, "+" + more, style);
  ui.p.note(row.rest, "leads hidden");
  row.gap = s.text * .25f;
  ui.p.icon(Icon::Crown, row.left(s.text * .85f), ui.c.leader, 2.6f);
  ui.p.text(row, std::to_string(led), {.em = s.text, .color = ui.c.leader, .bold = true});
}

/// The sign on a replica's chip; the pointer shows what differs, which may be none of the chip's own words.
void draw_replica_difference(Ui& ui, const Node& n, std::size_t replica, const Rect& at, const Sizes& s) {
  draw_difference(ui, at, "replica differs");
  if (s.other == nullptr) return;
  const auto node = static_cast<std::uint64_t>(&n - ui.world.nodes.data());
  if (!ui.hit(make_id("replica differs", node << 16 | replica), at).hovered || !ui.may_tip()) return;
  const std::size_t partition = static_cast<std::size_t>(n.replicas[replica].partition);
  Tip tip{ui.p.to_window(at), n.name + ", " + ui.world.partitions[partition].name, {}, {}};
  for (const WorldDifference& d : replica_differences(ui, *s.other, n, replica))
    tip.facts.emplace_back(ui.pick(d.what), ui.tr("ui.twin_differs"_w, {{"here", d.here}, {"there", d.there}}));
  ui.st.tip = std::move(tip);
}

/// A partition's name in its chip. A name that does not fit beside the role's word loses its middle, then takes the
/// word's place. A number without its name would say nothing about the topic: "…-0" says that the name is left out.
std::string name_in(const Partition& part, float room, float beside, const Measure& measure) {
  if (measure(part.name) <= room) return part.name;
  for (const float width : {beside, room}) {
    std::string name = shorten(part.name, width, measure);
    if (const std::size_t dots = name.find("…"); dots != std::string::npos && dots >= 2) return name;
  }
  const std::string name = shorten(part.name, room, measure);
  return name.empty() || name == "…" ? std::to_string(part.index) : name;
}

/// The number in a chip of one of two worlds, whole and rounded: the end of the log, or what differs if that is equal.
struct ChipNumber {
  std::string whole, brief;
  bool differs = false;  // the sign stands at it
};

ChipNumber chip_number(const Ui& ui, const Replica& rep, const ReplicaSign& sign) {
  const auto named = [&](const std::string& number) {
    return sign.at == ReplicaSign::HighWatermark ? "HW " + number : ui.tr("ui.lag"_w, {{"lag", number}});
  };
  if (sign.at == ReplicaSign::HighWatermark || sign.at == ReplicaSign::Lag)
    return {named(std::to_string(sign.number)), named(rounded(sign.number)), true};
  return {std::to_string(rep.log_end_offset), rounded(rep.log_end_offset), sign.at == ReplicaSign::LogEnd};
}

/// The text in a chip: the partition's name and, with two worlds, the end of the replica's log.
struct ChipWords {
  std::string name, end;
};

/// The room before the icon, after it, and after the end of the log.
struct ChipEdges {
  float left, apart, right;
  float room(float chip_w, float icon) const { return chip_w - icon - left - apart - right; }
};
constexpr float kUsualText = 28;

struct ChipMeasures {
  Measure name, end;
};

ChipMeasures measures(const Ui& ui, const Replica& rep, const Sizes& s) {
  const bool lead = rep.role == ReplicaRole::Leader;
  return {[&ui, lead, em = s.text](std::string_view text) { return ui.p.width(text, {.em = em, .bold = lead}); },
          [&ui, lead, em = s.text](std::string_view text) {
            return ui.p.width(text, {.em = em, .bold = lead, .mono = true});
          }};
}

/// Whether a chip shows the end of its log: only with two worlds, which are compared by it.
bool shows_end(const Replica& rep, const Sizes& s) {
  return s.side_by_side &&
         (rep.role == ReplicaRole::Leader || rep.role == ReplicaRole::Follower || rep.role == ReplicaRole::Zombie);
}

constexpr float kBeforeEnd = 4;

/// The room between a chip's name and its number, with the sign of a difference if it stands there.
float before_end(bool differs) { return differs ? kSignGap + kSign + kSignGap : kBeforeEnd; }

/// Where the sign of a replica's difference stands; nowhere if there is one world.
ReplicaSign sign_of(const Ui& ui, const Node& n, std::size_t replica, const Sizes& s) {
  return difference_of(ui, n, replica, s) == 0 || s.other == nullptr ? ReplicaSign{}
                                                                     : replica_sign(ui.world, *s.other, n, replica);
}

/// The edges of all chips on a card: narrow if a whole name and the end of its log need the room.
ChipEdges chip_edges(const Ui& ui, const Node& n, const std::vector<std::size_t>& rows, float chip_w, const Sizes& s) {
  // On a large screen a ring's line is thick, too.
  const float k = std::max(1.f, s.text / kUsualText);
  const ChipEdges usual{10 * k, 10 * k, 8 * k}, tight{4 * k, 5 * k, 4 * k};
  const float room = usual.room(chip_w, s.text * .85f);
  const bool fit = std::all_of(rows.begin(), rows.end(), [&](std::size_t i) {
    const Replica& rep = n.replicas[i];
    if (!shows_end(rep, s) || rep.partition < 0 || rep.partition >= static_cast<int>(ui.world.partitions.size()))
      return true;
    const ChipMeasures width = measures(ui, rep, s);
    const ChipNumber number = chip_number(ui, rep, sign_of(ui, n, i, s));
    return width.name(ui.world.partitions[static_cast<std::size_t>(rep.partition)].name) + before_end(number.differs) +
               width.end(number.whole) <=
           room;
  });
  return fit ? usual : tight;
}

/// The number, and before it the sign of a difference, are always shown. A number that is equal in both worlds is
/// rounded before the name gives way. Then the name's middle gives way, then the end is rounded, and last the
/// partition's number replaces the name.
ChipWords words_with_end(const Partition& part, const ChipNumber& of, float room, float between,
                         const ChipMeasures& width) {
  const auto& [whole, brief, differs] = of;
  const auto for_name = [&](const std::string& end) { return room - between - width.end(end); };
  if (const float name = width.name(part.name); !differs && name > for_name(whole) && name <= for_name(brief))
    return {part.name, brief};
  for (const std::string& end : {whole, brief}) {
    const std::string name = shorten(part.name, for_name(end), width.name);
    const std::size_t dots = name.find("…");
    if (name == part.name || (dots != std::string::npos && dots >= 2)) return {name, end};
  }
  const std::string number = std::to_string(part.index);
  return {number, width.name(number) <= for_name(whole) ? whole : brief};
}

}  // namespace

float presenter_head_height(const Sizes& s) { return s.title * 1.85f; }

namespace {
/// The number of replicas without a row, if it stands beside the only rows there are; else empty.
std::string hidden_beside(const Node& n, const std::vector<std::size_t>& rows, std::size_t room) {
  const bool beside = rows.size() == room && rows.size() < n.replicas.size();
  return beside ? "+" + std::to_string(n.replicas.size() - rows.size()) : std::string();
}

/// The width of the chips: beside them stands the number of hidden replicas, with the sign of a difference among these.
float chip_width(const Ui& ui, const Node& n, const std::vector<std::size_t>& rows, const Rect& body, std::size_t room,
                 const Sizes& s) {
  const float w = chip_at(body, room, 0, s).w;
  const std::string hidden = hidden_beside(n, rows, room);
  if (hidden.empty()) return w;
  return w - ui.p.width(hidden, {.em = s.text}) -
         (hides_difference(ui, n, rows, s) ? std::max(kSignGap, s.stroke * 2) + kNarrowSign : 8);
}
}  // namespace

Rect presenter_chip(const Ui& ui, const Node& n, const Rect& card, int partition, const Sizes& s) {
  const Rect body = body_of(ui, n, card, s);
  const std::size_t room = room_of(body, n, s);
  if (room == 0) return {};
  const std::vector<std::size_t> rows = rows_of(ui, n, room, s);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (n.replicas[rows[i]].partition == partition)
      return Row{chip_at(body, room, i, s)}.left(chip_width(ui, n, rows, body, room, s));
  }
  return {};
}

void draw_presenter_broker(Ui& ui, const Node& n, const Rect& r, const Sizes& s) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const NodeLook look = node_look(n);
  const float head = presenter_head_height(s);
  p.fill(r, look.dead ? c.canvas : c.panel, 8);
  const auto [top, below] = in_column(r, {fixed(head), weight()});
  const Rect inside = r.padded(3, 3);
  if (look.dead) p.hatch({inside.x, below.y, inside.w, inside.bottom() - below.y}, c.danger_fill, 14);
  if (look.dead || look.doubt) p.fill(top, look.dead ? c.danger_solid : c.caution_fill, 8, ImDrawFlags_RoundCornersTop);
  p.stroke(r,
           look.dead    ? c.danger_solid
           : look.doubt ? c.caution
                        : c.strong,
           look.dead ? s.stroke * 1.6f : s.stroke, 8);
  if (look.walls) {
    Row walls{r.padded(-3 * s.stroke, -8)};
    p.fill(walls.left(1.7f * s.stroke), c.danger);
    p.fill(walls.right(1.7f * s.stroke), c.danger);
  }
  const Rect rule = below.padded(2);
  if (!look.dead) p.line(rule.x, rule.y, rule.right(), rule.y, c.mid, s.stroke);
  const float icon = s.title * 0.9f;
  const Color ink = look.dead ? c.danger_ink : c.primary;
  const bool in_charge = (n.active_controller || n.zombie_controller) && !look.dead;
  Row title{top.padded(12), 8};
  p.icon(in_charge                 ? (n.zombie_controller ? Icon::CrownHollow : Icon::Crown)
         : look.icon != Icon::None ? look.icon
                                   : Icon::Broker,
         title.left(icon),
         look.dead    ? c.danger_ink
         : look.doubt ? c.caution
         : in_charge  ? c.leader
                      : c.secondary,
         2.4f);
  const HeadWords words = head_words(ui, n, r, s);
  if (words.thin) title.shorten(-kNearEdge);
  if (!words.word.empty()) {
    p.text(title, words.word, {.em = s.text, .color = words.color, .bold = !words.thin, .align = Align::Right});
  }
  p.text(title.rest, n.name, {.em = s.title, .color = ink, .foreign = true});
  const Rect body = body_of(ui, n, r, s);
  const std::size_t room = room_of(body, n, s);
  if (!words.below.empty()) {
    Column told{below.padded(6)};
    told.skip(3);
    const Rect ground = told.next(below_head(words, s));
    if (look.dead) p.fill(ground, c.canvas);
    const Rect inner = ground.padded(12);
    const std::string more = "+" + std::to_string(n.replicas.size());
    const float told_w = p.width(words.below.front(), {.em = s.text, .bold = true}),
                more_w = p.width(more, {.em = s.text});
    if (room == 0 && !n.replicas.empty() && told_w + more_w + kSignGap <= inner.w)
      p.text(Column{inner}.next({s.text * 1.3f, s.text}), more,
             {.em = s.text, .color = c.secondary, .align = Align::Right});
    Column lines{inner};
    for (const std::string& line : words.below)
      p.text(lines.next({s.text * 1.3f, s.text}), line,
             {.em = s.text, .color = words.below_color, .bold = true, .max = ground.w});
    p.note(ground, "broker fact");
  }
  if (body.bottom() + 9 < r.bottom())
    p.text(Column{r.padded(15)}.last({s.text * 1.5f, s.text}), ui.tr("ui.rack"_w, {{"rack", n.rack}}),
           {.em = s.text, .color = c.secondary, .bold = true, .foreign = true});
  if (room == 0) return;
  const std::vector<std::size_t> rows = rows_of(ui, n, room, s);
  // One row: the number of hidden replicas is beside it.
  const std::string hidden = hidden_beside(n, rows, room);
  const bool hides = hides_difference(ui, n, rows, s);
  const float chip_w = chip_width(ui, n, rows, body, room, s);
  const ChipEdges edges = chip_edges(ui, n, rows, chip_w, s);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Replica& rep = n.replicas[rows[i]];
    if (rep.partition < 0 || rep.partition >= static_cast<int>(ui.world.partitions.size())) continue;
    Rect chip = chip_at(body, room, i, s);
    if (!hidden.empty()) {
      Row end{chip};
      if (hides) draw_difference(ui, end.right(kNarrowSign).middle(kNarrowSign), "hidden difference");
      p.text(end.rest, hidden, {.em = s.text, .color = c.secondary, .align = Align::Right});
    }
    chip.w = chip_w;
    p.note(chip, "replica chip");
    const bool moves = rep.role == ReplicaRole::Joining || rep.role == ReplicaRole::Leaving,
               joins = rep.role == ReplicaRole::Joining;
    const bool lead = rep.role == ReplicaRole::Leader, under = lead && ui.under_min_isr(rep.partition),
               off = rep.role == ReplicaRole::Offline || rep.role == ReplicaRole::OutOfIsr;
    if (lead) {
      const bool hot = std::any_of(ui.st.hot.begin(), ui.st.hot.end(),
                                   [&](const HotChange& x) { return x.partition == rep.partition && x.to == n.id; });
      p.fill(chip, c.leader_fill, 4);
      p.stroke(chip, under ? c.danger : c.leader_edge, hot ? s.stroke * 2 : under ? s.stroke * 1.5f : s.stroke, 4);
    } else if (off) {
      if (look.dead) p.fill(chip, with_alpha(c.canvas, .75f), 4);
      p.dashed(chip, c.strong, s.stroke, 9, 6, 4);
    } else {
      p.fill(chip, c.field, 4);
      if (joins) p.dashed(chip, c.accent, s.stroke * 1.3f, 9, 6, 4);
    }
    const float ic = s.text * .85f;
    const Partition& part = ui.world.partitions[static_cast<std::size_t>(rep.partition)];
    const ChipMeasures width = measures(ui, rep, s);
    Row row{chip, edges.apart};
    row.skip(edges.left);
    row.shorten(edges.right);
    const Rect sign = row.left(ic);
    ChipWords in_chip;
    const ReplicaSign differs = sign_of(ui, n, rows[i], s);
    const ChipNumber number = chip_number(ui, rep, differs);
    if (shows_end(rep, s)) in_chip = words_with_end(part, number, edges.room(chip.w, ic), kBeforeEnd, width);
    // The sign of a difference stands before the number that differs; if a part of the name would give way to it, or if
    // the role differs, it stands in the place of the role's sign: the chip's colours say the role, too.
    const bool instead =
        differs.at == ReplicaSign::Role ||
        (number.differs && shows_end(rep, s) &&
         words_with_end(part, number, edges.room(chip.w, ic), before_end(true), width).name != in_chip.name);
    if (instead && !lead) draw_replica_difference(ui, n, rows[i], sign.middle(std::min(kSign, ic), kSign), s);
    else p.icon(role_icon(rep.role), sign, lead ? c.leader : c.secondary, 2.6f);
    if (lead) p.note(sign, "crown");
    if (instead && lead) {  // a leader keeps its crown
      row.gap = kSignGap;
      draw_replica_difference(ui, n, rows[i], row.left(kNarrowSign).middle(kNarrowSign), s);
      if (shows_end(rep, s)) in_chip = words_with_end(part, number, row.rest.w, kBeforeEnd, width);
    }
    for (const auto& lag : n.lagging)
      if (lag.first == rep.partition) {
        const float radius = std::min(s.text * .7f, chip.h / 2 - 2);
        timer_ring(ui, sign.cx(), sign.cy(), radius, lag.second, s.stroke);
        p.note(sign.middle(2 * radius, 2 * radius), "lag ring");
      }
    row.gap = 0;
    if (shows_end(rep, s)) {
      p.text(row, in_chip.name, {.em = s.text, .bold = lead, .foreign = true});
      p.text(row, in_chip.end,
             {.em = s.text,
              .color = lead ? c.primary : c.secondary,
              .bold = lead,
              .mono = true,
              .align = Align::Right,
              .max = chip.w});
      const Rect between = row.rest.padded(kSignGap);
      if (number.differs && !instead)
        draw_replica_difference(ui, n, rows[i],
                                Row{between}.right(std::clamp(between.w, kNarrowSign, kSign)).middle(kSign), s);
      continue;
    }
    const char* state = lead || off ? ui.tr(lead ? "ui.role_leader"_w : "ui.offline"_w) : "";
    const float room = row.rest.w,
                beside = lead || off ? room - p.width(state, {.em = s.text, .bold = lead}) - 16 : room,
                name_x = row.rest.x;
    const float name_w = p.text(row, name_in(part, room, beside, width.name),
                                {.em = s.text, .color = off ? c.secondary : c.primary, .bold = lead, .foreign = true});
    row = {row.rest.padded(4)};
    // The longest word that fits beside the name.
    const words::Key roles[] = {under                              ? "ui.hw_waits_for_min_isr"_w
                                : lead                             ? "ui.role_leader"_w
                                : rep.eligible                     ? "ui.field_elr"_w
                                : rep.role == ReplicaRole::Offline ? "ui.offline"_w
                                                                   : "ui.role_out"_w,
                                "ui.role_out_short"_w};
    if (moves) {
      const std::string whole = moving_word(ui, rep), word = percent_joined(rep) + " %";
      const TextStyle style{
          .em = s.text, .color = joins ? c.accent : c.secondary, .bold = joins, .align = Align::Right};
      const bool all = p.width(whole, style) < row.rest.w;
      if (all || (joins && p.width(word, style) < row.rest.w)) p.text(row.rest, all ? whole : word, style);
      if (rep.role == ReplicaRole::Leaving)
        p.line(name_x, chip.cy(), name_x + name_w, chip.cy(), c.secondary, s.stroke);
    }
    if (!lead && !off) continue;
    for (const words::Key role : roles) {
      const TextStyle style{.em = s.text,
                            .color = under  ? c.danger
                                     : lead ? c.leader
                                            : c.secondary,
                            .bold = lead,
                            .align = Align::Right};
      if (p.width(ui.tr(role), style) < row.rest.w) {
        p.text(row.rest, ui.tr(role), style);
        break;
      }
      // the card's head has the words; if they do not fit there, only the red frame shows it
      if (under && ic < row.rest.w) {
        const Rect warn = Row{row.rest}.right(ic).middle(ic);
        p.icon(Icon::Warn, warn, c.danger, 2.6f);
        p.note(warn, "replica under min ISR");
      }
      if (rep.role != ReplicaRole::OutOfIsr) break;
    }
  }
  if (rows.size() < n.replicas.size() && rows.size() < room)
    draw_hidden(ui, n, rows, in_row(chip_at(body, room, room - 1, s), {fixed(10), weight()})[1], s);
}

void draw_presenter_handover(Ui& ui, const std::vector<Rect>& at, const Sizes& s) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  bool badge = false;
  for (const HotChange& h : ui.st.hot) {
    const int to = ui.broker_node(h.to), from = ui.broker_node(h.from);
    if (to < 0 || at[static_cast<std::size_t>(to)].empty()) continue;
    const Rect b = at[static_cast<std::size_t>(to)],
               chip = presenter_chip(ui, ui.world.nodes[static_cast<std::size_t>(to)], b, h.partition, s);
    if (from >= 0 && !at[static_cast<std::size_t>(from)].empty() && !chip.empty()) {
      const Rect a = at[static_cast<std::size_t>(from)];
      if (std::fabs(a.x - b.x) < b.w * 1.6f) {
        const float d = b.x > a.x ? 1.f : -1.f, x0 = d > 0 ? a.right() - 8 : a.x + 8,
                    x1 = d > 0 ? b.x + 4 : b.right() - 4, y = chip.cy();
        p.line(x0, y, x1 - d * 14, y, c.leader_edge, s.stroke * 3.2f);
        p.line(x0, y, x1 - d * 14, y, c.leader_solid, s.stroke * 1.4f);
        p.arrowhead(x1 + d * 4, y, d, 0, 24, c.leader_edge);
      }
    }
    if (badge) continue;
    badge = true;
    const std::string& name = ui.world.partitions[static_cast<std::size_t>(h.partition)].name;
    std::string words = ui.tr("ui.leads_now"_w, {{"partition", name}});
    const TextStyle style{.em = s.text, .color = c.on_bright, .bold = true};
    const float around = std::max(s.text * 2.2f, s.text * 1.6f + 16);
    // The controller's line ends near the card's right corner, under the sign of a difference: on a narrow card the
    // crown replaces the words, and a long name loses its middle.
    const float room = b.w * .85f - around;
    if (p.width(words, style) > room)
      words = shorten(name, room, [&](std::string_view part) { return p.width(part, style); });
    const float w = p.width(words, style) + around;
    constexpr float kAbove = 2.1f;
    const Rect pill{std::min(b.x, s.w - w - 4), b.y - s.text * kAbove, w, s.text * 1.75f};
    p.fill(pill, c.leader_solid, pill.h / 2);
    p.stroke(pill, c.leader_edge, s.stroke, pill.h / 2);
    Row in{pill.padded(s.text * .5f), s.text * .2f};
    p.icon(Icon::Crown, in.left(s.text * .85f), c.on_bright);
    p.text(in.rest, words, style);
    p.diagnostics().cards.push_back({p.to_window(pill), "badge"});
  }
}

}  // namespace kafkascope::ui
