// One partition of __transaction_state as its coordinator keeps it. Kafka: TransactionStateManager,
// TxnMetadataCacheEntry (4.1).
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "coordinator/coordinator_runtime.h"
#include "coordinator/transaction_metadata.h"
#include "protocol/transaction_marker.h"

namespace kafkascope::coordinator {

inline constexpr std::string_view kTransactionStateTopic = "__transaction_state";

/// The transaction coordinator's own timers.
struct TransactionTimer {
  static constexpr TimerKind AbortTimedOut = 0;  // transaction.abort.timed.out.transaction.cleanup.interval.ms
  static constexpr TimerKind AppendTimeout = 1;  // of one record, by transactional id and number
  static constexpr TimerKind Retry = 2;          // for work that the marker channel does only periodically
  static constexpr TimerKind Expire = 3;         // transaction.remove.expired.transaction.cleanup.interval.ms
};

// ---- the action that follows when a step has been stored or has failed

struct InitProducerIdStored {
  RequestHandle request = 0;
};
/// For one transaction of an AddPartitionsToTxn; the response is sent when all are done.
struct PartitionsStored {
  std::uint64_t gathering = 0;
  std::size_t index = 0;
};
struct OffsetsPartitionStored {
  RequestHandle request = 0;
};
/// PrepareCommit or PrepareAbort has been stored: the markers are written next.
struct EndStored {
  enum class For : std::uint8_t { EndTxn, InitProducerId, TimeOut };
  For whom = For::EndTxn;
  RequestHandle request = 0;
  TransactionVersion version = TransactionVersion::TV0;
  bool fences = false;
};
struct CompletionStored {};
/// The tombstone of an expired id.
struct ForgottenStored {};
using TransactionFollowUp = std::variant<InitProducerIdStored, PartitionsStored, OffsetsPartitionStored, EndStored,
                                         CompletionStored, ForgottenStored>;

/// A step whose record is not committed yet. Kafka: the variables captured by the callbacks in
/// TransactionStateManager.appendTransactionToLog.
struct PendingAppend {
  std::uint64_t number = 0;
  TxnTransitMetadata transit;
  TransactionFollowUp then;
};

/// Identifies an append that has ended. If it had timed out before, the result is ignored.
struct AppendDone {
  std::string transactional_id;
  std::uint64_t number = 0;
};
inline bool has_deadline(const AppendDone&) { return false; }

struct TransactionCoordinatorShard {
  using Record = TransactionLogRecord;
  /// Empty, because a step takes effect only when it is committed: there is nothing to revert.
  struct Delta {};
  using Event = AppendDone;
  using Transactions = std::map<std::string, TransactionMetadata, std::less<>>;
  static constexpr std::string_view kTopic = kTransactionStateTopic;
  static constexpr std::uint16_t kFirstTimerKind = 400;

  static protocol::Record encode(const Record& record, const protocol::MetadataImage& topics,
                                 std::int64_t timestamp_ms);
  static std::optional<Record> decode(const protocol::RecordView& record);
  /// Used only while loading. As in Kafka, uncommitted records count too.
  void replay(Ctx&, const Record& record, Delta*);

  TransactionMetadata* find(std::string_view id) {
    const auto it = transactions.find(id);
    return it == transactions.end() ? nullptr : &it->second;
  }

  std::int32_t partition = -1;
  Transactions transactions;
  std::map<std::string, PendingAppend> appends;  // the last append of each id; earlier ones have timed out
  /// The step that completes each transaction when it has all its markers. Kafka: transactionsWithPendingMarkers.
  std::map<std::string, TxnTransitMetadata> with_pending_markers;
  /// The state before the last step that this coordinator has stored. Nothing acts on it; it is only for display.
  std::map<std::string, TransactionState, std::less<>> came_from;
  /// Completions that could not be stored and are retried. Kafka: txnLogAppendRetryQueue.
  std::vector<std::string> append_retries;
};

extern template class CoordinatorRuntime<TransactionCoordinatorShard>;

}  // namespace kafkascope::coordinator
