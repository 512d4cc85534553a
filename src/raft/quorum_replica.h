// What a quorum replica has in every state: its epoch, its log, its file, its connections. The node and the parts that
// belong to a state (follower_state.h, leader_state.h) receive it with each call; none keeps a reference, because a
// copy of a node is a checkpoint. Kafka: QuorumState, the fields of KafkaRaftClient.
#pragma once
#include <cstdint>

#include "protocol/errors.h"
#include "raft/metadata_log.h"
#include "raft/quorum_metrics.h"
#include "raft/quorum_options.h"
#include "raft/quorum_peers.h"
#include "raft/quorum_state.h"
#include "raft/quorum_state_file.h"

namespace kafkascope::raft {

struct QuorumReplica {
  explicit QuorumReplica(QuorumOptions options);
  /// Keeps what is on disk, and the numbers of disk operations.
  void on_death(sim::Death death, sim::Instant now);

  bool is_leader() const { return state == QuorumState::Leader; }
  /// The error for a fetch that is meant for the leader of epoch `requested`; NONE if this replica leads that epoch.
  protocol::ErrorCode refuses(LeaderEpoch requested) const;
  void flush_log(Ctx& ctx) { log.flush(ctx, next_number++); }
  /// Writes the epoch, its leader and the vote, unless the file has them already.
  void persist(Ctx& ctx) { file.write(ctx, {epoch, leader, voted_for}, next_number); }
  void raise_high_watermark(Ctx& ctx, Offset to);
  /// The leader has named its high watermark, which does not count beyond this replica's own log.
  void follow_high_watermark(Ctx& ctx, Offset told) { raise_high_watermark(ctx, std::min(told, log.end_offset())); }

  QuorumOptions options;

  // On disk.
  MetadataLog log;
  QuorumStateFile file;

  // In memory.
  QuorumState state = QuorumState::Unattached;
  LeaderEpoch epoch{0};
  BrokerId leader = kNoBroker;  // Prospective keeps the leader; Resigned: this node
  BrokerId voted_for = kNoBroker;
  Offset high_watermark{0};    // never decreases while the process lives
  Offset told_high_watermark;  // becomes the high watermark once the records received together with it are flushed
  QuorumPeers peers;
  QuorumMetrics metrics;
  std::uint64_t next_number = 1;  // numbers disk operations; restarts do not reset it
};

}  // namespace kafkascope::raft
