// /transactions.
#include <nlohmann/json.hpp>

#include "broker/broker.h"
#include "observe/model/state_sections.h"
#include "observe/model/transaction_coordinators.h"

namespace kafkascope::observe {

using nlohmann::json;

json transactions_section(const Moment& m, const std::string& only) {
  json all = json::object();
  const cluster::Cluster& c = m.cluster;
  for (const auto& [id, known] : coordinated_transactions(c)) {
    if (!only.empty() && id != only) continue;
    const coordinator::TransactionMetadata& t = *known.transaction;
    json partitions = json::array();
    for (const TopicPartition p : t.partitions) partitions.push_back(c.name(p));
    const bool open = t.state == coordinator::TransactionState::Ongoing;
    all[id] = {{"state", coordinator::name(t.state)},
               {"coordinator", known.coordinator->id()},
               {"producer_id", t.producer_id},
               {"producer_epoch", t.producer_epoch},
               {"partitions", std::move(partitions)},
               {"started_us", open ? json((t.txn_start_timestamp_ms - sim::kEpochMs) * 1000) : json(nullptr)}};
  }
  return all;
}

}  // namespace kafkascope::observe
