#include "app/acts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cluster/verbs.h"
#include "observe/words/words.h"
#include "ui/strings.h"

namespace kafkascope::app {

using cluster::Command;
using cluster::Verb;

namespace {

using ui::both;

/// `now`: references such as leader:orders-0 are resolved at the session's present moment.
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

/// The objects of the command. Only "between" and "everything" differ between the two languages.
ui::Words whom(const Command& c, const scenario::Session& session, bool now) {
  const auto same = [](const std::string& text) { return ui::Words{text, text}; };
  if (!c.from.empty() || !c.to.empty()) {
    const std::string from = names(c.from, session, now), to = names(c.to, session, now);
    // A node that is cut off from all others: its own name is enough.
    if (c.to.size() > 2) return same(from);
    return from.empty() || to.empty() ? same(from + to) : both("app.act_between"_w, {{"from", from}, {"to", to}});
  }
  if (c.node && c.verb == Verb::Answer)
    return both("app.act_api_at"_w, {{"api", c.api}, {"node", names({*c.node}, session, now)}});
  if (c.node) return same(names({*c.node}, session, now));
  if (c.added) return same(c.added->id);
  if (!c.name.empty()) return same(c.name);
  if (!c.principal.empty()) return same(c.principal);
  if (!c.client.empty()) return same(c.client);
  if (c.id) return same("broker-" + std::to_string(*c.id));
  if (!c.partitions.empty()) return same(c.partitions.front().text());
  if (c.partition) return same(c.partition->text());
  if (!c.group.empty()) return same(c.group);
  return c.topic.empty() ? both("app.act_everything"_w) : same(c.topic);
}

ActWords words_of(const Command& c, const scenario::Session& session, bool now) {
  const cluster::VerbInfo& verb = cluster::info(c.verb);
  if (!verb.is_told()) {
    const observe::Words plain = observe::act(c);
    return {plain, both("app.you_act"_w, {{"act", plain}}), plain, false};
  }
  const ui::Words who = whom(c, session, now);
  observe::Words more = observe::act_details(c);
  const auto also = [&more](const ui::Words& words) {
    more.en = words.en + (more.en.empty() ? "" : ", " + more.en);
    more.ko = words.ko + (more.ko.empty() ? "" : ", " + more.ko);
  };
  const auto same = [](const std::string& text) { return ui::Words{text, text}; };
  if (c.verb == Verb::AddPartitions && c.partition_count)
    also(both("app.act_in_all"_w, {{"count", std::to_string(*c.partition_count)}}));
  if (c.one_way) also(both("app.act_one_way"_w));
  constexpr std::size_t kMostKeys = 2;
  for (std::size_t i = std::min(c.config.size(), kMostKeys); c.verb == Verb::Configure && i > 0; --i) {
    const auto& [key, value] = c.config[i - 1];
    also(value ? same(key + "=" + *value) : both("app.act_back_to_default"_w, {{"key", key}}));
  }
  if (c.verb == Verb::Answer) also(same(c.error));
  if (c.verb == Verb::Acl) {
    const std::string rule = (c.allow ? "" : "deny ") + c.operation + " " + c.resource + (c.prefixed ? "*" : "");
    also(c.remove ? both("app.act_no_longer"_w, {{"rule", rule}}) : same(rule));
  }
  if (c.verb == Verb::Quota && c.remove) also(both("app.act_removed"_w));
  for (const auto& [key, rate] :
       {std::pair{"producer_byte_rate", c.producer_byte_rate}, {"consumer_byte_rate", c.consumer_byte_rate}})
    if (rate) also(same(fmt::format("{}={}", key, *rate)));
  if (c.verb == Verb::Feature) also(both("app.act_level"_w, {{"level", std::to_string(c.level)}}));
  if (c.verb == Verb::Subscribe) also(same(fmt::format("{}", fmt::join(c.topics, ", "))));
  if (c.verb == Verb::Seek && c.partition) {
    const bool begin = c.position && c.position->kind == cluster::PositionSpec::Kind::Beginning,
               end = c.position && c.position->kind == cluster::PositionSpec::Kind::End;
    const std::string offset = c.position ? std::to_string(c.position->value) : "";
    also(both("app.act_seek_to"_w, {{"partition", c.partition->text()},
                                    {"place", begin ? both("app.act_beginning"_w)
                                              : end ? both("app.act_end"_w)
                                                    : same(offset)}}));
  }
  if (c.verb == Verb::Reassign && c.cancel) also(both("app.act_cancelled"_w));
  if (c.verb == Verb::Reassign && !c.replicas.empty())
    also(both("app.act_to_replicas"_w, {{"replicas", fmt::format("{}", fmt::join(c.replicas, ", "))}}));
  const std::string in_en = more.en.empty() ? "" : " (" + more.en + ")",
                    in_ko = more.ko.empty() ? "" : " (" + more.ko + ")";
  const auto told = [&](std::string_view tense) {
    const ui::Words words = both(verb.words(tense), {{"who", who}});
    return ui::Words{words.en + in_en, words.ko + in_ko};
  };
  ActWords w;
  w.done = told("done");
  w.you = both("app.you_did"_w, {{"act", told("past")}});
  w.deed = told("to_do");
  w.loss = verb.is(cluster::kLoses);
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

ActWords done_words(const Command& command, const std::vector<std::string>& nodes, const scenario::Session& session) {
  if (!command.node || command.node->kind == cluster::NodeRef::Kind::Name || nodes.size() != 1)
    return act_words(command, session);
  Command then = command;
  then.node = cluster::NodeRef{cluster::NodeRef::Kind::Name, nodes.front(), {}};
  return act_words(then, session);
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
  const cluster::VerbInfo& verb = cluster::info(c.verb);
  if (const words::Key order = verb.words("order"); c.node && words::catalogue(words::Lang::En).find(order) != nullptr)
    return both(order, {{"who", names({*c.node}, session, true)}});
  ui::Words deed = act_words(c, session).deed;
  if (!deed.en.empty() && deed.en[0] >= 'a' && deed.en[0] <= 'z')
    deed.en[0] = static_cast<char>(deed.en[0] - 'a' + 'A');
  return both("app.order"_w, {{"deed", deed}});
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
  static constexpr words::Key kStates[] = {"app.is_starting"_w, "app.is_running"_w,     "app.is_paused"_w,
                                           "app.has_crashed"_w, "app.is_powered_off"_w, "app.is_shutting_down"_w,
                                           "app.has_stopped"_w};
  return both(kStates[static_cast<std::size_t>(state(nodes.front()))], {{"who", names({*c.node}, session, true)}});
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
