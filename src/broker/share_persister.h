// This broker's requests to share coordinators: reading and writing the state of share partitions. Kafka:
// DefaultStatePersister, PersisterStateManager (4.1).
//
// Requests to one coordinator are sent one at a time on one connection. If the coordinator is unavailable, has moved or
// is loading, the request is repeated after a pause that doubles, five attempts in all. Simplified: one share partition
// per request (Kafka combines the waiting requests to one broker).
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "coordinator/share_coordinator.h"
#include "protocol/message.h"
#include "protocol/reasons.h"

namespace kafkascope::broker {

using protocol::BrokerId;

class SharePersister {
 public:
  enum class Kind : std::uint8_t { Initialize, Read, ReadSummary, Write, Delete };
  struct Operation {
    std::uint64_t number = 0;
    Kind kind = Kind::Write;
    coordinator::SharePartitionKey key;
    protocol::Body body;
    // For Read and Write: the incarnation of the share partition, its transition, the client request that waits (0:
    // none), the member that holds the records, and the outcome of the records. For other kinds `request` is the group
    // coordinator's call.
    std::uint64_t incarnation = 0;
    std::uint32_t transition = 0;
    std::uint64_t request = 0;
    std::string who;
    fact::SettlementReason reason{};
    int attempts = 0;
    sim::Instant due;
    BrokerId sent_to = protocol::kNoBroker;
  };
  struct Done {
    Operation operation;
    protocol::ErrorCode error = protocol::ErrorCode::NONE;  // COORDINATOR_NOT_AVAILABLE: all attempts have failed
    std::optional<protocol::Body> body;                     // present if the response has no error
  };

  /// Sets the number, attempts and times of `operation`.
  void submit(sim::Instant now, Operation operation);

  /// The coordinator of a key according to this broker's metadata; kNoBroker if it has none at present. Kafka:
  /// ShareCoordinatorMetadataCacheHelperImpl.
  static BrokerId coordinator_of(const protocol::MetadataImage& image, const coordinator::SharePartitionKey& key);
  /// Sends the requests that are due. Returns those for this broker's own coordinator, with their numbers; the caller
  /// executes them at once.
  std::vector<Operation> pump(protocol::Context& ctx, const protocol::MetadataImage& image, BrokerId self);

  /// Whether a request since the last call found no __share_group_state topic, so that the topic must be created.
  bool take_topic_missing() { return std::exchange(topic_missing_, false); }

  bool owns(sim::ConnectionId connection) const;
  std::optional<Done> on_response(protocol::Context& ctx, sim::ConnectionId connection,
                                  const protocol::Message& message);
  std::optional<Done> on_answer(sim::Instant now, std::uint64_t number, const protocol::Body& body);
  void on_disconnect(protocol::Context& ctx, sim::ConnectionId connection);
  /// Handles the wake timer: fails requests that have had no response for 30 s or whose attempts are used up.
  std::vector<Done> on_timer(protocol::Context& ctx);
  void on_death();

  std::size_t waiting() const { return operations_.size(); }

 private:
  struct Channel {
    sim::ConnectionId connection;
    std::uint64_t number = 0;  // of the request in flight; 0: none
    std::int32_t correlation = 0;
    sim::Instant expires = sim::kNever;
  };
  void retry(sim::Instant now, std::uint64_t number);
  void arm(protocol::Context& ctx);

  std::deque<Operation> operations_;  // oldest first
  std::map<BrokerId, Channel> channels_;
  std::uint64_t next_number_ = 1;
  std::int32_t next_correlation_ = 1;
  sim::TimerId timer_;
  bool topic_missing_ = false;
};

}  // namespace kafkascope::broker
