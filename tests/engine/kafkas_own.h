// What goes wrong in a run of the transactions' swarm because Kafka itself does it, found by its cause in the trace (docs/swarm-transactions.md): which
// checks each cause may break, and for which producers, records and partitions.
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/transaction_oracle.h"
#include "scenario/session.h"

namespace kafkascope::transaction_swarm {

/// The only one that the swarm looks for: the others are rare.
inline constexpr std::string_view kHanging =
    "a write that came after the end of its transaction opened another one, or became part of the next";

/// What a cause excuses. Everything else must hold as without it.
struct Exceptions {
  std::string_view cause;
  test::ProducersPartitions decisions;          // whose markers may differ from what the coordinator decided last
  std::set<std::int32_t> programs;              // nodes whose transactions may be half there
  std::set<test::RecordId> records;             // aborted, and there all the same
  std::set<protocol::TopicPartition> unstable;  // a transaction may be open there for ever
  bool outputs = false;                         // an effect of `in` may be missing or be there twice
  std::int64_t lost = 0;                        // so many acknowledged records may be in no log
};

/// One for each cause that the run shows. `verified`: leaders ask the coordinator (KIP-890), so that no write comes after its transaction's end.
/// `metadata_missing`: a coordinator took over before it had heard of the partitions.
std::vector<Exceptions> kafkas_own(const scenario::Session& session, const test::ToldOutcomes& told, bool newer,
                                   bool verified, bool metadata_missing);

}  // namespace kafkascope::transaction_swarm
