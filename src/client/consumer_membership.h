// The membership of a consumer in a group of the newer protocol: which state it is in, what its next heartbeat says, what an
// answer makes of it. Kafka: ConsumerMembershipManager, ConsumerHeartbeatRequestManager.HeartbeatState. Source: KIP-848, KIP-1082.
//
// Unsubscribed --subscribe--> Joining --an assignment--> Reconciling --given up, taken on--> Acknowledging --the heartbeat that says so-->
// Stable; an assignment later: Reconciling again. Fenced: everything is lost, Joining anew with epoch 0. max.poll.interval.ms over: it
// leaves and is Stale until the next poll(). No timers and no network here: GroupMember has those.
#pragma once
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "protocol/messages_consumer_group.h"
#include "sim/random.h"

namespace kafkascope::client {

class ConsumerMembership {
 public:
  enum class State : std::uint8_t { Unsubscribed, Joining, Reconciling, Acknowledging, Stable, Stale, Fatal };
  using Partitions = std::vector<protocol::TopicPartition>;  // sorted

  struct Identity {
    std::string group_id, instance_id, client_id, server_assignor;
    std::int32_t rebalance_timeout_ms = 300000;
  };
  ConsumerMembership() = default;
  explicit ConsumerMembership(Identity identity) : identity_(std::move(identity)) {}

  State state() const { return state_; }
  const std::string& member_id() const { return member_id_; }
  std::int32_t epoch() const { return epoch_; }
  /// It heartbeats.
  bool in_group() const {
    return state_ == State::Joining || state_ == State::Reconciling || state_ == State::Acknowledging ||
           state_ == State::Stable;
  }
  /// Without waiting for the interval.
  bool heartbeat_now() const { return state_ == State::Joining || state_ == State::Acknowledging; }
  bool must_reconcile() const { return state_ == State::Reconciling && current_ != target_; }

  /// The last assignment it was told, with a number of its own, so that the same partitions again are another assignment.
  struct Assignment {
    std::int64_t number = -1;  // -1: none yet
    Partitions partitions;
    friend bool operator==(const Assignment&, const Assignment&) = default;
  };
  const Assignment& target() const { return target_; }
  const Assignment& current() const { return current_; }

  /// Begins anew with epoch 0. The id is drawn once and stays for as long as the process lives.
  void join(sim::Random& random);
  /// Given up what had to go, taken on the rest: the next heartbeat says so.
  void on_reconciled(Assignment assignment);
  /// The heartbeat that says goodbye, for a while if it is static; then it is out. `stale`: until the next poll().
  protocol::ConsumerGroupHeartbeatRequest leave(bool stale);
  void on_fatal() { state_ = State::Fatal; }
  /// What goes out now: all of it when joining, else what has changed since the last one that was not lost.
  protocol::ConsumerGroupHeartbeatRequest heartbeat(const std::set<std::string, std::less<>>& topics);
  void on_answer(const protocol::ConsumerGroupHeartbeatResponse& response);
  /// No answer, or an error: the next one says everything again.
  void on_failure() { sent_ = {}; }

 private:
  Identity identity_;
  State state_ = State::Unsubscribed;
  std::string member_id_;
  std::int32_t epoch_ = 0;
  Assignment current_, target_;
  struct Sent {
    bool rebalance_timeout = false, assignor = false;
    std::optional<std::set<std::string, std::less<>>> topics;
    std::optional<Assignment> owned;
  } sent_;
};

}  // namespace kafkascope::client
