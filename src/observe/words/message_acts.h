// The acts on messages (lose, hold, release, answer) in words: whose message, to whom, how many.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "observe/words/bilingual.h"
#include "sim/ids.h"

namespace kafkascope::cluster {
class Cluster;
struct Command;
struct NodeRef;
}  // namespace kafkascope::cluster

namespace kafkascope::observe {

/// The names of an act's nodes: "broker-1, broker-2". Empty: the spelling of files ("leader:orders-0").
using SideNames = std::function<std::string(const std::vector<cluster::NodeRef>&)>;
/// The names of the nodes that a reference means according to `meant`; if `meant` is empty, those that it means now.
SideNames side_names(const cluster::Cluster& cluster,
                     std::function<std::vector<sim::NodeId>(const cluster::NodeRef&)> meant = {});
/// "the next Produce response from broker-1 to shop": what lose, hold and release act on.
Words messages_of(const cluster::Command& command, const SideNames& names);
/// "the next Produce response from broker-1 to shop is lost"; nullopt: the act is not an act on messages.
std::optional<Words> message_act(const cluster::Command& command, const SideNames& names);
/// Like act() in words.h, but with these names in an act on messages.
Words act(const cluster::Command& command, const SideNames& names);
/// The words for a command of which only the spelling in the trace is known.
Words act_as_spelled(const std::string& text);
/// An act as a sentence with subject and verb, in the present: "An operator changes the configuration of orders
/// (retention.ms=1000)". `whole`: the command, if it is known; otherwise the sentence is made of its spelling.
Words act_as_sentence(const std::string& spelled, const cluster::Command* whole, const SideNames& names);
/// A cut in one direction, as the trace spells it: the nodes whose messages no longer arrive, and the nodes at which
/// they no longer arrive.
struct OneWayCut {
  std::vector<std::string> from, to;
};
std::optional<OneWayCut> one_way_cut(std::string_view spelled);
/// A cut of the network, spelled "partition a, b | c one way", as a person would say it; nullopt: it is another act.
std::optional<Words> cut_as_told(std::string_view spelled);

}  // namespace kafkascope::observe
