// One cell of the delivery matrix (docs/delivery-promises.md) with one seed: a scenario file in which one fault happens at a random moment, the
// fates of its records, and whether they keep the promise.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sim/time.h"
#include "support/promises.h"

namespace kafkascope::delivery_matrix {

using promises::Cell;

inline constexpr int kRecords = 60, kPartitions = 3;
/// The time at which the producer starts; the group has its partitions by then.
inline constexpr sim::Instant kSending{3'000'000};

struct Matrix {
  nlohmann::ordered_json promises;  // docs/delivery-promises.json
  std::vector<Cell> cells;
};
Matrix read_matrix();

/// The scenario file of that cell (an index of Matrix::cells) and seed. Its expectations fail if a promise is broken.
std::string file_of(const Matrix& matrix, std::size_t cell, std::uint64_t seed);

/// The fates of the records, in the terms of the promises' `outcomes`; duplicates are split into two counts.
struct Fates {
  std::int64_t lost = 0, duplicated_in_log = 0, repeated_work = 0, reordered = 0, skipped = 0;
  std::string
      ill;  // why the run is inconclusive: it did not reach its end, an invariant broke, the engine found a fault
  sim::Instant ended;
  std::uint64_t events = 0;
  std::int64_t of(std::string_view outcome) const;
};
/// Runs until all records have been dealt with.
Fates run(const std::string& file);

/// The outcomes that occurred although the cell promises that they do not.
std::vector<std::string> broken(const Matrix& matrix, std::size_t cell, const Fates& seen);

/// Outcomes of a run up to that time that Kafka also shows, although its documentation promises that they do not happen, each with its cause. The
/// cause explains every record with that outcome.
std::map<std::string, std::string> kafkas_own(const std::string& file, sim::Instant until);

inline const std::vector<std::string> kOutcomes{"lost", "duplicated", "reordered", "skipped"};

}  // namespace kafkascope::delivery_matrix
