// The step back from a line about the quorum of controllers, or about ZooKeeper and its sessions, to what led to it.
#include "observe/why/story.h"
#include "protocol/facts_of_quorum.h"
#include "protocol/facts_of_zookeeper.h"

namespace kafkascope::observe {

using protocol::BrokerId;
using Line = Story::Line;

const Line* session_lost(const Story& story, sim::NodeId broker, std::uint64_t before) {
  return story.last<fact::ZkSessionExpired>(before, [&](const auto& f, const Line& l) {
    const Line* held =
        story.last<fact::ZkClientState>(l.seq, [&](const auto& s, const Line&) { return s.session == f.session; });
    return held != nullptr && held->node == broker;
  });
}

namespace {

/// What made the voter stand for election before that line: the silence of the leader, or of the voters that it led. `wins`: it gets
/// votes, so what gave the quorum a majority again counts more.
const Line* back_of_standing(const Story& story, sim::NodeId voter, const Line& l, bool wins) {
  const Line* led = story.last<fact::ControllerActive>(l.seq, [](const auto&, const Line&) { return true; });
  const std::uint64_t since = led == nullptr ? 0 : led->seq;
  if (wins && led != nullptr)
    if (const Line* again = story.majority_again(story.cluster().controllers(), since, l.seq)) return again;
  const Line* stands = story.last<fact::QuorumStateChanged>(l.seq, [&](const auto& f, const Line& x) {
    return x.node == voter &&
           (f.reason == fact::QuorumReason::FetchTimeout || f.reason == fact::QuorumReason::MajorityDoesNotFetch);
  });
  if (stands != nullptr && stands->seq > since) return stands;
  return led == nullptr || led->node == voter ? nullptr : story.silence(led->node, l.seq);
}

/// Whether a voter that stands for election has that state for this reason, or has just given up leading.
bool is_of_standing(fact::QuorumReason reason) {
  switch (reason) {
    case fact::QuorumReason::MajorityWouldVote:
    case fact::QuorumReason::MajorityVoted:
    case fact::QuorumReason::MajorityWouldNotVote:
    case fact::QuorumReason::NoLeaderInTime:
    case fact::QuorumReason::NoMajorityInTime:
    case fact::QuorumReason::PreVoteUnanswered:
    case fact::QuorumReason::StandsAgain:
    case fact::QuorumReason::ResignedLeader: return true;
    default: return false;
  }
}

const Line* back_of_quorum_state(const Story& story, const Line& l) {
  const fact::QuorumReason reason = as<fact::QuorumStateChanged>(l).reason;
  if (is_of_standing(reason))
    return back_of_standing(
        story, l.node, l,
        reason == fact::QuorumReason::MajorityWouldVote || reason == fact::QuorumReason::MajorityVoted);
  if (reason == fact::QuorumReason::VoteInNewerEpoch)  // the candidate's: it stands in that epoch
    return story.last<fact::QuorumStateChanged>(l.seq, [&](const auto& f, const Line& x) {
      return x.node != l.node && f.epoch == as<fact::QuorumStateChanged>(l).epoch &&
             (is_of_standing(f.reason) || f.reason == fact::QuorumReason::FetchTimeout);
    });
  // For a voter that misses the leader, look at the leader first; for a leader that misses the voters, look at the
  // leader itself.
  const bool leads = reason == fact::QuorumReason::MajorityDoesNotFetch;
  if (!leads && reason != fact::QuorumReason::FetchTimeout) return nullptr;
  const Line* active =
      leads ? nullptr : story.last<fact::ControllerActive>(l.seq, [](const auto&, const Line&) { return true; });
  const Line* silent = active == nullptr ? nullptr : story.silence(active->node, l.seq);
  if (silent == nullptr) silent = story.silence(l.node, l.seq);
  for (const sim::NodeId voter : story.cluster().controllers())
    if (silent == nullptr && leads && voter != l.node) silent = story.silence(voter, l.seq);
  return silent;
}

/// The controller that has that id; not valid: there is none.
sim::NodeId controller_with(const Story& story, BrokerId id) {
  for (const sim::NodeId node : story.cluster().controllers())
    if (story.cluster().info(node).id == id) return node;
  return {};
}

}  // namespace

const Line* Story::back_of_quorum(const Line& l) const {
  if (is<fact::QuorumElected>(l) || (is<fact::ControllerActive>(l) && !cluster().under_zookeeper()))
    return back_of_standing(*this, l.node, l, true);
  if (const auto f = fact_if<fact::QuorumVoted>(l))
    return back_of_standing(*this, controller_with(*this, f->candidate), l, f->granted);
  if (is<fact::QuorumStateChanged>(l)) return back_of_quorum_state(*this, l);
  if (is<fact::ControllerActive>(l)) {
    const Line* before = last<fact::ControllerActive>(l.seq, [](const auto&, const Line&) { return true; });
    // There is no line for the first controller of a cluster.
    const sim::NodeId previous = before != nullptr ? before->node : first_controller(*this);
    if (l.time.us == 0 || !previous.valid()) return nullptr;
    if (previous == l.node) {  // it lost its session, resigned, and made the znode /controller anew
      const Line* expired = session_lost(*this, l.node, l.seq);
      return expired != nullptr && (before == nullptr || expired->seq > before->seq) ? expired : nullptr;
    }
    const Line* silent = silence(previous, l.seq);
    const Line* expired = silent == nullptr ? nullptr : session_lost(*this, previous, l.seq);
    const bool by_session = expired != nullptr && expired->seq > silent->seq && (l.time - expired->time).us < 5'000'000;
    return by_session ? expired : silent;
  }
  if (is<fact::ControllerResigned>(l)) {
    if (const Line* silent = silence(l.node, l.seq)) return silent;
    const Line* state = trace_.find(l.cause);  // too few of the others fetch from it
    return state != nullptr && is<fact::QuorumStateChanged>(*state) ? back_of_quorum(*state) : climb(l);
  }
  if (const auto f = fact_if<fact::ZkSessionExpired>(l)) {
    const Line* held =
        last<fact::ZkClientState>(l.seq, [&](const auto& s, const Line&) { return s.session == f->session; });
    if (held == nullptr) return nullptr;
    const auto of_owner = [&](const auto&, const Line& x) { return x.node == held->node; };
    const Line* died = first<fact::NodeDied>(held->seq, of_owner);
    const Line* again = died == nullptr ? nullptr : first<fact::NodeStarted>(died->seq, of_owner);
    // Another process has started since, with a session of its own.
    if (again != nullptr && again->seq < l.seq) return died;
    const Search pings = Search(cluster().zookeepers())
                             .of(traffic::kLiveness)
                             .timed_out(f->timeout_ms, f->timeout_ms / 3);  // the interval of ClientCnxn's pings
    const Line* silent = silence(held->node, l.seq, pings);
    return silent != nullptr ? silent : silence(held->node, l.seq);
  }
  if (is<fact::ZkElected>(l)) {
    const Line* before = last<fact::ZkElected>(l.seq, [](const auto&, const Line&) { return true; });
    return before == nullptr ? climb(l) : silence(before->node, l.seq);
  }
  return nullptr;
}

}  // namespace kafkascope::observe
