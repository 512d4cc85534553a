#include "observe/words.h"

#include <fmt/format.h>

namespace kafkascope::observe {

using protocol::Trace;

namespace {

std::string broker(std::int64_t id) { return id < 0 ? "none" : fmt::format("broker-{}", id); }

/// Korean particle by the last sound of a name read aloud: digits 0 1 3 6 7 8 end in a consonant.
std::string with(const std::string& name, const char* after_consonant, const char* after_vowel) {
  if (name.empty()) return name;
  const char last = name.back();
  bool consonant = false;
  if (last >= '0' && last <= '9') {
    consonant = last == '0' || last == '1' || last == '3' || last == '6' || last == '7' || last == '8';
  } else {
    consonant = std::string_view("bcklmnpt").find(last) != std::string_view::npos;
  }
  return name + (consonant ? after_consonant : after_vowel);
}
std::string subject(const std::string& name) { return with(name, "이", "가"); }
std::string topic_of(const std::string& name) { return with(name, "은", "는"); }
std::string object(const std::string& name) { return with(name, "을", "를"); }

std::string api(std::int64_t code) {
  return std::string(protocol::name(static_cast<protocol::ApiKey>(code / 2))) + (code % 2 != 0 ? " response" : "");
}
/// Why a segment or a log start went, in Korean; configuration keys stay as they are.
std::string log_reason_ko(const std::string& reason) {
  if (reason == "below the log start offset") return "로그 시작 오프셋보다 앞이에요";
  if (reason == "segments are deleted") return "세그먼트를 지웠어요";
  if (reason == "records were deleted") return "레코드 삭제 요청이 왔어요";
  if (reason == "the leader's log start") return "리더의 로그 시작을 따라가요";
  return reason;
}
std::string error(std::int64_t code) { return std::string(protocol::name(static_cast<protocol::ErrorCode>(code))); }

}  // namespace

bool matters(const sim::TraceLine& line) {
  switch (line.kind) {
    case sim::trace_kind::kNodeDied:
    case sim::trace_kind::kNodePaused:
    case sim::trace_kind::kNodeResumed:
    case sim::trace_kind::kCommand:
    case sim::trace_kind::kEngineFault: return true;
    case sim::trace_kind::kNodeStarted: return line.time.us > 0;
    default: break;
  }
  switch (static_cast<Trace>(line.kind)) {
    case Trace::QuorumElected:
    case Trace::ControllerActive:
    case Trace::ControllerResigned:
    case Trace::BrokerFenced:
    case Trace::BrokerUnfenced:
    case Trace::BrokerShutdownStarted:
    case Trace::TopicCreated:
    case Trace::TopicDeleted:
    case Trace::PartitionAdded:
    case Trace::ConfigChanged:
    case Trace::ReassignmentChanged:
    case Trace::BrokerUnregistered:
    case Trace::ReadReplicaChosen:
    case Trace::LeaderElected:
    case Trace::LogTruncated:
    case Trace::IsrShrink:
    case Trace::IsrExpand:
    case Trace::GroupRebalance:
    case Trace::BatchFailed:
    case Trace::RecordFailed:
    case Trace::SegmentDeleted:
    case Trace::LogCompacted:
    case Trace::CommandResult: return true;
    case Trace::LogRecovered: return line.b >= 0;
    default: return false;
  }
}

Words sentence(const sim::TraceLine& l, const TraceNames& names) {
  const std::string who = l.node.valid() ? names.node(l.node) : "the world";
  const std::string p = l.topic >= 0 ? names.topic(l.topic) + (l.partition >= 0 ? "-" + std::to_string(l.partition) : std::string()) : std::string();
  const auto peer = [&](std::int64_t node) { return names.node({static_cast<std::int32_t>(node)}); };
  switch (l.kind) {
    case sim::trace_kind::kMessageDelivered:
      return {fmt::format("{} receives {} from {}", who, api(l.b), peer(l.a)), fmt::format("{} {}에게서 {} 받음", topic_of(who), peer(l.a), api(l.b))};
    case sim::trace_kind::kMessageLost:
      return {fmt::format("{} from {} to {} is lost", api(l.b), peer(l.a), who), fmt::format("{}에서 {}로 가던 {} 유실", peer(l.a), who, api(l.b))};
    case sim::trace_kind::kTimerFired: return {fmt::format("{}: a timer runs out", who), fmt::format("{}: 타이머가 끝나요", who)};
    case sim::trace_kind::kDiskDone: return {fmt::format("{}: the disk has it", who), fmt::format("{}: 디스크에 기록됐어요", who)};
    case sim::trace_kind::kConnectionOpened: return {fmt::format("{} is connected to {}", who, peer(l.a)), fmt::format("{} {}에 연결돼요", subject(who), peer(l.a))};
    case sim::trace_kind::kConnectionLost: return {fmt::format("{} loses its connection to {}", who, peer(l.a)), fmt::format("{} {}와 연결이 끊겨요", subject(who), peer(l.a))};
    case sim::trace_kind::kNodeStarted: return {fmt::format("{} starts", who), fmt::format("{} 시작해요", subject(who))};
    case sim::trace_kind::kNodeDied:
      if (l.a == static_cast<int>(sim::Death::Crash) && !who.starts_with("broker-")) return {fmt::format("{} crashes", who), fmt::format("{} 크래시", subject(who))};
      if (l.a == static_cast<int>(sim::Death::Crash)) return {fmt::format("{} crashes; its page cache survives", who), fmt::format("{} 크래시. 페이지 캐시는 남아요", who)};
      if (l.a == static_cast<int>(sim::Death::PowerOff))
        return {fmt::format("{} loses power; what was not flushed is gone", who), fmt::format("{} 전원 꺼짐. 플러시 전 데이터는 사라져요", who)};
      return {fmt::format("{} stops", who), fmt::format("{} 멈춰요", subject(who))};
    case sim::trace_kind::kNodePaused: return {fmt::format("{} is paused", who), fmt::format("{} 일시 정지돼요", subject(who))};
    case sim::trace_kind::kNodeResumed: return {fmt::format("{} goes on", who), fmt::format("{} 다시 움직여요", subject(who))};
    case sim::trace_kind::kCommand: return {l.text, l.text};
    case sim::trace_kind::kEngineFault: return {fmt::format("The engine met the impossible: {}", l.text), fmt::format("엔진이 있을 수 없는 일을 만났어요: {}", l.text)};
    default: break;
  }
  switch (static_cast<Trace>(l.kind)) {
    case Trace::QuorumStateChanged: return {fmt::format("{}: quorum epoch {}, {}", who, l.b, l.text), fmt::format("{}: 쿼럼 에포크 {}, {}", who, l.b, l.text)};
    case Trace::QuorumVoted:
      return {fmt::format("{} {} controller {} its vote for epoch {}", who, l.c != 0 ? "gives" : "refuses", l.a, l.b),
              fmt::format("{} 에포크 {}에서 컨트롤러 {}에게 투표{}", subject(who), l.b, l.a, l.c != 0 ? "해요" : "하지 않아요")};
    case Trace::QuorumElected: return {fmt::format("{} wins the quorum's epoch {}", who, l.b), fmt::format("{} 쿼럼 에포크 {}의 리더가 돼요", subject(who), l.b)};
    case Trace::QuorumHighWatermark:
      return {fmt::format("{}: the quorum's high watermark is {}", who, l.b), fmt::format("{}: 쿼럼 하이 워터마크 {}", who, l.b)};
    case Trace::QuorumTruncated: return {fmt::format("{} cuts its metadata log at {}", who, l.a), fmt::format("{} 메타데이터 로그를 {}에서 잘라요", subject(who), l.a)};
    case Trace::MetadataAppended: return {fmt::format("{} appends {}", who, l.text), fmt::format("{} {} 추가", subject(who), l.text)};
    case Trace::MetadataApplied: return {fmt::format("{} applies {}", who, l.text), fmt::format("{} {} 적용", subject(who), l.text)};
    case Trace::ControllerActive: return {fmt::format("{} is the active controller, epoch {}", who, l.b), fmt::format("{} 활성 컨트롤러, 에포크 {}", topic_of(who), l.b)};
    case Trace::ControllerResigned: return {fmt::format("{} is no longer the active controller", who), fmt::format("{} 더는 활성 컨트롤러가 아니에요", topic_of(who))};
    case Trace::BrokerRegistered: return {fmt::format("{} is registered, broker epoch {}", broker(l.a), l.b), fmt::format("{} 등록, 브로커 에포크 {}", broker(l.a), l.b)};
    case Trace::BrokerFenced: return {fmt::format("{} is fenced: {}", broker(l.a), l.text), fmt::format("{} 차단됨(하트비트 없음)", broker(l.a))};
    case Trace::BrokerUnfenced: return {fmt::format("{} is unfenced", broker(l.a)), fmt::format("{} 차단이 풀려요", broker(l.a))};
    case Trace::BrokerShutdownStarted: return {fmt::format("{} shuts down in order", broker(l.a)), fmt::format("{} 질서 있게 종료해요", broker(l.a))};
    case Trace::TopicCreated: return {fmt::format("topic {} is created", l.text), fmt::format("토픽 {} 생성", l.text)};
    case Trace::TopicDeleted: return {fmt::format("topic {} is deleted", l.text), fmt::format("토픽 {} 삭제", l.text)};
    case Trace::PartitionAdded: return {fmt::format("{} is added, led by {}", p, broker(l.a)), fmt::format("{} 추가, 리더는 {}", p, broker(l.a))};
    case Trace::ConfigChanged: return {fmt::format("configuration: {}", l.text), fmt::format("설정 변경: {}", l.text)};
    case Trace::ReassignmentChanged:
      return {l.b + l.c == 0 ? fmt::format("{}: replicas moved, {}", p, l.text) : fmt::format("{}: replicas on the move, {}", p, l.text),
              l.b + l.c == 0 ? fmt::format("{}: 복제본 이동 끝, {}", p, l.text) : fmt::format("{}: 복제본 이동 중, {}", p, l.text)};
    case Trace::BrokerUnregistered: return {fmt::format("{} is unregistered", broker(l.a)), fmt::format("{} 등록 해제", broker(l.a))};
    case Trace::ReadReplicaChosen:
      return {l.a < 0 ? fmt::format("{} reads {} from the leader again", who, p) : fmt::format("{} will read {} from {}", who, p, broker(l.a)),
              l.a < 0 ? fmt::format("{} 다시 리더에게서 {} 읽어요", topic_of(who), object(p)) : fmt::format("{} 이제 {} {}에게서 읽어요", topic_of(who), object(p), broker(l.a))};
    case Trace::LeaderElected:
      if (l.a < 0) return {fmt::format("{} has no leader now", p), fmt::format("{} 이제 리더가 없어요", topic_of(p))};
      return {fmt::format("{} leads {} now, leader epoch {}, ISR {}", broker(l.a), p, l.b, l.text),
              fmt::format("이제 {} {}의 리더, 리더 에포크 {}, ISR {}", subject(broker(l.a)), p, l.b, l.text)};
    case Trace::IsrChanged: return {fmt::format("{}: ISR {}", p, l.text), fmt::format("{}: ISR {}", p, l.text)};
    case Trace::BecameLeader: return {fmt::format("{} knows it leads {} in epoch {}", who, p, l.a), fmt::format("{} 에포크 {}에서 {}의 리더임을 알아요", subject(who), l.a, p)};
    case Trace::BecameFollower: return {fmt::format("{} follows {} of {}", who, broker(l.b), p), fmt::format("{} {}의 팔로워가 돼요({})", subject(who), broker(l.b), p)};
    case Trace::LogAppended:
      return {fmt::format("{} appends {} to {}", who, l.a == l.b ? fmt::format("offset {}", l.a) : fmt::format("offsets {} to {}", l.a, l.b), p),
              fmt::format("{} {}에 오프셋 {} 추가", subject(who), p, l.a == l.b ? fmt::format("{}", l.a) : fmt::format("{}~{}", l.a, l.b))};
    case Trace::LogReplicated:
      return {fmt::format("{} copies {} of {}", who, l.a == l.b ? fmt::format("offset {}", l.a) : fmt::format("offsets {} to {}", l.a, l.b), p),
              fmt::format("{} {}의 오프셋 {} 복제", subject(who), p, l.a == l.b ? fmt::format("{}", l.a) : fmt::format("{}~{}", l.a, l.b))};
    case Trace::LogTruncated:
      return {fmt::format("{} cuts {} back from {} to {}", who, p, l.b, l.a), fmt::format("{} {} 로그를 {}에서 {}까지 잘라요", subject(who), p, l.b, l.a)};
    case Trace::LogRecovered:
      return {l.b >= 0 ? fmt::format("{} comes back with {} up to {}; {} records were not on disk", who, p, l.a, l.b - l.a)
                       : fmt::format("{} comes back with {} up to {}", who, p, l.a),
              l.b >= 0 ? fmt::format("{} {} {}까지 되찾아요. {}개는 디스크에 없었어요", subject(who), object(p), l.a, l.b - l.a)
                       : fmt::format("{} {} {}까지 되찾아요", subject(who), object(p), l.a)};
    case Trace::SegmentRolled:
      return {fmt::format("{} closes a segment of {}; the next begins at {}", who, p, l.a),
              fmt::format("{} {}의 세그먼트를 닫고 {}부터 새로 시작해요", subject(who), p, l.a)};
    case Trace::SegmentDeleted:
      return {fmt::format("{} deletes the segment of {} with offsets {} to {}: {}", who, p, l.a, l.b - 1, l.text),
              fmt::format("{} {}의 오프셋 {}~{} 세그먼트를 지워요: {}", subject(who), p, l.a, l.b - 1, log_reason_ko(l.text))};
    case Trace::LogStartAdvanced:
      return {fmt::format("{}: {} begins at {} now, {}", who, p, l.b, l.text), fmt::format("{}: 이제 {} 로그는 {}부터예요. {}", who, p, l.b, log_reason_ko(l.text))};
    case Trace::LogCompacted:
      return {fmt::format("{} compacts {} up to {}: {} of {} records stay", who, p, l.a, l.c, l.b),
              fmt::format("{} {} 로그를 {}까지 압축(compaction)해요. 레코드 {}개 중 {}개가 남아요", subject(who), p, l.a, l.b, l.c)};
    case Trace::HighWatermarkAdvanced: return {fmt::format("{}: high watermark {} to {}", p, l.a, l.b), fmt::format("{}: 하이 워터마크 {}에서 {}", p, l.a, l.b)};
    case Trace::FollowerHighWatermark:
      return {fmt::format("{} learns {}'s high watermark {}", who, p, l.b), fmt::format("{} {}의 하이 워터마크 {} 확인", subject(who), p, l.b)};
    case Trace::IsrShrink: return {fmt::format("{} shrinks: ISR {}", p, l.text), fmt::format("{} ISR 축소: {}", p, l.text)};
    case Trace::IsrExpand: return {fmt::format("{} grows: ISR {}", p, l.text), fmt::format("{} ISR 확장: {}", p, l.text)};
    case Trace::RequestRefused: return {fmt::format("{} answers {} for {}", who, error(l.b), p), fmt::format("{} {}에 {} 응답", subject(who), p, error(l.b))};
    case Trace::DuplicateBatch:
      return {fmt::format("{} knows that batch of {}: answered, not appended again", who, p), fmt::format("{} 이미 있는 배치({}). 다시 쓰지 않고 응답해요", topic_of(who), p)};
    case Trace::RecordSent: return {fmt::format("{} sends record {} to {}", who, l.a, p), fmt::format("{} {}번째 레코드를 {}로 보내요", subject(who), l.a, p)};
    case Trace::BatchSent: return {fmt::format("{} sends {} record(s) to {}", who, l.a, p), fmt::format("{} {}로 {}개 전송", subject(who), p, l.a)};
    case Trace::BatchAcked: return {fmt::format("{} hears yes for {} record(s) of {}", who, l.a, p), fmt::format("{} {}의 {}개에 ack 받음", subject(who), p, l.a)};
    case Trace::BatchRetried: return {fmt::format("{} will send {} again: {}", who, p, error(l.b)), fmt::format("{} {} 재시도: {}", subject(who), p, error(l.b))};
    case Trace::BatchFailed: return {fmt::format("{}: {} record(s) of {} failed: {}", who, l.a, p, l.text), fmt::format("{}: {}의 {}개 실패: {}", who, p, l.a, l.text)};
    case Trace::RecordFailed: return {fmt::format("{}: record {} failed: {}", who, l.a, l.text), fmt::format("{}: {}번째 레코드 실패: {}", who, l.a, l.text)};
    case Trace::ClientError: return {fmt::format("{} meets {}", who, l.text.empty() ? error(l.a) : l.text), fmt::format("{} {} 오류를 받아요", subject(who), l.text.empty() ? error(l.a) : l.text)};
    case Trace::ClientMetadata: return {fmt::format("{} refreshes its metadata", who), fmt::format("{} 메타데이터를 새로 받아요", subject(who))};
    case Trace::ClientBootstrapped: return {fmt::format("{} knows the cluster now", who), fmt::format("{} 이제 클러스터를 알아요", topic_of(who))};
    case Trace::RecordDelivered:
      return {fmt::format("{} reads {} from {} on", who, p, l.a), fmt::format("{} {}의 {}부터 {}까지 읽어요", subject(who), p, l.a, l.b)};
    case Trace::RecordProcessed: return {fmt::format("{} is done with {} offset {}", who, p, l.a), fmt::format("{} {} 오프셋 {} 처리 끝", topic_of(who), p, l.a)};
    case Trace::PositionSet: return {fmt::format("{} will read {} from {}: {}", who, p, l.a, l.text), fmt::format("{} {} {}부터 읽어요: {}", topic_of(who), object(p), l.a, l.text)};
    case Trace::PartitionsAssigned:
      return {fmt::format("{} gets {} in generation {}", who, l.text.empty() ? "nothing" : l.text, l.a),
              fmt::format("{} 세대 {}에서 {} 할당", topic_of(who), l.a, l.text.empty() ? "빈손" : l.text)};
    case Trace::PartitionsRevoked: return {fmt::format("{} gives up {}", who, l.text.empty() ? "nothing" : l.text), fmt::format("{} {} 반납", topic_of(who), l.text)};
    case Trace::PartitionsLost: return {fmt::format("{} has lost {}", who, l.text), fmt::format("{} {} 잃음", topic_of(who), l.text)};
    case Trace::GroupState: return {fmt::format("group {} changes its state", l.text), fmt::format("그룹 {} 상태 변경", l.text)};
    case Trace::GroupRebalance:
      return {fmt::format("group {}: generation {} with {} member(s)", l.text, l.a, l.b), fmt::format("그룹 {}: 세대 {}, 멤버 {}명", l.text.substr(0, l.text.find(':')), l.a, l.b)};
    case Trace::GroupMemberJoined: return {fmt::format("joined: {}", l.text), fmt::format("합류: {}", l.text)};
    case Trace::GroupMemberLeft: return {fmt::format("left: {}", l.text), fmt::format("이탈: {}", l.text)};
    case Trace::GroupLoaded: return {fmt::format("{} has loaded {} group(s)", who, l.a), fmt::format("{} 그룹 {}개를 불러와요", subject(who), l.a)};
    case Trace::OffsetCommitted: return {fmt::format("group {} commits {} of {}", l.text, l.a, p), fmt::format("그룹 {}, {}의 {} 커밋", l.text, p, l.a)};
    case Trace::CommandResult: return {l.a == 0 ? fmt::format("done: {}", l.text) : fmt::format("refused with {}: {}", error(l.a), l.text),
                                       l.a == 0 ? fmt::format("완료: {}", l.text) : fmt::format("거절 {}: {}", error(l.a), l.text)};
    default: break;
  }
  const auto& info = protocol::trace_kind_info(l.kind);
  return {std::string(info.name), std::string(info.name)};
}

}  // namespace kafkascope::observe
