#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "sim/time.h"
#include "words/message.h"

namespace kafkascope::observe {

/// An invariant broke. `name` is the name of its file; `detail` describes what was seen, in numbers. `of`: the name of the
/// partition that `topic` and `partition` number; "" if none is concerned.
struct Violation {
  std::string name;
  std::int64_t at_us = 0;
  words::Message detail;
  std::int32_t topic = -1, partition = -1;
  std::string of = {};

  /// What was seen, with the partition's name before it.
  words::Message told() const {
    return of.empty() ? detail : words::Message("broken.at"_w, {{"partition", of}, {"what", detail}});
  }
};
using Violations = std::vector<Violation>;

}  // namespace kafkascope::observe
