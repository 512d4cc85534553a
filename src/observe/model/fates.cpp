#include "observe/model/fates.h"

#include <algorithm>

#include "client/producer.h"
#include "observe/model/state_document.h"
#include "observe/words/both.h"

namespace kafkascope::observe {

namespace {

void put(const ProducerCounts& p, FateCounts& f) {
  f.produced = p.produced;
  f.acked = p.acked;
  f.failed = p.failed;
  f.in_doubt = p.in_doubt;
  f.pending = p.pending;
  f.lost_acked = p.lost_acked;
  f.lost_unacked = p.lost_unacked;
  f.duplicated = p.duplicated;
  f.reordered = p.reordered;
  f.aborted = p.aborted;
}

void put(const GroupCounts& g, FateCounts& f) {
  f.delivered = g.delivered;
  f.redelivered = g.redelivered;
  f.skipped = g.skipped;
  f.aborted_visible = g.aborted_visible;
  f.before_group = g.before_group;
  f.uncommitted_read = g.uncommitted_read;
}

}  // namespace

std::span<const FateRow> fate_rows() {
  static const FateRow rows[] = {
      {"produced", "fate.produced"_w, &FateCounts::produced, false, true},
      {"acked", "fate.acked"_w, &FateCounts::acked, false, true},
      {"failed", "fate.failed"_w, &FateCounts::failed, false, false},
      {"in_doubt", "fate.in_doubt"_w, &FateCounts::in_doubt, false, false},
      {"pending", "fate.pending"_w, &FateCounts::pending, false, false},
      {"lost_acked", "fate.lost_acked"_w, &FateCounts::lost_acked, false, true},
      {"lost_unacked", "fate.lost_unacked"_w, &FateCounts::lost_unacked, false, false},
      {"duplicated", "fate.duplicated"_w, &FateCounts::duplicated, false, false},
      {"reordered", "fate.reordered"_w, &FateCounts::reordered, false, false},
      {"aborted", "fate.aborted"_w, &FateCounts::aborted, false, false},
      {"delivered", "fate.delivered"_w, &FateCounts::delivered, true, true},
      {"redelivered", "fate.redelivered"_w, &FateCounts::redelivered, true, false},
      {"skipped", "fate.skipped"_w, &FateCounts::skipped, true, false},
      {"before_group", "fate.before_group"_w, &FateCounts::before_group, true, false},
      {"uncommitted_read", "fate.uncommitted_read"_w, &FateCounts::uncommitted_read, true, false},
      {"aborted_visible", "fate.aborted_visible"_w, &FateCounts::aborted_visible, true, false},
  };
  return rows;
}

std::span<std::int64_t FateCounts::*const> grave_counts() {
  static constexpr std::int64_t FateCounts::*counts[] = {&FateCounts::lost_acked, &FateCounts::skipped,
                                                         &FateCounts::aborted_visible, &FateCounts::duplicated,
                                                         &FateCounts::reordered};
  return counts;
}

namespace {

void add_in_both(const FateRow& row, const FateCounts& a, const FateCounts& b, Words& all) {
  const Words one = both("fate.in_both_worlds"_w, {{"name", both(row.name)}, {"a", a.*row.count}, {"b", b.*row.count}});
  const char* between = all.en.empty() ? "" : " · ";
  all.en += between + one.en;
  all.ko += between + one.ko;
}

}  // namespace

Words differing_fates(const FateCounts& a, const FateCounts& b) {
  const auto grave = grave_counts();
  Words all;
  for (const FateRow& row : fate_rows())
    if (std::find(grave.begin(), grave.end(), row.count) != grave.end() && a.*row.count != b.*row.count)
      add_in_both(row, a, b, all);
  return all;
}

Words first_differing_fates(const FateCounts& a, const FateCounts& b) {
  Words all;
  int named = 0;
  for (const FateRow& row : fate_rows())
    if (named < 2 && a.*row.count != b.*row.count) add_in_both(row, a, b, all), ++named;
  return all;
}

bool differ_in_passing(const FateCounts& a, const FateCounts& b) {
  const auto passes = [](std::int64_t FateCounts::*count) {
    return count == &FateCounts::acked || count == &FateCounts::pending;
  };
  return std::all_of(fate_rows().begin(), fate_rows().end(),
                     [&](const FateRow& row) { return passes(row.count) || a.*row.count == b.*row.count; });
}

bool has_unasked(const cluster::Cluster& cluster) {
  for (std::size_t i = 0; i < cluster.nodes().size(); ++i) {
    const sim::NodeId node{static_cast<std::int32_t>(i)};
    const auto* producer = cluster.role<client::Producer>(node);
    if (producer == nullptr) continue;
    // A live producer has the settings with which it started, a dead one those of its next start.
    if (cluster.alive(node) ? producer->acks() == 0 : producer->options().config.text("acks") == "0") return true;
  }
  return false;
}

words::Key fate_name(words::Key name, bool unasked) {
  if (!unasked) return name;
  if (name == "fate.acked"_w) return "fate.taken_as_sent"_w;
  if (name == "fate.lost_acked"_w) return "fate.lost_taken"_w;
  return name == "fate.lost_unacked"_w ? "fate.lost_not_taken"_w : name;
}

FateCounts fates_of(const Moment& m) {
  const ClusterView world(m.cluster);
  FateCounts all;
  put(m.observation.ledger().total(world), all);
  put(m.observation.ledger().group_total(world), all);
  return all;
}

Ledger ledger_of(const Moment& m) {
  const ClusterView world(m.cluster);
  RecordLedger& ledger = m.observation.ledger();
  Ledger result;
  result.all = fates_of(m);
  for (const auto& [name, counts] : ledger.by_client(world))
    put(counts, result.by_client.emplace_back(name, FateCounts{}).second);
  // Producers in the order of the file.
  std::sort(result.by_client.begin(), result.by_client.end(), [&](const auto& a, const auto& b) {
    return m.cluster.find(a.first).index < m.cluster.find(b.first).index;
  });
  for (const auto& [name, counts] : ledger.by_group(world))
    put(counts, result.by_group.emplace_back(name, FateCounts{}).second);
  const auto& tables = m.observation.sinks().tables();
  for (const cluster::ClientSpec& client : m.cluster.spec().clients) {
    if (!client.sink || std::any_of(result.sinks.begin(), result.sinks.end(),
                                    [&](const SinkCounts& s) { return s.name == client.sink->name; }))
      continue;
    const auto at = tables.find(client.sink->name);
    const SinkTable table = at == tables.end() ? SinkTable{} : at->second;
    result.sinks.push_back(
        {client.sink->name, table.rows, static_cast<std::int64_t>(table.seen.size()), table.repeated(), table.sum});
  }
  return result;
}

std::vector<std::pair<std::string, FateCounts>> counts_by_reader(const Moment& m) {
  std::vector<std::pair<std::string, FateCounts>> groups, alone;
  for (const auto& [name, counts] : m.observation.ledger().by_reader(ClusterView(m.cluster))) {
    const bool is_alone = name.starts_with('@');
    put(counts, (is_alone ? alone : groups).emplace_back(name.substr(is_alone ? 1 : 0), FateCounts{}).second);
  }
  groups.insert(groups.end(), alone.begin(), alone.end());
  return groups;
}

}  // namespace kafkascope::observe
