// A partition that a follower's fetcher has given up: it stays out of the ISR although its broker runs.
#pragma once
#include <vector>

#include "observe/why/telling.h"

namespace kafkascope::observe {

/// Whether that broker's fetcher has given up the partition and waits for a new leader epoch (FailedPartitionsCount).
bool has_given_up(const Story& story, protocol::TopicPartition tp, protocol::BrokerId broker);
/// The line at which that broker's fetcher gave up the partition until a new leader epoch; null: the broker fetches it,
/// is down, or was fenced by the leader, for which there is no line.
const sim::TraceLine* given_up(const Story& story, protocol::TopicPartition tp, protocol::BrokerId broker);
/// Tells why these brokers have given up the partition; false: none has given it up at a line, and nothing is added.
bool tell_given_up(Telling& telling, protocol::TopicPartition tp, const std::vector<protocol::BrokerId>& brokers);
/// What led to a line at which a fetcher gave a partition up.
const sim::TraceLine* back_of_given_up(const Story& story, const sim::TraceLine& failed);

}  // namespace kafkascope::observe
