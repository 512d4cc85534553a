// A share consumer's requests: sessions with brokers, fetches, and acknowledgements.
// Kafka: ShareConsumeRequestManager (its AcknowledgeRequestState), ShareSessionHandler (4.1).
#include <algorithm>
#include <utility>

#include "client/share_consumer.h"

namespace kafkascope::client {

using protocol::AcknowledgeType;
using protocol::ErrorCode;
using protocol::Offset;
using protocol::TopicPartition;
using sim::Instant;

namespace {

/// Converts acknowledgements to the request's format: runs of one type.
std::vector<protocol::AcknowledgementBatch> in_runs(const std::map<Offset, AcknowledgeType>& of_offset) {
  std::vector<protocol::AcknowledgementBatch> out;
  for (const auto& [offset, type] : of_offset) {
    if (!out.empty() && out.back().last + 1 == offset && out.back().types.front() == type) out.back().last = offset;
    else out.push_back({offset, offset, {type}});
  }
  return out;
}

/// Errors after which a retry may succeed. It cannot if the leader has changed, because the locks are lost, or if the
/// topic was deleted.
bool acknowledge_error_passes(ErrorCode e) {
  return protocol::retriable(e) && e != ErrorCode::NOT_LEADER_OR_FOLLOWER && e != ErrorCode::FENCED_LEADER_EPOCH &&
         e != ErrorCode::UNKNOWN_TOPIC_OR_PARTITION && e != ErrorCode::UNKNOWN_TOPIC_ID;
}

}  // namespace

std::int64_t ShareConsumer::records_in(const Acknowledgements& what) {
  std::int64_t n = 0;
  for (const auto& [tp, of_offset] : what) n += static_cast<std::int64_t>(of_offset.size());
  return n;
}

std::vector<ShareConsumer::Unsent> ShareConsumer::unsent(TopicPartition tp) const {
  const auto of = [tp](const Acknowledgements& what) {
    const auto at = what.find(tp);
    return at == what.end() ? 0 : static_cast<std::int64_t>(at->second.size());
  };
  std::vector<Unsent> all;
  for (const auto& [id, s] : sessions_) {
    const Unsent one{.node = id,
                     .unconfirmed = of(s.worked),
                     .decided = of(s.said),
                     .riding = of(s.riding),
                     .committing = of(s.committing) + of(s.again),
                     .open = s.epoch != protocol::kInitialShareEpoch,
                     .has_partition = s.partitions.contains(tp),
                     .in_flight = s.in_flight,
                     .retry_at = s.retry_at};
    if (one.unconfirmed + one.decided + one.riding + one.committing > 0) all.push_back(one);
  }
  return all;
}

bool ShareConsumer::has_commits() const {
  return std::any_of(sessions_.begin(), sessions_.end(), [](const auto& item) {
    const Session& s = item.second;
    return s.in_flight == kShareAcknowledgePurpose || !s.committing.empty() || !s.again.empty();
  });
}

// ---- fetching

void ShareConsumer::send_fetches(Ctx& ctx) {
  std::map<ClientNodeId, std::set<TopicPartition>> wanted;
  for (const TopicPartition tp : membership_.assignment()) {
    const BelievedPartition belief = core_.metadata.partition(tp);
    const auto node = core_.metadata.node(belief.leader);
    if (belief.leader == protocol::kNoBroker || !node) core_.metadata.request_update();
    else wanted[node->id].insert(tp);
  }
  for (const auto& [id, session] : sessions_)
    if (session.epoch > 0 || !session.riding.empty()) wanted[id];
  for (const auto& item : wanted) {
    const ClientNodeId id = item.first;
    const std::set<TopicPartition>& partitions = item.second;
    Session& session = sessions_[id];
    if (session.in_flight != 0) continue;
    const auto node = core_.metadata.node(id);
    if (!node || !core_.network.ready(ctx, *node)) continue;
    for (auto it = session.riding.begin(); it != session.riding.end();) {
      // A new session cannot carry acknowledgements, because the locks belonged to the previous one.
      const bool lost = session.epoch == protocol::kInitialShareEpoch || leader_moved(id, it->first);
      if (lost) failed({*it});
      it = lost ? session.riding.erase(it) : std::next(it);
    }
    if (session.epoch == protocol::kInitialShareEpoch) session.partitions.clear();
    if (partitions.empty() && session.partitions.empty() && session.riding.empty()) continue;
    protocol::ShareFetchRequest r;
    r.group_id = membership_.group_id();
    r.member_id = membership_.member_id();
    r.client_id = options_.client_id;
    r.session_epoch = session.epoch;
    r.max_wait_ms = partitions.empty() ? 0 : max_wait_ms_;
    r.min_bytes = min_bytes_;
    r.max_bytes = max_bytes_;
    r.max_records = max_poll_records_;
    session.sent = std::exchange(session.riding, {});
    stats_.metrics.consumer.acknowledgements_sent += records_in(session.sent);
    for (const auto& [tp, of_offset] : session.sent) r.partitions.push_back({tp, in_runs(of_offset)});
    for (const TopicPartition tp : partitions)
      if (session.partitions.insert(tp).second && !session.sent.contains(tp)) r.partitions.push_back({tp, {}});
    std::erase_if(session.partitions, [&](TopicPartition tp) {
      if (partitions.contains(tp)) return false;
      r.forgotten.push_back(tp);
      return true;
    });
    send(ctx, id, session, std::move(r), kShareFetchPurpose);
  }
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
  const Acknowledgements sent = std::exchange(session.sent, {});
  const ErrorCode error = response == nullptr ? ErrorCode::NETWORK_EXCEPTION : response->error;
  if (!on_answer(ctx, session, error)) {
    failed(sent);
    poll_again_ = ctx.now() + backoff_.after(0, ctx.random(sim::Stream::RetryBackoff));
    core_.metadata.request_update();
    return;
  }
  note_fetch(ctx, done, *response);
  bool pause = false;
  for (const protocol::ShareFetchPartitionResponse& row : response->partitions) {
    if (const auto at = sent.find(row.partition); at != sent.end() && row.acknowledge_error != ErrorCode::NONE) {
      stats_.error(ctx, row.acknowledge_error, row.partition);
      failed({*at});
    }
    if (row.error != ErrorCode::NONE) {
      on_fetch_error(ctx, row.partition, row.error, row.current_leader, row.current_leader_epoch);
      pause = true;
    }
    for (const protocol::AcquiredRecords& a : row.acquired) {
      for (Offset at = a.first; at <= a.last; at = at + 1) {
        const auto batch = std::find_if(row.batches.begin(), row.batches.end(),
                                        [&](const auto& b) { return b.base_offset <= at && at <= b.last_offset(); });
        const int index = batch == row.batches.end() ? -1 : batch->data->index_of(at - batch->base_offset);
        if (index < 0 || batch->data->control)
          session.said[row.partition][at] = AcknowledgeType::Gap;  // the cleaner has removed the record
        else buffer_.push_back({row.partition, batch->data, batch->base_offset, index, done.node});
      }
    }
  }
  if (pause) poll_again_ = ctx.now() + backoff_.after(0, ctx.random(sim::Stream::RetryBackoff));
}

void ShareConsumer::on_fetch_error(Ctx& ctx, TopicPartition tp, ErrorCode error, protocol::BrokerId leader,
                                   protocol::LeaderEpoch epoch) {
  stats_.error(ctx, error, tp);
  if (error == ErrorCode::TOPIC_AUTHORIZATION_FAILED) return throw_it(ctx, error, tp);
  if (leader == protocol::kNoBroker || !core_.metadata.update_leader(tp, leader, epoch))
    core_.metadata.request_update();
}

/// poll() throws the error. Retrying cannot help, so the error ends the application.
void ShareConsumer::throw_it(Ctx& ctx, ErrorCode error, TopicPartition tp) {
  if (!std::exchange(stopping_, true)) stats_.exception(ctx, exception_name(error), tp);
}

void ShareConsumer::send(Ctx& ctx, ClientNodeId node, Session& session, protocol::Body request, std::uint32_t purpose) {
  if (core_.network.send(ctx, node, std::move(request), purpose, static_cast<std::uint64_t>(session.epoch)))
    session.in_flight = purpose;
  else failed(std::exchange(session.sent, {}));
}

/// Kafka: ShareSessionHandler.handleResponse, handleError.
bool ShareConsumer::on_answer(Ctx& ctx, Session& session, ErrorCode error) {
  session.in_flight = 0;
  const bool lost = error == ErrorCode::NETWORK_EXCEPTION || error == ErrorCode::SHARE_SESSION_NOT_FOUND ||
                    error == ErrorCode::INVALID_SHARE_SESSION_EPOCH || error == ErrorCode::SHARE_SESSION_LIMIT_REACHED;
  // As far as the consumer knows, its records are no longer locked. It still processes them, but their acknowledgements
  // will be refused.
  session.epoch = lost ? protocol::kInitialShareEpoch : session.epoch == 2147483647 ? 1 : session.epoch + 1;
  if (lost) session.partitions.clear();
  if (error != ErrorCode::NONE && error != ErrorCode::NETWORK_EXCEPTION) stats_.error(ctx, error);
  return error == ErrorCode::NONE;
}

// ---- acknowledging

/// Kafka: isLeaderKnownToHaveChanged.
bool ShareConsumer::leader_moved(ClientNodeId from, TopicPartition tp) {
  const BelievedPartition belief = core_.metadata.partition(tp);
  if (belief.leader != protocol::kNoBroker) return belief.leader != from;
  core_.metadata.request_update();
  return false;
}

void ShareConsumer::begin_commit_anew(Session& session, Instant now) const {
  session.attempts = 0;
  session.retry_at = {0};
  session.deadline = now + api_timeout_;
}

void ShareConsumer::commit_async(Ctx& ctx) {
  for (auto& [id, session] : sessions_) {
    if (session.committing.empty() && session.again.empty() && session.in_flight != kShareAcknowledgePurpose)
      begin_commit_anew(session, ctx.now());
    for (auto& [tp, of_offset] : std::exchange(session.said, {})) {
      if (leader_moved(id, tp) || !session.partitions.contains(tp)) {
        failed({{tp, of_offset}});
        continue;
      }
      stats_.metrics.consumer.acknowledgements_sent += static_cast<std::int64_t>(of_offset.size());
      session.committing[tp].merge(of_offset);
    }
  }
  send_commits(ctx);
}

bool ShareConsumer::send_commits(Ctx& ctx) {
  bool left = false;
  for (auto& [id, session] : sessions_) {
    if (session.in_flight != 0) {
      left |= session.in_flight == kShareAcknowledgePurpose || !session.committing.empty() || !session.again.empty();
      continue;
    }
    if (session.attempts > 0 && ctx.now() >= session.deadline) {
      failed(std::exchange(session.again, {}));
      begin_commit_anew(session, ctx.now());
    }
    if (session.committing.empty() && session.again.empty()) continue;
    const auto node = core_.metadata.node(id);
    if (ctx.now() < session.retry_at) {
      left = true;
    } else if (!node || session.epoch == protocol::kInitialShareEpoch || core_.network.backing_off(id, ctx.now())) {
      // The acknowledgements cannot be sent: no broker is known, or the session has no acquired records.
      failed(std::exchange(session.again, {}));
      failed(std::exchange(session.committing, {}));
      begin_commit_anew(session, ctx.now());
    } else {
      left = true;
      if (core_.network.ready(ctx, *node))
        send_acknowledge(ctx, id, session,
                         std::exchange(session.again.empty() ? session.committing : session.again, {}), session.epoch);
    }
  }
  return !left;
}

/// Sends the remaining acknowledgements once, with the request that ends the session, after the pending commits.
void ShareConsumer::send_last(Ctx& ctx) {
  send_commits(ctx);
  for (auto& [id, session] : sessions_) {
    if (session.in_flight != 0 || session.closed || !session.committing.empty() || !session.again.empty() ||
        session.epoch == protocol::kInitialShareEpoch)
      continue;
    const auto node = core_.metadata.node(id);
    if (!node || !core_.network.ready(ctx, *node)) continue;
    for (auto& [tp, of_offset] : std::exchange(session.said, {})) session.riding[tp].merge(of_offset);
    stats_.metrics.consumer.acknowledgements_sent += records_in(session.riding);
    session.closed = true;
    send_acknowledge(ctx, id, session, std::exchange(session.riding, {}), protocol::kFinalShareEpoch);
  }
}

void ShareConsumer::send_acknowledge(Ctx& ctx, ClientNodeId node, Session& session, Acknowledgements what,
                                     std::int32_t epoch) {
  protocol::ShareAcknowledgeRequest r;
  r.group_id = membership_.group_id();
  r.member_id = membership_.member_id();
  r.session_epoch = epoch;
  for (const auto& [tp, of_offset] : what) r.partitions.push_back({tp, in_runs(of_offset)});
  session.sent = std::move(what);
  send(ctx, node, session, std::move(r), kShareAcknowledgePurpose);
}

/// Kafka: handleShareAcknowledgeSuccess, handleShareAcknowledgeFailure. A session's last request is not repeated.
void ShareConsumer::on_acknowledged(Ctx& ctx, const Completed& done) {
  Session& session = sessions_[done.node];
  const auto* response = done.disconnected ? nullptr : &protocol::get<protocol::ShareAcknowledgeResponse>(*done.body);
  Acknowledgements sent = std::exchange(session.sent, {});
  const ErrorCode error = response == nullptr ? ErrorCode::NETWORK_EXCEPTION : response->error;
  if (!on_answer(ctx, session, error)) {
    if (response != nullptr && acknowledge_error_passes(error) && !session.closed) session.again = std::move(sent);
    else failed(sent);
  } else {
    for (const auto& row : response->partitions) {
      const auto at = sent.find(row.partition);
      if (at == sent.end() || row.error == ErrorCode::NONE) continue;
      stats_.error(ctx, row.error, row.partition);
      if (row.current_leader != protocol::kNoBroker)
        core_.metadata.update_leader(row.partition, row.current_leader, row.current_leader_epoch);
      if (acknowledge_error_passes(row.error) && !session.closed) session.again.insert(sent.extract(at));
      else failed({*at});
    }
  }
  if (session.again.empty()) begin_commit_anew(session, ctx.now());
  else session.retry_at = ctx.now() + backoff_.after(session.attempts++, ctx.random(sim::Stream::RetryBackoff));
}

std::int64_t ShareConsumer::in_flight() const {
  return std::count_if(sessions_.begin(), sessions_.end(), [](const auto& s) { return s.second.in_flight != 0; });
}

}  // namespace kafkascope::client
