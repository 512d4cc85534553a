// A client's counters, for /clients/<id> of the state document. They count since the run began and survive restarts.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/metrics.h"
#include "protocol/message.h"
#include "protocol/trace_kinds.h"

namespace kafkascope::client {

using Ctx = protocol::Context;

/// Latencies in microseconds, in integer buckets of 1/32 of their power of two: percentiles are within about 3 %, the
/// maximum is exact.
class LatencyHistogram {
 public:
  void add(std::int64_t us, std::int64_t times = 1);
  std::int64_t count() const { return count_; }
  std::int64_t max() const { return max_; }
  /// The smallest bucket bound that at least `per_mille` of the values do not exceed; 0 if there are no values.
  std::int64_t percentile(int per_mille) const;

 private:
  static int bucket(std::int64_t us);
  static std::int64_t upper(int bucket);
  std::vector<std::int64_t> counts_;  // by bucket
  std::int64_t count_ = 0, max_ = 0;
};

struct ClientStats {
  std::int64_t sent = 0, acked = 0, failed = 0;             // producers, records
  std::int64_t received = 0, processed = 0;                 // consumers, records
  std::map<std::string, std::int64_t, std::less<>> errors;  // names of Kafka errors and of exception classes -> count
  /// The last exception that the application got, with Kafka's message where it is modelled.
  struct Thrown {
    std::string class_name, message, cause;
    sim::Instant at;
  };
  std::optional<Thrown> thrown;
  LatencyHistogram latency;
  ClientMetrics metrics;  // counted since this process started

  /// Counts and traces an error code found in a response (`times`: e.g. per partition batch).
  void error(Ctx& ctx, protocol::ErrorCode code, protocol::TopicPartition p = {}, std::int64_t times = 1);
  /// Counts and traces an exception that the application gets (`times`: e.g. once per record of a batch, for
  /// callbacks).
  void exception(Ctx& ctx, std::string_view class_name, protocol::TopicPartition p = {}, std::string message = {},
                 std::string cause = {}, std::int64_t times = 1);
};

/// Kafka's exception class of an error code ("NotLeaderOrFollowerException").
std::string exception_name(protocol::ErrorCode code);

}  // namespace kafkascope::client
