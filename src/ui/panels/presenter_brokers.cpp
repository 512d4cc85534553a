#include "ui/panels/presenter_brokers.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "ui/shorten.h"
#include "ui/stage/cards.h"
#include "ui/stage/node_facts.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

using Sizes = PresenterSizes;

constexpr std::size_t kRows = 3, kMostRows = 5;  // a few rows are drawn larger

/// The text about a broker besides its name: its state or role; and problems that no other sign shows.
struct HeadWords {
  std::string word;                // right of the name
  std::vector<std::string> below;  // problems that do not fit there
  Color color = 0, below_color = 0;
};

HeadWords head_words(const Ui& ui, const Node& n, const Rect& card, const Sizes& s) {
  Painter& p = ui.p;
  const NodeLook look = node_look(n);
  HeadWords out;
  const bool in_charge = (n.active_controller || n.zombie_controller) && !look.dead;
  const std::vector<NodeFact> facts = broker_facts(ui, n);
  const bool fact = !facts.empty() && facts[0].tone != NodeFact::Tone::Quiet, rules = look.quiet && !fact && in_charge;
  const TextStyle style{.em = s.text, .bold = true};
  const float room = card.w - 40 - s.title * .9f - p.width(n.name, {.em = s.title});
  const auto put = [&](const std::string& words, Color color) {
    if (!out.word.empty() || p.width(words, style) >= room) return;
    out.word = words;
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
  if (!look.quiet) put(ui.tr(look.word), ui.c.caution);
  if (rules) put(ui.tr("ui.kind_controller"_w), n.active_controller ? ui.c.leader : ui.c.caution);
  return out;
}

float below_head(const HeadWords& words, const Sizes& s) {
  return s.text * 1.3f * static_cast<float>(words.below.size());
}

/// The area for the broker's replicas: below the head and its problems, above the rack's name (shown if racks matter and a row still fits).
Rect body_of(const Ui& ui, const Node& n, const Rect& card, const Sizes& s) {
  const float head = presenter_head_height(s) + below_head(head_words(ui, n, card, s), s), room = card.h - head - 8,
              rack = s.text * 1.5f;
  const bool told = !n.rack.empty() && room - rack >= s.text * 1.32f && in_several_racks(ui.world);
  return {card.x, card.y + head, card.w, told ? room - rack : room};
}

/// The number of rows that fit.
std::size_t room_of(const Rect& body, const Node& n, const Sizes& s) {
  const float rows = std::max(std::min(body.h / (s.text * 1.32f), static_cast<float>(kRows)),
                              // more rows than kRows only if the frames do not touch the text
                              body.h / (s.text * 1.6f));
  return static_cast<std::size_t>(
      std::clamp(rows, 1.f, static_cast<float>(std::clamp(n.replicas.size(), kRows, kMostRows))));
}

/// The replicas that a card shows, in topic order; if there are more, the selected partition and leaders first, among these the ones under
/// min ISR.
std::vector<std::size_t> rows_of(const Ui& ui, const Node& n, std::size_t room) {
  std::vector<std::size_t> order(n.replicas.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  if (order.size() <= room) return order;
  const int selected = ui.selected_partition();
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    auto weight = [&](std::size_t i) {
      const Replica& r = n.replicas[i];
      const bool lead = r.role == ReplicaRole::Leader,
                 known = r.partition >= 0 && r.partition < static_cast<int>(ui.world.partitions.size());
      return r.partition == selected                          ? 0
             : lead && known && ui.under_min_isr(r.partition) ? 1
             : lead || r.role == ReplicaRole::Zombie          ? 2
                                                              : 3;
    };
    return weight(a) < weight(b);
  });
  order.resize(std::max<std::size_t>(room, 2) - 1);
  return order;
}

/// "+2 more, leads 1": a hidden leadership must be visible; if the text does not fit, a crown.
void draw_hidden(Ui& ui, const Node& n, const std::vector<std::size_t>& rows, float x, float base, float room,
                 const Sizes& s) {
  int led = 0;
  for (std::size_t i = 0; i < n.replicas.size(); ++i)
    led += n.replicas[i].role == ReplicaRole::Leader && std::find(rows.begin(), rows.end(), i) == rows.end();
  const std::string more = std::to_string(n.replicas.size() - rows.size());
  const std::string whole = ui.tr("ui.more_of_them_led"_w, {{"count", more}, {"led", std::to_string(led)}});
  const TextStyle style{.em = s.text, .color = ui.c.secondary};
  if (led == 0 || ui.p.width(whole, style) <= room) {
    ui.p.text(x, base, led == 0 ? ui.tr("ui.more_replicas"_w, {{"count", more}}) : whole, style);
    return;
  }
  x += ui.p.text(x, base, "+" + more, style) + s.text * .8f;
  ui.p.icon(Icon::Crown, x, base - s.text * .78f, s.text * .85f, ui.c.leader, 2.6f);
  ui.p.text(x + s.text * 1.1f, base, std::to_string(led), {.em = s.text, .color = ui.c.leader, .bold = true});
  ui.p.note({x, base - s.text, s.text * 2, s.text}, "leads hidden");
}

/// A partition's name in its chip: one that does not fit loses its middle, beside the role's word or, with less room, instead of it; only
/// where nothing of the name would be left does its number stand alone.
std::string name_in(const Partition& part, float room, float beside, const Measure& measure) {
  if (measure(part.name) <= room) return part.name;
  for (const float width : {beside, room}) {
    std::string name = shorten(part.name, width, measure);
    if (const std::size_t dots = name.find("…"); dots != std::string::npos && dots >= 2) return name;
  }
  return std::to_string(part.index);
}

}  // namespace

float presenter_head_height(const Sizes& s) { return s.title * 1.85f; }

Rect presenter_chip(const Ui& ui, const Node& n, const Rect& card, int partition, const Sizes& s) {
  const Rect body = body_of(ui, n, card, s);
  const std::size_t room = room_of(body, n, s);
  const std::vector<std::size_t> rows = rows_of(ui, n, room);
  const float pitch = body.h / static_cast<float>(room);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (n.replicas[rows[i]].partition == partition)
      return {card.x + 8, body.y + 6 + pitch * static_cast<float>(i), card.w - 16, pitch - 6};
  }
  return {};
}

void draw_presenter_broker(Ui& ui, const Node& n, const Rect& r, const Sizes& s) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const NodeLook look = node_look(n);
  const float head = presenter_head_height(s);
  p.fill(r, look.dead ? c.canvas : c.panel, 8);
  if (look.dead) {
    p.hatch({r.x + 3, r.y + head, r.w - 6, r.h - head - 3}, c.danger_fill, 14);
    p.fill({r.x, r.y, r.w, head}, c.danger_solid, 8, ImDrawFlags_RoundCornersTop);
  } else if (look.doubt) {
    p.fill({r.x, r.y, r.w, head}, c.caution_fill, 8, ImDrawFlags_RoundCornersTop);
  }
  p.stroke(r,
           look.dead    ? c.danger_solid
           : look.doubt ? c.caution
                        : c.strong,
           look.dead ? s.stroke * 1.6f : s.stroke, 8);
  if (look.walls) {
    p.fill({r.x - 3 * s.stroke, r.y - 8, 1.7f * s.stroke, r.h + 16}, c.danger);
    p.fill({r.right() + 1.3f * s.stroke, r.y - 8, 1.7f * s.stroke, r.h + 16}, c.danger);
  }
  if (!look.dead) p.line(r.x + 2, r.y + head, r.right() - 2, r.y + head, c.mid, s.stroke);
  const float icon = s.title * 0.9f;
  const Color ink = look.dead ? c.danger_ink : c.primary;
  const bool in_charge = (n.active_controller || n.zombie_controller) && !look.dead;
  p.icon(in_charge                 ? (n.zombie_controller ? Icon::CrownHollow : Icon::Crown)
         : look.icon != Icon::None ? look.icon
                                   : Icon::Broker,
         r.x + 12, r.y + head / 2 - icon / 2, icon,
         look.dead    ? c.danger_ink
         : look.doubt ? c.caution
         : in_charge  ? c.leader
                      : c.secondary,
         2.4f);
  const HeadWords words = head_words(ui, n, r, s);
  float right = r.right() - 12;
  if (!words.word.empty())
    right -= p.text(right, r.y + head / 2 + s.text * .36f, words.word,
                    {.em = s.text, .color = words.color, .bold = true, .align = Align::Right}) +
             8;
  p.text(r.x + 20 + icon, r.y + head / 2 + s.title * .36f, n.name,
         {.em = s.title, .color = ink, .max = right - r.x - 20 - icon, .foreign = true});
  if (!words.below.empty()) {
    const Rect ground{r.x + 6, r.y + head + 3, r.w - 12, below_head(words, s)};
    if (look.dead) p.fill(ground, c.canvas);
    float base = r.y + head + s.text * 1.15f;
    for (const std::string& line : words.below)
      p.text(r.x + 18, std::exchange(base, base + s.text * 1.3f), line,
             {.em = s.text, .color = words.below_color, .bold = true});
    p.note(ground, "broker fact");
  }
  const Rect body = body_of(ui, n, r, s);
  if (body.bottom() + 9 < r.bottom())
    p.text(r.x + 18, r.bottom() - s.text * .5f, ui.tr("ui.rack"_w, {{"rack", n.rack}}),
           {.em = s.text, .color = c.secondary, .bold = true, .max = r.w - 30, .foreign = true});
  const std::size_t room = room_of(body, n, s);
  const std::vector<std::size_t> rows = rows_of(ui, n, room);
  const float pitch = body.h / static_cast<float>(room), h = pitch - 6;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Replica& rep = n.replicas[rows[i]];
    if (rep.partition < 0 || rep.partition >= static_cast<int>(ui.world.partitions.size())) continue;
    Rect chip{r.x + 8, body.y + 6 + pitch * static_cast<float>(i), r.w - 16, h};
    if (rows.size() == room && rows.size() < n.replicas.size()) {  // one row: the number of hidden ones is beside it
      const std::string more = "+" + std::to_string(n.replicas.size() - rows.size());
      chip.w -= p.text(chip.right(), chip.cy() + s.text * .36f, more,
                       {.em = s.text, .color = c.secondary, .align = Align::Right}) +
                8;
    }
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
    p.icon(role_icon(rep.role), chip.x + 10, chip.cy() - ic / 2, ic, lead ? c.leader : c.secondary, 2.6f);
    for (const auto& lag : n.lagging)
      if (lag.first == rep.partition) {
        const float radius = std::min(s.text * .7f, chip.h / 2 - 2);
        timer_ring(p, chip.x + 10 + ic / 2, chip.cy(), radius, lag.second, s.stroke);
        p.note({chip.x + 10 + ic / 2 - radius, chip.cy() - radius, 2 * radius, 2 * radius}, "lag ring");
      }
    const Partition& part = ui.world.partitions[static_cast<std::size_t>(rep.partition)];
    const auto measure = [&](std::string_view text) { return p.width(text, {.em = s.text, .bold = lead}); };
    const float room = chip.w - ic - 26,
                beside =
                    room -
                    (lead || off
                         ? p.width(ui.tr(lead ? "ui.role_leader"_w : "ui.offline"_w), {.em = s.text, .bold = lead}) + 16
                         : 0);
    const std::string name = name_in(part, room, beside, measure);
    const float used = 20 + ic + p.width(name, {.em = s.text, .bold = lead});
    p.text(
        chip.x + 20 + ic, chip.cy() + s.text * .36f, name,
        {.em = s.text, .color = off ? c.secondary : c.primary, .bold = lead, .max = chip.w - ic - 26, .foreign = true});
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
      const bool all = used + p.width(whole, style) + 16 < chip.w;
      if (all || (joins && used + p.width(word, style) + 16 < chip.w))
        p.text(chip.right() - 10, chip.cy() + s.text * .36f, all ? whole : word, style);
      if (rep.role == ReplicaRole::Leaving)
        p.line(chip.x + 20 + ic, chip.cy(), chip.x + used, chip.cy(), c.secondary, s.stroke);
    }
    if (s.side_by_side && !off && !moves) {
      const std::string end = std::to_string(rep.log_end_offset);
      const TextStyle style{
          .em = s.text, .color = lead ? c.primary : c.secondary, .bold = lead, .mono = true, .align = Align::Right};
      if (used + p.width(end, style) + 12 < chip.w) p.text(chip.right() - 8, chip.cy() + s.text * .36f, end, style);
      continue;
    }
    if (!lead && !off) continue;
    for (const words::Key role : roles) {
      const TextStyle style{.em = s.text,
                            .color = under  ? c.danger
                                     : lead ? c.leader
                                            : c.secondary,
                            .bold = lead,
                            .align = Align::Right};
      if (used + p.width(ui.tr(role), style) + 16 < chip.w) {
        p.text(chip.right() - 10, chip.cy() + s.text * .36f, ui.tr(role), style);
        break;
      }
      // the card's head has the words; if they do not fit there, only the red frame shows it
      if (under && used + ic + 14 < chip.w) {
        p.icon(Icon::Warn, chip.right() - 10 - ic, chip.cy() - ic / 2, ic, c.danger, 2.6f);
        p.note({chip.right() - 10 - ic, chip.cy() - ic / 2, ic, ic}, "replica under min ISR");
      }
      if (rep.role != ReplicaRole::OutOfIsr) break;
    }
  }
  if (rows.size() < n.replicas.size() && rows.size() < room)
    draw_hidden(ui, n, rows, r.x + 18, body.y + 6 + pitch * (static_cast<float>(room) - .5f) + s.text * .3f, r.w - 30,
                s);
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
    const std::string words =
        ui.tr("ui.leads_now"_w, {{"partition", ui.world.partitions[static_cast<std::size_t>(h.partition)].name}});
    const TextStyle style{.em = s.text, .color = c.on_bright, .bold = true};
    const float w = p.width(words, style) + std::max(s.text * 2.2f, s.text * 1.6f + 16);
    // In two worlds the sign of a difference sticks out above the card.
    const Rect pill{std::min(b.x, s.w - w - 4), b.y - s.text * (s.side_by_side ? 2.5f : 2.1f), w, s.text * 1.75f};
    p.fill(pill, c.leader_solid, pill.h / 2);
    p.stroke(pill, c.leader_edge, s.stroke, pill.h / 2);
    p.icon(Icon::Crown, pill.x + 12, pill.cy() - s.text * .42f, s.text * .85f, c.on_bright);
    p.text(pill.x + 16 + s.text, pill.cy() + s.text * .36f, words, style);
    p.diagnostics().cards.push_back({p.to_window(pill), "badge"});
  }
}

}  // namespace kafkascope::ui
