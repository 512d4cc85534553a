#include "client/producer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "client/idempotence.h"
#include "protocol/facts_of_clients.h"
#include "sim/mutant.h"

namespace kafkascope::client {

using protocol::ErrorCode;
using sim::Instant;

std::string acks_in_effect(const Config& config) {
  const bool asked = config.flag("enable.idempotence") || !config.text("transactional.id").empty();
  const bool old = config.version() == protocol::KafkaVersion::V2_5;
  return old && asked && !config.explicitly("acks") ? "all" : config.text("acks");
}

bool idempotent(const Config& config) {
  if (!config.text("transactional.id").empty()) return true;
  if (!config.flag("enable.idempotence")) return false;
  const std::string acks = acks_in_effect(config);
  return (acks == "all" || acks == "-1") && config.number("retries") > 0;
}

std::string idempotence_conflict(const Config& config) {
  if (!config.flag("enable.idempotence") || config.explicitly("enable.idempotence") || idempotent(config)) return {};
  const char* key = config.number("retries") == 0 ? "retries" : "acks";
  return std::string(key) + "=" + config.text(key);
}

namespace {
/// Exceptions that KafkaProducer.doSend throws itself; an ApiException is put into the future instead.
bool thrown_by_send(std::string_view exception) {
  return exception == "SerializationException" || exception == "KafkaException" ||
         exception == "IllegalArgumentException" || exception == "IllegalStateException";
}

void set_timer(Ctx& ctx, sim::TimerId& timer, Instant due, std::uint16_t kind) {
  if (due != sim::kNever) due = std::max(due, ctx.now());
  if (ctx.due(timer) == due) return;
  ctx.cancel(timer);
  if (due != sim::kNever) timer = ctx.set_timer_at(due, kind);
}

/// Aborts the open transaction on close, once every request has been answered (Sender.run). Returns true if the abort
/// begins.
bool abort_incomplete(TransactionManager& transactions, const Accumulator& accumulator, const Sender& sender) {
  if (!transactions.has_ongoing() || transactions.is_completing() || transactions.pending_requests() > 0 ||
      accumulator.has_undrained() || !sender.idle())
    return false;
  if (transactions.begin_abort().thrown) transactions.close();
  return transactions.is_completing();
}

void tell_changes(Ctx& ctx, TransactionManager& transactions) {
  for (const TransactionStates::Change& change : transactions.take_changes())
    ctx.trace(fact::ProducerTransaction{static_cast<std::int64_t>(change.from), static_cast<std::int64_t>(change.to),
                                        transactions.producer().id, transactions.producer().epoch, change.exception});
}

/// Generates a value that fits the serializer: text or bytes of that size, a counter, or an order.
void generate_value(PendingSend& s, protocol::Serde serde, std::uint32_t number, std::int64_t size) {
  s.record.filler = 0;
  switch (serde) {
    case protocol::Serde::Long:
    case protocol::Serde::Double: s.record.value = protocol::serialize(serde, std::int64_t{number}).bytes; return;
    case protocol::Serde::Purchase:
      s.record.value = protocol::serialize(serde, "book " + std::to_string(1 + number % 9) + " 1500").bytes;
      return;
    default: break;
  }
  s.record.value = std::string_view();
  s.record.filler = static_cast<std::int32_t>(size);
}
}  // namespace

Producer::Producer(const Producer&) = default;
Producer::Producer(Producer&&) noexcept = default;
Producer& Producer::operator=(const Producer&) = default;
Producer& Producer::operator=(Producer&&) noexcept = default;
Producer::~Producer() = default;

Producer::Producer(ProducerOptions options) : options_(std::move(options)) {}

void Producer::on_start(Ctx& ctx) {
  Config config = options_.config;
  if (const std::string acks = acks_in_effect(config); acks != config.text("acks")) config.set("acks", acks);
  NetworkOptions network = NetworkOptions::from(config);
  network.max_in_flight = static_cast<int>(config.number("max.in.flight.requests.per.connection"));
  network.timer_kind = timer::kProducer;
  network.sleeps = true;
  core_ = {};
  core_.network = NetworkClient(network);
  core_.metadata = MetadataCache(options_.bootstrap, config);
  if (!options_.topic.empty()) core_.metadata.add_topic(options_.topic);
  stats_.metrics = {};
  accumulator_ = Accumulator(AccumulatorOptions::from(config));
  transactions_ = TransactionManager(TransactionOptions::from(config));
  transactions_.enabled = idempotent(config);
  partitioner_ = Partitioner(options_.partitioner, config);
  sender_ = Sender(SenderOptions::from(config));
  keys_ = KeySource(options_.keys);
  schedule_.start(ctx.now(), options_.rate_millionths);
  max_block_ = sim::milliseconds(config.number("max.block.ms"));
  key_serde_ = protocol::serde_of_class(config.text("key.serializer")).value_or(protocol::Serde::String);
  value_serde_ = protocol::serde_of_class(config.text("value.serializer")).value_or(protocol::Serde::String);
  busy_until_ = {0};
  busy_rest_ns_ = 0;
  generated_ = 0;
  calling_.reset();
  thrown_.reset();
  in_transaction_ = -1;
  commanded_.assign(options_.input.begin(), options_.input.end());
  if (transactions_.transactional()) commanded_.emplace_front(TransactionCall{TransactionCall::Kind::Init});
  in_send_ = false;
  waiting_for_answer_.reset();
  record_timer_ = sender_timer_ = block_timer_ = {};
  running_ = true;
  stopping_ = false;
  ctx.set_state(sim::NodeState::Running);
  run(ctx);
}

/// The counters and the numbering of the producer's records continue.
void Producer::on_death(sim::Death, Instant) {
  Producer fresh(std::move(options_));
  fresh.stats_ = std::move(stats_);
  fresh.next_number_ = next_number_;
  calls_.drop();
  fresh.calls_ = std::move(calls_);
  *this = std::move(fresh);
}

void Producer::on_message(Ctx& ctx, sim::ConnectionId connection, const protocol::Message& message) {
  handle(ctx, core_.network.on_message(ctx, connection, message));
}
void Producer::on_disconnect(Ctx& ctx, sim::ConnectionId connection, sim::Disconnect) {
  handle(ctx, core_.network.on_disconnect(ctx, connection));
}
void Producer::on_timer(Ctx& ctx, std::uint16_t kind, std::uint64_t) {
  if (kind == timer::kProducer) {
    handle(ctx, core_.network.on_timer(ctx));
    return;
  }
  if (kind == timer::kProducerRecord && running_ && !stopping_) {
    run_application(ctx);
    if (!wake_sender_ && !stopping_ && may_send_next(ctx.now())) return arm_record_timer(ctx);
  }
  if (running_ && (wake_sender_ || kind == timer::kProducerSender)) return handle(ctx, core_.network.on_wake(ctx));
  run(ctx);
}

void Producer::handle(Ctx& ctx, NetworkClient::Event event) {
  if (event.lost) core_.on_connection_lost();
  for (const Completed& done : event.completed)
    if (!core_.on_completed(ctx, done, stats_)) sender_.on_completed(ctx, parts(), done);
  for (const auto& [before, now] : core_.metadata.take_recreated()) {
    accumulator_.retarget(before, now);
    transactions_.retarget(before, now);
  }
  run(ctx);
}

void Producer::produce(Ctx& ctx, std::vector<OutgoingRecord> records, Asked by) {
  if (!running_ || stopping_) return;
  const std::int32_t asked_by =
      by == Asked::Act ? calls_.ask(ctx.now(), static_cast<std::int64_t>(records.size())) : -1;
  for (OutgoingRecord& r : records) {
    r.asked_by = asked_by;
    commanded_.push_back(std::move(r));
  }
  run(ctx);
}

void Producer::call(Ctx& ctx, TransactionCall call, Asked by) {
  if (!running_ || stopping_) return;
  call.asked_by = by == Asked::Act ? calls_.ask(ctx.now(), 1) : -1;
  commanded_.push_back(std::move(call));
  run(ctx);
}

void Producer::behave(Ctx& ctx, const ProducerBehavior& change) {
  if (change.rate_millionths) {
    options_.rate_millionths = *change.rate_millionths;
    if (running_) schedule_.change(ctx.now(), *change.rate_millionths);
  }
  if (change.send) options_.send = *change.send;
  if (change.partitioner) {
    options_.partitioner = *change.partitioner;
    partitioner_.set_options(*change.partitioner);
  }
  if (running_) run(ctx);
}

void Producer::flush(Ctx& ctx) {
  accumulator_.set_flushing(true);
  run(ctx);
}

void Producer::request_stop(Ctx& ctx) {
  if (!running_ || stopping_) return;
  begin_close(ctx);
  run(ctx);
}

void Producer::begin_close(Ctx& ctx) {
  stopping_ = true;
  commanded_.clear();
  calls_.drop();
  accumulator_.set_flushing(true);
  if (in_send_ && send_.for_memory)
    refuse(ctx, "KafkaException", ErrorCode::NONE, "Producer closed while allocating memory");  // BufferPool.close
  ctx.set_state(sim::NodeState::ShuttingDown);
}

void Producer::finish_stop(Ctx& ctx) {
  if (accumulator_.has_undrained() || !sender_.idle() || transactions_.is_completing()) return;
  if (transactions_.has_ongoing() && transactions_.pending_requests() > 0) return;
  if (in_send_)
    refuse(ctx, "KafkaException", ErrorCode::NONE,
           "Requested metadata update after close");  // closing the sender closes the metadata that send() waits for
  core_.network.close_all(ctx);
  running_ = false;
  ctx.exit();
}

void Producer::send(Ctx& ctx, OutgoingRecord out) {
  PendingSend& s = send_;
  protocol::Serialized key = protocol::serialize(key_serde_, out.key),
                       value = protocol::serialize(value_serde_, out.value);
  s.record.key = std::move(key.bytes);
  s.record.value = std::move(value.bytes);
  s.record.headers = protocol::pack_headers(out.headers);
  s.record.filler = out.filler;
  s.record.timestamp_ms = out.timestamp_ms.value_or(ctx.wall_clock_ms());
  s.topic = std::move(out.topic);
  s.partition = out.partition;
  s.asked_by = out.asked_by;
  s.misfit = !key.fits ? misfit("key", out.key) : !value.fits ? misfit("value", out.value) : "";
  hand_over(ctx);
}

std::string Producer::misfit(std::string_view part, const std::optional<protocol::Plain>& given) const {
  const std::string setting = std::string(part) + ".serializer";
  return fmt::format("Can't convert {} of class {} to class {} specified in {}", part, protocol::java_class(*given),
                     options_.config.text(setting), setting);
}

void Producer::send_generated(Ctx& ctx) {
  PendingSend& s = send_;
  if (const auto key = keys_.next(ctx.random(sim::Stream::Workload))) s.record.key = *key;
  else s.record.key.reset();
  s.record.headers.clear();
  s.topic.clear();
  s.partition.reset();
  generate_value(s, value_serde_, next_number_, options_.value_size);
  s.record.timestamp_ms = ctx.wall_clock_ms();
  s.misfit.clear();
  hand_over(ctx);
}

/// Calls send() with the content of send_.
void Producer::hand_over(Ctx& ctx) {
  PendingSend& s = send_;
  in_send_ = true;
  calls_.hand_over(s.asked_by, next_number_);
  s.for_memory = false;
  s.record.number = next_number_++;
  s.deadline = ctx.now() + max_block_;
  s.metadata_version = core_.metadata.version();
  ++stats_.sent;
  ctx.trace(fact::RecordSent{{}, s.record.number, s.record.key ? *s.record.key : std::string()});
  if (!s.topic.empty()) core_.metadata.add_topic(s.topic);
  if (options_.send == SendMode::Sync) waiting_for_answer_ = s.record.number;
  if (in_transaction_ >= 0) ++in_transaction_;
  try_send(ctx);
}

void Producer::refuse(Ctx& ctx, std::string exception, ErrorCode error, std::string message) {
  const std::uint32_t number = send_.record.number;
  protocol::TopicPartition p;
  if (const BelievedTopic* t = core_.metadata.topic(topic_of(send_))) p = {t->id, send_.partition.value_or(-1)};
  in_send_ = false;
  stats_.metrics.producer.buffer_exhausted_total += exception == "BufferExhaustedException";
  if (transactions_.transactional())
    if (const auto instead = note_send_exception({exception, message, {}, error},
                                                 !thrown_by_send(exception) && error != ErrorCode::NONE)) {
      exception = instead->class_name;
      message = instead->message;
      error = ErrorCode::NONE;
    }
  calls_.answer(std::exchange(send_.asked_by, -1), exception);
  wake_sender_ = true;
  ++stats_.failed;
  if (exception != "IllegalArgumentException") {  // not a KafkaException: doSend does not count an error
    ++stats_.metrics.producer.record_error_total;
    stats_.metrics.producer.record_error.record(1, ctx.now());
  }
  if (options_.send != SendMode::FireAndForget || thrown_by_send(exception))
    stats_.exception(ctx, exception, p, std::move(message));
  ctx.trace(fact::RecordFailed{p, number, error, exception});
  if (waiting_for_answer_ == number) waiting_for_answer_.reset();
  accumulator_.set_waiting_for_memory(false);
}

Producer::Sent Producer::try_send(Ctx& ctx) {
  PendingSend& b = send_;
  const std::int64_t max_block_ms = max_block_.us / 1000;
  const BelievedTopic* topic = core_.metadata.topic(topic_of(b));
  const bool known = topic && !topic->partitions.empty() &&
                     (!b.partition || *b.partition < static_cast<std::int32_t>(topic->partitions.size()));
  if (!known) {  // KafkaProducer.waitOnMetadata
    b.for_memory = false;
    if (core_.metadata.refused_since(topic_of(b), b.metadata_version)) {
      refuse(ctx, exception_name(ErrorCode::TOPIC_AUTHORIZATION_FAILED), ErrorCode::TOPIC_AUTHORIZATION_FAILED,
             fmt::format("Not authorized to access topics: [{}]", topic_of(b)));
      return Sent::Returned;
    }
    if (!core_.metadata.in_flight) core_.metadata.request_update();
    if (ctx.now() < b.deadline) return Sent::Blocked;
    const std::string what = topic == nullptr || topic->partitions.empty()
                                 ? fmt::format("Topic {} not", topic_of(b))
                                 : fmt::format("Partition {} of topic {} with partition count {} is not", *b.partition,
                                               topic_of(b), topic->partitions.size());
    refuse(ctx, "TimeoutException", ErrorCode::REQUEST_TIMED_OUT,
           fmt::format("{} present in metadata after {} ms.", what, max_block_ms));
    return Sent::Returned;
  }
  // The serializer does not fit the object's class (KafkaProducer.doSend, after a ClassCastException).
  if (!b.misfit.empty() && !sim::mutant("serializer-takes-anything")) {
    refuse(ctx, "SerializationException", ErrorCode::NONE, b.misfit);
    return Sent::Returned;
  }
  if (stopping_) {  // RecordAccumulator.tryAppend: the producer was closed while send() was running
    refuse(ctx, "KafkaException", ErrorCode::NONE, "Producer closed while send in progress");
    return Sent::Returned;
  }
  const protocol::RecordView record = b.record;
  const std::int32_t size = Accumulator::upper_bound(record);  // KafkaProducer.ensureValidRecordSize
  const AccumulatorOptions& limits = accumulator_.options();
  if (size > limits.max_request_size || size > limits.buffer_memory) {
    refuse(ctx, "RecordTooLargeException", ErrorCode::MESSAGE_TOO_LARGE,
           fmt::format("The message is {} bytes when serialized which is larger than {} configuration.", size,
                       size > limits.max_request_size
                           ? fmt::format("{}, which is the value of the max.request.size", limits.max_request_size)
                           : "the total memory buffer you have configured with the buffer.memory"));
    return Sent::Returned;
  }
  if (transactions_.transactional() && transactions_.options().old)
    if (const auto thrown = transactions_.ready_for_send()) {
      refuse(ctx, thrown->class_name, ErrorCode::NONE, thrown->message);
      return Sent::Returned;
    }
  // TransactionManager.maybeFailWithError. 2.5 checks only producers with a transactional.id; the record of another
  // producer fails with its batch.
  if (transactions_.failed_for_good() && options_.config.version() != protocol::KafkaVersion::V2_5) {
    refuse(ctx, "KafkaException", transactions_.fatal_error,
           "Cannot execute transactional method because we are in an error state");
    return Sent::Returned;
  }
  if (limits.batch_size > limits.buffer_memory) {  // BufferPool.allocate would wait forever
    refuse(ctx, "IllegalArgumentException", ErrorCode::NONE,
           fmt::format("Attempt to allocate {} bytes, but there is a hard limit of {} on memory allocations.",
                       limits.batch_size, limits.buffer_memory));
    return Sent::Returned;
  }
  std::optional<std::int32_t> partition = b.partition;
  if (!partition) {
    partition = partitioner_.by_key(*topic, record.key);
    // 2.5 calls the partitioner again when a batch begins, so round robin skips every other partition (KAFKA-9965).
    if (partition && partitioner_.per_batch() && accumulator_.needs_new_batch({topic->id, *partition}, record))
      partition = partitioner_.by_key(*topic, record.key);
    if (partition) b.partition = partition;  // while it waits for memory it does not advance the partitioner again
  }
  StickyChoice* const sticky = partition ? nullptr : &partitioner_.sticky(topic_of(b));
  if (sticky != nullptr) {
    StickyChoice& choice = *sticky;
    const std::int32_t batch_size = accumulator_.options().batch_size;
    partition = choice.current(ctx, *topic);
    if (partitioner_.per_batch()) {  // KIP-480: a completed batch ends the stickiness
      const protocol::TopicPartition at{topic->id, *partition};
      if (accumulator_.has_queue(at) && accumulator_.needs_new_batch(at, record)) {
        choice.next(ctx, *topic, true);
        partition = choice.current(ctx, *topic);
      }
    } else if (accumulator_.all_batches_full({topic->id, *partition})) {
      choice.appended(ctx, *topic, 0, batch_size, true);  // the switch that an open batch had delayed
      partition = choice.current(ctx, *topic);
    }
  }
  const protocol::TopicPartition p{topic->id, *partition};
  const Accumulator::Append result = accumulator_.append(ctx, p, record, ctx.self().index);
  if (!result.fits) {
    b.for_memory = true;
    accumulator_.set_waiting_for_memory(true);
    if (ctx.now() < b.deadline) return Sent::Blocked;
    // In 2.5 BufferPool.allocate throws an ordinary timeout, which does not count as an exhausted buffer.
    const std::string within = fmt::format(" within the configured max blocking time {} ms.", max_block_ms);
    if (options_.config.version() == protocol::KafkaVersion::V2_5)
      refuse(ctx, "TimeoutException", ErrorCode::REQUEST_TIMED_OUT, "Failed to allocate memory" + within);
    else
      refuse(
          ctx, "BufferExhaustedException", ErrorCode::REQUEST_TIMED_OUT,
          fmt::format(
              "Failed to allocate {} bytes{} Total memory: {} bytes. Available memory: {} bytes. Poolable size: {} bytes",
              std::max(limits.batch_size, size), within, limits.buffer_memory, accumulator_.free_memory(),
              limits.batch_size));
    return Sent::Returned;
  }
  if (sticky != nullptr && !partitioner_.per_batch())
    sticky->appended(ctx, *topic, result.bytes, accumulator_.options().batch_size, accumulator_.all_batches_full(p));
  accumulator_.set_waiting_for_memory(false);
  in_send_ = false;
  const bool waited_for_memory = b.for_memory;
  const auto asked_by = std::exchange(send_.asked_by, -1);
  const std::optional<ClientException> thrown =
      transactions_.transactional() ? join_transaction(ctx, p) : std::optional<ClientException>();
  wake_sender_ |= waited_for_memory || (result.wakes_sender && !thrown);
  calls_.answer(asked_by, thrown ? std::string_view(thrown->class_name) : std::string_view());
  spend(ctx, protocol::compress_ns(accumulator_.options().compression, result.record_bytes));
  return Sent::Returned;
}

void Producer::spend(Ctx& ctx, std::int64_t compressing_ns) {
  if (compressing_ns == 0) return;
  busy_rest_ns_ += compressing_ns;
  busy_until_ = ctx.now() + sim::Duration{busy_rest_ns_ / 1000};
  busy_rest_ns_ %= 1000;
}

bool Producer::run_application(Ctx& ctx) {
  bool moved = await_call(ctx);
  const bool was_blocked = in_send_;
  if (was_blocked && try_send(ctx) == Sent::Blocked) return false;
  if (sender_.take_answered()) waiting_for_answer_.reset();
  if (was_blocked) moved = true;
  if (stopping_) return moved;
  while (!stopping_ && may_send_next(ctx.now())) {
    const bool due = !commanded_.empty() || (more_to_generate() && schedule_.next() <= ctx.now());
    const bool calls = !commanded_.empty() && std::holds_alternative<TransactionCall>(commanded_.front());
    if (options_.transaction.records > 0 && !calls && next_of_transaction(ctx, due)) {
      moved = true;
      continue;
    }
    if (!commanded_.empty()) {
      auto next = std::move(commanded_.front());
      commanded_.pop_front();
      if (auto* call = std::get_if<TransactionCall>(&next)) perform(ctx, std::move(*call));
      else send(ctx, std::get<OutgoingRecord>(std::move(next)));
      moved = true;
      continue;
    }
    if (!more_to_generate()) break;
    if (schedule_.next() > ctx.now()) break;
    schedule_.delay_until(ctx.now());
    schedule_.advance();
    ++generated_;
    send_generated(ctx);
    moved = true;
  }
  return moved;
}

void Producer::run(Ctx& ctx) {
  if (!running_) return;
  // A step of the sender may free memory or complete a send().get(), and the application's next send may fill a batch.
  for (bool again = true; again;) {
    again = run_application(ctx);
    if (options_.ends_with_input && !stopping_ && commanded_.empty() && may_send_next(ctx.now())) {
      begin_close(ctx);
      again = true;
    }
    if (stopping_) again |= abort_incomplete(transactions_, accumulator_, sender_);
    wake_sender_ = false;
    again |= sender_.run_once(ctx, parts());
    tell_changes(ctx, transactions_);
  }
  const Instant metadata_due = core_.maybe_update_metadata(ctx);
  if (stopping_) {
    finish_stop(ctx);
    if (!running_) return;
  }
  arm_record_timer(ctx);
  set_timer(ctx, sender_timer_, std::min(sender_.next_wake(), metadata_due), timer::kProducerSender);
  set_timer(ctx, block_timer_,
            in_send_   ? send_.deadline
            : calling_ ? calling_->deadline
                       : sim::kNever,
            timer::kProducerBlock);
  core_.network.arm(ctx);
}

void Producer::arm_record_timer(Ctx& ctx) {
  const bool busy = busy_until_ > ctx.now();
  const bool due = may_send_next(std::max(ctx.now(), busy_until_)) && !stopping_ &&
                   (more_to_generate() || (busy && !commanded_.empty()));
  const Instant next = busy && !commanded_.empty() ? Instant{0} : schedule_.next();
  set_timer(ctx, record_timer_, due ? std::max(next, busy_until_) : sim::kNever, timer::kProducerRecord);
}

}  // namespace kafkascope::client
