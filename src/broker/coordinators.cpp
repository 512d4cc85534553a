// FindCoordinator, and the appends and resignations of this broker's coordinators.
#include "broker/coordinators.h"

#include <utility>

#include "broker/broker_server.h"
#include "broker/coordinator_host.h"
#include "broker/internal_topics.h"
#include "sim/mutant.h"

namespace kafkascope::broker {

Coordinators::Coordinators(const protocol::Config& config, std::int64_t read_bytes_per_s)
    : group(config),
      share(config),
      transaction(config),
      marker_channels(kMarkerChannels, sim::milliseconds(config.number("request.timeout.ms"))) {
  group.set_load_rate(read_bytes_per_s);
  share.set_load_rate(read_bytes_per_s);
  transaction.set_load_rate(read_bytes_per_s);
}

void Coordinators::on_death() {
  group.on_death();
  share.on_death();
  transaction.on_death();
  marker_channels.on_death();
  append_results.clear();
}

/// The coordinator gives up the replica's partition: according to the metadata of `epoch` the broker no longer leads
/// the partition, or the broker has lost the replica (nullopt).
void Coordinators::resign_coordinator(Ctx& ctx, BrokerServer& server, const Replica& r,
                                      std::optional<LeaderEpoch> epoch) {
  if (r.coordinator == CoordinatorType::Group && group.owns(r.tp.partition)) {
    CoordinatorHost host(ctx, server);
    group.on_resigned(host, r.tp.partition, epoch);
  } else if (r.coordinator == CoordinatorType::Share && share.owns(r.tp.partition)) {
    ShareCoordinatorHost host(ctx, server);
    share.on_resigned(host, r.tp.partition, epoch);
  } else if (r.coordinator == CoordinatorType::Transaction && transaction.owns(r.tp.partition)) {
    TransactionCoordinatorHost host(ctx, server);
    transaction.on_resigned(host, r.tp.partition, epoch);
  }
}

void Coordinators::elect_coordinator(Ctx& ctx, BrokerServer& server, const Replica& r) {
  if (r.coordinator == CoordinatorType::Group) {
    CoordinatorHost host(ctx, server);
    group.on_elected(host, r.tp.partition, r.leader_epoch, r.log);
  } else if (r.coordinator == CoordinatorType::Share) {
    ShareCoordinatorHost host(ctx, server);
    share.on_elected(host, r.tp.partition, r.leader_epoch, r.log);
  } else if (r.coordinator == CoordinatorType::Transaction) {
    TransactionCoordinatorHost host(ctx, server);
    transaction.on_elected(host, r.tp.partition, r.leader_epoch, r.log);
  }
}

bool Coordinators::on_timer(Ctx& ctx, BrokerServer& server, std::uint16_t kind, std::uint64_t arg) {
  CoordinatorHost host(ctx, server);
  ShareCoordinatorHost share_host(ctx, server);
  TransactionCoordinatorHost transaction_host(ctx, server);
  return group.on_timer(host, kind, arg) || share.on_timer(share_host, kind, arg) ||
         transaction.on_timer(transaction_host, kind, arg);
}

void Coordinators::on_markers_sent(Ctx& ctx, BrokerServer& server, const InterBrokerChannels::Completion& done) {
  TransactionCoordinatorHost host(ctx, server);
  transaction.on_markers_answer(host, done.broker,
                                done.body ? protocol::get_if<protocol::WriteTxnMarkersResponse>(&*done.body) : nullptr);
}

void Coordinators::finish_appends(Ctx& ctx, BrokerServer& server) {
  CoordinatorHost host(ctx, server);
  ShareCoordinatorHost share_host(ctx, server);
  TransactionCoordinatorHost transaction_host(ctx, server);
  for (const AppendResult& r : std::exchange(append_results, {})) {
    switch (r.coordinator) {
      case CoordinatorType::Share: share.on_append_done(share_host, r.partition.partition, r.token, r.error); break;
      case CoordinatorType::Transaction:
        transaction.on_append_done(transaction_host, r.partition.partition, r.token, r.error);
        break;
      case CoordinatorType::Markers: server.markers.on_appended(ctx, server, r.token, r.error); break;
      case CoordinatorType::Group:
      case CoordinatorType::None: group.on_append_done(host, r.partition.partition, r.token, r.error); break;
    }
  }
}

BrokerId Coordinators::leader_for(const MetadataImage& image, std::string_view name, std::string_view key) {
  const protocol::TopicImage* topic = image.topic(image.topic_id(name));
  if (topic == nullptr || topic->partitions.empty()) return kNoBroker;
  const std::int32_t partition = protocol::partition_for(key, static_cast<std::int32_t>(topic->partitions.size()));
  const BrokerId leader = topic->partitions[static_cast<std::size_t>(partition)].leader;
  const protocol::BrokerRegistration* broker = image.broker(leader);
  return broker != nullptr && !broker->fenced ? leader : kNoBroker;
}

/// The coordinator is the leader of the group's partition of __consumer_offsets, or of the transactional id's partition
/// of __transaction_state.
void Coordinators::handle(Ctx& ctx, BrokerServer& server, Connection& connection,
                          const protocol::FindCoordinatorRequest& request) {
  protocol::FindCoordinatorResponse response;
  response.error = ErrorCode::COORDINATOR_NOT_AVAILABLE;
  const std::string_view topic = request.key_type == 0 ? coordinator::kOffsetsTopic : kTransactionTopic;
  if (request.key_type != 0 && request.key_type != 1) {
    response.error = ErrorCode::INVALID_REQUEST;
  } else if (request.key_type == 0 && request.key.empty()) {
    response.error = ErrorCode::INVALID_GROUP_ID;
  } else if (server.image.topic(server.image.topic_id(topic)) == nullptr) {
    server.forwarding.request_topic_creation(ctx, server, {std::string(topic)});
  } else if (const BrokerId leader = leader_for(server.image, topic, request.key); leader != kNoBroker) {
    response.error = ErrorCode::NONE;
    response.node_id = leader;
    response.endpoint = server.image.broker(leader)->endpoint.for_clients();
  }
  if (response.error != ErrorCode::NONE)
    server.connections.refuse(ctx, api::FindCoordinator, {}, response.error, connection.peer);
  server.connections.respond(ctx, server, connection.id, std::move(response));
}

/// A coordinator's own append. With required acks 1 the append does not depend on the size of the ISR, and its result
/// waits for the high watermark (CoordinatorPartitionWriter.append); with -1 it is a produce with acks=all. The timeout
/// is the coordinator's.
void Coordinators::coordinator_append(Ctx& ctx, BrokerServer& server, const CoordinatorAppend& append) {
  const ErrorCode error = try_append(ctx, server, append);
  if (error != ErrorCode::NONE) append_results.push_back({append.coordinator, append.partition, append.token, error});
}

ErrorCode Coordinators::try_append(Ctx& ctx, BrokerServer& server, const CoordinatorAppend& append) {
  const std::int32_t index = server.find(append.partition);
  if (index < 0) return ErrorCode::NOT_LEADER_OR_FOLLOWER;
  if (server.alter_partitions.locked(server, index)) {
    server.zk->isr_writes.appends.push_back(append);
    return ErrorCode::NONE;
  }
  const AppendOutcome outcome = server.replica_manager.append_to_leader(ctx, server, index, append.batch,
                                                                        append.required_acks, false, append.guard);
  server.metrics.count_append(*append.batch, outcome.error);
  if (outcome.error != ErrorCode::NONE) return outcome.error;
  server.delayed.woken.push_back({index, outcome.appended, outcome.high_watermark_moved});
  coordinator_await(ctx, server, append, outcome.last_offset + 1);
  server.delayed.wake(ctx, server);
  return ErrorCode::NONE;
}

/// Answers the coordinator when the high watermark has reached `end`, or when leadership is lost.
void Coordinators::coordinator_await(Ctx& ctx, BrokerServer& server, const CoordinatorAppend& append, Offset end) {
  const std::int32_t index = server.find(append.partition);
  if (index < 0) {
    append_results.push_back({append.coordinator, append.partition, append.token, ErrorCode::NOT_LEADER_OR_FOLLOWER});
    return;
  }
  const std::uint32_t slot = server.delayed.produces.take();
  DelayedProduce& op = server.delayed.produces[slot];
  op.connection = {};
  op.coordinator = append.coordinator;
  op.acks = append.required_acks;
  op.token = append.token;
  op.waiting = 0;
  op.timer = {};
  op.items.clear();
  DelayedProduce::Item& item = op.items.emplace_back();
  item.replica = index;
  item.required = end;
  item.pending = true;
  item.answer.partition = append.partition;
  server.delayed.delay_produce(ctx, server, slot, append.timeout);
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
