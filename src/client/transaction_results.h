// What calls of a transactional producer wait for, and the call whose result its caller has not seen.
// Kafka: TransactionalRequestResult, TransactionManager.PendingStateTransition (KIP-447, KAFKA-14367).
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "client/transaction_request.h"
#include "client/transaction_states.h"

namespace kafkascope::client {

class TransactionalResults {
 public:
  /// A call that leads to a state. It may have timed out: then it must be repeated before any other.
  struct Transition {
    ResultId result = 0;
    TransactionState state = TransactionState::Uninitialized;
    std::string operation;
  };

  /// operation: named in the TimeoutException.
  ResultId add(std::string operation);
  void done(ResultId id);
  void fail(ResultId id, const ClientException& error);
  /// nullptr: not completed.
  const TransactionalResult* completed(ResultId id) const;
  std::string operation_of(ResultId id) const;
  /// The caller has seen the result (await() returned). `by_2_5`: a transition is then over; since 3.5 the next call ends it.
  void acknowledge(ResultId id, bool by_2_5);

  const std::optional<Transition>& transition() const { return transition_; }
  void begin_transition(Transition transition) { transition_ = std::move(transition); }
  void fail_transition(const ClientException& error);
  /// throwIfPendingState (4.1): the exception, if the last transition's caller has not seen its result; else it is over.
  std::optional<ClientException> pending_thrown(std::string_view operation);
  bool is_unseen(const Transition& transition) const;

 private:
  std::map<ResultId, TransactionalResult> results_;
  ResultId next_ = 1;
  std::optional<Transition> transition_;
};

}  // namespace kafkascope::client
