// The transaction log, its durable part, and applying. ZooKeeper: SyncRequestProcessor, FileTxnLog, ZKDatabase,
// FinalRequestProcessor.
#include <algorithm>

#include "protocol/facts_of_zookeeper.h"
#include "zookeeper/kinds.h"
#include "zookeeper/server.h"

namespace kafkascope::zookeeper {

namespace {

std::uint64_t bytes_on_disk(const ZkTxn& txn) {
  std::uint64_t bytes = kTxnBytes + txn.path.size() + txn.data.size();
  for (const ZkTxn& part : txn.parts) bytes += bytes_on_disk(part);
  return bytes;
}

}  // namespace

void Server::append(Ctx& ctx, SharedZkTxn txn) {
  if (txn->zxid <= last_zxid()) return ctx.fault("a ZooKeeper log grows by greater zxids only");
  log_.push_back(std::move(txn));
  flush_log(ctx);
}

/// Only one flush is in progress: transactions that arrive meanwhile are part of the next one (SyncRequestProcessor).
void Server::flush_log(Ctx& ctx) {
  const bool under_way = std::any_of(flushing_.begin(), flushing_.end(), [](const Flush& f) { return f.stay == 0; });
  if (under_way || flushed_ == log_.size()) return;
  std::uint64_t bytes = 0;
  for (std::size_t i = flushed_; i < log_.size(); ++i) bytes += bytes_on_disk(*log_[i]);
  start_flush(ctx, kLogFlush, 0, bytes);
}

/// Writes the accepted and current epochs after the current log (and a received snapshot).
void Server::save_state(Ctx& ctx) {
  flush_log(ctx);
  start_flush(ctx, kStateFlush, stay_,
              kStateFileBytes + (before_snap_ ? static_cast<std::uint64_t>(snapshot_.bytes()) : 0));
}

void Server::start_flush(Ctx& ctx, std::uint16_t kind, std::uint64_t stay, std::uint64_t bytes) {
  flushing_.push_back({next_flush_, log_.size(), accepted_epoch_, current_epoch_, stay});
  ctx.flush(bytes, kind, next_flush_++);
}

void Server::on_disk(Ctx& ctx, std::uint16_t, std::uint64_t number) {
  const auto it = std::find_if(flushing_.begin(), flushing_.end(), [&](const Flush& f) { return f.number == number; });
  const Flush done = *it;
  flushing_.erase(it);
  const std::size_t before = flushed_;
  flushed_ = std::max(flushed_, done.log_size);
  if (done.stay != 0) {
    saved_accepted_epoch_ = done.accepted_epoch;
    saved_current_epoch_ = done.current_epoch;
  }
  if (done.stay == stay_) state_saved(ctx);
  if (state_ == ZkServerState::Following && new_leader_received_) acknowledge(ctx, before);
  if (state_ == ZkServerState::Leading) advance_commit(ctx);
  flush_log(ctx);
  poll(ctx);
}

void Server::commit_to(Ctx& ctx, Zxid zxid) {
  while (applied_ < log_.size() && log_[applied_]->zxid <= zxid) apply_next(ctx);
}

void Server::apply_next(Ctx& ctx) {
  const SharedZkTxn txn = log_[applied_++];
  std::vector<ZnodeChange> changes;
  ZkResult result = tree_.apply(*txn, changes);
  if (state_ == ZkServerState::Leading) {
    report(ctx, *txn, result, changes);
    if (txn->type == ZkOpCode::CloseSession) tracker_.remove(txn->session);
    std::erase_if(prospects_, [&](const auto& p) { return p.second.zxid <= txn->zxid; });
  }
  fire(ctx, changes);
  answer_write(ctx, *txn, std::move(result));
}

/// Emits the change's trace line; only the leader does, so that the ensemble emits it once.
void Server::report(Ctx& ctx, const ZkTxn& txn, const ZkResult& result, const std::vector<ZnodeChange>& changes) {
  for (const ZnodeChange& change : changes)
    if (change.type != ZkEventType::NodeChildrenChanged)
      ctx.trace(fact::ZnodeChanged{change.type, txn.zxid, txn.session, change.path});
  if (result.error != ZkError::OK) ctx.trace(fact::ZkWriteRefused{result.error, txn.zxid, txn.session, txn.path});
  if (txn.type == ZkOpCode::CreateSession) ctx.trace(fact::ZkSessionOpened{txn.session, txn.timeout_ms});
  if (txn.type == ZkOpCode::CloseSession)
    ctx.trace(fact::ZkSessionClosed{txn.session, static_cast<std::int32_t>(changes.size() / 2)});
}

void Server::truncate_log(Ctx& ctx, Zxid to) {
  ctx.trace(fact::ZkLogTruncated{.to = to, .from = last_zxid()});
  log_.truncate_to(position_after(to));
  flushed_ = std::min(flushed_, log_.size());
  for (Flush& f : flushing_) f.log_size = std::min(f.log_size, log_.size());
  tree_ = snapshot_;
  applied_ = 0;
  fast_forward();
}

void Server::replace_database(const DataTree& tree) {
  if (!before_snap_) before_snap_ = OldDisk{snapshot_, log_, flushed_};
  snapshot_ = tree_ = tree;
  log_.clear();
  applied_ = flushed_ = 0;
  for (Flush& f : flushing_) f.log_size = 0;
}

void Server::fast_forward() {
  if (applied_ == 0) tree_ = snapshot_;
  std::vector<ZnodeChange> unseen;
  for (; applied_ < log_.size(); ++applied_) tree_.apply(*log_[applied_], unseen), unseen.clear();
}

std::size_t Server::position_after(Zxid zxid) const {
  std::size_t low = 0, high = log_.size();
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (log_[middle]->zxid <= zxid) low = middle + 1;
    else high = middle;
  }
  return low;
}

}  // namespace kafkascope::zookeeper
