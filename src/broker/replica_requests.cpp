// Produce, ListOffsets, OffsetForLeaderEpoch. Kafka: KafkaApis, ReplicaManager, Partition.
#include <algorithm>
#include <utility>

#include "broker/broker_server.h"
#include "broker/error_answer.h"
#include "broker/internal_topics.h"
#include "broker/timers.h"
#include "sim/mutant.h"
#include "storage/timestamp_lookup.h"

namespace kafkascope::broker {

// ---------------------------------------------------------------------------------------------- Produce

void ReplicaManager::handle(Ctx& ctx, BrokerServer& server, Connection& connection,
                            const protocol::ProduceRequest& request) {
  const bool transactional =
      std::any_of(request.partitions.begin(), request.partitions.end(),
                  [](const protocol::PartitionProduceData& data) { return data.batch->transactional; });
  if (transactional && request.transactional_id.empty())
    return server.connections.respond(ctx, server, connection.id,
                                      error_answer(request, ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED));
  if (transactional) return server.verifications.verify_produce(ctx, server, connection, request);
  append_produce(ctx, server, {connection.id, connection.peer, connection.times}, request, {});
}

void ReplicaManager::append_produce(Ctx& ctx, BrokerServer& server, const Producer& client,
                                    const protocol::ProduceRequest& request, const VerificationResult& verified) {
  // The slot's vectors are reused, whether or not the request will wait.
  const std::uint32_t slot = server.delayed.produces.take();
  DelayedProduce& op = server.delayed.produces[slot];
  op.connection = client.connection;
  op.client = client.peer;
  op.times = client.times;
  op.items.clear();
  op.waiting = 0;
  op.timer = {};
  op.acks = request.acks;
  op.timeout_ms = request.timeout_ms;
  sim::Duration wait;
  const bool acks_valid = request.acks >= -1 && request.acks <= 1;
  for (const protocol::PartitionProduceData& data : request.partitions) {
    DelayedProduce::Item& item = op.items.emplace_back();
    item.answer.partition = data.partition;
    const std::int32_t index = server.find(data.partition);
    const bool served = index >= 0 && server.replicas[static_cast<std::size_t>(index)].role != ReplicaRole::None;
    AppendOutcome outcome;
    const auto unverified = verified.errors.find(data.partition);
    if (!acks_valid) {
      outcome.error = ErrorCode::INVALID_REQUIRED_ACKS;
    } else if (unverified != verified.errors.end()) {
      outcome.error = unverified->second;
    } else if (!served) {
      outcome.error = missing_replica_error(server, data.partition, true);
      if (outcome.error == ErrorCode::NOT_LEADER_OR_FOLLOWER &&
          is_internal(server.image.topic(data.partition.topic)->name))
        outcome.error = ErrorCode::INVALID_TOPIC_EXCEPTION;
    } else {
      const auto guard = verified.guards.find(data.partition);
      outcome = append_to_leader(ctx, server, index, data.batch, request.acks, true,
                                 guard == verified.guards.end() ? 0 : guard->second);
    }
    // A partition unknown to the broker never reaches the log (KafkaApis.handleProduceRequest).
    if (acks_valid && unverified == verified.errors.end() &&
        (served || server.image.partition(data.partition) != nullptr))
      server.metrics.count_append(*data.batch, outcome.error);
    item.answer.error = outcome.error;
    item.answer.record_errors = std::move(outcome.record_errors);
    if (outcome.error != ErrorCode::NONE) {
      if (outcome.error == ErrorCode::NOT_LEADER_OR_FOLLOWER)
        current_leader(server, data.partition, item.answer.current_leader, item.answer.current_leader_epoch);
      server.connections.refuse(ctx, api::Produce, data.partition, outcome.error, client.peer);
      continue;
    }
    wait = std::max(wait, outcome.wait);
    const Replica& r = server.replicas[static_cast<std::size_t>(index)];
    item.replica = index;
    item.required = outcome.last_offset + 1;
    item.pending = request.acks == -1 && !sim::mutant("acks-all-answered-at-append");
    item.answer.base_offset = outcome.base_offset;
    item.answer.log_append_time_ms = outcome.log_append_time_ms;
    item.answer.log_start_offset = r.log.log_start_offset();
    // Requests woken by this append or by the high watermark are checked after this request has been registered
    // (ReplicaManager's action queue).
    server.delayed.woken.push_back({index, outcome.appended, outcome.high_watermark_moved});
  }
  if (wait.us > 0) {  // the appending thread waits for the disk, and so do all later requests of this connection
    server.connections.handlers.begin_wait(ctx.now());
    op.timer = ctx.set_timer(wait, timer::kAppendDone, timer::argument(op.generation, slot));
  } else {
    finish_produce(ctx, server, slot);
  }
  server.delayed.wake(ctx, server);
}

/// All appends of the request are done.
void ReplicaManager::finish_produce(Ctx& ctx, BrokerServer& server, std::uint32_t slot) {
  DelayedProduce& op = server.delayed.produces[slot];
  op.timer = {};
  op.times.handled = ctx.now();
  if (Connection* connection = server.connections.find_connection(op.connection)) connection->times.handled = ctx.now();
  const auto good = [](const DelayedProduce::Item& item) { return item.replica >= 0; };
  if (op.acks == -1 && std::any_of(op.items.begin(), op.items.end(), good)) {
    server.delayed.delay_produce(ctx, server, slot, sim::milliseconds(op.timeout_ms));
  } else if (op.acks == 0) {
    // With acks=0 no response is sent; a failure closes the connection, so that the producer looks for the leader.
    Connection* connection = server.connections.find_connection(op.connection);
    protocol::ProduceResponse unsent;
    if (connection != nullptr && !connection->denied.empty()) {
      protocol::Body denied = protocol::ProduceResponse{};
      Connections::add_denied(denied, connection->denied);
      unsent = protocol::get<protocol::ProduceResponse>(denied);
    }
    if (!std::all_of(op.items.begin(), op.items.end(), good))
      for (const DelayedProduce::Item& item : op.items) unsent.partitions.push_back(item.answer);
    server.delayed.produces.release(slot);
    if (connection == nullptr) return;
    if (unsent.partitions.empty())
      server.connections.request_done(ctx, server, *connection,
                                      server.connections.throttle(ctx, server, *connection, nullptr));
    else server.connections.fail_without_answer(ctx, server, *connection, unsent);
  } else {
    server.delayed.complete_produce(ctx, server, slot);
  }
}

// ---------------------------------------------------------------------------------------------- ListOffsets,
// OffsetForLeaderEpoch

/// Leaders only. Kafka: Partition.fetchOffsetForTimestamp.
void ReplicaManager::handle(Ctx& ctx, BrokerServer& server, Connection& connection,
                            const protocol::ListOffsetsRequest& request) {
  protocol::ListOffsetsResponse response;
  response.partitions.reserve(request.partitions.size());
  for (const protocol::ListOffsetsPartition& asked : request.partitions) {
    protocol::ListOffsetsPartitionResponse& out = response.partitions.emplace_back();
    out.partition = asked.partition;
    out.error = leader_error(server, asked.partition, false, asked.current_leader_epoch);
    if (out.error == ErrorCode::NONE) {
      const Replica& r = *server.replica(asked.partition);
      const bool client = request.replica_id < 0;
      // The high watermark of a new leader may still be below one that clients have seen (KIP-207).
      const bool lagging = client && r.leader_epoch_start > r.log.high_watermark();
      const Offset last = !client                  ? r.log.log_end_offset()
                          : request.read_committed ? r.log.last_stable_offset()
                                                   : r.log.high_watermark();
      if (asked.timestamp == protocol::kLatestTimestamp) {
        if (lagging) {
          out.error = ErrorCode::OFFSET_NOT_AVAILABLE;
        } else {
          out.offset = last;
          out.leader_epoch = r.leader_epoch;
        }
      } else if (asked.timestamp == protocol::kEarliestTimestamp ||
                 asked.timestamp == protocol::kEarliestLocalTimestamp) {
        out.offset = r.log.log_start_offset();
        out.leader_epoch = r.log.epochs().epoch_at(out.offset);
      } else if (const auto found = asked.timestamp == protocol::kMaxTimestamp
                                        ? storage::offset_of_max_timestamp(r.log)
                                        : storage::offset_for_timestamp(r.log, asked.timestamp, r.log.log_end_offset());
                 found && found->offset < last) {
        out.timestamp = found->timestamp_ms;
        out.offset = found->offset;
        out.leader_epoch = found->leader_epoch;
      } else if (lagging) {
        out.error = ErrorCode::OFFSET_NOT_AVAILABLE;
      }
    }
    if (out.error != ErrorCode::NONE)
      server.connections.refuse(ctx, api::ListOffsets, asked.partition, out.error, connection.peer);
  }
  server.connections.respond(ctx, server, connection.id, std::move(response));
}

/// KIP-101, KIP-279, KIP-320. Kafka: Partition.lastOffsetForLeaderEpoch.
void ReplicaManager::handle(Ctx& ctx, BrokerServer& server, Connection& connection,
                            const protocol::OffsetForLeaderEpochRequest& request) {
  protocol::OffsetForLeaderEpochResponse response;
  response.partitions.reserve(request.partitions.size());
  for (const protocol::OffsetForLeaderEpochPartition& asked : request.partitions) {
    protocol::OffsetForLeaderEpochResult& out = response.partitions.emplace_back();
    out.partition = asked.partition;
    out.error = leader_error(server, asked.partition, false, asked.current_leader_epoch);
    if (out.error == ErrorCode::NONE) {
      const Replica& r = *server.replica(asked.partition);
      const storage::EpochEnd end = r.log.end_offset_for(asked.leader_epoch);
      if (request.replica_id < 0 || !server.options.historical.kip_279) out.leader_epoch = end.epoch;
      out.end_offset = sim::mutant("epoch-end-is-the-log-end") ? r.log.log_end_offset() : end.end_offset;
    }
    if (out.error != ErrorCode::NONE)
      server.connections.refuse(ctx, api::OffsetForLeaderEpoch, asked.partition, out.error, connection.peer);
  }
  server.connections.respond(ctx, server, connection.id, std::move(response));
}

}  // namespace kafkascope::broker
