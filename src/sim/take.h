// The kernel's busiest path, inlined as a whole where a world steps: the next event, an arriving message, a timer.
#pragma once
#include "sim/facts_of_kernel.h"
#include "sim/kernel.h"

namespace kafkascope::sim {

/// Prefetches the memory that this event will read, while another event is handled.
[[gnu::always_inline]] inline void Kernel::prefetch(const Event* next) const {
  if (next->kind == EventKind::Stream) {
    __builtin_prefetch(&connections_[next->slot >> 1]);
    __builtin_prefetch(&packets_[next->packet]);
  } else if (next->kind == EventKind::Timer) {
    __builtin_prefetch(&timers_[next->slot]);
  }
}

/// Delivers a message to a live process whose end is open.
[[gnu::always_inline]] inline void Connections::take_message(Connection& x, std::uint32_t d, std::uint32_t p,
                                                             const Event& e, Work& work) {
  Packet& k = packets_[p];
  work.call = Work::Call::Message;
  work.packet = p;
  work.peer = x.nodes[d & 1];
  work.connection = {d ^ 1, x.generation};
  begin_event(e, work, k.code, k.cause,
              static_cast<std::uint32_t>(work.peer.index) | std::uint64_t{work.connection.slot} << 32);
  cause_ = work.line = say(work.node, k.cause, fact::MessageDelivered{work.peer, k.code, work.connection.slot});
  k.order = 0;  // the number of the packet is freed after the callback
}

/// Handles the two most common events: a message to a live process, and a live process's timer. Returns false for all
/// others, which take_rare() handles.
[[gnu::always_inline]] inline bool Kernel::take(const Event& e, Work& work) {
  if (e.kind == EventKind::Stream) {
    const std::uint32_t d = e.slot, p = e.packet;
    Connection& x = connections_[d >> 1];
    Direction& way = x.directions[d & 1];
    Packet& k = packets_[p];
    if (k.order != e.order || k.blocked || way.held || k.gave_up || !rules_.empty()) [[unlikely]]
      return false;
    if (!x.open[(d & 1) ^ 1] || pulse(e.node()).paused || k.kind != Packet::Kind::Data) [[unlikely]]
      return false;
    way.head = k.next;  // the tail is meaningless when there is no head
    if (way.head != kNone) arm(d);
    take_message(x, d, p, e, work);
    return true;
  }
  if (e.kind == EventKind::Timer) {
    Timer& t = timers_[e.slot];
    const Pulse& p = pulse(e.node());
    if (t.order != e.order || !p.alive || p.paused) [[unlikely]]
      return false;
    begin_event(e, work, t.kind, t.cause, t.arg);
    work.call = Work::Call::Timer, work.kind = t.kind, work.arg = t.arg;
    t.order = 0;
    ++t.generation;
    timers_.give_back(e.slot);
    cause_ = work.line = say(work.node, cause_, fact::TimerFired{work.kind, work.arg});
    return true;
  }
  return false;
}

}  // namespace kafkascope::sim
