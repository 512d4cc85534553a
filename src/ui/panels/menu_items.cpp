#include "ui/panels/menu_items.h"

#include <algorithm>

#include "ui/stage/cards.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

MenuItem item(Str name, Str sub, Icon icon, const char* verb, const std::string& target, bool destructive = false, const char* key = "") {
  MenuItem m{name, sub, icon, key, destructive, {}};
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

/// What a person does to a running broker's machine.
void add_machine(std::vector<MenuItem>& items, const Node& broker) {
  const std::string& name = broker.name;
  const bool hindered = std::any_of(broker.dirs.begin(), broker.dirs.end(), [](const LogDir& d) { return d.slow || d.failing || (d.capacity_bytes > 0 && d.used_bytes >= d.capacity_bytes / 100 * 99); });
  if (hindered) {
    items.push_back(item(Str::DiskWell, Str::DiskWellSub, Icon::Disk, "disk", name));
    items.back().action.text = "well";
  } else {
    items.push_back(item(Str::DiskSlow, Str::DiskSlowSub, Icon::Disk, "disk", name, true));
    items.back().action.text = "slow";
    items.push_back(item(Str::DiskFails, Str::DiskFailsSub, Icon::Disk, "disk", name, true));
    items.back().action.text = "fail";
    if (!broker.dirs.empty()) {
      items.push_back(item(Str::DiskFill, Str::DiskFillSub, Icon::Disk, "disk", name, true));
      items.back().action.text = "full";
      items.back().action.number = broker.dirs.front().used_bytes;
    }
  }
  items.push_back(item(Str::ClockAhead, Str::ClockAheadSub, Icon::Clock, "skew_clock", name, true));
}

/// A broker that has no replica of it and lives; nullptr: none.
const Node* spare_broker(const Snapshot& world, const Partition& p) {
  for (const Node& n : world.nodes)
    if (n.kind == NodeKind::Broker && n.state == NodeState::Running && std::find(p.replicas.begin(), p.replicas.end(), n.id) == p.replicas.end()) return &n;
  return nullptr;
}

void add_partition(std::vector<MenuItem>& items, const Snapshot& world, const Partition& p, std::int64_t offset) {
  items.push_back(item(Str::ElectPreferred, Str::ElectPreferredSub, Icon::Crown, "elect_leaders", p.name));
  items.back().action.text = "preferred";
  if (!p.adding.empty() || !p.removing.empty()) {
    items.push_back(item(Str::CancelMove, Str::CancelMoveSub, Icon::Back, "reassign", p.name));
    items.back().action.text = "cancel";
  } else if (const Node* to = spare_broker(world, p); to != nullptr && !p.replicas.empty()) {
    items.push_back(item(Str::MoveReplica, Str::MoveReplicaSub, Icon::Broker, "reassign", p.name));
    items.back().action.number = to->id;
  }
  items.push_back(item(Str::AddPartition, Str::AddPartitionSub, Icon::Branch, "add_partitions", p.topic));
  items.push_back(item(Str::ElectUnclean, Str::ElectUncleanSub, Icon::Warn, "elect_leaders", p.name, true));
  items.back().action.text = "unclean";
  const bool record = offset > p.log_start_offset;
  items.push_back(item(record ? Str::DeleteBefore : Str::DeleteCommitted, Str::DeleteRecordsSub, Icon::Out, "delete_records", p.name, true));
  items.back().action.number = record ? offset : -1;
  items.push_back(item(Str::DeleteTopic, Str::DeleteTopicSub, Icon::Out, "delete_topic", p.topic, true));
}

void add_group(std::vector<MenuItem>& items, const Group& g) {
  const bool active = !g.members.empty();
  const auto add = [&](Str name, Str sub, Icon icon, const char* verb, const char* text, bool destructive) {
    items.push_back(item(name, active ? Str::GroupIsActive : sub, icon, verb, g.id, destructive));
    items.back().action.text = text;
    items.back().refused = active;
  };
  add(Str::ResetEarliest, Str::ResetEarliestSub, Icon::Back, "reset_offsets", "earliest", false);
  add(Str::ResetLatest, Str::ResetLatestSub, Icon::Step, "reset_offsets", "latest", false);
  add(Str::DeleteGroup, Str::DeleteGroupSub, Icon::Out, "delete_group", "", true);
}

std::vector<MenuItem> items_of(const Snapshot& world, const std::string& target, const std::string& other, std::int64_t offset) {
  std::vector<MenuItem> items;
  const Node* node = find_node(world, target);
  const Node* end = other.empty() ? nullptr : find_node(world, other);
  if (node != nullptr && end != nullptr) {  // the way between two nodes
    const int a = static_cast<int>(node - world.nodes.data()), b = static_cast<int>(end - world.nodes.data());
    bool hindered = false;
    for (const Link& l : world.links) hindered |= ((l.a == a && l.b == b) || (l.a == b && l.b == a)) && (l.cut || l.latency_us >= 0 || l.loss > 0);
    if (hindered) items.push_back(item(Str::Heal, Str::HealSub, Icon::Link, "heal", target));
    const auto held = std::find_if(world.messages.begin(), world.messages.end(), [&](const Message& m) { return m.held && ((m.from == a && m.to == b) || (m.from == b && m.to == a)); });
    if (held != world.messages.end()) {  // in the direction in which it goes
      items.push_back(item(Str::Release, Str::ReleaseSub, Icon::Play, "release", held->from == a ? target : other));
      items.back().action.other = held->from == a ? other : target;
    }
    items.push_back(item(Str::SlowDown, Str::SlowDownSub, Icon::Clock, "link", target));
    items.back().action.number = 200'000;
    items.push_back(item(Str::Hold, Str::HoldSub, Icon::Pause, "hold", target));
    items.push_back(item(Str::LoseNext, Str::LoseNextSub, Icon::Crash, "lose", target, true));
    items.push_back(item(Str::Cut, Str::CutSub, Icon::Cut, "partition", target, true));
    for (MenuItem& m : items)
      if (m.action.other.empty()) m.action.other = other;
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
      if (node->kind == NodeKind::Broker) add_machine(items, *node);
    }
    std::stable_partition(items.begin(), items.end(), [](const MenuItem& m) { return !m.destructive; });
    return items;
  }
  for (const Partition& p : world.partitions) {
    if (p.name != target) continue;
    items.push_back({Str::Inspect, Str::Kafkascope, Icon::Search, "I", false, {}, true});
    items.back().action.kind = ActionKind::Select;
    items.back().action.target = target;
    add_partition(items, world, p, offset);
  }
  for (const Group& g : world.groups)
    if (g.id == target) add_group(items, g);
  return items;
}

}  // namespace

std::vector<MenuItem> build_menu(const Snapshot& world, const std::string& target, const std::string& other, const std::vector<std::string>& not_yet,
                                 std::int64_t offset) {
  std::vector<MenuItem> items = items_of(world, target, other, offset);
  for (MenuItem& m : items) m.there = m.action.kind != ActionKind::Fault || std::find(not_yet.begin(), not_yet.end(), m.action.verb) == not_yet.end();
  return items;
}

}  // namespace kafkascope::ui
