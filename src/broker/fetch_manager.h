// Fetch requests of followers and consumers: sessions, reads, and the choice of the replica that a consumer reads from.
// Kafka: FetchManager, ReplicaManager.fetchMessages, RackAwareReplicaSelector.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "broker/fetch_session.h"
#include "broker/parts.h"
#include "broker/purgatory.h"
#include "broker/replica.h"
#include "broker/replication_quota.h"

namespace kafkascope::broker {

struct FetchRead {  // the result of reading one partition, or the sum over several
  std::int64_t bytes = 0;
  bool answer_at_once = false;
  std::int64_t reassigned = 0;  // the part of `bytes` for replicas that a reassignment adds
  bool throttled = false;       // the bytes count against the leader's replication quota
  void add(const FetchRead& o) {
    bytes += o.bytes;
    answer_at_once |= o.answer_at_once;
    reassigned += o.reassigned;
    throttled |= o.throttled;
  }
};

class FetchManager {
 public:
  explicit FetchManager(const protocol::Config& config);
  /// The session ids continue after a death, so none is used twice (in Kafka they are random).
  void on_death(const protocol::Config& config);

  bool is_owed_high_watermark(const BrokerServer& server, const Replica& replica, BrokerId follower) const;
  void wake_readers(BrokerServer& server);
  void wake_sessions_of(const Replica& replica);
  void leave_quiet(BrokerServer& server, RemoteReplica& remote);
  void handle(Ctx& ctx, BrokerServer& server, Connection& connection, const protocol::FetchRequest& r);
  FetchRead read_partitions(Ctx& ctx, BrokerServer& server, const DelayedFetch& op, bool update_follower,
                            std::vector<protocol::FetchPartitionResponse>& out);
  FetchSession* session_read_by(Ctx& ctx, const DelayedFetch& op);
  Offset fetch_limit(const Replica& replica, const protocol::FetchRequest& r) const;
  bool leader_throttles(Ctx& ctx, const Replica& r, BrokerId follower);
  BrokerId preferred_read_replica(const BrokerServer& server, const Replica& r, std::string_view rack,
                                  Offset offset) const;
  ErrorCode open_fetch_session(BrokerServer& server, protocol::FetchRequest& request, sim::Instant now);
  FetchSession* session_of(const protocol::FetchRequest& request);
  void remove_fetch_session(BrokerServer& server, std::int32_t id);
  void answer_fetch(Ctx& ctx, BrokerServer& server, sim::ConnectionId id, const protocol::FetchRequest& request,
                    protocol::FetchResponse response, const FetchRead& read);

  FetchSessions fetch_sessions;
  ReplicationQuota leader_quota;  // KIP-73

 private:
  FetchRead read_session(Ctx& ctx, BrokerServer& server, const DelayedFetch& op, FetchSession& session,
                         bool update_follower, std::vector<protocol::FetchPartitionResponse>& out);
  void note_segments(Ctx& ctx, BrokerServer& server, DelayedFetch& op);
  bool is_quiet(BrokerServer& server, const Replica& r, const protocol::FetchPartition& asked, BrokerId follower,
                const FetchSession::Told& told);
  FetchRead read_partition(Ctx& ctx, BrokerServer& server, const DelayedFetch& op,
                           const protocol::FetchPartition& asked, std::int32_t index, std::int32_t& budget,
                           bool& at_least_one, bool update_follower, protocol::FetchPartitionResponse& out);
  std::int64_t throttled_bytes(const BrokerServer& server, const protocol::FetchResponse& answer, bool any) const;
  bool from_earlier_process(const BrokerServer& server, const protocol::FetchRequest& request) const;
  void part_from_waiting(BrokerServer& server, std::int32_t session_id);
  void trace_fetch_errors(Ctx& ctx, BrokerServer& server, const protocol::FetchResponse& response, sim::NodeId client);

  protocol::FetchResponse fetch_scratch_;  // reused for each request to keep its memory; empty in between
};

}  // namespace kafkascope::broker
