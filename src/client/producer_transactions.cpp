// The application's calls about transactions. A call that waits for its result blocks the application, as one thread would
// be; what it would have sent meanwhile is late, and nothing is made up for afterwards.
#include <fmt/format.h>

#include <utility>

#include "client/producer.h"

namespace kafkascope::client {

using protocol::ErrorCode;

void Producer::perform(Ctx& ctx, TransactionCall call) {
  TransactionManager::Begun begun;
  switch (call.kind) {
    case TransactionCall::Kind::Init: begun = transactions_.initialize(); break;
    case TransactionCall::Kind::Begin: return returned(ctx, call.kind, transactions_.begin());
    case TransactionCall::Kind::SendOffsets:
      if (call.offsets.empty()) return returned(ctx, call.kind, std::nullopt);
      begun = transactions_.send_offsets(call.offsets, call.group);
      break;
    case TransactionCall::Kind::Commit: begun = transactions_.begin_commit(); break;
    case TransactionCall::Kind::Abort: begun = transactions_.begin_abort(); break;
  }
  if (begun.thrown) return returned(ctx, call.kind, std::move(begun.thrown));
  calling_ = Calling{std::move(call), begun.result, ctx.now() + max_block_};
  wake_sender_ = true;
}

/// A call has returned. An application that makes transactions by a plan does what the documentation of KafkaProducer tells: it aborts after an
/// exception that ends only the transaction, and closes after any other.
void Producer::returned(Ctx& ctx, TransactionCall::Kind kind, std::optional<ClientException> error) {
  calling_.reset();
  if (error) stats_.exception(ctx, error->class_name, {}, error->message, error->cause);
  if (kind == TransactionCall::Kind::Init && !error) transactions_.update_version(true);
  const bool planned = options_.transaction.records > 0;
  if (error && kind == TransactionCall::Kind::Init && error->is("TimeoutException"))
    commanded_.emplace_front(TransactionCall{TransactionCall::Kind::Init});  // it may be called again
  else if (error && planned && (transactions_.has_fatal_error() || kind == TransactionCall::Kind::Init))
    begin_close(ctx);
  else if (error && planned && kind != TransactionCall::Kind::Abort)
    commanded_.emplace_front(TransactionCall{TransactionCall::Kind::Abort});
  else if (planned && (kind == TransactionCall::Kind::Commit || kind == TransactionCall::Kind::Abort))
    in_transaction_ = -1;
  thrown_ = std::move(error);
}

/// Returns true if a call has returned.
bool Producer::await_call(Ctx& ctx) {
  if (!calling_) return false;
  const TransactionCall::Kind kind = calling_->call.kind;
  if (const TransactionalResult* result = transactions_.completed(calling_->result)) {
    std::optional<ClientException> error = result->error;
    transactions_.acknowledge(calling_->result);
    returned(ctx, kind, std::move(error));
    return true;
  }
  if (ctx.now() < calling_->deadline) return false;
  returned(ctx, kind,
           ClientException{"TimeoutException",
                           fmt::format("Timeout expired after {}ms while awaiting {}", max_block_.us / 1000,
                                       transactions_.operation_of(calling_->result)),
                           {},
                           ErrorCode::REQUEST_TIMED_OUT});
  return true;
}

/// Begins or ends a transaction of the plan, if that comes next.
bool Producer::next_of_transaction(Ctx& ctx) {
  if (in_transaction_ < 0) {
    if (!more_to_generate() || schedule_.next() > ctx.now()) return false;
    in_transaction_ = 0;
    perform(ctx, {TransactionCall::Kind::Begin});
    return true;
  }
  if (in_transaction_ < options_.transaction.records && more_to_generate()) return false;
  const std::int32_t every = options_.transaction.abort_every;
  const bool aborts = every > 0 && ++transactions_ended_ % every == 0;
  perform(ctx, {aborts ? TransactionCall::Kind::Abort : TransactionCall::Kind::Commit});
  return true;
}

/// send() has chosen the partition. Returns false if it throws instead.
bool Producer::join_transaction(Ctx& ctx, protocol::TopicPartition p) {
  std::optional<ClientException> thrown = transactions_.options().old ? transactions_.ready_for_send() : std::nullopt;
  if (!thrown)
    thrown = transactions_.add_partition(p, fmt::format("{}-{}", core_.metadata.name_of(p.topic), p.partition));
  if (!thrown) return true;
  refuse(ctx, thrown->class_name, thrown->code, thrown->message);
  return false;
}

}  // namespace kafkascope::client
