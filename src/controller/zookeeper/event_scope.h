// What the processing of one controller event works with: the context, ZooKeeper, the channels to the brokers. Each of
// the machines of a ControllerRun (partition_state_machine.h, replica_state_machine.h, topic_deletion_manager.h,
// reassignments.h) refers to it; all of them live only while the event's script runs.
#pragma once
#include <map>
#include <utility>
#include <vector>

#include "controller/zookeeper/control_channels.h"
#include "controller/zookeeper/kafka_zk_client.h"
#include "protocol/errors.h"
#include "protocol/reasons.h"
#include "protocol/trace_kinds.h"

namespace kafkascope::protocol {
class Config;
}  // namespace kafkascope::protocol

namespace kafkascope::controller {

using protocol::ErrorCode;

struct EventScope {
  template <sim::Fact F>
  void tell(F fact) {
    script.once([&] { ctx.trace(std::move(fact)); });
  }
  // Requests to brokers.
  void send(ControlBatch& batch);
  void update_metadata(const std::vector<BrokerId>& brokers, const Partitions& partitions);

  // States of partitions.
  void remember(TopicPartition p, const LeaderAndIsr& state) { context.edit(p).decided = state; }
  /// Writes the states whose znodes are unchanged, and caches them, in the iteration order of a map filled in this
  /// order. The bool is whether the state was written.
  std::vector<std::pair<TopicPartition, bool>> write_states(const Partitions& in_turn,
                                                            const std::map<TopicPartition, LeaderAndIsr>& states,
                                                            const std::map<TopicPartition, LeaderAndIsr>& before);

  Ctx& ctx;
  ControllerContext& context;
  ZkScript& script;
  ControlChannels& channels;
  const protocol::Config& config;
  BrokerId id = protocol::kNoBroker;  // of this broker
  bool by_epoch = true;               // whether brokers are told apart by their epochs (KIP-380)
  KafkaZkClient zk{script, context};
  PartitionOrder order{context};
};

}  // namespace kafkascope::controller
