// Kafka's metrics of producers, consumers and share consumers (docs/metrics.md). Kafka: SenderMetricsRegistry, FetchMetricsRegistry,
// ConsumerCoordinatorMetrics, KafkaConsumerMetrics, BufferPool, ShareFetchMetricsRegistry, KafkaShareConsumerMetrics.
#include <algorithm>
#include <optional>

#include "client/consumer.h"
#include "client/producer.h"
#include "client/share_consumer.h"
#include "observe/model/mbean_rows.h"

namespace kafkascope::observe::mbean_rows {

namespace {

double of_last_minute(const std::optional<double>& value) { return value.value_or(kNothing); }
double ms_average(const protocol::SampledStat& stat, sim::Instant now) {
  const auto us = stat.average_us(now);
  return us ? *us / 1000 : kNothing;
}
double ms_most(const protocol::SampledStat& stat, sim::Instant now) {
  const auto us = stat.most_us(now);
  return us ? number(*us) / 1000 : kNothing;
}
double most(const protocol::SampledStat& stat, sim::Instant now) {
  const auto value = stat.most_us(now);
  return value ? number(*value) : kNothing;
}

struct ProducerFacts {
  const client::Producer& p;
  const client::ProducerMetrics& m;
  sim::Instant now;
};
struct ConsumerFacts {
  const client::Consumer& c;
  const client::ConsumerMetrics& m;
  sim::Instant now;
};
struct ShareConsumerFacts {
  const client::ConsumerMetrics& m;
  sim::Instant now;
};
struct LagFacts {
  std::int64_t lag;
};

#define MBEAN_PRODUCER "kafka.producer:type=producer-metrics,client-id=<client>#"
#define MBEAN_FETCH "kafka.consumer:type=consumer-fetch-manager-metrics,client-id=<client>#"
#define MBEAN_COORDINATOR "kafka.consumer:type=consumer-coordinator-metrics,client-id=<client>#"
#define MBEAN_SHARE_FETCH "kafka.consumer:type=consumer-share-fetch-manager-metrics,client-id=<client>#"
#define MBEAN_SHARE_COORDINATOR "kafka.consumer:type=consumer-share-coordinator-metrics,client-id=<client>#"
#define MBEAN_SHARE_CONSUMER "kafka.consumer:type=consumer-share-metrics,client-id=<client>#"
#define MBEAN_CONSUMER "kafka.consumer:type=consumer-metrics,client-id=<client>#"

// clang-format off
constexpr Row<ProducerFacts> kProducerRows[] = {
    {{MBEAN_PRODUCER "record-send-total", "metric.record_send_total"_w, kCounts}, [](const ProducerFacts& f) { return number(f.m.record_send_total); }},
    {{MBEAN_PRODUCER "record-send-rate", "metric.record_send_rate"_w}, [](const ProducerFacts& f) { return f.m.record_send.sum_per_s(f.now); }},
    {{MBEAN_PRODUCER "record-retry-total", "metric.record_retry_total"_w, kCounts}, [](const ProducerFacts& f) { return number(f.m.record_retry_total); }},
    {{MBEAN_PRODUCER "record-error-total", "metric.record_error_total"_w, kCounts}, [](const ProducerFacts& f) { return number(f.m.record_error_total); }},
    {{MBEAN_PRODUCER "record-error-rate", "metric.record_error_rate"_w}, [](const ProducerFacts& f) { return f.m.record_error.sum_per_s(f.now); }},
    {{MBEAN_PRODUCER "batch-size-avg", "metric.batch_size_avg"_w}, [](const ProducerFacts& f) { return of_last_minute(f.m.batch_size.average_us(f.now)); }},
    {{MBEAN_PRODUCER "batch-size-max", "metric.batch_size_max"_w}, [](const ProducerFacts& f) { return most(f.m.batch_size, f.now); }},
    {{MBEAN_PRODUCER "batch-split-total", "metric.batch_split_total"_w, kCounts}, [](const ProducerFacts& f) { return number(f.m.batch_split_total); }},
    {{MBEAN_PRODUCER "compression-rate-avg", "metric.compression_rate_avg"_w},
     [](const ProducerFacts& f) { return of_last_minute(f.m.compression_rate_ppm.average_us(f.now)) / 1e6; }},
    {{MBEAN_PRODUCER "records-per-request-avg", "metric.records_per_request_avg"_w}, [](const ProducerFacts& f) { return of_last_minute(f.m.records_per_request.average_us(f.now)); }},
    {{MBEAN_PRODUCER "record-queue-time-avg", "metric.record_queue_time_avg"_w}, [](const ProducerFacts& f) { return ms_average(f.m.record_queue_time, f.now); }},
    {{MBEAN_PRODUCER "record-queue-time-max", "metric.record_queue_time_max"_w}, [](const ProducerFacts& f) { return ms_most(f.m.record_queue_time, f.now); }},
    {{MBEAN_PRODUCER "request-latency-avg", "metric.request_latency_avg"_w}, [](const ProducerFacts& f) { return ms_average(f.m.request_latency, f.now); }},
    {{MBEAN_PRODUCER "request-latency-max", "metric.request_latency_max"_w}, [](const ProducerFacts& f) { return ms_most(f.m.request_latency, f.now); }},
    {{MBEAN_PRODUCER "requests-in-flight", "metric.requests_in_flight"_w}, [](const ProducerFacts& f) { return number(std::int64_t{f.p.network().in_flight_total()}); }},
    {{MBEAN_PRODUCER "buffer-available-bytes", "metric.buffer_available_bytes"_w}, [](const ProducerFacts& f) { return number(f.p.accumulator().free_memory()); }},
    {{MBEAN_PRODUCER "buffer-total-bytes", "metric.buffer_total_bytes"_w}, [](const ProducerFacts& f) { return number(f.p.accumulator().options().buffer_memory); }},
    {{MBEAN_PRODUCER "buffer-exhausted-total", "metric.buffer_exhausted_total"_w, kCounts}, [](const ProducerFacts& f) { return number(f.m.buffer_exhausted_total); }},
    {{MBEAN_PRODUCER "txn-init-time-ns-total", "metric.txn_init_time"_w, kCounts}, [](const ProducerFacts& f) { return number(f.m.txn_init_us * 1000); }, kNewer},
    {{MBEAN_PRODUCER "txn-begin-time-ns-total", "metric.txn_begin_time"_w, kCounts}, [](const ProducerFacts&) { return 0.0; }, kNewer},
    {{MBEAN_PRODUCER "txn-send-offsets-time-ns-total", "metric.txn_send_offsets_time"_w, kCounts}, [](const ProducerFacts& f) { return number(f.m.txn_send_offsets_us * 1000); }, kNewer},
    {{MBEAN_PRODUCER "txn-commit-time-ns-total", "metric.txn_commit_time"_w, kCounts}, [](const ProducerFacts& f) { return number(f.m.txn_commit_us * 1000); }, kNewer},
    {{MBEAN_PRODUCER "txn-abort-time-ns-total", "metric.txn_abort_time"_w, kCounts}, [](const ProducerFacts& f) { return number(f.m.txn_abort_us * 1000); }, kNewer},
    {{MBEAN_PRODUCER "waiting-threads", "metric.waiting_threads"_w}, [](const ProducerFacts& f) { return f.p.blocked_send() != nullptr && f.p.blocked_send()->for_memory ? 1.0 : 0.0; }},
    {{MBEAN_PRODUCER "metadata-age", "metric.metadata_age"_w},
     [](const ProducerFacts& f) { return f.p.metadata().last_success().us < 0 ? kNothing : number((f.now - f.p.metadata().last_success()).us) / 1e6; }},
};
// clang-format on

// clang-format off
constexpr Row<ConsumerFacts> kConsumerRows[] = {
    {{MBEAN_FETCH "records-lag-max", "metric.records_lag_max"_w}, [](const ConsumerFacts& f) { return most(f.m.records_lag, f.now); }},
    {{MBEAN_FETCH "records-consumed-total", "metric.records_consumed_total"_w, kCounts}, [](const ConsumerFacts& f) { return number(f.m.records_consumed_total); }},
    {{MBEAN_FETCH "bytes-consumed-total", "metric.bytes_consumed_total"_w, kCounts}, [](const ConsumerFacts& f) { return number(f.m.bytes_consumed_total); }},
    {{MBEAN_FETCH "fetch-total", "metric.fetch_total"_w, kCounts}, [](const ConsumerFacts& f) { return number(f.m.fetch_total); }},
    {{MBEAN_FETCH "fetch-latency-avg", "metric.fetch_latency_avg"_w}, [](const ConsumerFacts& f) { return ms_average(f.m.fetch_latency, f.now); }},
    {{MBEAN_FETCH "fetch-latency-max", "metric.fetch_latency_max"_w}, [](const ConsumerFacts& f) { return ms_most(f.m.fetch_latency, f.now); }},
    {{MBEAN_FETCH "fetch-size-avg", "metric.fetch_size_avg"_w}, [](const ConsumerFacts& f) { return of_last_minute(f.m.fetch_size.average_us(f.now)); }},
    {{MBEAN_FETCH "records-per-request-avg", "metric.records_fetch_average"_w}, [](const ConsumerFacts& f) { return of_last_minute(f.m.records_per_request.average_us(f.now)); }},
    {{MBEAN_COORDINATOR "assigned-partitions", "metric.assigned_partitions"_w}, [](const ConsumerFacts& f) { return number(f.c.assignment().size()); }},
    {{MBEAN_COORDINATOR "commit-latency-avg", "metric.ms_until_commit_is_answered_average"_w}, [](const ConsumerFacts& f) { return ms_average(f.m.commit_latency, f.now); }},
    {{MBEAN_COORDINATOR "commit-latency-max", "metric.ms_until_commit_is_answered_most"_w}, [](const ConsumerFacts& f) { return ms_most(f.m.commit_latency, f.now); }},
    {{MBEAN_COORDINATOR "commit-total", "metric.commit_total"_w, kCounts}, [](const ConsumerFacts& f) { return number(f.m.commit_total); }},
    {{MBEAN_COORDINATOR "heartbeat-total", "metric.heartbeat_total"_w, kCounts}, [](const ConsumerFacts& f) { return number(f.m.heartbeat_total); }},
    {{MBEAN_COORDINATOR "join-total", "metric.join_total"_w, kCounts}, [](const ConsumerFacts& f) { return number(f.m.join_total); }},
    {{MBEAN_COORDINATOR "join-time-avg", "metric.join_time_avg"_w}, [](const ConsumerFacts& f) { return ms_average(f.m.join_time, f.now); }},
    {{MBEAN_COORDINATOR "sync-total", "metric.sync_total"_w, kCounts}, [](const ConsumerFacts& f) { return number(f.m.sync_total); }},
    {{MBEAN_COORDINATOR "rebalance-total", "metric.rebalance_total"_w, kCounts}, [](const ConsumerFacts& f) { return number(f.m.rebalance_total); }},
    {{MBEAN_COORDINATOR "rebalance-latency-avg", "metric.rebalance_latency_avg"_w}, [](const ConsumerFacts& f) { return ms_average(f.m.rebalance_latency, f.now); }},
    {{MBEAN_COORDINATOR "rebalance-latency-max", "metric.rebalance_latency_max"_w}, [](const ConsumerFacts& f) { return ms_most(f.m.rebalance_latency, f.now); }},
    {{MBEAN_CONSUMER "time-between-poll-avg", "metric.time_between_poll_avg"_w}, [](const ConsumerFacts& f) { return ms_average(f.m.time_between_poll, f.now); }},
    {{MBEAN_CONSUMER "time-between-poll-max", "metric.time_between_poll_max"_w}, [](const ConsumerFacts& f) { return ms_most(f.m.time_between_poll, f.now); }},
    {{MBEAN_CONSUMER "last-poll-seconds-ago", "metric.last_poll_seconds_ago"_w},
     [](const ConsumerFacts& f) { return f.m.last_poll == sim::kNever ? kNothing : number((f.now - f.m.last_poll).us / 1000000); }},
};
// clang-format on

// clang-format off
constexpr Row<ShareConsumerFacts> kShareConsumerRows[] = {
    {{MBEAN_SHARE_FETCH "records-consumed-total", "metric.records_consumed_total"_w, kCounts}, [](const ShareConsumerFacts& f) { return number(f.m.records_consumed_total); }},
    {{MBEAN_SHARE_FETCH "bytes-consumed-total", "metric.bytes_fetched"_w, kCounts}, [](const ShareConsumerFacts& f) { return number(f.m.bytes_consumed_total); }},
    {{MBEAN_SHARE_FETCH "fetch-total", "metric.fetch_total"_w, kCounts}, [](const ShareConsumerFacts& f) { return number(f.m.fetch_total); }},
    {{MBEAN_SHARE_FETCH "fetch-latency-avg", "metric.fetch_latency_avg"_w}, [](const ShareConsumerFacts& f) { return ms_average(f.m.fetch_latency, f.now); }},
    {{MBEAN_SHARE_FETCH "fetch-latency-max", "metric.fetch_latency_max"_w}, [](const ShareConsumerFacts& f) { return ms_most(f.m.fetch_latency, f.now); }},
    {{MBEAN_SHARE_FETCH "fetch-size-avg", "metric.bytes_fetch_that_brought_something"_w}, [](const ShareConsumerFacts& f) { return of_last_minute(f.m.fetch_size.average_us(f.now)); }},
    {{MBEAN_SHARE_FETCH "records-per-request-avg", "metric.records_such_fetch"_w}, [](const ShareConsumerFacts& f) { return of_last_minute(f.m.records_per_request.average_us(f.now)); }},
    {{MBEAN_SHARE_FETCH "acknowledgements-send-total", "metric.acknowledgements_send_total"_w, kCounts}, [](const ShareConsumerFacts& f) { return number(f.m.acknowledgements_sent); }},
    {{MBEAN_SHARE_FETCH "acknowledgements-error-total", "metric.acknowledgements_error_total"_w, kCounts},
     [](const ShareConsumerFacts& f) { return number(f.m.acknowledgements_failed); }},
    {{MBEAN_SHARE_COORDINATOR "heartbeat-total", "metric.heartbeat_total"_w, kCounts}, [](const ShareConsumerFacts& f) { return number(f.m.heartbeat_total); }},
    {{MBEAN_SHARE_COORDINATOR "rebalance-total", "metric.assignments_taken"_w, kCounts}, [](const ShareConsumerFacts& f) { return number(f.m.rebalance_total); }},
    {{MBEAN_SHARE_CONSUMER "time-between-poll-avg", "metric.time_between_poll_avg"_w}, [](const ShareConsumerFacts& f) { return ms_average(f.m.time_between_poll, f.now); }},
    {{MBEAN_SHARE_CONSUMER "time-between-poll-max", "metric.time_between_poll_max"_w}, [](const ShareConsumerFacts& f) { return ms_most(f.m.time_between_poll, f.now); }},
    {{MBEAN_SHARE_CONSUMER "last-poll-seconds-ago", "metric.last_poll_seconds_ago"_w},
     [](const ShareConsumerFacts& f) { return f.m.last_poll == sim::kNever ? kNothing : number((f.now - f.m.last_poll).us / 1000000); }},
};
// clang-format on

constexpr Row<LagFacts> kLagRows[] = {
    {{"kafka.consumer:type=consumer-fetch-manager-metrics,partition=<partition>,topic=<topic>,client-id=<client>#records-lag",
      "metric.records_lag"_w},
     [](const LagFacts& f) { return number(f.lag); }},
};

#undef MBEAN_PRODUCER
#undef MBEAN_FETCH
#undef MBEAN_COORDINATOR
#undef MBEAN_CONSUMER
#undef MBEAN_SHARE_FETCH
#undef MBEAN_SHARE_COORDINATOR
#undef MBEAN_SHARE_CONSUMER

}  // namespace

void clients_of(const cluster::Cluster& c, sim::NodeId node, const Out& out, bool partitions) {
  const std::string& name = c.info(node).name;
  const sim::Instant now = c.now();
  if (const auto* p = c.role<client::Producer>(node))
    out.give_all(kProducerRows, ProducerFacts{*p, p->stats().metrics.producer, now}, {name});
  if (const auto* s = c.role<client::ShareConsumer>(node))
    out.give_all(kShareConsumerRows, ShareConsumerFacts{s->stats().metrics.consumer, now}, {name});
  if (const auto* k = c.role<client::Consumer>(node)) {
    out.give_all(kConsumerRows, ConsumerFacts{*k, k->stats().metrics.consumer, now}, {name});
    if (!partitions) return;
    for (const protocol::TopicPartition p : k->assignment())
      if (const auto at = k->stats().metrics.consumer.lag.find(p); at != k->stats().metrics.consumer.lag.end())
        out.give_all(kLagRows, LagFacts{at->second}, {std::to_string(p.partition), c.topic_name(p.topic), name});
  }
}

void add_client_kinds(std::vector<const MBeanKind*>& kinds) {
  const auto take = [&](const auto& rows) {
    for (const auto& row : rows) kinds.push_back(&row.kind);
  };
  take(kProducerRows);
  take(kConsumerRows);
  take(kLagRows);
  take(kShareConsumerRows);
}

std::string full_name(std::string_view pattern, std::initializer_list<std::string_view> values) {
  std::string name;
  auto value = values.begin();
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '<') {
      name += pattern[i];
      continue;
    }
    name += *value++;
    i = pattern.find('>', i);
  }
  return name;
}

bool matches(std::string_view pattern, std::string_view name) {
  if (pattern == name) return true;
  while (!pattern.empty()) {
    if (pattern.front() != '<') {
      if (name.empty() || name.front() != pattern.front()) return false;
      pattern.remove_prefix(1);
      name.remove_prefix(1);
      continue;
    }
    const std::size_t end = std::min(name.find_first_of(",#"), name.size());
    if (end == 0) return false;
    pattern.remove_prefix(pattern.find('>') + 1);
    name.remove_prefix(end);
  }
  return name.empty();
}

}  // namespace kafkascope::observe::mbean_rows
