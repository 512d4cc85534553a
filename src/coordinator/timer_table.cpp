#include "coordinator/timer_table.h"

namespace kafkascope::coordinator {

void TimerTable::schedule(protocol::Context& ctx, const TimerKey& key, sim::Duration in, sim::Duration retry_backoff) {
  cancel(ctx, key);
  std::uint32_t slot;
  if (free_.empty()) {
    slot = static_cast<std::uint32_t>(slots_.size());
    slots_.emplace_back();
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  Entry& e = slots_[slot];
  e.key = key;
  e.used = true;
  e.total = e.timeout = in;
  e.retry_backoff = retry_backoff;
  e.due = ctx.now() + in;
  const std::uint64_t arg = (static_cast<std::uint64_t>(e.generation) << 32) | slot;
  e.timer = ctx.set_timer(in, number_of(key.kind), arg);
  by_key_[key] = slot;
}

void TimerTable::retry(protocol::Context& ctx, const Due& due) {
  schedule(ctx, due, due.retry_backoff, due.retry_backoff);
  slots_[by_key_.at(due)].timeout = due.timeout;
}

void TimerTable::cancel(protocol::Context& ctx, const TimerKey& key) {
  auto it = by_key_.find(key);
  if (it == by_key_.end()) return;
  const std::uint32_t slot = it->second;
  ctx.cancel(slots_[slot].timer);
  release(slot);
}

void TimerTable::cancel_partition(protocol::Context& ctx, std::int32_t partition) {
  for (std::uint32_t slot = 0; slot < slots_.size(); ++slot) {
    if (!slots_[slot].used || slots_[slot].key.partition != partition) continue;
    ctx.cancel(slots_[slot].timer);
    release(slot);
  }
}

std::optional<TimerTable::Due> TimerTable::take(std::uint16_t kind, std::uint64_t arg) {
  const auto slot = static_cast<std::uint32_t>(arg & 0xffffffffu);
  const auto generation = static_cast<std::uint32_t>(arg >> 32);
  if (slot >= slots_.size()) return std::nullopt;
  const Entry& e = slots_[slot];
  if (!e.used || e.generation != generation || number_of(e.key.kind) != kind) return std::nullopt;
  Due due{e.key, e.retry_backoff, e.timeout};
  release(slot);
  return due;
}

const TimerTable::Entry* TimerTable::find(const TimerKey& key) const {
  auto it = by_key_.find(key);
  return it == by_key_.end() ? nullptr : &slots_[it->second];
}

void TimerTable::release(std::uint32_t slot) {
  Entry& e = slots_[slot];
  by_key_.erase(e.key);
  e.key = {};
  e.timer = {};
  e.used = false;
  ++e.generation;
  free_.push_back(slot);
}

}  // namespace kafkascope::coordinator
