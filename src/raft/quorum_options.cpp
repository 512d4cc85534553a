#include "raft/quorum_options.h"

#include "protocol/config.h"

namespace kafkascope::raft {

QuorumOptions QuorumOptions::from(const protocol::Config& config) {
  QuorumOptions q;
  q.election_timeout_ms = config.number("controller.quorum.election.timeout.ms");
  q.fetch_timeout_ms = config.number("controller.quorum.fetch.timeout.ms");
  q.election_backoff_max_ms = config.number("controller.quorum.election.backoff.max.ms");
  q.append_linger_ms = config.number("controller.quorum.append.linger.ms");
  q.request_timeout_ms = config.number("controller.quorum.request.timeout.ms");
  q.retry_backoff_ms = config.number("controller.quorum.retry.backoff.ms");
  q.snapshot_bytes = config.number("metadata.log.max.record.bytes.between.snapshots");
  q.snapshot_interval_ms = config.number("metadata.log.max.snapshot.interval.ms");
  q.retention_bytes = config.number("metadata.max.retention.bytes");
  q.retention_ms = config.number("metadata.max.retention.ms");
  return q;
}

}  // namespace kafkascope::raft
