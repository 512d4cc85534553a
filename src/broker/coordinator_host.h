// The broker as its coordinators see it, for the time of one callback.
#pragma once
#include "broker/broker.h"

namespace kafkascope::broker {

/// In a request's handle: the broker itself asks, by its SharePersister; below it the operation's number.
inline constexpr std::uint64_t kOwnShareRequest = std::uint64_t{1} << 63;

/// What is alike for all coordinators but the topic that they keep their records in.
class Broker::TopicHost : public coordinator::Host {
 public:
  TopicHost(Broker& broker, Ctx& ctx, CoordinatorType type, std::string_view topic)
      : broker_(broker), ctx_(ctx), type_(type), topic_(topic) {}
  Ctx& ctx() override { return ctx_; }
  void append(std::int32_t partition, protocol::BatchRef batch, std::int16_t required_acks,
              std::uint64_t token) override {
    broker_.coordinator_append(ctx_, type_, tp(partition), std::move(batch), required_acks, token);
  }
  void await_committed(std::int32_t partition, protocol::Offset end, std::uint64_t token) override {
    broker_.coordinator_await(ctx_, type_, tp(partition), end, 1, token);
  }
  const storage::PartitionLog* log(std::int32_t partition) override {
    const Replica* r = broker_.replica(tp(partition));
    return r != nullptr && r->is_leader() ? &r->log : nullptr;
  }
  const protocol::MetadataImage& metadata() override { return broker_.image_; }
  void reply(coordinator::RequestHandle request, protocol::Body body) override {
    broker_.respond(ctx_, {static_cast<std::uint32_t>(request), static_cast<std::uint32_t>(request >> 32)},
                    std::move(body));
  }

 protected:
  ~TopicHost() = default;
  Broker& broker_;
  Ctx& ctx_;

 private:
  TopicPartition tp(std::int32_t partition) const { return {broker_.image_.topic_id(topic_), partition}; }
  CoordinatorType type_;
  std::string_view topic_;
};

class Broker::CoordinatorHost final : public TopicHost {
 public:
  CoordinatorHost(Broker& broker, Ctx& ctx)
      : TopicHost(broker, ctx, CoordinatorType::Group, coordinator::kOffsetsTopic) {}
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

 private:
  void ask(SharePersister::Kind kind, const std::string& group, TopicPartition tp, std::uint64_t call,
           protocol::Body body) {
    SharePersister::Operation op;
    op.kind = kind;
    op.key = {group, tp};
    op.request = call;
    op.body = std::move(body);
    broker_.share_.persister.submit(ctx_.now(), std::move(op));
  }
};

/// As its share coordinator sees it.
class Broker::ShareCoordinatorHost final : public TopicHost {
 public:
  ShareCoordinatorHost(Broker& broker, Ctx& ctx)
      : TopicHost(broker, ctx, CoordinatorType::Share, coordinator::kShareStateTopic) {}
  void reply(coordinator::RequestHandle request, protocol::Body body) override {
    if ((request & kOwnShareRequest) == 0) return TopicHost::reply(request, std::move(body));
    if (auto done = broker_.share_.persister.on_answer(ctx_.now(), request & ~kOwnShareRequest, body))
      broker_.share_.done.push_back(*std::move(done));
  }
};

}  // namespace kafkascope::broker
