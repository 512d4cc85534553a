#include "observe/invariants/share_locks.h"

#include <fmt/format.h>

namespace kafkascope::observe {

using protocol::Trace;

namespace {
// Why a session has ended.
constexpr std::string_view kSessionClosed = "the session was closed", kConnectionGone = "its connection is gone";
}  // namespace

void ShareLocks::on_trace(const sim::TraceLine& line, Violations& out) {
  const auto trace = static_cast<Trace>(line.kind);
  if (trace != Trace::ShareAcquired && trace != Trace::ShareSettled && trace != Trace::ShareStart) return;
  const std::string text = line.text.str();
  const TopicPartition tp{line.topic, line.partition};
  // "pool s-1/member: why", "pool: why"
  const std::string group = text.substr(0, text.find(trace == Trace::ShareStart ? ": " : " "));
  auto& records = records_[{line.node.index, group, tp}];
  const auto broke = [&](std::string detail) {
    out.push_back({std::string(kName), line.time.us, std::move(detail), tp.topic, tp.partition});
  };
  switch (trace) {
    case Trace::ShareAcquired:
      for (std::int64_t at = line.a; at <= line.b; ++at) {
        const auto [it, fresh] =
            records.try_emplace(at, Record{State::Free, line.c - 1});  // what was before this leader it has read
        Record& r = it->second;
        if (r.state != State::Free)
          broke(fmt::format("offset {} is handed to a member of group {}, and is {}", at, group,
                            r.state == State::Locked ? "locked for another" : "done"));
        r.state = State::Locked;
        if (++r.deliveries > limit_)
          broke(fmt::format("offset {} is delivered for the {}th time to group {}, whose limit is {}", at, r.deliveries,
                            group, limit_));
        if (r.deliveries != line.c)
          broke(fmt::format("offset {} is delivered for the {}th time to group {}, which counts {}", at, r.deliveries,
                            group, line.c));
        r.deliveries = line.c;
      }
      break;
    case Trace::ShareSettled:
      for (std::int64_t at = line.a; at <= line.b; ++at) {
        const auto it = records.find(at);
        if (it == records.end()) continue;  // it has left the log meanwhile
        if (it->second.state != State::Locked)
          broke(fmt::format("a lock of group {} on offset {} ends twice", group, at));
        it->second.state = line.c == 0 ? State::Free : State::Done;
        it->second.deliveries -=
            line.c == 0 && (text.ends_with(kSessionClosed) || text.ends_with(kConnectionGone));  // as never delivered
      }
      break;
    default: {  // ShareStart
      if (line.a < 0) {
        records.clear();
        break;
      }
      const bool by_the_log = text.ends_with("older records have left the log");
      for (auto it = records.begin(); it != records.end() && it->first < line.b; it = records.erase(it))
        if (it->second.state != State::Done && !by_the_log)
          broke(fmt::format("the start offset of group {} passes offset {}, which is {}", group, it->first,
                            it->second.state == State::Locked ? "locked" : "to be delivered again"));
      break;
    }
  }
}

}  // namespace kafkascope::observe
