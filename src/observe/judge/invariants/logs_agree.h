// Logs agree wherever (epoch, offset) agree: every replica holds, at an offset, what the leader of that epoch wrote there. The
// same holds for the quorum's log.
//
// Kafka itself has one exception: a leader that lost its tail in a power failure, or its disk (2.5), and returns before the controller
// noticed continues in its old epoch until it is registered again, and its coordinator may write different records at
// the same offsets.
#pragma once
#include <map>
#include <set>
#include <unordered_map>

#include "observe/judge/invariants/violation.h"
#include "observe/judge/world_view.h"
#include "words/key.h"

namespace kafkascope::observe {

class LogsAgree {
 public:
  static constexpr std::string_view kName = "logs-agree";
  static constexpr words::Key kWords = "invariant.logs_agree"_w;

  void on_trace(const sim::TraceLine& line, const protocol::TraceSubject* subject, const WorldView& world,
                Violations& out);

 private:
  struct Written {
    std::int64_t offset = -1;
    std::int32_t epoch = -1;
    std::uint32_t crc = 0;
  };
  protocol::PerPartition<std::vector<Written>>
      written_;  // every batch of a partition, by base offset; at most one per epoch at an offset (usually one)
  struct Lost {
    std::int64_t from, epoch;  // the leader epoch when the process returned: its writes in a later epoch are checked
  };
  void on_lost(const WorldView& world, TopicPartition tp, std::int32_t node, std::int64_t from);

  std::map<std::pair<TopicPartition, std::int32_t>, Lost> lost_;  // by (partition, node): its own log
  std::map<std::pair<TopicPartition, std::int64_t>, std::int64_t>
      rewritten_from_;  // by (partition, leader epoch): where a leader wrote twice
  std::set<std::pair<TopicPartition, std::int64_t>> told_;
  std::unordered_map<std::int64_t, std::vector<std::pair<std::int64_t, std::string>>>
      quorum_;  // offset -> (epoch, record)
};

}  // namespace kafkascope::observe
