// A producer's transactions: the application's calls, the requests that wait to be sent, and the handling of responses.
// Kafka: TransactionManager (KIP-98, KIP-360, KIP-447, KIP-890). States: transaction_states.h; results of calls:
// transaction_results.h; partitions: transaction_partitions.h; idempotence: producer_sequences.h.
//
// The application calls initialize(), begin(), send_offsets(), begin_commit(), begin_abort(). The sender takes the
// requests one by one with next_request() and passes on the responses.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client/network_client.h"
#include "client/producer_sequences.h"
#include "client/transaction_partitions.h"
#include "client/transaction_request.h"
#include "client/transaction_results.h"
#include "client/transaction_states.h"
#include "protocol/messages_data.h"
#include "protocol/messages_transaction.h"

namespace kafkascope::client {

class TransactionManager : public ProducerSequences, public TransactionStates {
 public:
  /// The outcome of an application's call: an exception at once, or a result to wait for.
  struct Begun {
    ResultId result = 0;
    std::optional<ClientException> thrown;
  };

  TransactionManager() = default;
  explicit TransactionManager(TransactionOptions options) : TransactionStates(std::move(options)) {}

  // The application's calls.
  Begun initialize();
  Thrown begin();
  Begun send_offsets(const std::vector<protocol::OffsetCommitPartition>& offsets, const GroupMetadata& group);
  Begun begin_commit();
  Begun begin_abort();
  /// send() has chosen the partition (maybeAddPartition). In 2.5 ready_for_send() is called first, and this function
  /// throws nothing.
  Thrown add_partition(protocol::TopicPartition p, std::string_view shown);
  Thrown ready_for_send() const;  // 2.5: failIfNotReadyForSend
  const TransactionalResults& results() const { return results_; }
  /// The caller has received the result (await() returned).
  void acknowledge(ResultId id) { results_.acknowledge(id, options().old); }
  /// The cluster's transaction.version, from the latest ApiVersions response. `initially`: at the end of
  /// initTransactions(), when a level above the first needs no new epoch (maybeUpdateTransactionV2Enabled).
  void learn_features(const FinalizedFeatures& features) { features_ = features; }
  void update_version(bool initially);

  // State.
  protocol::TransactionVersion version() const { return version_; }
  const TransactionPartitions::Set& partitions() const { return partitions_.added(); }
  bool has_fatal_error() const { return state() == TransactionState::FatalError || failed_for_good(); }
  /// The batches of a partition are not sent until the partition belongs to the transaction.
  bool send_allowed(protocol::TopicPartition p) const {
    return !has_fatal_error() && (!transactional() || partitions().contains(p));
  }
  std::size_t pending_requests() const { return pending_.size(); }
  bool has_partitions_to_add() const { return partitions_.has_wanted(); }

  // The sender's part.
  /// The next request to send; nullopt while the end of the transaction waits for unanswered batches.
  std::optional<TxnRequest> next_request(bool incomplete_batches);
  void retry(TxnRequest request);
  void look_up(const TxnRequest& request);  // enqueues FindCoordinator
  const std::optional<ClientNode>& coordinator(TxnRequest::Coordinator which) const {
    return which == TxnRequest::Coordinator::Group ? group_coordinator_ : coordinator_;
  }
  void coordinator_ready() { coordinator_bumps_epochs_ = true; }  // every broker here supports this (InitProducerId v3)
  void on_answer(TxnRequest request, const protocol::Body& body, sim::NodeId reader);
  void on_connection_lost(TxnRequest request);
  /// An error that does not come from a transactional request, but from a batch or from send()
  /// (maybeTransitionToErrorState). `in_send`: on the application's thread; returns the IllegalStateException that
  /// send() throws if the state allows no such error.
  Thrown fail(ClientException error, bool in_send = false);
  /// The batch has failed for good (handleFailedBatch).
  void on_batch_failed(protocol::TopicPartition p, BatchId batch, const ClientException& error);
  void resolve_transactional_sequences();
  /// After an authorization error the application may call initTransactions() again (shouldHandleAuthorizationError).
  bool handle_authorization_error();
  /// close() stops waiting (TransactionManager.close).
  void close();

 private:
  using State = TransactionState;
  using Kind = TxnRequest::Kind;
  Thrown error_thrown() const;
  Thrown pending_thrown(std::string_view operation);
  Begun cached(State target, std::string_view operation, Begun (TransactionManager::*call)());
  Begun start_initializing();
  Begun start_commit();
  Begun start_abort();
  Begun complete_with(bool commit);
  Begun raise_epoch();
  void enqueue(TxnRequest request);
  TxnRequest make(Kind kind, TxnRequest::Priority priority, ResultId result, protocol::Body body) const;
  TxnRequest add_partitions_request();
  TxnRequest offset_commit_request(ResultId result, const std::vector<protocol::OffsetCommitPartition>& offsets,
                                   const GroupMetadata& group);
  bool bumps_from_client() const { return coordinator_bumps_epochs_ && !v2(); }
  bool v2() const { return version_ >= protocol::TransactionVersion::TV2; }
  void to_abortable(const ClientException& error);
  void to_fatal(const ClientException& error);
  void abortable(const TxnRequest& request, const ClientException& error);
  void fatal(const TxnRequest& request, const ClientException& error);
  void abortable_if_possible(const TxnRequest& request, const ClientException& error);
  void reset_transaction();

  // transaction_answers.cpp
  bool coordinator_moved(const TxnRequest& request, protocol::ErrorCode error);
  bool again(protocol::ErrorCode error) const;
  bool refused_fatally(const TxnRequest& request, protocol::ErrorCode error);
  void on_init(TxnRequest& request, const protocol::InitProducerIdResponse& r);
  void on_found(TxnRequest& request, const protocol::FindCoordinatorResponse& r, sim::NodeId reader);
  void on_added(TxnRequest& request, const protocol::AddPartitionsToTxnResponse& r);
  void on_offsets_added(TxnRequest& request, const protocol::AddOffsetsToTxnResponse& r);
  void on_offsets_committed(TxnRequest& request, const protocol::TxnOffsetCommitResponse& r);
  void on_ended(TxnRequest& request, const protocol::EndTxnResponse& r);

  std::vector<TxnRequest> pending_;  // by priority, then in order of arrival
  TransactionalResults results_;
  TransactionPartitions partitions_;
  std::map<protocol::TopicPartition, protocol::OffsetCommitPartition> pending_offsets_;
  std::optional<ClientNode> coordinator_, group_coordinator_;
  FinalizedFeatures features_;
  std::int64_t features_seen_ = -1;
  protocol::TransactionVersion version_ = protocol::TransactionVersion::TV0;
  bool coordinator_bumps_epochs_ = false;
  bool started_ = false;      // the coordinator knows of the transaction, or will after the next request
  bool raise_epoch_ = false;  // clientSideEpochBumpRequired
};

}  // namespace kafkascope::client
