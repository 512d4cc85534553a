// What there is to say of a node besides its state: a disk in trouble, a wrong clock, a limit on its copying.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "ui/ui.h"

namespace kafkascope::ui {

struct NodeFact {
  enum class Tone { Quiet, Doubt, Loss };
  Tone tone = Tone::Quiet;
  Str word = Str::DiskSlowWord;  // where there is little room; of a quiet one none
  std::string text;              // with numbers
};

/// Heaviest first: disks that failed, fail, are full or slow, how full a limited disk is; then a throttle. None of a dead node.
std::vector<NodeFact> node_facts(Lang lang, const observe::Node& node);
Color tone_color(const Palette& palette, NodeFact::Tone tone);

}  // namespace kafkascope::ui
