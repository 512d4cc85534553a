// Logs agree wherever (epoch, offset) agree: what one leader wrote at an offset in its epoch is what every replica has there. The
// same of the quorum's log.
//
// One exception is Kafka's own: a leader that lost its tail with its power, or its disk (2.5), and is back before the controller has missed it goes on in
// the epoch of old until it is registered anew, and its coordinator may write there what differs from what it had written.
#pragma once
#include <map>
#include <set>
#include <unordered_map>

#include "observe/invariants/violation.h"
#include "observe/world_view.h"

namespace kafkascope::observe {

class LogsAgree {
 public:
  static constexpr std::string_view kName = "logs-agree";
  static constexpr std::string_view kEn = "Two logs that agree in epoch and offset hold the same record there.";
  static constexpr std::string_view kKo = "에포크와 오프셋이 같으면 로그의 레코드도 같아요.";

  void on_trace(const sim::TraceLine& line, const protocol::TraceSubject* subject, const WorldView& world,
                Violations& out);

 private:
  struct Written {
    std::int64_t offset = -1;
    std::int32_t epoch = -1;
    std::uint32_t crc = 0;
  };
  protocol::PerPartition<std::vector<Written>>
      written_;  // every batch of a partition, by base offset; at one offset one per epoch (mostly one)
  struct Lost {
    std::int64_t from, epoch;  // the leader epoch when the process came back: what it writes in a later one is judged
  };
  void on_lost(const WorldView& world, TopicPartition tp, std::int32_t node, std::int64_t from);

  std::map<std::pair<TopicPartition, std::int32_t>, Lost> lost_;  // by (partition, node): its own log
  std::map<std::pair<TopicPartition, std::int64_t>, std::int64_t>
      rewritten_from_;  // by (partition, leader epoch): what a leader wrote twice
  std::set<std::pair<TopicPartition, std::int64_t>> told_;
  std::unordered_map<std::int64_t, std::vector<std::pair<std::int64_t, std::string>>>
      quorum_;  // offset -> (epoch, record)
};

}  // namespace kafkascope::observe
