// The ledger at one moment as plain numbers and words, for all code that prints or draws it.
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "observe/model/snapshot.h"

namespace kafkascope::cluster {
class Cluster;
}

namespace kafkascope::observe {

struct Moment;

struct FateRow {
  std::string_view word;  // its name in the state document, "lost_acked"
  words::Key name;
  std::int64_t FateCounts::*count = nullptr;
  bool reading = false;  // true: consumers' results, counted by group; false: records' results, counted by producer
  bool always = false;   // shown even when it is zero
};

/// In display order.
std::span<const FateRow> fate_rows();

/// The counts that are never good, the most serious first.
std::span<std::int64_t FateCounts::*const> grave_counts();
/// The grave counts that differ between two worlds, which do not become alike again: "duplicated: 0 in A, 4 in B". Empty: none.
Words differing_fates(const FateCounts& a, const FateCounts& b);
/// The first two counts that differ, of whatever kind. Empty: all are the same.
Words first_differing_fates(const FateCounts& a, const FateCounts& b);
/// Whether all counts are the same but those of records that are under way to their brokers.
bool differ_in_passing(const FateCounts& a, const FateCounts& b);

/// Whether a producer has acks=0: its records are never acknowledged, and count as acked once their request is written.
bool has_unasked(const cluster::Cluster& cluster);
/// The name of a count; `unasked`: where there is such a producer, "acked or sent".
words::Key fate_name(words::Key name, bool unasked);

/// The whole ledger, by producer (in the order of the file) and by group. A consumer without a group counts only in
/// `all`.
Ledger ledger_of(const Moment& moment);
/// Its counts of all records.
FateCounts fates_of(const Moment& moment);
/// By group, followed by each consumer without a group.
std::vector<std::pair<std::string, FateCounts>> counts_by_reader(const Moment& moment);

}  // namespace kafkascope::observe
