// The kernel's busiest path, for the compiler to see whole where a world steps: the next event, a message that arrives, a timer.
#pragma once
#include "sim/kernel.h"

namespace kafkascope::sim {

/// The next event's record is on its way from memory while this one is handled.
[[gnu::always_inline]] inline void Kernel::prefetch() const {
  const Event* next = queue_.hint();
  if (next == nullptr) return;
  if (next->kind == EventKind::Stream) {
    __builtin_prefetch(&connections_[next->slot >> 1]);
    __builtin_prefetch(&packets_[next->packet]);
  } else if (next->kind == EventKind::Timer) {
    __builtin_prefetch(&timers_[next->slot]);
  }
}

/// A message for a process that lives and holds its end open.
[[gnu::always_inline]] inline void Kernel::take_message(Connection& x, std::uint32_t d, std::uint32_t p, const Event& e, Work& work) {
  Packet& k = packets_[p];
  work.call = Work::Call::Message;
  work.packet = p;
  work.peer = x.nodes[d & 1];
  work.connection = {d ^ 1, x.generation};
  begin_event(e, work, k.code, k.cause, static_cast<std::uint32_t>(work.peer.index) | std::uint64_t{work.connection.slot} << 32);
  cause_ = work.line = say(work.node, trace_kind::kMessageDelivered, k.cause, work.peer.index, k.code, work.connection.slot);
  k.order = 0;  // its number is given back after the callback
}

/// The foremost packet of a stream arrives. False: the event has been disowned.
[[gnu::always_inline]] inline bool Kernel::arrive(const Event& e, Work& work) {
  const std::uint32_t d = e.slot, p = e.packet;
  Connection& x = connections_[d >> 1];
  Direction& way = x.directions[d & 1];
  Packet& k = packets_[p];
  if (k.order != e.order || k.blocked || way.held) return false;
  const std::uint32_t end = (d & 1) ^ 1;
  if ((k.gave_up || !rules_.empty()) && x.open[end] && k.kind == Packet::Kind::Data) [[unlikely]] {
    if (const Verdict verdict = judge(p); verdict != Verdict::Pass) {
      begin_event(e, work);
      stop(p, verdict, work);
      return true;
    }
  }
  way.head = k.next;  // the tail means nothing when there is no head
  if (way.head != kNone) arm(d);
  if (x.open[end] && !pulse(x.nodes[end]).paused && k.kind == Packet::Kind::Data) [[likely]] {
    take_message(x, d, p, e, work);
  } else {
    arrive_rare(d, p, e, work);
  }
  return true;
}

[[gnu::always_inline]] inline bool Kernel::take(Instant limit, Work& work) {
  if (faulted()) return false;
  Event e;
  while (queue_.pop(limit.us, e)) {
    work.call = Work::Call::None;
    prefetch();
    if (e.kind == EventKind::Stream) {
      if (arrive(e, work)) return true;
      continue;
    }
    if (e.kind == EventKind::Timer) {
      Timer& t = timers_[e.slot];
      const Pulse& p = pulse(t.node);
      if (t.order == e.order && p.alive && !p.paused) [[likely]] {
        begin_event(e, work, t.kind, t.cause, t.arg);
        work.call = Work::Call::Timer, work.kind = t.kind, work.arg = t.arg;
        t.order = 0;
        ++t.generation;
        timers_.give_back(e.slot);
        cause_ = work.line = say(work.node, trace_kind::kTimerFired, cause_, work.kind, static_cast<std::int64_t>(work.arg));
        return true;
      }
    }
    if (take_rare(e, work)) return true;
  }
  return false;
}

}  // namespace kafkascope::sim
