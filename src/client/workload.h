// The application around a producer: which records it sends, and when.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "client/options.h"

namespace kafkascope::client {

/// Draws keys using integers only: Zipf weights come from a fixed-point power function.
class KeySource {
 public:
  KeySource() = default;
  explicit KeySource(const KeyOptions& options);
  /// Valid until the next call.
  std::optional<std::string_view> next(sim::Random& random);

 private:
  std::string name(std::uint64_t member) const;

  KeyOptions options_;
  std::shared_ptr<const std::vector<std::string>> names_;         // names of the first members, precomputed
  std::shared_ptr<const std::vector<std::uint64_t>> cumulative_;  // Zipf: cumulative weights
  std::string made_;                                              // holds a name that is not in names_
  std::size_t turn_ = 0;
};

/// rank^-exponent in units of 2^-40 (rank 1 = 2^40); exponent in ppm. Monotone; within 1e-6 of the real value.
std::uint64_t zipf_weight(std::uint64_t rank, std::int64_t exponent_ppm);

/// The times at which records are due: exactly n / rate after the start. Time spent blocked delays all later records.
class Schedule {
 public:
  void start(sim::Instant now, std::int64_t rate_millionths);
  /// Changes the rate at `now`: the next record is due at most one new interval from `now`.
  void change(sim::Instant now, std::int64_t rate_millionths);
  /// The time of the next record; kNever without a rate.
  sim::Instant next() const { return next_; }
  void advance();
  /// The application could not send before `now`.
  void delay_until(sim::Instant now);
  std::int64_t rate_millionths() const { return rate_; }

 private:
  sim::Duration after(std::int64_t n) const;
  void find_next() { next_ = rate_ > 0 ? anchor_ + after(index_) : sim::kNever; }
  sim::Instant anchor_, next_ = sim::kNever;
  std::int64_t rate_ = 0, index_ = 0;
};

}  // namespace kafkascope::client
