// A broker's replicas, by number. They lie in pages that copies share: a checkpoint of a thousand of them costs a reference, and what is
// changed afterwards is copied then, a page at a time. Who asks for one through a table that is not const may change it, and it is noted
// that he may have: so whoever passes by replicas without news need not look at each to find out (Broker::wake_readers).
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
  /// To change it; valid until the end of the callback. What was only looked at before in its page may be out of date from here on.
  Replica& operator[](std::size_t i) {
    Replica& r = replicas_.edit(i);
    if (!r.touched) {
      r.touched = true;
      touched_.push_back(static_cast<std::int32_t>(i));
    }
    return r;
  }
  /// Likewise, for what nobody who passes by looks at.
  Replica& edit_unseen(std::size_t i) { return replicas_.edit(i); }
  Replica& emplace_back() {
    replicas_.resize(size() + 1);
    return (*this)[size() - 1];
  }
  /// Those that may have changed since forget_touched(), some of them perhaps twice.
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
