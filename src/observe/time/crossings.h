// The messages that have arrived or were lost, ordered by those events. Shared between checkpoints, like the trace.
#pragma once
#include <algorithm>
#include <cstdint>

#include "observe/time/message_facts.h"
#include "sim/append_list.h"
#include "sim/ids.h"

namespace kafkascope::observe {

struct Crossing {
  std::uint64_t line = 0;  // seq of its line message.delivered or message.lost
  std::int64_t sent_us = 0, ended_us = 0;
  sim::NodeId from, to;
  std::uint16_t code = 0;  // protocol::trace_code
  bool lost = false;
  MessageFacts facts;
};

class Crossings {
 public:
  void add(Crossing crossing);
  std::size_t size() const { return list_.size(); }
  const Crossing& operator[](std::size_t i) const { return list_[i]; }
  /// The index of the first one that ended at that time or later.
  std::size_t first_from(std::int64_t us) const;
  /// Calls f(crossing), in order, for the crossings from index `from` on that were sent at that time or earlier. Skips
  /// stretches that have none.
  template <class F>
  void for_each_sent_by(std::int64_t us, std::size_t from, F&& f) const {
    for (std::size_t i = from; i < list_.size(); ++i) {
      const std::size_t stretch = i / kStretch;
      if (i % kStretch == 0 && stretch < first_sent_.size() && first_sent_[stretch] > us) {
        i += kStretch - 1;
      } else if (list_[i].sent_us <= us) {
        f(list_[i]);
      }
    }
  }

 private:
  static constexpr std::size_t kStretch = 256;
  sim::AppendList<Crossing> list_;
  sim::AppendList<std::int64_t> first_sent_;  // for each complete stretch: its earliest send time
  std::int64_t first_sent_here_ = 0;          // of the incomplete stretch
};

}  // namespace kafkascope::observe
