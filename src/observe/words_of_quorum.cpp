// Sentences for the facts of the quorum.
#include "observe/words_parts.h"
#include "protocol/facts_of_quorum.h"
#include "raft/quorum_state.h"

namespace kafkascope::observe {

namespace {

struct QuorumWords : Told {
  Words operator()(const fact::QuorumStateChanged& f) const {
    const std::string_view state = raft::name(f.state);
    return {fmt::format("{} is {} in quorum epoch {}{}", who, state, f.epoch.value, behind_colon(f.reason.view())),
            with_particles(fmt::format("{}<이/가> 쿼럼 에포크 {}에서 {} 상태{}", who, f.epoch.value, state,
                                       behind_colon(reason_in_korean(f.reason.view()))))};
  }
  Words operator()(const fact::QuorumVoted& f) const {
    return f.granted
               ? say("{} gives controller {} its vote for epoch {}",
                     "{0}<이/가> 에포크 {2}에서 컨트롤러 {1}에게 투표해요", who, f.candidate, f.epoch.value)
               : say("{} refuses controller {} its vote for epoch {}",
                     "{0}<이/가> 에포크 {2}에서 컨트롤러 {1}에게 투표하지 않아요", who, f.candidate, f.epoch.value);
  }
  Words operator()(const fact::QuorumElected& f) const {
    return say("{} wins quorum epoch {}", "{}<이/가> 쿼럼 에포크 {}의 리더가 돼요", who, f.epoch.value);
  }
  Words operator()(const fact::QuorumHighWatermark& f) const {
    return say("{}: the quorum's high watermark is {}", "{}: 쿼럼 하이 워터마크 {}", who, f.to.value);
  }
  Words operator()(const fact::QuorumTruncated& f) const {
    return say("{} cuts its metadata log at {}", "{}<이/가> 메타데이터 로그를 {}에서 잘라요", who, f.to.value);
  }
  Words operator()(const fact::MetadataAppended& f) const {
    return say("{} appends {}", "{}<이/가> {} 추가", who, f.record.view());
  }
  Words operator()(const fact::MetadataApplied& f) const {
    return say("{} applies {}", "{}<이/가> {} 적용", who, f.record.view());
  }
  Words operator()(const fact::ControllerActive& f) const {
    return say("{} is the active controller, epoch {}", "{}<이/가> 액티브 컨트롤러가 돼요, 에포크 {}", who,
               f.epoch.value);
  }
  Words operator()(const fact::ControllerResigned& f) const {
    return {fmt::format("{} is no longer the active controller{}", who, behind_colon(f.reason.view())),
            with_particles(fmt::format("{}<은/는> 더는 액티브 컨트롤러가 아니에요{}", who,
                                       behind_colon(reason_in_korean(f.reason.view()))))};
  }
  Words operator()(const fact::QuorumSnapshot& f) const {
    return say("{} takes a snapshot of the metadata up to {}", "{}<이/가> {}까지의 메타데이터 스냅샷을 떠요", who,
               f.end_offset.value);
  }
  Words operator()(const fact::QuorumSnapshotLoaded& f) const {
    return say("{} takes over a snapshot up to {} instead of records from {} on",
               "{0}<이/가> {2}부터의 레코드 대신 {1}까지의 스냅샷을 받아요", who, f.end_offset.value, f.had.value);
  }
  Words operator()(const fact::QuorumLogStart& f) const {
    return say("{}: the metadata log begins at {} now", "{}: 이제 메타데이터 로그는 {}부터예요", who, f.to.value);
  }
};

}  // namespace

std::optional<Words> words_of_quorum(const sim::TraceLine& line, const Told& told) {
  return words_of<fact::FactsOfQuorum>(line, QuorumWords{told});
}

}  // namespace kafkascope::observe
