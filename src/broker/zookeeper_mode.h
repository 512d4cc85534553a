// The additional state of a broker in ZooKeeper mode: a session, the controller that it hosts, and its pending ZooKeeper
// operations. The data plane is the same as under KRaft; UpdateMetadata fills the metadata image instead of a log.
// Kafka: KafkaServer, KafkaZkClient, ZkPartitionStateStore, AdminManager, DynamicConfigManager (2.5).
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "broker/request_handlers.h"
#include "controller/zookeeper/kafka_controller.h"
#include "controller/zookeeper/zk_script.h"
#include "controller/zookeeper/zk_security.h"
#include "coordinator/request_handle.h"
#include "protocol/message.h"
#include "protocol/metadata_image.h"
#include "zookeeper/client.h"

namespace kafkascope::broker {

using coordinator::CoordinatorType;

/// By parent znode: the number of the last notification that was read.
using NotesRead = std::map<std::string, std::int64_t, std::less<>>;

/// An operation of several steps at ZooKeeper; a script (controller/zookeeper/zk_script.h). Broker::do_job contains all of them.
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
  // The script's initial state: it runs more than once, and must ask the same each time.
  std::uint64_t seed = 0;                               // seed of random choices
  protocol::MetadataImage image = {};                   // Administer
  std::vector<protocol::NamedTopic> unconfigured = {};  // BecomeReplicas
  std::vector<protocol::AdminResult> denied = {};       // Administer: rows that were denied
  NotesRead notes_read = {};                            // ReadConfigChanges, ReadAclChanges
  protocol::ZkSessionId session = 0;                    // ReadConfigs
  // WriteIsr
  std::int32_t replica = -1;
  std::uint32_t pending_id = 0;
  std::string topic = {};  // its name, because the topic may be deleted meanwhile
  controller::znode::LeaderAndIsr wanted = {};
  // TellIsrChanges
  controller::znode::NamedPartitions partitions = {};
};

/// A response that is sent when this broker's metadata shows the change, or its time is up. Kafka: DelayedCreatePartitions,
/// DelayedDeleteTopics.
struct DelayedTopics {
  std::uint64_t number = 0;
  sim::ConnectionId connection = {};
  protocol::Body answer = {};
  std::map<std::string, std::int32_t> partitions = {};  // by topic: number of partitions that must have a leader; 0:
                                                        // the topic must be gone
  sim::TimerId timer = {};
};

/// Partitions whose ISR is being written: their lock is held (Partition.leaderIsrUpdateLock), and requests that need it wait, each with its
/// thread. The task that checks for lagging followers waits, too, and afterwards catches up on missed runs
/// (KafkaScheduler.schedule: at a fixed rate).
struct IsrWrites {
  struct Append {  // an append of this broker's coordinator
    CoordinatorType coordinator = CoordinatorType::None;
    protocol::TopicPartition partition;
    protocol::BatchRef batch;
    std::int16_t required_acks = 1;
    std::uint64_t token = 0;
  };
  std::set<std::int32_t> replicas;  // by index
  std::vector<QueuedRequest> requests;
  std::vector<Append> appends;
  std::size_t check_at = 0;           // the next replica that the task checks
  std::int32_t check_waits_for = -1;  // the replica whose lock the task waits for; -1: none
  sim::Instant check_due;             // when its last run was due
};

struct ZooKeeperMode {
  zookeeper::ClientOptions client_options;
  zookeeper::Client client;
  controller::KafkaController controller;
  protocol::ZkSessionId session = 0;  // the session that this broker began; a different one means that the client has a
                                      // new session
  std::int32_t controller_epoch = 0;  // the highest in any control request
  NotesRead notes_read;
  std::map<std::string, std::string> config_of_all, own_config;  // dynamic values that were accepted
  std::set<protocol::TopicId> configured;                        // topics whose configuration has been read
  std::map<std::uint64_t, ZooKeeperJob> jobs;
  std::uint64_t next_job = 0;
  controller::znode::NamedPartitions isr_changes;  // not yet reported to the controller, in order of occurrence
  IsrWrites isr_writes;
  std::vector<DelayedTopics> delayed_topics;
  std::uint64_t next_delayed_topics = 1;
  std::vector<sim::ConnectionId> producer_id_waiters;  // InitProducerId requests that wait for a block
  sim::Instant isr_changed_at, isr_told_at;
  // ControlledShutdown request to the controller.
  std::optional<std::int32_t> shutdown_controller;  // its node (located() in endpoint.h), once it is known
  sim::ConnectionId shutdown_connection;
  std::int32_t shutdown_tries = 0;
  sim::TimerId shutdown_timer;

  ZooKeeperMode(zookeeper::ClientOptions options, controller::KafkaController::Options controller_options)
      : client_options(std::move(options)), client(client_options), controller(std::move(controller_options)) {}
};

}  // namespace kafkascope::broker
