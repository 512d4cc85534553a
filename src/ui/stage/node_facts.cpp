#include "ui/stage/node_facts.h"

#include <algorithm>

#include "observe/words.h"
#include "ui/stage/cards.h"

namespace kafkascope::ui {

using namespace observe;

std::vector<NodeFact> node_facts(Lang lang, const Node& node) {
  using enum NodeFact::Tone;
  constexpr std::int64_t kWorthSaying = 10;  // percent
  std::vector<NodeFact> facts;
  if (node_look(node).dead) {
    if (!node.down_reason.empty()) {
      const bool full = std::none_of(node.dirs.begin(), node.dirs.end(), [](const LogDir& d) { return d.failing; });
      facts.push_back({Loss, full ? Str::DiskFullWord : Str::DiskFailedWord, pick(lang, node.down_reason)});
    }
    return facts;
  }
  std::int64_t behind_us = 0, percent = -1;
  bool slow = false, failing = false;
  for (const LogDir& d : node.dirs) {
    if (!d.online) continue;
    failing = failing || d.failing;
    slow = slow || d.slow;
    behind_us = std::max(behind_us, d.behind_us);
    if (d.capacity_bytes > 0) percent = std::max(percent, std::min<std::int64_t>(100, d.used_bytes * 100 / d.capacity_bytes));
  }
  if (node.offline_dirs > 0) {
    facts.push_back({Loss, Str::DiskFailedWord, fill(tr(lang, Str::DisksFailed), {std::to_string(node.offline_dirs), std::to_string(node.dirs.size())})});
  }
  if (failing) facts.push_back({Loss, Str::DiskFailingWord, tr(lang, Str::DiskFailingWord)});
  if (percent >= 90) facts.push_back({Doubt, Str::DiskFullWord, fill(tr(lang, Str::DiskUsed), {std::to_string(percent)})});
  if (slow) {
    facts.push_back({Doubt, Str::DiskSlowWord, behind_us < 1'000'000 ? std::string(tr(lang, Str::DiskSlowWord)) : fill(tr(lang, Str::DiskBehind), {std::to_string(behind_us / 1'000'000)})});
  }
  if (node.throttle_bytes_per_s >= 0) {
    facts.push_back({Doubt, Str::ThrottledWord, fill(tr(lang, Str::Throttled), {bytes_text(node.throttle_bytes_per_s)})});
  }
  if (node.clock_skew_us != 0) {
    const bool ahead = node.clock_skew_us > 0;
    facts.push_back({Doubt, Str::ClockWrongWord, fill(tr(lang, ahead ? Str::ClockIsAhead : Str::ClockIsBehind), {pick(lang, span(std::abs(node.clock_skew_us)))})});
  }
  if (percent >= kWorthSaying && percent < 90) facts.push_back({Quiet, Str::DiskUsed, fill(tr(lang, Str::DiskUsed), {std::to_string(percent)})});
  return facts;
}

NodeFact client_limit(Lang lang, const Node& node, const Client* client) {
  constexpr std::int64_t kBlockedUs = 100'000;  // worth saying
  NodeFact limit;
  if (client == nullptr || node_look(node).dead) return limit;
  if (!client->refused.empty()) {
    const bool topic = client->refused.starts_with("TOPIC"), group = client->refused.starts_with("GROUP"), cluster = client->refused.starts_with("CLUSTER");
    limit.tone = NodeFact::Tone::Loss;
    limit.word = topic ? Str::NotAllowedTopic : group ? Str::NotAllowedGroup : cluster ? Str::NotAllowedCluster : Str::NotAllowedTransaction;
    limit.text = tr(lang, limit.word);
  } else if (client->throttled_for_us > 0) {
    limit.tone = NodeFact::Tone::Doubt;
    limit.word = Str::ThrottledWord;
    limit.text = fill(tr(lang, Str::QuotaWait), {seconds_text(std::max<std::int64_t>(client->throttled_for_us, 100'000))});
  } else if (client->accumulator.blocked_us >= kBlockedUs) {
    limit.tone = NodeFact::Tone::Doubt;
    limit.word = Str::SendWaitsWord;
    limit.text = fill(tr(lang, Str::SendWaits), {seconds_text(client->accumulator.blocked_us)});
  }
  return limit;
}

Icon limit_icon(const NodeFact& limit) { return limit.tone == NodeFact::Tone::Loss ? Icon::Lock : Icon::Clock; }

Color tone_color(const Palette& palette, NodeFact::Tone tone) {
  return tone == NodeFact::Tone::Loss ? palette.danger : tone == NodeFact::Tone::Doubt ? palette.caution : palette.secondary;
}

}  // namespace kafkascope::ui
