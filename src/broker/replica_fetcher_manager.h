// Following: num.replica.fetchers fetchers per leader broker, each with one request in flight for all its partitions;
// and how a follower truncates its log. Kafka: ReplicaFetcherManager, ReplicaFetcherThread, AbstractFetcherThread.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

#include "broker/parts.h"
#include "broker/replica.h"
#include "broker/replication_quota.h"
#include "sim/hash_index.h"

namespace kafkascope::broker {

/// Kafka: ReplicaFetcherThread.
struct Fetcher {
  enum class Step : std::uint8_t {
    Idle,
    AskingEpochs,
    Fetching,
    ListingOffsets,
    Writing
  };  // Writing: an append waits for the disk
  BrokerId leader = kNoBroker;
  std::int32_t id = 0;
  sim::ConnectionId connection;
  Step step = Step::Idle;
  std::int32_t correlation_id = 0;
  std::vector<std::int32_t> replicas;  // the replicas that it fetches, in request order
  std::vector<std::int32_t> awake;     // replicas that the session's next request may have to name
  std::uint32_t last_place = 0;        // the last Replica::fetch_place assigned
  // The fetcher's session with the leader (KIP-227); epoch 0: the next request is a full one. Kafka:
  // FetchSessionHandler.
  std::int32_t session_id = 0, session_epoch = 0;
  std::vector<TopicPartition> forgotten;  // removed from the session since the last request
  // The replicas in the OffsetForLeaderEpoch or ListOffsets request in flight, and their request rows.
  std::vector<std::int32_t> sent_replicas;
  std::vector<protocol::FetchPartition> sent;  // parallel to sent_replicas
  sim::TimerId wake, request_timer;
};

/// All of this state is lost when the process dies.
class ReplicaFetcherManager {
 public:
  explicit ReplicaFetcherManager(protocol::KafkaVersion version) : follower_quota(version) {}

  Fetcher* fetcher_on(sim::ConnectionId connection);
  void add_to_fetcher(Ctx& ctx, BrokerServer& server, std::int32_t index);
  void remove_from_fetcher(BrokerServer& server, std::int32_t index);
  void run_fetcher(Ctx& ctx, BrokerServer& server, Fetcher& fetcher);
  void on_fetcher_response(Ctx& ctx, BrokerServer& server, Fetcher& fetcher, const Message& message);
  void fetcher_failed(Ctx& ctx, BrokerServer& server, Fetcher& fetcher, bool close);
  void resize_fetchers(Ctx& ctx, BrokerServer& server, std::int32_t fetchers);
  void begin_truncation(Ctx& ctx, BrokerServer& server, Replica& replica);

  std::vector<Fetcher> fetchers;
  sim::HashIndex<std::uint32_t> fetcher_by_slot;  // slot of the fetcher's connection in the kernel -> index in fetchers
  ReplicationQuota follower_quota;                // KIP-73

 private:
  Fetcher& fetcher_for(BrokerServer& server, BrokerId leader, TopicPartition tp);
  static void leave_session(Fetcher& fetcher, Replica& replica);
  bool asks_the_same(const BrokerServer& server, const Replica& replica) const;
  void close_fetcher(Ctx& ctx, Fetcher& fetcher, bool already_gone);
  void send_fetcher_request(Ctx& ctx, BrokerServer& server, Fetcher& fetcher, protocol::Body body);
  void on_fetch_data(Ctx& ctx, BrokerServer& server, Fetcher& fetcher, const protocol::FetchResponse& response);
  bool append_batches(Ctx& ctx, BrokerServer& server, Replica& replica, std::span<const StoredBatch> batches,
                      std::int64_t bytes);
  bool append_fetched(Ctx& ctx, BrokerServer& server, std::int32_t index, const protocol::FetchPartitionResponse& data,
                      sim::Duration& wait);
  void delay_fetch(Ctx& ctx, BrokerServer& server, Replica& replica);
  static void fail_fetch(Replica& replica);
  static void note_lag(Replica& replica, std::int64_t lag);
  LeaderEpoch fetch_epoch(const BrokerServer& server, const Replica& replica) const;
  bool ask_epochs(Ctx& ctx, BrokerServer& server, Fetcher& fetcher);
  void on_epoch_ends(Ctx& ctx, BrokerServer& server, Fetcher& fetcher,
                     const protocol::OffsetForLeaderEpochResponse& response);
  bool truncate_diverging(Ctx& ctx, Replica& replica, storage::EpochEnd leaders);
  void list_offsets(Ctx& ctx, BrokerServer& server, Fetcher& fetcher, const std::vector<std::int32_t>& out_of_range);
  void on_offsets_listed(Ctx& ctx, BrokerServer& server, Fetcher& fetcher,
                         const protocol::ListOffsetsResponse& response);
  bool still_asked_for(const BrokerServer& server, const Fetcher& fetcher, std::size_t i) const;
  void truncate_log(Ctx& ctx, Replica& replica, Offset to, fact::TruncationReason reason);
};

}  // namespace kafkascope::broker
