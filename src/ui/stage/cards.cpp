#include "ui/stage/cards.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "ui/panels/group_lag.h"
#include "ui/panels/group_words.h"
#include "ui/panels/origin_card.h"
#include "ui/shorten.h"
#include "ui/stage/card_timers.h"
#include "ui/stage/node_facts.h"

namespace kafkascope::ui {

using namespace observe;

NodeLook node_look(const Node& node) {
  NodeLook look;
  look.quiet = false;
  switch (node.state) {
    case NodeState::Crashed: look.word = "ui.star_crashed"_w, look.icon = Icon::Crash, look.dead = true; return look;
    case NodeState::Killed: look.word = "ui.star_killed"_w, look.icon = Icon::Crash, look.dead = true; return look;
    case NodeState::PoweredOff:
      look.word = "ui.star_power_off"_w, look.icon = Icon::Power, look.dead = true;
      return look;
    case NodeState::Stopped:
      look.word = node.incarnation == 0 ? "ui.star_not_yet"_w : "ui.star_stopped"_w;
      look.icon = node.incarnation == 0 ? Icon::Clock : Icon::Power, look.dashed = true;
      return look;
    case NodeState::ShuttingDown:
      look.word = "ui.star_leaving"_w, look.icon = Icon::Power, look.dashed = true;
      return look;
    case NodeState::Starting: look.word = "ui.star_starting"_w, look.icon = Icon::Play, look.dashed = true; return look;
    case NodeState::Paused: look.word = "ui.star_paused"_w, look.icon = Icon::Pause, look.doubt = true; break;
    case NodeState::Running:
      if (node.isolated) {
        look.word = "ui.star_isolated"_w, look.icon = Icon::Cut, look.doubt = true;
      } else if (node.fenced) {
        look.word = node.session_over ? "ui.star_expired"_w : "ui.star_fenced"_w, look.icon = Icon::Fence,
        look.doubt = true;
      } else {
        look.quiet = true;
        look.dashed = node.outside_group;
      }
      break;
  }
  look.walls = node.isolated;
  return look;
}

words::Key state_word(const Node& node) {
  const NodeLook look = node_look(node);
  if (look.quiet) return "ui.state_running"_w;
  constexpr std::pair<words::Key, words::Key> kStates[] = {
      {"ui.star_starting"_w, "ui.state_starting"_w}, {"ui.star_paused"_w, "ui.state_paused"_w},
      {"ui.star_fenced"_w, "ui.state_fenced"_w},     {"ui.star_isolated"_w, "ui.state_isolated"_w},
      {"ui.star_crashed"_w, "ui.state_crashed"_w},   {"ui.star_power_off"_w, "ui.state_power_off"_w},
      {"ui.star_leaving"_w, "ui.state_leaving"_w},   {"ui.star_stopped"_w, "ui.state_stopped"_w},
      {"ui.star_killed"_w, "ui.state_killed"_w},     {"ui.star_expired"_w, "ui.state_expired"_w},
      {"ui.star_not_yet"_w, "ui.state_not_yet"_w}};
  for (const auto& [shouted, said] : kStates)
    if (shouted == look.word) return said;
  return look.word;
}

words::Key gone_word(const Node& node) {
  return node.state == NodeState::Stopped ? "ui.gone_counted"_w : "ui.dead_counted"_w;
}

namespace {

/// Head, edge and ground of a card; returns the colour of its name.
Color card_frame(Ui& ui, const Node& node, const NodeLook& look, const Rect& r, float head) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const bool selected = ui.is_selected(node.name);
  if (look.dead) {
    p.fill(r, c.canvas, 8);
    p.hatch({r.x + 2, r.y + head, r.w - 4, r.h - head - 2}, c.danger_fill, 10);
    p.fill({r.x, r.y, r.w, head}, c.danger_solid, 8, ImDrawFlags_RoundCornersTop);
    p.stroke(r, c.danger_solid, 3, 8);
    if (selected) p.stroke(r.grown(3), c.accent, 3, 10);
    return c.danger_ink;
  }
  p.fill({r.x + 3, r.y + 4, r.w, r.h}, c.shadow, 8);
  p.fill(r, c.raised, 8);
  if (look.doubt) p.fill({r.x, r.y, r.w, head}, c.caution_fill, 8, ImDrawFlags_RoundCornersTop);
  if (look.dashed) {
    const bool leaving = node.state == NodeState::ShuttingDown;  // dots; the others have dashes
    p.dashed(r, node.state == NodeState::Starting ? c.starting : c.strong, 1.5f, leaving ? 2.f : 6.f, 4, 8);
  } else {
    p.stroke(r, look.doubt ? c.caution : c.strong, look.doubt ? 2 : 1.25f, 8);
  }
  if (selected) p.stroke(r, c.accent, 3, 8);
  if (look.walls) {
    p.fill({r.x - 9, r.y - 6, 4, r.h + 12}, c.danger);
    p.fill({r.right() + 5, r.y - 6, 4, r.h + 12}, c.danger);
  }
  return c.primary;
}

/// "+3 more, leads 1"; with less room a crown stands for the word.
void draw_more(Ui& ui, const StageChip& chip, int led) {
  Painter& p = ui.p;
  const TextStyle style{.em = 13, .color = ui.c.muted};
  const std::string more = std::to_string(chip.more), number = std::to_string(led),
                    brief = ui.tr("ui.more_replicas"_w, {{"count", more}});
  const float x = chip.rect.x + 8, y = chip.rect.y + 17, room = chip.rect.w - 10, crown = p.em(13) * .95f, gap = 10;
  const std::string whole = led == 0 ? brief : ui.tr("ui.more_of_them_led"_w, {{"count", more}, {"led", number}});
  if (p.width(whole, style) <= room) {
    p.text(x, y, whole, style);
    return;
  }
  const float leads = led == 0 ? 0 : gap + crown + 4 + p.width(number, style);
  float used = p.text(x, y, p.width(brief, style) + leads <= room ? brief : "+" + more, style) + gap;
  if (led == 0) return;
  p.icon(Icon::Crown, x + used, y - crown * .85f, crown, ui.c.leader, 1.7f);
  used += crown + 4;
  p.text(x + used, y, number, style);
}

/// Under the name of a broker that is the controller, or that believes it.
void controller_line(Ui& ui, const Node& node, float x, float y, float max) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const bool zombie = node.zombie_controller;
  const TextStyle style{.em = 13, .color = zombie ? c.difference : c.leader, .bold = true};
  std::string words = zombie ? ui.tr("ui.believes_it_controls"_w)
                             : ui.tr("ui.controller_of_epoch"_w, {{"epoch", std::to_string(node.epoch)}});
  if (p.width(words, style) > max) words = ui.tr(zombie ? "ui.old_controller"_w : "ui.kind_controller"_w);
  if (p.width(words, style) > max) return;  // the crown shows it
  p.text(x, y, words, style);
  p.note({x, y - 12, max, 15}, node.zombie_controller ? "zombie controller" : "controller line");
}

}  // namespace

bool touch_card(Ui& ui, const Node& node, const Rect& r) {
  const Hit hit = ui.hit(make_id("node", static_cast<std::uint64_t>(&node - ui.world.nodes.data())), r);
  begin_drag(ui, node.name, hit.pressed, hit.hovered);
  ui.note_place(node.name, r, true);
  const bool choosing = ui.lesson.question.phase == QuestionPhase::Open && ui.lesson.question.pick == PickKind::Node;
  if (hit.clicked && !choosing) ui.touch(node.name, r);
  if (hit.right_clicked) {
    ui.st.menu = {true, ui.in.x, ui.in.y, node.name, {}, -1};
    ui.select(node.name);
  }
  return hit.hovered;
}

void draw_broker_card(Ui& ui, int index, const Rect& r, bool touched) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Node& node = ui.world.nodes[static_cast<std::size_t>(index)];
  const NodeLook look = node_look(node);
  if (!touched) touch_card(ui, node, r);
  p.push_box(r, "broker card");
  const Color ink = card_frame(ui, node, look, r, 44);
  const bool narrow = r.w < 200;
  const Color icon_color = look.dead ? ink : look.doubt ? c.caution : c.secondary;
  Icon icon = look.icon == Icon::None ? Icon::Broker : look.icon;
  if (node.active_controller) icon = Icon::Crown;
  if (node.zombie_controller) icon = Icon::CrownHollow;
  float right = r.right() - 12;
  bool below = false;  // the state's text does not fit beside the name
  if (!look.quiet) {
    const TextStyle word{.em = 15,
                         .color = look.dead    ? ink
                                  : look.doubt ? c.caution
                                               : c.secondary,
                         .bold = true,
                         .align = Align::Right};
    below = narrow && p.width(ui.tr(look.word), word) + p.width(node.name, {.em = 15, .bold = true}) >= r.w - 60;
    // Higher if all of the line below it is needed.
    if (!below) right -= p.text(right, r.y + (node.zombie_controller ? 22 : 28), ui.tr(look.word), word) + 8;
  } else if (node.session.running) {
    timer_ring(ui, r.right() - 22, r.y + 16, 9, node.session, 3);  // text is drawn below it
    p.note({r.right() - 31, r.y + 7, 18, 18}, "session ring");
    right -= 26;
  }
  const std::vector<NodeFact> facts = broker_facts(ui, node);
  // A fact that does not fit is shown in its brief form. It is drawn lower than the ring.
  float line_x = r.x + 38, room = (look.quiet ? r.right() - 8 : right) - line_x;
  TextStyle style{.em = 13};
  std::string said;
  std::vector<std::string> forms;
  if (!facts.empty()) {
    style.color = look.dead ? ink : tone_color(c, facts[0].tone);
    style.bold = facts[0].tone == NodeFact::Tone::Loss;
    said = p.width(facts[0].text, style) <= room ? facts[0].text : facts[0].brief;
    forms = {said};
  }
  if (below) {
    const std::string word(ui.tr(look.word));
    style = {.em = 13, .color = look.dead ? ink : look.doubt ? c.caution : c.secondary, .bold = true};
    forms = {said.empty() ? word : word + ", " + said, word, ui.tr(state_word(node))};
  }
  const auto fitting = [&](float width) {
    const auto form =
        std::find_if(forms.begin(), forms.end(), [&](const std::string& f) { return p.width(f, style) <= width; });
    return form == forms.end() ? std::string() : *form;
  };
  said = fitting(room);
  // The line may begin below the icon, which is then beside the name; the last form loses its end before it is left out.
  const bool under_icon = said.empty() && !forms.empty();
  if (under_icon) {
    room += line_x - (r.x + 12), line_x = r.x + 12;
    said = fitting(room);
    if (said.empty()) said = shorten(forms.back(), room, [&](std::string_view part) { return p.width(part, style); });
  }
  const bool in_charge = (node.active_controller || node.zombie_controller) && !look.dead && said.empty();
  p.text(r.x + 38, r.y + (said.empty() && !in_charge ? 29 : 22), node.name,
         {.em = narrow ? 15.f : 18.f, .color = ink, .bold = true, .max = right - r.x - 38, .foreign = true});
  p.icon(icon, r.x + 12, r.y + (under_icon && !said.empty() ? 7 : 13), 18,
         (node.active_controller && !look.dead) || node.zombie_controller ? c.leader : icon_color,
         look.dead ? 2.6f : 1.7f);
  if (in_charge)
    controller_line(ui, node, r.x + 38, r.y + 39, (node.zombie_controller ? r.right() - 8 : right) - r.x - 38);
  if (!said.empty()) {
    const float said_w = p.text(line_x, r.y + 39, said, style);
    if (!facts.empty() && !below && !facts[0].origin.name.empty() && has_origin(facts[0].origin) &&
        origin_link(ui, line_x, r.y + 39, said_w, facts[0].origin))
      ui.select(node.name);
    p.note({line_x, r.y + 27, room, 15}, "broker fact");
  }
  if (!look.dead) p.line(r.x + 1, r.y + 44, r.right() - 1, r.y + 44, c.hair);
  static thread_local std::vector<StageChip> chips;
  build_chips(node, r, chips_first(ui), chips);
  for (const StageChip& chip : chips) {
    if (chip.replica < 0) {
      // This chip stands for all replicas without a chip, and counts the leaders among them.
      std::ptrdiff_t led = 0;
      for (std::size_t i = 0; i < node.replicas.size(); ++i)
        led += node.replicas[i].role == ReplicaRole::Leader &&
                       std::none_of(chips.begin(), chips.end(),
                                    [&](const StageChip& o) { return o.replica == static_cast<int>(i); })
                   ? 1
                   : 0;
      draw_more(ui, chip, static_cast<int>(led));
      continue;
    }
    const Replica& replica = node.replicas[static_cast<std::size_t>(chip.replica)];
    const bool hot = std::any_of(ui.st.hot.begin(), ui.st.hot.end(), [&](const HotChange& h) {
      return h.partition == replica.partition && h.to == node.id && replica.role == ReplicaRole::Leader;
    });
    draw_chip(ui, node, replica, chip.rect, hot);
  }
  p.pop_box();
  if (!touched) p.diagnostics().cards.push_back({p.to_window(r), node.name});
}

bool is_in_charge(const Node& node) {
  return node.active_controller || (node.kind == NodeKind::ZooKeeper && node.voter == VoterState::Leader);
}

std::string ensemble_role(const Ui& ui, const Node& node) {
  if (node.voter == VoterState::Leader) return ui.tr("ui.zk_leads"_w, {{"zxid", node.zxid}});
  if (node.voter != VoterState::Voted) return ui.tr("ui.zk_follows"_w, {{"zxid", node.zxid}});
  return ui.tr("ui.zk_looking"_w,
               {{"node", node.voted_for >= 0 && node.voted_for < static_cast<int>(ui.world.nodes.size())
                             ? ui.world.nodes[static_cast<std::size_t>(node.voted_for)].name
                             : "?"}});
}

std::string role_in_quorum(const Ui& ui, const Node& node) {
  const NodeLook look = node_look(node);
  if (!look.quiet) return ui.tr(state_word(node));
  if (node.kind == NodeKind::ZooKeeper) return ensemble_role(ui, node);
  if (is_in_charge(node)) return ui.tr("ui.active_epoch"_w, {{"epoch", std::to_string(node.epoch)}});
  const auto voters =
      std::count_if(ui.world.nodes.begin(), ui.world.nodes.end(), [&](const Node& n) { return n.kind == node.kind; });
  const auto votes = [&](words::Key words) {
    return ui.tr(words, {{"votes", std::to_string(node.votes_from.size())}, {"voters", std::to_string(voters)}});
  };
  switch (node.voter) {
    case VoterState::Candidate: return votes("ui.voter_candidate"_w);
    case VoterState::Prospective: return votes("ui.voter_prospective"_w);
    case VoterState::Unattached: return ui.tr("ui.voter_unattached"_w);
    case VoterState::Resigned: return ui.tr("ui.voter_resigned"_w);
    case VoterState::Leader: return ui.tr("ui.voter_leader"_w);
    case VoterState::Voted:
      return ui.tr("ui.voter_voted"_w,
                   {{"node", node.voted_for >= 0 && node.voted_for < static_cast<int>(ui.world.nodes.size())
                                 ? ui.world.nodes[static_cast<std::size_t>(node.voted_for)].name
                                 : "?"}});
    default: return ui.tr("ui.voter_follows"_w);
  }
}

void draw_controller_card(Ui& ui, int index, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Node& node = ui.world.nodes[static_cast<std::size_t>(index)];
  const NodeLook look = node_look(node);
  touch_card(ui, node, r);
  p.push_box(r, "controller card");
  const bool leads = is_in_charge(node) && !look.dead;
  Color ink = c.primary, small = c.secondary;
  if (look.dead) {
    p.fill(r, c.danger_solid, 8);
    ink = small = c.danger_ink;
  } else {
    p.fill(r, leads ? c.leader_fill : look.doubt ? c.caution_fill : c.raised, 8);
    if (look.dashed) {
      p.dashed(r, c.strong, 1.5f, 6, 4, 8);
    } else {
      p.stroke(r, leads ? c.leader : look.doubt ? c.caution : c.strong, leads || look.doubt ? 2 : 1.25f, 8);
    }
    if (leads) small = c.leader;
    if (look.doubt) small = c.caution;
  }
  if (ui.is_selected(node.name)) p.stroke(look.dead ? r.grown(3) : r, c.accent, 3, 8);
  if (look.walls) {
    p.fill({r.x - 9, r.y - 4, 4, r.h + 8}, c.danger);
    p.fill({r.right() + 5, r.y - 4, 4, r.h + 8}, c.danger);
  }
  const Icon icon = leads ? Icon::Crown : look.icon != Icon::None ? look.icon : node_icon(node.kind);
  p.icon(icon, r.x + 12, r.y + 9, 16, leads ? c.leader : small, look.dead ? 2.4f : 1.6f);
  const Timer* timer = card_timer(ui, node);
  if (timer != nullptr) draw_card_timer(ui, node, Row{r.padded(11)}.right(18).middle(18), *timer, 3);
  const float room = r.w - 44 - (timer != nullptr ? 26 : 0);
  p.text(r.x + 36, r.y + 22, node.name, {.em = 15, .color = ink, .bold = true, .max = room, .foreign = true});
  p.text(r.x + 36, r.y + 41, role_in_quorum(ui, node), {.em = 13, .color = small, .max = room, .foreign = true});
  p.pop_box();
  p.diagnostics().cards.push_back({p.to_window(r), node.name});
}

namespace {

/// Whether the group has committed something in the last moments of the viewer's time: at most speeds the commit's
/// messages are too fast to be seen. A commit of the same offset, as of an idle consumer, is not shown.
bool has_just_committed(Ui& ui, const Group& g, const Rect& at) {
  constexpr double kShown = .8;
  struct Seen {
    std::int64_t committed = 0, at_us = 0;
    double until_wall = -1;
    int coordinator = -1;  // a new one loads the earlier commits: they must not be shown as new
  };
  // The key includes the place, because the second world has the same groups.
  static thread_local std::map<std::pair<std::string, int>, Seen> known;
  std::int64_t committed = 0;
  for (const GroupPartition& part : g.partitions) committed += std::max<std::int64_t>(0, part.committed);
  const auto [it, fresh] = known.try_emplace({g.id, static_cast<int>(at.x)});
  Seen& seen = it->second;
  // Ignores changes that appear because the viewer went to another moment, or opened another lesson.
  constexpr std::int64_t kStep = 2'000'000;
  const bool went_on = ui.world.time_us >= seen.at_us && ui.world.time_us - seen.at_us < kStep;
  const bool same = std::exchange(seen.coordinator, g.coordinator) == g.coordinator;
  if (!fresh && same && went_on && ui.time.playing && committed > seen.committed) seen.until_wall = ui.wall + kShown;
  if (!went_on) seen.until_wall = -1;
  seen.committed = committed;
  seen.at_us = ui.world.time_us;
  return ui.wall < seen.until_wall && ui.wall >= seen.until_wall - kShown;
}

std::vector<std::string> group_ids(const Ui& ui) {
  std::vector<std::string> ids;
  for (const Group& g : ui.world.groups) ids.push_back(g.id);
  return ids;
}

}  // namespace

void draw_group_frame(Ui& ui, const StageGroup& frame) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Rect& r = frame.rect;
  // From the frame's edges to its words, and of its head the baseline; from the name to the other words.
  constexpr float kEdge = 10, kEdges = 22, kHead = 21, kName = 32, kApart = 8;
  if (frame.group < 0) {  // the group has no coordinator
    p.dashed(r, c.mid, 1.25f, 5, 4, 8);
    p.icon(Icon::Group, r.x + 10, r.y + 8, 16, c.muted);
    p.text(r.x + kName, r.y + kHead, frame.name,
           {.em = 15, .color = c.secondary, .bold = true, .max = r.w - 44, .foreign = true});
    return;
  }
  const std::vector<std::string> ids = group_ids(ui);
  const Group& g = ui.world.groups[static_cast<std::size_t>(frame.group)];
  const Hit hit = ui.hit(make_id("group", static_cast<std::uint64_t>(frame.group)), r);
  if (hit.right_clicked) ui.st.menu = {true, ui.in.x, ui.in.y, g.id, {}, -1};
  if (hit.clicked) ui.touch(g.id, r);
  ui.note_place(g.id, r, true);
  if (hit.hovered && ui.may_tip()) {
    if (const auto parts = lag_parts(ui.world, g); !parts.empty()) {
      ui.st.tip = {p.to_window(r), ui.tr(lag_word(g), {{"lag", count_text(g.lag)}}), {}, ui.tr("ui.tip_inspect"_w)};
      for (const LagPart& part : parts) ui.st.tip.facts.emplace_back(ui.tr(part.name), count_text(part.records));
    }
  }
  p.push_box(r, "group frame");
  int dead = 0;  // members that are dead; the coordinator counts them until their sessions expire
  for (const GroupMember& m : g.members) {
    if (m.node >= 0 && m.node < static_cast<int>(ui.world.nodes.size()) &&
        node_look(ui.world.nodes[static_cast<std::size_t>(m.node)]).dead)
      ++dead;
  }
  const bool stable = (g.state == "Stable" || g.state == "Empty") && dead == 0;
  const bool committed = has_just_committed(ui, g, p.to_window(r));
  if (committed) {
    const Rect row{r.x + 6, r.bottom() - 23, r.w - 12, 20};
    p.fill(frame.compact ? Rect{r.x + 4, r.y + 4, r.w - 8, 24} : row, c.accent_fill, 4);
    p.note(r, "committed");
  }
  p.dashed(r,
           ui.is_selected(g.id) ? c.accent
           : stable             ? c.strong
                                : c.caution,
           ui.is_selected(g.id) ? 3 : 1.25f, 5, 4, 8);
  const auto group_icon = [&] {
    p.icon(Icon::Group, r.x + 10, r.y + 8, 16, c.family[static_cast<std::size_t>(Family::Group)]);
  };
  // The state is beside the name; a long one is below, may reach the frame, and the lag stands beside it or in its place.
  TextStyle state{
      .em = 13, .color = stable ? c.secondary : c.caution, .align = Align::Right, .max = r.w - kEdges, .foreign = true};
  if (frame.compact) {
    // One line: the problem, else the lag.
    std::string fact = dead > 0               ? ui.tr("ui.dead_members"_w, {{"count", std::to_string(dead)}})
                       : !stable || g.lag < 0 ? g.state
                                              : ui.tr(lag_word(g), {{"lag", count_text(g.lag)}});
    if (dead == 0 && !stable && g.lag >= 0)
      if (const std::string both = g.state + ", " + ui.tr("ui.lag"_w, {{"lag", count_text(g.lag)}});
          p.width(both, {.em = 13}) <= r.w - kEdge)
        fact = both;
    // A whole name is worth more than the words that say from where the lag counts.
    const float around = 50, name_w = p.width(g.id, {.em = 15, .bold = true});
    if (dead == 0 && stable && g.lag >= 0 && p.width(fact, {.em = 13}) + name_w > r.w - around)
      fact = ui.tr("ui.lag"_w, {{"lag", count_text(g.lag)}});
    TextStyle style{.em = 13,
                    .color = dead > 0 ? c.danger
                             : stable ? c.secondary
                                      : c.caution,
                    .align = Align::Right,
                    .max = r.w - 42,
                    .foreign = true};
    const bool crowded = p.width(fact, {.em = 13}) > style.max;  // the frame itself says that it is a group
    if (crowded) style.max = r.w - kEdge;
    else group_icon();
    const float fact_w = p.text(r.right() - (crowded ? 5 : 10), r.y + kHead, fact, style),
                room = r.w - around - fact_w;  // the state is never cut; the name gets the rest
    if (room >= 24)
      p.text(r.x + kName, r.y + kHead, g.id, {.em = 15, .bold = true, .max = room, .foreign = true, .among = ids});
    else explain(ui, r, hit, g.id);
    p.pop_box();
    return;
  }
  group_icon();
  const float foot = r.bottom() - 7;  // clear of the frame around a selected last member
  const bool beside = p.width(g.id, {.em = 15, .bold = true}) + p.width(g.state, state) < r.w - 54;
  const bool wide = !beside && p.width(g.state, {.em = 13}) > state.max;
  if (wide) state.max = r.w - kEdge;
  // Also shown when the consumers are at the log's end: a group's lag counts the records that it has not committed.
  std::string lag = g.lag >= 0 ? ui.tr(lag_word(g), {{"lag", count_text(g.lag)}}) : std::string();
  const TextStyle plain{.em = 13}, bold{.em = 13, .bold = true};
  const std::string dead_words =
      dead > 0 ? ui.tr("ui.dead_members"_w, {{"count", std::to_string(dead)}}) : std::string();
  const float dead_w = dead > 0 ? p.width(dead_words, bold) + 8 : 0;
  const auto lag_fits = [&](float others) { return p.width(lag, plain) <= r.w - kEdges - others; };
  const float others = dead_w + (beside ? 0 : p.width(g.state, state) + 10);
  if (!lag.empty() && !lag_fits(others)) lag = ui.tr("ui.lag"_w, {{"lag", count_text(g.lag)}});
  // The number is worth more than the word Stable.
  const bool crowded = dead > 0 && !beside,  // the foot has two texts already
      state_shown = beside || g.state != "Stable" || lag.empty() || (!crowded && lag_fits(others));
  if (state_shown) p.text(r.right() - (wide ? 5 : 10), beside ? r.y + kHead : foot, g.state, state);
  const Color tone = committed ? c.accent : g.lag > 1000 ? c.caution : c.secondary;
  const bool below = !lag.empty() && !(crowded && state_shown) && lag_fits(state_shown ? others : dead_w),
             above = !lag.empty() && !below && !beside;
  const float above_w = above ? p.text(r.right() - kEdge, r.y + kHead, ui.tr("ui.lag"_w, {{"lag", count_text(g.lag)}}),
                                       {.em = 13, .color = tone, .align = Align::Right})
                              : 0;
  p.text(r.x + kName, r.y + kHead, g.id,
         {.em = 15,
          .bold = true,
          .max = r.w - 44 -
                 (beside  ? p.width(g.state, state) + kApart
                  : above ? above_w + kApart
                          : 0),
          .foreign = true,
          .among = ids});
  // A dead member's card says so, too.
  if (dead > 0 && (!crowded || !state_shown || p.width(g.state, state) + dead_w <= r.w - kEdges))
    p.text(beside ? r.right() - kEdge : r.x + 12, foot, dead_words,
           {.em = 13, .color = c.danger, .bold = true, .align = beside ? Align::Right : Align::Left});
  if (below) {
    p.text(crowded ? r.right() - kEdge : r.x + 12, foot, lag,
           {.em = 13, .color = tone, .align = crowded ? Align::Right : Align::Left});
    if (committed && beside && dead == 0 && p.width(lag, plain) < r.w - 46)
      p.icon(Icon::Check, r.right() - 26, foot - 11, 13, c.accent, 2.4f);
  }
  p.pop_box();
}

Rect rack_plate(const Ui& ui, const Node& n, const Rect& card, std::string* shown) {
  if (n.kind != NodeKind::Broker || n.rack.empty() || !in_several_racks(ui.world)) return {};
  Painter& p = ui.p;
  std::string words = ui.tr("ui.rack"_w, {{"rack", n.rack}});
  if (p.width(words, {.em = 13}) + 20 > card.w * .6f) words = n.rack;
  const float w = std::min(p.width(words, {.em = 13}) + 16, card.w * .7f), em = p.em(13);
  // The plate ends above the node's name, whose baseline is at 22.
  const float h = std::max(20.f, em * 1.25f), bottom = card.y + std::min(7.f, 19 - em * .75f);
  if (shown != nullptr) *shown = std::move(words);
  return {card.cx() - w / 2 - 10, bottom - h, w, h};
}

void draw_racks(Ui& ui, const StageView& view) {
  Painter& p = ui.p;
  for (const StageCard& card : view.cards) {
    std::string words;
    const Rect plate = rack_plate(ui, ui.world.nodes[static_cast<std::size_t>(card.node)], card.rect, &words);
    if (plate.empty()) continue;
    p.fill(plate, ui.c.panel, plate.h / 2);
    p.stroke(plate, ui.c.strong, 1.25f, plate.h / 2);
    p.text(plate.cx(), plate.cy() + p.em(13) * .36f, words,
           {.em = 13, .color = ui.c.secondary, .align = Align::Middle, .max = plate.w - 10, .foreign = true});
    p.note(plate, "rack");
  }
}

void draw_machines(Ui& ui, const StageView& view) {
  const auto& nodes = ui.world.nodes;
  Painter& p = ui.p;
  std::vector<std::string> done;
  for (const StageCard& card : view.cards) {
    const std::string& host = nodes[static_cast<std::size_t>(card.node)].host;
    if (nodes[static_cast<std::size_t>(card.node)].kind != NodeKind::Broker || host.empty() ||
        std::find(done.begin(), done.end(), host) != done.end())
      continue;
    done.push_back(host);
    Rect frame = card.rect;
    int brokers = 0;
    const auto of_host = [&](const StageCard& o) {
      return nodes[static_cast<std::size_t>(o.node)].kind == NodeKind::Broker &&
             nodes[static_cast<std::size_t>(o.node)].host == host;
    };
    for (const StageCard& o : view.cards) {
      if (!of_host(o)) continue;
      ++brokers;
      const float right = std::max(frame.right(), o.rect.right());
      frame.x = std::min(frame.x, o.rect.x);
      frame.w = right - frame.x;
    }
    // No frame for a single broker, or if another card is in between.
    if (brokers < 2 || std::any_of(view.cards.begin(), view.cards.end(),
                                   [&](const StageCard& o) { return !of_host(o) && o.rect.overlaps(frame); }))
      continue;
    frame = frame.grown(9);
    p.dashed(frame, ui.c.strong, 1.5f, 7, 5, 12);
    const std::string words = ui.tr("ui.one_machine"_w, {{"host", host}});
    const float w = p.width(words, {.em = 13}) + 16;
    const Rect plate{frame.cx() - w / 2, frame.bottom() - 9, w, 18};
    p.fill(plate, ui.c.panel, 9);
    p.stroke(plate, ui.c.strong, 1.25f, 9);
    p.text(plate.cx(), plate.cy() + 4.7f, words,
           {.em = 13, .color = ui.c.secondary, .align = Align::Middle, .max = w - 6, .foreign = true});
    p.note(frame, "machine");
  }
}

}  // namespace kafkascope::ui
