#include "ui/panels/menu_items.h"

#include <algorithm>

#include "ui/panels/act_forms.h"
#include "ui/stage/cards.h"

namespace kafkascope::ui {

using namespace observe;

MenuItem menu_item(words::Key name, words::Key sub, Icon icon, const char* verb, const std::string& target,
                   bool destructive, const char* key) {
  MenuItem m{name, sub, icon, key, destructive, {}};
  m.action.kind = ActionKind::Fault;
  m.action.verb = verb;
  m.action.target = target;
  return m;
}

MenuItem menu_form(std::string_view form, const std::string& target, const std::string& other, words::Key name,
                   words::Key sub) {
  const int index = act_form(form);
  const ActForm& of = act_forms()[static_cast<std::size_t>(index)];
  MenuItem m{name.empty() ? of.name : name, sub.empty() ? of.sub : sub, of.icon, "", false, {}};
  m.action.kind = ActionKind::DoStep;
  m.action.verb = of.verb;
  m.action.target = target;
  m.action.other = other;
  m.form = index;
  m.title = of.title;
  return m;
}

MenuItem menu_inspect(const std::string& target) {
  MenuItem m{"ui.inspect"_w, {}, Icon::Search, "I", false, {}};
  m.action.kind = ActionKind::Select;
  m.action.target = target;
  return m;
}

MenuItem menu_why(const std::string& target) {
  MenuItem m{"ui.why"_w, {}, Icon::Help, "W", false, {}};
  m.action.kind = ActionKind::Why;
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

/// The next Produce is answered with an error, as in Kafka's own tests, to show how the client handles it.
void add_answer(std::vector<MenuItem>& items, const std::string& broker) {
  items.push_back(menu_item("ui.answer_error"_w, "ui.answer_error_sub"_w, Icon::Warn, "answer", broker));
  items.back().action.text = "Produce";
  items.back().action.other = "NOT_ENOUGH_REPLICAS";
}

/// Acts on a running broker's disks: on all at once or, if it has several, on one (`dir`: its index in log.dirs, from
/// 0, as in a scenario file).
void add_disk(std::vector<MenuItem>& items, const std::string& broker, const std::vector<LogDir>& all, int dir,
              bool metadata) {
  const auto add = [&](words::Key whole, words::Key one, words::Key sub, const char* what, bool destructive) {
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
    return add("ui.disk_well"_w, "ui.disk_well_one"_w, "ui.disk_well_sub"_w, "well", false);
  if (!all.empty() && !mine([](const LogDir& d) { return d.online; })) return;
  add("ui.disk_slow"_w, "ui.disk_slow_one"_w, "ui.disk_slow_sub"_w, "slow", true);
  add("ui.disk_fails"_w, "ui.disk_fails_one"_w, metadata ? "ui.disk_fails_metadata"_w : "ui.disk_fails_sub"_w, "fail",
      true);
  if (all.empty()) return;
  add("ui.disk_fill"_w, "ui.disk_fill_one"_w, "ui.disk_fill_sub"_w, "full", true);
  items.back().action.number = all[static_cast<std::size_t>(std::max(dir, 0))].used_bytes;
}

void add_machine(std::vector<MenuItem>& items, const Node& broker, bool kraft) {
  if (broker.dirs.size() < 2) add_disk(items, broker.name, broker.dirs, -1, false);
  for (std::size_t i = 0; broker.dirs.size() > 1 && i < broker.dirs.size(); ++i)
    add_disk(items, broker.name, broker.dirs, static_cast<int>(i), kraft && i == 0);
  const auto clock = [&](words::Key name, words::Key sub, std::int64_t seconds, bool destructive) {
    items.push_back(menu_item(name, sub, Icon::Clock, "skew_clock", broker.name, destructive));
    items.back().action.number = seconds;
  };
  if (broker.clock_skew_us != 0) return clock("ui.clock_right"_w, "ui.clock_ahead_sub"_w, 0, false);
  clock("ui.clock_ahead"_w, "ui.clock_ahead_sub"_w, 600, true);
  clock("ui.clock_behind"_w, "ui.clock_ahead_sub"_w, -600, true);
}

/// Acts that an application carries out on demand.
void add_application(std::vector<MenuItem>& items, const Snapshot& world, const Node& node) {
  const int index = static_cast<int>(&node - world.nodes.data());
  const auto client =
      std::find_if(world.clients.begin(), world.clients.end(), [&](const Client& c) { return c.node == index; });
  if (client == world.clients.end()) return;
  if (node.kind == NodeKind::Producer && !client->acks.empty())
    items.push_back(menu_item("ui.send_one"_w, "ui.send_one_sub"_w, Icon::Producer, "produce", node.name));
  if (node.kind != NodeKind::Consumer) return;
  constexpr std::size_t kMost = 3;
  std::size_t offered = 0;
  for (const AssignedPartition& a : client->assigned) {
    if (a.partition < 0 || a.partition >= static_cast<int>(world.partitions.size()) || a.position < 0 ||
        offered++ >= kMost)
      continue;
    const std::int64_t at = a.position;
    const std::string& name = world.partitions[static_cast<std::size_t>(a.partition)].name;
    items.push_back(menu_item("ui.seek_on"_w, "ui.seek_on_sub"_w, Icon::Step, "seek", node.name));
    items.back().action.other = name;
    items.back().action.number = at + 1;
    items.back().of = name + " → " + std::to_string(at + 1);
    items.push_back(menu_item("ui.seek_beginning"_w, "ui.seek_beginning_sub"_w, Icon::Back, "seek", node.name));
    items.back().action.other = name;
    items.back().action.text = "beginning";
    items.back().of = name;
  }
}

/// The form that changes what the client does, and the form that adds another client of its kind.
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
  if (another != nullptr)
    items.push_back(menu_form(another, node.name, {}, "ui.form_another"_w, "ui.form_another_sub"_w));
}

std::vector<MenuItem> items_of(const Snapshot& world, const std::string& target, const std::string& other,
                               std::int64_t offset) {
  std::vector<MenuItem> items;
  const Node* node = find_node(world, target);
  const Node* end = other.empty() ? nullptr : find_node(world, other);
  if (node != nullptr && end != nullptr) {  // the link between two nodes
    const int a = static_cast<int>(node - world.nodes.data()), b = static_cast<int>(end - world.nodes.data());
    items.push_back(menu_why(target));
    items.back().action.text = "/links/" + target + "/" + other;
    bool hindered = false;
    for (const Link& l : world.links)
      hindered |= ((l.a == a && l.b == b) || (l.a == b && l.b == a)) && (l.cut || l.latency_us >= 0 || l.loss > 0);
    if (hindered) items.push_back(menu_item("ui.heal"_w, "ui.heal_sub"_w, Icon::Link, "heal", target));
    const auto held = std::find_if(world.messages.begin(), world.messages.end(), [&](const Message& m) {
      return m.held && ((m.from == a && m.to == b) || (m.from == b && m.to == a));
    });
    if (held != world.messages.end()) {  // in the direction of the held message
      items.push_back(
          menu_item("ui.release"_w, "ui.release_sub"_w, Icon::Play, "release", held->from == a ? target : other));
      items.back().action.other = held->from == a ? other : target;
    }
    items.push_back(menu_item("ui.slow_down"_w, "ui.slow_down_sub"_w, Icon::Clock, "link", target));
    items.back().action.number = 200'000;
    items.push_back(menu_item("ui.narrow"_w, "ui.narrow_sub"_w, Icon::Clock, "link", target));
    items.back().action.text = "narrow";
    items.push_back(menu_item("ui.hold"_w, "ui.hold_sub"_w, Icon::Pause, "hold", target));
    items.push_back(menu_item("ui.lossy_link"_w, "ui.lossy_link_sub"_w, Icon::Crash, "link", target, true));
    items.back().action.text = "lossy";
    items.push_back(menu_item("ui.lose_next"_w, "ui.lose_next_sub"_w, Icon::Crash, "lose", target, true));
    items.push_back(menu_item("ui.cut_one_way"_w, "ui.cut_one_way_sub"_w, Icon::Cut, "partition", target, true));
    items.back().action.flag = true;
    items.back().of = target + " → " + other;
    items.push_back(menu_item("ui.cut"_w, "ui.cut_sub"_w, Icon::Cut, "partition", target, true));
    for (MenuItem& m : items)
      if (m.action.kind == ActionKind::Fault && m.action.other.empty()) m.action.other = other;
    return items;
  }
  if (node != nullptr) {
    items.push_back(menu_inspect(target));
    items.push_back(menu_why(target));
    const bool down = node->down();
    // the administrator's client for acts by hand, which is not a node of the scenario
    if (target == "operator") return items;
    if (is_client(node->kind)) {
      if (down) {
        items.push_back(menu_item("ui.start"_w, "ui.start_sub"_w, Icon::Play, "start", target, false, "C"));
        add_programs(items, *node);
        return items;
      }
      if (node->state == NodeState::Paused) {
        items.push_back(menu_item("ui.resume"_w, "ui.pause_sub"_w, Icon::Play, "resume", target));
      } else {
        items.push_back(menu_item("ui.pause"_w, "ui.pause_sub"_w, Icon::Pause, "pause", target));
      }
      add_application(items, world, *node);
      add_programs(items, *node);
      items.push_back(menu_item(
          node->isolated ? "ui.heal"_w : "ui.isolate"_w, node->isolated ? "ui.heal_sub"_w : "ui.isolate_sub"_w,
          node->isolated ? Icon::Link : Icon::Cut, node->isolated ? "heal" : "isolate", target, !node->isolated, "X"));
      items.push_back(menu_item("ui.stop"_w, "ui.stop_sub"_w, Icon::Power, "stop", target, true));
      items.push_back(menu_item("ui.kill"_w, "ui.kill_sub"_w, Icon::Crash, "kill", target, true, "C"));
    } else if (down) {
      items.push_back(menu_item("ui.restart"_w, "ui.restart_sub"_w, Icon::Play, "restart", target, false, "C"));
      items.push_back(menu_item("ui.wipe_disk"_w, "ui.wipe_disk_sub"_w, Icon::Disk, "wipe_disk", target, true));
      for (std::size_t i = 0; node->dirs.size() > 1 && i < node->dirs.size(); ++i) {
        items.push_back(menu_item("ui.wipe_disk_one"_w, "ui.wipe_disk_sub"_w, Icon::Disk, "wipe_disk", target, true));
        items.back().action.dir = static_cast<int>(i);
        items.back().of = std::to_string(i);
      }
    } else {
      if (node->state == NodeState::Paused) {
        items.push_back(menu_item("ui.resume"_w, "ui.pause_sub"_w, Icon::Play, "resume", target));
      } else {
        items.push_back(menu_item("ui.pause"_w, "ui.pause_sub"_w, Icon::Pause, "pause", target));
      }
      if (node->isolated)
        items.push_back(menu_item("ui.heal"_w, "ui.heal_sub"_w, Icon::Link, "heal", target, false, "X"));
      if (!node->isolated)
        items.push_back(menu_item("ui.isolate"_w, "ui.isolate_sub"_w, Icon::Cut, "isolate", target, true, "X"));
      const words::Key moves = node->kind == NodeKind::Broker       ? "ui.shut_down_sub"_w
                               : node->kind == NodeKind::Controller ? "ui.shut_down_controller_sub"_w
                                                                    : "ui.shut_down_server_sub"_w;
      items.push_back(menu_item("ui.shut_down"_w, moves, Icon::Power, "shutdown", target, true));
      items.push_back(menu_item("ui.crash"_w, "ui.crash_sub"_w, Icon::Crash, "crash", target, true, "C"));
      items.push_back(menu_item("ui.power_off"_w, "ui.power_off_sub"_w, Icon::Power, "power_off", target, true));
      if (node->kind == NodeKind::Broker)
        add_answer(items, target), add_machine(items, *node, world.metadata == "kraft");
    }
    if (node->kind == NodeKind::Broker) {
      items.push_back(menu_item("ui.remove_broker"_w,
                                node->replicas.empty() ? "ui.remove_broker_sub"_w : "ui.remove_broker_holds"_w,
                                Icon::Out, "remove_broker", target, true));
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
    MenuItem more{"ui.more_acts"_w, "ui.more_acts_sub"_w, Icon::Right, "", false, {}};
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
    items.push_back(menu_item("ui.commit_here"_w, "ui.commit_here_sub"_w, Icon::Flag, "commit", target));
    items.push_back(menu_item("ui.unsubscribe"_w, "ui.unsubscribe_sub"_w, Icon::Out, "unsubscribe", target));
  }
  for (const int form : act_forms_for(world, target, other))
    items.push_back(menu_form(act_forms()[static_cast<std::size_t>(form)].id, target, other));
  say_what_is_there(items, not_yet);
  return items;
}

void take_menu_item(Ui& ui, const MenuItem& item) {
  if (item.form >= 0) return ui.open_form(item.form, item.action.target, item.action.other);
  Action action = item.action;
  if (action.kind == ActionKind::Why) action.flag = ui.clicked_there(action.target);
  ui.emit(std::move(action));
  if (item.action.kind != ActionKind::Select) return;
  ui.st.selection = item.action.target;
  ui.inspect();
}

}  // namespace kafkascope::ui
