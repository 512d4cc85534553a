// Computes the change of one partition when its replicas, ISR or eligible leaders change: all leader elections under
// KRaft happen here. Kafka: PartitionChangeBuilder. Source: KIP-631, KIP-704 (recovery state), KIP-966 (eligible leader
// replicas), KIP-455 (reassignment).
#pragma once
#include <cstdint>
#include <optional>

#include "protocol/metadata_image.h"

namespace kafkascope::controller {

using protocol::BrokerId;
using protocol::IdList;
using protocol::PartitionChangeRecord;
using protocol::PartitionRegistration;
using protocol::RecoveryState;
using protocol::TopicPartition;

enum class Election : std::uint8_t {
  Preferred,  // the first replica if it may lead, else the same as Online
  Online,     // keep the leader if it may lead, else the first eligible replica in the order of the assignment
  Unclean     // the same as Online; if no replica is eligible, the first live replica
};

/// Set the targets, then call build() once. Values that are not set stay unchanged.
class PartitionChangeBuilder {
 public:
  /// acceptable: tells whether a replica may lead (unfenced, not shutting down), whether or not it is in the ISR.
  /// min_isr: min.insync.replicas of the topic, at most its replication factor.
  PartitionChangeBuilder(TopicPartition name, const PartitionRegistration& partition, const IdList& acceptable,
                         int min_isr, bool elr_enabled)
      : name_(name),
        partition_(partition),
        acceptable_(acceptable),
        min_isr_(min_isr),
        elr_enabled_(elr_enabled),
        isr_(partition.isr),
        replicas_(partition.replicas),
        adding_(partition.adding),
        removing_(partition.removing),
        elr_(partition.elr),
        recovery_state_(partition.recovery_state) {}

  PartitionChangeBuilder& election(Election e) { return election_ = e, *this; }
  PartitionChangeBuilder& isr(const IdList& l) { return isr_ = l, *this; }
  PartitionChangeBuilder& replicas(const IdList& l) { return replicas_ = l, *this; }
  PartitionChangeBuilder& adding(const IdList& l) { return adding_ = l, *this; }
  PartitionChangeBuilder& removing(const IdList& l) { return removing_ = l, *this; }
  PartitionChangeBuilder& recovery_state(RecoveryState s) { return recovery_state_ = s, *this; }
  /// Before KIP-704 an unclean election leaves no mark in the partition.
  PartitionChangeBuilder& forget_unclean_elections(bool forget) { return forget_unclean_elections_ = forget, *this; }
  /// This broker lost its unflushed records: it leaves the ISR and the ELR (KIP-966).
  PartitionChangeBuilder& unclean_shutdown(BrokerId id) { return unclean_shutdown_ = id, *this; }

  /// The directory of the broker that holds its replica (KIP-858).
  PartitionChangeBuilder& directory(BrokerId replica, protocol::DirectoryId dir) {
    return moved_replica_ = replica, moved_to_ = dir, *this;
  }
  /// The default directories of new replicas come from these registrations.
  PartitionChangeBuilder& directories_of(const protocol::MetadataImage& image) { return image_ = &image, *this; }

  /// Returns nullopt if nothing changes.
  std::optional<PartitionChangeRecord> build();

 private:
  struct Elected {
    BrokerId leader;
    bool unclean;
  };
  bool may_lead(BrokerId replica) const;
  bool may_elect_last_known_leader() const;
  Elected elect() const;
  void complete_reassignment();
  void populate_elr();
  void elect_into(PartitionChangeRecord& record);
  void update_elr(PartitionChangeRecord& record);
  void update_last_known_leader(PartitionChangeRecord& record) const;
  void update_directories(PartitionChangeRecord& record) const;

  TopicPartition name_;
  PartitionRegistration partition_;
  IdList acceptable_;
  int min_isr_;
  bool elr_enabled_;
  Election election_ = Election::Online;
  IdList isr_, replicas_, adding_, removing_, elr_;
  RecoveryState recovery_state_;
  bool forget_unclean_elections_ = false;
  BrokerId unclean_shutdown_ = protocol::kNoBroker;
  BrokerId moved_replica_ = protocol::kNoBroker;
  protocol::DirectoryId moved_to_ = protocol::kUnassigned;
  const protocol::MetadataImage* image_ = nullptr;
};

/// The members of `list` that `keep` accepts, in the order of `list`.
template <class Keep>
IdList filtered(const IdList& list, Keep keep) {
  IdList out;
  for (BrokerId id : list)
    if (keep(id)) out.push_back(id);
  return out;
}
/// True if `list` contains every member of `members`.
inline bool contains_all(const IdList& list, const IdList& members) {
  for (BrokerId id : members)
    if (!list.contains(id)) return false;
  return true;
}

}  // namespace kafkascope::controller
