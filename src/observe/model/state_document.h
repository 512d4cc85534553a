// The state document of docs/scenario-format.md §2: one JSON value per moment, built only as far as requested.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/cluster.h"
#include "observe/observation.h"

namespace kafkascope::observe {

/// A world and its observation at one moment. Valid while both are unchanged.
struct Moment {
  const cluster::Cluster& cluster;
  Observation& observation;  // not const: the ledger counts on demand
};

/// "/partitions/orders-0/leader" -> {"partitions", "orders-0", "leader"}; "~1" and "~0" unescaped (RFC 6901).
std::vector<std::string> split_pointer(std::string_view pointer);

/// The value at `pointer` ("" = the whole document); nullopt if there is none.
std::optional<nlohmann::json> state_at(const Moment& moment, std::string_view pointer);

}  // namespace kafkascope::observe
