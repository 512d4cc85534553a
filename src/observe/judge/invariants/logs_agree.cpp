#include "observe/judge/invariants/logs_agree.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_quorum.h"
#include "raft/quorum_node.h"
#include "storage/partition_log.h"

#include <algorithm>

namespace kafkascope::observe {

using protocol::Trace;

void LogsAgree::on_lost(const WorldView& world, TopicPartition tp, std::int32_t node, std::int64_t from) {
  // While all controllers are starting, the metadata is unknown: the written batches decide instead.
  const auto* registration = world.committed().partition(tp);
  const auto& written = written_[tp];
  lost_[{tp, node}] = {from, registration != nullptr ? registration->leader_epoch.value
                             : written.empty()       ? -1
                                                     : written.back().epoch};
}

void LogsAgree::on_trace(const sim::TraceLine& line, const protocol::TraceSubject* subject, const WorldView& world,
                         Violations& out) {
  const auto trace = static_cast<Trace>(line.kind);
  const TopicPartition tp{line.topic, line.partition};
  if (line.kind == sim::trace_kind::kNodeStarted) {
    const BrokerId broker = world.broker_at(line.node);
    if (broker < 0) return;
    written_.for_each([&](TopicPartition p, const auto& written) {
      if (!written.empty() && begins_empty(world, broker, p)) on_lost(world, p, line.node.index, 0);
    });
  } else if (const auto recovered = fact_if<fact::LogRecovered>(line)) {
    if (recovered->lost_from.known()) on_lost(world, tp, line.node.index, recovered->log_end_offset.value);
  } else if (const auto given = fact::written_in(line)) {
    const std::int64_t offset = given->base_offset.value;
    const std::int32_t epoch = given->leader_epoch.value;
    if (subject->batch->compacted)
      return;  // each replica's cleaner takes its own time; what is left of a batch may differ
    if (world.broker_at(line.node) < 0) return;
    auto& written = written_[tp];
    const auto before = [](const Written& w, std::int64_t at) { return w.offset < at; };
    const bool newest = written.empty() || written.back().offset < offset;
    auto it = newest ? written.end() : std::lower_bound(written.begin(), written.end(), offset, before);
    while (it != written.end() && it->offset == offset && it->epoch != epoch) ++it;
    if (it == written.end() || it->offset != offset) {
      written.insert(it, {offset, epoch, subject->batch->crc});
    } else if (it->crc == subject->batch->crc) {
      return;
    } else if (const auto lost = lost_.find({tp, line.node.index});
               trace == Trace::LogAppended && lost != lost_.end() && offset >= lost->second.from &&
               epoch <= lost->second.epoch) {
      const auto [from, first] = rewritten_from_.try_emplace({tp, epoch}, offset);
      from->second = std::min<std::int64_t>(from->second, offset);
    } else if (const auto from = rewritten_from_.find({tp, epoch});
               (from == rewritten_from_.end() || offset < from->second) && told_.insert({tp, epoch}).second) {
      out.push_back({std::string(kName),
                     line.time.us,
                     {"broken.other_batch"_w, {{"node", world.node(line.node)}, {"offset", offset}, {"epoch", epoch}}},
                     tp.topic,
                     tp.partition});
    }
  } else if (const auto applied = fact_if<fact::MetadataApplied>(line)) {
    const std::int64_t offset = applied->offset.value;
    const std::int32_t epoch = applied->epoch.value;
    const std::string record = applied->record.str();
    auto& here = quorum_[offset];
    const auto it = std::find_if(here.begin(), here.end(), [&](const auto& w) { return w.first == epoch; });
    if (it == here.end()) {
      if (!here.empty())
        out.push_back(
            {std::string(kName),
             line.time.us,
             {"broken.metadata_epochs"_w, {{"offset", offset}, {"first", here.front().first}, {"second", epoch}}},
             -1,
             -1});
      here.emplace_back(epoch, record);
    } else if (it->second != record) {
      out.push_back({std::string(kName),
                     line.time.us,
                     {"broken.metadata_records"_w, {{"offset", offset}, {"first", it->second}, {"second", record}}},
                     -1,
                     -1});
    }
    const raft::QuorumNode* own = world.quorum_log(line.node);
    if (own == nullptr || offset < own->log().start_offset().value) return;
    for (const raft::QuorumNode* voter :
         world.voters()) {  // compares with the first other voter that knows the offset as committed
      if (voter == own || std::min(voter->high_watermark(), voter->log().end_offset()).value <= offset) continue;
      if (offset < voter->log().start_offset().value) continue;  // the voter has only a snapshot of that offset
      if (!(voter->log().entry(applied->offset) == own->log().entry(applied->offset)))
        out.push_back({std::string(kName),
                       line.time.us,
                       {"broken.metadata_voter"_w, {{"offset", offset}, {"record", record}}},
                       -1,
                       -1});
      break;
    }
  }
}

}  // namespace kafkascope::observe
