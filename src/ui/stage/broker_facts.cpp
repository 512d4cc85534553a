#include "ui/stage/broker_facts.h"

#include <algorithm>

#include "ui/stage/cards.h"

namespace kafkascope::ui {

using namespace observe;

std::vector<BrokerFact> broker_facts(Lang lang, const Node& broker) {
  using enum BrokerFact::Tone;
  constexpr std::int64_t kWorthSaying = 10;  // percent
  std::vector<BrokerFact> facts;
  if (node_look(broker).dead) return facts;
  std::int64_t behind_us = 0, percent = -1;
  bool slow = false, failing = false;
  for (const LogDir& d : broker.dirs) {
    if (!d.online) continue;
    failing = failing || d.failing;
    slow = slow || d.slow;
    behind_us = std::max(behind_us, d.behind_us);
    if (d.capacity_bytes > 0) percent = std::max(percent, std::min<std::int64_t>(100, d.used_bytes * 100 / d.capacity_bytes));
  }
  if (broker.offline_dirs > 0) {
    facts.push_back({Loss, Str::DiskFailedWord, fill(tr(lang, Str::DisksFailed), {std::to_string(broker.offline_dirs), std::to_string(broker.dirs.size())})});
  }
  if (failing) facts.push_back({Loss, Str::DiskFailingWord, tr(lang, Str::DiskFailingWord)});
  if (percent >= 90) facts.push_back({Doubt, Str::DiskFullWord, fill(tr(lang, Str::DiskUsed), {std::to_string(percent)})});
  if (slow) {
    facts.push_back({Doubt, Str::DiskSlowWord, behind_us < 1'000'000 ? std::string(tr(lang, Str::DiskSlowWord)) : fill(tr(lang, Str::DiskBehind), {std::to_string(behind_us / 1'000'000)})});
  }
  if (broker.throttle_bytes_per_s >= 0) {
    facts.push_back({Doubt, Str::ThrottledWord, fill(tr(lang, Str::Throttled), {bytes_text(broker.throttle_bytes_per_s)})});
  }
  if (percent >= kWorthSaying && percent < 90) facts.push_back({Quiet, Str::DiskUsed, fill(tr(lang, Str::DiskUsed), {std::to_string(percent)})});
  return facts;
}

Color tone_color(const Palette& palette, BrokerFact::Tone tone) {
  return tone == BrokerFact::Tone::Loss ? palette.danger : tone == BrokerFact::Tone::Doubt ? palette.caution : palette.secondary;
}

}  // namespace kafkascope::ui
