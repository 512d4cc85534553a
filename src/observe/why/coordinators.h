// Who coordinates a group or a transactional id, and what took that role from a broker, or keeps it from it.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "observe/why/story.h"

namespace kafkascope::observe {

/// The partition of that internal topic whose leader coordinates the key: a group's name, or a transactional id. Partition
/// -1: the topic does not exist.
protocol::TopicPartition coordinating_partition(const Story& story, std::string_view key, std::string_view topic);

/// Whether the line comes from the broker that coordinated the group then. One that has lost that role, and does not know it
/// yet, may still rebalance the group or let members go: nothing of it reaches the group.
bool coordinated(const Story& story, std::string_view group, const sim::TraceLine& line);

/// The last line of that kind about the group, by the broker that coordinated it then.
template <class F, class Fits>
const sim::TraceLine* last_of_group(const Story& story, const std::string& group, Fits&& fits) {
  return story.last<F>(story.end(), [&](const auto& f, const sim::TraceLine& l) {
    return f.group == group && fits(f) && coordinated(story, group, l);
  });
}
template <class F>
const sim::TraceLine* last_of_group(const Story& story, const std::string& group) {
  return last_of_group<F>(story, group, [](const F&) { return true; });
}

/// What led to a client's COORDINATOR_LOAD_IN_PROGRESS, COORDINATOR_NOT_AVAILABLE or NOT_COORDINATOR; null: nothing but
/// the beginning. nullopt: another error, or one whose coordinator is not known.
std::optional<const sim::TraceLine*> back_of_lost_coordinator(const Story& story, protocol::ErrorCode error,
                                                              sim::NodeId client, std::uint64_t before);

/// The broker whose response brought the client that error; not valid: none did, or it is not known.
sim::NodeId answered_by(const Story& story, std::uint64_t error);

/// Whether the transaction coordinator that answered InitProducerId with COORDINATOR_LOAD_IN_PROGRESS had loaded its partition:
/// it lacked producer ids, of which it awaited a block.
bool lacked_producer_ids(const Story& story, const sim::TraceLine& failed);
/// The internal topic that was only being created when a client looked for its coordinator; "": another error.
std::string topic_in_creation(const Story& story, const sim::TraceLine& failed);
/// The same for any error of a coordinator, while nothing but the topic's creation had changed the client's coordinators.
std::string topic_made_meanwhile(const Story& story, const sim::TraceLine& failed);
/// What gave the client another coordinator, or made its own load anew: a new leader of that partition of __consumer_offsets
/// or __transaction_state, or the start of its process. Null: it has been the same one from the beginning.
const sim::TraceLine* change_of_coordinator(const Story& story, sim::NodeId client, std::uint64_t before);

}  // namespace kafkascope::observe
