// Sends batches and handles their responses. Kafka: Sender.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/accumulator.h"
#include "client/metadata_cache.h"
#include "client/transaction_manager.h"

namespace kafkascope::client {

struct SenderOptions {
  std::int16_t acks = -1;
  int retries = 2147483647;
  sim::Duration request_timeout = sim::seconds(30);
  bool guarantee_order = false;  // max.in.flight.requests.per.connection = 1
  /// 2.5: refusal of a producer id, or fencing, is fatal (before KAFKA-13668); a timeout counts as a lost connection.
  bool old = false;
  static SenderOptions from(const Config& config);
};

/// The objects that the sender works on, owned by the producer; valid during one step.
struct SenderParts {
  ClientCore& core;
  Accumulator& accumulator;
  TransactionManager& transactions;
  Partitioner& partitioner;
  ClientStats& stats;
  std::optional<std::uint32_t> awaited;  // the record for which the application waits in send().get()
  bool heard = true;                     // the application waits for results or has a callback; false: it ignores the
                                         // futures
};

class Sender {
 public:
  static constexpr std::uint32_t kProducePurpose = 10;
  static constexpr std::uint32_t kInitProducerIdPurpose = 11;
  static constexpr std::uint32_t kTransactionPurpose = 12;

  Sender() = default;
  explicit Sender(SenderOptions options) : options_(options) {}

  /// One round (Sender.runOnce): producer id, expiry, drain, send. Returns true if anything changed, so that another
  /// round may help.
  bool run_once(Ctx& ctx, SenderParts parts);
  /// Handles a response or a lost connection. Returns false if the request was not the sender's.
  bool on_completed(Ctx& ctx, SenderParts parts, const Completed& done);
  /// The latest time for the next run_once(), as of the last round.
  sim::Instant next_wake() const { return next_wake_; }
  std::int64_t in_flight_records() const { return in_flight_records_; }
  bool idle() const { return requests_.empty() && !transactional_; }
  std::int16_t acks() const { return options_.acks; }
  /// Whether the awaited record's future was completed since the last call.
  bool take_answered() { return std::exchange(answered_, false); }

 private:
  void maybe_init_producer_id(Ctx& ctx, SenderParts& parts);
  // sender_transactions.cpp
  /// The current request of the transaction manager: it waits for a connection to its coordinator, waits for its
  /// backoff, or has been sent.
  struct Transactional {
    enum class Phase : std::uint8_t { Connecting, BackingOff, Sent };
    TxnRequest request;
    ClientNode node;
    Phase phase = Phase::Connecting;
    sim::Instant until;
  };
  /// Returns true if nothing else may be sent in this round. `moved`: another round may help. Kafka:
  /// maybeSendAndPollTransactionalRequest.
  bool send_transactional(Ctx& ctx, SenderParts& parts, bool& moved);
  bool begin_request(Ctx& ctx, SenderParts& parts, TxnRequest request);
  bool continue_request(Ctx& ctx, SenderParts& parts);
  void find_coordinator_and_retry(Ctx& ctx, SenderParts& parts, TxnRequest request);
  void on_transactional_answer(Ctx& ctx, SenderParts& parts, const Completed& done);
  bool abort_undrained(Ctx& ctx, SenderParts& parts, const ClientException& error);
  static bool transactional_can_retry(SenderParts& parts, const ProducerBatch& batch,
                                      const protocol::PartitionProduceResponse& answer);
  void send_request(Ctx& ctx, SenderParts& parts, protocol::BrokerId node, const std::vector<BatchId>& batches);
  void complete(Ctx& ctx, SenderParts& parts, BatchId id, const protocol::PartitionProduceResponse& answer,
                bool from_broker);
  bool can_retry(SenderParts& parts, const ProducerBatch& batch, const protocol::PartitionProduceResponse& answer,
                 sim::Instant now);
  bool idempotent_can_retry(SenderParts& parts, const ProducerBatch& batch,
                            const protocol::PartitionProduceResponse& answer);
  void succeed(Ctx& ctx, SenderParts& parts, ProducerBatch& batch, const protocol::PartitionProduceResponse& answer);
  void fail(Ctx& ctx, SenderParts& parts, ProducerBatch& batch, protocol::ErrorCode error, bool adjust_sequences,
            std::string message = {}, std::string exception = {},
            const std::vector<protocol::RecordError>& refused = {});
  void throw_for_each_record(Ctx& ctx, SenderParts& parts, const ProducerBatch& batch, const std::string& exception,
                             const std::vector<protocol::RecordError>& refused);
  /// Fails all unanswered batches, sent or not. Returns true if there were any.
  bool abort_batches(Ctx& ctx, SenderParts& parts, protocol::ErrorCode error, const std::string& exception = {});
  void expire(Ctx& ctx, SenderParts& parts);
  void note_answered(const SenderParts& parts, const ProducerBatch& batch);

  SenderOptions options_;
  std::optional<Transactional> transactional_;
  sim::Instant find_after_{0};  // backoff of a FindCoordinator for which no node was available
  struct Out {
    BatchId batch;
    protocol::TopicPartition partition;  // the partition for which the batch was sent
  };
  sim::FlatMap<std::uint64_t, std::vector<Out>> requests_;  // Produce requests in flight, by number
  std::uint64_t next_request_ = 1;
  std::int64_t in_flight_records_ = 0;
  bool answered_ = false;
  sim::Instant next_wake_ = sim::kNever;
};

}  // namespace kafkascope::client
