// A broker's replicas, by number. They are stored in pages that copies share: a checkpoint of a thousand replicas costs
// one reference, and a page is copied only when it changes. Non-const access marks the replica as possibly changed, so
// readers that skip unchanged replicas need not check each one (FetchManager::wake_readers).
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "broker/replica.h"
#include "sim/paged.h"

namespace kafkascope::broker {

class ReplicaTable {
 public:
  std::size_t size() const { return replicas_.size(); }
  const Replica& operator[](std::size_t i) const { return replicas_[i]; }
  /// Returns the replica for modification; the reference is valid until the end of the callback. References to other
  /// replicas of the same page become invalid.
  Replica& operator[](std::size_t i) {
    Replica& r = replicas_.edit(i);
    if (!r.touched) {
      r.touched = true;
      touched_.push_back(static_cast<std::int32_t>(i));
    }
    return r;
  }
  /// Like operator[], but for changes that do not concern the readers that skip replicas.
  Replica& edit_unseen(std::size_t i) { return replicas_.edit(i); }
  Replica& emplace_back() {
    replicas_.resize(size() + 1);
    return (*this)[size() - 1];
  }
  /// The replicas that may have changed since forget_touched(); duplicates are possible.
  const std::vector<std::int32_t>& touched() const { return touched_; }
  void forget_touched() {
    for (const std::int32_t i : touched_) replicas_.edit(static_cast<std::size_t>(i)).touched = false;
    touched_.clear();
  }

  using const_iterator = sim::IndexIterator<ReplicaTable>;
  const_iterator begin() const { return {this, 0}; }
  const_iterator end() const { return {this, size()}; }

 private:
  sim::Paged<Replica, 16> replicas_;
  std::vector<std::int32_t> touched_;
};

}  // namespace kafkascope::broker
