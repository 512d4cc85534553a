// The sections of the state document; each builds its part for one moment. `only`: the single requested entry, "" = all.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "observe/model/state_document.h"

namespace kafkascope::broker {
struct ShareEntry;
}
namespace kafkascope::coordinator {
class ClassicGroup;
class ConsumerGroup;
class ShareGroup;
}  // namespace kafkascope::coordinator

namespace kafkascope::observe {

nlohmann::json cluster_section(const Moment& m);
/// `part`: the single requested part of each node; conditions are checked after every event, so this must be cheap.
nlohmann::json nodes_section(const Moment& m, const std::string& only, const std::string& part = "");
nlohmann::json topics_section(const Moment& m, const std::string& only);
nlohmann::json partitions_section(const Moment& m, const std::string& only, const std::string& part = "");
nlohmann::json groups_section(const Moment& m, const std::string& only);
/// Each transactional id as its coordinator sees it.
nlohmann::json transactions_section(const Moment& m, const std::string& only);
nlohmann::json clients_section(const Moment& m, const std::string& only, const std::string& part = "");
nlohmann::json sinks_section(const Moment& m, const std::string& only);
nlohmann::json ledger_section(const Moment& m, const std::string& only);
nlohmann::json records_section(const Moment& m, const std::string& partition, const std::string& offset);
/// The committed znodes; empty under KRaft.
nlohmann::json zookeeper_section(const Moment& m, const std::string& only);
/// /cluster/zookeeper.
nlohmann::json ensemble_section(const Moment& m);
nlohmann::json invariants_section(const Moment& m);
/// mbeans are only built on request: of the given node ("" = all), the given metric ("" = all).
nlohmann::json metrics_section(const Moment& m, const std::string& only, const std::string& node,
                               const std::string& mbean);

/// The coordinator's live group; nullptr while it has no coordinator.
const coordinator::ClassicGroup* find_group(const cluster::Cluster& cluster, const std::string& group,
                                            const broker::Broker** coordinator);
/// The same for the consumer protocol's groups.
const coordinator::ConsumerGroup* find_consumer_group(const cluster::Cluster& cluster, const std::string& group,
                                                      const broker::Broker** coordinator);
/// The same for share groups.
const coordinator::ShareGroup* find_share_group(const cluster::Cluster& cluster, const std::string& group,
                                                const broker::Broker** coordinator);
/// The partition leader's state for the group; nullptr while it has not read the stored state.
const broker::ShareEntry* share_partition(const cluster::Cluster& cluster, const std::string& group, TopicPartition tp);
/// The group's start offset in that partition: the leader's, otherwise the share coordinator's; -1: not chosen yet.
Offset share_start_offset(const cluster::Cluster& cluster, const std::string& group, TopicPartition tp);
/// The ids of all groups with a coordinator.
std::vector<std::string> group_ids(const cluster::Cluster& cluster);

}  // namespace kafkascope::observe
