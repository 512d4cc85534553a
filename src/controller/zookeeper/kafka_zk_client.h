// What the controller reads from ZooKeeper and writes there, each as one step of a script (zk_script.h). Kafka:
// KafkaZkClient (2.5).
#pragma once
#include <cstdint>
#include <initializer_list>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "controller/zookeeper/partition_order.h"
#include "controller/zookeeper/zk_script.h"

namespace kafkascope::controller {

/// Thrown when the version of /controller_epoch has changed, so another broker is the controller. Kafka:
/// ControllerMovedException.
struct ControllerMoved {};
/// Thrown when ZooKeeper returned an unexpected error, or the session has expired; the event ends. Kafka:
/// KeeperException.
struct KeeperFailure {
  ZkError error;
};

class KafkaZkClient {
 public:
  KafkaZkClient(ZkScript& script, const ControllerContext& context) : script_(script), context_(context) {}

  const std::vector<protocol::SharedZkResult>& ask(std::vector<ZkOperation> operations) {
    return script_.ask(std::move(operations));
  }
  const ZkResult& ask(ZkOperation operation) { return script_.ask(std::move(operation)); }
  static void expect(const ZkResult& result, std::initializer_list<ZkError> allowed);
  /// The names below a znode, none if it does not exist.
  std::vector<std::string> children(const std::string& path, bool watch = false);
  /// Also reads each child's data; omits children that were deleted in the meantime.
  std::vector<std::pair<std::string, ZkResult>> read_children(const std::string& path, bool watch = false);
  /// Writes on condition that this broker is still the controller; returns the result of each write. Throws
  /// ControllerMoved.
  std::vector<ZkResult> write(const std::vector<ZkOperation>& operations);
  void remove_all(const std::vector<std::string>& paths);

  /// The controller's id; kNoBroker while there is none. Sets a watch.
  BrokerId read_controller();
  /// Makes this broker the controller; returns its epoch and the version of the epoch's znode.
  std::pair<std::int32_t, std::int32_t> register_controller(BrokerId id, std::int64_t wall_clock_ms);
  std::map<BrokerId, LivingBroker> read_brokers(bool watch);
  /// The state znodes of those partitions that have one. Watches those of partitions under reassignment.
  std::map<TopicPartition, LeaderAndIsr> read_states(const Partitions& partitions);

 private:
  ZkScript& script_;
  const ControllerContext& context_;
};

}  // namespace kafkascope::controller
