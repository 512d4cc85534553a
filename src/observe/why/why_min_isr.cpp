// An ISR below min.insync.replicas: what took its replicas out, and what set the number. What transactions wait for that are decided:
// the markers, which the leader of such a partition refuses.
#include <algorithm>

#include "observe/model/standing.h"
#include "observe/node_config.h"
#include "observe/why/errors.h"
#include "observe/why/min_isr.h"
#include "observe/why/traffic.h"
#include "observe/why/why_parts.h"
#include "protocol/facts_of_cluster.h"
#include "protocol/facts_of_transactions.h"
#include "protocol/facts_of_zookeeper.h"
#include "protocol/historical.h"

namespace kafkascope::observe {

using nlohmann::json;
using protocol::BrokerId;
using protocol::ErrorCode;
using protocol::TopicPartition;
using Line = Story::Line;

std::uint64_t min_isr_before(const Story& story, TopicPartition tp, std::uint64_t before) {
  constexpr std::string_view kKey = "min.insync.replicas";
  const cluster::ClusterSpec& spec = story.cluster().spec();
  const Line* set = story.setting_of(tp, kKey, before);
  if (set != nullptr && !as<fact::ConfigChanged>(*set).removed)
    return whole_number(as<fact::ConfigChanged>(*set).value.str()).value_or(0);
  const std::string topic = story.cluster().topic_name(tp.topic);
  if (set == nullptr)
    for (const cluster::TopicSpec& declared : spec.topics)
      for (const auto& [name, value] : declared.config.explicit_values())
        if (declared.name == topic && name == kKey) return whole_number(protocol::config_text(value)).value_or(0);
  const sim::NodeId leads = story.broker_node(story.leader_at(tp, before), before);
  return static_cast<std::uint64_t>(file_config(story.cluster(), leads).number(kKey));
}

std::uint64_t effective_min_isr_before(const Story& story, TopicPartition tp, std::uint64_t before) {
  const std::uint64_t set = min_isr_before(story, tp, before);
  const cluster::ClusterSpec& spec = story.cluster().spec();
  const protocol::PartitionRegistration* partition = story.cluster().committed().partition(tp);
  if (partition == nullptr || protocol::historical(spec.historical, spec.kafka).kip_966) return set;
  return std::min(set, static_cast<std::uint64_t>(partition->replicas.size()));
}

Words min_isr_told(const Story& story, TopicPartition tp, std::uint64_t before) {
  const std::uint64_t set = min_isr_before(story, tp, before), counts = effective_min_isr_before(story, tp, before);
  if (set == counts) return {std::to_string(set), std::to_string(set)};
  return both("why.min_isr_counts"_w, {{"set", set}, {"counts", counts}});
}

namespace {

/// Tells that no ISR of the partition can be as large as the setting, whatever happens to its replicas; false: one can.
bool tell_never_enough(Telling& telling, TopicPartition tp, std::uint64_t before) {
  const Story& story = telling.story();
  const std::uint64_t least = effective_min_isr_before(story, tp, before);
  const protocol::PartitionRegistration* partition = story.cluster().committed().partition(tp);
  if (partition == nullptr || least <= static_cast<std::uint64_t>(partition->replicas.size())) return false;
  const std::string name = story.cluster().name(tp);
  telling.now("why.min_isr_above_replicas"_w,
              {{"partition", name}, {"replicas", partition->replicas.size()}, {"least", least}}, Weight::Cause, name);
  return true;
}

/// The line at which the replica left the ISR last before `before`; null: it is in the ISR, or was never.
const Line* departure_of(const std::vector<Story::IsrState>& history, BrokerId id, std::uint64_t before) {
  const Line* left = nullptr;
  for (std::size_t i = 1; i < history.size() && history[i].line->seq < before; ++i) {
    if (history[i].isr.contains(id)) left = nullptr;
    else if (history[i - 1].isr.contains(id)) left = history[i].line;
  }
  return left;
}

/// What keeps the leader of the partition from answering the coordinator, or the election that left it without one; null: nothing
/// does.
const Line* silence_of_leader(const Story& story, TopicPartition tp, sim::NodeId coordinator) {
  const sim::NodeId leader = story.broker_node(story.leader_at(tp, story.end()));
  if (!leader.valid())
    return story.last<fact::LeaderElected>(story.end(), [&](const auto& f, const Line&) { return f.partition == tp; });
  if (!coordinator.valid() || coordinator == leader) return story.silence(leader, story.end());
  return story.silence(leader, story.end(), Search{coordinator}.of(traffic::kTransactions));
}

/// The broker that has to write the markers of the transaction which that line decided; not valid: there is none.
sim::NodeId coordinator_of(const Story& story, const Line* decided) {
  if (decided == nullptr) return {};
  return story.broker_node(story.leader_at(as<fact::TransactionState>(*decided).partition, story.end()));
}

/// The line at which the coordinator decided how the transaction ends.
const Line* decision_of(const Story& story, const json& transaction) {
  const auto producer = whole_of(part_of(transaction, "producer_id"));
  return story.last<fact::TransactionState>(story.end(),
                                            [&](const auto& f, const Line&) { return f.producer_id == producer; });
}

/// The offset of the marker that the partition's leader has written since that decision; unknown: none yet.
protocol::Offset marker_since(const Story& story, TopicPartition tp, const Line& decided) {
  const Line* marker = story.last<fact::TransactionMarkerAppended>(
      story.end(), [&](const auto& f, const Line&) { return f.partition == tp; });
  return marker != nullptr && marker->seq > decided.seq ? as<fact::TransactionMarkerAppended>(*marker).offset
                                                        : protocol::Offset{};
}

bool is_under_min_isr(const Story& story, TopicPartition tp) {
  const auto* registered = story.cluster().committed().partition(tp);
  return registered != nullptr && standing_of(*registered, story.cluster().effective_min_isr(tp)).under_min_isr();
}

/// Whether its leader takes markers in whichever ISR: the group coordinator of 4.x appends them with acks=1. Kafka:
/// CoordinatorPartitionWriter.
bool takes_any_marker(const Story& story, TopicPartition tp) {
  return !story.cluster().under_zookeeper() && story.cluster().topic_name(tp.topic) == "__consumer_offsets";
}

}  // namespace

namespace {
/// Tells why the replica left the ISR last before that line; nothing if it is in the ISR, or was never.
void tell_departure_of(Telling& telling, TopicPartition tp, const std::vector<Story::IsrState>& history, BrokerId id,
                       std::uint64_t before) {
  const Story& story = telling.story();
  const Line* left = departure_of(history, id, before);
  const Line* why = left == nullptr ? nullptr : story.back_of_removal(id, *left, story.leader_at(tp, left->seq));
  if (why == nullptr) return;
  const bool step =
      is<fact::BrokerFenced>(*why) || is<fact::BrokerShutdownStarted>(*why) || is<fact::ZkSessionExpired>(*why);
  telling.trail(why, step ? Weight::Link : Weight::Cause);
}
}  // namespace

void tell_too_few_in_sync(Telling& telling, TopicPartition tp, std::uint64_t before) {
  const Story& story = telling.story();
  telling.trail(story.below_min_isr(tp, before), Weight::Link);
  telling.trail(story.setting_of(tp, "min.insync.replicas", before), Weight::Link);
  if (tell_never_enough(telling, tp, before)) return;
  const protocol::PartitionRegistration* partition = story.cluster().committed().partition(tp);
  if (partition == nullptr) return;
  const auto history = story.isr_history(tp);
  for (const BrokerId id : partition->replicas) tell_departure_of(telling, tp, history, id, before);
}

// Of the ISR's live replicas the first one in the order of the assignment is elected. Kafka: PartitionChangeBuilder.electAnyLeader; under
// ZooKeeper PartitionLeaderElectionAlgorithms.offlinePartitionLeaderElection.
void tell_passed_over(Telling& telling, TopicPartition tp, const Line& elected) {
  const auto f = as<fact::LeaderElected>(elected);
  const protocol::PartitionRegistration* partition = telling.story().cluster().committed().partition(tp);
  if (partition == nullptr || !partition->replicas.contains(f.leader) || telling.story().elected_from_outside(elected))
    return;
  const auto history = telling.story().isr_history(tp);
  for (const BrokerId id : partition->replicas) {
    if (id == f.leader) return;
    if (id != f.previous) tell_departure_of(telling, tp, history, id, elected.seq + 1);
  }
}

namespace {
/// What follows from the ISR's present size.
void tell_too_few_now(Telling& telling, TopicPartition tp, words::Key what_follows) {
  const Story& story = telling.story();
  const std::string partition = story.cluster().name(tp);
  telling.now(what_follows,
              {{"partition", partition},
               {"isr", broker_names(brokers_in(state_of(story, "/partitions/" + partition + "/isr")))},
               {"least", min_isr_told(story, tp, story.end())}},
              Weight::Point, partition);
}
}  // namespace

void tell_held_below_min_isr(Telling& telling, TopicPartition tp) {
  tell_too_few_in_sync(telling, tp, telling.story().end());
  tell_too_few_now(telling, tp, "why.hw_min_isr"_w);
}

void tell_takes_none_now(Telling& telling, TopicPartition tp) {
  if (is_under_min_isr(telling.story(), tp)) tell_too_few_now(telling, tp, "why.below_min_isr"_w);
}

void tell_not_enough_replicas(Telling& telling, const Line& refused) {
  const Story& story = telling.story();
  const ErrorCode error = error_of(refused);
  if (error != ErrorCode::NOT_ENOUGH_REPLICAS && error != ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND) return;
  const TopicPartition tp = place_of(refused);
  if (tp.partition < 0 || story.injected(error, tp, refused.node, refused.seq) != nullptr) return;
  const auto in_sync = story.isr_before(tp, refused.seq);
  const std::uint64_t least = effective_min_isr_before(story, tp, refused.seq);
  if (!in_sync || static_cast<std::uint64_t>(in_sync->isr.size()) >= least) return;
  tell_too_few_in_sync(telling, tp, refused.seq);
  const std::string partition = story.cluster().name(tp);
  telling.dated("why.below_min_isr"_w,
                {{"partition", partition},
                 {"isr", broker_names(std::vector<BrokerId>(in_sync->isr.begin(), in_sync->isr.end()))},
                 {"least", min_isr_told(story, tp, refused.seq)}},
                refused.time, Weight::Point, partition);
}

std::set<std::string> tell_refused_markers(Telling& telling, const json& transaction) {
  const Story& story = telling.story();
  const Line* decided = decision_of(story, transaction);
  const sim::NodeId coordinator = coordinator_of(story, decided);
  std::set<std::string> told;
  std::string refusing;
  for (const json& entry : part_of(transaction, "partitions")) {
    const std::string name = entry.get<std::string>();
    const TopicPartition tp = partition_named(story, name);
    if (decided == nullptr || silence_of_leader(story, tp, coordinator) != nullptr) continue;
    const protocol::Offset marker = marker_since(story, tp, *decided);
    const bool written = marker.known();
    const bool committed =
        written && whole_of(state_of(story, "/partitions/" + name + "/high_watermark")) > marker.value;
    if (!committed) {  // else only the answer to the coordinator is on its way
      if (!is_under_min_isr(story, tp) || (!written && takes_any_marker(story, tp))) continue;
      if (written) {
        tell_held_below_min_isr(telling, tp);
      } else {
        tell_too_few_in_sync(telling, tp, story.end());
        refusing += (refusing.empty() ? "" : ", ") + name;
      }
    }
    told.insert(name);
  }
  if (!refusing.empty()) telling.now("why.marker_refused"_w, {{"partitions", refusing}}, Weight::Point);
  return told;
}

void tell_other_markers(Telling& telling, const json& transaction, const std::set<std::string>& told) {
  const Story& story = telling.story();
  const sim::NodeId coordinator = coordinator_of(story, decision_of(story, transaction));
  std::string waiting;
  const Line* silent = nullptr;
  for (const json& entry : part_of(transaction, "partitions")) {
    const std::string name = entry.get<std::string>();
    if (told.contains(name)) continue;
    waiting += (waiting.empty() ? "" : ", ") + name;
    silent = latest({silent, silence_of_leader(story, partition_named(story, name), coordinator)});
  }
  if (waiting.empty()) return;
  telling.trail(silent, Weight::Cause);
  telling.now("why.tx_markers"_w, {{"partitions", waiting}}, Weight::Point);
}

void tell_awaits_markers(Telling& telling, const json& transaction) {
  tell_other_markers(telling, transaction, tell_refused_markers(telling, transaction));
}

}  // namespace kafkascope::observe
