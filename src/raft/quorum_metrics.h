// The measurements of a quorum node for its raft-metrics. Kafka: KafkaRaftMetrics.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "protocol/ids.h"
#include "protocol/sampled_stat.h"
#include "sim/time.h"

namespace kafkascope::raft {

using protocol::SampledStat;

class QuorumMetrics {
 public:
  /// The node stands for election; election latency is measured from here until a leader is known.
  void election_begins(sim::Instant now) { election_began_ = now; }
  void election_over(sim::Instant now) {
    if (election_began_) election_latency.record(whole_ms(*election_began_, now), now);
    election_began_.reset();
  }
  /// The leader has written a batch that ends at `end`.
  void appended(protocol::Offset end, std::int64_t records, sim::Instant now) {
    batches_.push_back({end, records, now});
  }
  void committed(protocol::Offset up_to, sim::Instant now) {
    std::size_t done = 0;
    for (; done < batches_.size() && batches_[done].end <= up_to; ++done)
      commit_latency.record(whole_ms(batches_[done].at, now) / batches_[done].records, batches_[done].at);
    batches_.erase(batches_.begin(), batches_.begin() + static_cast<std::ptrdiff_t>(done));
  }
  void stops_leading() { batches_.clear(); }

  SampledStat election_latency, commit_latency;  // commit latency is per record of a batch

 private:
  /// A difference between two readings of a millisecond clock, in µs.
  static std::int64_t whole_ms(sim::Instant from, sim::Instant to) { return (to.us / 1000 - from.us / 1000) * 1000; }
  struct Batch {
    protocol::Offset end;
    std::int64_t records = 1;
    sim::Instant at;
  };
  std::vector<Batch> batches_;  // batches that are not committed yet
  std::optional<sim::Instant> election_began_;
};

}  // namespace kafkascope::raft
