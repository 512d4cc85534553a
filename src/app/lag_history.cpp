#include "app/lag_history.h"

#include <algorithm>

#include "protocol/facts_of_groups.h"
#include "protocol/facts_of_logs.h"
#include "scenario/session.h"

namespace kafkascope::app {

using protocol::TopicPartition;

namespace {
constexpr std::int64_t kSpan = 30'000'000;
constexpr std::int64_t kRateSpan = 3'000'000;  // long enough for a request that takes a second
constexpr std::int64_t kNoOffset = -1;
constexpr int kSamples = 31;
constexpr std::size_t kMostTracked = 64;  // per group: no panel has room for more

using Offsets = observe::Steps<std::int64_t>;

std::int64_t lag_at(const Offsets& high_watermark, const Offsets& committed, std::int64_t us) {
  const std::int64_t stored = observe::step_at(committed, us, kNoOffset);
  return stored < 0 ? 0 : std::max<std::int64_t>(0, observe::step_at(high_watermark, us, kNoOffset) - stored);
}

/// The greatest lag from one time up to another, exclusive.
std::int64_t greatest_lag(const Offsets& high_watermark, const Offsets& committed, std::int64_t from, std::int64_t to) {
  const auto later = [](std::int64_t us, const auto& step) { return us < step.first; };
  auto end = std::upper_bound(high_watermark.begin(), high_watermark.end(), from, later);
  auto stored = std::upper_bound(committed.begin(), committed.end(), from, later);
  std::int64_t high = end == high_watermark.begin() ? kNoOffset : std::prev(end)->second;
  std::int64_t read = stored == committed.begin() ? kNoOffset : std::prev(stored)->second;
  std::int64_t most = 0;
  for (std::int64_t next = from; next < to || next == from;) {
    if (read >= 0) most = std::max(most, high - read);
    next = std::min(end == high_watermark.end() ? to : end->first, stored == committed.end() ? to : stored->first);
    if (next >= to) break;
    for (; end != high_watermark.end() && end->first == next; ++end) high = end->second;
    for (; stored != committed.end() && stored->first == next; ++stored) read = stored->second;
  }
  return most;
}

}  // namespace

void LagHistory::follow(const scenario::Session& session) {
  const observe::TraceStore& trace = session.observation().trace();
  for (std::size_t i = trace.first_from(seen_ + 1); i < trace.size(); ++i) {
    const sim::TraceLine& l = trace[i];
    seen_ = l.seq;
    if (const auto f = fact_if<fact::HighWatermarkAdvanced>(l))
      high_watermark_[f->partition].emplace_back(l.time.us, f->to.value);
    if (const auto f = fact_if<fact::OffsetCommitted>(l))
      committed_[{f->group.str(), f->partition}].emplace_back(l.time.us, f->offset.value);
  }
}

std::int64_t LagHistory::lag(const std::string& group, TopicPartition tp, std::int64_t us) const {
  const auto committed = committed_.find({group, tp});
  const std::int64_t stored = committed == committed_.end() ? -1 : observe::step_at(committed->second, us, kNoOffset);
  const auto known = high_watermark_.find(tp);
  return stored < 0
             ? -1
             : std::max<std::int64_t>(
                   0, (known == high_watermark_.end() ? 0 : observe::step_at(known->second, us, kNoOffset)) - stored);
}

void LagHistory::fill_rates(observe::Snapshot& snapshot, const scenario::Session& session) const {
  const std::int64_t now = session.now().us, from = now - kRateSpan;
  if (from < 0) return;
  for (observe::Partition& partition : snapshot.partitions) {
    const TopicPartition tp{session.cluster().committed().topic_id(partition.topic), partition.index};
    const auto known = high_watermark_.find(tp);
    if (known == high_watermark_.end()) {
      partition.records_per_s = 0;  // never written
      continue;
    }
    const std::int64_t records = observe::step_at(known->second, now, 0) - observe::step_at(known->second, from, 0);
    partition.records_per_s = std::max<std::int64_t>(0, (records * 1'000'000 + kRateSpan / 2) / kRateSpan);
  }
}

void LagHistory::fill(observe::Snapshot& snapshot, const scenario::Session& session) const {
  fill_rates(snapshot, session);
  const std::int64_t now = session.now().us;
  for (observe::Group& group : snapshot.groups)
    for (std::size_t n = 0; n < std::min(group.partitions.size(), kMostTracked); ++n) {
      observe::GroupPartition& gp = group.partitions[n];
      const observe::Partition& partition = snapshot.partitions[static_cast<std::size_t>(gp.partition)];
      const TopicPartition tp{session.cluster().committed().topic_id(partition.topic), partition.index};
      const auto committed = committed_.find({group.id, tp});
      if (gp.committed < 0 || committed == committed_.end()) continue;
      const auto known = high_watermark_.find(tp);  // skips a partition that was never written to
      static const Offsets kNone;
      const Offsets& high_watermark = known != high_watermark_.end() ? known->second : kNone;
      const std::int64_t from = std::max(committed->second.front().first, now - kSpan);
      for (int k = 0; k < kSamples; ++k) {
        const auto us = [&](int sample) { return from + (now - from) * sample / (kSamples - 1); };
        const std::int64_t most = k + 1 < kSamples ? greatest_lag(high_watermark, committed->second, us(k), us(k + 1))
                                                   : lag_at(high_watermark, committed->second, now);
        gp.lag_history.push_back(static_cast<float>(most));
      }
    }
}

}  // namespace kafkascope::app
