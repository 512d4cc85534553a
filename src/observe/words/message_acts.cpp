#include "observe/words/message_acts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "cluster/cluster.h"
#include "cluster/verbs.h"
#include "observe/words/both.h"
#include "observe/words/words.h"
#include "protocol/apis.h"

namespace kafkascope::observe {

namespace {

using cluster::MessageSide;
using cluster::Verb;
using Refs = std::vector<cluster::NodeRef>;

constexpr std::int64_t kManyMessages = 2;  // stands for a number of messages that is not stated: selects the plural

std::string side_text(const Refs& refs, const SideNames& names) {
  if (refs.empty()) return {};
  if (names) return names(refs);
  std::vector<std::string> spelled;
  for (const cluster::NodeRef& ref : refs) spelled.push_back(cluster::to_text(ref));
  return fmt::format("{}", fmt::join(spelled, ", "));
}

/// "Produce responses".
Words kind_of_message(const std::string& api, MessageSide side, std::int64_t count) {
  return both(side == MessageSide::Request    ? "act.request"_w
              : side == MessageSide::Response ? "act.response"_w
                                              : "act.message"_w,
              {{"api", api}, {"n", std::to_string(count)}});
}

struct SaidMessages {
  Words messages;
  std::int64_t count = kManyMessages;
};

/// `counted`: the number of messages is known; a trace's spelling leaves it out.
SaidMessages messages_noun(Verb verb, const cluster::act::Messages& m, const SideNames& names, bool counted) {
  const std::string from = side_text(m.from, names), to = side_text(m.to, names);
  if (verb == Verb::Release && from.empty() && to.empty() && m.api.empty() && (!counted || !m.count))
    return {both("act.all_that_is_held"_w), 1};
  const std::int64_t count = counted ? m.count.value_or(kManyMessages) : kManyMessages;
  const std::string number = counted && m.count && count > 1 ? std::to_string(count) : "";
  const words::Key key = verb == Verb::Release ? "act.messages_held"_w
                         : !counted            ? "act.messages_some"_w
                         : m.count             ? "act.messages_next"_w
                                               : "act.messages_all"_w;
  const Words what = kind_of_message(m.api, m.what, count);
  if (key == "act.messages_held"_w || key == "act.messages_next"_w)
    return {both(key, {{"what", what}, {"from", from}, {"to", to}, {"n", number}}), count};
  return {both(key, {{"what", what}, {"from", from}, {"to", to}}), count};
}

Words messages_act(Verb verb, const SaidMessages& said) {
  return both(verb == Verb::Lose   ? "act.lost"_w
              : verb == Verb::Hold ? "act.held"_w
                                   : "act.released"_w,
              {{"messages", said.messages}, {"n", std::to_string(said.count)}});
}

/// "leader:orders-0, broker-2" at the beginning of the text, which is removed.
Refs take_side(std::string_view& text) {
  Refs refs;
  for (bool more = true; more && !text.empty();) {
    std::string_view word = text.substr(0, text.find(' '));
    more = word.ends_with(',');
    const auto ref = cluster::parse_node_ref(more ? word.substr(0, word.size() - 1) : word);
    if (!ref) return refs;
    refs.push_back(*ref);
    text.remove_prefix(std::min(text.size(), word.size() + 1));
  }
  return refs;
}

bool names_an_api(std::string_view name) {
  const auto& apis = protocol::all_apis();
  return std::any_of(apis.begin(), apis.end(), [&](protocol::ApiKey api) { return protocol::name(api) == name; });
}

/// The act that cluster::to_text spells this way, without its count; nullopt: it does not act on messages.
std::optional<std::pair<Verb, cluster::act::Messages>> on_messages(std::string_view spelled) {
  const std::string_view name = spelled.substr(0, spelled.find(' '));
  const auto verb = cluster::parse_verb(name);
  if (!verb || (*verb != Verb::Lose && *verb != Verb::Hold && *verb != Verb::Release)) return std::nullopt;
  std::string_view rest = spelled.substr(std::min(spelled.size(), name.size() + 1));
  cluster::act::Messages m;
  constexpr std::string_view kBar = "| ";
  if (!rest.starts_with(kBar) && !names_an_api(rest.substr(0, rest.find(' ')))) m.from = take_side(rest);
  if (rest.starts_with(kBar)) {
    rest.remove_prefix(kBar.size());
    m.to = take_side(rest);
  }
  constexpr std::string_view kRequests = "requests", kResponses = "responses";
  if (rest.ends_with(kRequests)) m.what = MessageSide::Request, rest.remove_suffix(kRequests.size());
  else if (rest.ends_with(kResponses)) m.what = MessageSide::Response, rest.remove_suffix(kResponses.size());
  if (rest.ends_with(' ')) rest.remove_suffix(1);
  m.api = rest;
  return std::pair(*verb, std::move(m));
}

}  // namespace

SideNames side_names(const cluster::Cluster& cluster,
                     std::function<std::vector<sim::NodeId>(const cluster::NodeRef&)> meant) {
  return [&cluster, meant = std::move(meant)](const Refs& refs) {
    std::vector<std::string> all;
    for (const cluster::NodeRef& ref : refs) {
      const std::vector<sim::NodeId> nodes = meant ? meant(ref) : cluster.resolve(ref);
      if (nodes.empty() || ref.kind == cluster::NodeRef::Kind::AllBrokers) all.push_back(cluster::to_text(ref));
      else
        for (const sim::NodeId node : nodes) all.push_back(cluster.info(node).name);
    }
    return fmt::format("{}", fmt::join(all, ", "));
  };
}

Words messages_of(const cluster::Command& command, const SideNames& names) {
  return messages_noun(command.verb, command.get<cluster::act::Messages>(), names, true).messages;
}

std::optional<Words> message_act(const cluster::Command& command, const SideNames& names) {
  if (const auto* m = command.get_if<cluster::act::Messages>())
    return messages_act(command.verb, messages_noun(command.verb, *m, names, true));
  if (const auto* answer = command.get_if<cluster::act::Answer>(); answer != nullptr && command.node) {
    const cluster::act::Messages asked{answer->from, {}, answer->api, MessageSide::Request, answer->count};
    const SaidMessages said = messages_noun(Verb::Lose, asked, names, true);
    return both("act.answered"_w,
                {{"node", side_text({*command.node}, names)}, {"messages", said.messages}, {"error", answer->error}});
  }
  return std::nullopt;
}

namespace {

/// The parts of "partition a, b | c one way".
struct SpelledCut {
  std::string_view from, to;  // to: empty if the nodes are cut off from all others
  bool one_way = false;
};

std::optional<SpelledCut> spelled_cut(std::string_view spelled) {
  constexpr std::string_view kVerb = "partition ", kBar = " | ", kOneWay = " one way";
  if (!spelled.starts_with(kVerb)) return std::nullopt;
  SpelledCut cut{spelled.substr(kVerb.size()), {}, false};
  cut.one_way = cut.from.ends_with(kOneWay);
  if (cut.one_way) cut.from.remove_suffix(kOneWay.size());
  const std::size_t bar = cut.from.find(kBar);
  if (bar == std::string_view::npos) return cut;
  cut.to = cut.from.substr(bar + kBar.size());
  cut.from = cut.from.substr(0, bar);
  return cut;
}

std::vector<std::string> names_in(std::string_view list) {
  constexpr std::string_view kComma = ", ";
  std::vector<std::string> names;
  for (std::size_t comma = 0; comma != std::string_view::npos;) {
    comma = list.find(kComma);
    names.emplace_back(list.substr(0, comma));
    if (comma != std::string_view::npos) list.remove_prefix(comma + kComma.size());
  }
  return names;
}

}  // namespace

std::optional<OneWayCut> one_way_cut(std::string_view spelled) {
  const auto cut = spelled_cut(spelled);
  if (!cut || !cut->one_way || cut->to.empty()) return std::nullopt;
  return OneWayCut{names_in(cut->from), names_in(cut->to)};
}

std::optional<Words> cut_as_told(std::string_view spelled) {
  const auto cut = spelled_cut(spelled);
  if (!cut) return std::nullopt;
  const std::string from(cut->from), to(cut->to);
  if (to.empty()) return both("act.cut_off"_w, {{"node", from}});
  return both(cut->one_way ? "act.cut_one_way"_w : "act.cut_between"_w, {{"from", from}, {"to", to}});
}

Words act_as_spelled(const std::string& text) {
  if (const auto act = on_messages(text))
    return messages_act(act->first, messages_noun(act->first, act->second, {}, false));
  return {text, act_in_korean(text)};
}

}  // namespace kafkascope::observe
