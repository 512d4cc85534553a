// Tables outside Kafka to which applications write each processed record (`"sink"` of a client). An idempotent one remembers its records:
// a record that arrives again changes nothing.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "cluster/cluster.h"
#include "observe/judge/lineage.h"

namespace kafkascope::observe {

struct SinkTable {
  std::int64_t rows = 0;
  std::int64_t sum =
      0;  // sum of the values that are whole numbers: text, or a LongSerializer's eight bytes if the client reads Longs
  std::map<RecordName, std::int64_t> seen;  // how many rows each record has
  /// Rows beyond a record's first.
  std::int64_t repeated() const { return rows - static_cast<std::int64_t>(seen.size()); }
};

class Sinks {
 public:
  void note_processed(const sim::TraceLine& line, const protocol::TraceSubject& subject,
                      const cluster::Cluster& cluster);
  const std::map<std::string, SinkTable>& tables() const { return tables_; }
  /// The record's number of rows in each table that readers of that topic write to.
  std::map<std::string, std::int64_t> rows_of(RecordName record, std::string_view topic,
                                              const cluster::Cluster& cluster) const;

 private:
  std::map<std::string, SinkTable> tables_;
};

}  // namespace kafkascope::observe
