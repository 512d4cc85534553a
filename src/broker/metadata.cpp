// Applies the committed metadata log, and makes replicas leader or follower accordingly.
// Kafka: MetadataLoader, BrokerMetadataPublisher, ReplicaManager.applyDelta, Partition.makeLeader and makeFollower.
#include <algorithm>
#include <map>
#include <utility>

#include "broker/broker.h"
#include "broker/coordinator_host.h"
#include "broker/internal_topics.h"
#include "controller/kraft/configuration_control.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_quorum.h"
#include "sim/mutant.h"

namespace kafkascope::broker {

/// Applies everything up to the observer's high watermark; then the broker acts on the result as a whole, so that a
/// restarted broker does not repeat past leaderships. Returns false if there was nothing new.
bool Broker::apply_committed(Ctx& ctx) {
  const Offset end = raft_.high_watermark();
  const bool formed =
      applied_.known() && !first_publish_done_ && loading_ == Loading::NotBegun;  // the image is older than the process
  const raft::Snapshot* snapshot = raft_.snapshot_for(applied_ + 1);
  if (snapshot == nullptr && applied_ + 1 >= end && !formed) return false;
  if (snapshot != nullptr) load_snapshot(snapshot->image);
  while (applied_ + 1 < end) {
    const Offset first = applied_ + 1;
    const LeaderEpoch epoch = raft_.entry(first).epoch;
    image_.apply(first, epoch, raft_.run_of_records(first, end));
    while (applied_ < image_.last_offset()) {
      applied_ = applied_ + 1;
      note_record(ctx, applied_, epoch, raft_.entry(applied_).record);
    }
  }
  raft_.maybe_snapshot(ctx, image_);
  if (logs_loaded(ctx)) publish(ctx);
  return true;
}

/// Notes how the record, which the image already includes, affects this broker.
void Broker::note_record(Ctx& ctx, Offset offset, LeaderEpoch epoch, const protocol::MetadataRecord& record) {
  if (const auto* p = std::get_if<protocol::PartitionRecord>(&record)) {
    note_change(p->partition);
  } else if (const auto* change = std::get_if<protocol::PartitionChangeRecord>(&record)) {
    note_change(change->partition);
  } else if (const auto* removed = std::get_if<protocol::RemoveTopicRecord>(&record)) {
    deleted_topics_.push_back(removed->topic_id);
    for (const Replica& r : replicas_)
      if (r.tp.topic == removed->topic_id) note_change(r.tp);
  } else if (const auto* config = std::get_if<protocol::ConfigRecord>(&record)) {
    if (config->resource.starts_with("topic:")) {
      const TopicId topic = image_.topic_id(std::string_view(config->resource).substr(6));
      if (topic != protocol::kNoTopic) reconfigured_.push_back(topic);
    } else if (config->resource.starts_with("broker:")) {
      everything_reconfigured_ = true;
    }
  }
  if (!std::holds_alternative<protocol::NoOpRecord>(record))
    ctx.trace(fact::MetadataApplied{offset, epoch, protocol::record_name(record)});
}

/// Called in place of the records behind a snapshot: anything that concerns this broker may have changed.
void Broker::load_snapshot(const MetadataImage& image) {
  image_ = image;
  applied_ = image.last_offset();
  for (const Replica& r : replicas_) {
    note_change(r.tp);
    const bool noted = std::find(deleted_topics_.begin(), deleted_topics_.end(), r.tp.topic) != deleted_topics_.end();
    if (image.topic(r.tp.topic) == nullptr && !noted) deleted_topics_.push_back(r.tp.topic);
  }
  for (const protocol::TopicImage& t : image.topics())
    for (std::size_t p = 0; p < t.partitions.size(); ++p)
      if (t.partitions[p].replicas.contains(options_.id) && !sim::mutant("snapshot-tells-no-partitions"))
        note_change({t.id, static_cast<std::int32_t>(p)});
  everything_reconfigured_ = true;
}

void Broker::note_change(TopicPartition tp) { changed_.push_back(tp); }

/// Applies the topic changes first, then configuration. Kafka: BrokerMetadataPublisher.onMetadataUpdate.
void Broker::publish(Ctx& ctx) {
  // A broker must register before it acts on metadata (BrokerServer.startup). This matters only for a second process
  // with an id already in use, which would otherwise act as the first.
  if (options_.incarnation != 0 && !lifecycle_.registered()) return;
  plain_topic_.reset();
  if (!changed_.empty()) {
    std::sort(changed_.begin(), changed_.end());
    changed_.erase(std::unique(changed_.begin(), changed_.end()), changed_.end());
    const std::vector<TopicPartition> changed = std::exchange(changed_, {});
    for (TopicPartition tp : changed) apply_change(ctx, tp);
  }
  for (TopicId topic : std::exchange(deleted_topics_, {})) {
    if (!first_publish_done_) continue;  // the deletion is older than this process
    CoordinatorHost host(*this, ctx);
    coordinator_.on_topic_deleted(host, topic);
    ShareCoordinatorHost share_host(*this, ctx);
    share_coordinator_.on_topic_deleted(share_host, topic);
  }
  reload_changed_configs(ctx);
  if (first_publish_done_) return;
  first_publish_done_ = true;
  if (lifecycle_.state() == BrokerState::Recovery) on_caught_up(ctx);
}

void Broker::reload_changed_configs(Ctx& ctx) {
  plain_topic_.reset();
  if (everything_reconfigured_ || !first_publish_done_) load_live_config(ctx);
  if (everything_reconfigured_ || !reconfigured_.empty()) {
    for (std::size_t i = 0; i < replicas_.size(); ++i) {
      const Replica& r = look(static_cast<std::int32_t>(i));
      const bool concerned = everything_reconfigured_ ||
                             std::find(reconfigured_.begin(), reconfigured_.end(), r.tp.topic) != reconfigured_.end();
      if (concerned && r.role != ReplicaRole::None) load_topic_config(replicas_[i]);
    }
    everything_reconfigured_ = false;
    reconfigured_.clear();
  }
}

/// The controller confirms that this broker has caught up, and the broker has acted on that metadata. Kafka:
/// BrokerServer.startup.
void Broker::on_caught_up(Ctx& ctx) {
  // Removes logs of partitions that were deleted or moved away while the broker was down
  // (LogManager.isStrayKraftReplica). This waits until the broker has caught up, because old metadata knows fewer
  // partitions.
  for (std::size_t i = 0; i < replicas_.size(); ++i) {
    if (replicas_[i].offline) continue;
    const protocol::PartitionRegistration* p = image_.partition(replicas_[i].tp);
    if (p == nullptr || !p->replicas.contains(options_.id)) drop_replica(ctx, static_cast<std::int32_t>(i), true);
  }
  unfence_once_assigned(ctx);
}

void Broker::apply_change(Ctx& ctx, TopicPartition tp) {
  const protocol::PartitionRegistration* p = image_.partition(tp);
  if (p == nullptr || !p->replicas.contains(options_.id)) {
    const std::int32_t index = find(tp);
    if (index >= 0 && replicas_[static_cast<std::size_t>(index)].role != ReplicaRole::None) drop_replica(ctx, index);
    return;
  }
  const std::int32_t index = find_or_create(ctx, tp);
  const Replica& r = replicas_[static_cast<std::size_t>(index)];
  if (r.offline) return;
  want_assignment(ctx, tp, dirs_[r.dir].id);
  // Partition epochs only grow; an AlterPartition response may have been ahead of this record.
  if (p->partition_epoch < r.partition_epoch) return;
  if (p->leader == options_.id) {
    become_leader(ctx, index, *p);
  } else {
    become_follower(ctx, index, *p);
  }
}

void Broker::become_leader(Ctx& ctx, std::int32_t index, const protocol::PartitionRegistration& p) {
  Replica& r = replicas_[static_cast<std::size_t>(index)];
  r.note_change();
  wake_sessions_of(r);
  const bool new_leader = !r.is_leader();
  const bool new_epoch = p.leader_epoch > r.leader_epoch;
  if (new_leader) remove_from_fetcher(index);

  // The leader's proposal has been committed, and the metadata arrived before the response.
  if (!new_leader && !new_epoch && r.pending != PendingIsr::None && p.isr == r.pending_isr)
    trace_isr_change(ctx, r, r.isr, p.isr, p.partition_epoch);

  std::vector<RemoteReplica> remotes;
  remotes.reserve(static_cast<std::size_t>(p.replicas.size()));
  for (BrokerId id : p.replicas) {
    if (id == options_.id) continue;
    const RemoteReplica* known = new_leader ? nullptr : r.remote(id);
    remotes.push_back(known != nullptr ? *known : RemoteReplica{});
    remotes.back().id = id;
  }
  r.remotes = std::move(remotes);
  r.assignment = p.replicas;
  r.reassigning = !p.adding.empty() || !p.removing.empty();
  r.isr = p.isr;
  r.pending = PendingIsr::None;
  r.role = ReplicaRole::Leader;
  r.leader = options_.id;
  r.partition_epoch = p.partition_epoch;
  if (new_epoch) {
    const Offset start = r.log.log_end_offset();
    r.log.assign_epoch(p.leader_epoch, start);
    for (RemoteReplica& remote : r.remotes) remote.reset(ctx.now(), start, new_leader, p.isr.contains(remote.id));
    r.leader_epoch = p.leader_epoch;
    r.leader_epoch_start = start;
    ctx.trace(fact::BecameLeader{r.tp, p.leader_epoch, start, p.isr});
  }
  // The ISR may have shrunk to this broker alone.
  if (maybe_increment_high_watermark(ctx, r)) check_all(ctx, index, true);
  if (!new_epoch) return;
  if (r.coordinator == CoordinatorType::Group) {
    CoordinatorHost host(*this, ctx);
    coordinator_.on_elected(host, r.tp.partition, r.leader_epoch, replicas_[static_cast<std::size_t>(index)].log);
  } else if (r.coordinator == CoordinatorType::Share) {
    ShareCoordinatorHost host(*this, ctx);
    share_coordinator_.on_elected(host, r.tp.partition, r.leader_epoch, replicas_[static_cast<std::size_t>(index)].log);
  }
}

void Broker::become_follower(Ctx& ctx, std::int32_t index, const protocol::PartitionRegistration& p) {
  Replica& r = replicas_[static_cast<std::size_t>(index)];
  r.note_change();
  wake_sessions_of(r);
  const bool was_leader = r.is_leader();
  const bool new_epoch = p.leader_epoch > r.leader_epoch;
  r.role = ReplicaRole::Follower;
  r.leader = p.leader;
  r.leader_epoch = p.leader_epoch;
  r.partition_epoch = p.partition_epoch;
  r.leader_epoch_start = Offset{};
  r.assignment = p.replicas;
  r.reassigning = !p.adding.empty() || !p.removing.empty();
  r.isr.clear();
  r.pending = PendingIsr::None;
  r.remotes.clear();
  if (new_epoch) ctx.trace(fact::BecameFollower{r.tp, p.leader_epoch, p.leader});

  const bool leaving = lifecycle_.state() == BrokerState::PendingControlledShutdown &&
                       (p.leader == kNoBroker || !p.isr.contains(options_.id));
  if (leaving) {
    remove_from_fetcher(index);
  } else if (new_epoch) {
    remove_from_fetcher(index);
    begin_truncation(ctx, r);
    add_to_fetcher(ctx, index);
  }
  if (was_leader || new_epoch) {
    resign_coordinator(ctx, r, p.leader_epoch);
    drop_share_partitions(ctx, r.tp);
    check_all(ctx, index, true);  // requests that wait for the old leader get an error
  }
}

/// The replica's files are deleted after a delay, or kept if the log is stray. Kafka: ReplicaManager.stopPartitions,
/// LogManager.asyncDelete and loadLog.
void Broker::drop_replica(Ctx& ctx, std::int32_t index, bool stray) {
  Replica& r = replicas_[static_cast<std::size_t>(index)];
  const bool served = r.role != ReplicaRole::None;
  retire_replica(index);
  r.hosted = false;
  std::erase_if(flushes_, [&](const BackgroundFlush& f) { return f.tp == r.tp; });
  if (r.dir != storage::kNoDir) {
    dirs_.delete_later(r.dir, r.log.disk_bytes(ctx.now()),
                       stray ? storage::LogDirs::kForGood : deleted_log_gone_at(ctx.now()));
    dirs_.remove_log(std::exchange(r.dir, storage::kNoDir));
  }
  if (r.log.log_end_offset() > Offset{0}) {
    ctx.trace(fact::LogDeleted{r.tp, r.log.log_end_offset(), stray});
    storage::PartitionLog empty(r.log.options());
    start_log(ctx, empty);
    r.log = std::move(empty);
  }
  if (!served) return;
  resign_coordinator(ctx, r, std::nullopt);
  drop_share_partitions(ctx, r.tp);
  check_all(ctx, index, true);
}

/// The coordinator gives up the replica's partition: the broker no longer leads it, according to metadata of `epoch`,
/// or has lost the replica (nullopt).
void Broker::resign_coordinator(Ctx& ctx, const Replica& r, std::optional<LeaderEpoch> epoch) {
  if (r.coordinator == CoordinatorType::Group && coordinator_.owns(r.tp.partition)) {
    CoordinatorHost host(*this, ctx);
    coordinator_.on_resigned(host, r.tp.partition, epoch);
  } else if (r.coordinator == CoordinatorType::Share && share_coordinator_.owns(r.tp.partition)) {
    ShareCoordinatorHost host(*this, ctx);
    share_coordinator_.on_resigned(host, r.tp.partition, epoch);
  }
}

/// Stops serving the replica.
void Broker::retire_replica(std::int32_t index) {
  Replica& r = replicas_[static_cast<std::size_t>(index)];
  r.note_change();
  wake_sessions_of(r);
  remove_from_fetcher(index);
  r.role = ReplicaRole::None;
  r.leader = kNoBroker;
  r.leader_epoch = LeaderEpoch{};
  r.partition_epoch = -1;
  r.assignment.clear();
  r.reassigning = false;
  r.isr.clear();
  r.pending = PendingIsr::None;
  r.remotes.clear();
}

/// Whether the broker `id` is being added to the partition, according to this broker's metadata. Kafka:
/// Partition.isAddingReplica.
bool Broker::being_added(const Replica& r, BrokerId id) const {
  if (!r.reassigning) return false;
  const protocol::PartitionRegistration* p = image_.partition(r.tp);
  return p != nullptr && p->adding.contains(id);
}

/// `anywhere`: the log is new, so it cannot be in an offline directory.
std::int32_t Broker::find_or_create(Ctx& ctx, TopicPartition tp, bool anywhere) {
  std::int32_t index = find(tp);
  if (index < 0) {
    index = static_cast<std::int32_t>(replicas_.size());
    index_.set(tp, index);
    Replica& fresh = replicas_.emplace_back();
    fresh.tp = tp;
    start_log(ctx, fresh.log);
  }
  Replica& r = replicas_[static_cast<std::size_t>(index)];
  if (r.dir == storage::kNoDir && !r.offline) {
    const protocol::PartitionRegistration* p = image_.partition(tp);
    place_log(r, p == nullptr ? protocol::kUnassigned : p->directory(options_.id), anywhere);
    begin_producer_check(ctx, index);
  }
  if (r.role == ReplicaRole::None && !r.offline) load_topic_config(r);
  r.hosted = true;
  return index;
}

/// The file's configuration, overridden by the dynamic values of all brokers, then by this broker's own. In 2.5 a
/// broker without a value of its own may receive a default that it does not accept: it keeps the old value
/// (DynamicBrokerConfig.updateDefaultConfig).
protocol::Config Broker::broker_config() const {
  protocol::Config config = options_.config;
  const std::map<std::string, std::string>*of_all = &image_.config("broker:"),
                              *own = &image_.config("broker:" + std::to_string(options_.id));
  if (zk_ && !controller::refused_together(*of_all, *own).empty()) {
    of_all = &zk_->config_of_all;
    own = &zk_->own_config;
  }
  config.overlay(protocol::config_scope::kBroker, *of_all);
  config.overlay(protocol::config_scope::kBroker, *own);
  return config;
}

/// Applies the settings that may change while the broker runs. Kafka: DynamicBrokerConfig.
void Broker::load_live_config(Ctx& ctx) {
  const protocol::Config config = broker_config();
  leader_quota_.set_bound(config.number("leader.replication.throttled.rate"));
  follower_quota_.set_bound(config.number("follower.replication.throttled.rate"));
  cleaner_backoff_ = sim::milliseconds(config.number("log.cleaner.backoff.ms"));
  cleaner_keys_ = cleaner_keys(config);
  resize_fetchers(ctx, static_cast<std::int32_t>(config.number("num.replica.fetchers")));
  handlers_.resize(config.number("num.io.threads"), ctx.now());
}

Broker::TopicSettings Broker::topic_settings(const protocol::Config& own) const {
  const protocol::Config broker = broker_config();
  const protocol::Config config = own.topic_over(broker);
  return {static_cast<std::int32_t>(config.number("min.insync.replicas")),
          static_cast<std::int32_t>(config.number("max.message.bytes")),
          config.text("message.timestamp.type") == "LogAppendTime",
          protocol::parse_compression(config.text("compression.type")), log_options(config, broker)};
}

void Broker::load_topic_config(Replica& r) {
  const protocol::TopicImage* topic = image_.topic(r.tp.topic);
  if (topic == nullptr) return;
  r.note_change();
  const std::map<std::string, std::string>& set = image_.config("topic:" + topic->name);
  protocol::Config own(protocol::config_scope::kTopic, options_.config.version());
  own.overlay(protocol::config_scope::kTopic, set);
  if (set.empty() && !plain_topic_) plain_topic_ = topic_settings(own);  // shared by most topics: computed once
  const TopicSettings settings = set.empty() ? *plain_topic_ : topic_settings(own);
  r.min_isr = settings.min_isr;
  r.min_isr_within_replicas = !options_.historical.kip_966;
  r.max_message_bytes = settings.max_message_bytes;
  r.log_append_time = settings.log_append_time;
  r.compression = settings.compression;
  const auto throttled =
      [&](std::string_view key) {  // "*", or a list of "partition:broker" (ThrottledReplicaListValidator)
        const std::string mine = std::to_string(r.tp.partition) + ":" + std::to_string(options_.id);
        const std::vector<std::string> list = own.list(key);
        return std::any_of(list.begin(), list.end(),
                           [&](const std::string& item) { return item == "*" || item == mine; });
      };
  r.leader_throttled = throttled("leader.replication.throttled.replicas");
  r.follower_throttled = throttled("follower.replication.throttled.replicas");
  r.coordinator = topic->name == coordinator::kOffsetsTopic      ? CoordinatorType::Group
                  : topic->name == coordinator::kShareStateTopic ? CoordinatorType::Share
                                                                 : CoordinatorType::None;
  r.internal = is_internal(topic->name);
  r.log.set_options(settings.log);
}

}  // namespace kafkascope::broker
