// How a follower truncates its log. With KIP-595 a Fetch response says where the logs diverge; earlier versions send
// OffsetForLeaderEpoch first (KIP-101, KIP-279), or truncate to the follower's own high watermark ("historical").
// Kafka: AbstractFetcherThread (maybeTruncate, getOffsetTruncationState, fetchOffsetAndTruncate),
// UnifiedLog.truncateTo.
#include <algorithm>
#include <utility>

#include "broker/broker_server.h"
#include "protocol/facts_of_logs.h"
#include "sim/mutant.h"

namespace kafkascope::broker {

/// The replica becomes a follower in a new epoch; if its log has no epochs, no request is needed.
void ReplicaFetcherManager::begin_truncation(Ctx& ctx, BrokerServer& server, Replica& r) {
  r.truncating =
      server.options.historical.kip_595 && !server.options.historical.kip_101 && r.log.latest_epoch().value >= 0;
  if ((server.options.historical.kip_595 || sim::mutant("follower-cuts-at-its-hw")) && !r.truncating)
    truncate_log(ctx, r, r.log.high_watermark(), fact::TruncationReason::OwnHighWatermark);
}

/// Sends one request for all replicas that need a truncation offset; the fetcher does nothing else meanwhile. Returns
/// false if none needs it.
bool ReplicaFetcherManager::ask_epochs(Ctx& ctx, BrokerServer& server, Fetcher& f) {
  protocol::OffsetForLeaderEpochRequest request;
  request.replica_id = server.options.id;
  f.sent.clear();
  f.sent_replicas.clear();
  for (std::int32_t index : f.replicas) {
    const Replica& r = server.replicas[static_cast<std::size_t>(index)];
    if (!r.truncating || r.fetch_failed || ctx.now() < r.fetch_delayed_until) continue;
    request.partitions.push_back({r.tp, fetch_epoch(server, r), r.log.latest_epoch()});
    protocol::FetchPartition& p = f.sent.emplace_back();
    p.partition = r.tp;
    p.current_leader_epoch = r.leader_epoch;
    p.fetch_offset = r.log.log_end_offset();
    f.sent_replicas.push_back(index);
  }
  if (request.partitions.empty()) return false;
  f.step = Fetcher::Step::AskingEpochs;
  send_fetcher_request(ctx, server, f, std::move(request));
  return true;
}

/// Kafka: truncateToEpochEndOffsets.
void ReplicaFetcherManager::on_epoch_ends(Ctx& ctx, BrokerServer& server, Fetcher& f,
                                          const protocol::OffsetForLeaderEpochResponse& response) {
  f.step = Fetcher::Step::Idle;
  for (std::size_t i = 0; i < f.sent.size(); ++i) {
    if (!still_asked_for(server, f, i)) continue;
    Replica& r = server.replicas[static_cast<std::size_t>(f.sent_replicas[i])];
    r.note_change();
    const ErrorCode error =
        i < response.partitions.size() ? response.partitions[i].error : ErrorCode::UNKNOWN_SERVER_ERROR;
    if (error == ErrorCode::NONE) {
      const bool done =
          truncate_diverging(ctx, r, {response.partitions[i].leader_epoch, response.partitions[i].end_offset});
      r.truncating = !done && r.log.latest_epoch().value >= 0;
    } else if (error == ErrorCode::FENCED_LEADER_EPOCH) {
      fail_fetch(r);
    } else {
      delay_fetch(ctx, server, r);
    }
  }
  run_fetcher(ctx, server, f);
}

/// The leader's log diverges from the follower's last epoch at this point: truncates to the last offset known to be
/// common. Returns false if the follower lacks the leader's epoch: it has then cut the records above that epoch and
/// must ask again (KIP-279). Kafka: getOffsetTruncationState.
bool ReplicaFetcherManager::truncate_diverging(Ctx& ctx, Replica& r, storage::EpochEnd leaders) {
  const Offset end = r.log.log_end_offset();
  if (!leaders.end_offset.known()) {
    truncate_log(ctx, r, r.log.high_watermark(), fact::TruncationReason::EpochUnknown);
    return true;
  }
  const Offset to = std::min(leaders.end_offset, end);
  if (leaders.epoch.value < 0) {  // before KIP-279 a response had only the offset
    truncate_log(ctx, r, to, fact::TruncationReason::LeadersLogEnds);
    return true;
  }
  const storage::EpochEnd own = r.log.end_offset_for(leaders.epoch);
  const bool lacks = own.end_offset.known() && own.epoch != leaders.epoch;
  truncate_log(ctx, r,
               lacks                    ? std::min(own.end_offset, end)
               : own.end_offset.known() ? std::min(own.end_offset, to)
                                        : to,
               fact::TruncationReason::Diverged);
  return !lacks;
}

void ReplicaFetcherManager::truncate_log(Ctx& ctx, Replica& r, Offset to, fact::TruncationReason reason) {
  const Offset from = r.log.log_end_offset();
  // Called even if nothing is cut: an epoch that this broker led but that has no record is removed, or else the leader
  // would report it as diverging forever (UnifiedLog.truncateTo).
  r.log.truncate_to(std::min(to, from), ctx.now(), ctx.wall_clock_ms());
  if (to >= from) return;
  ctx.trace(fact::LogTruncated{.partition = r.tp, .to = r.log.log_end_offset(), .from = from, .reason = reason});
}

/// Asks for the bounds of the leader's log. Kafka: fetchOffsetAndTruncate.
/// Simplified: one request asks for both bounds of all partitions; Kafka asks for one bound of one partition at a time.
void ReplicaFetcherManager::list_offsets(Ctx& ctx, BrokerServer& server, Fetcher& f,
                                         const std::vector<std::int32_t>& out_of_range) {
  protocol::ListOffsetsRequest request;
  request.replica_id = server.options.id;
  f.sent.clear();
  f.sent_replicas.clear();
  for (std::int32_t index : out_of_range) {
    const Replica& r = server.replicas[static_cast<std::size_t>(index)];
    request.partitions.push_back({r.tp, fetch_epoch(server, r), protocol::kLatestTimestamp});
    request.partitions.push_back({r.tp, fetch_epoch(server, r), protocol::kEarliestTimestamp});
    protocol::FetchPartition& p = f.sent.emplace_back();
    p.partition = r.tp;
    p.current_leader_epoch = r.leader_epoch;
    p.fetch_offset = r.log.log_end_offset();
    f.sent_replicas.push_back(index);
  }
  f.step = Fetcher::Step::ListingOffsets;
  send_fetcher_request(ctx, server, f, std::move(request));
}

/// Kafka: fetchOffsetAndApplyTruncateAndBuild. f.sent holds the partitions; the response has two rows for each.
void ReplicaFetcherManager::on_offsets_listed(Ctx& ctx, BrokerServer& server, Fetcher& f,
                                              const protocol::ListOffsetsResponse& response) {
  f.step = Fetcher::Step::Idle;
  for (std::size_t i = 0; i < f.sent.size(); ++i) {
    if (!still_asked_for(server, f, i)) continue;
    Replica& r = server.replicas[static_cast<std::size_t>(f.sent_replicas[i])];
    if (response.partitions.size() < 2 * i + 2) {
      delay_fetch(ctx, server, r);
      continue;
    }
    const protocol::ListOffsetsPartitionResponse& latest = response.partitions[2 * i];
    const protocol::ListOffsetsPartitionResponse& earliest = response.partitions[2 * i + 1];
    if (latest.error == ErrorCode::FENCED_LEADER_EPOCH) {
      fail_fetch(r);
    } else if (latest.error != ErrorCode::NONE || earliest.error != ErrorCode::NONE) {
      delay_fetch(ctx, server, r);
    } else {
      const Offset from = r.log.log_end_offset();
      if (latest.offset < from) {
        truncate_log(ctx, r, latest.offset, fact::TruncationReason::LeadersLogShorter);  // after an unclean election
      } else if (earliest.offset > from) {
        r.log.truncate_fully_and_start_at(earliest.offset, ctx.now());
        ctx.trace(fact::LogTruncated{.partition = r.tp,
                                     .to = earliest.offset,
                                     .from = from,
                                     .reason = fact::TruncationReason::BehindLeadersStart});
      }
      note_lag(r, latest.offset - r.log.log_end_offset());
    }
  }
  run_fetcher(ctx, server, f);
}

/// The partition may have moved to another fetcher, or to a newer epoch, since the request was sent.
bool ReplicaFetcherManager::still_asked_for(const BrokerServer& server, const Fetcher& f, std::size_t i) const {
  const Replica& r = server.replicas[static_cast<std::size_t>(f.sent_replicas[i])];
  return r.fetching && r.leader == f.leader && r.leader_epoch == f.sent[i].current_leader_epoch &&
         r.log.log_end_offset() == f.sent[i].fetch_offset;
}

}  // namespace kafkascope::broker
