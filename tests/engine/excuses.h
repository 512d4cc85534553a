// Failures in a run of the transactions' swarm that Kafka itself would show, found by their causes in the trace (docs/swarm-transactions.md): the
// checks that each cause may break, and the markers, transactions and partitions affected.
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/transaction_oracle.h"
#include "scenario/session.h"

namespace kafkascope::transaction_swarm {

/// The only cause that the swarm provokes: the others are rare. Only leaders that do not verify let a write open a transaction.
inline constexpr std::string_view kLateWrite =
    "a write that came after the end of its transaction opened another one, or became part of the next";

using Offsets = std::set<std::pair<protocol::TopicPartition, protocol::Offset>>;

/// What one cause excuses. Everything else must hold as without it.
struct Excuse {
  std::string_view cause;
  std::set<test::DecisionFor> unmarked;   // of which that partition has no marker
  std::set<test::MarkerAt> markers;       // that no decision in the log has led to
  std::set<test::RecordId> transactions;  // records whose transactions may be half there
  std::set<test::RecordId> lost_acked;    // acknowledged, and in no log
  std::set<test::RecordId> written_late;  // aborted, and there all the same
  /// By key of `in`: its records in `out` that belong to such transactions. Each of them may be there or not, and so may the offset that its transaction committed.
  std::map<std::string, std::set<test::RecordId>> keys;
  std::set<test::OpenTransaction> unstable;  // may be open for ever
  Offsets shown;                             // aborted records that a reader of committed ones may have got
  void add(const Excuse& other);
};

/// A coordinator that took over before it had learned of these partitions; it learned of them at `until`.
struct Unheard {
  sim::Instant at, until;
  sim::NodeId node;
  protocol::TopicPartition of;  // __transaction_state
  std::set<protocol::TopicPartition> partitions;
};

/// One excuse for each cause that occurs in the run. `newer`: each end of a transaction raises its producer's epoch. `verified`: leaders ask the
/// coordinator before a transaction's first batch. `newer_group`: the transforms' group has the newer protocol.
std::vector<Excuse> excuses(scenario::Session& session, const test::ToldOutcomes& told, bool newer, bool verified,
                            bool newer_group, const std::vector<Unheard>& unheard, const test::LaterHandled& later);

}  // namespace kafkascope::transaction_swarm
