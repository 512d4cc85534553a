// Applies the committed metadata log, and makes replicas leader or follower accordingly.
// Kafka: MetadataLoader, BrokerMetadataPublisher, ReplicaManager.applyDelta, Partition.makeLeader and makeFollower.
#include <algorithm>
#include <map>
#include <utility>

#include "broker/broker_server.h"
#include "broker/coordinator_host.h"
#include "broker/internal_topics.h"
#include "controller/kraft/configuration_control.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_quorum.h"
#include "sim/mutant.h"

namespace kafkascope::broker {

/// Applies everything up to the observer's high watermark; the broker then acts on the result as a whole, so that a
/// restarted broker does not repeat past leaderships. Returns false if there was nothing new.
bool MetadataPublisher::apply_committed(Ctx& ctx, BrokerServer& server) {
  const Offset end = server.raft.high_watermark();
  // In a formed cluster the image exists before the process starts.
  const bool formed = applied.known() && !first_publish_done && server.logs.loading == LogManager::Loading::NotBegun;
  const raft::Snapshot* snapshot = server.raft.snapshot_for(applied + 1);
  if (snapshot == nullptr && applied + 1 >= end && !formed) return false;
  if (snapshot != nullptr) load_snapshot(server, snapshot->image);
  while (applied + 1 < end) {
    const Offset first = applied + 1;
    const LeaderEpoch epoch = server.raft.log().entry(first).epoch;
    server.image.apply(first, epoch, server.raft.log().run_of_records(first, end));
    while (applied < server.image.last_offset()) {
      applied = applied + 1;
      note_record(ctx, server, applied, epoch, server.raft.log().entry(applied).record);
    }
  }
  server.raft.maybe_snapshot(ctx, server.image);
  if (server.logs.logs_loaded(ctx, server)) publish(ctx, server);
  return true;
}

/// Notes how the record, which the image already includes, affects this broker.
void MetadataPublisher::note_record(Ctx& ctx, BrokerServer& server, Offset offset, LeaderEpoch epoch,
                                    const protocol::MetadataRecord& record) {
  if (const auto* p = std::get_if<protocol::PartitionRecord>(&record)) {
    note_change(p->partition);
  } else if (const auto* change = std::get_if<protocol::PartitionChangeRecord>(&record)) {
    note_change(change->partition);
  } else if (const auto* removed = std::get_if<protocol::RemoveTopicRecord>(&record)) {
    deleted_topics_.push_back(removed->topic_id);
    for (const Replica& r : server.replicas)
      if (r.tp.topic == removed->topic_id) note_change(r.tp);
  } else if (const auto* config = std::get_if<protocol::ConfigRecord>(&record)) {
    if (config->resource.starts_with("topic:")) {
      const TopicId topic = server.image.topic_id(std::string_view(config->resource).substr(6));
      if (topic != protocol::kNoTopic) reconfigured.push_back(topic);
    } else if (config->resource.starts_with("broker:")) {
      everything_reconfigured = true;
    }
  }
  if (!std::holds_alternative<protocol::NoOpRecord>(record))
    ctx.trace(fact::MetadataApplied{offset, epoch, protocol::record_name(record)});
}

/// Called when a snapshot is loaded instead of records: anything that concerns this broker may have changed.
void MetadataPublisher::load_snapshot(BrokerServer& server, const MetadataImage& image) {
  server.image = image;
  applied = image.last_offset();
  for (const Replica& r : server.replicas) {
    note_change(r.tp);
    const bool noted = std::find(deleted_topics_.begin(), deleted_topics_.end(), r.tp.topic) != deleted_topics_.end();
    if (image.topic(r.tp.topic) == nullptr && !noted) deleted_topics_.push_back(r.tp.topic);
  }
  for (const protocol::TopicImage& t : image.topics())
    for (std::size_t p = 0; p < t.partitions.size(); ++p)
      if (t.partitions[p].replicas.contains(server.options.id) && !sim::mutant("snapshot-tells-no-partitions"))
        note_change({t.id, static_cast<std::int32_t>(p)});
  everything_reconfigured = true;
}

void MetadataPublisher::note_change(TopicPartition tp) { changed_partitions.push_back(tp); }

/// Applies the topic changes first, then configuration. Kafka: BrokerMetadataPublisher.onMetadataUpdate.
void MetadataPublisher::publish(Ctx& ctx, BrokerServer& server) {
  // A broker must register before it acts on metadata (BrokerServer.startup). This matters only for a second process
  // with an id already in use, which would otherwise act as the first.
  if (server.options.incarnation != 0 && !server.lifecycle.registered()) return;
  plain_topic_.reset();
  if (!changed_partitions.empty()) {
    std::sort(changed_partitions.begin(), changed_partitions.end());
    changed_partitions.erase(std::unique(changed_partitions.begin(), changed_partitions.end()),
                             changed_partitions.end());
    const std::vector<TopicPartition> changed = std::exchange(changed_partitions, {});
    for (TopicPartition tp : changed) apply_change(ctx, server, tp);
  }
  for (TopicId topic : std::exchange(deleted_topics_, {})) {
    if (!first_publish_done) continue;  // the deletion is older than this process
    CoordinatorHost host(ctx, server);
    server.coordinators.group.on_topic_deleted(host, topic);
    ShareCoordinatorHost share_host(ctx, server);
    server.coordinators.share.on_topic_deleted(share_host, topic);
  }
  reload_changed_configs(ctx, server);
  if (first_publish_done) return;
  first_publish_done = true;
  if (server.lifecycle.state() == BrokerState::Recovery) on_caught_up(ctx, server);
}

void MetadataPublisher::reload_changed_configs(Ctx& ctx, BrokerServer& server) {
  plain_topic_.reset();
  if (everything_reconfigured || !first_publish_done) load_live_config(ctx, server);
  if (everything_reconfigured || !reconfigured.empty()) {
    for (std::size_t i = 0; i < server.replicas.size(); ++i) {
      const Replica& r = server.look(static_cast<std::int32_t>(i));
      const bool concerned = everything_reconfigured ||
                             std::find(reconfigured.begin(), reconfigured.end(), r.tp.topic) != reconfigured.end();
      if (concerned && r.role != ReplicaRole::None) load_topic_config(server, server.replicas[i]);
    }
    everything_reconfigured = false;
    reconfigured.clear();
  }
}

/// The controller confirms that this broker has caught up, and the broker has acted on that metadata. Kafka:
/// BrokerServer.startup.
void MetadataPublisher::on_caught_up(Ctx& ctx, BrokerServer& server) {
  // Removes logs of partitions that were deleted or moved away while the broker was down
  // (LogManager.isStrayKraftReplica). This waits until the broker has caught up, because older metadata has fewer
  // partitions.
  for (std::size_t i = 0; i < server.replicas.size(); ++i) {
    if (server.replicas[i].offline) continue;
    const protocol::PartitionRegistration* p = server.image.partition(server.replicas[i].tp);
    if (p == nullptr || !p->replicas.contains(server.options.id))
      server.replica_manager.drop_replica(ctx, server, static_cast<std::int32_t>(i), true);
  }
  server.forwarding.unfence_once_assigned(ctx, server);
}

void MetadataPublisher::apply_change(Ctx& ctx, BrokerServer& server, TopicPartition tp) {
  const protocol::PartitionRegistration* p = server.image.partition(tp);
  if (p == nullptr || !p->replicas.contains(server.options.id)) {
    const std::int32_t index = server.find(tp);
    if (index >= 0 && server.replicas[static_cast<std::size_t>(index)].role != ReplicaRole::None)
      server.replica_manager.drop_replica(ctx, server, index);
    return;
  }
  const std::int32_t index = server.replica_manager.find_or_create(ctx, server, tp);
  const Replica& r = server.replicas[static_cast<std::size_t>(index)];
  if (r.offline) return;
  server.forwarding.want_assignment(ctx, server, tp, server.dirs[r.dir].id);
  // Partition epochs only grow; an AlterPartition response may have arrived before this record.
  if (p->partition_epoch < r.partition_epoch) return;
  if (p->leader == server.options.id) {
    server.replica_manager.become_leader(ctx, server, index, *p);
  } else {
    server.replica_manager.become_follower(ctx, server, index, *p);
  }
}

/// Applies the settings that may change while the broker runs. Kafka: DynamicBrokerConfig.
void MetadataPublisher::load_live_config(Ctx& ctx, BrokerServer& server) {
  const protocol::Config config = server.broker_config();
  server.fetches.leader_quota.set_bound(config.number("leader.replication.throttled.rate"));
  server.fetchers.follower_quota.set_bound(config.number("follower.replication.throttled.rate"));
  server.settings.cleaner_backoff = sim::milliseconds(config.number("log.cleaner.backoff.ms"));
  server.settings.cleaner_keys = server.logs.cleaner_keys(config);
  if (!server.zk) server.settings.verify_transactions = config.flag("transaction.partition.verification.enable");
  server.fetchers.resize_fetchers(ctx, server, static_cast<std::int32_t>(config.number("num.replica.fetchers")));
  server.connections.handlers.resize(config.number("num.io.threads"), ctx.now());
}

TopicSettings MetadataPublisher::topic_settings(const BrokerServer& server, const protocol::Config& own) const {
  const protocol::Config broker = server.broker_config();
  const protocol::Config config = own.topic_over(broker);
  return {static_cast<std::int32_t>(config.number("min.insync.replicas")),
          static_cast<std::int32_t>(config.number("max.message.bytes")),
          config.text("message.timestamp.type") == "LogAppendTime",
          protocol::parse_compression(config.text("compression.type")),
          server.logs.log_options(server, config, broker)};
}

void MetadataPublisher::load_topic_config(BrokerServer& server, Replica& r) {
  const protocol::TopicImage* topic = server.image.topic(r.tp.topic);
  if (topic == nullptr) return;
  r.note_change();
  const std::map<std::string, std::string>& set = server.image.config("topic:" + topic->name);
  protocol::Config own(protocol::config_scope::kTopic, server.options.config.version());
  own.overlay(protocol::config_scope::kTopic, set);
  if (set.empty() && !plain_topic_) plain_topic_ = topic_settings(server, own);  // shared by most topics: computed once
  const TopicSettings settings = set.empty() ? *plain_topic_ : topic_settings(server, own);
  r.min_isr = settings.min_isr;
  r.min_isr_within_replicas = !server.options.historical.kip_966;
  r.max_message_bytes = settings.max_message_bytes;
  r.log_append_time = settings.log_append_time;
  r.compression = settings.compression;
  // "*", or a list of "partition:broker" (ThrottledReplicaListValidator).
  const auto throttled = [&](std::string_view key) {
    const std::string mine = std::to_string(r.tp.partition) + ":" + std::to_string(server.options.id);
    const std::vector<std::string> list = own.list(key);
    return std::any_of(list.begin(), list.end(), [&](const std::string& item) { return item == "*" || item == mine; });
  };
  r.leader_throttled = throttled("leader.replication.throttled.replicas");
  r.follower_throttled = throttled("follower.replication.throttled.replicas");
  r.coordinator = topic->name == coordinator::kOffsetsTopic      ? CoordinatorType::Group
                  : topic->name == coordinator::kShareStateTopic ? CoordinatorType::Share
                  : topic->name == kTransactionTopic             ? CoordinatorType::Transaction
                                                                 : CoordinatorType::None;
  r.internal = is_internal(topic->name);
  r.log.set_options(settings.log);
}

}  // namespace kafkascope::broker
