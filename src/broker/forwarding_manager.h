// A broker's requests to the controller (creation of topics, blocks of producer ids, the directories of its replicas,
// forwarded client requests), and the requests that it answers from its metadata. Kafka: ForwardingManager,
// DefaultAutoTopicCreationManager, RPCProducerIdManager, AssignmentsManager, KRaftMetadataCache.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "broker/controller_channel.h"
#include "broker/parts.h"
#include "broker/replica.h"
#include "protocol/messages_admin.h"

namespace kafkascope::broker {

struct Forwarded {  // a client's request that was forwarded to the controller
  std::uint64_t tag = 0;
  sim::ConnectionId connection;
  protocol::Body late;  // the response if the controller does not answer in time
};

class ForwardingManager {
 public:
  explicit ForwardingManager(ControllerChannel channel) : forward_channel(std::move(channel)) {}
  /// Resets all but next_tag, so that no number is used twice.
  void on_death();

  void want_assignment(Ctx& ctx, BrokerServer& server, TopicPartition tp, DirectoryId dir);
  void send_assignments(Ctx& ctx, BrokerServer& server);
  void unfence_once_assigned(Ctx& ctx, BrokerServer& server);
  void handle(Ctx& ctx, BrokerServer& server, Connection& connection, const protocol::MetadataRequest& r);
  void handle(Ctx& ctx, BrokerServer& server, Connection& connection, const protocol::ApiVersionsRequest& r);
  void handle(Ctx& ctx, BrokerServer& server, Connection& connection, const protocol::CreateTopicsRequest& r);
  void handle(Ctx& ctx, BrokerServer& server, Connection& connection, const protocol::InitProducerIdRequest& r);
  void handle(Ctx& ctx, BrokerServer& server, Connection& connection,
              const protocol::IncrementalAlterConfigsRequest& r);
  void forward(Ctx& ctx, BrokerServer& server, Connection& connection, protocol::Body request);
  protocol::CreatableTopic topic_by_default(const BrokerServer& server, const std::string& name) const;
  void request_topic_creation(Ctx& ctx, BrokerServer& server, const std::vector<std::string>& names);
  void on_forwarded(Ctx& ctx, BrokerServer& server, const ControllerChannel::Completion& done);
  /// nullopt: the block has not arrived yet.
  std::optional<protocol::ProducerId> next_producer_id(Ctx& ctx, BrokerServer& server);
  /// Under ZooKeeper: no id is left, so the request waits for a block (handle()).
  bool waits_for_producer_ids(const BrokerServer& server) const;
  void want_producer_ids(Ctx& ctx, BrokerServer& server);

  ControllerChannel forward_channel;
  std::vector<std::string> topics_in_creation;
  std::uint64_t next_tag = 0;
  protocol::ProducerId producer_id_end = 0;
  protocol::ProducerId queued_block_start = -1;  // start of the prefetched block; -1: none
  std::int32_t queued_block_len = 0;
  bool producer_ids_wanted = false;

 private:
  void schedule_assignments(Ctx& ctx);
  void on_assignments(Ctx& ctx, BrokerServer& server, const ControllerChannel::Completion& done);
  void on_topics_created(const ControllerChannel::Completion& done);
  void on_producer_ids(Ctx& ctx, const ControllerChannel::Completion& done);

  std::vector<Forwarded> forwarded_;
  protocol::ProducerId producer_id_next_ = 0, producer_id_prefetch_at_ = 0;
  /// To be sent to the controller; the first assignments_sent_ of them have been sent.
  std::vector<protocol::ReplicaDirectory> assignments_;
  std::size_t assignments_sent_ = 0;
  std::int32_t assignment_failures_ = 0;  // consecutive failed AssignReplicasToDirs requests
  sim::TimerId assignments_timer_;
};

}  // namespace kafkascope::broker
