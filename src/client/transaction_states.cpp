#include "client/transaction_states.h"

#include <fmt/format.h>

namespace kafkascope::client {

std::string_view to_string(TransactionState state) {
  switch (state) {
    case TransactionState::Uninitialized: return "UNINITIALIZED";
    case TransactionState::Initializing: return "INITIALIZING";
    case TransactionState::Ready: return "READY";
    case TransactionState::InTransaction: return "IN_TRANSACTION";
    case TransactionState::CommittingTransaction: return "COMMITTING_TRANSACTION";
    case TransactionState::AbortingTransaction: return "ABORTING_TRANSACTION";
    case TransactionState::AbortableError: return "ABORTABLE_ERROR";
    case TransactionState::FatalError: return "FATAL_ERROR";
  }
  return "?";
}

bool TransactionStates::can_go(TransactionState target) const {
  using State = TransactionState;
  const State s = state_;
  switch (target) {
    case State::Uninitialized: return s == State::Ready || (s == State::AbortableError && !options_.old);
    case State::Initializing:
      return s == State::Uninitialized || s == State::AbortingTransaction ||
             (s == State::CommittingTransaction && !options_.old);
    case State::Ready:
      return s == State::Initializing || s == State::CommittingTransaction || s == State::AbortingTransaction;
    case State::InTransaction: return s == State::Ready;
    case State::CommittingTransaction: return s == State::InTransaction;
    case State::AbortingTransaction: return s == State::InTransaction || s == State::AbortableError;
    case State::AbortableError:
      return s == State::InTransaction || s == State::CommittingTransaction || s == State::AbortableError ||
             (s == State::Initializing && !options_.old);
    case State::FatalError: return true;
  }
  return false;
}

ClientException TransactionStates::invalid_transition(TransactionState target) const {
  std::string message = fmt::format("TransactionalId {}: Invalid transition attempted from state {} to state {}",
                                    options_.transactional_id, to_string(state_), to_string(target));
  return options_.old ? kafka_exception(std::move(message)) : illegal_state(std::move(message));
}

void TransactionStates::set(TransactionState target, Thrown error) {
  if (target != state_) changes_.push_back({state_, target, error ? error->class_name : std::string()});
  state_ = target;
  last_error_ = std::move(error);
}

TransactionStates::Thrown TransactionStates::go(TransactionState target) {
  if (!can_go(target)) return invalid_transition(target);
  set(target, {});
  return std::nullopt;
}

void TransactionStates::sender_goes(TransactionState target, Thrown error) {
  if (can_go(target)) {
    set(target, std::move(error));
  } else if (!options_.old) {  // in 2.5 the sender's loop logs the exception and continues
    set(TransactionState::FatalError, invalid_transition(target));
  }
}

}  // namespace kafkascope::client
