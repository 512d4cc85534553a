// The additional state of a broker in ZooKeeper mode: a session, the controller that it hosts, and its pending
// ZooKeeper operations. The data plane is the same as under KRaft; UpdateMetadata fills the metadata image instead of a
// log. Kafka: KafkaServer, KafkaZkClient, ZkPartitionStateStore, AdminManager, DynamicConfigManager (2.5).
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "broker/coordinators.h"
#include "broker/parts.h"
#include "broker/request_handlers.h"
#include "controller/zookeeper/kafka_controller.h"
#include "controller/zookeeper/zk_script.h"
#include "controller/zookeeper/zk_security.h"
#include "coordinator/request_handle.h"
#include "protocol/message.h"
#include "protocol/messages_quorum.h"
#include "protocol/metadata_image.h"
#include "zookeeper/client.h"

namespace kafkascope::broker {

using coordinator::CoordinatorType;

/// By parent znode: the number of the last notification that was read.
using NotesRead = std::map<std::string, std::int64_t, std::less<>>;

/// An operation of several steps at ZooKeeper; a script (controller/zookeeper/zk_script.h). ZooKeeperMode::do_job
/// contains all of them.
struct ZooKeeperJob {
  enum class Kind : std::uint8_t {
    WriteIsr,
    TellIsrChanges,
    ReadConfigs,
    ReadConfigChanges,
    ReadAclChanges,
    TakeProducerIds,
    BecomeReplicas,
    TellDirFailure,
    Administer,
    FindController
  };
  Kind kind = Kind::ReadConfigs;
  controller::ZkScript script = {};
  sim::ConnectionId connection = {};                        // the requester, if there is one
  protocol::Body body = {};                                 // the request
  std::optional<protocol::MetadataResponse> metadata = {};  // Administer: the topics are created for a Metadata request
  // The script's initial state, the same for each run: the script runs more than once and must ask the same questions
  // each time.
  std::uint64_t seed = 0;                               // seed of random choices
  protocol::MetadataImage image = {};                   // Administer
  std::vector<protocol::NamedTopic> unconfigured = {};  // BecomeReplicas
  std::vector<protocol::AdminResult> denied = {};       // Administer: rows that were denied
  NotesRead notes_read = {};                            // ReadConfigChanges, ReadAclChanges
  protocol::ZkSessionId session = 0;                    // ReadConfigs
  // WriteIsr
  std::int32_t replica = -1;
  std::uint32_t pending_id = 0;
  std::string topic = {};  // the topic's name, because the topic may be deleted meanwhile
  controller::znode::LeaderAndIsr wanted = {};
  // TellIsrChanges
  controller::znode::NamedPartitions partitions = {};
};

/// A response that is sent when this broker's metadata shows the change, or at the timeout. Kafka:
/// DelayedCreatePartitions, DelayedDeleteTopics.
struct DelayedTopics {
  std::uint64_t number = 0;
  sim::ConnectionId connection = {};
  protocol::Body answer = {};
  std::map<std::string, std::int32_t> partitions = {};  // by topic: the number of partitions that must have a leader;
                                                        // 0: the topic must be gone
  sim::TimerId timer = {};
};

/// Partitions whose ISR is being written: their lock is held (Partition.leaderIsrUpdateLock), and requests that need
/// the lock wait, together with their threads. The task that checks for lagging followers also waits, and catches up on
/// missed runs afterwards (KafkaScheduler.schedule: at a fixed rate).
struct IsrWrites {
  std::set<std::int32_t> replicas;  // by index
  std::vector<QueuedRequest> requests;
  std::vector<CoordinatorAppend> appends;
  std::size_t check_at = 0;           // index of the next replica that the task checks
  std::int32_t check_waits_for = -1;  // the replica whose lock the task waits for; -1 if none
  sim::Instant check_due;             // when its last run was due
};

struct ZooKeeperMode {
  ZooKeeperMode(zookeeper::ClientOptions options, controller::KafkaController::Options controller_options)
      : client_options(std::move(options)), client(client_options), controller(std::move(controller_options)) {}

  void start_zookeeper(Ctx& ctx, BrokerServer& server);
  void begin_session(Ctx& ctx, BrokerServer& server);
  bool on_zookeeper_events(Ctx& ctx, BrokerServer& server);
  void take_from_controller(Ctx& ctx, BrokerServer& server);
  void start_job(Ctx& ctx, BrokerServer& server, ZooKeeperJob job);
  void propose_isr_to_zookeeper(Ctx& ctx, BrokerServer& server, std::int32_t index);
  void propagate_isr_changes(Ctx& ctx, BrokerServer& server);
  void ask_controlled_shutdown(Ctx& ctx, BrokerServer& server);
  void on_controlled_shutdown(Ctx& ctx, BrokerServer& server, const Message& message);
  void retry_controlled_shutdown(Ctx& ctx, BrokerServer& server);
  void close_session(Ctx& ctx);
  void on_death();
  void handle(Ctx& ctx, BrokerServer& server, Connection& connection, const protocol::LeaderAndIsrRequest& r);
  void handle(Ctx& ctx, BrokerServer& server, Connection& connection, const protocol::StopReplicaRequest& r);
  void handle(Ctx& ctx, BrokerServer& server, Connection& connection, const protocol::UpdateMetadataRequest& r);
  void create_topics_in_zookeeper(Ctx& ctx, BrokerServer& server, protocol::CreateTopicsRequest request,
                                  sim::ConnectionId waits = {},
                                  std::optional<protocol::MetadataResponse> metadata = {});
  void create_topics_for(Ctx& ctx, BrokerServer& server, sim::ConnectionId id, protocol::MetadataResponse metadata,
                         const std::vector<std::string>& missing);
  void expire_delayed_topics(Ctx& ctx, BrokerServer& server, std::uint64_t number);
  bool dispatch_zookeeper(Ctx& ctx, BrokerServer& server, Connection& connection, const Message& message);

  zookeeper::ClientOptions client_options;
  zookeeper::Client client;
  controller::KafkaController controller;
  protocol::ZkSessionId session = 0;  // the session that this broker last began; if the client's differs, the client
                                      // has a new session
  std::int32_t controller_epoch = 0;  // the highest epoch in any control request so far
  NotesRead notes_read;
  std::map<std::string, std::string> config_of_all, own_config;  // the accepted dynamic values
  std::set<protocol::TopicId> configured;                        // topics whose configuration has been read
  std::map<std::uint64_t, ZooKeeperJob> jobs;
  std::uint64_t next_job = 0;
  controller::znode::NamedPartitions isr_changes;  // ISR changes not yet reported to the controller, oldest first
  IsrWrites isr_writes;
  std::vector<DelayedTopics> delayed_topics;
  std::uint64_t next_delayed_topics = 1;
  /// InitProducerId requests that wait for a block.
  std::vector<std::pair<sim::ConnectionId, protocol::InitProducerIdRequest>> producer_id_waiters;
  sim::Instant isr_changed_at, isr_told_at;
  // ControlledShutdown request to the controller.
  std::optional<std::int32_t> shutdown_controller;  // the controller's place (located() in endpoint.h), once known
  sim::ConnectionId shutdown_connection;
  std::int32_t shutdown_tries = 0;
  sim::TimerId shutdown_timer;

 private:
  void on_session(Ctx& ctx, BrokerServer& server, zookeeper::SessionState state);
  void run_job(Ctx& ctx, BrokerServer& server, std::uint64_t id);
  void do_job(Ctx& ctx, BrokerServer& server, ZooKeeperJob& job);
  void write_isr(Ctx& ctx, BrokerServer& server, ZooKeeperJob& job);
  void tell_isr_changes(Ctx& ctx, ZooKeeperJob& job);
  void learn(BrokerServer& server, protocol::MetadataRecord record) { learn(server, std::vector{std::move(record)}); }
  void learn(BrokerServer& server, const std::vector<protocol::MetadataRecord>& records);
  void take_producer_ids(Ctx& ctx, BrokerServer& server, ZooKeeperJob& job);
  void find_controller(Ctx& ctx, BrokerServer& server, ZooKeeperJob& job);
  ErrorCode control_error(BrokerServer& server, const protocol::ControlHeader& header);
  void refuse_control(Ctx& ctx, BrokerServer& server, sim::ConnectionId connection, ApiKey api, ErrorCode error);
  void become_replicas(Ctx& ctx, BrokerServer& server, ZooKeeperJob& job);
  ErrorCode become_replica(Ctx& ctx, BrokerServer& server, const protocol::ControlPartition& p);
  void learn_metadata(Ctx& ctx, BrokerServer& server, const protocol::UpdateMetadataRequest& r);
  void learn_topic(BrokerServer& server, const protocol::NamedTopic& topic);
  void read_own_configs(Ctx& ctx, BrokerServer& server, ZooKeeperJob& job);
  void read_config_changes(Ctx& ctx, BrokerServer& server, ZooKeeperJob& job);
  void read_acl_changes(BrokerServer& server, ZooKeeperJob& job);
  std::vector<std::string> unread_notes(ZooKeeperJob& job, const std::string& parent);
  void apply_config(BrokerServer& server, const std::string& resource,
                    const std::map<std::string, std::string>& values);
  void apply_acls(BrokerServer& server, const controller::znode::AclResource& resource, const std::string& data);
  void answer_created(Ctx& ctx, BrokerServer& server, ZooKeeperJob& job, const protocol::CreateTopicsResponse& created);
  void answer_when_known(Ctx& ctx, BrokerServer& server, DelayedTopics waiting);
  bool known_by_now(const BrokerServer& server, const std::string& topic, std::int32_t partitions) const;
  void check_delayed_topics(Ctx& ctx, BrokerServer& server);
  void administer(Ctx& ctx, BrokerServer& server, ZooKeeperJob& job);
};

}  // namespace kafkascope::broker
