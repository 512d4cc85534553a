// How long transactions stay open, or decided and not complete, compared with when their coordinators and leaders could act.
#pragma once
#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cluster/cluster.h"
#include "protocol/facts_of_transactions.h"
#include "protocol/ids.h"
#include "sim/time.h"

namespace kafkascope::test {

/// Configured times of the run.
struct TransactionTimes {
  sim::Duration timeout;                          // transaction.timeout.ms of every producer
  sim::Duration looked_for_every;                 // transaction.abort.timed.out.transaction.cleanup.interval.ms
  sim::Duration request_timeout;                  // of brokers: a marker's request is repeated after it
  sim::Duration replica_lag;                      // replica.lag.time.max.ms
  sim::Duration stored = sim::milliseconds(500);  // until the followers have a record: replica.fetch.wait.max.ms
};

/// Checks that a transaction is decided when its time is over, and complete soon after, in every stretch of time in which that was possible:
/// - A partition's leader can act while it runs, is not cut off, knows its leader epoch, and can replicate: the committed ISR has at least two members, they run and can be reached, follow it in that
///   epoch, and have fetched from it since whatever stood in the way ended. No other replica holds its high watermark back: for replica.lag.time.max.ms after a replica has caught up, the leader waits for
///   it to join the ISR, also if it fetches no longer, unless it is fenced or shutting down (Partition.maybeIncrementLeaderHW, shouldWaitForReplicaToJoinIsr). Then the high watermark stands still until
///   something is appended or fetched, and what waits for it fails after the transaction's time-out (appendTransactionToLog).
/// - A coordinator can act while it can as the leader of its partition of __transaction_state, from when it has loaded that. It looks for transactions whose time is over, aborts them, and stores that.
/// - A decided transaction gets its markers while its coordinator and all leaders of its partitions can act and no marker is held up. A request that is in flight when that begins may have to time out first,
///   and so may another one whose markers have to wait. If everyone has been able to act for that long, nothing has to.
/// Call on_line() for each line of the trace, and after_event() after each event.
class OpenTransactions {
 public:
  OpenTransactions(const cluster::Cluster& cluster, std::vector<std::string> topics, TransactionTimes times);
  void on_line(const sim::TraceLine& line);
  void after_event();
  void at_end() { look_at_all(); }
  /// The first transaction that was not ended, or not completed, in time; empty: none.
  const std::string& broken() const { return broken_; }
  struct Tally {
    int timed_out = 0;  // transactions that were open when their time was over
    /// For how long at most after their coordinator could end them, or it and their leaders could complete them.
    sim::Duration longest{0}, longest_end{0};
    void add(const Tally& other) {
      timed_out += other.timed_out;
      longest = std::max(longest, other.longest);
      longest_end = std::max(longest_end, other.longest_end);
    }
  };
  const Tally& tally() const { return tally_; }

 private:
  struct Role {
    std::int32_t epoch = -1;
    sim::Instant at;
    protocol::IdList isr;  // of the leader, when it became the leader
  };
  struct Able {
    std::int32_t epoch = -1;  // the leader epoch in which its leader can act; -1: it cannot
    sim::Instant since{0};
    bool held = false;  // until then a replica outside of the ISR held the high watermark back
  };
  struct Open {
    protocol::TopicPartition log;  // of __transaction_state
    sim::Instant since, due;       // when it began or was decided; when its time is over
    bool decided = false;
    std::set<protocol::TopicPartition> partitions;  // of the decision
  };
  std::int32_t able_epoch(protocol::TopicPartition tp);
  bool reaches(sim::NodeId a, sim::NodeId b) const;
  bool runs(sim::NodeId node) const;
  /// The node's role if it leads the partition as far as the controller has decided, otherwise null: a coordinator that does not know its successor yet may still load and tell what it has.
  const Role* leads(sim::NodeId node, protocol::TopicPartition tp) const;
  /// The partition of __transaction_state that has the transaction.
  protocol::TopicPartition log_of(const std::string& id) const;
  void note_reach();
  void note_state(sim::NodeId coordinator, const std::string& id);
  void take_over(sim::NodeId coordinator, protocol::TopicPartition log);
  void look(const std::string& id, const Open& open);
  void look_at_all();
  std::vector<protocol::TopicPartition> partitions_of(const std::string& topic) const;

  const cluster::Cluster& cluster_;
  std::vector<std::string> topics_;
  TransactionTimes times_;
  std::vector<sim::NodeId> brokers_;
  std::map<protocol::TopicPartition, bool> held_;  // whether a replica outside of the ISR holds the high watermark back
  bool dirty_ = true;
  sim::Instant due_ = sim::kNever;                          // when a replica no longer holds a high watermark back
  std::vector<std::pair<sim::NodeId, std::string>> steps_;  // in this event
  std::vector<std::pair<sim::NodeId, protocol::TopicPartition>> take_overs_;  // in this event

  using AtNode = std::pair<protocol::TopicPartition, std::int32_t>;
  std::map<AtNode, Role> leads_, follows_;
  std::set<AtNode> loaded_;
  std::map<std::int32_t, sim::Instant> disturbed_;  // by node: died, started, paused, resumed, cut off, reached again
  sim::Instant changed_{0};                         // the last of these, or a new leader or follower
  std::map<std::pair<std::int32_t, std::int32_t>, sim::Instant> fetched_;  // follower and leader
  std::map<std::pair<std::int32_t, std::int32_t>, bool> reach_;
  std::map<protocol::TopicPartition, Able> able_;
  bool markers_held_ = false;
  sim::Instant markers_since_{0};  // since when they are not held up, or the last was lost
  std::map<std::string, Open> open_;
  std::string broken_;
  Tally tally_;
};

}  // namespace kafkascope::test
