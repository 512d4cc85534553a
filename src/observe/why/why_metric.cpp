// Why a metric has its value: by the last event that it counts, or by a partition, broker or group that it counts now.
#include <algorithm>

#include <fmt/format.h>

#include "broker/metrics.h"
#include "observe/model/mbeans.h"
#include "observe/model/standing.h"
#include "observe/time/leader_change.h"
#include "observe/why/fetchers.h"
#include "observe/why/led.h"
#include "observe/why/metric_telling.h"
#include "observe/why/why_metric.h"
#include "observe/words/words.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_groups.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_quorum.h"
#include "protocol/messages_data.h"
#include "protocol/trace_code.h"

namespace kafkascope::observe {

using nlohmann::json;
using Line = Story::Line;

namespace {

/// The first matching partition, preferably of a topic that users see; "": none matches.
template <class Fits>
std::string partition_where(const Story& story, Fits&& fits) {
  std::string found, inside;
  for_each_entry(state_of(story, "/partitions"), [&](const std::string& partition, const json& state) {
    std::string& place = partition.starts_with("__") ? inside : found;
    if (place.empty() && fits(partition, state)) place = partition;
  });
  return found.empty() ? inside : found;
}

/// The partition with the greatest amount, preferably of a topic that users see; "" if none has any.
template <class Amount>
std::string partition_with_most(const Story& story, Amount&& amount) {
  std::string found, inside;
  std::int64_t most = 0, most_inside = 0;
  for_each_entry(state_of(story, "/partitions"), [&](const std::string& partition, const json& state) {
    const bool internal = partition.starts_with("__");
    std::int64_t& best = internal ? most_inside : most;
    if (const std::int64_t own = amount(partition, state); own > best)
      best = own, (internal ? inside : found) = partition;
  });
  return found.empty() ? inside : found;
}

/// The metric of a node, with the answers about it.
struct Bean : OfMetric {
  explicit Bean(const Asked& a) : OfMetric(a), metric(a, name, restarted()) {}

  bool leads(const json& partition) const { return partition["leader"] == broker; }
  template <class F>
  std::optional<Answer> counts_own() const {
    return metric.counted<F>([node = node](const auto&, const Line& l) { return l.node == node; });
  }
  template <class F>
  std::optional<Answer> counts_all() const {
    return metric.counted<F>([](const auto&, const Line&) { return true; });
  }

  const MetricTelling metric;
};

/// `counts`: whether the metric counts such a partition.
std::optional<Answer> why_partitions(const Bean& bean, bool (Standing::*counts)() const) {
  const cluster::Cluster& c = bean.story.cluster();
  const std::string named = bean.partition();
  const std::string partition =
      bean.is_zero() ? std::string() : partition_where(bean.story, [&](const std::string& name, const json& state) {
        const protocol::TopicPartition tp = partition_named(bean.story, name);
        return (named.empty() || name == named) && bean.leads(state) &&
               (standing_of(*c.committed().partition(tp), c.effective_min_isr(tp)).*counts)();
      });
  if (partition.empty())
    return bean.metric.none(bean.story.last<fact::IsrExpand>(bean.story.end(), [&](const auto& f, const Line& l) {
      return l.node == bean.node &&
             (named.empty() ? is_public(bean.story, l) : f.partition == partition_named(bean.story, named));
    }));
  // The ISR may be unchanged, and min.insync.replicas different.
  const protocol::TopicPartition tp = partition_named(bean.story, partition);
  const Line* set = bean.story.setting_of(tp, "min.insync.replicas", bean.story.end());
  const auto isr = bean.story.isr_before(tp, bean.story.end());
  if (counts != &Standing::under_replicated && set != nullptr &&
      (!isr || isr->line == nullptr || isr->line->seq < set->seq))
    return bean.metric.since(set);
  return under_metric(bean, why_isr(bean.story, bean.asked.path, partition, counts == &Standing::under_replicated));
}

std::optional<Answer> why_offline_partitions(const Bean& bean) {
  const std::string partition =
      partition_where(bean.story, [](const std::string&, const json& s) { return s["leader"].is_null(); });
  if (partition.empty() || bean.is_zero())
    return bean.metric.none(bean.story.last<fact::LeaderElected>(
        bean.story.end(), [&](const auto& f, const Line& l) { return is_public(bean.story, l) && f.previous < 0; }));
  return under_metric(bean, why_leader(bean.story, bean.asked.path, partition));
}

std::optional<Answer> why_active_controller(const Bean& bean) {
  const bool own = bean.asked.part(3).find("ActiveControllerCount") != std::string::npos;
  // The metric counts what the process itself believes, so the controller that replaced it is not the answer.
  if (own && !bean.is_zero() && bean.node.valid() && bean.story.cluster().active_controller() != bean.node)
    return bean.metric.believes_to_lead(bean.node);
  return under_metric(bean, why_controller(bean.story, bean.asked.path));
}

/// KIP-748: the brokers that are not fenced.
std::optional<Answer> why_active_brokers(const Bean& bean) {
  const auto any = [](const auto&, const Line& l) { return l.time.us > 0; };
  return bean.metric.since(latest({bean.story.last<fact::BrokerFenced>(bean.story.end(), any),
                                   bean.story.last<fact::BrokerUnfenced>(bean.story.end(), any)}));
}

std::optional<Answer> why_fenced(const Bean& bean) {
  const Story& story = bean.story;
  if (bean.is_zero())
    return bean.metric.none(
        story.last<fact::BrokerUnfenced>(story.end(), [](const auto&, const Line&) { return true; }));
  return bean.metric.since(story.last<fact::BrokerFenced>(story.end(), [&](const auto& f, const Line& l) {
    return story.first<fact::BrokerUnfenced>(l.seq, [&](const auto& u, const Line&) { return u.broker == f.broker; }) ==
           nullptr;
  }));
}

/// A gauge of what is offline now: one failed directory takes all its replicas along.
std::optional<Answer> why_offline_directory(const Bean& bean) {
  const auto own = [&](const auto&, const Line& l) { return l.node == bean.node; };
  const Line* offline = bean.story.last<fact::LogDirOffline>(bean.story.end(), own);
  if (!bean.is_zero()) return bean.metric.since(offline);
  return bean.metric.none(offline == nullptr ? nullptr : bean.story.first<fact::NodeStarted>(offline->seq, own));
}

/// Of the client's group; of any group, if the metric is that of all clients.
std::optional<Answer> why_consumer_lag(const Bean& bean) {
  std::string group, most;
  std::int64_t lag = -1;
  const std::string named = bean.partition();
  const auto look_at = [&](const std::string& name, const json& of_group) {
    for_each_entry(part_of(of_group, "lag"), [&](const std::string& partition, const json& n) {
      if (n.is_number() && whole_of(n) > lag && (named.empty() || partition == named))
        group = name, most = partition, lag = whole_of(n);
    });
  };
  if (bean.node.valid()) {
    const std::string own = bean.story.group_of(bean.node);
    look_at(own, state_of(bean.story, "/groups/" + own));
  } else {
    for_each_entry(state_of(bean.story, "/groups"), look_at);
  }
  if (!most.empty()) return under_metric(bean, why_lag(bean.story, bean.asked.path, group, most));
  // A reader without a group, or whose group has committed nothing: what it reads now.
  std::string reader;
  json position;
  for_each_entry(state_of(bean.story, "/clients"), [&](const std::string& client, const json& state) {
    if (bean.node.valid() && bean.story.cluster().find(client) != bean.node) return;
    for_each_entry(part_of(state, "subscription"), [&](const std::string& partition, const json& own) {
      const std::int64_t behind = whole_of(part_of(own, "lag"));
      if (behind > std::max<std::int64_t>(lag, 0) && (named.empty() || partition == named))
        reader = client, most = partition, lag = behind, position = part_of(part_of(state, "positions"), partition);
    });
  });
  if (most.empty()) return bean.metric.none(nullptr);
  return under_metric(bean,
                      why_client({bean.story, bean.asked.path, {"clients", reader, "positions", most}, position}));
}

/// The follower's fetcher compares its log's end with the leader's high watermark, as of the last answer (Kafka:
/// AbstractFetcherThread.processFetchRequest, FetcherLagMetrics). While the high watermark waits for it that is 0.
std::optional<Answer> why_replica_lag(const Bean& bean) {
  const auto most_behind = [&](const char* end) {
    return partition_with_most(bean.story, [&](const std::string&, const json& s) {
      const json own = part_of(part_of(s, "logs"), std::to_string(bean.broker));
      return bean.leads(s) || !own.is_object() ? 0 : whole_of(s[end]) - whole_of(own["log_end_offset"]);
    });
  };
  std::string partition = bean.is_zero() ? std::string() : most_behind("high_watermark");
  if (partition.empty()) partition = most_behind("log_end_offset");
  if (partition.empty()) return bean.metric.none(nullptr);
  if (bean.is_zero()) {
    const json state = state_of(bean.story, "/partitions/" + partition);
    const json own = part_of(part_of(state, "logs"), std::to_string(bean.broker));
    const std::int64_t end = whole_of(part_of(own, "log_end_offset"));
    const bool waits =
        has(brokers_in(part_of(state, "isr")), bean.broker) && whole_of(part_of(state, "high_watermark")) <= end;
    return bean.metric.no_lag_behind_watermark(bean.node, partition, whole_of(part_of(state, "log_end_offset")) - end,
                                               waits);
  }
  auto replica = why_replica(bean.story, bean.asked.path, partition, bean.broker);
  return replica ? under_metric(bean, std::move(replica)) : bean.metric.none(nullptr);
}

/// The partitions that the broker's fetchers have given up, at a line of theirs or because the leader has fenced their
/// epoch; and what keeps the broker from learning of the next epoch.
std::optional<Answer> why_failed_partitions(const Bean& bean) {
  const Story& story = bean.story;
  const std::string partition = partition_where(story, [&](const std::string& name, const json&) {
    return has_given_up(story, partition_named(story, name), bean.broker);
  });
  const auto own = [&](const auto&, const Line& l) { return l.node == bean.node; };
  if (partition.empty() || bean.is_zero()) {
    const Line* failed = story.last<fact::ReplicaFailed>(story.end(), own);
    return bean.metric.none(
        failed == nullptr ? nullptr : story.first<fact::BecameFollower>(failed->seq, [&](const auto& f, const Line& l) {
          return own(f, l) && place_of(l) == place_of(*failed);
        }));
  }
  const protocol::TopicPartition tp = partition_named(story, partition);
  if (const Line* failed = given_up(story, tp, bean.broker)) return bean.metric.since(failed);
  return bean.metric.awaits_epoch(bean.node, tp);
}

/// A Produce with acks=all waits for the high watermark.
std::optional<Answer> why_delayed_produces(const Bean& bean) {
  const std::string partition = partition_with_most(bean.story, [&](const std::string&, const json& s) {
    return bean.leads(s) ? whole_of(s["log_end_offset"]) - whole_of(s["high_watermark"]) : 0;
  });
  if (!partition.empty() && !bean.is_zero())
    return under_metric(bean, why_watermark(bean.story, bean.asked.path, partition));
  // Entries of complete requests may be left.
  return bean.has("PurgatorySize") && !bean.is_zero() ? std::nullopt : std::optional(bean.metric.none(nullptr));
}

std::optional<Answer> why_threads(const Bean& bean) {
  const std::string of_node = "/metrics/mbeans/" + bean.asked.part(2) + "/";
  const json idle =
      state_of(bean.story,
               of_node + "kafka.server:type=KafkaRequestHandlerPool,name=RequestHandlerAvgIdlePercent#OneMinuteRate");
  const json waiting = state_of(bean.story, of_node + "kafka.network:type=RequestChannel,name=RequestQueueSize");
  if (!bean.node.valid()) return std::nullopt;
  return bean.metric.threads(bean.node, whole_of(waiting), idle.is_number() ? idle.get<double>() : 0.0);
}

std::optional<Answer> why_leader_count(const Bean& bean) {
  const auto last = [&](bool inside) {
    return change_of_leadership(bean.story, bean.broker,
                                [&](const Line& l) { return l.time.us > 0 && (inside || is_public(bean.story, l)); });
  };
  const Line* seen = last(false);
  return bean.metric.since(seen != nullptr ? seen : last(true));
}

std::optional<Answer> why_imbalance(const Bean& bean) {
  const Story& story = bean.story;
  const std::string partition = partition_where(story, [](const std::string&, const json& s) {
    const json replicas = part_of(s, "replicas");
    return !replicas.empty() && replicas[0] != s["leader"];
  });
  if (!partition.empty()) return bean.metric.since(off_preferred_since(story, partition_named(story, partition)));
  const auto last = [&](bool inside) {
    const auto counts = [&](const auto&, const Line& l) { return l.time.us > 0 && (inside || is_public(story, l)); };
    return latest({story.last<fact::LeaderElected>(story.end(), counts),
                   story.last<fact::PartitionAdded>(story.end(), counts),
                   story.last<fact::ReassignmentChanged>(story.end(), counts)});
  };
  const Line* seen = last(false);
  return bean.metric.since(seen != nullptr ? seen : last(true));
}

/// The last rebalance, of a group of the metric's protocol, that the broker itself has led since its process began.
std::optional<Answer> why_rebalances_here(const Bean& bean) {
  const std::string_view protocol = bean.has("#group-completed") ? "classic"
                                    : bean.has("#share-")        ? "share"
                                                                 : "consumer";
  const Line* start = bean.restarted();
  const Line* last = bean.story.last<fact::GroupRebalance>(bean.story.end(), [&](const auto& f, const Line& l) {
    return l.node == bean.node && (start == nullptr || l.seq > start->seq) &&
           text_of(state_of(bean.story, "/groups/" + f.group.str() + "/protocol")) == protocol;
  });
  return bean.is_zero() || last == nullptr ? std::nullopt : std::optional(bean.metric.since(last));
}

/// The client's line about the request that the broker refused with that error; null: there is none.
const Line* told_to_client(const Bean& bean, std::string_view request, std::string_view error) {
  return bean.story.last<fact::ClientError>(bean.story.end(), [&](const auto& f, const Line& l) {
    if (protocol::name(f.error) != error) return false;
    for (const Line* led = bean.story.trace().find(l.cause); led != nullptr && led->time == l.time;
         led = bean.story.trace().find(led->cause))
      if (const auto got = fact_if<fact::MessageDelivered>(*led))
        return got->from == bean.node && protocol::is_response(got->api) &&
               protocol::name(protocol::api_of(got->api)) == request;
    return false;
  });
}

/// Whether FailedProduceRequestsPerSec counts the refusal: the append failed so. Refusals before the append, of an act or of a
/// transaction that could not be verified too, and what keeps an appended batch from being acknowledged are not counted. Kafka:
/// ReplicaManager.appendToLocalLog.
bool is_failed_append(const Story& story, const fact::RequestRefused& f, const Line& l) {
  using protocol::ErrorCode;
  switch (f.error) {
    case ErrorCode::REQUEST_TIMED_OUT:
    case ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND:
    case ErrorCode::INVALID_REQUIRED_ACKS:
    case ErrorCode::TOPIC_AUTHORIZATION_FAILED:
    case ErrorCode::CLUSTER_AUTHORIZATION_FAILED:
    case ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED: return false;
    default: break;
  }
  const Line* led = story.trace().find(l.cause);
  return broker::is_failure(f.error) && (led == nullptr || !is<fact::TransactionVerificationRefused>(*led)) &&
         story.injected(f.error, f.partition, f.client, l.seq + 1) == nullptr;
}

/// `api`: the refused API; null: any, or the one in the metric's name.
std::optional<Answer> why_refused(const Bean& bean, const protocol::ApiKey* api) {
  const std::string request = bean.tag("request"), error = bean.tag("error");
  const bool failures = bean.has("FailedProduce");
  const auto its = [&](const auto& f, const Line& l) {
    return l.node == bean.node && (api == nullptr || f.api == *api) &&
           (!failures || is_failed_append(bean.story, f, l)) && (request.empty() || protocol::name(f.api) == request) &&
           (error.empty() || protocol::name(f.error) == error);
  };
  if (bean.is_zero() || bean.story.last<fact::RequestRefused>(bean.story.end(), its) != nullptr)
    return bean.metric.counted<fact::RequestRefused>(its);
  const Line* told = error.empty() ? nullptr : told_to_client(bean, request, error);
  if (told != nullptr) return bean.metric.since(told);
  return bean.metric.unseen(bean.asked.part(2));
}

/// The responses without an error.
std::optional<Answer> why_without_error(const Bean& bean) {
  Telling telling = telling_of(bean);
  telling.say("why.metric_counts_anew"_w, {{"who", bean.who}}, bean.restarted(), Weight::Link, bean.who);
  telling.now("why.metric_without_error"_w,
              {{"who", bean.who}, {"request", bean.tag("request")}, {"count", whole_of(bean.asked.value)}},
              Weight::Point, bean.who);
  return telling.done();
}

/// How many requests of that kind, or bytes, have arrived in the whole run. `request`: "" for bytes.
Answer why_arrived(const Asked& asked, const std::string& request) {
  const Story& story = asked.story;
  Telling telling(story, asked.path, asks_metric(asked, metric_in_words(request.empty() ? asked.part(1) : request)));
  if (!request.empty()) {
    telling.now("why.requests_counted"_w, {{"request", request}, {"count", whole_of(asked.value)}}, Weight::Point, "");
    tell_senders(telling, request, whole_of(asked.value));
    return telling.done();
  }
  std::int64_t messages = 0;
  for (std::size_t i = 0; i < story.trace().size(); ++i)
    messages += is<fact::MessageDelivered>(story.trace()[i]) ? 1 : 0;
  telling.now("why.bytes_counted"_w, {{"messages", messages}}, Weight::Point, "");
  return telling.done();
}

struct BeanAnswer {
  std::string_view part;  // of the metric's name
  std::optional<Answer> (*why)(const Bean& bean);
};

/// Metrics of which an event, or something in a bad state, makes the value. The first row whose text is a part of the name
/// answers. Other files have those that lead elsewhere.
constexpr BeanAnswer kAnswers[] = {
    {"IsrShrinks",
     [](const Bean& b) -> std::optional<Answer> {
       return b.metric.shrinks([&](const auto&, const Line& l) { return l.node == b.node; });
     }},
    {"IsrExpands", [](const Bean& b) { return b.counts_own<fact::IsrExpand>(); }},
    {"UncleanLeaderElection",
     [](const Bean& b) -> std::optional<Answer> {
       // In 2.5 the controller's process counts; in KRaft every controller counts what it replays.
       const bool by_one = b.story.cluster().under_zookeeper();
       const Line* start = b.restarted();
       const auto counts = [&](const Line& l) {
         return (!by_one || l.node == b.node) && counted_as_unclean(b.story, l);
       };
       // Controllers replay in the order of the log: one that is behind has not counted the last ones.
       const std::int64_t counted = whole_of(b.asked.value);
       std::int64_t found = 0;
       const Line* beyond = counted == 0 ? nullptr
                                         : b.story.first<fact::LeaderElected>(start == nullptr ? 0 : start->seq,
                                                                              [&](const auto&, const Line& l) {
                                                                                return counts(l) && ++found > counted;
                                                                              });
       return b.metric.counted<fact::LeaderElected>(
           [&](const auto&, const Line& l) { return (beyond == nullptr || l.seq < beyond->seq) && counts(l); });
     }},
    {"LeaderElectionRate", [](const Bean& b) { return b.counts_all<fact::LeaderElected>(); }},
    {"ElectionRateAndTime", [](const Bean& b) { return b.counts_all<fact::LeaderElected>(); }},
    {"UnderReplicated", [](const Bean& b) { return why_partitions(b, &Standing::under_replicated); }},
    {"UnderMinIsr", [](const Bean& b) { return why_partitions(b, &Standing::under_min_isr); }},
    {"AtMinIsr", [](const Bean& b) { return why_partitions(b, &Standing::at_min_isr); }},
    {"OfflineReplica", why_offline_directory},
    {"FailedPartitionsCount,clientId=Replica", why_failed_partitions},
    {"OfflinePartitions", why_offline_partitions},
    {"ActiveControllerCount", why_active_controller},
    {"ActiveBrokerCount", why_active_brokers},
    {"FencedBroker", why_fenced},
    {"records-lag", why_consumer_lag},
    {"ConsumerLag", why_consumer_lag},
    {"name=MaxLag,clientId=Replica", why_replica_lag},
    {"NumDelayedOperations,delayedOperation=Produce", why_delayed_produces},
    {"PurgatorySize,delayedOperation=Produce", why_delayed_produces},
    {"RequestHandlerAvgIdlePercent", why_threads},
    {"RequestQueueSize", why_threads},
    {"OfflineLogDirectory", why_offline_directory},
    {"LeaderCount", why_leader_count},
    {"PreferredReplicaImbalance", why_imbalance},
    {"group-rebalance-count", why_rebalances_here},
    {"group-completed-rebalance-count", why_rebalances_here},
    {"rebalance",
     [](const Bean& b) -> std::optional<Answer> {
       return b.metric.counted<fact::GroupRebalance>([group = b.story.group_of(b.node)](const auto& f, const Line&) {
         return group.empty() || f.group == group;
       });
     }},
    {"record-error", [](const Bean& b) { return b.counts_own<fact::BatchFailed>(); }},
    {"record-retry", [](const Bean& b) { return b.counts_own<fact::BatchRetried>(); }},
    {"FailedProduce", [](const Bean& b) { return why_refused(b, &protocol::api::Produce); }},
    {"FailedFetch", [](const Bean& b) { return why_refused(b, &protocol::api::Fetch); }},
    {"BytesRejected",
     [](const Bean& b) -> std::optional<Answer> {
       const Line* refused = b.story.last<fact::RequestRefused>(b.story.end(), [&](const auto& f, const Line& l) {
         return l.node == b.node && f.error == protocol::ErrorCode::MESSAGE_TOO_LARGE;
       });
       if (refused == nullptr || b.is_zero()) return std::nullopt;
       return b.metric.since(refused);
     }},
    {"ErrorsPerSec",
     [](const Bean& b) { return b.tag("error") == "NONE" ? why_without_error(b) : why_refused(b, nullptr); }},
};

const BeanAnswer* answer_for(std::string_view metric) {
  const auto* found = std::find_if(std::begin(kAnswers), std::end(kAnswers), [&](const BeanAnswer& row) {
    return metric.find(row.part) != std::string_view::npos;
  });
  return found == std::end(kAnswers) ? nullptr : found;
}

}  // namespace

bool has_why(std::string_view metric) {
  constexpr std::string_view kOfCluster[] = {"/metrics/elections", "/metrics/isr_shrinks", "/metrics/isr_expands",
                                             "/metrics/rebalances"};
  if (metric.starts_with("/"))
    return std::find(std::begin(kOfCluster), std::end(kOfCluster), metric) != std::end(kOfCluster);
  return answer_for(metric) != nullptr || find_mbean_kind(metric) != nullptr;
}

Words metric_in_words(const std::string& metric) {
  if (metric == "elections") return both("app.metric_elections"_w);
  if (metric == "isr_shrinks") return both("metric.isr_shrinks_per_sec"_w);
  if (metric == "isr_expands") return both("metric.isr_expands_per_sec"_w);
  if (metric == "rebalances") return both("why.metric_rebalances"_w);
  const MBeanKind* kind = find_mbean_kind(metric);
  return kind == nullptr ? Words{metric, metric} : both(kind->words);
}

Question asks_metric(const Asked& asked, const Words& metric) {
  const std::string value =
      asked.value.is_number_float() ? fmt::format("{:.2f}", asked.value.get<double>()) : plain_value(asked.value);
  return asks("why.q_metric"_w, {{"metric", metric}, {"value", value}});
}

std::optional<Answer> why_metric(const Asked& asked) {
  const std::string& name = asked.part(1);
  const auto any = [](const auto&, const Line&) { return true; };
  const MetricTelling metric(asked, name);
  if (name == "elections")
    return metric.counted<fact::LeaderElected>([](const auto& f, const Line&) { return is_leader_change(f); });
  if (name == "isr_shrinks") return metric.shrinks(any);
  if (name == "isr_expands") return metric.counted<fact::IsrExpand>(any);
  if (name == "rebalances") return metric.counted<fact::GroupRebalance>(any);
  if (name == "bytes_sent" && asked.parts.size() == 2) return why_arrived(asked, "");
  if (name == "requests" && asked.parts.size() == 3) return why_arrived(asked, asked.part(2));
  if (name != "mbeans" || asked.parts.size() != 4) return std::nullopt;
  const Bean bean(asked);
  if (const BeanAnswer* row = answer_for(bean.name))
    if (auto answer = row->why(bean)) return answer;
  if (!bean.node.valid()) return std::nullopt;
  for (const auto& why : {why_server_metric, why_request_metric, why_client_metric})
    if (auto answer = why(bean)) return answer;
  Telling telling = telling_of(bean);
  tell_counted(telling, bean);
  return telling.empty() ? std::nullopt : std::optional(telling.done());
}

}  // namespace kafkascope::observe
