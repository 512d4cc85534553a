// Random numbers: one fixed generator, separate streams by purpose and place, and our own integer distributions (the
// standard library's differ between vendors).
#pragma once
#include <cstdint>

namespace kafkascope::sim {

constexpr std::uint64_t mix64(std::uint64_t x) {
  x += 0x9E3779B97F4A7C15ull;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
  return x ^ (x >> 31);
}

/// The purpose of a stream. Each (seed, purpose, place, place) has its own stream, so a changed setting in one place
/// leaves the random numbers of all others unchanged. Add new purposes at the end.
enum class Stream : std::uint32_t {
  NetworkLatency,
  NetworkLoss,
  ElectionTimeout,
  Workload,
  Partitioner,
  RetryBackoff,
  Placement,
  MemberId,
  Generic,
  Swarm,
  ZooKeeperClient
};

/// splitmix64 over a counter; copyable, 16 bytes.
__extension__ typedef unsigned __int128 Wide;

class Random {
 public:
  Random() = default;
  Random(std::uint64_t seed, Stream purpose, std::uint64_t place_a = 0, std::uint64_t place_b = 0)
      : state_(mix64(mix64(mix64(seed) ^ static_cast<std::uint64_t>(purpose)) ^ mix64(place_a + 1)) ^
               mix64(place_b + 0x51ED270Bull)) {}

  std::uint64_t next() { return mix64(state_ += 0x9E3779B97F4A7C15ull); }
  /// Uniform in [0, n); n > 0. Lemire's multiplication without rejection (bias below 2^-32 for the n used here).
  std::uint64_t below(std::uint64_t n) { return static_cast<std::uint64_t>((static_cast<Wide>(next()) * n) >> 64); }
  /// Uniform in [low, high], both included.
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low) + 1));
  }
  /// Returns true with a probability of ppm / 1,000,000.
  bool chance_ppm(std::uint64_t ppm) { return below(1000000) < ppm; }

 private:
  std::uint64_t state_ = 0;
};

}  // namespace kafkascope::sim
