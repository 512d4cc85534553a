#include "app/acts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "observe/korean.h"
#include "observe/words.h"
#include "scenario/supported.h"

namespace kafkascope::app {

using cluster::Command;
using cluster::Verb;

namespace {

struct Row {
  Verb verb;
  const char *deed, *past;  // "{} …": crash {}, crashed {}
  const char* done;         // {} crashed
  const char* ko;           // {} 크래시
  bool loss;
};

// clang-format off
constexpr std::array<Row, 45> kRows{{
    {Verb::Crash, "crash {}", "crashed {}", "{} crashed", "{} 크래시", true},
    {Verb::PowerOff, "power off {}", "powered {} off", "{} powered off", "{} 전원 끄기", true},
    {Verb::Restart, "restart {}", "restarted {}", "{} restarted", "{} 재시작", false},
    {Verb::Shutdown, "shut {} down", "shut {} down", "{} shuts down", "{} 종료", true},
    {Verb::Pause, "pause {}", "paused {}", "{} paused", "{} 일시 정지", true},
    {Verb::Resume, "resume {}", "resumed {}", "{} goes on", "{} 재개", false},
    {Verb::Isolate, "isolate {}", "isolated {}", "{} isolated", "{} 고립", true},
    {Verb::Partition, "cut {}", "cut {}", "{} cut", "{} 끊기", true},
    {Verb::Heal, "heal {}", "healed {}", "{} healed", "{} 다시 잇기", false},
    {Verb::Link, "slow {} down", "slowed {} down", "{} slowed down", "{} 느리게", true},
    {Verb::Lose, "lose the next message, {}", "lost the next message, {}", "the next message will be lost, {}", "{} 다음 메시지 유실", true},
    {Verb::Hold, "hold the next message, {}", "held the next message, {}", "the next message will be held, {}", "{} 다음 메시지 붙잡기", true},
    {Verb::Release, "release what is held", "released what was held", "released", "붙든 메시지 놓기", false},
    {Verb::WipeDisk, "wipe the disk of {}", "wiped the disk of {}", "the disk of {} wiped", "{} 디스크 지우기", true},
    {Verb::ElectLeaders, "elect a leader for {}", "elected a leader for {}", "{}: a leader was asked for", "{} 리더 선출", false},
    {Verb::Start, "start {}", "started {}", "{} started", "{} 시작", false},
    {Verb::Stop, "stop {}", "stopped {}", "{} stopped", "{} 멈춤", true},
    {Verb::Kill, "kill {}", "killed {}", "{} killed", "{} 강제 종료", true},
    {Verb::Produce, "let {} send", "let {} send", "{} sends", "{} 보내기", false},
    {Verb::Configure, "change the configuration of {}", "changed the configuration of {}", "{}: configuration changed", "{} 설정 변경", false},
    {Verb::Disk, "change the disk of {}", "changed the disk of {}", "the disk of {} changed", "{} 디스크 변경", true},
    {Verb::SkewClock, "set the clock of {} off", "set the clock of {} off", "the clock of {} is off", "{} 시계 어긋남", true},
    {Verb::AddPartitions, "add partitions to {}", "added partitions to {}", "partitions added to {}", "{} 파티션 추가", false},
    {Verb::DeleteRecords, "delete records of {}", "deleted records of {}", "records of {} deleted", "{} 레코드 삭제", true},
    {Verb::DeleteTopic, "delete {}", "deleted {}", "{} deleted", "{} 삭제", true},
    {Verb::Reassign, "move replicas of {}", "moved replicas of {}", "replicas of {} move", "{} 복제본 옮기기", false},
    {Verb::DeleteGroup, "delete the group {}", "deleted the group {}", "the group {} deleted", "{} 그룹 삭제", true},
    {Verb::ResetOffsets, "reset the offsets of {}", "reset the offsets of {}", "offsets of {} reset", "{} 오프셋 재설정", true},
    {Verb::Answer, "refuse the next {}", "refused the next {}", "the next {} is refused", "{} 거절", true},
    {Verb::Deliver, "deliver the message", "delivered a message", "delivered now", "메시지 도착시키기", false},
    {Verb::AddBroker, "add {}", "added {}", "{} added", "{} 더하기", false},
    {Verb::RemoveBroker, "remove {}", "removed {}", "{} removed", "{} 빼기", true},
    {Verb::Seek, "seek {}", "made {} seek", "{} seeks", "{} seek", false},
    {Verb::DeleteOffsets, "delete the offsets of {}", "deleted the offsets of {}", "offsets of {} deleted", "{} 오프셋 삭제", true},
    {Verb::CreateTopic, "create {}", "created {}", "{} created", "{} 만들기", false},
    {Verb::AddClient, "start another program, {}", "started another program, {}", "{} has come", "{} 새로 시작", false},
    {Verb::Behave, "let {} behave otherwise", "let {} behave otherwise", "{} behaves otherwise", "{} 하는 일 바꾸기", false},
    {Verb::Commit, "let {} commit", "let {} commit", "{} commits", "{} 오프셋 커밋", false},
    {Verb::Subscribe, "let {} subscribe anew", "let {} subscribe anew", "{} subscribes anew", "{} 구독 바꾸기", false},
    {Verb::Unsubscribe, "let {} unsubscribe", "let {} unsubscribe", "{} unsubscribes", "{} 구독 해지", true},
    {Verb::PausePartitions, "pause partitions of {}", "paused partitions of {}", "{} pauses partitions", "{} 파티션 읽기 멈춤", true},
    {Verb::ResumePartitions, "resume partitions of {}", "resumed partitions of {}", "{} resumes partitions", "{} 파티션 읽기 재개", false},
    {Verb::Acl, "change an access rule of {}", "changed an access rule of {}", "access rule of {}", "{} 접근 규칙", false},
    {Verb::Quota, "change the quota of {}", "changed the quota of {}", "quota of {}", "{} 쿼터", false},
    {Verb::Feature, "change the feature {}", "changed the feature {}", "feature {} changed", "{} 기능 레벨 바꾸기", false},
}};
// clang-format on

/// `now`: references are resolved.
std::string names(const std::vector<cluster::NodeRef>& refs, const scenario::Session& session, bool now) {
  std::vector<std::string> found;
  for (const cluster::NodeRef& ref : refs) {
    if (ref.kind == cluster::NodeRef::Kind::Name || !now) {
      found.push_back(ref.kind == cluster::NodeRef::Kind::Name ? ref.name : cluster::to_text(ref));
      continue;
    }
    const auto nodes = session.cluster().resolve(ref);
    for (const sim::NodeId n : nodes) found.push_back(session.cluster().info(n).name);
    if (nodes.empty()) found.push_back(cluster::to_text(ref));
  }
  if (found.size() > 3) return fmt::format("{}, {} …", found[0], found[1]);
  return fmt::format("{}", fmt::join(found, ", "));
}

std::string whom(const Command& c, const scenario::Session& session, const char* between, const char* everybody,
                 bool now) {
  if (!c.from.empty() || !c.to.empty()) {
    const std::string from = names(c.from, session, now), to = names(c.to, session, now);
    // Cut off from all the others: who it is says enough.
    if (c.to.size() > 2) return from;
    return from.empty() || to.empty() ? from + to : fmt::format("{} {} {}", from, between, to);
  }
  if (c.node && c.verb == Verb::Answer)
    return c.api + (between == std::string_view("and") ? " at " : " · ") + names({*c.node}, session, now);
  if (c.node) return names({*c.node}, session, now);
  if (c.added) return c.added->id;
  if (c.verb == Verb::Feature) return c.name;
  if (!c.principal.empty()) return c.principal;
  if (!c.client.empty()) return c.client;
  if (c.id) return "broker-" + std::to_string(*c.id);
  if (!c.partitions.empty()) return c.partitions.front().text();
  if (c.partition) return c.partition->text();
  if (!c.group.empty()) return c.group;
  return c.topic.empty() ? everybody : c.topic;
}

ActWords words_of(const Command& c, const scenario::Session& session, bool now) {
  for (const Row& row : kRows) {
    if (row.verb != c.verb) continue;
    const std::string en = whom(c, session, "and", "everything", now), ko = whom(c, session, "↔", "모두", now);
    observe::Words more = observe::act_details(c);
    const auto also = [&more](const std::string& words_en, const std::string& words_ko) {
      more.en = words_en + (more.en.empty() ? "" : ", " + more.en);
      more.ko = words_ko + (more.ko.empty() ? "" : ", " + more.ko);
    };
    if (c.verb == Verb::AddPartitions && c.partition_count)
      also(fmt::format("{} in all", *c.partition_count), fmt::format("모두 {}개", *c.partition_count));
    if (c.one_way) also("one way", "한 방향만");
    constexpr std::size_t kMostKeys = 2;
    for (std::size_t i = std::min(c.config.size(), kMostKeys); c.verb == Verb::Configure && i > 0; --i) {
      const auto& [key, value] = c.config[i - 1];
      also(key + (value ? "=" + *value : " back to its default"), key + (value ? "=" + *value : " 기본값으로"));
    }
    if (c.verb == Verb::Answer) also(c.error, c.error);
    if (c.verb == Verb::Acl) {
      const std::string rule = (c.allow ? "" : "deny ") + c.operation + " " + c.resource + (c.prefixed ? "*" : "");
      also((c.remove ? "no longer " : "") + rule, rule + (c.remove ? " 삭제" : ""));
    }
    if (c.verb == Verb::Quota && c.remove) also("removed", "삭제");
    for (const auto& [key, rate] :
         {std::pair{"producer_byte_rate", c.producer_byte_rate}, {"consumer_byte_rate", c.consumer_byte_rate}})
      if (rate) also(fmt::format("{}={}", key, *rate), fmt::format("{}={}", key, *rate));
    if (c.verb == Verb::Feature) also(fmt::format("level {}", c.level), fmt::format("레벨 {}", c.level));
    if (c.verb == Verb::Subscribe)
      also(fmt::format("{}", fmt::join(c.topics, ", ")), fmt::format("{}", fmt::join(c.topics, ", ")));
    if (c.verb == Verb::Seek && c.partition) {
      const bool begin = c.position && c.position->kind == cluster::PositionSpec::Kind::Beginning,
                 end = c.position && c.position->kind == cluster::PositionSpec::Kind::End;
      const std::string offset = c.position ? std::to_string(c.position->value) : "";
      also(fmt::format("{} to {}", c.partition->text(),
                       begin ? "the beginning"
                       : end ? "the end"
                             : offset),
           fmt::format("{} → {}", c.partition->text(),
                       begin ? "처음"
                       : end ? "끝"
                             : offset));
    }
    if (c.verb == Verb::Reassign && c.cancel) also("cancelled", "취소");
    if (c.verb == Verb::Reassign && !c.replicas.empty())
      also(fmt::format("to {}", fmt::join(c.replicas, ", ")), fmt::format("→ {}", fmt::join(c.replicas, ", ")));
    const std::string in_en = more.en.empty() ? "" : " (" + more.en + ")",
                      in_ko = more.ko.empty() ? "" : " (" + more.ko + ")";
    ActWords w;
    w.done = {fmt::format(fmt::runtime(row.done), en) + in_en, fmt::format(fmt::runtime(row.ko), ko) + in_ko};
    w.you = {"you " + fmt::format(fmt::runtime(row.past), en) + in_en, w.done.ko};
    w.deed = {fmt::format(fmt::runtime(row.deed), en) + in_en, w.done.ko};
    w.loss = row.loss;
    return w;
  }
  const observe::Words plain = observe::act(c);
  return {plain, {"you: " + plain.en, plain.ko}, plain, false};
}

}  // namespace

ActWords act_words(const Command& c, const scenario::Session& session) { return words_of(c, session, true); }

std::vector<std::string> verbs_not_there() {
  std::vector<std::string> verbs;
  for (const std::string_view verb : cluster::kVerbNames)
    if (!scenario::is_supported(scenario::Form::Verb, verb)) verbs.emplace_back(verb);
  return verbs;
}

ui::MarkKind act_kind(std::string_view verb) {
  constexpr std::array kRepairs = std::to_array<std::string_view>({"restart", "heal", "resume", "release", "start"});
  constexpr std::array kFaults = std::to_array<std::string_view>(
      {"crash", "power_off", "pause", "partition", "isolate", "lose", "hold", "kill", "shutdown", "stop", "answer"});
  const auto among = [verb](const auto& verbs) { return std::find(verbs.begin(), verbs.end(), verb) != verbs.end(); };
  return among(kRepairs) ? ui::MarkKind::Repair : among(kFaults) ? ui::MarkKind::Fault : ui::MarkKind::Command;
}

ui::Words script_words(const Command& c, const scenario::Session& session) { return words_of(c, session, false).deed; }

ui::Words order_words(const Command& c, const scenario::Session& session) {
  static constexpr std::pair<Verb, const char*> kKorean[] = {
      {Verb::Crash, "{}<을/를> 죽여 보세요."},        {Verb::PowerOff, "{}의 전원을 꺼 보세요."},
      {Verb::Restart, "{}<을/를> 재시작해 보세요."},  {Verb::Shutdown, "{}<을/를> 종료해 보세요."},
      {Verb::Pause, "{}<을/를> 일시 정지해 보세요."}, {Verb::Resume, "{}<을/를> 재개해 보세요."},
      {Verb::Isolate, "{}<을/를> 고립시켜 보세요."},  {Verb::Start, "{}<을/를> 시작해 보세요."},
      {Verb::Stop, "{}<을/를> 멈춰 보세요."},         {Verb::Kill, "{}<을/를> 강제 종료해 보세요."}};
  ui::Words order = act_words(c, session).deed;
  if (!order.en.empty() && order.en[0] >= 'a' && order.en[0] <= 'z')
    order.en[0] = static_cast<char>(order.en[0] - 'a' + 'A');
  order.en += ".";
  order.ko += ": 직접 해 보세요.";
  for (const auto& [verb, text] : kKorean)
    if (verb == c.verb && c.node)
      order.ko = observe::with_particles(fmt::format(fmt::runtime(text), names({*c.node}, session, true)));
  return order;
}

ui::Words held_words(const Command& c, const scenario::Session& session) {
  using S = sim::NodeState;
  const auto holds = [&](S s) {
    const bool ended = s == S::Crashed || s == S::PoweredOff || s == S::Stopped;
    switch (c.verb) {
      case Verb::Crash:
      case Verb::Kill: return ended;
      case Verb::PowerOff: return s == S::PoweredOff || s == S::Stopped;
      case Verb::Shutdown:
      case Verb::Stop: return ended || s == S::ShuttingDown;
      case Verb::Pause: return s == S::Paused;
      case Verb::Restart:
      case Verb::Start: return c.config.empty() && (s == S::Starting || s == S::Running);
      case Verb::Resume: return s == S::Starting || s == S::Running;
      default: return false;
    }
  };
  const auto nodes = c.node ? session.cluster().resolve(*c.node) : std::vector<sim::NodeId>{};
  const auto state = [&](sim::NodeId n) { return session.cluster().state(n); };
  if (nodes.empty() || !std::all_of(nodes.begin(), nodes.end(), [&](sim::NodeId n) { return holds(state(n)); }))
    return {};
  // In the order of sim::NodeState.
  static constexpr std::pair<const char*, const char*> kStates[] = {
      {"is starting", "시작하는 중이에요"},     {"is running", "실행 중이에요"},
      {"is paused", "일시 정지돼 있어요"},      {"has crashed", "죽어 있어요"},
      {"is powered off", "전원이 꺼져 있어요"}, {"is shutting down", "종료하는 중이에요"},
      {"has stopped", "종료돼 있어요"}};
  const auto& [en, ko] = kStates[static_cast<std::size_t>(state(nodes.front()))];
  const std::string who = names({*c.node}, session, true);
  return {who + " " + en, observe::with_particles(who + "<은/는> " + ko)};
}

ui::Words acts_name(const std::vector<scenario::HandCommand>& acts, const scenario::Session& session) {
  ui::Words name;
  std::size_t told = 0;
  for (const scenario::HandCommand& act : acts) {
    if (told == 3) {
      name.en += " …";
      name.ko += " …";
      break;
    }
    const ActWords w = act_words(act.command, session);
    name.en += told == 0 ? w.you.en : ", " + w.you.en.substr(4);
    name.ko += (told == 0 ? "" : ", ") + w.you.ko;
    ++told;
  }
  return name;
}

}  // namespace kafkascope::app
