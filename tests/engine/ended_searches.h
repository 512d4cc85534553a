// The index of aborted transactions of each replica, built from what the trace says of its appends.
#pragma once
#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "engine/excuse_run.h"
#include "protocol/facts_of_logs.h"
#include "protocol/transaction_marker.h"

namespace kafkascope::transaction_swarm {

/// A follower that copies several transactions of one producer at a time writes an entry into the index of aborted ones whose last stable offset ignores the
/// producer's next transaction (ProducerStateManager.lastStableOffset). When that replica leads, a search that ends at such an entry does not find the next one
/// (TransactionIndex.collectAbortedTxns), and a reader that only gets the next transaction's first records takes them for committed. The classes of 4.1.0 do
/// the same.
class EndedSearches {
 public:
  /// Each batch that a replica appends. A follower appends all batches of a fetch response at once (UnifiedLog.appendAsFollower).
  void on_batch(const sim::TraceLine& line, TopicPartition tp, Offset base, const protocol::RecordBatch& batch,
                bool led) {
    if (!batch.transactional) return;
    Replica& replica = replicas_[{line.node.index, tp}];
    if (led || replica.appended != line.time) replica.finish();
    if (!replica.batches.empty() && !(replica.batches.back().base < base)) replica.cut(base);
    replica.appended = line.time;
    replica.batches.push_back({base, base + batch.last_offset_delta() + 1, &batch});
  }
  void on_cut(const sim::TraceLine& line, const fact::LogTruncated& cut) {
    if (const auto of = replicas_.find({line.node.index, cut.partition}); of != replicas_.end()) of->second.cut(cut.to);
  }
  /// Only a leader answers readers.
  void on_leader(const sim::TraceLine& line, const fact::BecameLeader& leads) {
    Replica& replica = replicas_[{line.node.index, leads.partition}];
    replica.finish();
    for (Entry& entry : replica.index) entry.led = true;
  }
  /// What a search that ends at an entry of a later leader does not find. Call at the end.
  void look(TopicPartition tp) {
    for (auto& [where, replica] : replicas_) {
      if (where.second != tp) continue;
      replica.finish();
      for (std::size_t i = 0; i < replica.index.size(); ++i)
        for (std::size_t next = i + 1; replica.index[i].led && next < replica.index.size(); ++next) {
          const Entry &entry = replica.index[i], &missed = replica.index[next];
          if (missed.producer != entry.producer) continue;
          for (const Batch& batch : replica.batches)
            if (batch.data->producer_id == entry.producer && !batch.data->control && missed.first <= batch.base &&
                batch.base < entry.last_stable)
              for (Offset o = batch.base; o < batch.next; o = o + 1) excuse.shown.insert({tp, o});
        }
    }
  }

  Excuse excuse =
      because("a search in the index of aborted transactions ended before a transaction that it should find");

 private:
  struct Batch {
    Offset base, next;
    const protocol::RecordBatch* data;  // the trace keeps it
  };
  struct Open {
    ProducerId producer;
    Offset first;
  };
  struct Entry {
    ProducerId producer;
    Offset first, marker, last_stable;
    bool led = false;  // the replica was elected afterwards
  };
  struct Replica {
    std::vector<Batch> batches;
    std::size_t finished = 0;  // of the batches: those of earlier appends
    std::vector<Open> open;    // after the finished ones
    std::vector<Entry> index;
    sim::Instant appended{-1};  // the last batch

    /// The transactions that end in this append count as open until all its batches are there.
    void finish() {
      std::vector<std::pair<Open, const Batch*>> completed;
      for (; finished < batches.size(); ++finished) {
        const Batch& batch = batches[finished];
        const ProducerId producer = batch.data->producer_id;
        const auto of = std::find_if(open.begin(), open.end(), [&](const Open& t) {
          return t.producer == producer && std::none_of(completed.begin(), completed.end(),
                                                        [&](const auto& c) { return c.first.first == t.first; });
        });
        if (!protocol::marker_in(*batch.data)) {
          if (of == open.end()) open.push_back({producer, batch.base});
        } else if (of != open.end()) {
          completed.emplace_back(*of, &batch);
        }
      }
      for (const auto& [transaction, marker] : completed) {
        const Open& ended = transaction;
        const auto other =
            std::find_if(open.begin(), open.end(), [&](const Open& t) { return t.producer != ended.producer; });
        if (protocol::marker_in(*marker->data)->result == protocol::TransactionResult::Abort)
          index.push_back(
              {ended.producer, ended.first, marker->base, other == open.end() ? marker->base + 1 : other->first});
        std::erase_if(open, [&](const Open& t) { return t.first == ended.first; });
      }
    }
    void cut(Offset to) {
      finish();
      std::erase_if(batches, [&](const Batch& b) { return !(b.base < to); });
      std::vector<Entry> kept = index;
      std::erase_if(kept, [&](const Entry& e) { return !(e.marker < to); });
      open.clear(), index.clear();
      for (finished = 0; finished < batches.size();) finish();
      index = std::move(kept);
    }
  };
  std::map<std::pair<std::int32_t, TopicPartition>, Replica> replicas_;
};

}  // namespace kafkascope::transaction_swarm
