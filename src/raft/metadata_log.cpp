#include "raft/metadata_log.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <utility>

#include "protocol/facts_of_quorum.h"
#include "protocol/message.h"
#include "raft/quorum_kinds.h"

namespace kafkascope::raft {

using sim::Instant;
using sim::milliseconds;

namespace {

constexpr sim::Duration kCleanEvery = sim::seconds(60);  // KafkaRaftManager: RaftMetadataLogCleanerManager

/// The number of records that would describe the image.
std::int64_t size_of(const protocol::MetadataImage& image) {
  std::size_t records = image.brokers().size() + image.features().size() + image.acls().size() + image.quotas().size();
  for (const protocol::TopicImage& t : image.topics())
    if (!t.removed) records += 1 + t.partitions.size() + image.config("topic:" + t.name).size();
  return static_cast<std::int64_t>(records * kEntryBytes);
}

}  // namespace

FormedLog::FormedLog(const std::vector<MetadataEntry>& log) {
  for (const MetadataEntry& entry : log) {
    epochs.assign(entry.epoch, Offset{static_cast<std::int64_t>(entries.size())});
    entries.push_back(std::make_shared<const MetadataEntry>(entry));
    written_at.push_back({});
  }
}

// ---- life cycle

void MetadataLog::preload(const FormedLog& log) {
  entries_ = log.entries;
  written_at_ = log.written_at;
  epochs_ = log.epochs;
  flushed_ = end_offset();
}

void MetadataLog::open(Instant now, const QuorumOptions& options) {
  flushed_ = durable_end(now, options);
  snapshot_at_ = cleaned_at_ = now;
}

void MetadataLog::on_death(sim::Death death, Instant now, const QuorumOptions& options) {
  if (death == sim::Death::Stop) flushed_ = end_offset();
  if (death == sim::Death::PowerOff) {
    const std::size_t kept = static_cast<std::size_t>(durable_end(now, options).value);
    entries_.truncate_to(kept);
    written_at_.truncate_to(kept);
    flushed_ = end_offset();
  }
  epochs_.truncate_from_end(end_offset());  // LogLoader forgets epochs without records
  flushing_.clear();
  snapshot_at_ = cleaned_at_ = {};
}

/// The end of the log that would be left after a power failure at `now`.
Offset MetadataLog::durable_end(Instant now, const QuorumOptions& options) const {
  const Instant horizon = now - options.write_back;
  std::size_t low = static_cast<std::size_t>(start_.value), high = written_at_.size();
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (written_at_[middle] <= horizon) low = middle + 1;
    else high = middle;
  }
  return std::max(flushed_offset(), Offset{static_cast<std::int64_t>(low)});
}

// ---- reading

std::vector<const MetadataRecord*> MetadataLog::run_of_records(Offset first, Offset end) const {
  std::vector<const MetadataRecord*> run{&entry(first).record};
  const auto joins = [&](Offset at) {
    return at < end && entry(at).epoch == entry(first).epoch &&
           protocol::in_one_run(entry(at - 1).record, entry(at).record);
  };
  for (Offset at = first + 1; joins(at); at = at + 1) run.push_back(&entry(at).record);
  return run;
}

LeaderEpoch MetadataLog::epoch_below(Offset end) const {
  if (end > start_) return entry(end - 1).epoch;
  return snapshots_.empty() ? LeaderEpoch{0} : snapshots_.front().epoch;
}

LeaderEpoch MetadataLog::last_epoch() const {
  return std::max(epochs_.latest(), snapshots_.empty() ? LeaderEpoch{0} : snapshots_.back().epoch);
}

Offset MetadataLog::start_of_latest(LeaderEpoch epoch) const {
  return epochs_.latest() == epoch ? epochs_.entries().back().start_offset : end_offset();
}

storage::EpochEnd MetadataLog::end_of(LeaderEpoch epoch) const {
  const storage::EpochEnd known = epochs_.end_offset_for(epoch, end_offset());
  if (start_ > Offset{0} && (known.epoch.value < 0 || known.end_offset < start_))  // the epoch ends in a snapshot
    return {snapshots_.front().epoch, start_};
  return known.epoch.value >= 0 ? known : storage::EpochEnd{last_epoch(), end_offset()};
}

/// Kafka: ReplicatedLog.validateOffsetAndEpoch.
Validity MetadataLog::validate(Offset fetch_offset, LeaderEpoch last_fetched_epoch) const {
  const bool from_nothing = fetch_offset.value == 0 && last_fetched_epoch.value == 0;
  if (!snapshots_.empty() && !(from_nothing && start_.value == 0)) {
    const LeaderEpoch oldest = snapshots_.front().epoch;
    if (fetch_offset < start_ || (fetch_offset == start_ && last_fetched_epoch != oldest) ||
        last_fetched_epoch < oldest)
      return {Validity::Kind::Snapshot, {snapshots_.back().epoch, snapshots_.back().end}};
  }
  const storage::EpochEnd end = end_of(last_fetched_epoch);
  if (!from_nothing && (end.epoch != last_fetched_epoch || end.end_offset < fetch_offset))
    return {Validity::Kind::Diverging, end};
  return {};
}

// ---- writing

void MetadataLog::append(SharedMetadataEntry entry, Instant now) {
  epochs_.assign(entry->epoch, end_offset());
  entries_.push_back(std::move(entry));
  written_at_.push_back(now);
}

void MetadataLog::truncate_to(Ctx& ctx, Offset end) {
  if (end < end_offset()) {
    if (flushing()) ctx.fault("a log is not truncated while it is being flushed: no fetch is sent then");
    ctx.trace(fact::QuorumTruncated{.to = end, .from = end_offset()});
    entries_.truncate_to(static_cast<std::size_t>(end.value));
    written_at_.truncate_to(static_cast<std::size_t>(end.value));
    flushed_ = std::min(flushed_, end);
  }
  epochs_.truncate_from_end(end);
}

void MetadataLog::flush(Ctx& ctx, std::uint64_t number) {
  const std::int64_t fresh =
      std::max<std::int64_t>(1, end_offset() - (flushing_.empty() ? flushed_ : flushing_.back().end));
  flushing_.push_back({number, end_offset()});
  ctx.flush(static_cast<std::uint64_t>(fresh) * kEntryBytes, kLogFlush, number);
}

bool MetadataLog::on_flushed(std::uint64_t number) {
  const auto done =
      std::find_if(flushing_.begin(), flushing_.end(), [&](const PendingFlush& f) { return f.number == number; });
  if (done == flushing_.end()) return false;
  flushed_ = std::max(flushed_, done->end);
  flushing_.erase(flushing_.begin(), std::next(done));
  return true;
}

// ---- snapshots

const Snapshot* MetadataLog::find_snapshot(Offset end, LeaderEpoch epoch) const {
  const auto found = std::find_if(snapshots_.begin(), snapshots_.end(),
                                  [&](const Snapshot& s) { return s.end == end && s.epoch == epoch; });
  return found == snapshots_.end() ? nullptr : &*found;
}

/// Kafka: SnapshotGenerator.
void MetadataLog::maybe_snapshot(Ctx& ctx, const protocol::MetadataImage& applied, const QuorumOptions& options) {
  const Offset end = applied.last_offset() + 1, before = snapshots_.empty() ? Offset{0} : snapshots_.back().end;
  const bool many = (end - before) * static_cast<std::int64_t>(kEntryBytes) >= options.snapshot_bytes;
  const bool long_ago =
      options.snapshot_interval_ms > 0 && ctx.now() - snapshot_at_ >= milliseconds(options.snapshot_interval_ms);
  if (end > before && (many || long_ago)) {
    const std::int64_t bytes = size_of(applied);
    snapshots_.push_back({end, applied.last_epoch(), bytes, ctx.now(), applied});
    snapshot_at_ = ctx.now();
    ctx.trace(fact::QuorumSnapshot{end, applied.last_epoch(), bytes,
                                   many ? fact::SnapshotReason::BytesBetween : fact::SnapshotReason::Interval});
  }
  if (ctx.now() - cleaned_at_ >= kCleanEvery) clean(ctx, options);
}

/// While the size or age limit is exceeded, deletes the oldest snapshot and the log below the next one; the newest
/// snapshot stays. Kafka: KafkaMetadataLog.maybeClean.
void MetadataLog::clean(Ctx& ctx, const QuorumOptions& options) {
  cleaned_at_ = ctx.now();
  const Offset before = start_;
  fact::MetadataRetentionReason reason{};
  while (snapshots_.size() >= 2) {
    std::int64_t size = (end_offset() - start_) * static_cast<std::int64_t>(kEntryBytes);
    for (const Snapshot& s : snapshots_) size += s.bytes;
    const bool too_big = options.retention_bytes >= 0 && size > options.retention_bytes;
    const bool too_old =
        options.retention_ms >= 0 && ctx.now() - snapshots_.front().made_at > milliseconds(options.retention_ms);
    if (!too_big && !too_old) break;
    reason = too_big ? fact::MetadataRetentionReason::Bytes : fact::MetadataRetentionReason::Time;
    snapshots_.erase(snapshots_.begin());
    start_ = snapshots_.front().end;
    epochs_.truncate_from_start(start_);
  }
  forget_below_start();
  if (start_ != before) ctx.trace(fact::QuorumLogStart{.from = before, .to = start_, .reason = reason});
}

void MetadataLog::forget_below_start() {
  entries_.forget_below(static_cast<std::size_t>(start_.value));
  written_at_.forget_below(static_cast<std::size_t>(start_.value));
}

void MetadataLog::install(Snapshot snapshot, Instant now) {
  start_ = snapshot.end;
  entries_.clear();
  written_at_.clear();
  for (std::int64_t i = 0; i < start_.value; ++i) {
    entries_.push_back(nullptr);
    written_at_.push_back(now);
  }
  forget_below_start();
  epochs_.clear();
  flushed_ = start_;
  snapshot_at_ = now;
  snapshots_ = {std::move(snapshot)};
}

}  // namespace kafkascope::raft
