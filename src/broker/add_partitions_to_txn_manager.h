// Before a transaction's first batch is appended, its partition's leader asks the transaction's coordinator whether the
// partition is part of it, or in the second version of the protocol adds the partition (KIP-890). Kafka:
// AddPartitionsToTxnManager, ReplicaManager.maybeSendPartitionsToTransactionCoordinator.
//
// A coordinator receives one request at a time; transactions that arrive in the meantime are sent in the next one.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "broker/inter_broker_channels.h"
#include "broker/metrics.h"
#include "broker/parts.h"
#include "broker/replica.h"
#include "protocol/messages_data.h"
#include "protocol/messages_transaction.h"
#include "storage/producer_state.h"

namespace kafkascope::broker {

struct TransactionVerification {
  std::string transactional_id;
  protocol::ProducerId producer_id = protocol::kNoProducerId;
  protocol::ProducerEpoch producer_epoch = -1;
  protocol::TransactionVersion version = protocol::TransactionVersion::TV0;  // the client's
  std::vector<std::pair<TopicPartition, std::int32_t>> partitions;           // each with its first sequence number
  /// The group coordinator's call, for an offset commit; 0 for a Produce, whose number is in `produce`.
  std::uint64_t group_call = 0, produce = 0;
};
struct VerificationResult {
  std::map<TopicPartition, ErrorCode> errors;
  std::map<TopicPartition, storage::VerificationGuard> guards;  // including partitions with an error
};

class AddPartitionsToTxnManager {
 public:
  explicit AddPartitionsToTxnManager(InterBrokerChannels channels_given) : channels(std::move(channels_given)) {}
  /// Resets all but next_guard_ and next_produce_, so that no number is used twice.
  void on_death();

  /// Returns the result if the coordinator need not be asked; otherwise finish() delivers it later.
  std::optional<VerificationResult> start(Ctx& ctx, BrokerServer& server, const TransactionVerification& wanted);
  /// Handles one result; returns false if there is none.
  bool finish(Ctx& ctx, BrokerServer& server);
  void on_completion(Ctx& ctx, BrokerServer& server, const InterBrokerChannels::Completion& done);

  /// Handles a Produce whose transaction must be verified, at once or when the coordinator has answered.
  void verify_produce(Ctx& ctx, BrokerServer& server, const Connection& connection,
                      const protocol::ProduceRequest& request);
  void on_retry_timer(Ctx& ctx, BrokerServer& server, std::uint64_t produce);
  std::size_t waiting_produces() const { return produces_.size(); }

  InterBrokerChannels channels;

 private:
  struct Asked {
    TransactionVerification wanted;
    VerificationResult result;  // the guards, and the errors of partitions that the coordinator is not asked about
  };
  struct Node {
    std::vector<Asked> waiting, in_flight;
  };
  void enqueue(Ctx& ctx, BrokerServer& server, BrokerId coordinator, Asked asked);
  void answer_all(BrokerServer& server, Asked asked, ErrorCode error);
  void generate_requests(Ctx& ctx, BrokerServer& server, BrokerId coordinator);
  void produce_verified(Ctx& ctx, BrokerServer& server, std::uint64_t number, const VerificationResult& result);

  struct Produce {
    sim::ConnectionId connection;
    sim::NodeId peer;
    RequestTimes times;
    sim::Instant since;
    protocol::ProduceRequest request;
    TransactionVerification wanted;
  };
  std::map<BrokerId, Node> nodes_;
  std::vector<Asked> finished_;
  std::map<std::uint64_t, Produce> produces_;
  std::uint64_t next_guard_ = 1, next_produce_ = 1;
};

}  // namespace kafkascope::broker
