// The invariants that depend on each fix: without the fix they may break as in older versions, and the ledger counts the results. All
// others are checked in such a run as in any ("historical" in docs/scenario-format.md).
#pragma once
#include <array>
#include <string_view>

#include "observe/judge/invariants/high_watermark_bounds.h"
#include "observe/judge/invariants/logs_agree.h"
#include "observe/judge/invariants/no_duplicates.h"
#include "observe/judge/invariants/promised_record_survives.h"
#include "protocol/historical.h"

namespace kafkascope::observe {

struct Guarded {
  bool protocol::Historical::*fix;
  std::string_view invariant;
  std::string_view why;
};
/// Only dependencies that stories and the swarm have shown. KIP-966 also guards the part about min.insync.replicas
/// (HighWatermarkBounds::ignore_min_isr).
// clang-format off
inline constexpr Guarded kGuarded[] = {
    {&protocol::Historical::kip_101, PromisedRecordSurvives::kName, "a member of the ISR cuts off what is committed, and may lead then"},
    {&protocol::Historical::kip_101, HighWatermarkBounds::kName, "who has cut its log at its own high watermark is let in with less than is committed"},
    {&protocol::Historical::kip_101, NoDuplicates::kName, "a follower whose log has parted from its leader's, unseen, copies what comes next"},
    {&protocol::Historical::kip_966, HighWatermarkBounds::kName, "a leader back from a power failure goes on in its epoch with the log that is left"},
    {&protocol::Historical::kafka_7128, PromisedRecordSurvives::kName, "a follower is let in below what the last leader had committed, and may lead"},
};
// clang-format on

constexpr bool guarded(const protocol::Historical& off, std::string_view invariant) {
  for (const Guarded& g : kGuarded)
    if (off.*g.fix && g.invariant == invariant) return true;
  return false;
}

}  // namespace kafkascope::observe
