// Why a topic exists, and why its settings are so; what its deletion means for the batches that producers still have.
#include "broker/internal_topics.h"
#include "client/producer.h"
#include "observe/why/why_parts.h"
#include "protocol/facts_of_logs.h"

namespace kafkascope::observe {

namespace {

/// Whether Kafka itself sets this key when it creates that topic. Kafka:
/// GroupCoordinatorService.groupMetadataTopicConfigs, TransactionStateManager.transactionTopicConfigs.
bool set_by_kafka(const std::string& topic, const std::string& key) {
  if (!broker::is_internal(topic)) return false;
  if (key == "cleanup.policy" || key == "compression.type" || key == "segment.bytes") return true;
  return topic == "__transaction_state" && (key == "unclean.leader.election.enable" || key == "min.insync.replicas");
}

/// The last change of the topic itself: of its replicas, or of a setting.
const Story::Line* last_change_of_topic(const Story& story, const std::string& topic) {
  const auto of_topic = [&](const auto&, const Story::Line& l) {
    return l.time.us > 0 && l.topic >= 0 && story.cluster().topic_name(l.topic) == topic;
  };
  return latest({story.last<fact::ReassignmentChanged>(story.end(), of_topic),
                 story.last<fact::ConfigChanged>(story.end(), [&](const auto& f, const Story::Line& l) {
                   return l.time.us > 0 && f.resource == "topic:" + topic;
                 })});
}

/// Tells that the topic is about to be deleted, and which replicas its deletion waits for; false: it is not. Kafka 2.5:
/// TopicDeletionManager.
bool tell_deletion_waits(Telling& telling, const std::string& topic) {
  const Story& story = telling.story();
  if (!part_of(state_of(story, "/zookeeper/admin/delete_topics"), topic).is_object()) return false;
  const protocol::TopicImage* image = story.cluster().committed().topic(story.cluster().committed().topic_id(topic));
  std::vector<protocol::BrokerId> silent;
  if (image != nullptr)
    for (const protocol::PartitionRegistration& p : image->partitions)
      for (const protocol::BrokerId id : p.replicas)
        if (!has(silent, id) && is_silent(story, story.broker_node(id))) silent.push_back(id);
  for (const protocol::BrokerId id : silent)
    telling.trail(story.silence(story.broker_node(id), story.end()), Weight::Cause);
  telling.trail(story.act_on({}, {"delete_topic"}, story.end(), 0, topic), Weight::Cause);
  if (silent.empty()) telling.now("why.deletion_under_way"_w, {{"topic", topic}}, Weight::Point, topic);
  else telling.now("why.deletion_waits"_w, {{"topic", topic}, {"brokers", broker_names(silent)}}, Weight::Point, topic);
  return true;
}

/// The number of replicas is that of partition 0: the topic was created with it, or a reassignment changed it.
Answer why_replication_factor(const Asked& asked) {
  const Story& story = asked.story;
  const std::string& topic = asked.part(1);
  Telling telling(story, asked.path, asks_value(topic + " · replication_factor", asked.value));
  const auto of_first = [&](const auto&, const Story::Line& l) {
    return l.time.us > 0 && l.partition == 0 && story.cluster().topic_name(l.topic) == topic;
  };
  const Story::Line* created = story.last<fact::TopicCreated>(
      story.end(), [&](const auto& f, const Story::Line& l) { return f.topic == topic && l.time.us > 0; });
  const std::uint64_t since = created == nullptr ? 0 : created->seq;
  const Story::Line* first = story.first<fact::ReassignmentChanged>(since, of_first);
  const bool changed =
      first != nullptr &&
      static_cast<std::int64_t>(as<fact::ReassignmentChanged>(*first).state.before().size()) != whole_of(asked.value);
  if (changed) telling.trail(story.last<fact::ReassignmentChanged>(story.end(), of_first), Weight::Point);
  else if (created != nullptr) telling.trail(created, Weight::Point);
  else telling.now("why.as_configured"_w, {{"key", "replication_factor"}}, Weight::Point, topic);
  return telling.done();
}

/// The deletion of the topic for which the producer still has batches of the partition of that name; null: it has none.
const Story::Line* deleted_below(const Story& story, sim::NodeId node, const std::string& partition) {
  const auto* producer =
      node.valid() && story.cluster().alive(node) ? story.cluster().role<client::Producer>(node) : nullptr;
  const Story::Line* deleted = nullptr;
  if (producer != nullptr)
    producer->accumulator().for_each_queued([&](const client::ProducerBatch& batch) {
      const auto its = [&](const auto& f, const Story::Line&) { return f.partition.topic == batch.partition.topic; };
      if (deleted == nullptr && story.cluster().name(batch.partition) == partition)
        deleted = story.last<fact::TopicDeleted>(story.end(), its);
    });
  return deleted;
}

}  // namespace

bool tell_topic_gone(Telling& telling, const std::string& client, const std::string& partition) {
  const Story& story = telling.story();
  const Story::Line* deleted = deleted_below(story, story.cluster().find(client), partition);
  if (deleted == nullptr) return false;
  telling.trail(deleted, Weight::Cause);
  const bool again = story.cluster().committed().partition(partition_named(story, partition)) != nullptr;
  telling.now(again ? "why.waits_new_topic"_w : "why.waits_deleted_topic"_w,
              {{"client", client},
               {"partition", partition},
               {"delivery", setting_of(story, story.cluster().find(client), "delivery.timeout.ms")}},
              Weight::Point, client);
  return true;
}

bool tell_no_such_partition(Telling& telling, const std::string& client, const std::string& partition) {
  const Story& story = telling.story();
  const auto name = cluster::parse_partition_name(partition);
  if (!name) return false;
  const protocol::MetadataImage& committed = story.cluster().committed();
  const protocol::TopicImage* topic = committed.topic(committed.topic_id(name->topic));
  if (topic == nullptr || name->partition < static_cast<std::int32_t>(topic->partitions.size())) return false;
  const Story::Line* deleted = story.last<fact::TopicDeleted>(story.end(), [&](const auto& f, const Story::Line&) {
    return f.topic == name->topic && f.partitions > name->partition;
  });
  if (deleted == nullptr) return false;
  telling.trail(deleted, Weight::Cause);
  telling.now("why.waits_lost_partition"_w,
              {{"client", client},
               {"partition", partition},
               {"topic", name->topic},
               {"partitions", static_cast<std::int64_t>(topic->partitions.size())},
               {"delivery", setting_of(story, story.cluster().find(client), "delivery.timeout.ms")}},
              Weight::Point, client);
  return true;
}

std::optional<Answer> why_topic(const Asked& asked) {
  const std::string& topic = asked.part(1);
  const Story& story = asked.story;
  if (topic.empty()) return std::nullopt;
  if (asked.part(2) == "replication_factor") return why_replication_factor(asked);
  const bool config = asked.part(2) == "config" && asked.parts.size() == 4;
  if (asked.parts.size() > 2 && !config && asked.part(2) != "partitions" && asked.part(2) != "id") return std::nullopt;
  Telling telling(story, asked.path,
                  config ? asks_value(asked.part(3), asked.value) : asks("why.q_topic"_w, {{"topic", topic}}));
  if (config) {
    const Story::Line* changed = story.last<fact::ConfigChanged>(story.end(), [&](const auto& f, const Story::Line&) {
      return f.key == asked.part(3) && f.resource == "topic:" + topic;
    });
    const Story::Line* created = created_with(story, topic, asked.part(3), story.end());
    if (changed == nullptr && created != nullptr) telling.trail(created, Weight::Point);
    else if (changed == nullptr && set_by_kafka(topic, asked.part(3)))
      telling.now("why.set_by_kafka"_w, {{"key", asked.part(3)}, {"topic", topic}}, Weight::Point, topic);
    else if (changed == nullptr) telling.now("why.as_configured"_w, {{"key", asked.part(3)}}, Weight::Point, topic);
    else telling.trail(changed, Weight::Point);
    return telling.done();
  }
  if (tell_deletion_waits(telling, topic)) return telling.done();
  const Story::Line* added = story.last<fact::PartitionAdded>(
      story.end(), [&](const auto&, const Story::Line& l) { return story.cluster().topic_name(l.topic) == topic; });
  const Story::Line* created = story.last<fact::TopicCreated>(
      story.end(), [&](const auto& f, const Story::Line& l) { return f.topic == topic && l.time.us > 0; });
  const Story::Line* last = added != nullptr ? added : created;
  const Story::Line* changed = last_change_of_topic(story, topic);
  if (last != nullptr) telling.trail(last, Weight::Point);
  else if (changed == nullptr) telling.now("why.formed"_w, {{"what", topic}}, Weight::Cause, topic);
  else telling.now("why.topic_formed"_w, {{"topic", topic}}, Weight::Point, topic);
  telling.trail(changed, Weight::Link);
  return telling.done();
}

}  // namespace kafkascope::observe
