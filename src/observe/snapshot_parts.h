// Parts of the snapshot builder; not for other layers.
#pragma once
#include <map>
#include <vector>

#include "observe/snapshot_builder.h"
#include "protocol/message.h"

namespace kafkascope::observe::snapshot_parts {

/// Partitions that are shown, by their index in Snapshot::partitions.
struct Names {
  explicit Names(const cluster::Cluster& c);
  std::vector<TopicPartition> partitions;
  std::map<TopicPartition, int> index;
  int of(TopicPartition p) const {
    const auto it = index.find(p);
    return it == index.end() ? -1 : it->second;
  }
};

std::vector<int> ids(const IdList& list);
NodeState node_state(const cluster::Cluster& c, sim::NodeId node);
/// kNever: no timer.
Timer timer(sim::Instant due, sim::Instant now, std::int64_t total_us, const protocol::Config& config, const char* key);
/// Family, partition, records, epoch, error and words of a message.
void describe_body(const Names& names, const protocol::Message& m, Message& out);

void add_partitions(const Moment& m, const Names& names, const SnapshotOptions& options, Snapshot& s);
void add_groups(const Moment& m, const Names& names, Snapshot& s);
void add_clients(const Moment& m, const Names& names, Snapshot& s);
/// What the client has in memory: its accumulator, its partitions. After add_groups.
void put_holdings(const cluster::Cluster& c, const Names& names, sim::NodeId node, const Snapshot& s, Client& out);
void add_links(const cluster::Cluster& c, Snapshot& s);
/// Ways of clients to leaders that are dead, as far as the clients know who leads. After add_clients.
void add_broken_links(const cluster::Cluster& c, Snapshot& s);
void add_voters(const cluster::Cluster& c, Snapshot& s);
/// The ensemble's servers (in s.nodes already), their logs, znodes, sessions and watches, and the brokers' sessions.
void add_zookeeper(const Moment& m, Snapshot& s);
/// What controllers decide by, what each node takes for true besides leaders, what the active controller has before it. After add_clients.
void add_believed(const Moment& m, const Names& names, Snapshot& s);
Belief belief(const Names& names, TopicPartition tp, int leader, std::int64_t epoch, const std::vector<int>& isr,
              const protocol::PartitionRegistration& truth);
void inspect(const cluster::Cluster& c, const std::string& what, Snapshot& s);

}  // namespace kafkascope::observe::snapshot_parts
