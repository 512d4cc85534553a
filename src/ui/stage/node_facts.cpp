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
  const auto put = [&](NodeFact::Tone tone, const std::string& text, Str brief) {
    facts.push_back({tone, text, tr(lang, brief)});
  };
  if (node_look(node).dead) {
    if (!node.down_reason.empty()) {
      const bool full = std::none_of(node.dirs.begin(), node.dirs.end(), [](const LogDir& d) { return d.failing; });
      put(Loss, pick(lang, node.down_reason), full ? Str::DiskFullWord : Str::DiskFailedWord);
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
    if (d.capacity_bytes > 0)
      percent = std::max(percent, std::min<std::int64_t>(100, d.used_bytes * 100 / d.capacity_bytes));
  }
  if (node.offline_dirs > 0) {
    const std::string failed = std::to_string(node.offline_dirs), all = std::to_string(node.dirs.size());
    if (node.dirs.size() == 1) put(Loss, tr(lang, Str::DiskFailedWord), Str::DiskFailedWord);
    else
      facts.push_back({Loss, fill(tr(lang, Str::DisksFailed), {failed, all}),
                       fill(tr(lang, Str::DisksFailedShort), {failed, all})});
  }
  if (failing) put(Loss, tr(lang, Str::DiskFailingWord), Str::DiskFailingWord);
  if (percent >= 90) put(Doubt, fill(tr(lang, Str::DiskUsed), {std::to_string(percent)}), Str::DiskFullWord);
  if (slow) {
    put(Doubt,
        behind_us < 1'000'000 ? std::string(tr(lang, Str::DiskSlowWord))
                              : fill(tr(lang, Str::DiskBehind), {std::to_string(behind_us / 1'000'000)}),
        Str::DiskSlowWord);
  }
  if (node.throttle_bytes_per_s >= 0) {
    put(Doubt, fill(tr(lang, Str::Throttled), {bytes_text(node.throttle_bytes_per_s)}), Str::ThrottledWord);
  }
  if (node.clock_skew_us != 0) {
    const bool ahead = node.clock_skew_us > 0;
    put(Doubt,
        fill(tr(lang, ahead ? Str::ClockIsAhead : Str::ClockIsBehind),
             {pick(lang, span(std::abs(node.clock_skew_us)))}),
        Str::ClockWrongWord);
  }
  if (node.throttle_bytes_per_s < 0 && node.throttle_set_bytes_per_s >= 0) {  // what --verify would take away
    facts.push_back({Quiet,
                     fill(tr(lang, node.throttle_listed ? Str::ThrottleStays : Str::ThrottleOfNone),
                          {bytes_text(node.throttle_set_bytes_per_s)}),
                     {}});
  }
  if (percent >= kWorthSaying && percent < 90)
    facts.push_back({Quiet, fill(tr(lang, Str::DiskUsed), {std::to_string(percent)}), {}});
  return facts;
}

std::vector<NodeFact> broker_facts(const Ui& ui, const Node& node) {
  std::vector<NodeFact> facts = node_facts(ui.st.lang, node);
  if (node_look(node).dead) return facts;
  int under = 0, first = -1;
  for (const Replica& r : node.replicas) {
    if (r.role != ReplicaRole::Leader || r.partition < 0 ||
        r.partition >= static_cast<int>(ui.world.partitions.size()) || !ui.under_min_isr(r.partition))
      continue;
    first = under++ == 0 ? r.partition : first;
  }
  if (under == 0) return facts;
  const std::string which = under == 1 ? ui.world.partitions[static_cast<std::size_t>(first)].name
                                       : ui.tr(Str::PartitionsMany, {std::to_string(under)});
  const auto after =
      std::find_if(facts.begin(), facts.end(), [](const NodeFact& f) { return f.tone != NodeFact::Tone::Loss; });
  facts.insert(after, {NodeFact::Tone::Loss, ui.tr(Str::UnderMinIsrOf, {which}), ui.tr(Str::HwWaitsForMinIsr)});
  return facts;
}

NodeFact client_limit(Lang lang, const Node& node, const Client* client, bool asked) {
  constexpr std::int64_t kBlockedUs = 100'000;  // worth saying
  NodeFact limit;
  if (client == nullptr || node_look(node).dead) return limit;
  if (!client->refused.empty()) {
    const bool topic = client->refused.starts_with("TOPIC"), group = client->refused.starts_with("GROUP"),
               cluster = client->refused.starts_with("CLUSTER");
    limit.tone = NodeFact::Tone::Loss;
    limit.text = tr(lang, asked     ? Str::NotAllowed
                          : topic   ? Str::NotAllowedTopic
                          : group   ? Str::NotAllowedGroup
                          : cluster ? Str::NotAllowedCluster
                                    : Str::NotAllowedTransaction);
  } else if (client->throttled_for_us > 0) {
    limit.tone = NodeFact::Tone::Doubt;
    limit.text =
        fill(tr(lang, Str::QuotaWait), {seconds_text(std::max<std::int64_t>(client->throttled_for_us, 100'000))});
  } else if (client->accumulator.blocked_us >= kBlockedUs) {
    limit.tone = NodeFact::Tone::Doubt;
    limit.text = fill(tr(lang, Str::SendWaits), {seconds_text(client->accumulator.blocked_us)});
  }
  return limit;
}

Icon limit_icon(const NodeFact& limit) { return limit.tone == NodeFact::Tone::Loss ? Icon::Lock : Icon::Clock; }

Color tone_color(const Palette& palette, NodeFact::Tone tone) {
  return tone == NodeFact::Tone::Loss    ? palette.danger
         : tone == NodeFact::Tone::Doubt ? palette.caution
                                         : palette.secondary;
}

}  // namespace kafkascope::ui
