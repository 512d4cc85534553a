// What all coordinators do alike with the partitions of their topic that this broker leads: a partition's log is loaded into a shard, which
// takes time; records are gathered into a batch and appended; answers leave when the high watermark has passed them; the state goes back
// when an append fails; timers by key; election, resignation, death.
// Kafka: CoordinatorRuntime, SnapshottableCoordinator, CoordinatorTimer (org.apache.kafka.coordinator.common.runtime, 4.1).
//
// A coordinator derives from CoordinatorRuntime<Shard>. The shard is the state of one partition (Kafka: CoordinatorShard):
//
//   struct Shard {
//     using Record = ...;                       // what is stored
//     using Delta = Undo<Key, Value>;           // what one batch has changed: the way back, and what is not committed yet
//     using Event = Answer;                     // what waits until records are committed; of another type, it has has_deadline(event)
//     static constexpr std::string_view kTopic; // "__consumer_offsets"
//     static constexpr std::uint16_t kFirstTimerKind;  // 50 kinds of the broker's timers are its own
//     std::int32_t partition = -1;
//     static protocol::Record encode(const Record&, const protocol::MetadataImage&, std::int64_t timestamp_ms);
//     static std::optional<Record> decode(const protocol::RecordView&);  // nothing: not one of its own, it is skipped
//     void replay(Ctx&, const Record&, Delta* uncommitted);  // nullptr: the record is committed already
//   };
//
// The coordinator itself says which requests there are: each is a write or a read operation on a shard. A value like every role: it may be
// copied, and keeps no pointer to its host. What these templates do is in coordinator_runtime_code.h, for the coordinators' source files.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "coordinator/host.h"
#include "coordinator/timer_table.h"
#include "coordinator/undo.h"
#include "protocol/transaction_marker.h"

namespace kafkascope::coordinator {

enum class CoordinatorState : std::uint8_t { Initial, Loading, Active, Closed, Failed };
/// Kafka: CoordinatorState.canTransitionFrom.
bool can_transition(CoordinatorState from, CoordinatorState to);

/// Who writes a batch of its own: records that belong to a transaction, or the marker that ends it.
struct TransactionalBatch {
  protocol::ProducerId producer_id = protocol::kNoProducerId;
  protocol::ProducerEpoch producer_epoch = -1;
  std::uint64_t guard = 0;  // of the verification (Host::start_transaction_verification); 0: none
  std::optional<protocol::EndTransactionMarker> marker;
};

/// An answer that is ready; on error the same kind of body with the error.
struct Answer {
  RequestHandle request = 0;
  protocol::Body body;
};
/// True if it fails after the write time-out; false for events no client waits for.
inline bool has_deadline(const Answer&) { return true; }
/// Sends it: the records before it are committed, or could not be appended.
void reply(Host& host, Answer answer, protocol::ErrorCode append_error);

/// What a client hears when an append to the coordinator's topic fails.
protocol::ErrorCode append_error_to_response_error(protocol::ErrorCode error);
/// The same answer with an error in place of success.
protocol::Body with_error(protocol::Body body, protocol::ErrorCode error);

template <class Shard>
class CoordinatorRuntime {
 public:
  using Record = typename Shard::Record;
  using Delta = typename Shard::Delta;
  using Event = typename Shard::Event;

  /// How fast a log is read when its partition is taken over; 0: in no time.
  void set_load_rate(std::int64_t bytes_per_second) { load_rate_ = bytes_per_second; }

  /// This broker leads that partition now: its log is read; until that is done, requests are told COORDINATOR_LOAD_IN_PROGRESS. What has
  /// been read stays under a later epoch; what could not be read is tried again. An epoch that is not later is ignored.
  void schedule_load_operation(Host& host, std::int32_t partition, protocol::LeaderEpoch epoch,
                               const storage::PartitionLog& log);
  /// It no longer leads it: every write that waits is answered NOT_COORDINATOR. `epoch`: of who leads now; one that is not later is
  /// ignored. Nothing: the replica is gone.
  void schedule_unload_operation(Host& host, std::int32_t partition, std::optional<protocol::LeaderEpoch> epoch);
  /// False: not one of this coordinator's.
  bool on_timer(Host& host, std::uint16_t kind, std::uint64_t arg);
  /// Of Host::append or await_committed: what was handed over with `token` for that partition. An unknown one is ignored.
  void on_append_done(Host& host, std::int32_t partition, std::uint64_t token, protocol::ErrorCode error);

  /// Closed: it is not here.
  CoordinatorState state(std::int32_t partition) const {
    const auto it = volatile_.contexts.find(partition);
    return it == volatile_.contexts.end() ? CoordinatorState::Closed : it->second.state;
  }
  bool owns(std::int32_t partition) const { return volatile_.contexts.contains(partition); }
  std::vector<std::int32_t> owned_partitions() const;
  /// No partition is here, and no timer runs.
  bool empty() const { return volatile_.contexts.empty() && volatile_.timers.empty(); }
  /// Answers, and whatever else waits for the high watermark.
  int waiting_writes() const;

 protected:
  struct Options {
    sim::Duration linger;              // records are gathered for that long; 0: those of one operation go out together
    sim::Duration write_timeout;       // for how long an answer waits for its records; 0: for as long as it takes
    std::int32_t partitions = 0;       // of the topic, where its metadata is not known yet
    bool independent_batches = false;  // one that fails takes no later one with it: 2.5 has no snapshots to return to
    /// Kafka: CoordinatorPartitionWriter appends with 1, TransactionStateManager with -1 (EnforcedRequiredAcks).
    std::int16_t required_acks = 1;
  };
  explicit CoordinatorRuntime(const Options& options) : options_(options) {}
  CoordinatorRuntime(const CoordinatorRuntime&) = default;
  CoordinatorRuntime(CoordinatorRuntime&&) noexcept = default;
  CoordinatorRuntime& operator=(const CoordinatorRuntime&) = default;
  CoordinatorRuntime& operator=(CoordinatorRuntime&&) noexcept = default;
  ~CoordinatorRuntime() = default;

  // ---- what a coordinator adds

  /// The shard's log has been read; epoch_of() says for which election. Kafka: CoordinatorShard.onLoaded.
  virtual void on_loaded(Host&, Shard&) {}
  /// The shard is no longer this broker's. Kafka: onUnloaded. What waited for its records has been completed; nothing is written any more.
  virtual void on_unloaded(Host&, Shard&) {}
  /// What waited for records: they are committed, or never will be.
  virtual void complete(Host& host, Shard& shard, Event event, protocol::ErrorCode append_error) = 0;
  /// A timer of the coordinator's own is due. If what it appends fails, it is due again after its retry backoff.
  virtual void on_timeout(Host&, Shard&, const TimerKey&) {}
  /// A batch is committed; its events are completed afterwards. `loaded`: it was found in the log.
  virtual void on_committed(Host&, Shard&, Delta&, bool /*loaded*/) {}
  /// What could not be appended has not happened, nor has what was done on top of it: each such batch by itself, the newest first. Kafka:
  /// revertLastWrittenOffset.
  virtual void revert(Host&, Shard&, Delta& failed) = 0;
  /// ... and the events of all of them are completed.
  virtual void on_reverted(Host&, Shard&, Delta&) {}

  // ---- what a coordinator uses

  /// The partition that a key belongs to.
  std::int32_t partition_for(Host& host, std::string_view key) const;
  /// nullptr: this broker does not lead it.
  Shard* find_shard(std::int32_t partition);
  /// Under which this broker leads the shard's partition: at the load, that of the election that has led to it.
  protocol::LeaderEpoch epoch_of(const Shard& shard) const { return contexts().find(shard.partition)->second.epoch; }
  /// NOT_COORDINATOR for nullptr, COORDINATOR_LOAD_IN_PROGRESS, or NONE.
  protocol::ErrorCode unavailable(const Shard* shard) const;

  template <class Response>
  struct CoordinatorResult {
    Response response;
    std::vector<Record> records;
    bool thrown = false;  // Kafka: the operation has thrown an exception, which became the response
  };
  /// `op(shard)` gives a CoordinatorResult: what was thrown is told at once; else the records are replayed and gathered, and the response,
  /// an error like any other, follows when they, and all before them, are committed.
  template <class Response, class Op>
  void schedule_write_operation(Host& host, std::int32_t partition, RequestHandle request, Op&& op);
  /// `op(shard)` gives the response, which is told at once. It looks at what is committed.
  template <class Response, class Op>
  void schedule_read_operation(Host& host, std::int32_t partition, RequestHandle request, Op&& op);

  /// Kafka: CoordinatorResult.replayRecords. Applied: what the records say has been done already, by delta().
  enum class Replay : bool { Records, Applied };
  /// Gathers the records; `event`, if anything waits, follows when they are committed. Without records it follows the last ones on their
  /// way.
  void append(Host& host, Shard& shard, const std::vector<Record>& records, std::optional<Event> event, Replay replay);
  /// The same in a batch of its own, which goes out at once, behind what has been gathered: records of a transaction, Applied; or without
  /// records its marker. Kafka: CoordinatorContext.append with a producer's id, completeTransaction.
  void append_in_transaction(Host& host, Shard& shard, const TransactionalBatch& of, const std::vector<Record>& records,
                             Delta delta, Event event);
  /// Of the open batch; opens one.
  Delta& delta(Host& host, Shard& shard);
  /// Calls f(const Delta&) for what is written but not committed, the oldest first.
  template <class F>
  void for_each_uncommitted(const Shard& shard, F&& f) const;
  /// An entry of a shard's map as it is committed; nullptr: there is none. `undo_of(delta)`: the map's Undo, if the Delta is not it.
  template <class Map, class UndoOf = std::identity>
  const typename Map::mapped_type* committed(const Shard& shard, const Map& map, const typename Map::key_type& key,
                                             UndoOf undo_of = {}) const;
  /// With no linger a batch ends with the operation that has opened it.
  void flush_if_due(Host& host, std::int32_t partition) {
    if (options_.linger.us <= 0) flush(host, partition);
  }

  /// Ends the open batch.
  void flush_now(Host& host, std::int32_t partition) { flush(host, partition); }

  TimerTable& timers() { return volatile_.timers; }
  const TimerTable& timers() const { return volatile_.timers; }
  /// Everything was in memory; the log has what counts.
  void on_death() { volatile_ = {}; }

  struct DeferredEvent {
    Event event;
    std::uint64_t number = 0;  // of its time-out
  };
  /// Records on their way: gathered for the linger, then appended, then committed.
  struct CoordinatorBatch {
    std::uint64_t token = 0;       // finds the batch when its append is done
    protocol::RecordList records;  // while gathered
    std::optional<TransactionalBatch> transaction;
    Delta delta;
    std::vector<DeferredEvent> events;
    std::vector<TimerTable::Due>
        timers;           // that have written some of the records, and are to be tried again if it fails
    bool loaded = false;  // not of this coordinator: what it found above the high watermark
  };
  struct CoordinatorContext {
    protocol::LeaderEpoch epoch;
    CoordinatorState state = CoordinatorState::Initial;
    Shard shard;
    std::optional<CoordinatorBatch> current_batch;
    std::deque<CoordinatorBatch> deferred;  // appended, not committed; oldest first
  };
  const std::map<std::int32_t, CoordinatorContext>& contexts() const { return volatile_.contexts; }
  std::map<std::int32_t, CoordinatorContext>& contexts() { return volatile_.contexts; }

 private:
  void transition(Host& host, CoordinatorContext& context, CoordinatorState to);
  void load(Host& host, CoordinatorContext& context, const storage::PartitionLog* log);
  void unload(Host& host, CoordinatorContext& context);
  CoordinatorContext& context_of(const Shard& shard) { return volatile_.contexts.find(shard.partition)->second; }
  CoordinatorBatch& open_batch(Host& host, CoordinatorContext& context);
  void flush(Host& host, std::int32_t partition);
  void fail_batches(Host& host, CoordinatorContext& context, std::size_t first, protocol::ErrorCode error);
  void defer(Host& host, const Shard& shard, CoordinatorBatch& batch, Event event);
  void complete_deferred(Host& host, Shard& shard, DeferredEvent deferred, protocol::ErrorCode error);
  void on_write_timeout(Host& host, CoordinatorContext& context, std::uint64_t number);

  Options options_;
  std::optional<TimerTable::Due> due_timer_;  // during on_timeout(), if it is to be tried again
  std::int64_t load_rate_ = 0;
  /// What dies with the process.
  struct Volatile {
    std::map<std::int32_t, CoordinatorContext> contexts;  // by partition
    TimerTable timers{Shard::kFirstTimerKind};
  };
  Volatile volatile_;
  // What does not: no token comes twice, so an append of before is not taken for one of now.
  std::uint64_t next_token_ = 1;
  std::uint64_t next_event_ = 1;
};

}  // namespace kafkascope::coordinator
