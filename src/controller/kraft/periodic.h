// The tasks that the active controller repeats, as kinds of its timers. Kafka: PeriodicTaskControlManager.
#pragma once
#include <cstdint>

namespace kafkascope::controller {

/// Timer kinds 150 to 199.
enum Periodic : std::uint16_t { kFenceStaleBroker = 150, kNoOp, kElectPreferred, kElectUnclean, kPeriodicEnd };

}  // namespace kafkascope::controller
