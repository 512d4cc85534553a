#include "client/fetcher.h"

#include <algorithm>
#include <utility>

#include "protocol/facts_of_clients.h"
#include "protocol/transaction_marker.h"
#include "sim/mutant.h"

namespace kafkascope::client {

using protocol::ErrorCode;
using protocol::Offset;
using protocol::TopicPartition;
using sim::Instant;
using State = AssignedPartition::State;

FetcherOptions FetcherOptions::from(const Config& config) {
  FetcherOptions o;
  o.min_bytes = static_cast<std::int32_t>(config.number("fetch.min.bytes"));
  o.max_wait_ms = static_cast<std::int32_t>(config.number("fetch.max.wait.ms"));
  o.max_bytes = static_cast<std::int32_t>(config.number("fetch.max.bytes"));
  o.max_partition_bytes = static_cast<std::int32_t>(config.number("max.partition.fetch.bytes"));
  o.max_poll_records = static_cast<int>(config.number("max.poll.records"));
  o.read_committed = config.text("isolation.level") == "read_committed";
  o.reset = config.text("auto.offset.reset");
  if (constexpr std::string_view kByDuration = "by_duration:"; o.reset.starts_with(kByDuration))
    o.reset_age_ms = protocol::parse_iso_duration_ms(std::string_view(o.reset).substr(kByDuration.size())).value_or(0);
  o.rack = config.text("client.rack");
  o.read_replica_lease = sim::milliseconds(config.number("metadata.max.age.ms"));
  o.request_timeout = sim::milliseconds(config.number("request.timeout.ms"));
  o.deserializers = Deserializers::from(config);
  const auto initial = sim::milliseconds(config.number("retry.backoff.ms"));
  const bool old = config.version() == protocol::KafkaVersion::V2_5;
  o.skip_buffered_nodes = !old;
  o.in_turn = old;
  o.gives_read_replica_up = !old;
  o.notes_epochs_without_leader = old;
  o.retry_backoff = {initial, old ? initial : sim::milliseconds(config.number("retry.backoff.max.ms"))};
  return o;
}

bool Fetcher::reset_by_policy(Ctx& ctx, SubscriptionState& subscriptions, TopicPartition p,
                              fact::PositionReason reason) const {
  if (options_.reset == "none") return false;
  std::int64_t to = options_.reset == "earliest" && !sim::mutant("reset-always-to-the-end")
                        ? protocol::kEarliestTimestamp
                        : protocol::kLatestTimestamp;
  if (options_.reset.starts_with("by_duration:"))
    to = std::max<std::int64_t>(0, ctx.wall_clock_ms() - options_.reset_age_ms);
  subscriptions.request_reset(p, to, reason);
  return true;
}

void Fetcher::back_off(Ctx& ctx, AssignedPartition& a) {
  a.request_pending = false;
  a.retry_at = ctx.now() + options_.retry_backoff.initial;
}

void Fetcher::find_positions(Ctx& ctx, FetchParts parts) {
  parts.subscriptions.note_leaders(parts.core.metadata, options_.notes_epochs_without_leader);
  std::map<ClientNodeId, protocol::ListOffsetsRequest> resets;
  std::map<ClientNodeId, protocol::OffsetForLeaderEpochRequest> checks;
  std::map<ClientNodeId, std::vector<Asked>> reset_asked, check_asked;
  for (auto& [p, a] : parts.subscriptions.assigned) {
    if (a.state != State::AwaitReset && a.state != State::AwaitValidation) continue;
    if (a.request_pending || a.retry_at > ctx.now()) continue;
    const LeaderAndEpoch current =
        a.state == State::AwaitReset ? parts.core.metadata.current_leader(p) : a.position.current_leader;
    if (!current.known()) {
      parts.core.metadata.request_update();
      continue;
    }
    if (!parts.core.network.ready(ctx, current.leader)) continue;
    const ClientNodeId node = current.leader.id;
    if (a.state == State::AwaitReset) {
      resets[node].partitions.push_back({p, current.epoch, a.reset_timestamp});
      reset_asked[node].push_back({p, a.position, a.reset_timestamp, ctx.now()});
    } else {
      checks[node].partitions.push_back({p, current.epoch, a.position.offset_epoch});
      check_asked[node].push_back({p, a.position, 0, ctx.now()});
    }
    a.request_pending = true;
  }
  for (auto& [node, request] : resets) {
    request.read_committed = options_.read_committed;
    asked_[next_request_] = std::move(reset_asked[node]);
    parts.core.network.send(ctx, node, std::move(request), kListOffsetsPurpose, next_request_++);
  }
  for (auto& [node, request] : checks) {
    asked_[next_request_] = std::move(check_asked[node]);
    parts.core.network.send(ctx, node, std::move(request), kEpochPurpose, next_request_++);
  }
}

/// The follower that the leader named, while its lease lasts and it is alive; otherwise the position's leader, even if
/// newer metadata shows no leader. Kafka: AbstractFetch.selectReadReplica.
std::optional<ClientNode> Fetcher::select_node(Ctx& ctx, FetchParts& parts, TopicPartition p, AssignedPartition& a) {
  if (a.read_replica != protocol::kNoBroker) {
    if (ctx.now() > a.read_replica_until) {
      parts.subscriptions.clear_read_replica(ctx, p, fact::ReadReplicaReason::MetadataAge);
    } else if (const auto node = parts.core.metadata.node(a.read_replica)) {
      return node;
    } else {
      if (options_.gives_read_replica_up) parts.core.metadata.request_update();
      parts.subscriptions.clear_read_replica(ctx, p, fact::ReadReplicaReason::ReplicaGone);
    }
  }
  // Before KIP-320 metadata has no epochs, and a position has no leader of its own.
  const bool own = a.position.current_leader.epoch.value >= 0;
  const LeaderAndEpoch current = own ? a.position.current_leader : parts.core.metadata.current_leader(p);
  return current.known() ? std::optional(current.leader) : std::nullopt;
}

void Fetcher::send_fetches(Ctx& ctx, FetchParts parts) {
  // A node with buffered data gets no further fetch until that data has been handed over (KAFKA-17182, from 4.1 on).
  // Data of paused partitions does not count, because it may wait for a long time.
  std::set<ClientNodeId> busy = pending_nodes_;
  if (options_.skip_buffered_nodes)
    for (const Buffered& b : buffered_) {
      AssignedPartition* a = parts.subscriptions.find(b.data.partition);
      if (a == nullptr || a->state != State::Fetching || a->paused) continue;
      if (const auto node = select_node(ctx, parts, b.data.partition, *a)) busy.insert(node->id);
    }
  std::vector<std::pair<TopicPartition, AssignedPartition*>> fetchable;
  for (auto& [p, a] : parts.subscriptions.assigned) {
    if (!a.fetchable() || a.retry_at > ctx.now()) continue;
    if (std::any_of(buffered_.begin(), buffered_.end(),
                    [&, tp = p](const Buffered& b) { return b.data.partition == tp; }))
      continue;
    fetchable.emplace_back(p, &a);
  }
  // Older clients read their partitions in turn. In newer clients the order of the request does not matter, because the
  // broker's session has its own (AbstractFetch.fetchablePartitions returns a HashSet; here the partitions are sorted).
  if (options_.in_turn)
    std::stable_sort(fetchable.begin(), fetchable.end(),
                     [](const auto& x, const auto& y) { return x.second->place < y.second->place; });
  std::map<ClientNodeId, std::vector<protocol::FetchPartition>> wanted;
  for (auto& [p, a] : fetchable) {
    const auto node = select_node(ctx, parts, p, *a);
    if (!node) {
      parts.core.metadata.request_update();
      continue;
    }
    if (busy.contains(node->id) || !parts.core.network.ready(ctx, *node)) continue;
    protocol::FetchPartition f;
    f.partition = p;
    f.current_leader_epoch = a->position.current_leader.epoch;
    f.fetch_offset = a->position.offset;
    f.partition_max_bytes = options_.max_partition_bytes;
    wanted[node->id].push_back(f);
  }
  for (auto& [node, partitions] : wanted) {
    protocol::FetchRequest request;
    sessions_[node].ask(std::move(partitions), request);
    request.max_wait_ms = options_.max_wait_ms;
    request.min_bytes = options_.min_bytes;
    request.max_bytes = options_.max_bytes;
    request.read_committed = options_.read_committed;
    request.rack_id = options_.rack;
    pending_nodes_.insert(node);
    parts.core.network.send(ctx, node, std::move(request), kFetchPurpose, 0);
  }
}

void Fetcher::close_sessions(Ctx& ctx, FetchParts parts) {
  for (const auto& [node, session] : sessions_)
    if (parts.core.network.can_send(node) && parts.core.network.send(ctx, node, session.close(), kClosePurpose, 0))
      ++closing_;
  sessions_.clear();
}

std::vector<Fetcher::Asked> Fetcher::take(std::uint64_t number) {
  const auto it = asked_.find(number);
  if (it == asked_.end()) return {};
  std::vector<Asked> out = std::move(it->second);
  asked_.erase(it);
  return out;
}

bool Fetcher::on_completed(Ctx& ctx, FetchParts parts, const Completed& done) {
  switch (done.purpose) {
    case kFetchPurpose: on_fetched(ctx, parts, done); return true;
    case kClosePurpose: --closing_; return true;
    case kListOffsetsPurpose: on_listed(ctx, parts, done, take(done.arg)); return true;
    case kEpochPurpose: on_epochs(ctx, parts, done, take(done.arg)); return true;
    default: return false;
  }
}

void Fetcher::on_fetched(Ctx& ctx, FetchParts& parts, const Completed& done) {
  pending_nodes_.erase(done.node);
  const auto at = sessions_.find(done.node);
  if (at == sessions_.end()) return;  // the consumer is closing
  FetchSessionHandler& session = at->second;
  if (done.disconnected) {
    session.on_lost();
    if (!options_.gives_read_replica_up) return;
    for (const protocol::FetchPartition& q : session.asked())
      parts.subscriptions.clear_read_replica(ctx, q.partition, fact::ReadReplicaReason::ConnectionLost);
    return;
  }
  const auto& response = protocol::get<protocol::FetchResponse>(*done.body);
  if (response.error != ErrorCode::NONE) parts.stats.error(ctx, response.error);
  if (!session.on_response(response)) return;
  ConsumerMetrics& metrics = parts.stats.metrics.consumer;
  ++metrics.fetch_total;
  metrics.fetch_latency.record((ctx.now() - done.sent_at).us, ctx.now());
  const std::uint64_t answer = next_answer_++;
  if (!response.partitions.empty()) answers_[answer].partitions = response.partitions.size();
  for (const protocol::FetchPartitionResponse& r : response.partitions) {
    if ((r.error == ErrorCode::NOT_LEADER_OR_FOLLOWER || r.error == ErrorCode::FENCED_LEADER_EPOCH) &&
        r.current_leader != protocol::kNoBroker)
      parts.core.metadata.update_leader(r.partition, r.current_leader, r.current_leader_epoch);
    if (r.preferred_read_replica != protocol::kNoBroker) {
      AssignedPartition* a = parts.subscriptions.find(r.partition);
      if (a != nullptr && a->read_replica != r.preferred_read_replica) {
        a->read_replica = r.preferred_read_replica;
        a->read_replica_until = ctx.now() + options_.read_replica_lease;
        ctx.trace(
            fact::ReadReplicaChosen{r.partition, r.preferred_read_replica, fact::ReadReplicaReason::NamedByLeader});
      }
    }
    if (r.error == ErrorCode::NONE && r.batches.empty()) {
      measure(ctx, metrics, answer, 0, 0);
      continue;
    }
    if (r.error != ErrorCode::NONE) parts.stats.error(ctx, r.error, r.partition);
    Buffered& b = buffered_.emplace_back();
    b.data = r;
    b.asked = session.find(r.partition)->fetch_offset;
    b.answer = answer;
  }
}

void Fetcher::measure(Ctx& ctx, ConsumerMetrics& metrics, std::uint64_t answer, std::int64_t bytes,
                      std::int64_t records) {
  Answer& a = answers_.find(answer)->second;
  a.bytes += bytes;
  a.records += records;
  if (--a.partitions > 0) return;
  metrics.fetch_size.record(a.bytes, ctx.now());
  metrics.records_per_request.record(a.records, ctx.now());
  metrics.bytes_consumed_total += a.bytes;
  metrics.records_consumed_total += a.records;
  answers_.erase_key(answer);
}

/// Kafka: CompletedFetch.drain; FetchCollector.initialize for an error.
void Fetcher::drop_front(Ctx& ctx, FetchParts& parts) {
  const Buffered& b = buffered_.front();
  if (b.records > 0 || b.data.error != ErrorCode::NONE) parts.subscriptions.move_to_end(b.data.partition);
  measure(ctx, parts.stats.metrics.consumer, b.answer, b.bytes, b.records);
  buffered_.pop_front();
}

/// The exception that poll() throws; "" if none, so that poll() continues with the other partitions.
std::string Fetcher::thrown_by(const Buffered& b, const AssignedPartition& a) const {
  switch (b.data.error) {
    case ErrorCode::OFFSET_OUT_OF_RANGE:
      return options_.reset == "none" && a.read_replica == protocol::kNoBroker ? "OffsetOutOfRangeException" : "";
    case ErrorCode::TOPIC_AUTHORIZATION_FAILED: return exception_name(b.data.error);
    case ErrorCode::CORRUPT_MESSAGE: return "KafkaException";
    case ErrorCode::UNKNOWN_LEADER_EPOCH:
    case ErrorCode::UNKNOWN_SERVER_ERROR:
    case ErrorCode::OFFSET_NOT_AVAILABLE: return "";
    default: return protocol::refreshes_metadata(b.data.error) ? "" : "IllegalStateException";  // an unexpected error
  }
}

/// Kafka: FetchCollector.handleInitializeErrors.
void Fetcher::on_fetch_error(Ctx& ctx, FetchParts& parts, const Buffered& b) {
  const TopicPartition p = b.data.partition;
  AssignedPartition* a = parts.subscriptions.find(p);
  if (b.data.error == ErrorCode::OFFSET_OUT_OF_RANGE) {
    // A follower may be behind the leader: retries the offset at the leader.
    if (parts.subscriptions.clear_read_replica(ctx, p, fact::ReadReplicaReason::OutOfRange)) return;
    if (!reset_by_policy(ctx, parts.subscriptions, p, fact::PositionReason::OutOfRange)) back_off(ctx, *a);
    return;
  }
  // Simplified: Kafka's consumer retries at once; here it retries after retry.backoff.ms, or when the metadata has a
  // newer epoch.
  if (b.data.error != ErrorCode::UNKNOWN_LEADER_EPOCH &&
      (protocol::refreshes_metadata(b.data.error) || b.data.error == ErrorCode::OFFSET_NOT_AVAILABLE)) {
    parts.core.metadata.request_update();
    if (options_.gives_read_replica_up) parts.subscriptions.clear_read_replica(ctx, p, fact::ReadReplicaReason::Error);
  }
  back_off(ctx, *a);
}

int Fetcher::first_unreadable(const DeliveredRun& run) const {
  if (options_.deserializers.read_anything()) return run.last + 1;
  int i = run.first;
  while (i <= run.last && options_.deserializers.read(run.batch->records[static_cast<std::size_t>(i)])) ++i;
  return i;
}

Fetcher::Unreadable Fetcher::unreadable_at(const DeliveredRun& run, const MetadataCache& metadata) const {
  Unreadable out{run.partition, run.batch, run.base_offset, run.first, {}, {}};
  const protocol::RecordView record = run.batch->records[static_cast<std::size_t>(run.first)];
  out.message =
      options_.deserializers.message(record, metadata.name_of(run.partition.topic), run.partition.partition,
                                     out.offset(), "If needed, please seek past the record to continue consumption.");
  out.cause = options_.deserializers.cause(record);
  return out;
}

namespace {
/// The size of the records before compression (CompletedFetch.fetchRecords: sizeInBytes).
std::int64_t bytes_of(const DeliveredRun& run) {
  const protocol::RecordBatch& batch = *run.batch;
  if (run.count() == batch.count() && batch.compression == protocol::Compression::None) return batch.size_bytes - 61;
  std::int64_t bytes = 0;
  for (int i = run.first; i <= run.last; ++i)
    bytes += protocol::record_size(batch.records[static_cast<std::size_t>(i)], batch.offset_delta(i),
                                   batch.records.timestamp_ms(0));
  return bytes;
}
}  // namespace

/// Called for every batch, in order. Kafka: CompletedFetch.consumeAbortedTransactionsUpTo, isBatchAborted.
bool Fetcher::aborted(Buffered& b, const protocol::StoredBatch& batch) {
  auto& coming = b.data.aborted_transactions;
  std::erase_if(coming, [&](const protocol::AbortedTransaction& t) {
    if (t.first_offset > batch.last_offset()) return false;
    b.aborted.insert(t.producer_id);
    return true;
  });
  const protocol::ProducerId producer = batch.data->producer_id;
  const auto marker = protocol::marker_in(*batch.data);
  if (marker && marker->result == protocol::TransactionResult::Abort) b.aborted.erase(producer);
  return !batch.data->control && batch.data->transactional && b.aborted.contains(producer);
}

std::vector<DeliveredRun> Fetcher::collect(Ctx& ctx, FetchParts parts, std::string& thrown) {
  std::vector<DeliveredRun> out;
  unreadable_.reset();
  if (!thrown_.empty()) {
    thrown = std::exchange(thrown_, {});
    return out;
  }
  int left = options_.max_poll_records;
  std::deque<Buffered> later;  // data of paused partitions
  while (left > 0 && !buffered_.empty()) {
    Buffered& b = buffered_.front();
    const TopicPartition p = b.data.partition;
    AssignedPartition* a = parts.subscriptions.find(p);
    if (a && a->state == State::Fetching &&
        ((a->paused && !sim::mutant("paused-partitions-delivered")) || a->pending_revocation)) {
      later.push_back(std::move(b));
      buffered_.pop_front();
      continue;
    }
    if (!a || a->state != State::Fetching || a->position.offset != b.asked) {
      drop_front(ctx, parts);  // a seek, a reset or a rebalance has moved the position since the fetch
      continue;
    }
    if (b.data.error != ErrorCode::NONE) {
      std::string exception = thrown_by(b, *a);
      if (!exception.empty() && !out.empty())
        break;  // collected records are delivered first; the next poll throws the exception
      const Buffered failed = b;
      drop_front(ctx, parts);
      on_fetch_error(ctx, parts, failed);
      if (exception.empty()) continue;
      thrown = std::move(exception);
      break;
    }
    while (left > 0 && b.batch < b.data.batches.size()) {
      const protocol::StoredBatch& s = b.data.batches[b.batch];
      const bool hidden = (options_.read_committed && aborted(b, s)) || s.data->control;
      if (a->position.offset > s.last_offset() || hidden) {
        if (a->position.offset <= s.last_offset()) {
          a->position.offset = s.next_offset();
          a->position.offset_epoch = s.leader_epoch;
        }
        ++b.batch;
        continue;
      }
      DeliveredRun run{p, s.data, s.base_offset, s.leader_epoch, 0, 0};
      run.first = s.data->index_from(a->position.offset - s.base_offset);
      if (run.first == s.data->count()) {  // the rest of the batch has been compacted away
        a->position.offset = s.next_offset();
        ++b.batch;
        continue;
      }
      run.last = std::min(s.data->count() - 1, run.first + left - 1);
      if (const int unreadable = first_unreadable(run); unreadable <= run.last) run.last = unreadable - 1;
      if (run.count() == 0) {
        // Earlier records are delivered first; after that every poll throws for this record until the application seeks
        // (CompletedFetch.fetchRecords).
        if (out.empty()) {
          if (sim::mutant("unreadable-record-skipped")) {
            a->position.offset = b.asked = s.base_offset + (s.data->offset_delta(run.first) + 1);
            continue;
          }
          unreadable_ = unreadable_at(run, parts.core.metadata);
          thrown = options_.deserializers.exception();
        }
        left = 0;
        break;
      }
      left -= run.count();
      a->position.offset =
          run.last == s.data->count() - 1 ? s.next_offset() : s.base_offset + (s.data->offset_delta(run.last) + 1);
      a->position.offset_epoch = s.leader_epoch;
      b.asked = a->position.offset;
      if (run.last == s.data->count() - 1) ++b.batch;
      ConsumerMetrics& metrics = parts.stats.metrics.consumer;
      b.bytes += bytes_of(run);
      b.records += run.count();
      const Offset end = options_.read_committed ? b.data.last_stable_offset : b.data.high_watermark;
      const std::int64_t lag = std::max<std::int64_t>(0, end - a->position.offset);
      metrics.records_lag.record(lag, ctx.now());
      metrics.lag[p] = lag;
      out.push_back(std::move(run));
    }
    if (b.batch >= b.data.batches.size()) drop_front(ctx, parts);
    else b.asked = a->position.offset;
  }
  for (Buffered& b : later) buffered_.push_back(std::move(b));
  return out;
}

void Fetcher::on_listed(Ctx& ctx, FetchParts& parts, const Completed& done, const std::vector<Asked>& asked) {
  for (const Asked& q : asked) {
    AssignedPartition* a = parts.subscriptions.find(q.partition);
    if (!a || a->state != State::AwaitReset || a->reset_timestamp != q.timestamp) continue;
    if (done.disconnected) {
      back_off(ctx, *a);
      continue;
    }
    const auto& response = protocol::get<protocol::ListOffsetsResponse>(*done.body);
    const auto r = std::find_if(response.partitions.begin(), response.partitions.end(),
                                [&](const auto& x) { return x.partition == q.partition; });
    if (r == response.partitions.end() || r->error != ErrorCode::NONE) {
      if (r != response.partitions.end()) {
        parts.stats.error(ctx, r->error, q.partition);
        if (r->error == ErrorCode::TOPIC_AUTHORIZATION_FAILED) throw_later(exception_name(r->error));
      }
      parts.core.metadata.request_update();
      back_off(ctx, *a);
      continue;
    }
    const fact::PositionReason reason = a->reset_reason;
    if (!r->offset.known()) {  // no record at or after the timestamp: the end
      parts.subscriptions.request_reset(q.partition, protocol::kLatestTimestamp, reason);
      continue;
    }
    // The position is stored without the offset's epoch, so it is never validated
    // (OffsetFetcherUtils.resetPositionIfNeeded).
    parts.subscriptions.seek(ctx, q.partition, {r->offset, {}, parts.core.metadata.current_leader(q.partition)}, reason,
                             false);
  }
}

void Fetcher::on_epochs(Ctx& ctx, FetchParts& parts, const Completed& done, const std::vector<Asked>& asked) {
  for (const Asked& q : asked) {
    AssignedPartition* a = parts.subscriptions.find(q.partition);
    if (!a || a->state != State::AwaitValidation || a->position != q.position)
      continue;  // or the response was about an earlier leader
    if (done.disconnected) {
      back_off(ctx, *a);
      continue;
    }
    const auto& response = protocol::get<protocol::OffsetForLeaderEpochResponse>(*done.body);
    const auto r = std::find_if(response.partitions.begin(), response.partitions.end(),
                                [&](const auto& x) { return x.partition == q.partition; });
    if (r == response.partitions.end() || r->error != ErrorCode::NONE) {
      if (r != response.partitions.end()) {
        parts.stats.error(ctx, r->error, q.partition);
        if (r->error == ErrorCode::TOPIC_AUTHORIZATION_FAILED) throw_later(exception_name(r->error));
        if (protocol::refreshes_metadata(r->error)) parts.core.metadata.request_update();
      }
      back_off(ctx, *a);
      continue;
    }
    const bool undefined = r->end_offset.value < 0 || r->leader_epoch.value < 0;
    if (!undefined && r->end_offset >= a->position.offset) {
      a->state = State::Fetching;
      a->request_pending = false;
      continue;
    }
    // The log was truncated below the position (SubscriptionState.maybeCompleteValidation). Without a reset policy the
    // consumer stops reading: the request is repeated after request.timeout.ms until the application seeks.
    if (options_.reset == "none") {
      throw_later("LogTruncationException");
      a->request_pending = false;
      a->retry_at = q.sent + options_.request_timeout;
    } else if (undefined) {
      reset_by_policy(ctx, parts.subscriptions, q.partition, fact::PositionReason::Truncated);
    } else {
      parts.subscriptions.seek(ctx, q.partition, {r->end_offset, r->leader_epoch, a->position.current_leader},
                               fact::PositionReason::Truncated, false);
    }
  }
}

Instant Fetcher::next_wake(const SubscriptionState& subscriptions, Instant now) const {
  Instant due = sim::kNever;
  for (const auto& [p, a] : subscriptions.assigned)
    if (a.retry_at > now) due = std::min(due, a.retry_at);
  return due;
}

std::map<TopicPartition, std::int64_t> Fetcher::buffered_records(const SubscriptionState& subscriptions) const {
  std::map<TopicPartition, std::int64_t> records;
  for (const Buffered& b : buffered_) {
    const auto a = subscriptions.assigned.find(b.data.partition);
    if (a == subscriptions.assigned.end() || a->second.position.offset != b.asked) continue;
    for (std::size_t i = b.batch; i < b.data.batches.size(); ++i) {
      const protocol::StoredBatch& s = b.data.batches[i];
      if (!s.data->control && s.last_offset() >= b.asked)
        records[b.data.partition] += s.data->count() - s.data->index_from(b.asked - s.base_offset);
    }
  }
  return records;
}

}  // namespace kafkascope::client
