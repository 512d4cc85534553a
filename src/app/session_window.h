// The dashboard in a real window.
#pragma once
#include <chrono>
#include <memory>

#include "app/cli/options.h"
#include "app/player.h"

namespace kafkascope::app {

/// No call of a shown player may block the picture for longer.
inline constexpr std::chrono::milliseconds kSlice{12};

/// Runs until the window closes and returns the exit status: 3, and a line on standard error, if no window could be
/// opened.
int show(std::unique_ptr<Player> player, const cli::Options& o);

}  // namespace kafkascope::app
