#include "coordinator/share_coordinator.h"

#include <algorithm>

#include "sim/mutant.h"

namespace kafkascope::coordinator {

using protocol::ErrorCode;
using protocol::LeaderEpoch;
using protocol::Offset;
using protocol::ShareStateBatch;

void StoredShareState::merge(Offset start, const std::vector<ShareStateBatch>& batches) {
  if (start.known()) start_offset = start;
  for (const ShareStateBatch& b : batches)
    for (Offset at = b.first; at <= b.last; at = at + 1) {
      One& one = records[at];
      if (std::pair(b.delivery_count, b.state) >= std::pair(one.delivery_count, one.state))
        one = {b.state, b.delivery_count};
    }
  records.erase(records.begin(), records.lower_bound(start_offset));
}

std::vector<ShareStateBatch> StoredShareState::batches() const {
  std::vector<ShareStateBatch> out;
  for (const auto& [at, one] : records) {
    if (!out.empty() && out.back().last + 1 == at && out.back().state == one.state &&
        out.back().delivery_count == one.delivery_count)
      out.back().last = at;
    else out.push_back({at, at, one.state, one.delivery_count});
  }
  return out;
}

ShareCoordinator::ShareCoordinator(const protocol::Config& config) {
  if (config.version() != protocol::KafkaVersion::V4_1) return;
  linger_ = sim::milliseconds(config.number("share.coordinator.append.linger.ms"));
  updates_per_snapshot_ =
      static_cast<std::int32_t>(config.number("share.coordinator.snapshot.update.records.per.snapshot"));
  partitions_ = static_cast<std::int32_t>(config.number("share.coordinator.state.topic.num.partitions"));
}

/// Simplified: it takes no time. What lies above the high watermark counts at once; an answer waits until it is committed.
void ShareCoordinator::on_elected(Host& host, std::int32_t partition, const storage::PartitionLog& log) {
  const auto [it, fresh] = shards_.try_emplace(partition);
  if (!fresh) return;  // leads on under a new epoch
  Shard& shard = it->second;
  const Offset end = log.log_end_offset();
  for (Offset at = log.log_start_offset(); at < end;) {
    const auto batches = log.read(at, end, 5 * 1024 * 1024, true);  // share.coordinator.load.buffer.size
    if (batches.empty())
      return host.ctx().fault("the log of __share_group_state can be read from its start to its end");
    for (const auto& batch : batches) {
      at = batch.next_offset();
      for (const protocol::RecordView record : batch.data->records)
        if (!sim::mutant("share-state-not-loaded")) replay_share_state(shard.states, record);
    }
  }
  if (log.high_watermark() >= end) return;
  Batch loaded;
  loaded.token = next_token_++;
  const std::uint64_t token = loaded.token;
  shard.in_flight.push_back(std::move(loaded));
  host.await_committed(partition, end, token);
}

void ShareCoordinator::on_resigned(Host& host, std::int32_t partition) {
  const auto it = shards_.find(partition);
  if (it == shards_.end()) return;
  Shard shard = std::move(it->second);
  shards_.erase(it);
  const auto give_up = [&](Batch& batch) {
    for (Answer& a : batch.answers) {
      protocol::visit(
          [](auto& body) {
            if constexpr (requires { body.error = ErrorCode::NOT_COORDINATOR; })
              body.error = ErrorCode::NOT_COORDINATOR;
          },
          a.body);
      host.reply(a.request, std::move(a.body));
    }
  };
  for (Batch& batch : shard.in_flight) give_up(batch);
  if (shard.gathering) give_up(*shard.gathering);
}

void ShareCoordinator::on_topic_deleted(Host& host, protocol::TopicId topic) {
  for (auto& [partition, shard] : shards_) {
    std::vector<SharePartitionKey> gone;
    for (const auto& [key, state] : shard.states)
      if (key.partition.topic == topic) gone.push_back(key);
    for (const SharePartitionKey& key : gone) {
      Batch& batch = open_batch(shard, partition);
      batch.before.try_emplace(key, shard.states[key]);
      batch.records.push_back(encode_share_tombstone(key, host.ctx().wall_clock_ms()));
      shard.states.erase(key);
    }
  }
}

void ShareCoordinator::on_death() {
  shards_.clear();
  lingering_.clear();
}

const StoredShareState* ShareCoordinator::state(const SharePartitionKey& key) const {
  for (const auto& [partition, shard] : shards_)
    if (const auto it = shard.states.find(key); it != shard.states.end()) return &it->second;
  return nullptr;
}

ShareCoordinator::Shard* ShareCoordinator::shard_for(Host& host, const SharePartitionKey& key,
                                                     std::int32_t& partition) {
  const std::int32_t known = host.metadata().partition_count(kShareStateTopic);
  partition = protocol::partition_for(key.text(), known > 0 ? known : partitions_);
  const auto it = shards_.find(partition);
  return it == shards_.end() ? nullptr : &it->second;
}

/// Each request: is it for us, does it fit what is stored (`check` says so, and stores), and an answer when all before it is committed.
template <class Response, class Request, class Check>
void ShareCoordinator::answer(Host& host, RequestHandle request, const Request& r, Check&& check) {
  const SharePartitionKey key{r.group_id, r.partition};
  std::int32_t partition = -1;
  Shard* shard = shard_for(host, key, partition);
  Response response;
  if (shard == nullptr) {
    response.error = ErrorCode::NOT_COORDINATOR;
    return host.reply(request, std::move(response));
  }
  if (host.metadata().partition(r.partition) == nullptr) response.error = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
  else check(*shard, partition, key, response);
  Batch* last = shard->gathering ? &*shard->gathering : shard->in_flight.empty() ? nullptr : &shard->in_flight.back();
  if (last == nullptr || response.error != ErrorCode::NONE) return host.reply(request, std::move(response));
  last->answers.push_back({request, std::move(response)});
}

void ShareCoordinator::handle(Host& host, RequestHandle request, const protocol::InitializeShareGroupStateRequest& r) {
  answer<protocol::InitializeShareGroupStateResponse>(
      host, request, r, [&](Shard& shard, std::int32_t partition, const SharePartitionKey& key, auto& response) {
        const auto it = shard.states.find(key);
        if (it != shard.states.end() && it->second.state_epoch > r.state_epoch) {
          response.error = ErrorCode::FENCED_STATE_EPOCH;
          return;
        }
        // A new beginning: what was stored under an older state epoch is gone.
        Batch& batch = open_batch(shard, partition);
        batch.before.try_emplace(key, it == shard.states.end() ? std::nullopt : std::optional(it->second));
        StoredShareState fresh;
        if (it != shard.states.end()) fresh.snapshot_epoch = it->second.snapshot_epoch + 1;
        fresh.state_epoch = r.state_epoch;
        fresh.start_offset = r.start_offset;
        batch.records.push_back(encode_share_snapshot(key, fresh, host.ctx().wall_clock_ms()));
        shard.states.insert_or_assign(key, std::move(fresh));
      });
}

/// A newer leader reads: from then on the older one is fenced.
void ShareCoordinator::handle(Host& host, RequestHandle request, const protocol::ReadShareGroupStateRequest& r) {
  answer<protocol::ReadShareGroupStateResponse>(
      host, request, r, [&](Shard& shard, std::int32_t partition, const SharePartitionKey& key, auto& response) {
        const auto it = shard.states.find(key);
        if (it == shard.states.end()) response.error = ErrorCode::INVALID_REQUEST;  // never initialized, or forgotten
        else if (it->second.leader_epoch > r.leader_epoch) response.error = ErrorCode::FENCED_LEADER_EPOCH;
        if (response.error != ErrorCode::NONE) return;
        response.state_epoch = it->second.state_epoch;
        response.start_offset = it->second.start_offset;
        response.state_batches = it->second.batches();
        if (it->second.leader_epoch == r.leader_epoch) return;
        ++writes_;
        store(host, shard, partition, key, response.state_epoch, r.leader_epoch, response.start_offset, {});
      });
}

void ShareCoordinator::handle(Host& host, RequestHandle request, const protocol::ReadShareGroupStateSummaryRequest& r) {
  answer<protocol::ReadShareGroupStateSummaryResponse>(
      host, request, r, [&](Shard& shard, std::int32_t, const SharePartitionKey& key, auto& response) {
        const auto it = shard.states.find(key);
        if (it == shard.states.end()) return;
        response.state_epoch = it->second.state_epoch;
        response.leader_epoch = it->second.leader_epoch;
        response.start_offset = it->second.start_offset;
      });
}

void ShareCoordinator::handle(Host& host, RequestHandle request, const protocol::WriteShareGroupStateRequest& r) {
  answer<protocol::WriteShareGroupStateResponse>(
      host, request, r, [&](Shard& shard, std::int32_t partition, const SharePartitionKey& key, auto& response) {
        ++writes_;
        const auto it = shard.states.find(key);
        if (it == shard.states.end()) response.error = ErrorCode::INVALID_REQUEST;
        else if (it->second.leader_epoch > r.leader_epoch) response.error = ErrorCode::FENCED_LEADER_EPOCH;
        else if (it->second.state_epoch > r.state_epoch) response.error = ErrorCode::FENCED_STATE_EPOCH;
        if (response.error != ErrorCode::NONE) return;
        store(host, shard, partition, key, r.state_epoch, r.leader_epoch, r.start_offset, r.state_batches);
      });
}

void ShareCoordinator::handle(Host& host, RequestHandle request, const protocol::DeleteShareGroupStateRequest& r) {
  answer<protocol::DeleteShareGroupStateResponse>(
      host, request, r, [&](Shard& shard, std::int32_t partition, const SharePartitionKey& key, auto&) {
        const auto it = shard.states.find(key);
        if (it == shard.states.end()) return;
        Batch& batch = open_batch(shard, partition);
        batch.before.try_emplace(key, it->second);
        batch.records.push_back(encode_share_tombstone(key, host.ctx().wall_clock_ms()));
        shard.states.erase(it);
      });
}

/// Kafka: ShareCoordinatorShard.generateShareStateRecord.
void ShareCoordinator::store(Host& host, Shard& shard, std::int32_t partition, const SharePartitionKey& key,
                             std::int32_t state_epoch, LeaderEpoch leader_epoch, Offset start,
                             const std::vector<ShareStateBatch>& batches) {
  Batch& batch = open_batch(shard, partition);
  const auto it = shard.states.find(key);
  batch.before.try_emplace(key, it == shard.states.end() ? std::nullopt : std::optional(it->second));
  const bool first = it == shard.states.end();
  StoredShareState& state = shard.states[key];
  const bool snapshot = first || state.updates >= updates_per_snapshot_;
  state.state_epoch = state_epoch;
  if (leader_epoch.value >= 0) state.leader_epoch = leader_epoch;
  state.merge(start, batches);
  if (snapshot) {
    if (!first) ++state.snapshot_epoch;
    state.updates = 0;
    batch.records.push_back(encode_share_snapshot(key, state, host.ctx().wall_clock_ms()));
  } else {
    ++state.updates;
    batch.records.push_back(
        encode_share_update(key, state.snapshot_epoch, leader_epoch, start, batches, host.ctx().wall_clock_ms()));
  }
}

// ---- the log

ShareCoordinator::Batch& ShareCoordinator::open_batch(Shard& shard, std::int32_t partition) {
  if (!shard.gathering) {
    shard.gathering = Batch{};
    shard.gathering->token = next_token_++;
    lingering_.push_back(partition);
  }
  return *shard.gathering;
}

void ShareCoordinator::flush(Host& host, std::int32_t partition) {
  const auto it = shards_.find(partition);
  if (it == shards_.end() || !it->second.gathering) return;
  Shard& shard = it->second;
  Batch batch = *std::exchange(shard.gathering, std::nullopt);
  protocol::RecordBatch records;
  records.records = std::exchange(batch.records, {});
  const std::uint64_t token = batch.token;
  shard.in_flight.push_back(std::move(batch));
  host.append(partition, protocol::seal(std::move(records)), token);
}

void ShareCoordinator::on_append_done(Host& host, std::uint64_t token, ErrorCode error) {
  for (auto& [partition, shard] : shards_) {
    const auto it =
        std::find_if(shard.in_flight.begin(), shard.in_flight.end(), [&](const Batch& b) { return b.token == token; });
    if (it == shard.in_flight.end()) continue;
    Batch batch = std::move(*it);
    shard.in_flight.erase(it);
    if (error != ErrorCode::NONE) {
      // What could not be appended has not happened, nor has what was done on top of it.
      for (auto& [key, was] : batch.before) {
        if (was) shard.states.insert_or_assign(key, *was);
        else shard.states.erase(key);
        for (Batch& later : shard.in_flight) later.before.erase(key);
        if (shard.gathering) shard.gathering->before.erase(key);
      }
    }
    for (Answer& a : batch.answers) {
      if (error != ErrorCode::NONE)
        protocol::visit(
            [&](auto& body) {
              if constexpr (requires { body.error = error; }) body.error = append_error_to_response_error(error);
            },
            a.body);
      host.reply(a.request, std::move(a.body));
    }
    return;
  }
}

}  // namespace kafkascope::coordinator
