// What happens when a timer ends.
#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "observe/model/snapshot_nodes.h"
#include "observe/words/both.h"

namespace kafkascope::observe {

Words timer_end(const Timer& timer) {
  static constexpr std::pair<std::string_view, words::Key> kEnds[] = {
      {"auto.commit.interval.ms", "timer_end.auto_commit"_w},
      {"broker.session.timeout.ms", "timer_end.broker_session"_w},
      {"controller.quorum.election.timeout.ms", "timer_end.quorum_asks"_w},
      {"controller.quorum.fetch.timeout.ms", "timer_end.quorum_asks"_w},
      {"delivery.timeout.ms", "timer_end.delivery"_w},
      {"group.consumer.session.timeout.ms", "timer_end.member_session"_w},
      {"group.initial.rebalance.delay.ms", "timer_end.first_rebalance"_w},
      {"group.share.record.lock.duration.ms", "timer_end.share_lock"_w},
      {"group.share.session.timeout.ms", "timer_end.share_session"_w},
      {"leader.imbalance.check.interval.seconds", "timer_end.imbalance"_w},
      {"linger.ms", "timer_end.linger"_w},
      {"max.block.ms", "timer_end.max_block"_w},
      {"max.poll.interval.ms", "timer_end.poll"_w},
      {"replica.lag.time.max.ms", "timer_end.replica_lag"_w},
      {"request.timeout.ms", "timer_end.request"_w},
      {"retry.backoff.ms", "timer_end.retry"_w},
      {"session.timeout.ms", "timer_end.member_session"_w},
      {"share.record.lock.duration.ms", "timer_end.share_lock"_w},
      {"transaction.timeout.ms", "timer_end.transaction"_w},
      {"zookeeper.session.timeout.ms", "timer_end.zookeeper_session"_w}};
  words::Key end = timer.end;
  for (const auto& [key, usual] : kEnds)
    if (end.empty() && timer.key == key) end = usual;
  if (end.empty()) return {};
  if (end == "timer_end.transaction"_w)
    return both(end, {{"seconds", fmt::format("{:g}", static_cast<double>(timer.check_us) / 1e6)}});
  return both(end);
}

}  // namespace kafkascope::observe
