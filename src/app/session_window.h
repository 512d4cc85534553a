// The dashboard in a real window.
#pragma once
#include <chrono>
#include <memory>

#include "app/cli/options.h"
#include "app/player.h"

namespace kafkascope::app {

/// No call of a player that is shown may hold the picture up for longer.
inline constexpr std::chrono::milliseconds kSlice{12};

/// Until the window closes; the exit status. 3 and one line on standard error when no window could be opened.
int show(std::unique_ptr<Player> player, const cli::Options& o);

}  // namespace kafkascope::app
