// A server's transactions and the tree that they make: the log, how much of it is on disk and how much is applied, and
// the epochs on disk. ZooKeeper: ZKDatabase, FileTxnLog, SyncRequestProcessor.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "sim/append_list.h"
#include "zookeeper/server_options.h"

namespace kafkascope::zookeeper {

struct Epochs {
  std::int32_t accepted = 0, current = 0;
};

class Database {
 public:
  /// Formation at time 0: the tree is on disk, in epoch 1.
  void preload(const DataTree& tree);
  void on_death(sim::Death death);

  Zxid last_zxid() const { return zxid_at(log_.size()); }
  Zxid flushed_zxid() const { return zxid_at(flushed_); }
  Zxid committed_zxid() const { return zxid_at(applied_); }
  Zxid zxid_at(std::size_t count) const { return count == 0 ? snapshot_.zxid() : log_[count - 1]->zxid; }
  /// The number of transactions in the log up to and including `zxid`.
  std::size_t position_after(Zxid zxid) const;
  const DataTree& snapshot() const { return snapshot_; }
  /// Transactions after the snapshot, oldest first.
  const sim::AppendList<SharedZkTxn>& log() const { return log_; }
  std::size_t flushed() const { return flushed_; }  // number of transactions in the log that are on disk
  std::size_t applied() const { return applied_; }  // number of transactions in the log that are applied
  const DataTree& tree() const { return tree_; }    // as of committed_zxid()
  const Epochs& saved_epochs() const { return saved_epochs_; }

  // Writing.
  void append(Ctx& ctx, SharedZkTxn txn);
  /// Only one flush is in progress: transactions that arrive meanwhile are part of the next one (SyncRequestProcessor).
  void flush(Ctx& ctx);
  /// Writes the epochs after the current log (and a received snapshot). `stay`: see Written.
  void save(Ctx& ctx, const Epochs& epochs, std::uint64_t stay);
  /// A write is complete.
  struct Written {
    std::size_t first = 0;   // index of the first transaction that was not on disk before
    std::uint64_t stay = 0;  // the QuorumPeer::stay in which the epochs were saved; 0: only the log was written
  };
  Written on_disk(std::uint64_t number);
  void truncate(Ctx& ctx, Zxid to);
  /// Replaces everything by the leader's tree; a crash before it is saved brings the old content back.
  void replace(const DataTree& tree);
  void forget_replaced() { before_snap_.reset(); }

  // Applying.
  const ZkTxn* next() const { return applied_ < log_.size() ? log_[applied_].get() : nullptr; }
  struct Applied {
    SharedZkTxn txn;
    ZkResult result;
    std::vector<ZnodeChange> changes;
  };
  Applied apply_next();
  /// Applies the whole log, committed or not: before an election (ZKDatabase.fastForwardDataBase) and at a start.
  void fast_forward();

 private:
  struct Flush {
    std::uint64_t number = 0;
    std::size_t log_size = 0;  // number of log entries on disk when the flush is done
    Epochs epochs;
    std::uint64_t stay = 0;
  };
  struct OldDisk {
    DataTree snapshot;
    sim::AppendList<SharedZkTxn> log;
    std::size_t flushed = 0;
  };
  void start_flush(Ctx& ctx, std::uint16_t kind, const Flush& flush, std::uint64_t bytes);

  // On disk.
  DataTree snapshot_;
  sim::AppendList<SharedZkTxn> log_;  // transactions after the snapshot
  std::size_t flushed_ = 0;
  Epochs saved_epochs_;
  std::optional<OldDisk> before_snap_;  // the disk's content before a SNAP that has not been flushed

  // In memory.
  DataTree tree_;
  std::size_t applied_ = 0;
  std::uint64_t next_flush_ = 1;
  std::vector<Flush> flushing_;
};

}  // namespace kafkascope::zookeeper
