// Facts about members of groups that the sentences need and the trace lines lack. They are read from the client and the
// coordinator at the moment of the line.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "observe/member_limits.h"
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
  /// Whether the member that was assigned the partitions uses a newer protocol, whose groups have epochs; for a rebalance without a
  /// member, whether the group does.
  bool has_epochs(std::uint64_t seq) const { return contains(with_epochs_, seq); }
  /// Whether the member left because its poll timeout had expired (max.poll.interval.ms).
  bool by_poll_timeout(std::uint64_t seq) const { return contains(by_poll_timeout_, seq); }
  /// The time-out, with the length that it had, that was over for the member that left at that line, or for the group that
  /// rebalanced at it. Empty: none was.
  MemberLimit limit_at(std::uint64_t seq) const;
  /// The same for the last time that the member left the group for that reason.
  MemberLimit last_limit(std::string_view group, fact::GroupReason reason, std::string_view member) const;

 private:
  using Seqs = sim::AppendList<std::uint64_t>;
  static bool contains(const Seqs& seqs, std::uint64_t seq);

  void note_epochs(const sim::TraceLine& rebalance, std::string_view group, std::string_view member);
  void note_limit(const sim::TraceLine& line, const cluster::Cluster& cluster);

  Seqs with_epochs_, by_poll_timeout_;
  struct Limit {
    std::uint64_t seq = 0;
    fact::GroupReason reason{};
    std::string group, member;  // empty: the line of a rebalance
    MemberLimit value;
  };
  sim::AppendList<Limit> limits_;
  std::vector<std::string> groups_with_epochs_;    // those that a member of a newer protocol made rebalance last
  std::vector<std::string> left_by_poll_timeout_;  // members of groups that have not rebalanced since
};

}  // namespace kafkascope::observe
