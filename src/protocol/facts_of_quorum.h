// Facts of the quorum of controllers. node = the controller.
#pragma once
#include "protocol/reasons.h"
#include "protocol/trace_kinds.h"

namespace kafkascope::raft {
enum class QuorumState : std::uint8_t;
}

namespace kafkascope::fact {

using protocol::BrokerId;
using protocol::LeaderEpoch;
using protocol::Offset;
using protocol::Trace;
using sim::Text;

struct QuorumStateChanged {
  KAFKASCOPE_FACT(Trace::QuorumStateChanged, "quorum.state")
  raft::QuorumState state;
  LeaderEpoch epoch;
  BrokerId leader;
  QuorumReason reason;
  KAFKASCOPE_FIELDS(state, epoch, leader, reason)
};
struct QuorumVoted {
  KAFKASCOPE_FACT(Trace::QuorumVoted, "quorum.vote")
  BrokerId candidate;
  LeaderEpoch epoch;
  bool granted;
  bool pre_vote;  // KIP-996
  KAFKASCOPE_FIELDS(candidate, epoch, granted, pre_vote)
};
struct QuorumElected {
  KAFKASCOPE_FACT(Trace::QuorumElected, "quorum.elected")
  BrokerId leader;
  LeaderEpoch epoch;
  Offset start_offset;
  KAFKASCOPE_FIELDS(leader, epoch, start_offset)
};
struct QuorumHighWatermark {
  KAFKASCOPE_FACT(Trace::QuorumHighWatermark, "quorum.hw")
  Offset from, to;
  KAFKASCOPE_FIELDS(from, to)
};
struct QuorumTruncated {
  KAFKASCOPE_FACT(Trace::QuorumTruncated, "quorum.truncate")
  Offset to, from;
  KAFKASCOPE_FIELDS(to, from)
};
struct MetadataAppended {
  KAFKASCOPE_FACT(Trace::MetadataAppended, "metadata.append")
  Offset offset;
  LeaderEpoch epoch;
  Text record;
  KAFKASCOPE_FIELDS(offset, epoch, record)
};
struct MetadataApplied {
  KAFKASCOPE_FACT(Trace::MetadataApplied, "metadata.apply")
  Offset offset;
  LeaderEpoch epoch;
  Text record;
  KAFKASCOPE_FIELDS(offset, epoch, record)
};
struct ControllerActive {
  KAFKASCOPE_FACT(Trace::ControllerActive, "controller.active")
  BrokerId controller;
  LeaderEpoch epoch;
  KAFKASCOPE_FIELDS(controller, epoch)
};
struct ControllerResigned {
  KAFKASCOPE_FACT(Trace::ControllerResigned, "controller.resigned")
  BrokerId controller;
  LeaderEpoch epoch;
  ResignationReason reason;
  KAFKASCOPE_FIELDS(controller, epoch, reason)
};
/// A snapshot of the metadata log (KIP-630) is made.
struct QuorumSnapshot {
  KAFKASCOPE_FACT(Trace::QuorumSnapshot, "quorum.snapshot")
  Offset end_offset;
  LeaderEpoch epoch;
  std::int64_t bytes;
  SnapshotReason reason;
  KAFKASCOPE_FIELDS(end_offset, epoch, bytes, reason)
};
/// A snapshot is loaded instead of records.
struct QuorumSnapshotLoaded {
  KAFKASCOPE_FACT(Trace::QuorumSnapshotLoaded, "quorum.snapshot_loaded")
  Offset end_offset;
  LeaderEpoch epoch;
  Offset had;  // where the log ended
  KAFKASCOPE_FIELDS(end_offset, epoch, had)
};
/// The start of the log moves forward.
struct QuorumLogStart {
  KAFKASCOPE_FACT(Trace::QuorumLogStart, "quorum.log_start")
  Offset from, to;
  MetadataRetentionReason reason;
  KAFKASCOPE_FIELDS(from, to, reason)
};

using FactsOfQuorum = sim::FactList<QuorumStateChanged, QuorumVoted, QuorumElected, QuorumHighWatermark,
                                    QuorumTruncated, MetadataAppended, MetadataApplied, ControllerActive,
                                    ControllerResigned, QuorumSnapshot, QuorumSnapshotLoaded, QuorumLogStart>;

}  // namespace kafkascope::fact
