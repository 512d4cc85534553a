// A change to try made of acts: what the second world does that the script does not, and what of the script it leaves out.
#pragma once
#include <vector>

#include "scenario/scenario.h"
#include "scenario/session.h"

namespace kafkascope::scenario {

/// The change's acts in the order of their times. If the change leaves the script, the first of them does.
std::vector<HandCommand> acts_of(const TryNext& change);
/// The script's acts that the change replaces, which are those at the time of one of its acts: indexes for
/// LoadOptions::without. All other steps happen in both worlds, so that nothing but the change differs.
std::vector<int> replaced_by(const TryNext& change, const Scenario& script);

}  // namespace kafkascope::scenario
