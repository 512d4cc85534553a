// Why no record has come to a partition: its producers, and how they choose partitions.
#include <algorithm>
#include <set>

#include "client/producer.h"
#include "observe/why/why_parts.h"
#include "protocol/facts_of_clients.h"

namespace kafkascope::observe {

using nlohmann::json;
using protocol::TopicPartition;
using EmptyLine = Story::Line;

namespace {

/// What a producer has sent so far: its keys, and the topic's partitions to which its batches went.
struct Sent {
  std::int64_t records = 0;
  std::set<std::string> keys;
  std::set<std::int32_t> partitions;
};

Sent sent_by(const Story& story, sim::NodeId client, protocol::TopicId topic) {
  Sent sent;
  (void)story.first<fact::RecordSent>(0, [&](const auto& f, const EmptyLine& l) {
    if (l.node == client) ++sent.records, sent.keys.insert(f.key.str());
    return false;  // all of them
  });
  (void)story.first<fact::BatchSent>(0, [&](const auto& f, const EmptyLine& l) {
    if (l.node == client && f.partition.topic == topic) sent.partitions.insert(f.partition.partition);
    return false;
  });
  return sent;
}

enum class Choice : std::uint8_t { Key, Sticky, Turns };

/// How the producer chooses partitions. Kafka: KafkaProducer.partition, and the classes of partitioner.h.
Choice choice_of(const client::Producer& producer, const Sent& sent) {
  using client::PartitionerKind;
  const PartitionerKind kind = producer.options().partitioner.kind;
  const protocol::Config& config = producer.options().config;
  if (kind == PartitionerKind::RoundRobin ||
      (kind == PartitionerKind::Default && config.text("partitioner.class").find("RoundRobin") != std::string::npos))
    return Choice::Turns;
  const bool ignored = kind == PartitionerKind::Sticky ||
                       (config.version() != protocol::KafkaVersion::V2_5 && config.flag("partitioner.ignore.keys"));
  return ignored || sent.keys.contains("") ? Choice::Sticky : Choice::Key;
}

/// "orders-0, orders-2"; "" if the list would be long.
std::string few_names(const Story& story, protocol::TopicId topic, const std::set<std::int32_t>& partitions) {
  constexpr std::size_t kFew = 4;
  std::string names;
  for (const std::int32_t i : partitions) names += (names.empty() ? "" : ", ") + story.cluster().name({topic, i});
  return partitions.size() > kFew ? std::string() : names;
}

void tell_choice(Telling& telling, const client::Producer& producer, const std::string& client,
                 const std::string& partition, TopicPartition tp, const Sent& sent) {
  const Story& story = telling.story();
  const std::size_t all = story.cluster().committed().topic(tp.topic)->partitions.size();
  const protocol::Config& config = producer.options().config;
  const bool recent = config.version() != protocol::KafkaVersion::V2_5;
  switch (choice_of(producer, sent)) {
    case Choice::Key:
      telling.now("why.empty_no_key"_w,
                  {{"client", client}, {"partitions", all}, {"partition", partition}, {"keys", sent.keys.size()}},
                  Weight::Point, client);
      return;
    case Choice::Turns:
      telling.now("why.empty_no_turn"_w, {{"client", client}, {"partition", partition}, {"skips", recent ? "" : "1"}},
                  Weight::Point, client);
      return;
    case Choice::Sticky:
      telling.now("why.empty_not_chosen"_w,
                  {{"client", client},
                   {"partition", partition},
                   {"bytes", recent ? std::to_string(config.number("batch.size")) : std::string()},
                   {"batch", recent ? "" : "1"},
                   {"chosen", few_names(story, tp.topic, sent.partitions)}},
                  Weight::Point, client);
  }
}

/// Tells why that client, which writes to the topic, has written nothing to the partition.
void tell_writer(Telling& telling, sim::NodeId node, const std::string& partition, TopicPartition tp) {
  const Story& story = telling.story();
  const std::string& client = story.cluster().info(node).name;
  const std::string topic = story.cluster().committed().topic(tp.topic)->name;
  if (is_silent(story, node)) {
    telling.trail(story.silence(node, story.end()), Weight::Cause);
    telling.now("why.empty_not_running"_w, {{"client", client}, {"topic", topic}}, Weight::Point, client);
    return;
  }
  const Sent sent = sent_by(story, node, tp.topic);
  const auto* producer = story.cluster().role<client::Producer>(node);
  const json queued = part_of(state_of(story, "/clients/" + client + "/accumulator/batches"), partition);
  if (!queued.is_null() || sent.partitions.contains(tp.partition)) {
    const EmptyLine* failed = story.last<fact::BatchFailed>(
        story.end(), [&](const auto& f, const EmptyLine& l) { return l.node == node && f.partition == tp; });
    telling.trail(failed, Weight::Cause);
    telling.now("why.empty_waits"_w, {{"client", client}, {"partition", partition}}, Weight::Link, client);
    tell_batches(telling, client);
  } else if (producer == nullptr) {
    telling.now("why.empty_nothing_for"_w, {{"client", client}, {"partition", partition}}, Weight::Point, client);
  } else if (sent.records == 0) {
    telling.now("why.empty_nothing_sent"_w, {{"client", client}}, Weight::Point, client);
  } else {
    tell_choice(telling, *producer, client, partition, tp, sent);
  }
}

}  // namespace

void tell_nothing_comes(Telling& telling, const std::string& partition) {
  constexpr std::size_t kMostWriters = 2;
  const Story& story = telling.story();
  const TopicPartition tp = partition_named(story, partition);
  const protocol::TopicImage* topic = story.cluster().committed().topic(tp.topic);
  if (topic == nullptr || topic->name.starts_with("__")) return;  // a coordinator writes to its own topic
  std::vector<sim::NodeId> writers;
  for (const cluster::ClientSpec& spec : story.cluster().spec().clients)
    if (const sim::NodeId node = story.cluster().find(spec.id); spec.topic == topic->name && node.valid())
      writers.push_back(node);
  if (writers.empty())
    return telling.now("why.empty_no_writer"_w, {{"topic", topic->name}}, Weight::Point, topic->name);
  for (std::size_t i = 0; i < std::min(writers.size(), kMostWriters); ++i)
    tell_writer(telling, writers[i], partition, tp);
}

}  // namespace kafkascope::observe
