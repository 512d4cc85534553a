// Partitions that a member of a group of the newer protocol gives up while its program works on their records.
#pragma once
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/excuse_run.h"
#include "protocol/facts_of_groups.h"

namespace kafkascope::transaction_swarm {

/// Without automatic commits a member of the newer protocol gives up partitions whenever its coordinator asks for them, also between two polls (AbstractMembershipManager.maybeReconcile, in
/// the background thread; no listener holds it up), and also when it is fenced and joins again. The next heartbeat gives it the new epoch, and groupMetadata() gives that to the program (AsyncKafkaConsumer.updateGroupMetadata), which commits with it the
/// offsets of a partition that is another member's by now. The coordinator compares epochs, not partitions. The other member has read the same records. A classic member takes part in a rebalance only in poll().
class GivenUp {
 public:
  void on_line(const Run& run, const sim::TraceLine& line) {
    if (is<fact::NodeStarted>(line)) {
      polled_.erase(line.node.index);
    } else if (const auto read = fact_if<fact::RecordDelivered>(line)) {
      if (!run.copies(line.node.index)) return;
      Poll& poll = polled_[line.node.index];
      if (poll.at != line.time) poll = {line.time, {}};
      auto& offsets = poll.offsets[read->partition];
      for (std::int64_t o = read->first_offset.value; o <= read->last_offset.value; ++o) offsets.insert(o);
    } else if (const auto revoked = fact_if<fact::PartitionsRevoked>(line)) {
      note(run, line, revoked->partitions.names());
    } else if (const auto lost = fact_if<fact::PartitionsLost>(line)) {
      note(run, line, lost->partitions.names());
    } else if (const auto committed = fact_if<fact::OffsetCommitted>(line)) {
      // Its commit may put the group back behind what the other member has committed.
      const auto [before, first] = committed_.try_emplace(committed->partition, committed->offset.value);
      if (!first && committed->offset.value < before->second)
        for (const Moment& moment : given_up_)
          if (moment.partition == committed->partition)
            for (std::int64_t o = committed->offset.value; o < before->second; ++o) again_[moment.partition].insert(o);
      before->second = committed->offset.value;
    }
  }

  /// Excuses the effects of those records of which the member's transaction was committed after it had given the partition up.
  void look(const Run& run) {
    for (const Moment& moment : given_up_) {
      const std::set<std::string> keys = keys_of(run, moment.partition, moment.offsets);
      const auto transaction = run.told.transaction_ended_after(moment.node, moment.at);
      if (!transaction) continue;
      for (const test::RecordId& record : transaction->records())
        if (const std::string* key = run.key(record); key != nullptr && keys.contains(*key))
          excuse.keys[*key].insert(record);
    }
    for (const auto& [tp, offsets] : again_)
      for (const std::string& key : keys_of(run, tp, offsets)) run.each_copy_of(key, excuse.keys[key]);
  }

  Excuse excuse = because(
      "a member of the newer protocol gave up a partition while its program worked on records of it, and committed them with its new epoch");

 private:
  void note(const Run& run, const sim::TraceLine& line, const std::vector<std::string>& names) {
    const auto poll = polled_.find(line.node.index);
    if (poll == polled_.end()) return;
    for (const auto& [tp, offsets] : poll->second.offsets)
      if (std::find(names.begin(), names.end(), run.cluster.name(tp)) != names.end())
        given_up_.push_back({line.time, line.node.index, tp, offsets});
  }
  struct Poll {
    sim::Instant at{-1};
    std::map<TopicPartition, std::set<std::int64_t>> offsets;
  };
  struct Moment {
    sim::Instant at;
    std::int32_t node;
    TopicPartition partition;
    std::set<std::int64_t> offsets;
  };
  static std::set<std::string> keys_of(const Run& run, TopicPartition tp, const std::set<std::int64_t>& offsets) {
    std::set<std::string> keys;
    if (const storage::PartitionLog* log = run.cluster.leader_log(tp))
      for (const protocol::StoredBatch& batch : log->batches())
        for (int i = 0; i < batch.data->count(); ++i)
          if (const auto& key = batch.data->records[static_cast<std::size_t>(i)].key;
              key && offsets.contains((batch.base_offset + batch.data->offset_delta(i)).value))
            keys.emplace(*key);
    return keys;
  }
  std::map<std::int32_t, Poll> polled_;  // by node: its last poll
  std::vector<Moment> given_up_;
  std::map<TopicPartition, std::int64_t> committed_;
  std::map<TopicPartition, std::set<std::int64_t>> again_;
};

}  // namespace kafkascope::transaction_swarm
