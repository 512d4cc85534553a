// Which topic a node knows by a name: after a deletion and a creation it may still know the earlier one (KIP-516).
#pragma once
#include "protocol/ids.h"
#include "sim/ids.h"

namespace kafkascope::client {
class MetadataCache;
}
namespace kafkascope::cluster {
class Cluster;
}

namespace kafkascope::observe {

/// Null: the client does not run, or is of a kind that keeps no metadata of partitions.
const client::MetadataCache* metadata_of(const cluster::Cluster& c, sim::NodeId node);
/// As `tp`, but of the topic that the broker or client has under that name; `tp` itself if it has none, or does not run.
protocol::TopicPartition known_as(const cluster::Cluster& c, sim::NodeId node, protocol::TopicPartition tp);
/// Whether what a node knows as a partition is one of an earlier topic. Kafka 2.5 knows topics by their names only.
bool is_earlier_topic(const cluster::Cluster& c, protocol::TopicPartition known, protocol::TopicPartition present);

}  // namespace kafkascope::observe
