// Why a metric has its value: by the last event that it counts, or by a partition, broker or group that it counts now.
#include <algorithm>

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

class MetricTelling {
 public:
  MetricTelling(const Asked& asked, const std::string& name) : asked_(asked), name_(name) {}

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
    return asks("why.q_metric"_w, {{"metric", name_}, {"value", plain_value(asked_.value)}});
  }
  const Asked& asked_;
  const std::string& name_;
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
    return most.empty() ? std::nullopt : metric.under_own_question(why_lag(story, asked.path, group, most));
  }
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

}  // namespace

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
