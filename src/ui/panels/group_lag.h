// What a group's lag consists of: it counts from the committed offsets, its consumers' own numbers from their positions.
#pragma once
#include <vector>

#include "observe/model/snapshot.h"
#include "ui/strings.h"

namespace kafkascope::ui {

struct LagPart {
  words::Key name;
  std::int64_t records = 0;
};

/// Empty: the lag is what the members have to read. The parts' sum is the lag, but for what has no commit yet.
std::vector<LagPart> lag_parts(const observe::Snapshot& world, const observe::Group& group);

}  // namespace kafkascope::ui
