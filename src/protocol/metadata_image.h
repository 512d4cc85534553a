// The cluster's metadata at one offset of the quorum's log: the state of a broker or controller that has replayed the
// log up to that offset. Controllers and brokers each have an image; it changes only by applying records.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "protocol/metadata_records.h"
#include "sim/flat_map.h"
#include "sim/paged.h"
#include "sim/shared_slot.h"

namespace kafkascope::protocol {

/// Kafka: BrokerRegistration.
struct BrokerRegistration {
  BrokerId id = kNoBroker;
  std::int64_t incarnation_id = 0;
  BrokerEpoch epoch = -1;
  Endpoint endpoint;
  std::string rack;
  bool fenced = true;
  bool in_controlled_shutdown = false;
  std::vector<DirectoryId> log_dirs = {};  // online
  /// KIP-858: a directory that the controller does not know counts as online. Kafka: DirectoryId.isOnline.
  bool has_online_dir(DirectoryId dir) const;
  /// The directory of a new replica if the controller can infer it, i.e. if there is exactly one. Kafka:
  /// ClusterControlManager.defaultDir.
  DirectoryId default_dir() const { return log_dirs.size() == 1 ? log_dirs[0] : kUnassigned; }
  /// Whether the broker may lead and be in an ISR.
  bool active() const { return !fenced && !in_controlled_shutdown; }
};

/// Kafka: PartitionRegistration.
struct PartitionRegistration {
  IdList replicas, isr, adding, removing, elr, last_known_elr;
  BrokerId leader = kNoBroker;
  RecoveryState recovery_state = RecoveryState::Recovered;
  LeaderEpoch leader_epoch{0};
  PartitionEpoch partition_epoch = 0;
  IdList directories = {};  // parallel to replicas; if it is shorter, the remaining replicas are unassigned
  DirectoryId directory(BrokerId replica) const;
};

struct TopicImage {
  std::string name;
  TopicId id = kNoTopic;
  bool removed = false;
  sim::Paged<PartitionRegistration> partitions;  // index = partition number
};

/// A value whose copy costs one reference: checkpoints and nodes with the same state share it. Applying a record to an
/// image to which the same record was applied before returns the earlier result, so a thousand brokers share one image.
class MetadataImage {
 public:
  MetadataImage();
  /// Applies the record at `offset`, which must be the next one (last_offset() + 1).
  void apply(Offset offset, LeaderEpoch epoch, const MetadataRecord& record) {
    const MetadataRecord* const one = &record;
    apply(offset, epoch, {&one, 1});
  }
  /// Applies consecutive records, of which the first has the offset `first`. Meant for the partitions of one decision:
  /// applied singly, each record would leave an image behind, with a list of all of the topic's partitions.
  void apply(Offset first, LeaderEpoch epoch, std::span<const MetadataRecord* const> records);
  void apply(Offset first, LeaderEpoch epoch, const std::vector<MetadataRecord>& records);

  Offset last_offset() const { return last_offset_; }  // -1: nothing applied yet
  LeaderEpoch last_epoch() const { return last_epoch_; }

  const BrokerRegistration* broker(BrokerId id) const;
  const sim::FlatMap<BrokerId, BrokerRegistration>& brokers() const { return *state_->brokers; }

  /// The id of the live topic with that name; kNoTopic if there is none.
  TopicId topic_id(std::string_view name) const;
  /// nullptr for an unknown or removed topic.
  const TopicImage* topic(TopicId id) const;
  /// The number of partitions of a live topic; 0 if no topic has that name.
  std::int32_t partition_count(std::string_view topic_name) const;
  /// Topics in the order of creation, including removed ones, which are marked. Indexed by TopicId.
  const sim::Paged<TopicImage>& topics() const { return state_->topics; }
  TopicId next_topic_id() const { return static_cast<TopicId>(state_->topics.size()); }
  /// nullptr if the partition is unknown or its topic was removed.
  const PartitionRegistration* partition(TopicPartition p) const;

  /// Explicit configuration of "topic:orders" etc.; empty when none.
  const std::map<std::string, std::string>& config(std::string_view resource) const;
  std::int16_t feature(std::string_view name) const;  // 0: never set
  const std::map<std::string, std::int16_t, std::less<>>& features() const { return *state_->features; }
  const Acls& acls() const { return *state_->acls; }
  /// The limit in millionths; nullopt if the entity (ClientQuotaRecord) has no such quota.
  std::optional<std::int64_t> quota_ppm(std::string_view entity, std::string_view key) const;
  using Quotas = std::map<std::string, std::map<std::string, std::int64_t, std::less<>>, std::less<>>;
  const Quotas& quotas() const { return *state_->quotas; }
  ProducerId next_producer_id() const { return state_->next_producer_id; }

 private:
  using Brokers = sim::FlatMap<BrokerId, BrokerRegistration>;
  using Names = std::map<std::string, TopicId, std::less<>>;
  using Configs = std::map<std::string, std::map<std::string, std::string>, std::less<>>;
  using Features = std::map<std::string, std::int16_t, std::less<>>;
  struct State;
  /// The state that results from certain records; the first image that applies them leaves it here for the others.
  struct Successor {
    Offset first;
    std::vector<MetadataRecord> records;
    std::shared_ptr<State> state;
  };
  struct State {
    sim::CopyOnWrite<Brokers> brokers;
    sim::Paged<TopicImage> topics;
    sim::CopyOnWrite<Names> names;
    sim::CopyOnWrite<Configs> configs;
    sim::CopyOnWrite<Features> features;
    sim::CopyOnWrite<Acls> acls;
    sim::CopyOnWrite<Quotas> quotas;
    ProducerId next_producer_id = 0;
    sim::SharedSlot<const Successor> successor;  // atomic, because worlds in several threads may share the state

    State() = default;
    State(const State& o)
        : brokers(o.brokers),
          topics(o.topics),
          names(o.names),
          configs(o.configs),
          features(o.features),
          acls(o.acls),
          quotas(o.quotas),
          next_producer_id(o.next_producer_id) {}
    State& operator=(const State&) = delete;
    ~State();
    void apply(const MetadataRecord& record);
  };

  std::shared_ptr<State> state_;
  Offset last_offset_;
  LeaderEpoch last_epoch_;
};

/// The registration after a change (PartitionRegistration.merge): partition epoch +1; leader epoch +1 if the record has
/// a leader.
PartitionRegistration merge(PartitionRegistration before, const PartitionChangeRecord& change);

}  // namespace kafkascope::protocol
