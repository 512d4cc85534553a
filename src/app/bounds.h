// Limits on the cost of a scenario: a page shares its browser with others, and cannot be stopped from outside.
#pragma once
#include <cstdint>
#include <optional>

#include "ui/models.h"

namespace kafkascope::cluster {
struct Command;
}
namespace kafkascope::scenario {
struct Scenario;
}

namespace kafkascope::app {

struct Bounds {
  std::int64_t replicas = 0;      // of topics that are declared or created by steps; 0: the window sets no limit
  std::int64_t memory_bytes = 0;  // of the whole program; 0: no limit
  std::int64_t nodes = 0;         // brokers, controllers, ZooKeeper servers and clients; 0: no limit
};

/// The quantities that Bounds limits, for a scenario with its steps; add() counts one more act.
struct Size {
  std::int64_t replicas = 0, nodes = 0;
  void add(const cluster::Command& act);
};
Size size_of(const scenario::Scenario& s);
std::optional<ui::Words> too_large(const Size& size, const Bounds& bounds);
/// Why a scenario exceeds these bounds and is not opened; nullopt: the scenario is within them.
std::optional<ui::Words> too_large(const scenario::Scenario& s, const Bounds& bounds);

}  // namespace kafkascope::app
