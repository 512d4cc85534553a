// Why somebody cannot fetch: a follower's fetcher has given a partition up and stays out of the ISR although its broker runs, or a broker
// does not know a client's fetch session any more, because its process has started anew or a new session took its place. And what the next
// fetch of a metadata log will cut.
#pragma once
#include <optional>
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

/// What led to the client's error FETCH_SESSION_ID_NOT_FOUND at that line, in an answer of that broker; null: not known.
const sim::TraceLine* back_of_fetch_session(const Story& story, sim::NodeId broker, sim::NodeId client,
                                            std::uint64_t before);
/// Tells whose new session took the place of the client's; tells nothing about other errors, or if that is not known.
void tell_evicted(Telling& telling, const sim::TraceLine& failed);

/// The end of the part of the node's metadata log that the active controller's log has, too. The node truncates its log there
/// when it fetches from the active controller (KIP-595): an earlier leader had not committed what follows. nullopt: nothing
/// follows, or the active controller's log begins behind that place, and the node fetches a snapshot (KIP-630).
std::optional<protocol::Offset> truncated_to(const cluster::Cluster& c, sim::NodeId node);

}  // namespace kafkascope::observe
