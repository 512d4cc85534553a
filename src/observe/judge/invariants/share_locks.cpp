#include "observe/judge/invariants/share_locks.h"

#include "broker/share_partition.h"
#include "protocol/facts_of_groups.h"

namespace kafkascope::observe {

void ShareLocks::on_trace(const sim::TraceLine& line, Violations& out) {
  const auto broke = [&](words::Message detail) {
    out.push_back({std::string(kName), line.time.us, std::move(detail), line.topic, line.partition});
  };
  const auto records_of = [&](std::string_view group, TopicPartition tp) -> auto& {
    return records_[{line.node.index, std::string(group), tp}];
  };
  if (const auto acquired = fact_if<fact::ShareAcquired>(line)) {
    const std::string_view group = acquired->group.view();
    auto& records = records_of(group, acquired->partition);
    const int count = acquired->delivery_count;
    for (std::int64_t at = acquired->first_offset.value; at <= acquired->last_offset.value; ++at) {
      const auto [it, fresh] =
          records.try_emplace(at, Record{State::Free, count - 1});  // records from before this leadership, which it has
                                                                    // read
      Record& r = it->second;
      if (r.state != State::Free)
        broke({r.state == State::Locked ? "broken.locked_for_another"_w : "broken.handed_when_done"_w,
               {{"offset", at}, {"group", group}}});
      r.state = State::Locked;
      if (++r.deliveries > limit_)
        broke({"broken.delivered_too_often"_w,
               {{"count", r.deliveries}, {"offset", at}, {"group", group}, {"limit", limit_}}});
      if (r.deliveries != count)
        broke({"broken.delivery_miscounted"_w,
               {{"count", r.deliveries}, {"offset", at}, {"group", group}, {"counted", count}}});
      r.deliveries = count;
    }
  } else if (const auto settled = fact_if<fact::ShareSettled>(line)) {
    const std::string_view group = settled->group.view();
    auto& records = records_of(group, settled->partition);
    const bool available = settled->state == broker::RecordState::Available;
    for (std::int64_t at = settled->first_offset.value; at <= settled->last_offset.value; ++at) {
      const auto it = records.find(at);
      if (it == records.end()) continue;  // the record has left the log meanwhile
      if (it->second.state != State::Locked) broke({"broken.lock_ends_twice"_w, {{"group", group}, {"offset", at}}});
      it->second.state = available ? State::Free : State::Done;
      it->second.deliveries -= available && settled->uncounted();  // released: not counted as a delivery
    }
  } else if (const auto start = fact_if<fact::ShareStart>(line)) {
    const std::string_view group = start->group.view();
    auto& records = records_of(group, start->partition);
    if (!start->from.known()) return records.clear();
    const bool by_the_log = start->reason == fact::ShareStartReason::LogStartPassed;
    // Records released meanwhile may have been compacted, or aborted, once the group reads only committed ones.
    const bool gone = start->reason == fact::ShareStartReason::NoRecords;
    for (auto it = records.begin(); it != records.end() && it->first < start->to.value; it = records.erase(it))
      if (it->second.state != State::Done && !by_the_log && !(gone && it->second.state == State::Free))
        broke({it->second.state == State::Locked ? "broken.start_past_locked"_w : "broken.start_past_available"_w,
               {{"group", group}, {"offset", it->first}}});
  }
}

}  // namespace kafkascope::observe
