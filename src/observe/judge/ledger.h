// The ledger: the outcome of every record, counted exactly as docs/scenario-format.md defines it ("The ledger").
//
// It is fed by trace lines and never changes the run. Facts about the present (is the record in the leader's log, is it in flight)
// come from the world through Truth: logs are read at every append, so that results do not depend on the times of queries; the rest on
// demand.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "protocol/per_partition.h"
#include "protocol/records.h"
#include "protocol/trace_kinds.h"
#include "sim/flat_map.h"
#include "sim/paged.h"
#include "sim/sized.h"

namespace kafkascope::storage {
class PartitionLog;
}
namespace kafkascope::fact {
struct ShareSettled;
}

namespace kafkascope::observe {

using protocol::Offset;
using protocol::TopicPartition;

/// The questions that the ledger asks the world. Valid for one query.
class Truth {
 public:
  virtual ~Truth() = default;
  /// The log of the committed leader; without a leader, that of the last one. nullptr: the partition is deleted or never had a leader.
  virtual const storage::PartitionLog* leader_log(TopicPartition p) const = 0;
  /// The topic has been deleted, or its deletion is pending (under ZooKeeper as long as a replica is down): its records
  /// have left the log legitimately.
  virtual bool deleted(TopicPartition) const { return false; }
  /// Visits every batch in a message that is in flight, held, or waiting in a broker's socket.
  virtual void for_each_under_way(const std::function<void(const protocol::RecordBatch&)>& visit) const = 0;
  /// Visits every record that a live consumer got from poll and has not finished: visit(group, batch, index in the batch).
  using InHand = std::function<void(const std::string&, const protocol::RecordBatch&, int)>;
  virtual void for_each_in_hand(const InHand&) const {}
  /// Visits the position of every living consumer in each partition that it has.
  using Position = std::function<void(const std::string& group, TopicPartition, Offset)>;
  virtual void for_each_position(const Position&) const {}
  /// Whether all members of the group read committed records only.
  virtual bool reads_committed(const std::string& /*group*/) const { return false; }
};

struct ProducerCounts {
  std::int64_t produced = 0, acked = 0, failed = 0, in_doubt = 0, pending = 0;
  std::int64_t lost_acked = 0, lost_unacked = 0, duplicated = 0, reordered = 0, aborted = 0;
};
struct GroupCounts {
  std::int64_t delivered = 0, redelivered = 0, skipped = 0, aborted_visible = 0, before_group = 0;
  std::int64_t uncommitted_read = 0;  // handed over, and by now aborted or still open
};

enum class Outcome : std::uint8_t { Pending, Acked, Failed };

/// The state of one record, in 24 bytes: there may be millions. sent_us, acked_us: -1 = not yet.
struct RecordState {
  std::int64_t sent_us : 48 = -1;
  std::uint64_t copies : 16 = 0;  // in the leader's log at the last count, or removed from it legitimately
  std::int64_t acked_us : 48 = -1;
  std::uint64_t compacted : 12 =
      0;  // number of copies removed by compaction (a replica that has been cleaned less far still has them)
  Outcome outcome : 2 = Outcome::Pending;
  bool appended : 1 = false;   // was at some time in a leader's log
  bool reordered : 1 = false;  // first appended, or appended again after its copy was cut off, behind a record
                               // that was sent later to the same partition
  TopicPartition partition;
};
static_assert(sim::sized<RecordState>(24));

class RecordLedger {
 public:
  /// Clients by node index; the names are used in results.
  void add_client(std::int32_t node, std::string name) { clients_[node].name = std::move(name); }

  void on_trace(const sim::TraceLine& line, const protocol::TraceSubject* subject, const Truth& truth);
  /// The producer's process ended: unreported results stay unreported.
  void on_client_ended(std::int32_t node);
  /// A log changed other than by an append as leader (truncation, recovery, another leader): it is counted again on demand.
  void mark_rewritten(TopicPartition p) { book_at(p).rewritten = true; }
  void set_group_of(std::int32_t node, std::string group) { group_of_[node] = std::move(group); }
  /// isolation.level=read_committed.
  void set_reads_committed(std::int32_t node) { read_committed_.insert(node); }

  ProducerCounts total(const Truth& truth);
  std::map<std::string, ProducerCounts> by_client(const Truth& truth);
  GroupCounts group_total(const Truth& truth);
  std::map<std::string, GroupCounts> by_group(const Truth& truth);
  /// The same, and each consumer without a group under "@name".
  std::map<std::string, GroupCounts> by_reader(const Truth& truth);

  /// nullptr if that client has sent fewer records.
  const RecordState* record(std::int32_t client, std::uint32_t number) const;
  /// The groups that got the record, in name order.
  std::vector<std::string> delivered_to(std::int32_t client, std::uint32_t number) const;
  /// Kafka's word for the state of a record in the log: acked, pending, in_doubt.
  static std::string_view fate_in_log(const RecordState& record);
  struct Named {
    std::int32_t client = -1;  // node
    std::uint32_t number = 0;
  };
  /// Selects records by client; empty: all records.
  struct Filter {
    std::string client, group;
  };
  /// The records with that fate, any word of the ledger ("lost_acked", "redelivered" …), by client and number, at most `most`.
  std::vector<Named> with_fate(std::string_view fate, const Truth& truth, std::size_t most, const Filter& filter = {});
  struct SkippedRecord {
    bool delivered = false;  // the group was handed it
    bool archived = false;   // of a share group: its last lock ended with the leader archiving it
  };
  /// By offset: the records that a group has skipped.
  using Skipped = std::map<std::int64_t, SkippedRecord>;
  /// By group and partition: what it has skipped among the last `tail` offsets of the leader's log.
  std::map<std::string, std::map<TopicPartition, Skipped>> skipped_at_ends(std::int64_t tail, const Truth& truth);
  /// How often a group has committed another offset than before: a consumer commits again and again, even if it reads nothing.
  std::int64_t commits_moved() const { return commits_moved_; }

 private:
  /// Number of records of each kind; every count of a client is a sum of these.
  struct Tally {
    std::array<std::int64_t, 25> of_kind{};  // kind_of()
    std::int64_t more_copies = 0;            // copies beyond the first
    ProducerCounts sums() const;
  };
  struct ClientBook {
    std::string name;
    sim::Paged<RecordState, 128> records;  // index = number; checkpoints share pages whose records no longer change
    Tally tally;                           // as if nothing were in flight; maintained by change()
  };
  /// A batch as it was in the log, in 16 bytes.
  struct Counted {
    Offset base_offset;
    protocol::BatchRef data;
    Offset last_offset() const { return base_offset + data->last_offset_delta(); }
    Offset next_offset() const { return last_offset() + 1; }
  };
  struct PartitionBook {
    bool rewritten = false;    // truncated, recovered or led by another: compare with the log from the start
    std::uint32_t losses = 0;  // losses_ at the last check; if lower, any log may have been truncated since
    std::int64_t awaited_epoch =
        -1;  // epoch of an elected leader that does not know yet that it leads (meanwhile its log grows
             // by replication)
    std::vector<Counted> counted;  // the batches from which `copies` was counted, in log order
    std::size_t gone = 0;          // how many of the first batches have left the log legitimately
    std::vector<Counted>
        gone_elsewhere;  // like `gone`, where another leader's log was shorter or had other records: counted for good
    bool counted_for_good(const Counted& batch) const;
    sim::FlatMap<std::int32_t, std::uint32_t> newest;  // per client: the highest number appended so far
  };
  struct GroupPartition {
    std::int64_t committed = -1;
    std::int64_t first_position = -1;
    std::set<std::int64_t> archived;  // SkippedRecord::archived
    void note_settled(const fact::ShareSettled& settled);
  };
  struct GroupBook {
    std::int64_t delivered = 0, redelivered = 0, aborted_visible = 0;
    std::map<TopicPartition, GroupPartition> partitions;
    std::map<std::int32_t, std::vector<std::uint8_t>> seen;  // per client, per number: bits of ledger_bits.h
    void note(std::vector<std::uint8_t>& seen_of_client, std::uint32_t number, std::uint8_t bit);
  };

  /// nullptr: the client is unknown to the ledger.
  ClientBook* book_of(std::int32_t client);
  /// Creates the record if it is new.
  static RecordState& record_in(ClientBook& book, std::uint32_t number);
  /// Every change of a record goes through this function, which updates the counts: change(book, number, [](RecordState&) {...}).
  template <class F>
  static void change(ClientBook& book, std::uint32_t number, F&& f);
  /// The same for all records of a batch.
  template <class F>
  void change_all(const protocol::RecordBatch& batch, F&& f);
  void set_outcome(const protocol::RecordBatch& batch, Outcome outcome, std::int64_t at_us);
  /// Returns true if a record of the batch had been appended before.
  bool note_appended(const protocol::RecordBatch& batch, TopicPartition p);
  /// A record whose earlier copy was cut off takes the place of its new copy. The log must be counted.
  void note_new_place(const PartitionBook& book, const protocol::RecordBatch& batch);
  void add_copies(const protocol::RecordBatch& batch);
  /// `log`: the leader's present log; a record that its cleaner has removed is not lost.
  class NewestByKey;
  void remove_copies(const Counted& batch, const storage::PartitionLog* log, NewestByKey& newest);
  /// Updates `copies` to the present logs of the leaders.
  void recount(const Truth& truth);
  static void forget_replaced(PartitionBook& book, const storage::PartitionLog& log);
  void recount(PartitionBook& book, TopicPartition p, const Truth& truth);
  void note_handed_over(const std::string& group, Offset first, Offset last, const protocol::TraceSubject& subject,
                        std::uint8_t bit);
  using UnderWay = std::map<std::int32_t, std::set<std::uint32_t>>;  // per client: numbers
  UnderWay under_way(const Truth& truth) const;
  ProducerCounts counts_of(std::int32_t client, const ClientBook& book, const UnderWay& under_way) const;
  /// The records in the leaders' logs whose transaction was aborted. Their logs must be counted.
  UnderWay aborted(const Truth& truth);
  /// The same, and those whose transaction is open.
  UnderWay not_committed(const Truth& truth);
  template <class Holds>
  void gather(const PartitionBook& book, Holds&& holds, UnderWay& found) const;
  /// Calls visit(client, number) for each of these records that the group was handed.
  template <class Visit>
  static void for_each_delivered(const GroupBook& group, const UnderWay& of, Visit&& visit);
  /// Whether the record has that fate; a record can have several (a lost_acked record is also acked).
  bool has_fate(const RecordState& record, bool under_way, std::string_view fate) const;
  using InHand = std::map<std::string, UnderWay>;  // per group
  InHand in_hand(const Truth& truth) const;
  /// Per group: where its living members read on; the highest position if several read a partition.
  using Positions = std::map<std::string, std::map<TopicPartition, std::int64_t>>;
  static Positions positions(const Truth& truth);
  /// What is not skipped, for one group.
  struct Owed {
    const UnderWay &in_hand, &given_up;
    const std::map<TopicPartition, std::int64_t>& positions;
  };
  /// Calls visit(client, number, offset) for each record of the partition below the group's committed offset and its
  /// members' position, from `from` on, that was not processed, that no member is working on, and whose transaction was
  /// not aborted.
  template <class Visit>
  void for_each_skipped(const GroupBook& group, TopicPartition p, std::int64_t from, const Owed& owed,
                        Visit&& visit) const;
  /// The same for all of the group's partitions and offsets.
  template <class Visit>
  void for_each_skipped(const GroupBook& group, const Owed& owed, Visit&& visit) const;
  /// Calls visit(client, number) for each record before the first position of the group.
  template <class Visit>
  void for_each_before(const GroupBook& group, Visit&& visit) const;
  std::vector<Named> of_groups(std::string_view fate, const Truth& truth, std::size_t most, const Filter& filter);

  /// The partition's book, updated for all losses.
  PartitionBook& book_at(TopicPartition p);
  static void note_losses(PartitionBook& book, std::uint32_t losses);

  sim::FlatMap<std::int32_t, ClientBook> clients_;
  std::uint32_t losses_ = 0;  // number of power failures and disk losses, which truncate logs
  protocol::PerPartition<PartitionBook> books_;
  std::map<std::string, GroupBook> groups_;
  std::map<std::int32_t, std::string> group_of_;
  std::set<std::int32_t> read_committed_;
  std::int64_t commits_moved_ = 0;
};

}  // namespace kafkascope::observe
