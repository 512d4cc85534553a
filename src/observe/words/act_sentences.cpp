// Acts as sentences: who does it, or to whom it is done, and what.
#include <cctype>

#include "cluster/verbs.h"
#include "observe/words/both.h"
#include "observe/words/message_acts.h"
#include "observe/words/words.h"

namespace kafkascope::observe {

namespace {

/// A sentence begins with a capital, unless a name comes first.
Words as_sentence(Words words) {
  for (const std::string_view article : {"the ", "all ", "everything ", "messages "})
    if (words.en.starts_with(article))
      words.en.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(words.en.front())));
  return words;
}

/// What the act is done to, and the rest of its arguments.
struct Object {
  Words what, rest;
};
Object object_of(const std::string& spelled) {
  const std::size_t space = spelled.find(' ');
  if (space == std::string::npos) return {};
  const std::string_view arguments = std::string_view(spelled).substr(space + 1);
  constexpr std::string_view kBar = " | ", kOneWay = " one way";
  Object object;
  if (const std::size_t bar = arguments.find(kBar); bar != std::string_view::npos) {
    std::string_view to = arguments.substr(bar + kBar.size());
    if (to.ends_with(kOneWay)) {
      to.remove_suffix(kOneWay.size());
      object.rest = both("act.word.one_way"_w);
    }
    object.what = both("act.pair"_w, {{"from", std::string(arguments.substr(0, bar))}, {"to", std::string(to)}});
    return object;
  }
  std::size_t end = arguments.find(' ');
  while (end != std::string_view::npos && arguments[end - 1] == ',') end = arguments.find(' ', end + 1);
  const std::string first(arguments.substr(0, end));
  object.what = {first, first};
  if (end == std::string_view::npos) return object;
  object.rest.en = object.rest.ko = arguments.substr(end + 1);
  const std::string korean = act_in_korean(spelled), before = ": " + first + " ";
  if (const std::size_t at = korean.find(before); at != std::string::npos)
    object.rest.ko = korean.substr(at + before.size());
  return object;
}

/// An act on a group's offsets is spelled with the topic first, but the sentence is about the group.
void put_group_first(Object& object, const std::string& topic, const std::string& group) {
  Words& rest = object.rest;
  if (topic.empty() || object.what.en != topic || !rest.en.starts_with(group) || !rest.ko.starts_with(group)) return;
  rest = {topic + rest.en.substr(group.size()), topic + rest.ko.substr(group.size())};
  object.what = {group, group};
}

/// The spelled act without its admin client: "elect_leaders preferred as admin" loses " as admin", and `client` gets
/// "admin".
std::string without_asker(const std::string& spelled, std::string& client) {
  constexpr std::string_view kAs = " as ";
  const std::size_t as = spelled.rfind(kAs);
  if (as == std::string::npos || spelled.find(' ', as + kAs.size()) != std::string::npos) return spelled;
  client = spelled.substr(as + kAs.size());
  return spelled.substr(0, as);
}

/// The spelled act with its roles replaced by the nodes that they meant: a later reader does not know which broker led
/// then.
std::string with_nodes_of_roles(std::string_view spelled, const SideNames& names) {
  if (!names) return std::string(spelled);
  constexpr std::string_view kBetween = " ,|";
  std::string out;
  while (!spelled.empty()) {
    const std::size_t word = std::min(spelled.find_first_of(kBetween), spelled.size());
    const std::string_view text = spelled.substr(0, word);
    const auto ref = cluster::parse_node_ref(text);
    const bool role = !out.empty() && ref && ref->kind != cluster::NodeRef::Kind::Name;
    out += role ? names({*ref}) : std::string(text);
    const std::size_t next = std::min(spelled.find_first_not_of(kBetween, word), spelled.size());
    out += spelled.substr(word, next - word);
    spelled.remove_prefix(next);
  }
  return out;
}

}  // namespace

Words act_as_sentence(const std::string& whole_spelling, const cluster::Command* whole, const SideNames& names) {
  std::string client;
  const std::string spelled = with_nodes_of_roles(without_asker(whole_spelling, client), names);
  if (auto cut = cut_as_told(spelled)) return as_sentence(*std::move(cut));
  if (whole != nullptr)
    if (auto of_messages = message_act(*whole, names)) return as_sentence(*std::move(of_messages));
  const std::size_t space = spelled.find(' ');
  const auto verb = cluster::parse_verb(std::string_view(spelled).substr(0, space));
  const Words other = whole == nullptr ? act_as_spelled(spelled) : act(*whole, names);
  if (!verb) return as_sentence(other);
  Object object = object_of(spelled);
  if (const auto* of = whole == nullptr ? nullptr : whole->get_if<cluster::act::GroupOffsets>())
    put_group_first(object, of->topic, of->group);
  // An election without partitions is an election of all partitions: the first word is its type.
  if (*verb == cluster::Verb::ElectLeaders && (object.what.en == "preferred" || object.what.en == "unclean")) {
    const std::string type = object.what.en, between = object.rest.empty() ? "" : ", ";
    object.rest = {type + between + object.rest.en, type + between + object.rest.ko};
    object.what = both("act.word.all_partitions"_w);
  }
  if (*verb == cluster::Verb::Reassign && object.what.en == "cancel")  // of all partitions that are being moved
    return both("verb.reassign.said_cancel_all"_w);
  if (*verb == cluster::Verb::Reassign && object.rest.en == "cancel")
    return both("verb.reassign.said_cancel"_w, {{"what", object.what}});
  const bool nobody = object.what.en.empty() || object.what.en == "all";
  const words::Key sentence = cluster::info(*verb).words(nobody && *verb == cluster::Verb::Heal ? "said_all" : "said");
  if (words::catalogue(words::Lang::En).find(sentence) == nullptr || (nobody && *verb != cluster::Verb::Heal))
    return both("why.act"_w, {{"what", Words{other.en, thing_first(other.ko)}}});
  Words details = whole == nullptr ? Words{} : act_details(*whole);
  if (!object.rest.empty() && *verb != cluster::Verb::SkewClock) {
    details.en = object.rest.en + (details.en.empty() ? "" : ", ") + details.en;
    details.ko = object.rest.ko + (details.ko.empty() ? "" : ", ") + details.ko;
  }
  if (!client.empty()) {
    const Words through = both("act.word.through"_w, {{"client", client}});
    details.en += (details.en.empty() ? "" : ", ") + through.en;
    details.ko += (details.ko.empty() ? "" : ", ") + through.ko;
  }
  const Words done = both(sentence, {{"what", object.what}});
  return details.empty() ? done : both("act.did_so"_w, {{"what", done}, {"details", details}});
}

}  // namespace kafkascope::observe
