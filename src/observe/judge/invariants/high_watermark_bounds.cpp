#include "observe/judge/invariants/high_watermark_bounds.h"
#include "protocol/facts_of_cluster.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_quorum.h"
#include "raft/quorum_node.h"
#include "storage/partition_log.h"

#include <algorithm>

namespace kafkascope::observe {

using protocol::Trace;

/// The log end in its trace lines, or the log's own end if that is greater; the log is read only if the lines do not
/// reach `enough`.
std::int64_t HighWatermarkBounds::end_of(BrokerId broker, TopicPartition tp, std::int64_t enough,
                                         const WorldView& world) const {
  const auto* reported = reported_.find(tp);
  const auto said =
      reported == nullptr ? sim::FlatMap<BrokerId, std::int64_t>::const_iterator{} : reported->find(broker);
  const std::int64_t told = reported == nullptr || said == reported->end() ? 0 : said->second;
  if (told >= enough) return told;
  const auto* log = world.log(broker, tp);
  return std::max(told, log == nullptr ? 0 : log->log_end_offset().value);
}

/// A newly elected leader starts from its own log end.
void HighWatermarkBounds::on_isr_changed(const sim::TraceLine& line, TopicPartition tp, const WorldView& world,
                                         Violations& out) const {
  const auto* before = world.committed().partition(tp);  // emitted just before the change is applied
  const auto* leader = before == nullptr ? nullptr : world.log(before->leader, tp);
  if (ignore_processes_ || leader == nullptr) return;
  for (const BrokerId member : as<fact::IsrChanged>(line).isr.ids()) {
    const bool elected = elected_.partition == tp && elected_.at == line.time && elected_.leader == member;
    if (elected || before->isr.contains(member)) continue;
    const auto* log = world.log(member, tp);
    // If the process is gone, the registration of its successor will show the log end.
    if (log != nullptr && world.has_joined(member) && log->log_end_offset() < leader->high_watermark())
      out.push_back(
          {std::string(kName),
           line.time.us,
           {"broken.isr_let_in_by_controller"_w,
            {{"broker", member}, {"end", log->log_end_offset().value}, {"committed", leader->high_watermark().value}}},
           tp.topic,
           tp.partition});
  }
}

void HighWatermarkBounds::on_trace(const sim::TraceLine& line, const WorldView& world, Violations& out) {
  const TopicPartition tp{line.topic, line.partition};
  const auto broke = [&](words::Message detail) {
    out.push_back({std::string(kName), line.time.us, std::move(detail), tp.topic, tp.partition});
  };
  const auto trace = static_cast<Trace>(line.kind);
  if (const auto written = fact::written_in(line)) {
    reported_[tp][world.broker_at(line.node)] = written->last_offset.value + 1;
  } else if (const auto truncated = fact_if<fact::LogTruncated>(line)) {
    reported_[tp][world.broker_at(line.node)] = truncated->to.value;
  } else if (trace == Trace::LogDeleted) {
    reported_[tp][world.broker_at(line.node)] = 0;
  } else if (const auto recovered = fact_if<fact::LogRecovered>(line)) {
    // A leader alone in the ISR keeps leading in its epoch, with its remaining log and old metadata, until it is
    // registered again.
    const BrokerId leader = world.broker_at(line.node);
    const auto* registration = world.committed().partition(tp);
    if (recovered->lost_from.known() && registration != nullptr && registration->isr == IdList{leader})
      reigns_[tp].erase_key(leader);
  } else if (const auto elected = fact_if<fact::LeaderElected>(line)) {
    elected_ = {tp, line.time, elected->leader};
  } else if (trace == Trace::IsrChanged) {
    on_isr_changed(line, tp, world, out);
  } else if (trace == Trace::IsrExpand) {
    const BrokerId leader = world.broker_at(line.node);
    const auto* log = world.log(leader, tp);
    const std::int64_t committed = log == nullptr ? 0 : log->high_watermark().value;
    for (BrokerId member : world.maximal_isr(leader, tp))
      if (const std::int64_t end = end_of(member, tp, committed, world); end < committed)
        broke({"broken.isr_let_in"_w, {{"broker", member}, {"end", end}, {"committed", committed}}});
  } else if (const auto advanced = fact_if<fact::HighWatermarkAdvanced>(line)) {
    const BrokerId leader = world.broker_at(line.node);
    const std::int64_t to = advanced->to.value;
    const std::int32_t epoch = advanced->leader_epoch.value;
    Reign& reign = reigns_[tp][leader];
    if (reign.epoch == epoch && to < reign.high_watermark &&
        world.has_joined(leader))  // before it joins, it leads by old metadata only
      broke(
          {"broken.hw_lowered"_w, {{"broker", leader}, {"from", reign.high_watermark}, {"to", to}, {"epoch", epoch}}});
    reign = {epoch, to};
    if (is_deleted(world, tp.topic)) return;
    const IdList isr = world.maximal_isr(leader, tp);
    const auto* registration = world.committed().partition(tp);
    for (BrokerId member : isr) {
      // The reassignment is finished and the replica has deleted its log, but the leader does not know it yet.
      if (registration != nullptr && !registration->replicas.contains(member)) continue;
      const std::int64_t end = end_of(member, tp, to, world);
      if (end < to)
        broke({"broken.hw_past_member"_w, {{"broker", leader}, {"to", to}, {"member", member}, {"end", end}}});
    }
    if (const int least = world.effective_min_isr(leader, tp); !ignore_min_isr_ && isr.size() < least)
      broke({"broken.hw_below_min_isr"_w, {{"broker", leader}, {"to", to}, {"isr", isr.size()}, {"least", least}}});
  } else if (const auto quorum = fact_if<fact::QuorumHighWatermark>(line)) {
    const raft::QuorumNode* node = world.voter_at(line.node);
    if (node == nullptr || !node->is_leader()) return;
    const auto voters = world.voters();
    const auto have = std::count_if(voters.begin(), voters.end(),
                                    [&](const raft::QuorumNode* v) { return v->log().flushed_offset() >= quorum->to; });
    if (quorum->to <= node->leading().epoch_start())
      broke({"broken.quorum_hw_of_old_epoch"_w,
             {{"to", quorum->to.value}, {"start", node->leading().epoch_start().value}}});
    if (2 * have <= static_cast<std::ptrdiff_t>(voters.size()))
      broke({"broken.quorum_hw_minority"_w, {{"to", quorum->to.value}, {"have", have}, {"voters", voters.size()}}});
  }
}

}  // namespace kafkascope::observe
