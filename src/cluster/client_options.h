// From the file's words to a client's options.
#pragma once
#include <vector>

#include "client/options.h"
#include "cluster/spec.h"
#include "sim/network.h"

namespace kafkascope::cluster {

client::PartitionerOptions partitioner_options(const PartitionerSpec& spec);
client::ProducerOptions producer_options(const ClientSpec& spec, const std::vector<sim::NodeId>& bootstrap);
client::ConsumerOptions consumer_options(const ClientSpec& spec, const std::vector<sim::NodeId>& bootstrap);
client::AdminOptions admin_options(const ClientSpec& spec, const std::vector<sim::NodeId>& controllers, const std::vector<sim::NodeId>& bootstrap);
void apply_latency(sim::LinkConfig& link, const LatencySpec& spec);

}  // namespace kafkascope::cluster
