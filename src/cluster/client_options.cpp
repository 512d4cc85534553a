#include "cluster/client_options.h"

namespace kafkascope::cluster {

client::PartitionerOptions partitioner_options(const PartitionerSpec& spec) {
  return {static_cast<client::PartitionerKind>(spec.kind), spec.separator};
}

client::ProducerOptions producer_options(const ClientSpec& spec, const std::vector<sim::NodeId>& bootstrap) {
  client::ProducerOptions o;
  o.client_id = spec.id;
  o.bootstrap = bootstrap;
  o.config = spec.config;
  o.topic = spec.topic;
  o.rate_millionths = spec.rate ? spec.rate->millionths_per_second : 0;
  o.keys.kind = static_cast<client::KeyOptions::Kind>(spec.keys.kind);
  o.keys.prefix = spec.keys.prefix;
  o.keys.count = spec.keys.count;
  o.keys.exponent_ppm = spec.keys.exponent_ppm;
  o.keys.list = spec.keys.list;
  o.value_size = spec.value_size;
  o.count = spec.count;
  o.send = static_cast<client::SendMode>(spec.send);
  o.partitioner = partitioner_options(spec.partitioner);
  return o;
}

client::ConsumerOptions consumer_options(const ClientSpec& spec, const std::vector<sim::NodeId>& bootstrap) {
  client::ConsumerOptions o;
  o.client_id = spec.id;
  o.bootstrap = bootstrap;
  o.config = spec.config;
  o.topics = spec.topics;
  for (const PartitionName& p : spec.assign) o.assign.emplace_back(p.topic, p.partition);
  o.work.each = spec.work.each;
  o.work.by_key = spec.work.by_key;
  o.commit = static_cast<client::CommitMode>(spec.commit);
  o.handoff_threads = spec.handoff_threads;
  return o;
}

client::AdminOptions admin_options(const ClientSpec& spec, const std::vector<sim::NodeId>& controllers, const std::vector<sim::NodeId>& bootstrap) {
  client::AdminOptions o;
  o.client_id = spec.id;
  o.controllers = controllers;
  o.brokers = bootstrap;
  o.config = spec.config;
  return o;
}

// The two layers spell the same choices; a new one must be added to both.
static_assert(static_cast<int>(SendMode::FireAndForget) == static_cast<int>(client::SendMode::FireAndForget));
static_assert(static_cast<int>(PartitionerKind::Fnv1a) == static_cast<int>(client::PartitionerKind::Fnv1a));
static_assert(static_cast<int>(CommitMode::None) == static_cast<int>(client::CommitMode::None));
static_assert(static_cast<int>(KeySpec::Kind::List) == static_cast<int>(client::KeyOptions::Kind::List));

}  // namespace kafkascope::cluster
