// A producer's transactions: its state, the requests that wait to be sent, and the partitions of the open transaction.
// Kafka: TransactionManager (KIP-98, KIP-360, KIP-447, KIP-890). What makes a producer idempotent: producer_sequences.h.
//
//   UNINITIALIZED --initTransactions()--> INITIALIZING --InitProducerId answered--> READY --beginTransaction()-->
//   IN_TRANSACTION --commitTransaction()--> COMMITTING_TRANSACTION --EndTxn answered--> READY. An error that ends only
//   the transaction leads to ABORTABLE_ERROR, from where abortTransaction() leads to ABORTING_TRANSACTION; any other to
//   FATAL_ERROR, from where nothing leads. Not here: two-phase commit (KIP-939), thus no PREPARED_TRANSACTION.
//
// The application calls initialize(), begin(), send_offsets(), begin_commit(), begin_abort(); the sender takes the
// requests one by one with next_request() and brings their answers.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client/network_client.h"
#include "client/producer_sequences.h"
#include "client/transaction_request.h"

namespace kafkascope::client {

enum class TransactionState : std::uint8_t {
  Uninitialized,
  Initializing,
  Ready,
  InTransaction,
  CommittingTransaction,
  AbortingTransaction,
  AbortableError,
  FatalError
};
/// Kafka's name ("IN_TRANSACTION").
std::string_view to_string(TransactionState state);

struct TransactionOptions {
  std::string transactional_id;  // empty: the producer is at most idempotent
  std::int32_t timeout_ms = 60000;
  sim::Duration retry_backoff = sim::milliseconds(100);
  bool old = false;  // 2.5
  static TransactionOptions from(const Config& config);
};

class TransactionManager : public ProducerSequences {
 public:
  /// What a call of the application leads to: an exception at once, or a result to wait for.
  struct Begun {
    ResultId result = 0;
    std::optional<ClientException> thrown;
  };
  using Thrown = std::optional<ClientException>;

  TransactionManager() = default;
  explicit TransactionManager(TransactionOptions options) : options_(std::move(options)) {}

  // The application's calls.
  Begun initialize();
  Thrown begin();
  Begun send_offsets(const std::vector<protocol::OffsetCommitPartition>& offsets, const GroupMetadata& group);
  Begun begin_commit();
  Begun begin_abort();
  /// send() has chosen the partition (maybeAddPartition). In 2.5 ready_for_send() comes first, and nothing is thrown here.
  Thrown add_partition(protocol::TopicPartition p, std::string_view shown);
  Thrown ready_for_send() const;  // 2.5: failIfNotReadyForSend
  /// nullptr: not completed.
  const TransactionalResult* completed(ResultId id) const;
  /// The caller has seen the result (await() returned).
  void acknowledge(ResultId id);
  std::string operation_of(ResultId id) const;
  /// The cluster's level of transaction.version, as the newest answer to ApiVersions tells it. `initially`: at the end of
  /// initTransactions(), where a level above the first needs no new epoch (maybeUpdateTransactionV2Enabled).
  void learn_features(const FinalizedFeatures& features) { features_ = features; }
  void update_version(bool initially);

  // What is so.
  const TransactionOptions& options() const { return options_; }
  bool transactional() const { return !options_.transactional_id.empty(); }
  TransactionState state() const { return state_; }
  const Thrown& last_error() const { return last_error_; }
  protocol::TransactionVersion version() const { return version_; }
  const std::set<protocol::TopicPartition>& partitions() const { return partitions_; }
  bool has_fatal_error() const { return state_ == TransactionState::FatalError || failed_for_good(); }
  bool has_abortable_error() const { return state_ == TransactionState::AbortableError; }
  bool has_error() const { return state_ == TransactionState::FatalError || has_abortable_error(); }
  bool is_completing() const {
    return state_ == TransactionState::CommittingTransaction || state_ == TransactionState::AbortingTransaction;
  }
  bool is_aborting() const { return state_ == TransactionState::AbortingTransaction; }
  bool has_ongoing() const {
    return state_ == TransactionState::InTransaction || is_completing() || has_abortable_error();
  }
  /// Batches of a partition wait until the partition belongs to the transaction.
  bool send_allowed(protocol::TopicPartition p) const {
    return !has_fatal_error() && (!transactional() || partitions_.contains(p));
  }
  bool has_pending_requests() const { return !pending_.empty(); }

  // The sender's part.
  /// The next request to send; none while the end of the transaction waits for unanswered batches.
  std::optional<TxnRequest> next_request(bool incomplete_batches);
  void retry(TxnRequest request);
  void look_up(const TxnRequest& request);  // enqueues FindCoordinator
  const std::optional<ClientNode>& coordinator(TxnRequest::Coordinator which) const {
    return which == TxnRequest::Coordinator::Group ? group_coordinator_ : coordinator_;
  }
  void coordinator_ready() { coordinator_bumps_epochs_ = true; }  // every broker here can (InitProducerId v3)
  void on_answer(TxnRequest request, const protocol::Body& body, sim::NodeId reader);
  void on_connection_lost(TxnRequest request);
  /// An error that is not one of a transactional request: of a batch or of send() (maybeTransitionToErrorState).
  void fail(ClientException error);
  /// The batch failed for good; `hole`: its sequence numbers are free again (handleFailedBatch).
  void on_batch_failed(protocol::TopicPartition p, BatchId batch, const ClientException& error);
  void resolve_transactional_sequences();
  /// Authorization was refused: the application may call initTransactions() again (shouldHandleAuthorizationError).
  bool handle_authorization_error();
  /// close() gives up (TransactionManager.close).
  void close();

 private:
  using State = TransactionState;
  using Kind = TxnRequest::Kind;
  void poison(ClientException error);
  bool can_go(State target) const;
  /// On the application's thread: the exception, if the arrow does not exist.
  Thrown go(State target);
  /// On the sender's thread: an arrow that does not exist ends the producer (shouldPoisonStateOnInvalidTransition).
  void sender_goes(State target, Thrown error = {});
  ClientException invalid_transition(State target) const;
  Thrown error_thrown() const;
  Thrown pending_thrown(std::string_view operation);
  Begun cached(State target, std::string_view operation, Begun (TransactionManager::*call)());
  Begun start_initializing();
  Begun start_commit();
  Begun start_abort();
  Begun complete_with(bool commit);
  Begun raise_epoch();
  ResultId new_result(std::string operation);
  void done(ResultId id);
  void fail_result(ResultId id, const ClientException& error);
  void enqueue(TxnRequest request);
  void look_up(TxnRequest::Coordinator which, std::string key);
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
  ClientException fenced() const;

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

  TransactionOptions options_;
  State state_ = State::Uninitialized;
  Thrown last_error_;
  std::vector<TxnRequest> pending_;  // by priority, then in the order in which they came
  std::map<ResultId, TransactionalResult> results_;
  ResultId next_result_ = 1;
  struct Transition {  // a call whose result its caller has not seen: it may have timed out
    ResultId result = 0;
    State state = State::Uninitialized;
    std::string operation;
  };
  std::optional<Transition> transition_;
  std::set<protocol::TopicPartition> new_partitions_, pending_partitions_, partitions_;
  std::map<protocol::TopicPartition, protocol::OffsetCommitPartition> pending_offsets_;
  std::optional<ClientNode> coordinator_, group_coordinator_;
  FinalizedFeatures features_;
  std::int64_t features_seen_ = -1;
  protocol::TransactionVersion version_ = protocol::TransactionVersion::TV0;
  bool coordinator_bumps_epochs_ = false;
  bool started_ = false;      // the coordinator knows of the transaction, or will with the next request
  bool raise_epoch_ = false;  // clientSideEpochBumpRequired
};

}  // namespace kafkascope::client
