#include "client/share_consumer.h"

#include <algorithm>
#include <utility>

#include "protocol/trace_kinds.h"
#include "sim/mutant.h"

namespace kafkascope::client {

using protocol::AcknowledgeType;
using protocol::ErrorCode;
using protocol::Offset;
using protocol::TopicPartition;
using protocol::Trace;
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
  explicit_ = config.text("share.acknowledgement.mode") == "explicit";
  max_poll_records_ = static_cast<std::int32_t>(config.number("max.poll.records"));
  max_wait_ms_ = static_cast<std::int32_t>(config.number("fetch.max.wait.ms"));
  min_bytes_ = static_cast<std::int32_t>(config.number("fetch.min.bytes"));
  max_bytes_ = static_cast<std::int32_t>(config.number("fetch.max.bytes"));
  backoff_ = {sim::milliseconds(config.number("retry.backoff.ms")), sim::milliseconds(config.number("retry.backoff.max.ms"))};
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
  activity_ = Activity::Down;
  core_ = {};
  membership_ = {};
  sessions_.clear();
  buffer_.clear();
  in_hand_.clear();
  working_.reset();
  wake_timer_ = work_timer_ = close_timer_ = {};
  stopping_ = false;
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
  set_timer(ctx, wake_timer_, wake, timer::kShareConsumerPoll);
  set_timer(ctx, close_timer_, close_deadline_, timer::kShareConsumerClose);
  core_.network.arm(ctx);
}

/// From call to call, as KafkaShareConsumerMetrics.recordPollStart.
void ShareConsumer::note_poll(Instant now) {
  ConsumerMetrics& m = stats_.metrics.consumer;
  if (!std::exchange(poll_begins_, false)) return;
  if (m.last_poll != sim::kNever) m.time_between_poll.record((now - m.last_poll).us, now);
  m.last_poll = now;
}

/// True: records were handed over.
bool ShareConsumer::poll_once(Ctx& ctx) {
  note_poll(ctx.now());
  if (buffer_.empty()) {
    send_fetches(ctx);
    return false;
  }
  send_acknowledgements(ctx, false);
  for (std::int32_t n = 0; n < max_poll_records_ && !buffer_.empty(); ++n) {
    in_hand_.push_back(std::move(buffer_.front()));
    buffer_.pop_front();
  }
  // Told by runs of one batch, as other consumers do.
  for (std::size_t i = 0; i < in_hand_.size();) {
    std::size_t last = i;
    while (last + 1 < in_hand_.size() && in_hand_[last + 1].batch == in_hand_[i].batch &&
           in_hand_[last + 1].base_offset == in_hand_[i].base_offset && in_hand_[last + 1].index == in_hand_[last].index + 1)
      ++last;
    const protocol::TraceSubject subject{in_hand_[i].batch.get(), in_hand_[i].base_offset};
    ctx.trace(protocol::line(Trace::RecordDelivered, in_hand_[i].partition, in_hand_[i].offset().value, in_hand_[last].offset().value, 0,
                             membership_.group_id()),
              &subject);
    i = last + 1;
  }
  stats_.received += static_cast<std::int64_t>(in_hand_.size());
  stats_.metrics.consumer.records_consumed_total += static_cast<std::int64_t>(in_hand_.size());
  poll_begins_ = true;  // this one returns
  if (sim::mutant("share-consumer-prefetches")) send_fetches(ctx);
  activity_ = Activity::Working;
  return true;
}

sim::Duration ShareConsumer::work_time(const Item& item) const {
  for (const auto& [key, time] : options_.work.by_key)
    if (item.batch->records[static_cast<std::size_t>(item.index)].key == key) return time;
  return options_.work.each;
}

/// True: all that was handed over is done.
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
      stats_.exception(ctx, "IllegalStateException", item.partition);  // acknowledge() is for the explicit mode: the next poll() accepts it
  }
  if (type == AcknowledgeType::Accept) {
    const std::int64_t timestamp_ms = item.batch->records.timestamp_ms(static_cast<std::size_t>(item.index));
    const protocol::TraceSubject subject{item.batch.get(), item.base_offset};
    ctx.trace(protocol::line(Trace::RecordProcessed, item.partition, item.offset().value, 0, 0, membership_.group_id()), &subject);
    ++stats_.processed;
    stats_.latency.add(std::max<std::int64_t>(0, ctx.now().us - (timestamp_ms - sim::kEpochMs) * 1000));
  }
  sessions_[item.node].pending[item.partition][item.offset()] = type;
}

// ---- requests

std::vector<protocol::ShareFetchPartition> ShareConsumer::take_acknowledgements(Session& session) {
  std::vector<protocol::ShareFetchPartition> out;
  session.acknowledging.clear();
  for (const auto& [tp, of_offset] : std::exchange(session.pending, {})) {
    const auto records = static_cast<std::int64_t>(of_offset.size());
    session.acknowledging[tp] = records;
    stats_.metrics.consumer.acknowledgements_sent += records;
    protocol::ShareFetchPartition& p = out.emplace_back();
    p.partition = tp;
    for (const auto& [offset, type] : of_offset) {
      if (!p.acknowledgements.empty() && p.acknowledgements.back().last + 1 == offset && p.acknowledgements.back().types.front() == type)
        p.acknowledgements.back().last = offset;
      else p.acknowledgements.push_back({offset, offset, {type}});
    }
  }
  return out;
}

void ShareConsumer::send_fetches(Ctx& ctx) {
  std::map<ClientNodeId, std::set<TopicPartition>> wanted;
  for (const TopicPartition tp : membership_.assignment()) {
    const BelievedPartition belief = core_.metadata.partition(tp);
    const auto node = core_.metadata.node(belief.leader);
    if (belief.leader == protocol::kNoBroker || !node) core_.metadata.request_update();
    else wanted[node->id].insert(tp);
  }
  for (const auto& [id, session] : sessions_)
    if (session.epoch > 0 || !session.pending.empty()) wanted[id];
  for (const auto& item : wanted) {
    const ClientNodeId id = item.first;
    const std::set<TopicPartition>& partitions = item.second;
    Session& session = sessions_[id];
    if (session.in_flight) continue;
    const auto node = core_.metadata.node(id);
    if (!node || !core_.network.ready(ctx, *node)) continue;
    // A new session cannot carry acknowledgements: the locks were its predecessor's.
    if (session.epoch == protocol::kInitialShareEpoch) {
      session.pending.clear();
      session.partitions.clear();
    }
    if (partitions.empty() && session.partitions.empty() && session.pending.empty()) continue;
    protocol::ShareFetchRequest r;
    r.group_id = membership_.group_id();
    r.member_id = membership_.member_id();
    r.client_id = options_.client_id;
    r.session_epoch = session.epoch;
    r.max_wait_ms = partitions.empty() ? 0 : max_wait_ms_;
    r.min_bytes = min_bytes_;
    r.max_bytes = max_bytes_;
    r.max_records = max_poll_records_;
    r.partitions = take_acknowledgements(session);
    for (const TopicPartition tp : partitions)
      if (session.partitions.insert(tp).second &&
          std::none_of(r.partitions.begin(), r.partitions.end(), [&](const auto& p) { return p.partition == tp; }))
        r.partitions.push_back({tp, {}});
    std::erase_if(session.partitions, [&](TopicPartition tp) {
      if (partitions.contains(tp)) return false;
      r.forgotten.push_back(tp);
      return true;
    });
    session.in_flight = core_.network.send(ctx, id, std::move(r), kShareFetchPurpose, static_cast<std::uint64_t>(session.epoch));
  }
}

/// What waits for its broker's session, while nothing is fetched. `last`: the sessions end with it.
void ShareConsumer::send_acknowledgements(Ctx& ctx, bool last) {
  for (auto& [id, session] : sessions_) {
    if (session.in_flight || session.closed || session.epoch == protocol::kInitialShareEpoch || (session.pending.empty() && !last))
      continue;
    const auto node = core_.metadata.node(id);
    if (!node || !core_.network.ready(ctx, *node)) continue;
    protocol::ShareAcknowledgeRequest r;
    r.group_id = membership_.group_id();
    r.member_id = membership_.member_id();
    r.session_epoch = last ? protocol::kFinalShareEpoch : session.epoch;
    r.partitions = take_acknowledgements(session);
    session.in_flight = core_.network.send(ctx, id, std::move(r), kShareAcknowledgePurpose, static_cast<std::uint64_t>(session.epoch));
    session.closed = last;
  }
}

bool ShareConsumer::session_over(Ctx& ctx, Session& session, const Completed& done, ErrorCode error) {
  session.in_flight = false;
  if (!done.disconnected && error == ErrorCode::NONE) {
    session.epoch = session.epoch == 2147483647 ? 1 : session.epoch + 1;
    return false;
  }
  if (!done.disconnected) stats_.error(ctx, error);
  note_refused(error == ErrorCode::NONE ? ErrorCode::NETWORK_EXCEPTION : error, session, nullptr);
  // What it has in hand is nobody's lock any more as far as it can know; it is done, and what it says of it will be refused.
  session.epoch = protocol::kInitialShareEpoch;
  session.partitions.clear();
  poll_again_ = ctx.now() + backoff_.after(0, ctx.random(sim::Stream::RetryBackoff));
  core_.metadata.request_update();
  return true;
}

void ShareConsumer::on_partition_error(Ctx& ctx, TopicPartition tp, ErrorCode error, protocol::BrokerId leader,
                                       protocol::LeaderEpoch epoch) {
  stats_.error(ctx, error, tp);
  if (error == ErrorCode::TOPIC_AUTHORIZATION_FAILED) return throw_it(ctx, error, tp);
  if (leader == protocol::kNoBroker || !core_.metadata.update_leader(tp, leader, epoch)) core_.metadata.request_update();
}

/// poll() throws it; no repetition mends that, so it ends the application.
void ShareConsumer::throw_it(Ctx& ctx, ErrorCode error, TopicPartition tp) {
  if (!std::exchange(stopping_, true)) stats_.exception(ctx, exception_name(error), tp);
}

/// Kafka: ShareFetchMetricsManager, ShareFetchMetricsAggregator.
void ShareConsumer::note_fetch(Ctx& ctx, const Completed& done, const protocol::ShareFetchResponse& response) {
  ConsumerMetrics& m = stats_.metrics.consumer;
  ++m.fetch_total;
  m.fetch_latency.record((ctx.now() - done.sent_at).us, ctx.now());
  std::int64_t bytes = 0, records = 0;
  for (const auto& row : response.partitions) {
    for (const protocol::StoredBatch& batch : row.batches) bytes += batch.data->size_bytes;
    for (const protocol::AcquiredRecords& a : row.acquired) records += a.last - a.first + 1;
  }
  if (records == 0) return;
  m.fetch_size.record(bytes, ctx.now());
  m.records_per_request.record(records, ctx.now());
  m.bytes_consumed_total += bytes;
}

void ShareConsumer::on_fetched(Ctx& ctx, const Completed& done) {
  Session& session = sessions_[done.node];
  const auto* response = done.disconnected ? nullptr : &protocol::get<protocol::ShareFetchResponse>(*done.body);
  if (session_over(ctx, session, done, response == nullptr ? ErrorCode::NONE : response->error)) return;
  note_fetch(ctx, done, *response);
  bool failed = false;
  for (const protocol::ShareFetchPartitionResponse& row : response->partitions) {
    note_refused(row.acknowledge_error, session, &row.partition);
    if (row.acknowledge_error != ErrorCode::NONE) stats_.error(ctx, row.acknowledge_error, row.partition);
    if (row.error != ErrorCode::NONE) {
      on_partition_error(ctx, row.partition, row.error, row.current_leader, row.current_leader_epoch);
      failed = true;
    }
    for (const protocol::AcquiredRecords& a : row.acquired) {
      for (Offset at = a.first; at <= a.last; at = at + 1) {
        const auto batch = std::find_if(row.batches.begin(), row.batches.end(),
                                        [&](const auto& b) { return b.base_offset <= at && at <= b.last_offset(); });
        const int index = batch == row.batches.end() ? -1 : batch->data->index_of(at - batch->base_offset);
        if (index < 0 || batch->data->control) session.pending[row.partition][at] = AcknowledgeType::Gap;  // compacted away
        else buffer_.push_back({row.partition, batch->data, batch->base_offset, index, done.node});
      }
    }
  }
  if (failed) poll_again_ = ctx.now() + backoff_.after(0, ctx.random(sim::Stream::RetryBackoff));
}

void ShareConsumer::on_acknowledged(Ctx& ctx, const Completed& done) {
  Session& session = sessions_[done.node];
  const auto* response = done.disconnected ? nullptr : &protocol::get<protocol::ShareAcknowledgeResponse>(*done.body);
  if (session_over(ctx, session, done, response == nullptr ? ErrorCode::NONE : response->error)) return;
  for (const auto& row : response->partitions) {
    note_refused(row.error, session, &row.partition);
    if (row.error != ErrorCode::NONE) on_partition_error(ctx, row.partition, row.error, row.current_leader, row.current_leader_epoch);
  }
}

void ShareConsumer::note_refused(ErrorCode error, const Session& session, const TopicPartition* tp) {
  if (error == ErrorCode::NONE) return;
  for (const auto& [partition, records] : session.acknowledging)
    if (tp == nullptr || *tp == partition) stats_.metrics.consumer.acknowledgements_failed += records;
}

std::int64_t ShareConsumer::in_flight() const {
  return std::count_if(sessions_.begin(), sessions_.end(), [](const auto& s) { return s.second.in_flight; });
}

// ---- the end

bool ShareConsumer::close(Ctx& ctx) {
  const bool late = ctx.now() >= close_deadline_;
  send_acknowledgements(ctx, true);
  const bool open = std::any_of(sessions_.begin(), sessions_.end(), [](const auto& s) { return s.second.in_flight; });
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
