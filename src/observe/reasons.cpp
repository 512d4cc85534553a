// Why things happen, in Korean: the reasons in trace lines, what commands answer, and Kafka's messages for refused acts.
#include "observe/korean.h"

namespace kafkascope::observe {

namespace {

constexpr Phrase kReasons[] = {
    // quorum
    {"formation", "클러스터 구성"},
    {"started", "시작"},
    {"started with a log newer than its quorum state", "쿼럼 상태보다 새로운 로그로 시작"},
    {"the only voter", "투표자가 하나뿐"},
    {"a majority would vote for it", "과반이 표를 주겠다고 답함"},
    {"a majority voted for it", "과반이 투표함"},
    {"a majority would not vote for it", "과반이 표를 주지 않겠다고 답함"},
    {"the election timeout passed without a leader", "리더 없이 선거 타임아웃 경과"},
    {"the election timeout passed without a majority", "과반 없이 선거 타임아웃 경과"},
    {"too few answers to the pre-vote", "사전 투표 응답 부족"},
    {"no majority fetched for 1.5 fetch timeouts", "페치 타임아웃의 1.5배 동안 과반이 페치하지 않음"},
    {"the fetch timeout passed", "페치 타임아웃 경과"},
    {"the resigned leader opens a new epoch", "물러난 리더가 새 에포크를 엶"},
    {"asked to resign", "물러나라는 요청"},
    {"a vote was asked for in a newer epoch", "더 새로운 에포크의 투표 요청"},
    {"the new leader said so", "새 리더가 알림"},
    {"a leader that resigns made itself known", "물러나는 리더가 자신을 알림"},
    {"an answer told of it", "응답에서 알게 됨"},
    {"an answer named the leader", "응답이 리더를 알려 줌"},
    // controller
    {"it leads the quorum no longer", "더는 쿼럼 리더가 아님"},
    {"no heartbeat for broker.session.timeout.ms", "broker.session.timeout.ms 동안 하트비트 없음"},
    {"the broker asked for it", "브로커가 요청함"},
    {"shutting down, it leads nothing", "종료 중, 맡은 리더 없음"},
    // replicas
    {"the leader does not know the epoch", "리더가 모르는 에포크"},
    {"the leader's log ends there", "리더의 로그가 거기서 끝남"},
    {"diverged from the leader", "리더와 갈라짐"},
    {"the leader's log is shorter", "리더의 로그가 더 짧음"},
    {"behind the leader's log start", "리더의 로그 시작보다 뒤처짐"},
    {"the leader's log starts inside a batch", "리더의 로그가 배치 중간에서 시작됨"},
    // groups
    {"{} joined", "{0} 합류"},
    {"leader {} joined again", "그룹 리더 {0} 재합류"},
    {"{} joined again", "{0} 재합류"},
    {"{} changed its subscription", "{0}의 구독 변경"},
    {"static member {} changes the protocol", "정적 멤버 {0}의 프로토콜 변경"},
    {"static member {} came back", "정적 멤버 {0} 복귀"},
    {"the loaded group is larger than group.max.size", "불러온 그룹이 group.max.size보다 큼"},
    {"{} sent no SyncGroup in time", "멤버 {0}명이 SyncGroup을 제때 보내지 않음"},
    {"sent no SyncGroup in time", "SyncGroup을 제때 보내지 않음"},
    {"did not rejoin in time", "제때 다시 합류하지 않음"},
    {"its JoinGroup was parked for five minutes", "JoinGroup이 5분 동안 대기함"},
    {"session timeout", "세션 타임아웃"},
    {"a topic changed", "토픽이 바뀜"},
    {"it did not give up in time what it was asked for", "내놓아야 할 것을 제때 내놓지 않음"},
    {"away for a while", "잠시 자리를 비움"},
    {"a group of the newer protocol takes its place", "새 프로토콜의 그룹이 자리를 이어받음"},
    {"group.max.size is reached", "group.max.size에 이름"},
    {"it said goodbye", "스스로 떠남"},
    {"consumer poll timeout has expired.", "max.poll.interval.ms 동안 poll 없음"},
    {"the consumer is being closed", "컨슈머 종료"},
    {"the consumer unsubscribed from all topics", "컨슈머가 구독을 모두 해지함"},
    {"replaced by {}", "{0}<으로/로> 교체"},
    {"the assignment could not be stored: {}", "할당을 저장하지 못함: {0}"},
    {"the leader's assignment is stored", "그룹 리더의 할당이 저장됨"},
    {"loaded from the log", "로그에서 불러옴"},
    {"its first record could not be stored", "첫 레코드를 저장하지 못함"},
    {"its last offset has expired", "마지막 오프셋이 만료됨"},
    {"an administrator deleted it", "관리자가 지움"},
    {"a first member joined; the coordinator waits for others", "첫 멤버 합류, 코디네이터가 다른 멤버를 기다림"},
    {"membership changed; every member must join again", "멤버가 바뀌어 모두 다시 합류해야 함"},
    {"membership changed before the assignment was there; every member must join again", "할당 전에 멤버가 바뀌어 모두 다시 합류해야 함"},
    {"the members are known; the leader works out who gets what", "멤버 확정, 그룹 리더가 할당을 계산함"},
    {"the last member is gone; the offsets stay", "마지막 멤버가 떠남, 오프셋은 남음"},
    {"the leader's assignment is stored; members read", "할당 저장, 멤버가 읽기 시작"},
    {"the group is removed", "그룹 삭제"},
    // positions
    {"committed", "커밋된 오프셋"},
    {"reset", "auto.offset.reset에 따라"},
    {"seek", "seek 호출"},
    {"again", "다시"},
    {"timed out", "시간 초과"},
    {"the connection was lost", "연결 끊김"},
    {"truncated", "로그가 잘림"},
    {"out of range", "범위를 벗어남"},
    // what commands answer
    {"{}: it is not running, or paused already", "{0}: 실행 중이 아니거나 이미 멈춰 있어요"},
    {"{}: it is not running", "{0}: 실행 중이 아니에요"},
    {"{}: it is running already", "{0}: 이미 실행 중이에요"},
    {"{}: it is not paused", "{0}: 멈춰 있지 않아요"},
    {"{}: it is paused", "{0}: 멈춰 있어요"},
    {"{}: it is no producer", "{0}: 프로듀서가 아니에요"},
    {"{}: it is no application", "{0}: 애플리케이션이 아니에요"},
    {"{}: it is no consumer", "{0}: 컨슈머가 아니에요"},
    {"{}: only a broker answers requests", "{0}: 요청에 답하는 건 브로커뿐이에요"},
    {"it is not running, or paused already", "실행 중이 아니거나 이미 멈춰 있어요"},
    {"it is not running", "실행 중이 아니에요"},
    {"it is running already", "이미 실행 중이에요"},
    {"it is not paused", "멈춰 있지 않아요"},
    {"it is paused", "멈춰 있어요"},
    {"{} is nobody now", "{0}에 해당하는 노드가 지금은 없어요"},
    {"no such event is pending", "그런 이벤트는 대기하고 있지 않아요"},
    {"event keys look like 1500000/2/3/17", "이벤트 키는 1500000/2/3/17처럼 생겼어요"},
    {"{} is not assigned to it", "{0}<은/는> 이 컨슈머의 할당이 아니에요"},
    {"{} has no engine yet", "{0}<은/는> 아직 없는 기능이에요"},
    // broken invariants
    {"offset {} was handed to a consumer, but no leader's high watermark was past {}", "오프셋 {0}<이/가> 컨슈머에게 전달됐는데 어느 리더의 하이 워터마크도 {1}<을/를> 넘지 않았어요"},
    {"group {} committed offset {}, but no leader's high watermark was past {}", "그룹 {0}<이/가> 오프셋 {1}<을/를> 커밋했는데 어느 리더의 하이 워터마크도 {2}<을/를> 넘지 않았어요"},
    {"group {} went back from offset {} to {}", "그룹 {0}<이/가> 오프셋 {1}에서 {2}<으로/로> 되돌아갔어요"},
    {"{} has two owners in generation {} of group {}", "그룹 {2}의 세대 {1}에서 {0}의 주인이 둘이에요"},
    {"broker-{} is let into the ISR, but ends at {}, and {} is committed", "broker-{0}<이/가> ISR에 들어왔는데 로그는 {1}에서 끝나고 커밋은 {2}까지예요"},
    {"broker-{} lowered the high watermark from {} to {} in leader epoch {}", "broker-{0}<이/가> 리더 에포크 {3}에서 하이 워터마크를 {1}에서 {2}<으로/로> 내렸어요"},
    {"broker-{} moved the high watermark to {}, but ISR member broker-{} ends at {}", "broker-{0}<이/가> 하이 워터마크를 {1}<으로/로> 옮겼는데 ISR 멤버 broker-{2}<은/는> {3}에서 끝나요"},
    {"broker-{} moved the high watermark to {} with {} in the ISR and min.insync.replicas {}", "broker-{0}<이/가> ISR {2}, min.insync.replicas {3}에서 하이 워터마크를 {1}<으로/로> 옮겼어요"},
    {"the quorum's high watermark went to {}, which {} of {} voters have on disk", "쿼럼 하이 워터마크가 {0}<으로/로> 갔는데 디스크에 가진 투표자는 {2} 중 {1}예요"},
    {"node {} holds another batch at offset {} of leader epoch {} than was written there", "노드 {0}의 리더 에포크 {2}, 오프셋 {1}에 처음 쓴 것과 다른 배치가 있어요"},
    {"offset {} of the metadata log was applied in epoch {} and in epoch {}", "메타데이터 로그의 오프셋 {0}<이/가> 에포크 {1}<과/와> 에포크 {2}에서 적용됐어요"},
    {"offset {} of the metadata log was applied as {} and as {}", "메타데이터 로그의 오프셋 {0}<이/가> {1}<과/와> {2}<으로/로> 다르게 적용됐어요"},
    {"producer id {} epoch {}: sequence {} was appended at offset {} where {} was due", "프로듀서 ID {0}, 에포크 {1}: {4} 차례에 일련번호 {2}<이/가> 오프셋 {3}에 쓰였어요"},
    {"nodes {} and {} both lead in epoch {}", "노드 {0}<과/와> {1}<이/가> 에포크 {2}에서 함께 리더예요"},
    {"broker-{} leads from offset {}, but offsets up to {} were committed and broker-{} has kept them", "broker-{0}<이/가> 오프셋 {1}부터 리더인데, {2}까지 커밋됐고 broker-{3}<이/가> 가지고 있어요"},
    {"below the log start offset", "로그 시작 오프셋보다 앞이에요"},
    {"segments are deleted", "세그먼트를 지웠어요"},
    {"records were deleted", "레코드 삭제 요청이 왔어요"},
    {"the leader's log start", "리더의 로그 시작을 따라가요"},
    {"only a broker's disk can be replaced yet", "아직은 브로커의 디스크만 바꿀 수 있어요"},
    {"only a broker's disk can be full or fail, or be one of several", "브로커의 디스크만 가득 차거나 고장 나거나 여럿일 수 있어요"},
    {"it has no directory {}", "{0}번 디렉터리가 없어요"},
    {"low watermark {}", "가장 뒤처진 로그 시작은 {0}"},
    {"no space left on the disk", "디스크에 자리가 없어요"},
    {"the disk fails", "디스크가 고장 났어요"},
    {"there is a broker {} already", "브로커 {0}<이/가> 이미 있어요"},
    {"there is no broker {}", "브로커 {0}<이/가> 없어요"},
    // Kafka's messages
    {"Topic already has {} partition(s).", "토픽의 파티션이 이미 {0}개예요."},
    {"The topic {} currently has {} partition(s); {} would not be an increase.", "{0} 토픽의 파티션은 지금 {1}개라, {2}개는 늘리는 것이 아니에요."},
    {"Attempted to add {} additional partition(s), but only {} assignment(s) were specified.", "파티션 {0}개를 더하려는데 배치는 {1}개만 있어요."},
    {"No such topic as {}", "{0}(이)라는 토픽이 없어요"},
    {"No such partition as {}", "{0} 파티션이 없어요"},
    {"Unable to find partition {}.", "{0} 파티션을 찾을 수 없어요."},
    {"Unknown resource {}", "모르는 대상: {0}"},
    {"Unknown broker config name: {}", "모르는 브로커 설정: {0}"},
    {"Cannot update these configs dynamically: {}", "실행 중에 바꿀 수 없는 설정: {0}"},
    {"Cluster level min.insync.replicas cannot be removed while ELR is enabled.", "ELR을 쓰는 동안 클러스터의 min.insync.replicas는 지울 수 없어요."},
    {"Broker level min.insync.replicas cannot be altered while ELR is enabled.", "ELR을 쓰는 동안 브로커의 min.insync.replicas는 바꿀 수 없어요."},
    {"Invalid replica assignment: addingReplicas contains all replicas.", "배치가 잘못됐어요: 모든 복제본이 addingReplicas에 있어요."},
    {"No partition reassignment is in progress.", "진행 중인 파티션 재할당이 없어요."},
    {"This server does not host this topic-partition.", "이 서버에는 그 토픽 파티션이 없어요."},
    {"Topic deletion is disabled.", "토픽 삭제가 꺼져 있어요."},
    {"{} back to its default", "{0} 기본값으로"},
    {"Topic '{}' already exists.", "'{0}' 토픽이 이미 있어요."},
    {"Topic '{}' collides with existing topic: {}", "'{0}' 토픽이 이미 있는 {1} 토픽과 겹쳐요."},
    {"Topic name is invalid: {}", "토픽 이름이 잘못됐어요: [0]"},
    {"the empty string is not allowed", "빈 이름은 쓸 수 없어요"},
    {"the length of {} is longer than the max allowed length {}", "{0}<은/는> 최대 길이 {1}<을/를> 넘어요"},
    {"Unknown topic config name: {}", "모르는 토픽 설정: {0}"},
    {"Invalid value {} for configuration {}: {}", "설정 {1}에 쓸 수 없는 값 {0}: [2]"},
    {"Duplicate topic name.", "토픽 이름이 겹쳐요."},
    {"The manual partition assignment includes an empty replica list.", "직접 정한 배치에 빈 복제본 목록이 있어요."},
    {"The manual partition assignment includes broker {}, but no such broker is registered.", "직접 정한 배치의 브로커 {0}<이/가> 등록돼 있지 않아요."},
    {"The manual partition assignment includes the broker {} more than once.", "직접 정한 배치에 브로커 {0}<이/가> 두 번 이상 나와요."},
    {"The manual partition assignment includes a partition with {} replica(s), but this is not consistent with previous partitions, which have {} replica(s).",
     "직접 정한 배치의 파티션 하나는 복제본이 {0}개인데 앞의 파티션은 {1}개예요."},
    {"A manual partition assignment was specified, but replication factor was not set to -1.", "배치를 직접 정하면 복제 계수는 -1이어야 해요."},
    {"A manual partition assignment was specified, but numPartitions was not set to -1.", "배치를 직접 정하면 파티션 수는 -1이어야 해요."},
    {"Replication factor must be larger than 0, or -1 to use the default value.", "복제 계수는 0보다 커야 하고, 기본값을 쓰려면 -1이에요."},
    {"Number of partitions was set to an invalid non-positive value.", "파티션 수는 0보다 커야 해요."},
    {"Unable to replicate the partition {} time(s): {}", "파티션을 {0}번 복제할 수 없어요: [1]"},
    {"Invalid replication factor {}: the replication factor must be positive.", "복제 계수 {0}: 0보다 커야 해요."},
    {"All brokers are currently fenced or in controlled shutdown.", "모든 브로커가 차단됐거나 종료 중이에요."},
    {"All brokers are currently fenced.", "모든 브로커가 차단돼 있어요."},
    {"The target replication factor of {} cannot be reached because only {} broker(s) are registered.", "브로커가 {1}개만 등록돼 있어 복제 계수 {0}<을/를> 채울 수 없어요."},
    {"The simulator keeps at most {} replicas of a partition.", "시뮬레이터는 파티션마다 복제본을 {0}개까지 둬요."},
    {"All brokers specified in the manual partition assignment for partition {} are fenced or in controlled shutdown.",
     "파티션 {0}의 배치에 적힌 브로커가 모두 차단됐거나 종료 중이에요."},
};

}  // namespace

const Phrasebook& reasons() {
  static constexpr Phrasebook book(kReasons);
  return book;
}

std::string reason_in_korean(std::string_view english) {
  // Several of them: "broker-1: it is paused; broker-2: it is not running".
  if (const std::size_t semicolon = english.find("; "); semicolon != std::string_view::npos) {
    const auto first = reasons().korean(english.substr(0, semicolon));
    const std::string rest = reason_in_korean(english.substr(semicolon + 2));
    if (first && rest != english.substr(semicolon + 2)) return *first + "; " + rest;
  }
  if (auto found = reasons().korean(english)) return *std::move(found);
  // One behind a name: "orders: Topic 'orders' already exists."
  if (const std::size_t colon = english.find(": "); colon != std::string_view::npos && english.find(' ') == colon + 1)
    return std::string(english.substr(0, colon + 2)) + reason_in_korean(english.substr(colon + 2));
  return std::string(english);
}

}  // namespace kafkascope::observe
