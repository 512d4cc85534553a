// Sentences for the facts of brokers' logs.
#include "observe/words_parts.h"
#include "protocol/facts_of_logs.h"

namespace kafkascope::observe {

namespace {

struct LogWords : Told {
  Words operator()(const fact::BecameLeader& f) const {
    return say("{} knows it leads {} in epoch {}", "{0}<이/가> 에포크 {2}에서 {1}의 리더임을 알아요", who, p,
               f.leader_epoch.value);
  }
  Words operator()(const fact::BecameFollower& f) const {
    return say("{} follows {} of {}", "{0}<이/가> {1}의 팔로워가 돼요({2})", who, broker_word(f.leader), p);
  }
  Words operator()(const fact::LogAppended& f) const {
    return {fmt::format("{} appends {} to {}", who, offsets(f.base_offset, f.last_offset), p),
            with_particles(fmt::format("{}<이/가> {}에 {} 추가", who, p, offsets_ko(f.base_offset, f.last_offset)))};
  }
  Words operator()(const fact::LogReplicated& f) const {
    return {fmt::format("{} copies {} of {}", who, offsets(f.base_offset, f.last_offset), p),
            with_particles(fmt::format("{}<이/가> {}의 {} 복제", who, p, offsets_ko(f.base_offset, f.last_offset)))};
  }
  Words operator()(const fact::LogTruncated& f) const {
    return {
        fmt::format("{} cuts {} back from {} to {}{}", who, p, f.from.value, f.to.value, behind_colon(f.reason.view())),
        with_particles(fmt::format("{}<이/가> {} 로그를 {}에서 {}까지 잘라요{}", who, p, f.from.value, f.to.value,
                                   behind_colon(reason_in_korean(f.reason.view()))))};
  }
  Words operator()(const fact::LogRecovered& f) const {
    if (f.lost_from.value < 0)
      return say("{} comes back with {} up to {}", "{}<이/가> {}<을/를> {}까지 되찾아요", who, p,
                 f.log_end_offset.value);
    return say("{} comes back with {} up to {}; the last {} had not reached the disk",
               "{}<이/가> {}<을/를> {}까지 되찾아요. 마지막 {}개는 디스크에 없었어요", who, p, f.log_end_offset.value,
               f.lost_from.value - f.log_end_offset.value);
  }
  Words operator()(const fact::LogFlushed& f) const {
    return say("{} flushes {} up to {}", "{}<이/가> {}<을/를> {}까지 플러시해요", who, p, f.to.value);
  }
  Words operator()(const fact::LogDirOffline& f) const {
    return {fmt::format("{}: log directory {} with {} replicas is offline{}", who, f.directory, f.replicas,
                        behind_colon(f.reason.view())),
            with_particles(fmt::format("{}: 복제본 {}개가 있는 로그 디렉터리 {} 오프라인{}", who, f.replicas,
                                       f.directory, behind_colon(reason_in_korean(f.reason.view()))))};
  }
  Words operator()(const fact::LogsLoading& f) const {
    return say("{} reads {} bytes of its logs before it serves: {} ms",
               "{}<이/가> 일하기 전에 로그 {}바이트를 읽어요: {}ms", who, f.bytes, f.takes_us.us / 1000);
  }
  Words operator()(const fact::SegmentRolled& f) const {
    return say("{} closes a segment of {}; the next begins at {}",
               "{}<이/가> {}의 세그먼트를 닫고 {}부터 새로 시작해요", who, p, f.base_offset.value);
  }
  Words operator()(const fact::SegmentDeleted& f) const {
    return {fmt::format("{} deletes the segment of {} with offsets {} to {}: {}", who, p, f.base_offset.value,
                        f.next_base_offset.value - 1, f.reason.view()),
            with_particles(fmt::format("{}<이/가> {}의 오프셋 {}~{} 세그먼트를 지워요: {}", who, p, f.base_offset.value,
                                       f.next_base_offset.value - 1, reason_in_korean(f.reason.view())))};
  }
  Words operator()(const fact::LogStartAdvanced& f) const {
    return {fmt::format("{}: {} begins at {} now, {}", who, p, f.to.value, f.reason.view()),
            fmt::format("{}: 이제 {} 로그는 {}부터예요. {}", who, p, f.to.value, reason_in_korean(f.reason.view()))};
  }
  Words operator()(const fact::LogCompacted& f) const {
    return say("{0} compacts {1} up to {2}: {3} of {4} records stay",
               "{0}<이/가> {1} 로그를 {2}까지 압축(compaction)해요. 레코드 {4}개 중 {3}개가 남아요", who, p,
               f.clean_until.value, f.records_after, f.records_before);
  }
  Words operator()(const fact::HighWatermarkAdvanced& f) const {
    return say("{}: high watermark {} to {}", "{}: 하이 워터마크 {}에서 {}<으로/로>", p, f.from.value, f.to.value);
  }
  Words operator()(const fact::FollowerHighWatermark& f) const {
    return say("{} learns {}'s high watermark {}", "{}<이/가> {}의 하이 워터마크 {}<을/를> 알게 돼요", who, p,
               f.to.value);
  }
  Words operator()(const fact::IsrShrink& f) const {
    return say("{0}: the ISR of {1} has shrunk: {2}", "{0}: {1}의 ISR이 줄었어요: {2}", who, p, f.isr.text.view());
  }
  Words operator()(const fact::IsrExpand& f) const {
    return say("{0}: the ISR of {1} has grown: {2}", "{0}: {1}의 ISR이 늘었어요: {2}", who, p, f.isr.text.view());
  }
  Words operator()(const fact::RequestRefused& f) const {
    return say("{} answers {} for {}", "{0}<이/가> {1} 응답({2})", who, protocol::name(f.error), p);
  }
  Words operator()(const fact::DuplicateBatch&) const {
    return say("{} has that batch of {} already: answered, not appended again",
               "{}<은/는> {}의 그 배치가 이미 있어요. 다시 쓰지 않고 응답해요", who, p);
  }
  Words operator()(const fact::LogDeleted& f) const {
    if (f.stray)
      return {fmt::format("{} moves its stray replica of {} aside (-stray) and keeps it", who, p),
              with_particles(
                  fmt::format("{}<이/가> 이제 자기 것이 아닌 {} 복제본을 지우지 않고 따로 치워 둠(-stray)", who, p))};
    return {fmt::format("{} deletes its replica of {}", who, p),
            with_particles(fmt::format("{}<이/가> {} 복제본을 삭제", who, p))};
  }
  Words operator()(const fact::ReplicaFailed& f) const {
    if (!f.reason.empty())
      return {
          fmt::format("{} cannot append to {}{}. It no longer fetches it until there is a new leader epoch", who, p,
                      behind_colon(f.reason.view())),
          with_particles(fmt::format("{}<이/가> {}에 추가할 수 없어요{}. 새 리더 에포크가 올 때까지 가져오지 않아요",
                                     who, p, behind_colon(reason_in_korean(f.reason.view()))))};
    return say(
        "{0} cannot append {1} at {3}: the batch begins at {2}. It no longer fetches it until there is a new leader epoch",
        "{0}<이/가> {1}의 {3} 자리에 추가할 수 없어요. 배치가 {2}에서 시작해요. 새 리더 에포크가 올 때까지 가져오지 않아요",
        who, p, f.batch_base_offset.value, f.log_end_offset.value);
  }
  Words operator()(const fact::ClientThrottled& f) const {
    return say("{0} makes {1} wait {2} ms: it has used up its quota",
               "{0}<이/가> {1}<을/를> {2}ms 기다리게 해요. 쿼터를 다 썼어요", who, names.node(f.client), f.ms);
  }
  Words operator()(const fact::ProducerExpired& f) const {
    return say("{} forgets producer id {} in {}: its last batch is too old",
               "{}<이/가> 프로듀서 ID {}<을/를> {}에서 잊어요. 마지막 배치가 너무 오래됐어요", who, f.producer_id, p);
  }
};

}  // namespace

std::optional<Words> words_of_logs(const sim::TraceLine& line, const Told& told) {
  return words_of<fact::FactsOfLogs>(line, LogWords{told});
}

}  // namespace kafkascope::observe
