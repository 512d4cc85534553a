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
  std::string text;   // with numbers
  std::string brief;  // where there is little room; of a quiet one none
};

/// Heaviest first: disks that failed, fail, are full or slow, how full a limited disk is; then a throttle. None of a dead node.
std::vector<NodeFact> node_facts(Lang lang, const observe::Node& node);
/// The same of a broker, with what of it too few have in sync for acks=all; nothing weighs more but a failed disk.
std::vector<NodeFact> broker_facts(const Ui& ui, const observe::Node& node);
/// What a client may not, or not now: refused for want of a right, asked to wait by a quota, blocked in send(). Empty text: neither, or it is dead.
/// `asked`: a question is open, which what was refused could answer: then only that something was is said.
NodeFact client_limit(Lang lang, const observe::Node& node, const observe::Client* client, bool asked);
Icon limit_icon(const NodeFact& limit);
Color tone_color(const Palette& palette, NodeFact::Tone tone);

}  // namespace kafkascope::ui
