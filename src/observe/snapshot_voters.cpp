// The metadata log of each voter in a snapshot, with descriptions of its records.
#include <fmt/format.h>

#include "observe/snapshot_parts.h"
#include "raft/quorum_node.h"

namespace kafkascope::observe::snapshot_parts {

namespace {

std::string leader_text(protocol::BrokerId id) { return id < 0 ? "none" : std::to_string(id); }
std::string leader_text_ko(protocol::BrokerId id) { return id < 0 ? "없음" : std::to_string(id); }

/// The description of one record, with the names of `c`; `log` is its log.
Words record_words(const cluster::Cluster& c, const raft::QuorumNode& log, const protocol::MetadataRecord& record) {
  using namespace protocol;
  const auto same = [](const std::string& text) { return Words{text, text}; };
  if (const auto* p = std::get_if<PartitionRecord>(&record)) {
    const std::string name = c.name(p->partition), sets = p->replicas.text() + " ISR " + p->isr.text();
    return {fmt::format("{}: leader {}, replicas {}", name, leader_text(p->leader), sets),
            fmt::format("{}: 리더 {}, 복제본 {}", name, leader_text_ko(p->leader), sets)};
  }
  if (const auto* change = std::get_if<PartitionChangeRecord>(&record)) {
    Words w = same(c.name(change->partition));
    const auto add = [&w](const std::string& en, const std::string& ko) { w.en += en, w.ko += ko; };
    if (change->has_leader) add(": leader " + leader_text(change->leader), ": 리더 " + leader_text_ko(change->leader));
    if (change->has_isr) add(" ISR " + change->isr.text(), " ISR " + change->isr.text());
    if (change->has_elr && !change->elr.empty()) add(" ELR " + change->elr.text(), " ELR " + change->elr.text());
    return w;
  }
  if (const auto* b = std::get_if<RegisterBrokerRecord>(&record))
    return {fmt::format("broker-{} registers", b->broker_id), fmt::format("broker-{} 등록", b->broker_id)};
  if (const auto* b = std::get_if<UnregisterBrokerRecord>(&record))
    return {fmt::format("broker-{} removed", b->broker_id), fmt::format("broker-{} 등록 삭제", b->broker_id)};
  if (const auto* b = std::get_if<BrokerRegistrationChangeRecord>(&record))
    return {fmt::format("broker-{} {}", b->broker_id,
                        b->fenced > 0                   ? "fenced"
                        : b->fenced < 0                 ? "unfenced"
                        : b->in_controlled_shutdown > 0 ? "leaving"
                                                        : "changed"),
            fmt::format("broker-{} {}", b->broker_id,
                        b->fenced > 0                   ? "차단됨"
                        : b->fenced < 0                 ? "차단 해제"
                        : b->in_controlled_shutdown > 0 ? "종료 중"
                                                        : "변경")};
  if (const auto* t = std::get_if<TopicRecord>(&record)) return {"topic " + t->name, "토픽 " + t->name};
  if (const auto* t = std::get_if<RemoveTopicRecord>(&record))
    return {"topic " + c.topic_name(t->topic_id) + " deleted", "토픽 " + c.topic_name(t->topic_id) + " 삭제"};
  if (const auto* config = std::get_if<ConfigRecord>(&record)) {
    const std::string what = config->resource + " " + config->name;
    return config->deleted ? Words{what + " removed", what + " 삭제"} : same(what + "=" + config->value);
  }
  if (const auto* ids = std::get_if<ProducerIdsRecord>(&record)) {
    return {fmt::format("producer ids below {} to broker-{}", ids->next_producer_id, ids->broker_id),
            fmt::format("프로듀서 ID {} 앞까지 broker-{} 몫", ids->next_producer_id, ids->broker_id)};
  }
  if (const auto* acl = std::get_if<AccessControlEntryRecord>(&record)) return same(acl->entry.text());
  if (const auto* removed = std::get_if<RemoveAccessControlEntryRecord>(&record)) {
    // The id is the offset of the written record, which a snapshot may have replaced.
    const Offset at{removed->id};
    const auto* entry = at >= log.log_start_offset() && at < log.log_end_offset()
                            ? std::get_if<AccessControlEntryRecord>(&log.entry(at).record)
                            : nullptr;
    const std::string what = entry == nullptr ? fmt::format("ACL {}", removed->id) : entry->entry.text();
    return {"removed: " + what, "삭제: " + what};
  }
  if (const auto* quota = std::get_if<ClientQuotaRecord>(&record)) {
    const std::string what = quota->entity + " " + quota->key;
    return quota->remove ? Words{what + " removed", what + " 삭제"}
                         : same(fmt::format("{}={:g}", what, static_cast<double>(quota->value_ppm) / 1e6));
  }
  if (const auto* feature = std::get_if<FeatureLevelRecord>(&record))
    return same(fmt::format("{}={}", feature->name, feature->level));
  return same(std::string(record_name(record)));
}

}  // namespace

void add_voters(const cluster::Cluster& c, Snapshot& s) {
  for (std::size_t i = 0; i < c.nodes().size(); ++i) {
    const sim::NodeId node{static_cast<std::int32_t>(i)};
    if (c.info(node).kind != cluster::NodeKind::Controller) continue;
    const raft::QuorumNode& v = c.voter(node);
    VoterLog log;
    log.node = static_cast<int>(i);
    log.log_start_offset = v.log_start_offset().value;
    log.log_end_offset = v.log_end_offset().value;
    log.high_watermark = v.high_watermark().value;
    for (const raft::Snapshot& snapshot : v.snapshots()) log.snapshots.push_back(snapshot.end.value);
    // The most records shown that have a description; two NoOpRecords a second are between them.
    constexpr std::int64_t kMostSaying = 16, kMost = 160;
    std::int64_t first = log.log_end_offset, saying = 0;
    while (first > log.log_start_offset && log.log_end_offset - first < kMost && saying < kMostSaying) {
      --first;
      if (!std::holds_alternative<protocol::NoOpRecord>(v.entry(Offset{first}).record)) ++saying;
    }
    for (std::int64_t offset = first; offset < log.log_end_offset; ++offset) {
      const protocol::MetadataEntry& e = v.entry(Offset{offset});
      QuorumRecord r;
      r.offset = offset;
      r.epoch = e.epoch.value;
      r.type = std::string(protocol::record_name(e.record));
      r.flushed = offset < v.flushed_offset().value;
      r.words = record_words(c, v, e.record);
      log.tail.push_back(std::move(r));
    }
    s.voters.push_back(std::move(log));
  }
}

}  // namespace kafkascope::observe::snapshot_parts
