#include "observe/words.h"

#include <fmt/format.h>

#include "broker/share_partition.h"
#include "coordinator/consumer_group.h"
#include "observe/korean.h"
#include "raft/quorum_state.h"
#include "zookeeper/client.h"

namespace kafkascope::observe {

using protocol::Trace;

namespace {

/// One sentence in both languages from the same values; Korean particles fit the words before them.
template <class... Args>
Words say(fmt::format_string<const Args&...> en, fmt::format_string<const Args&...> ko, const Args&... args) {
  return {fmt::format(en, args...), with_particles(fmt::format(ko, args...))};
}

std::string broker(std::int64_t id) { return id < 0 ? "none" : fmt::format("broker-{}", id); }

std::string api(std::int64_t code) {
  return std::string(protocol::name(static_cast<protocol::ApiKey>(code / 2))) + (code % 2 != 0 ? " response" : "");
}
std::string error(std::int64_t code) { return std::string(protocol::name(static_cast<protocol::ErrorCode>(code))); }

std::string records(std::int64_t n) { return n == 1 ? "1 record" : fmt::format("{} records", n); }
std::string offsets(std::int64_t first, std::int64_t last) {
  return first == last ? fmt::format("offset {}", first) : fmt::format("offsets {} to {}", first, last);
}
std::string offsets_ko(std::int64_t first, std::int64_t last) {
  return first == last ? fmt::format("오프셋 {}", first) : fmt::format("오프셋 {}~{}", first, last);
}

/// Where "-" and a UUID begin, as the coordinator puts them behind a client's id to name a member; npos: nowhere.
std::size_t find_uuid(std::string_view text) {
  constexpr std::string_view kForm = "-xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
  for (std::size_t at = text.find('-'); at != std::string_view::npos && at + kForm.size() <= text.size();
       at = text.find('-', at + 1)) {
    bool fits = true;
    for (std::size_t i = 0; i < kForm.size() && fits; ++i)
      fits = kForm[i] == '-' ? text[at + i] == '-'
                             : std::string_view("0123456789abcdef").find(text[at + i]) != std::string_view::npos;
    if (fits) return at;
  }
  return std::string_view::npos;
}

/// Where "/" and a member id of the newer protocol begin, 22 characters of URL-safe base64 behind a client's id; npos: nowhere.
std::size_t find_member_id(std::string_view text) {
  constexpr std::size_t kLength = 22;
  const auto letter = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
  };
  for (std::size_t at = text.find('/'); at != std::string_view::npos && at + 1 + kLength <= text.size();
       at = text.find('/', at + 1)) {
    std::size_t n = 0;
    while (at + 1 + n < text.size() && letter(text[at + 1 + n])) ++n;
    if (n == kLength) return at;
  }
  return std::string_view::npos;
}

/// What lines about a group say: "group: reason", "group member", "group member: reason".
struct GroupText {
  std::string group, member, reason, reason_ko;
};
GroupText group_text(const std::string& line, bool has_member) {
  const std::string text = without_member_uuids(line);
  GroupText t;
  const std::size_t colon = text.find(": ");
  t.group = text.substr(0, colon);
  if (colon != std::string::npos) t.reason = text.substr(colon + 2);
  if (has_member) {
    const std::size_t space = t.group.find(' ');
    if (space != std::string::npos) t.member = t.group.substr(space + 1);
    t.group = t.group.substr(0, space);
  }
  const std::size_t left = t.reason.find(" left: ");
  t.reason_ko = left == std::string::npos
                    ? reason_in_korean(t.reason)
                    : t.reason.substr(0, left) + " 이탈: " + reason_in_korean(t.reason.substr(left + 7));
  return t;
}

std::string behind_colon(const std::string& text) { return text.empty() ? text : ": " + text; }

Words kernel_sentence(const sim::TraceLine& l, const std::string& who, const std::string& peer) {
  switch (l.kind) {
    case sim::trace_kind::kMessageDelivered:
      return say("{0} receives {2} from {1}", "{0}<이/가> {1}에게서 {2} 받음", who, peer, api(l.b));
    case sim::trace_kind::kMessageLost:
      return say("{2} from {1} to {0} is lost", "{1}에서 {0}<으로/로> 가던 {2} 유실", who, peer, api(l.b));
    case sim::trace_kind::kTimerFired: return say("{}: a timer runs out", "{}: 타이머가 끝나요", who);
    case sim::trace_kind::kDiskDone: return say("{}: the disk has it", "{}: 디스크에 기록됐어요", who);
    case sim::trace_kind::kConnectionOpened: return say("{} is connected to {}", "{}<이/가> {}에 연결돼요", who, peer);
    case sim::trace_kind::kConnectionLost:
      return say("{} loses its connection to {}", "{}<과/와> {}의 연결이 끊겨요", who, peer);
    case sim::trace_kind::kNodeStarted: return say("{} starts", "{}<이/가> 시작해요", who);
    case sim::trace_kind::kNodeDied:
      if (l.a == static_cast<int>(sim::Death::PowerOff))
        return say("{} loses power; what was not flushed is gone", "{}의 전원이 꺼져요. 플러시 전 데이터는 사라져요",
                   who);
      if (l.a != static_cast<int>(sim::Death::Crash)) return say("{} stops", "{}<이/가> 멈춰요", who);
      if (who.starts_with("broker-"))
        return say("{} crashes; its page cache survives", "{} 크래시. 페이지 캐시는 남아요", who);
      return say("{} crashes", "{} 크래시", who);
    case sim::trace_kind::kNodePaused: return say("{} is paused", "{} 일시 정지", who);
    case sim::trace_kind::kNodeResumed: return say("{} goes on", "{}<이/가> 다시 움직여요", who);
    case sim::trace_kind::kCommand: return {l.text.str(), act_in_korean(l.text.str())};
    default: return say("The engine met the impossible: {}", "엔진이 있을 수 없는 일을 만났어요: {}", l.text.str());
  }
}

Words quorum_sentence(const sim::TraceLine& l, const std::string& who, const std::string& p) {
  switch (static_cast<Trace>(l.kind)) {
    case Trace::QuorumStateChanged: {
      const std::string_view state = raft::name(static_cast<raft::QuorumState>(l.a));
      return {fmt::format("{} is {} in quorum epoch {}{}", who, state, l.b, behind_colon(l.text.str())),
              with_particles(fmt::format("{}<이/가> 쿼럼 에포크 {}에서 {} 상태{}", who, l.b, state,
                                         behind_colon(reason_in_korean(l.text.str()))))};
    }
    case Trace::QuorumVoted:
      return l.c != 0 ? say("{} gives controller {} its vote for epoch {}",
                            "{0}<이/가> 에포크 {2}에서 컨트롤러 {1}에게 투표해요", who, l.a, l.b)
                      : say("{} refuses controller {} its vote for epoch {}",
                            "{0}<이/가> 에포크 {2}에서 컨트롤러 {1}에게 투표하지 않아요", who, l.a, l.b);
    case Trace::QuorumElected:
      return say("{} wins quorum epoch {}", "{}<이/가> 쿼럼 에포크 {}의 리더가 돼요", who, l.b);
    case Trace::QuorumHighWatermark:
      return say("{}: the quorum's high watermark is {}", "{}: 쿼럼 하이 워터마크 {}", who, l.b);
    case Trace::QuorumTruncated:
      return say("{} cuts its metadata log at {}", "{}<이/가> 메타데이터 로그를 {}에서 잘라요", who, l.a);
    case Trace::MetadataAppended: return say("{} appends {}", "{}<이/가> {} 추가", who, l.text.str());
    case Trace::MetadataApplied: return say("{} applies {}", "{}<이/가> {} 적용", who, l.text.str());
    case Trace::ControllerActive:
      return say("{} is the active controller, epoch {}", "{}<이/가> 액티브 컨트롤러가 돼요, 에포크 {}", who, l.b);
    case Trace::ControllerResigned:
      return {fmt::format("{} is no longer the active controller{}", who, behind_colon(l.text.str())),
              with_particles(fmt::format("{}<은/는> 더는 액티브 컨트롤러가 아니에요{}", who,
                                         behind_colon(reason_in_korean(l.text.str()))))};
    case Trace::BrokerRegistered:
      return say("{} is registered, broker epoch {}", "{} 등록, 브로커 에포크 {}", broker(l.a), l.b);
    case Trace::BrokerFenced:
      return {fmt::format("{} is fenced{}", broker(l.a), behind_colon(l.text.str())),
              fmt::format("{} 차단됨{}", broker(l.a), behind_colon(reason_in_korean(l.text.str())))};
    case Trace::BrokerUnfenced: return say("{} is unfenced", "{} 차단 해제", broker(l.a));
    case Trace::BrokerShutdownStarted:
      return say("{} begins its controlled shutdown", "{} 제어된 종료 시작", broker(l.a));
    case Trace::TopicDeleted: return say("topic {} is deleted", "토픽 {} 삭제", l.text.str());
    case Trace::PartitionAdded: return say("{} is added, led by {}", "{} 추가, 리더는 {}", p, broker(l.a));
    case Trace::ConfigChanged:
      return {fmt::format("configuration: {}", l.text.str()),
              with_particles(fmt::format("설정 변경: {}", reason_in_korean(l.text.str())))};
    case Trace::ReassignmentChanged:
      return l.b + l.c == 0 ? say("{}: replicas moved, {}", "{}: 복제본 이동 끝, {}", p, l.text.str())
                            : say("{}: replicas on the move, {}", "{}: 복제본 이동 중, {}", p, l.text.str());
    case Trace::BrokerUnregistered: return say("{} is unregistered", "{} 등록 해제", broker(l.a));
    case Trace::BrokerDirsOffline:
      return say("the controller knows that {} has lost a log directory; left: {}",
                 "컨트롤러가 {}의 로그 디렉터리가 나간 걸 알아요. 남은 것: {}", broker(l.a), l.c);
    default: return say("topic {} is created", "토픽 {} 생성", l.text.str());
  }
}

Words partition_sentence(const sim::TraceLine& l, const std::string& who, const std::string& p) {
  switch (static_cast<Trace>(l.kind)) {
    case Trace::LeaderElected:
      if (l.a < 0) return say("{} has no leader now", "{}<은/는> 이제 리더가 없어요", p);
      return say("{} leads {} now, leader epoch {}, ISR {}", "이제 {}<이/가> {}의 리더, 리더 에포크 {}, ISR {}",
                 broker(l.a), p, l.b, l.text.str());
    case Trace::IsrChanged: return say("{}: ISR {}", "{}: ISR {}", p, l.text.str());
    case Trace::BecameLeader:
      return say("{} knows it leads {} in epoch {}", "{0}<이/가> 에포크 {2}에서 {1}의 리더임을 알아요", who, p, l.a);
    case Trace::BecameFollower:
      return say("{} follows {} of {}", "{0}<이/가> {1}의 팔로워가 돼요({2})", who, broker(l.b), p);
    case Trace::LogAppended:
      return {fmt::format("{} appends {} to {}", who, offsets(l.a, l.b), p),
              with_particles(fmt::format("{}<이/가> {}에 {} 추가", who, p, offsets_ko(l.a, l.b)))};
    case Trace::LogReplicated:
      return {fmt::format("{} copies {} of {}", who, offsets(l.a, l.b), p),
              with_particles(fmt::format("{}<이/가> {}의 {} 복제", who, p, offsets_ko(l.a, l.b)))};
    case Trace::LogTruncated:
      return {fmt::format("{} cuts {} back from {} to {}{}", who, p, l.b, l.a, behind_colon(l.text.str())),
              with_particles(fmt::format("{}<이/가> {} 로그를 {}에서 {}까지 잘라요{}", who, p, l.b, l.a,
                                         behind_colon(reason_in_korean(l.text.str()))))};
    case Trace::LogDeleted:
      if (l.b != 0)
        return {fmt::format("{} moves its stray replica of {} aside (-stray) and keeps it", who, p),
                with_particles(
                    fmt::format("{}<이/가> 이제 자기 것이 아닌 {} 복제본을 지우지 않고 따로 치워 둠(-stray)", who, p))};
      return {fmt::format("{} deletes its replica of {}", who, p),
              with_particles(fmt::format("{}<이/가> {} 복제본을 삭제", who, p))};
    case Trace::LogRecovered:
      if (l.b < 0) return say("{} comes back with {} up to {}", "{}<이/가> {}<을/를> {}까지 되찾아요", who, p, l.a);
      return say("{} comes back with {} up to {}; the last {} had not reached the disk",
                 "{}<이/가> {}<을/를> {}까지 되찾아요. 마지막 {}개는 디스크에 없었어요", who, p, l.a, l.b - l.a);
    case Trace::ReplicaFailed:
      if (!l.text.empty())
        return {
            fmt::format("{} cannot append to {}{}. It no longer fetches it until there is a new leader epoch", who, p,
                        behind_colon(l.text.str())),
            with_particles(fmt::format("{}<이/가> {}에 추가할 수 없어요{}. 새 리더 에포크가 올 때까지 가져오지 않아요",
                                       who, p, behind_colon(reason_in_korean(l.text.str()))))};
      return say(
          "{0} cannot append {1} at {3}: the batch begins at {2}. It no longer fetches it until there is a new leader epoch",
          "{0}<이/가> {1}의 {3} 자리에 추가할 수 없어요. 배치가 {2}에서 시작해요. 새 리더 에포크가 올 때까지 가져오지 않아요",
          who, p, l.a, l.b);
    case Trace::LogFlushed: return say("{} flushes {} up to {}", "{}<이/가> {}<을/를> {}까지 플러시해요", who, p, l.a);
    case Trace::LogDirOffline:
      return {
          fmt::format("{}: log directory {} with {} replicas is offline{}", who, l.a, l.b, behind_colon(l.text.str())),
          with_particles(fmt::format("{}: 복제본 {}개가 있는 로그 디렉터리 {} 오프라인{}", who, l.b, l.a,
                                     behind_colon(reason_in_korean(l.text.str()))))};
    case Trace::LogsLoading:
      return say("{} reads {} bytes of its logs before it serves: {} ms",
                 "{}<이/가> 일하기 전에 로그 {}바이트를 읽어요: {}ms", who, l.a, l.b / 1000);
    case Trace::SegmentRolled:
      return say("{} closes a segment of {}; the next begins at {}",
                 "{}<이/가> {}의 세그먼트를 닫고 {}부터 새로 시작해요", who, p, l.a);
    case Trace::SegmentDeleted:
      return {fmt::format("{} deletes the segment of {} with offsets {} to {}: {}", who, p, l.a, l.b - 1, l.text.str()),
              with_particles(fmt::format("{}<이/가> {}의 오프셋 {}~{} 세그먼트를 지워요: {}", who, p, l.a, l.b - 1,
                                         reason_in_korean(l.text.str())))};
    case Trace::LogStartAdvanced:
      return {fmt::format("{}: {} begins at {} now, {}", who, p, l.b, l.text.str()),
              fmt::format("{}: 이제 {} 로그는 {}부터예요. {}", who, p, l.b, reason_in_korean(l.text.str()))};
    case Trace::LogCompacted:
      return say("{0} compacts {1} up to {2}: {3} of {4} records stay",
                 "{0}<이/가> {1} 로그를 {2}까지 압축(compaction)해요. 레코드 {4}개 중 {3}개가 남아요", who, p, l.a, l.c,
                 l.b);
    case Trace::HighWatermarkAdvanced:
      return say("{}: high watermark {} to {}", "{}: 하이 워터마크 {}에서 {}<으로/로>", p, l.a, l.b);
    case Trace::FollowerHighWatermark:
      return say("{} learns {}'s high watermark {}", "{}<이/가> {}의 하이 워터마크 {}<을/를> 알게 돼요", who, p, l.b);
    case Trace::IsrShrink:
      return say("{0}: the ISR of {1} has shrunk: {2}", "{0}: {1}의 ISR이 줄었어요: {2}", who, p, l.text.str());
    case Trace::IsrExpand:
      return say("{0}: the ISR of {1} has grown: {2}", "{0}: {1}의 ISR이 늘었어요: {2}", who, p, l.text.str());
    case Trace::RequestRefused: return say("{} answers {} for {}", "{0}<이/가> {1} 응답({2})", who, error(l.b), p);
    default:
      return say("{} has that batch of {} already: answered, not appended again",
                 "{}<은/는> {}의 그 배치가 이미 있어요. 다시 쓰지 않고 응답해요", who, p);
  }
}

Words client_sentence(const sim::TraceLine& l, const std::string& who, const std::string& p) {
  const std::string what = l.text.empty() ? error(l.a) : l.text.str();
  switch (static_cast<Trace>(l.kind)) {
    case Trace::RecordSent:
      return p.empty()
                 ? say("{} hands record {} to send", "{}<이/가> {}번 레코드를 send에 넘겨요", who, l.a)
                 : say("{} hands record {} to send, for {}", "{}<이/가> {}번 레코드를 send에 넘겨요({})", who, l.a, p);
    case Trace::BatchSent:
      return {fmt::format("{} sends {} to {}", who, records(l.a), p),
              with_particles(fmt::format("{}<이/가> {}<으로/로> 레코드 {}개 전송", who, p, l.a))};
    case Trace::BatchAcked:
      return {fmt::format("{}: {} of {} acked", who, records(l.a), p),
              fmt::format("{}: {}의 레코드 {}개 ack 받음", who, p, l.a)};
    case Trace::BatchRetried: return say("{} will send to {} again: {}", "{}<이/가> {} 재시도: {}", who, p, error(l.b));
    case Trace::BatchFailed:
      return {fmt::format("{}: {} for {} failed: {}", who, records(l.a), p, l.text.str()),
              fmt::format("{}: {}의 레코드 {}개 실패: {}", who, p, l.a, l.text.str())};
    case Trace::RecordFailed:
      return say("{}: record {} failed: {}", "{}: {}번 레코드 실패: {}", who, l.a, l.text.str());
    case Trace::ClientError: return say("{} meets {}", "{}<이/가> {} 오류를 받아요", who, what);
    case Trace::ClientMetadata: return say("{} refreshes its metadata", "{}<이/가> 메타데이터를 새로 받아요", who);
    case Trace::ClientBootstrapped: return say("{} knows the cluster now", "{}<은/는> 이제 클러스터를 알아요", who);
    case Trace::RecordDelivered:
      return {fmt::format("{} is handed {} of {}", who, offsets(l.a, l.b), p),
              with_particles(fmt::format("{}<이/가> {}의 {}<을/를> 받아요", who, p, offsets_ko(l.a, l.b)))};
    case Trace::RecordProcessed:
      return say("{} is done with offset {} of {}", "{0}<이/가> {2} 오프셋 {1} 처리 끝", who, l.a, p);
    case Trace::PositionSet:
      return {fmt::format("{} will read {} from {}{}", who, p, l.a, behind_colon(l.text.str())),
              with_particles(fmt::format("{}<은/는> {}<을/를> {}부터 읽어요{}", who, p, l.a,
                                         behind_colon(reason_in_korean(l.text.str()))))};
    case Trace::PartitionsAssigned:
      return l.text.empty()
                 ? say("{} gets nothing in generation {}", "{}<은/는> 세대 {}에서 할당 없음", who, l.a)
                 : say("{0} gets {2} in generation {1}", "{0}<은/는> 세대 {1}에서 {2} 할당", who, l.a, l.text.str());
    case Trace::ReadReplicaChosen:
      return l.a < 0 ? say("{} reads {} from the leader again", "{}<은/는> 다시 리더에게서 {}<을/를> 읽어요", who, p)
                     : say("{} will read {} from {}", "{}<은/는> 이제 {}<을/를> {}에게서 읽어요", who, p, broker(l.a));
    case Trace::PartitionsRevoked:
      return l.text.empty() ? say("{} gives up nothing", "{}<은/는> 반납할 것이 없어요", who)
                            : say("{} gives up {}", "{}<이/가> {} 반납", who, l.text.str());
    default: return say("{} has lost {}", "{}<이/가> {}<을/를> 잃어요", who, l.text.str());
  }
}

Words contrast_sentence(const sim::TraceLine& l, const std::string& who) {
  const std::string text = l.text.str();
  const std::size_t colon = text.find(": ");
  switch (static_cast<Trace>(l.kind)) {
    case Trace::QueueStored:
      return say("{} keeps a message; {} wait now", "{}<이/가> 메시지를 받아 둬요. 이제 {}개 대기", who, l.a);
    case Trace::QueueDelivered:
      return l.a > 1 ? say("{} is handed a message of {} for the {}. time", "{}<이/가> {}의 메시지를 {}번째로 받아요",
                           who, text, l.a)
                     : say("{} is handed a message of {}", "{}<이/가> {}의 메시지를 받아요", who, text);
    case Trace::QueueProcessed:
      return say("{} is done with a message of {} and acknowledges it: it is gone",
                 "{}<이/가> {}의 메시지를 처리하고 확인 응답해요. 메시지는 사라져요", who, text);
    case Trace::QueueReturned:
      return say("{0}: {1} did not acknowledge in time, the message comes back",
                 "{0}: {1}<이/가> 제때 확인 응답하지 않아 메시지가 돌아와요", who, text);
    case Trace::CallMade: return say("{} calls {}", "{}<이/가> {}<을/를> 불러요", who, text);
    case Trace::CallAnswered:
      return say("{} has an answer from {} after {} ms", "{}<이/가> {}의 답을 받아요({}ms)", who, text, l.b / 1000);
    default:
      return {fmt::format("{}: the call to {} failed: {}", who, text.substr(0, colon),
                          colon == std::string::npos ? "" : text.substr(colon + 2)),
              with_particles(fmt::format("{}: {} 호출 실패: {}", who, text.substr(0, colon),
                                         colon == std::string::npos ? "" : reason_in_korean(text.substr(colon + 2))))};
  }
}

Words group_sentence(const sim::TraceLine& l, const std::string& who, const std::string& p) {
  switch (static_cast<Trace>(l.kind)) {
    case Trace::GroupState: {
      return say("group {}: {} becomes {}", "그룹 {}: {}에서 {}<으로/로>", l.text.str(), coordinator::state_name(l.a),
                 coordinator::state_name(l.b));
    }
    case Trace::GroupRebalance: {
      const GroupText t = group_text(l.text.str(), false);
      return {fmt::format("group {} rebalances: generation {} with {} member{}{}", t.group, l.a, l.b,
                          l.b == 1 ? "" : "s", t.reason.empty() ? "" : " (" + t.reason + ")"),
              fmt::format("그룹 {} 리밸런스: 세대 {}, 멤버 {}명{}", t.group, l.a, l.b,
                          t.reason.empty() ? "" : " (" + t.reason_ko + ")")};
    }
    case Trace::GroupMemberJoined: {
      const GroupText t = group_text(l.text.str(), true);
      return say("{} joins group {}", "{}<이/가> 그룹 {}에 합류해요", t.member, t.group);
    }
    case Trace::GroupMemberLeft: {
      const GroupText t = group_text(l.text.str(), true);
      return {fmt::format("{} leaves group {}{}", t.member, t.group, behind_colon(t.reason)),
              with_particles(
                  fmt::format("{}<이/가> 그룹 {}<을/를> 떠나요{}", t.member, t.group, behind_colon(t.reason_ko)))};
    }
    case Trace::GroupLoaded:
      return say("{} has loaded its share of groups: {}", "{}<이/가> 맡은 그룹 {}개를 불러와요", who, l.a);
    case Trace::OffsetCommitted:
      if (l.a < 0)
        return say("group {} has no offset of {} any more", "그룹 {}에는 이제 {}의 오프셋이 없어요", l.text.str(), p);
      return say("group {} commits offset {} of {}", "그룹 {0}, {2} 오프셋 {1} 커밋", l.text.str(), l.a, p);
    case Trace::GroupTarget: {
      const GroupText t = group_text(l.text.str(), false);
      return say("the coordinator has worked out the target of group {} for epoch {} ({})",
                 "코디네이터가 그룹 {}의 에포크 {} 목표 할당을 계산해요({})", t.group, l.a, t.reason);
    }
    case Trace::MemberEpoch: {
      const GroupText t = group_text(l.text.str(), true);
      if (l.a < 0)
        return say("{} leaves group {} for a while; its place is kept",
                   "{}<이/가> 그룹 {}<을/를> 잠시 떠나요. 자리는 남아요", t.member, t.group);
      return say("{} is in epoch {} of group {} with {} partitions: {}",
                 "{}<은/는> 에포크 {}(그룹 {}), 파티션 {}개: {}", t.member, l.a, t.group, l.c, t.reason);
    }
    case Trace::ShareAcquired: {
      const GroupText t = group_text(l.text.str(), true);
      if (l.a == l.b)
        return say("{} offset {} is locked for {} of group {} (delivery {})",
                   "{} 오프셋 {}<이/가> {} 몫으로 잠겨요(그룹 {}, {}번째 전달)", p, l.a, t.member, t.group, l.c);
      return say("{} offsets {} to {} are locked for {} of group {} (delivery {})",
                 "{} 오프셋 {}~{}<이/가> {} 몫으로 잠겨요(그룹 {}, {}번째 전달)", p, l.a, l.b, t.member, t.group, l.c);
    }
    case Trace::ShareSettled: {
      const GroupText t = group_text(l.text.str(), true);
      const std::string_view state = broker::name(static_cast<broker::RecordState>(l.c));
      return say("{0} offsets {1} to {2} are {3} in group {4}: {5}",
                 "{0} 오프셋 {1}~{2}<은/는> 이제 {3}(그룹 {4}): {6}", p, l.a, l.b, state, t.group, t.reason,
                 t.reason_ko);
    }
    case Trace::ShareStart: {
      const GroupText t = group_text(l.text.str(), false);
      if (l.a < 0)
        return say("group {0} begins at offset {1} of {2}: {3}", "그룹 {0}<은/는> {2} 오프셋 {1}에서 시작해요: {4}",
                   t.group, l.b, p, t.reason, t.reason_ko);
      return say("the start offset of group {} on {} moves from {} to {}",
                 "그룹 {}의 {} 시작 오프셋이 {}에서 {}<으로/로> 옮겨가요", t.group, p, l.a, l.b);
    }
    case Trace::ProducerExpired:
      return say("{} forgets producer id {} in {}: its last batch is too old",
                 "{}<이/가> 프로듀서 ID {}<을/를> {}에서 잊어요. 마지막 배치가 너무 오래됐어요", who, l.a, p);
    case Trace::OffsetsReset:
      return say("{} resets the offsets of group {}", "{}<이/가> 그룹 {}의 오프셋을 다시 정해요", who, l.text.str());
    default:
      return l.a == 0 ? say("done: {}", "완료: {}", l.text.str())
                      : Words{fmt::format("refused with {}{}", error(l.a), behind_colon(l.text.str())),
                              fmt::format("거절 {}{}", error(l.a), behind_colon(reason_in_korean(l.text.str())))};
  }
}

Words snapshot_sentence(const sim::TraceLine& l, const std::string& who) {
  switch (static_cast<Trace>(l.kind)) {
    case Trace::QuorumSnapshot:
      return say("{} takes a snapshot of the metadata up to {}", "{}<이/가> {}까지의 메타데이터 스냅샷을 떠요", who,
                 l.a);
    case Trace::QuorumSnapshotLoaded:
      return say("{} takes over a snapshot up to {} instead of records from {} on",
                 "{0}<이/가> {2}부터의 레코드 대신 {1}까지의 스냅샷을 받아요", who, l.a, l.c);
    default: return say("{}: the metadata log begins at {} now", "{}: 이제 메타데이터 로그는 {}부터예요", who, l.b);
  }
}

/// Who may do what, and how much of it.
Words access_sentence(const sim::TraceLine& l, const std::string& who, const TraceNames& names) {
  switch (static_cast<Trace>(l.kind)) {
    case Trace::AclChanged:
      return l.a != 0 ? say("access rule removed: {}", "접근 규칙 삭제: {}", l.text.str())
                      : say("access rule: {}", "접근 규칙 추가: {}", l.text.str());
    case Trace::QuotaChanged:
      return {fmt::format("quota: {}", l.text.str()),
              with_particles(fmt::format("쿼터 변경: {}", reason_in_korean(l.text.str())))};
    case Trace::FeatureChanged: return say("feature {} is at level {}", "기능 {}의 레벨은 {}", l.text.str(), l.a);
    default:
      return say("{0} makes {1} wait {2} ms: it has used up its quota",
                 "{0}<이/가> {1}<을/를> {2}ms 기다리게 해요. 쿼터를 다 썼어요", who,
                 names.node({static_cast<std::int32_t>(l.a)}), l.b);
  }
}

std::string_view session_word(std::int64_t state) {
  switch (static_cast<zookeeper::SessionState>(state)) {
    case zookeeper::SessionState::Connected: return "connected";
    case zookeeper::SessionState::Disconnected: return "disconnected";
    case zookeeper::SessionState::Expired: return "expired";
    case zookeeper::SessionState::Closed: break;
  }
  return "closed";
}
std::string_view session_word_ko(std::int64_t state) {
  switch (static_cast<zookeeper::SessionState>(state)) {
    case zookeeper::SessionState::Connected: return "연결됨";
    case zookeeper::SessionState::Disconnected: return "연결 끊김";
    case zookeeper::SessionState::Expired: return "만료";
    case zookeeper::SessionState::Closed: break;
  }
  return "닫힘";
}

Words zookeeper_sentence(const sim::TraceLine& l, const std::string& who, const TraceNames& names) {
  const auto zxid = [](std::int64_t value) { return protocol::zxid_text({value}); };
  const auto event = [&] { return protocol::name(static_cast<protocol::ZkEventType>(l.a)); };
  const std::string text = l.text.str();
  switch (static_cast<Trace>(l.kind)) {
    case Trace::ZkServerStateChanged: {
      const std::string_view state = protocol::name(static_cast<protocol::ZkServerState>(l.a));
      return {fmt::format("{} is {} in epoch {}{}", who, state, l.b, behind_colon(text)),
              with_particles(fmt::format("{}<이/가> 에포크 {}에서 {} 상태{}", who, l.b, state,
                                         behind_colon(reason_in_korean(text))))};
    }
    case Trace::ZkVoted:
      return say("{} votes for zookeeper-{}, whose log ends at {} (round {})",
                 "{0}<이/가> zookeeper-{1}에 투표해요. 그 로그의 끝은 {2}(라운드 {3})", who, l.a, zxid(l.c), l.b);
    case Trace::ZkElected:
      return say("{} leads the ensemble in epoch {}", "{}<이/가> 에포크 {}의 앙상블 리더가 돼요", who, l.b);
    case Trace::ZkFollowerSynced:
      return say("{} brings zookeeper-{} up to date by {}, {} transactions",
                 "{}<이/가> zookeeper-{}<을/를> {}<으로/로> 맞춰요. 트랜잭션 {}개", who, l.a, text, l.c);
    case Trace::ZkLogTruncated:
      return say("{} cuts its transaction log behind {}", "{}<이/가> 트랜잭션 로그를 {} 뒤에서 잘라요", who, zxid(l.a));
    case Trace::ZnodeChanged:
      switch (static_cast<protocol::ZkEventType>(l.a)) {
        case protocol::ZkEventType::NodeCreated: return say("znode {} is created", "지노드 {} 생성", text);
        case protocol::ZkEventType::NodeDeleted: return say("znode {} is gone", "지노드 {} 사라짐", text);
        default: return say("znode {} is written", "지노드 {} 변경", text);
      }
    case Trace::ZkWriteRefused:
      return say("ZooKeeper refuses to write {}: {}", "ZooKeeper가 {} 쓰기를 거절해요: {}",
                 text.empty() ? "multi" : text, protocol::name(static_cast<protocol::ZkError>(l.a)));
    case Trace::ZkSessionOpened:
      return say("session {} is opened, it may be silent for {} ms", "세션 {} 시작, {}ms까지 조용해도 돼요", zxid(l.a),
                 l.b);
    case Trace::ZkSessionExpired:
      return say("session {} has been silent for {} ms: it expires", "세션 {}<이/가> {}ms 동안 조용해서 만료돼요",
                 zxid(l.a), l.b);
    case Trace::ZkSessionClosed:
      return say("session {} ends, and {} ephemeral znodes with it", "세션 {} 종료, 임시 지노드 {}개도 함께 사라져요",
                 zxid(l.a), l.b);
    case Trace::ZkSessionMoved:
      return say("session {} goes on through zookeeper-{}", "세션 {}<이/가> zookeeper-{}<으로/로> 옮겨 가요", zxid(l.a),
                 l.c);
    case Trace::ZkWatchFired:
      return say("a watch fires: {} tells {} of {} {}", "와치가 울려요: {0}<이/가> {1}에게 {3} {2}<을/를> 알려요", who,
                 names.node({static_cast<std::int32_t>(l.c)}), event(), text);
    default:
      return {fmt::format("{}: its ZooKeeper session is {}", who, session_word(l.a)),
              fmt::format("{}: ZooKeeper 세션 {}", who, session_word_ko(l.a))};
  }
}

}  // namespace

std::string without_member_uuids(std::string_view text) {
  std::string out;
  for (std::size_t at; (at = find_uuid(text)) != std::string_view::npos; text.remove_prefix(at + 37))
    out += text.substr(0, at);
  out += text;
  for (std::size_t at; (at = find_member_id(out)) != std::string::npos;) out.erase(at, 23);
  return out;
}

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
    case Trace::BrokerDirsOffline:
    case Trace::LogDirOffline:
    case Trace::LogsLoading:
    case Trace::ReadReplicaChosen:
    case Trace::SegmentDeleted:
    case Trace::LogCompacted:
    case Trace::LeaderElected:
    case Trace::LogTruncated:
    case Trace::LogDeleted:
    case Trace::ReplicaFailed:
    case Trace::IsrShrink:
    case Trace::IsrExpand:
    case Trace::GroupRebalance:
    case Trace::BatchFailed:
    case Trace::RecordFailed:
    case Trace::OffsetsReset:
    case Trace::QuorumSnapshotLoaded:
    case Trace::AclChanged:
    case Trace::QuotaChanged:
    case Trace::FeatureChanged:
    case Trace::ZkSessionExpired:
    case Trace::CommandResult: return true;
    case Trace::ZkElected: return line.time.us > 0;
    case Trace::LogRecovered: return line.b >= 0;
    default: return false;
  }
}

Words sentence(const sim::TraceLine& l, const TraceNames& names) {
  const std::string who = l.node.valid() ? names.node(l.node) : "cluster";
  if (l.kind < sim::trace_kind::kFirstFree) {
    const bool has_peer = l.kind <= sim::trace_kind::kMessageLost || l.kind == sim::trace_kind::kConnectionOpened ||
                          l.kind == sim::trace_kind::kConnectionLost;
    return kernel_sentence(l, who, has_peer ? names.node({static_cast<std::int32_t>(l.a)}) : std::string());
  }
  const std::string p =
      l.topic >= 0 ? names.topic(l.topic) + (l.partition >= 0 ? "-" + std::to_string(l.partition) : std::string())
                   : std::string();
  const auto trace = static_cast<Trace>(l.kind);
  if (trace >= Trace::ZkServerStateChanged && trace <= Trace::ZkClientState) return zookeeper_sentence(l, who, names);
  if (trace <= Trace::BrokerDirsOffline) return quorum_sentence(l, who, p);
  if (trace <= Trace::DuplicateBatch || trace == Trace::ReplicaFailed || trace == Trace::LogDeleted)
    return partition_sentence(l, who, p);
  if (trace <= Trace::ReadReplicaChosen) return client_sentence(l, who, p);
  if (trace >= Trace::QueueStored && trace <= Trace::CallFailed) return contrast_sentence(l, who);
  if (trace >= Trace::QuorumSnapshot && trace <= Trace::QuorumLogStart) return snapshot_sentence(l, who);
  if (trace >= Trace::AclChanged && trace <= Trace::ClientThrottled) return access_sentence(l, who, names);
  return group_sentence(l, who, p);
}

}  // namespace kafkascope::observe
