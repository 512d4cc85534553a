#include "observe/invariants/logs_agree.h"
#include "raft/quorum_node.h"
#include "storage/partition_log.h"

#include <fmt/format.h>

#include <algorithm>

namespace kafkascope::observe {

using protocol::Trace;

void LogsAgree::on_lost(const WorldView& world, TopicPartition tp, std::int32_t node, std::int64_t from) {
  // Of controllers that are all about to start nobody knows the metadata yet: then by what was written.
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
  } else if (trace == Trace::LogRecovered) {
    if (line.b >= 0) on_lost(world, tp, line.node.index, line.a);
  } else if (trace == Trace::LogAppended || trace == Trace::LogReplicated) {
    if (subject->batch->compacted)
      return;  // each replica's cleaner takes its own time; what is left of a batch may differ
    if (world.broker_at(line.node) < 0) return;
    auto& written = written_[tp];
    const auto before = [](const Written& w, std::int64_t offset) { return w.offset < offset; };
    const bool newest = written.empty() || written.back().offset < line.a;
    auto it = newest ? written.end() : std::lower_bound(written.begin(), written.end(), line.a, before);
    while (it != written.end() && it->offset == line.a && it->epoch != line.c) ++it;
    if (it == written.end() || it->offset != line.a) {
      written.insert(it, {line.a, static_cast<std::int32_t>(line.c), subject->batch->crc});
    } else if (it->crc == subject->batch->crc) {
      return;
    } else if (const auto lost = lost_.find({tp, line.node.index});
               trace == Trace::LogAppended && lost != lost_.end() && line.a >= lost->second.from &&
               line.c <= lost->second.epoch) {
      const auto [from, first] = rewritten_from_.try_emplace({tp, line.c}, line.a);
      from->second = std::min(from->second, line.a);
    } else if (const auto from = rewritten_from_.find({tp, line.c});
               (from == rewritten_from_.end() || line.a < from->second) && told_.insert({tp, line.c}).second) {
      out.push_back({std::string(kName), line.time.us,
                     fmt::format("{} holds another batch at offset {} of leader epoch {} than was written there",
                                 world.node(line.node), line.a, line.c),
                     tp.topic, tp.partition});
    }
  } else if (trace == Trace::MetadataApplied) {
    auto& here = quorum_[line.a];
    const auto it = std::find_if(here.begin(), here.end(), [&](const auto& w) { return w.first == line.b; });
    if (it == here.end()) {
      if (!here.empty())
        out.push_back({std::string(kName), line.time.us,
                       fmt::format("offset {} of the metadata log was applied in epoch {} and in epoch {}", line.a,
                                   here.front().first, line.b),
                       -1, -1});
      here.emplace_back(line.b, line.text.str());
    } else if (it->second != line.text.str()) {
      out.push_back({std::string(kName), line.time.us,
                     fmt::format("offset {} of the metadata log was applied as {} and as {}", line.a, it->second,
                                 line.text.str()),
                     -1, -1});
    }
    const raft::QuorumNode* own = world.quorum_log(line.node);
    if (own == nullptr || line.a < own->log_start_offset().value) return;
    for (const raft::QuorumNode* voter :
         world.voters()) {  // with the first other one that knows the offset to be committed
      if (voter == own || std::min(voter->high_watermark(), voter->log_end_offset()).value <= line.a) continue;
      if (line.a < voter->log_start_offset().value) continue;  // the voter has only a snapshot of that
      if (!(voter->entry(protocol::Offset{line.a}) == own->entry(protocol::Offset{line.a})))
        out.push_back(
            {std::string(kName), line.time.us,
             fmt::format("offset {} of the metadata log, a {}, is not what a voter has there", line.a, line.text.str()),
             -1, -1});
      break;
    }
  }
}

}  // namespace kafkascope::observe
