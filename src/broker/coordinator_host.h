// The interface that a broker offers to its coordinators, for the duration of one callback.
#pragma once
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "broker/broker_server.h"

namespace kafkascope::broker {

/// Marks a handle as a request of this broker's own SharePersister; the lower bits are the operation's number.
inline constexpr std::uint64_t kOwnShareRequest = std::uint64_t{1} << 63;

/// The common part of all coordinators' hosts; they differ in the topic that stores the coordinator's records.
class TopicHost : public coordinator::Host {
 public:
  TopicHost(Ctx& ctx, BrokerServer& server, CoordinatorType type, std::string_view topic)
      : ctx_(ctx), server_(server), type_(type), topic_(topic) {}
  Ctx& ctx() override { return ctx_; }
  void append(std::int32_t partition, protocol::BatchRef batch, std::int16_t required_acks,
              std::uint64_t token) override {
    server_.coordinators.coordinator_append(ctx_, server_,
                                            {type_, tp(partition), std::move(batch), required_acks, token});
  }
  void await_committed(std::int32_t partition, protocol::Offset end, std::uint64_t token) override {
    server_.coordinators.coordinator_await(ctx_, server_, {type_, tp(partition), {}, 1, token}, end);
  }
  const storage::PartitionLog* log(std::int32_t partition) override {
    const Replica* r = server_.replica(tp(partition));
    return r != nullptr && r->is_leader() ? &r->log : nullptr;
  }
  const protocol::MetadataImage& metadata() override { return server_.image; }
  void reply(coordinator::RequestHandle request, protocol::Body body) override {
    server_.connections.respond(ctx_, server_,
                                {static_cast<std::uint32_t>(request), static_cast<std::uint32_t>(request >> 32)},
                                std::move(body));
  }

 protected:
  ~TopicHost() = default;
  Ctx& ctx_;
  BrokerServer& server_;
  TopicPartition tp(std::int32_t partition) const { return {server_.image.topic_id(topic_), partition}; }

 private:
  CoordinatorType type_;
  std::string_view topic_;
};

class CoordinatorHost final : public TopicHost {
 public:
  CoordinatorHost(Ctx& ctx, BrokerServer& server)
      : TopicHost(ctx, server, CoordinatorType::Group, coordinator::kOffsetsTopic) {}
  void initialize_share_state(const std::string& group, TopicPartition tp, std::int32_t state_epoch,
                              protocol::Offset start, std::uint64_t call) override {
    ask(SharePersister::Kind::Initialize, group, tp, call,
        protocol::InitializeShareGroupStateRequest{group, tp, state_epoch, start});
  }
  void delete_share_state(const std::string& group, TopicPartition tp, std::uint64_t call) override {
    ask(SharePersister::Kind::Delete, group, tp, call, protocol::DeleteShareGroupStateRequest{group, tp});
  }
  void read_share_state_summary(const std::string& group, TopicPartition tp, std::uint64_t call) override {
    ask(SharePersister::Kind::ReadSummary, group, tp, call, protocol::ReadShareGroupStateSummaryRequest{group, tp});
  }

  // For transactions; see transaction_host.cpp.
  void append_in_transaction(std::int32_t partition, protocol::BatchRef batch, std::int16_t required_acks,
                             std::uint64_t guard, std::uint64_t token) override;
  std::optional<coordinator::TransactionVerified> start_transaction_verification(
      std::int32_t partition, const std::string& transactional_id, protocol::ProducerId producer,
      protocol::ProducerEpoch epoch, protocol::TransactionVersion version, std::uint64_t call) override;
  void on_transaction_completed(std::uint64_t marker, ErrorCode error) override;

 private:
  void ask(SharePersister::Kind kind, const std::string& group, TopicPartition tp, std::uint64_t call,
           protocol::Body body) {
    SharePersister::Operation op;
    op.kind = kind;
    op.key = {group, tp};
    op.request = call;
    op.body = std::move(body);
    server_.shares.state.persister.submit(ctx_.now(), std::move(op));
  }
};

/// The host of the share coordinator.
class ShareCoordinatorHost final : public TopicHost {
 public:
  ShareCoordinatorHost(Ctx& ctx, BrokerServer& server)
      : TopicHost(ctx, server, CoordinatorType::Share, coordinator::kShareStateTopic) {}
  void reply(coordinator::RequestHandle request, protocol::Body body) override {
    if ((request & kOwnShareRequest) == 0) return TopicHost::reply(request, std::move(body));
    if (auto done = server_.shares.state.persister.on_answer(ctx_.now(), request & ~kOwnShareRequest, body))
      server_.shares.state.done.push_back(*std::move(done));
  }
};

class TransactionCoordinatorHost final : public TopicHost {
 public:
  TransactionCoordinatorHost(Ctx& ctx, BrokerServer& server)
      : TopicHost(ctx, server, CoordinatorType::Transaction, coordinator::kTransactionStateTopic) {}
  std::optional<protocol::ProducerId> next_producer_id() override;
  void create_topic(std::string_view name) override;
  void write_transaction_markers(BrokerId broker, protocol::WriteTxnMarkersRequest request) override;
};

/// The coordinator may keep the handle as long as it likes; a connection handles one request at a time, so the handle
/// identifies the request.
template <class Request>
requires coordinator::HandledBy<coordinator::GroupCoordinator, Request> ||
    coordinator::HandledBy<coordinator::ShareCoordinator, Request> ||
    coordinator::HandledBy<coordinator::TransactionCoordinator, Request>
void Coordinators::handle(Ctx& ctx, BrokerServer& server, Connection& connection, const Request& request) {
  const std::uint64_t handle = static_cast<std::uint64_t>(connection.id.generation) << 32 | connection.id.slot;
  if constexpr (coordinator::HandledBy<coordinator::GroupCoordinator, Request>) {
    CoordinatorHost host(ctx, server);
    group.handle(host, handle, request);
  } else if constexpr (coordinator::HandledBy<coordinator::ShareCoordinator, Request>) {
    ShareCoordinatorHost host(ctx, server);
    share.handle(host, handle, request);
  } else {
    if constexpr (std::is_same_v<Request, protocol::InitProducerIdRequest>)
      if (request.transactional_id.empty() || server.forwarding.waits_for_producer_ids(server))
        return server.forwarding.handle(ctx, server, connection, request);
    TransactionCoordinatorHost host(ctx, server);
    transaction.handle(host, handle, request);
  }
}

}  // namespace kafkascope::broker
