// The metadata log of each voter in a snapshot, with descriptions of its records.
#include <fmt/format.h>

#include "observe/model/snapshot_parts.h"
#include "observe/words/both.h"
#include "raft/quorum_node.h"

namespace kafkascope::observe::snapshot_parts {

namespace {

Words leader_text(protocol::BrokerId id) {
  return id < 0 ? both("snapshot.no_leader"_w) : Words{std::to_string(id), std::to_string(id)};
}

/// The description of one record, with the names of `c`; `log` is its log.
Words record_words(const cluster::Cluster& c, const raft::MetadataLog& log, const protocol::MetadataRecord& record) {
  using namespace protocol;
  const auto same = [](const std::string& text) { return Words{text, text}; };
  if (const auto* p = std::get_if<PartitionRecord>(&record)) {
    const std::string name = c.name(p->partition), sets = p->replicas.text() + " ISR " + p->isr.text();
    return both("record.partition"_w, {{"partition", name}, {"leader", leader_text(p->leader)}, {"replicas", sets}});
  }
  if (const auto* change = std::get_if<PartitionChangeRecord>(&record)) {
    Words w = same(c.name(change->partition));
    const auto add = [&w](const Words& more) { w.en += more.en, w.ko += more.ko; };
    if (change->has_leader) add(both("record.leader"_w, {{"leader", leader_text(change->leader)}}));
    if (change->has_isr) add(same(" ISR " + change->isr.text()));
    if (change->has_elr && !change->elr.empty()) add(same(" ELR " + change->elr.text()));
    return w;
  }
  if (const auto* b = std::get_if<RegisterBrokerRecord>(&record))
    return both("record.broker_registers"_w, {{"broker", std::to_string(b->broker_id)}});
  if (const auto* b = std::get_if<UnregisterBrokerRecord>(&record))
    return both("record.broker_removed"_w, {{"broker", std::to_string(b->broker_id)}});
  if (const auto* b = std::get_if<BrokerRegistrationChangeRecord>(&record))
    return both(b->fenced > 0                   ? "record.broker_fenced"_w
                : b->fenced < 0                 ? "record.broker_unfenced"_w
                : b->in_controlled_shutdown > 0 ? "record.broker_leaving"_w
                                                : "record.broker_changed"_w,
                {{"broker", std::to_string(b->broker_id)}});
  if (const auto* t = std::get_if<TopicRecord>(&record)) return both("record.topic"_w, {{"topic", t->name}});
  if (const auto* t = std::get_if<RemoveTopicRecord>(&record))
    return both("record.topic_deleted"_w, {{"topic", c.topic_name(t->topic_id)}});
  if (const auto* config = std::get_if<ConfigRecord>(&record)) {
    const std::string what = config->resource + " " + config->name;
    return config->deleted ? both("record.removed"_w, {{"what", what}}) : same(what + "=" + config->value);
  }
  if (const auto* ids = std::get_if<ProducerIdsRecord>(&record)) {
    return both("record.producer_ids"_w,
                {{"below", std::to_string(ids->next_producer_id)}, {"broker", std::to_string(ids->broker_id)}});
  }
  if (const auto* acl = std::get_if<AccessControlEntryRecord>(&record)) return same(acl->entry.text());
  if (const auto* removed = std::get_if<RemoveAccessControlEntryRecord>(&record)) {
    // The id is the offset of the written record, which a snapshot may have replaced.
    const Offset at{removed->id};
    const auto* entry = at >= log.start_offset() && at < log.end_offset()
                            ? std::get_if<AccessControlEntryRecord>(&log.entry(at).record)
                            : nullptr;
    const std::string what = entry == nullptr ? fmt::format("ACL {}", removed->id) : entry->entry.text();
    return both("record.acl_removed"_w, {{"acl", what}});
  }
  if (const auto* quota = std::get_if<ClientQuotaRecord>(&record)) {
    const std::string what = quota->entity + " " + quota->key;
    return quota->remove ? both("record.removed"_w, {{"what", what}})
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
    log.log_start_offset = v.log().start_offset().value;
    log.log_end_offset = v.log().end_offset().value;
    log.high_watermark = v.high_watermark().value;
    for (const raft::Snapshot& snapshot : v.log().snapshots()) log.snapshots.push_back(snapshot.end.value);
    // Limits: records other than NoOpRecords (of which two are written every second), and all records.
    constexpr std::int64_t kMostSaying = 16, kMost = 160;
    std::int64_t first = log.log_end_offset, saying = 0;
    while (first > log.log_start_offset && log.log_end_offset - first < kMost && saying < kMostSaying) {
      --first;
      if (!std::holds_alternative<protocol::NoOpRecord>(v.log().entry(Offset{first}).record)) ++saying;
    }
    for (std::int64_t offset = first; offset < log.log_end_offset; ++offset) {
      const protocol::MetadataEntry& e = v.log().entry(Offset{offset});
      QuorumRecord r;
      r.offset = offset;
      r.epoch = e.epoch.value;
      r.type = std::string(protocol::record_name(e.record));
      r.flushed = offset < v.log().flushed_offset().value;
      r.words = record_words(c, v.log(), e.record);
      log.tail.push_back(std::move(r));
    }
    s.voters.push_back(std::move(log));
  }
}

}  // namespace kafkascope::observe::snapshot_parts
