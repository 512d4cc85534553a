#include "observe/fates.h"

#include <algorithm>

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
}

void put(const GroupCounts& g, FateCounts& f) {
  f.delivered = g.delivered;
  f.redelivered = g.redelivered;
  f.skipped = g.skipped;
  f.aborted_visible = g.aborted_visible;
  f.before_group = g.before_group;
}

}  // namespace

std::span<const FateRow> fate_rows() {
  static const FateRow rows[] = {
      {"produced", {"produced", "보냄"}, &FateCounts::produced, false, true},
      {"acked", {"acked", "ack 받음"}, &FateCounts::acked, false, true},
      {"failed", {"failed", "실패"}, &FateCounts::failed, false, false},
      {"in_doubt", {"in doubt", "결과 모름"}, &FateCounts::in_doubt, false, false},
      {"pending", {"pending", "응답 전"}, &FateCounts::pending, false, false},
      {"lost_acked", {"lost, though acked", "ack 받고 유실"}, &FateCounts::lost_acked, false, true},
      {"lost_unacked", {"lost, never acked", "ack 없이 유실"}, &FateCounts::lost_unacked, false, false},
      {"duplicated", {"duplicated", "중복"}, &FateCounts::duplicated, false, false},
      {"reordered", {"reordered", "순서 바뀜"}, &FateCounts::reordered, false, false},
      {"delivered", {"delivered", "전달됨"}, &FateCounts::delivered, true, true},
      {"redelivered", {"redelivered", "재전달"}, &FateCounts::redelivered, true, false},
      {"skipped", {"skipped", "건너뜀"}, &FateCounts::skipped, true, false},
      {"before_group", {"before the group began", "그룹이 읽기 시작하기 전"}, &FateCounts::before_group, true, false},
      {"aborted_visible", {"aborted, yet read", "중단됐는데 읽힘"}, &FateCounts::aborted_visible, true, false},
  };
  return rows;
}

Ledger ledger_of(const Moment& m) {
  const ClusterView world(m.cluster);
  RecordLedger& ledger = m.observation.ledger();
  Ledger result;
  put(ledger.total(world), result.all);
  put(ledger.group_total(world), result.all);
  for (const auto& [name, counts] : ledger.by_client(world))
    put(counts, result.by_client.emplace_back(name, FateCounts{}).second);
  // Producers in the order of the file.
  std::sort(result.by_client.begin(), result.by_client.end(), [&](const auto& a, const auto& b) {
    return m.cluster.find(a.first).index < m.cluster.find(b.first).index;
  });
  for (const auto& [name, counts] : ledger.by_group(world))
    put(counts, result.by_group.emplace_back(name, FateCounts{}).second);
  return result;
}

}  // namespace kafkascope::observe
