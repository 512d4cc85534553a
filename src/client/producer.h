// A producer and the application around it: one client node. Kafka: KafkaProducer over RecordAccumulator, Sender,
// TransactionManager.
//
// The life of a record: the application's send() -> (blocked for metadata or memory, at most max.block.ms) -> a batch
// of its partition -> drained into a Produce request -> acknowledged, sent again, or failed, at the latest
// delivery.timeout.ms after it was added to its batch. Sources: KIP-91 (delivery timeout), KIP-98 and KIP-360
// (idempotence), KIP-480 and KIP-794 (sticky partitioners), KIP-580 (backoff), KIP-899 (rebootstrap), KIP-951 (leader
// in the error).
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "client/accumulator.h"
#include "client/call_log.h"
#include "client/metadata_cache.h"
#include "client/options.h"
#include "client/partitioner.h"
#include "client/sender.h"
#include "client/stats.h"
#include "client/workload.h"

namespace kafkascope::client {

/// A send() that has not returned. Successive calls reuse the object to keep the memory of its strings.
struct PendingSend {
  protocol::Record record;
  std::string topic;  // "": the producer's own topic
  std::optional<std::int32_t> partition;
  sim::Instant deadline;
  bool for_memory = false;
  std::string misfit;        // text of the SerializationException, if the object's class does not match the
                             // serializer's
  int metadata_version = 0;  // when send() was called: only a later response can refuse the topic
  std::int32_t asked_by = -1;
};

struct TransactionCall {
  using Kind = TransactionalCall;
  Kind kind = Kind::Begin;
  std::vector<protocol::OffsetCommitPartition> offsets = {};
  GroupMetadata group = {};
  std::int32_t asked_by = -1;  // index of the action that requested it (CallLog); -1 if the program itself did
};

class Producer {
 public:
  explicit Producer(ProducerOptions options);
  // Defined in the source file: their code is long, and every source file that copies a World would compile it again.
  Producer(const Producer&);
  Producer(Producer&&) noexcept;
  Producer& operator=(const Producer&);
  Producer& operator=(Producer&&) noexcept;
  ~Producer();

  // The kernel's callbacks.
  void on_start(Ctx& ctx);
  void on_message(Ctx& ctx, sim::ConnectionId connection, const protocol::Message& message);
  void on_timer(Ctx& ctx, std::uint16_t kind, std::uint64_t arg);
  void on_disk(Ctx&, std::uint16_t, std::uint64_t) {}
  void on_disconnect(Ctx& ctx, sim::ConnectionId connection, sim::Disconnect reason);
  void on_death(sim::Death death, sim::Instant now);

  // Commands.
  /// Whether the program itself or an action requested the calls. calls() has the outcome of the calls that an action
  /// requested.
  enum class Asked : bool { Program, Act };
  /// Calls send() with exactly these records, in this order, after the records that are already waiting.
  void produce(Ctx& ctx, std::vector<OutgoingRecord> records, Asked by = Asked::Program);
  /// Makes the call when all earlier calls have returned, because an application is one thread.
  void call(Ctx& ctx, TransactionCall call, Asked by = Asked::Program);
  void behave(Ctx& ctx, const ProducerBehavior& change);
  /// close(): sends all buffered records (bounded by delivery.timeout.ms), then exits.
  void request_stop(Ctx& ctx);
  /// Takes effect at the next start.
  void set_config(Config config) { options_.config = std::move(config); }

  // Views.
  const ProducerOptions& options() const { return options_; }
  const ClientStats& stats() const { return stats_; }
  std::int64_t in_flight() const { return sender_.in_flight_records(); }
  /// Number of records that were passed to send() and that no request contains: in batches, or blocked.
  std::int64_t waiting() const { return accumulator_.queued_records() + (in_send_ ? 1 : 0); }
  /// The send() that has not returned; nullptr if there is none.
  const PendingSend* blocked_send() const { return in_send_ ? &send_ : nullptr; }
  sim::Duration max_block() const { return max_block_; }
  bool stopping() const { return stopping_; }
  const MetadataCache& metadata() const { return core_.metadata; }
  const NetworkClient& network() const { return core_.network; }
  const TransactionManager& transactions() const { return transactions_; }
  const Accumulator& accumulator() const { return accumulator_; }
  std::int16_t acks() const { return sender_.acks(); }
  /// flush(): buffered records are sent without waiting for linger.ms, until finish_flush().
  void flush(Ctx& ctx);
  void finish_flush() { accumulator_.set_flushing(stopping_); }
  /// The exception of the last transactional call or send; nullopt if it succeeded.
  const std::optional<ClientException>& thrown() const { return thrown_; }
  /// Whether a transactional call has not returned, or a command is waiting.
  bool calling() const { return calling_.has_value() || !commanded_.empty(); }
  /// The transactional call that has not returned, and when it was made; nullopt if there is none.
  std::optional<std::pair<TransactionCall::Kind, sim::Instant>> blocked_call() const {
    if (!calling_) return std::nullopt;
    return std::pair(calling_->call.kind, calling_->since);
  }
  /// The outcome of the calls that actions requested, and the last transactional calls.
  const CallLog& calls() const { return calls_; }
  /// Whether every record passed to send() has been answered.
  bool quiet() const { return !in_send_ && commanded_.empty() && !accumulator_.has_undrained() && sender_.idle(); }
  /// The number of records passed to send() since the run began; also the next one's number.
  std::uint32_t next_number() const { return next_number_; }

 private:
  enum class Sent : std::uint8_t { Returned, Blocked };

  SenderParts parts() {
    return {core_,
            accumulator_,
            transactions_,
            partitioner_,
            stats_,
            waiting_for_answer_,
            options_.send != SendMode::FireAndForget};
  }
  bool may_send_next(sim::Instant now) const {
    return !in_send_ && !waiting_for_answer_ && !calling_ && now >= busy_until_;
  }
  bool more_to_generate() const { return !options_.count || generated_ < *options_.count; }
  const std::string& topic_of(const PendingSend& send) const {
    return send.topic.empty() ? options_.topic : send.topic;
  }
  void send(Ctx& ctx, OutgoingRecord record);
  void send_generated(Ctx& ctx);
  // producer_transactions.cpp
  void perform(Ctx& ctx, TransactionCall call);
  void returned(Ctx& ctx, TransactionCall::Kind kind, std::optional<ClientException> error);
  bool await_call(Ctx& ctx);
  bool next_of_transaction(Ctx& ctx, bool record_due);
  /// Returns what send() throws or puts into the future.
  std::optional<ClientException> join_transaction(Ctx& ctx, protocol::TopicPartition p);
  /// An exception of send() reaches the application: send() throws it, or puts it into the future (`returned`, an
  /// ApiException). Returns what send() throws instead.
  std::optional<ClientException> note_send_exception(const ClientException& error, bool returned);
  void hand_over(Ctx& ctx);
  Sent try_send(Ctx& ctx);
  void refuse(Ctx& ctx, std::string exception, protocol::ErrorCode error, std::string message);
  std::string misfit(std::string_view part, const std::optional<protocol::Plain>& given) const;
  /// Charges the time of compression to the application's thread.
  void spend(Ctx& ctx, std::int64_t compressing_ns);
  /// Runs the application's work: a blocked send first, then commands, then records that are due.
  bool run_application(Ctx& ctx);
  /// Does everything that can be done at this moment. Called at the end of every callback, except when a record only
  /// joins an open batch.
  void run(Ctx& ctx);
  void arm_record_timer(Ctx& ctx);
  void handle(Ctx& ctx, NetworkClient::Event event);
  void begin_close(Ctx& ctx);
  void finish_stop(Ctx& ctx);

  ProducerOptions options_;
  ClientStats stats_;
  std::uint32_t next_number_ = 0;
  CallLog calls_;

  // State of this process; empty after each restart.
  ClientCore core_;
  Accumulator accumulator_;
  TransactionManager transactions_;
  Partitioner partitioner_;
  Sender sender_;
  KeySource keys_;
  Schedule schedule_;
  std::int64_t generated_ = 0;
  std::deque<std::variant<OutgoingRecord, TransactionCall>> commanded_;
  struct Calling {
    TransactionCall call;
    ResultId result = 0;
    sim::Instant since, deadline;
  };
  std::optional<Calling> calling_;    // has not returned
  std::int32_t performing_for_ = -1;  // the action that requested that call
  std::optional<ClientException> thrown_;
  std::int32_t in_transaction_ = -1;  // records sent in the open transaction of the plan; -1: none is open
  std::int64_t transactions_ended_ = 0;
  PendingSend send_;
  bool in_send_ = false;  // send() was called with send_ and has not returned; between callbacks this means that it is
                          // blocked
  std::optional<std::uint32_t> waiting_for_answer_;  // the record for which the application waits in send().get()
  sim::Duration max_block_;
  protocol::Serde key_serde_ = protocol::Serde::String, value_serde_ = protocol::Serde::String;
  sim::Instant busy_until_{0};     // the application's thread compresses until then
  std::int64_t busy_rest_ns_ = 0;  // remainder of the compression time below a microsecond
  bool wake_sender_ = false;       // an event occurred that the sender must handle (Kafka: Sender.wakeup)
  sim::TimerId record_timer_, sender_timer_, block_timer_;
  bool running_ = false, stopping_ = false;
};

}  // namespace kafkascope::client
