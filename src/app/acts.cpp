#include "app/acts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cluster/verbs.h"
#include "observe/words/message_acts.h"
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

/// For an act with neither a node nor two sides: its object, taken from the field that names it; "" if no field does.
std::string object(const Command& c) {
  if (const auto* added = c.get_if<cluster::act::AddClient>()) return added->added->id;
  for (const char* field : {"name", "transactional_id", "principal", "client"})
    if (const auto* text = cluster::value_of<std::string>(c, field); text != nullptr && !text->empty()) return *text;
  if (const auto* id = cluster::value_of<std::optional<std::int32_t>>(c, "id"); id != nullptr && *id)
    return cluster::broker_name(**id);
  if (const auto* list = cluster::value_of<std::vector<cluster::PartitionName>>(c, "partitions");
      list != nullptr && !list->empty())
    return list->front().text();
  if (const auto* partition = cluster::value_of<std::optional<cluster::PartitionName>>(c, "partition");
      partition != nullptr && *partition)
    return (*partition)->text();
  for (const char* field : {"group", "topic"})
    if (const auto* text = cluster::value_of<std::string>(c, field); text != nullptr && !text->empty()) return *text;
  return "";
}

/// The objects of the command. Only "between" and "everything" differ between the two languages.
ui::Words whom(const Command& c, const scenario::Session& session, bool now) {
  const auto same = [](const std::string& text) { return ui::Words{text, text}; };
  if (c.get_if<cluster::act::Messages>() != nullptr)
    return observe::messages_of(c,
                                [&](const std::vector<cluster::NodeRef>& refs) { return names(refs, session, now); });
  const auto side = [&](const char* field) {
    const auto* refs = cluster::value_of<std::vector<cluster::NodeRef>>(c, field);
    return refs == nullptr ? std::vector<cluster::NodeRef>{} : *refs;
  };
  const auto sender = side("from"), receiver = side("to");
  if (!sender.empty() || !receiver.empty()) {
    const std::string from = names(sender, session, now), to = names(receiver, session, now);
    // For a node that is cut off from all others, its own name is enough.
    if (receiver.size() > 2) return same(from);
    if (from.empty() || to.empty()) return same(from + to);
    const auto* one_way = cluster::value_of<bool>(c, "one_way");
    return one_way != nullptr && *one_way ? same(from + " → " + to)
                                          : both("app.act_between"_w, {{"from", from}, {"to", to}});
  }
  if (c.node && c.verb == Verb::Answer)
    return both("app.act_api_at"_w,
                {{"api", c.get<cluster::act::Answer>().api}, {"node", names({*c.node}, session, now)}});
  if (c.node) return same(names({*c.node}, session, now));
  const std::string named = object(c);
  const bool partitions = c.verb == Verb::Reassign || c.verb == Verb::ElectLeaders;
  return !named.empty() ? same(named) : partitions ? both("act.word.all_partitions"_w) : both("app.act_everything"_w);
}

/// What the sentence about the act says besides its object, in the order of the sentence.
std::vector<ui::Words> particulars(const Command& c) {
  std::vector<ui::Words> all;
  const auto say = [&all](ui::Words words) { all.push_back(std::move(words)); };
  const auto same = [](const std::string& text) { return ui::Words{text, text}; };
  switch (c.verb) {
    case Verb::AddPartitions:
      if (const auto& count = c.get<cluster::act::AddPartitions>().partition_count)
        say(both("app.act_in_all"_w, {{"count", std::to_string(*count)}}));
      break;
    case Verb::Partition:
      if (c.get<cluster::act::Partition>().one_way) say(both("app.act_one_way"_w));
      break;
    case Verb::Link:
      if (c.get<cluster::act::Link>().one_way) say(both("app.act_one_way"_w));
      break;
    case Verb::Configure: {
      constexpr std::size_t kMostKeys = 2;
      const auto& config = c.get<cluster::act::Configure>().config;
      for (std::size_t i = 0; i < std::min(config.size(), kMostKeys); ++i) {
        const auto& [key, value] = config[i];
        say(value ? same(key + "=" + *value) : both("app.act_back_to_default"_w, {{"key", key}}));
      }
      break;
    }
    case Verb::Answer: say(same(c.get<cluster::act::Answer>().error)); break;
    case Verb::Acl: {
      const auto& acl = c.get<cluster::act::Acl>();
      const std::string rule =
          (acl.allow ? "" : "deny ") + acl.operation + " " + acl.resource + (acl.prefixed ? "*" : "");
      say(acl.remove ? both("app.act_no_longer"_w, {{"rule", rule}}) : same(rule));
      break;
    }
    case Verb::Quota: {
      const auto& quota = c.get<cluster::act::Quota>();
      if (quota.consumer_byte_rate) say(same(fmt::format("consumer_byte_rate={}", *quota.consumer_byte_rate)));
      if (quota.producer_byte_rate) say(same(fmt::format("producer_byte_rate={}", *quota.producer_byte_rate)));
      if (quota.remove) say(both("app.act_removed"_w));
      break;
    }
    case Verb::Feature:
      say(both("app.act_level"_w, {{"level", std::to_string(c.get<cluster::act::Feature>().level)}}));
      break;
    case Verb::Subscribe: say(same(fmt::format("{}", fmt::join(c.get<cluster::act::Subscribe>().topics, ", ")))); break;
    case Verb::Seek: {
      const auto& [partition, position] = c.get<cluster::act::Seek>();
      if (!partition) break;
      using Kind = cluster::PositionSpec::Kind;
      say(both("app.act_seek_to"_w,
               {{"partition", partition->text()},
                {"place", !position                           ? same("")
                          : position->kind == Kind::Beginning ? both("app.act_beginning"_w)
                          : position->kind == Kind::End       ? both("app.act_end"_w)
                                                              : same(std::to_string(position->value))}}));
      break;
    }
    case Verb::Reassign: {
      const auto& move = c.get<cluster::act::Reassign>();
      if (!move.replicas.empty())
        say(both("app.act_to_replicas"_w, {{"replicas", fmt::format("{}", fmt::join(move.replicas, ", "))}}));
      if (move.cancel) say(both("app.act_cancelled"_w));
      break;
    }
    default: break;
  }
  return all;
}

ActWords words_of(const Command& c, const scenario::Session& session, bool now) {
  const cluster::VerbInfo& verb = cluster::info(c.verb);
  if (!verb.is_told()) {
    observe::Words plain = observe::act(c);
    plain.ko = observe::thing_first(plain.ko);  // as in the sentences of other acts
    return {plain, both("app.you_act"_w, {{"act", plain}}), plain, false};
  }
  const ui::Words who = whom(c, session, now);
  std::vector<ui::Words> said = particulars(c);
  if (const observe::Words details = observe::act_details(c); !details.empty()) said.push_back(details);
  ui::Words more;
  for (const ui::Words& one : said) {
    more.en += (more.en.empty() ? "" : ", ") + one.en;
    more.ko += (more.ko.empty() ? "" : ", ") + one.ko;
  }
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
      case Verb::Start: return c.get<cluster::act::Restart>().config.empty() && (s == S::Starting || s == S::Running);
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
