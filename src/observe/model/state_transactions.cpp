// /transactions.
#include <nlohmann/json.hpp>

#include "broker/broker.h"
#include "observe/model/state_sections.h"

namespace kafkascope::observe {

using nlohmann::json;

json transactions_section(const Moment& m, const std::string& only) {
  json all = json::object();
  const cluster::Cluster& c = m.cluster;
  for (std::size_t i = 0; i < c.nodes().size(); ++i) {
    const sim::NodeId node{static_cast<std::int32_t>(i)};
    const auto* b = c.alive(node) ? c.role<broker::Broker>(node) : nullptr;
    if (b == nullptr) continue;
    b->transaction_coordinator().for_each_transaction(
        [&](const std::string& id, const coordinator::TransactionMetadata& t) {
          if (!only.empty() && id != only) return;
          // A broker that has not heard of its resignation still has it; the committed leader comes first.
          if (all.contains(id) && c.coordinator_of(id, coordinator::kTransactionStateTopic) != b->id()) return;
          json partitions = json::array();
          for (const TopicPartition p : t.partitions) partitions.push_back(c.name(p));
          const bool open = t.state == coordinator::TransactionState::Ongoing;
          all[id] = {{"state", coordinator::name(t.state)},
                     {"coordinator", b->id()},
                     {"producer_id", t.producer_id},
                     {"producer_epoch", t.producer_epoch},
                     {"partitions", std::move(partitions)},
                     {"started_us", open ? json((t.txn_start_timestamp_ms - sim::kEpochMs) * 1000) : json(nullptr)}};
        });
  }
  return all;
}

}  // namespace kafkascope::observe
