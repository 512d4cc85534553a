// Shared by the tests of consumers: records to read, usual settings, delivered records.
#pragma once
#include "client/rig.h"
#include "protocol/facts_of_clients.h"

namespace kafkascope::client::testing {

inline void fill(Rig& rig, int partition, int records, int per_batch = 1, int broker = 1) {
  for (int i = 0; i < records; i += per_batch) {
    RecordBatch b;
    b.client = 99;
    for (int j = i; j < std::min(records, i + per_batch); ++j) {
      Record r;
      r.value = std::to_string(j);
      r.key = "k" + std::to_string(j);
      r.timestamp_ms = sim::kEpochMs;
      b.records.push_back(r);
    }
    rig.broker(broker).append(orders(partition), seal(b));
  }
}

inline ConsumerOptions earliest(std::string id = "c-1", std::string group = "billing") {
  ConsumerOptions o = consumer_options(std::move(id), std::move(group));
  o.config.set("auto.offset.reset", std::string("earliest"));
  return o;
}

inline ConsumerOptions assigned(std::string id = "reader") {
  ConsumerOptions o = earliest(std::move(id), "");
  o.topics.clear();
  o.assign = {{"orders", 0}};
  return o;
}

inline std::vector<std::pair<std::int64_t, std::int64_t>> deliveries(const Watch& w) {
  std::vector<std::pair<std::int64_t, std::int64_t>> out;
  for (const auto& f : w.facts<fact::RecordDelivered>()) out.push_back({f.first_offset.value, f.last_offset.value});
  return out;
}

}  // namespace kafkascope::client::testing
