// The copies of one record: which replica wrote it, when, and which line removed it.
#pragma once
#include <cstdint>
#include <limits>
#include <vector>

#include "cluster/cluster.h"
#include "observe/time/trace_store.h"

namespace kafkascope::observe {

class Story;

inline constexpr std::uint64_t kStillThere = std::numeric_limits<std::uint64_t>::max();

/// One replica's copy: from the line that wrote it to the line that removed it.
struct Copy {
  sim::NodeId node;
  protocol::TopicPartition tp;
  protocol::Offset offset;
  std::uint64_t from = 0, to = kStillThere;  // seq
  bool there(std::uint64_t seq) const { return from <= seq && seq < to; }
};

/// Whether the line removes the copy from its replica's log.
bool takes_away(const sim::TraceLine& l, const Copy& copy);
/// The first line after the copy was written that takes it away; null: none does.
const sim::TraceLine* removal_of(const Story& story, const Copy& copy);
/// In the order of writing.
std::vector<Copy> copies_of(const TraceStore& trace, std::int32_t client, std::uint32_t number);
/// Whether the line is about the record while a replica has it, or about leadership until a leader without the record
/// is elected.
bool tells_of(const sim::TraceLine& l, const std::vector<Copy>& copies);
/// The first election of a leader without the record; null: there was none.
const sim::TraceLine* led_without(const TraceStore& trace, const cluster::Cluster& cluster,
                                  const std::vector<Copy>& copies);
/// The last line before `end` in which that replica wrote the offset; null: there is none.
const sim::TraceLine* written_at(const TraceStore& trace, sim::NodeId node, protocol::TopicPartition tp,
                                 protocol::Offset offset, std::uint64_t end, protocol::BatchRef& batch);

}  // namespace kafkascope::observe
