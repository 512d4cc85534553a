// The records of a topic that readers may see, found by walking the leaders' logs from marker to marker, without the engine's own index of
// transactions.
#pragma once
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

namespace kafkascope::test {

using RecordId = std::pair<std::int32_t, std::uint32_t>;  // the producer's node and the record's number

struct ReadableTopic {
  /// By partition: offsets of records, ascending; `committed` only has those before the first unfinished transaction.
  std::map<std::int32_t, std::vector<std::int64_t>> committed, all;
  std::map<RecordId, int> copies;                               // of committed records
  std::map<std::string, int> keys;                              // of committed records
  std::map<std::int32_t, std::set<protocol::ProducerId>> open;  // by partition, unfinished
  std::string disorder;  // the first committed record that comes after a later one of its producer; empty: none
};

/// Reads the whole log, above and below the high watermark. Partitions without a log have no records. The `ignored` records do not count as copies, for
/// keys, or for the order.
ReadableTopic readable_topic(const cluster::Cluster& cluster, const std::string& topic,
                             const std::set<RecordId>& ignored = {});

using ProducersPartitions = std::set<std::pair<protocol::TopicPartition, protocol::ProducerId>>;
using Markers = std::set<std::pair<protocol::TopicPartition, protocol::Offset>>;

/// Whether each partition has the markers that the coordinators decided: walks __transaction_state and the logs of the topics. Empty if so; else the first
/// partition and producer that differ. A marker may be repeated only if the trace shows that it was sent again before the transaction was complete, or
/// that another coordinator had loaded the decision. Call when no transaction is open.
std::string differs_from_decisions(const cluster::Cluster& cluster, const observe::TraceStore& trace,
                                   const std::vector<std::string>& topics, const ProducersPartitions& ignored = {},
                                   const Markers& ignored_markers = {});

/// The outcomes of transactions that programs learned: follows the state of their producers from event to event.
class ToldOutcomes {
 public:
  void watch(sim::NodeId producer_or_transform) { programs_.emplace_back().node = producer_or_transform; }
  /// Call after every event.
  void look(const cluster::Cluster& cluster);
  /// Checks that the records of each transaction are readable as a whole if its producer learned that it was committed, not at all if it was not, and
  /// either way if the producer's process ended. Empty if so. Transactions with one of the records `ignored_of` are not checked.
  std::string differs_from(const cluster::Cluster& cluster, const std::map<RecordId, int>& committed_copies,
                           const std::set<RecordId>& ignored_of = {}) const;
  struct Aborted {
    sim::Instant began_to_end;  // the call of commitTransaction() or abortTransaction(), or the program's death
    sim::Instant told;
  };
  /// The abort of the record's transaction; nullopt: the program did not learn of an abort.
  std::optional<Aborted> aborted(RecordId record) const;
  /// The records of the transaction that was open in this program at that moment.
  std::vector<RecordId> transaction_at(std::int32_t node, sim::Instant at) const;
  /// The records of the transaction with that record.
  std::vector<RecordId> transaction_of(RecordId record) const;
  std::size_t transactions() const { return ended_.size(); }

 private:
  enum class Outcome : std::uint8_t { Committed, Aborted, Unknown };
  struct Ended {
    sim::NodeId node;
    std::uint32_t first = 0, end = 0;  // numbers of records; `end` is the number after the last
    Outcome outcome = Outcome::Unknown;
    std::int64_t began_us = 0, began_to_end_us = 0, at_us = 0;
  };
  struct Program {
    sim::NodeId node;
    client::TransactionState state = client::TransactionState::Uninitialized;
    std::uint32_t first = 0, next = 0, process = 0;
    std::int64_t began_us = 0;
    std::optional<std::int64_t> began_to_end_us;
  };
  void end(Program& program, Outcome outcome, std::int64_t at_us);
  std::vector<Program> programs_;
  std::vector<Ended> ended_;
};

/// Partitions of that topic whose last stable offset is below the high watermark.
std::vector<protocol::TopicPartition> unstable_partitions(const cluster::Cluster& cluster, const std::string& topic);

}  // namespace kafkascope::test
