// Who leads partitions, as metrics count it: what changed a broker's leaderships, which elections were unclean, and since when a
// partition is led by another replica than its first one.
#pragma once
#include <functional>

#include "observe/why/story.h"

namespace kafkascope::observe {

/// The last line of which `counts` is true and that changed what the broker leads: an election, or a partition that came or went
/// with its topic.
const sim::TraceLine* change_of_leadership(const Story& story, protocol::BrokerId broker,
                                           const std::function<bool(const sim::TraceLine&)>& counts);
/// The line since which another replica than the first one leads the partition; null: no line says so.
const sim::TraceLine* off_preferred_since(const Story& story, protocol::TopicPartition tp);
/// Whether the controller counts the election as unclean: the leader comes from outside the ISR; or from an empty one, of which
/// it had been the last, and its unclean shutdown has taken it out of the eligible replicas as well (KIP-966).
bool counted_as_unclean(const Story& story, const sim::TraceLine& elected);

}  // namespace kafkascope::observe
