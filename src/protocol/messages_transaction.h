// Requests about transactions (KIP-98, KIP-447, KIP-664, KIP-890). A broker's behaviour depends on a request's version;
// here the sending client's `transaction_version` represents that version.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "protocol/errors.h"
#include "protocol/ids.h"
#include "protocol/message_kind.h"
#include "protocol/messages_group.h"
#include "protocol/transaction_version.h"
#include "sim/fields.h"

namespace kafkascope::protocol {

/// AddPartitionsToTxn (24). Producers send one transaction (up to v3). Leaders send several (v4 and above), which asks
/// the coordinator to verify partitions before the first write or, in the second version of the protocol, to add them.
struct AddPartitionsToTxnTransaction {
  std::string transactional_id;
  ProducerId producer_id = kNoProducerId;
  ProducerEpoch producer_epoch = -1;
  bool verify_only = false;
  std::vector<TopicPartition> partitions;
  KAFKASCOPE_FIELDS(transactional_id, producer_id, producer_epoch, verify_only, partitions)
};
struct AddPartitionsToTxnRequest {
  TransactionVersion transaction_version = TransactionVersion::TV0;  // TV2: v4 and above
  std::vector<AddPartitionsToTxnTransaction> transactions;
  KAFKASCOPE_FIELDS(transaction_version, transactions)
};
struct AddPartitionsToTxnPartitionResult {
  TopicPartition partition;
  ErrorCode error = ErrorCode::NONE;
  KAFKASCOPE_FIELDS(partition, error)
};
struct AddPartitionsToTxnResult {
  std::string transactional_id;
  std::vector<AddPartitionsToTxnPartitionResult> partitions;
  KAFKASCOPE_FIELDS(transactional_id, partitions)
};
struct AddPartitionsToTxnResponse {
  ErrorCode error = ErrorCode::NONE;
  std::vector<AddPartitionsToTxnResult> results;  // in the order of the request
  KAFKASCOPE_FIELDS(error, results)
};

/// AddOffsetsToTxn (25): the group's partition of __consumer_offsets becomes a part of the transaction.
struct AddOffsetsToTxnRequest {
  std::string transactional_id;
  ProducerId producer_id = kNoProducerId;
  ProducerEpoch producer_epoch = -1;
  std::string group_id;
  KAFKASCOPE_FIELDS(transactional_id, producer_id, producer_epoch, group_id)
};
struct AddOffsetsToTxnResponse {
  ErrorCode error = ErrorCode::NONE;
  KAFKASCOPE_FIELDS(error)
};

/// EndTxn (26). TV2: v5, whose response has the id and the epoch of the next transaction.
struct EndTxnRequest {
  std::string transactional_id;
  ProducerId producer_id = kNoProducerId;
  ProducerEpoch producer_epoch = -1;
  bool committed = false;
  TransactionVersion transaction_version = TransactionVersion::TV0;
  KAFKASCOPE_FIELDS(transactional_id, producer_id, producer_epoch, committed, transaction_version)
};
struct EndTxnResponse {
  ErrorCode error = ErrorCode::NONE;
  ProducerId producer_id = kNoProducerId;
  ProducerEpoch producer_epoch = -1;
  KAFKASCOPE_FIELDS(error, producer_id, producer_epoch)
};

/// WriteTxnMarkers (27): from a transaction's coordinator to the leaders of its partitions.
struct WritableTxnMarker {
  ProducerId producer_id = kNoProducerId;
  ProducerEpoch producer_epoch = -1;
  bool committed = false;
  std::vector<TopicPartition> partitions;
  std::int32_t coordinator_epoch = -1;  // leader epoch of the coordinator's partition of __transaction_state
  KAFKASCOPE_FIELDS(producer_id, producer_epoch, committed, partitions, coordinator_epoch)
};
struct WriteTxnMarkersRequest {
  std::vector<WritableTxnMarker> markers;
  KAFKASCOPE_FIELDS(markers)
};
struct WritableTxnMarkerPartitionResult {
  TopicPartition partition;
  ErrorCode error = ErrorCode::NONE;
  KAFKASCOPE_FIELDS(partition, error)
};
struct WritableTxnMarkerResult {
  ProducerId producer_id = kNoProducerId;
  std::vector<WritableTxnMarkerPartitionResult> partitions;
  KAFKASCOPE_FIELDS(producer_id, partitions)
};
struct WriteTxnMarkersResponse {
  std::vector<WritableTxnMarkerResult> markers;
  KAFKASCOPE_FIELDS(markers)
};

/// TxnOffsetCommit (28), to the group's coordinator. Generation -1 and no member: without group metadata, as before
/// KIP-447. TV2 (v5): the group's coordinator adds its partition to the transaction.
struct TxnOffsetCommitRequest {
  std::string transactional_id, group_id;
  ProducerId producer_id = kNoProducerId;
  ProducerEpoch producer_epoch = -1;
  std::int32_t generation_id = -1;
  std::string member_id, group_instance_id;
  std::vector<OffsetCommitPartition> partitions;
  TransactionVersion transaction_version = TransactionVersion::TV0;
  KAFKASCOPE_FIELDS(transactional_id, group_id, producer_id, producer_epoch, generation_id, member_id,
                    group_instance_id, partitions, transaction_version)
};
struct TxnOffsetCommitResponse {
  std::vector<OffsetCommitResult> partitions;
  KAFKASCOPE_FIELDS(partitions)
};

/// DescribeProducers (61, KIP-664), to leaders of partitions.
struct DescribeProducersRequest {
  std::vector<TopicPartition> partitions;
  KAFKASCOPE_FIELDS(partitions)
};
struct DescribedProducer {
  ProducerId producer_id = kNoProducerId;
  std::int32_t producer_epoch = -1;
  std::int32_t last_sequence = -1;
  std::int64_t last_timestamp_ms = -1;
  std::int32_t coordinator_epoch = -1;
  Offset current_txn_start_offset;  // -1: none is open
  KAFKASCOPE_FIELDS(producer_id, producer_epoch, last_sequence, last_timestamp_ms, coordinator_epoch,
                    current_txn_start_offset)
};
struct DescribeProducersPartition {
  TopicPartition partition;
  ErrorCode error = ErrorCode::NONE;
  std::vector<DescribedProducer> active_producers;
  KAFKASCOPE_FIELDS(partition, error, active_producers)
};
struct DescribeProducersResponse {
  std::vector<DescribeProducersPartition> partitions;
  KAFKASCOPE_FIELDS(partitions)
};

/// DescribeTransactions (65, KIP-664), to the coordinator.
struct DescribeTransactionsRequest {
  std::vector<std::string> transactional_ids;
  KAFKASCOPE_FIELDS(transactional_ids)
};
struct DescribedTransaction {
  ErrorCode error = ErrorCode::NONE;
  std::string transactional_id, transaction_state;
  std::int32_t transaction_timeout_ms = 0;
  std::int64_t transaction_start_time_ms = 0;  // -1: none since InitProducerId
  ProducerId producer_id = 0;
  ProducerEpoch producer_epoch = 0;
  std::vector<TopicPartition> partitions;  // without those that have their marker already
  KAFKASCOPE_FIELDS(error, transactional_id, transaction_state, transaction_timeout_ms, transaction_start_time_ms,
                    producer_id, producer_epoch, partitions)
};
struct DescribeTransactionsResponse {
  std::vector<DescribedTransaction> transactions;
  KAFKASCOPE_FIELDS(transactions)
};

/// ListTransactions (66, KIP-664, KIP-994), to any broker. Not modelled: the pattern of ids (KIP-1152).
struct ListTransactionsRequest {
  std::vector<std::string> state_filters;  // empty: all; likewise for the ids
  std::vector<ProducerId> producer_id_filters;
  std::int64_t duration_filter_ms = -1;  // only those that began longer ago; below 0: all
  KAFKASCOPE_FIELDS(state_filters, producer_id_filters, duration_filter_ms)
};
struct ListedTransaction {
  std::string transactional_id;
  ProducerId producer_id = kNoProducerId;
  std::string transaction_state;
  KAFKASCOPE_FIELDS(transactional_id, producer_id, transaction_state)
};
struct ListTransactionsResponse {
  ErrorCode error = ErrorCode::NONE;
  std::vector<std::string> unknown_state_filters;
  std::vector<ListedTransaction> transactions;
  KAFKASCOPE_FIELDS(error, unknown_state_filters, transactions)
};

// clang-format off
#define KAFKASCOPE_TRANSACTION_APIS(API, MORE) \
  API(AddPartitionsToTxn, 24, 75, AddPartitionsToTxnRequest, AddPartitionsToTxnResponse, 5, 1) \
  API(AddOffsetsToTxn, 25, 76, AddOffsetsToTxnRequest, AddOffsetsToTxnResponse, 4, 1) \
  API(EndTxn, 26, 77, EndTxnRequest, EndTxnResponse, 5, 1) \
  API(WriteTxnMarkers, 27, 78, WriteTxnMarkersRequest, WriteTxnMarkersResponse, 1, 0) \
  API(TxnOffsetCommit, 28, 79, TxnOffsetCommitRequest, TxnOffsetCommitResponse, 5, 3) \
  API(DescribeProducers, 61, 80, DescribeProducersRequest, DescribeProducersResponse, 0, 0) \
  API(DescribeTransactions, 65, 81, DescribeTransactionsRequest, DescribeTransactionsResponse, 0, 0) \
  API(ListTransactions, 66, 82, ListTransactionsRequest, ListTransactionsResponse, 2, 0)
KAFKASCOPE_TRANSACTION_APIS(KAFKASCOPE_KINDS, KAFKASCOPE_MORE_KINDS)
// clang-format on

}  // namespace kafkascope::protocol
