// Timers of the controller that a broker hosts (kinds 250-259).
#pragma once
#include <cstdint>

namespace kafkascope::controller::timer {

inline constexpr std::uint16_t kControlTimeout = 250;  // arg = broker: a control request was not answered in time
inline constexpr std::uint16_t kControlRetry = 251;    // arg = broker
inline constexpr std::uint16_t kAutoRebalance = 252;  // leader.imbalance.check.interval.seconds; arg = controller epoch
inline constexpr std::uint16_t kRegisterAgain = 253;  // the previous process's session has not expired

}  // namespace kafkascope::controller::timer
