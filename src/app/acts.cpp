#include "app/acts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cluster/verbs.h"
#include "observe/korean.h"
#include "observe/words.h"

namespace kafkascope::app {

using cluster::Command;
using cluster::Verb;

namespace {

/// `now`: references are resolved at the present moment.
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
    // Cut off from all the others: its own name is enough.
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
  const cluster::VerbWords& words = cluster::info(c.verb).words;
  if (*words.done == '\0') {
    const observe::Words plain = observe::act(c);
    return {plain, {"you: " + plain.en, plain.ko}, plain, false};
  }
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
  w.done = {fmt::format(fmt::runtime(words.done), en) + in_en, fmt::format(fmt::runtime(words.done_ko), ko) + in_ko};
  w.you = {"you " + fmt::format(fmt::runtime(words.past), en) + in_en, w.done.ko};
  w.deed = {fmt::format(fmt::runtime(words.to_do), en) + in_en, w.done.ko};
  w.loss = cluster::info(c.verb).is(cluster::kLoses);
  return w;
}

}  // namespace

ActWords act_words(const Command& c, const scenario::Session& session) { return words_of(c, session, true); }

std::vector<std::string> verbs_not_there() {
  std::vector<std::string> verbs;
  for (const cluster::VerbInfo& verb : cluster::verbs())
    if (verb.is(cluster::kNoEngine)) verbs.emplace_back(verb.name);
  return verbs;
}

ui::MarkKind act_kind(std::string_view verb) {
  const auto parsed = cluster::parse_verb(verb);
  const cluster::VerbInfo* known = parsed ? &cluster::info(*parsed) : nullptr;
  return known == nullptr              ? ui::MarkKind::Command
         : known->is(cluster::kRepair) ? ui::MarkKind::Repair
         : known->is(cluster::kFault)  ? ui::MarkKind::Fault
                                       : ui::MarkKind::Command;
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
