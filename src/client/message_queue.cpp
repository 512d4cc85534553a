#include "client/message_queue.h"

#include <algorithm>
#include <utility>

#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_queues.h"
#include "protocol/messages_contrast.h"
#include "sim/mutant.h"

namespace kafkascope::client {

using protocol::QueueMessage;
using sim::Instant;

namespace {

constexpr sim::Duration kReconnectAfter = sim::seconds(1);

template <sim::Fact F>
void trace_message(Ctx& ctx, F fact, const QueueMessage& message) {
  const protocol::TraceSubject subject{message.batch.get(), protocol::Offset{0}};
  ctx.trace(std::move(fact), &subject);
}

}  // namespace

// ---------------------------------------------------------------------------------------------- the queue

MessageQueue::MessageQueue(QueueOptions options) : options_(std::move(options)) {
  if (!options_.fanout) lines_[""];
  for (const std::string& consumer : options_.bound)
    if (options_.fanout) lines_[consumer];
}

void MessageQueue::on_start(Ctx& ctx) {
  ctx.set_state(sim::NodeState::Running);
  arm(ctx);
}

void MessageQueue::on_death(sim::Death, Instant) {
  readers_.clear();
  timer_ = {};
}

void MessageQueue::on_message(Ctx& ctx, sim::ConnectionId connection, const protocol::Message& message) {
  if (const auto* send = protocol::get_if<protocol::QueueSendRequest>(&message.body)) {
    ++stats_.received;
    for (auto& [consumer, line] : lines_) {
      QueueMessage& kept = line.emplace_back(send->message);
      kept.id = next_id_++;
      trace_message(ctx, fact::QueueStored{static_cast<std::int32_t>(line.size())}, kept);
    }
    ctx.send(connection, protocol::response(message, protocol::QueueSendResponse{}));
  } else if (const auto* consume = protocol::get_if<protocol::QueueConsumeRequest>(&message.body)) {
    lines_[line_of(consume->consumer)];
    readers_.push_back({connection, consume->consumer, 0});
    ctx.send(connection, protocol::response(message, protocol::QueueConsumeResponse{}));
  } else if (const auto* done = protocol::get_if<protocol::QueueDeliverResponse>(&message.body)) {
    const auto reader =
        std::find_if(readers_.begin(), readers_.end(), [&](const Reader& r) { return r.connection == connection; });
    if (reader != readers_.end() && reader->busy_with == done->id) {
      reader->busy_with = 0;
      std::rotate(reader, reader + 1, readers_.end());  // the consumer moves to the end of the line
    }
    // The acknowledgement is too late if the message has returned to the queue: another consumer has the message or
    // will get it.
    if (out_.erase(done->id) > 0) ++stats_.acked;
  }
  hand_out(ctx);
}

void MessageQueue::on_disconnect(Ctx& ctx, sim::ConnectionId connection, sim::Disconnect) {
  std::erase_if(readers_, [&](const Reader& r) { return r.connection == connection; });
  arm(ctx);
}

void MessageQueue::on_timer(Ctx& ctx, std::uint16_t, std::uint64_t) {
  timer_ = {};
  for (auto it = out_.begin(); it != out_.end();) {
    if (it->second.due > ctx.now()) {
      ++it;
      continue;
    }
    Out out = std::move(it->second);
    it = out_.erase(it);
    std::deque<QueueMessage>& line = lines_[out.line];
    out.message.id = next_id_++;
    line.push_front(std::move(out.message));
    trace_message(ctx, fact::QueueReturned{static_cast<std::int32_t>(line.size()), out.consumer}, line.front());
  }
  hand_out(ctx);
}

void MessageQueue::hand_out(Ctx& ctx) {
  for (Reader& reader : readers_) {
    std::deque<QueueMessage>& line = lines_[line_of(reader.name)];
    if (reader.busy_with != 0 || line.empty()) continue;
    QueueMessage message = std::move(line.front());
    line.pop_front();
    ++message.deliveries;
    reader.busy_with = message.id;
    ctx.send(reader.connection, protocol::request(next_correlation_++, protocol::QueueDeliverRequest{message}));
    out_[message.id] = {message, line_of(reader.name), reader.name, ctx.now() + options_.redeliver};
  }
  arm(ctx);
}

void MessageQueue::arm(Ctx& ctx) {
  Instant due = sim::kNever;
  for (const auto& [id, out] : out_) due = std::min(due, out.due);
  if (sim::mutant("queue-never-redelivers")) due = sim::kNever;
  if (ctx.due(timer_) == due) return;
  ctx.cancel(timer_);
  if (due != sim::kNever) timer_ = ctx.set_timer_at(std::max(due, ctx.now()), timer::kQueue);
}

std::int64_t MessageQueue::waiting() const {
  std::int64_t n = 0;
  for (const auto& [consumer, line] : lines_) n += static_cast<std::int64_t>(line.size());
  return n;
}

// ---------------------------------------------------------------------------------------------- producers

QueueSender::QueueSender(ProducerOptions options, sim::NodeId queue) : options_(std::move(options)), queue_(queue) {}

void QueueSender::on_start(Ctx& ctx) {
  keys_ = KeySource(options_.keys);
  schedule_.start(ctx.now(), options_.rate_millionths);
  generated_ = 0;
  ctx.set_state(sim::NodeState::Running);
  connect(ctx);
  arm(ctx);
}

void QueueSender::on_death(sim::Death, Instant) {
  stats_.failed += in_flight();
  QueueSender fresh(std::move(options_), queue_);
  fresh.stats_ = std::move(stats_);
  fresh.next_number_ = next_number_;
  fresh.next_correlation_ = next_correlation_;
  *this = std::move(fresh);
}

void QueueSender::connect(Ctx& ctx) {
  connection_ = ctx.connect(queue_);
  for (const Unanswered& message : unanswered_) transmit(ctx, message);
}

void QueueSender::transmit(Ctx& ctx, const Unanswered& message) {
  ctx.send(connection_, protocol::request(message.correlation_id, protocol::QueueSendRequest{{0, 0, message.batch}}));
}

void QueueSender::send(Ctx& ctx, protocol::Record record) {
  record.number = next_number_++;
  record.timestamp_ms = ctx.wall_clock_ms();
  ++stats_.sent;
  ctx.trace(fact::RecordSent{{}, record.number, record.key.value_or("")});
  protocol::RecordBatch batch;
  batch.client = ctx.self().index;
  batch.records.push_back(record);
  unanswered_.push_back({next_correlation_++, ctx.now(), protocol::seal(std::move(batch))});
  if (connection_.valid()) transmit(ctx, unanswered_.back());
}

void QueueSender::on_message(Ctx& ctx, sim::ConnectionId, const protocol::Message& message) {
  if (unanswered_.empty() || unanswered_.front().correlation_id != message.correlation_id) return;
  ++stats_.acked;
  stats_.latency.add((ctx.now() - unanswered_.front().sent_at).us);
  unanswered_.pop_front();
}

void QueueSender::on_disconnect(Ctx& ctx, sim::ConnectionId connection, sim::Disconnect) {
  if (connection != connection_) return;
  connection_ = {};
  ctx.set_timer(kReconnectAfter, timer::kQueueConnect);
}

void QueueSender::on_timer(Ctx& ctx, std::uint16_t kind, std::uint64_t) {
  if (kind == timer::kQueueConnect) return connect(ctx);
  while (schedule_.next() <= ctx.now() && (!options_.count || generated_ < *options_.count)) {
    schedule_.advance();
    ++generated_;
    protocol::Record record;
    if (const auto key = keys_.next(ctx.random(sim::Stream::Workload))) record.key = std::string(*key);
    record.value = "";
    record.filler = static_cast<std::int32_t>(options_.value_size);
    send(ctx, std::move(record));
  }
  arm(ctx);
}

void QueueSender::produce(Ctx& ctx, const std::vector<OutgoingRecord>& records) {
  for (const OutgoingRecord& r : records) {
    protocol::Record record;
    record.key = protocol::serialize(protocol::Serde::String, r.key).bytes;
    record.value = protocol::serialize(protocol::Serde::String, r.value).bytes;
    record.headers = protocol::pack_headers(r.headers);
    send(ctx, std::move(record));
  }
}

void QueueSender::behave(Ctx& ctx, const ProducerBehavior& change) {
  if (!change.rate_millionths) return;
  options_.rate_millionths = *change.rate_millionths;
  schedule_.change(ctx.now(), *change.rate_millionths);
  arm(ctx);
}

void QueueSender::arm(Ctx& ctx) {
  const Instant due = options_.count && generated_ >= *options_.count ? sim::kNever : schedule_.next();
  if (ctx.due(timer_) == due) return;
  ctx.cancel(timer_);
  if (due != sim::kNever) timer_ = ctx.set_timer_at(std::max(due, ctx.now()), timer::kQueueRecord);
}

// ---------------------------------------------------------------------------------------------- consumers

QueueReader::QueueReader(std::string client_id, WorkOptions work,
                         std::vector<std::pair<std::string, sim::NodeId>> queues)
    : client_id_(std::move(client_id)), work_(std::move(work)), queues_(std::move(queues)) {}

void QueueReader::on_start(Ctx& ctx) {
  connections_.assign(queues_.size(), {});
  ctx.set_state(sim::NodeState::Running);
  for (std::size_t i = 0; i < queues_.size(); ++i) connect(ctx, i);
}

void QueueReader::on_death(sim::Death, Instant) {
  connections_.clear();
  in_hand_.clear();
  work_timer_ = {};
}

void QueueReader::connect(Ctx& ctx, std::size_t queue) {
  connections_[queue] = ctx.connect(queues_[queue].second);
  ctx.send(connections_[queue], protocol::request(next_correlation_++, protocol::QueueConsumeRequest{client_id_}));
}

void QueueReader::on_message(Ctx& ctx, sim::ConnectionId connection, const protocol::Message& message) {
  const auto* deliver = protocol::get_if<protocol::QueueDeliverRequest>(&message.body);
  const auto at = std::find(connections_.begin(), connections_.end(), connection);
  if (deliver == nullptr || at == connections_.end()) return;
  const auto queue = static_cast<std::size_t>(at - connections_.begin());
  ++stats_.received;
  trace_message(ctx, fact::QueueDelivered{deliver->message.deliveries, queues_[queue].first}, deliver->message);
  in_hand_.push_back({connection, message.correlation_id, queue, deliver->message});
  if (in_hand_.size() == 1) begin(ctx);
}

void QueueReader::begin(Ctx& ctx) {
  sim::Duration time = work_.each;
  for (const auto& [key, of_key] : work_.by_key)
    if (in_hand_.front().message.batch->records.front().key == key) time = of_key;
  work_timer_ = ctx.set_timer(time, timer::kQueueWork);
}

void QueueReader::finish(Ctx& ctx) {
  const Item item = std::move(in_hand_.front());
  in_hand_.pop_front();
  ++stats_.processed;
  const std::int64_t sent_us = (item.message.batch->records.timestamp_ms(0) - sim::kEpochMs) * 1000;
  stats_.latency.add(std::max<std::int64_t>(0, ctx.now().us - sent_us));
  trace_message(ctx, fact::QueueProcessed{queues_[item.queue].first}, item.message);
  ctx.send(item.connection, protocol::Message{item.correlation_id, protocol::QueueDeliverResponse{item.message.id}});
  if (!in_hand_.empty()) begin(ctx);
}

void QueueReader::on_timer(Ctx& ctx, std::uint16_t kind, std::uint64_t arg) {
  if (kind == timer::kQueueConnect) connect(ctx, static_cast<std::size_t>(arg));
  else finish(ctx);
}

void QueueReader::on_disconnect(Ctx& ctx, sim::ConnectionId connection, sim::Disconnect) {
  const auto at = std::find(connections_.begin(), connections_.end(), connection);
  if (at == connections_.end()) return;
  *at = {};
  ctx.set_timer(kReconnectAfter, timer::kQueueConnect, static_cast<std::uint64_t>(at - connections_.begin()));
}

void QueueReader::behave(Ctx&, const ConsumerBehavior& change) {
  if (change.work) work_ = *change.work;
}

}  // namespace kafkascope::client
