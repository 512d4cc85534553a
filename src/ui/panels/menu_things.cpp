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

/// Adds the act that ends a hanging transaction, if the partition has one.
void add_abort(std::vector<MenuItem>& items, const Snapshot& world, const Partition& p) {
  for (const Transaction& t : world.transactions)
    if (t.hanging && t.parts.front().name == p.name) {
      items.push_back(
          menu_item("ui.abort_hanging"_w, "ui.abort_hanging_sub"_w, Icon::Out, "abort_hanging", p.name, true));
      items.back().action.number = t.parts.front().from;
    }
}

void add_partition(std::vector<MenuItem>& items, const Snapshot& world, const Partition& p, std::int64_t offset) {
  items.push_back(menu_item("ui.elect_preferred"_w, "ui.elect_preferred_sub"_w, Icon::Crown, "elect_leaders", p.name));
  items.back().action.text = "preferred";
  if (!p.adding.empty() || !p.removing.empty()) {
    items.push_back(menu_item("ui.cancel_move"_w, "ui.cancel_move_sub"_w, Icon::Back, "reassign", p.name));
    items.back().action.text = "cancel";
  } else if (const auto spare = spare_brokers(world, p); !spare.empty() && !p.replicas.empty()) {
    items.push_back(menu_item("ui.move_replica"_w, "ui.move_replica_sub"_w, Icon::Broker, "reassign", p.name));
    items.back().action.number = spare.front()->id;
    items.push_back(menu_item("ui.move_throttled"_w, "ui.move_throttled_sub"_w, Icon::Clock, "reassign", p.name));
    items.back().action.number = spare.front()->id;
    items.back().action.flag = true;
  }
  items.push_back(menu_item("ui.add_partition"_w, "ui.add_partition_sub"_w, Icon::Branch, "add_partitions", p.topic));
  items.push_back(menu_item("ui.elect_unclean"_w, "ui.elect_unclean_sub"_w, Icon::Warn, "elect_leaders", p.name, true));
  items.back().action.text = "unclean";
  const bool record = offset > p.log_start_offset;
  items.push_back(menu_item(record ? "ui.delete_before"_w : "ui.delete_committed"_w, "ui.delete_records_sub"_w,
                            Icon::Out, "delete_records", p.name, true));
  items.back().action.number = record ? offset : -1;
  add_abort(items, world, p);
  items.push_back(menu_item("ui.delete_topic"_w, "ui.delete_topic_sub"_w, Icon::Out, "delete_topic", p.topic, true));
}

/// One broker's copy of a partition: its directory, its leadership, its throttle.
void add_replica(std::vector<MenuItem>& items, const Snapshot& world, const Partition& p, const Node& broker) {
  const auto move = [&](words::Key name, words::Key sub, Icon icon, const char* how, int to, bool destructive) {
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
  for (const Node* to : spare) move("ui.move_this_to"_w, "ui.move_this_to_sub"_w, Icon::Broker, "move", to->id, false);
  if (!spare.empty()) move("ui.copy_to"_w, "ui.copy_to_sub"_w, Icon::Branch, "add", spare.front()->id, false);
  if (!p.replicas.empty() && p.replicas.front() != broker.id)
    move("ui.prefer_this"_w, "ui.prefer_this_sub"_w, Icon::Crown, "first", -1, false);
  if (follows) {
    const auto to_leader = [&](words::Key name, words::Key sub, Icon icon, const char* verb, const char* api,
                               bool destructive) {
      items.push_back(menu_item(name, sub, icon, verb, broker.name, destructive));
      items.back().action.other = leader->name;
      items.back().action.text = api;
    };
    to_leader("ui.hold_fetch"_w, "ui.hold_sub"_w, Icon::Pause, "hold", "Fetch", false);
    to_leader("ui.lose_fetch"_w, "ui.lose_next_sub"_w, Icon::Crash, "lose", "Fetch", true);
    to_leader("ui.cut_from_leader"_w, "ui.cut_sub"_w, Icon::Cut, "partition", "", true);
  }
  if (p.replicas.size() > 1) move("ui.drop_replica"_w, "ui.drop_replica_sub"_w, Icon::Out, "drop", -1, true);
}

void add_group(std::vector<MenuItem>& items, const Snapshot& world, const Group& g) {
  const bool active = !g.members.empty();
  const auto add = [&](words::Key name, words::Key sub, Icon icon, const char* verb, const char* text,
                       bool destructive) {
    items.push_back(menu_item(name, active ? "ui.group_is_active"_w : sub, icon, verb, g.id, destructive));
    items.back().action.text = text;
    items.back().refused = active;
  };
  items.push_back(menu_form(g.protocol == "share" ? "new share consumer" : "new consumer", g.id, {},
                            "ui.form_new_member"_w, "ui.form_new_member_sub"_w));
  add("ui.reset_earliest"_w, "ui.reset_earliest_sub"_w, Icon::Back, "reset_offsets", "earliest", false);
  add("ui.reset_latest"_w, "ui.reset_latest_sub"_w, Icon::Step, "reset_offsets", "latest", false);
  const int first = g.partitions.empty() ? -1 : g.partitions.front().partition;
  if (first >= 0 && first < static_cast<int>(world.partitions.size()) && g.protocol != "share") {
    add("ui.delete_offsets"_w, "ui.delete_offsets_sub"_w, Icon::Out, "delete_offsets", "", true);
    items.back().action.other = world.partitions[static_cast<std::size_t>(first)].topic;
    items.back().of = items.back().action.other;
  }
  add("ui.delete_group"_w, "ui.delete_group_sub"_w, Icon::Out, "delete_group", "", true);
}

void add_stage(std::vector<MenuItem>& items, const Snapshot& world) {
  const auto hindered = [](const Link& l) { return l.cut || l.latency_us >= 0 || l.loss > 0; };
  if (std::any_of(world.links.begin(), world.links.end(), hindered))
    items.push_back(menu_item("ui.heal_all"_w, "ui.heal_all_sub"_w, Icon::Link, "heal", {}));
  items.push_back(menu_form("new producer", kMenuOfStage));
  items.push_back(menu_form("new consumer", kMenuOfStage));
  if (world.metadata != "zookeeper") items.push_back(menu_form("new share consumer", kMenuOfStage));
  int most = 0;
  for (const Node& n : world.nodes)
    if (n.kind == NodeKind::Broker) most = std::max(most, n.id);
  items.push_back(menu_item("ui.add_broker"_w, "ui.add_broker_sub"_w, Icon::Broker, "add_broker", {}));
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
  items.push_back(menu_item("ui.create_topic"_w, "ui.create_topic_sub"_w, Icon::Disk, "create_topic", topic));
  items.back().of = topic;
  if (!world.partitions.empty())
    items.push_back(menu_item("ui.spread_all"_w, "ui.spread_all_sub"_w, Icon::Branch, "reassign", {}));
  if (!world.partitions.empty()) items.back().action.text = "all";
}

}  // namespace

std::vector<MenuItem> build_menu_of_faults(const LessonModel& lesson, std::int64_t from_us, std::int64_t to_us) {
  std::vector<MenuItem> items;
  if (lesson.twin_offers == nullptr) return items;
  const auto add = [&](words::Key name, std::int64_t at_us, std::int64_t number) {
    MenuItem m{name, {}, Icon::Branch, "", false, {}};
    m.action.kind = ActionKind::OpenTwin;
    m.action.verb = "without";
    m.action.time_us = at_us;
    m.action.number = number;
    items.push_back(std::move(m));
  };
  bool one_moment = true;
  for (const TwinOffer& offer : *lesson.twin_offers) {
    if (offer.door != "without" || offer.at_us < from_us || offer.at_us > to_us) continue;
    one_moment = one_moment && (items.empty() || items.front().action.time_us == offer.at_us);
    add("ui.without_one"_w, offer.at_us, offer.number);
    items.back().title = offer.what;
  }
  if (items.size() < 2 || !one_moment) return items;
  const std::string count = std::to_string(items.size());
  add(items.size() == 2 ? "ui.without_both"_w : "ui.without_all"_w, items.front().action.time_us, 0);
  items.back().action.flag = true;
  items.back().of = count;
  return items;
}

void add_thing_items(std::vector<MenuItem>& items, const Snapshot& world, const std::string& target,
                     const std::string& other, std::int64_t offset) {
  if (target == kMenuOfStage) return add_stage(items, world);
  if (target == kMenuOfMessage) {
    items.push_back(menu_item("ui.deliver_now"_w, "ui.deliver_now_sub"_w, Icon::Step, "deliver", target));
    items.back().action.number = offset;
    return;
  }
  for (const Partition& p : world.partitions) {
    if (p.name != target) continue;
    items.push_back(menu_inspect(target));
    items.push_back(menu_why(target));
    if (offset >= 0) items.back().action.text = "/records/" + target + "/" + std::to_string(offset);
    const auto broker = std::find_if(world.nodes.begin(), world.nodes.end(),
                                     [&](const Node& n) { return !other.empty() && n.name == other; });
    if (broker != world.nodes.end()) {
      add_replica(items, world, p, *broker);
      add_abort(items, world, p);  // offered on every replica
    } else {
      add_partition(items, world, p, offset);
    }
  }
  for (const Group& g : world.groups)
    if (g.id == target) add_group(items, world, g);
}

}  // namespace kafkascope::ui
