// The transaction coordinator of one broker: the transactional ids whose partition of __transaction_state it leads.
// Kafka: TransactionCoordinator, TransactionStateManager (4.1, 2.5), TransactionMarkerChannelManager; KIP-98, KIP-360,
// KIP-664, KIP-890.
//
// Each step of a transaction is a record, which is appended with acks=all. Until it is committed no other step is taken
// (transaction_metadata.h). The client's EndTxn is answered as soon as PrepareCommit or PrepareAbort is committed. Then
// markers are written to the leaders of the transaction's partitions (transaction_marker_channel.h); when every
// partition has its marker, the transaction is complete.
//
// A coordinator uses the version of a request, not the cluster's feature level. It uses the feature level only where
// there is no request: when it aborts a transaction itself, and for the format of records.
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
  /// This broker now leads the partition, or no longer leads it (TransactionCoordinator.onElection, onResignation). An
  /// election under a later epoch loads the partition again, even if this broker was the leader before.
  void on_elected(Host& host, std::int32_t partition, protocol::LeaderEpoch epoch, const storage::PartitionLog& log);
  void on_resigned(Host& host, std::int32_t partition, std::optional<protocol::LeaderEpoch> epoch = {});
  void on_death();

  /// Only with a transactional id; without one any broker assigns an id itself.
  void handle(Host& host, RequestHandle request, const protocol::InitProducerIdRequest& r);
  void handle(Host& host, RequestHandle request, const protocol::AddPartitionsToTxnRequest& r);
  void handle(Host& host, RequestHandle request, const protocol::AddOffsetsToTxnRequest& r);
  void handle(Host& host, RequestHandle request, const protocol::EndTxnRequest& r);
  void handle(Host& host, RequestHandle request, const protocol::DescribeTransactionsRequest& r);
  void handle(Host& host, RequestHandle request, const protocol::ListTransactionsRequest& r);
  /// The response to Host::write_transaction_markers; nullptr: there will be none.
  void on_markers_answer(Host& host, protocol::BrokerId broker, const protocol::WriteTxnMarkersResponse* answer);

  /// nullptr: not on this broker, or unknown.
  const TransactionMetadata* transaction(std::string_view transactional_id) const;
  /// Calls visit(transactional id, metadata) for each transaction on this broker.
  template <class Visit>
  void for_each_transaction(Visit&& visit) const {
    for (const auto& [partition, context] : contexts())
      for (const auto& [id, transaction] : context.shard.transactions) visit(id, transaction);
  }
  /// The state before the id's last step, PrepareEpochFence if that was a fence; nullopt after a load.
  std::optional<TransactionState> came_from(std::string_view transactional_id) const;
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

  // ---- lookup
  struct Found {
    protocol::ErrorCode error = protocol::ErrorCode::NONE;
    Shard* shard = nullptr;
    TransactionMetadata* transaction = nullptr;  // nullptr: the id is unknown
  };
  Found find(Host& host, std::string_view transactional_id);
  /// Kafka: TransactionStateManager.transactionVersionLevel.
  TransactionVersion server_version(Host& host) const;
  /// The error for a fenced producer: code 47 in 2.5, 90 from 2.7 on.
  protocol::ErrorCode fenced() const;

  // ---- records
  void append_transaction_to_log(Host& host, Shard& shard, const std::string& id, TxnTransitMetadata transit,
                                 TransactionFollowUp then);
  /// The same, but leaves the record in the open batch. No value: a tombstone.
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
  /// The transaction, or the error if no partitions can be added to it now.
  Found find_to_add(Host& host, const protocol::AddPartitionsToTxnTransaction& t);
  /// nullopt: the step has been written, and `then` is handled when it is committed.
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
    Prepared transit;  // nullopt: the response has only the error, which may be NONE
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
  /// Runs the marker channel's thread once: retries, lookups, requests.
  void wakeup(Host& host);
  void retry_later(Host& host, const Shard& shard);

  // ---- time
  void schedule_check(Host& host, const Shard& shard, TimerKind kind, sim::Duration every);
  void abort_timed_out_transactions(Host& host, Shard& shard);
  void remove_expired_transactional_ids(Host& host, Shard& shard);

  bool is_2_5_;
  std::int64_t max_timeout_ms_, expiration_ms_;
  sim::Duration abort_interval_, remove_interval_, request_timeout_;
  // These numbers survive the death of the process, like those of CoordinatorRuntime, so that none is used twice.
  std::uint64_t next_append_ = 1, next_gathering_ = 1;
  // The remaining state belongs to the process.
  sim::Instant started_;
  TransactionMarkerChannelManager markers_;
  /// An AddPartitionsToTxn with transactions that are not stored yet.
  struct Gathering {
    RequestHandle request = 0;
    std::size_t open = 0;
    protocol::AddPartitionsToTxnResponse response;
  };
  std::map<std::uint64_t, Gathering> gatherings_;
};

}  // namespace kafkascope::coordinator
