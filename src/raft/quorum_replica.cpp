#include "raft/quorum_replica.h"

#include <utility>

#include "protocol/facts_of_quorum.h"

namespace kafkascope::raft {

using protocol::ErrorCode;

QuorumReplica::QuorumReplica(QuorumOptions given) : options(std::move(given)), peers(options) {}

void QuorumReplica::on_death(sim::Death death, sim::Instant now) {
  QuorumReplica fresh(options);
  log.on_death(death, now, options);
  fresh.log = std::move(log);
  fresh.file = QuorumStateFile(file.saved());
  fresh.next_number = next_number;
  fresh.epoch = file.saved().epoch;  // views show the epoch while the node is dead
  *this = std::move(fresh);
}

ErrorCode QuorumReplica::refuses(LeaderEpoch requested) const {
  if (requested < epoch) return ErrorCode::FENCED_LEADER_EPOCH;
  if (requested > epoch) return ErrorCode::UNKNOWN_LEADER_EPOCH;
  return is_leader() ? ErrorCode::NONE : ErrorCode::NOT_LEADER_OR_FOLLOWER;
}

void QuorumReplica::raise_high_watermark(Ctx& ctx, Offset to) {
  if (to <= high_watermark) return;
  if (options.voter) ctx.trace(fact::QuorumHighWatermark{.from = high_watermark, .to = to});
  high_watermark = to;
}

}  // namespace kafkascope::raft
