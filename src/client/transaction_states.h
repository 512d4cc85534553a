// The states of a transactional producer and the transitions between them. Kafka: TransactionManager.State,
// transitionTo (KIP-98, KIP-360).
//
//   UNINITIALIZED --initTransactions()--> INITIALIZING --InitProducerId answered--> READY
//   READY --beginTransaction()--> IN_TRANSACTION --commitTransaction()--> COMMITTING_TRANSACTION
//   COMMITTING_TRANSACTION --EndTxn answered--> READY
//   IN_TRANSACTION --error that ends only the transaction--> ABORTABLE_ERROR
//   ABORTABLE_ERROR --abortTransaction()--> ABORTING_TRANSACTION --EndTxn answered--> READY
//   any state --any other error--> FATAL_ERROR, which is final
//
// Not modelled: two-phase commit (KIP-939) and its PREPARED_TRANSACTION.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client/client_exception.h"
#include "sim/time.h"

namespace kafkascope::protocol {
class Config;
}  // namespace kafkascope::protocol

namespace kafkascope::client {

enum class TransactionState : std::uint8_t {
  Uninitialized,
  Initializing,
  Ready,
  InTransaction,
  CommittingTransaction,
  AbortingTransaction,
  AbortableError,
  FatalError
};
/// Kafka's name ("IN_TRANSACTION").
std::string_view to_string(TransactionState state);

struct TransactionOptions {
  std::string transactional_id;  // empty: the producer is at most idempotent
  std::int32_t timeout_ms = 60000;
  sim::Duration retry_backoff = sim::milliseconds(100);
  bool old = false;  // 2.5
  static TransactionOptions from(const protocol::Config& config);
};

class TransactionStates {
 public:
  using Thrown = std::optional<ClientException>;
  struct Change {
    TransactionState from, to;
    std::string exception;  // class of the error that caused it; empty: no error
  };

  TransactionStates() = default;
  explicit TransactionStates(TransactionOptions options) : options_(std::move(options)) {}

  const TransactionOptions& options() const { return options_; }
  bool transactional() const { return !options_.transactional_id.empty(); }
  TransactionState state() const { return state_; }
  const Thrown& last_error() const { return last_error_; }
  bool has_abortable_error() const { return state_ == TransactionState::AbortableError; }
  bool has_error() const { return state_ == TransactionState::FatalError || has_abortable_error(); }
  bool is_aborting() const { return state_ == TransactionState::AbortingTransaction; }
  bool is_completing() const { return state_ == TransactionState::CommittingTransaction || is_aborting(); }
  bool has_ongoing() const {
    return state_ == TransactionState::InTransaction || is_completing() || has_abortable_error();
  }
  /// The changes since the last call, oldest first.
  std::vector<Change> take_changes() { return std::exchange(changes_, {}); }

 protected:
  /// For the application's thread: returns the exception if the transition is not allowed.
  Thrown go(TransactionState target);
  /// For the sender's thread: a transition that is not allowed makes the producer fail
  /// (shouldPoisonStateOnInvalidTransition).
  void sender_goes(TransactionState target, Thrown error = {});

 private:
  bool can_go(TransactionState target) const;
  void set(TransactionState target, Thrown error);
  ClientException invalid_transition(TransactionState target) const;

  TransactionOptions options_;
  TransactionState state_ = TransactionState::Uninitialized;
  Thrown last_error_;
  std::vector<Change> changes_;
};

}  // namespace kafkascope::client
