#include "client/transaction_results.h"

#include <fmt/format.h>

#include <utility>

namespace kafkascope::client {

ResultId TransactionalResults::add(std::string operation) {
  results_[next_].operation = std::move(operation);
  return next_++;
}

void TransactionalResults::done(ResultId id) {
  if (const auto it = results_.find(id); it != results_.end()) it->second.completed = true;
}

void TransactionalResults::fail(ResultId id, const ClientException& error) {
  const auto it = results_.find(id);
  if (it == results_.end()) return;
  it->second.completed = true;
  it->second.error = error;
}

const TransactionalResult* TransactionalResults::completed(ResultId id) const {
  const auto it = results_.find(id);
  return it == results_.end() || !it->second.completed ? nullptr : &it->second;
}

std::string TransactionalResults::operation_of(ResultId id) const {
  const auto it = results_.find(id);
  return it == results_.end() ? std::string() : it->second.operation;
}

void TransactionalResults::acknowledge(ResultId id, bool by_2_5) {
  if (transition_ && transition_->result == id) {
    results_[id].acked = true;
    if (by_2_5) transition_.reset();  // a completed result is forgotten when its caller has received it
  }
  if (!transition_ || transition_->result != id) results_.erase(id);
}

void TransactionalResults::fail_transition(const ClientException& error) {
  if (transition_) fail(transition_->result, error);
}

bool TransactionalResults::is_unseen(const Transition& transition) const {
  const auto it = results_.find(transition.result);
  return it == results_.end() || !it->second.acked;
}

std::optional<ClientException> TransactionalResults::pending_thrown(std::string_view operation) {
  if (!transition_) return std::nullopt;
  if (is_unseen(*transition_))
    return illegal_state(
        fmt::format("Cannot attempt operation `{}` because the previous call to `{}` timed out and must be retried",
                    operation, transition_->operation));
  results_.erase(transition_->result);
  transition_.reset();
  return std::nullopt;
}

}  // namespace kafkascope::client
