// A setting whose value can be dragged, with its possible values in ascending order.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "app/run.h"

namespace kafkascope::app {

struct Dial {
  std::string path;   // as for --set
  std::string name;   // "shop acks"
  std::string value;  // the value in the shown run
  std::vector<std::string> stops;
  std::size_t at = 0;                    // index in stops: the other run's value
  std::optional<std::size_t> next = {};  // the stop requested last, until the other run has its value

  std::string told(const std::string& of) const { return name + " = " + of; }
};

/// `target`: a node, a partition or a topic; `key`: a setting of it, or "rate" for a producer. `value` empty: the next
/// value. nullopt: the file has no such setting.
std::optional<Dial> dial_for(const Run& run, const std::string& target, const std::string& key,
                             const std::string& value);

}  // namespace kafkascope::app
