// Markers that a leader of 2.5 appends later than in the event in which it gets the request for them.
#pragma once
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "cluster/cluster.h"
#include "observe/time/trace_store.h"
#include "protocol/records.h"

namespace kafkascope::test {

/// The line of the sender of the message of that API which the line's node was handling; nullptr: it was handling something else.
const sim::TraceLine* sent_for(const observe::TraceStore& trace, const sim::TraceLine& line, protocol::ApiKey api);

/// While a leader of 2.5 writes the ISR into ZooKeeper the partition is locked, and markers wait. Their append follows from ZooKeeper's answer, so the trace does not name their request. This looks at what waits
/// after each event: a marker that has begun to wait in it belongs to the request that arrived in it.
class LaterHandled {
 public:
  LaterHandled(const cluster::Cluster& cluster, const observe::TraceStore& trace);
  /// Call after each event.
  void look();
  /// The line of the coordinator that sent the request which led to this line's marker; nullptr: the marker did not wait.
  const sim::TraceLine* sent_for(const sim::TraceLine& line) const;
  int markers() const { return static_cast<int>(sent_.size()); }

 private:
  const cluster::Cluster& cluster_;
  const observe::TraceStore& trace_;
  std::vector<sim::NodeId> brokers_;
  std::size_t seen_ = 0, next_written_ = 0;
  struct Waits {
    protocol::BatchRef marker;  // kept, so that no other batch gets its address
    std::uint64_t sent;         // the line that sent its request
  };
  std::map<const protocol::RecordBatch*, Waits> waiting_;
  std::map<std::uint64_t, std::uint64_t> sent_;  // a marker's line: the line that sent its request
};

}  // namespace kafkascope::test
