// The parts of the coordinators' hosts that concern transactions.
#include <utility>

#include "broker/coordinator_host.h"

namespace kafkascope::broker {

void CoordinatorHost::append_in_transaction(std::int32_t partition, protocol::BatchRef batch,
                                            std::int16_t required_acks, std::uint64_t guard, std::uint64_t token) {
  const ErrorCode error = server_.coordinators.try_append(
      ctx_, server_, {CoordinatorType::Group, tp(partition), std::move(batch), required_acks, token, guard});
  if (error != ErrorCode::NONE) server_.coordinators.group.on_append_done(*this, partition, token, error);
}

/// Kafka: CoordinatorPartitionWriter.maybeStartTransactionVerification.
std::optional<coordinator::TransactionVerified> CoordinatorHost::start_transaction_verification(
    std::int32_t partition, const std::string& transactional_id, protocol::ProducerId producer,
    protocol::ProducerEpoch epoch, protocol::TransactionVersion version, std::uint64_t call) {
  TransactionVerification wanted{transactional_id, producer, epoch, version, {{tp(partition), -1}}, call, 0};
  const auto result = server_.verifications.start(ctx_, server_, wanted);
  if (!result) return std::nullopt;
  coordinator::TransactionVerified verified;
  if (const auto error = result->errors.find(tp(partition)); error != result->errors.end())
    verified.error = error->second;
  if (const auto guard = result->guards.find(tp(partition)); guard != result->guards.end())
    verified.guard = guard->second;
  return verified;
}

void CoordinatorHost::on_transaction_completed(std::uint64_t marker, ErrorCode error) {
  server_.markers.on_appended(ctx_, server_, marker, error);
}

std::optional<protocol::ProducerId> TransactionCoordinatorHost::next_producer_id() {
  return server_.forwarding.next_producer_id(ctx_, server_);
}

void TransactionCoordinatorHost::create_topic(std::string_view name) {
  server_.forwarding.request_topic_creation(ctx_, server_, {std::string(name)});
}

void TransactionCoordinatorHost::write_transaction_markers(BrokerId broker, protocol::WriteTxnMarkersRequest request) {
  server_.coordinators.marker_channels.send(ctx_, server_.image, broker, std::move(request));
}

}  // namespace kafkascope::broker
