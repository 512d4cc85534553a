// The network between two nodes: latency, bandwidth, loss, cuts. Integers only, because no floating-point number may
// influence an event.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

#include "sim/ids.h"
#include "sim/random.h"
#include "sim/sized.h"
#include "sim/time.h"

namespace kafkascope::sim {

/// The latency of one direction: uniform between two bounds, or log-normal with the given median and 99th percentile
/// (from an integer table).
struct Latency {
  enum class Shape : std::uint8_t { Uniform, LogNormal };
  Shape shape = Shape::Uniform;
  std::int64_t a_us = 200;  // Uniform: lower bound; LogNormal: median
  std::int64_t b_us = 600;  // Uniform: upper bound; LogNormal: 99th percentile (>= median)

  static Latency uniform(Duration least, Duration greatest) { return {Shape::Uniform, least.us, greatest.us}; }
  static Latency log_normal(Duration median, Duration p99) { return {Shape::LogNormal, median.us, p99.us}; }
  std::int64_t draw(Random& random) const {
    return shape == Shape::Uniform ? random.between(a_us, b_us) : draw_log_normal(random);
  }
  friend bool operator==(const Latency&, const Latency&) = default;

 private:
  std::int64_t draw_log_normal(Random& random) const;
};

inline constexpr std::int64_t kLongestLatencyUs = 2'000'000'000;  // half an hour

struct LinkConfig {
  Latency latency;
  std::int64_t bandwidth = 125'000'000;  // bytes per second; 1 Gbps
  std::uint32_t loss_ppm = 0;            // chance that a transmission of a message is lost and must be repeated
  friend bool operator==(const LinkConfig&, const LinkConfig&) = default;
  /// The nearest valid configuration, without division by zero or an inverted range.
  LinkConfig sane() const {
    LinkConfig c = *this;
    c.bandwidth = std::max<std::int64_t>(c.bandwidth, 1);
    c.latency.a_us = std::clamp<std::int64_t>(c.latency.a_us, 0, kLongestLatencyUs);
    c.latency.b_us = std::clamp<std::int64_t>(c.latency.b_us, c.latency.a_us, kLongestLatencyUs);
    return c;
  }
};

/// The link of a node to itself, its loopback.
inline constexpr LinkConfig kLoopback{{Latency::Shape::Uniform, 20, 40}, 5'000'000'000, 0};

/// TCP's retransmission timeout, and the number of attempts before it gives up.
inline constexpr Duration kRetransmit = milliseconds(200);
inline constexpr int kRetransmitsBeforeReset = 6;

/// One ordered pair of nodes. Its bandwidth is shared: the messages of all its connections are sent one after another.
struct alignas(64) Link {
  NodeId from, to;
  std::int32_t latency_a_us = 0, latency_b_us = 0;  // the configuration in packed form, so that a link fits into one
                                                    // cache line
  std::int64_t bandwidth = 1;
  std::uint64_t ns_per_byte = 0;  // times 2^32
  Random latency_random, loss_random;
  std::int64_t busy_until_ns = 0;  // in nanoseconds, so that short messages are not each rounded up to a µs
  std::uint32_t loss_ppm : 30 = 0;
  std::uint32_t shape : 1 = 0;
  std::uint32_t cut : 1 = 0;
  std::uint32_t first_way = 0xffffffff;  // head of the list, maintained by the kernel, of the connection directions
                                         // that use the link

  Latency latency() const { return {static_cast<Latency::Shape>(shape), latency_a_us, latency_b_us}; }
  std::int64_t draw_latency() {
    if (static_cast<Latency::Shape>(shape) == Latency::Shape::Uniform) [[likely]]
      return latency_random.between(latency_a_us, latency_b_us);
    return latency().draw(latency_random);
  }
  LinkConfig config() const { return {latency(), bandwidth, loss_ppm}; }
  void set(const LinkConfig& c) {
    latency_a_us = static_cast<std::int32_t>(c.latency.a_us), latency_b_us = static_cast<std::int32_t>(c.latency.b_us);
    bandwidth = c.bandwidth;
    ns_per_byte = (std::uint64_t{1'000'000'000} << 32) / static_cast<std::uint64_t>(c.bandwidth);
    loss_ppm = std::min<std::uint32_t>(c.loss_ppm, 1'000'000), shape = static_cast<std::uint32_t>(c.latency.shape) & 1;
  }

  struct Crossing {
    std::int64_t arrives_at_us;
    bool gave_up;  // lost so many times that the connection is reset
  };
  /// A packet that is sent later than `now` (a retransmission, an answer) or has no size does not delay other packets.
  Crossing cross(Instant now, std::uint32_t bytes, Duration later = {});
};

static_assert(sized<Link>(64));

inline Link::Crossing Link::cross(Instant now, std::uint32_t bytes, Duration later) {
  const std::int64_t leaves_ns = (now + later).us * 1000;
  const std::int64_t sending_ns = static_cast<std::int64_t>((static_cast<Wide>(ns_per_byte) * bytes) >> 32);
  std::int64_t sent_ns = leaves_ns + sending_ns;
  if (later.us == 0 && bytes != 0) {
    sent_ns = std::max(leaves_ns, busy_until_ns) + sending_ns;
    busy_until_ns = sent_ns;
  }
  std::int64_t arrives = static_cast<std::int64_t>(static_cast<std::uint64_t>(sent_ns + 999) / 1000) + draw_latency();
  if (loss_ppm == 0) return {arrives, false};
  // A lost packet is retransmitted as by TCP: it arrives later, after a wait that doubles each time; after too many
  // losses it never arrives.
  std::int64_t wait = kRetransmit.us;
  for (int lost = 0; loss_random.chance_ppm(loss_ppm); wait *= 2) {
    arrives += wait;
    if (++lost == kRetransmitsBeforeReset) return {arrives, true};
  }
  return {arrives, false};
}

/// All links used so far, in the order of first use; the order does not affect a link's random stream.
class LinkTable {
 public:
  LinkTable(std::uint64_t seed, LinkConfig defaults) : seed_(seed), defaults_(defaults.sane()), index_(64) {}
  /// Creates the link if it does not exist.
  std::uint32_t find(NodeId from, NodeId to);
  /// nullptr if the link was never used or configured.
  const Link* look(NodeId from, NodeId to) const;
  LinkConfig defaults(NodeId from, NodeId to) const { return from == to ? kLoopback : defaults_; }
  Link& operator[](std::uint32_t i) { return links_[i]; }
  const Link& operator[](std::uint32_t i) const { return links_[i]; }
  std::uint32_t size() const { return static_cast<std::uint32_t>(links_.size()); }

 private:
  struct Entry {
    std::uint64_t key = 0;
    std::uint32_t link = 0xffffffff;
  };
  std::uint32_t lookup(std::uint64_t key) const;
  void insert(std::uint64_t key, std::uint32_t link);
  std::uint64_t seed_;
  LinkConfig defaults_;
  std::vector<Link> links_;
  std::vector<Entry> index_;  // open addressing, power of two, at most half full; never iterated
};

}  // namespace kafkascope::sim
