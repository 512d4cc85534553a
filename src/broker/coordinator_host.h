// The broker as its group coordinator sees it, for the time of one callback.
#pragma once
#include "broker/broker.h"

namespace kafkascope::broker {

class Broker::CoordinatorHost final : public coordinator::Host {
 public:
  CoordinatorHost(Broker& broker, Ctx& ctx) : broker_(broker), ctx_(ctx) {}
  Ctx& ctx() override { return ctx_; }
  void reply(coordinator::RequestHandle request, protocol::Body body) override {
    broker_.respond(ctx_, {static_cast<std::uint32_t>(request), static_cast<std::uint32_t>(request >> 32)},
                    std::move(body));
  }
  void append(std::int32_t partition, std::shared_ptr<const protocol::RecordBatch> batch,
              std::uint64_t token) override {
    broker_.coordinator_append(ctx_, partition, std::move(batch), token);
  }
  void await_committed(std::int32_t partition, protocol::Offset end, std::uint64_t token) override {
    broker_.coordinator_await(ctx_, partition, end, token);
  }
  const storage::PartitionLog* log(std::int32_t partition) override {
    const Replica* r = broker_.replica({broker_.image_.topic_id(coordinator::kOffsetsTopic), partition});
    return r != nullptr && r->is_leader() ? &r->log : nullptr;
  }
  const protocol::MetadataImage& metadata() override { return broker_.image_; }

 private:
  Broker& broker_;
  Ctx& ctx_;
};

}  // namespace kafkascope::broker
