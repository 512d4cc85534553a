// The sender's part in transactions: one request of the transaction manager at a time, before anything else is sent.
// Kafka: Sender.runOnce, maybeSendAndPollTransactionalRequest, awaitNodeReady.
#include <algorithm>
#include <utility>

#include "client/sender.h"

namespace kafkascope::client {

using protocol::ErrorCode;

namespace {

/// The errors in a response: one per partition that has an error.
std::vector<ErrorCode> errors_in(const protocol::Body& body) {
  std::vector<ErrorCode> errors;
  const auto add = [&](ErrorCode error) {
    if (error != ErrorCode::NONE) errors.push_back(error);
  };
  if (const auto* r = protocol::get_if<protocol::FindCoordinatorResponse>(&body)) add(r->error);
  if (const auto* r = protocol::get_if<protocol::InitProducerIdResponse>(&body)) add(r->error);
  if (const auto* r = protocol::get_if<protocol::AddOffsetsToTxnResponse>(&body)) add(r->error);
  if (const auto* r = protocol::get_if<protocol::EndTxnResponse>(&body)) add(r->error);
  if (const auto* r = protocol::get_if<protocol::AddPartitionsToTxnResponse>(&body)) {
    add(r->error);
    for (const protocol::AddPartitionsToTxnResult& result : r->results)
      for (const protocol::AddPartitionsToTxnPartitionResult& p : result.partitions) add(p.error);
  }
  if (const auto* r = protocol::get_if<protocol::TxnOffsetCommitResponse>(&body))
    for (const auto& [p, error] : r->partitions) add(error);
  return errors;
}

}  // namespace

bool Sender::send_transactional(Ctx& ctx, SenderParts& parts, bool& moved) {
  TransactionManager& t = parts.transactions;
  t.learn_features(parts.core.network.features());
  t.resolve_transactional_sequences();
  next_wake_ = sim::kNever;
  if (t.has_fatal_error()) {
    if (const auto& error = t.last_error()) moved = abort_batches(ctx, parts, error->code, error->class_name);
    return true;  // waiting requests do not fail: their calls time out after max.block.ms (runOnce)
  }
  if (t.has_abortable_error() && t.handle_authorization_error()) return moved = true;
  if (transactional_) {
    if (transactional_->phase == Transactional::Phase::Sent) {
      // Meanwhile Kafka's sender polls every retry.backoff.ms, so that it notices a timeout at once.
      if (ctx.now() < transactional_->until) next_wake_ = transactional_->until;
      return true;
    }
    moved = continue_request(ctx, parts);
    return true;
  }
  if (t.has_abortable_error()) {
    moved = abort_undrained(ctx, parts, *t.last_error());
  } else if (t.is_aborting()) {
    moved = abort_undrained(
        ctx, parts,
        {"TransactionAbortedException", "Failing batch since transaction was aborted", {}, ErrorCode::NONE});
  }
  if (find_after_ > ctx.now()) {
    next_wake_ = find_after_;
    return true;
  }
  const std::size_t pending = t.pending_requests();
  std::optional<TxnRequest> request = t.next_request(parts.accumulator.has_incomplete());
  if (!request) {
    if (t.pending_requests() != pending) moved = true;  // a call has completed without a request
    return false;
  }
  moved = begin_request(ctx, parts, *std::move(request));
  return true;
}

bool Sender::begin_request(Ctx& ctx, SenderParts& parts, TxnRequest request) {
  const bool any_node = request.coordinator == TxnRequest::Coordinator::None;
  const auto& coordinator =
      any_node ? std::optional<ClientNode>() : parts.transactions.coordinator(request.coordinator);
  const ClientNode node = any_node ? parts.core.least_loaded(ctx) : coordinator.value_or(ClientNode{});
  if (node.id == kNoNode) {
    find_coordinator_and_retry(ctx, parts, std::move(request));
    return true;
  }
  transactional_ =
      Transactional{std::move(request), node, Transactional::Phase::Connecting, ctx.now() + options_.request_timeout};
  return continue_request(ctx, parts);
}

bool Sender::continue_request(Ctx& ctx, SenderParts& parts) {
  Transactional& t = *transactional_;
  NetworkClient& network = parts.core.network;
  if (t.phase == Transactional::Phase::Connecting) {
    if (!network.ready(ctx, t.node)) {
      const bool failed = !network.connecting(t.node.id) && network.backing_off(t.node.id, ctx.now());
      if (!failed && ctx.now() < t.until) {
        next_wake_ = std::min(next_wake_, t.until);
        return false;
      }
      TxnRequest request = std::move(t.request);
      transactional_.reset();
      find_coordinator_and_retry(ctx, parts, std::move(request));
      return true;
    }
    if (t.request.coordinator == TxnRequest::Coordinator::Transaction) parts.transactions.coordinator_ready();
    t.phase = Transactional::Phase::BackingOff;
    t.until = t.request.retry ? ctx.now() + t.request.backoff : ctx.now();
  }
  if (ctx.now() < t.until) {
    next_wake_ = std::min(next_wake_, t.until);
    return false;
  }
  t.phase = Transactional::Phase::Sent;
  t.until = ctx.now() + options_.request_timeout;
  next_wake_ = t.until;
  if (!network.send(ctx, t.node.id, t.request.body, kTransactionPurpose, 0)) {
    TxnRequest request = std::move(t.request);
    transactional_.reset();
    find_coordinator_and_retry(ctx, parts, std::move(request));
  }
  return true;
}

/// Kafka: maybeFindCoordinatorAndRetry.
void Sender::find_coordinator_and_retry(Ctx& ctx, SenderParts& parts, TxnRequest request) {
  if (request.coordinator != TxnRequest::Coordinator::None) {
    parts.transactions.look_up(request);
  } else {
    find_after_ = ctx.now() + request.backoff;
    parts.core.metadata.request_update();
  }
  parts.transactions.retry(std::move(request));
}

void Sender::on_transactional_answer(Ctx& ctx, SenderParts& parts, const Completed& done) {
  if (!transactional_) return;
  TxnRequest request = std::move(transactional_->request);
  transactional_.reset();
  if (done.disconnected) return parts.transactions.on_connection_lost(std::move(request));
  for (const ErrorCode error : errors_in(*done.body)) parts.stats.error(ctx, error);
  parts.transactions.on_answer(std::move(request), *done.body, ctx.self());
}

bool Sender::abort_undrained(Ctx& ctx, SenderParts& parts, const ClientException& error) {
  const std::vector<BatchId> batches = parts.accumulator.take_undrained();
  for (const BatchId id : batches) {
    ProducerBatch& batch = *parts.accumulator.find(id);
    fail(ctx, parts, batch, ErrorCode::NONE, false, error.message, error.class_name);
    parts.accumulator.forget(id);
  }
  return !batches.empty();
}

/// TransactionManager.canRetry, for a producer that cannot renumber its batches under another epoch.
bool Sender::transactional_can_retry(SenderParts& parts, const ProducerBatch& batch,
                                     const protocol::PartitionProduceResponse& answer) {
  TransactionManager& t = parts.transactions;
  const protocol::TopicPartition p = batch.partition;
  if (answer.error == ErrorCode::UNKNOWN_PRODUCER_ID) {
    if (answer.log_start_offset.value == -1 || batch.sequence_reset) return true;
    if (t.entry(p).last_acked_offset < answer.log_start_offset.value) {
      parts.accumulator.renumber(
          t.restart_sequences(p, [&](BatchId id) { return parts.accumulator.record_count(id); }));
      return true;
    }
    return false;
  }
  if (answer.error == ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER)
    return !t.has_unresolved_sequence(p) && (batch.sequence_reset || !t.is_next_sequence(p, batch.base_sequence));
  return protocol::retriable(answer.error);
}

}  // namespace kafkascope::client
