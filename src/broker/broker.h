// One broker: a node role. It hosts a quorum observer, the replicas assigned to it, and the group coordinator.
//
// The life of a request: on_message -> a connection's queue (one request at a time, SocketServer's mute) -> a free handler
// (request_handlers.h) -> the dispatch table in connections.cpp -> handle_<api> -> an answer at once, or an operation in a purgatory that
// answers later and frees the connection. The metadata it acts on is its own image, as far as it has applied the committed log: its
// belief, maybe stale.
//
// Files: broker.cpp (dispatch, connections), metadata.cpp (applying, becoming leader or follower), partition_leader.cpp
// (appends, high watermark, follower state), isr.cpp (shrink, expand, AlterPartition), partition_follower.cpp
// (fetchers), follower_truncation.cpp, purgatory.cpp, api_*.cpp (one group of APIs each; share_* belongs to api_share.cpp), led_share_partitions.cpp, log_maintenance.cpp (retention, cleaner,
// DeleteRecords), log_directories.cpp (which disk a replica lies on, what a failing or slow one leads to), lifecycle.* (registration, heartbeats),
// controller_channel.* (requests to the controller), authorization.cpp (who may ask for what), client_quotas.* (and how much).
// Under ZooKeeper: zookeeper_mode.* (session, ISR changes), zookeeper_settings.cpp (configuration, ACLs, quotas), control_requests.cpp (the controller's orders),
// zookeeper_admin.cpp (topics and configuration written into ZooKeeper); raft, lifecycle's heartbeats and the channels are idle then.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "broker/broker_options.h"
#include "broker/client_quotas.h"
#include "broker/complete_watches.h"
#include "broker/controller_channel.h"
#include "broker/fetch_session.h"
#include "broker/lifecycle.h"
#include "broker/metrics.h"
#include "broker/purgatory.h"
#include "broker/replica.h"
#include "broker/replica_table.h"
#include "broker/replication_quota.h"
#include "broker/request_handlers.h"
#include "broker/share_sessions.h"
#include "broker/zookeeper_mode.h"
#include "coordinator/group_coordinator.h"
#include "coordinator/share_coordinator.h"
#include "protocol/config.h"
#include "protocol/message.h"
#include "protocol/metadata_image.h"
#include "protocol/trace_kinds.h"
#include "raft/quorum_node.h"
#include "sim/hash_index.h"
#include "sim/ids.h"
#include "storage/log_dirs.h"

namespace kafkascope::broker {

using protocol::DirectoryId;
using protocol::Message;
using protocol::MetadataEntry;
using protocol::MetadataImage;
using protocol::StoredBatch;
using protocol::TopicId;

class Broker {
 public:
  explicit Broker(BrokerOptions options);
  // Defaulted in the source file: each is long, and many files copy worlds.
  Broker(const Broker&);
  Broker(Broker&&) noexcept;
  Broker& operator=(const Broker&);
  Broker& operator=(Broker&&) noexcept;
  ~Broker();

  /// Formation at time 0, before on_start: registered under `broker_epoch`, unfenced, the metadata log complete and
  /// committed. `formed` is what that log makes, for all brokers to share, and `own` the partitions this one has a replica of; without
  /// them the broker replays the log itself when it starts.
  void preload(const raft::FormedLog& log, LeaderEpoch epoch, BrokerId leader, BrokerEpoch broker_epoch,
               std::int64_t incarnation, const MetadataImage& formed = {}, std::vector<TopicPartition> own = {});

  /// The same under ZooKeeper: its session is open, and with `context` it is the controller.
  void preload_zookeeper(const MetadataImage& formed, BrokerEpoch broker_epoch, std::vector<TopicPartition> own,
                         protocol::ZkSessionId session, zookeeper::Zxid seen, BrokerId controller,
                         const std::optional<controller::ControllerContext>& context);

  void on_start(Ctx& ctx);
  void on_message(Ctx& ctx, sim::ConnectionId connection, const Message& message);
  void on_timer(Ctx& ctx, std::uint16_t kind, std::uint64_t arg);
  void on_disk(Ctx& ctx, std::uint16_t kind, std::uint64_t arg);
  void on_disconnect(Ctx& ctx, sim::ConnectionId connection, sim::Disconnect why);
  void on_death(sim::Death death, sim::Instant now);

  /// SIGTERM: hands its leaderships over first (controlled.shutdown.enable), then exits.
  void request_shutdown(Ctx& ctx);
  /// Lines of server.properties edited while it is down; of kListenerKeys, which are read at every start.
  void edit_properties(const protocol::Config& edited) { options_.config = edited; }
  void answer_next(AnswerRule rule) { answer_rules_.push_back(rule); }
  /// Of one directory, or of all (kNoDir).
  void change_disk(std::int32_t dir, const DiskChange& change, sim::Instant now);
  /// Of a running broker whose disk has begun to fail: it will be noticed at the next checkpoint, if nothing is written before.
  void expect_disk_failure(Ctx& ctx);
  /// `wipe_disk` on a stopped broker: a directory's logs and checkpoints are gone (kNoDir: all), with the first one the quorum's log.
  void wipe_disk(std::int32_t dir);
  void set_write_back(sim::Duration write_back);

  // ---- views
  /// For sim::World, which looks ahead: what most messages touch; where a message on that connection (its slot) will look.
  std::pair<const void*, const void*> hot() const { return {&heartbeat_channel_, &leader_quota_}; }
  [[gnu::always_inline]] void expect(std::uint32_t connection) const {
    connection_by_slot_.prefetch(connection);
    fetcher_by_slot_.prefetch(connection);
  }
  const BrokerOptions& options() const { return options_; }
  BrokerId id() const { return options_.id; }
  /// What it believes: the metadata as far as applied.
  const MetadataImage& image() const { return image_; }
  /// Every replica it has on disk, those it no longer serves (role None) among them. Index = the dense local index.
  const ReplicaTable& replicas() const { return replicas_; }
  const Replica* replica(TopicPartition tp) const;
  const storage::LogDirs& log_dirs() const { return dirs_; }
  const ReplicationQuota& leader_quota() const { return leader_quota_; }
  const ReplicationQuota& follower_quota() const { return follower_quota_; }
  /// Below min.insync.replicas the high watermark of a partition that it leads stands (KIP-966).
  bool high_watermark_stands(const Replica& replica) const {
    return replica.under_min_isr() && !options_.historical.kip_966;
  }
  /// Whether that high watermark goes no further than this replica: in the maximal ISR, or caught up and about to be in it.
  bool holds_high_watermark(const Replica& replica, const RemoteReplica& remote, sim::Instant now) const;
  sim::Instant last_caught_up(const RemoteReplica& remote) const;
  /// What lies in it, deleted files that are still there among it.
  std::int64_t used_bytes(std::int32_t dir, sim::Instant now) const;
  const coordinator::GroupCoordinator& coordinator() const { return coordinator_; }
  const coordinator::ShareCoordinator& share_coordinator() const { return share_coordinator_; }
  /// What share groups have here: partitions, sessions, requests that wait.
  const ShareState& share_groups() const { return share_; }
  const raft::QuorumNode& raft() const { return raft_; }
  const BrokerLifecycle& lifecycle() const { return lifecycle_; }
  bool fenced() const { return lifecycle_.fenced(); }
  BrokerEpoch broker_epoch() const { return lifecycle_.epoch(); }
  std::int64_t incarnation() const { return lifecycle_.incarnation(); }
  int delayed_produces() const { return produces_.size(); }
  int delayed_fetches() const { return fetches_.size(); }
  /// Requests that lie in its sockets because the one before them on their connection is not answered yet, and those that wait for a handler.
  template <class F>
  void for_each_queued(F&& visit) const {
    for (const Connection& c : connections_)
      for (const Message& m : c.queue) visit(m);
    for (const QueuedRequest& waiting : handlers_.queue()) visit(waiting.message);
  }
  const RequestHandlers& request_handlers() const { return handlers_; }
  const std::vector<AnswerRule>& answer_rules() const { return answer_rules_; }
  const BrokerMetrics& metrics() const { return metrics_; }
  const FetchSessions& fetch_sessions() const { return fetch_sessions_; }
  const Purgatory<DelayedProduce>& produce_purgatory() const { return produces_; }
  const Purgatory<DelayedFetch>& fetch_purgatory() const { return fetches_; }
  const std::vector<WaitingFetch>& waiting_fetches() const { return waiting_fetches_; }
  /// How many partitions a waiting fetch watches: its own, or those of its session.
  std::size_t partitions_watched_by(const DelayedFetch& op) const;
  /// Keys on whose lists operations stand, complete ones among them. Kafka: DelayedOperationPurgatory.watched.
  std::int64_t watched_produces(sim::Instant now) const;
  std::int64_t watched_fetches(sim::Instant now) const;
  std::int64_t watched_delete_records(sim::Instant now) const;
  std::int64_t watched_share_fetches(sim::Instant now) const;
  bool in_purgatory(const DelayedProduce& op) const;
  const std::vector<DelayedDeleteRecords>& delete_records_purgatory() const { return delete_records_; }
  /// The controller its heartbeats go to; kNoBroker: looking for one.
  BrokerId believed_controller() const { return zk_ ? zk_->controller.active_id() : heartbeat_channel_.controller(); }
  /// nullptr under KRaft.
  const ZooKeeperMode* zookeeper_mode() const { return zk_ ? &*zk_ : nullptr; }

 private:
  // -- connections (broker.cpp). A request is muted until the one before it on the connection is answered.
  struct Connection {
    sim::ConnectionId id;
    sim::NodeId peer;
    bool busy = false;
    bool closed_by_client = false;  // not seen before the request under way is answered
    sim::Instant unsendable;        // from when on nothing can be sent, if closed_by_client
    bool from_follower = false;     // the request that is handled is a follower's
    ApiKey api = ApiKey::Produce;   // of the request that is handled
    std::int32_t correlation_id = 0;
    RequestTimes times;                  // of the request that is handled
    std::uint32_t request_bytes = 0;     // its size, where a quota asks for it
    std::vector<TopicPartition> denied;  // its partitions that the requester may not touch; they join the answer
    std::vector<Message> queue;          // few: a client waits for the answers of its first ones
  };
  // -- num.replica.fetchers per leader broker (partition_follower.cpp). Kafka: ReplicaFetcherThread.
  struct Fetcher {
    enum class Step : std::uint8_t {
      Idle,
      AskingEpochs,
      Fetching,
      ListingOffsets,
      Writing
    };  // Writing: the disk makes it wait
    BrokerId leader = kNoBroker;
    std::int32_t id = 0;
    sim::ConnectionId connection;
    Step step = Step::Idle;
    std::int32_t correlation_id = 0;
    std::vector<std::int32_t> replicas;  // what it follows, in the order it asks
    std::vector<std::int32_t> awake;     // those for which the next request of the session may have to say something
    std::uint32_t last_place = 0;        // given out: Replica::fetch_place
    // Its session with the leader (KIP-227); epoch 0: the next request is a full one. Kafka: FetchSessionHandler.
    std::int32_t session_id = 0, session_epoch = 0;
    std::vector<TopicPartition> forgotten;  // left the session since the last request
    // While it asks where the leader's logs begin, end, or part from its own.
    std::vector<std::int32_t> sent_replicas;
    std::vector<protocol::FetchPartition> sent;  // parallel
    sim::TimerId wake, request_timer;
  };
  // -- AlterPartition (isr.cpp). Kafka: DefaultAlterPartitionManager.
  struct IsrProposal {
    std::int32_t replica = -1;
    std::uint32_t pending_id = 0;
    protocol::AlterPartitionData data;
  };
  struct Forwarded {  // a client's request that waits for the controller
    std::uint64_t tag = 0;
    sim::ConnectionId connection;
    protocol::Body late;  // the answer if there is none in time
  };
  struct AppendResult {
    CoordinatorType coordinator = CoordinatorType::None;
    TopicPartition partition;
    std::uint64_t token = 0;
    ErrorCode error = ErrorCode::NONE;
  };
  struct AppendOutcome {
    ErrorCode error = ErrorCode::NONE;
    Offset base_offset, last_offset;
    std::int64_t log_append_time_ms = -1;
    bool high_watermark_moved = false;
    bool appended = false;
    sim::Duration wait;  // for the disk
  };
  struct FetchRead {  // of one partition, or of all
    std::int64_t bytes = 0;
    bool answer_at_once = false;
    std::int64_t reassigned = 0;  // of the bytes: for a replica that a reassignment adds
    bool throttled = false;       // the leader's quota counts it
    void add(const FetchRead& o) {
      bytes += o.bytes;
      answer_at_once |= o.answer_at_once;
      reassigned += o.reassigned;
      throttled |= o.throttled;
    }
  };
  struct BackgroundFlush {  // under way
    std::uint64_t number = 0;
    TopicPartition tp;
    Offset to;
  };
  struct Woken {  // who may have waited for an append
    std::int32_t replica = -1;
    bool appended = false;
    bool high_watermark_moved = false;
  };
  class CoordinatorHost;
  friend class CoordinatorHost;
  class TopicHost;
  friend class TopicHost;
  class ShareCoordinatorHost;
  friend class ShareCoordinatorHost;

  // broker.cpp
  void finish(Ctx& ctx);
  void do_what_follows(Ctx& ctx);
  void on_response(Ctx& ctx, sim::ConnectionId connection, const Message& message);

  // connections.cpp
  void accept(Ctx& ctx, sim::ConnectionId id, const Message& message);
  void receive(Ctx& ctx, Connection& connection, const Message& message);
  void handle_next_request(Ctx& ctx);
  void start_request(Ctx& ctx, Connection& connection, const Message& message);
  void carry_out(Ctx& ctx, const QueuedRequest& request);
  void dispatch(Ctx& ctx, Connection& connection, const Message& message);
  bool answer_by_rule(Ctx& ctx, Connection& connection, const Message& message);
  Connection* find_connection(sim::ConnectionId id);
  Connection& connection_for(Ctx& ctx, sim::ConnectionId id);
  /// Who asks there, also when the client has gone.
  sim::NodeId client_of(Ctx& ctx, sim::ConnectionId id);
  void drop_connection(Ctx& ctx, sim::ConnectionId id);
  /// The client has closed or reset it. Kept until what lies in the socket is read, or an answer cannot be sent.
  void on_closed_by_client(Ctx& ctx, Connection& connection, sim::Disconnect how);
  /// A request is through: reads the next, or ends a connection that its client has closed.
  void read_next(Connection& connection);
  void respond(Ctx& ctx, sim::ConnectionId id, protocol::Body body);
  void close_connection(Ctx& ctx, sim::ConnectionId id);
  /// A request that gets no answer (acks=0) has failed: only its connection's end tells. Kafka: RequestChannel.closeConnection.
  void fail_without_answer(Ctx& ctx, Connection& connection, const protocol::Body& unsent);
  void request_done(Ctx& ctx, Connection& connection, sim::Duration muted = {});
  /// Counts an answered Produce, Fetch or ShareFetch against the client's quota; for how long it is muted. An answer to a fetch is
  /// emptied then.
  sim::Duration throttle(Ctx& ctx, const Connection& connection, protocol::Body* answer);
  void refuse(Ctx& ctx, ApiKey api, TopicPartition tp, ErrorCode error, sim::NodeId client);
  void on_lifecycle(Ctx& ctx, BrokerLifecycle::Outcome outcome);

  // authorization.cpp
  bool may(Ctx& ctx, const Connection& connection, protocol::AclOperation operation, protocol::ResourceType type,
           std::string_view name) const;
  bool may_read(Ctx& ctx, const DelayedFetch& op, TopicPartition tp);
  void dispatch_authorized(Ctx& ctx, Connection& connection, const Message& message);
  static void add_denied(protocol::Body& answer, const std::vector<TopicPartition>& denied);

  // metadata.cpp
  bool apply_committed(Ctx& ctx);
  void load_snapshot(const MetadataImage& image);
  bool logs_loaded(Ctx& ctx);
  void note_record(Ctx& ctx, Offset offset, LeaderEpoch epoch, const protocol::MetadataRecord& record);
  void note_change(TopicPartition tp);
  void publish(Ctx& ctx);
  void apply_change(Ctx& ctx, TopicPartition tp);
  void become_leader(Ctx& ctx, std::int32_t index, const protocol::PartitionRegistration& p);
  void become_follower(Ctx& ctx, std::int32_t index, const protocol::PartitionRegistration& p);
  void drop_replica(Ctx& ctx, std::int32_t index, bool stray = false);
  void retire_replica(std::int32_t index);
  void on_caught_up(Ctx& ctx);
  bool is_owed_high_watermark(const Replica& replica, BrokerId follower) const;
  std::int32_t find(TopicPartition tp) const { return index_.find(tp); }  // in replicas_; -1: none
  /// Only to look: nothing is noted, nothing copied.
  const Replica& look(std::int32_t index) const { return replicas_[static_cast<std::size_t>(index)]; }
  void wake_readers();
  void wake_sessions_of(const Replica& replica);
  std::int32_t find_or_create(Ctx& ctx, TopicPartition tp, bool anywhere = true);
  struct TopicSettings {
    std::int32_t min_isr, max_message_bytes;
    bool log_append_time;
    std::optional<protocol::Compression> compression;
    storage::LogOptions log;
  };
  TopicSettings topic_settings(const protocol::Config& own) const;
  void load_topic_config(Replica& replica);
  void load_live_config(Ctx& ctx);
  protocol::Config broker_config() const;

  void reload_changed_configs(Ctx& ctx);

  // zookeeper_mode.cpp
  void start_zookeeper(Ctx& ctx);
  void begin_session(Ctx& ctx);
  bool on_zookeeper_events(Ctx& ctx);
  void on_session(Ctx& ctx, zookeeper::SessionState state);
  void take_from_controller(Ctx& ctx);
  void start_job(Ctx& ctx, ZooKeeperJob job);
  void run_job(Ctx& ctx, std::uint64_t id);
  void do_job(Ctx& ctx, ZooKeeperJob& job);
  void propose_isr_to_zookeeper(Ctx& ctx, std::int32_t index);
  void write_isr(Ctx& ctx, ZooKeeperJob& job);
  void propagate_isr_changes(Ctx& ctx);
  void tell_isr_changes(Ctx& ctx, ZooKeeperJob& job);
  void learn(protocol::MetadataRecord record) { learn(std::vector{std::move(record)}); }
  void learn(const std::vector<protocol::MetadataRecord>& records);
  void take_producer_ids(Ctx& ctx, ZooKeeperJob& job);
  void ask_controlled_shutdown(Ctx& ctx);
  void on_controlled_shutdown(Ctx& ctx, const Message& message);
  void retry_controlled_shutdown(Ctx& ctx);
  void find_controller(Ctx& ctx, ZooKeeperJob& job);
  void close_session(Ctx& ctx);
  void on_zookeeper_death();

  // control_requests.cpp
  ErrorCode control_error(const protocol::ControlHeader& header);
  void refuse_control(Ctx& ctx, sim::ConnectionId connection, ApiKey api, ErrorCode error);
  void handle(Ctx& ctx, Connection& connection, const protocol::LeaderAndIsrRequest& r);
  void handle(Ctx& ctx, Connection& connection, const protocol::StopReplicaRequest& r);
  void handle(Ctx& ctx, Connection& connection, const protocol::UpdateMetadataRequest& r);
  void become_replicas(Ctx& ctx, ZooKeeperJob& job);
  ErrorCode become_replica(Ctx& ctx, const protocol::ControlPartition& p);
  void learn_metadata(Ctx& ctx, const protocol::UpdateMetadataRequest& r);
  void learn_topic(const protocol::NamedTopic& topic);

  // zookeeper_settings.cpp
  void read_own_configs(Ctx& ctx, ZooKeeperJob& job);
  void read_config_changes(Ctx& ctx, ZooKeeperJob& job);
  void read_acl_changes(ZooKeeperJob& job);
  std::vector<std::string> unread_notes(ZooKeeperJob& job, const std::string& parent);
  void apply_config(const std::string& resource, const std::map<std::string, std::string>& values);
  void apply_acls(const controller::znode::AclResource& resource, const std::string& data);

  // isr_writes.cpp
  bool locked(std::int32_t index) const { return zk_ && zk_->isr_writes.replicas.contains(index); }
  bool needs_locked_partition(const Message& message) const;
  bool watches_locked_partition(const DelayedFetch& op) const;
  void unlock_partition(Ctx& ctx, std::int32_t index);
  void run_isr_check(Ctx& ctx);

  // zookeeper_topics.cpp
  void create_topics_in_zookeeper(Ctx& ctx, protocol::CreateTopicsRequest request, sim::ConnectionId waits = {},
                                  std::optional<protocol::MetadataResponse> metadata = {});
  void create_topics_for(Ctx& ctx, sim::ConnectionId id, protocol::MetadataResponse metadata,
                         const std::vector<std::string>& missing);
  void answer_created(Ctx& ctx, ZooKeeperJob& job, const protocol::CreateTopicsResponse& created);
  void answer_when_known(Ctx& ctx, DelayedTopics waiting);
  bool known_by_now(const std::string& topic, std::int32_t partitions) const;
  void check_delayed_topics(Ctx& ctx);
  void expire_delayed_topics(Ctx& ctx, std::uint64_t number);

  // zookeeper_admin.cpp
  void administer(Ctx& ctx, ZooKeeperJob& job);
  bool dispatch_zookeeper(Ctx& ctx, Connection& connection, const Message& message);

  // partition_leader.cpp
  AppendOutcome append_to_leader(Ctx& ctx, std::int32_t index, protocol::BatchRef batch, int acks, bool from_client);
  bool maybe_increment_high_watermark(Ctx& ctx, Replica& replica);
  bool eligible_for_isr(const Replica& replica, const RemoteReplica& remote) const;
  bool caught_up(const RemoteReplica& remote, Offset leader_end, sim::Instant now) const;
  void leave_quiet(RemoteReplica& remote);
  void record_follower_fetch(Ctx& ctx, std::int32_t index, RemoteReplica& remote, const protocol::FetchPartition& asked,
                             BrokerEpoch epoch, Offset leader_end);
  ErrorCode check_leader_epoch(const Replica& replica, LeaderEpoch requested) const;
  ErrorCode missing_replica_error(TopicPartition tp, bool by_topic_id) const;
  void current_leader(TopicPartition tp, BrokerId& leader, LeaderEpoch& epoch) const;

  // isr.cpp
  void check_isr(Ctx& ctx);
  void maybe_shrink_isr(Ctx& ctx, std::int32_t index);
  void maybe_expand_isr(Ctx& ctx, std::int32_t index, const RemoteReplica& remote);
  void propose_isr(Ctx& ctx, std::int32_t index, PendingIsr kind, const IdList& isr);
  void send_alter_partition(Ctx& ctx);
  void on_alter_partition(Ctx& ctx, const ControllerChannel::Completion& done);
  void on_isr_answer(Ctx& ctx, const IsrProposal& proposal, const protocol::AlterPartitionResult& result);
  void trace_isr_change(Ctx& ctx, const Replica& replica, const IdList& before, const IdList& after,
                        PartitionEpoch epoch);

  // partition_follower.cpp
  Fetcher& fetcher_for(BrokerId leader, TopicPartition tp);
  Fetcher* fetcher_on(sim::ConnectionId connection);
  void add_to_fetcher(Ctx& ctx, std::int32_t index);
  void remove_from_fetcher(std::int32_t index);
  static void leave_session(Fetcher& fetcher, Replica& replica);
  bool asks_the_same(const Replica& replica) const;
  bool being_added(const Replica& replica, BrokerId id) const;
  void run_fetcher(Ctx& ctx, Fetcher& fetcher);
  void close_fetcher(Ctx& ctx, Fetcher& fetcher, bool already_gone);
  void send_fetcher_request(Ctx& ctx, Fetcher& fetcher, protocol::Body body);
  void on_fetcher_response(Ctx& ctx, Fetcher& fetcher, const Message& message);
  void on_fetch_data(Ctx& ctx, Fetcher& fetcher, const protocol::FetchResponse& response);
  bool append_batches(Ctx& ctx, Replica& replica, std::span<const StoredBatch> batches, std::int64_t bytes);
  bool append_fetched(Ctx& ctx, std::int32_t index, const protocol::FetchPartitionResponse& data, sim::Duration& wait);
  void fetcher_failed(Ctx& ctx, Fetcher& fetcher, bool close);
  void delay_fetch(Ctx& ctx, Replica& replica);
  static void fail_fetch(Replica& replica);
  static void note_lag(Replica& replica, std::int64_t lag);
  void resize_fetchers(Ctx& ctx, std::int32_t fetchers);
  LeaderEpoch fetch_epoch(const Replica& replica) const;

  // follower_truncation.cpp
  void begin_truncation(Ctx& ctx, Replica& replica);
  bool ask_epochs(Ctx& ctx, Fetcher& fetcher);
  void on_epoch_ends(Ctx& ctx, Fetcher& fetcher, const protocol::OffsetForLeaderEpochResponse& response);
  bool truncate_diverging(Ctx& ctx, Replica& replica, storage::EpochEnd leaders);
  void list_offsets(Ctx& ctx, Fetcher& fetcher, const std::vector<std::int32_t>& out_of_range);
  void on_offsets_listed(Ctx& ctx, Fetcher& fetcher, const protocol::ListOffsetsResponse& response);
  bool still_asked_for(const Fetcher& fetcher, std::size_t i) const;
  void truncate_log(Ctx& ctx, Replica& replica, Offset to, const char* reason);

  // log_maintenance.cpp
  storage::LogOptions log_options(const protocol::Config& topic, const protocol::Config& broker) const;
  static std::int64_t cleaner_keys(const protocol::Config& broker);
  void begin_log_maintenance(Ctx& ctx);
  void start_log(Ctx& ctx, storage::PartitionLog& log) const;
  sim::Duration producer_expiry_interval() const;
  void begin_producer_check(Ctx& ctx, std::int32_t index);
  void check_producers(Ctx& ctx, std::uint64_t arg);
  /// True: the timer was one of its own.
  bool on_log_timer(Ctx& ctx, std::uint16_t kind, std::uint64_t arg);
  void delete_old_segments(Ctx& ctx, Replica& replica);
  void run_cleaner(Ctx& ctx);
  void advance_log_start(Ctx& ctx, Replica& replica, Offset to, const char* reason);
  void trace_roll(Ctx& ctx, const Replica& replica, Offset active_before);
  void begin_flush(Ctx& ctx, const Replica& replica, Offset to);
  void finish_flush(Ctx& ctx, std::uint64_t number);
  bool note_flush(Ctx& ctx, const Replica& replica, Offset recovery_point_before);
  void handle(Ctx& ctx, Connection& connection, const protocol::DeleteRecordsRequest& r);
  Offset low_watermark(const Replica& replica) const;
  void check_delete_records(Ctx& ctx, bool expired_only, std::uint64_t expired);

  // log_directories.cpp
  void place_log(Replica& replica, DirectoryId registered, bool anywhere);
  storage::WriteResult admit_write(Ctx& ctx, const Replica& replica, std::int64_t bytes);
  sim::Duration written(const Replica& replica, std::int64_t bytes, bool flushed, sim::Instant now);
  void take_dir_offline(Ctx& ctx, std::int32_t dir, std::string_view reason);
  bool out_of_directories() const;
  void handle_log_dir_failure(Ctx& ctx, std::int32_t dir, const std::string& reason);
  sim::Instant deleted_log_gone_at(sim::Instant now) const;
  sim::Duration recovery_time() const;
  void want_assignment(Ctx& ctx, TopicPartition tp, DirectoryId dir);
  void schedule_assignments(Ctx& ctx);
  void send_assignments(Ctx& ctx);
  void unfence_once_assigned(Ctx& ctx);
  void on_assignments(Ctx& ctx, const ControllerChannel::Completion& done);

  // purgatory.cpp
  void finish_produce(Ctx& ctx, std::uint32_t slot);
  void delay_produce(Ctx& ctx, std::uint32_t slot, sim::Duration timeout);
  void check_produces(Ctx& ctx, std::int32_t index);
  bool check_produce(Ctx& ctx, std::uint32_t slot);
  void complete_produce(Ctx& ctx, std::uint32_t slot);
  void expire_produce(Ctx& ctx, std::uint32_t slot);
  void check_fetches(Ctx& ctx, std::int32_t index, bool role_changed = false);
  void answer_fetches(Ctx& ctx, std::int32_t index, bool role_changed = false);
  void leave_on_lists(const DelayedFetch& fetch, sim::Instant now);
  void leave_on_list(const FetchSession& session, std::uint32_t slot);
  bool watches(const DelayedProduce::Item& item) const;
  bool fetch_satisfied(Ctx& ctx, const DelayedFetch& fetch, std::size_t first = 0);
  bool waits_for_its_time(const DelayedFetch& op, const Replica& replica, const protocol::FetchPartition& asked) const;
  bool has_enough(Ctx& ctx, const DelayedFetch& fetch, const Replica& replica, const protocol::FetchPartition& asked,
                  std::size_t at, std::int64_t& bytes);
  void complete_fetch(Ctx& ctx, std::uint32_t slot);
  void forget_fetch(Ctx& ctx, std::uint32_t slot);
  void check_all(Ctx& ctx, std::int32_t index, bool role_changed = false);
  void wake(Ctx& ctx);
  void forget_fetches_of(Ctx& ctx, sim::ConnectionId id);

  // api_*.cpp: one handler per request
  void handle(Ctx& ctx, Connection& connection, const protocol::ProduceRequest& r);
  void handle(Ctx& ctx, Connection& connection, const protocol::FetchRequest& r);
  void handle(Ctx& ctx, Connection& connection, const protocol::ListOffsetsRequest& r);
  void handle(Ctx& ctx, Connection& connection, const protocol::OffsetForLeaderEpochRequest& r);
  void handle(Ctx& ctx, Connection& connection, const protocol::MetadataRequest& r);
  void handle(Ctx& ctx, Connection& connection, const protocol::FindCoordinatorRequest& r);
  void handle(Ctx& ctx, Connection& connection, const protocol::InitProducerIdRequest& r);
  void handle(Ctx& ctx, Connection& connection, const protocol::IncrementalAlterConfigsRequest& r);
  void forward(Ctx& ctx, Connection& connection, protocol::Body request);
  template <class Request>
  void handle_group(Ctx& ctx, Connection& connection, const Request& r);
  FetchRead read_partitions(Ctx& ctx, const DelayedFetch& op, bool update_follower,
                            std::vector<protocol::FetchPartitionResponse>& out);
  FetchRead read_session(Ctx& ctx, const DelayedFetch& op, FetchSession& session, bool update_follower,
                         std::vector<protocol::FetchPartitionResponse>& out);
  FetchSession* session_read_by(Ctx& ctx, const DelayedFetch& op);
  void note_segments(Ctx& ctx, DelayedFetch& op);
  bool is_quiet(const Replica& r, const protocol::FetchPartition& asked, BrokerId follower,
                const FetchSession::Told& told);
  FetchRead read_partition(Ctx& ctx, const DelayedFetch& op, const protocol::FetchPartition& asked, std::int32_t index,
                           std::int32_t& budget, bool& at_least_one, bool update_follower,
                           protocol::FetchPartitionResponse& out);
  Offset fetch_limit(const Replica& replica, const protocol::FetchRequest& r) const;
  bool leader_throttles(Ctx& ctx, const Replica& r, BrokerId follower);
  std::int64_t throttled_bytes(const protocol::FetchResponse& answer, bool any) const;
  BrokerId preferred_read_replica(const Replica& r, std::string_view rack, Offset offset) const;
  ErrorCode open_fetch_session(protocol::FetchRequest& request, sim::Instant now);
  bool from_earlier_process(const protocol::FetchRequest& request) const;
  FetchSession* session_of(const protocol::FetchRequest& request);
  void part_from_waiting(std::int32_t session_id);
  void remove_fetch_session(std::int32_t id);
  void answer_fetch(Ctx& ctx, sim::ConnectionId id, const protocol::FetchRequest& request,
                    protocol::FetchResponse response, const FetchRead& read);
  void trace_fetch_errors(Ctx& ctx, const protocol::FetchResponse& response, sim::NodeId client);
  // api_metadata.cpp
  protocol::CreatableTopic topic_by_default(const std::string& name) const;
  void request_topic_creation(Ctx& ctx, const std::vector<std::string>& names);
  void on_topics_created(const ControllerChannel::Completion& done);
  void on_forwarded(Ctx& ctx, const ControllerChannel::Completion& done);
  void want_producer_ids(Ctx& ctx);
  void on_producer_ids(Ctx& ctx, const ControllerChannel::Completion& done);
  void coordinator_append(Ctx& ctx, CoordinatorType coordinator, TopicPartition tp, protocol::BatchRef batch,
                          std::int16_t required_acks, std::uint64_t token);
  void coordinator_await(Ctx& ctx, CoordinatorType coordinator, TopicPartition tp, Offset end,
                         std::int16_t required_acks, std::uint64_t token);

  // api_share.cpp
  void handle(Ctx& ctx, Connection& connection, const protocol::ShareFetchRequest& r);
  void handle(Ctx& ctx, Connection& connection, const protocol::ShareAcknowledgeRequest& r);
  template <class Request>
  void handle_share_state(Ctx& ctx, Connection& connection, const Request& r);
  bool share_groups_enabled() const;
  ShareSession* share_session(sim::ConnectionId connection, const std::string& group, const std::string& member,
                              std::int32_t epoch, bool may_begin, ErrorCode& error);
  void begin_share_request(Ctx& ctx, Connection& connection, const std::string& group, const std::string& member,
                           const std::vector<protocol::ShareFetchPartition>& acknowledged, bool last,
                           std::int32_t max_wait_ms, ShareRequest request);
  void acknowledge_share(Ctx& ctx, const protocol::ShareFetchPartition& p, ShareRequest& request);
  void store_share_change(Ctx& ctx, const SharePartitionKey& key, ShareEntry& entry, SharePartition::Change change,
                          ShareRequest* request, const std::string& who, const std::string& reason);
  void trace_settled(Ctx& ctx, const SharePartitionKey& key, const std::vector<protocol::ShareStateBatch>& batches,
                     const std::string& who, const std::string& reason);
  void end_share_session(Ctx& ctx, const std::string& group, const std::string& member, const std::string& reason);
  void end_share_sessions_of(Ctx& ctx, sim::ConnectionId connection);
  void on_share_wait_over(std::uint64_t number);
  void on_group_state_answer(Ctx& ctx, const SharePersister::Done& done);
  std::vector<std::pair<TopicPartition, ShareEntry*>> acquirable(Ctx& ctx, ShareRequest& request);
  bool has_min_bytes(const std::vector<std::pair<TopicPartition, ShareEntry*>>& partitions, std::int32_t min_bytes,
                     std::int32_t each) const;
  bool acquire_for(Ctx& ctx, ShareRequest& request);
  void leave_share_fetch_on_lists(const ShareRequest& request, sim::Instant now);
  void check_share_requests(Ctx& ctx);
  bool run_share_groups(Ctx& ctx);

  // led_share_partitions.cpp
  ErrorCode share_topic_error(Ctx& ctx, sim::ConnectionId connection, protocol::TopicId id);
  ErrorCode share_partition_error(Ctx& ctx, sim::ConnectionId connection, TopicPartition tp);
  ShareEntry& share_partition(Ctx& ctx, const SharePartitionKey& key);
  std::string group_setting(const std::string& group, const std::string& key, const std::string& otherwise) const;
  sim::Duration share_lock(const std::string& group) const;
  Offset share_reset_offset(Ctx& ctx, const SharePartitionKey& key) const;
  void on_share_state_read(Ctx& ctx, const SharePersister::Done& done);
  void on_share_write_done(Ctx& ctx, const SharePersister::Done& done);
  void share_changed(Ctx& ctx, const SharePartitionKey& key, ShareEntry& entry, const std::string& reason);
  void on_share_lock_timer(Ctx& ctx, std::uint64_t incarnation);
  void resign_coordinator(Ctx& ctx, const Replica& r, std::optional<LeaderEpoch> epoch);
  void drop_share_partitions(Ctx& ctx, TopicPartition tp);
  void drop_share_partitions(Ctx& ctx, const std::function<bool(const SharePartitionKey&, const ShareEntry&)>& which);

  BrokerOptions options_;
  // Read from the configuration once.
  sim::Duration lag_max_, fetch_backoff_, socket_timeout_;
  std::int32_t fetch_wait_ms_, fetch_min_bytes_, fetch_partition_bytes_, fetch_response_bytes_, client_fetch_max_bytes_;
  std::int32_t num_fetchers_;  // these three may change
  sim::Duration cleaner_backoff_;
  std::int64_t cleaner_keys_;  // how many the cleaner's map holds
  bool auto_create_topics_, controlled_shutdown_, rack_aware_;
  protocol::Authorizer authorizer_;

  // On disk.
  raft::QuorumNode raft_;
  ReplicaTable replicas_;  // logs survive; the rest is made anew
  storage::LogDirs dirs_;
  sim::HashIndex<TopicPartition> index_;  // what is where in replicas_
  sim::FlatMap<std::int32_t, Offset>
      lost_tails_;             // for the trace: by index, the old log end, until a start has told it
  BrokerLifecycle lifecycle_;  // with the clean-shutdown file
  std::optional<ZooKeeperMode> zk_;

  // Volatile.
  bool first_publish_done_ = false;
  enum class Loading : std::uint8_t {
    NotBegun,
    Running,
    Done
  } loading_ = Loading::NotBegun;                       // of the logs, at a start
  sim::Instant logs_loaded_at_, high_watermarks_from_;  // checkpoints of high watermarks, kNever: not yet
  Offset applied_;                                      // of the metadata log; -1: nothing yet
  MetadataImage image_;                                 // as of applied_
  std::vector<TopicPartition> changed_;                 // by records applied since the last publish
  std::vector<TopicId> reconfigured_, deleted_topics_;
  bool everything_reconfigured_ = false;
  std::optional<TopicSettings> plain_topic_;  // of one without configuration of its own; within a publish
  coordinator::GroupCoordinator coordinator_;
  coordinator::ShareCoordinator share_coordinator_;
  ShareState share_;
  ControllerChannel heartbeat_channel_, alter_channel_, forward_channel_;
  std::vector<Connection> connections_;
  sim::HashIndex<std::uint32_t> connection_by_slot_;  // sim slot -> index in connections_
  std::vector<std::int32_t> free_connections_;
  std::vector<std::int32_t> closing_;        // closed by their clients, with a request under way; few
  std::vector<sim::ConnectionId> runnable_;  // freed connections with requests waiting, or to be ended
  RequestHandlers handlers_;
  std::vector<Fetcher> fetchers_;
  sim::HashIndex<std::uint32_t> fetcher_by_slot_;  // sim slot of its connection -> index in fetchers_
  Purgatory<DelayedProduce> produces_;
  Purgatory<DelayedFetch> fetches_;
  std::vector<WaitingFetch> waiting_fetches_;  // in the order in which they came
  CompleteWatches complete_produces_, complete_fetches_;
  std::uint64_t session_fetches_ = 0,
                purged_session_fetches_ = 0;  // complete fetches of sessions, of those that waited
  CompleteWatchesBy<std::int32_t> complete_deletions_{kDeletionPurgeInterval};
  FetchSessions fetch_sessions_;
  std::vector<BackgroundFlush> flushes_;
  std::uint64_t next_flush_ = 1;
  std::vector<DelayedDeleteRecords> delete_records_;
  std::uint64_t next_delete_records_ = 1;
  protocol::FetchResponse fetch_scratch_;           // empty between requests, keeps its memory
  ReplicationQuota leader_quota_, follower_quota_;  // KIP-73
  std::vector<AppendResult> append_results_;
  std::vector<std::pair<std::int32_t, std::string>>
      failed_dirs_;                                      // to be acted on at the end of this callback, with why
  std::vector<protocol::ReplicaDirectory> assignments_;  // the controller is to be told; the first ones have been sent
  std::size_t assignments_sent_ = 0;
  std::int32_t assignment_failures_ = 0;  // of requests, one after the other
  sim::TimerId assignments_timer_;
  std::vector<Woken> woken_;
  std::vector<IsrProposal> proposals_;  // not yet answered; the first in_flight_proposals_ have been sent
  std::size_t in_flight_proposals_ = 0;
  bool alter_in_flight_ = false;
  sim::TimerId alter_retry_;
  std::vector<std::string> topics_in_creation_;
  std::vector<Forwarded> forwarded_;
  std::uint64_t next_tag_ = 0;
  protocol::ProducerId producer_id_next_ = 0, producer_id_end_ = 0, producer_id_prefetch_at_ = 0;
  protocol::ProducerId queued_block_start_ = -1;  // a block fetched ahead
  std::int32_t queued_block_len_ = 0;
  bool producer_ids_wanted_ = false;
  std::vector<AnswerRule> answer_rules_;
  ClientQuotas client_quotas_;
  BrokerMetrics metrics_;
};

}  // namespace kafkascope::broker
