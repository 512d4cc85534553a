// What differs between two worlds at the same moment: of a node, of a broker's replica, of what a consumer has to read.
#pragma once
#include <string>
#include <vector>

#include "ui/ui.h"

namespace kafkascope::ui {

/// A difference between the two worlds.
struct WorldDifference {
  Words what;  // "state", "orders-0: end of the log"
  std::string here, there;
  bool quiet = false;  // a number that changes all the time: no frame around its card
};

/// The differences of a node, in the dashboard's language; empty: none, or the other world is not at this world's moment. `telling`:
/// stops at the first difference that is not quiet.
std::vector<WorldDifference> node_differences(const Ui& ui, const observe::Snapshot& other, const observe::Node& node,
                                              bool telling = false);

/// Of a difference that is not only a number; a number's weight is how many digits its difference has, so that the order of what is shown
/// does not change with each record.
constexpr int kLoudWeight = 100;
/// The weight of the difference of each replica, by node and then by its place in `Node::replicas`; 0: none. What the consumers of a
/// partition have to read counts for its leader's replica.
std::vector<std::vector<int>> replica_weights(const observe::Snapshot& world, const observe::Snapshot& other);
/// The greatest difference in what a consumer has to read of a partition.
int reading_weight(const observe::Snapshot& world, const observe::Snapshot& other, const observe::Client& client);

}  // namespace kafkascope::ui
