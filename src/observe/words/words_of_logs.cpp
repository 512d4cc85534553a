// Sentences for the facts of brokers' logs.
#include "observe/words/words_parts.h"
#include "protocol/facts_of_logs.h"

namespace kafkascope::observe {

namespace {

struct LogWords : Told {
  Words operator()(const fact::BecameLeader& f) const {
    return both("event.replica.leader"_w, {{"who", who}, {"partition", p}, {"epoch", f.leader_epoch.value}});
  }
  Words operator()(const fact::BecameFollower& f) const {
    return both("event.replica.follower"_w, {{"who", who}, {"leader", broker_word(f.leader)}, {"partition", p}});
  }
  Words operator()(const fact::LogAppended& f) const {
    return both("event.log.append"_w,
                {{"who", who}, {"offsets", offsets(f.base_offset, f.last_offset)}, {"partition", p}});
  }
  Words operator()(const fact::LogReplicated& f) const {
    return both("event.log.replicate"_w,
                {{"who", who}, {"offsets", offsets(f.base_offset, f.last_offset)}, {"partition", p}});
  }
  Words operator()(const fact::LogTruncated& f) const {
    return both(
        "event.log.truncate"_w,
        {{"who", who}, {"partition", p}, {"from", f.from.value}, {"to", f.to.value}, {"why", reason_words(f.reason)}});
  }
  Words operator()(const fact::LogRecovered& f) const {
    if (f.lost_from.value < 0)
      return both("event.log.recover"_w, {{"who", who}, {"partition", p}, {"log_end_offset", f.log_end_offset.value}});
    return both("event.log.recover_lost"_w, {{"who", who},
                                             {"partition", p},
                                             {"log_end_offset", f.log_end_offset.value},
                                             {"count", f.lost_from.value - f.log_end_offset.value}});
  }
  Words operator()(const fact::LogFlushed& f) const {
    return both("event.log.flush"_w, {{"who", who}, {"partition", p}, {"to", f.to.value}});
  }
  Words operator()(const fact::LogDirOffline& f) const {
    return both("event.dir.offline"_w,
                {{"who", who}, {"directory", f.directory}, {"replicas", f.replicas}, {"why", reason_words(f.reason)}});
  }
  Words operator()(const fact::LogsLoading& f) const {
    return both("event.log.loading"_w, {{"who", who}, {"bytes", f.bytes}, {"takes_us", f.takes_us.us / 1000}});
  }
  Words operator()(const fact::SegmentRolled& f) const {
    return both("event.segment.roll"_w, {{"who", who}, {"partition", p}, {"base_offset", f.base_offset.value}});
  }
  Words operator()(const fact::SegmentDeleted& f) const {
    return both("event.segment.delete"_w, {{"who", who},
                                           {"partition", p},
                                           {"first", f.base_offset.value},
                                           {"last", f.next_base_offset.value - 1},
                                           {"why", reason_words(f.reason)}});
  }
  Words operator()(const fact::LogStartAdvanced& f) const {
    return both("event.log.start"_w,
                {{"who", who}, {"partition", p}, {"to", f.to.value}, {"why", reason_words(f.reason)}});
  }
  Words operator()(const fact::LogCompacted& f) const {
    return both("event.log.compact"_w, {{"who", who},
                                        {"partition", p},
                                        {"clean_until", f.clean_until.value},
                                        {"records_after", f.records_after},
                                        {"records_before", f.records_before}});
  }
  Words operator()(const fact::HighWatermarkAdvanced& f) const {
    return both("event.hw.advance"_w, {{"partition", p}, {"from", f.from.value}, {"to", f.to.value}});
  }
  Words operator()(const fact::FollowerHighWatermark& f) const {
    return both("event.hw.follower"_w, {{"who", who}, {"partition", p}, {"to", f.to.value}});
  }
  Words operator()(const fact::IsrShrink& f) const {
    return both("event.isr.shrink"_w, {{"who", who}, {"partition", p}, {"isr", f.isr.text.view()}});
  }
  Words operator()(const fact::IsrExpand& f) const {
    return both("event.isr.expand"_w, {{"who", who}, {"partition", p}, {"isr", f.isr.text.view()}});
  }
  Words operator()(const fact::RequestRefused& f) const {
    if (f.partition.topic < 0)  // the request as a whole, such as one to a coordinator
      return both("event.request.refused_whole"_w,
                  {{"who", who}, {"error", protocol::name(f.error)}, {"api", protocol::name(f.api)}});
    return both("event.request.refused"_w, {{"who", who}, {"error", protocol::name(f.error)}, {"partition", p}});
  }
  Words operator()(const fact::DuplicateBatch&) const {
    return both("event.log.duplicate"_w, {{"who", who}, {"partition", p}});
  }
  Words operator()(const fact::LogDeleted& f) const {
    return f.stray ? both("event.log.stray"_w, {{"who", who}, {"partition", p}})
                   : both("event.log.delete"_w, {{"who", who}, {"partition", p}});
  }
  Words operator()(const fact::ReplicaFailed& f) const {
    if (f.reason != fact::ReplicaFailureReason::OffsetOutOfOrder)
      return both("event.replica.failed"_w, {{"who", who}, {"partition", p}, {"why", reason_words(f.reason)}});
    return both("event.replica.out_of_order"_w, {{"who", who},
                                                 {"partition", p},
                                                 {"log_end_offset", f.log_end_offset.value},
                                                 {"batch_base_offset", f.batch_base_offset.value}});
  }
  Words operator()(const fact::ClientThrottled& f) const {
    return both("event.client.throttled"_w, {{"who", who}, {"client", names.node(f.client)}, {"ms", f.ms}});
  }
  Words operator()(const fact::ProducerExpired& f) const {
    return both("event.producer.expire"_w, {{"who", who}, {"producer_id", f.producer_id}, {"partition", p}});
  }
};

}  // namespace

std::optional<Words> words_of_logs(const sim::TraceLine& line, const Told& told) {
  return words_of<fact::FactsOfLogs>(line, LogWords{told});
}

}  // namespace kafkascope::observe
