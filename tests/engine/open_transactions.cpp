#include "engine/open_transactions.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "broker/broker.h"
#include "coordinator/transaction_coordinator_shard.h"
#include "protocol/facts_of_cluster.h"
#include "protocol/facts_of_logs.h"
#include "protocol/metadata_image.h"
#include "protocol/records.h"
#include "protocol/trace_code.h"
#include "sim/facts_of_kernel.h"

namespace kafkascope::test {

using coordinator::TransactionMetadata;
using coordinator::TransactionState;
using protocol::TopicPartition;

OpenTransactions::OpenTransactions(const cluster::Cluster& cluster, std::vector<std::string> topics,
                                   TransactionTimes times)
    : cluster_(cluster), topics_(std::move(topics)), times_(times) {
  topics_.emplace_back(coordinator::kTransactionStateTopic);
  for (std::size_t i = 0; i < cluster.nodes().size(); ++i)
    if (cluster.nodes()[i].kind == cluster::NodeKind::Broker)
      brokers_.push_back(sim::NodeId{static_cast<std::int32_t>(i)});
}

void OpenTransactions::on_line(const sim::TraceLine& line) {
  const std::int32_t node = line.node.index;
  const auto forget = [&](auto& of) {
    std::erase_if(of, [&](const auto& entry) { return entry.first.second == node; });
  };
  if (const auto message = fact_if<fact::MessageDelivered>(line)) {
    if (message->api != protocol::trace_code(protocol::api::Fetch)) return;
    auto& last = fetched_[{message->from.index, node}];
    // Only the first fetch after something has changed can matter.
    const sim::Instant before = std::exchange(last, line.time);
    dirty_ = dirty_ || before <= changed_;
    return;
  }
  if (const auto leads = fact_if<fact::BecameLeader>(line)) {
    const protocol::PartitionRegistration* const registered = cluster_.committed().partition(leads->partition);
    leads_[{leads->partition, node}] = {leads->leader_epoch.value, line.time,
                                        registered != nullptr ? registered->isr : protocol::IdList{}};
    follows_.erase({leads->partition, node});
    loaded_.erase({leads->partition, node});
    changed_ = line.time;
  } else if (const auto follows = fact_if<fact::BecameFollower>(line)) {
    follows_[{follows->partition, node}] = {follows->leader_epoch.value, line.time, {}};
    leads_.erase({follows->partition, node});
    loaded_.erase({follows->partition, node});
    changed_ = line.time;
  } else if (const auto loaded = fact_if<fact::TransactionsLoaded>(line)) {
    loaded_.insert({loaded->partition, node});
    take_overs_.emplace_back(line.node, loaded->partition);
  } else if (const auto step = fact_if<fact::TransactionState>(line)) {
    steps_.emplace_back(line.node, std::string(step->transactional_id));
  } else if (is<fact::NodeDied>(line) || is<fact::NodeStarted>(line)) {
    forget(leads_), forget(follows_);
    std::erase_if(loaded_, [&](const AtNode& at) { return at.second == node; });
    disturbed_[node] = changed_ = line.time;
  } else if (is<fact::NodePaused>(line) || is<fact::NodeResumed>(line)) {
    disturbed_[node] = changed_ = line.time;
  } else if (const auto command = fact_if<fact::Command>(line)) {
    const std::string verb(command->verb), arguments(command->arguments);
    if (verb == "hold" && arguments.find("WriteTxnMarkers") != std::string::npos) look_at_all(), markers_held_ = true;
    else if (verb == "release" && std::exchange(markers_held_, false)) markers_since_ = line.time;
  } else if (const auto lost = fact_if<fact::MessageLost>(line)) {
    if (lost->api != protocol::trace_code(protocol::api::WriteTxnMarkers)) return;
    look_at_all();
    markers_since_ = line.time;
  } else if (!is<fact::LeaderElected>(line) && !is<fact::IsrChanged>(line) && !is<fact::IsrShrink>(line) &&
             !is<fact::IsrExpand>(line) && !is<fact::BrokerShutdownStarted>(line)) {
    return;
  }
  dirty_ = true;
}

bool OpenTransactions::runs(sim::NodeId node) const {
  const sim::NodeState state = cluster_.state(node);
  return state == sim::NodeState::Running || state == sim::NodeState::ShuttingDown;
}

bool OpenTransactions::reaches(sim::NodeId a, sim::NodeId b) const {
  return !cluster_.is_cut(a, b) && !cluster_.is_cut(b, a);
}

void OpenTransactions::note_reach() {
  for (const sim::NodeId a : brokers_)
    for (const sim::NodeId b : brokers_) {
      if (a.index >= b.index) continue;
      const bool now = reaches(a, b);
      const auto [before, first] = reach_.try_emplace({a.index, b.index}, now);
      if (!first && before->second != now) disturbed_[a.index] = disturbed_[b.index] = changed_ = cluster_.now();
      before->second = now;
    }
}

const OpenTransactions::Role* OpenTransactions::leads(sim::NodeId node, TopicPartition tp) const {
  const protocol::PartitionRegistration* const registered = cluster_.committed().partition(tp);
  const auto role = leads_.find({tp, node.index});
  const bool current = registered != nullptr && registered->leader != protocol::kNoBroker &&
                       cluster_.broker_node(registered->leader) == node && role != leads_.end() &&
                       role->second.epoch == registered->leader_epoch.value;
  return current ? &role->second : nullptr;
}

TopicPartition OpenTransactions::log_of(const std::string& id) const {
  const std::string topic(coordinator::kTransactionStateTopic);
  return {cluster_.committed().topic_id(topic),
          protocol::partition_for(id, static_cast<std::int32_t>(partitions_of(topic).size()))};
}

std::int32_t OpenTransactions::able_epoch(TopicPartition tp) {
  const protocol::PartitionRegistration* const registered = cluster_.committed().partition(tp);
  if (registered == nullptr || registered->leader == protocol::kNoBroker) return -1;
  const sim::NodeId leader = cluster_.broker_node(registered->leader);
  const std::int32_t epoch = registered->leader_epoch.value;
  const Role* const role = leads(leader, tp);
  if (role == nullptr || !runs(leader)) return -1;
  if (cluster_.topic_name(tp.topic) == coordinator::kTransactionStateTopic && !loaded_.contains({tp, leader.index}))
    return -1;
  if (static_cast<int>(registered->isr.size()) < cluster_.effective_min_isr(tp)) return -1;
  const auto disturbed = [&](sim::NodeId node) {
    const auto at = disturbed_.find(node.index);
    return at == disturbed_.end() ? sim::Instant{-1} : at->second;
  };
  const auto last_fetch = [&](sim::NodeId member) {
    const auto fetched = fetched_.find({member.index, leader.index});
    return fetched == fetched_.end() ? sim::Instant{-1} : fetched->second;
  };
  const auto keeps_up = [&](sim::NodeId member) {
    const auto follows = follows_.find({tp, member.index});
    return runs(member) && reaches(member, leader) && follows != follows_.end() && follows->second.epoch == epoch &&
           last_fetch(member) > std::max({disturbed(leader), disturbed(member), role->at, follows->second.at});
  };
  bool& held = held_[tp];
  held = false;
  for (const protocol::BrokerId id : registered->replicas) {
    const sim::NodeId member = cluster_.broker_node(id);
    if (member == leader || keeps_up(member)) continue;
    if (registered->isr.contains(id)) return -1;
    const protocol::BrokerRegistration* const broker = cluster_.committed().broker(id);
    if (!cluster_.under_zookeeper() && (broker == nullptr || !broker->active())) continue;
    const sim::Instant caught_up = std::max(last_fetch(member), role->isr.contains(id) ? role->at : sim::Instant{-1});
    if (caught_up < role->at || caught_up + times_.replica_lag < cluster_.now()) continue;
    due_ = std::min(due_, caught_up + times_.replica_lag + sim::microseconds(1));
    held = true;
  }
  return held ? -1 : epoch;
}

std::vector<TopicPartition> OpenTransactions::partitions_of(const std::string& topic) const {
  std::vector<TopicPartition> all;
  if (const protocol::TopicImage* image = cluster_.committed().topic(cluster_.committed().topic_id(topic)))
    for (std::size_t p = 0; p < image->partitions.size(); ++p) all.push_back({image->id, static_cast<std::int32_t>(p)});
  return all;
}

void OpenTransactions::after_event() {
  for (const auto& [node, id] : std::exchange(steps_, {})) note_state(node, id);
  if (dirty_ || cluster_.now() >= due_) {
    dirty_ = false;
    due_ = sim::kNever;
    note_reach();
    std::map<TopicPartition, std::int32_t> now;
    const auto held_before = held_;
    bool other = false;
    for (const std::string& topic : topics_)
      for (const TopicPartition tp : partitions_of(topic)) {
        const std::int32_t epoch = now[tp] = able_epoch(tp);
        const auto before = able_.find(tp);
        other = other || before == able_.end() || before->second.epoch != epoch;
      }
    if (other) {
      look_at_all();  // the stretch in which that one could act has ended
      for (const auto& [tp, epoch] : now)
        if (Able& able = able_[tp]; able.epoch != epoch) {
          const auto held = held_before.find(tp);
          able = {epoch, cluster_.now(), held != held_before.end() && held->second};
        }
    }
  }
  for (const auto& [node, log] : std::exchange(take_overs_, {})) take_over(node, log);
}

void OpenTransactions::note_state(sim::NodeId coordinator, const std::string& id) {
  const auto* broker = cluster_.role<broker::Broker>(coordinator);
  const TransactionMetadata* const t = broker->transaction_coordinator().transaction(id);
  const bool decided =
      t != nullptr && (t->state == TransactionState::PrepareCommit || t->state == TransactionState::PrepareAbort);
  const bool open = decided || (t != nullptr && t->state == TransactionState::Ongoing);
  const TopicPartition log = log_of(id);
  if (leads(coordinator, log) == nullptr) return;
  const auto before = open_.find(id);
  if (before != open_.end() && before->second.decided == decided && open) return;
  if (before != open_.end()) {
    look(id, before->second);
    tally_.timed_out += !before->second.decided && before->second.due < cluster_.now();
    open_.erase(before);
  }
  if (!open) return;
  const sim::Instant began{(t->txn_start_timestamp_ms - sim::kEpochMs) * 1000};
  open_[id] = {log, decided ? cluster_.now() : began, began + times_.timeout, decided,
               decided ? t->partitions : std::set<TopicPartition>{}};
}

/// Another coordinator has loaded the partition. What its predecessor had appended counts, although nobody may have heard that it was stored.
void OpenTransactions::take_over(sim::NodeId coordinator, TopicPartition log) {
  std::set<std::string> known;
  for (const auto& [id, open] : open_)
    if (open.log == log) known.insert(id);
  cluster_.role<broker::Broker>(coordinator)
      ->transaction_coordinator()
      .for_each_transaction([&](const std::string& id, const TransactionMetadata&) { known.insert(id); });
  for (const std::string& id : known)
    if (log_of(id) == log) note_state(coordinator, id);
}

void OpenTransactions::look(const std::string& id, const Open& open) {
  const sim::Instant now = cluster_.now();
  const auto able = [&](TopicPartition tp) {
    const auto it = able_.find(tp);
    return it == able_.end() ? Able{} : it->second;
  };
  const Able coordinator = able(open.log);
  if (coordinator.epoch < 0) return;
  sim::Instant possible, bound;
  if (!open.decided) {
    possible = std::max(coordinator.since, open.due);
    bound = possible + times_.looked_for_every + times_.stored;
    // What was appended during the hold fails a time-out later at most.
    if (coordinator.held)
      bound = std::max(bound, coordinator.since + times_.timeout + times_.looked_for_every + times_.stored);
    if (now <= possible) return;
    tally_.longest = std::max(tally_.longest, now - possible);
  } else {
    if (markers_held_) return;
    sim::Instant since = std::max(coordinator.since, markers_since_), calm = since;
    sim::Instant held_until = coordinator.held ? coordinator.since : sim::Instant{-1};
    bool all = true;
    for (const auto& [tp, a] : able_) {
      all = all && a.epoch >= 0 && !a.held;
      calm = std::max(calm, a.since);
    }
    for (const TopicPartition tp : open.partitions) {
      const Able leader = able(tp);
      if (leader.epoch < 0) return;
      since = std::max(since, leader.since);
      if (leader.held) held_until = std::max(held_until, leader.since);
    }
    const sim::Duration twice{2 * times_.request_timeout.us};
    possible = std::max(since, open.since);
    bound = possible + twice + times_.stored;
    if (held_until.us >= 0) bound = std::max(bound, held_until + times_.timeout + twice + times_.stored);
    if (all) bound = std::min(bound, std::max(calm + twice, open.since) + times_.stored);
    tally_.longest_end = std::max(tally_.longest_end, now - possible);
  }
  if (bound < now && broken_.empty())
    broken_ = fmt::format("the transaction of {} was {} from {} us to {} us, although that was possible from {} us on",
                          id, open.decided ? "decided and not complete" : "open", open.since.us, now.us, possible.us);
}

void OpenTransactions::look_at_all() {
  for (const auto& [id, open] : open_) look(id, open);
}

}  // namespace kafkascope::test
