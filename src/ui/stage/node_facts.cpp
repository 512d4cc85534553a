#include "ui/stage/node_facts.h"

#include <algorithm>

#include "observe/why/origins.h"
#include "observe/words/words.h"
#include "ui/stage/cards.h"

namespace kafkascope::ui {

using namespace observe;

std::vector<NodeFact> node_facts(Lang lang, const Node& node) {
  using enum NodeFact::Tone;
  constexpr std::int64_t kWorthSaying = 10;  // percent
  std::vector<NodeFact> facts;
  const auto put = [&](NodeFact::Tone tone, const std::string& text, words::Key brief) {
    facts.push_back({tone, text, tr(lang, brief)});
    if (tone == Loss) facts.back().origin = {OriginKind::Error, "KAFKA_STORAGE_ERROR", {}, {}};
  };
  if (node_look(node).dead) {
    if (!node.down_reason.empty()) {
      const bool full = std::none_of(node.dirs.begin(), node.dirs.end(), [](const LogDir& d) { return d.failing; });
      put(Loss, pick(lang, node.down_reason), full ? "ui.disk_full_word"_w : "ui.disk_failed_word"_w);
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
    if (node.dirs.size() == 1) put(Loss, tr(lang, "ui.disk_failed_word"_w), "ui.disk_failed_word"_w);
    else
      facts.push_back({Loss, tr(lang, "ui.disks_failed"_w, {{"failed", failed}, {"disks", all}}),
                       tr(lang, "ui.disks_failed_short"_w, {{"failed", failed}, {"disks", all}})});
  }
  if (failing) put(Loss, tr(lang, "ui.disk_failing_word"_w), "ui.disk_failing_word"_w);
  if (percent >= 90)
    put(Doubt, tr(lang, "ui.disk_used"_w, {{"percent", std::to_string(percent)}}), "ui.disk_full_word"_w);
  if (slow) {
    put(Doubt,
        behind_us < 1'000'000 ? std::string(tr(lang, "ui.disk_slow_word"_w))
                              : tr(lang, "ui.disk_behind"_w, {{"seconds", std::to_string(behind_us / 1'000'000)}}),
        "ui.disk_slow_word"_w);
  }
  if (node.misleads_clients) {
    put(Doubt, tr(lang, "ui.misleads_clients"_w), "ui.misleads_clients_word"_w);
    facts.back().origin = {OriginKind::Config, "advertised.listeners", {}, {}};
  }
  if (node.throttle_bytes_per_s >= 0) {
    put(Doubt, tr(lang, "ui.throttled"_w, {{"rate", bytes_text(node.throttle_bytes_per_s)}}), "ui.throttled_word"_w);
  }
  if (node.clock_skew_us != 0) {
    const bool ahead = node.clock_skew_us > 0;
    put(Doubt,
        tr(lang, ahead ? "ui.clock_is_ahead"_w : "ui.clock_is_behind"_w,
           {{"by", pick(lang, span(std::abs(node.clock_skew_us)))}}),
        "ui.clock_wrong_word"_w);
  }
  // the configured throttle that --verify would remove
  if (node.throttle_bytes_per_s < 0 && node.throttle_set_bytes_per_s >= 0) {
    facts.push_back({Quiet,
                     tr(lang, node.throttle_listed ? "ui.throttle_stays"_w : "ui.throttle_of_none"_w,
                        {{"rate", bytes_text(node.throttle_set_bytes_per_s)}}),
                     tr(lang, "ui.throttle_set_word"_w)});
  }
  if (percent >= kWorthSaying && percent < 90)
    facts.push_back({Quiet, tr(lang, "ui.disk_used"_w, {{"percent", std::to_string(percent)}}), {}});
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
                                       : ui.tr("ui.partitions_many"_w, {{"count", std::to_string(under)}});
  const auto after =
      std::find_if(facts.begin(), facts.end(), [](const NodeFact& f) { return f.tone != NodeFact::Tone::Loss; });
  facts.insert(after, {NodeFact::Tone::Loss,
                       ui.tr("ui.under_min_isr_of"_w, {{"partitions", which}}),
                       ui.tr("ui.hw_waits_for_min_isr"_w),
                       {OriginKind::Config, "min.insync.replicas", {}, {}}});
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
    if (!asked) limit.origin = {OriginKind::Error, client->refused, {}, {}};
    limit.text = tr(lang, asked     ? "ui.not_allowed"_w
                          : topic   ? "ui.not_allowed_topic"_w
                          : group   ? "ui.not_allowed_group"_w
                          : cluster ? "ui.not_allowed_cluster"_w
                                    : "ui.not_allowed_transaction"_w);
  } else if (client->throttled_for_us > 0) {
    limit.tone = NodeFact::Tone::Doubt;
    limit.text = tr(lang, "ui.quota_wait"_w,
                    {{"seconds", seconds_text(std::max<std::int64_t>(client->throttled_for_us, 100'000))}});
  } else if (client->accumulator.blocked_us >= kBlockedUs) {
    limit.tone = NodeFact::Tone::Doubt;
    limit.origin = {OriginKind::Config, "max.block.ms", {}, {}};
    limit.text = tr(lang, "ui.send_waits"_w, {{"seconds", seconds_text(client->accumulator.blocked_us)}});
  }
  return limit;
}

std::vector<std::string> siblings_of(const Ui& ui, const Node& node, float room, const TextStyle& style) {
  std::vector<std::string> names;
  if (!is_client(node.kind) || ui.p.width(node.name, style) <= room) return names;
  for (const Node& other : ui.world.nodes)
    if (is_client(other.kind) && !other.removed) names.push_back(other.name);
  return names;
}

Icon limit_icon(const NodeFact& limit) { return limit.tone == NodeFact::Tone::Loss ? Icon::Lock : Icon::Clock; }

Color tone_color(const Palette& palette, NodeFact::Tone tone) {
  return tone == NodeFact::Tone::Loss    ? palette.danger
         : tone == NodeFact::Tone::Doubt ? palette.caution
                                         : palette.secondary;
}

}  // namespace kafkascope::ui
