#include "ui/panels/menu_items.h"

#include <algorithm>

#include "ui/panels/act_forms.h"
#include "ui/stage/cards.h"

namespace kafkascope::ui {

using namespace observe;

MenuItem menu_item(Str name, Str sub, Icon icon, const char* verb, const std::string& target, bool destructive,
                   const char* key) {
  MenuItem m{name, sub, icon, key, destructive, {}};
  m.action.kind = ActionKind::Fault;
  m.action.verb = verb;
  m.action.target = target;
  return m;
}

MenuItem menu_form(std::string_view form, const std::string& target, const std::string& other, Str name, Str sub) {
  const int index = act_form(form);
  const ActForm& of = act_forms()[static_cast<std::size_t>(index)];
  MenuItem m{name == Str::Kafkascope ? of.name : name, sub == Str::Kafkascope ? of.sub : sub, of.icon, "", false, {}};
  m.action.kind = ActionKind::DoStep;
  m.action.verb = of.verb;
  m.action.target = target;
  m.action.other = other;
  m.form = index;
  m.title = of.title;
  return m;
}

MenuItem menu_inspect(const std::string& target) {
  MenuItem m{Str::Inspect, Str::Kafkascope, Icon::Search, "I", false, {}};
  m.action.kind = ActionKind::Select;
  m.action.target = target;
  return m;
}

namespace {

const Node* find_node(const Snapshot& world, const std::string& name) {
  for (const Node& n : world.nodes) {
    if (n.name == name && !n.removed) return &n;
  }
  return nullptr;
}

/// The next Produce is answered with an error, as Kafka's own tests do it: what does the client make of it?
void add_answer(std::vector<MenuItem>& items, const std::string& broker) {
  items.push_back(menu_item(Str::AnswerError, Str::AnswerErrorSub, Icon::Warn, "answer", broker));
  items.back().action.text = "Produce";
  items.back().action.other = "NOT_ENOUGH_REPLICAS";
}

/// What a person does to a running broker's machine. Its disks all at once, or, where it has several, one of them (dir: its place in log.dirs, from 0, as a file has it).
void add_disk(std::vector<MenuItem>& items, const std::string& broker, const std::vector<LogDir>& all, int dir,
              bool metadata) {
  const auto add = [&](Str whole, Str one, Str sub, const char* what, bool destructive) {
    items.push_back(menu_item(dir < 0 ? whole : one, sub, Icon::Disk, "disk", broker, destructive));
    items.back().action.text = what;
    items.back().action.dir = dir;
    items.back().of = std::to_string(dir);
  };
  const auto full = [](const LogDir& d) { return d.capacity_bytes > 0 && d.used_bytes >= d.capacity_bytes / 100 * 99; };
  const auto mine = [&](const auto& is) {
    return std::any_of(all.begin(), all.end(),
                       [&](const LogDir& d) { return (dir < 0 || &d - all.data() == dir) && is(d); });
  };
  if (mine([&](const LogDir& d) { return d.slow || d.failing || full(d); }))
    return add(Str::DiskWell, Str::DiskWellOne, Str::DiskWellSub, "well", false);
  if (!all.empty() && !mine([](const LogDir& d) { return d.online; })) return;
  add(Str::DiskSlow, Str::DiskSlowOne, Str::DiskSlowSub, "slow", true);
  add(Str::DiskFails, Str::DiskFailsOne, metadata ? Str::DiskFailsMetadata : Str::DiskFailsSub, "fail", true);
  if (all.empty()) return;
  add(Str::DiskFill, Str::DiskFillOne, Str::DiskFillSub, "full", true);
  items.back().action.number = all[static_cast<std::size_t>(std::max(dir, 0))].used_bytes;
}

void add_machine(std::vector<MenuItem>& items, const Node& broker, bool kraft) {
  if (broker.dirs.size() < 2) add_disk(items, broker.name, broker.dirs, -1, false);
  for (std::size_t i = 0; broker.dirs.size() > 1 && i < broker.dirs.size(); ++i)
    add_disk(items, broker.name, broker.dirs, static_cast<int>(i), kraft && i == 0);
  const auto clock = [&](Str name, Str sub, std::int64_t seconds, bool destructive) {
    items.push_back(menu_item(name, sub, Icon::Clock, "skew_clock", broker.name, destructive));
    items.back().action.number = seconds;
  };
  if (broker.clock_skew_us != 0) return clock(Str::ClockRight, Str::ClockAheadSub, 0, false);
  clock(Str::ClockAhead, Str::ClockAheadSub, 600, true);
  clock(Str::ClockBehind, Str::ClockAheadSub, -600, true);
}

/// What an application does when it is told to.
void add_application(std::vector<MenuItem>& items, const Snapshot& world, const Node& node) {
  const int index = static_cast<int>(&node - world.nodes.data());
  const auto client =
      std::find_if(world.clients.begin(), world.clients.end(), [&](const Client& c) { return c.node == index; });
  if (client == world.clients.end()) return;
  if (node.kind == NodeKind::Producer && !client->acks.empty())
    items.push_back(menu_item(Str::SendOne, Str::SendOneSub, Icon::Producer, "produce", node.name));
  if (node.kind != NodeKind::Consumer) return;
  constexpr std::size_t kMost = 3;
  std::size_t offered = 0;
  for (const AssignedPartition& a : client->assigned) {
    if (a.partition < 0 || a.partition >= static_cast<int>(world.partitions.size()) || a.position < 0 ||
        offered++ >= kMost)
      continue;
    const std::int64_t at = a.position;
    const std::string& name = world.partitions[static_cast<std::size_t>(a.partition)].name;
    items.push_back(menu_item(Str::SeekOn, Str::SeekOnSub, Icon::Step, "seek", node.name));
    items.back().action.other = name;
    items.back().action.number = at + 1;
    items.back().of = name + " → " + std::to_string(at + 1);
    items.push_back(menu_item(Str::SeekBeginning, Str::SeekBeginningSub, Icon::Back, "seek", node.name));
    items.back().action.other = name;
    items.back().action.text = "beginning";
    items.back().of = name;
  }
}

/// One more process of its program; and what the program does.
void add_programs(std::vector<MenuItem>& items, const Node& node) {
  const char *another = nullptr, *behave = nullptr;
  switch (node.kind) {
    case NodeKind::Producer: another = "new producer", behave = "behave producer"; break;
    case NodeKind::Consumer: another = "new consumer", behave = "behave consumer"; break;
    case NodeKind::ShareConsumer: another = "new share consumer", behave = "behave share consumer"; break;
    case NodeKind::Transform: behave = "behave consumer"; break;
    case NodeKind::Service: behave = "behave service"; break;
    default: return;
  }
  items.push_back(menu_form(behave, node.name));
  if (another != nullptr) items.push_back(menu_form(another, node.name, {}, Str::FormAnother, Str::FormAnotherSub));
}

std::vector<MenuItem> items_of(const Snapshot& world, const std::string& target, const std::string& other,
                               std::int64_t offset) {
  std::vector<MenuItem> items;
  const Node* node = find_node(world, target);
  const Node* end = other.empty() ? nullptr : find_node(world, other);
  if (node != nullptr && end != nullptr) {  // the way between two nodes
    const int a = static_cast<int>(node - world.nodes.data()), b = static_cast<int>(end - world.nodes.data());
    bool hindered = false;
    for (const Link& l : world.links)
      hindered |= ((l.a == a && l.b == b) || (l.a == b && l.b == a)) && (l.cut || l.latency_us >= 0 || l.loss > 0);
    if (hindered) items.push_back(menu_item(Str::Heal, Str::HealSub, Icon::Link, "heal", target));
    const auto held = std::find_if(world.messages.begin(), world.messages.end(), [&](const Message& m) {
      return m.held && ((m.from == a && m.to == b) || (m.from == b && m.to == a));
    });
    if (held != world.messages.end()) {  // in the direction in which it goes
      items.push_back(
          menu_item(Str::Release, Str::ReleaseSub, Icon::Play, "release", held->from == a ? target : other));
      items.back().action.other = held->from == a ? other : target;
    }
    items.push_back(menu_item(Str::SlowDown, Str::SlowDownSub, Icon::Clock, "link", target));
    items.back().action.number = 200'000;
    items.push_back(menu_item(Str::Narrow, Str::NarrowSub, Icon::Clock, "link", target));
    items.back().action.text = "narrow";
    items.push_back(menu_item(Str::Hold, Str::HoldSub, Icon::Pause, "hold", target));
    items.push_back(menu_item(Str::LossyLink, Str::LossyLinkSub, Icon::Crash, "link", target, true));
    items.back().action.text = "lossy";
    items.push_back(menu_item(Str::LoseNext, Str::LoseNextSub, Icon::Crash, "lose", target, true));
    items.push_back(menu_item(Str::CutOneWay, Str::CutOneWaySub, Icon::Cut, "partition", target, true));
    items.back().action.flag = true;
    items.back().of = target + " → " + other;
    items.push_back(menu_item(Str::Cut, Str::CutSub, Icon::Cut, "partition", target, true));
    for (MenuItem& m : items)
      if (m.action.other.empty()) m.action.other = other;
    return items;
  }
  if (node != nullptr) {
    items.push_back(menu_inspect(target));
    const bool down = node->state == NodeState::Crashed || node->state == NodeState::PoweredOff ||
                      node->state == NodeState::Stopped || node->state == NodeState::Killed;
    if (target == "operator") return items;  // the administrator's client of acts by hand: no node of the scenario
    if (is_client(node->kind)) {
      if (down) {
        items.push_back(menu_item(Str::Start, Str::StartSub, Icon::Play, "start", target, false, "C"));
        add_programs(items, *node);
        return items;
      }
      if (node->state == NodeState::Paused) {
        items.push_back(menu_item(Str::Resume, Str::PauseSub, Icon::Play, "resume", target));
      } else {
        items.push_back(menu_item(Str::Pause, Str::PauseSub, Icon::Pause, "pause", target));
      }
      add_application(items, world, *node);
      add_programs(items, *node);
      items.push_back(menu_item(
          node->isolated ? Str::Heal : Str::Isolate, node->isolated ? Str::HealSub : Str::IsolateSub,
          node->isolated ? Icon::Link : Icon::Cut, node->isolated ? "heal" : "isolate", target, !node->isolated, "X"));
      items.push_back(menu_item(Str::Stop, Str::StopSub, Icon::Power, "stop", target, true));
      items.push_back(menu_item(Str::Kill, Str::KillSub, Icon::Crash, "kill", target, true, "C"));
    } else if (down) {
      items.push_back(menu_item(Str::Restart, Str::RestartSub, Icon::Play, "restart", target, false, "C"));
      items.push_back(menu_item(Str::WipeDisk, Str::WipeDiskSub, Icon::Disk, "wipe_disk", target, true));
      for (std::size_t i = 0; node->dirs.size() > 1 && i < node->dirs.size(); ++i) {
        items.push_back(menu_item(Str::WipeDiskOne, Str::WipeDiskSub, Icon::Disk, "wipe_disk", target, true));
        items.back().action.dir = static_cast<int>(i);
        items.back().of = std::to_string(i);
      }
    } else {
      if (node->state == NodeState::Paused) {
        items.push_back(menu_item(Str::Resume, Str::PauseSub, Icon::Play, "resume", target));
      } else {
        items.push_back(menu_item(Str::Pause, Str::PauseSub, Icon::Pause, "pause", target));
      }
      if (node->isolated) items.push_back(menu_item(Str::Heal, Str::HealSub, Icon::Link, "heal", target, false, "X"));
      if (!node->isolated)
        items.push_back(menu_item(Str::Isolate, Str::IsolateSub, Icon::Cut, "isolate", target, true, "X"));
      const Str moves = node->kind == NodeKind::Broker       ? Str::ShutDownSub
                        : node->kind == NodeKind::Controller ? Str::ShutDownControllerSub
                                                             : Str::ShutDownServerSub;
      items.push_back(menu_item(Str::ShutDown, moves, Icon::Power, "shutdown", target, true));
      items.push_back(menu_item(Str::Crash, Str::CrashSub, Icon::Crash, "crash", target, true, "C"));
      items.push_back(menu_item(Str::PowerOff, Str::PowerOffSub, Icon::Power, "power_off", target, true));
      if (node->kind == NodeKind::Broker)
        add_answer(items, target), add_machine(items, *node, world.metadata == "kraft");
    }
    if (node->kind == NodeKind::Broker) {
      items.push_back(menu_item(Str::RemoveBroker,
                                node->replicas.empty() ? Str::RemoveBrokerSub : Str::RemoveBrokerHolds, Icon::Out,
                                "remove_broker", target, true));
      items.back().action.number = node->id;
      items.back().refused = !node->replicas.empty();
    }
    std::stable_partition(items.begin(), items.end(), [](const MenuItem& m) { return !m.destructive; });
    return items;
  }
  add_thing_items(items, world, target, other, offset);
  return items;
}

}  // namespace

namespace {

void say_what_is_there(std::vector<MenuItem>& items, const std::vector<std::string>& not_yet) {
  for (MenuItem& m : items)
    m.there = (m.action.kind != ActionKind::Fault && m.form < 0) ||
              std::find(not_yet.begin(), not_yet.end(), m.action.verb) == not_yet.end();
}

}  // namespace

std::vector<MenuItem> build_menu(const Snapshot& world, const std::string& target, const std::string& other,
                                 const std::vector<std::string>& not_yet, std::int64_t offset) {
  std::vector<MenuItem> items = items_of(world, target, other, offset);
  const std::vector<int> forms =
      target == "operator" || items.empty() ? std::vector<int>{} : act_forms_for(world, target, other);
  if (!forms.empty()) {
    MenuItem more{Str::MoreActs, Str::MoreActsSub, Icon::Right, "", false, {}};
    more.more = true;
    if (forms.size() == 1) more = menu_form(act_forms()[static_cast<std::size_t>(forms.front())].id, target, other);
    items.insert(std::find_if(items.begin(), items.end(), [](const MenuItem& m) { return m.destructive; }),
                 std::move(more));
  }
  say_what_is_there(items, not_yet);
  return items;
}

std::vector<MenuItem> build_more_menu(const Snapshot& world, const std::string& target, const std::string& other,
                                      const std::vector<std::string>& not_yet) {
  std::vector<MenuItem> items;
  const Node* node = find_node(world, target);
  const bool reads =
      node != nullptr && node->kind == NodeKind::Consumer && other.empty() && node->state == NodeState::Running;
  if (reads) {
    items.push_back(menu_item(Str::CommitHere, Str::CommitHereSub, Icon::Flag, "commit", target));
    items.push_back(menu_item(Str::Unsubscribe, Str::UnsubscribeSub, Icon::Out, "unsubscribe", target));
  }
  for (const int form : act_forms_for(world, target, other))
    items.push_back(menu_form(act_forms()[static_cast<std::size_t>(form)].id, target, other));
  say_what_is_there(items, not_yet);
  return items;
}

void take_menu_item(Ui& ui, const MenuItem& item) {
  if (item.form >= 0) return ui.open_form(item.form, item.action.target, item.action.other);
  ui.emit(item.action);
  if (item.action.kind != ActionKind::Select) return;
  ui.st.selection = item.action.target;
  ui.inspect();
}

}  // namespace kafkascope::ui
