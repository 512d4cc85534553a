// ShareFetch and ShareAcknowledge, and the share partitions of the partitions that this broker leads (KIP-932).
// Kafka: SharePartitionManager, SharePartition, DelayedShareFetch (4.1).
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "broker/parts.h"
#include "broker/replica.h"
#include "broker/share_sessions.h"

namespace kafkascope::broker {

/// All of this state is lost when the process dies.
class SharePartitionManager {
 public:
  std::int64_t watched_share_fetches(sim::Instant now) const;
  void handle(Ctx& ctx, BrokerServer& server, Connection& connection, const protocol::ShareFetchRequest& r);
  void handle(Ctx& ctx, BrokerServer& server, Connection& connection, const protocol::ShareAcknowledgeRequest& r);
  void end_share_sessions_of(Ctx& ctx, sim::ConnectionId connection);
  void on_share_wait_over(BrokerServer& server, std::uint64_t number);
  bool run_share_groups(Ctx& ctx, BrokerServer& server);
  void on_share_lock_timer(Ctx& ctx, std::uint64_t incarnation);
  void drop_share_partitions(Ctx& ctx, TopicPartition tp);
  void drop_share_partitions(Ctx& ctx, const std::function<bool(const SharePartitionKey&, const ShareEntry&)>& which);

  ShareState state;

 private:
  bool share_groups_enabled(const BrokerServer& server) const;
  ShareSession* share_session(BrokerServer& server, sim::ConnectionId connection, const std::string& group,
                              const std::string& member, std::int32_t epoch, bool may_begin, ErrorCode& error);
  void begin_share_request(Ctx& ctx, BrokerServer& server, Connection& connection, const std::string& group,
                           const std::string& member, const std::vector<protocol::ShareFetchPartition>& acknowledged,
                           bool last, std::int32_t max_wait_ms, ShareRequest request);
  void acknowledge_share(Ctx& ctx, BrokerServer& server, const protocol::ShareFetchPartition& p, ShareRequest& request);
  void store_share_change(Ctx& ctx, const SharePartitionKey& key, ShareEntry& entry, SharePartition::Change change,
                          ShareRequest* request, const std::string& who, fact::SettlementReason reason);
  void trace_settled(Ctx& ctx, const SharePartitionKey& key, const std::vector<protocol::ShareStateBatch>& batches,
                     const std::string& who, fact::SettlementReason reason);
  void end_share_session(Ctx& ctx, const std::string& group, const std::string& member, fact::SettlementReason reason);
  std::vector<std::pair<TopicPartition, ShareEntry*>> acquirable(Ctx& ctx, BrokerServer& server, ShareRequest& request);
  bool has_min_bytes(const BrokerServer& server, const std::vector<std::pair<TopicPartition, ShareEntry*>>& partitions,
                     const ShareRequest& request, std::int32_t each) const;
  bool share_reads_committed(const BrokerServer& server, const std::string& group) const;
  bool acquire_for(Ctx& ctx, BrokerServer& server, ShareRequest& request);
  void leave_share_fetch_on_lists(const ShareRequest& request, sim::Instant now);
  void check_share_requests(Ctx& ctx, BrokerServer& server);
  ErrorCode share_topic_error(Ctx& ctx, BrokerServer& server, sim::ConnectionId connection, protocol::TopicId id);
  ErrorCode share_partition_error(Ctx& ctx, BrokerServer& server, sim::ConnectionId connection, TopicPartition tp);
  ShareEntry& share_partition(Ctx& ctx, BrokerServer& server, const SharePartitionKey& key);
  std::string group_setting(const BrokerServer& server, const std::string& group, const std::string& key,
                            const std::string& otherwise) const;
  sim::Duration share_lock(const BrokerServer& server, const std::string& group) const;
  Offset share_reset_offset(Ctx& ctx, const BrokerServer& server, const SharePartitionKey& key) const;
  void on_share_state_read(Ctx& ctx, BrokerServer& server, const SharePersister::Done& done);
  void on_share_write_done(Ctx& ctx, const SharePersister::Done& done);
  void share_changed(Ctx& ctx, const SharePartitionKey& key, ShareEntry& entry, fact::ShareStartReason reason);
};

}  // namespace kafkascope::broker
