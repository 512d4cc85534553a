#include "raft/quorum_state.h"

#include <algorithm>

namespace kafkascope::raft {
namespace {

using enum QuorumState;

// Source: the class comment of QuorumState, and KIP-996 "State machine".
constexpr QuorumArrow kArrows[] = {
    {Unattached, Unattached, "it learned of a newer epoch"},
    {Unattached, Prospective, "the election timeout passed without a leader"},
    {Unattached, Follower, "it learned who leads"},
    {Prospective, Unattached, "the pre-vote was lost and no leader is known, or there is a newer epoch"},
    {Prospective, Candidate, "a majority would vote for it"},
    {Prospective, Follower, "the pre-vote was lost and the old leader is still known, or another leader was elected"},
    {Candidate, Unattached, "it learned of a newer epoch"},
    {Candidate, Prospective, "the election timeout passed without a majority"},
    {Candidate, Leader, "a majority voted for it"},
    {Candidate, Follower, "another one was elected"},
    {Leader, Unattached, "it learned of a newer epoch"},
    {Leader, Follower, "it learned of a newer epoch's leader"},
    {Leader, Resigned, "it shuts down, or no majority fetched from it for 1.5 fetch timeouts"},
    {Follower, Unattached, "it learned of a newer epoch"},
    {Follower, Prospective, "the fetch timeout passed without a successful fetch"},
    {Follower, Follower, "it learned of a newer epoch's leader"},
    {Resigned, Unattached, "the election timeout passed (the epoch is raised), or there is a newer epoch"},
    {Resigned, Follower, "it learned of a newer epoch's leader"},
    {Resigned, Prospective, "it is the only voter"},
};

}  // namespace

std::string_view name(QuorumState state) {
  switch (state) {
    case Unattached: return "Unattached";
    case Prospective: return "Prospective";
    case Candidate: return "Candidate";
    case Leader: return "Leader";
    case Follower: return "Follower";
    case Resigned: return "Resigned";
  }
  return "?";
}

std::span<const QuorumArrow> quorum_arrows() { return kArrows; }

bool legal(QuorumState from, QuorumState to) {
  return std::any_of(std::begin(kArrows), std::end(kArrows),
                     [&](const QuorumArrow& a) { return a.from == from && a.to == to; });
}

}  // namespace kafkascope::raft
