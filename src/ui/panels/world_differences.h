// What differs between two worlds at the same moment: of a node, of a broker's replica, of what a consumer has to read.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "ui/ui.h"

namespace kafkascope::ui {

/// A difference between the two worlds.
struct WorldDifference {
  Words what;  // "state", "orders-0: end of the log"
  std::string here, there;
  bool quiet = false;  // a number that changes all the time: its card gets no frame
};

/// The world beside this one, and where it has this world's partitions. Made once for a picture, since their names are
/// compared.
struct WorldBeside {
  WorldBeside(const observe::Snapshot& here, const observe::Snapshot& other);
  /// The index there of a partition of this world; -1: there is none.
  int partition(int here) const {
    return here < 0 || here >= static_cast<int>(partitions_.size()) ? -1 : partitions_[static_cast<std::size_t>(here)];
  }

  const observe::Snapshot& world;

 private:
  std::vector<int> partitions_;
};

/// The differences of a node, in the dashboard's language; empty: none, or the other world is not at this world's
/// moment. `telling`: stops at the first difference that is not quiet.
std::vector<WorldDifference> node_differences(const Ui& ui, const WorldBeside& other, const observe::Node& node,
                                              bool telling = false);
/// The differences of a broker's replica; for a leader's also what the consumers of its partition have to read.
std::vector<WorldDifference> replica_differences(const Ui& ui, const WorldBeside& other, const observe::Node& node,
                                                 std::size_t replica);
/// Where the sign of a replica's difference stands, and the number that differs: at the number of its log's end; at its
/// role; or, if those are equal, at the high watermark or at what a consumer has to read, which the card then names.
struct ReplicaSign {
  enum At : std::uint8_t { None, LogEnd, Role, HighWatermark, Lag } at = None;
  std::int64_t number = 0;
};
ReplicaSign replica_sign(const observe::Snapshot& world, const WorldBeside& other, const observe::Node& node,
                         std::size_t replica);
/// Whether some node has a frame: more than such numbers differs at this moment.
bool differ_now(const Ui& ui, const WorldBeside& other);

/// The weight of a difference that is not only a number. A number's weight is the digit count of its difference, so
/// that the order of what is shown does not change with each record.
constexpr int kLoudWeight = 100;
/// The weight of the difference of each replica, by node and then by its place in `Node::replicas`; 0: none. The
/// records that consumers of a partition have to read count for its leader's replica.
std::vector<std::vector<int>> replica_weights(const observe::Snapshot& world, const WorldBeside& other);
/// The greatest weight of the differences in records that the client has to read.
int reading_weight(const observe::Snapshot& world, const WorldBeside& other, const observe::Client& client);

}  // namespace kafkascope::ui
