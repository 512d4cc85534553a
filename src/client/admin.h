// An admin client. Kafka: KafkaAdminClient with bootstrap.controllers (KIP-919): it sends requests to the quorum's
// controllers and tries the next controller when the current one is not active. Requests for a partition's leader
// (DeleteRecords, ListOffsets) start with a Metadata request to a broker (PartitionLeaderStrategy), those for a group's
// coordinator with FindCoordinator (CoordinatorStrategy). One broker's configuration is sent to that broker
// (ConstantNodeIdProvider), as with bootstrap.servers. With ZooKeeper, Metadata also names the controller, which is
// used until it is lost or says that it is not the controller; any broker handles configuration and ACLs. Simplified:
// through brokers (bootstrap.servers) the same request would be forwarded to the active controller (KIP-590).
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "client/network_client.h"
#include "client/stats.h"
#include "protocol/messages_data.h"
#include "protocol/messages_group.h"
#include "protocol/messages_transaction.h"
#include "protocol/reasons.h"

namespace kafkascope::client {

/// The position from which a group continues in one partition.
struct ResetTarget {
  std::string topic;
  protocol::TopicPartition partition;
  SeekTarget to;
};

class Admin {
 public:
  explicit Admin(AdminOptions options);
  // Defined in the source file: their code is long, and every source file that copies a World would compile it again.
  Admin(const Admin&);
  Admin(Admin&&) noexcept;
  Admin& operator=(const Admin&);
  Admin& operator=(Admin&&) noexcept;
  ~Admin();

  void on_start(Ctx& ctx);
  void on_message(Ctx& ctx, sim::ConnectionId connection, const protocol::Message& message);
  void on_timer(Ctx& ctx, std::uint16_t kind, std::uint64_t arg);
  void on_disk(Ctx&, std::uint16_t, std::uint64_t) {}
  void on_disconnect(Ctx& ctx, sim::ConnectionId connection, sim::Disconnect reason);
  void on_death(sim::Death death, sim::Instant now);

  /// Submits an administrative request (protocol/messages_admin.h, CreateTopics) and returns its number. The result is
  /// traced as command.result lines, one per row of the response: the error code, the number, how many rows follow, the
  /// row's name and message. A response without rows has the reason NothingToDo.
  std::uint64_t submit(Ctx& ctx, protocol::Body request) { return submit(ctx, std::move(request), 0); }
  /// Submits several requests, one after the other; returns the number of the last.
  std::uint64_t submit_in_turn(Ctx& ctx, std::vector<protocol::Body> requests);
  /// Like submit, but to the leader of that partition.
  std::uint64_t submit_to_leader(Ctx& ctx, std::string topic, std::int32_t partition, protocol::Body request);
  /// Like submit, but to the group's coordinator; `rows`: the names of the response's rows, if the response has only
  /// numbers.
  std::uint64_t submit_to_coordinator(Ctx& ctx, std::string group, protocol::Body request,
                                      std::vector<std::string> rows = {});
  /// kafka-consumer-groups --reset-offsets --execute: looks the offsets up at the partitions' leaders, then commits
  /// them for the group, which must have no members (else UNKNOWN_MEMBER_ID). For a share group (kafka-share-groups) it
  /// uses AlterShareGroupOffsets, and the error is NON_EMPTY_GROUP.
  std::uint64_t reset_offsets(Ctx& ctx, std::string group, bool share, std::vector<ResetTarget> targets);
  /// kafka-transactions abort (KIP-664): asks the partition's leader which producer's transaction begins at that offset
  /// (nullopt: the first open transaction) and makes the leader write its abort marker. INVALID_REQUEST: no transaction
  /// begins there.
  std::uint64_t abort_transaction(Ctx& ctx, std::string topic, protocol::TopicPartition partition,
                                  std::optional<protocol::Offset> start_offset);
  /// kafka-transactions forceTerminateTransaction (KIP-939): fences the id's producer, whose open transaction the
  /// coordinator then aborts.
  std::uint64_t force_terminate(Ctx& ctx, std::string transactional_id);
  void request_stop(Ctx& ctx);
  void set_config(Config config) { options_.config = std::move(config); }
  /// A broker has joined. Simplified: Kafka's admin client learns of it from Metadata.
  void hear_of_broker(sim::NodeId broker) { options_.brokers.push_back(broker); }

  const AdminOptions& options() const { return options_; }
  const ClientStats& stats() const { return stats_; }
  std::int64_t waiting() const { return static_cast<std::int64_t>(calls_.size()); }

 private:
  /// The kind of node that can answer.
  enum class Where : std::uint8_t { Controller, Leader, Coordinator, Broker, AnyBroker };
  /// One partition of an offset reset, with its leader's answer; -1: not known yet, or no such offset.
  struct Lookup {
    ResetTarget target;
    std::int64_t earliest = -1, latest = -1, at_timestamp = -1;
    std::int64_t result() const;
  };
  using Calls = std::pair<std::uint64_t, std::uint64_t>;  // from, to (not included)
  /// The content of a trace line about a call's result.
  struct Told {
    protocol::ErrorCode error = protocol::ErrorCode::NONE;
    std::string name = {}, message = {};
    fact::AnswerReason what{};
    protocol::Offset offset{};
  };
  struct Call {
    protocol::Body request;
    sim::Instant deadline, retry_at;
    int attempts = 0;
    bool sent = false;
    Where where = Where::Controller;
    std::string topic;  // Where::Leader: the partition's topic
    std::int32_t partition = -1;
    std::string group;                                // Where::Coordinator: the group, or the transactional id
    protocol::BrokerId broker = protocol::kNoBroker;  // Where::Broker: the broker
    ClientNode found;                                 // the node to ask, if known
    std::vector<std::string> rows;
    std::optional<protocol::Offset> start_offset;  // of the transaction to abort
    Calls after;  // the call begins when these calls have succeeded, and fails if one of them fails
    // A reset waits for its lookups, which are separate calls.
    std::vector<Lookup> lookups;
    bool share = false;
    int awaiting = 0;
    std::uint64_t part_of = 0;  // for a lookup: the number of its reset; 0: not a lookup
    std::size_t part = 0;       // for a lookup: the index of its partition in the reset
  };
  std::uint64_t begin(Ctx& ctx, Call call);
  /// The request with which the client finds the call's node.
  static protocol::Body question(const Call& call);
  bool has_to_ask(const Call& call) const;
  bool has_to_wait(const Call& call) const;
  static bool comes_before(std::uint64_t id, const Call& other);
  std::uint64_t act_of(std::uint64_t id) const;
  void fail(Ctx& ctx, std::uint64_t id, const Told& told);
  /// first: the first call of the action, if other calls precede this one; otherwise 0.
  std::uint64_t submit(Ctx& ctx, protocol::Body request, std::uint64_t first);
  void find_node(Ctx& ctx, Call& call, const protocol::MetadataResponse& metadata);
  void find_coordinator(Ctx& ctx, Call& call, const protocol::FindCoordinatorResponse& answer);
  void on_lookup(Ctx& ctx, const Call& lookup, const protocol::ListOffsetsPartitionResponse& answer);
  void on_producers(Ctx& ctx, std::uint64_t id, const protocol::DescribeProducersResponse& answer);
  ClientNode node_for(const Call& call) const;
  void handle(Ctx& ctx, NetworkClient::Event event);
  void complete(Ctx& ctx, std::uint64_t id, const Completed& done);
  void send(Ctx& ctx, std::uint64_t number, Call& call, const ClientNode& node);
  void retry(Ctx& ctx, Call& call, bool other_controller);
  void tell(Ctx& ctx, std::uint64_t id, std::size_t left, const Told& told);
  void run(Ctx& ctx);

  AdminOptions options_;
  ClientStats stats_;
  NetworkClient network_;
  std::map<std::uint64_t, Call> calls_;
  std::uint64_t next_call_ = 1;
  std::size_t asked_ = 0;  // index of the controller that is assumed to be active
  bool over_zookeeper_ = false;
  ClientNode controller_;  // with ZooKeeper: the controller that Metadata named
  std::size_t asked_broker_ = 0;
  ExponentialBackoff backoff_;
  sim::Duration api_timeout_ = sim::seconds(60);
  sim::TimerId timer_;
  bool running_ = false;
};

}  // namespace kafkascope::client
