// A promised record survives.
//
// A record is committed when a leader's HW first passes it. Its survivors are the members of the partition's present ISR ∪ ELR that
// have held it ever since without losing it. While there is one and no unclean election was made, its absence from the leader's
// log is a violation; when the last survivor goes, the loss is Kafka's own and is counted by reason. So is an unclean election that
// nobody allowed: by configuration, by hand, or for the last known leader where ELR is on (KIP-966).
//
// One loss is Kafka's own though others have everything: whoever is moved away stays in the ELR (PartitionChangeBuilder.maybePopulateTargetElr looks at no
// assignment), deletes its log, and once it is moved back may be elected from there before it has copied anything.
#pragma once
#include <map>
#include <set>

#include "observe/invariants/violation.h"
#include "observe/world_view.h"

namespace kafkascope::observe {

class PromisedRecordSurvives {
 public:
  static constexpr std::string_view kName = "promised-record-survives";
  static constexpr std::string_view kEn = "A committed record is never lost while one in-sync replica still has it.";
  static constexpr std::string_view kKo = "커밋된 레코드는 동기화된 복제본 하나라도 가지고 있으면 사라지지 않아요.";

  void on_trace(const sim::TraceLine& line, const WorldView& world, Violations& out);
  /// Somebody asked for an unclean election; which partitions come of it is the controller's business.
  void on_unclean_asked() { unclean_asked_ = true; }
  /// Before KIP-966 nobody noticed that a member of the ISR had lost its tail with its power, or all with its disk, and it might lead: Kafka itself gives up what
  /// others have kept.
  void set_unclean_shutdowns_unnoticed(bool unnoticed) { unnoticed_ = unnoticed; }
  /// Committed records that Kafka itself gave up, because their last survivor was gone or an unclean election was made.
  std::int64_t lost_by_promise_end() const { return lost_by_promise_end_; }

 private:
  struct Range {  // of offsets, [from, to)
    std::int64_t from = 0, to = 0;
  };
  struct Partition {
    std::int64_t committed_end = 0;  // highest HW a leader had
    bool outside = false;            // the latest elected was neither in the ISR nor eligible
    bool in_a_move = false;          // and replicas were moving: perhaps the same change ends that, and lets it in
    bool allowed = false;            // it might be
    LeaderEpoch elected_epoch;
    std::map<BrokerId, Range> gave_up;  // what a broker once had, committed, and lost
    std::map<BrokerId, std::int64_t>
        torn;                       // where a log ended that had lost its tail with the power, or all with the disk
    std::set<BrokerId> moved_away;  // of the ELR, and their logs deleted for that, until they have all of it again
    bool empty_handed = false;      // the latest election was of one of those, as eligible
  };
  void lose(Partition& p, BrokerId broker, std::int64_t from);

  protocol::PerPartition<Partition> partitions_;
  std::int64_t lost_by_promise_end_ = 0;
  bool unclean_asked_ = false, unnoticed_ = false;
};

}  // namespace kafkascope::observe
