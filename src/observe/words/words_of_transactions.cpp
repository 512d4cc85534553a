// Sentences for the facts of transactions.
#include "coordinator/transaction_records.h"
#include "observe/words/words_parts.h"
#include "protocol/error_text.h"
#include "protocol/facts_of_transactions.h"

namespace kafkascope::observe {

namespace {

std::string state(std::int64_t number) {
  return std::string(coordinator::name(static_cast<coordinator::TransactionState>(number)));
}

struct TransactionWords : Told {
  Words operator()(const fact::TransactionState& f) const {
    if (f.from == f.to)  // AddPartitionsToTxn, in an open transaction
      return both("event.transaction.stays"_w,
                  {{"who", who},
                   {"id", f.transactional_id},
                   {"state", state(f.to)},
                   {"added", f.to == static_cast<std::int64_t>(coordinator::TransactionState::Ongoing) ? "1" : ""},
                   {"epoch", std::int64_t{f.producer_epoch}}});
    return both("event.transaction.state"_w, {{"who", who},
                                              {"id", f.transactional_id},
                                              {"from", state(f.from)},
                                              {"to", state(f.to)},
                                              {"epoch", std::int64_t{f.producer_epoch}}});
  }
  Words operator()(const fact::TransactionMarkerAppended& f) const {
    return f.result == protocol::TransactionResult::Commit
               ? both("event.transaction.marker_commit"_w, {{"who", who}, {"partition", p}, {"offset", f.offset.value}})
               : both("event.transaction.marker_abort"_w, {{"who", who}, {"partition", p}, {"offset", f.offset.value}});
  }
  Words operator()(const fact::LastStableOffsetAdvanced& f) const {
    return both("event.lso.advance"_w, {{"partition", p}, {"from", f.from.value}, {"to", f.to.value}});
  }
  Words operator()(const fact::TransactionVerificationRefused& f) const {
    return both(
        "event.transaction.unverified"_w,
        {{"who", who}, {"partition", p}, {"id", f.transactional_id}, {"error", std::string(protocol::name(f.error))}});
  }
  Words operator()(const fact::TransactionsLoaded& f) const {
    return both("event.transaction.loaded"_w, {{"who", who}, {"partition", p}, {"count", f.transactions}});
  }
};

}  // namespace

std::optional<Words> words_of_transactions(const sim::TraceLine& line, const Told& told) {
  return words_of<fact::FactsOfTransactions>(line, TransactionWords{told});
}

}  // namespace kafkascope::observe
