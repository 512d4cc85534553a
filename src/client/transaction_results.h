// The results of a transactional producer's calls, and the call whose caller has not received its result yet. Kafka:
// TransactionalRequestResult, TransactionManager.PendingStateTransition (KIP-447, KAFKA-14367).
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
  /// A call that changes the state. If it has timed out, it must be repeated before any other call.
  struct Transition {
    ResultId result = 0;
    TransactionState state = TransactionState::Uninitialized;
    std::string operation;
  };

  /// operation: the name in the TimeoutException.
  ResultId add(std::string operation);
  void done(ResultId id);
  void fail(ResultId id, const ClientException& error);
  /// nullptr if not completed yet.
  const TransactionalResult* completed(ResultId id) const;
  std::string operation_of(ResultId id) const;
  /// The caller has received the result (await() returned). `by_2_5`: this ends the transition; from 3.5 on the next
  /// call ends it.
  void acknowledge(ResultId id, bool by_2_5);

  const std::optional<Transition>& transition() const { return transition_; }
  void begin_transition(Transition transition) { transition_ = std::move(transition); }
  void fail_transition(const ClientException& error);
  /// throwIfPendingState (4.1): an exception if the caller has not received the last transition's result; otherwise the
  /// transition ends.
  std::optional<ClientException> pending_thrown(std::string_view operation);
  bool is_unseen(const Transition& transition) const;

 private:
  std::map<ResultId, TransactionalResult> results_;
  ResultId next_ = 1;
  std::optional<Transition> transition_;
};

}  // namespace kafkascope::client
