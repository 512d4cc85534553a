// What a scenario may cost: a page shares its browser with others, and nobody can stop it from outside.
#pragma once
#include <cstdint>
#include <optional>

#include "scenario/scenario.h"
#include "ui/models.h"

namespace kafkascope::app {

struct Bounds {
  std::int64_t replicas = 0;      // of topics that are declared or that steps make; 0: no bound of the window's own
  std::int64_t memory_bytes = 0;  // of the whole program; 0: none
  std::int64_t nodes = 0;         // brokers, controllers, ZooKeeper servers and clients; 0: no bound
};

/// What counts against the bounds: of a scenario with its steps, and of acts.
struct Size {
  std::int64_t replicas = 0, nodes = 0;
  void add(const cluster::Command& act);
};
Size size_of(const scenario::Scenario& s);
std::optional<ui::Words> too_large(const Size& size, const Bounds& bounds);
/// Why a scenario is not opened within these bounds; nothing: it is.
std::optional<ui::Words> too_large(const scenario::Scenario& s, const Bounds& bounds);

}  // namespace kafkascope::app
