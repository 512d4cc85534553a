// The parts of one broker. Each part has its own state and decides which of it survives a death; state that several
// parts need is here. A part keeps no reference to another, because a copy of a broker is a checkpoint: each call
// receives the server. Kafka: BrokerServer, KafkaServer (2.5).
//
//   connections       requests: read, authorized, dispatched, answered
//   replica_manager   becoming leader or follower, appends, high watermarks; Produce, ListOffsets, OffsetForLeaderEpoch
//   fetches           Fetch and its sessions
//   fetchers          the broker's own fetching, as a follower
//   delayed           requests that wait
//   alter_partitions  changes of the ISR
//   logs              flushing, retention, compaction, directories
//   coordinators      groups, share groups, transactions
//   shares            share partitions that the broker leads
//   verifications     asks coordinators about the first appends of transactions
//   markers           writes the ends of transactions into the broker's partitions
//   publisher         metadata log -> image -> roles, configuration
//   forwarding        requests to the controller
//   zk                everything that differs under ZooKeeper
#pragma once
#include <cstdint>
#include <optional>

#include "broker/add_partitions_to_txn_manager.h"
#include "broker/alter_partition_manager.h"
#include "broker/broker_settings.h"
#include "broker/connections.h"
#include "broker/controller_channel.h"
#include "broker/coordinators.h"
#include "broker/delayed_operations.h"
#include "broker/fetch_manager.h"
#include "broker/forwarding_manager.h"
#include "broker/lifecycle.h"
#include "broker/log_manager.h"
#include "broker/metadata_publisher.h"
#include "broker/metrics.h"
#include "broker/replica_fetcher_manager.h"
#include "broker/replica_manager.h"
#include "broker/replica_table.h"
#include "broker/share_partition_manager.h"
#include "broker/transaction_markers.h"
#include "broker/zookeeper_mode.h"
#include "raft/quorum_node.h"
#include "sim/hash_index.h"
#include "storage/log_dirs.h"

namespace kafkascope::broker {

/// The numbers of the broker's three ControllerChannels, which their timers carry.
inline constexpr std::uint32_t kHeartbeats = 0, kAlterPartitions = 1, kForwarding = 2;
/// The numbers of the broker's InterBrokerChannels.
inline constexpr std::uint32_t kMarkerChannels = 0, kVerificationChannels = 1;

struct BrokerServer {
  explicit BrokerServer(BrokerOptions options);
  /// Keeps the state on disk, and the state that each part keeps.
  void on_death(sim::Death death, sim::Instant now);

  std::int32_t find(TopicPartition tp) const { return index.find(tp); }  // the replica's index in replicas; -1 if none
  /// Read-only access: marks nothing as touched and copies no page.
  const Replica& look(std::int32_t at) const { return replicas[static_cast<std::size_t>(at)]; }
  const Replica* replica(TopicPartition tp) const;
  protocol::Config broker_config() const;

  BrokerOptions options;
  BrokerSettings settings;

  // State on disk.
  raft::QuorumNode raft;
  ReplicaTable replicas;                 // only the logs survive a restart; the other fields are reset
  sim::HashIndex<TopicPartition> index;  // partition -> index in replicas
  storage::LogDirs dirs;
  BrokerLifecycle lifecycle;  // includes the clean-shutdown file

  MetadataImage image;  // the metadata as far as this broker has applied it
  BrokerMetrics metrics;
  ControllerChannel heartbeat_channel;
  Connections connections;
  MetadataPublisher publisher;
  ReplicaManager replica_manager;
  AlterPartitionManager alter_partitions;
  ReplicaFetcherManager fetchers;
  FetchManager fetches;
  DelayedOperations delayed;
  LogManager logs;
  Coordinators coordinators;
  SharePartitionManager shares;
  AddPartitionsToTxnManager verifications;
  TransactionMarkers markers;
  ForwardingManager forwarding;
  std::optional<ZooKeeperMode> zk;

 private:
  void let_replicas_die(sim::Death death, sim::Instant now, bool unread);
};

}  // namespace kafkascope::broker
