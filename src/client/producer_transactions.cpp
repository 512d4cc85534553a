// The application's transactional calls. A call that waits for its result blocks the application's only thread; records
// that become due meanwhile are sent later, and the schedule does not catch up.
#include <fmt/format.h>

#include <utility>

#include "client/producer.h"

namespace kafkascope::client {

using protocol::ErrorCode;

namespace {

/// The exceptions after which the example in KafkaProducer's documentation closes its producer.
bool ends_program(const ClientException& e) {
  return e.is("ProducerFencedException") || e.is("OutOfOrderSequenceException") ||
         e.is("TopicAuthorizationException") || e.is("GroupAuthorizationException") ||
         e.is("ClusterAuthorizationException") || e.is("TransactionalIdAuthorizationException");
}

void note_time(ProducerMetrics& m, TransactionCall::Kind kind, std::int64_t took_us) {
  switch (kind) {
    case TransactionCall::Kind::Init: m.txn_init_us += took_us; break;
    case TransactionCall::Kind::Begin: break;  // takes no time
    case TransactionCall::Kind::SendOffsets: m.txn_send_offsets_us += took_us; break;
    case TransactionCall::Kind::Commit: m.txn_commit_us += took_us; break;
    case TransactionCall::Kind::Abort: m.txn_abort_us += took_us; break;
  }
}

/// The exception of a producer without a transactional.id. Kafka: KafkaProducer.throwIfNoTransactionManager,
/// TransactionManager.ensureTransactional.
ClientException not_transactional(bool idempotent) {
  return illegal_state(idempotent ? "Transactional method invoked on a non-transactional producer."
                                  : "Cannot use transactional methods without enabling transactions by setting the "
                                    "transactional.id configuration property");
}

}  // namespace

void Producer::perform(Ctx& ctx, TransactionCall call) {
  performing_for_ = call.asked_by;
  if (!transactions_.transactional()) return returned(ctx, call.kind, not_transactional(transactions_.enabled));
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
  // 2.5: sendOffsetsToTransaction() has no timeout.
  const bool forever = transactions_.options().old && call.kind == TransactionCall::Kind::SendOffsets;
  calling_ = Calling{std::move(call), begun.result, ctx.now(), forever ? sim::kNever : ctx.now() + max_block_};
  wake_sender_ = true;
}

/// A call has returned. An application with a transaction plan follows the documentation of KafkaProducer: it repeats a
/// commit or an abort that timed out; after any other KafkaException it aborts; after a fatal exception, or one in its
/// own catch block, it closes.
void Producer::returned(Ctx& ctx, TransactionCall::Kind kind, std::optional<ClientException> error) {
  using Kind = TransactionCall::Kind;
  const std::int64_t took_us = calling_ ? (ctx.now() - calling_->since).us : 0;
  calling_.reset();
  calls_.answer(std::exchange(performing_for_, -1), error ? std::string_view(error->class_name) : std::string_view());
  calls_.returned(kind, error ? error->class_name : std::string());
  if (error) stats_.exception(ctx, error->class_name, {}, error->message, error->cause);
  else note_time(stats_.metrics.producer, kind, took_us);
  const bool planned = options_.transaction.records > 0;
  const bool late = error && error->is("TimeoutException");
  if (kind == Kind::Init && !error) transactions_.update_version(true);
  if (stopping_) {
  } else if (late && (kind == Kind::Init || (planned && (kind == Kind::Commit || kind == Kind::Abort)))) {
    commanded_.emplace_front(TransactionCall{kind});
  } else if (error && planned) {
    const bool uncaught = kind == Kind::Init || kind == Kind::Abort || error->is("IllegalStateException");
    if (uncaught || transactions_.has_fatal_error() || ends_program(*error)) begin_close(ctx);
    else commanded_.emplace_front(TransactionCall{Kind::Abort});
  } else if (planned && (kind == Kind::Commit || kind == Kind::Abort)) {
    in_transaction_ = -1;
  }
  thrown_ = std::move(error);
}

/// Returns true if a call has returned.
bool Producer::await_call(Ctx& ctx) {
  if (!calling_) return false;
  const TransactionCall::Kind kind = calling_->call.kind;
  if (const TransactionalResult* result = transactions_.results().completed(calling_->result)) {
    std::optional<ClientException> error = result->error;
    transactions_.acknowledge(calling_->result);
    returned(ctx, kind, std::move(error));
    return true;
  }
  if (ctx.now() < calling_->deadline) return false;
  returned(ctx, kind,
           ClientException{"TimeoutException",
                           fmt::format("Timeout expired after {}ms while awaiting {}", max_block_.us / 1000,
                                       transactions_.results().operation_of(calling_->result)),
                           {},
                           ErrorCode::REQUEST_TIMED_OUT});
  return true;
}

/// Begins or ends a transaction of the plan if that is the next step. A transaction begins with the first record that
/// is due.
bool Producer::next_of_transaction(Ctx& ctx, bool record_due) {
  if (in_transaction_ < 0) {
    if (!record_due) return false;
    in_transaction_ = 0;
    perform(ctx, {TransactionCall::Kind::Begin});
    return true;
  }
  const bool over = options_.count && !more_to_generate() && !record_due;
  if (in_transaction_ < options_.transaction.records && !over) return false;
  const std::int32_t every = options_.transaction.abort_every;
  const bool aborts = every > 0 && ++transactions_ended_ % every == 0;
  perform(ctx, {aborts ? TransactionCall::Kind::Abort : TransactionCall::Kind::Commit});
  return true;
}

/// send() has appended the record to a batch of the partition (KafkaProducer.doSend). If it throws now, the record
/// stays in its batch and succeeds or fails with it.
std::optional<ClientException> Producer::join_transaction(Ctx& ctx, protocol::TopicPartition p) {
  std::optional<ClientException> thrown =
      transactions_.add_partition(p, fmt::format("{}-{}", core_.metadata.name_of(p.topic), p.partition));
  if (!thrown) return thrown;
  bool returned = thrown->code != ErrorCode::NONE;  // an ApiException is put into the future
  if (auto instead = note_send_exception(*thrown, returned)) thrown = std::move(instead), returned = false;
  if (!returned || options_.send != SendMode::FireAndForget)
    stats_.exception(ctx, thrown->class_name, p, thrown->message, thrown->cause);
  if (waiting_for_answer_ == send_.record.number) waiting_for_answer_.reset();
  return thrown;
}

std::optional<ClientException> Producer::note_send_exception(const ClientException& error, bool returned) {
  // doSend: an ApiException also ends the transaction.
  std::optional<ClientException> instead =
      returned && !transactions_.options().old ? transactions_.fail(error, true) : std::nullopt;
  if (returned && !instead) return std::nullopt;
  thrown_ = instead ? *instead : error;
  if (options_.transaction.records > 0 && in_transaction_ >= 0 && !stopping_)
    commanded_.emplace_front(TransactionCall{TransactionCall::Kind::Abort});
  return instead;
}

}  // namespace kafkascope::client
