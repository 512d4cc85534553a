#include "client/consumer.h"

#include <algorithm>
#include <utility>

#include "protocol/facts_of_clients.h"
#include "sim/mutant.h"

namespace kafkascope::client {

using protocol::Offset;
using protocol::TopicPartition;
using sim::Instant;
using CommitKind = GroupMember::CommitKind;

namespace {
constexpr sim::Duration kCloseTimeout = sim::seconds(30);  // KafkaConsumer.DEFAULT_CLOSE_TIMEOUT_MS
}  // namespace

Consumer::Consumer(const Consumer&) = default;
Consumer::Consumer(Consumer&&) noexcept = default;
Consumer& Consumer::operator=(const Consumer&) = default;
Consumer& Consumer::operator=(Consumer&&) noexcept = default;
Consumer::~Consumer() = default;

Consumer::Consumer(ConsumerOptions options) : options_(std::move(options)) {}

void Consumer::on_start(Ctx& ctx) {
  Config config = options_.config;
  config.set("enable.auto.commit", options_.commit == CommitMode::Auto);
  NetworkOptions network = NetworkOptions::from(config);
  network.timer_kind = timer::kConsumer;
  core_ = {};
  core_.network = NetworkClient(network);
  core_.metadata = MetadataCache(options_.bootstrap, config);
  core_.metadata.allow_auto_create = config.flag("allow.auto.create.topics");
  subscriptions_ = {};
  fetcher_ = Fetcher(FetcherOptions::from(config));
  group_ = GroupMember(GroupOptions::from(config, options_.client_id));
  for (const std::string& t : options_.topics) {
    subscriptions_.topics.insert(t);
    core_.metadata.add_topic(t);
  }
  to_assign_ = options_.assign;
  for (const auto& [topic, partition] : to_assign_) core_.metadata.add_topic(topic);
  in_hand_.clear();
  handed_off_.clear();
  output_.clear();
  round_.clear();
  set_aside_.reset();
  unpacking_ = {0};
  workers_.assign(static_cast<std::size_t>(std::max(0, options_.handoff_threads)) + 1, {});
  last_poll_ = ctx.now();
  stats_.metrics = {};
  poll_again_ = {0};
  close_deadline_ = sim::kNever;
  wake_timer_ = heartbeat_timer_ = close_timer_ = {};
  stopping_ = closing_committed_ = closing_left_ = closing_sessions_ = false;
  activity_ = Activity::Polling;
  ctx.set_state(sim::NodeState::Running);
  run(ctx);
}

void Consumer::on_death(sim::Death, Instant) {
  Consumer fresh(std::move(options_));
  fresh.stats_ = std::move(stats_);
  *this = std::move(fresh);
}

void Consumer::on_message(Ctx& ctx, sim::ConnectionId connection, const protocol::Message& message) {
  handle(ctx, core_.network.on_message(ctx, connection, message));
}
void Consumer::on_disconnect(Ctx& ctx, sim::ConnectionId connection, sim::Disconnect) {
  handle(ctx, core_.network.on_disconnect(ctx, connection));
}
void Consumer::on_timer(Ctx& ctx, std::uint16_t kind, std::uint64_t arg) {
  if (kind == timer::kConsumer) {
    handle(ctx, core_.network.on_timer(ctx));
    return;
  }
  if (kind == timer::kConsumerWork && arg < workers_.size()) {
    Worker& w = workers_[arg];
    w.timer = {};
    if (w.item) work_done(ctx, *std::exchange(w.item, std::nullopt));
  }
  run(ctx);
}

void Consumer::handle(Ctx& ctx, NetworkClient::Event event) {
  if (event.lost) {
    core_.on_connection_lost();
    group_.on_connection_lost(ctx, core_);
  }
  for (const Completed& done : event.completed)
    if (!core_.on_completed(ctx, done, stats_) && !fetcher_.on_completed(ctx, fetch_parts(), done))
      group_.on_completed(ctx, group_parts(), done);
  for (const auto& [before, now] : core_.metadata.take_recreated()) {
    subscriptions_.retarget(before, now);
    group_.retarget(before, now);
  }
  run(ctx);
}

namespace {

/// The message of NoOffsetForPartitionException, from SubscriptionState.resetInitializingPositions.
std::string without_policy(const SubscriptionState& subscriptions, const MetadataCache& metadata) {
  std::vector<protocol::TopicPartition> partitions;
  for (const auto& [p, a] : subscriptions.assigned)
    if (a.state == AssignedPartition::State::Initializing) partitions.push_back(p);
  return "Undefined offset with no reset policy for partitions: " + partitions_text(partitions, metadata);
}

/// The message of an exception that was created without one.
std::string default_message(std::string_view exception) {
  if (exception != "CommitFailedException") return "";
  return "Commit cannot be completed since the group has already rebalanced and assigned the partitions to another member. "
         "This means that the time between subsequent calls to poll() was longer than the configured max.poll.interval.ms, "
         "which typically implies that the poll loop is spending too much time message processing. You can address this "
         "either by increasing max.poll.interval.ms or by reducing the maximum size of batches returned in poll() with "
         "max.poll.records.";
}

}  // namespace

// ---- the application's loop

void Consumer::run(Ctx& ctx) {
  if (activity_ == Activity::Down) return;
  resolve_assign(ctx);
  for (bool again = true; again;) {
    again = false;
    group_.background(ctx, group_parts(), activity_ == Activity::Polling, last_poll_);
    take_results(ctx);
    if (group_.fenced() && !stopping_) {  // FencedInstanceIdException ends the application
      stats_.exception(ctx, "FencedInstanceIdException");
      stopping_ = true;
    }
    switch (activity_) {
      case Activity::Polling:
        last_poll_ = ctx.now();
        if (stopping_) {
          activity_ = Activity::Closing;
          close_deadline_ = ctx.now() + kCloseTimeout;
          again = true;
        } else if (ctx.now() >= poll_again_ && poll_once(ctx)) {
          again = activity_ != Activity::Polling || ctx.now() >= poll_again_;
        }
        break;
      case Activity::Working:
        if (work(ctx)) {
          after_work(ctx);
          again = true;
        }
        break;
      case Activity::Committing:
      case Activity::Forwarding: break;
      case Activity::Closing:
        if (close(ctx)) return;
        break;
      case Activity::Down: return;
    }
  }
  feed_workers(ctx);
  const Instant metadata_due = core_.maybe_update_metadata(ctx);
  const bool polling = activity_ == Activity::Polling;
  Instant wake = metadata_due;
  if (polling) {
    wake = std::min(wake, fetcher_.next_wake(subscriptions_, ctx.now()));
    if (poll_again_ > ctx.now()) wake = std::min(wake, poll_again_);
  }
  set_timer(ctx, heartbeat_timer_, group_.next_wake(ctx.now(), polling), timer::kConsumerHeartbeat);
  set_timer(ctx, wake_timer_, wake, timer::kConsumerPoll);
  set_timer(ctx, close_timer_, close_deadline_, timer::kConsumerClose);
  core_.network.arm(ctx);
}

/// Records the time of a poll() call. Kafka measures from call to call (KafkaConsumerMetrics.recordPollStart), but a
/// single call may wake up here many times before it returns.
void Consumer::note_poll(Instant now) {
  ConsumerMetrics& m = stats_.metrics.consumer;
  if (!std::exchange(poll_begins_, false)) return;
  if (m.last_poll != sim::kNever) m.time_between_poll.record((now - m.last_poll).us, now);
  m.last_poll = now;
}

bool Consumer::poll_once(Ctx& ctx) {
  note_poll(ctx.now());
  std::string thrown;
  if (!core_.metadata.take_refused().empty()) thrown = exception_name(protocol::ErrorCode::TOPIC_AUTHORIZATION_FAILED);
  const bool joined = thrown.empty() && group_.poll(ctx, group_parts(), thrown);
  take_results(ctx);
  if (joined && thrown.empty()) group_.fetch_committed(ctx, group_parts(), fetcher_, thrown);
  // A classic member that must join, or has no coordinator, does not update positions
  // (ClassicKafkaConsumer.updateAssignmentMetadataIfNeeded).
  const bool may_find = joined || group_.membership() != nullptr;
  if (thrown.empty() && may_find) fetcher_.find_positions(ctx, fetch_parts());
  std::vector<DeliveredRun> runs;
  if (thrown.empty()) runs = fetcher_.collect(ctx, fetch_parts(), thrown);
  if (!thrown.empty()) {
    poll_begins_ = true;
    if (const auto& bad = fetcher_.unreadable())
      stats_.exception(ctx, thrown, bad->partition, bad->message, bad->cause);
    else
      stats_.exception(ctx, thrown, {},
                       thrown == "NoOffsetForPartitionException" ? without_policy(subscriptions_, core_.metadata) : "");
    stopping_ = thrown.ends_with("AuthorizationException");  // retrying cannot help: it ends the application
    poll_again_ = ctx.now() + (stopping_ ? sim::Duration{} : kAfterException);
    return true;
  }
  fetcher_.send_fetches(ctx, fetch_parts());
  if (runs.empty()) {
    if (may_find) fetcher_.find_positions(ctx, fetch_parts());  // a response handled just now may have required a reset
    return false;
  }
  poll_begins_ = true;
  const std::string name = delivery_name();
  for (const DeliveredRun& r : runs) {
    const protocol::TraceSubject subject{r.batch.get(), r.base_offset};
    ctx.trace(fact::RecordDelivered{r.partition, r.offset(r.first), r.offset(r.last), name}, &subject);
    stats_.received += r.count();
    if (r.batch->compression != protocol::Compression::None)
      unpacking_ = unpacking_ +
                   sim::Duration{protocol::decompress_ns(r.batch->compression, r.batch->uncompressed_bytes()) / 1000};
    if (options_.forwards)
      round_.try_emplace(r.partition, FetchPosition{r.offset(r.first), {}, core_.metadata.current_leader(r.partition)});
    for (int i = r.first; i <= r.last; ++i) in_hand_.push_back({r.partition, r.batch, r.base_offset, i});
  }
  after_poll(ctx);
  return true;
}

void Consumer::after_poll(Ctx& ctx) {
  if (options_.commit == CommitMode::SyncBefore ||
      (options_.commit == CommitMode::SyncAfter && sim::mutant("commits-before-the-work")))
    commit_sync(ctx, After::Work);
  else activity_ = Activity::Working;
}

sim::Duration Consumer::work_time(const Item& item) const {
  for (const auto& [key, time] : options_.work.by_key)
    if (item.batch->records[static_cast<std::size_t>(item.index)].key == key) return time;
  return options_.work.each;
}

bool Consumer::work(Ctx& ctx) {
  if (options_.handoff_threads > 0) {  // workers process the records; the polling thread continues at once
    for (Item& item : in_hand_) handed_off_.push_back(std::move(item));
    in_hand_.clear();
    return true;
  }
  Worker& self = workers_[0];
  while (!self.item && !in_hand_.empty()) {
    self.item = std::move(in_hand_.front());
    in_hand_.pop_front();
    const sim::Duration time = work_time(*self.item) + std::exchange(unpacking_, {0});
    if (time.us > 0) self.timer = ctx.set_timer(time, timer::kConsumerWork, 0);
    else work_done(ctx, *std::exchange(self.item, std::nullopt));
  }
  return !self.item;
}

void Consumer::feed_workers(Ctx& ctx) {
  for (std::size_t i = 1; i < workers_.size(); ++i)
    while (!workers_[i].item && !handed_off_.empty()) {
      workers_[i].item = std::move(handed_off_.front());
      handed_off_.pop_front();
      const sim::Duration time = work_time(*workers_[i].item);
      if (time.us > 0) workers_[i].timer = ctx.set_timer(time, timer::kConsumerWork, i);
      else work_done(ctx, *std::exchange(workers_[i].item, std::nullopt));
    }
}

void Consumer::work_done(Ctx& ctx, const Item& item) {
  const Offset offset = item.base_offset + item.batch->offset_delta(item.index);
  const std::int64_t timestamp_ms = item.batch->records.timestamp_ms(static_cast<std::size_t>(item.index));
  const protocol::TraceSubject subject{item.batch.get(), item.base_offset};
  ctx.trace(fact::RecordProcessed{item.partition, offset, delivery_name()}, &subject);
  ++stats_.processed;
  stats_.latency.add(std::max<std::int64_t>(0, ctx.now().us - (timestamp_ms - sim::kEpochMs) * 1000));
  if (AssignedPartition* a = subscriptions_.find(item.partition)) a->processed = std::max(a->processed, offset + 1);
  if (options_.forwards) output_.push_back(item);
}

void Consumer::forwarded(Ctx& ctx, Next next) {
  if (!forwarding()) return;
  const auto round = std::exchange(round_, {});
  const auto aside = std::exchange(set_aside_, std::nullopt);
  activity_ = Activity::Polling;
  if (next == Next::Commit || next == Next::GoOn) {
    AssignedPartition* a = aside ? subscriptions_.find(aside->partition) : nullptr;
    if (a && a->position.offset == aside->offset()) {  // the application has not moved the position in the meantime
      const LeaderAndEpoch leader = core_.metadata.current_leader(aside->partition);
      subscriptions_.seek(ctx, aside->partition, {aside->offset() + 1, {}, leader}, fact::PositionReason::Seek, false);
      poll_again_ = ctx.now();
    }
    if (next == Next::Commit) commit_sync(ctx, After::Poll);
  } else if (!sim::mutant("aborted-input-not-read-again")) {
    if (next == Next::BackToCommitted) subscriptions_.go_back_to_committed(true);
    else
      for (const auto& [p, position] : round)
        if (subscriptions_.find(p)) subscriptions_.seek(ctx, p, position, fact::PositionReason::Again, false);
    poll_again_ = ctx.now() + kAfterException;
  }
  run(ctx);
}

std::optional<Fetcher::Unreadable> Consumer::set_aside() {
  if (activity_ != Activity::Polling || !(set_aside_ = fetcher_.take_unreadable())) return {};
  activity_ = Activity::Forwarding;
  return set_aside_;
}

void Consumer::after_work(Ctx& ctx) {
  if (options_.forwards) {
    activity_ = Activity::Forwarding;
    if (sim::mutant("transform-commits-first")) forwarded(ctx, Next::Commit);
    return;
  }
  activity_ = Activity::Polling;
  if (options_.commit == CommitMode::SyncAfter) commit_sync(ctx, After::Poll);
  else if (options_.commit == CommitMode::AsyncAfter)
    group_.commit(ctx, group_parts(), CommitKind::Async, subscriptions_.all_consumed());
}

void Consumer::commit_sync(Ctx& ctx, After after) {
  activity_ = Activity::Committing;
  after_commit_ = after;
  group_.commit(ctx, group_parts(), CommitKind::Sync, subscriptions_.all_consumed());
  take_results(ctx);
}

void Consumer::take_results(Ctx& ctx) {
  for (const GroupMember::CommitResult& r : group_.take_results()) {
    // A failed automatic commit is only logged; the application gets the errors of its own commits.
    const bool own = r.kind == CommitKind::Sync || r.kind == CommitKind::Async || r.kind == CommitKind::Command;
    if (own && !r.exception.empty()) {
      const std::size_t colon = r.exception.find(": ");
      const std::string name = r.exception.substr(0, colon);
      stats_.exception(ctx, name, {},
                       colon == std::string::npos ? default_message(name) : r.exception.substr(colon + 2));
    }
    if (r.kind == CommitKind::Sync && activity_ == Activity::Committing) {
      activity_ = after_commit_ == After::Work ? Activity::Working : Activity::Polling;
      // The exception ends the loop over this poll's records: the consumer drops them and returns to the committed
      // offsets.
      if (after_commit_ == After::Work && !r.exception.empty()) {
        in_hand_.clear();
        round_.clear();
        subscriptions_.go_back_to_committed(false);
      }
    }
    if (r.kind == CommitKind::Close) closing_committed_ = true;
  }
}

bool Consumer::close(Ctx& ctx) {
  const bool late = ctx.now() >= close_deadline_;
  if (!closing_committed_ && !late) {
    if (!group_.options().auto_commit || group_.fenced()) closing_committed_ = true;
    else if (!group_.commit_pending(CommitKind::Close))
      group_.commit(ctx, group_parts(), CommitKind::Close, subscriptions_.all_consumed());
    take_results(ctx);
    if (!closing_committed_) return false;
  }
  if (!closing_left_) {
    closing_left_ = true;
    group_.stop_heartbeats();
    group_.give_up_all(ctx, group_parts());
    const bool left = group_.leave(ctx, group_parts(), "the consumer is being closed");
    if (left && !late) return false;
  }
  if (group_.leave_pending() && !late) return false;
  // From KAFKA-7109 (3.5) on, clients close their sessions at the broker. A fetch that the broker is delaying is
  // answered first.
  if (!std::exchange(closing_sessions_, true) && options_.config.version() != protocol::KafkaVersion::V2_5)
    fetcher_.close_sessions(ctx, fetch_parts());
  if (fetcher_.sessions_closing() && !late) return false;
  core_.network.close_all(ctx);
  activity_ = Activity::Down;
  ctx.exit();
  return true;
}

// ---- commands

void Consumer::resolve_assign(Ctx& ctx) {
  if (to_assign_.empty()) return;
  std::vector<TopicPartition> all = subscriptions_.partitions();
  const std::size_t before = all.size();
  std::erase_if(to_assign_, [&](const auto& name) {
    TopicPartition p;
    if (!find_partition(name.first, name.second, p)) return false;
    all.push_back(p);
    return true;
  });
  if (all.size() == before) return;
  subscriptions_.assign(all);
  ctx.trace(fact::PartitionsAssigned{.generation = -1,
                                     .count = static_cast<std::int32_t>(all.size()),
                                     .partitions = partitions_text(subscriptions_.partitions(), core_.metadata)});
}

bool Consumer::find_partition(const std::string& topic, std::int32_t partition, TopicPartition& out) const {
  const BelievedTopic* t = core_.metadata.topic(topic);
  if (!t || partition < 0 || partition >= static_cast<std::int32_t>(t->partitions.size())) return false;
  out = {t->id, partition};
  return true;
}

bool Consumer::seek(Ctx& ctx, const std::string& topic, std::int32_t partition, SeekTarget target) {
  TopicPartition p;
  if (activity_ == Activity::Down || !find_partition(topic, partition, p) || !subscriptions_.find(p)) return false;
  switch (target.kind) {
    case SeekTarget::Kind::Offset:
      subscriptions_.seek(ctx, p, {Offset{target.value}, {}, core_.metadata.current_leader(p)},
                          fact::PositionReason::Seek, false);
      break;
    case SeekTarget::Kind::Beginning:
      subscriptions_.request_reset(p, protocol::kEarliestTimestamp, fact::PositionReason::Seek);
      break;
    case SeekTarget::Kind::End:
      subscriptions_.request_reset(p, protocol::kLatestTimestamp, fact::PositionReason::Seek);
      break;
    case SeekTarget::Kind::Timestamp: subscriptions_.request_reset(p, target.value, fact::PositionReason::Seek); break;
  }
  run(ctx);
  return true;
}

void Consumer::commit(Ctx& ctx, const std::map<std::pair<std::string, std::int32_t>, std::int64_t>& offsets) {
  if (activity_ == Activity::Down) return;
  Offsets wanted;
  for (const auto& [name, offset] : offsets) {
    TopicPartition p;
    if (find_partition(name.first, name.second, p)) wanted[p] = {Offset{offset}, {}, {}};
  }
  if (offsets.empty()) wanted = subscriptions_.all_consumed();
  group_.commit(ctx, group_parts(), CommitKind::Command, std::move(wanted));
  run(ctx);
}

void Consumer::subscribe(Ctx& ctx, std::vector<std::string> topics) {
  // assign() excludes subscribe(), which also needs a group.
  if (!topics.empty() && (!options_.assign.empty() || !group_.has_group())) {
    stats_.exception(ctx, options_.assign.empty() ? "InvalidGroupIdException" : "IllegalStateException");
    return;
  }
  options_.topics = topics;
  if (activity_ == Activity::Down) return;
  subscriptions_.topics = {topics.begin(), topics.end()};
  for (const std::string& t : topics) core_.metadata.add_topic(t);
  if (topics.empty()) {  // unsubscribe(): gives up the partitions and leaves the group
    group_.give_up_all(ctx, group_parts());
    group_.leave(ctx, group_parts(), "the consumer unsubscribed from all topics");
    group_.forget_membership();
    core_.metadata.set_topics({});
  }
  run(ctx);
}

bool Consumer::pause(Ctx& ctx, const std::string& topic, std::int32_t partition, bool paused) {
  TopicPartition p;
  if (activity_ == Activity::Down || !find_partition(topic, partition, p)) return false;
  AssignedPartition* a = subscriptions_.find(p);
  if (!a) return false;
  a->paused = paused;
  run(ctx);
  return true;
}

void Consumer::behave(Ctx& ctx, const ConsumerBehavior& change) {
  if (change.work) options_.work = *change.work;
  if (change.commit) {
    options_.commit = *change.commit;
    group_.set_auto_commit(ctx.now(), options_.commit == CommitMode::Auto);
  }
  if (change.handoff_threads) {
    options_.handoff_threads = *change.handoff_threads;
    const std::size_t wanted = static_cast<std::size_t>(std::max(0, *change.handoff_threads)) + 1;
    if (workers_.size() < wanted) workers_.resize(wanted);
  }
  if (activity_ != Activity::Down) run(ctx);
}

void Consumer::request_stop(Ctx& ctx) {
  if (activity_ == Activity::Down || stopping_) return;
  stopping_ = true;
  ctx.set_state(sim::NodeState::ShuttingDown);
  run(ctx);
}

// ---- views

std::map<TopicPartition, Offset> Consumer::positions() const {
  std::map<TopicPartition, Offset> out;
  for (const auto& [p, a] : subscriptions_.assigned)
    if (a.has_position()) out[p] = a.position.offset;
  return out;
}
std::map<TopicPartition, Offset> Consumer::committed() const {
  std::map<TopicPartition, Offset> out;
  for (const auto& [p, a] : subscriptions_.assigned)
    if (a.committed.known()) out[p] = a.committed;
  return out;
}
std::map<TopicPartition, Offset> Consumer::processed() const {
  std::map<TopicPartition, Offset> out;
  for (const auto& [p, a] : subscriptions_.assigned)
    if (a.processed.known()) out[p] = a.processed;
  return out;
}
std::int64_t Consumer::waiting() const {
  std::int64_t n = static_cast<std::int64_t>(in_hand_.size() + handed_off_.size());
  for (const Worker& w : workers_) n += w.item ? 1 : 0;
  return n;
}
std::string Consumer::delivery_name() const {
  return group_.has_group() ? group_.options().group_id : "@" + options_.client_id;
}

void Consumer::set_timer(Ctx& ctx, sim::TimerId& timer, Instant due, std::uint16_t kind) {
  if (due != sim::kNever) due = std::max(due, ctx.now());
  if (ctx.due(timer) == due) return;
  ctx.cancel(timer);
  if (due != sim::kNever) timer = ctx.set_timer_at(due, kind);
}

}  // namespace kafkascope::client
