// Metrics of brokers and controllers that lead to another question: about a partition, a group, the node or the quorum.
#include <fmt/format.h>

#include <algorithm>

#include "observe/why/coordinators.h"
#include "observe/why/fetchers.h"
#include "observe/why/led.h"
#include "observe/why/why_metric.h"
#include "protocol/facts_of_groups.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_quorum.h"
#include "protocol/messages_data.h"
#include "storage/partition_log.h"

namespace kafkascope::observe {

using nlohmann::json;
using MetricLine = Story::Line;

namespace {

// ---------------------------------------------------------------------------------------------- partitions

std::optional<Answer> why_reassigned(const OfMetric& m) {
  std::string moved;
  for_each_entry(state_of(m.story, "/partitions"), [&](const std::string& partition, const json& p) {
    const bool moves = !part_of(p, "adding").empty() || !part_of(p, "removing").empty();
    if (moved.empty() && moves && part_of(p, "leader") == m.broker) moved = partition;
  });
  if (!m.is_zero()) return moved.empty() ? std::nullopt : led_to(m, why_partition, {"partitions", moved, "replicas"});
  const MetricLine* ended = m.story.last<fact::ReassignmentChanged>(m.story.end(), [&](const auto& f, const auto& l) {
    return f.adding == 0 && f.removing == 0 && m.story.leader_at(f.partition, l.seq) == m.broker;
  });
  if (ended == nullptr || !moved.empty()) return std::nullopt;
  Telling telling = telling_of(m);
  telling.trail(ended, Weight::Cause);
  telling.now("why.metric_none"_w, {{"metric", metric_in_words(m.name)}}, Weight::Point, "");
  return telling.done();
}

/// The ISR's size, or that of the replicas: only the leader knows them.
std::optional<Answer> why_size(const OfMetric& m) {
  const std::string partition = m.partition();
  const json state = state_of(m.story, "/partitions/" + partition);
  const bool leads = part_of(state, "leader") == m.broker;
  // A broker that has not heard of its leadership, or of a change, reports what it knows.
  const std::size_t there = part_of(state, m.has("name=InSync") ? "isr" : "replicas").size();
  if (leads && m.asked.value != there) return std::nullopt;
  if (leads && m.has("name=InSync")) return under_metric(m, why_isr(m.story, m.asked.path, partition));
  if (leads) return led_to(m, why_partition, {"partitions", partition, "replicas"});
  if (!m.is_zero()) return std::nullopt;
  Telling telling = telling_of(m);
  telling.now("why.metric_only_leader"_w, {{"who", m.who}, {"partition", partition}}, Weight::Point, partition);
  return telling.done();
}

std::optional<Answer> why_log_of(const OfMetric& m, std::vector<std::string> field) {
  std::vector<std::string> parts{"partitions", m.partition(), "logs", std::to_string(m.broker)};
  parts.insert(parts.end(), field.begin(), field.end());
  return led_to(m, why_partition, parts);
}

/// The topics, or their partitions: all of them, or those of which the broker has a replica.
std::optional<Answer> why_topics(const OfMetric& m) {
  const bool own = m.has("name=PartitionCount"), topics = m.has("name=GlobalTopicCount");
  std::map<std::string, std::int64_t> parts;
  for_each_entry(state_of(m.story, "/partitions"), [&](const std::string& partition, const json& p) {
    if (own && !part_of(part_of(p, "logs"), std::to_string(m.broker)).is_object()) return;
    std::int64_t& of_topic = parts[partition.substr(0, partition.rfind('-'))];
    of_topic = topics ? 1 : of_topic + 1;
  });
  const auto counts = [&](const auto&, const MetricLine& l) {
    return l.time.us > 0 && (!own || (l.topic >= 0 && parts.contains(m.story.cluster().topic_name(l.topic))));
  };
  const auto moves = [&](const auto& f, const MetricLine&) {
    return own && f.state.before().contains(m.broker) != f.state.after().contains(m.broker);
  };
  Telling telling = telling_of(m);
  telling.trail(latest({m.story.last<fact::TopicCreated>(m.story.end(), counts),
                        m.story.last<fact::PartitionAdded>(m.story.end(), counts),
                        own ? nullptr : m.story.last<fact::TopicDeleted>(m.story.end(), counts),
                        m.story.last<fact::ReassignmentChanged>(m.story.end(), moves)}),
                Weight::Link);
  if (!tell_sum(telling, m, parts)) return std::nullopt;  // the node has not heard of the last change
  return telling.done();
}

std::optional<Answer> why_producer_ids(const OfMetric& m) {
  if (!m.node.valid() || m.is_zero()) return std::nullopt;
  std::map<std::string, std::int64_t> parts;
  for_each_entry(state_of(m.story, "/partitions"), [&](const std::string& partition, const json&) {
    if (const storage::PartitionLog* log = m.story.cluster().log(m.broker, partition_named(m.story, partition)))
      parts[partition] = static_cast<std::int64_t>(log->producers().entries().size());
  });
  Telling telling = telling_of(m);
  telling.now("why.metric_producer_ids"_w, {{"who", m.who}}, Weight::Point, m.who);
  tell_sum(telling, m, parts);
  return telling.done();
}

/// What producers and coordinators have appended here since the process began: records, or batches.
std::optional<Answer> why_appended(const OfMetric& m) {
  const MetricLine* start = m.restarted();
  const bool batches = m.has("TotalProduce");
  std::map<std::string, std::int64_t> parts;
  (void)m.story.count<fact::LogAppended>(m.story.end(), [&](const auto& f, const MetricLine& l) {
    if (l.node != m.node || (start != nullptr && l.seq < start->seq)) return false;
    parts[m.story.cluster().topic_name(f.partition.topic)] += batches ? 1 : f.last_offset - f.base_offset + 1;
    return true;
  });
  Telling telling = telling_of(m);
  tell_counted(telling, m);
  tell_sum(telling, m, parts);
  return telling.done();
}

// ---------------------------------------------------------------------------------------------- groups

/// The groups that the broker coordinates, of that protocol and in that state ("": any).
std::vector<std::string> groups_here(const OfMetric& m, const std::string& protocol, const std::string& state) {
  std::vector<std::string> names;
  for_each_entry(state_of(m.story, "/groups"), [&](const std::string& group, const json& g) {
    if (part_of(g, "coordinator") == m.broker && part_of(g, "protocol") == protocol &&
        (state.empty() || part_of(g, "state") == state))
      names.push_back(group);
  });
  return names;
}

/// The first four of the names.
std::string names_in_words(const std::vector<std::string>& names) {
  std::string all;
  for (std::size_t i = 0; i < names.size() && i < 4; ++i) all += (i == 0 ? "" : ", ") + names[i];
  return names.size() > 4 ? all + " …" : all;
}

/// A coordinator counts the groups of the classic protocol once a minute. Kafka:
/// GroupCoordinatorShard.scheduleClassicGroupSizeCounter.
Answer why_groups_of_then(const OfMetric& m, const std::vector<std::string>& now) {
  Telling telling = telling_of(m);
  const std::vector<std::string> all = groups_here(m, "classic", "");
  const MetricLine* changed = nullptr;
  for (const std::string& group : all) changed = latest({changed, last_change_of_group(m.story, group)});
  telling.trail(changed, Weight::Link);
  telling.now("why.metric_groups_then"_w,
              {{"who", m.who}, {"groups", names_in_words(now)}, {"none", now.empty() ? "1" : ""}}, Weight::Point,
              m.who);
  return telling.done();
}

std::optional<Answer> why_groups(const OfMetric& m) {
  constexpr std::string_view kPrefix = "name=NumGroups";
  const std::size_t at = m.name.find(kPrefix);
  const bool classic = at != std::string::npos || m.has("protocol=classic");
  const std::string state = at == std::string::npos ? m.tag("state") : m.name.substr(at + kPrefix.size());
  const std::vector<std::string> names = groups_here(m,
                                                     classic          ? "classic"
                                                     : m.has("share") ? "share"
                                                                      : "consumer",
                                                     state);
  if (m.asked.value != names.size())
    return classic ? std::optional<Answer>(why_groups_of_then(m, names)) : std::nullopt;
  if (names.empty()) return std::nullopt;
  if (names.size() == 1) return led_to(m, why_group, {"groups", names.front(), "state"});
  Telling telling = telling_of(m);
  const MetricLine* changed = nullptr;
  for (const std::string& group : names) changed = latest({changed, last_change_of_group(m.story, group)});
  telling.trail(changed, Weight::Link);
  telling.now("why.metric_groups"_w, {{"who", m.who}, {"groups", names_in_words(names)}}, Weight::Point, m.who);
  return telling.done();
}

std::optional<Answer> why_offsets(const OfMetric& m) {
  std::map<std::string, std::int64_t> parts;
  for_each_entry(state_of(m.story, "/groups"), [&](const std::string& group, const json& g) {
    if (part_of(g, "coordinator") == m.broker) parts[group] = static_cast<std::int64_t>(part_of(g, "offsets").size());
  });
  if (m.is_zero()) return std::nullopt;
  Telling telling = telling_of(m);
  telling.trail(m.story.last<fact::OffsetCommitted>(m.story.end(),
                                                    [&](const auto&, const MetricLine& l) { return l.node == m.node; }),
                Weight::Link);
  if (!tell_sum(telling, m, parts)) return std::nullopt;
  return telling.done();
}

// ---------------------------------------------------------------------------------------------- the quorum

/// How far the node has the metadata log. Some of these names mean the last offset, others the next one.
std::optional<Answer> why_metadata_offset(const OfMetric& m) {
  const json quorum = state_of(m.story, "/cluster/quorum/high_watermark");
  const bool next = m.has("raft-metrics");
  const std::int64_t own = whole_of(m.asked.value) + (next ? 0 : 1), committed = whole_of(quorum);
  const sim::NodeId active = m.story.cluster().active_controller();
  Telling telling = telling_of(m);
  const bool behind = quorum.is_number_integer() && own < committed;
  const protocol::Offset nothing{-1},
      common = m.has("#log-end-offset") ? truncated_to(m.story.cluster(), m.node).value_or(nothing) : nothing;
  const bool cut = common != nothing, ahead = !cut && quorum.is_number_integer() && own > committed;
  if (!cut && !behind && !ahead) return led_to(m, why_cluster, {"cluster", "quorum", "high_watermark"});
  telling.trail(m.story.hindrance(m.node, m.story.end(), active.valid() ? Search{active} : Search()), Weight::Cause);
  if (cut)
    telling.now("why.metric_log_cut"_w,
                {{"who", m.who},
                 {"records", own - common.value},
                 {"from", common.value},
                 {"controller", m.story.cluster().info(active).name}},
                Weight::Point, m.who);
  if (ahead) telling.now("why.metric_metadata_ahead"_w, {{"who", m.who}}, Weight::Point, m.who);
  const bool of_commits = m.has("#high-watermark") || m.has("LastCommittedRecordOffset");
  if (behind && of_commits && own <= 0)
    telling.now("why.metric_committed_unknown"_w, {{"who", m.who}, {"last", committed - 1}}, Weight::Point, m.who);
  else if (behind)
    telling.now(of_commits ? "why.metric_committed_behind"_w : "why.metric_metadata_behind"_w,
                {{"who", m.who}, {"offset", (cut ? common.value : own) - 1}, {"last", committed - 1}}, Weight::Point,
                m.who);
  return telling.done();
}

/// The quorum's leader, or its epoch, as the node knows it.
std::optional<Answer> why_known_leader(const OfMetric& m) {
  const json active = state_of(m.story, "/cluster/active_controller");
  const json present = m.has("current-epoch") ? state_of(m.story, "/cluster/quorum/epoch") : active;
  if (active.is_null() || present == m.asked.value) return under_metric(m, why_controller(m.story, m.asked.path));
  const sim::NodeId controls = m.story.cluster().active_controller();
  if (!controls.valid()) return std::nullopt;
  Telling telling = telling_of(m);
  telling.trail(m.story.last<fact::ControllerActive>(
                    m.story.end(), [&](const auto&, const MetricLine& l) { return l.node == controls; }),
                Weight::Link);
  telling.trail(m.story.hindrance(m.node, m.story.end()), Weight::Cause);
  telling.now("why.metric_old_leader"_w, {{"who", m.who}, {"controller", m.story.cluster().info(controls).name}},
              Weight::Point, m.who);
  return telling.done();
}

std::optional<Answer> why_vote(const OfMetric& m) {
  Telling telling = telling_of(m);
  if (m.story.cluster().info(m.node).kind == cluster::NodeKind::Broker) {
    telling.now("why.metric_no_voter"_w, {{"who", m.who}}, Weight::Point, m.who);
    return telling.done();
  }
  const std::int64_t candidate = whole_of(m.asked.value);
  if (candidate == m.story.cluster().info(m.node).id) return why_known_leader(m);
  telling.trail(m.story.last<fact::QuorumVoted>(m.story.end(),
                                                [&](const auto& f, const MetricLine& l) {
                                                  return l.node == m.node && f.granted && !f.pre_vote &&
                                                         f.candidate == candidate;
                                                }),
                Weight::Point);
  if (telling.empty() && candidate >= 0) return std::nullopt;
  if (candidate < 0) telling.now("why.metric_no_vote"_w, {{"who", m.who}}, Weight::Point, m.who);
  return telling.done();
}

/// A record of the metadata log is committed once a majority of the voters has it.
std::optional<Answer> why_quorum_commits(const OfMetric& m) {
  const std::vector<sim::NodeId>& voters = m.story.cluster().controllers();
  const std::size_t all = voters.size(), need = all / 2 + 1;
  std::vector<const MetricLine*> held;
  for (const sim::NodeId voter : voters)
    if (const MetricLine* l = m.story.hindrance(voter, m.story.end(), Search().of(traffic::kQuorum))) held.push_back(l);
  Telling telling = telling_of(m);
  // The leader needs only the fastest ones.
  if (m.node == m.story.cluster().active_controller() && all - held.size() < need)
    for (const MetricLine* l : held) telling.trail(l, Weight::Cause);
  telling.now("why.metric_quorum_commits"_w, {{"need", need}, {"all", all}}, Weight::Point, m.who);
  return telling.done();
}

/// The last controller of which the node has heard.
std::optional<Answer> why_new_controllers(const OfMetric& m) {
  const json known = state_of(m.story, "/metrics/mbeans/" + m.who + "/kafka.server:type=raft-metrics#current-leader");
  const MetricLine* start = m.restarted();
  const MetricLine* active = m.story.last<fact::ControllerActive>(m.story.end(), [&](const auto& f, const auto& l) {
    return l.time.us > 0 && known == f.controller && (start == nullptr || l.seq > start->seq);
  });
  if (m.is_zero() || active == nullptr) return std::nullopt;
  Telling telling = telling_of(m);
  telling.trail(active, Weight::Point);
  tell_counted(telling, m);
  return telling.done();
}

/// The elections of a leader from the ELR (KIP-966). The trace says only whether it was in the ISR, so none of them may have been
/// unclean.
std::optional<Answer> why_from_elr(const OfMetric& m) {
  const std::string unclean =
      "/metrics/mbeans/" + m.who + "/kafka.controller:type=ControllerStats,name=UncleanLeaderElectionsPerSec";
  const auto from_outside = [&](const auto&, const MetricLine& l) { return m.story.elected_from_outside(l); };
  if (m.is_zero() || state_of(m.story, unclean) != 0 ||
      m.story.count<fact::LeaderElected>(m.story.end(), from_outside) != whole_of(m.asked.value))
    return std::nullopt;
  Telling telling = telling_of(m);
  telling.trail(m.story.last<fact::LeaderElected>(m.story.end(), from_outside), Weight::Point);
  tell_counted(telling, m);
  return telling.done();
}

std::optional<Answer> why_feature(const OfMetric& m) {
  const std::vector<std::string> parts{"cluster", "features", "metadata.version"};
  return state_of(m.story, "/cluster/features/metadata.version") == m.asked.value ? led_to(m, why_cluster, parts)
                                                                                  : std::nullopt;
}

// The first row whose text is a part of the name answers.
constexpr MetricAnswer kServerAnswers[] = {
    {"name=ReassigningPartitions", why_reassigned},
    {"name=InSyncReplicasCount", why_size},
    {"name=ReplicasCount", why_size},
    {"type=Log,name=LogStartOffset", [](const OfMetric& m) { return why_log_of(m, {"log_start_offset"}); }},
    {"type=Log,name=LogEndOffset", [](const OfMetric& m) { return why_log_of(m, {"log_end_offset"}); }},
    {"type=Log,name=NumLogSegments", [](const OfMetric& m) { return why_log_of(m, {"segments"}); }},
    {"type=Log,name=Size", [](const OfMetric& m) { return why_log_of(m, {}); }},
    {"name=PartitionCount", why_topics},
    {"name=GlobalTopicCount", why_topics},
    {"name=GlobalPartitionCount", why_topics},
    {"name=ProducerIdCount", why_producer_ids},
    {"name=MessagesInPerSec", why_appended},
    {"name=TotalProduceRequestsPerSec", why_appended},
    {"DelayedProduceMetrics,name=ExpiresPerSec",
     [](const OfMetric& m) {
       return why_last<fact::RequestRefused>(m, [](const OfMetric& own, const auto& f, const MetricLine& l) {
         return l.node == own.node && f.api == protocol::api::Produce &&
                f.error == protocol::ErrorCode::REQUEST_TIMED_OUT;
       });
     }},
    {"name=NumGroups", why_groups},
    {"#group-count", why_groups},
    {"#consumer-group-count", why_groups},
    {"#share-group-count", why_groups},
    {"name=NumOffsets", why_offsets},
    {"#offset-commit-count",
     [](const OfMetric& m) {
       return why_last<fact::OffsetCommitted>(m, [](const OfMetric& own, const auto& f, const MetricLine& l) {
         return l.node == own.node && f.offset.known();
       });
     }},
    {"name=BrokerState",
     [](const OfMetric& m) {
       return led_to(m, why_node, {"nodes", m.who, "state"});
     }},
    {"name=CurrentMetadataVersion", why_feature},
    {"name=CurrentControllerId", why_known_leader},
    {"raft-metrics#current-leader", why_known_leader},
    {"raft-metrics#current-epoch", why_known_leader},
    {"raft-metrics#election-latency",
     [](const OfMetric& m) { return under_metric(m, why_controller(m.story, m.asked.path)); }},
    {"raft-metrics#current-vote", why_vote},
    {"raft-metrics#commit-latency", why_quorum_commits},
    {"raft-metrics#high-watermark", why_metadata_offset},
    {"raft-metrics#log-end-offset", why_metadata_offset},
    {"#last-applied-record-offset", why_metadata_offset},
    {"name=LastAppliedRecordOffset", why_metadata_offset},
    {"name=LastCommittedRecordOffset", why_metadata_offset},
    {"name=NewActiveControllersCount", why_new_controllers},
    {"name=ElectionFromEligibleLeaderReplicasPerSec", why_from_elr},
};

}  // namespace

std::optional<Answer> why_server_metric(const OfMetric& m) {
  for (const MetricAnswer& row : kServerAnswers)
    if (m.has(row.part)) return row.why(m);
  return std::nullopt;
}

}  // namespace kafkascope::observe
