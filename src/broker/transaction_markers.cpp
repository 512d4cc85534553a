#include "broker/transaction_markers.h"

#include <utility>

#include "broker/broker_server.h"
#include "broker/coordinator_host.h"
#include "broker/timers.h"
#include "protocol/transaction_marker.h"

namespace kafkascope::broker {

void TransactionMarkers::on_death() {
  requests_.clear();
  markers_.clear();
}

/// Each partition of each marker is a separate append with acks=all; the response is sent when all are done.
void TransactionMarkers::handle(Ctx& ctx, BrokerServer& server, Connection& connection,
                                const protocol::WriteTxnMarkersRequest& request) {
  const std::uint64_t number = next_++;
  std::vector<std::pair<std::uint64_t, std::pair<std::size_t, TopicPartition>>> appends;
  {
    Request& waiting = requests_[number];
    waiting.connection = connection.id;
    for (std::size_t i = 0; i < request.markers.size(); ++i) {
      protocol::WritableTxnMarkerResult& row = waiting.response.markers.emplace_back();
      row.producer_id = request.markers[i].producer_id;
      for (const TopicPartition tp : request.markers[i].partitions) {
        const Replica* r = server.replica(tp);
        const bool online = r != nullptr && r->role != ReplicaRole::None && !r->offline;
        row.partitions.push_back({tp, online ? ErrorCode::NONE : ErrorCode::UNKNOWN_TOPIC_OR_PARTITION});
        if (!online) continue;
        markers_[next_] = {number, i, row.partitions.size() - 1, {}};
        appends.push_back({next_++, {i, tp}});
      }
    }
    waiting.open = appends.size();
  }
  if (appends.empty())
    return server.connections.respond(ctx, server, connection.id, requests_.extract(number).mapped().response);
  for (const auto& [marker, what] : appends) append(ctx, server, request.markers[what.first], what.second, marker);
}

void TransactionMarkers::append(Ctx& ctx, BrokerServer& server, const protocol::WritableTxnMarker& marker,
                                TopicPartition tp, std::uint64_t number) {
  const sim::Duration timeout = sim::milliseconds(server.options.config.number("request.timeout.ms"));
  // 2.5 appends the marker to __consumer_offsets as to any log; a coordinator that is loading reads the marker there
  // (KafkaApis.handleWriteTxnMarkersRequest).
  const bool to_the_log = server.options.config.version() == protocol::KafkaVersion::V2_5 &&
                          server.coordinators.group.state(tp.partition) == coordinator::CoordinatorState::Loading;
  if (server.replica(tp)->coordinator == CoordinatorType::Group && !to_the_log) {
    markers_[number].timer = ctx.set_timer(timeout, timer::kTransactionMarker, number);
    CoordinatorHost host(ctx, server);
    return server.coordinators.group.complete_transaction(host, tp.partition, marker, number);
  }
  const auto result = marker.committed ? protocol::TransactionResult::Commit : protocol::TransactionResult::Abort;
  CoordinatorAppend append{CoordinatorType::Markers, tp};
  append.batch = protocol::end_transaction_batch(marker.producer_id, marker.producer_epoch,
                                                 {result, marker.coordinator_epoch}, ctx.wall_clock_ms());
  append.required_acks = -1;
  append.token = number;
  append.timeout = timeout;
  server.coordinators.coordinator_append(ctx, server, append);
}

void TransactionMarkers::on_appended(Ctx& ctx, BrokerServer& server, std::uint64_t number, ErrorCode error) {
  const auto it = markers_.find(number);
  if (it == markers_.end()) return;
  Marker marker = it->second;
  markers_.erase(it);
  ctx.cancel(marker.timer);
  // To the transaction coordinator this is a partition like any other: if its group coordinator is not ready, the
  // partition has no leader yet.
  if (error == ErrorCode::COORDINATOR_NOT_AVAILABLE || error == ErrorCode::COORDINATOR_LOAD_IN_PROGRESS ||
      error == ErrorCode::NOT_COORDINATOR)
    error = ErrorCode::NOT_LEADER_OR_FOLLOWER;
  const auto request = requests_.find(marker.request);
  request->second.response.markers[marker.row].partitions[marker.partition].error = error;
  if (--request->second.open > 0) return;
  const Request done = std::move(request->second);
  requests_.erase(request);
  server.connections.respond(ctx, server, done.connection, done.response);
}

/// Kafka: ReplicaManager.activeProducerState, UnifiedLog.activeProducers.
void TransactionMarkers::handle(Ctx& ctx, BrokerServer& server, Connection& connection,
                                const protocol::DescribeProducersRequest& request) {
  protocol::DescribeProducersResponse response;
  for (const TopicPartition tp : request.partitions) {
    protocol::DescribeProducersPartition& out = response.partitions.emplace_back();
    out.partition = tp;
    out.error = server.replica_manager.leader_error(server, tp, false);
    if (out.error != ErrorCode::NONE) {
      server.connections.refuse(ctx, api::DescribeProducers, tp, out.error, connection.peer);
      continue;
    }
    for (const auto& [id, entry] : server.replica(tp)->log.producers().entries())
      out.active_producers.push_back({id, entry.epoch, entry.last_sequence(), entry.last_timestamp_ms,
                                      entry.coordinator_epoch, entry.transaction_first_offset});
  }
  server.connections.respond(ctx, server, connection.id, std::move(response));
}

}  // namespace kafkascope::broker
