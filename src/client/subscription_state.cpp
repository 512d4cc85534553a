#include "client/subscription_state.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "client/java_order.h"
#include "protocol/facts_of_clients.h"
#include "sim/mutant.h"

namespace kafkascope::client {

using protocol::TopicPartition;
using State = AssignedPartition::State;

const char* name(State state) {
  switch (state) {
    case State::Initializing: return "INITIALIZING";
    case State::AwaitReset: return "AWAIT_RESET";
    case State::AwaitValidation: return "AWAIT_VALIDATION";
    case State::Fetching: break;
  }
  return "FETCHING";
}

void SubscriptionState::assign(const std::vector<TopicPartition>& partitions) {
  Partitions fresh;
  for (TopicPartition p : partitions) {
    const auto it = assigned.find(p);
    const auto at = fresh.emplace(p, it == assigned.end() ? AssignedPartition{} : std::move(it->second)).first;
    at->second.place = 0;  // an assignment begins a new order (PartitionStates.set)
  }
  assigned = std::move(fresh);
}

void SubscriptionState::order_as_java(const MetadataCache& metadata) {
  std::vector<TopicPartition> order = partitions();
  order_as_assigned(
      order, [&](TopicPartition p) { return java_hash(metadata.name_of(p.topic), p.partition); },
      [](TopicPartition p) { return p.topic; });
  for (const TopicPartition p : order) move_to_end(p);
}

std::vector<TopicPartition> SubscriptionState::partitions_in_turn(const MetadataCache& metadata) const {
  std::vector<TopicPartition> order = partitions();
  std::stable_sort(order.begin(), order.end(),
                   [&](TopicPartition a, TopicPartition b) { return assigned.at(a).place < assigned.at(b).place; });
  std::vector<std::string_view> names;
  for (const TopicPartition p : order) names.push_back(metadata.name_of(p.topic));
  keep_first(names);
  sort_as_java(names, kJavaDefaultCapacity, [](std::string_view name) { return java_hash(name); });
  sort_by_rank(order, names, [&](TopicPartition p) { return metadata.name_of(p.topic); });
  return order;
}

std::vector<TopicPartition> SubscriptionState::partitions() const {
  std::vector<TopicPartition> out;
  for (const auto& [p, a] : assigned) out.push_back(p);
  return out;
}

std::map<TopicPartition, FetchPosition> SubscriptionState::all_consumed() const {
  std::map<TopicPartition, FetchPosition> out;
  for (const auto& [p, a] : assigned)
    if (a.state == State::Fetching) out.emplace(p, a.position);
  return out;
}

void SubscriptionState::seek(Ctx& ctx, TopicPartition p, FetchPosition position, fact::PositionReason reason,
                             bool validate) {
  AssignedPartition* a = find(p);
  if (!a) return;
  a->position = position;
  a->request_pending = false;
  a->retry_at = {0};
  a->state = validate && position.offset_epoch.value >= 0 && position.current_leader.epoch.value >= 0
                 ? State::AwaitValidation
                 : State::Fetching;
  ctx.trace(fact::PositionSet{p, position.offset, reason});
}

void SubscriptionState::request_reset(TopicPartition p, std::int64_t timestamp, fact::PositionReason reason) {
  AssignedPartition* a = find(p);
  if (!a) return;
  a->state = State::AwaitReset;
  a->reset_timestamp = timestamp;
  a->reset_reason = reason;
  a->request_pending = false;
  a->retry_at = {0};
}

void SubscriptionState::go_back_to_committed(bool or_beginning) {
  for (auto& [p, a] : assigned) {
    a.state = State::Initializing;
    a.request_pending = false;
    a.retry_at = {0};
    a.nothing_committed = false;
    a.or_beginning = or_beginning;
  }
}

void SubscriptionState::note_leaders(const MetadataCache& metadata, bool without_leader) {
  for (auto& [p, a] : assigned) {
    if (!a.has_position()) continue;
    const LeaderAndEpoch current = metadata.current_leader(p);
    const bool news = current.known() || (without_leader && current.epoch.value >= 0);
    if (!news || current == a.position.current_leader) continue;
    const bool known = a.position.offset_epoch.value >= 0 && current.epoch.value >= 0;
    a.position.current_leader = current;
    a.request_pending = false;
    a.retry_at = {0};
    a.state = known && !sim::mutant("position-not-validated") ? State::AwaitValidation : State::Fetching;
    a.read_replica = protocol::kNoBroker;  // the new leader may name another follower
  }
}

void SubscriptionState::retarget(protocol::TopicId before, protocol::TopicId now) {
  Partitions fresh;
  for (auto& [p, a] : assigned) fresh.emplace(p.topic == before ? TopicPartition{now, p.partition} : p, std::move(a));
  assigned = std::move(fresh);
}

bool SubscriptionState::clear_read_replica(Ctx& ctx, TopicPartition p, fact::ReadReplicaReason reason) {
  AssignedPartition* a = find(p);
  if (!a || a->read_replica == protocol::kNoBroker) return false;
  a->read_replica = protocol::kNoBroker;
  ctx.trace(fact::ReadReplicaChosen{p, protocol::kNoBroker, reason});
  return true;
}

std::string partitions_text(const std::vector<TopicPartition>& partitions, const MetadataCache& metadata) {
  std::string out = "[";
  for (TopicPartition p : partitions) {
    const std::string name(metadata.name_of(p.topic));
    out += (out.size() > 1 ? ", " : "") + (name.empty() ? "topic " + std::to_string(p.topic) : name) + "-" +
           std::to_string(p.partition);
  }
  return out + "]";
}

}  // namespace kafkascope::client
