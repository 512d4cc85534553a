#include "client/producer_sequences.h"

#include <algorithm>
#include <limits>

#include "sim/mutant.h"

namespace kafkascope::client {

using protocol::TopicPartition;

std::int32_t increment_sequence(std::int32_t sequence, std::int32_t by) {
  constexpr std::int32_t kMax = std::numeric_limits<std::int32_t>::max();
  return sequence > kMax - by ? by - (kMax - sequence) - 1 : sequence + by;
}

bool ProducerSequences::has_in_flight(TopicPartition p) const {
  const auto it = entries_.find(p);
  return it != entries_.end() && !it->second.in_flight.empty();
}
BatchId ProducerSequences::first_in_flight(TopicPartition p) const {
  const auto it = entries_.find(p);
  return it == entries_.end() || it->second.in_flight.empty() ? 0 : it->second.in_flight.front();
}
bool ProducerSequences::has_stale_producer(TopicPartition p) const {
  const auto it = entries_.find(p);
  return it != entries_.end() && it->second.producer != producer_;
}
bool ProducerSequences::is_next_sequence(TopicPartition p, std::int32_t sequence) const {
  const auto it = entries_.find(p);
  return sequence - (it == entries_.end() ? -1 : it->second.last_acked_sequence) == 1;
}
bool ProducerSequences::is_next_after_unresolved(TopicPartition p, std::int32_t sequence) const {
  const auto it = unresolved_.find(p);
  return it != unresolved_.end() && sequence == it->second;
}
void ProducerSequences::mark_unresolved(TopicPartition p, std::int32_t next_sequence) {
  std::int32_t& n = unresolved_.try_emplace(p, next_sequence).first->second;
  n = std::max(n, next_sequence);
}
void ProducerSequences::remove_in_flight(TopicPartition p, BatchId batch) {
  const auto it = entries_.find(p);
  if (it != entries_.end()) std::erase(it->second.in_flight, batch);
}
void ProducerSequences::retarget(protocol::TopicId before, protocol::TopicId now) {
  const auto move = [&](auto& map) {
    const TopicPartition first{before, 0};
    for (auto it = map.lower_bound(first); it != map.end() && it->first.topic == before; it = map.lower_bound(first)) {
      auto moved = std::move(it->second);
      const TopicPartition p{now, it->first.partition};
      map.erase(it);
      map[p] = std::move(moved);
    }
  };
  move(entries_);
  move(unresolved_);
  std::set<TopicPartition> rewrite;
  for (TopicPartition p : rewrite_) rewrite.insert(p.topic == before ? TopicPartition{now, p.partition} : p);
  rewrite_ = std::move(rewrite);
}
void ProducerSequences::replace_in_flight(TopicPartition p, BatchId batch, const std::vector<BatchId>& parts) {
  std::vector<BatchId>& list = entries_[p].in_flight;
  auto at = std::find(list.begin(), list.end(), batch);
  if (at != list.end()) at = list.erase(at);
  list.insert(at, parts.begin(), parts.end());
}
void ProducerSequences::reset_sequences() {
  entries_.clear();
  unresolved_.clear();
}
void ProducerSequences::reset_sequence_of(TopicPartition p) {
  entries_.erase_key(p);
  unresolved_.erase(p);
}
void ProducerSequences::on_acked(TopicPartition p, std::int32_t last_sequence, std::int64_t last_offset,
                                 BatchId batch) {
  Entry& e = entries_[p];
  e.last_acked_sequence = std::max(e.last_acked_sequence, last_sequence);
  e.last_acked_offset = std::max(e.last_acked_offset, last_offset);
  std::erase(e.in_flight, batch);
}
void ProducerSequences::request_epoch_bump(TopicPartition p) {
  bump_required_ = !sim::mutant("epoch-bump-forgotten");
  rewrite_.insert(p);
}
void ProducerSequences::resolve_sequences() {
  for (auto it = unresolved_.begin(); it != unresolved_.end();) {
    if (has_in_flight(it->first)) {
      ++it;
      continue;
    }
    if (!is_next_sequence(it->first, entries_[it->first].next_sequence)) request_epoch_bump(it->first);
    it = unresolved_.erase(it);
  }
}

}  // namespace kafkascope::client
