// All invariants, checked continuously. Each has its own file here, with the sentence a learner reads when it breaks.
#pragma once
#include <array>

#include "observe/judge/invariants/group_offsets.h"
#include "observe/judge/invariants/guarded.h"
#include "observe/judge/invariants/high_watermark_bounds.h"
#include "observe/judge/invariants/logs_agree.h"
#include "observe/judge/invariants/no_duplicates.h"
#include "observe/judge/invariants/one_leader_per_epoch.h"
#include "observe/judge/invariants/promised_record_survives.h"
#include "observe/judge/invariants/share_locks.h"

namespace kafkascope::observe {

struct InvariantInfo {
  std::string_view name;
  words::Key words;
};
inline constexpr std::array<InvariantInfo, 7> kInvariants{{
    {PromisedRecordSurvives::kName, PromisedRecordSurvives::kWords},
    {HighWatermarkBounds::kName, HighWatermarkBounds::kWords},
    {OneLeaderPerEpoch::kName, OneLeaderPerEpoch::kWords},
    {LogsAgree::kName, LogsAgree::kWords},
    {GroupOffsets::kName, GroupOffsets::kWords},
    {NoDuplicates::kName, NoDuplicates::kWords},
    {ShareLocks::kName, ShareLocks::kWords},
}};

class Invariants {
 public:
  /// An invariant that a disabled fix guards breaks as in older versions, which is not a violation (guarded.h).
  void set_historical(const protocol::Historical& off) {
    promise_guarded_ = guarded(off, PromisedRecordSurvives::kName);
    watermark_guarded_ = guarded(off, HighWatermarkBounds::kName);
    sessions_guarded_ = guarded(off, NoDuplicates::kName);
    watermark_.ignore_min_isr(off.kip_966);
    watermark_.ignore_processes(off.kip_903);
    promised_.set_unclean_shutdowns_unnoticed(off.kip_966);
  }

  void on_trace(const sim::TraceLine& line, const protocol::TraceSubject* subject, const WorldView& world) {
    switch (static_cast<protocol::Trace>(line.kind)) {  // frequent lines that no invariant uses
      case protocol::Trace::RecordSent:
      case protocol::Trace::BatchSent:
      case protocol::Trace::BatchAcked:
      case protocol::Trace::RecordProcessed:
      case protocol::Trace::FollowerHighWatermark: return;
      default: break;
    }
    const std::size_t known = violations_.size();
    leaders_.on_trace(line, world, violations_);
    if (!sessions_guarded_) duplicates_.on_trace(line, subject, world, violations_);
    const std::int64_t lost = promised_.lost_by_promise_end();
    Violations as_in_its_day;
    promised_.on_trace(line, world, promise_guarded_ ? as_in_its_day : violations_);
    if (promised_.lost_by_promise_end() != lost || !as_in_its_day.empty()) groups_.on_loss();
    if (!watermark_guarded_) watermark_.on_trace(line, world, violations_);
    logs_.on_trace(line, subject, world, violations_);
    groups_.on_trace(line, world, violations_);
    shares_.on_trace(line, violations_);
    for (std::size_t i = known; i < violations_.size(); ++i) name_partition(violations_[i], world);
  }
  const Violations& violations() const { return violations_; }
  GroupOffsets& groups() { return groups_; }
  ShareLocks& shares() { return shares_; }
  const PromisedRecordSurvives& promised() const { return promised_; }
  PromisedRecordSurvives& promised() { return promised_; }

 private:
  static void name_partition(Violation& v, const WorldView& world) {
    if (v.topic >= 0) v.of = world.topic(v.topic) + "-" + std::to_string(v.partition);
  }

  PromisedRecordSurvives promised_;
  HighWatermarkBounds watermark_;
  OneLeaderPerEpoch leaders_;
  LogsAgree logs_;
  GroupOffsets groups_;
  NoDuplicates duplicates_;
  ShareLocks shares_;
  Violations violations_;
  bool promise_guarded_ = false, watermark_guarded_ = false, sessions_guarded_ = false;
};

}  // namespace kafkascope::observe
