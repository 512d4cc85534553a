#include "client/sender.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "protocol/error_text.h"
#include "protocol/facts_of_clients.h"
#include "sim/mutant.h"

namespace kafkascope::client {

using protocol::BrokerId;
using protocol::ErrorCode;
using protocol::PartitionProduceResponse;
using sim::Instant;

SenderOptions SenderOptions::from(const Config& config) {
  SenderOptions o;
  const std::string acks = config.text("acks");
  o.acks = acks == "0" ? 0 : acks == "1" ? 1 : -1;
  o.retries = static_cast<int>(config.number("retries"));
  o.request_timeout = sim::milliseconds(config.number("request.timeout.ms"));
  o.guarantee_order = config.number("max.in.flight.requests.per.connection") == 1;
  o.old = config.version() == protocol::KafkaVersion::V2_5;
  return o;
}

bool Sender::run_once(Ctx& ctx, SenderParts parts) {
  bool moved = false;
  if (parts.transactions.transactional()) {
    if (send_transactional(ctx, parts, moved)) return moved;
  } else if (parts.transactions.enabled) {
    parts.transactions.resolve_sequences();
    if (parts.transactions.failed_for_good()) {
      next_wake_ = sim::kNever;
      return abort_batches(ctx, parts, parts.transactions.fatal_error);
    }
    if (parts.transactions.bump_required())
      parts.accumulator.renumber(
          parts.transactions.bump_epoch([&](BatchId id) { return parts.accumulator.record_count(id); }));
    maybe_init_producer_id(ctx, parts);
  }

  parts.accumulator.set_completing(parts.transactions.is_completing());
  const Accumulator::Ready& ready = parts.accumulator.ready(ctx, parts.core.metadata, parts.partitioner);
  next_wake_ = ready.next_check;
  if (!ready.unknown_leader_topics.empty()) {
    for (const std::string& topic : ready.unknown_leader_topics)
      if (!topic.empty()) parts.core.metadata.add_topic(topic);
    parts.core.metadata.request_update();
  }
  for (BrokerId node : ready.nodes) {
    const bool can = parts.core.network.ready(ctx, *parts.core.metadata.node(node));
    parts.accumulator.note_node(node, ctx.now(), can);
    if (!can) continue;
    const std::vector<BatchId>& batches = parts.accumulator.drain(ctx, parts.core.metadata, node, parts.transactions);
    if (batches.empty()) continue;
    if (options_.guarantee_order)
      for (BatchId id : batches) parts.accumulator.mute(parts.accumulator.find(id)->partition);
    send_request(ctx, parts, node, batches);
    moved = true;
  }
  Instant expires = parts.accumulator.next_expiry();
  if (sim::mutant("delivery-timeout-unenforced")) expires = sim::kNever;
  if (expires <= ctx.now()) {
    expire(ctx, parts);
    expires = parts.accumulator.next_expiry();
  }
  if (parts.transactions.enabled && parts.transactions.initializing &&
      parts.transactions.init_blocked_until > ctx.now())
    next_wake_ = std::min(next_wake_, parts.transactions.init_blocked_until);
  next_wake_ = std::min(next_wake_, expires);
  return moved;
}

void Sender::maybe_init_producer_id(Ctx& ctx, SenderParts& parts) {
  TransactionManager& t = parts.transactions;
  if (t.producer().valid()) return;
  if (t.initializing && t.init_blocked_until == sim::kNever) return;  // InitProducerId is in progress
  t.initializing = true;
  if (ctx.now() < t.init_blocked_until) return;
  const ClientNode node = parts.core.least_loaded(ctx);
  if (!parts.core.network.ready(ctx, node)) return;
  if (parts.core.network.send(ctx, node.id, protocol::InitProducerIdRequest{}, kInitProducerIdPurpose, 0))
    t.init_blocked_until = sim::kNever;
}

void Sender::send_request(Ctx& ctx, SenderParts& parts, BrokerId node, const std::vector<BatchId>& batches) {
  protocol::ProduceRequest request;
  request.acks = options_.acks;
  request.timeout_ms = static_cast<std::int32_t>(options_.request_timeout.us / 1000);
  request.partitions.reserve(batches.size());
  if (parts.transactions.transactional()) {
    request.transactional_id = parts.transactions.options().transactional_id;
    request.transaction_version = parts.transactions.version();
  }
  ProducerMetrics& metrics = parts.stats.metrics.producer;
  std::int64_t records = 0;
  for (BatchId id : batches) {
    const ProducerBatch& b = *parts.accumulator.find(id);
    records += b.count();
    metrics.batch_size.record(b.sealed->size_bytes, ctx.now());
    metrics.compression_rate_ppm.record(
        (b.sealed->size_bytes - 61) * std::int64_t{1000000} / std::max(1, b.size_bytes - 61), ctx.now());
    metrics.record_queue_time.record((ctx.now() - b.created_at).us, ctx.now());
    request.partitions.push_back({b.partition, b.sealed});
    const protocol::TraceSubject subject{b.sealed.get(), {}};
    ctx.trace(
        fact::BatchSent{
            .partition = b.partition, .count = b.count(), .attempt = b.attempts, .base_sequence = b.base_sequence},
        &subject);
  }
  metrics.record_send_total += records;
  metrics.record_send.record(records, ctx.now());
  metrics.records_per_request.record(records, ctx.now());
  const std::uint64_t number = next_request_++;
  const bool answered = options_.acks != 0;
  parts.core.network.send(ctx, node, std::move(request), kProducePurpose, number, answered);
  if (answered) {
    for (BatchId id : batches) in_flight_records_ += parts.accumulator.record_count(id);
    std::vector<Out>& out = requests_[number];
    for (BatchId id : batches) out.push_back({id, parts.accumulator.find(id)->partition});
    return;
  }
  // acks=0: a batch is done when it is written to the connection.
  for (BatchId id : batches) {
    PartitionProduceResponse answer;
    answer.partition = parts.accumulator.find(id)->partition;
    complete(ctx, parts, id, answer, false);
  }
}

bool Sender::on_completed(Ctx& ctx, SenderParts parts, const Completed& done) {
  if (done.purpose == kInitProducerIdPurpose) {
    TransactionManager& t = parts.transactions;
    const auto* answer = done.disconnected ? nullptr : protocol::get_if<protocol::InitProducerIdResponse>(done.body);
    if (answer && answer->error == ErrorCode::NONE) {
      t.set_producer({answer->producer_id, answer->producer_epoch});
      t.initializing = false;
      t.init_blocked_until = {0};
      t.init_attempts = 0;
    } else {
      if (answer) parts.stats.error(ctx, answer->error);
      // Idempotent writes are not authorized: all waiting batches fail, and the producer tries again
      // (Sender.shouldHandleAuthorizationError). Simplified: after retry.backoff.ms; in Kafka at once. Before
      // KAFKA-13668 the error was fatal.
      if (answer && answer->error == ErrorCode::CLUSTER_AUTHORIZATION_FAILED) {
        if (options_.old) t.fatal_error = answer->error;
        abort_batches(ctx, parts, answer->error);
      }
      t.init_blocked_until = ctx.now() + parts.accumulator.options().retry_backoff.after(
                                             t.init_attempts++, ctx.random(sim::Stream::RetryBackoff));
    }
    return true;
  }
  if (done.purpose == kTransactionPurpose) {
    on_transactional_answer(ctx, parts, done);
    return true;
  }
  if (done.purpose != kProducePurpose) return false;
  const auto it = requests_.find(done.arg);
  if (it == requests_.end()) return true;
  const std::vector<Out> batches = std::move(it->second);
  requests_.erase(it);
  for (const Out& out : batches) in_flight_records_ -= parts.accumulator.record_count(out.batch);
  if (done.disconnected) {
    for (const auto& [id, p] : batches) {
      PartitionProduceResponse lost;
      lost.partition = p;
      // 2.5 does not distinguish these cases (Sender.handleProduceResponse).
      lost.error = done.timed_out && !options_.old ? ErrorCode::REQUEST_TIMED_OUT : ErrorCode::NETWORK_EXCEPTION;
      complete(ctx, parts, id, lost, false);
    }
    return true;
  }
  parts.stats.metrics.producer.request_latency.record((ctx.now() - done.sent_at).us, ctx.now());
  const auto& response = protocol::get<protocol::ProduceResponse>(*done.body);
  for (const auto& [id, sent_to] : batches) {
    const auto answer = std::find_if(response.partitions.begin(), response.partitions.end(),
                                     [&, p = sent_to](const PartitionProduceResponse& r) { return r.partition == p; });
    if (answer != response.partitions.end()) {
      complete(ctx, parts, id, *answer, true);
    } else {
      ctx.fault("a Produce response answers every partition of its request");
    }
  }
  return true;
}

void Sender::complete(Ctx& ctx, SenderParts& parts, BatchId id, const PartitionProduceResponse& answer,
                      bool from_broker) {
  ProducerBatch& batch = *parts.accumulator.find(id);
  const protocol::TopicPartition p = batch.partition;
  parts.accumulator.landed(batch);
  if (answer.error == ErrorCode::MESSAGE_TOO_LARGE && batch.count() > 1 && !batch.done) {
    // Splitting does not count as an attempt. A batch of at most batch.size is not split further. If max.message.bytes
    // is smaller, this repeats until delivery.timeout.ms has passed (KAFKA-8350, fixed after 4.1).
    parts.stats.error(ctx, answer.error, p);
    const protocol::TraceSubject subject{batch.sealed.get(), {}};
    ctx.trace(
        fact::BatchRetried{
            .partition = p, .count = batch.count(), .error = answer.error, .attempt = batch.attempts + 1},
        &subject);
    parts.accumulator.split_and_reenqueue(batch, parts.transactions);
    ++parts.stats.metrics.producer.batch_split_total;
  } else if (answer.error != ErrorCode::NONE) {
    if (from_broker) parts.stats.error(ctx, answer.error, p);
    if (can_retry(parts, batch, answer, ctx.now())) {
      const protocol::TraceSubject subject{batch.sealed.get(), {}};
      ctx.trace(
          fact::BatchRetried{
              .partition = p, .count = batch.count(), .error = answer.error, .attempt = batch.attempts + 1},
          &subject);
      parts.accumulator.reenqueue(ctx, batch, parts.transactions);
      parts.stats.metrics.producer.record_retry_total += batch.count();
    } else if (answer.error == ErrorCode::DUPLICATE_SEQUENCE_NUMBER) {
      succeed(ctx, parts, batch, answer);
    } else {
      fail(ctx, parts, batch, answer.error, batch.attempts < options_.retries, {}, {}, answer.record_errors);
    }
    if (protocol::refreshes_metadata(answer.error)) {
      if (answer.current_leader != protocol::kNoBroker && answer.current_leader_epoch.value >= 0)
        parts.core.metadata.update_leader(p, answer.current_leader, answer.current_leader_epoch);
      parts.core.metadata.request_update();
    }
  } else {
    succeed(ctx, parts, batch, answer);
  }
  if (options_.guarantee_order) parts.accumulator.unmute(p);
  if (batch.done) parts.accumulator.forget(id);
}

bool Sender::can_retry(SenderParts& parts, const ProducerBatch& batch, const PartitionProduceResponse& answer,
                       Instant now) {
  if (batch.done || batch.attempts >= options_.retries) return false;
  if (now >= batch.created_at + parts.accumulator.options().delivery_timeout) return false;
  if (parts.transactions.transactional()) return transactional_can_retry(parts, batch, answer);
  return parts.transactions.enabled ? idempotent_can_retry(parts, batch, answer) : protocol::retriable(answer.error);
}

bool Sender::idempotent_can_retry(SenderParts& parts, const ProducerBatch& batch,
                                  const PartitionProduceResponse& answer) {
  TransactionManager& t = parts.transactions;
  const protocol::TopicPartition p = batch.partition;
  if (answer.error == ErrorCode::UNKNOWN_PRODUCER_ID) {
    if (answer.log_start_offset.value == -1 || batch.sequence_reset) return true;
    t.request_epoch_bump(p);
    return true;
  }
  if (answer.error == ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER) {
    // The batch is not the expected one: earlier batches are being sent again.
    if (!t.has_unresolved_sequence(p) && (batch.sequence_reset || !t.is_next_sequence(p, batch.base_sequence)))
      return true;
    if (!t.has_unresolved_sequence(p) || t.is_next_after_unresolved(p, batch.base_sequence)) t.request_epoch_bump(p);
    return true;
  }
  return protocol::retriable(answer.error);
}

void Sender::succeed(Ctx& ctx, SenderParts& parts, ProducerBatch& batch, const PartitionProduceResponse& answer) {
  if (parts.transactions.enabled)
    parts.transactions.on_acked(batch.partition, increment_sequence(batch.base_sequence, batch.count() - 1),
                                answer.base_offset.known() ? answer.base_offset.value + batch.count() - 1 : -1,
                                batch.id);
  if (batch.done) return;  // the batch had expired: the result is too late for its futures
  const protocol::TraceSubject subject{batch.sealed.get(), answer.base_offset};
  ctx.trace(fact::BatchAcked{.partition = batch.partition,
                             .count = batch.count(),
                             .base_offset = answer.base_offset,
                             .attempt = batch.attempts},
            &subject);
  parts.stats.acked += batch.count();
  for (Instant at : batch.handed_at) parts.stats.latency.add((ctx.now() - at).us);
  note_answered(parts, batch);
  parts.accumulator.release(batch);
}

// Sender.failBatch, KIP-467: a single refused record gets the exception of the partition's error. If several records
// were refused, the client does not know which of them the partition's error is about: each gets an
// InvalidRecordException. The valid records of the batch get a KafkaException.
void Sender::throw_for_each_record(Ctx& ctx, SenderParts& parts, const ProducerBatch& batch,
                                   const std::string& exception, const std::vector<protocol::RecordError>& refused) {
  for (std::int32_t i = 0; i < batch.count(); ++i) {
    const auto error = std::find_if(refused.begin(), refused.end(),
                                    [i](const protocol::RecordError& e) { return e.batch_index == i; });
    if (error == refused.end())
      parts.stats.exception(
          ctx, "KafkaException", batch.partition,
          "Failed to append record because it was part of a batch which had one more more invalid records");
    else
      parts.stats.exception(ctx, refused.size() == 1 ? exception : "InvalidRecordException", batch.partition,
                            error->message);
  }
}

void Sender::fail(Ctx& ctx, SenderParts& parts, ProducerBatch& batch, ErrorCode error, bool adjust_sequences,
                  std::string message, std::string exception, const std::vector<protocol::RecordError>& refused) {
  if (batch.done) return;
  const bool aborted = !exception.empty();  // ProducerBatch.abort: the transaction's state does not change
  if (!aborted)
    exception =
        parts.transactions.transactional() ? exception_of(error, options_.old).class_name : exception_name(error);
  // Sender.failBatch: authorization errors keep their own messages.
  if (message.empty() && error != ErrorCode::TOPIC_AUTHORIZATION_FAILED &&
      error != ErrorCode::CLUSTER_AUTHORIZATION_FAILED)
    message = protocol::error_text(error, options_.old);
  parts.stats.failed += batch.count();
  parts.stats.metrics.producer.record_error_total += batch.count();
  parts.stats.metrics.producer.record_error.record(batch.count(), ctx.now());
  if (parts.heard && (refused.empty() || options_.old)) {  // 2.5's producer does not read the record errors
    parts.stats.exception(ctx, exception, batch.partition, std::move(message), {}, batch.count());
  } else if (parts.heard) {
    throw_for_each_record(ctx, parts, batch, exception, refused);
  }
  if (!batch.sealed) parts.accumulator.close_for_good(batch);
  const protocol::TraceSubject subject{batch.sealed.get(), {}};
  ctx.trace(fact::BatchFailed{batch.partition, batch.count(), error, exception}, &subject);
  note_answered(parts, batch);
  TransactionManager& t = parts.transactions;
  if (t.transactional()) {
    if (aborted) {
      t.remove_in_flight(batch.partition, batch.id);
    } else {
      t.on_batch_failed(batch.partition, batch.id, exception_of(error, options_.old));
      if (adjust_sequences && batch.has_sequence() && !t.has_fatal_error())
        parts.accumulator.renumber(t.close_gap(batch.partition, batch.base_sequence, batch.count(),
                                               [&](BatchId id) { return parts.accumulator.find(id)->base_sequence; }));
    }
  } else if (t.enabled) {
    // TransactionManager.maybeTransitionToErrorState; in 2.5 INVALID_PRODUCER_EPOCH is the ProducerFencedException.
    if (error == ErrorCode::CLUSTER_AUTHORIZATION_FAILED && batch.has_sequence()) t.fatal_error = error;
    if (error == ErrorCode::INVALID_PRODUCER_EPOCH && options_.old) t.fatal_error = error;
    t.remove_in_flight(batch.partition, batch.id);
    const bool hole = batch.has_sequence() && (error == ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER || adjust_sequences);
    if (hole && !t.failed_for_good()) t.request_epoch_bump(batch.partition);
  }
  parts.accumulator.release(batch);
}

bool Sender::abort_batches(Ctx& ctx, SenderParts& parts, ErrorCode error, const std::string& exception) {
  const std::vector<BatchId> queued = parts.accumulator.expired(sim::kNever),
                             in_flight = parts.accumulator.expired_in_flight(sim::kNever);
  for (BatchId id : queued) {
    fail(ctx, parts, *parts.accumulator.find(id), error, false, {}, exception);
    parts.accumulator.forget(id);
  }
  for (BatchId id : in_flight)
    fail(ctx, parts, *parts.accumulator.find(id), error, false, {}, exception);  // freed with its response
  return !queued.empty() || !in_flight.empty();
}

void Sender::note_answered(const SenderParts& parts, const ProducerBatch& batch) {
  if (!parts.awaited) return;
  const protocol::RecordList& records = batch.sealed->records;
  for (std::size_t i = 0; i < records.size(); ++i) answered_ |= records.number(i) == *parts.awaited;
}

void Sender::expire(Ctx& ctx, SenderParts& parts) {
  std::vector<BatchId> over = parts.accumulator.expired(ctx.now());
  const std::vector<BatchId> in_flight = parts.accumulator.expired_in_flight(ctx.now());
  over.insert(over.end(), in_flight.begin(), in_flight.end());
  for (BatchId id : over) {
    ProducerBatch& batch = *parts.accumulator.find(id);
    fail(ctx, parts, batch, ErrorCode::REQUEST_TIMED_OUT, false,
         fmt::format("Expiring {} record(s) for {}-{}:{} ms has passed since batch creation", batch.count(),
                     parts.core.metadata.name_of(batch.partition.topic), batch.partition.partition,
                     (ctx.now() - batch.created_at).us / 1000));
    // The result at the broker is unknown: no new batch of the partition is sent until the others in flight are
    // answered.
    if (parts.transactions.enabled && batch.in_retry)
      parts.transactions.mark_unresolved(batch.partition, increment_sequence(batch.base_sequence, batch.count()));
    if (!batch.in_flight) parts.accumulator.forget(id);
  }
}

}  // namespace kafkascope::client
