// Facts about members of groups that the sentences need and the trace lines lack. They are read from the client at the
// moment of the line.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "sim/append_list.h"
#include "sim/trace.h"

namespace kafkascope::cluster {
class Cluster;
}

namespace kafkascope::observe {

class MemberLines {
 public:
  /// `line`: partitions.assigned, group.leave or group.rebalance.
  void on_trace(const sim::TraceLine& line, const cluster::Cluster& cluster);
  /// Whether the member that was assigned the partitions uses a newer protocol, whose groups have epochs.
  bool has_epochs(std::uint64_t seq) const { return contains(with_epochs_, seq); }
  /// Whether the member left because its poll timeout had expired (max.poll.interval.ms).
  bool by_poll_timeout(std::uint64_t seq) const { return contains(by_poll_timeout_, seq); }

 private:
  using Seqs = sim::AppendList<std::uint64_t>;
  static bool contains(const Seqs& seqs, std::uint64_t seq);

  Seqs with_epochs_, by_poll_timeout_;
  std::vector<std::string> left_by_poll_timeout_;  // members of groups that have not rebalanced since
};

}  // namespace kafkascope::observe
