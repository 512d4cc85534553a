// Menus of objects other than nodes: partitions, single replicas, groups, the stage itself, a message in flight.
#include <algorithm>

#include "ui/panels/menu_items.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

bool holds(const Partition& p, int broker) {
  return std::find(p.replicas.begin(), p.replicas.end(), broker) != p.replicas.end();
}

/// Live brokers without a replica of it.
std::vector<const Node*> spare_brokers(const Snapshot& world, const Partition& p) {
  std::vector<const Node*> spare;
  for (const Node& n : world.nodes)
    if (n.kind == NodeKind::Broker && n.state == NodeState::Running && !holds(p, n.id)) spare.push_back(&n);
  return spare;
}

void add_partition(std::vector<MenuItem>& items, const Snapshot& world, const Partition& p, std::int64_t offset) {
  items.push_back(menu_item(Str::ElectPreferred, Str::ElectPreferredSub, Icon::Crown, "elect_leaders", p.name));
  items.back().action.text = "preferred";
  if (!p.adding.empty() || !p.removing.empty()) {
    items.push_back(menu_item(Str::CancelMove, Str::CancelMoveSub, Icon::Back, "reassign", p.name));
    items.back().action.text = "cancel";
  } else if (const auto spare = spare_brokers(world, p); !spare.empty() && !p.replicas.empty()) {
    items.push_back(menu_item(Str::MoveReplica, Str::MoveReplicaSub, Icon::Broker, "reassign", p.name));
    items.back().action.number = spare.front()->id;
    items.push_back(menu_item(Str::MoveThrottled, Str::MoveThrottledSub, Icon::Clock, "reassign", p.name));
    items.back().action.number = spare.front()->id;
    items.back().action.flag = true;
  }
  items.push_back(menu_item(Str::AddPartition, Str::AddPartitionSub, Icon::Branch, "add_partitions", p.topic));
  items.push_back(menu_item(Str::ElectUnclean, Str::ElectUncleanSub, Icon::Warn, "elect_leaders", p.name, true));
  items.back().action.text = "unclean";
  const bool record = offset > p.log_start_offset;
  items.push_back(menu_item(record ? Str::DeleteBefore : Str::DeleteCommitted, Str::DeleteRecordsSub, Icon::Out,
                            "delete_records", p.name, true));
  items.back().action.number = record ? offset : -1;
  items.push_back(menu_item(Str::DeleteTopic, Str::DeleteTopicSub, Icon::Out, "delete_topic", p.topic, true));
}

/// One broker's copy of a partition: its directory, its leadership, its throttle.
void add_replica(std::vector<MenuItem>& items, const Snapshot& world, const Partition& p, const Node& broker) {
  const auto move = [&](Str name, Str sub, Icon icon, const char* how, int to, bool destructive) {
    items.push_back(menu_item(name, sub, icon, "reassign", p.name, destructive));
    items.back().action.other = broker.name;
    items.back().action.text = how;
    items.back().action.number = to;
    items.back().of = to < 0 ? broker.name : "broker-" + std::to_string(to);
  };
  const auto leader = std::find_if(world.nodes.begin(), world.nodes.end(), [&](const Node& n) {
    return n.kind == NodeKind::Broker && n.id == p.leader && !n.removed;
  });
  const bool follows = p.leader >= 0 && p.leader != broker.id && leader != world.nodes.end();
  constexpr std::size_t kMost = 3;
  auto spare = spare_brokers(world, p);
  spare.resize(std::min(spare.size(), kMost));
  for (const Node* to : spare) move(Str::MoveThisTo, Str::MoveThisToSub, Icon::Broker, "move", to->id, false);
  if (!spare.empty()) move(Str::CopyTo, Str::CopyToSub, Icon::Branch, "add", spare.front()->id, false);
  if (!p.replicas.empty() && p.replicas.front() != broker.id)
    move(Str::PreferThis, Str::PreferThisSub, Icon::Crown, "first", -1, false);
  if (follows) {
    const auto to_leader = [&](Str name, Str sub, Icon icon, const char* verb, const char* api, bool destructive) {
      items.push_back(menu_item(name, sub, icon, verb, broker.name, destructive));
      items.back().action.other = leader->name;
      items.back().action.text = api;
    };
    to_leader(Str::HoldFetch, Str::HoldSub, Icon::Pause, "hold", "Fetch", false);
    to_leader(Str::LoseFetch, Str::LoseNextSub, Icon::Crash, "lose", "Fetch", true);
    to_leader(Str::CutFromLeader, Str::CutSub, Icon::Cut, "partition", "", true);
  }
  if (p.replicas.size() > 1) move(Str::DropReplica, Str::DropReplicaSub, Icon::Out, "drop", -1, true);
}

void add_group(std::vector<MenuItem>& items, const Snapshot& world, const Group& g) {
  const bool active = !g.members.empty();
  const auto add = [&](Str name, Str sub, Icon icon, const char* verb, const char* text, bool destructive) {
    items.push_back(menu_item(name, active ? Str::GroupIsActive : sub, icon, verb, g.id, destructive));
    items.back().action.text = text;
    items.back().refused = active;
  };
  items.push_back(menu_form(g.protocol == "share" ? "new share consumer" : "new consumer", g.id, {}, Str::FormNewMember,
                            Str::FormNewMemberSub));
  add(Str::ResetEarliest, Str::ResetEarliestSub, Icon::Back, "reset_offsets", "earliest", false);
  add(Str::ResetLatest, Str::ResetLatestSub, Icon::Step, "reset_offsets", "latest", false);
  const int first = g.partitions.empty() ? -1 : g.partitions.front().partition;
  if (first >= 0 && first < static_cast<int>(world.partitions.size()) && g.protocol != "share") {
    add(Str::DeleteOffsets, Str::DeleteOffsetsSub, Icon::Out, "delete_offsets", "", true);
    items.back().action.other = world.partitions[static_cast<std::size_t>(first)].topic;
    items.back().of = items.back().action.other;
  }
  add(Str::DeleteGroup, Str::DeleteGroupSub, Icon::Out, "delete_group", "", true);
}

void add_stage(std::vector<MenuItem>& items, const Snapshot& world) {
  const auto hindered = [](const Link& l) { return l.cut || l.latency_us >= 0 || l.loss > 0; };
  if (std::any_of(world.links.begin(), world.links.end(), hindered))
    items.push_back(menu_item(Str::HealAll, Str::HealAllSub, Icon::Link, "heal", {}));
  items.push_back(menu_form("new producer", kMenuOfStage));
  items.push_back(menu_form("new consumer", kMenuOfStage));
  if (world.metadata != "zookeeper") items.push_back(menu_form("new share consumer", kMenuOfStage));
  int most = 0;
  for (const Node& n : world.nodes)
    if (n.kind == NodeKind::Broker) most = std::max(most, n.id);
  items.push_back(menu_item(Str::AddBroker, Str::AddBrokerSub, Icon::Broker, "add_broker", {}));
  items.back().action.number = most + 1;
  items.back().of = "broker-" + std::to_string(most + 1);
  std::string topic;
  for (int i = 1; topic.empty() && i < 1000; ++i) {
    const std::string name =
        "topic-" + std::string(1, static_cast<char>('a' + (i - 1) % 26)) + (i > 26 ? std::to_string(i / 26) : "");
    if (std::none_of(world.partitions.begin(), world.partitions.end(),
                     [&](const Partition& p) { return p.topic == name; }))
      topic = name;
  }
  items.push_back(menu_item(Str::CreateTopic, Str::CreateTopicSub, Icon::Disk, "create_topic", topic));
  items.back().of = topic;
  if (!world.partitions.empty())
    items.push_back(menu_item(Str::SpreadAll, Str::SpreadAllSub, Icon::Branch, "reassign", {}));
  if (!world.partitions.empty()) items.back().action.text = "all";
}

}  // namespace

void add_thing_items(std::vector<MenuItem>& items, const Snapshot& world, const std::string& target,
                     const std::string& other, std::int64_t offset) {
  if (target == kMenuOfStage) return add_stage(items, world);
  if (target == kMenuOfMessage) {
    items.push_back(menu_item(Str::DeliverNow, Str::DeliverNowSub, Icon::Step, "deliver", target));
    items.back().action.number = offset;
    return;
  }
  for (const Partition& p : world.partitions) {
    if (p.name != target) continue;
    items.push_back(menu_inspect(target));
    const auto broker = std::find_if(world.nodes.begin(), world.nodes.end(),
                                     [&](const Node& n) { return !other.empty() && n.name == other; });
    if (broker != world.nodes.end()) {
      add_replica(items, world, p, *broker);
    } else {
      add_partition(items, world, p, offset);
    }
  }
  for (const Group& g : world.groups)
    if (g.id == target) add_group(items, world, g);
}

}  // namespace kafkascope::ui
