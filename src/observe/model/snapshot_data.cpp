// Partitions, messages, ledger and links of a snapshot.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "broker/broker.h"
#include "client/consumer.h"
#include "client/producer.h"
#include "client/share_consumer.h"
#include "observe/model/snapshot_parts.h"
#include "observe/model/watermark_wait.h"
#include "observe/words/both.h"
#include "observe/words/words.h"
#include "protocol/facts_of_groups.h"

namespace kafkascope::observe::snapshot_parts {

namespace {

constexpr std::int64_t kCutShown = 10'000'000;  // µs of simulated time for which a truncation is shown
constexpr std::int64_t kNear = 40;              // number of offsets listed on both sides of a truncation

/// Whether the batch will be truncated when its replica follows this leader: in the leader's log the batch's epoch ends
/// before the batch (KIP-101; the same rule as ReplicaFetcherManager::truncate_diverging).
bool not_the_leaders(const protocol::StoredBatch& batch, const storage::PartitionLog& leader) {
  const storage::EpochEnd end = leader.end_offset_for(batch.leader_epoch);
  if (!end.end_offset.known()) return false;
  return batch.base_offset >= end.end_offset || end.epoch < batch.leader_epoch;
}

/// The state of each transaction with records in a part of a log.
class TransactionStates {
 public:
  TransactionStates(const storage::PartitionLog& log, std::int64_t from, std::int64_t to)
      : open_(log.producers().open_transactions()),
        aborted_(log.aborted_transactions(protocol::Offset{from}, protocol::Offset{to})) {}
  /// The value of LogRun::transaction_state. A marker has that of the transaction it ends.
  char of(const protocol::StoredBatch& batch) const {
    if (!batch.data->transactional) return 0;
    const auto holds = [&](const auto& span) {
      return span.producer == batch.data->producer_id && span.first_offset <= batch.base_offset &&
             (!span.last_offset.known() || batch.base_offset <= span.last_offset);
    };
    if (std::any_of(aborted_.begin(), aborted_.end(), holds)) return 'a';
    return !batch.data->control && std::any_of(open_.begin(), open_.end(), holds) ? 'o' : 'c';
  }

 private:
  const std::vector<storage::TransactionSpan>& open_;
  std::vector<storage::AbortedTransaction> aborted_;
};

/// Records with offsets in [from, to) in runs that agree in epoch and in flags, appended to `runs`.
void add_runs(const storage::PartitionLog& log, const storage::PartitionLog* leader, std::int64_t from, std::int64_t to,
              sim::Instant now, std::vector<LogRun>& runs) {
  from = std::max(from, log.log_start_offset().value);
  to = std::min(to, log.log_end_offset().value);
  if (from >= to) return;
  const std::int64_t flushed = log.flushed_offset(now).value;
  const auto batches = log.batches();
  const TransactionStates transactions(log, from, to);
  std::int64_t next = from;
  // Offsets without a batch: the cleaner has removed them.
  const auto gap_until = [&](std::int64_t offset, std::int64_t epoch) {
    if (offset <= next) return;
    runs.push_back({});
    runs.back().base_offset = next;
    runs.back().last_offset = offset - 1;
    runs.back().leader_epoch = epoch;
    runs.back().compacted = true;
  };
  for (std::size_t i = batches.index_of(protocol::Offset{from});
       i < batches.size() && batches[i].base_offset.value < to; ++i) {
    const protocol::StoredBatch& batch = batches[i];
    const bool on_disk = batch.last_offset().value < flushed;
    const bool cut = leader != nullptr && leader != &log && not_the_leaders(batch, *leader);
    const char transaction = transactions.of(batch);
    for (int k = 0; k < batch.data->count(); ++k) {
      const std::int64_t offset = batch.base_offset.value + batch.data->offset_delta(k);
      if (offset < from || offset >= to) continue;
      gap_until(offset, batch.leader_epoch.value);
      next = offset + 1;
      const protocol::RecordView record = batch.data->records[static_cast<std::size_t>(k)];
      const bool tombstone = record.key && !record.value && record.filler == 0;
      LogRun* run = runs.empty() ? nullptr : &runs.back();
      if (run == nullptr || run->leader_epoch != batch.leader_epoch.value || run->flushed != on_disk ||
          run->control != batch.data->control || run->to_be_cut != cut || run->tombstone != tombstone ||
          run->transaction_state != transaction || run->compacted || run->last_offset + 1 != offset) {
        runs.push_back({});
        run = &runs.back();
        run->base_offset = offset;
        run->leader_epoch = batch.leader_epoch.value;
        run->flushed = on_disk;
        run->control = batch.data->control;
        run->to_be_cut = cut;
        run->tombstone = tombstone;
        run->transaction_state = transaction;
      }
      run->last_offset = offset;
      run->keys.emplace_back(record.key.value_or(""));
      if (record.value && !record.value->empty() && record.filler == 0) {
        run->values.resize(run->keys.size());
        run->values.back() = *record.value;
      }
    }
  }
  gap_until(to, log.latest_epoch().value);
}

/// Data about many partitions, indexed by partition: searching all of it for each partition would take quadratic time.
struct ByPartition {
  explicit ByPartition(const Moment& m) {
    for (const LogCut& cut : m.observation.cuts())
      if (cut.at.us + kCutShown > m.cluster.now().us) {
        if (cut.why == LogCut::Why::Moved) moved[cut.partition].insert(cut.broker);
        else (cut.why == LogCut::Why::Deleted ? deleted : cuts)[{cut.partition, cut.broker}].push_back(&cut);
      }
    for (const LeadershipMove& change : m.observation.leader_changes())
      leader_since_us[change.partition] = change.at.us;
    for (const cluster::NodeInfo& node : m.cluster.nodes())
      if (node.kind == cluster::NodeKind::Broker) add_share_windows(m.cluster, node.id);
  }

  /// Start offsets of its share groups' windows, from its leader.
  void add_share_windows(const cluster::Cluster& c, BrokerId leader) {
    const broker::Broker* b = c.broker_node(leader).valid() ? c.broker(leader) : nullptr;
    if (b == nullptr) return;
    for (const auto& [key, entry] : b->share_groups().partitions) {
      const protocol::PartitionRegistration* p = c.committed().partition(key.partition);
      const std::int64_t start = entry.partition.start_offset().value;
      if (p == nullptr || p->leader != leader || start >= entry.partition.end_offset().value) continue;
      const auto [first, added] = share_window.emplace(key.partition, start);
      if (!added) first->second = std::min(first->second, start);
    }
  }

  std::map<std::pair<TopicPartition, BrokerId>, std::vector<const LogCut*>> cuts, deleted;  // only those still shown
  std::map<TopicPartition, std::int64_t> leader_since_us, share_window;
  std::map<TopicPartition, std::set<BrokerId>> moved;  // brokers that have deleted their replica
};

/// Null if the map has no entry.
template <class Map>
const typename Map::mapped_type* find(const Map& map, const typename Map::key_type& key) {
  const auto it = map.find(key);
  return it == map.end() ? nullptr : &it->second;
}

/// The first offset at which a replica diverges from the leader, or was recently truncated; -1: none. Only the end of a
/// log can diverge.
std::int64_t cut_of(const std::vector<const LogCut*>* cuts, const storage::PartitionLog& log,
                    const storage::PartitionLog* leader) {
  std::int64_t first = cuts == nullptr ? -1 : cuts->back()->from;
  if (leader == nullptr || leader == &log) return first;
  for (std::size_t i = log.batches().size(); i > 0 && not_the_leaders(log.batches()[i - 1], *leader); --i)
    first = log.batches()[i - 1].base_offset.value;
  return first;
}

/// The former end of a log that lost its tail in a power failure; -1: it lost nothing, or its start reported the loss.
std::int64_t lost_end(const cluster::Cluster& c, BrokerId id, TopicPartition tp) {
  const broker::Broker* b = c.broker_node(id).valid() ? c.broker(id) : nullptr;
  if (b == nullptr) return -1;
  for (const auto& [index, end] : b->logs().lost_tails)
    if (b->replicas()[static_cast<std::size_t>(index)].tp == tp) return end.value;
  return -1;
}

void add_gone(ReplicaLog& l, std::int64_t from, std::int64_t end, LogCut::Why why) {
  LogRun run;
  run.base_offset = from;
  run.last_offset = end - 1;
  run.leader_epoch = -1;
  run.truncated = true;
  run.lost = why == LogCut::Why::Lost;
  const bool lost = run.lost;
  l.runs.push_back(std::move(run));
  const bool one = end - from == 1;  // a single record: its offset is enough
  const std::string count = one ? "" : std::to_string(end - from), first = std::to_string(from),
                    last = one ? "" : std::to_string(end - 1);
  l.note = lost ? both("snapshot.lost_unflushed"_w, {{"count", count}, {"from", first}, {"to", last}})
                : both("snapshot.cut_off"_w, {{"count", count}, {"from", first}, {"to", last}});
  l.note_brief = both(lost ? "snapshot.lost_unflushed_brief"_w : "snapshot.cut_off_brief"_w, {{"count", count}});
}

void add_waits(const cluster::Cluster& c, TopicPartition tp, Partition& p) {
  WatermarkWait wait = watermark_wait(c, tp);
  p.hw_waits_for_min_isr = wait.for_min_isr;
  p.hw_waits_for = std::move(wait.in_sync);
  p.hw_waits_outside = std::move(wait.outside);
  p.hw_waits_us = wait.us;
}

/// Whether the client has learned its own machine as that broker's address. It may not have tried to connect yet.
bool finds_itself(const cluster::Cluster& c, sim::NodeId client, BrokerId broker) {
  const auto in = [&](const client::MetadataCache& metadata) {
    const auto known = metadata.node(broker);
    return known && known->endpoint == client;
  };
  if (const auto* producer = c.role<client::Producer>(client)) return in(producer->metadata());
  if (const auto* consumer = c.role<client::Consumer>(client)) return in(consumer->metadata());
  const auto* sharer = c.role<client::ShareConsumer>(client);
  return sharer != nullptr && in(sharer->metadata());
}

/// The records before a share group's start offset that the leader has archived. Records that an operator skipped by
/// moving the start are not among them.
std::set<std::int64_t> archived_of(const RecordLedger::Skipped& skipped, const ShareStrip& share) {
  std::set<std::int64_t> archived;
  for (const auto& [offset, record] : skipped)
    if (record.delivered && record.archived && offset < share.start) archived.insert(offset);
  return archived;
}

void add_archived(const std::set<std::int64_t>& archived, ShareStrip& share) {
  std::vector<ShareRun> left;
  for (const std::int64_t offset : archived) {
    if (left.empty() || left.back().last_offset + 1 != offset)
      left.push_back({offset, offset, ShareState::Archived, 0, {}});
    left.back().last_offset = offset;
    ++share.archived;
  }
  share.runs.insert(share.runs.begin(), left.begin(), left.end());
}

}  // namespace

void add_skipped(const Moment& m, const Names& names, const SnapshotOptions& options, Snapshot& s) {
  if (s.ledger.all.skipped == 0) return;
  std::map<int, std::set<std::int64_t>> of_logs;
  for (const auto& [group, partitions] : m.observation.ledger().skipped_at_ends(options.tail, ClusterView(m.cluster)))
    for (const auto& [tp, skipped] : partitions) {
      const int at = names.of(tp);
      if (at < 0) continue;
      auto& shares = s.partitions[static_cast<std::size_t>(at)].shares;
      const auto share = std::find_if(shares.begin(), shares.end(),
                                      [&name = group](const ShareStrip& one) { return one.group == name; });
      const bool shared = share != shares.end();
      const std::set<std::int64_t> archived = shared ? archived_of(skipped, *share) : std::set<std::int64_t>();
      if (shared) add_archived(archived, *share);
      for (const auto& [offset, record] : skipped)
        if (!shared || !record.delivered || (offset < share->start && !archived.contains(offset)))
          of_logs[at].insert(offset);
    }
  for (const auto& [at, offsets] : of_logs)
    s.partitions[static_cast<std::size_t>(at)].skipped.assign(offsets.begin(), offsets.end());
}

void add_partitions(const Moment& m, const Names& names, const SnapshotOptions& options, Snapshot& s) {
  const cluster::Cluster& c = m.cluster;
  const ByPartition known(m);
  s.partitions.reserve(names.partitions.size());
  for (TopicPartition tp : names.partitions) {
    const protocol::PartitionRegistration& r = *c.committed().partition(tp);
    Partition p;
    p.name = c.name(tp);
    p.topic = c.topic_name(tp.topic);
    p.index = tp.partition;
    p.leader = r.leader;
    p.leader_epoch = r.leader_epoch.value;
    p.partition_epoch = r.partition_epoch;
    if (const std::int64_t* since = find(known.leader_since_us, tp)) p.leader_since_us = *since;
    p.replicas = ids(r.replicas);
    p.isr = ids(r.isr);
    p.elr = ids(r.elr);
    p.adding = ids(r.adding);
    p.removing = ids(r.removing);
    p.min_insync_replicas = c.effective_min_isr(tp);
    const storage::PartitionLog* leader = c.leader_log(tp);
    if (leader != nullptr) {
      p.log_start_offset = leader->log_start_offset().value;
      p.high_watermark = leader->high_watermark().value;
      p.last_stable_offset = leader->last_stable_offset().value;
      p.log_end_offset = leader->log_end_offset().value;
    }
    add_waits(c, tp, p);
    if (const auto* brokers = find(known.moved, tp))
      for (const BrokerId id : *brokers)
        if (!r.replicas.contains(id)) p.moved_from.push_back(id);
    std::int64_t near = -1;  // an offset around which all replicas list records, for comparison
    for (BrokerId id : r.replicas)
      if (const storage::PartitionLog* log = c.log(id, tp); log != nullptr && near < 0)
        near = cut_of(find(known.cuts, {tp, id}), *log, leader);
    if (const std::int64_t* window = find(known.share_window, tp); window != nullptr && near < 0) near = *window;
    for (BrokerId id : r.replicas) {
      const sim::NodeId node = c.broker_node(id);
      const storage::PartitionLog* log = c.log(id, tp);
      ReplicaLog l;
      l.broker = id;
      l.node = node.index;
      const std::vector<Replica>& chips = s.nodes[static_cast<std::size_t>(node.index)].replicas;  // indexed like names
      const int index = static_cast<int>(s.partitions.size());
      const auto chip = std::lower_bound(chips.begin(), chips.end(), index,
                                         [](const Replica& one, int partition) { return one.partition < partition; });
      if (chip != chips.end() && chip->partition == index) l.role = chip->role;
      l.eligible = r.elr.contains(id);
      if (log != nullptr) {
        const sim::Instant now = c.now();
        l.log_start_offset = log->log_start_offset().value;
        l.log_end_offset = log->log_end_offset().value;
        l.high_watermark = log->high_watermark().value;
        l.flushed_offset = log->flushed_offset(now).value;
        for (const storage::EpochEntry& e : log->epochs().entries())
          l.epochs.emplace_back(e.epoch.value, e.start_offset.value);
        for (const storage::Segment& segment : log->segments()) l.segments.push_back(segment.base_offset.value);
        const std::int64_t tail = l.log_end_offset - options.tail;
        const auto* deleted = find(known.deleted, {tp, id});
        if (deleted != nullptr)  // the first records that are left stand beside those that are gone
          add_runs(*log, leader, l.log_start_offset,
                   std::min(l.log_start_offset + kNear, near >= 0 ? std::min(near - kNear, tail) : tail), now, l.runs);
        if (near >= 0) add_runs(*log, leader, near - kNear, std::min(near + kNear, tail), now, l.runs);
        add_runs(*log, leader, tail, l.log_end_offset, now, l.runs);
        if (deleted != nullptr) {
          LogRun run;
          run.base_offset = deleted->front()->from;
          run.last_offset = l.log_start_offset - 1;
          run.leader_epoch = -1;
          run.deleted = true;
          if (run.base_offset <= run.last_offset) l.runs.push_back(std::move(run));
        }
        if (const std::int64_t end = lost_end(c, id, tp); end > l.log_end_offset)
          add_gone(l, l.log_end_offset, end, LogCut::Why::Lost);
        const auto* cuts = find(known.cuts, {tp, id});
        for (std::size_t i = 0; cuts != nullptr && i < cuts->size(); ++i) {
          const LogCut& cut = *(*cuts)[i];
          add_gone(l, cut.from, cut.end, cut.why);
        }
      }
      p.logs.push_back(std::move(l));
    }
    s.partitions.push_back(std::move(p));
  }
}

void tell(const Names& names, const MessageFacts& facts, Message& out) {
  out.family = facts.family;
  out.partition = names.of(facts.partition);
  out.records = facts.records;
  if (facts.refused) out.error = facts.text.str();
  else if (!facts.text.empty()) out.about = {facts.text.str(), facts.text.str()};
  if (facts.family == Family::ZooKeeper) out.epoch = facts.number;
  if (facts.new_leader >= 0) out.about = both("snapshot.led_by"_w, {{"leader", std::to_string(facts.new_leader)}});
}

void add_links(const cluster::Cluster& c, Snapshot& s) {
  const auto count = static_cast<std::int32_t>(c.nodes().size());
  const cluster::LatencySpec& usual = c.spec().network.latency;
  const std::int64_t usual_us = usual.kind == cluster::LatencySpec::Kind::Uniform ? usual.high.us : usual.p99.us;
  for (std::int32_t a = 0; a < count; ++a) {
    for (std::int32_t b = a + 1; b < count; ++b) {
      const bool there = c.is_cut({a}, {b}), back = c.is_cut({b}, {a});
      const sim::LinkConfig config = c.link({a}, {b});
      const bool slow = config.latency.a_us > usual_us;  // slower than this cluster's ordinary latency
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

void add_broken_links(const cluster::Cluster& c, Snapshot& s) {
  for (const Client& client : s.clients) {
    const Node& n = s.nodes[static_cast<std::size_t>(client.node)];
    if (n.state != NodeState::Running) continue;
    for (const Belief& b : n.beliefs) {
      if (b.leader < 0) continue;
      const sim::NodeId broker = c.broker_node(b.leader);
      const bool itself = finds_itself(c, {client.node}, b.leader);
      if (!broker.valid() || (c.alive(broker) && !itself)) continue;
      const bool asks = std::find(client.topics_partitions.begin(), client.topics_partitions.end(), b.partition) !=
                        client.topics_partitions.end();
      if (!asks) continue;
      const bool known = std::any_of(s.links.begin(), s.links.end(), [&](const Link& l) {
        return (l.a == client.node && l.b == broker.index) || (l.a == broker.index && l.b == client.node);
      });
      if (known) continue;
      Link l;
      l.a = client.node;
      l.b = broker.index;
      l.broken = true;
      l.itself = itself;
      s.links.push_back(l);
    }
  }
}

}  // namespace kafkascope::observe::snapshot_parts
