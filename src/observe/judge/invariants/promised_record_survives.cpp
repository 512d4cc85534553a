#include "observe/judge/invariants/promised_record_survives.h"
#include "protocol/facts_of_cluster.h"
#include "protocol/facts_of_logs.h"
#include "storage/partition_log.h"

namespace kafkascope::observe {

using protocol::Trace;

namespace {

Violation not_allowed(const sim::TraceLine& line, BrokerId leader) {
  return {std::string(PromisedRecordSurvives::kName),
          line.time.us,
          {"broken.not_allowed"_w, {{"broker", leader}}},
          line.topic,
          line.partition};
}

}  // namespace

void PromisedRecordSurvives::lose(Partition& p, BrokerId broker, std::int64_t from) {
  if (from >= p.committed_end) return;
  auto [it, first] = p.gave_up.try_emplace(broker, Range{from, p.committed_end});
  if (first) return;
  it->second.from = std::min(it->second.from, from);
  it->second.to = std::max(it->second.to, p.committed_end);
}

void PromisedRecordSurvives::on_trace(const sim::TraceLine& line, const WorldView& world, Violations& out) {
  if (line.kind == sim::trace_kind::kNodeStarted) {
    const BrokerId broker = world.broker_at(line.node);
    if (!unnoticed_ || broker < 0) return;
    partitions_.for_each([&](TopicPartition p, Partition& partition) {
      if (partition.committed_end > 0 && begins_empty(world, broker, p)) partition.torn[broker] = 0;
    });
    return;
  }
  const TopicPartition tp{line.topic, line.partition};
  switch (static_cast<Trace>(line.kind)) {
    case Trace::HighWatermarkAdvanced: {
      Partition& p = partitions_[tp];
      p.committed_end = std::max(p.committed_end, as<fact::HighWatermarkAdvanced>(line).to.value);
      break;
    }
    case Trace::LogTruncated:
      lose(partitions_[tp], world.broker_at(line.node), as<fact::LogTruncated>(line).to.value);
      break;
    case Trace::LogReplicated: {
      Partition& p = partitions_[tp];
      const std::int64_t end = as<fact::LogReplicated>(line).last_offset.value + 1;
      if ((p.torn.empty() && p.moved_away.empty()) || end < p.committed_end) break;
      p.torn.erase(world.broker_at(line.node));  // it has all records again
      p.moved_away.erase(world.broker_at(line.node));
      break;
    }
    case Trace::LogDeleted: {
      const BrokerId broker = world.broker_at(line.node);
      lose(partitions_[tp], broker, 0);
      const auto* registration = world.committed().partition(tp);
      const bool away = registration != nullptr &&
                        (!registration->replicas.contains(broker) || registration->adding.contains(broker));
      if (away && registration->elr.contains(broker)) partitions_[tp].moved_away.insert(broker);
      break;
    }
    case Trace::LogRecovered: {
      const auto recovered = as<fact::LogRecovered>(line);
      if (!recovered.lost_from.known()) break;
      lose(partitions_[tp], world.broker_at(line.node), recovered.log_end_offset.value);
      partitions_[tp].torn[world.broker_at(line.node)] = recovered.log_end_offset.value;
      break;
    }
    case Trace::LeaderElected: {
      // Emitted just before the change is applied: the committed ISR and ELR are still those on which the election was
      // based.
      Partition& p = partitions_[tp];
      const auto* before = world.committed().partition(tp);
      const auto elected = as<fact::LeaderElected>(line);
      const BrokerId leader = elected.leader;
      p.outside = before != nullptr && leader >= 0 && !before->isr.contains(leader) && !before->elr.contains(leader);
      p.empty_handed = before != nullptr && !before->isr.contains(leader) && before->elr.contains(leader) &&
                       p.moved_away.contains(leader);
      if (!p.outside) break;
      // (The same change may remove the last eligible replica, when its broker registers after an unclean shutdown.)
      const bool last_known =
          before->isr.empty() && before->last_known_elr.size() == 1 && before->last_known_elr[0] == leader;
      p.allowed = unclean_asked_ || last_known || world.unclean_election_enabled(tp);
      p.in_a_move = !before->adding.empty() || !before->removing.empty();
      p.elected_epoch = elected.leader_epoch;
      if (!p.allowed && !p.in_a_move) out.push_back(not_allowed(line, leader));
      break;
    }
    case Trace::ReassignmentChanged: {
      // The change that ends a reassignment adds the last member, which may become leader in the same change. Its line
      // precedes the election's line; both precede the change.
      Partition& p = partitions_[tp];
      const auto* before = world.committed().partition(tp);
      const auto change = as<fact::ReassignmentChanged>(line);
      if (p.in_a_move && change.adding == 0 && change.removing == 0 && before != nullptr &&
          before->leader_epoch < p.elected_epoch)
        p.outside = p.in_a_move = false;
      break;
    }
    case Trace::BecameLeader: {
      Partition& p = partitions_[tp];
      const BrokerId leader = world.broker_at(line.node);
      const auto* registration = world.committed().partition(tp);
      const auto led = as<fact::BecameLeader>(line);
      if (registration == nullptr || registration->leader != leader || registration->leader_epoch != led.leader_epoch)
        break;  // a stale leader: checked at its successor
      // A process that has just started reads in old metadata that it leads, as the process before it did. It serves no requests until the
      // controller has registered it, which includes a new election.
      if (!world.has_joined(leader)) break;
      if (p.outside && p.in_a_move && !p.allowed) out.push_back(not_allowed(line, leader));
      const std::int64_t end = led.start_offset.value;
      if (end >= p.committed_end) break;
      BrokerId survivor = -1;
      IdList members = registration->isr;
      for (BrokerId id : registration->elr)
        if (!members.contains(id)) members.push_back(id);
      for (BrokerId id : members) {
        const auto* log = world.log(id, tp);
        const auto lost = p.gave_up.find(id);
        const bool kept = lost == p.gave_up.end() || lost->second.from >= p.committed_end || lost->second.to <= end;
        if (id != leader && log != nullptr && log->log_end_offset().value >= p.committed_end && kept) survivor = id;
      }
      const auto torn = p.torn.find(leader);
      const bool unnoticed = unnoticed_ && torn != p.torn.end() && torn->second <= end;
      if (survivor >= 0 && !p.outside && !p.empty_handed && !unnoticed) {
        out.push_back({std::string(kName),
                       line.time.us,
                       {"broken.promised_lost"_w,
                        {{"broker", leader}, {"from", end}, {"committed", p.committed_end}, {"keeper", survivor}}},
                       tp.topic,
                       tp.partition});
      } else {
        lost_by_promise_end_ += p.committed_end - end;
      }
      p.committed_end = end;  // the log continues from here
      p.torn.clear();
      p.moved_away.erase(leader);
      for (auto& [id, range] : p.gave_up) range.to = std::min(range.to, end);
      break;
    }
    default: break;
  }
}

}  // namespace kafkascope::observe
