// Measurements of a producer, consumer or share consumer since its process started; observe/model/client_mbeans.cpp
// gives them Kafka's names. Kafka: SenderMetricsRegistry, FetchMetricsRegistry, ConsumerCoordinatorMetrics,
// KafkaConsumerMetrics.
#pragma once
#include <cstdint>
#include <map>

#include "protocol/ids.h"
#include "protocol/sampled_stat.h"

namespace kafkascope::client {

struct ProducerMetrics {
  std::int64_t record_send_total = 0, record_retry_total = 0, record_error_total = 0, batch_split_total = 0,
               buffer_exhausted_total = 0;
  std::int64_t txn_init_us = 0, txn_send_offsets_us = 0, txn_commit_us = 0, txn_abort_us = 0;  // time in the calls
  protocol::SampledStat record_send, record_error, batch_size, compression_rate_ppm, records_per_request,
      record_queue_time, request_latency;
};

struct ConsumerMetrics {
  // consumer-fetch-manager-metrics
  std::int64_t fetch_total = 0, records_consumed_total = 0, bytes_consumed_total = 0;
  protocol::SampledStat fetch_latency, fetch_size, records_per_request, records_lag;
  /// High watermark minus position, according to the last response whose records were delivered.
  std::map<protocol::TopicPartition, std::int64_t> lag;
  // consumer-coordinator-metrics
  std::int64_t commit_total = 0, heartbeat_total = 0, join_total = 0, sync_total = 0, rebalance_total = 0;
  protocol::SampledStat commit_latency, join_time, rebalance_latency;
  sim::Instant rebalance_began = sim::kNever;
  // consumer-share-fetch-manager-metrics: records
  std::int64_t acknowledgements_sent = 0, acknowledgements_failed = 0;
  // consumer-metrics
  protocol::SampledStat time_between_poll;
  sim::Instant last_poll = sim::kNever;
};

struct ClientMetrics {
  ProducerMetrics producer;
  ConsumerMetrics consumer;
};

}  // namespace kafkascope::client
