// Following: num.replica.fetchers fetchers per leader broker, each with one request in flight for all its partitions.
// Kafka: AbstractFetcherThread, ReplicaFetcherThread, RemoteLeaderEndPoint, ReplicaFetcherManager. Truncation:
// follower_truncation.cpp.
#include <algorithm>
#include <utility>

#include "broker/broker_server.h"
#include "broker/timers.h"
#include "protocol/facts_of_logs.h"
#include "sim/mutant.h"

namespace kafkascope::broker {
namespace {

/// The index of the leader's fetcher for the partition, computed with Java's hash of the topic's name. Kafka:
/// AbstractFetcherManager.getFetcherId.
std::int32_t fetcher_id(const protocol::TopicImage* topic, TopicPartition tp, std::int32_t fetchers) {
  if (fetchers == 1 || topic == nullptr) return 0;
  std::uint32_t hash = 0;
  for (const char c : topic->name) hash = 31 * hash + static_cast<unsigned char>(c);
  const std::uint32_t mixed = (31 * hash + static_cast<std::uint32_t>(tp.partition)) & 0x7fffffffu;
  return static_cast<std::int32_t>(mixed % static_cast<std::uint32_t>(fetchers));
}

std::uint64_t timer_argument(BrokerId leader, std::int32_t fetcher) {
  return timer::argument(static_cast<std::uint32_t>(fetcher), static_cast<std::uint32_t>(leader));
}

/// A leader's log may start inside a batch (DeleteRecords), and the leader returns the whole batch: a follower with an
/// empty log then starts at the base of the batch. Kafka: Partition.appendRecordsToFollowerOrFutureReplica.
void begin_with_batch(Ctx& ctx, Replica& r, std::span<const StoredBatch> batches) {
  const Offset end = r.log.log_end_offset(), base = batches.front().base_offset;
  if (end != r.log.log_start_offset() || base >= end || batches.back().last_offset() < end) return;
  r.log.truncate_fully_and_start_at(base, ctx.now());
  ctx.trace(fact::LogTruncated{
      .partition = r.tp, .to = base, .from = end, .reason = fact::TruncationReason::LeadersStartInsideBatch});
}

}  // namespace

Fetcher& ReplicaFetcherManager::fetcher_for(BrokerServer& server, BrokerId leader, TopicPartition tp) {
  const std::int32_t id = fetcher_id(server.image.topic(tp.topic), tp, server.settings.num_fetchers);
  for (Fetcher& f : fetchers)
    if (f.leader == leader && f.id == id) return f;
  Fetcher& fresh = fetchers.emplace_back();
  fresh.leader = leader;
  fresh.id = id;
  return fresh;
}

Fetcher* ReplicaFetcherManager::fetcher_on(sim::ConnectionId connection) {
  const std::int32_t at = fetcher_by_slot.find(connection.slot);
  if (at < 0) return nullptr;
  Fetcher& f = fetchers[static_cast<std::size_t>(at)];
  return f.connection == connection ? &f : nullptr;
}

void ReplicaFetcherManager::add_to_fetcher(Ctx& ctx, BrokerServer& server, std::int32_t index) {
  Replica& r = server.replicas[static_cast<std::size_t>(index)];
  if (r.leader == kNoBroker || server.image.broker(r.leader) == nullptr) return;
  r.note_change();
  r.fetching = true;
  r.fetch_failed = false;
  r.fetch_in_sync = r.fetch_sync_known = false;
  r.fetch_delayed_until = sim::Instant{0};
  Fetcher& f = fetcher_for(server, r.leader, r.tp);
  r.fetcher = static_cast<std::int32_t>(&f - fetchers.data());
  r.fetch_place = ++f.last_place;
  f.replicas.push_back(index);
  r.fetch_awake = true;
  f.awake.push_back(index);
  // Other partitions may still be added in this callback: the fetcher asks for all of them at the end.
  if (f.step == Fetcher::Step::Idle) {
    ctx.cancel(f.wake);
    f.wake = ctx.set_timer(sim::Duration{0}, timer::kFetcherWake, timer_argument(f.leader, f.id));
  }
}

void ReplicaFetcherManager::remove_from_fetcher(BrokerServer& server, std::int32_t index) {
  Replica& r = server.replicas[static_cast<std::size_t>(index)];
  if (!r.fetching) return;
  r.fetching = false;
  r.fetch_lag = 0;
  Fetcher& f = fetchers[static_cast<std::size_t>(r.fetcher)];
  if (f.step == Fetcher::Step::Fetching && r.in_session) {
    r.left_fetcher = r.fetcher;
    r.left_request = f.correlation_id;
  }
  std::erase(f.replicas, index);
  if (std::exchange(r.fetch_awake, false)) std::erase(f.awake, index);
  leave_session(f, r);
}

/// Redistributes all partitions over the new number of fetchers. Kafka: AbstractFetcherManager.resizeThreadPool.
void ReplicaFetcherManager::resize_fetchers(Ctx& ctx, BrokerServer& server, std::int32_t fetchers) {
  if (std::exchange(server.settings.num_fetchers, fetchers) == fetchers) return;
  for (std::size_t i = 0; i < server.replicas.size(); ++i) {
    if (!server.look(static_cast<std::int32_t>(i)).fetching) continue;
    remove_from_fetcher(server, static_cast<std::int32_t>(i));
    add_to_fetcher(ctx, server, static_cast<std::int32_t>(i));
  }
}

void ReplicaFetcherManager::leave_session(Fetcher& f, Replica& r) {
  r.note_change();
  if (std::exchange(r.in_session, false)) f.forgotten.push_back(r.tp);
}

/// The leader epoch in the follower's fetch; -1 before KIP-320.
LeaderEpoch ReplicaFetcherManager::fetch_epoch(const BrokerServer& server, const Replica& r) const {
  return server.options.historical.kip_320 ? LeaderEpoch{} : r.leader_epoch;
}

/// Whether the partition's row would equal the last one that the session received; the next request then need not name
/// the partition.
bool ReplicaFetcherManager::asks_the_same(const BrokerServer& server, const Replica& r) const {
  const protocol::FetchPartition& sent = r.fetch_sent;
  return r.in_session && sent.fetch_offset == r.log.log_end_offset() &&
         sent.log_start_offset == r.log.log_start_offset() && sent.current_leader_epoch == fetch_epoch(server, r) &&
         (server.options.historical.kip_595 || sent.last_fetched_epoch == r.log.latest_epoch());
}

/// Kafka: AbstractFetcherThread.maybeFetch, one iteration of its loop.
void ReplicaFetcherManager::run_fetcher(Ctx& ctx, BrokerServer& server, Fetcher& f) {
  if (f.step != Fetcher::Step::Idle) return;
  ctx.cancel(f.wake);
  if (f.replicas.empty()) {  // ReplicaFetcherManager.shutdownIdleFetcherThreads
    close_fetcher(ctx, f, false);
    f.session_id = f.session_epoch = 0;
    return;
  }
  if (server.options.historical.kip_595 && ask_epochs(ctx, server, f)) return;
  server.fetches.wake_readers(server);
  protocol::FetchRequest request;
  std::vector<TopicPartition> back;  // partitions that return to the session
  // Most partitions sleep most of the time: a session includes them without naming them. A request without a session
  // names all partitions.
  const bool in_session = f.session_epoch > 0;
  bool any = in_session && f.awake.size() < f.replicas.size();
  std::sort(f.awake.begin(), f.awake.end(),
            [&](std::int32_t a, std::int32_t b) { return server.look(a).fetch_place < server.look(b).fetch_place; });
  for (const std::int32_t index : in_session ? f.awake : f.replicas) {
    Replica& r = server.replicas[static_cast<std::size_t>(index)];
    // An in-sync replica is not throttled, so that throttling removes no replica from the ISR
    // (RemoteLeaderEndPoint.shouldFollowerThrottle).
    const bool throttled = r.follower_throttled && !r.fetch_in_sync && follower_quota.exceeded(ctx.now()) &&
                           !sim::mutant("throttle-ignored");
    if (r.fetch_failed || r.truncating || ctx.now() < r.fetch_delayed_until || throttled) {
      leave_session(f, r);
      continue;
    }
    any = true;
    if (in_session && asks_the_same(server, r)) {
      if (r.follower_throttled) continue;
      r.fetch_settled = r.state();
      r.fetch_awake = false;
      continue;
    }
    protocol::FetchPartition p;
    p.partition = r.tp;
    p.current_leader_epoch = fetch_epoch(server, r);
    p.fetch_offset = r.log.log_end_offset();
    if (!server.options.historical.kip_595 && !sim::mutant("last-epoch-not-told"))
      p.last_fetched_epoch = r.log.latest_epoch();
    p.log_start_offset = r.log.log_start_offset();
    p.partition_max_bytes = server.settings.fetch_partition_bytes;
    if (!std::exchange(r.in_session, true) && !f.forgotten.empty()) back.push_back(r.tp);
    r.fetch_sent = p;
    if (request.partitions.empty()) request.partitions.reserve(4);
    request.partitions.push_back(p);
  }
  std::sort(back.begin(), back.end());
  if (!back.empty())
    std::erase_if(f.forgotten, [&](TopicPartition tp) { return std::binary_search(back.begin(), back.end(), tp); });
  std::erase_if(f.awake, [&](std::int32_t index) { return !server.look(index).fetch_awake; });
  // If there are partitions to forget, an empty request is sent, which ends the session
  // (RemoteLeaderEndPoint.buildFetch).
  if (!any && (!in_session || f.forgotten.empty())) {
    f.wake = ctx.set_timer(server.settings.fetch_backoff, timer::kFetcherWake, timer_argument(f.leader, f.id));
    return;
  }
  request.session_id = f.session_id;
  request.session_epoch = f.session_epoch;
  if (f.session_epoch > 0) request.forgotten = f.forgotten;
  f.forgotten.clear();
  request.replica_id = server.options.id;
  request.replica_epoch = server.lifecycle.epoch();
  request.max_wait_ms = server.settings.fetch_wait_ms;
  request.min_bytes = server.settings.fetch_min_bytes;
  request.max_bytes = server.settings.fetch_response_bytes;
  f.step = Fetcher::Step::Fetching;
  send_fetcher_request(ctx, server, f, std::move(request));
}

void ReplicaFetcherManager::close_fetcher(Ctx& ctx, Fetcher& f, bool already_gone) {
  if (!f.connection.valid()) return;
  if (!already_gone) ctx.close(f.connection);
  fetcher_by_slot.erase(f.connection.slot);
  f.connection = {};
}

void ReplicaFetcherManager::send_fetcher_request(Ctx& ctx, BrokerServer& server, Fetcher& f, protocol::Body body) {
  if (!f.connection.valid()) {
    const protocol::BrokerRegistration* leader = server.image.broker(f.leader);
    if (leader == nullptr) {
      fetcher_failed(ctx, server, f, false);
      return;
    }
    f.connection = ctx.connect(protocol::located(leader->endpoint.for_brokers(), ctx.self()));
    fetcher_by_slot.set(f.connection.slot, static_cast<std::int32_t>(&f - fetchers.data()));
  }
  ctx.send(f.connection, protocol::request(++f.correlation_id, std::move(body)));
  ctx.cancel(f.request_timer);
  f.request_timer =
      ctx.set_timer(server.settings.socket_timeout, timer::kFetcherRequest, timer_argument(f.leader, f.id));
}

/// The request was not answered: every partition pauses.
void ReplicaFetcherManager::fetcher_failed(Ctx& ctx, BrokerServer& server, Fetcher& f, bool close) {
  close_fetcher(ctx, f, !close);
  ctx.cancel(f.request_timer);
  const bool was_idle = f.step == Fetcher::Step::Idle || f.step == Fetcher::Step::Writing;
  // 2.5: after a failed Fetch the fetcher's thread waits first, then its partitions
  // (AbstractFetcherThread.processFetchRequest).
  const bool twice = f.step == Fetcher::Step::Fetching && server.options.historical.fetch_2_5;
  if (!was_idle) f.step = Fetcher::Step::Idle;
  f.session_epoch = 0;  // the leader may or may not have seen the request
  if (was_idle) return;
  for (std::int32_t index : f.replicas) {
    Replica& r = server.replicas[static_cast<std::size_t>(index)];
    delay_fetch(ctx, server, r);
    if (twice) r.fetch_delayed_until = std::max(r.fetch_delayed_until, ctx.now() + server.settings.fetch_backoff * 2);
  }
  run_fetcher(ctx, server, f);
}

void ReplicaFetcherManager::fail_fetch(Replica& r) {
  r.note_change();
  r.fetch_failed = true;
  r.fetch_lag = 0;  // a replica that is not fetched has no lag (FetcherLagStats.unregister)
}

/// Records the fetcher's lag. Kafka: PartitionFetchState.lag, isReplicaInSync.
void ReplicaFetcherManager::note_lag(Replica& r, std::int64_t lag) {
  r.fetch_lag = std::max<std::int64_t>(0, lag);
  r.fetch_in_sync = r.fetch_lag == 0;
  r.fetch_sync_known = true;
}

/// Kafka: AbstractFetcherThread.delayPartitions; a pause in progress is not prolonged.
void ReplicaFetcherManager::delay_fetch(Ctx& ctx, BrokerServer& server, Replica& r) {
  r.note_change();
  if (r.fetch_delayed_until <= ctx.now()) r.fetch_delayed_until = ctx.now() + server.settings.fetch_backoff;
}

void ReplicaFetcherManager::on_fetcher_response(Ctx& ctx, BrokerServer& server, Fetcher& f, const Message& message) {
  if (f.step == Fetcher::Step::Idle || f.step == Fetcher::Step::Writing || message.correlation_id != f.correlation_id)
    return;
  ctx.cancel(f.request_timer);
  if (const auto* data = protocol::get_if<protocol::FetchResponse>(&message.body)) {
    on_fetch_data(ctx, server, f, *data);
  } else if (const auto* offsets = protocol::get_if<protocol::ListOffsetsResponse>(&message.body)) {
    on_offsets_listed(ctx, server, f, *offsets);
  } else if (const auto* epochs = protocol::get_if<protocol::OffsetForLeaderEpochResponse>(&message.body)) {
    on_epoch_ends(ctx, server, f, *epochs);
  }
}

/// Kafka: AbstractFetcherThread.processFetchRequest.
void ReplicaFetcherManager::on_fetch_data(Ctx& ctx, BrokerServer& server, Fetcher& f,
                                          const protocol::FetchResponse& response) {
  f.step = Fetcher::Step::Idle;
  if (response.error != ErrorCode::NONE) {  // FetchSessionHandler.handleResponse: the next request is full
    const bool session_lost = response.error == ErrorCode::FETCH_SESSION_ID_NOT_FOUND ||
                              response.error == ErrorCode::INVALID_FETCH_SESSION_EPOCH;
    if (response.error == ErrorCode::FETCH_SESSION_ID_NOT_FOUND) f.session_id = 0;
    f.session_epoch = 0;
    for (std::int32_t index : f.replicas)
      if (!session_lost) delay_fetch(ctx, server, server.replicas[static_cast<std::size_t>(index)]);
    run_fetcher(ctx, server, f);
    return;
  }
  f.session_epoch = response.session_id == 0 ? 0
                    : f.session_epoch == 0   ? 1
                                             : FetchSessions::epoch_after(f.session_epoch);
  f.session_id = response.session_id;
  std::vector<std::int32_t> out_of_range;
  sim::Duration wait;
  for (const protocol::FetchPartitionResponse& data : response.partitions) {
    const std::int32_t index = server.find(data.partition);
    if (index < 0) continue;
    Replica& r = server.replicas[static_cast<std::size_t>(index)];
    // While the request was in flight the partition may have moved to another fetcher, or started anew here in a newer
    // epoch. The response counts if it still matches, except for a log without epochs, which starts in state Truncating
    // (AbstractFetcherThread.partitionFetchState).
    const bool anew = !r.in_session && r.left_fetcher == r.fetcher && r.left_request == f.correlation_id &&
                      !r.truncating && r.log.latest_epoch().value >= 0;
    if (!r.fetching || (!r.in_session && !anew) || r.leader != f.leader ||
        r.log.log_end_offset() != r.fetch_sent.fetch_offset)
      continue;
    switch (data.error) {
      case ErrorCode::NONE:
        if (data.diverging_epoch.value >= 0 || data.diverging_end_offset.known()) {
          // The high watermark of such a response is ignored.
          truncate_diverging(ctx, r, {data.diverging_epoch, data.diverging_end_offset});
        } else if (!append_fetched(ctx, server, index, data, wait)) {
          fail_fetch(r);
        }
        break;
      case ErrorCode::OFFSET_OUT_OF_RANGE: out_of_range.push_back(index); break;
      case ErrorCode::FENCED_LEADER_EPOCH:
        // The follower's epoch is old, and newer metadata is on its way or has arrived meanwhile (onPartitionFenced).
        if (fetch_epoch(server, r) == r.fetch_sent.current_leader_epoch) fail_fetch(r);
        else delay_fetch(ctx, server, r);
        break;
      default: delay_fetch(ctx, server, r);
    }
  }
  if (wait.us > 0) {  // the thread writes and waits for the disk; the next response repeats an out-of-range error
    f.step = Fetcher::Step::Writing;
    ctx.cancel(f.wake);
    f.wake = ctx.set_timer(wait, timer::kFetcherWake, timer_argument(f.leader, f.id));
    return;
  }
  if (out_of_range.empty()) {
    run_fetcher(ctx, server, f);
    return;
  }
  list_offsets(ctx, server, f, out_of_range);
}

/// Appends all batches at once (Partition.appendRecordsToFollowerOrFutureReplica). Returns false if the partition has
/// failed; it then waits for a new leader epoch (AbstractFetcherThread.markPartitionFailed).
bool ReplicaFetcherManager::append_batches(Ctx& ctx, BrokerServer& server, Replica& r,
                                           std::span<const StoredBatch> batches, std::int64_t bytes) {
  begin_with_batch(ctx, r, batches);
  const auto failed = [&](fact::ReplicaFailureReason reason) {
    ctx.trace(fact::ReplicaFailed{.partition = r.tp,
                                  .batch_base_offset = batches.front().base_offset,
                                  .log_end_offset = r.log.log_end_offset(),
                                  .leader_epoch = r.leader_epoch,
                                  .reason = reason});
    return false;
  };
  // The batch begins below the log end: the logs diverge inside a batch, and this was not detected
  // (UnexpectedAppendOffsetException).
  if (batches.front().base_offset < r.log.log_end_offset()) return failed(fact::ReplicaFailureReason::OffsetOutOfOrder);
  // The batch was written before the leader's segment.bytes was lowered (RecordBatchTooLargeException; KAFKA-17375 came
  // after 4.1).
  if (bytes > r.log.options().segment_bytes) return failed(fact::ReplicaFailureReason::LargerThanSegment);
  if (server.logs.admit_write(ctx, server, r, bytes) != storage::WriteResult::Ok) return false;
  const Offset active = r.log.active_base_offset();
  r.log.append_as_follower(batches, ctx.now(), server.dirs.behind(r.dir, ctx.now()));
  server.logs.trace_roll(ctx, server, r, active);
  for (const StoredBatch& batch : batches) {
    const protocol::TraceSubject subject{batch.data.get(), batch.base_offset};
    ctx.trace(fact::LogReplicated{r.tp, batch.base_offset, batch.last_offset(), batch.leader_epoch}, &subject);
  }
  return true;
}

/// Kafka: ReplicaFetcherThread.processPartitionData. Returns false if the partition has failed. Raises `wait` to the
/// time that the fetcher must wait for the disk.
bool ReplicaFetcherManager::append_fetched(Ctx& ctx, BrokerServer& server, std::int32_t index,
                                           const protocol::FetchPartitionResponse& data, sim::Duration& wait) {
  Replica& r = server.replicas[static_cast<std::size_t>(index)];
  const Offset recovery_point = r.log.recovery_point();
  std::int64_t bytes = 0;  // number of bytes appended
  for (const StoredBatch& batch : data.batches) bytes += batch.data->size_bytes;
  if (bytes > 0 && !append_batches(ctx, server, r, data.batches, bytes)) return false;
  const bool flushed = server.logs.note_flush(ctx, server, r, recovery_point);
  const std::int64_t came = bytes + data.cut_bytes;
  server.metrics.replication_bytes_in += came;
  if (server.replica_manager.being_added(server, r, server.options.id)) server.metrics.reassignment_bytes_in += came;
  if (bytes > 0) wait = std::max(wait, server.logs.written(server, r, bytes, flushed, ctx.now()));
  r.fetch_lag = std::max<std::int64_t>(0, data.high_watermark - r.log.log_end_offset());
  // A response without records does not update the lag (AbstractFetcherThread.processFetchRequest); from 2.6 on the
  // first response always does.
  if (bytes > 0 || (!r.fetch_sync_known && !server.options.historical.fetch_2_5)) note_lag(r, r.fetch_lag);
  if (r.follower_throttled) follower_quota.record(ctx.now(), came);
  const Offset before = r.log.high_watermark();
  const Offset after = std::min(data.high_watermark, r.log.log_end_offset());
  if (after.known() && after != before) {
    r.log.set_high_watermark(after, ctx.now());
    ctx.trace(fact::FollowerHighWatermark{
        .partition = r.tp, .from = before, .to = r.log.high_watermark(), .leader_epoch = r.leader_epoch});
    // Consumers may fetch from this follower (KIP-392).
    if (server.options.historical.fetch_2_5) server.delayed.answer_fetches(ctx, server, index);
    else server.delayed.check_fetches(ctx, server, index);
  }
  server.logs.advance_log_start(ctx, r, data.log_start_offset, fact::LogStartReason::LeadersLogStart);
  return true;
}

}  // namespace kafkascope::broker
