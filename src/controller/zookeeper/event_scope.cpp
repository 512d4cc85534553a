#include "controller/zookeeper/event_scope.h"

#include "protocol/facts_of_cluster.h"
#include "sim/mutant.h"

namespace kafkascope::controller {

/// Kafka: ControllerBrokerRequestBatch.sendRequestsToBrokers.
void EventScope::send(ControlBatch& batch) {
  auto requests = std::exchange(batch, {}).requests(context, id, by_epoch);
  script.once([&] {
    for (auto& [broker, body] : requests) channels.send(ctx, broker, std::move(body));
  });
}

void EventScope::update_metadata(const std::vector<BrokerId>& brokers, const Partitions& partitions) {
  ControlBatch batch;
  batch.update_metadata(context, brokers, partitions);
  send(batch);
}

/// Kafka keeps the states in an immutable map (KafkaZkClient.updateLeaderAndIsr).
std::vector<std::pair<TopicPartition, bool>> EventScope::write_states(
    const Partitions& in_turn, const std::map<TopicPartition, LeaderAndIsr>& states,
    const std::map<TopicPartition, LeaderAndIsr>& before) {
  Partitions written_ones;
  for (const TopicPartition p : in_turn)
    if (states.contains(p)) written_ones.push_back(p);
  written_ones = order.as_set(written_ones);
  std::vector<ZkOperation> writes;
  for (const TopicPartition p : written_ones) {
    const LeaderAndIsr& state = states.at(p);
    writes.push_back(zookeeper::set_data(znode::state(context.name(p), p.partition), znode::encode(state),
                                         sim::mutant("state-version-not-checked") ? -1 : state.version));
  }
  const auto results = zk.write(writes);
  std::vector<std::pair<TopicPartition, bool>> out;
  std::size_t i = 0;
  for (const TopicPartition p : written_ones) {
    const LeaderAndIsr& state = states.at(p);
    const ZkResult& result = results[i++];
    out.emplace_back(p, result.error == ZkError::OK);
    if (result.error == ZkError::BADVERSION) continue;
    KafkaZkClient::expect(result, {ZkError::OK});
    LeaderAndIsr written = state;
    written.version = result.stat.version;
    const LeaderAndIsr& old = before.at(p);
    if (written.leader != old.leader)
      tell(fact::LeaderElected{.partition = p,
                               .leader = written.leader,
                               .leader_epoch = written.leader_epoch,
                               .previous = old.leader,
                               .isr = written.isr});
    if (!(written.isr == old.isr)) tell(fact::IsrChanged{p, written.version, written.isr});
    remember(p, written);
  }
  return out;
}

}  // namespace kafkascope::controller
