// The transaction coordinator of one broker: the transactional ids whose partition of __transaction_state it leads.
// Kafka: TransactionCoordinator, TransactionStateManager (4.1, 2.5), TransactionMarkerChannelManager; KIP-98, KIP-360, KIP-664, KIP-890.
//
// Each step of a transaction is a record, which is appended with acks=all; until it is committed no other step is taken
// (transaction_metadata.h). The client of an EndTxn has its answer as soon as PrepareCommit or PrepareAbort is committed; then the markers are
// written to the partitions' leaders (transaction_marker_channel.h), and when each has its own, the transaction is complete.
//
// A coordinator goes by the version of a request, not by the cluster's feature level; by that it goes only where no client asks: when it
// aborts a transaction itself, and in how records are stored.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "coordinator/transaction_coordinator_shard.h"
#include "coordinator/transaction_marker_channel.h"
#include "protocol/messages_data.h"

namespace kafkascope::protocol {
class Config;
}  // namespace kafkascope::protocol

namespace kafkascope::coordinator {

class TransactionCoordinator final : public CoordinatorRuntime<TransactionCoordinatorShard> {
 public:
  explicit TransactionCoordinator(const protocol::Config& config);

  /// The process starts: the periodic checks count from now.
  void startup(sim::Instant now) { started_ = now; }
  /// This broker leads that partition now, or no longer (TransactionCoordinator.onElection, onResignation). An election under a later epoch
  /// begins anew, also if this broker was the leader before.
  void on_elected(Host& host, std::int32_t partition, protocol::LeaderEpoch epoch, const storage::PartitionLog& log);
  void on_resigned(Host& host, std::int32_t partition, std::optional<protocol::LeaderEpoch> epoch = {});
  void on_death();

  /// With a transactional id; without one any broker gives an id itself.
  void handle(Host& host, RequestHandle request, const protocol::InitProducerIdRequest& r);
  void handle(Host& host, RequestHandle request, const protocol::AddPartitionsToTxnRequest& r);
  void handle(Host& host, RequestHandle request, const protocol::AddOffsetsToTxnRequest& r);
  void handle(Host& host, RequestHandle request, const protocol::EndTxnRequest& r);
  void handle(Host& host, RequestHandle request, const protocol::DescribeTransactionsRequest& r);
  void handle(Host& host, RequestHandle request, const protocol::ListTransactionsRequest& r);
  /// The answer to Host::write_transaction_markers; nullptr: there will be none.
  void on_markers_answer(Host& host, protocol::BrokerId broker, const protocol::WriteTxnMarkersResponse* answer);

  /// nullptr: not here, or unknown.
  const TransactionMetadata* transaction(std::string_view transactional_id) const;
  /// Calls visit(transactional id, metadata) for each that is here.
  template <class Visit>
  void for_each_transaction(Visit&& visit) const {
    for (const auto& [partition, context] : contexts())
      for (const auto& [id, transaction] : context.shard.transactions) visit(id, transaction);
  }
  const TransactionMarkerChannelManager& markers() const { return markers_; }
  /// Kafka: LogAppendRetryQueueSize.
  int append_retries() const;

 private:
  using Shard = TransactionCoordinatorShard;

  // ---- CoordinatorRuntime
  void on_loaded(Host& host, Shard& shard) override;
  void on_unloaded(Host& host, Shard& shard) override;
  void on_timeout(Host& host, Shard& shard, const TimerKey& key) override;
  void complete(Host& host, Shard& shard, AppendDone done, protocol::ErrorCode append_error) override;
  void revert(Host&, Shard&, Shard::Delta&) override {}

  // ---- finding
  struct Found {
    protocol::ErrorCode error = protocol::ErrorCode::NONE;
    Shard* shard = nullptr;
    TransactionMetadata* transaction = nullptr;  // nullptr: there is none of that id
  };
  Found find(Host& host, std::string_view transactional_id);
  /// Kafka: TransactionStateManager.transactionVersionLevel.
  TransactionVersion server_version(Host& host) const;
  /// What a fenced producer hears: code 47 in 2.5, 90 since 2.7.
  protocol::ErrorCode fenced() const;

  // ---- records
  void append_transaction_to_log(Host& host, Shard& shard, const std::string& id, TxnTransitMetadata transit,
                                 TransactionFollowUp then);
  /// The same without sending it off. No value: a tombstone.
  void gather(Host& host, Shard& shard, const std::string& id, TxnTransitMetadata transit, TransactionFollowUp then,
              std::optional<TransactionLogValue> value, sim::Duration timeout);
  void append_is_over(Host& host, Shard& shard, const AppendDone& done, protocol::ErrorCode append_error);
  void trace_step(Host& host, const Shard& shard, const std::string& id, TransactionState from,
                  const TxnTransitMetadata& step);
  void follow(Host& host, Shard& shard, const std::string& id, const PendingAppend& append, protocol::ErrorCode error);

  // ---- transaction_init.cpp
  struct InitResult {
    protocol::ErrorCode error = protocol::ErrorCode::NONE;
    Prepared transit;
  };
  InitResult prepare_init_producer_id(Host& host, TransactionMetadata& t, std::int32_t timeout_ms,
                                      std::optional<protocol::ProducerEpoch> expected_epoch);

  // ---- transaction_partitions.cpp
  /// The transaction; or why it cannot have more partitions now.
  Found find_to_add(Host& host, const protocol::AddPartitionsToTxnTransaction& t);
  /// Nothing: the step is on its way, and `then` follows.
  std::optional<protocol::ErrorCode> add_partitions(Host& host, const protocol::AddPartitionsToTxnTransaction& t,
                                                    TransactionVersion client, TransactionFollowUp then);
  void verify_partitions(Host& host, const protocol::AddPartitionsToTxnTransaction& t,
                         std::vector<protocol::AddPartitionsToTxnPartitionResult>& results);
  void partitions_done(Host& host, const PartitionsStored& which, std::optional<protocol::ErrorCode> error_of_all);

  // ---- transaction_end.cpp
  struct End {
    std::string transactional_id;
    protocol::ProducerId producer_id = protocol::kNoProducerId;
    protocol::ProducerEpoch producer_epoch = kNoProducerEpoch;
    bool commit = false;
    bool from_client = true;
    TransactionVersion version = TransactionVersion::TV0;
  };
  struct EndResult {
    protocol::ErrorCode error = protocol::ErrorCode::NONE;
    Prepared transit;  // nothing: the error, also NONE, is the answer
  };
  void end_transaction(Host& host, const End& end, EndStored then);
  EndResult prepare_end_v1(Host& host, TransactionMetadata& t, const End& end, EndStored& then);
  EndResult prepare_end(Host& host, TransactionMetadata& t, const End& end, EndStored& then);
  EndResult prepare_bumping_end(Host& host, TransactionMetadata& t, TransactionState to, bool no_partition_added,
                                bool fences);
  void answer_end(Host& host, const EndStored& to, protocol::EndTxnResponse response);
  void end_stored(Host& host, Shard& shard, const std::string& id, const EndStored& then, protocol::ErrorCode error);
  Prepared prepare_completion(Host& host, Shard& shard, const std::string& id, TransactionMetadata& t);
  void add_markers_to_send(Host& host, Shard& shard, const std::string& id, TransactionMetadata& t);
  void settle(Host& host, const TxnMarkerOutcome& outcome);
  void maybe_write_completion(Host& host, Shard& shard, const std::string& id);
  /// The marker channel's thread is awake: it does what it does each time.
  void wakeup(Host& host);
  void retry_later(Host& host, const Shard& shard);

  // ---- time
  void schedule_check(Host& host, const Shard& shard, TimerKind kind, sim::Duration every);
  void abort_timed_out_transactions(Host& host, Shard& shard);
  void remove_expired_transactional_ids(Host& host, Shard& shard);

  bool is_2_5_;
  std::int64_t max_timeout_ms_, expiration_ms_;
  sim::Duration abort_interval_, remove_interval_, request_timeout_;
  // What survives a death, as the runtime's numbers do: no number comes twice.
  std::uint64_t next_append_ = 1, next_gathering_ = 1;
  // The rest is the process's.
  sim::Instant started_;
  TransactionMarkerChannelManager markers_;
  /// An AddPartitionsToTxn whose transactions are not all stored yet.
  struct Gathering {
    RequestHandle request = 0;
    std::size_t open = 0;
    protocol::AddPartitionsToTxnResponse response;
  };
  std::map<std::uint64_t, Gathering> gatherings_;
};

}  // namespace kafkascope::coordinator
