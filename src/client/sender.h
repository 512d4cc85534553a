// Sends batches and handles their answers. Kafka: Sender.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/accumulator.h"
#include "client/metadata_cache.h"

namespace kafkascope::client {

struct SenderOptions {
  std::int16_t acks = -1;
  int retries = 2147483647;
  sim::Duration request_timeout = sim::seconds(30);
  bool guarantee_order = false;  // max.in.flight.requests.per.connection = 1
  bool old =
      false;  // 2.5: to be refused a producer id, or fenced, is fatal (before KAFKA-13668); a time-out is a lost connection
  static SenderOptions from(const Config& config);
};

/// All the sender works on, owned by the producer; valid during one step.
struct SenderParts {
  ClientCore& core;
  Accumulator& accumulator;
  TransactionManager& transactions;
  Partitioner& partitioner;
  ClientStats& stats;
  std::optional<std::uint32_t> awaited;  // the application waits for this record: send().get()
  bool heard = true;                     // it waits or has a callback; false: its futures go to nobody
};

class Sender {
 public:
  static constexpr std::uint32_t kProducePurpose = 10;
  static constexpr std::uint32_t kInitProducerIdPurpose = 11;

  Sender() = default;
  explicit Sender(SenderOptions options) : options_(options) {}

  /// One round (Sender.runOnce): producer id, expiry, drain, send. True if anything moved, so that another round may help.
  bool run_once(Ctx& ctx, SenderParts parts);
  /// An answer, or a lost connection; false if it is not the sender's.
  bool on_completed(Ctx& ctx, SenderParts parts, const Completed& done);
  /// When run_once has something to do at the latest, as of the last round.
  sim::Instant next_wake() const { return next_wake_; }
  std::int64_t in_flight_records() const { return in_flight_records_; }
  bool idle() const { return requests_.empty(); }
  std::int16_t acks() const { return options_.acks; }
  /// The future of the record that is awaited was completed since the last call.
  bool take_answered() { return std::exchange(answered_, false); }

 private:
  void maybe_init_producer_id(Ctx& ctx, SenderParts& parts);
  void send_request(Ctx& ctx, SenderParts& parts, protocol::BrokerId node, const std::vector<BatchId>& batches);
  void complete(Ctx& ctx, SenderParts& parts, BatchId id, const protocol::PartitionProduceResponse& answer,
                bool from_broker);
  bool can_retry(SenderParts& parts, const ProducerBatch& batch, const protocol::PartitionProduceResponse& answer,
                 sim::Instant now);
  bool idempotent_can_retry(SenderParts& parts, const ProducerBatch& batch,
                            const protocol::PartitionProduceResponse& answer);
  void succeed(Ctx& ctx, SenderParts& parts, ProducerBatch& batch, const protocol::PartitionProduceResponse& answer);
  void fail(Ctx& ctx, SenderParts& parts, ProducerBatch& batch, protocol::ErrorCode error, bool adjust_sequences,
            std::string message = {});
  /// All that is not answered fails, sent or not. True: there was something.
  bool abort_batches(Ctx& ctx, SenderParts& parts, protocol::ErrorCode error);
  void expire(Ctx& ctx, SenderParts& parts);
  void note_answered(const SenderParts& parts, const ProducerBatch& batch);

  SenderOptions options_;
  struct Out {
    BatchId batch;
    protocol::TopicPartition partition;  // as it was sent
  };
  sim::FlatMap<std::uint64_t, std::vector<Out>> requests_;  // Produce requests out, by number
  std::uint64_t next_request_ = 1;
  std::int64_t in_flight_records_ = 0;
  bool answered_ = false;
  sim::Instant next_wake_ = sim::kNever;
};

}  // namespace kafkascope::client
