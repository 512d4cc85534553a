// What holds a group's reader up: a record that takes long, a jump of its position, a leader that did not respond.
#pragma once
#include <cstdint>
#include <string>
#include <utility>

#include "observe/why/story.h"
#include "observe/why/telling.h"

namespace kafkascope::observe {

/// The time over which a partition's pace is measured.
inline constexpr std::int64_t kPaceUs = 10'000'000;

/// The record on which an application works in its polling thread.
struct AtWork {
  const sim::TraceLine* since = nullptr;  // the line at which it began; null: it works on none, or not for long
  protocol::TopicPartition partition;
  protocol::Offset offset;
  const sim::TraceLine* left = nullptr;  // max.poll.interval.ms passed over it before: that member left; null: not so
  std::int64_t handed = 0;               // how often the group's members got it
};

/// What held up the reader or the partition until shortly before, or holds it up now.
struct HeldUp {
  const sim::TraceLine* elected =
      nullptr;  // a leader took over from one that did not respond, and the reader got nothing meanwhile
  const sim::TraceLine* read = nullptr;    // what the reader got before that; null: nothing
  const sim::TraceLine* jumped = nullptr;  // the reader's position was reset beyond the group's last commit
  std::int64_t skipped = 0;                // by that jump
  AtWork stuck;
};

/// The record as its producer sent it, and the line at which it did. Null: a client of the file did not send it.
std::pair<const sim::TraceLine*, protocol::RecordView> sent_record(const Story& story, protocol::TopicPartition tp,
                                                                   protocol::Offset offset);
/// The act that sent a record on which the reader's application works longer than on others, and for how long.
struct LongWork {
  const sim::TraceLine* act = nullptr;  // null: the record takes no longer, or no act sent it
  sim::Duration takes;
};
LongWork long_work_on(const Story& story, sim::NodeId reader, protocol::TopicPartition tp, protocol::Offset offset);
/// What the reader has worked on for long: the line at which poll() returned those records. Null: not so.
const sim::TraceLine* at_work_since(const Story& story, sim::NodeId client);
/// The record that the reader has worked on in its polling thread for long, of whichever partition.
AtWork stuck_at(const Story& story, sim::NodeId client);
HeldUp held_up(const Story& story, const std::string& group, protocol::TopicPartition tp, sim::NodeId client);
/// Tells that the reader is stuck, or has jumped, or had nothing to read until another leader was elected; false: none of these.
/// `recovers`: it reads faster than records arrive, or has read them all.
bool tell_held_up(Telling& telling, const HeldUp& held, const std::string& owner, const std::string& partition,
                  bool recovers);

}  // namespace kafkascope::observe
