// One broker: a node role. It hosts a quorum observer, the replicas assigned to it, and the coordinators.
//
// The life of a request: on_message -> a connection's queue (one request at a time, SocketServer's mute) -> a free
// handler (request_handlers.h) -> Connections::dispatch -> handle() of the first part that has one for the API -> an
// answer at once, or an operation among the delayed ones that answers later and frees the connection. The broker acts
// on its own metadata image, which may lag behind the committed log.
//
// This class passes each of the kernel's callbacks to the part that it concerns, and then handles the consequences
// (do_what_follows).
#pragma once
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "broker/broker_server.h"

namespace kafkascope::broker {

class Broker {
 public:
  explicit Broker(BrokerOptions options);
  // Defined in the source file: their code is long, and every source file that copies a World would compile it again.
  Broker(const Broker&);
  Broker(Broker&&) noexcept;
  Broker& operator=(const Broker&);
  Broker& operator=(Broker&&) noexcept;
  ~Broker();

  /// Formation at time 0, before on_start: the broker is registered under `broker_epoch` and unfenced, and the metadata
  /// log is complete and committed. `formed` is the image after replaying that log, shared by all brokers; `own` lists
  /// the partitions of which this broker has a replica. Without these two the broker replays the log when it starts.
  void preload(const raft::FormedLog& log, LeaderEpoch epoch, BrokerId leader, BrokerEpoch broker_epoch,
               std::int64_t incarnation, const MetadataImage& formed = {}, std::vector<TopicPartition> own = {});

  /// Formation at time 0 under ZooKeeper: the broker's session is open, and with `context` the broker is the
  /// controller.
  void preload_zookeeper(const MetadataImage& formed, BrokerEpoch broker_epoch, std::vector<TopicPartition> own,
                         protocol::ZkSessionId session, zookeeper::Zxid seen, BrokerId controller,
                         const std::optional<controller::ControllerContext>& context);

  void on_start(Ctx& ctx);
  void on_message(Ctx& ctx, sim::ConnectionId connection, const Message& message);
  void on_timer(Ctx& ctx, std::uint16_t kind, std::uint64_t arg);
  void on_disk(Ctx& ctx, std::uint16_t kind, std::uint64_t arg);
  void on_disconnect(Ctx& ctx, sim::ConnectionId connection, sim::Disconnect why);
  void on_death(sim::Death death, sim::Instant now) { server_.on_death(death, now); }

  /// SIGTERM: the broker first hands over its leaderships (controlled.shutdown.enable), then exits.
  void request_shutdown(Ctx& ctx);
  /// Replaces the configuration of a stopped broker, as an edit of server.properties. Only the kListenerKeys,
  /// which are read at every start, may differ.
  void edit_properties(const protocol::Config& edited) { server_.options.config = edited; }
  void answer_next(AnswerRule rule) { server_.connections.answer_rules.push_back(rule); }
  /// Changes the disk of one directory, or of all directories (kNoDir).
  void change_disk(std::int32_t dir, const DiskChange& change, sim::Instant now);
  /// Called when the disk of a running broker has begun to fail: the broker notices at the next checkpoint, unless it
  /// writes to the disk earlier.
  void expect_disk_failure(Ctx& ctx);
  /// `wipe_disk` on a stopped broker: deletes the logs and checkpoints of one directory, or of all (kNoDir). The
  /// quorum's log is in the first directory and is wiped with it.
  void wipe_disk(std::int32_t dir);

  // ---- views
  /// For sim::World, which prefetches: hot() delimits the members that most messages touch; expect() prefetches the
  /// entries that a message on this connection (its slot) will look up.
  std::pair<const void*, const void*> hot() const { return {&server_.heartbeat_channel, &server_.delayed}; }
  [[gnu::always_inline]] void expect(std::uint32_t connection) const {
    server_.connections.connection_by_slot.prefetch(connection);
    server_.fetchers.fetcher_by_slot.prefetch(connection);
  }
  const BrokerOptions& options() const { return server_.options; }
  BrokerId id() const { return server_.options.id; }
  /// The metadata as far as this broker has applied it.
  const MetadataImage& image() const { return server_.image; }
  /// Every replica on the broker's disks, including those it no longer serves (role None). Indexed by the broker's
  /// dense local index.
  const ReplicaTable& replicas() const { return server_.replicas; }
  const Replica* replica(TopicPartition tp) const { return server_.replica(tp); }
  const storage::LogDirs& log_dirs() const { return server_.dirs; }
  const LogManager& logs() const { return server_.logs; }
  const ReplicationQuota& leader_quota() const { return server_.fetches.leader_quota; }
  const ReplicationQuota& follower_quota() const { return server_.fetchers.follower_quota; }
  bool high_watermark_stands(const Replica& replica) const {
    return server_.replica_manager.high_watermark_stands(server_, replica);
  }
  bool holds_high_watermark(const Replica& replica, const RemoteReplica& remote, sim::Instant now) const {
    return server_.replica_manager.holds_high_watermark(server_, replica, remote, now);
  }
  /// When the follower was last caught up, and replica.lag.time.max.ms.
  struct Lag {
    sim::Instant since;
    sim::Duration most;
  };
  Lag lag_of(const RemoteReplica& remote) const {
    return {server_.replica_manager.last_caught_up(server_, remote), server_.settings.lag_max};
  }
  std::int64_t used_bytes(std::int32_t dir, sim::Instant now) const {
    return server_.logs.used_bytes(server_, dir, now);
  }
  const coordinator::GroupCoordinator& coordinator() const { return server_.coordinators.group; }
  const coordinator::ShareCoordinator& share_coordinator() const { return server_.coordinators.share; }
  const coordinator::TransactionCoordinator& transaction_coordinator() const {
    return server_.coordinators.transaction;
  }
  /// The share groups' state on this broker: share partitions, sessions, waiting requests.
  const ShareState& share_groups() const { return server_.shares.state; }
  const raft::QuorumNode& raft() const { return server_.raft; }
  const BrokerLifecycle& lifecycle() const { return server_.lifecycle; }
  const Connections& connections() const { return server_.connections; }
  const BrokerMetrics& metrics() const { return server_.metrics; }
  const FetchSessions& fetch_sessions() const { return server_.fetches.fetch_sessions; }
  const Purgatory<DelayedProduce>& produce_purgatory() const { return server_.delayed.produces; }
  const Purgatory<DelayedFetch>& fetch_purgatory() const { return server_.delayed.fetches; }
  const std::vector<WaitingFetch>& waiting_fetches() const { return server_.delayed.waiting_fetches; }
  std::size_t partitions_watched_by(const DelayedFetch& op) const {
    return server_.delayed.partitions_watched_by(server_, op);
  }
  std::int64_t watched_produces(sim::Instant now) const { return server_.delayed.watched_produces(server_, now); }
  std::int64_t watched_fetches(sim::Instant now) const { return server_.delayed.watched_fetches(server_, now); }
  std::int64_t watched_delete_records(sim::Instant now) const { return server_.delayed.watched_delete_records(now); }
  std::int64_t watched_share_fetches(sim::Instant now) const { return server_.shares.watched_share_fetches(now); }
  bool in_purgatory(const DelayedProduce& op) const { return server_.delayed.in_purgatory(server_, op); }
  const std::vector<DelayedDeleteRecords>& delete_records_purgatory() const { return server_.delayed.delete_records; }
  /// The controller to which the broker sends its heartbeats; kNoBroker while it looks for one.
  BrokerId believed_controller() const {
    return server_.zk ? server_.zk->controller.active_id() : server_.heartbeat_channel.controller();
  }
  /// nullptr under KRaft.
  const ZooKeeperMode* zookeeper_mode() const { return server_.zk ? &*server_.zk : nullptr; }

 private:
  void finish(Ctx& ctx);
  void do_what_follows(Ctx& ctx);
  void on_response(Ctx& ctx, sim::ConnectionId connection, const Message& message);
  void on_lifecycle(Ctx& ctx, BrokerLifecycle::Outcome outcome);

  BrokerServer server_;
};

}  // namespace kafkascope::broker
