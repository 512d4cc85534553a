// A request of a transactional producer: its priority, its content, and the result that it completes. Kafka:
// TransactionManager.TxnRequestHandler, TransactionalRequestResult.
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

/// A consumer's group membership, as passed to a transaction (KIP-447). A program without a consumer in the group
/// sets only the group's id.
struct GroupMetadata {
  std::string group_id;
  std::int32_t generation_id = -1;
  std::string member_id, group_instance_id;
};

/// The number of a call's result; 0 if none.
using ResultId = std::uint32_t;

struct TransactionalResult {
  std::string operation;  // named in the TimeoutException
  bool completed = false;
  bool acked = false;  // the caller has received the result
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
  /// The lowest value is sent first. The end of a transaction is sent last, unless the epoch is raised afterwards.
  enum class Priority : std::uint8_t { FindCoordinator, InitProducerId, AddPartitionsOrOffsets, EndTxn, EpochBump };
  /// The coordinator that the request needs: none, the transaction's or the group's.
  enum class Coordinator : std::uint8_t { None, Transaction, Group };

  Kind kind = Kind::FindCoordinator;
  Priority priority = Priority::FindCoordinator;
  Coordinator coordinator = Coordinator::None;
  bool retry = false;  // waits for `backoff` before it is sent
  ResultId result = 0;
  sim::Duration backoff;
  protocol::Body body;
  GroupMetadata group;                                   // AddOffsets: for the TxnOffsetCommit that follows
  std::vector<protocol::OffsetCommitPartition> offsets;  // the same
};

}  // namespace kafkascope::client
