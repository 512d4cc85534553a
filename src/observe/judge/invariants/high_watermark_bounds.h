// A replica that joins the ISR has every record below the leader's HW: by the leader's knowledge when the leader
// proposes it, and by the log of the registered process when the controller commits it (KIP-903). A leader's HW never
// exceeds the LEO of any member of its maximal ISR, does not move below min.insync.replicas (4.x, KIP-966) and never
// decreases during one leadership, unless the leader was alone in the ISR and lost its tail in a power failure. The
// quorum's HW never exceeds the offset that a majority of voters has flushed.
#pragma once

#include "observe/judge/invariants/violation.h"
#include "observe/judge/world_view.h"
#include "words/key.h"

namespace kafkascope::observe {

class HighWatermarkBounds {
 public:
  static constexpr std::string_view kName = "high-watermark-bounds";
  static constexpr words::Key kWords = "invariant.high_watermark_bounds"_w;

  /// Before KIP-966 the HW also moves below min.insync.replicas.
  void ignore_min_isr(bool ignore) { ignore_min_isr_ = ignore; }
  /// Before KIP-903 the controller does not know which process has caught up.
  void ignore_processes(bool ignore) { ignore_processes_ = ignore; }
  void on_trace(const sim::TraceLine& line, const WorldView& world, Violations& out);

 private:
  bool ignore_min_isr_ = false, ignore_processes_ = false;
  void on_isr_changed(const sim::TraceLine& line, TopicPartition tp, const WorldView& world, Violations& out) const;
  std::int64_t end_of(BrokerId broker, TopicPartition tp, std::int64_t enough, const WorldView& world) const;

  struct Reign {
    std::int64_t epoch = -1;
    std::int64_t high_watermark = -1;
  };
  protocol::PerPartition<sim::FlatMap<BrokerId, Reign>> reigns_;
  struct {
    TopicPartition partition;
    sim::Instant at;
    BrokerId leader = -1;
  } elected_;  // as last reported
  // The log end that a replica reached by itself. A power failure removes more, which its leader learns with the next fetch: until then
  // the leader rightly relies on the reported end.
  protocol::PerPartition<sim::FlatMap<BrokerId, std::int64_t>> reported_;
};

}  // namespace kafkascope::observe
