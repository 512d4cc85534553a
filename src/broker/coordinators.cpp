// FindCoordinator; the appends of the coordinators of this broker, and their resignations.
#include "broker/coordinators.h"

#include <utility>

#include "broker/broker_server.h"
#include "broker/coordinator_host.h"
#include "sim/mutant.h"

namespace kafkascope::broker {

Coordinators::Coordinators(const protocol::Config& config, std::int64_t read_bytes_per_s)
    : group(config), share(config) {
  group.set_load_rate(read_bytes_per_s);
  share.set_load_rate(read_bytes_per_s);
}

void Coordinators::on_death() {
  group.on_death();
  share.on_death();
  append_results.clear();
}

/// The coordinator gives up the replica's partition: the broker no longer leads it, according to metadata of `epoch`,
/// or has lost the replica (nullopt).
void Coordinators::resign_coordinator(Ctx& ctx, BrokerServer& server, const Replica& r,
                                      std::optional<LeaderEpoch> epoch) {
  if (r.coordinator == CoordinatorType::Group && group.owns(r.tp.partition)) {
    CoordinatorHost host(ctx, server);
    group.on_resigned(host, r.tp.partition, epoch);
  } else if (r.coordinator == CoordinatorType::Share && share.owns(r.tp.partition)) {
    ShareCoordinatorHost host(ctx, server);
    share.on_resigned(host, r.tp.partition, epoch);
  }
}

/// Returns the leader of the group's partition of __consumer_offsets, by this broker's metadata. Kafka:
/// KafkaApis.getCoordinator.
void Coordinators::handle(Ctx& ctx, BrokerServer& server, Connection& connection,
                          const protocol::FindCoordinatorRequest& request) {
  protocol::FindCoordinatorResponse response;
  response.error = ErrorCode::COORDINATOR_NOT_AVAILABLE;
  if (request.key_type != 0) {
    response.error = ErrorCode::INVALID_REQUEST;  // Simplified: no transaction coordinator
  } else if (request.key.empty()) {
    response.error = ErrorCode::INVALID_GROUP_ID;
  } else if (const protocol::TopicImage* topic = server.image.topic(server.image.topic_id(coordinator::kOffsetsTopic));
             topic == nullptr) {
    server.forwarding.request_topic_creation(ctx, server, {std::string(coordinator::kOffsetsTopic)});
  } else if (!topic->partitions.empty()) {
    const std::int32_t partition =
        protocol::partition_for(request.key, static_cast<std::int32_t>(topic->partitions.size()));
    const BrokerId leader = topic->partitions[static_cast<std::size_t>(partition)].leader;
    const protocol::BrokerRegistration* broker = server.image.broker(leader);
    if (broker != nullptr && !broker->fenced) {
      response.error = ErrorCode::NONE;
      response.node_id = leader;
      response.endpoint = broker->endpoint.for_clients();
    }
  }
  if (response.error != ErrorCode::NONE)
    server.connections.refuse(ctx, ApiKey::FindCoordinator, {}, response.error, connection.peer);
  server.connections.respond(ctx, server, connection.id, std::move(response));
}

/// A coordinator's own append. With required acks 1 it takes place whatever the size of the ISR, and the result waits for the high watermark
/// (CoordinatorPartitionWriter.append); with -1 it is a produce with acks=all. The time-out is the coordinator's.
void Coordinators::coordinator_append(Ctx& ctx, BrokerServer& server, CoordinatorType coordinator, TopicPartition tp,
                                      protocol::BatchRef batch, std::int16_t required_acks, std::uint64_t token) {
  const std::int32_t index = server.find(tp);
  if (index < 0) {
    append_results.push_back({coordinator, tp, token, ErrorCode::NOT_LEADER_OR_FOLLOWER});
    return;
  }
  if (server.alter_partitions.locked(server, index))
    return server.zk->isr_writes.appends.push_back({coordinator, tp, std::move(batch), required_acks, token});
  const AppendOutcome outcome =
      server.replica_manager.append_to_leader(ctx, server, index, batch, required_acks, false);
  server.metrics.count_append(*batch, outcome.error);
  if (outcome.error != ErrorCode::NONE) {
    append_results.push_back({coordinator, tp, token, outcome.error});
    return;
  }
  server.delayed.woken.push_back({index, outcome.appended, outcome.high_watermark_moved});
  coordinator_await(ctx, server, coordinator, tp, outcome.last_offset + 1, required_acks, token);
  server.delayed.wake(ctx, server);
}

/// Answers the coordinator when the high watermark has reached `end`, or when leadership is lost.
void Coordinators::coordinator_await(Ctx& ctx, BrokerServer& server, CoordinatorType coordinator, TopicPartition tp,
                                     Offset end, std::int16_t required_acks, std::uint64_t token) {
  const std::int32_t index = server.find(tp);
  if (index < 0) {
    append_results.push_back({coordinator, tp, token, ErrorCode::NOT_LEADER_OR_FOLLOWER});
    return;
  }
  const std::uint32_t slot = server.delayed.produces.take();
  DelayedProduce& op = server.delayed.produces[slot];
  op.connection = {};
  op.coordinator = coordinator;
  op.acks = required_acks;
  op.token = token;
  op.waiting = 0;
  op.timer = {};
  op.items.clear();
  DelayedProduce::Item& item = op.items.emplace_back();
  item.replica = index;
  item.required = end;
  item.pending = true;
  item.answer.partition = tp;
  server.delayed.delay_produce(ctx, server, slot, sim::Duration{-1});
}

/// Handles the response to a request that the group coordinator sent to the share coordinator.
void Coordinators::on_group_state_answer(Ctx& ctx, BrokerServer& server, const SharePersister::Done& done) {
  CoordinatorHost host(ctx, server);
  const SharePersister::Operation& op = done.operation;
  if (op.request == 0) {
    if (op.kind == SharePersister::Kind::Initialize)
      group.on_share_state_initialized(host, op.key.group, op.key.partition, done.error);
    return;
  }
  using Summary = protocol::ReadShareGroupStateSummaryResponse;
  const auto* summary = done.body ? protocol::get_if<Summary>(&*done.body) : nullptr;
  group.on_share_call_answer(host, op.request, op.key.partition,
                             summary != nullptr ? *summary : Summary{done.error, 0, {}, {}});
}

}  // namespace kafkascope::broker
