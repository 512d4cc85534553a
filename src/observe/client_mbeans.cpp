// Kafka's metrics of producers, consumers and share consumers (docs/metrics.md). Kafka: SenderMetricsRegistry, FetchMetricsRegistry,
// ConsumerCoordinatorMetrics, KafkaConsumerMetrics, BufferPool, ShareFetchMetricsRegistry, KafkaShareConsumerMetrics.
#include <algorithm>
#include <optional>

#include "client/consumer.h"
#include "client/producer.h"
#include "client/share_consumer.h"
#include "observe/mbean_rows.h"

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
    {{MBEAN_PRODUCER "record-send-total", "records sent, each attempt", "보낸 레코드 (재시도 포함)", kCounts}, [](const ProducerFacts& f) { return number(f.m.record_send_total); }},
    {{MBEAN_PRODUCER "record-send-rate", "records sent per second", "초당 보낸 레코드"}, [](const ProducerFacts& f) { return f.m.record_send.sum_per_s(f.now); }},
    {{MBEAN_PRODUCER "record-retry-total", "records sent again", "다시 보낸 레코드", kCounts}, [](const ProducerFacts& f) { return number(f.m.record_retry_total); }},
    {{MBEAN_PRODUCER "record-error-total", "records that failed", "실패한 레코드", kCounts}, [](const ProducerFacts& f) { return number(f.m.record_error_total); }},
    {{MBEAN_PRODUCER "record-error-rate", "records that fail per second", "초당 실패한 레코드"}, [](const ProducerFacts& f) { return f.m.record_error.sum_per_s(f.now); }},
    {{MBEAN_PRODUCER "batch-size-avg", "bytes of a batch, average", "배치 바이트, 평균"}, [](const ProducerFacts& f) { return of_last_minute(f.m.batch_size.average_us(f.now)); }},
    {{MBEAN_PRODUCER "batch-size-max", "bytes of a batch, most", "배치 바이트, 최대"}, [](const ProducerFacts& f) { return most(f.m.batch_size, f.now); }},
    {{MBEAN_PRODUCER "batch-split-total", "batches cut up as too large", "너무 커서 나눈 배치", kCounts}, [](const ProducerFacts& f) { return number(f.m.batch_split_total); }},
    {{MBEAN_PRODUCER "compression-rate-avg", "what compression leaves of a batch", "배치 압축 뒤 남는 비율"},
     [](const ProducerFacts& f) { return of_last_minute(f.m.compression_rate_ppm.average_us(f.now)) / 1e6; }},
    {{MBEAN_PRODUCER "records-per-request-avg", "records in a request", "요청 하나의 레코드"}, [](const ProducerFacts& f) { return of_last_minute(f.m.records_per_request.average_us(f.now)); }},
    {{MBEAN_PRODUCER "record-queue-time-avg", "ms a batch waits in the producer, average", "배치가 프로듀서에서 기다린 ms, 평균"}, [](const ProducerFacts& f) { return ms_average(f.m.record_queue_time, f.now); }},
    {{MBEAN_PRODUCER "record-queue-time-max", "ms a batch waits in the producer, most", "배치가 프로듀서에서 기다린 ms, 최대"}, [](const ProducerFacts& f) { return ms_most(f.m.record_queue_time, f.now); }},
    {{MBEAN_PRODUCER "request-latency-avg", "ms until a request is answered, average", "요청의 응답까지 ms, 평균"}, [](const ProducerFacts& f) { return ms_average(f.m.request_latency, f.now); }},
    {{MBEAN_PRODUCER "request-latency-max", "ms until a request is answered, most", "요청의 응답까지 ms, 최대"}, [](const ProducerFacts& f) { return ms_most(f.m.request_latency, f.now); }},
    {{MBEAN_PRODUCER "requests-in-flight", "requests that are not answered yet", "응답을 기다리는 요청"}, [](const ProducerFacts& f) { return number(std::int64_t{f.p.network().in_flight_total()}); }},
    {{MBEAN_PRODUCER "buffer-available-bytes", "free memory of its buffer", "버퍼의 빈 메모리"}, [](const ProducerFacts& f) { return number(f.p.accumulator().free_memory()); }},
    {{MBEAN_PRODUCER "buffer-total-bytes", "buffer.memory", "buffer.memory"}, [](const ProducerFacts& f) { return number(f.p.accumulator().options().buffer_memory); }},
    {{MBEAN_PRODUCER "buffer-exhausted-total", "records for which no memory came free", "메모리가 나지 않아 버린 레코드", kCounts}, [](const ProducerFacts& f) { return number(f.m.buffer_exhausted_total); }},
    {{MBEAN_PRODUCER "waiting-threads", "application threads that wait for memory", "메모리를 기다리는 애플리케이션 스레드"}, [](const ProducerFacts& f) { return f.p.waits_for_memory() ? 1.0 : 0.0; }},
    {{MBEAN_PRODUCER "metadata-age", "seconds since it heard of the cluster", "클러스터 소식을 들은 지 몇 초"},
     [](const ProducerFacts& f) { return f.p.metadata().last_success().us < 0 ? kNothing : number((f.now - f.p.metadata().last_success()).us) / 1e6; }},
};
// clang-format on

// clang-format off
constexpr Row<ConsumerFacts> kConsumerRows[] = {
    {{MBEAN_FETCH "records-lag-max", "records behind, worst partition of the last minute", "lag, 지난 1분의 최댓값"}, [](const ConsumerFacts& f) { return most(f.m.records_lag, f.now); }},
    {{MBEAN_FETCH "records-consumed-total", "records handed over", "넘겨준 레코드", kCounts}, [](const ConsumerFacts& f) { return number(f.m.records_consumed_total); }},
    {{MBEAN_FETCH "bytes-consumed-total", "bytes handed over", "넘겨준 바이트", kCounts}, [](const ConsumerFacts& f) { return number(f.m.bytes_consumed_total); }},
    {{MBEAN_FETCH "fetch-total", "fetches answered", "응답받은 페치", kCounts}, [](const ConsumerFacts& f) { return number(f.m.fetch_total); }},
    {{MBEAN_FETCH "fetch-latency-avg", "ms until a fetch is answered, average", "페치의 응답까지 ms, 평균"}, [](const ConsumerFacts& f) { return ms_average(f.m.fetch_latency, f.now); }},
    {{MBEAN_FETCH "fetch-latency-max", "ms until a fetch is answered, most", "페치의 응답까지 ms, 최대"}, [](const ConsumerFacts& f) { return ms_most(f.m.fetch_latency, f.now); }},
    {{MBEAN_FETCH "fetch-size-avg", "bytes of a fetch, average", "페치 하나의 바이트, 평균"}, [](const ConsumerFacts& f) { return of_last_minute(f.m.fetch_size.average_us(f.now)); }},
    {{MBEAN_FETCH "records-per-request-avg", "records of a fetch, average", "페치 하나의 레코드, 평균"}, [](const ConsumerFacts& f) { return of_last_minute(f.m.records_per_request.average_us(f.now)); }},
    {{MBEAN_COORDINATOR "assigned-partitions", "partitions it has", "가진 파티션"}, [](const ConsumerFacts& f) { return number(f.c.assignment().size()); }},
    {{MBEAN_COORDINATOR "commit-latency-avg", "ms until a commit is answered, average", "커밋의 응답까지 ms, 평균"}, [](const ConsumerFacts& f) { return ms_average(f.m.commit_latency, f.now); }},
    {{MBEAN_COORDINATOR "commit-latency-max", "ms until a commit is answered, most", "커밋의 응답까지 ms, 최대"}, [](const ConsumerFacts& f) { return ms_most(f.m.commit_latency, f.now); }},
    {{MBEAN_COORDINATOR "commit-total", "commits answered", "응답받은 커밋", kCounts}, [](const ConsumerFacts& f) { return number(f.m.commit_total); }},
    {{MBEAN_COORDINATOR "heartbeat-total", "heartbeats answered", "응답받은 하트비트", kCounts}, [](const ConsumerFacts& f) { return number(f.m.heartbeat_total); }},
    {{MBEAN_COORDINATOR "join-total", "joins of its group", "그룹 가입", kCounts}, [](const ConsumerFacts& f) { return number(f.m.join_total); }},
    {{MBEAN_COORDINATOR "join-time-avg", "ms a join takes, average", "가입에 걸린 ms, 평균"}, [](const ConsumerFacts& f) { return ms_average(f.m.join_time, f.now); }},
    {{MBEAN_COORDINATOR "sync-total", "assignments received", "받은 할당", kCounts}, [](const ConsumerFacts& f) { return number(f.m.sync_total); }},
    {{MBEAN_COORDINATOR "rebalance-total", "rebalances it went through", "겪은 리밸런스", kCounts}, [](const ConsumerFacts& f) { return number(f.m.rebalance_total); }},
    {{MBEAN_COORDINATOR "rebalance-latency-avg", "ms a rebalance takes, average", "리밸런스에 걸린 ms, 평균"}, [](const ConsumerFacts& f) { return ms_average(f.m.rebalance_latency, f.now); }},
    {{MBEAN_COORDINATOR "rebalance-latency-max", "ms a rebalance takes, most", "리밸런스에 걸린 ms, 최대"}, [](const ConsumerFacts& f) { return ms_most(f.m.rebalance_latency, f.now); }},
    {{MBEAN_CONSUMER "time-between-poll-avg", "ms from poll to poll, average", "poll 사이의 ms, 평균"}, [](const ConsumerFacts& f) { return ms_average(f.m.time_between_poll, f.now); }},
    {{MBEAN_CONSUMER "time-between-poll-max", "ms from poll to poll, most", "poll 사이의 ms, 최대"}, [](const ConsumerFacts& f) { return ms_most(f.m.time_between_poll, f.now); }},
    {{MBEAN_CONSUMER "last-poll-seconds-ago", "seconds since it called poll", "마지막 poll에서 몇 초"},
     [](const ConsumerFacts& f) { return f.m.last_poll == sim::kNever ? kNothing : number((f.now - f.m.last_poll).us / 1000000); }},
};
// clang-format on

// clang-format off
constexpr Row<ShareConsumerFacts> kShareConsumerRows[] = {
    {{MBEAN_SHARE_FETCH "records-consumed-total", "records handed over", "넘겨준 레코드", kCounts}, [](const ShareConsumerFacts& f) { return number(f.m.records_consumed_total); }},
    {{MBEAN_SHARE_FETCH "bytes-consumed-total", "bytes fetched", "가져온 바이트", kCounts}, [](const ShareConsumerFacts& f) { return number(f.m.bytes_consumed_total); }},
    {{MBEAN_SHARE_FETCH "fetch-total", "fetches answered", "응답받은 페치", kCounts}, [](const ShareConsumerFacts& f) { return number(f.m.fetch_total); }},
    {{MBEAN_SHARE_FETCH "fetch-latency-avg", "ms until a fetch is answered, average", "페치의 응답까지 ms, 평균"}, [](const ShareConsumerFacts& f) { return ms_average(f.m.fetch_latency, f.now); }},
    {{MBEAN_SHARE_FETCH "fetch-latency-max", "ms until a fetch is answered, most", "페치의 응답까지 ms, 최대"}, [](const ShareConsumerFacts& f) { return ms_most(f.m.fetch_latency, f.now); }},
    {{MBEAN_SHARE_FETCH "fetch-size-avg", "bytes of a fetch that brought something", "무언가 가져온 페치의 바이트"}, [](const ShareConsumerFacts& f) { return of_last_minute(f.m.fetch_size.average_us(f.now)); }},
    {{MBEAN_SHARE_FETCH "records-per-request-avg", "records of such a fetch", "그런 페치의 레코드"}, [](const ShareConsumerFacts& f) { return of_last_minute(f.m.records_per_request.average_us(f.now)); }},
    {{MBEAN_SHARE_FETCH "acknowledgements-send-total", "records acknowledged", "확인 응답한 레코드", kCounts}, [](const ShareConsumerFacts& f) { return number(f.m.acknowledgements_sent); }},
    {{MBEAN_SHARE_FETCH "acknowledgements-error-total", "acknowledged records that were refused", "거절된 확인 응답 레코드", kCounts},
     [](const ShareConsumerFacts& f) { return number(f.m.acknowledgements_failed); }},
    {{MBEAN_SHARE_COORDINATOR "heartbeat-total", "heartbeats answered", "응답받은 하트비트", kCounts}, [](const ShareConsumerFacts& f) { return number(f.m.heartbeat_total); }},
    {{MBEAN_SHARE_COORDINATOR "rebalance-total", "assignments taken", "받아들인 할당", kCounts}, [](const ShareConsumerFacts& f) { return number(f.m.rebalance_total); }},
    {{MBEAN_SHARE_CONSUMER "time-between-poll-avg", "ms from poll to poll, average", "poll 사이의 ms, 평균"}, [](const ShareConsumerFacts& f) { return ms_average(f.m.time_between_poll, f.now); }},
    {{MBEAN_SHARE_CONSUMER "time-between-poll-max", "ms from poll to poll, most", "poll 사이의 ms, 최대"}, [](const ShareConsumerFacts& f) { return ms_most(f.m.time_between_poll, f.now); }},
    {{MBEAN_SHARE_CONSUMER "last-poll-seconds-ago", "seconds since it called poll", "마지막 poll에서 몇 초"},
     [](const ShareConsumerFacts& f) { return f.m.last_poll == sim::kNever ? kNothing : number((f.now - f.m.last_poll).us / 1000000); }},
};
// clang-format on

constexpr Row<LagFacts> kLagRows[] = {
    {{"kafka.consumer:type=consumer-fetch-manager-metrics,partition=<partition>,topic=<topic>,client-id=<client>#records-lag",
      "records behind", "lag"},
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
