// Partitions, messages, ledger and links of a snapshot.
#include <fmt/format.h>

#include <algorithm>

#include "observe/snapshot_parts.h"
#include "observe/words.h"

namespace kafkascope::observe::snapshot_parts {

namespace {

/// Records of the log's tail in runs that agree in epoch and in flags.
std::vector<LogRun> runs_of(const storage::PartitionLog& log, const storage::PartitionLog* leader, std::int64_t tail, sim::Instant now) {
  std::vector<LogRun> runs;
  const std::int64_t from = std::max(log.log_start_offset().value, log.log_end_offset().value - tail);
  const std::int64_t flushed = log.flushed_offset(now).value;
  const auto batches = log.batches();
  for (std::size_t i = batches.index_of(protocol::Offset{from}); i < batches.size(); ++i) {
    const protocol::StoredBatch& batch = batches[i];
    const bool on_disk = batch.last_offset().value < flushed;
    const protocol::StoredBatch* same = leader == nullptr || leader == &log ? nullptr : leader->batch_at(batch.base_offset);
    const bool cut = leader != nullptr && leader != &log && batch.base_offset < leader->log_end_offset() && same != nullptr && same->leader_epoch != batch.leader_epoch;
    for (int k = 0; k < batch.data->count(); ++k) {
      const std::int64_t offset = batch.base_offset.value + batch.data->offset_delta(k);
      if (offset < from) continue;
      LogRun* run = runs.empty() ? nullptr : &runs.back();
      if (run == nullptr || run->leader_epoch != batch.leader_epoch.value || run->flushed != on_disk || run->control != batch.data->control || run->to_be_cut != cut ||
          run->last_offset + 1 != offset) {
        runs.push_back({});
        run = &runs.back();
        run->base_offset = offset;
        run->leader_epoch = batch.leader_epoch.value;
        run->flushed = on_disk;
        run->control = batch.data->control;
        run->to_be_cut = cut;
      }
      run->last_offset = offset;
      run->keys.push_back(batch.data->records[static_cast<std::size_t>(k)].key.value_or(""));
    }
  }
  return runs;
}

}  // namespace

void add_partitions(const Moment& m, const Names& names, const SnapshotOptions& options, Snapshot& s) {
  const cluster::Cluster& c = m.cluster;
  for (TopicPartition tp : names.partitions) {
    const protocol::PartitionRegistration& r = *c.committed().partition(tp);
    Partition p;
    p.name = c.name(tp);
    p.topic = c.topic_name(tp.topic);
    p.index = tp.partition;
    p.leader = r.leader;
    p.leader_epoch = r.leader_epoch.value;
    p.partition_epoch = r.partition_epoch;
    for (const LeadershipMove& change : m.observation.leader_changes())
      if (change.partition == tp) p.leader_since_us = change.at.us;
    p.replicas = ids(r.replicas);
    p.isr = ids(r.isr);
    p.elr = ids(r.elr);
    p.adding = ids(r.adding);
    p.removing = ids(r.removing);
    p.min_insync_replicas = c.effective_min_isr(tp);
    const storage::PartitionLog* leader = c.leader_log(tp);
    if (leader != nullptr) {
      p.log_start_offset = leader->log_start_offset().value;
      p.high_watermark = p.last_stable_offset = leader->high_watermark().value;
      p.log_end_offset = leader->log_end_offset().value;
    }
    for (BrokerId id : r.replicas) {
      const sim::NodeId node = c.broker_node(id);
      const storage::PartitionLog* log = c.log(id, tp);
      ReplicaLog l;
      l.broker = id;
      l.node = node.index;
      for (const Replica& chip : s.nodes[static_cast<std::size_t>(node.index)].replicas)
        if (chip.partition == names.of(tp)) l.role = chip.role;
      if (log != nullptr) {
        l.log_start_offset = log->log_start_offset().value;
        l.log_end_offset = log->log_end_offset().value;
        l.high_watermark = log->high_watermark().value;
        l.flushed_offset = log->flushed_offset(c.world().now()).value;
        l.runs = runs_of(*log, leader, options.tail, c.world().now());
        const std::int64_t behind = leader == nullptr ? 0 : leader->log_end_offset() - log->log_end_offset();
        if (l.role == ReplicaRole::OutOfIsr && behind > 0) l.note = {fmt::format("{} behind", behind), fmt::format("{}개 뒤처짐", behind)};
      }
      p.logs.push_back(std::move(l));
    }
    s.partitions.push_back(std::move(p));
  }
}

void describe_body(const Names& names, const protocol::Message& m, Message& out) {
  const auto partition = [&](TopicPartition tp) {
    if (out.partition < 0) out.partition = names.of(tp);
  };
  const auto error = [&](protocol::ErrorCode e) {
    if (e != protocol::ErrorCode::NONE && out.error.empty()) out.error = std::string(protocol::name(e));
  };
  using namespace protocol;
  std::visit(
      [&](const auto& b) {
        using B = std::decay_t<decltype(b)>;
        if constexpr (std::is_same_v<B, ProduceRequest>) {
          out.family = Family::Produce;
          for (const auto& p : b.partitions) {
            partition(p.partition);
            out.records += p.batch->count();
          }
        } else if constexpr (std::is_same_v<B, ProduceResponse>) {
          out.family = Family::Produce;
          for (const auto& p : b.partitions) {
            partition(p.partition);
            error(p.error);
          }
        } else if constexpr (std::is_same_v<B, FetchRequest>) {
          out.family = b.replica_id >= 0 ? Family::Replicate : Family::Consume;
          for (const auto& p : b.partitions) partition(p.partition);
        } else if constexpr (std::is_same_v<B, FetchResponse>) {
          out.family = Family::Consume;  // add_replication() sets it right by its ends
          for (const auto& p : b.partitions) {
            if (!p.batches.empty() || b.partitions.size() == 1) partition(p.partition);
            error(p.error);
            for (const StoredBatch& batch : p.batches) out.records += batch.data->count();
          }
        } else if constexpr (std::is_same_v<B, JoinGroupRequest> || std::is_same_v<B, SyncGroupRequest> || std::is_same_v<B, HeartbeatRequest> ||
                             std::is_same_v<B, LeaveGroupRequest> || std::is_same_v<B, OffsetCommitRequest> || std::is_same_v<B, OffsetFetchRequest> ||
                             std::is_same_v<B, FindCoordinatorRequest> || std::is_same_v<B, OffsetCommitResponse>) {
          out.family = Family::Group;
        } else if constexpr (std::is_same_v<B, JoinGroupResponse> || std::is_same_v<B, SyncGroupResponse> || std::is_same_v<B, HeartbeatResponse> ||
                             std::is_same_v<B, LeaveGroupResponse> || std::is_same_v<B, OffsetFetchResponse> || std::is_same_v<B, FindCoordinatorResponse>) {
          out.family = Family::Group;
          error(b.error);
        } else if constexpr (std::is_same_v<B, MetadataRequest> || std::is_same_v<B, MetadataResponse> || std::is_same_v<B, ListOffsetsRequest> ||
                             std::is_same_v<B, ListOffsetsResponse> || std::is_same_v<B, InitProducerIdRequest> || std::is_same_v<B, InitProducerIdResponse> ||
                             std::is_same_v<B, OffsetForLeaderEpochRequest> || std::is_same_v<B, OffsetForLeaderEpochResponse>) {
          out.family = Family::Metadata;
        } else {
          out.family = Family::Control;
          if constexpr (std::is_same_v<B, QuorumFetchResponse>) {
            for (const MetadataEntry& e : b.entries)
              if (const auto* change = std::get_if<PartitionChangeRecord>(&e.record); change != nullptr && change->has_leader) {
                out.about = {fmt::format("led by {}", change->leader), fmt::format("리더 {}", change->leader)};
                partition(change->partition);
              }
            out.records = static_cast<int>(b.entries.size());
          }
        }
      },
      m.body);
}

void add_links(const cluster::Cluster& c, Snapshot& s) {
  const auto& world = c.world();
  const auto count = static_cast<std::int32_t>(c.nodes().size());
  const cluster::LatencySpec& usual = c.spec().network.latency;
  const std::int64_t usual_us = usual.kind == cluster::LatencySpec::Kind::Uniform ? usual.high.us : usual.p99.us;
  for (std::int32_t a = 0; a < count; ++a) {
    for (std::int32_t b = a + 1; b < count; ++b) {
      const bool there = world.is_cut({a}, {b}), back = world.is_cut({b}, {a});
      const sim::LinkConfig config = world.link({a}, {b});
      const bool slow = config.latency.a_us > usual_us;  // slower than this cluster's ordinary way
      if (!there && !back && !slow && config.loss_ppm == 0) continue;
      Link l;
      l.a = back && !there ? b : a;
      l.b = back && !there ? a : b;
      l.cut = there || back;
      l.one_way = there != back;
      l.wall = l.cut;
      l.latency_us = slow ? config.latency.a_us : -1;
      l.loss = config.loss_ppm / 1e6;
      s.links.push_back(l);
    }
  }
}

}  // namespace kafkascope::observe::snapshot_parts
