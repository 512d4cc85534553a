#include "client/transform.h"

#include <utility>

namespace kafkascope::client {

namespace {

OutgoingRecord copy_of(const Consumer::Item& item, std::string topic) {
  const protocol::RecordView record = item.batch->records[static_cast<std::size_t>(item.index)];
  const auto bytes = [](const std::optional<std::string_view>& text) -> std::optional<protocol::Plain> {
    return text ? std::optional<protocol::Plain>(protocol::RawBytes{std::string(*text)}) : std::nullopt;
  };
  OutgoingRecord out;
  out.topic = std::move(topic);
  out.key = bytes(record.key);
  out.value = bytes(record.value);
  out.filler = record.filler;
  return out;
}

}  // namespace

Transform::Transform(TransformOptions options)
    : options_(std::move(options)), consumer_(options_.consumer), producer_(options_.producer) {}

void Transform::on_start(Ctx& ctx) {
  failed_before_ = producer_.stats().failed;
  forget_transaction();
  consumes_ = false;
  producer_.on_start(ctx);
  settle(ctx);
}

void Transform::on_death(sim::Death death, sim::Instant now) {
  consumer_.on_death(death, now);
  producer_.on_death(death, now);
  forget_transaction();
  consumes_ = false;
  failed_before_ = 0;
}

void Transform::on_message(Ctx& ctx, sim::ConnectionId connection, const protocol::Message& message) {
  if (producer_.network().owns(connection)) producer_.on_message(ctx, connection, message);
  else consumer_.on_message(ctx, connection, message);
  settle(ctx);
}

void Transform::on_disconnect(Ctx& ctx, sim::ConnectionId connection, sim::Disconnect reason) {
  if (producer_.network().owns(connection)) producer_.on_disconnect(ctx, connection, reason);
  else consumer_.on_disconnect(ctx, connection, reason);
  settle(ctx);
}

void Transform::on_timer(Ctx& ctx, std::uint16_t kind, std::uint64_t arg) {
  if (kind < timer::kConsumer) producer_.on_timer(ctx, kind, arg);
  else consumer_.on_timer(ctx, kind, arg);
  settle(ctx);
}

void Transform::settle(Ctx& ctx) {
  while (step(ctx)) {
  }
}

/// The positions after the records that poll() returned. A partition that has been lost since then no longer has a
/// position; its offset is included, so that the group coordinator refuses the transaction of a member that is no
/// longer in the group.
std::vector<protocol::OffsetCommitPartition> Transform::offsets_to_commit() const {
  std::vector<protocol::OffsetCommitPartition> offsets;
  auto positions = consumer_.subscriptions().all_consumed();
  if (aside_) positions[aside_->first].offset = aside_->second;
  for (const auto& [p, position] : positions) offsets.push_back({p, position.offset, position.offset_epoch, {}});
  for (const auto& [p, next] : processed_)
    if (!positions.contains(p)) offsets.push_back({p, next, {}, {}});
  return offsets;
}

void Transform::forget_transaction() {
  transaction_ = Transaction::None;
  processed_.clear();
  aside_.reset();
}

void Transform::begin_abort(Ctx& ctx) {
  transaction_ = Transaction::Aborting;
  producer_.call(ctx, {TransactionCall::Kind::Abort});
}

/// All records of the poll have been processed, and their output has been passed to send(). Kafka: the example
/// ExactlyOnceMessageProcessor; a commit or an abort that timed out is repeated, as their documentation requires.
bool Transform::step_of_transaction(Ctx& ctx) {
  if (producer_.calling()) return false;
  const bool late = producer_.thrown() && producer_.thrown()->is("TimeoutException");
  const bool fatal = producer_.transactions().has_fatal_error();
  switch (transaction_) {
    case Transaction::None:  // no record was written
      consumer_.forwarded(ctx, Consumer::Next::GoOn);
      return true;
    case Transaction::Open:
      if (producer_.thrown() && !fatal) {
        begin_abort(ctx);
        return true;
      }
      transaction_ = Transaction::SendingOffsets;
      producer_.call(ctx, {TransactionCall::Kind::SendOffsets, offsets_to_commit(), consumer_.group().metadata()});
      return true;
    case Transaction::SendingOffsets:
      if (fatal) break;
      if (producer_.thrown()) {
        begin_abort(ctx);
      } else {
        transaction_ = Transaction::Committing;
        producer_.call(ctx, {TransactionCall::Kind::Commit});
      }
      return true;
    case Transaction::Committing:
      if (fatal) break;
      if (late) {
        producer_.call(ctx, {TransactionCall::Kind::Commit});
      } else if (producer_.thrown()) {
        begin_abort(ctx);
      } else {
        forget_transaction();
        consumer_.forwarded(ctx, Consumer::Next::GoOn);
      }
      return true;
    case Transaction::Aborting:
      if (fatal) break;
      if (late) {
        producer_.call(ctx, {TransactionCall::Kind::Abort});
        return true;
      }
      forget_transaction();
      consumer_.forwarded(ctx, Consumer::Next::BackToCommitted);
      return true;
  }
  // A fenced producer, or another fatal error: the program closes, and nothing is committed.
  forget_transaction();
  consumer_.forwarded(ctx, Consumer::Next::BackToCommitted);
  consumer_.request_stop(ctx);
  return true;
}

std::vector<OutgoingRecord> Transform::take_output() {
  std::vector<OutgoingRecord> out;
  for (const Consumer::Item& item : consumer_.take_output()) {
    out.push_back(copy_of(item, options_.producer.topic));
    if (producer_.transactions().transactional())
      processed_[item.partition] = item.base_offset + item.batch->offset_delta(item.index) + 1;
  }
  if (!out.empty()) return out;
  if (const auto bad = options_.dead_letter.empty() ? std::nullopt : consumer_.set_aside()) {
    OutgoingRecord record = copy_of({bad->partition, bad->batch, bad->base_offset, bad->index}, options_.dead_letter);
    // With KIP-1036 the exception has the record's bytes; the header names are those of Connect (KIP-298).
    record.headers = {
        {"__connect.errors.exception.class.name", "org.apache.kafka.common.errors.RecordDeserializationException"},
        {"__connect.errors.offset", std::to_string(bad->offset().value)}};
    out.push_back(std::move(record));
    aside_ = {bad->partition, bad->offset() + 1};
  }
  return out;
}

/// Does one exchange between the consumer and the producer. Returns false if there is nothing to exchange.
bool Transform::step(Ctx& ctx) {
  if (!consumes_ && !(producer_.transactions().transactional() && producer_.calling())) {
    consumes_ = true;
    consumer_.on_start(ctx);
    return true;
  }
  if (consumer_.activity() == Consumer::Activity::Down) return false;
  if (std::vector<OutgoingRecord> out = take_output(); !out.empty()) {
    if (producer_.transactions().transactional() && transaction_ == Transaction::None) {
      transaction_ = Transaction::Open;
      producer_.call(ctx, {TransactionCall::Kind::Begin});
    }
    producer_.produce(ctx, std::move(out));
    return true;
  }
  if (!consumer_.forwarding()) return false;
  if (producer_.transactions().transactional()) return step_of_transaction(ctx);
  // At most once: the offsets are committed before, whether or not the output succeeds.
  if (options_.consumer.commit == CommitMode::SyncBefore) {
    consumer_.forwarded(ctx, Consumer::Next::GoOn);
    return true;
  }
  if (!producer_.quiet()) {
    producer_.flush(ctx);
    if (!producer_.quiet()) return false;
  }
  producer_.finish_flush();
  const bool all = producer_.stats().failed == failed_before_;
  failed_before_ = producer_.stats().failed;
  consumer_.forwarded(ctx, all ? Consumer::Next::Commit : Consumer::Next::ReadAgain);
  return true;
}

void Transform::request_stop(Ctx& ctx) {
  if (!std::exchange(consumes_, true)) consumer_.on_start(ctx);
  consumer_.request_stop(ctx);
  settle(ctx);
}

void Transform::set_config(Config config) {
  consumer_.set_config(config);
  producer_.set_config(config);
  options_.config = std::move(config);
}

}  // namespace kafkascope::client
