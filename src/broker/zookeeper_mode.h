// What a broker of the ZooKeeper era has besides its replicas: a session, the controller that it hosts, and what it is waiting for from
// ZooKeeper. Everything else, the whole data plane, is as under KRaft; the metadata image is filled by UpdateMetadata instead of a log.
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
#include "protocol/message.h"
#include "protocol/metadata_image.h"
#include "zookeeper/client.h"

namespace kafkascope::broker {

/// By the znode that they are below: the number of the last notification that was read.
using NotesRead = std::map<std::string, std::int64_t, std::less<>>;

/// Something that takes several steps at ZooKeeper; a script (controller/zookeeper/zk_script.h). Broker::do_job has them all.
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
  sim::ConnectionId connection = {};  // who waits for an answer, if anybody
  protocol::Body body = {};           // the request
  std::optional<protocol::MetadataResponse> metadata =
      {};  // Administer: its topics are made for somebody who asked for metadata
  // What it begins from: a script runs more than once, and each time must ask the same.
  std::uint64_t seed = 0;                               // of random choices
  protocol::MetadataImage image = {};                   // Administer
  std::vector<protocol::NamedTopic> unconfigured = {};  // BecomeReplicas
  std::vector<protocol::AdminResult> denied = {};       // Administer: rows that were not allowed
  NotesRead notes_read = {};                            // ReadConfigChanges, ReadAclChanges
  protocol::ZkSessionId session = 0;                    // ReadConfigs
  // WriteIsr
  std::int32_t replica = -1;
  std::uint32_t pending_id = 0;
  std::string topic = {};  // its name: the topic may be deleted meanwhile
  controller::znode::LeaderAndIsr wanted = {};
  // TellIsrChanges
  controller::znode::NamedPartitions partitions = {};
};

/// An answer that is given when this broker's metadata shows what was done, or its time is up. Kafka: DelayedCreatePartitions,
/// DelayedDeleteTopics.
struct DelayedTopics {
  std::uint64_t number = 0;
  sim::ConnectionId connection = {};
  protocol::Body answer = {};
  std::map<std::string, std::int32_t> partitions = {};  // by topic: how many must have a leader; 0: it must be gone
  sim::TimerId timer = {};
};

/// Partitions whose ISR is being written: their lock is held (Partition.leaderIsrUpdateLock), and whoever needs it waits, each request with its
/// thread. The task that looks for followers that lag waits, too, and makes up afterwards for the times that it has missed
/// (KafkaScheduler.schedule: at a fixed rate).
struct IsrWrites {
  struct Append {  // of this broker's coordinator
    protocol::TopicPartition partition;
    protocol::BatchRef batch;
    std::uint64_t token = 0;
  };
  std::set<std::int32_t> replicas;  // by index
  std::vector<QueuedRequest> requests;
  std::vector<Append> appends;
  std::size_t check_at = 0;           // the next replica that the task looks at
  std::int32_t check_waits_for = -1;  // the one that it waits for; -1: none
  sim::Instant check_due;             // when it was to begin, the last time
};

struct ZooKeeperMode {
  zookeeper::ClientOptions client_options;
  zookeeper::Client client;
  controller::KafkaController controller;
  protocol::ZkSessionId session = 0;  // what this broker has begun; another one: the client has a new session
  std::int32_t controller_epoch = 0;  // the highest of any control request
  NotesRead notes_read;
  std::map<std::string, std::string> config_of_all, own_config;  // set dynamically, and taken
  std::set<protocol::TopicId> configured;                        // topics whose configuration it has read
  std::map<std::uint64_t, ZooKeeperJob> jobs;
  std::uint64_t next_job = 0;
  controller::znode::NamedPartitions isr_changes;  // not yet told to the controller, as they happened
  IsrWrites isr_writes;
  std::vector<DelayedTopics> delayed_topics;
  std::uint64_t next_delayed_topics = 1;
  std::vector<sim::ConnectionId> producer_id_waiters;  // InitProducerId while there is no block
  sim::Instant isr_changed_at, isr_told_at;
  // ControlledShutdown, asked of the controller.
  std::optional<std::int32_t> shutdown_controller;  // its place (located() in endpoint.h), as far as it was found
  sim::ConnectionId shutdown_connection;
  std::int32_t shutdown_tries = 0;
  sim::TimerId shutdown_timer;

  ZooKeeperMode(zookeeper::ClientOptions options, controller::KafkaController::Options controller_options)
      : client_options(std::move(options)), client(client_options), controller(std::move(controller_options)) {}
};

}  // namespace kafkascope::broker
