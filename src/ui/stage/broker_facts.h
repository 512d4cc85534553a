// What there is to say of a broker besides its state: a disk in trouble, a limit on its copying.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "ui/ui.h"

namespace kafkascope::ui {

struct BrokerFact {
  enum class Tone { Quiet, Doubt, Loss };
  Tone tone = Tone::Quiet;
  Str word = Str::DiskSlowWord;  // where there is little room; of a quiet one none
  std::string text;              // with numbers
};

/// Heaviest first: disks that failed, fail, are full or slow, how full a limited disk is; then a throttle. None of a dead broker.
std::vector<BrokerFact> broker_facts(Lang lang, const observe::Node& broker);
Color tone_color(const Palette& palette, BrokerFact::Tone tone);

}  // namespace kafkascope::ui
