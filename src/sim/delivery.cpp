// Sending and arrivals. (The steps of nearly every event are in take.h.)
#include <algorithm>
#include <utility>

#include "sim/facts_of_kernel.h"
#include "sim/take.h"

namespace kafkascope::sim {

// ---- sending

namespace {

void fill(Packet& k, std::uint64_t order, Instant now, std::uint64_t cause, std::uint32_t direction, std::uint32_t size,
          std::uint16_t code, Packet::Kind kind) {
  k = {order, now.us, kNever.us, cause, kNone, direction, size, code, kind, false, false, false, false, false};
}

/// Appends the packet to its stream; returns true if it is the first.
bool hang_on(Direction& way, Slab<Packet>& packets, std::uint32_t p) {
  const bool foremost = way.head == kNone;
  (foremost ? way.head : packets[way.tail].next) = p;
  way.tail = p;
  return foremost;
}

/// Sends the packet unless the link is cut; keeps TCP's order of delivery.
inline void cross(Direction& way, Link& link, Packet& k, Instant now, Duration delay) {
  k.blocked = link.cut;
  if (link.cut) [[unlikely]] {
    k.arrives_at = kNever.us;
    return;
  }
  const Link::Crossing crossing = link.cross(now, k.size, delay);
  const std::int64_t last = way.last_arrival;
  k.arrives_at = way.last_arrival = crossing.arrives_at_us < last ? last : crossing.arrives_at_us;
  k.gave_up = crossing.gave_up;
}

}  // namespace

std::uint32_t Connections::enqueue(NodeId self, ConnectionId c, std::uint32_t size, std::uint16_t code) {
  if (!owns(self, c)) return kNone;
  const std::uint32_t d = c.slot;
  Link& link = links_[ways_[d]];
  Connection& x = connections_[d >> 1];
  Direction& way = x.directions[d & 1];
  const std::uint32_t p = packets_.take();
  Packet& k = packets_[p];
  fill(k, next_order(EventClass::Deliver, x.nodes[(d & 1) ^ 1]), now_, cause_, d, size, code, Packet::Kind::Data);
  const bool foremost = hang_on(way, packets_, p);
  if (x.phase != Connection::Phase::Established) [[unlikely]]
    return p;
  cross(way, link, k, now_, {});
  if (foremost && !k.blocked) queue_.push({k.arrives_at, k.order, d, p, EventKind::Stream});
  return p;
}

std::uint32_t Connections::new_packet(std::uint32_t d, Packet::Kind kind) {
  const std::uint32_t p = packets_.take();
  fill(packets_[p], next_order(EventClass::Deliver, receiver(d)), now_, cause_, d, 0, 0, kind);
  return p;
}

void Connections::append(std::uint32_t d, std::uint32_t p, Duration delay) {
  hang_on(direction(d), packets_, p);
  if (connections_[d >> 1].phase == Connection::Phase::Established) transmit(d, p, delay);
}

void Connections::transmit(std::uint32_t d, std::uint32_t p, Duration delay) {
  Direction& way = direction(d);
  cross(way, links_[ways_[d]], packets_[p], now_, delay);
  if (way.head == p) arm(d);
}

/// Queues an event for the stream's first packet, which has none yet.
void Connections::arm(std::uint32_t d) {
  const Direction& x = direction(d);
  if (x.head == kNone || x.held) return;
  const Packet& k = packets_[x.head];
  if (k.blocked || k.arrives_at == kNever.us) return;
  queue_.push({std::max(k.arrives_at, now_.us), k.order, d, x.head, EventKind::Stream});
}

// ---- arrivals

/// The first packet of a stream arrives. Returns false if the event has been disowned.
bool Connections::arrive(const Event& e, Work& work) {
  const std::uint32_t d = e.slot, p = e.packet;
  const Packet& k = packets_[p];
  if (k.order != e.order || k.blocked || direction(d).held) return false;
  const bool message = k.kind == Packet::Kind::Data;
  if (message && receiver_open(d) && (k.gave_up || !rules_.empty())) {
    if (const Verdict verdict = judge(p); verdict != Verdict::Pass) {
      begin_event(e, work);
      stop(p, verdict, work);
      return true;
    }
  }
  direction(d).head = k.next;  // the tail is meaningless when there is no head
  arm(d);
  if (message && receiver_open(d) && !pulse(e.node()).paused) {
    take_message(connections_[d >> 1], d, p, e, work);
    return true;
  }
  begin_event(e, work);
  if (!receiver_open(d)) {
    fall(p, work);
  } else if (pulse(receiver(d)).paused) {
    packets_[p].buffered = true;
    ++extra_[d >> 1].buffered;
    Event waiting = e;
    waiting.kind = EventKind::Buffered;
    waiting.slot = p;
    wait(waiting);
  } else {
    accept_end(p, work);
  }
  return true;
}

/// Takes a packet out of the socket buffer of a process that was paused.
bool Connections::rise(const Event& e, Work& work) {
  const std::uint32_t p = e.slot, d = packets_[p].direction;
  Connection& x = connections_[d >> 1];
  packets_[p].buffered = false;
  --extra_[d >> 1].buffered;
  if (receiver_open(d) && packets_[p].kind == Packet::Kind::Data) {
    take_message(x, d, p, e, work);
    return true;
  }
  begin_event(e, work);
  receiver_open(d) ? accept_end(p, work) : fall(p, work);
  return true;
}

/// The peer's FIN or reset reaches an open end.
void Connections::accept_end(std::uint32_t p, Work& work) {
  const std::uint32_t d = packets_[p].direction;
  const std::uint64_t cause = packets_[p].cause;
  work.call = Work::Call::Disconnect;
  work.reason = packets_[p].kind == Packet::Kind::Fin ? Disconnect::PeerClosed : Disconnect::Reset;
  work.peer = sender(d);
  work.connection = handle(d ^ 1);
  cause_ = work.line = line(work.node, cause, fact::ConnectionLost{work.peer, work.reason});
  discard(p);
  receiver_open(d) = false;
  drop_messages(d ^ 1, true);  // the peer does not retransmit them any more
  unhold(d);
  maybe_free(d >> 1);
}

/// A packet arrives where no process takes it: the process is dead, the machine has no power, or the end is closed.
void Connections::fall(std::uint32_t p, Work& work) {
  const std::uint32_t d = packets_[p].direction;
  cause_ = packets_[p].cause;
  if (packets_[p].kind == Packet::Kind::Data) {
    if (!pulse(receiver(d)).powered) {
      direction(d).unacked = true;
    } else if (sender_open(d) && !direction(d ^ 1).ended) {
      end_stream(d ^ 1, Packet::Kind::Reset);
    }
    work.line = lose(p);
  } else {
    discard(p);
  }
  maybe_free(d >> 1);
}

}  // namespace kafkascope::sim
