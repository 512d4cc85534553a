#include "engine/transaction_oracle.h"

#include <algorithm>
#include <variant>

#include "coordinator/transaction_coordinator_shard.h"
#include "protocol/metadata_image.h"
#include "protocol/records.h"
#include "protocol/transaction_marker.h"
#include "storage/partition_log.h"

namespace kafkascope::test {

namespace {

/// One partition, in the order of its log.
class Walk {
 public:
  Walk(ReadableTopic& topic, std::int32_t partition) : topic_(topic), partition_(partition) {}

  void on_batch(const protocol::StoredBatch& stored) {
    const protocol::RecordBatch& batch = *stored.data;
    if (const auto marker = protocol::marker_in(batch)) {
      const auto ended = open_.extract(batch.producer_id);
      if (!ended.empty() && marker->result == protocol::TransactionResult::Commit)
        for (const protocol::StoredBatch* of : ended.mapped()) commit(*of);
      return;
    }
    for (int i = 0; i < batch.count(); ++i)
      topic_.all[partition_].push_back((stored.base_offset + batch.offset_delta(i)).value);
    if (batch.transactional) open_[batch.producer_id].push_back(&stored);
    else commit(stored);
  }

  void end() {
    std::vector<std::int64_t>& offsets = topic_.committed[partition_];
    std::sort(offsets.begin(), offsets.end());
    for (const auto& [producer, batches] : open_) topic_.open[partition_].insert(producer);
  }

 private:
  void commit(const protocol::StoredBatch& stored) {
    const protocol::RecordBatch& batch = *stored.data;
    for (int i = 0; i < batch.count(); ++i) {
      const protocol::RecordView record = batch.records[static_cast<std::size_t>(i)];
      topic_.committed[partition_].push_back((stored.base_offset + batch.offset_delta(i)).value);
      ++topic_.copies[{batch.client, record.number}];
      if (record.key) ++topic_.keys[std::string(*record.key)];
    }
  }

  ReadableTopic& topic_;
  std::int32_t partition_;
  std::map<protocol::ProducerId, std::vector<const protocol::StoredBatch*>> open_;
};

/// f(number, leader's log).
template <class F>
void for_each_partition(const cluster::Cluster& cluster, const std::string& topic, F&& f) {
  const protocol::TopicImage* image = cluster.committed().topic(cluster.committed().topic_id(topic));
  if (image == nullptr) return;
  for (std::size_t p = 0; p < image->partitions.size(); ++p)
    if (const storage::PartitionLog* log = cluster.leader_log({image->id, static_cast<std::int32_t>(p)}))
      f(static_cast<std::int32_t>(p), *log);
}

/// What was decided, or written, for one producer in one partition: runs of equal results, in order.
struct Runs {
  std::vector<std::pair<protocol::TransactionResult, int>> runs;
  void add(protocol::TransactionResult result) {
    if (runs.empty() || runs.back().first != result) runs.emplace_back(result, 0);
    ++runs.back().second;
  }
};
using Ends = std::map<std::pair<protocol::TopicPartition, protocol::ProducerId>, Runs>;

Ends decisions(const cluster::Cluster& cluster) {
  using coordinator::TransactionState;
  Ends ends;
  for_each_partition(
      cluster, std::string(coordinator::kTransactionStateTopic), [&](std::int32_t, const storage::PartitionLog& log) {
        for (const protocol::StoredBatch& batch : log.batches())
          for (int i = 0; i < batch.data->count(); ++i) {
            const auto record =
                coordinator::TransactionCoordinatorShard::decode(batch.data->records[static_cast<std::size_t>(i)]);
            if (!record) continue;
            const auto& value = std::get<0>(*record).value;
            if (!value || (value->transaction_status != TransactionState::PrepareCommit &&
                           value->transaction_status != TransactionState::PrepareAbort))
              continue;
            const bool commits = value->transaction_status == TransactionState::PrepareCommit;
            for (const protocol::TopicPartition p : value->transaction_partitions)
              ends[{p, value->producer_id}].add(commits ? protocol::TransactionResult::Commit
                                                        : protocol::TransactionResult::Abort);
          }
      });
  return ends;
}

}  // namespace

std::string differs_from_decisions(const cluster::Cluster& cluster, const std::vector<std::string>& topics) {
  Ends decided = decisions(cluster), written;
  std::erase_if(decided, [&](const auto& of) {
    const std::string name = cluster.topic_name(of.first.first.topic);
    return std::find(topics.begin(), topics.end(), name) == topics.end();
  });
  for (const std::string& topic : topics)
    for_each_partition(cluster, topic, [&](std::int32_t partition, const storage::PartitionLog& log) {
      for (const protocol::StoredBatch& batch : log.batches())
        if (const auto marker = protocol::marker_in(*batch.data))
          written[{{cluster.committed().topic_id(topic), partition}, batch.data->producer_id}].add(marker->result);
    });
  for (const auto& [where, runs] : decided) written[where];
  for (const auto& [where, runs] : written) {
    const auto& wanted = decided[where].runs;
    const bool same = std::equal(runs.runs.begin(), runs.runs.end(), wanted.begin(), wanted.end(),
                                 [](const auto& a, const auto& b) { return a.first == b.first && a.second >= b.second; });
    if (!same)
      return cluster.name(where.first) + " has other markers of producer " + std::to_string(where.second) +
             " than its coordinator decided";
  }
  return "";
}

ReadableTopic readable_topic(const cluster::Cluster& cluster, const std::string& topic) {
  ReadableTopic readable;
  for_each_partition(cluster, topic, [&](std::int32_t partition, const storage::PartitionLog& log) {
    Walk walk(readable, partition);
    for (const protocol::StoredBatch& batch : log.batches()) walk.on_batch(batch);
    walk.end();
  });
  return readable;
}

std::vector<std::string> unstable_partitions(const cluster::Cluster& cluster, const std::string& topic) {
  std::vector<std::string> names;
  for_each_partition(cluster, topic, [&](std::int32_t partition, const storage::PartitionLog& log) {
    if (log.last_stable_offset() < log.high_watermark()) names.push_back(topic + "-" + std::to_string(partition));
  });
  return names;
}

}  // namespace kafkascope::test
