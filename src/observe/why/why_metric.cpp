// Why a metric has its value: by the last event that it counts, or by a partition, broker or group that it counts now.
#include <algorithm>

#include <fmt/format.h>

#include "observe/model/mbeans.h"
#include "observe/why/why_parts.h"
#include "observe/words/words.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_groups.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_quorum.h"
#include "protocol/messages_data.h"

namespace kafkascope::observe {

using nlohmann::json;
using Line = Story::Line;

namespace {

/// Not about an internal topic, and not from the cluster's formation.
bool is_public(const Story& story, const Line& l) {
  return l.time.us > 0 && (l.topic < 0 || !story.cluster().topic_name(l.topic).starts_with("__"));
}

/// The metric as a person calls it: "under-replicated partitions".
Words name_of(const std::string& metric) {
  if (metric == "elections") return both("app.metric_elections"_w);
  if (metric == "isr_shrinks") return both("metric.isr_shrinks_per_sec"_w);
  if (metric == "isr_expands") return both("metric.isr_expands_per_sec"_w);
  if (metric == "rebalances") return both("why.metric_rebalances"_w);
  const MBeanKind* kind = find_mbean_kind(metric);
  return kind == nullptr ? Words{metric, metric} : both(kind->words);
}

class MetricTelling {
 public:
  MetricTelling(const Asked& asked, const std::string& name) : asked_(asked), name_(name_of(name)) {}

  /// Answers with the last event of that kind that fits, and with their number; events that users do not see are only
  /// counted.
  template <class F, class Fits>
  Answer counted(Fits&& fits) const {
    const Story& story = asked_.story;
    const auto seen = [&](const auto& f, const Line& l) { return is_public(story, l) && fits(f, l); };
    return told_of(story.last<F>(story.end(), seen), story.count<F>(story.end(), seen));
  }
  /// Answers that the metric counts nothing at present. `gone`: the line that ended the last one, if any.
  Answer none(const Line* gone) const {
    Telling telling(asked_.story, asked_.path, question());
    telling.trail(gone, Weight::Cause);
    telling.now("why.metric_none"_w, {{"metric", name_}}, Weight::Point, "");
    return telling.done();
  }
  /// Answers with the last event that changed it.
  Answer since(const Line* line) const {
    if (line == nullptr) return none(nullptr);
    Telling telling(asked_.story, asked_.path, question());
    telling.trail(line, Weight::Point);
    return telling.done();
  }
  /// Answers that the threads of the broker's requests are busy, and what keeps them so.
  Answer threads(sim::NodeId node, std::int64_t waiting, double idle) const {
    Telling telling(asked_.story, asked_.path, question());
    const std::string& who = asked_.story.cluster().info(node).name;
    const Line* slow = asked_.story.bad_disk(node, asked_.story.end());
    if (slow == nullptr) slow = asked_.story.hindrance(node, asked_.story.end());
    telling.trail(slow, Weight::Cause);
    const auto percent = static_cast<std::int64_t>(idle * 100 + .5);
    telling.now("why.threads_idle"_w, {{"broker", who}, {"percent", percent}, {"waiting", waiting}}, Weight::Point,
                who);
    if (slow == nullptr) telling.now("why.threads_nothing"_w, {{"broker", who}}, Weight::Aside, who);
    return telling.done();
  }
  std::optional<Answer> under_own_question(std::optional<Answer> answer) const {
    if (!answer) return answer;
    Question own = question();
    answer->question = std::move(own.words);
    answer->question_key = own.key;
    return answer;
  }

 private:
  /// `all`: the number of events that users see.
  Answer told_of(const Line* line, std::int64_t all) const {
    Telling telling(asked_.story, asked_.path, question());
    telling.trail(line, Weight::Point);
    if (line == nullptr) telling.now("why.never_happened"_w, {{"metric", name_}}, Weight::Point, "");
    const std::int64_t told = whole_of(asked_.value);
    if (line != nullptr && told > all)
      telling.now("why.happened_inside"_w, {{"count", told}, {"inside", told - all}}, Weight::Aside, "");
    else if (line != nullptr && all > 1) telling.now("why.happened_times"_w, {{"count", all}}, Weight::Aside, "");
    return telling.done();
  }
  Question question() const {
    const std::string value =
        asked_.value.is_number_float() ? fmt::format("{:.2f}", asked_.value.get<double>()) : plain_value(asked_.value);
    return asks("why.q_metric"_w, {{"metric", name_}, {"value", value}});
  }
  const Asked& asked_;
  const Words name_;
};

/// The first partition that fits, among those that users see.
template <class Fits>
std::string partition_where(const Story& story, Fits&& fits) {
  std::string found;
  for_each_entry(state_of(story, "/partitions"), [&](const std::string& partition, const json& state) {
    if (found.empty() && !partition.starts_with("__") && fits(partition, state)) found = partition;
  });
  return found;
}

/// The partition for which it fits most; "": none.
template <class Amount>
std::string partition_with_most(const Story& story, Amount&& amount) {
  std::string found;
  std::int64_t most = 0;
  for_each_entry(state_of(story, "/partitions"), [&](const std::string& partition, const json& state) {
    if (partition.starts_with("__")) return;
    if (const std::int64_t own = amount(partition, state); own > most) most = own, found = partition;
  });
  return found;
}

std::optional<Answer> why_mbean(const Asked& asked) {
  const Story& story = asked.story;
  const std::string& bean = asked.part(3);
  const sim::NodeId node = story.cluster().find(asked.part(2));
  const protocol::BrokerId broker = node.valid() ? story.names().broker_at(node) : protocol::kNoBroker;
  const MetricTelling metric(asked, bean);
  const auto has = [&](std::string_view word) { return bean.find(word) != std::string::npos; };
  const auto own = [&](const auto&, const Line& l) { return l.node == node; };
  const auto any = [](const auto&, const Line&) { return true; };
  if (has("IsrShrinks")) return metric.counted<fact::IsrShrink>(own);
  if (has("IsrExpands")) return metric.counted<fact::IsrExpand>(own);
  if (has("UncleanLeaderElection"))
    return metric.counted<fact::LeaderElected>(
        [&](const auto&, const Line& l) { return story.elected_from_outside(l); });
  if (has("LeaderElectionRate") || has("ElectionRateAndTime")) return metric.counted<fact::LeaderElected>(any);
  if (has("UnderReplicated") || has("UnderMinIsr") || has("AtMinIsr")) {
    const std::string partition = partition_where(story, [&](const std::string& name, const json& s) {
      if (s["leader"] != broker) return false;
      const auto isr = static_cast<int>(s["isr"].size());
      const int least = story.cluster().effective_min_isr(partition_named(story, name));
      if (has("UnderMinIsr")) return isr < least;
      return has("AtMinIsr") ? isr == least : isr < static_cast<int>(s["replicas"].size());
    });
    if (partition.empty() || whole_of(asked.value) == 0)
      return metric.none(story.last<fact::IsrExpand>(
          story.end(), [&](const auto&, const Line& l) { return is_public(story, l) && l.node == node; }));
    return metric.under_own_question(why_isr(story, asked.path, partition));
  }
  if (has("OfflineReplica")) return metric.counted<fact::LogDirOffline>(own);
  if (has("OfflinePartitions")) {
    const std::string partition =
        partition_where(story, [](const std::string&, const json& s) { return s["leader"].is_null(); });
    if (partition.empty() || whole_of(asked.value) == 0)
      return metric.none(story.last<fact::LeaderElected>(
          story.end(), [&](const auto& f, const Line& l) { return is_public(story, l) && f.previous < 0; }));
    return metric.under_own_question(why_leader(story, asked.path, partition));
  }
  if (has("ActiveControllerCount") || has("ActiveBrokerCount") || has("current-leader") || has("current-epoch"))
    return metric.under_own_question(why_controller(story, asked.path));
  if (has("FencedBroker")) {
    const auto still = [&](const auto& f, const Line& l) {
      return story.first<fact::BrokerUnfenced>(
                 l.seq, [&](const auto& u, const Line&) { return u.broker == f.broker; }) == nullptr;
    };
    if (whole_of(asked.value) == 0) return metric.none(story.last<fact::BrokerUnfenced>(story.end(), any));
    return metric.counted<fact::BrokerFenced>(still);
  }
  if (has("records-lag") || has("ConsumerLag")) {
    const std::string group = story.group_of(node);
    std::string most;
    std::int64_t lag = -1;
    for_each_entry(state_of(story, "/groups/" + group + "/lag"), [&](const std::string& partition, const json& n) {
      if (n.is_number() && whole_of(n) > lag) most = partition, lag = whole_of(n);
    });
    return most.empty() ? metric.none(nullptr) : metric.under_own_question(why_lag(story, asked.path, group, most));
  }
  if (has("name=MaxLag,clientId=Replica")) {
    const std::string partition = partition_with_most(story, [&](const std::string&, const json& s) {
      const json own = part_of(part_of(s, "logs"), cluster::broker_name(broker));
      return s["leader"] == broker || !own.is_object()
                 ? 0
                 : whole_of(s["log_end_offset"]) - whole_of(own["log_end_offset"]);
    });
    if (partition.empty()) return metric.none(nullptr);
    auto replica = why_replica(story, asked.path, partition, broker);
    return replica ? metric.under_own_question(std::move(replica)) : metric.none(nullptr);
  }
  if (has("NumDelayedOperations,delayedOperation=Produce")) {
    const std::string partition = partition_with_most(story, [&](const std::string&, const json& s) {
      return s["leader"] == broker ? whole_of(s["log_end_offset"]) - whole_of(s["high_watermark"]) : 0;
    });
    if (partition.empty() || whole_of(asked.value) == 0) return metric.none(nullptr);
    return metric.under_own_question(why_watermark(story, asked.path, partition));
  }
  if (has("RequestHandlerAvgIdlePercent") || has("RequestQueueSize")) {
    const json idle = state_of(
        story, "/metrics/mbeans/" + asked.part(2) +
                   "/kafka.server:type=KafkaRequestHandlerPool,name=RequestHandlerAvgIdlePercent#OneMinuteRate");
    const json waiting = state_of(
        story, "/metrics/mbeans/" + asked.part(2) + "/kafka.network:type=RequestChannel,name=RequestQueueSize");
    if (!node.valid()) return std::nullopt;
    return metric.threads(node, whole_of(waiting), idle.is_number() ? idle.get<double>() : 0.0);
  }
  if (has("OfflineLogDirectory")) return metric.counted<fact::LogDirOffline>(own);
  if (has("LeaderCount") || has("PreferredReplicaImbalance"))
    return metric.since(story.last<fact::LeaderElected>(story.end(), [&](const auto& f, const Line& l) {
      return is_public(story, l) && (has("Imbalance") || f.leader == broker || f.previous == broker);
    }));
  if (has("rebalance"))
    return metric.counted<fact::GroupRebalance>(
        [group = story.group_of(node)](const auto& f, const Line&) { return group.empty() || f.group == group; });
  if (has("record-error")) return metric.counted<fact::BatchFailed>(own);
  if (has("record-retry")) return metric.counted<fact::BatchRetried>(own);
  if (has("FailedProduce") || has("FailedFetch") || has("ErrorsPerSec"))
    return metric.counted<fact::RequestRefused>([&](const auto& f, const Line& l) {
      if (has("FailedProduce") && f.api != protocol::api::Produce) return false;
      return l.node == node && (!has("FailedFetch") || f.api == protocol::api::Fetch);
    });
  return std::nullopt;
}

/// The metrics that why_mbean() answers about, by a part of their names.
constexpr std::string_view kAnswered[] = {"IsrShrinks",
                                          "IsrExpands",
                                          "UncleanLeaderElection",
                                          "LeaderElectionRate",
                                          "ElectionRateAndTime",
                                          "UnderReplicated",
                                          "UnderMinIsr",
                                          "AtMinIsr",
                                          "OfflineReplica",
                                          "OfflinePartitions",
                                          "ActiveControllerCount",
                                          "ActiveBrokerCount",
                                          "current-leader",
                                          "current-epoch",
                                          "FencedBroker",
                                          "records-lag",
                                          "ConsumerLag",
                                          "name=MaxLag,clientId=Replica",
                                          "NumDelayedOperations,delayedOperation=Produce",
                                          "RequestHandlerAvgIdlePercent",
                                          "RequestQueueSize",
                                          "OfflineLogDirectory",
                                          "LeaderCount",
                                          "PreferredReplicaImbalance",
                                          "rebalance",
                                          "record-error",
                                          "record-retry",
                                          "FailedProduce",
                                          "FailedFetch",
                                          "ErrorsPerSec"};

}  // namespace

bool has_why(std::string_view metric) {
  constexpr std::string_view kOfCluster[] = {"/metrics/elections", "/metrics/isr_shrinks", "/metrics/isr_expands",
                                             "/metrics/rebalances"};
  if (metric.starts_with("/"))
    return std::find(std::begin(kOfCluster), std::end(kOfCluster), metric) != std::end(kOfCluster);
  // An answer without an error is no question.
  if (metric.find("ErrorsPerSec") != std::string_view::npos && metric.ends_with("error=NONE")) return false;
  return std::any_of(std::begin(kAnswered), std::end(kAnswered),
                     [&](std::string_view part) { return metric.find(part) != std::string_view::npos; });
}

std::optional<Answer> why_metric(const Asked& asked) {
  const std::string& name = asked.part(1);
  const auto any = [](const auto&, const Line&) { return true; };
  const MetricTelling metric(asked, name);
  if (name == "elections") return metric.counted<fact::LeaderElected>(any);
  if (name == "isr_shrinks") return metric.counted<fact::IsrShrink>(any);
  if (name == "isr_expands") return metric.counted<fact::IsrExpand>(any);
  if (name == "rebalances") return metric.counted<fact::GroupRebalance>(any);
  return name == "mbeans" && asked.parts.size() == 4 ? why_mbean(asked) : std::nullopt;
}

}  // namespace kafkascope::observe
