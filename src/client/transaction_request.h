// A request of a transactional producer: its place in the queue, what it asks, and what waits for its result.
// Kafka: TransactionManager.TxnRequestHandler, TransactionalRequestResult.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "client/client_exception.h"
#include "protocol/message.h"
#include "protocol/messages_group.h"
#include "sim/time.h"

namespace kafkascope::client {

/// What a consumer tells of its membership (KIP-447). Only the group's id: a program without a consumer in the group.
struct GroupMetadata {
  std::string group_id;
  std::int32_t generation_id = -1;
  std::string member_id, group_instance_id;
};

/// Number of a call's result among those that are kept; 0: none.
using ResultId = std::uint32_t;

struct TransactionalResult {
  std::string operation;  // named in the TimeoutException
  bool completed = false;
  bool acked = false;  // its caller has seen it
  std::optional<ClientException> error;
};

struct TxnRequest {
  enum class Kind : std::uint8_t {
    FindCoordinator,
    InitProducerId,
    AddPartitions,
    AddOffsets,
    TxnOffsetCommit,
    EndTxn
  };
  /// A lower one goes first; the end of a transaction goes last, unless the epoch is raised afterwards.
  enum class Priority : std::uint8_t { FindCoordinator, InitProducerId, AddPartitionsOrOffsets, EndTxn, EpochBump };
  /// The coordinator that must be known: none, the transaction's or the group's.
  enum class Coordinator : std::uint8_t { None, Transaction, Group };

  Kind kind = Kind::FindCoordinator;
  Priority priority = Priority::FindCoordinator;
  Coordinator coordinator = Coordinator::None;
  bool retry = false;  // waits for `backoff` before it is sent
  ResultId result = 0;
  sim::Duration backoff;
  protocol::Body body;
  GroupMetadata group;                                   // AddOffsets: of the TxnOffsetCommit that follows
  std::vector<protocol::OffsetCommitPartition> offsets;  // so
};

}  // namespace kafkascope::client
