#include "client/share_consumer.h"

#include <algorithm>
#include <utility>

#include "protocol/facts_of_clients.h"
#include "sim/mutant.h"

namespace kafkascope::client {

using protocol::AcknowledgeType;
using protocol::ErrorCode;
using protocol::Offset;
using protocol::TopicPartition;
using sim::Instant;

namespace {
constexpr sim::Duration kShareCloseTimeout = sim::seconds(30);  // ConsumerUtils.DEFAULT_CLOSE_TIMEOUT_MS
}  // namespace

ShareConsumer::ShareConsumer(const ShareConsumer&) = default;
ShareConsumer::ShareConsumer(ShareConsumer&&) noexcept = default;
ShareConsumer& ShareConsumer::operator=(const ShareConsumer&) = default;
ShareConsumer& ShareConsumer::operator=(ShareConsumer&&) noexcept = default;
ShareConsumer::~ShareConsumer() = default;

ShareConsumer::ShareConsumer(ShareConsumerOptions options) : options_(std::move(options)) {}

void ShareConsumer::on_start(Ctx& ctx) {
  const Config& config = options_.config;
  NetworkOptions network = NetworkOptions::from(config);
  network.timer_kind = timer::kShareConsumer;
  core_ = {};
  stats_.metrics = {};
  core_.network = NetworkClient(network);
  core_.metadata = MetadataCache(options_.bootstrap, config);
  core_.metadata.allow_auto_create = config.flag("allow.auto.create.topics");
  membership_ = ShareMembership(config, options_.client_id);
  topics_ = {options_.topics.begin(), options_.topics.end()};
  for (const std::string& t : topics_) core_.metadata.add_topic(t);
  sessions_.clear();
  deserializers_ = Deserializers::from(config);
  explicit_ = config.text("share.acknowledgement.mode") == "explicit";
  max_poll_records_ = static_cast<std::int32_t>(config.number("max.poll.records"));
  max_wait_ms_ = static_cast<std::int32_t>(config.number("fetch.max.wait.ms"));
  min_bytes_ = static_cast<std::int32_t>(config.number("fetch.min.bytes"));
  max_bytes_ = static_cast<std::int32_t>(config.number("fetch.max.bytes"));
  api_timeout_ = sim::milliseconds(config.number("default.api.timeout.ms"));
  backoff_ = {sim::milliseconds(config.number("retry.backoff.ms")),
              sim::milliseconds(config.number("retry.backoff.max.ms"))};
  buffer_.clear();
  in_hand_.clear();
  working_.reset();
  last_poll_ = ctx.now();
  poll_again_ = {0};
  close_deadline_ = sim::kNever;
  wake_timer_ = work_timer_ = close_timer_ = {};
  stopping_ = closing_left_ = false;
  poll_begins_ = true;
  activity_ = Activity::Polling;
  ctx.set_state(sim::NodeState::Running);
  run(ctx);
}

void ShareConsumer::on_death(sim::Death, Instant) {
  ShareConsumer fresh(std::move(options_));
  fresh.stats_ = std::move(stats_);
  fresh.handled_ = handled_;
  *this = std::move(fresh);
}

void ShareConsumer::on_message(Ctx& ctx, sim::ConnectionId connection, const protocol::Message& message) {
  handle(ctx, core_.network.on_message(ctx, connection, message));
}
void ShareConsumer::on_disconnect(Ctx& ctx, sim::ConnectionId connection, sim::Disconnect) {
  handle(ctx, core_.network.on_disconnect(ctx, connection));
}
void ShareConsumer::on_timer(Ctx& ctx, std::uint16_t kind, std::uint64_t) {
  if (kind == timer::kShareConsumer) return handle(ctx, core_.network.on_timer(ctx));
  if (kind == timer::kShareConsumerWork) {
    work_timer_ = {};
    if (working_) work_done(ctx, *std::exchange(working_, std::nullopt));
  }
  run(ctx);
}

void ShareConsumer::handle(Ctx& ctx, NetworkClient::Event event) {
  if (event.lost) {
    core_.on_connection_lost();
    membership_.on_connection_lost(ctx, core_);
  }
  for (const Completed& done : event.completed) {
    if (core_.on_completed(ctx, done, stats_) || membership_.on_completed(ctx, parts(), done)) continue;
    if (done.purpose == kShareFetchPurpose) on_fetched(ctx, done);
    if (done.purpose == kShareAcknowledgePurpose) on_acknowledged(ctx, done);
  }
  (void)core_.metadata.take_recreated();
  run(ctx);
}

// ---- the application's loop

void ShareConsumer::run(Ctx& ctx) {
  if (activity_ == Activity::Down) return;
  for (bool again = true; again;) {
    again = false;
    membership_.run(ctx, parts(), topics_, activity_ == Activity::Polling && !stopping_, last_poll_);
    send_commits(ctx);
    switch (activity_) {
      case Activity::Polling:
        last_poll_ = ctx.now();
        if (!core_.metadata.take_refused().empty()) throw_it(ctx, ErrorCode::TOPIC_AUTHORIZATION_FAILED, {});
        stopping_ |= membership_.state() == ShareMembership::State::Fatal;
        if (stopping_) {
          activity_ = Activity::Closing;
          close_deadline_ = ctx.now() + kShareCloseTimeout;
          again = true;
        } else if (ctx.now() >= poll_again_) {
          again = poll_once(ctx);
        }
        break;
      case Activity::Working:
        if (!work(ctx)) break;
        activity_ = Activity::Polling;
        again = true;
        break;
      case Activity::Closing:
        if (close(ctx)) return;
        break;
      case Activity::Down: return;
    }
  }
  Instant wake = std::min(core_.maybe_update_metadata(ctx), membership_.next_wake(ctx.now()));
  if (activity_ == Activity::Polling && poll_again_ > ctx.now()) wake = std::min(wake, poll_again_);
  for (const auto& [id, session] : sessions_)
    for (const Instant at : {session.retry_at, session.deadline})
      if (session.attempts > 0 && session.in_flight == 0 && at > ctx.now()) wake = std::min(wake, at);
  set_timer(ctx, wake_timer_, wake, timer::kShareConsumerPoll);
  set_timer(ctx, close_timer_, close_deadline_, timer::kShareConsumerClose);
  core_.network.arm(ctx);
}

/// Measured between calls, like KafkaShareConsumerMetrics.recordPollStart.
void ShareConsumer::note_poll(Instant now) {
  ConsumerMetrics& m = stats_.metrics.consumer;
  if (!std::exchange(poll_begins_, false)) return;
  if (m.last_poll != sim::kNever) m.time_between_poll.record((now - m.last_poll).us, now);
  m.last_poll = now;
}

/// Returns true if records were delivered.
bool ShareConsumer::poll_once(Ctx& ctx) {
  note_poll(ctx.now());
  for (auto& [id, session] : sessions_)  // implicit mode: this poll() accepts the records of the previous poll()
    for (auto& [tp, of_offset] : std::exchange(session.worked, {})) session.said[tp].merge(of_offset);
  if (buffer_.empty()) {
    for (auto& [id, session] : sessions_)
      for (auto& [tp, of_offset] : std::exchange(session.said, {})) session.riding[tp].merge(of_offset);
    if (send_commits(ctx)) send_fetches(ctx);
    return false;
  }
  commit_async(ctx);
  if (!collect(ctx)) return false;
  // Traced per run of records of one batch, as for other consumers.
  for (std::size_t i = 0; i < in_hand_.size();) {
    std::size_t last = i;
    while (last + 1 < in_hand_.size() && in_hand_[last + 1].batch == in_hand_[i].batch &&
           in_hand_[last + 1].base_offset == in_hand_[i].base_offset &&
           in_hand_[last + 1].index == in_hand_[last].index + 1)
      ++last;
    const protocol::TraceSubject subject{in_hand_[i].batch.get(), in_hand_[i].base_offset};
    ctx.trace(fact::RecordDelivered{in_hand_[i].partition, in_hand_[i].offset(), in_hand_[last].offset(),
                                    membership_.group_id()},
              &subject);
    i = last + 1;
  }
  stats_.received += static_cast<std::int64_t>(in_hand_.size());
  stats_.metrics.consumer.records_consumed_total += static_cast<std::int64_t>(in_hand_.size());
  poll_begins_ = true;  // this call of poll() returns
  if (sim::mutant("share-consumer-prefetches")) send_fetches(ctx);
  activity_ = Activity::Working;
  return true;
}

/// Kafka: ShareFetchCollector.collect, ShareCompletedFetch.fetchRecords.
bool ShareConsumer::collect(Ctx& ctx) {
  while (!buffer_.empty() && static_cast<std::int64_t>(in_hand_.size()) < max_poll_records_) {
    const Item& item = buffer_.front();
    const protocol::RecordView record = item.batch->records[static_cast<std::size_t>(item.index)];
    if (deserializers_.read(record)) {
      in_hand_.push_back(std::move(buffer_.front()));
      buffer_.pop_front();
      continue;
    }
    // Earlier records of the unreadable record's partition are delivered first. If records of another partition precede
    // the unreadable record, it is released silently, as in Kafka.
    const bool first = in_hand_.empty();
    if (!first && in_hand_.back().partition == item.partition) break;
    sessions_[item.node].said[item.partition][item.offset()] = AcknowledgeType::Release;
    const Item bad = std::move(buffer_.front());
    buffer_.pop_front();
    if (!first) break;
    stats_.exception(ctx, deserializers_.exception(), bad.partition,
                     deserializers_.message(record, core_.metadata.name_of(bad.partition.topic),
                                            bad.partition.partition, bad.offset(), "The record has been released."),
                     deserializers_.cause(record));
    poll_begins_ = true;
    poll_again_ = ctx.now() + kAfterException;
    return false;
  }
  return true;
}

sim::Duration ShareConsumer::work_time(const Item& item) const {
  for (const auto& [key, time] : options_.work.by_key)
    if (item.batch->records[static_cast<std::size_t>(item.index)].key == key) return time;
  return options_.work.each;
}

/// Returns true when all delivered records have been processed.
bool ShareConsumer::work(Ctx& ctx) {
  while (!working_ && !in_hand_.empty()) {
    working_ = std::move(in_hand_.front());
    in_hand_.pop_front();
    const sim::Duration time = work_time(*working_);
    if (time.us > 0) work_timer_ = ctx.set_timer(time, timer::kShareConsumerWork);
    else work_done(ctx, *std::exchange(working_, std::nullopt));
  }
  return !working_;
}

void ShareConsumer::work_done(Ctx& ctx, const Item& item) {
  AcknowledgeType type = AcknowledgeType::Accept;
  const AcknowledgeOptions& how = options_.acknowledge;
  if (++handled_; how.every > 0 && handled_ % how.every == 0) {
    if (explicit_) type = how.reject ? AcknowledgeType::Reject : AcknowledgeType::Release;
    else
      stats_.exception(ctx, "IllegalStateException",
                       item.partition);  // acknowledge() is only for explicit mode; here the next poll() accepts
                                         // the record
  }
  if (type == AcknowledgeType::Accept) {
    const std::int64_t timestamp_ms = item.batch->records.timestamp_ms(static_cast<std::size_t>(item.index));
    const protocol::TraceSubject subject{item.batch.get(), item.base_offset};
    ctx.trace(fact::RecordProcessed{item.partition, item.offset(), membership_.group_id()}, &subject);
    ++stats_.processed;
    stats_.latency.add(std::max<std::int64_t>(0, ctx.now().us - (timestamp_ms - sim::kEpochMs) * 1000));
  }
  Session& session = sessions_[item.node];
  (explicit_ ? session.said : session.worked)[item.partition][item.offset()] = type;
}

std::map<TopicPartition, ShareConsumer::Held> ShareConsumer::held() const {
  std::map<TopicPartition, Held> out;
  for_each_held([&](TopicPartition tp, Offset, std::int64_t Held::*stage) { ++(out[tp].*stage); });
  return out;
}

// ---- closing

bool ShareConsumer::close(Ctx& ctx) {
  const bool late = ctx.now() >= close_deadline_;
  send_last(ctx);
  const bool open = std::any_of(sessions_.begin(), sessions_.end(), [](const auto& s) {
    return s.second.in_flight != 0 || !s.second.committing.empty() || !s.second.again.empty();
  });
  if (open && !late) return false;
  if (!std::exchange(closing_left_, true)) membership_.leave(ctx, parts());
  if (!membership_.left() && !late) return false;
  core_.network.close_all(ctx);
  activity_ = Activity::Down;
  ctx.exit();
  return true;
}

// ---- commands

void ShareConsumer::subscribe(Ctx& ctx, std::vector<std::string> topics) {
  options_.topics = std::move(topics);
  if (activity_ == Activity::Down) return;
  topics_ = {options_.topics.begin(), options_.topics.end()};
  for (const std::string& t : topics_) core_.metadata.add_topic(t);
  if (topics_.empty()) membership_.leave(ctx, parts());
  run(ctx);
}

void ShareConsumer::behave(Ctx& ctx, const ShareConsumerBehavior& change) {
  if (change.work) options_.work = *change.work;
  if (change.acknowledge) options_.acknowledge = *change.acknowledge;
  if (activity_ != Activity::Down) run(ctx);
}

void ShareConsumer::request_stop(Ctx& ctx) {
  if (activity_ == Activity::Down || stopping_) return;
  stopping_ = true;
  ctx.set_state(sim::NodeState::ShuttingDown);
  run(ctx);
}

void ShareConsumer::set_timer(Ctx& ctx, sim::TimerId& timer, Instant due, std::uint16_t kind) {
  if (due != sim::kNever) due = std::max(due, ctx.now());
  if (ctx.due(timer) == due) return;
  ctx.cancel(timer);
  if (due != sim::kNever) timer = ctx.set_timer_at(due, kind);
}

}  // namespace kafkascope::client
