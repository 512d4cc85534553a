#include "cluster/client_options.h"

#include <algorithm>
#include <utility>

namespace kafkascope::cluster {

client::PartitionerOptions partitioner_options(const PartitionerSpec& spec) {
  return {static_cast<client::PartitionerKind>(spec.kind), spec.separator};
}

namespace {

/// One line of kafka-console-producer (LineMessageReader): with parse.key the key ends at the separator.
client::OutgoingRecord console_record(const std::string& line, const std::map<std::string, std::string>& properties) {
  const auto property = [&](const char* key, const char* otherwise) {
    const auto at = properties.find(key);
    return at == properties.end() ? std::string(otherwise) : at->second;
  };
  const std::string separator = property("key.separator", "\t"), null = property("null.marker", "");
  const auto plain = [&](std::string text) {
    return !null.empty() && text == null ? std::optional<protocol::Plain>()
                                         : std::optional<protocol::Plain>(std::move(text));
  };
  client::OutgoingRecord record;
  const std::size_t end = property("parse.key", "false") == "true" ? line.find(separator) : std::string::npos;
  if (end != std::string::npos) record.key = plain(line.substr(0, end));
  record.value = plain(end == std::string::npos ? line : line.substr(end + separator.size()));
  return record;
}

}  // namespace

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
  if (spec.transaction)
    o.transaction = {static_cast<std::int32_t>(spec.transaction->records),
                     static_cast<std::int32_t>(spec.transaction->abort_every)};
  o.send = static_cast<client::SendMode>(spec.send);
  o.partitioner = partitioner_options(spec.partitioner);
  for (const std::string& line : spec.lines) o.input.push_back(console_record(line, spec.properties));
  o.ends_with_input = !spec.lines.empty();
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

client::AcknowledgeOptions acknowledge_options(const AcknowledgeSpec& spec) {
  if (spec.kind == AcknowledgeSpec::Kind::Accept) return {};
  return {spec.every, spec.kind == AcknowledgeSpec::Kind::RejectEvery};
}

client::ShareConsumerOptions share_consumer_options(const ClientSpec& spec, const std::vector<sim::NodeId>& bootstrap) {
  client::ShareConsumerOptions o;
  o.client_id = spec.id;
  o.bootstrap = bootstrap;
  o.config = spec.config;
  o.topics = spec.topics;
  o.work.each = spec.work.each;
  o.work.by_key = spec.work.by_key;
  o.acknowledge = acknowledge_options(spec.acknowledge);
  return o;
}

client::TransformOptions transform_options(const ClientSpec& spec, const std::vector<sim::NodeId>& bootstrap) {
  client::TransformOptions o;
  o.consumer = consumer_options(spec, bootstrap);
  // A transform commits its input itself, after its output has been acknowledged.
  o.consumer.commit = spec.commit == CommitMode::SyncBefore ? client::CommitMode::SyncBefore : client::CommitMode::None;
  o.consumer.forwards = true;
  o.producer = producer_options(spec, bootstrap);
  // A transform's transaction covers one poll, so `records` limits the poll unless max.poll.records is set.
  o.producer.transaction = {};
  if (spec.transaction && !spec.config.explicitly("max.poll.records"))
    o.consumer.config.set("max.poll.records", std::int64_t{spec.transaction->records});
  // A transform writes keys and values as the bytes that it read.
  o.producer.config.set("key.serializer", std::string("org.apache.kafka.common.serialization.ByteArraySerializer"));
  o.producer.config.set("value.serializer", std::string("org.apache.kafka.common.serialization.ByteArraySerializer"));
  o.dead_letter = spec.dead_letter;
  o.config = spec.config;
  return o;
}

client::QueueOptions queue_options(const ClientSpec& spec, const ClusterSpec& cluster) {
  client::QueueOptions o;
  o.id = spec.id;
  o.redeliver = spec.redeliver;
  o.fanout = spec.fanout;
  for (const ClientSpec& c : cluster.clients)
    if (!c.start && std::find(c.topics.begin(), c.topics.end(), spec.id) != c.topics.end()) o.bound.push_back(c.id);
  return o;
}

client::ServiceOptions service_options(const ClientSpec& spec, std::vector<std::pair<std::string, sim::NodeId>> calls) {
  client::ServiceOptions o;
  o.calls = std::move(calls);
  o.rate_millionths = spec.rate ? spec.rate->millionths_per_second : 0;
  o.work = spec.work.each;
  o.timeout = spec.timeout;
  o.slots = spec.slots;
  return o;
}

sim::NodeId ClientNodes::find(const std::string& id) const {
  for (std::size_t i = 0; i < spec_.clients.size(); ++i)
    if (spec_.clients[i].id == id) return {first_.index + static_cast<std::int32_t>(i)};
  return {};
}
sim::NodeId ClientNodes::queue(const std::string& id) const {
  const sim::NodeId node = find(id);
  return node.valid() && spec_.clients[static_cast<std::size_t>(node.index - first_.index)].kind == ClientKind::Queue
             ? node
             : sim::NodeId{};
}
std::vector<std::pair<std::string, sim::NodeId>> ClientNodes::named(const std::vector<std::string>& ids) const {
  std::vector<std::pair<std::string, sim::NodeId>> out;
  for (const std::string& id : ids)
    if (const sim::NodeId node = find(id); node.valid()) out.emplace_back(id, node);
  return out;
}

client::AdminOptions admin_options(const ClientSpec& spec, const std::vector<sim::NodeId>& controllers,
                                   const std::vector<sim::NodeId>& bootstrap) {
  client::AdminOptions o;
  o.client_id = spec.id;
  o.controllers = controllers;
  o.brokers = bootstrap;
  o.config = spec.config;
  return o;
}

// Spec and client options must list the same choices in the same order; a new choice must be added to both.
static_assert(static_cast<int>(SendMode::FireAndForget) == static_cast<int>(client::SendMode::FireAndForget));
static_assert(static_cast<int>(PartitionerKind::Fnv1a) == static_cast<int>(client::PartitionerKind::Fnv1a));
static_assert(static_cast<int>(CommitMode::None) == static_cast<int>(client::CommitMode::None));
static_assert(static_cast<int>(KeySpec::Kind::List) == static_cast<int>(client::KeyOptions::Kind::List));

}  // namespace kafkascope::cluster
