// What led to a consumer's position, or to its lack of one: where it was put, what it had read, what was removed meanwhile.
#include <algorithm>

#include "cluster/acts.h"
#include "observe/why/coordinators.h"
#include "observe/why/errors.h"
#include "observe/why/story.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_groups.h"
#include "protocol/facts_of_logs.h"

namespace kafkascope::observe {

using protocol::TopicPartition;
using Line = Story::Line;

namespace {

/// The consumer's position just before that line; not known: it had none.
protocol::Offset position_before(const Story& story, sim::NodeId client, TopicPartition tp, std::uint64_t before) {
  const auto own = [&](const auto& f, const Line& l) { return l.node == client && f.partition == tp; };
  const Line *set = story.last<fact::PositionSet>(before, own), *got = story.last<fact::RecordDelivered>(before, own);
  if (set == nullptr) return {};
  return latest({set, got}) == got ? as<fact::RecordDelivered>(*got).last_offset + 1
                                   : as<fact::PositionSet>(*set).offset;
}

/// Whether the consumer, no further behind than when that line came, would have read all records before they were gone.
bool was_near(const Story& story, const Line& away, sim::NodeId client, const Line& gone) {
  const TopicPartition tp = place_of(gone);
  const protocol::Offset position = position_before(story, client, tp, away.seq);
  const std::int64_t written = readable_before(story, tp, gone.seq) - readable_before(story, tp, away.seq);
  return position.known() && position + written >= as<fact::LogStartAdvanced>(gone).to;
}

}  // namespace

std::int64_t readable_before(const Story& story, TopicPartition tp, std::uint64_t before) {
  const Line* advanced =
      story.last<fact::HighWatermarkAdvanced>(before, [&](const auto& f, const Line&) { return f.partition == tp; });
  return advanced == nullptr ? 0 : as<fact::HighWatermarkAdvanced>(*advanced).to.value;
}

const Line* records_gone(const Story& story, const Line& thrown) {
  const Line* refused = story.last<fact::ClientError>(thrown.seq + 1, [&](const auto& f, const Line& x) {
    return x.node == thrown.node && f.error == protocol::ErrorCode::OFFSET_OUT_OF_RANGE;
  });
  if (refused == nullptr) return nullptr;
  const TopicPartition tp = place_of(*refused);
  const protocol::Offset position = position_before(story, thrown.node, tp, refused->seq);
  if (!position.known()) return nullptr;
  // Each replica moves its own start; that of the broker that refused counts.
  const sim::NodeId by = answered_by(story, refused->seq);
  const Line* gone = story.first<fact::LogStartAdvanced>(0, [&](const auto& f, const Line& l) {
    return f.partition == tp && f.to > position && (!by.valid() || l.node == by);
  });
  return gone != nullptr && gone->seq < refused->seq ? gone : nullptr;
}

namespace {

/// The act by which the consumer had paused the partition just before that line; null: it had not.
const Line* paused_itself(const Story& story, sim::NodeId client, TopicPartition tp, std::uint64_t before) {
  const std::string topic = story.cluster().topic_name(tp.topic);
  const Line* begun = start_before(story, client, before);
  const std::uint64_t since = begun == nullptr ? 0 : begun->seq;
  const auto asked = [&](std::string_view verb) {
    return story.last<fact::Command>(before, [&](const fact::Command& f, const Line& l) {
      const NumberedCommand* act =
          l.seq > since && f.verb == verb && story.involves(l, client) ? story.command_of(l) : nullptr;
      const auto* of = act == nullptr ? nullptr : act->command.get_if<cluster::act::PausePartitions>();
      return of != nullptr && std::any_of(of->partitions.begin(), of->partitions.end(), [&](const auto& p) {
               return p.topic == topic && p.partition == tp.partition;
             });
    });
  };
  const Line *paused = asked("pause_partitions"), *resumed = asked("resume_partitions");
  if (paused == nullptr || latest({paused, resumed}) != paused) return nullptr;
  // A consumer that gives up the partition forgets the pause, and a paused one reads nothing.
  const std::string name = story.cluster().name(tp);
  const auto given_up = [&](const auto& f, const Line& l) {
    const auto names = f.partitions.names();
    return l.node == client && std::find(names.begin(), names.end(), name) != names.end();
  };
  const Line* ended =
      latest({story.last<fact::PartitionsRevoked>(before, given_up), story.last<fact::PartitionsLost>(before, given_up),
              story.last<fact::RecordDelivered>(
                  before, [&](const auto& f, const Line& l) { return l.node == client && f.partition == tp; })});
  return latest({paused, ended}) == paused ? paused : nullptr;
}

/// The position that a consumer has at least had before that line: where it was put, or behind what it has processed since.
protocol::Offset read_up_to(const Story& story, const Line& before) {
  const auto own = [&](const auto& f, const Line& x) {
    return x.node == before.node && f.partition == place_of(before);
  };
  const Line* put = story.last<fact::PositionSet>(before.seq, own);
  const Line* read = story.last<fact::RecordProcessed>(before.seq, own);
  if (latest({put, read}) == nullptr) return {};
  return latest({put, read}) == read ? protocol::Offset{as<fact::RecordProcessed>(*read).offset.value + 1}
                                     : as<fact::PositionSet>(*put).offset;
}

/// Why the group had no committed offset when that member's position was reset: its offset was removed, or the reader before ended
/// without a commit. Null: the group had not read the partition before.
const Line* back_of_reset(const Story& story, const Line& reset) {
  const std::string group = story.group_of(reset.node);
  if (group.empty()) return nullptr;
  const TopicPartition tp = place_of(reset);
  const Line* commit = story.last<fact::OffsetCommitted>(
      reset.seq, [&](const auto& f, const Line&) { return f.group == group && f.partition == tp; });
  if (commit != nullptr) return as<fact::OffsetCommitted>(*commit).offset.known() ? nullptr : commit;
  const Line* read = story.last<fact::PositionSet>(
      reset.seq, [&](const auto& f, const Line& l) { return f.partition == tp && story.group_of(l.node) == group; });
  if (read == nullptr) return nullptr;
  const Line* ended =
      story.first<fact::NodeDied>(read->seq, [&](const auto&, const Line& l) { return l.node == read->node; });
  return ended != nullptr && ended->seq < reset.seq ? ended : nullptr;
}

}  // namespace

const Line* back_of_gone(const Story& story, const Line& thrown, const Line& gone) {
  const Line* set = story.last<fact::PositionSet>(
      thrown.seq, [&](const auto& f, const Line& x) { return x.node == thrown.node && f.partition == place_of(gone); });
  if (set != nullptr && set->seq > gone.seq && as<fact::PositionSet>(*set).reason == fact::PositionReason::Seek)
    return set;
  const Line* away = latest({story.hindrance(thrown.node, gone.seq, Search().of(traffic::kReading)),
                             paused_itself(story, thrown.node, place_of(gone), gone.seq)});
  return away != nullptr && was_near(story, *away, thrown.node, gone) ? away : &gone;
}

const Line* back_of_no_offset(const Story& story, const Line& thrown) {
  const Line* got = story.last<fact::PartitionsAssigned>(
      thrown.seq, [&](const auto&, const Line& x) { return x.node == thrown.node; });
  if (got == nullptr) return nullptr;
  const std::string group = story.group_of(thrown.node);
  const Line* gone = nullptr;
  for (const std::string& name : as<fact::PartitionsAssigned>(*got).partitions.names()) {
    const TopicPartition tp = partition_named(story, name);
    const Line* commit = story.last<fact::OffsetCommitted>(
        thrown.seq, [&](const auto& f, const Line&) { return f.group.view() == group && f.partition == tp; });
    if (commit == nullptr) return got;
    const bool stood = as<fact::OffsetCommitted>(*commit).offset.known();
    gone = latest({gone, stood ? loss_in(story, "__consumer_offsets", commit->seq, thrown.seq) : commit});
  }
  return gone != nullptr ? gone : got;
}

const Line* back_of_position(const Story& story, const Line& l) {
  const fact::PositionReason reason = as<fact::PositionSet>(l).reason;
  const auto own = [&](const auto&, const Line& x) { return x.node == l.node; };
  if (reason == fact::PositionReason::OutOfRange || reason == fact::PositionReason::Truncated) {
    const auto at = [&](const auto&, const Line& x) { return place_of(x) == place_of(l); };
    const Line* refused = story.last<fact::ClientError>(l.seq, [&](const auto& f, const Line& x) {
      return own(f, x) && at(f, x) && f.error == protocol::ErrorCode::OFFSET_OUT_OF_RANGE;
    });
    if (refused != nullptr)
      if (const Line* act = story.injected(protocol::ErrorCode::OFFSET_OUT_OF_RANGE, place_of(l), l.node, refused->seq))
        return act;
    // Each replica has a log of its own: that of the broker that refused counts.
    const sim::NodeId by = refused == nullptr || reason == fact::PositionReason::Truncated
                               ? sim::NodeId{}
                               : answered_by(story, refused->seq);
    const auto there = [&](const auto& f, const Line& x) { return at(f, x) && (!by.valid() || x.node == by); };
    const Line *deleted = story.last<fact::LogStartAdvanced>(l.seq, there),
               *sought = story.act_on(l.node, {"seek"}, l.seq);
    const protocol::Offset read = read_up_to(story, l);
    if (deleted != nullptr && refused != nullptr && latest({deleted, sought}) == deleted &&
        as<fact::LogStartAdvanced>(*deleted).to > read)  // the position lay before that log, whoever leads
      return story.first<fact::LogStartAdvanced>(
          0, [&](const auto& f, const Line& x) { return there(f, x) && f.to > read; });  // the later ones took others
    return latest(
        {story.last<fact::LeaderElected>(l.seq, at), deleted, story.last<fact::LogTruncated>(l.seq, there), sought});
  }
  if (reason == fact::PositionReason::Reset)
    if (const Line* uncommitted = back_of_reset(story, l)) return uncommitted;
  const Line* start = story.last<fact::NodeStarted>(l.seq, own);
  const Line* got = story.last<fact::PartitionsAssigned>(l.seq, own);
  if (got != nullptr && (start == nullptr || got->seq > start->seq)) return got;
  return start != nullptr && start->time.us > 0 ? start : nullptr;
}

}  // namespace kafkascope::observe
