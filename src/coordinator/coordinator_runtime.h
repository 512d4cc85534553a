// The common part of all coordinators: how a coordinator handles the partitions of its topic that this broker leads. A
// partition's log is loaded into a shard, which takes time; records are gathered into a batch and appended; responses
// are sent when the high watermark has passed their records; the state is reverted when an append fails; timers have
// keys; elections, resignations and deaths are handled. Kafka: CoordinatorRuntime, SnapshottableCoordinator,
// CoordinatorTimer (org.apache.kafka.coordinator.common.runtime, 4.1).
//
// A coordinator derives from CoordinatorRuntime<Shard>. The shard is the state of one partition (Kafka:
// CoordinatorShard):
//
//   struct Shard {
//     using Record = ...;                       // what is stored
//     using Delta = Undo<Key, Value>;           // the uncommitted changes of one batch, and how to revert them
//     using Event = Answer;                     // waits until records are committed; another type needs has_deadline()
//     static constexpr std::string_view kTopic; // "__consumer_offsets"
//     static constexpr std::uint16_t kFirstTimerKind;  // the coordinator has 50 timer kinds of its own
//     std::int32_t partition = -1;
//     static protocol::Record encode(const Record&, const protocol::MetadataImage&, std::int64_t timestamp_ms);
//     static std::optional<Record> decode(const protocol::RecordView&);  // nullopt: foreign record, skipped
//     void replay(Ctx&, const Record&, Delta* uncommitted);  // nullptr: the record is already committed
//   };
//
// The coordinator defines the requests: each is a write or a read operation on a shard. Like every role a coordinator
// is a value: it can be copied and keeps no pointer to its host. The definitions of these templates are in
// coordinator_runtime_code.h, for the coordinators' source files.
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

/// The producer of a batch that is separate from others: a transaction's records, or the marker that ends the
/// transaction.
struct TransactionalBatch {
  protocol::ProducerId producer_id = protocol::kNoProducerId;
  protocol::ProducerEpoch producer_epoch = -1;
  std::uint64_t guard = 0;  // from the verification (Host::start_transaction_verification); 0: none
  std::optional<protocol::EndTransactionMarker> marker;
};

/// A response that is ready to be sent. On error, with_error() turns it into an error response of the same type.
struct Answer {
  RequestHandle request = 0;
  protocol::Body body;
};
/// Whether the event fails after the write timeout; false for events that no client waits for.
inline bool has_deadline(const Answer&) { return true; }
/// Sends the response when its records are committed, or an error if they could not be appended.
void reply(Host& host, Answer answer, protocol::ErrorCode append_error);

/// The error that a client receives when an append to the coordinator's topic fails.
protocol::ErrorCode append_error_to_response_error(protocol::ErrorCode error);
/// The same response with an error instead of success.
protocol::Body with_error(protocol::Body body, protocol::ErrorCode error);

template <class Shard>
class CoordinatorRuntime {
 public:
  using Record = typename Shard::Record;
  using Delta = typename Shard::Delta;
  using Event = typename Shard::Event;

  /// The speed at which a log is read when this broker takes its partition over; 0: reading takes no time.
  void set_load_rate(std::int64_t bytes_per_second) { load_rate_ = bytes_per_second; }

  /// This broker now leads the partition: its log is read, and requests get COORDINATOR_LOAD_IN_PROGRESS until that is
  /// done. Under a later epoch a loaded partition is not read again, and a failed load is retried. Ignores an epoch
  /// that is not later.
  void schedule_load_operation(Host& host, std::int32_t partition, protocol::LeaderEpoch epoch,
                               const storage::PartitionLog& log);
  /// This broker no longer leads the partition: every waiting write is answered with NOT_COORDINATOR. `epoch`: the new
  /// leader's; ignored if it is not later. nullopt: the broker has lost the replica.
  void schedule_unload_operation(Host& host, std::int32_t partition, std::optional<protocol::LeaderEpoch> epoch);
  /// Returns false if the timer belongs to another coordinator.
  bool on_timer(Host& host, std::uint16_t kind, std::uint64_t arg);
  /// The result of Host::append or await_committed for the batch with that token. Ignores an unknown token.
  void on_append_done(Host& host, std::int32_t partition, std::uint64_t token, protocol::ErrorCode error);

  /// Closed: the partition is not loaded here.
  CoordinatorState state(std::int32_t partition) const {
    const auto it = volatile_.contexts.find(partition);
    return it == volatile_.contexts.end() ? CoordinatorState::Closed : it->second.state;
  }
  bool owns(std::int32_t partition) const { return volatile_.contexts.contains(partition); }
  std::vector<std::int32_t> owned_partitions() const;
  /// Whether no partition is loaded here and no timer runs.
  bool empty() const { return volatile_.contexts.empty() && volatile_.timers.empty(); }
  /// The number of responses and other events that wait for the high watermark.
  int waiting_writes() const;
  /// The coordinator's own timer that is being handled; nullopt: none is.
  const std::optional<TimerTable::Due>& due_timer() const { return due_timer_; }

 protected:
  struct Options {
    sim::Duration linger;              // how long records are gathered; 0: the records of one operation make one batch
    sim::Duration write_timeout;       // how long a response waits for its records; 0: without limit
    std::int32_t partitions = 0;       // of the topic, used until its metadata is known
    bool independent_batches = false;  // a failed batch does not fail later ones: 2.5 has no snapshots
    /// Kafka: CoordinatorPartitionWriter appends with 1, TransactionStateManager with -1 (EnforcedRequiredAcks).
    std::int16_t required_acks = 1;
  };
  explicit CoordinatorRuntime(const Options& options) : options_(options) {}
  CoordinatorRuntime(const CoordinatorRuntime&) = default;
  CoordinatorRuntime(CoordinatorRuntime&&) noexcept = default;
  CoordinatorRuntime& operator=(const CoordinatorRuntime&) = default;
  CoordinatorRuntime& operator=(CoordinatorRuntime&&) noexcept = default;
  ~CoordinatorRuntime() = default;

  // ---- implemented by a coordinator

  /// The shard's log has been read; epoch_of() is the epoch of the election. Kafka: CoordinatorShard.onLoaded.
  virtual void on_loaded(Host&, Shard&) {}
  /// This broker no longer has the shard. Its waiting events have been completed, and nothing more is written. Kafka:
  /// onUnloaded.
  virtual void on_unloaded(Host&, Shard&) {}
  /// Completes an event: its records are committed, or never will be.
  virtual void complete(Host& host, Shard& shard, Event event, protocol::ErrorCode append_error) = 0;
  /// One of the coordinator's own timers has fired. If its records cannot be appended, it fires again after its retry
  /// backoff.
  virtual void on_timeout(Host&, Shard&, const TimerKey&) {}
  /// A batch is committed; its events are completed afterwards. `loaded`: the batch was found in the log.
  virtual void on_committed(Host&, Shard&, Delta&, bool /*loaded*/) {}
  /// Reverts a batch that could not be appended, and each later batch that was based on it, newest first. Kafka:
  /// revertLastWrittenOffset.
  virtual void revert(Host&, Shard&, Delta& failed) = 0;
  /// Called after the events of all these batches have been completed.
  virtual void on_reverted(Host&, Shard&, Delta&) {}

  // ---- used by a coordinator

  /// The partition that a key belongs to.
  std::int32_t partition_for(Host& host, std::string_view key) const;
  /// nullptr: this broker does not lead the partition.
  Shard* find_shard(std::int32_t partition);
  /// The epoch in which this broker leads the shard's partition; during the load, the epoch of the election that caused
  /// it.
  protocol::LeaderEpoch epoch_of(const Shard& shard) const { return contexts().find(shard.partition)->second.epoch; }
  /// NOT_COORDINATOR for nullptr, COORDINATOR_LOAD_IN_PROGRESS, or NONE.
  protocol::ErrorCode unavailable(const Shard* shard) const;

  template <class Response>
  struct CoordinatorResult {
    Response response;
    std::vector<Record> records;
    bool thrown = false;  // Kafka: the operation threw an exception, which became the response
  };
  /// `op(shard)` returns a CoordinatorResult. A thrown error is sent at once. Otherwise the records are replayed and
  /// gathered, and the response, even if it contains an error, is sent when they and all earlier records are committed.
  template <class Response, class Op>
  void schedule_write_operation(Host& host, std::int32_t partition, RequestHandle request, Op&& op);
  /// `op(shard)` returns the response, which is sent at once. It uses the committed state.
  template <class Response, class Op>
  void schedule_read_operation(Host& host, std::int32_t partition, RequestHandle request, Op&& op);

  /// Kafka: CoordinatorResult.replayRecords. Applied: the caller has already applied the records, through delta().
  enum class Replay : bool { Records, Applied };
  /// Gathers the records; `event`, if there is one, is completed when they are committed. Without records, it is
  /// completed when the last pending records are.
  void append(Host& host, Shard& shard, const std::vector<Record>& records, std::optional<Event> event, Replay replay);
  /// The same for a separate batch, which is appended at once, after the gathered records. It contains records of a
  /// transaction (already applied) or, without records, the transaction's marker. Kafka: CoordinatorContext.append with
  /// a producer's id, completeTransaction.
  void append_in_transaction(Host& host, Shard& shard, const TransactionalBatch& of, const std::vector<Record>& records,
                             Delta delta, Event event);
  /// The delta of the open batch; opens a batch if there is none.
  Delta& delta(Host& host, Shard& shard);
  /// Calls f(const Delta&) for every batch that is not committed, oldest first.
  template <class F>
  void for_each_uncommitted(const Shard& shard, F&& f) const;
  /// The committed value of an entry in one of the shard's maps; nullptr: there is none. undo_of(delta) returns the
  /// map's Undo; not needed if the Delta itself is that Undo.
  template <class Map, class UndoOf = std::identity>
  const typename Map::mapped_type* committed(const Shard& shard, const Map& map, const typename Map::key_type& key,
                                             UndoOf undo_of = {}) const;
  /// Without a linger, a batch ends with the operation that opened it.
  void flush_if_due(Host& host, std::int32_t partition) {
    if (options_.linger.us <= 0) flush(host, partition);
  }

  /// Ends the open batch.
  void flush_now(Host& host, std::int32_t partition) { flush(host, partition); }

  TimerTable& timers() { return volatile_.timers; }
  const TimerTable& timers() const { return volatile_.timers; }
  /// All state was in memory; the log has the durable part.
  void on_death() { volatile_ = {}; }

  struct DeferredEvent {
    Event event;
    std::uint64_t number = 0;  // identifies its write timeout
  };
  /// A batch of records: gathered for the linger, then appended, then committed.
  struct CoordinatorBatch {
    std::uint64_t token = 0;       // identifies the batch when its append is done
    protocol::RecordList records;  // while they are gathered
    std::optional<TransactionalBatch> transaction;
    Delta delta;
    std::vector<DeferredEvent> events;
    std::vector<TimerTable::Due> timers;  // timers that wrote some of the records; they fire again if the batch fails
    bool loaded =
        false;  // an earlier coordinator wrote the records: they were loaded, but are above the high watermark
  };
  struct CoordinatorContext {
    protocol::LeaderEpoch epoch;
    CoordinatorState state = CoordinatorState::Initial;
    Shard shard;
    std::optional<CoordinatorBatch> current_batch;
    std::deque<CoordinatorBatch> deferred;  // appended but not committed; oldest first
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
  std::optional<TimerTable::Due> due_timer_;  // set during on_timeout()
  std::int64_t load_rate_ = 0;
  /// State that does not survive a death of the process.
  struct Volatile {
    std::map<std::int32_t, CoordinatorContext> contexts;  // by partition
    TimerTable timers{Shard::kFirstTimerKind};
  };
  Volatile volatile_;
  // State that survives: no token is used twice, so an old append is not taken for a new one.
  std::uint64_t next_token_ = 1;
  std::uint64_t next_event_ = 1;
};

}  // namespace kafkascope::coordinator
