#include "ui/panels/world_differences.h"

#include <algorithm>
#include <cstdlib>

#include "ui/panels/holdings.h"
#include "ui/stage/cards.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

/// Both lists have nearly the same order, so the other world's object is looked for at the same index first.
template <typename List, typename Is>
auto same_in(const List& list, std::size_t place, const Is& is) -> decltype(list.data()) {
  if (place < list.size() && is(list[place])) return &list[place];
  const auto it = std::find_if(list.begin(), list.end(), is);
  return it == list.end() ? nullptr : &*it;
}

const Node* same_node(const Snapshot& world, const std::string& name, std::size_t place) {
  return same_in(world.nodes, place, [&](const Node& n) { return n.name == name; });
}

/// The replica of a partition of this world on the other world's node.
const Replica* same_replica(const WorldBeside& other, const Node& twin, int partition, std::size_t place) {
  const int there = other.partition(partition);
  return there < 0 ? nullptr : same_in(twin.replicas, place, [&](const Replica& r) { return r.partition == there; });
}

const Client* client_of(const Snapshot& world, const std::string& name) {
  for (const Client& client : world.clients)
    if (client.node >= 0 && world.nodes[static_cast<std::size_t>(client.node)].name == name) return &client;
  return nullptr;
}

std::string role_text(const Ui& ui, const Replica& r) {
  switch (r.role) {
    case ReplicaRole::Leader: return ui.tr("ui.role_leader"_w);
    case ReplicaRole::OutOfIsr: return ui.tr("ui.role_out"_w);
    case ReplicaRole::Offline: return ui.tr("ui.offline"_w);
    default: return "ISR";
  }
}

/// The number of records that the consumer may read from the partition; 0 for a share consumer, whose lag is its
/// group's.
std::int64_t to_read(const AssignedPartition& a) { return std::max<std::int64_t>(a.to_read(), 0); }

const AssignedPartition* same_assigned(const WorldBeside& other, const AssignedPartition& a, const Client& client,
                                       std::size_t place) {
  const int there = other.partition(a.partition);
  return there < 0 ? nullptr
                   : same_in(client.assigned, place, [&](const AssignedPartition& o) { return o.partition == there; });
}

int digits(std::int64_t difference) {
  int count = 0;
  for (; difference != 0; difference /= 10) ++count;
  return count;
}

/// The weight of the difference in records to read, for each entry of `Client::assigned`.
std::vector<int> reading_weights(const Snapshot& world, const WorldBeside& other, const Client& client) {
  std::vector<int> weights(client.assigned.size());
  const Client* there =
      client.node < 0 ? nullptr : client_of(other.world, world.nodes[static_cast<std::size_t>(client.node)].name);
  for (std::size_t i = 0; there != nullptr && i < weights.size(); ++i) {
    const AssignedPartition& a = client.assigned[i];
    if (const AssignedPartition* of = same_assigned(other, a, *there, i); of != nullptr)
      weights[i] = digits(to_read(a) - to_read(*of));
  }
  return weights;
}

/// For each partition, the greatest weight among its consumers.
std::vector<int> weights_by_partition(const Snapshot& world, const WorldBeside& other) {
  std::vector<int> all(world.partitions.size());
  for (const Client& client : world.clients) {
    const std::vector<int> weights = reading_weights(world, other, client);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const auto partition = static_cast<std::size_t>(client.assigned[i].partition);
      if (partition < all.size()) all[partition] = std::max(all[partition], weights[i]);
    }
  }
  return all;
}

/// Whether the numbers of the replica's log are on its card: a replica that is offline or out of the ISR has only its
/// state there, and what its log had is no visible difference.
bool shows_log(const Replica& r) {
  return r.role == ReplicaRole::Leader || r.role == ReplicaRole::Follower || r.role == ReplicaRole::Zombie;
}

int replica_weight(const Replica& here, const Replica* there) {
  if (there == nullptr || here.role != there->role) return kLoudWeight;
  if (!shows_log(here)) return 0;
  return std::max(digits(here.log_end_offset - there->log_end_offset),
                  digits(here.high_watermark - there->high_watermark));
}

/// Adds what differs between a replica of that partition and that of the other world (null: it has none). `named`: its offsets are
/// called by the partition, too. `telling`: texts of numbers only if they are the first difference.
void add_replica(const Ui& ui, const Replica& r, const Replica* there, const std::string& name, bool named,
                 bool telling, std::vector<WorldDifference>& all) {
  const auto add = [&](const std::string& what, std::string here, std::string other, bool quiet) {
    if (here != other) all.push_back({{what, what}, std::move(here), std::move(other), quiet});
  };
  if (there == nullptr) return add(name, role_text(ui, r), ui.tr("ui.twin_not_there"_w), false);
  if (r.role != there->role) add(name, role_text(ui, r), role_text(ui, *there), false);
  else if (!shows_log(r)) return;
  const auto number = [&](std::int64_t Replica::*field, const char* label) {
    if (r.*field == there->*field || (telling && !all.empty())) return;
    add(named ? name + " " + label : label, std::to_string(r.*field), std::to_string(there->*field), true);
  };
  number(&Replica::log_end_offset, "LEO");
  number(&Replica::high_watermark, "HW");
}

}  // namespace

WorldBeside::WorldBeside(const Snapshot& here, const Snapshot& other)
    : world(other), partitions_(here.partitions.size(), -1) {
  for (std::size_t i = 0; i < partitions_.size(); ++i) {
    const auto same = [&](const Partition& p) { return p.name == here.partitions[i].name; };
    if (const Partition* found = same_in(other.partitions, i, same); found != nullptr)
      partitions_[i] = static_cast<int>(found - other.partitions.data());
  }
}

int reading_weight(const Snapshot& world, const WorldBeside& other, const Client& client) {
  const std::vector<int> weights = reading_weights(world, other, client);
  return weights.empty() ? 0 : *std::max_element(weights.begin(), weights.end());
}

std::vector<std::vector<int>> replica_weights(const Snapshot& world, const WorldBeside& other) {
  const std::vector<int> reading = weights_by_partition(world, other);
  std::vector<std::vector<int>> all(world.nodes.size());
  for (std::size_t k = 0; k < world.nodes.size(); ++k) {
    const Node& node = world.nodes[k];
    const Node* twin = node.replicas.empty() ? nullptr : same_node(other.world, node.name, k);
    if (twin == nullptr) continue;  // the card itself says that the other world does not have the node
    all[k].resize(node.replicas.size());
    for (std::size_t i = 0; i < node.replicas.size(); ++i) {
      const Replica& r = node.replicas[i];
      if (r.partition < 0 || r.partition >= static_cast<int>(world.partitions.size())) continue;
      const auto partition = static_cast<std::size_t>(r.partition);
      all[k][i] = replica_weight(r, same_replica(other, *twin, r.partition, i));
      if (r.role == ReplicaRole::Leader) all[k][i] = std::max(all[k][i], reading[partition]);
    }
  }
  return all;
}

std::vector<WorldDifference> node_differences(const Ui& ui, const WorldBeside& other, const Node& node, bool telling) {
  std::vector<WorldDifference> all;
  // Most nodes and most of thousands of replicas do not differ: words are made only for those that do.
  const auto loud = [&] { return telling && !all.empty() && !all.back().quiet; };
  const auto add = [&](Words what, std::string here, std::string there, bool quiet = false) {
    all.push_back({std::move(what), std::move(here), std::move(there), quiet});
  };
  const Node* twin = same_node(other.world, node.name, static_cast<std::size_t>(&node - ui.world.nodes.data()));
  // KRaft's controllers and ZooKeeper's servers replace each other: that one of them is missing is no difference.
  const bool other_mode = ui.world.metadata != other.world.metadata;
  const bool of_mode = node.kind == observe::NodeKind::Controller || node.kind == observe::NodeKind::ZooKeeper;
  if (other_mode && of_mode) return all;
  const auto state = [&](const Node& n) { return std::string(ui.tr(state_word(n))); };
  if (twin == nullptr) {
    add(both("ui.field_state"_w), state(node), ui.tr("ui.twin_not_there"_w));
    return all;
  }
  if (state_word(node) != state_word(*twin)) add(both("ui.field_state"_w), state(node), state(*twin));
  if (loud()) return all;
  const auto charge = [&](const Node& n) {
    return std::string(ui.tr(is_in_charge(n) ? "ui.twin_leads"_w : "ui.twin_follows"_w));
  };
  if (!other_mode && is_in_charge(node) != is_in_charge(*twin))
    add(both("ui.kind_controller"_w), charge(node), charge(*twin));
  for (std::size_t i = 0; i < node.replicas.size() && !loud(); ++i) {
    const Replica& r = node.replicas[i];
    if (r.partition < 0 || r.partition >= static_cast<int>(ui.world.partitions.size())) continue;
    const std::string& name = ui.world.partitions[static_cast<std::size_t>(r.partition)].name;
    const Replica* same = same_replica(other, *twin, r.partition, i);
    if (telling && !all.empty() && same != nullptr && same->role == r.role) continue;  // one number is enough
    add_replica(ui, r, same, name, true, telling, all);
  }
  if (loud() || node.kind == NodeKind::Broker || of_mode) return all;
  const Client *client = client_of(ui.world, node.name), *client_there = client_of(other.world, node.name);
  if (client != nullptr && client_there != nullptr) {
    if (ui.pick(client->fact) != ui.pick(client_there->fact))
      add({node.name, node.name}, ui.pick(client->fact), ui.pick(client_there->fact),
          !client->fact_is_doubt && !client_there->fact_is_doubt);
    if (!loud() && client->thrown != client_there->thrown)
      add(both("ui.errors"_w), client->thrown, client_there->thrown);
    if (client->waiting != client_there->waiting && (!telling || all.empty()))
      add(both("app.why_waiting"_w), count_text(client->waiting), count_text(client_there->waiting), true);
    for (std::size_t i = 0; i < client->assigned.size() && !loud() && !(telling && !all.empty()); ++i) {
      const AssignedPartition& a = client->assigned[i];
      const AssignedPartition* there = same_assigned(other, a, *client_there, i);
      // Where there is none, the lists of partitions differ, which is reported above.
      if (there == nullptr || to_read(a) == to_read(*there)) continue;
      const std::string& name = partition_at(ui.world, a.partition).name;
      add(both("ui.twin_to_read"_w, {{"partition", name}}), count_text(to_read(a)), count_text(to_read(*there)), true);
    }
  }
  return all;
}

std::vector<WorldDifference> replica_differences(const Ui& ui, const WorldBeside& other, const Node& node,
                                                 std::size_t replica) {
  std::vector<WorldDifference> all;
  const Replica& r = node.replicas[replica];
  const std::string& name = partition_at(ui.world, r.partition).name;
  const Node* twin = same_node(other.world, node.name, static_cast<std::size_t>(&node - ui.world.nodes.data()));
  const Replica* there = twin == nullptr ? nullptr : same_replica(other, *twin, r.partition, replica);
  add_replica(ui, r, there, name, false, false, all);
  if (there == nullptr || r.role != ReplicaRole::Leader) return all;
  for (const Client& client : ui.world.clients) {
    const Client* same =
        client.node < 0 ? nullptr : client_of(other.world, ui.world.nodes[static_cast<std::size_t>(client.node)].name);
    for (std::size_t i = 0; same != nullptr && i < client.assigned.size(); ++i) {
      const AssignedPartition& a = client.assigned[i];
      const AssignedPartition* of = a.partition == r.partition ? same_assigned(other, a, *same, i) : nullptr;
      const std::string& who = ui.world.nodes[static_cast<std::size_t>(client.node)].name;
      const Words what = both("ui.twin_to_read"_w, {{"partition", name}});
      if (of != nullptr && to_read(a) != to_read(*of))
        all.push_back({{who + ", " + what.en, who + ", " + what.ko}, count_text(to_read(a)), count_text(to_read(*of))});
    }
  }
  return all;
}

ReplicaSign replica_sign(const Snapshot& world, const WorldBeside& other, const Node& node, std::size_t replica) {
  const Replica& r = node.replicas[replica];
  const Node* twin = same_node(other.world, node.name, static_cast<std::size_t>(&node - world.nodes.data()));
  const Replica* there = twin == nullptr ? nullptr : same_replica(other, *twin, r.partition, replica);
  if (there == nullptr) return {ReplicaSign::Role, 0};
  const bool ends = r.log_end_offset != there->log_end_offset;
  if (r.role != there->role && (!ends || !shows_log(r))) return {ReplicaSign::Role, 0};
  if (ends) return {ReplicaSign::LogEnd, r.log_end_offset};
  if (r.high_watermark != there->high_watermark) return {ReplicaSign::HighWatermark, r.high_watermark};
  ReplicaSign sign;
  int most = 0;
  for (const Client& client : world.clients) {
    const std::vector<int> weights = reading_weights(world, other, client);
    for (std::size_t i = 0; i < weights.size(); ++i)
      if (client.assigned[i].partition == r.partition && weights[i] > most)
        most = weights[i], sign = {ReplicaSign::Lag, to_read(client.assigned[i])};
  }
  return sign;
}

bool differ_now(const Ui& ui, const WorldBeside& other) {
  return std::any_of(ui.world.nodes.begin(), ui.world.nodes.end(), [&](const Node& node) {
    const std::vector<WorldDifference> telling = node_differences(ui, other, node, true);
    return !telling.empty() && !telling.back().quiet;
  });
}

}  // namespace kafkascope::ui
