// Why a number of the ledger is what it is: by its first record. And why a metric, or any line of the trace.
#include <algorithm>
#include <charconv>

#include "observe/model/fates.h"
#include "observe/why/why_parts.h"
#include "observe/words/words.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_groups.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_quorum.h"

namespace kafkascope::observe {

using nlohmann::json;
using Line = Story::Line;

namespace {

std::optional<std::uint64_t> whole_number(const std::string& text) {
  std::uint64_t n = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), n);
  if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return n;
}

bool public_topic(const Story& story, const Line& l) {
  return l.topic < 0 || !story.cluster().topic_name(l.topic).starts_with("__");
}

/// The groups of the ledger that may have the fate; those of consumers without a group too.
std::string group_with(const Story& story, std::string_view fate) {
  const ClusterView truth(story.cluster());
  for (const auto& [name, counts] : story.moment().observation.ledger().by_reader(truth))
    if ((fate == "redelivered" && counts.redelivered > 0) || (fate == "skipped" && counts.skipped > 0) ||
        (fate == "before_group" && counts.before_group > 0))
      return name;
  return {};
}

Answer why_count(const Asked& asked, std::string_view fate, const std::string& client, std::string group) {
  const Story& story = asked.story;
  const ClusterView truth(story.cluster());
  if (group.empty()) group = group_with(story, fate);
  RecordLedger& ledger = story.moment().observation.ledger();
  const auto records = ledger.with_fate(fate, truth, 1, {client, group});
  const std::string count = asked.value.is_null() ? "0" : asked.value.dump();
  if (!records.empty()) {
    std::optional<Answer> answer =
        why_fate(story, asked.path, records.front().client, records.front().number, fate, group);
    if (answer) return *std::move(answer);
  }
  Telling telling(story, asked.path, both("why.q_ledger"_w, {{"fate", std::string(fate)}, {"count", count}}));
  telling.now("why.count_zero"_w, {{"fate", std::string(fate)}}, Weight::Point, "");
  return telling.done();
}

}  // namespace

std::optional<Answer> why_ledger(const Asked& asked) {
  const auto is_fate = [](const std::string& word) {
    return std::any_of(fate_rows().begin(), fate_rows().end(), [&](const FateRow& row) { return row.word == word; });
  };
  if (is_fate(asked.part(1))) return why_count(asked, asked.part(1), "", "");
  const bool by_client = asked.part(1) == "by_client", by_group = asked.part(1) == "by_group";
  if ((!by_client && !by_group) || !is_fate(asked.part(3))) return std::nullopt;
  if (asked.parts.size() == 6) {  // one record
    const sim::NodeId node = asked.story.cluster().find(asked.part(4));
    const auto number = whole_number(asked.part(5));
    if (!node.valid() || !number) return std::nullopt;
    return why_fate(asked.story, asked.path, node.index, static_cast<std::uint32_t>(*number), asked.part(3),
                    by_group ? asked.part(2) : std::string());
  }
  return why_count(asked, asked.part(3), by_client ? asked.part(2) : std::string(),
                   by_group ? asked.part(2) : std::string());
}

std::optional<Answer> why_event(const Asked& asked) {
  const Story& story = asked.story;
  const auto seq = whole_number(asked.part(1));
  const Line* line = seq ? story.trace().find(*seq) : nullptr;
  if (line == nullptr) return std::nullopt;
  Telling telling(story, asked.path, both("why.q_event"_w, {{"what", sentence(*line, story.names())}}));
  telling.trail(line, Weight::Point);
  return telling.done();
}

std::optional<Answer> why_metric(const Asked& asked) {
  const Story& story = asked.story;
  const std::string& name = asked.part(1);
  const auto publicly = [&](const auto&, const Line& l) { return public_topic(story, l) && l.time.us > 0; };
  const auto counted = [&](const Line* line, std::int64_t count) {
    Telling telling(story, asked.path,
                    both("why.q_metric"_w, {{"metric", asked.parts.back()}, {"value", asked.value.dump()}}));
    if (line == nullptr) telling.now("why.never_happened"_w, {{"metric", asked.parts.back()}}, Weight::Point, "");
    else telling.trail(line, Weight::Point);
    if (line != nullptr && count > 1) telling.now("why.happened_times"_w, {{"count", count}}, Weight::Aside, "");
    return telling.done();
  };
  const std::uint64_t end = story.end();
  const auto elections = [&] {
    return counted(story.last<fact::LeaderElected>(end, publicly), story.count<fact::LeaderElected>(end, publicly));
  };
  const auto shrinks = [&] {
    return counted(story.last<fact::IsrShrink>(end, publicly), story.count<fact::IsrShrink>(end, publicly));
  };
  const auto expands = [&] {
    return counted(story.last<fact::IsrExpand>(end, publicly), story.count<fact::IsrExpand>(end, publicly));
  };
  const auto any = [](const auto&, const Line&) { return true; };
  if (name == "elections") return elections();
  if (name == "isr_shrinks") return shrinks();
  if (name == "isr_expands") return expands();
  if (name == "rebalances")
    return counted(story.last<fact::GroupRebalance>(end, any), story.count<fact::GroupRebalance>(end, any));
  if (name != "mbeans" || asked.parts.size() != 4) return std::nullopt;
  const std::string& bean = asked.part(3);
  const auto has = [&](std::string_view word) { return bean.find(word) != std::string::npos; };
  // A partition that the number counts; of all such ones the first that users see.
  const auto partition_where = [&](auto&& fits) {
    std::string found;
    for_each_entry(state_of(story, "/partitions"), [&](const std::string& partition, const json& state) {
      if (found.empty() && !partition.starts_with("__") && fits(state)) found = partition;
    });
    return found;
  };
  const auto in_words = [&](std::optional<Answer> answer) {
    if (answer) answer->question = both("why.q_metric"_w, {{"metric", bean}, {"value", asked.value.dump()}});
    return answer;
  };
  if (has("IsrShrinks")) return shrinks();
  if (has("IsrExpands")) return expands();
  if (has("LeaderElectionRate") || has("ElectionRateAndTime") || has("UncleanLeaderElection")) return elections();
  if (has("UnderReplicatedPartitions") || has("UnderMinIsr") || has("AtMinIsr") || has("ReplicasIneligible")) {
    const std::string partition = partition_where([](const json& s) { return s["isr"].size() < s["replicas"].size(); });
    if (!partition.empty()) return in_words(why_isr(story, asked.path, partition));
    return counted(story.last<fact::IsrExpand>(end, publicly), 0);
  }
  if (has("OfflinePartitions") || has("OfflineReplica")) {
    const std::string partition = partition_where([](const json& s) { return s["leader"].is_null(); });
    if (!partition.empty()) return in_words(why_leader(story, asked.path, partition));
    return counted(nullptr, 0);
  }
  if (has("ActiveControllerCount") || has("ActiveBrokerCount") || has("current-leader") || has("current-epoch"))
    return in_words(why_controller(story, asked.path));
  if (has("FencedBroker"))
    return counted(story.last<fact::BrokerFenced>(end, any), story.count<fact::BrokerFenced>(end, any));
  if (has("records-lag") || has("ConsumerLag")) {
    const std::string group = story.group_of(story.cluster().find(asked.part(2)));
    std::string most;
    std::int64_t lag = -1;
    for_each_entry(state_of(story, "/groups/" + group + "/lag"), [&](const std::string& partition, const json& n) {
      if (n.is_number() && whole_of(n) > lag) most = partition, lag = whole_of(n);
    });
    return most.empty() ? std::nullopt : in_words(why_lag(story, asked.path, group, most));
  }
  if (has("rebalance")) {
    const std::string group = story.group_of(story.cluster().find(asked.part(2)));
    return counted(story.last<fact::GroupRebalance>(
                       end, [&](const auto& f, const Line&) { return group.empty() || f.group == group; }),
                   0);
  }
  if (has("record-error") || has("record-retry")) {
    const sim::NodeId node = story.cluster().find(asked.part(2));
    const auto own = [&](const auto&, const Line& l) { return l.node == node; };
    const Line* failed =
        has("record-error") ? story.last<fact::BatchFailed>(end, own) : story.last<fact::BatchRetried>(end, own);
    return counted(failed, 0);
  }
  if (has("FailedProduce") || has("FailedFetch") || has("ErrorsPerSec"))
    return counted(story.last<fact::RequestRefused>(end, publicly), story.count<fact::RequestRefused>(end, publicly));
  return std::nullopt;
}

}  // namespace kafkascope::observe
