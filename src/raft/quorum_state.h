// The states of a quorum replica and the legal transitions between them. Kafka: QuorumState (its class comment lists
// the same transitions), KIP-996.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

namespace kafkascope::raft {

/// The numbers appear in quorum.state trace lines. Observers (brokers) are only ever Unattached or Follower.
enum class QuorumState : std::uint8_t { Unattached, Prospective, Candidate, Leader, Follower, Resigned };
std::string_view name(QuorumState state);  // "Unattached" ...

struct QuorumArrow {
  QuorumState from, to;
  std::string_view sentence;  // for display
};
/// Every legal transition. A state may also be re-entered with another epoch if a row says so.
std::span<const QuorumArrow> quorum_arrows();
bool legal(QuorumState from, QuorumState to);

}  // namespace kafkascope::raft
