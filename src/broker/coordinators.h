// The coordinators on this broker: requests to them, appends to their topics, their elections and resignations. Kafka:
// KafkaApis, CoordinatorPartitionWriter, BrokerMetadataPublisher.updateCoordinator.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "broker/inter_broker_channels.h"
#include "broker/parts.h"
#include "broker/replica.h"
#include "broker/share_persister.h"
#include "coordinator/group_coordinator.h"
#include "coordinator/share_coordinator.h"
#include "coordinator/transaction_coordinator.h"

namespace kafkascope::broker {

struct AppendResult {
  CoordinatorType coordinator = CoordinatorType::None;
  TopicPartition partition;
  std::uint64_t token = 0;
  ErrorCode error = ErrorCode::NONE;
};

/// An append of a coordinator's records or of a transaction's marker.
struct CoordinatorAppend {
  CoordinatorType coordinator = CoordinatorType::None;
  TopicPartition partition;
  protocol::BatchRef batch{};
  std::int16_t required_acks = 1;
  std::uint64_t token = 0;
  std::uint64_t guard = 0;    // of the transaction's verification
  sim::Duration timeout{-1};  // until the append is committed; negative: no timeout
};

class Coordinators {
 public:
  Coordinators(const protocol::Config& config, std::int64_t read_bytes_per_s);
  void on_death();

  void handle(Ctx& ctx, BrokerServer& server, Connection& connection, const protocol::FindCoordinatorRequest& r);
  /// Handles every request that one of the coordinators has a handle() for (coordinator_host.h).
  template <class Request>
  requires coordinator::HandledBy<coordinator::GroupCoordinator, Request> ||
      coordinator::HandledBy<coordinator::ShareCoordinator, Request> ||
      coordinator::HandledBy<coordinator::TransactionCoordinator, Request>
  void handle(Ctx& ctx, BrokerServer& server, Connection& connection, const Request& request);
  void coordinator_append(Ctx& ctx, BrokerServer& server, const CoordinatorAppend& append);
  /// Returns the error if the append is refused, or NONE if the result follows later.
  ErrorCode try_append(Ctx& ctx, BrokerServer& server, const CoordinatorAppend& append);
  void coordinator_await(Ctx& ctx, BrokerServer& server, const CoordinatorAppend& append, Offset end);
  /// Handles the results in append_results.
  void finish_appends(Ctx& ctx, BrokerServer& server);
  /// The leader of the key's partition of the topic, according to the metadata; kNoBroker if it has none at present.
  /// Kafka: KafkaApis.getCoordinator.
  static BrokerId leader_for(const MetadataImage& image, std::string_view topic, std::string_view key);
  void elect_coordinator(Ctx& ctx, BrokerServer& server, const Replica& r);
  void on_markers_sent(Ctx& ctx, BrokerServer& server, const InterBrokerChannels::Completion& done);
  bool on_timer(Ctx& ctx, BrokerServer& server, std::uint16_t kind, std::uint64_t arg);
  void on_group_state_answer(Ctx& ctx, BrokerServer& server, const SharePersister::Done& done);
  void resign_coordinator(Ctx& ctx, BrokerServer& server, const Replica& r, std::optional<LeaderEpoch> epoch);

  coordinator::GroupCoordinator group;
  coordinator::ShareCoordinator share;
  coordinator::TransactionCoordinator transaction;
  InterBrokerChannels marker_channels;  // of the transaction coordinator
  std::vector<AppendResult> append_results;
};

}  // namespace kafkascope::broker
