// The kernel's busiest path, in one place so that the compiler sees it whole: send, take the next event, arrive; timers.
#include <algorithm>
#include <utility>

#include "sim/kernel.h"

namespace kafkascope::sim {

// ---- sending

namespace {

void fill(Packet& k, std::uint64_t order, Instant now, std::uint64_t cause, std::uint32_t direction, std::uint32_t size,
          std::uint16_t code, Packet::Kind kind) {
  k = {order, now.us, kNever.us, cause, kNone, direction, size, code, kind, false, false, false, false, false};
}

void hang_on(Direction& way, Slab<Packet>& packets, std::uint32_t p) {
  (way.head == kNone ? way.head : packets[way.tail].next) = p;
  way.tail = p;
}

/// The packet leaves, if the way is not cut; TCP hands over in order.
inline void cross(Direction& way, Link& link, Packet& k, Instant now, Duration delay) {
  k.blocked = link.cut;
  k.arrives_at = kNever.us;
  if (link.cut) return;
  const Link::Crossing crossing = link.cross(now, k.size, delay);
  way.last_arrival = std::max(way.last_arrival, crossing.arrives_at_us);
  k.arrives_at = way.last_arrival;
  k.gave_up = crossing.gave_up;
}

}  // namespace

std::uint32_t Kernel::enqueue(NodeId self, ConnectionId c, std::uint32_t size, std::uint16_t code) {
  const std::uint32_t d = end_of(self, c);
  if (d == kNone) return kNone;
  Connection& x = connections_[d >> 1];
  Direction& way = x.directions[d & 1];
  const std::uint32_t p = packets_.take();
  Packet& k = packets_[p];
  fill(k, next_order(EventClass::Deliver, x.ends[(d & 1) ^ 1].node), now_, cause_, d, size, code, Packet::Kind::Data);
  hang_on(way, packets_, p);
  if (x.phase != Connection::Phase::Established) return p;
  cross(way, links_[way.link], k, now_, {});
  if (way.head == p && !k.blocked) queue_.push({k.arrives_at, k.order, d, 0, EventKind::Stream});
  return p;
}

std::uint32_t Kernel::new_packet(std::uint32_t d, Packet::Kind kind) {
  const std::uint32_t p = packets_.take();
  fill(packets_[p], next_order(EventClass::Deliver, receiver(d).node), now_, cause_, d, 0, 0, kind);
  return p;
}

void Kernel::append(std::uint32_t d, std::uint32_t p, Duration delay) {
  hang_on(direction(d), packets_, p);
  if (connections_[d >> 1].phase == Connection::Phase::Established) transmit(d, p, delay);
}

void Kernel::transmit(std::uint32_t d, std::uint32_t p, Duration delay) {
  Direction& way = direction(d);
  cross(way, links_[way.link], packets_[p], now_, delay);
  if (way.head == p) arm(d);
}

/// Queues the event of the foremost packet, which has none yet.
void Kernel::arm(std::uint32_t d) {
  const Direction& x = direction(d);
  if (x.head == kNone || x.held) return;
  const Packet& k = packets_[x.head];
  if (k.blocked || k.arrives_at == kNever.us) return;
  queue_.push({std::max(k.arrives_at, now_.us), k.order, d, 0, EventKind::Stream});
}

// ---- the next event

/// A message for a process that lives and holds its end open.
[[gnu::always_inline]] inline void Kernel::take_message(Connection& x, std::uint32_t d, std::uint32_t p, const Event& e, Work& work) {
  Packet& k = packets_[p];
  work.call = Work::Call::Message;
  work.packet = p;
  work.peer = x.ends[d & 1].node;
  work.connection = {d ^ 1, x.generation};
  begin_event(e, work, k.code, k.cause, static_cast<std::uint32_t>(work.peer.index) | std::uint64_t{work.connection.slot} << 32);
  cause_ = work.line = say(work.node, trace_kind::kMessageDelivered, k.cause, work.peer.index, k.code, work.connection.slot);
  k.order = 0;  // its number is given back after the callback
}

/// The foremost packet of a stream arrives. False: the event has been disowned.
[[gnu::always_inline]] inline bool Kernel::arrive(const Event& e, Work& work) {
  const std::uint32_t d = e.slot;
  Connection& x = connections_[d >> 1];
  Direction& way = x.directions[d & 1];
  const std::uint32_t p = way.head;
  if (p == kNone) return false;
  Packet& k = packets_[p];
  if (k.order != e.order || k.blocked || way.held) return false;
  const Connection::End& end = x.ends[(d & 1) ^ 1];
  if (end.open && k.kind == Packet::Kind::Data && (k.gave_up || !rules_.empty())) {
    if (const Verdict verdict = judge(p); verdict != Verdict::Pass) {
      begin_event(e, work);
      stop(p, verdict, work);
      return true;
    }
  }
  way.head = k.next;
  if (way.head == kNone) {
    way.tail = kNone;
  } else {
    arm(d);
  }
  if (end.open && !pulse(end.node).paused && k.kind == Packet::Kind::Data) {
    take_message(x, d, p, e, work);
    return true;
  }
  begin_event(e, work);
  if (!end.open) {
    fall(p, work);
  } else if (pulse(end.node).paused) {
    k.buffered = true;
    ++x.buffered;
    Event waiting = e;
    waiting.kind = EventKind::Buffered;
    waiting.slot = p;
    wait(waiting);
  } else {
    accept_end(p, work);
  }
  return true;
}

bool Kernel::take(Instant limit, Work& work) {
  if (faulted()) return false;
  while (!queue_.empty()) {
    const Event& e = queue_.top();  // stays readable after the drop until the next look at the top
    if (e.time > limit.us) return false;
    queue_.drop();
    const NodeId node = e.node();
    switch (e.kind) {
      case EventKind::Stream:
        if (arrive(e, work)) return true;
        continue;
      case EventKind::Timer: {
        Timer& t = timers_[e.slot];
        if (t.order != e.order) continue;
        if (!pulse(node).alive) {  // set from outside for a process that is not there
          t.order = 0;
          ++t.generation;
          timers_.give_back(e.slot);
          continue;
        }
        if (pulse(node).paused) break;
        begin_event(e, work, t.kind, t.cause, t.arg);
        work.call = Work::Call::Timer, work.kind = t.kind, work.arg = t.arg;
        t.order = 0;
        ++t.generation;
        timers_.give_back(e.slot);
        cause_ = work.line = say(node, trace_kind::kTimerFired, cause_, work.kind, static_cast<std::int64_t>(work.arg));
        return true;
      }
      case EventKind::DiskDone: {
        Flush& f = flushes_[e.slot];
        if (f.order != e.order) continue;
        if (!pulse(node).alive) {
          f.order = 0;
          flushes_.give_back(e.slot);
          continue;
        }
        if (pulse(node).paused) break;
        begin_event(e, work, f.kind, f.cause, f.arg);
        work.call = Work::Call::Disk, work.kind = f.kind, work.arg = f.arg;
        f.order = 0;
        flushes_.give_back(e.slot);
        cause_ = work.line = say(node, trace_kind::kDiskDone, cause_, work.kind, static_cast<std::int64_t>(work.arg));
        return true;
      }
      case EventKind::Buffered:
        if (packets_[e.slot].order != e.order) continue;
        if (pulse(node).paused) break;
        return rise(e, work);
      case EventKind::Handshake:
        if (connections_[e.slot].handshake_order != e.order) continue;
        begin_event(e, work);
        finish_handshake(e, work);
        return true;
      case EventKind::Command: continue;
    }
    begin_event(e, work);  // for a paused node: it happened, but the process does not see it yet
    wait(e);
    return true;
  }
  return false;
}

/// A packet comes out of the socket buffer of a process that was paused.
bool Kernel::rise(const Event& e, Work& work) {
  const std::uint32_t p = e.slot, d = packets_[p].direction;
  Connection& x = connections_[d >> 1];
  packets_[p].buffered = false;
  --x.buffered;
  if (receiver(d).open && packets_[p].kind == Packet::Kind::Data) {
    take_message(x, d, p, e, work);
    return true;
  }
  begin_event(e, work);
  receiver(d).open ? accept_end(p, work) : fall(p, work);
  return true;
}

/// The peer's FIN or reset reaches an open end.
void Kernel::accept_end(std::uint32_t p, Work& work) {
  const std::uint32_t d = packets_[p].direction;
  const std::uint64_t cause = packets_[p].cause;
  work.call = Work::Call::Disconnect;
  work.reason = packets_[p].kind == Packet::Kind::Fin ? Disconnect::PeerClosed : Disconnect::Reset;
  work.peer = sender(d).node;
  work.connection = handle(d ^ 1);
  cause_ = work.line = line(work.node, trace_kind::kConnectionLost, cause, work.peer.index, static_cast<int>(work.reason));
  discard(p);
  receiver(d).open = false;
  drop_messages(d ^ 1, true);  // nobody repeats them any more
  unhold(d);
  maybe_free(d >> 1);
}

/// A packet finds nobody: no process, no power, or an end that is closed.
void Kernel::fall(std::uint32_t p, Work& work) {
  const std::uint32_t d = packets_[p].direction;
  cause_ = packets_[p].cause;
  if (packets_[p].kind == Packet::Kind::Data) {
    if (!pulse(receiver(d).node).powered) {
      direction(d).unacked = true;
    } else if (sender(d).open && !direction(d ^ 1).ended) {
      end_stream(d ^ 1, Packet::Kind::Reset);
    }
    work.line = lose(p);
  } else {
    discard(p);
  }
  maybe_free(d >> 1);
}

// ---- timers

TimerId Kernel::set_timer(NodeId self, Instant at, std::uint16_t kind, std::uint64_t arg) {
  const std::uint32_t slot = timers_.take();
  Timer& t = timers_[slot];
  t.due = std::max(at, now_).us;
  t.set_at = now_.us;
  t.arg = arg;
  t.cause = cause_;
  t.node = self;
  t.kind = kind;
  t.order = next_order(EventClass::Timer, self);
  if (at != kNever) queue_.push({t.due, t.order, slot, 0, EventKind::Timer});
  return {slot, t.generation};
}

void Kernel::cancel(NodeId self, TimerId& timer) {
  if (timer.slot < timers_.size()) {
    Timer& t = timers_[timer.slot];
    if (t.order != 0 && t.generation == timer.generation && t.node == self) {
      t.order = 0;  // its event in the queue is disowned and falls out when it surfaces
      ++t.generation;
      timers_.give_back(timer.slot);
    }
  }
  timer = {};
}

}  // namespace kafkascope::sim
