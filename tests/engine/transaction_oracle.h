// The records of a topic that readers may see, found by walking the leaders' logs from marker to marker, without the engine's own index of
// transactions.
#pragma once
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "client/transaction_manager.h"
#include "cluster/cluster.h"
#include "observe/time/trace_store.h"
#include "protocol/ids.h"
#include "protocol/metadata_image.h"
#include "protocol/transaction_marker.h"
#include "storage/partition_log.h"

namespace kafkascope::test {

/// f(number, leader's log) for each partition that has a leader.
template <class F>
void for_each_leader_log(const cluster::Cluster& cluster, const std::string& topic, F&& f) {
  const protocol::TopicImage* image = cluster.committed().topic(cluster.committed().topic_id(topic));
  if (image == nullptr) return;
  for (std::size_t p = 0; p < image->partitions.size(); ++p)
    if (const storage::PartitionLog* log = cluster.leader_log({image->id, static_cast<std::int32_t>(p)}))
      f(static_cast<std::int32_t>(p), *log);
}

class LaterHandled;

using RecordId = std::pair<std::int32_t, std::uint32_t>;  // the producer's node and the record's number

struct ReadableTopic {
  /// By partition: offsets of records, ascending; `committed` only has those before the first unfinished transaction.
  std::map<std::int32_t, std::vector<std::int64_t>> committed, all;
  std::map<RecordId, int> copies;   // of committed records
  std::map<std::string, int> keys;  // of committed records
  /// By partition and producer: where a transaction without an end begins.
  std::map<std::int32_t, std::map<protocol::ProducerId, protocol::Offset>> open;
  std::string disorder;  // the first committed record that is behind a later one of its producer; empty: none
};

/// Reads the whole log, above and below the high watermark. Partitions without a log have no records. The `ignored` records do not count as copies, for
/// keys, or for the order.
ReadableTopic readable_topic(const cluster::Cluster& cluster, const std::string& topic,
                             const std::set<RecordId>& ignored = {});

/// A marker in a log; another one may have stood at that offset before it was cut off.
struct MarkerAt {
  protocol::TopicPartition partition;
  protocol::Offset offset;
  protocol::ProducerId producer = protocol::kNoProducerId;
  std::int32_t coordinator_epoch = -1;
  friend auto operator<=>(const MarkerAt&, const MarkerAt&) = default;
};
/// What one decision means for one partition.
struct DecisionFor {
  protocol::TopicPartition log;  // of __transaction_state
  protocol::Offset offset;       // the decision's there
  protocol::TopicPartition partition;
  friend auto operator<=>(const DecisionFor&, const DecisionFor&) = default;
};

/// Whether each partition has the markers that the coordinators decided: walks __transaction_state and the logs of the topics. Empty if so; else the first
/// partition and producer that differ. Each decision has its marker, in the order of the decisions. A marker is that of the decision which its coordinator
/// was ending when it sent it, according to the trace (`later`: for requests that were not handled in the event that brought them); more markers of one decision may only follow its first one directly, and end nothing. Without a trace there is exactly one for each. Call when
/// no transaction is open.
std::string differs_from_decisions(const cluster::Cluster& cluster, const observe::TraceStore& trace,
                                   const std::vector<std::string>& topics, const std::set<DecisionFor>& ignored = {},
                                   const std::set<MarkerAt>& ignored_markers = {}, const LaterHandled* later = nullptr);

/// The outcomes of transactions that programs learned: follows the state of their producers from event to event.
class ToldOutcomes {
 public:
  void watch(sim::NodeId producer_or_transform) { programs_.emplace_back().node = producer_or_transform; }
  /// Call after every event.
  void look(const cluster::Cluster& cluster);
  /// Checks that the records of each transaction are readable as a whole if its producer learned that it was committed, not at all if it was not, and
  /// whole or not at all if it did not learn the end. Empty if so. Transactions with one of the records `ignored_of` may be there in part; but no record of any may be there twice.
  std::string differs_from(const cluster::Cluster& cluster, const std::map<RecordId, int>& committed_copies,
                           const std::set<RecordId>& ignored_of = {}) const;
  struct Aborted {
    sim::Instant began_to_end;  // the call of commitTransaction() or abortTransaction(), or the program's death
    sim::Instant told;
  };
  /// The abort of the record's transaction; nullopt: the program did not learn of an abort.
  std::optional<Aborted> aborted(RecordId record) const;
  /// A transaction with records that has ended in its program.
  struct Transaction {
    std::int32_t node = -1;
    client::ProducerIdAndEpoch producer;
    std::uint32_t first = 0, end = 0;  // numbers of records; `end` is the number after the last
    sim::Instant began, ended;
    std::vector<RecordId> records() const;
  };
  /// The transaction that was open at that moment in the program that then had that producer id and epoch.
  std::optional<Transaction> transaction_at(client::ProducerIdAndEpoch producer, sim::Instant at) const;
  /// The transaction with that record.
  std::optional<Transaction> transaction_of(RecordId record) const;
  /// The first transaction with records of that program that ended after that moment.
  std::optional<Transaction> transaction_ended_after(std::int32_t node, sim::Instant at) const;
  /// When the next transaction with the same producer id began; kNever: there is none.
  sim::Instant next_began(const Transaction& transaction) const;
  std::size_t transactions() const { return ended_.size(); }

 private:
  enum class Outcome : std::uint8_t { Committed, Aborted, Unknown };
  struct Ended {
    sim::NodeId node;
    client::ProducerIdAndEpoch producer;
    std::uint32_t first = 0, end = 0;  // numbers of records; `end` is the number after the last
    Outcome outcome = Outcome::Unknown;
    std::int64_t began_us = 0, began_to_end_us = 0, at_us = 0;
  };
  struct Program {
    sim::NodeId node;
    client::TransactionState state = client::TransactionState::Uninitialized;
    client::ProducerIdAndEpoch producer;  // of the transaction
    std::uint32_t first = 0, next = 0, process = 0;
    std::int64_t began_us = 0;
    std::optional<std::int64_t> began_to_end_us;
  };
  void end(Program& program, Outcome outcome, std::int64_t at_us);
  static Transaction transaction(const Ended& ended);
  std::vector<Program> programs_;
  std::vector<Ended> ended_;
};

/// What its coordinator's log says of that transactional.id's last transaction; nothing: it is open, or there was none.
std::optional<protocol::TransactionResult> decided_end(const cluster::Cluster& cluster, const std::string& id);

/// The last stable offset that follows from the log's batches and markers, and its high watermark (UnifiedLog.lastStableOffset): the first offset of the earliest
/// transaction that has no marker below the high watermark.
protocol::Offset stable_offset(const storage::PartitionLog& log);
/// The first partition of that topic without a leader, or whose leader has another last stable offset than stable_offset(); empty: none.
std::string wrong_stable_offsets(const cluster::Cluster& cluster, const std::string& topic);
/// The first partition of that topic whose leader's index of aborted transactions is not what follows from the log's batches and markers; empty: none.
std::string wrong_aborted_index(const cluster::Cluster& cluster, const std::string& topic);
/// Partitions of that topic whose last stable offset, computed by stable_offset(), is below the high watermark.
std::vector<protocol::TopicPartition> unstable_partitions(const cluster::Cluster& cluster, const std::string& topic);

/// A transaction that has no end in its partition's log.
struct OpenTransaction {
  protocol::TopicPartition partition;
  protocol::ProducerId producer = protocol::kNoProducerId;
  protocol::Offset first;  // of its first batch
  friend auto operator<=>(const OpenTransaction&, const OpenTransaction&) = default;
};
std::vector<OpenTransaction> open_transactions(const cluster::Cluster& cluster, const std::string& topic);
/// The partitions whose offsets of that group it would commit.
std::set<protocol::TopicPartition> offsets_in(const cluster::Cluster& cluster, const OpenTransaction& open,
                                              const std::string& group);

}  // namespace kafkascope::test
