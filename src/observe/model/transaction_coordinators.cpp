#include "observe/model/transaction_coordinators.h"

#include "broker/broker.h"

namespace kafkascope::observe {

namespace {

const protocol::TopicImage* state_topic(const cluster::Cluster& c) {
  return c.committed().topic(c.committed().topic_id(std::string(coordinator::kTransactionStateTopic)));
}

bool has_coordinator(const cluster::Cluster& c, const protocol::TopicImage& topic, std::int32_t partition) {
  const broker::Broker* leader = c.broker(topic.partitions[static_cast<std::size_t>(partition)].leader);
  return leader != nullptr &&
         leader->transaction_coordinator().state(partition) == coordinator::CoordinatorState::Active;
}

}  // namespace

std::map<std::string, CoordinatedTransaction> coordinated_transactions(const cluster::Cluster& c) {
  std::map<std::string, CoordinatedTransaction> all;
  for (std::size_t i = 0; i < c.nodes().size(); ++i) {
    const sim::NodeId node{static_cast<std::int32_t>(i)};
    const auto* b = c.alive(node) ? c.role<broker::Broker>(node) : nullptr;
    if (b == nullptr) continue;
    b->transaction_coordinator().for_each_transaction(
        [&](const std::string& id, const coordinator::TransactionMetadata& transaction) {
          if (all.contains(id) && c.coordinator_of(id, coordinator::kTransactionStateTopic) != b->id()) return;
          all[id] = {b, &transaction};
        });
  }
  return all;
}

std::optional<protocol::TopicPartition> without_transaction_coordinator(const cluster::Cluster& c) {
  const protocol::TopicImage* topic = state_topic(c);
  if (topic == nullptr) return std::nullopt;
  for (std::int32_t partition = 0; partition < static_cast<std::int32_t>(topic->partitions.size()); ++partition)
    if (!has_coordinator(c, *topic, partition)) return protocol::TopicPartition{topic->id, partition};
  return std::nullopt;
}

std::optional<protocol::TopicPartition> without_transaction_coordinator(const cluster::Cluster& c,
                                                                        const std::string& transactional_id) {
  const protocol::TopicImage* topic = state_topic(c);
  if (topic == nullptr || topic->partitions.empty()) return std::nullopt;
  const std::int32_t at =
      protocol::partition_for(transactional_id, static_cast<std::int32_t>(topic->partitions.size()));
  if (has_coordinator(c, *topic, at)) return std::nullopt;
  return protocol::TopicPartition{topic->id, at};
}

}  // namespace kafkascope::observe
