// Which broker coordinates a group or a transactional id, and what took that role from a broker or keeps a broker from
// taking it.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "observe/why/story.h"

namespace kafkascope::observe {

/// The partition of that internal topic whose leader coordinates the key: a group's name, or a transactional id. Partition
/// -1: the topic does not exist.
protocol::TopicPartition coordinating_partition(const Story& story, std::string_view key, std::string_view topic);

/// A setting of a group of a newer protocol just before that line: its own (consumer.session.timeout.ms), if it has one, or its
/// coordinator's, whose name begins with "group.".
struct GroupSetting {
  std::string key;
  std::int64_t value = 0;
};
GroupSetting group_setting(const Story& story, std::string_view group, std::string_view key, std::uint64_t before);

/// Whether the line comes from the broker that coordinated the group at that time. A former coordinator that does not
/// know of its loss may still rebalance the group or remove members, without effect on the group.
bool coordinated(const Story& story, std::string_view group, const sim::TraceLine& line);

/// The last line of kind F about the group that came from its coordinator at that time.
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
/// the beginning of the run. nullopt: another error, or its coordinator is not known.
std::optional<const sim::TraceLine*> back_of_lost_coordinator(const Story& story, protocol::ErrorCode error,
                                                              sim::NodeId client, std::uint64_t before);

/// The broker whose response gave the client that error; not valid: no response did, or the broker is not known.
sim::NodeId answered_by(const Story& story, std::uint64_t error);
/// Whether the response with the error of that line answers a request of that kind.
bool answers(const Story& story, std::uint64_t error, protocol::ApiKey api);

/// Whether the transaction coordinator that answered InitProducerId with COORDINATOR_LOAD_IN_PROGRESS had loaded its
/// partition: it had run out of producer ids and awaited a block of them.
bool lacked_producer_ids(const Story& story, const sim::TraceLine& failed);
/// The internal topic that was still being created when a client looked for its coordinator; "": another error.
std::string topic_in_creation(const Story& story, const sim::TraceLine& failed);
/// The same for any error of a coordinator, provided that only the topic's creation had changed the client's
/// coordinators.
std::string topic_made_meanwhile(const Story& story, const sim::TraceLine& failed);
/// What gave the client another coordinator, or made its coordinator load its partition again: a new leader of the
/// partition of __consumer_offsets or __transaction_state, or a restart of the process. Null: the coordinator has been
/// the same from the beginning.
const sim::TraceLine* change_of_coordinator(const Story& story, sim::NodeId client, std::uint64_t before);

/// What kept the coordinator from ending the transaction between its decision and the later line `failed`: markers that were not
/// written. Null: nothing is known.
const sim::TraceLine* delay_of_markers(const Story& story, const sim::TraceLine& decided, const sim::TraceLine& failed);

}  // namespace kafkascope::observe
