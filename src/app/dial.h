// A setting whose value can be dragged: the values that it passes, from small to large.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "app/run.h"

namespace kafkascope::app {

struct Dial {
  std::string path;   // of --set
  std::string name;   // "shop acks"
  std::string value;  // in the run beside which the other is shown
  std::vector<std::string> stops;
  std::size_t at = 0;                    // index in stops: the other run's value
  std::optional<std::size_t> next = {};  // asked for, and not yet the other run's

  std::string told(const std::string& of) const { return name + " = " + of; }
};

/// `target`: a node, a partition or a topic; `key`: of its configuration, or "rate" of a producer. `value` empty: the next one. nullopt: the
/// file has no such setting.
std::optional<Dial> dial_for(const Run& run, const std::string& target, const std::string& key,
                             const std::string& value);

}  // namespace kafkascope::app
