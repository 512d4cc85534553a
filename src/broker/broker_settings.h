// Settings that a broker reads from its configuration once, because it needs them often.
#pragma once
#include <cstdint>

#include "broker/broker_options.h"
#include "sim/time.h"

namespace kafkascope::broker {

struct BrokerSettings {
  explicit BrokerSettings(const protocol::Config& config);

  sim::Duration lag_max, fetch_backoff, socket_timeout;
  std::int32_t fetch_wait_ms, fetch_min_bytes, fetch_partition_bytes, fetch_response_bytes, client_fetch_max_bytes;
  // These three may change at run time. cleaner_keys: the number of keys that fit into the cleaner's map.
  std::int32_t num_fetchers;
  sim::Duration cleaner_backoff;
  std::int64_t cleaner_keys;
  bool auto_create_topics, controlled_shutdown;
  bool verify_transactions;  // may also change at run time
  bool rack_aware;
};

}  // namespace kafkascope::broker
