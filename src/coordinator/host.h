// What a coordinator needs from its broker. It knows no broker: requests, timers and "your records are committed" come in; replies and
// records to append go out through its host, which is handed over with each call.
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
  /// Appends to that partition of the coordinator's topic. CoordinatorRuntime::on_append_done(partition, token) follows exactly once, at
  /// once (also from inside this call) or later: NONE when the high watermark has passed the batch, else why it was not
  /// taken or will never be known (NOT_LEADER_OR_FOLLOWER ...). `required_acks`: 1, or -1: with fewer than min.insync.replicas in the ISR it is
  /// NOT_ENOUGH_REPLICAS, and if they have become fewer, NOT_ENOUGH_REPLICAS_AFTER_APPEND. No time-out of the
  /// host's own: the coordinator has one.
  virtual void append(std::int32_t partition, protocol::BatchRef batch, std::int16_t required_acks,
                      std::uint64_t token) = 0;
  /// The same for records of a transaction, with the guard of their verification (0: none), or for its marker. If they are refused,
  /// on_append_done follows at once: what is written afterwards does not depend on them.
  virtual void append_in_transaction(std::int32_t partition, protocol::BatchRef batch, std::int16_t required_acks,
                                     std::uint64_t /*guard*/, std::uint64_t token) {
    append(partition, std::move(batch), required_acks, token);
  }
  /// CoordinatorRuntime::on_append_done(partition, token) follows when the high watermark has reached `end`, as after append().
  virtual void await_committed(std::int32_t partition, protocol::Offset end, std::uint64_t token) = 0;
  /// nullptr: not here any more.
  virtual const storage::PartitionLog* log(std::int32_t partition) = 0;
  virtual const protocol::MetadataImage& metadata() = 0;
  // The share coordinator is to keep state for that partition (from that offset on; -1: its leader chooses), to forget it, to say where it
  // begins. With a call GroupCoordinator::on_share_call_answer follows, without one (0) on_share_state_initialized, or nothing.
  virtual void initialize_share_state(const std::string&, protocol::TopicPartition, std::int32_t, protocol::Offset,
                                      std::uint64_t) {}
  virtual void delete_share_state(const std::string&, protocol::TopicPartition, std::uint64_t) {}
  virtual void read_share_state_summary(const std::string&, protocol::TopicPartition, std::uint64_t) {}
  // For the group coordinator, about transactions.
  /// Whether the transaction has that partition of __consumer_offsets, or in the second version of the protocol: adds it. The result at
  /// once, or nothing: GroupCoordinator::on_transaction_verified(call) follows, later (CoordinatorPartitionWriter).
  virtual std::optional<TransactionVerified> start_transaction_verification(std::int32_t, const std::string&,
                                                                            protocol::ProducerId,
                                                                            protocol::ProducerEpoch,
                                                                            protocol::TransactionVersion,
                                                                            std::uint64_t) {
    return TransactionVerified{};
  }
  /// Of GroupCoordinator::complete_transaction: the marker is committed, or cannot be.
  virtual void on_transaction_completed(std::uint64_t, protocol::ErrorCode) {}
  // For the transaction coordinator.
  /// Nothing: a block of ids is still to come from the controller. Kafka: ProducerIdManager.generateProducerId.
  virtual std::optional<protocol::ProducerId> next_producer_id() { return std::nullopt; }
  /// One of the internal topics, unless its creation is under way already.
  virtual void create_topic(std::string_view) {}
  /// To that broker, which may be this one. TransactionCoordinator::on_markers_answer follows exactly once, later, never from inside this
  /// call: the answer, or nothing if the connection failed or request.timeout.ms is over.
  virtual void write_transaction_markers(protocol::BrokerId, protocol::WriteTxnMarkersRequest) {}

 protected:
  ~Host() = default;
};

/// The coordinator has a handle() for that request.
template <class Coordinator, class Request>
concept HandledBy = requires(Coordinator& coordinator, Host& host, RequestHandle handle, const Request& request) {
  coordinator.handle(host, handle, request);
};

}  // namespace kafkascope::coordinator
