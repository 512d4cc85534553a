#include <algorithm>

#include "ui/panels/menu_items.h"
#include "ui/panels/panels.h"
#include "ui/stage/cards.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

MenuItem item(Str name, Str sub, Icon icon, const char* verb, const std::string& target, bool destructive = false, const char* key = "") {
  MenuItem m{name, sub, icon, key, destructive, {}, true};
  m.action.kind = ActionKind::Fault;
  m.action.verb = verb;
  m.action.target = target;
  return m;
}

const Node* find_node(const Snapshot& world, const std::string& name) {
  for (const Node& n : world.nodes) {
    if (n.name == name) return &n;
  }
  return nullptr;
}

std::vector<MenuItem> items_of(const Snapshot& world, const std::string& target, const std::string& other) {
  std::vector<MenuItem> items;
  const Node* node = find_node(world, target);
  const Node* end = other.empty() ? nullptr : find_node(world, other);
  if (node != nullptr && end != nullptr) {  // the way between two nodes
    const int a = static_cast<int>(node - world.nodes.data()), b = static_cast<int>(end - world.nodes.data());
    bool hindered = false;
    for (const Link& l : world.links) hindered |= ((l.a == a && l.b == b) || (l.a == b && l.b == a)) && (l.cut || l.latency_us >= 0 || l.loss > 0);
    if (hindered) items.push_back(item(Str::Heal, Str::HealSub, Icon::Link, "heal", target));
    items.push_back(item(Str::SlowDown, Str::SlowDownSub, Icon::Clock, "link", target));
    items.back().action.number = 200'000;
    items.push_back(item(Str::Hold, Str::HoldSub, Icon::Pause, "hold", target));
    items.push_back(item(Str::LoseNext, Str::LoseNextSub, Icon::Crash, "lose", target, true));
    items.push_back(item(Str::Cut, Str::CutSub, Icon::Cut, "partition", target, true));
    for (MenuItem& m : items) m.action.other = other;
    return items;
  }
  if (node != nullptr) {
    items.push_back({Str::Inspect, Str::Kafkascope, Icon::Search, "I", false, {}, true});
    items.back().action.kind = ActionKind::Select;
    items.back().action.target = target;
    const bool down = node->state == NodeState::Crashed || node->state == NodeState::PoweredOff || node->state == NodeState::Stopped || node->state == NodeState::Killed;
    if (is_client(node->kind)) {
      if (down) {
        items.push_back(item(Str::Start, Str::StartSub, Icon::Play, "start", target, false, "C"));
        return items;
      }
      if (node->state == NodeState::Paused) {
        items.push_back(item(Str::Resume, Str::PauseSub, Icon::Play, "resume", target));
      } else {
        items.push_back(item(Str::Pause, Str::PauseSub, Icon::Pause, "pause", target));
      }
      items.push_back(item(node->isolated ? Str::Heal : Str::Isolate, node->isolated ? Str::HealSub : Str::IsolateSub, node->isolated ? Icon::Link : Icon::Cut, node->isolated ? "heal" : "isolate", target, !node->isolated, "X"));
      items.push_back(item(Str::Stop, Str::StopSub, Icon::Power, "stop", target, true));
      items.push_back(item(Str::Kill, Str::KillSub, Icon::Crash, "kill", target, true, "C"));
    } else if (down) {
      items.push_back(item(Str::Restart, Str::RestartSub, Icon::Play, "restart", target, false, "C"));
      items.push_back(item(Str::WipeDisk, Str::WipeDiskSub, Icon::Disk, "wipe_disk", target, true));
    } else {
      if (node->state == NodeState::Paused) {
        items.push_back(item(Str::Resume, Str::PauseSub, Icon::Play, "resume", target));
      } else {
        items.push_back(item(Str::Pause, Str::PauseSub, Icon::Pause, "pause", target));
      }
      if (node->isolated) items.push_back(item(Str::Heal, Str::HealSub, Icon::Link, "heal", target, false, "X"));
      if (!node->isolated) items.push_back(item(Str::Isolate, Str::IsolateSub, Icon::Cut, "isolate", target, true, "X"));
      items.push_back(item(Str::ShutDown, Str::ShutDownSub, Icon::Power, "shutdown", target, true));
      items.push_back(item(Str::Crash, Str::CrashSub, Icon::Crash, "crash", target, true, "C"));
      items.push_back(item(Str::PowerOff, Str::PowerOffSub, Icon::Power, "power_off", target, true));
    }
    std::stable_partition(items.begin(), items.end(), [](const MenuItem& m) { return !m.destructive; });
    return items;
  }
  for (const Partition& p : world.partitions) {
    if (p.name != target) continue;
    items.push_back({Str::Inspect, Str::Kafkascope, Icon::Search, "I", false, {}, true});
    items.back().action.kind = ActionKind::Select;
    items.back().action.target = target;
    items.push_back(item(Str::ElectPreferred, Str::ElectPreferredSub, Icon::Crown, "elect_leaders", target));
    items.back().action.text = "preferred";
    items.push_back(item(Str::ElectUnclean, Str::ElectUncleanSub, Icon::Warn, "elect_leaders", target, true));
    items.back().action.text = "unclean";
  }
  return items;
}

}  // namespace

std::vector<MenuItem> build_menu(const Snapshot& world, const std::string& target, const std::string& other, const std::vector<std::string>& not_yet) {
  std::vector<MenuItem> items = items_of(world, target, other);
  for (MenuItem& m : items) m.there = m.action.kind != ActionKind::Fault || std::find(not_yet.begin(), not_yet.end(), m.action.verb) == not_yet.end();
  return items;
}

void draw_menu(Ui& ui) {
  MenuState& menu = ui.st.menu;
  if (!menu.open) return;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  std::vector<MenuItem> items = build_menu(ui.world, menu.target, menu.other, ui.st.not_yet);
  // The presenter has no inspector.
  if (ui.st.layout == Layout::Presenter) std::erase_if(items, [](const MenuItem& m) { return m.action.kind == ActionKind::Select; });
  if (items.empty()) {
    menu.open = false;
    return;
  }
  const std::string title = menu.other.empty() ? menu.target : menu.target + " → " + menu.other;
  float w = 220, h = 40 + 8;
  for (const MenuItem& m : items) {
    h += m.sub == Str::Kafkascope ? 32.f : 46.f;
    w = std::max({w, p.width(ui.tr(m.name), {.em = 15}) + 96, m.sub == Str::Kafkascope ? 0.f : p.width(ui.tr(m.sub), {.em = 13}) + 66});
  }
  const bool hair = items.front().destructive != items.back().destructive;
  if (hair) h += 9;
  Rect r{std::min(menu.x, ui.w - w - 8), std::min(menu.y, ui.h - h - 8), w, h};
  // Whatever lies below waits until the menu is closed.
  const Hit outside = ui.hit(make_id("menu outside"), {0, 0, ui.w, ui.h});
  if (outside.pressed) menu.open = false;
  ui.hit(make_id("menu"), r);
  shadow_card(p, r, c.raised, c.strong, 1.25f);
  p.push_box(r, "menu");
  p.text(r.x + 14, r.y + 26, title, {.em = 15, .bold = true, .max = w - 24, .foreign = true});
  p.line(r.x, r.y + 39, r.right(), r.y + 39, c.hair);
  float y = r.y + 44;
  bool before = items.front().destructive;
  int i = -1;
  for (const MenuItem& m : items) {
    ++i;
    if (m.destructive != before) {
      p.line(r.x + 8, y + 4, r.right() - 8, y + 4, c.mid);
      y += 9;
      before = m.destructive;
    }
    const bool sub = m.sub != Str::Kafkascope;
    const Rect row{r.x + 4, y, r.w - 8, sub ? 46.f : 32.f};
    const Hit hit = ui.hit(make_id("menu item", static_cast<std::uint64_t>(m.name)), row);
    // While presenting, what destroys waits until it is unlocked.
    const bool locked = m.destructive && ui.st.layout == Layout::Presenter && ui.st.locked;
    const bool off = !m.there || locked;
    const Color ink = off ? c.muted : c.primary;
    if (hit.hovered && !off) p.fill(row, c.hover, 5);
    p.icon(locked ? Icon::Lock : m.icon, row.x + 10, row.y + (sub ? 9 : 8), 16, off ? c.muted : m.icon == Icon::Crown ? c.leader : hit.hovered ? c.primary : c.secondary, 1.8f);
    p.text(row.x + 36, row.y + 21, ui.tr(m.name), {.em = 15, .color = ink, .max = row.w - 44});
    const char* below = m.there ? ui.tr(m.sub) : ui.tr(Str::NotThereYet);
    if (sub) p.text(row.x + 36, row.y + 39, below, {.em = 13, .color = hit.hovered && !off ? c.secondary : c.muted, .max = row.w - 44});
    if (m.key[0] != '\0' && !off) p.text(row.right() - 12, row.y + 21, m.key, {.em = 13, .color = c.muted, .mono = true, .align = Align::Right});
    if (hit.clicked && locked) ui.say(Str::Locked, true);
    if (hit.clicked && !off) {
      ui.emit(m.action);
      if (m.action.kind == ActionKind::Select) {
        ui.st.selection = m.action.target;
        ui.inspect();
      }
      menu.open = false;
    }
    y += row.h;
  }
  p.pop_box();
}

}  // namespace kafkascope::ui
