// /groups, /ledger, /records, /invariants.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <span>

#include "broker/broker.h"
#include "coordinator/readable_records.h"
#include "observe/model/assignor_previews.h"
#include "observe/model/standing.h"
#include "observe/model/state_sections.h"

namespace kafkascope::observe {

using nlohmann::json;

namespace {

/// Asks the committed leader of the group's partition first; while it is dead or has not loaded the group, any broker
/// that still has it.
template <class Group, class Look>
const Group* find_at_coordinator(const cluster::Cluster& c, const std::string& group,
                                 const broker::Broker** coordinator, Look&& look) {
  const BrokerId first = c.coordinator_of(group);
  const Group* found = nullptr;
  for (std::size_t i = 0; i < c.nodes().size(); ++i) {
    const sim::NodeId node{static_cast<std::int32_t>(i)};
    const auto* b = c.role<broker::Broker>(node);
    if (b == nullptr || !c.alive(node)) continue;
    const Group* g = look(b->coordinator());
    if (g == nullptr || (found != nullptr && b->id() != first)) continue;
    found = g;
    if (coordinator != nullptr) *coordinator = b;
  }
  return found;
}

}  // namespace

const coordinator::ClassicGroup* find_group(const cluster::Cluster& c, const std::string& group,
                                            const broker::Broker** coordinator) {
  return find_at_coordinator<coordinator::ClassicGroup>(
      c, group, coordinator, [&](const coordinator::GroupCoordinator& service) { return service.group(group); });
}
std::vector<std::string> consumer_assignors(const broker::Broker& coordinator) {
  return coordinator.options().config.list("group.consumer.assignors");
}

const coordinator::ConsumerGroup* find_consumer_group(const cluster::Cluster& c, const std::string& group,
                                                      const broker::Broker** coordinator) {
  return find_at_coordinator<coordinator::ConsumerGroup>(
      c, group, coordinator,
      [&](const coordinator::GroupCoordinator& service) { return service.consumer_group(group); });
}

const coordinator::ShareGroup* find_share_group(const cluster::Cluster& c, const std::string& group,
                                                const broker::Broker** coordinator) {
  return find_at_coordinator<coordinator::ShareGroup>(
      c, group, coordinator, [&](const coordinator::GroupCoordinator& service) { return service.share_group(group); });
}

std::vector<std::string> group_ids(const cluster::Cluster& c) {
  std::set<std::string> ids;
  for (std::size_t i = 0; i < c.nodes().size(); ++i) {
    const sim::NodeId node{static_cast<std::int32_t>(i)};
    const auto* b = c.role<broker::Broker>(node);
    if (b == nullptr || !c.alive(node)) continue;
    for (const auto* g : b->coordinator().groups()) ids.insert(g->group_id());
    for (const auto* g : b->coordinator().consumer_groups()) ids.insert(g->group_id());
    for (const auto* g : b->coordinator().share_groups()) ids.insert(g->group_id());
  }
  return {ids.begin(), ids.end()};
}

const broker::ShareEntry* share_partition(const cluster::Cluster& c, const std::string& group, TopicPartition tp) {
  const protocol::PartitionRegistration* p = c.committed().partition(tp);
  const broker::Broker* leader = p == nullptr ? nullptr : c.broker(p->leader);
  if (leader == nullptr) return nullptr;
  const auto it = leader->share_groups().partitions.find({group, tp});
  return it == leader->share_groups().partitions.end() || !it->second.partition.active() ? nullptr : &it->second;
}

Offset share_start_offset(const cluster::Cluster& c, const std::string& group, TopicPartition tp) {
  if (const broker::ShareEntry* entry = share_partition(c, group, tp)) return entry->partition.start_offset();
  for (std::size_t i = 0; i < c.nodes().size(); ++i) {
    const sim::NodeId node{static_cast<std::int32_t>(i)};
    const auto* b = c.alive(node) ? c.role<broker::Broker>(node) : nullptr;
    if (const auto* stored = b == nullptr ? nullptr : b->share_coordinator().state({group, tp}))
      return stored->start_offset;
  }
  return {};
}

namespace {

/// The leader's state: number of records in each state between start and end offset, and delivery counts.
json share_partition_state(const broker::SharePartition& p) {
  std::map<std::string, int> states;
  std::map<std::string, std::int64_t> deliveries;
  for (const broker::SharePartition::Record& r : p.window()) {
    ++states[std::string(broker::name(r.state))];
    if (r.delivery_count > 0) ++deliveries[std::to_string(r.delivery_count)];
  }
  return {{"start_offset", p.start_offset().value},
          {"end_offset", p.end_offset().value},
          {"available", states["Available"]},
          {"acquired", states["Acquired"]},
          {"acknowledged", states["Acknowledged"]},
          {"archived", states["Archived"]},
          {"deliveries", deliveries}};
}

json names(const cluster::Cluster& c, const std::vector<TopicPartition>& list) {
  json array = json::array();
  for (TopicPartition p : list) array.push_back(c.name(p));
  return array;
}
json text_or_null(const std::string& text) { return text.empty() ? json(nullptr) : json(text); }

/// Members are keyed by client id; a second member of the same client by id#2.
std::string member_key(const json& members, const std::string& client) {
  std::string key = client;
  for (int n = 2; members.contains(key); ++n) key = client + "#" + std::to_string(n);
  return key;
}

// The protocol-specific part of each kind of group; offsets and counts are common (groups_section).

json own_fields(const cluster::Cluster& c, const coordinator::ClassicGroup& g) {
  json members = json::object();
  json leader = nullptr;
  for (const auto& [member_id, member] : g.members()) {
    const std::string key = member_key(members, member.client_id);
    if (g.is_leader(member_id)) leader = key;
    members[key] = {{"member_id", member_id},
                    {"instance_id", text_or_null(member.group_instance_id)},
                    {"assignment", names(c, member.assignment)}};
  }
  return {{"state", coordinator::name(g.state())}, {"generation", g.generation()}, {"protocol", "classic"},
          {"assignor", g.protocol_name()},         {"leader", std::move(leader)},  {"members", std::move(members)}};
}

json own_fields(const cluster::Cluster& c, const coordinator::ConsumerGroup& g,
                const coordinator::GroupCoordinator& service) {
  json members = json::object();
  for (const auto& [member_id, member] : g.members())
    members[member_key(members, member.client_id)] = {{"member_id", member_id},
                                                      {"instance_id", text_or_null(member.instance_id)},
                                                      {"assignment", names(c, member.assigned)},
                                                      {"protocol", member.speaks_classic() ? "classic" : "consumer"},
                                                      {"state", coordinator::name(member.state)},
                                                      {"member_epoch", member.member_epoch},
                                                      {"previous_member_epoch", member.previous_member_epoch},
                                                      {"target", names(c, g.target(member_id))},
                                                      {"pending_revocation", names(c, member.pending_revocation)}};
  return {{"state", coordinator::name(g.state())},
          {"generation", g.group_epoch()},
          {"protocol", "consumer"},
          {"assignor", service.assignor_of(g)},
          {"leader", nullptr},
          {"members", std::move(members)},
          {"assignment_epoch", g.assignment_epoch()}};
}

json own_fields(const cluster::Cluster& c, const coordinator::ShareGroup& g) {
  json members = json::object(), partitions = json::object();
  for (const auto& [member_id, member] : g.members())
    members[member_key(members, member.client_id)] = {{"member_id", member_id},
                                                      {"instance_id", nullptr},
                                                      {"assignment", names(c, member.assigned)},
                                                      {"member_epoch", member.member_epoch},
                                                      {"previous_member_epoch", member.previous_member_epoch}};
  for (const TopicPartition tp : g.initialized())
    if (const broker::ShareEntry* entry = share_partition(c, g.group_id(), tp))
      partitions[c.name(tp)] = share_partition_state(entry->partition);
  return {{"state", coordinator::name(g.state())},
          {"generation", g.group_epoch()},
          {"protocol", "share"},
          {"assignor", g.empty() ? "" : "simple"},
          {"leader", nullptr},
          {"members", std::move(members)},
          {"assignment_epoch", g.assignment_epoch()},
          {"share", std::move(partitions)}};
}

}  // namespace

json groups_section(const Moment& m, const std::string& only) {
  const cluster::Cluster& c = m.cluster;
  json groups = json::object();
  for (const std::string& id : group_ids(c)) {
    if (!only.empty() && id != only) continue;
    const broker::Broker* coordinator = nullptr;
    json v, offsets = json::object(), lag = json::object();
    const auto put_offset = [&](TopicPartition p, Offset offset) {
      offsets[c.name(p)] = offset.value;
      if (const auto* log = c.leader_log(p)) lag[c.name(p)] = lag_of(log->high_watermark(), offset);
    };
    if (const auto* classic = find_group(c, id, &coordinator)) {
      v = own_fields(c, *classic);
    } else if (const auto* newer = find_consumer_group(c, id, &coordinator)) {
      v = own_fields(c, *newer, coordinator->coordinator());
    } else if (const auto* share = find_share_group(c, id, &coordinator)) {
      v = own_fields(c, *share);
      for (const TopicPartition tp : share->initialized())
        if (const Offset start = share_start_offset(c, id, tp); start.known()) put_offset(tp, start);
    } else {
      continue;
    }
    if (const auto* committed = coordinator->coordinator().offsets(id))
      for (const auto& [p, offset] : *committed) put_offset(p, offset.offset);
    v["coordinator"] = coordinator->id();
    v["rebalances"] = m.observation.rebalances_of(id);
    v["offsets"] = std::move(offsets);
    v["lag"] = std::move(lag);
    groups[id] = std::move(v);
  }
  return groups;
}

namespace {

template <class Counts>
struct Count {
  const char* name;
  std::int64_t Counts::*value;
};
constexpr Count<ProducerCounts> kOfProducers[] = {{"produced", &ProducerCounts::produced},
                                                  {"acked", &ProducerCounts::acked},
                                                  {"failed", &ProducerCounts::failed},
                                                  {"in_doubt", &ProducerCounts::in_doubt},
                                                  {"pending", &ProducerCounts::pending},
                                                  {"lost_acked", &ProducerCounts::lost_acked},
                                                  {"lost_unacked", &ProducerCounts::lost_unacked},
                                                  {"duplicated", &ProducerCounts::duplicated},
                                                  {"reordered", &ProducerCounts::reordered},
                                                  {"aborted", &ProducerCounts::aborted}};
constexpr Count<GroupCounts> kOfGroups[] = {
    {"delivered", &GroupCounts::delivered},       {"redelivered", &GroupCounts::redelivered},
    {"skipped", &GroupCounts::skipped},           {"aborted_visible", &GroupCounts::aborted_visible},
    {"before_group", &GroupCounts::before_group}, {"uncommitted_read", &GroupCounts::uncommitted_read}};

template <class Counts>
json all_counts(const Counts& counts, std::span<const Count<Counts>> table) {
  json all = json::object();
  for (const Count<Counts>& count : table) all[count.name] = counts.*count.value;
  return all;
}
json producer_counts(const ProducerCounts& p) { return all_counts<ProducerCounts>(p, kOfProducers); }
json group_counts(const GroupCounts& g) { return all_counts<GroupCounts>(g, kOfGroups); }

template <class Counts>
const Count<Counts>* count_named(std::span<const Count<Counts>> table, const std::string& name) {
  const auto it =
      std::find_if(table.begin(), table.end(), [&](const Count<Counts>& count) { return name == count.name; });
  return it == table.end() ? nullptr : &*it;
}

}  // namespace

json ledger_section(const Moment& m, const std::string& only) {
  const ClusterView world(m.cluster);
  RecordLedger& ledger = m.observation.ledger();
  json value = json::object();
  // An expectation with `always` reads a single count after each event.
  if (const auto* count = count_named<ProducerCounts>(kOfProducers, only)) {
    value[only] = ledger.total(world).*count->value;
    return value;
  }
  if (const auto* count = count_named<GroupCounts>(kOfGroups, only)) {
    value[only] = ledger.group_total(world).*count->value;
    return value;
  }
  const bool all = only.empty();
  if (all) {
    value.update(producer_counts(ledger.total(world)));
    value.update(group_counts(ledger.group_total(world)));
  }
  if (all || only == "by_client") {
    value["by_client"] = json::object();
    for (const auto& [name, counts] : ledger.by_client(world)) value["by_client"][name] = producer_counts(counts);
  }
  if (all || only == "by_group") {
    value["by_group"] = json::object();
    for (const auto& [name, counts] : ledger.by_group(world)) value["by_group"][name] = group_counts(counts);
  }
  return value;
}

json records_section(const Moment& m, const std::string& partition, const std::string& offset) {
  json records = json::object();
  const auto name = cluster::parse_partition_name(partition);
  const TopicPartition tp = name ? m.cluster.partition(*name) : TopicPartition{};
  const storage::PartitionLog* log = tp.topic < 0 ? nullptr : m.cluster.leader_log(tp);
  if (log == nullptr || offset.empty() || offset.find_first_not_of("0123456789") != std::string::npos ||
      offset.size() > 18)
    return records;
  const Offset wanted{std::stoll(offset)};
  const protocol::StoredBatch* batch = wanted < log->log_start_offset() ? nullptr : log->batch_at(wanted);
  const std::optional<protocol::RecordView> found =
      batch == nullptr ? std::nullopt : batch->data->at(wanted - batch->base_offset);
  if (!found) return records;
  const protocol::RecordView& r = *found;
  const auto text = [](const std::optional<std::string_view>& bytes) { return bytes ? json(*bytes) : json(nullptr); };
  const auto hex = [](const std::optional<std::string_view>& bytes) {
    return bytes ? json(fmt::format("{:02x}", fmt::join(std::vector<unsigned char>(bytes->begin(), bytes->end()), "")))
                 : json(nullptr);
  };
  const RecordState* state = m.observation.ledger().record(batch->data->client, r.number);
  const auto readable = coordinator::readable(name->topic, r, m.cluster.committed());
  json headers = json::array();
  for (const auto& [key, value] : protocol::unpack_headers(r.headers)) headers.push_back(json::array({key, value}));
  const bool known = batch->data->client >= 0;
  const auto named = [&](RecordName record) {
    return json(fmt::format("{}/{}", m.cluster.info({record.client}).name, record.number));
  };
  const RecordName self{batch->data->client, r.number};
  const auto input = m.observation.lineage().input_of(self);
  json outputs = json::array();
  for (const RecordName output : m.observation.lineage().outputs_of(self)) outputs.push_back(named(output));
  records[partition][offset] = {
      {"key", readable ? json(readable->key) : text(r.key)},
      {"value", !readable         ? text(r.value)
                : readable->value ? json(*readable->value)
                                  : json(nullptr)},
      {"key_hex", hex(r.key)},
      {"value_hex", hex(r.value)},
      {"producer", known ? json(m.cluster.info({batch->data->client}).name) : json(nullptr)},
      {"timestamp", r.timestamp_ms},
      {"headers", std::move(headers)},
      {"leader_epoch", batch->leader_epoch.value},
      {"fate", state == nullptr ? json(nullptr) : json(RecordLedger::fate_in_log(*state))},
      {"acked_at_us", state == nullptr || state->acked_us < 0 ? json(nullptr) : json(std::int64_t{state->acked_us})},
      {"delivered_to",
       known ? json(m.observation.ledger().delivered_to(batch->data->client, r.number)) : json::array()},
      {"input", input ? named(*input) : json(nullptr)},
      {"outputs", std::move(outputs)},
      {"sinks", m.observation.sinks().rows_of(self, name->topic, m.cluster)}};
  return records;
}

json invariants_section(const Moment& m) {
  json list = json::array();
  for (const Violation& v : m.observation.invariants().violations())
    list.push_back({{"name", v.name}, {"at_us", v.at_us}, {"detail", words::render(words::Lang::En, v.told())}});
  return list;
}

}  // namespace kafkascope::observe
