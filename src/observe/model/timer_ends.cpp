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
      {"broker.heartbeat.interval.ms", "timer_end.broker_heartbeat"_w},
      {"broker.session.timeout.ms", "timer_end.broker_session"_w},
      {"controller.quorum.election.timeout.ms", "timer_end.quorum_asks"_w},
      {"controller.quorum.fetch.timeout.ms", "timer_end.quorum_asks"_w},
      {"delivery.timeout.ms", "timer_end.delivery"_w},
      {"fetch.max.wait.ms", "timer_end.fetch_wait"_w},
      {"group.consumer.heartbeat.interval.ms", "timer_end.heartbeat"_w},
      {"group.consumer.session.timeout.ms", "timer_end.member_session"_w},
      {"group.coordinator.append.linger.ms", "timer_end.append_linger"_w},
      {"group.initial.rebalance.delay.ms", "timer_end.first_rebalance"_w},
      {"group.share.record.lock.duration.ms", "timer_end.share_lock"_w},
      {"group.share.session.timeout.ms", "timer_end.share_session"_w},
      {"heartbeat.interval.ms", "timer_end.heartbeat"_w},
      {"initial.broker.registration.timeout.ms", "timer_end.registration"_w},
      {"leader.imbalance.check.interval.seconds", "timer_end.imbalance"_w},
      {"linger.ms", "timer_end.linger"_w},
      {"log.cleaner.backoff.ms", "timer_end.cleaner"_w},
      {"log.dir.failure.timeout.ms", "timer_end.dir_failure"_w},
      {"log.flush.scheduler.interval.ms", "timer_end.flush_look"_w},
      {"log.retention.check.interval.ms", "timer_end.retention_look"_w},
      {"max.block.ms", "timer_end.max_block"_w},
      {"max.poll.interval.ms", "timer_end.poll"_w},
      {"metadata.max.age.ms", "timer_end.metadata_age"_w},
      {"metadata.max.idle.interval.ms", "timer_end.no_op"_w},
      {"offsets.retention.check.interval.ms", "timer_end.offsets_look"_w},
      {"producer.id.expiration.check.interval.ms", "timer_end.producer_look"_w},
      {"replica.fetch.backoff.ms", "timer_end.fetch_again"_w},
      {"replica.fetch.wait.max.ms", "timer_end.fetch_wait"_w},
      {"replica.lag.time.max.ms", "timer_end.replica_lag"_w},
      {"replica.socket.timeout.ms", "timer_end.replica_socket"_w},
      {"request.timeout.ms", "timer_end.request"_w},
      {"retry.backoff.ms", "timer_end.retry"_w},
      {"session.timeout.ms", "timer_end.member_session"_w},
      {"share.coordinator.append.linger.ms", "timer_end.append_linger"_w},
      {"share.record.lock.duration.ms", "timer_end.share_lock"_w},
      {"socket.connection.setup.timeout.ms", "timer_end.setup"_w},
      {"transaction.abort.timed.out.transaction.cleanup.interval.ms", "timer_end.transactions_look"_w},
      {"transaction.remove.expired.transaction.cleanup.interval.ms", "timer_end.ids_look"_w},
      {"transaction.timeout.ms", "timer_end.transaction"_w},
      {"unclean.leader.election.interval.ms", "timer_end.unclean_look"_w},
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
