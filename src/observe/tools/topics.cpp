// kafka-topics. Kafka: TopicCommand (4.1: org.apache.kafka.tools, 2.5: kafka.admin).
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "broker/internal_topics.h"
#include "client/java_order.h"
#include "observe/model/standing.h"
#include "observe/tools/request.h"

namespace kafkascope::observe::tools {

namespace {

void fail_topics(Answer& answer, const std::string& message) {
  answer.print("Error while executing topic command : " + message + "\n");
  answer.status = 1;
}

/// The controller that the brokers' metadata names under ZooKeeper while no broker is the controller: the last one.
/// Simplified: the live broker that does not answer, if there is one.
BrokerId last_controller(const Request& r) {
  for (const BrokerId id : r.live_brokers())
    if (r.reach(id) == nullptr) return id;
  return kNoBroker;
}

struct Reports {
  bool under_replicated, unavailable, under_min_isr, at_min_isr, overrides;
  bool any() const { return under_replicated || unavailable || under_min_isr || at_min_isr; }
};

/// Whether the asked broker names a leader that the admin client knows.
bool has_leader(const Request& r, const protocol::PartitionRegistration& p) {
  const protocol::BrokerRegistration* leader = p.leader == kNoBroker ? nullptr : r.metadata().broker(p.leader);
  return leader != nullptr && !leader->fenced;
}

bool is_reassigned(const protocol::PartitionRegistration* p) {
  return p != nullptr && (!p->adding.empty() || !p->removing.empty());
}

/// During a reassignment: without the replicas that are being added.
std::size_t replication_factor(const protocol::PartitionRegistration& believed,
                               const protocol::PartitionRegistration* decided) {
  if (!is_reassigned(decided)) return believed.replicas.size();
  const auto changes = [&](BrokerId id) {
    const auto in = [id](const protocol::IdList& list) {
      return std::find(list.begin(), list.end(), id) != list.end();
    };
    return in(decided->adding) || in(decided->removing);
  };
  return std::any_of(believed.replicas.begin(), believed.replicas.end(), changes)
             ? decided->replicas.size() - decided->adding.size()
             : believed.replicas.size();
}

void describe(const Request& r, const protocol::TopicImage& topic, const Reports& reports, Answer& answer) {
  std::vector<ConfigEntry> configs = topic_configs(*r.asked(), topic.name);
  const auto min_isr = std::find_if(configs.begin(), configs.end(),
                                    [](const ConfigEntry& e) { return e.name == "min.insync.replicas"; });
  const std::int64_t needed = min_isr == configs.end() ? 1 : protocol::parse_whole_number(min_isr->value).value_or(1);
  // Config.entries is a HashMap by name; with all of a topic's keys, some of which are not modelled, it has 64 buckets.
  // Entries in one bucket keep the order of the broker's own table, a Scala mutable.HashMap.
  const auto hash = [](const ConfigEntry& e) { return client::java_hash(e.name); };
  std::stable_sort(configs.begin(), configs.end(), [&](const ConfigEntry& a, const ConfigEntry& b) {
    const auto improved = [&](const ConfigEntry& e) { return static_cast<std::int32_t>(hash(e) ^ hash(e) >> 16); };
    return improved(a) < improved(b);
  });
  client::sort_as_java(configs, 64, hash);
  std::erase_if(configs, [](const ConfigEntry& e) { return e.is_default(); });
  const protocol::MetadataImage& decisions = r.cluster().committed();
  const auto decided = [&](std::size_t p) { return decisions.partition({topic.id, static_cast<std::int32_t>(p)}); };
  if (!reports.any() && (!reports.overrides || !configs.empty())) {
    std::vector<std::string> overrides;
    for (const ConfigEntry& e : configs) overrides.push_back(e.name + "=" + e.value);
    answer.print(fmt::format("Topic: {}{}\tPartitionCount: {}\tReplicationFactor: {}\tConfigs: {}\n", topic.name,
                             r.by_2_5() ? "" : "\tTopicId: " + topic_uuid(topic.id), topic.partitions.size(),
                             replication_factor(topic.partitions[0], decided(0)), fmt::join(overrides, ",")));
  }
  if (reports.overrides) return;
  for (std::size_t i = 0; i < topic.partitions.size(); ++i) {
    const protocol::PartitionRegistration& p = topic.partitions[i];
    const bool led = has_leader(r, p);
    // TopicCommand's PartitionDescription also counts partitions without a leader.
    const Standing s{.led = true,
                     .replicas = static_cast<int>(replication_factor(p, decided(i))),
                     .in_sync = p.isr.size(),
                     .min_isr = static_cast<int>(needed)};
    const bool shown = !reports.any() || (reports.under_replicated && s.under_replicated()) ||
                       (reports.unavailable && !led) || (reports.under_min_isr && (!led || s.under_min_isr())) ||
                       (reports.at_min_isr && s.at_min_isr());
    if (!shown) continue;
    std::string line = fmt::format("\tTopic: {}\tPartition: {}\tLeader: {}\tReplicas: {}\tIsr: {}", topic.name, i,
                                   led ? std::to_string(p.leader) : "none", joined(p.replicas), joined(p.isr));
    if (!r.by_2_5()) {
      if (is_reassigned(decided(i)))
        line += fmt::format("\tAdding Replicas: {}\tRemoving Replicas: {}", joined(decided(i)->adding),
                            joined(decided(i)->removing));
      line += fmt::format("\tElr: {}\tLastKnownElr: {}", joined(p.elr), joined(p.last_known_elr));
    }
    answer.print(line + "\n");
  }
}

}  // namespace

void ask_topics(const Request& r, Answer& answer) {
  if (r.asked() == nullptr)
    return fail_topics(answer, (r.by_2_5() ? std::string(kTimeoutException) : std::string()) +
                                   no_node(r, "listTopics", kApiTimeoutMs));
  const bool internal = !r.has("--exclude-internal");
  std::vector<const protocol::TopicImage*> topics = r.topics(internal);
  const std::string wanted = r.value("--topic"), id = r.value("--topic-id");
  if (!id.empty()) std::erase_if(topics, [&](const auto* t) { return topic_uuid(t->id) != id; });
  else if (!wanted.empty()) std::erase_if(topics, [&](const auto* t) { return !topic_allowed(wanted, t->name); });
  if (r.has("--list")) {
    for (const auto* t : topics) answer.print(t->name + "\n");
    if (topics.empty()) answer.print("\n");
    return;
  }
  // 2.5 prints nothing in this case.
  if (topics.empty() && !r.by_2_5() && !r.has("--if-exists") && !(wanted.empty() && id.empty()))
    return fail_topics(answer, id.empty() ? fmt::format("Topic '{}' does not exist as expected", wanted)
                                          : fmt::format("TopicId '{}' does not exist as expected", id));
  // The controller reports the reassignments; a broker that finds no controller does not answer.
  // 2.5 asks for them whatever the topics are.
  if ((r.by_2_5() || !topics.empty()) && !answering_controller(r.cluster()).valid())
    return fail_topics(answer, r.by_2_5()
                                   ? timed_out(r, last_controller(r), "listPartitionReassignments", kApiTimeoutMs)
                                   : "java.util.concurrent.ExecutionException: " + std::string(kTimeoutException) +
                                         "The request timed out.");
  client::sort_as_java(topics, topics.size(), [](const auto* t) { return client::java_hash(t->name); });
  const Reports reports{r.has("--under-replicated-partitions"), r.has("--unavailable-partitions"),
                        r.has("--under-min-isr-partitions"), r.has("--at-min-isr-partitions"),
                        r.has("--topics-with-overrides")};
  for (const auto* t : topics) describe(r, *t, reports, answer);
}

}  // namespace kafkascope::observe::tools
