// The interface that a coordinator needs from its broker. The broker calls the coordinator with requests, timers and
// completed appends; the coordinator sends responses and appends records through its host, which is passed with each
// call.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "coordinator/request_handle.h"
#include "protocol/message.h"
#include "protocol/messages_transaction.h"
#include "protocol/metadata_image.h"
#include "storage/partition_log.h"

namespace kafkascope::coordinator {

using Ctx = protocol::Context;

struct TransactionVerified {
  protocol::ErrorCode error = protocol::ErrorCode::NONE;
  std::uint64_t guard = 0;
};

class Host {
 public:
  virtual Ctx& ctx() = 0;
  virtual void reply(RequestHandle request, protocol::Body body) = 0;
  /// Appends to that partition of the coordinator's topic. CoordinatorRuntime::on_append_done(partition, token) is
  /// called exactly once, during this call or later: with NONE when the high watermark has passed the batch, or with
  /// the error (NOT_LEADER_OR_FOLLOWER ...) if the batch was refused or its fate is unknown. `required_acks` is 1 or
  /// -1. With -1 the error is NOT_ENOUGH_REPLICAS if fewer than min.insync.replicas are in the ISR, and
  /// NOT_ENOUGH_REPLICAS_AFTER_APPEND if the ISR shrinks later. The host has no timeout: the coordinator has one.
  virtual void append(std::int32_t partition, protocol::BatchRef batch, std::int16_t required_acks,
                      std::uint64_t token) = 0;
  /// The same for a transaction's records, with the guard of their verification (0: none), or for its marker. If they
  /// are refused, on_append_done is called at once: later writes do not depend on them.
  virtual void append_in_transaction(std::int32_t partition, protocol::BatchRef batch, std::int16_t required_acks,
                                     std::uint64_t /*guard*/, std::uint64_t token) {
    append(partition, std::move(batch), required_acks, token);
  }
  /// Calls CoordinatorRuntime::on_append_done(partition, token) when the high watermark has reached `end`, as after
  /// append().
  virtual void await_committed(std::int32_t partition, protocol::Offset end, std::uint64_t token) = 0;
  /// nullptr: this broker no longer has the partition.
  virtual const storage::PartitionLog* log(std::int32_t partition) = 0;
  virtual const protocol::MetadataImage& metadata() = 0;
  // Requests to the share coordinator: to keep state for a partition (from that start offset; -1: the partition's
  // leader chooses), to delete it, to read its start offset. With a call number GroupCoordinator::on_share_call_answer
  // follows; with 0 on_share_state_initialized follows, or nothing.
  virtual void initialize_share_state(const std::string&, protocol::TopicPartition, std::int32_t, protocol::Offset,
                                      std::uint64_t) {}
  virtual void delete_share_state(const std::string&, protocol::TopicPartition, std::uint64_t) {}
  virtual void read_share_state_summary(const std::string&, protocol::TopicPartition, std::uint64_t) {}
  // For the group coordinator: transactions.
  /// Verifies that the transaction includes that partition of __consumer_offsets; in the second version of the
  /// protocol, adds the partition. Returns the result at once, or nullopt: then
  /// GroupCoordinator::on_transaction_verified(call) follows later (CoordinatorPartitionWriter).
  virtual std::optional<TransactionVerified> start_transaction_verification(std::int32_t, const std::string&,
                                                                            protocol::ProducerId,
                                                                            protocol::ProducerEpoch,
                                                                            protocol::TransactionVersion,
                                                                            std::uint64_t) {
    return TransactionVerified{};
  }
  /// The result of GroupCoordinator::complete_transaction: the marker is committed, or could not be written.
  virtual void on_transaction_completed(std::uint64_t, protocol::ErrorCode) {}
  // For the transaction coordinator.
  /// nullopt: the controller has not sent a block of ids yet. Kafka: ProducerIdManager.generateProducerId.
  virtual std::optional<protocol::ProducerId> next_producer_id() { return std::nullopt; }
  /// Creates an internal topic, unless its creation is already in progress.
  virtual void create_topic(std::string_view) {}
  /// Sends the markers to that broker, which may be this one. TransactionCoordinator::on_markers_answer is called
  /// exactly once, after this call has returned: with the response, or with nothing if the connection failed or
  /// request.timeout.ms has passed.
  virtual void write_transaction_markers(protocol::BrokerId, protocol::WriteTxnMarkersRequest) {}

 protected:
  ~Host() = default;
};

/// Whether the coordinator has a handle() for that request.
template <class Coordinator, class Request>
concept HandledBy = requires(Coordinator& coordinator, Host& host, RequestHandle handle, const Request& request) {
  coordinator.handle(host, handle, request);
};

}  // namespace kafkascope::coordinator
