// Simulated time in integer microseconds, with two types, so that two moments cannot be added.
#pragma once
#include <compare>
#include <cstdint>
#include <limits>

namespace kafkascope::sim {

/// A span of simulated time in microseconds; may be negative (clock skew).
struct Duration {
  std::int64_t us = 0;
  friend constexpr auto operator<=>(Duration, Duration) = default;
  constexpr Duration operator+(Duration o) const { return {us + o.us}; }
  constexpr Duration operator-(Duration o) const { return {us - o.us}; }
  constexpr Duration operator*(std::int64_t n) const { return {us * n}; }
  constexpr Duration operator/(std::int64_t n) const { return {us / n}; }
};

/// A moment, in microseconds since the run began.
struct Instant {
  std::int64_t us = 0;
  friend constexpr auto operator<=>(Instant, Instant) = default;
  constexpr Instant operator+(Duration d) const { return {us + d.us}; }
  constexpr Instant operator-(Duration d) const { return {us - d.us}; }
  constexpr Duration operator-(Instant o) const { return {us - o.us}; }
};

inline constexpr Instant kNever{std::numeric_limits<std::int64_t>::max()};

constexpr Duration microseconds(std::int64_t n) { return {n}; }
constexpr Duration milliseconds(std::int64_t n) { return {n * 1000}; }
constexpr Duration seconds(std::int64_t n) { return {n * 1000000}; }

/// The simulated wall clock at time 0, in ms since 1970 (2024-01-01T00:00:00Z): record timestamps start here.
inline constexpr std::int64_t kEpochMs = 1704067200000;

}  // namespace kafkascope::sim
