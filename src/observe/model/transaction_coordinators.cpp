#include "observe/model/transaction_coordinators.h"

#include <nlohmann/json.hpp>

#include "broker/broker.h"
#include "observe/model/state_sections.h"

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

/// /transactions of the state document.
nlohmann::json transactions_section(const Moment& m, const std::string& only) {
  nlohmann::json all = nlohmann::json::object();
  const cluster::Cluster& c = m.cluster;
  for (const auto& [id, known] : coordinated_transactions(c)) {
    if (!only.empty() && id != only) continue;
    const coordinator::TransactionMetadata& t = *known.transaction;
    nlohmann::json partitions = nlohmann::json::array();
    for (const TopicPartition p : t.partitions) partitions.push_back(c.name(p));
    const bool open = t.state == coordinator::TransactionState::Ongoing;
    all[id] = {{"state", coordinator::name(t.state)},
               {"coordinator", known.coordinator->id()},
               {"producer_id", t.producer_id},
               {"producer_epoch", t.producer_epoch},
               {"partitions", std::move(partitions)},
               {"started_us",
                open ? nlohmann::json((t.txn_start_timestamp_ms - sim::kEpochMs) * 1000) : nlohmann::json(nullptr)}};
  }
  return all;
}

}  // namespace kafkascope::observe
