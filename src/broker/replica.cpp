#include "broker/replica.h"

namespace kafkascope::broker {

void RemoteReplica::reset(sim::Instant now, Offset leader_end, bool new_leader, bool in_sync) {
  const sim::Instant caught_up_at = in_sync ? now : kLongAgo;
  if (new_leader) {
    log_start_offset = log_end_offset = Offset{};
    last_fetch = kLongAgo;
    leader_end_at_last_fetch = Offset{};
    broker_epoch.reset();
    sent_high_watermark = 0;
  } else {
    last_fetch = caught_up_at;  // the follower must fetch before it rejoins the ISR
    leader_end_at_last_fetch = leader_end;
  }
  last_caught_up = caught_up_at;
  quiet_in = 0;
}

}  // namespace kafkascope::broker
