// The ledger: what became of every record, counted exactly as docs/scenario-format.md defines it ("The ledger").
//
// Fed by trace lines; it never changes what happens. What is true at that moment (is the record in the leader's log, is it under way)
// it reads from the world through Truth: logs at every append, so that the answer does not depend on who asked when; the rest when asked.
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

namespace kafkascope::observe {

using protocol::Offset;
using protocol::TopicPartition;

/// What the ledger asks the world. Valid for one question.
class Truth {
 public:
  virtual ~Truth() = default;
  /// The log of the committed leader; without a leader, of the last one. nullptr: the partition is gone or was never led.
  virtual const storage::PartitionLog* leader_log(TopicPartition p) const = 0;
  /// Its topic has been deleted, or is to be, which over ZooKeeper may take as long as a replica is away: what lay in it has left the log lawfully.
  virtual bool deleted(TopicPartition) const { return false; }
  /// Every batch in a message on its way, held, or waiting in a broker's socket.
  virtual void for_each_under_way(const std::function<void(const protocol::RecordBatch&)>& visit) const = 0;
  /// Every record that a living consumer has been handed by poll and is not done with: visit(group, batch, index in the batch).
  using InHand = std::function<void(const std::string&, const protocol::RecordBatch&, int)>;
  virtual void for_each_in_hand(const InHand&) const {}
};

struct ProducerCounts {
  std::int64_t produced = 0, acked = 0, failed = 0, in_doubt = 0, pending = 0;
  std::int64_t lost_acked = 0, lost_unacked = 0, duplicated = 0, reordered = 0;
};
struct GroupCounts {
  std::int64_t delivered = 0, redelivered = 0, skipped = 0, aborted_visible = 0, before_group = 0;
};

enum class Outcome : std::uint8_t { Pending, Acked, Failed };

/// What the ledger knows of one record, in 24 bytes: there may be millions. sent_us, acked_us: -1 = not yet.
struct RecordState {
  std::int64_t sent_us : 48 = -1;
  std::uint64_t copies : 16 = 0;  // in the leader's log as last counted, or gone from it lawfully
  std::int64_t acked_us : 48 = -1;
  std::uint64_t compacted : 12 =
      0;  // so many of them are gone by compaction (a replica that is not as clean has them still)
  Outcome outcome : 2 = Outcome::Pending;
  bool appended : 1 = false;   // was once in a leader's log
  bool reordered : 1 = false;  // first appended behind one that was sent later to the same partition
  TopicPartition partition;
};
static_assert(sim::sized<RecordState>(24));

class RecordLedger {
 public:
  /// Clients by node index; names are for the answers.
  void add_client(std::int32_t node, std::string name) { clients_[node].name = std::move(name); }

  void on_trace(const sim::TraceLine& line, const protocol::TraceSubject* subject, const Truth& truth);
  /// The producer's process ended: what it had not been told stays untold.
  void on_client_ended(std::int32_t node);
  /// A log changed other than by an append to it as leader (truncation, recovery, another leader): counted again when asked.
  void mark_rewritten(TopicPartition p) { book_at(p).rewritten = true; }
  void set_group_of(std::int32_t node, std::string group) { group_of_[node] = std::move(group); }

  ProducerCounts total(const Truth& truth);
  std::map<std::string, ProducerCounts> by_client(const Truth& truth);
  GroupCounts group_total(const Truth& truth);
  std::map<std::string, GroupCounts> by_group(const Truth& truth);

  /// nullptr if that client never sent so many.
  const RecordState* record(std::int32_t client, std::uint32_t number) const;
  /// Groups that were handed the record, in name order.
  std::vector<std::string> delivered_to(std::int32_t client, std::uint32_t number) const;
  /// Kafka's word for what is known of a record that lies in the log now: acked, pending, in_doubt.
  static std::string_view fate_in_log(const RecordState& record);
  struct Named {
    std::int32_t client = -1;  // node
    std::uint32_t number = 0;
  };
  /// Whose records are asked for; empty: everybody's.
  struct Filter {
    std::string client, group;
  };
  /// Records with that fate, any word of the ledger ("lost_acked", "redelivered" …), by client and number, at most `most`.
  std::vector<Named> with_fate(std::string_view fate, const Truth& truth, std::size_t most, const Filter& filter = {});

 private:
  /// How many records there are of each kind; every count of a client is a sum of these.
  struct Tally {
    std::array<std::int64_t, 25> of_kind{};  // kind_of()
    std::int64_t more_copies = 0;            // copies beyond the first
    ProducerCounts sums() const;
  };
  struct ClientBook {
    std::string name;
    sim::Paged<RecordState, 128> records;  // index = number; checkpoints share what nothing happens to any more
    Tally tally;                           // as if nothing were under way; kept by change()
  };
  /// A batch as it lay in the log, in 16 bytes.
  struct Counted {
    Offset base_offset;
    protocol::BatchRef data;
    Offset last_offset() const { return base_offset + data->last_offset_delta(); }
    Offset next_offset() const { return last_offset() + 1; }
  };
  struct PartitionBook {
    bool rewritten = false;           // cut, recovered or led by another: compare with the log from the start
    std::uint32_t losses = 0;         // losses_ when it was last looked at; fewer: any log may have been cut since
    std::int64_t awaited_epoch = -1;  // whose leader does not know of it yet; till then its log grows by replication
    std::vector<Counted> counted;     // what `copies` was counted from, in log order
    std::size_t gone = 0;             // so many of the first of them have left the log lawfully
    std::vector<Counted>
        gone_elsewhere;  // and where these were another leader's log ended, or had other records: counted once for good
    bool counted_for_good(const Counted& batch) const;
    sim::FlatMap<std::int32_t, std::uint32_t> newest;  // per client: highest number first appended
  };
  struct GroupPartition {
    std::int64_t committed = -1;
    std::int64_t first_position = -1;
  };
  struct GroupBook {
    std::int64_t delivered = 0, redelivered = 0;
    std::map<TopicPartition, GroupPartition> partitions;
    std::map<std::int32_t, std::vector<std::uint8_t>>
        seen;  // per client, per number: kDelivered, kProcessed, kRedelivered
    void note(std::vector<std::uint8_t>& seen_of_client, std::uint32_t number, std::uint8_t bit);
  };

  /// nullptr: a client that is none of ours.
  ClientBook* book_of(std::int32_t client);
  /// Makes the record if it is new.
  static RecordState& record_in(ClientBook& book, std::uint32_t number);
  /// Every change of a record goes through here, so that the counts follow: change(book, number, [](RecordState&) {...}).
  template <class F>
  static void change(ClientBook& book, std::uint32_t number, F&& f);
  /// The same for all records of a batch.
  template <class F>
  void change_all(const protocol::RecordBatch& batch, F&& f);
  void set_outcome(const protocol::RecordBatch& batch, Outcome outcome, std::int64_t at_us);
  void note_appended(const protocol::RecordBatch& batch, TopicPartition p);
  void add_copies(const protocol::RecordBatch& batch);
  /// `log`: what the leader has now; a record that its cleaner has taken is not lost.
  class NewestByKey;
  void remove_copies(const Counted& batch, const storage::PartitionLog* log, NewestByKey& newest);
  /// Brings `copies` up to what lies in the leaders' logs now.
  void recount(const Truth& truth);
  static void forget_replaced(PartitionBook& book, const storage::PartitionLog& log);
  void recount(PartitionBook& book, TopicPartition p, const Truth& truth);
  void note_handed_over(const std::string& group, Offset first, Offset last, const protocol::TraceSubject& subject,
                        std::uint8_t bit);
  using UnderWay = std::map<std::int32_t, std::set<std::uint32_t>>;  // per client: numbers
  UnderWay under_way(const Truth& truth) const;
  ProducerCounts counts_of(std::int32_t client, const ClientBook& book, const UnderWay& under_way) const;
  /// The record's fate word, and whether it is one of several (lost_acked is acked too).
  bool has_fate(const RecordState& record, bool under_way, std::string_view fate) const;
  using InHand = std::map<std::string, UnderWay>;  // per group
  InHand in_hand(const Truth& truth) const;
  /// Calls visit(client, number) for each record that the group's committed offsets have passed undone, and that no member works on.
  template <class Visit>
  void for_each_skipped(const GroupBook& group, const UnderWay& in_hand, Visit&& visit) const;
  /// Calls visit(client, number) for each record that lies before the first position of the group.
  template <class Visit>
  void for_each_before(const GroupBook& group, Visit&& visit) const;
  std::map<std::string, GroupCounts> count_groups(const Truth& truth);
  std::vector<Named> of_groups(std::string_view fate, const Truth& truth, std::size_t most, const Filter& filter) const;

  /// The partition's, knowing of all losses.
  PartitionBook& book_at(TopicPartition p);
  static void note_losses(PartitionBook& book, std::uint32_t losses);

  sim::FlatMap<std::int32_t, ClientBook> clients_;
  std::uint32_t losses_ = 0;  // how often a machine's power or disk went, and with it the ends of logs
  protocol::PerPartition<PartitionBook> books_;
  std::map<std::string, GroupBook> groups_;
  std::map<std::int32_t, std::string> group_of_;
};

}  // namespace kafkascope::observe
