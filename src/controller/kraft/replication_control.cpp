#include "controller/kraft/replication_control.h"

#include <algorithm>
#include <type_traits>

#include "controller/kraft/settings.h"
#include "sim/mutant.h"

namespace kafkascope::controller {

using protocol::AlterPartitionData;
using protocol::AlterPartitionRequest;
using protocol::AlterPartitionResponse;
using protocol::AlterPartitionResult;
using protocol::BrokerRegistration;
using protocol::BrokerRegistrationChangeRecord;
using protocol::kNoBroker;
using protocol::TopicImage;

bool ReplicationControl::is_active(BrokerId id) const {
  const BrokerRegistration* b = image_.broker(id);
  return b && b->active();
}

PartitionChangeBuilder ReplicationControl::change(TopicPartition p, const TopicImage& topic,
                                                  const PartitionRegistration& partition, const Moving& moving,
                                                  bool knows_elr) const {
  const IdList acceptable = filtered(partition.replicas, [&](BrokerId id) {
    const BrokerRegistration* b = image_.broker(id);
    return id != moving.removed && id != moving.unclean_shutdown &&
           (id == moving.added || is_active(id) || sim::mutant("fenced-broker-elected")) && b != nullptr &&
           b->has_online_dir(partition.directory(id));
  });
  PartitionChangeBuilder builder(p, partition, acceptable, effective_min_isr(image_, config_, topic),
                                 knows_elr && elr_enabled(image_));
  return builder.forget_unclean_elections(historical_.kip_704).directories_of(image_);
}

/// Kafka: ReplicationControlManager.generateLeaderAndIsrUpdates.
template <class Affected>
void ReplicationControl::update_leaders_and_isrs(const Moving& moving, Affected affected, Records& out) const {
  for (const TopicImage& topic : image_.topics()) {
    if (topic.removed) continue;
    for (std::size_t i = 0; i < topic.partitions.size(); ++i) {
      const PartitionRegistration& partition = topic.partitions[i];
      if constexpr (std::is_invocable_v<Affected, TopicPartition, const PartitionRegistration&>) {
        if (!affected(TopicPartition{topic.id, static_cast<std::int32_t>(i)}, partition)) continue;
      } else {
        if (!affected(partition)) continue;
      }
      auto builder = change({topic.id, static_cast<std::int32_t>(i)}, topic, partition, moving);
      if (unclean_election_enabled(image_, config_, topic)) builder.election(Election::Unclean);
      if (moving.unclean_shutdown != kNoBroker) builder.unclean_shutdown(moving.unclean_shutdown);
      IdList isr = partition.isr;
      isr.remove(moving.removed);
      isr.remove(moving.unclean_shutdown);
      if (auto record = builder.isr(isr).build()) out.emplace_back(*record);
    }
  }
}

namespace {
auto in_isr(BrokerId id) {
  return [id](const PartitionRegistration& p) { return p.isr.contains(id); };
}
auto in_elr(BrokerId id) {
  return [id](const PartitionRegistration& p) { return p.elr.contains(id); };
}
auto leaderless() {
  return [](const PartitionRegistration& p) { return p.leader == kNoBroker; };
}
BrokerRegistrationChangeRecord registration_change(BrokerId id, BrokerEpoch epoch, std::int8_t fenced,
                                                   std::int8_t in_controlled_shutdown) {
  return {id, epoch, fenced, in_controlled_shutdown, {}};
}
}  // namespace

/// handleBrokerFenced: first the partition changes, then the fence itself.
void ReplicationControl::broker_fenced(BrokerId id, Records& out) const {
  const BrokerRegistration* b = image_.broker(id);
  if (!b) return;
  update_leaders_and_isrs({.removed = id}, in_isr(id), out);
  out.emplace_back(registration_change(id, b->epoch, 1, 0));
}

/// handleBrokerUnfenced: leaderless partitions may be waiting for this broker.
void ReplicationControl::broker_unfenced(BrokerId id, BrokerEpoch epoch, Records& out) const {
  out.emplace_back(registration_change(id, epoch, -1, 0));
  update_leaders_and_isrs({.added = id}, leaderless(), out);
}

/// handleBrokerInControlledShutdown.
void ReplicationControl::broker_in_controlled_shutdown(BrokerId id, BrokerEpoch epoch, Records& out) const {
  const BrokerRegistration* b = image_.broker(id);
  if (b && !b->in_controlled_shutdown) out.emplace_back(registration_change(id, epoch, 0, 1));
  update_leaders_and_isrs({.removed = id}, in_isr(id), out);
}

/// handleBrokerShutdown. After an unclean shutdown the broker's replicas may lack committed records: they leave the ISR
/// and the ELR.
void ReplicationControl::broker_restarted(BrokerId id, bool clean, Records& out) const {
  if (sim::mutant("unclean-shutdown-stays-in-isr") && !clean) return;
  if (historical_.kip_966) return;  // before KIP-966 a registration did not affect partitions
  if (elr_enabled(image_) && !clean) {
    update_leaders_and_isrs({.unclean_shutdown = id}, in_isr(id), out);
    update_leaders_and_isrs({.unclean_shutdown = id}, in_elr(id), out);
  } else {
    update_leaders_and_isrs({.removed = id}, in_isr(id), out);
  }
}

/// handleBrokerUnregistered.
ErrorCode ReplicationControl::unregister_broker(BrokerId id, Records& out) const {
  const BrokerRegistration* b = image_.broker(id);
  if (!b) return ErrorCode::BROKER_ID_NOT_REGISTERED;
  update_leaders_and_isrs({.removed = id}, in_isr(id), out);
  update_leaders_and_isrs({.removed = id}, in_elr(id), out);
  out.emplace_back(protocol::UnregisterBrokerRecord{id, b->epoch});
  return ErrorCode::NONE;
}

/// handleDirectoriesOffline.
void ReplicationControl::directories_offline(BrokerId id, BrokerEpoch epoch,
                                             const std::vector<protocol::DirectoryId>& offline, Records& out) const {
  const BrokerRegistration* b = image_.broker(id);
  if (!b) return;
  const auto is_in = [](const std::vector<protocol::DirectoryId>& dirs, protocol::DirectoryId dir) {
    return std::find(dirs.begin(), dirs.end(), dir) != dirs.end();
  };
  BrokerRegistrationChangeRecord change = registration_change(id, epoch, 0, 0);
  for (const protocol::DirectoryId dir : b->log_dirs)
    if (!is_in(offline, dir)) change.log_dirs.push_back(dir);
  if (change.log_dirs.empty() || change.log_dirs.size() == b->log_dirs.size()) return;
  const auto lies_there = [&](const PartitionRegistration& p) {
    const protocol::DirectoryId dir = p.directory(id);
    return p.replicas.contains(id) && is_in(offline, dir) && is_in(b->log_dirs, dir);
  };
  update_leaders_and_isrs({.removed = id}, lies_there, out);
  out.emplace_back(std::move(change));
}

/// handleAssignReplicasToDirs. In 4.1 this is the only change that ignores the eligible leader replicas; it drops them.
void ReplicationControl::assign_replicas_to_dirs(const protocol::AssignReplicasToDirsRequest& request,
                                                 Records& out) const {
  std::vector<TopicPartition> offline;
  const BrokerRegistration* b = image_.broker(request.broker_id);
  for (const protocol::ReplicaDirectory& r : request.replicas) {
    const PartitionRegistration* p = image_.partition(r.partition);
    if (!p || !p->replicas.contains(request.broker_id)) continue;
    auto builder = change(r.partition, *image_.topic(r.partition.topic), *p, {}, false);
    if (auto record = builder.directory(request.broker_id, r.directory).build()) out.emplace_back(*record);
    if (b && !b->has_online_dir(r.directory)) offline.push_back(r.partition);
  }
  if (offline.empty()) return;
  update_leaders_and_isrs(
      {.removed = request.broker_id},
      [&](TopicPartition tp, const PartitionRegistration&) {
        return std::find(offline.begin(), offline.end(), tp) != offline.end();
      },
      out);
}

bool ReplicationControl::has_leaderships(BrokerId id) const {
  for (const TopicImage& topic : image_.topics())
    for (const PartitionRegistration& p : topic.partitions)
      if (p.leader == id) return true;
  return false;
}

AlterPartitionResponse ReplicationControl::alter_partition(const AlterPartitionRequest& request, Records& out) const {
  AlterPartitionResponse response;
  for (const AlterPartitionData& data : request.partitions) {
    AlterPartitionResult result;
    result.partition = data.partition;
    result.error = validate_alter_partition(request.broker_id, data);
    if (result.error == ErrorCode::NONE) {
      const TopicImage& topic = *image_.topic(data.partition.topic);
      PartitionRegistration partition = *image_.partition(data.partition);
      auto builder = change(data.partition, topic, partition, {});
      if (unclean_election_enabled(image_, config_, topic)) builder.election(Election::Unclean);
      bool new_leader = false;
      if (auto record = builder.isr(data.new_isr).recovery_state(data.recovery_state).build()) {
        partition = merge(partition, *record);
        new_leader = record->has_leader && record->leader != request.broker_id;
        out.emplace_back(*record);
      }
      if (new_leader) {
        // The change completed a reassignment that removes the sender. This is the only response that has an error even
        // though the change was made.
        result.error = ErrorCode::NEW_LEADER_ELECTED;
      } else {
        result.leader = partition.leader;
        result.leader_epoch = partition.leader_epoch;
        result.isr = partition.isr;
        result.recovery_state = partition.recovery_state;
        result.partition_epoch = partition.partition_epoch;
      }
    }
    response.partitions.push_back(result);
  }
  return response;
}

namespace {
/// Replicas.validateIsr: a subset of the replicas, without duplicates.
bool valid_isr(const IdList& replicas, const IdList& isr) {
  for (int i = 0; i < isr.size(); ++i) {
    if (!replicas.contains(isr[i])) return false;
    for (int j = 0; j < i; ++j)
      if (isr[i] == isr[j]) return false;
  }
  return true;
}
}  // namespace

/// Kafka: validateAlterPartitionData, in the same order of checks.
ErrorCode ReplicationControl::validate_alter_partition(BrokerId sender, const AlterPartitionData& data) const {
  if (!image_.topic(data.partition.topic)) return ErrorCode::UNKNOWN_TOPIC_ID;
  const PartitionRegistration* p = image_.partition(data.partition);
  if (!p) return ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
  // The request's epoch is newer than this node's, so this node is probably no longer the active controller.
  if (data.leader_epoch > p->leader_epoch || data.partition_epoch > p->partition_epoch)
    return ErrorCode::NOT_CONTROLLER;
  if (data.leader_epoch < p->leader_epoch) return ErrorCode::FENCED_LEADER_EPOCH;
  if (sender != p->leader) return ErrorCode::INVALID_REQUEST;
  if (data.partition_epoch < p->partition_epoch && !sim::mutant("partition-epoch-unchecked"))
    return ErrorCode::INVALID_UPDATE_VERSION;
  if (!valid_isr(p->replicas, data.new_isr)) return ErrorCode::INVALID_REQUEST;
  if (!data.new_isr.contains(p->leader)) return ErrorCode::INVALID_REQUEST;
  if (data.recovery_state == RecoveryState::Recovering) {
    if (data.new_isr.size() > 1) return ErrorCode::INVALID_REQUEST;
    if (p->recovery_state == RecoveryState::Recovered) return ErrorCode::INVALID_REQUEST;
  }
  // KIP-841 (fenced, shutting down), KIP-903 (a broker epoch that is not the registered one; -1 skips the check).
  for (int i = 0; i < data.new_isr.size(); ++i) {
    const BrokerRegistration* b = image_.broker(data.new_isr[i]);
    const auto at = static_cast<std::size_t>(i);
    const BrokerEpoch epoch = at < data.isr_epochs.size() ? data.isr_epochs[at] : -1;
    if (!b || (!b->active() && !historical_.kip_841) ||
        (epoch != -1 && epoch != b->epoch && !sim::mutant("isr-member-epoch-unchecked")))
      return ErrorCode::INELIGIBLE_REPLICA;
  }
  return ErrorCode::NONE;
}

ErrorCode ReplicationControl::elect_leader(TopicPartition p, Election type, Records& out) const {
  const PartitionRegistration* partition = image_.partition(p);
  if (!partition) return ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
  const bool preferred = type == Election::Preferred;
  if (preferred ? partition->leader == partition->replicas[0] : partition->leader != kNoBroker)
    return ErrorCode::ELECTION_NOT_NEEDED;
  auto record = change(p, *image_.topic(p.topic), *partition, {}).election(type).build();
  if (!record) return preferred ? ErrorCode::PREFERRED_LEADER_NOT_AVAILABLE : ErrorCode::ELIGIBLE_LEADERS_NOT_AVAILABLE;
  out.emplace_back(*record);
  return ErrorCode::NONE;
}

bool ReplicationControl::balance_leaders(Records& out) const {
  for (const TopicImage& topic : image_.topics()) {
    for (std::size_t i = 0; i < topic.partitions.size(); ++i) {
      if (out.size() >= kMaxElectionsPerPass) return true;
      elect_leader({topic.id, static_cast<std::int32_t>(i)}, Election::Preferred, out);
    }
  }
  return false;
}

bool ReplicationControl::elect_unclean_leaders(Records& out) const {
  for (const TopicImage& topic : image_.topics()) {
    for (std::size_t i = 0; i < topic.partitions.size(); ++i) {
      if (topic.partitions[i].leader != kNoBroker || !unclean_election_enabled(image_, config_, topic)) continue;
      if (out.size() >= kMaxElectionsPerPass) return true;
      elect_leader({topic.id, static_cast<std::int32_t>(i)}, Election::Unclean, out);
    }
  }
  return false;
}

}  // namespace kafkascope::controller
