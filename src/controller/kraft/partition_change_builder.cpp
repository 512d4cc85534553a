#include "controller/kraft/partition_change_builder.h"
#include "sim/mutant.h"

#include <algorithm>
#include <vector>

namespace kafkascope::controller {

using protocol::kNoBroker;

std::optional<PartitionChangeRecord> PartitionChangeBuilder::build() {
  PartitionChangeRecord record;
  record.partition = name_;

  complete_reassignment();
  populate_elr();
  elect_into(record);

  // A replica set that loses a member needs a new leader epoch; otherwise the removed replica could go on fetching
  // (KIP-455).
  if (!record.has_leader && !contains_all(replicas_, partition_.replicas)) {
    record.has_leader = true;
    record.leader = partition_.leader;
  }

  update_elr(record);

  // Without ELR the last member of an ISR is never removed, because only that member can lead again.
  if (!record.has_isr && (!isr_.empty() || elr_enabled_) && !(isr_ == partition_.isr)) {
    record.has_isr = true;
    record.isr = isr_;
  }

  update_last_known_leader(record);

  if (!replicas_.empty() && !(replicas_ == partition_.replicas)) {
    record.has_replicas = true;
    record.replicas = replicas_;
  }
  if (!(removing_ == partition_.removing)) {
    record.has_removing = true;
    record.removing = removing_;
  }
  if (!(adding_ == partition_.adding)) {
    record.has_adding = true;
    record.adding = adding_;
  }
  if (recovery_state_ != partition_.recovery_state) {
    record.has_recovery_state = true;
    record.recovery_state = recovery_state_;
  }

  update_directories(record);

  const bool changes = record.has_isr || record.has_leader || record.has_replicas || record.has_adding ||
                       record.has_removing || record.has_elr || record.has_last_known_elr ||
                       record.has_recovery_state || record.has_directories;
  if (!changes) return std::nullopt;
  return record;
}

/// Kafka: PartitionReassignmentReplicas.maybeCompleteReassignment. The reassignment is complete when every replica that
/// stays is in sync.
void PartitionChangeBuilder::complete_reassignment() {
  if (adding_.empty() && removing_.empty()) return;
  const auto stays = [&](BrokerId id) { return !removing_.contains(id); };
  const IdList isr = filtered(isr_, stays);
  const IdList replicas = filtered(replicas_, stays);
  if (isr.empty() || replicas.empty() || (!contains_all(isr, replicas) && !sim::mutant("reassignment-does-not-wait")))
    return;
  isr_ = isr;
  replicas_ = replicas;
  adding_.clear();
  removing_.clear();
}

/// KIP-966: below min ISR the high watermark does not advance, so a replica that leaves the ISR at that time still has
/// every committed record and may lead.
void PartitionChangeBuilder::populate_elr() {
  if (!elr_enabled_) return;
  if (isr_.size() >= min_isr_) {
    elr_.clear();
    return;
  }
  std::vector<BrokerId> candidates(partition_.isr.begin(), partition_.isr.end());
  candidates.insert(candidates.end(), elr_.begin(), elr_.end());
  std::sort(candidates.begin(), candidates.end());
  candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
  elr_.clear();
  for (BrokerId id : candidates)
    if (!isr_.contains(id) && (id != unclean_shutdown_ || sim::mutant("elr-keeps-an-unclean-member")))
      elr_.push_back(id);
}

bool PartitionChangeBuilder::may_lead(BrokerId replica) const {
  const bool has_everything =
      sim::mutant("election-outside-the-isr") || isr_.contains(replica) || (isr_.empty() && elr_.contains(replica));
  return has_everything && acceptable_.contains(replica);
}

/// No replica is known to have every committed record. The last leader is the best guess, so that a partition with ELR
/// does not wait for an unclean election that is not enabled (KIP-966, "Balanced" recovery; only if the last leader is
/// alive: KAFKA-19522).
bool PartitionChangeBuilder::may_elect_last_known_leader() const {
  return elr_enabled_ && elr_.empty() && isr_.empty() && partition_.last_known_elr.size() == 1 &&
         acceptable_.contains(partition_.last_known_elr[0]);
}

PartitionChangeBuilder::Elected PartitionChangeBuilder::elect() const {
  if (election_ == Election::Preferred && !sim::mutant("preferred-leader-ignored") && !replicas_.empty() &&
      may_lead(replicas_[0]))
    return {replicas_[0], false};
  if (may_lead(partition_.leader)) return {partition_.leader, false};
  for (BrokerId id : replicas_)
    if (may_lead(id)) return {id, false};
  if (may_elect_last_known_leader()) return {partition_.last_known_elr[0], true};
  if (election_ == Election::Unclean || sim::mutant("unclean-election-always")) {
    for (BrokerId id : replicas_)
      if (acceptable_.contains(id)) return {id, true};
  }
  return {kNoBroker, false};
}

void PartitionChangeBuilder::elect_into(PartitionChangeRecord& record) {
  const Elected elected = elect();
  if (elected.leader == partition_.leader) return;
  if (elr_.contains(elected.leader)) {
    isr_ = IdList{elected.leader};
    elr_.remove(elected.leader);
  }
  record.has_leader = true;
  record.leader = elected.leader;
  if (!elected.unclean) return;
  // Records that the old ISR had and the new leader lacks are lost.
  record.has_isr = true;
  record.isr = IdList{elected.leader};
  if (partition_.recovery_state != RecoveryState::Recovering && !forget_unclean_elections_) {
    record.has_recovery_state = true;
    record.recovery_state = RecoveryState::Recovering;
  }
}

void PartitionChangeBuilder::update_elr(PartitionChangeRecord& record) {
  const bool clean = !record.has_isr;
  if (!clean || !elr_enabled_) elr_.clear();
  if (elr_ == partition_.elr) return;
  record.has_elr = true;
  record.elr = elr_;
}

void PartitionChangeBuilder::update_last_known_leader(PartitionChangeRecord& record) const {
  if (!elr_enabled_) return;
  const IdList& last_known = partition_.last_known_elr;
  const bool no_change_of_leader = !record.has_leader;
  if (record.has_isr && record.isr.empty() && (last_known.size() != 1 || last_known[0] != partition_.leader)) {
    record.has_last_known_elr = true;
    record.last_known_elr = IdList{partition_.leader};
    return;
  }
  const bool will_have_leader = (record.has_leader && record.leader >= 0) ||
                                (partition_.leader != kNoBroker && (no_change_of_leader || record.leader != kNoBroker));
  if (will_have_leader && !last_known.empty()) {
    record.has_last_known_elr = true;
    record.last_known_elr.clear();
  }
}

void PartitionChangeBuilder::update_directories(PartitionChangeRecord& record) const {
  if (!record.has_replicas && moved_replica_ == kNoBroker) return;
  IdList directories;
  bool any_known = !partition_.directories.empty();
  for (BrokerId id : record.has_replicas ? record.replicas : partition_.replicas) {
    const protocol::BrokerRegistration* broker = image_ == nullptr ? nullptr : image_->broker(id);
    directories.push_back(id == moved_replica_               ? moved_to_
                          : partition_.replicas.contains(id) ? partition_.directory(id)
                          : broker != nullptr                ? broker->default_dir()
                                                             : protocol::kUnassigned);
    any_known |= directories[directories.size() - 1] != protocol::kUnassigned;
  }
  if (!any_known || directories == partition_.directories) return;
  record.has_directories = true;
  record.directories = directories;
}

}  // namespace kafkascope::controller
