#include "broker/replica.h"

#include <algorithm>

namespace kafkascope::broker {

void RemoteReplica::record_fetch(Offset fetch_offset, Offset start, sim::Instant now, Offset leader_end,
                                 BrokerEpoch epoch) {
  if (fetch_offset >= leader_end) {
    last_caught_up = std::max(last_caught_up, now);
  } else if (fetch_offset >= leader_end_at_last_fetch) {
    last_caught_up = std::max(last_caught_up, last_fetch);
  }
  log_start_offset = start;
  log_end_offset = fetch_offset;
  leader_end_at_last_fetch = std::max(leader_end_at_last_fetch, leader_end);
  last_fetch = now;
  broker_epoch = epoch;
}

void RemoteReplica::reset(sim::Instant now, Offset leader_end, bool new_leader, bool in_sync) {
  const sim::Instant caught_up_at = in_sync ? now : kLongAgo;
  if (new_leader) {
    log_start_offset = log_end_offset = Offset{};
    last_fetch = kLongAgo;
    leader_end_at_last_fetch = Offset{};
    broker_epoch.reset();
  } else {
    last_fetch = caught_up_at;  // so that it is not let in again before it has fetched
    leader_end_at_last_fetch = leader_end;
  }
  last_caught_up = caught_up_at;
}

RemoteReplica* Replica::remote(BrokerId id) {
  for (RemoteReplica& r : remotes)
    if (r.id == id) return &r;
  return nullptr;
}
const RemoteReplica* Replica::remote(BrokerId id) const {
  for (const RemoteReplica& r : remotes)
    if (r.id == id) return &r;
  return nullptr;
}

}  // namespace kafkascope::broker
