// The kernel's connections: streams, handshakes, ends.
#include <algorithm>
#include <utility>

#include "sim/connections.h"
#include "sim/facts_of_kernel.h"

namespace kafkascope::sim {

using Phase = Connection::Phase;

// ---- opening

ConnectionId Connections::connect(NodeId self, NodeId to) {
  const std::uint32_t c = connections_.take();
  Connection& x = connections_[c];
  const std::uint32_t generation = x.generation;
  x = Connection{};
  extra_.resize(connections_.size());
  extra_[c] = {cause_, 0, 0};
  x.generation = generation;
  x.phase = Phase::Connecting;
  x.nodes = {self, to};
  x.open = {true, false};
  ways_.resize(2 * connections_.size());
  next_way_.resize(2 * connections_.size());
  join_link(2 * c, links_.find(self, to));
  join_link(2 * c + 1, links_.find(to, self));
  start_handshake(c, {});
  return {2 * c, generation};
}

void Connections::start_handshake(std::uint32_t c, Duration delay) {
  Connection& x = connections_[c];
  extra_[c].handshake_order = 0;
  Link& there = links_[ways_[2 * c]];
  Link& back = links_[ways_[2 * c + 1]];
  if (there.cut || back.cut) return;  // healing the link starts the handshake again
  const Instant syn{there.cross(now_, 0, delay).arrives_at_us};
  const Instant answer{back.cross(syn, 0).arrives_at_us};
  extra_[c].handshake_order = next_order(EventClass::Lifecycle, x.nodes[0]);
  queue_.push({answer.us, extra_[c].handshake_order, c, 0, EventKind::Handshake});
}

void Connections::finish_handshake(const Event& e, Work& work) {
  const std::uint32_t c = e.slot;
  const NodeId from = connections_[c].nodes[0], to = connections_[c].nodes[1];
  const std::uint64_t cause = extra_[c].cause;
  extra_[c].handshake_order = 0;
  cause_ = cause;
  if (!pulse(to).powered) return;  // no answer; boot() starts the handshake again
  if (pulse(to).alive && pulse(to).listens) {
    connections_[c].phase = Phase::Established;
    connections_[c].open[1] = true;
    cause_ = work.line = line(from, cause, fact::ConnectionOpened{to});
    for (std::uint32_t p = connections_[c].directions[0].head; p != kNone; p = packets_[p].next) transmit(2 * c, p);
    return;
  }
  if (pulse(from).paused) {
    extra_[c].handshake_order = e.order;
    return wait(e);
  }
  cause_ = work.line = line(from, cause, fact::ConnectionLost{to, Disconnect::Refused});
  work.call = Work::Call::Disconnect, work.reason = Disconnect::Refused, work.peer = to,
  work.connection = handle(2 * c);
  connections_[c].open[0] = false;
  abandon(c);
}

/// Ends a connection that was never established. The packets that waited for it are lost.
void Connections::abandon(std::uint32_t c) {
  extra_[c].handshake_order = 0;
  drop_messages(2 * c, false);
  maybe_free(c);
}

// ---- lost packets

/// Loses the packet and emits a line. The caller checks whether its connection can be freed.
std::uint64_t Connections::lose(std::uint32_t p) {
  const Packet& k = packets_[p];
  const std::uint32_t d = k.direction;
  std::uint64_t seq = 0;
  if (k.kind == Packet::Kind::Data) {
    seq = line(receiver(d), k.cause, fact::MessageLost{sender(d), k.code, handle(d ^ 1).slot});
  }
  if (k.buffered) --extra_[d >> 1].buffered;
  discard(p);
  return seq;
}

void Connections::discard(std::uint32_t p) {
  packets_[p].order = 0;
  dropped_.push_back(p);
  untidy_ = true;
}

// ---- ending

void Connections::close(NodeId self, ConnectionId c) {
  if (owns(self, c)) close_end(c.slot, Packet::Kind::Fin);
}

/// The process closes its end or dies. A machine without power sends nothing; TCP never sends an orderly end after a
/// gap.
void Connections::close_end(std::uint32_t end, Packet::Kind how) {
  sender_open(end) = false;
  if (connections_[end >> 1].phase == Phase::Connecting) return abandon(end >> 1);
  const bool hole = drop_messages(end, true);
  unhold(end ^ 1);
  if (pulse(sender(end)).powered && receiver_open(end) && !direction(end).ended) {
    end_stream(end, hole ? Packet::Kind::Reset : how);
  }
  maybe_free(end >> 1);
}

void Connections::end_stream(std::uint32_t d, Packet::Kind kind, Duration delay) {
  direction(d).ended = true;
  append(d, new_packet(d, kind), delay);
}

void Connections::break_connection(std::uint32_t c) {
  for (std::uint32_t d = 2 * c; d < 2 * c + 2; ++d) {
    if (receiver_open(d) && !direction(d).ended) end_stream(d, Packet::Kind::Reset);
  }
  maybe_free(c);
}

/// Loses the messages in a stream: all of them, or only those that a cut blocked. Held messages have arrived already
/// and stay. Returns whether there were any.
bool Connections::drop_messages(std::uint32_t d, bool only_blocked) {
  const std::uint32_t old_head = direction(d).head;
  std::uint32_t last = kNone, next = kNone;
  bool any = false;
  for (std::uint32_t p = old_head; p != kNone; p = next) {
    Packet& k = packets_[p];
    next = k.next;
    if (k.kind == Packet::Kind::Data && !k.held && (k.blocked || !only_blocked)) {
      any = true;
      (last == kNone ? direction(d).head : packets_[last].next) = next;
      lose(p);
    } else {
      last = p;
    }
  }
  direction(d).tail = last;
  if (direction(d).head != old_head) arm(d);
  return any;
}

// ---- the life and death of a node

void Connections::answer_retransmissions(NodeId id) {
  for (std::uint32_t c = 0; c < connections_.size(); ++c) {
    for (std::uint32_t e = 0; e < 2; ++e) {
      Connection& x = connections_[c];
      if (x.phase == Phase::Free || x.nodes[e] != id || x.open[e]) continue;
      if (x.phase == Phase::Connecting) {
        if (e == 1 && extra_[c].handshake_order == 0) start_handshake(c, kRetransmit);
      } else if (x.open[e ^ 1] && x.directions[e ^ 1].unacked && !x.directions[e].ended) {
        end_stream(2 * c + e, Packet::Kind::Reset, kRetransmit);
      }
    }
  }
}

void Connections::lose_buffered(std::uint32_t p) {
  const std::uint32_t c = packets_[p].direction >> 1;
  lose(p);
  maybe_free(c);
}

void Connections::close_all(NodeId id, Packet::Kind how) {
  for (std::uint32_t end = 0; end < 2 * connections_.size(); ++end) {
    if (sender(end) == id && sender_open(end)) close_end(end, how);
  }
}

// ---- freeing and reading

void Connections::maybe_free(std::uint32_t c) {
  Connection& x = connections_[c];
  if (x.phase == Phase::Free || x.open[0] || x.open[1] || extra_[c].buffered != 0) return;
  if (x.directions[0].head != kNone || x.directions[1].head != kNone) return;
  x.phase = Phase::Free;
  ended_.push_back(c);
  untidy_ = true;
}

void Connections::free_connection(std::uint32_t c) {
  leave_link(2 * c);
  leave_link(2 * c + 1);
  ++connections_[c].generation;
  connections_.give_back(c);
}

std::size_t Connections::open_connections() const {
  std::size_t n = 0;
  for (std::uint32_t c = 0; c < connections_.size(); ++c) n += connections_[c].phase != Phase::Free;
  return n;
}

NodeId Connections::peer(NodeId self, ConnectionId c) const {
  if ((c.slot >> 1) >= connections_.size()) return kWorld;
  const Connection& x = connections_[c.slot >> 1];
  return x.generation == c.generation && x.nodes[c.slot & 1] == self ? x.nodes[(c.slot & 1) ^ 1] : kWorld;
}

PendingPacket Connections::view(std::uint32_t p) const {
  const Packet& k = packets_[p];
  const Connection& x = connections_[k.direction >> 1];
  const Direction& d = x.directions[k.direction & 1];
  return {Event{k.arrives_at, k.order}.key(),
          x.nodes[k.direction & 1],
          x.nodes[(k.direction & 1) ^ 1],
          handle(k.direction ^ 1),
          {k.sent_at},
          {k.arrives_at},
          k.blocked,
          d.held || k.buffered,
          k.code,
          k.cause};
}

}  // namespace kafkascope::sim
