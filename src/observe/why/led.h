// Leadership as metrics count it: what changed a broker's leaderships, which elections were unclean, and since when a
// partition is not led by its first replica.
#pragma once
#include <functional>

#include "observe/why/story.h"

namespace kafkascope::observe {

/// The last line that changed what the broker leads and for which `counts` is true: an election, or the creation or
/// deletion of a topic's partition.
const sim::TraceLine* change_of_leadership(const Story& story, protocol::BrokerId broker,
                                           const std::function<bool(const sim::TraceLine&)>& counts);
/// The last election before that line which gave the partition a leader; null: there was none.
const sim::TraceLine* last_election(const Story& story, protocol::TopicPartition tp, std::uint64_t before);
/// The last election of the partition, which may have left it without a leader; null: there was none.
const sim::TraceLine* last_leader_change(const Story& story, protocol::TopicPartition tp);
/// The line since which a replica other than the first leads the partition; null: no line says so.
const sim::TraceLine* off_preferred_since(const Story& story, protocol::TopicPartition tp);
/// Whether the controller counts the election as unclean: the leader comes from outside the ISR; or the ISR was empty,
/// and the leader, its last member, is no eligible replica either, after its unclean shutdown (KIP-966).
bool counted_as_unclean(const Story& story, const sim::TraceLine& elected);

}  // namespace kafkascope::observe
