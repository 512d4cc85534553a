// The coordinators on this broker: requests for them, the appends to their topics, their elections and resignations.
// Kafka: KafkaApis, CoordinatorPartitionWriter, BrokerMetadataPublisher.updateCoordinator.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "broker/parts.h"
#include "broker/replica.h"
#include "broker/share_persister.h"
#include "coordinator/group_coordinator.h"
#include "coordinator/share_coordinator.h"

namespace kafkascope::broker {

struct AppendResult {
  CoordinatorType coordinator = CoordinatorType::None;
  TopicPartition partition;
  std::uint64_t token = 0;
  ErrorCode error = ErrorCode::NONE;
};

class Coordinators {
 public:
  Coordinators(const protocol::Config& config, std::int64_t read_bytes_per_s);
  void on_death();

  void handle(Ctx& ctx, BrokerServer& server, Connection& connection, const protocol::FindCoordinatorRequest& r);
  /// Every request that one of the coordinators has a handle() for (coordinator_host.h).
  template <class Request>
  requires coordinator::HandledBy<coordinator::GroupCoordinator, Request> ||
      coordinator::HandledBy<coordinator::ShareCoordinator, Request>
  void handle(Ctx& ctx, BrokerServer& server, Connection& connection, const Request& request);
  void coordinator_append(Ctx& ctx, BrokerServer& server, CoordinatorType coordinator, TopicPartition tp,
                          protocol::BatchRef batch, std::int16_t required_acks, std::uint64_t token);
  void coordinator_await(Ctx& ctx, BrokerServer& server, CoordinatorType coordinator, TopicPartition tp, Offset end,
                         std::int16_t required_acks, std::uint64_t token);
  void on_group_state_answer(Ctx& ctx, BrokerServer& server, const SharePersister::Done& done);
  void resign_coordinator(Ctx& ctx, BrokerServer& server, const Replica& r, std::optional<LeaderEpoch> epoch);

  coordinator::GroupCoordinator group;
  coordinator::ShareCoordinator share;
  std::vector<AppendResult> append_results;
};

}  // namespace kafkascope::broker
