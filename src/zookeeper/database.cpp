#include "zookeeper/database.h"

#include <algorithm>
#include <utility>

#include "protocol/facts_of_zookeeper.h"
#include "protocol/message.h"
#include "zookeeper/kinds.h"

namespace kafkascope::zookeeper {

namespace {

std::uint64_t bytes_on_disk(const ZkTxn& txn) {
  std::uint64_t bytes = kTxnBytes + txn.path.size() + txn.data.size();
  for (const ZkTxn& part : txn.parts) bytes += bytes_on_disk(part);
  return bytes;
}

}  // namespace

void Database::preload(const DataTree& tree) {
  snapshot_ = tree_ = tree;
  saved_epochs_ = {1, 1};
}

void Database::on_death(sim::Death death) {
  Database left;
  if (before_snap_)
    left.snapshot_ = before_snap_->snapshot, left.log_ = before_snap_->log, left.flushed_ = before_snap_->flushed;
  else left.snapshot_ = snapshot_, left.log_ = log_, left.flushed_ = flushed_;
  if (death == sim::Death::PowerOff) left.log_.truncate_to(left.flushed_);
  left.saved_epochs_ = saved_epochs_;
  left.fast_forward();
  *this = std::move(left);
}

std::size_t Database::position_after(Zxid zxid) const {
  std::size_t low = 0, high = log_.size();
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (log_[middle]->zxid <= zxid) low = middle + 1;
    else high = middle;
  }
  return low;
}

// ---- writing

void Database::append(Ctx& ctx, SharedZkTxn txn) {
  if (txn->zxid <= last_zxid()) return ctx.fault("a ZooKeeper log grows by greater zxids only");
  log_.push_back(std::move(txn));
  flush(ctx);
}

void Database::flush(Ctx& ctx) {
  const bool under_way = std::any_of(flushing_.begin(), flushing_.end(), [](const Flush& f) { return f.stay == 0; });
  if (under_way || flushed_ == log_.size()) return;
  std::uint64_t bytes = 0;
  for (std::size_t i = flushed_; i < log_.size(); ++i) bytes += bytes_on_disk(*log_[i]);
  start_flush(ctx, kLogFlush, {next_flush_, log_.size(), {}, 0}, bytes);
}

void Database::save(Ctx& ctx, const Epochs& epochs, std::uint64_t stay) {
  flush(ctx);
  start_flush(ctx, kStateFlush, {next_flush_, log_.size(), epochs, stay},
              kStateFileBytes + (before_snap_ ? static_cast<std::uint64_t>(snapshot_.bytes()) : 0));
}

void Database::start_flush(Ctx& ctx, std::uint16_t kind, const Flush& flush, std::uint64_t bytes) {
  flushing_.push_back(flush);
  ctx.flush(bytes, kind, next_flush_++);
}

Database::Written Database::on_disk(std::uint64_t number) {
  const auto it = std::find_if(flushing_.begin(), flushing_.end(), [&](const Flush& f) { return f.number == number; });
  const Flush done = *it;
  flushing_.erase(it);
  const std::size_t before = flushed_;
  flushed_ = std::max(flushed_, done.log_size);
  if (done.stay != 0) saved_epochs_ = done.epochs;
  return {before, done.stay};
}

void Database::truncate(Ctx& ctx, Zxid to) {
  ctx.trace(fact::ZkLogTruncated{.to = to, .from = last_zxid()});
  log_.truncate_to(position_after(to));
  flushed_ = std::min(flushed_, log_.size());
  for (Flush& f : flushing_) f.log_size = std::min(f.log_size, log_.size());
  tree_ = snapshot_;
  applied_ = 0;
  fast_forward();
}

void Database::replace(const DataTree& tree) {
  if (!before_snap_) before_snap_ = OldDisk{snapshot_, log_, flushed_};
  snapshot_ = tree_ = tree;
  log_.clear();
  applied_ = flushed_ = 0;
  for (Flush& f : flushing_) f.log_size = 0;
}

// ---- applying

Database::Applied Database::apply_next() {
  Applied done{log_[applied_++], {}, {}};
  done.result = tree_.apply(*done.txn, done.changes);
  return done;
}

void Database::fast_forward() {
  if (applied_ == 0) tree_ = snapshot_;
  std::vector<ZnodeChange> unseen;
  for (; applied_ < log_.size(); ++applied_) tree_.apply(*log_[applied_], unseen), unseen.clear();
}

}  // namespace kafkascope::zookeeper
