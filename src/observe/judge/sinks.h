// Tables outside Kafka to which applications write each processed record (`"sink"` of a client). An idempotent one remembers its records:
// a record that arrives again changes nothing.
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "cluster/cluster.h"

namespace kafkascope::observe {

struct SinkTable {
  std::int64_t rows = 0;
  std::int64_t sum =
      0;  // sum of the values that are whole numbers: text, or a LongSerializer's eight bytes if the client reads Longs
  std::set<std::pair<std::int32_t, std::uint32_t>> seen;  // records by producer's node and number
};

class Sinks {
 public:
  void note_processed(const sim::TraceLine& line, const protocol::TraceSubject& subject,
                      const cluster::Cluster& cluster);
  const std::map<std::string, SinkTable>& tables() const { return tables_; }

 private:
  std::map<std::string, SinkTable> tables_;
};

}  // namespace kafkascope::observe
