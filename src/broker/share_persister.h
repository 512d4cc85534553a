// What this broker asks of share coordinators: reading and writing the state of share partitions. Kafka: DefaultStatePersister,
// PersisterStateManager (4.1).
//
// Requests for one coordinator go one after the other on one connection. A coordinator that is not there, moves or loads is asked again
// after a pause that doubles, five times in all. Simplified: one share partition per request (Kafka gathers what waits for the same
// broker).
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
    // Of a Read or Write: which share partition asked, for which of its transitions, for which client request (0: nobody waits), whose
    // records they are and what has become of them. Of the others `request` is the group coordinator's call.
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
    protocol::ErrorCode error = protocol::ErrorCode::NONE;  // COORDINATOR_NOT_AVAILABLE: tried often enough
    std::optional<protocol::Body> body;                     // of an answer without an error
  };

  /// Number, attempts and times of `operation` are set here.
  void submit(sim::Instant now, Operation operation);

  /// The coordinator of a key by this broker's metadata; kNoBroker: there is none now. Kafka: ShareCoordinatorMetadataCacheHelperImpl.
  static BrokerId coordinator_of(const protocol::MetadataImage& image, const coordinator::SharePartitionKey& key);
  /// Sends what can be sent; what is for this broker itself is handed back with its number, to be done at once.
  std::vector<Operation> pump(protocol::Context& ctx, const protocol::MetadataImage& image, BrokerId self);

  /// __share_group_state was looked for in vain since the last call: somebody has to create it.
  bool take_topic_missing() { return std::exchange(topic_missing_, false); }

  bool owns(sim::ConnectionId connection) const;
  std::optional<Done> on_response(protocol::Context& ctx, sim::ConnectionId connection,
                                  const protocol::Message& message);
  std::optional<Done> on_answer(sim::Instant now, std::uint64_t number, const protocol::Body& body);
  void on_disconnect(protocol::Context& ctx, sim::ConnectionId connection);
  /// The wake timer, and requests without an answer for 30 s.
  std::vector<Done> on_timer(protocol::Context& ctx);
  void on_death();

  std::size_t waiting() const { return operations_.size(); }

 private:
  struct Channel {
    sim::ConnectionId connection;
    std::uint64_t number = 0;  // in flight; 0: none
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
