// Facts about a node besides its state: a disk problem, a wrong clock, a replication throttle.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "ui/ui.h"

namespace kafkascope::ui {

struct NodeFact {
  enum class Tone { Quiet, Doubt, Loss };
  Tone tone = Tone::Quiet;
  std::string text;   // the full text, with numbers
  std::string brief;  // for little room; may be empty for a Quiet fact
  OriginOf origin{};  // the setting or error behind the fact; empty name: none
};

/// Most serious first: failed, failing, full or slow disks, how full a limited disk is, then a throttle. Empty for a
/// dead node.
std::vector<NodeFact> node_facts(Lang lang, const observe::Node& node);
/// The same for a broker, also with the partitions that it leads and that have too few in-sync replicas for acks=all;
/// only a failed disk is more serious.
std::vector<NodeFact> broker_facts(const Ui& ui, const observe::Node& node);
/// What limits a client: a missing permission, a quota that throttles it, or a blocked send(). Empty text: nothing
/// does, or it is dead.
/// `asked`: a question is open whose answer the refused operation could give away, so only the refusal is mentioned.
NodeFact client_limit(Lang lang, const observe::Node& node, const observe::Client* client, bool asked);
/// The names of all clients, if the client's own does not fit into the room: for TextStyle::among.
std::vector<std::string> siblings_of(const Ui& ui, const observe::Node& node, float room, const TextStyle& style);
Icon limit_icon(const NodeFact& limit);
Color tone_color(const Palette& palette, NodeFact::Tone tone);

}  // namespace kafkascope::ui
