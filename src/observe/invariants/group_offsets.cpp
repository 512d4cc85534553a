#include "observe/invariants/group_offsets.h"

#include <fmt/format.h>

#include <sstream>

namespace kafkascope::observe {

using protocol::Trace;

void GroupOffsets::on_trace(const sim::TraceLine& line, const WorldView&, Violations& out) {
  const TopicPartition tp{line.topic, line.partition};
  const auto exposed = [&] {
    const std::int64_t* highest = exposed_.find(tp);
    return highest == nullptr ? 0 : *highest;
  };
  const auto broke = [&](std::string detail) { out.push_back({std::string(kName), line.time.us, std::move(detail), tp.topic, tp.partition}); };
  switch (static_cast<Trace>(line.kind)) {
    case Trace::HighWatermarkAdvanced: {
      auto& highest = exposed_[tp];
      highest = std::max(highest, line.b);
      break;
    }
    case Trace::RecordDelivered:
      if (line.b >= exposed())
        broke(fmt::format("offset {} was handed to a consumer, but no leader's high watermark was past {}", line.b, exposed()));
      break;
    case Trace::TopicDeleted:
      // Its readers' positions outlive it, and are committed to a topic of the same name: Kafka's consumers know names.
      for (const auto& [topic, group] : readers_)
        if (topic == line.topic) excuse(group);
      break;
    case Trace::OffsetCommitted: {
      if (line.a < 0) {  // the topic was deleted, and the offset with it
        committed_.erase({line.text, tp});
        break;
      }
      if (excused_.contains(line.text)) {
        committed_[{line.text, tp}] = line.a;
        break;
      }
      if (line.a > exposed())
        broke(fmt::format("group {} committed offset {}, but no leader's high watermark was past {}", line.text, line.a, exposed()));
      auto [it, first] = committed_.try_emplace({line.text, tp}, line.a);
      if (!first && line.a < it->second) broke(fmt::format("group {} went back from offset {} to {}", line.text, it->second, line.a));
      it->second = line.a;
      break;
    }
    case Trace::PositionSet:
      if (const auto group = group_of_.find(line.node.index); group != group_of_.end()) {
        readers_.insert({line.topic, group->second});
        if (line.text != "committed") committed_.erase({group->second, tp});  // reset, out of range, truncated, seek
      }
      break;
    case Trace::PartitionsAssigned: {
      const auto group = group_of_.find(line.node.index);
      if (group == group_of_.end()) break;
      // "[orders-0, orders-1]"
      const auto open = line.text.find('['), close = line.text.rfind(']');
      std::istringstream partitions(open == std::string::npos || close == std::string::npos ? line.text : line.text.substr(open + 1, close - open - 1));
      for (std::string name; std::getline(partitions, name, ',');) {
        const auto begin = name.find_first_not_of(' ');
        if (begin == std::string::npos) continue;
        name = name.substr(begin);
        auto [it, first] = owners_.try_emplace({group->second, line.a, name}, line.node.index);
        if (first || it->second == line.node.index) continue;
        const std::string& instance = instance_of_[line.node.index];
        if (line.a < 0)  // assign(): without a generation nothing is guarded, and one's commits overwrite the other's
          excuse(group->second);
        else if (!instance.empty() && instance == instance_of_[it->second])  // one static member: the process before it is fenced (KIP-345)
          it->second = line.node.index;
        else
          broke(fmt::format("{} has two owners in generation {} of group {}", name, line.a, group->second));
      }
      break;
    }
    default: break;
  }
}

}  // namespace kafkascope::observe
