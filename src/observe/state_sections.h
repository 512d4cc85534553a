// The sections of the state document; each builds its part of one moment. `only`: the one entry that is asked for, "" = all.
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "observe/state_document.h"

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
/// `part`: of each node, too, only that is wanted: conditions are looked at after every event.
nlohmann::json nodes_section(const Moment& m, const std::string& only, const std::string& part = "");
nlohmann::json topics_section(const Moment& m, const std::string& only);
nlohmann::json partitions_section(const Moment& m, const std::string& only, const std::string& part = "");
nlohmann::json groups_section(const Moment& m, const std::string& only);
nlohmann::json clients_section(const Moment& m, const std::string& only, const std::string& part = "");
nlohmann::json sinks_section(const Moment& m, const std::string& only);
nlohmann::json ledger_section(const Moment& m, const std::string& only);
nlohmann::json records_section(const Moment& m, const std::string& partition, const std::string& offset);
/// The znodes as they are committed; empty under KRaft.
nlohmann::json zookeeper_section(const Moment& m, const std::string& only);
/// /cluster/zookeeper.
nlohmann::json ensemble_section(const Moment& m);
nlohmann::json invariants_section(const Moment& m);
/// mbeans are built where they are asked for: of that node ("" = all), that one ("" = all).
nlohmann::json metrics_section(const Moment& m, const std::string& only, const std::string& node,
                               const std::string& mbean);

/// "running", "crashed" …; a crashed client is "killed".
std::string state_word(const cluster::Cluster& cluster, sim::NodeId node);
/// The coordinator's live view of a group; nullptr while nobody coordinates it.
const coordinator::ClassicGroup* find_group(const cluster::Cluster& cluster, const std::string& group,
                                            const broker::Broker** coordinator);
/// The same of the newer protocol's.
const coordinator::ConsumerGroup* find_consumer_group(const cluster::Cluster& cluster, const std::string& group,
                                                      const broker::Broker** coordinator);
/// The same of share groups.
const coordinator::ShareGroup* find_share_group(const cluster::Cluster& cluster, const std::string& group,
                                                const broker::Broker** coordinator);
/// What the leader of the partition keeps for the group; nullptr while it has not read the stored state.
const broker::ShareEntry* share_partition(const cluster::Cluster& cluster, const std::string& group, TopicPartition tp);
/// Where the group begins in that partition: as its leader has it, else as the share coordinator has stored it; -1: nobody has chosen yet.
Offset share_start_offset(const cluster::Cluster& cluster, const std::string& group, TopicPartition tp);
/// Every group somebody coordinates, by id.
std::vector<std::string> group_ids(const cluster::Cluster& cluster);

}  // namespace kafkascope::observe
