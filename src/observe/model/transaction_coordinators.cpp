#include "observe/model/transaction_coordinators.h"

#include <string>

#include "broker/broker.h"

namespace kafkascope::observe {

std::optional<protocol::TopicPartition> without_transaction_coordinator(const cluster::Cluster& c) {
  const protocol::TopicImage* topic =
      c.committed().topic(c.committed().topic_id(std::string(coordinator::kTransactionStateTopic)));
  if (topic == nullptr) return std::nullopt;
  for (std::size_t i = 0; i < topic->partitions.size(); ++i) {
    const auto partition = static_cast<std::int32_t>(i);
    const broker::Broker* leader = c.broker(topic->partitions[i].leader);
    if (leader == nullptr ||
        leader->transaction_coordinator().state(partition) != coordinator::CoordinatorState::Active)
      return protocol::TopicPartition{topic->id, partition};
  }
  return std::nullopt;
}

}  // namespace kafkascope::observe
