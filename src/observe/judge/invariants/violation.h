#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "sim/time.h"

namespace kafkascope::observe {

/// An invariant broke. `name` is the name of its file; `detail` describes what was seen, in numbers.
struct Violation {
  std::string name;
  std::int64_t at_us = 0;
  std::string detail;
  std::int32_t topic = -1, partition = -1;
};
using Violations = std::vector<Violation>;

}  // namespace kafkascope::observe
