#include "ui/stage/card_timers.h"

#include <algorithm>

#include "observe/why/origins.h"
#include "ui/panels/group_cells.h"
#include "ui/stage/cards.h"

namespace kafkascope::ui {

using namespace observe;

namespace {
/// Of a voter: a follower's fetch time-out begins anew with each answer: it matters once answers fail to come.
bool has_arc(const Node& node) {
  switch (node.voter) {
    case VoterState::Candidate:
    case VoterState::Prospective:
    case VoterState::Unattached:
    case VoterState::Voted: return node.session.running;
    case VoterState::Follower: return matters(node.session);
    case VoterState::Leader: return node.session.running;  // its next check of the preferred leaders
    default: return false;
  }
}

const Client* client_of(const Ui& ui, const Node& node) {
  const int index = ui.node_of(node.name);
  const auto it =
      std::find_if(ui.world.clients.begin(), ui.world.clients.end(), [&](const Client& k) { return k.node == index; });
  return it == ui.world.clients.end() ? nullptr : &*it;
}

/// Whether the eye can follow the timer at the present speed.
bool can_be_followed(const Ui& ui, const Timer& timer) {
  constexpr std::int64_t kLeastUs = 300'000;  // of the viewer's time
  return !ui.time.playing || ui.time.rate_ppm <= 0 || timer.total_us >= kLeastUs * ui.time.rate_ppm / 1'000'000;
}

/// What W asks about after a click on the arc: a session that ends fences the broker, or removes the member; of any other timer why it
/// runs.
std::string question_of_arc(const Ui& ui, const std::string& name, const std::string& key) {
  const int index = ui.node_of(name);
  if (index < 0) return {};
  if (ui.world.nodes[static_cast<std::size_t>(index)].kind == NodeKind::Broker) return "/nodes/" + name + "/fenced";
  if (key.find("session.timeout.ms") != std::string::npos)
    for (const Group& group : ui.world.groups)
      for (const GroupMember& member : group.members)
        if (member.node == index) return "/groups/" + group.id + "/members/" + name;
  return "/timers/" + name + "/" + key;
}
}  // namespace

void work_arc(Ui& ui, const Hit& hit, const std::string& node, const Timer& timer) {
  if (hit.hovered) ui.st.origin_here = {OriginKind::Config, timer.key, {}, {}};
  if (!hit.clicked) return;
  ui.select(node);
  ui.st.number_path = question_of_arc(ui, node, timer.key);
  ui.st.number_wall = ui.wall;
  if (ui.st.layout != Layout::Presenter) ui.inspect();
}

bool is_meant(const Ui& ui, const Client& client) {
  const std::string& name = ui.world.nodes[static_cast<std::size_t>(client.node)].name;
  const auto& points = ui.lesson.view.point;
  return ui.is_selected(name) || std::any_of(points.begin(), points.end(), [&](const PointAt& at) {
           return at.path == "/clients/" + name || at.path == "/nodes/" + name ||
                  (!client.group.empty() && at.path == "/groups/" + client.group);
         });
}

const Timer* card_timer(const Ui& ui, const Node& node) {
  if (node.kind == NodeKind::Controller) return node_look(node).quiet && has_arc(node) ? &node.session : nullptr;
  if (node.kind == NodeKind::Broker || node_look(node).quiet) return nullptr;
  const int index = ui.node_of(node.name);
  for (const Group& group : ui.world.groups)
    for (const GroupMember& member : group.members)
      if (member.node == index && member.session.running && gone(ui.world, member)) return &member.session;
  return nullptr;
}

std::vector<CardTimer> client_timers(const Ui& ui, const Node& node) {
  std::vector<CardTimer> all;
  if (const Timer* session = card_timer(ui, node)) all.push_back({session, "card timer"});
  const Client* client = client_of(ui, node);
  if (client == nullptr) return all;
  const auto add = [&](bool routine, const char* region) {
    const auto it = std::find_if(client->timers.begin(), client->timers.end(),
                                 [&](const Timer& t) { return t.routine == routine; });
    if (it != client->timers.end()) all.push_back({&*it, region});
  };
  add(false, "timer");
  if (ui.st.layout == Layout::Workbench || is_meant(ui, *client)) add(true, "routine timer");
  if (!all.empty() && all.back().timer->routine && !can_be_followed(ui, *all.back().timer)) all.pop_back();
  return all;
}

void draw_client_timer(Ui& ui, const Node& node, const Rect& ring, const CardTimer& of, float width) {
  Painter& p = ui.p;
  if (node_look(node).dead) p.circle(ring.cx(), ring.cy(), ring.w / 2 + width, p.c.canvas);
  timer_ring(ui, ring.cx(), ring.cy(), ring.w / 2, *of.timer, width);
  p.note(ring, of.timer->routine ? "routine ring" : "timer ring");
  const Hit hit = ui.hit(make_id(of.region, static_cast<std::uint64_t>(ui.node_of(node.name))), ring.grown(width));
  work_arc(ui, hit, node.name, *of.timer);
  if (!hit.hovered || !ui.may_tip()) return;
  ui.st.tip = {p.to_window(ring), node.name, {}, ui.tr("ui.tip_inspect"_w)};
  const Client* client = client_of(ui, node);
  if (of.timer == card_timer(ui, node)) tell_timer(ui, *of.timer, ui.st.tip);
  else
    for (const Timer& t : client->timers) tell_timer(ui, t, ui.st.tip);
}

void draw_corner_timer(Ui& ui, const Node& node, const Rect& card, const CardTimer& of) {
  const Rect ring = Rect{card.right(), card.y, 0, 0}.grown(7);
  ui.p.circle(ring.cx(), ring.cy(), 10, ui.p.c.canvas);
  ui.p.note(ring, "corner ring");
  draw_client_timer(ui, node, ring, of, 2.5f);
}

void draw_card_timer(Ui& ui, const Node& node, const Rect& ring, const Timer& timer, float width) {
  Painter& p = ui.p;
  if (node_look(node).dead) p.circle(ring.cx(), ring.cy(), ring.w / 2 + width, p.c.canvas);
  timer_ring(ui, ring.cx(), ring.cy(), ring.w / 2, timer, width);
  p.note(ring, "timer ring");
  const Hit hit = ui.hit(make_id("card timer", static_cast<std::uint64_t>(ui.node_of(node.name))), ring.grown(width));
  work_arc(ui, hit, node.name, timer);
  if (!hit.hovered || !ui.may_tip()) return;
  ui.st.tip = {p.to_window(ring), node.name, {}, ui.tr("ui.tip_inspect"_w)};
  tell_timer(ui, timer, ui.st.tip);
}

std::string session_words(const Ui& ui, const Node& broker) {
  constexpr std::int64_t kLeast = 100'000;  // "0.0 s" would say that it is over
  if (broker.session.remaining_us > 0)
    return ui.tr("ui.seconds_left"_w, {{"seconds", seconds_text(std::max(broker.session.remaining_us, kLeast))}});
  // The controller checks the sessions eight times per timeout: an expired one is fenced at the next check.
  return broker.next_check_us >= 0
             ? ui.tr("ui.session_checked"_w, {{"seconds", seconds_text(std::max(broker.next_check_us, kLeast))}})
             : ui.tr("ui.session_ran_out"_w, {{"seconds", seconds_text(broker.session.total_us)}});
}

std::string brief_session_words(const Ui& ui, const Node& broker) {
  return broker.session.remaining_us > 0 ? session_words(ui, broker) : std::string(ui.tr("ui.state_expired"_w));
}

}  // namespace kafkascope::ui
