// An admin client. Kafka: KafkaAdminClient with bootstrap.controllers (KIP-919): it talks to the quorum's controllers and tries the
// next one when the asked one is not active. What a partition's leader does (DeleteRecords) begins with a Metadata request to a broker
// (PartitionLeaderStrategy).
// Simplified: through brokers (bootstrap.servers) the same request would be forwarded to the active controller (KIP-590).
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <vector>

#include "client/network_client.h"
#include "client/stats.h"

namespace kafkascope::client {

class Admin {
 public:
  explicit Admin(AdminOptions options);

  void on_start(Ctx& ctx);
  void on_message(Ctx& ctx, sim::ConnectionId connection, const protocol::Message& message);
  void on_timer(Ctx& ctx, std::uint16_t kind, std::uint64_t arg);
  void on_disk(Ctx&, std::uint16_t, std::uint64_t) {}
  void on_disconnect(Ctx& ctx, sim::ConnectionId connection, sim::Disconnect reason);
  void on_death(sim::Death death, sim::Instant now);

  /// An administrative request (protocol/messages_admin.h, CreateTopics); its number. It ends in command.result lines, one per row of
  /// its answer: the error code, the number, how many rows follow, and the row's name with the message as text. An answer without
  /// rows says "nothing to do".
  std::uint64_t submit(Ctx& ctx, protocol::Body request);
  /// As submit, but to the leader of that partition.
  std::uint64_t submit_to_leader(Ctx& ctx, std::string topic, std::int32_t partition, protocol::Body request);
  void request_stop(Ctx& ctx);
  void set_config(Config config) { options_.config = std::move(config); }

  const AdminOptions& options() const { return options_; }
  const ClientStats& stats() const { return stats_; }
  std::int64_t waiting() const { return static_cast<std::int64_t>(calls_.size()); }

 private:
  struct Call {
    protocol::Body request;
    sim::Instant deadline, retry_at;
    int attempts = 0;
    bool sent = false;
    // To a partition's leader: whose, and who that is as far as known.
    std::string topic;
    std::int32_t partition = -1;
    ClientNode leader;
    bool to_leader() const { return partition >= 0; }
  };
  std::uint64_t begin(Ctx& ctx, Call call);
  void find_leader(Ctx& ctx, Call& call, const protocol::MetadataResponse& metadata);
  ClientNode node_for(const Call& call) const;
  void handle(Ctx& ctx, NetworkClient::Event event);
  void complete(Ctx& ctx, std::uint64_t id, const Completed& done);
  void retry(Ctx& ctx, Call& call, bool other_controller);
  void run(Ctx& ctx);

  AdminOptions options_;
  ClientStats stats_;
  NetworkClient network_;
  std::map<std::uint64_t, Call> calls_;
  std::uint64_t next_call_ = 1;
  std::size_t asked_ = 0;  // which controller is believed to be active
  std::size_t asked_broker_ = 0;
  ExponentialBackoff backoff_;
  sim::Duration api_timeout_ = sim::seconds(60);
  sim::TimerId timer_;
  bool running_ = false;
};

}  // namespace kafkascope::client
