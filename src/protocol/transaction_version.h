// The versions of the transaction protocol, one for each level of the feature transaction.version (KIP-890, KIP-1022).
#pragma once
#include <cstdint>

namespace kafkascope::protocol {

enum class TransactionVersion : std::int8_t {
  TV0 = 0,
  TV1 = 1,  // records of __transaction_state have tagged fields
  TV2 = 2   // each transaction has an epoch of its own, and leaders add partitions to it
};
/// EndTxn raises the producer's epoch. Kafka: TransactionVersion.supportsEpochBump.
constexpr bool supports_epoch_bump(TransactionVersion v) { return v >= TransactionVersion::TV2; }

}  // namespace kafkascope::protocol
