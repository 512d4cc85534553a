// A promised record survives.
//
// A record is committed when a leader's HW first passes it. Its survivors are the members of the partition's current
// ISR ∪ ELR that have held it since then without losing it. While there is a survivor and no unclean election was made,
// its absence from the leader's log is a violation; when the last survivor is gone, the loss is Kafka's own and is
// counted by reason. An unclean election without permission is also a violation. It is permitted by configuration, by
// hand, or for the last known leader where ELR is enabled (KIP-966).
//
// One loss is Kafka's own although other replicas have every record: a replica that is moved away stays in the ELR
// (PartitionChangeBuilder.maybePopulateTargetElr ignores the assignment), deletes its log, and once it is moved back may be elected from
// the ELR before it has copied anything.
#pragma once
#include <map>
#include <set>

#include "observe/judge/invariants/violation.h"
#include "observe/judge/world_view.h"
#include "words/key.h"

namespace kafkascope::observe {

class PromisedRecordSurvives {
 public:
  static constexpr std::string_view kName = "promised-record-survives";
  static constexpr words::Key kWords = "invariant.promised_record_survives"_w;

  void on_trace(const sim::TraceLine& line, const WorldView& world, Violations& out);
  /// An unclean election was requested; the controller decides which partitions it affects.
  void on_unclean_asked() { unclean_asked_ = true; }
  /// Before KIP-966 an ISR member that lost its tail in a power failure, or everything with its disk, goes unnoticed and may lead: Kafka
  /// itself gives up records that others have kept.
  void set_unclean_shutdowns_unnoticed(bool unnoticed) { unnoticed_ = unnoticed; }
  /// Committed records that Kafka itself gave up, because the last survivor was gone or an unclean election was made.
  std::int64_t lost_by_promise_end() const { return lost_by_promise_end_; }

 private:
  struct Range {  // of offsets, [from, to)
    std::int64_t from = 0, to = 0;
  };
  struct Partition {
    std::int64_t committed_end = 0;  // highest HW a leader had
    bool outside = false;            // the last elected leader was neither in the ISR nor eligible
    bool in_a_move = false;          // a reassignment was in progress: the same change may end it and add the leader to
                                     // the ISR
    bool allowed = false;            // an unclean election was permitted
    LeaderEpoch elected_epoch;
    std::map<BrokerId, Range> gave_up;  // committed records that a broker had and lost
    std::map<BrokerId, std::int64_t>
        torn;                       // log ends of replicas that lost their tail in a power failure, or everything with
                                    // the disk
    std::set<BrokerId> moved_away;  // ELR members whose logs were deleted because they were moved away, until they have
                                    // all records again
    bool empty_handed = false;      // the last election chose a member of moved_away as eligible
  };
  void lose(Partition& p, BrokerId broker, std::int64_t from);

  protocol::PerPartition<Partition> partitions_;
  std::int64_t lost_by_promise_end_ = 0;
  bool unclean_asked_ = false, unnoticed_ = false;
};

}  // namespace kafkascope::observe
