// A KRaft controller: a voter of the metadata quorum that, while it leads the quorum, is the active controller. Kafka:
// QuorumController, ControllerApis. Source: KIP-500, KIP-631, KIP-835, KIP-966.
//
// Standby -> Active: the controller leads the quorum and has replayed the log up to its own LeaderChange, which is then
// committed. Active -> Standby: it has lost leadership, or its epoch has changed; its uncommitted records are dropped,
// and callers get NOT_CONTROLLER.
//
// Active: every request is decided on the uncommitted state (working_); its records are appended in one batch and
// applied at once; the response is sent when the batch is committed. A response without records waits until the offset
// that it is based on is committed (deferred_). The files: cluster_control (registrations), heartbeat_manager
// (liveness), replication_control (topics, ISRs, leaders), partition_change_builder (elections), replica_placer,
// configuration_control, access_control (ACLs, quotas, features).
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "controller/kraft/control_state.h"
#include "controller/kraft/heartbeat_manager.h"
#include "protocol/config.h"
#include "protocol/historical.h"
#include "protocol/message.h"
#include "protocol/messages_admin.h"
#include "protocol/reasons.h"
#include "protocol/trace_kinds.h"
#include "raft/quorum_node.h"

namespace kafkascope::controller {

class ReplicationControl;
using protocol::LeaderEpoch;
using protocol::Message;
using protocol::MetadataEntry;
using protocol::MetadataRecord;
using Ctx = protocol::Context;
using Records = std::vector<MetadataRecord>;

struct ControllerOptions {
  BrokerId id = protocol::kFirstControllerId;
  std::vector<raft::Voter> voters;  // all controllers, this one included
  protocol::Config config{protocol::config_scope::kServer};
  /// Feature levels that the first active controller of an empty log writes; they override those of a new 4.1 cluster
  /// (boot: true).
  std::map<std::string, std::int16_t> features;
  protocol::Historical historical{};
  std::vector<std::string> operators = {};  // super users in addition to those of the configuration
};

/// Metrics counters of a controller process, active or standby. Kafka: QuorumControllerMetrics,
/// ControllerMetadataMetrics.
struct ControllerMetrics {
  std::int64_t new_active_controllers = 0;  // number of leaders that the node has seen, including itself
  std::int64_t unclean_elections = 0, elections_from_elr = 0;  // elections committed while the process ran
};

class ControllerNode {
 public:
  explicit ControllerNode(ControllerOptions options);
  // Defined in the source file: their code is long, and every source file that copies a World would compile it again.
  ControllerNode(const ControllerNode&);
  ControllerNode(ControllerNode&&) noexcept;
  ControllerNode& operator=(const ControllerNode&);
  ControllerNode& operator=(ControllerNode&&) noexcept;
  ~ControllerNode();

  /// Formation at time 0, before on_start.
  void preload(const raft::FormedLog& log, LeaderEpoch epoch, BrokerId leader,
               const protocol::MetadataImage& formed = {});

  void on_start(Ctx& ctx);
  void on_message(Ctx& ctx, sim::ConnectionId connection, const Message& message);
  void on_timer(Ctx& ctx, std::uint16_t kind, std::uint64_t arg);
  void on_disk(Ctx& ctx, std::uint16_t kind, std::uint64_t arg);
  void on_disconnect(Ctx& ctx, sim::ConnectionId connection, sim::Disconnect why);
  void on_death(sim::Death death, sim::Instant now);
  /// An orderly stop: a leader resigns and stays until another node leads, at most 5 s, so that no other node has to
  /// wait for a timeout (KafkaRaftClient.GracefulShutdown).
  void request_shutdown(Ctx& ctx);

  // Views.
  BrokerId id() const { return options_.id; }
  bool active() const { return claimed_epoch_.value >= 0; }
  /// The epoch in which this controller is active; -1 on a standby.
  LeaderEpoch controller_epoch() const { return claimed_epoch_; }
  /// The committed image, up to the high watermark that this node knows.
  const protocol::MetadataImage& image() const { return committed_.image; }
  /// The image that includes the active controller's uncommitted records; on a standby the committed image.
  const protocol::MetadataImage& working_image() const { return active() ? working_.image : committed_.image; }
  const raft::QuorumNode& raft() const { return raft_; }
  /// The brokers' sessions; empty on a standby, which receives no heartbeats.
  std::vector<BrokerSession> broker_sessions() const {
    return active() ? heartbeats_.sessions() : std::vector<BrokerSession>{};
  }
  /// Number of requests whose responses wait for a commit.
  std::size_t deferred_count() const { return deferred_.size(); }
  /// The API keys of the deferred requests, oldest first.
  std::vector<protocol::ApiKey> deferred_answers() const;
  const ControllerMetrics& metrics() const { return metrics_; }
  /// The last offset of the image on which the controller acts; on the active controller this image includes
  /// uncommitted records.
  Offset last_applied() const { return active() ? working_.last_offset() : committed_.last_offset(); }

 private:
  /// A decision whose batch is not yet in the trace: its reason, and the line that led to it.
  struct Decision {
    Offset last;
    std::uint64_t cause = 0;
    fact::FencingReason reason{};
    protocol::TopicId created = protocol::kNoTopic;  // the topic created by the records emitted so far
  };
  struct Deferred {
    Offset offset;  // the response is sent when this offset is committed
    sim::ConnectionId connection;
    std::int32_t correlation_id = 0;
    protocol::Body body;
  };

  // controller_node.cpp: life cycle, dispatch, decisions
  void follow_raft(Ctx& ctx);
  void become_active(Ctx& ctx);
  void become_standby(Ctx& ctx, fact::ResignationReason reason);
  void replay_committed(Ctx& ctx);
  void answer_deferred(Ctx& ctx);
  void count_leaders();
  void count_election(const MetadataRecord& record);
  std::size_t apply_run(const Records& records, std::size_t from, Offset offset);
  Offset append(Ctx& ctx, const Records& records, fact::FencingReason reason = {});
  Offset next_write_offset() const { return working_.last_offset() + 1; }
  void answer(Ctx& ctx, sim::ConnectionId connection, const Message& request, protocol::Body body);
  void answer_now(Ctx& ctx, sim::ConnectionId connection, const Message& request, protocol::Body body);
  ReplicationControl replication() const;
  void run_periodic(Ctx& ctx, std::uint16_t kind);
  void schedule(Ctx& ctx, std::uint16_t kind, bool immediately);
  void maybe_finish_shutdown(Ctx& ctx);

  // requests.cpp: one handler per request of the active controller
  bool refuse_whole(Ctx& ctx, sim::ConnectionId connection, const Message& request, protocol::ErrorCode error);
  void handle(Ctx& ctx, sim::ConnectionId c, const Message& m, const protocol::BrokerRegistrationRequest& r);
  void handle(Ctx& ctx, sim::ConnectionId c, const Message& m, const protocol::BrokerHeartbeatRequest& r);
  void handle(Ctx& ctx, sim::ConnectionId c, const Message& m, const protocol::AlterPartitionRequest& r);
  void handle(Ctx& ctx, sim::ConnectionId c, const Message& m, const protocol::AllocateProducerIdsRequest& r);
  void handle(Ctx& ctx, sim::ConnectionId c, const Message& m, const protocol::AssignReplicasToDirsRequest& r);
  bool may(const Ctx& ctx, sim::ConnectionId c, protocol::AclOperation operation, protocol::ResourceType type,
           std::string_view name) const;
  void handle_admin(Ctx& ctx, sim::ConnectionId c, const Message& m);
  void decide_admin(Ctx& ctx, sim::ConnectionId c, const Message& m, const std::vector<protocol::AdminResult>& denied);
  bool fence_one_stale_broker(Ctx& ctx);

  // commit_trace.cpp
  void tell_commit(Ctx& ctx, Offset offset, const MetadataRecord& record);

  ControllerOptions options_;
  protocol::Authorizer authorizer_;
  raft::QuorumNode raft_;
  ControlState committed_;
  bool shutting_down_ = false;
  // While active; empty on a standby.
  LeaderEpoch claimed_epoch_;
  ControlState working_;
  HeartbeatManager heartbeats_;
  std::deque<Decision> decisions_;  // by offset of their batches
  std::deque<Deferred> deferred_;   // by offset, then by arrival
  sim::TimerId periodic_[4];
  ControllerMetrics metrics_;
  LeaderEpoch counted_leader_;  // the latest epoch whose leader has been counted
};

}  // namespace kafkascope::controller
