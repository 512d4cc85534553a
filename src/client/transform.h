// A consumer and a producer in one process: it reads, processes, writes, and commits the consumed offsets when the
// output has been acknowledged. Without a transactional.id, a crash between the acknowledgement and the commit causes
// duplicates, but never a gap. With one, the output and the offsets of a poll are one transaction (KIP-98, KIP-447):
// initTransactions() -> poll() -> beginTransaction() -> work, send() -> sendOffsetsToTransaction() ->
// commitTransaction(). After an exception it calls abortTransaction() and goes back to the group's committed offsets,
// or to the beginning of a partition without one; if its producer is fenced, the program closes.
//
// poll() -> work on each record, which is sent with its key and value -> flush() -> commitSync -> poll(). If a send
// fails, nothing is committed, and the poll's records are read again. With CommitMode::SyncBefore: poll() -> commitSync
// -> work, send() -> poll(): each record is sent at most once. A dead letter is a separate round: the record is skipped
// when its copy has been acknowledged (as Connect awaits its reporter's futures before it commits:
// WorkerErrantRecordReporter).
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "client/consumer.h"
#include "client/producer.h"

namespace kafkascope::client {

class Transform {
 public:
  explicit Transform(TransformOptions options);

  // The kernel's callbacks.
  void on_start(Ctx& ctx);
  void on_message(Ctx& ctx, sim::ConnectionId connection, const protocol::Message& message);
  void on_timer(Ctx& ctx, std::uint16_t kind, std::uint64_t arg);
  void on_disk(Ctx&, std::uint16_t, std::uint64_t) {}
  void on_disconnect(Ctx& ctx, sim::ConnectionId connection, sim::Disconnect reason);
  void on_death(sim::Death death, sim::Instant now);

  // Commands.
  /// Call this after each command to the consumer or the producer.
  void settle(Ctx& ctx);
  void request_stop(Ctx& ctx);
  void set_config(Config config);

  const TransformOptions& options() const { return options_; }
  Consumer& consumer() { return consumer_; }
  const Consumer& consumer() const { return consumer_; }
  Producer& producer() { return producer_; }
  const Producer& producer() const { return producer_; }

 private:
  bool step(Ctx& ctx);
  bool step_of_transaction(Ctx& ctx);
  void begin_abort(Ctx& ctx);
  void forget_transaction();
  /// The pending output: processed records, or a record's dead letter.
  std::vector<OutgoingRecord> take_output();
  std::vector<protocol::OffsetCommitPartition> offsets_to_commit() const;

  TransformOptions options_;
  Consumer consumer_;
  Producer producer_;
  enum class Transaction : std::uint8_t { None, Open, SendingOffsets, Committing, Aborting };
  Transaction transaction_ = Transaction::None;
  std::map<protocol::TopicPartition, protocol::Offset> processed_;  // open transaction: offsets after its last records
  std::optional<std::pair<protocol::TopicPartition, protocol::Offset>> aside_;  // the offset after its dead letter
  bool consumes_ = false;           // initTransactions() has returned, and the consumer has been started
  std::int64_t failed_before_ = 0;  // the producer's number of failures when this round began
};

}  // namespace kafkascope::client
