// Converts the file's specifications into the clients' options.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "client/message_queue.h"
#include "client/options.h"
#include "client/service.h"
#include "cluster/spec.h"
#include "sim/network.h"

namespace kafkascope::cluster {

client::PartitionerOptions partitioner_options(const PartitionerSpec& spec);
client::ProducerOptions producer_options(const ClientSpec& spec, const std::vector<sim::NodeId>& bootstrap);
client::ConsumerOptions consumer_options(const ClientSpec& spec, const std::vector<sim::NodeId>& bootstrap);
client::AcknowledgeOptions acknowledge_options(const AcknowledgeSpec& spec);
client::ShareConsumerOptions share_consumer_options(const ClientSpec& spec, const std::vector<sim::NodeId>& bootstrap);
client::TransformOptions transform_options(const ClientSpec& spec, const std::vector<sim::NodeId>& bootstrap);
client::QueueOptions queue_options(const ClientSpec& spec, const ClusterSpec& cluster);
client::ServiceOptions service_options(const ClientSpec& spec, std::vector<std::pair<std::string, sim::NodeId>> calls);
client::AdminOptions admin_options(const ClientSpec& spec, const std::vector<sim::NodeId>& controllers,
                                   const std::vector<sim::NodeId>& bootstrap);
/// The nodes of the file's clients by id. Only the number of the first client's node must be known, so nodes can be
/// named before they exist.
class ClientNodes {
 public:
  ClientNodes(const ClusterSpec& spec, sim::NodeId first) : spec_(spec), first_(first) {}
  sim::NodeId find(const std::string& id) const;
  /// The queue's node; invalid if no queue has that id.
  sim::NodeId queue(const std::string& id) const;
  std::vector<std::pair<std::string, sim::NodeId>> named(const std::vector<std::string>& ids) const;

 private:
  const ClusterSpec& spec_;
  sim::NodeId first_;
};

void apply_latency(sim::LinkConfig& link, const LatencySpec& spec);

}  // namespace kafkascope::cluster
