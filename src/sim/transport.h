// TCP's behaviour without its packets: the records of connections, and the faults that apply to selected messages.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "sim/event.h"
#include "sim/sized.h"
#include "sim/slab.h"
#include "sim/time.h"

namespace kafkascope::sim {

/// An item in a connection's stream. A message's payload has the same number in the message store.
struct alignas(64) Packet {
  enum class Kind : std::uint8_t { Data, Fin, Reset };
  std::uint64_t order = 0;  // order of the event that delivers the packet; 0 if the record is free
  std::int64_t sent_at = 0;
  std::int64_t arrives_at = 0;  // kNever: the packet is not travelling (blocked, or the handshake is not done)
  std::uint64_t cause = 0;
  std::uint32_t next = kNone;  // the packet after it in the stream
  std::uint32_t direction = kNone;
  std::uint32_t size = 0;
  std::uint16_t code = 0;
  Kind kind = Kind::Data;
  bool blocked = false;   // blocked by a cut; sent again after the heal
  bool held = false;      // the packet has arrived, but a hold keeps it in the socket buffer
  bool released = false;  // exempt from further holds
  bool gave_up = false;   // lost so many times that its connection breaks at its arrival time
  bool buffered = false;  // the packet is in the socket buffer of a paused process
};

/// One direction of a connection. Only its first packet has an event in the queue.
struct Direction {
  std::uint32_t head = kNone, tail = kNone;
  bool held = false;     // a hold order blocks the direction until a release
  bool ended = false;    // the stream contains a FIN or a reset
  bool unacked = false;  // a packet reached a machine without power: it is sent again when the power is back
  std::int64_t last_arrival = 0;
};

/// End 0 opened the connection, end 1 accepted it. End e sends into directions[e]. A handle is (2 * connection + end,
/// generation).
struct alignas(64) Connection {
  enum class Phase : std::uint8_t { Free, Connecting, Established };
  std::array<Direction, 2> directions;
  std::array<NodeId, 2> nodes;
  std::uint32_t generation = 0;
  Phase phase = Phase::Free;
  std::array<bool, 2> open{};  // whether each end is open
};
static_assert(sized<Connection>(64));  // one cache line, because every message touches two connections

/// Fields of a connection that are seldom needed.
struct ConnectionExtra {
  std::uint64_t cause = 0;            // cause at the time of connect()
  std::uint64_t handshake_order = 0;  // order of the handshake's event; 0: none in progress (cut, or no power at the
                                      // other end)
  std::uint32_t buffered = 0;         // number of its packets in the waiting list of a paused node
};

inline constexpr std::uint64_t kAll = std::numeric_limits<std::uint64_t>::max();

/// The messages that a fault applies to. An empty list matches everything.
struct MessageFilter {
  std::vector<NodeId> from, to;      // sender and receiver of the message
  std::vector<std::uint16_t> codes;  // values of trace_code; empty: any
  bool matches(NodeId sender, NodeId receiver, std::uint16_t code) const {
    return has(from, sender) && has(to, receiver) && has(codes, code);
  }
  /// True if this filter matches every message that `o` matches.
  bool covers(const MessageFilter& o) const {
    return within(o.from, from) && within(o.to, to) && within(o.codes, codes);
  }

 private:
  template <class T>
  static bool has(const std::vector<T>& list, T x) {
    return list.empty() || std::find(list.begin(), list.end(), x) != list.end();
  }
  template <class T>
  static bool within(const std::vector<T>& inner, const std::vector<T>& outer) {
    if (outer.empty()) return true;
    return !inner.empty() && std::all_of(inner.begin(), inner.end(), [&](T x) { return has(outer, x); });
  }
};

/// A lose or hold order, with the number of messages to which it still applies.
struct FaultRule {
  enum class Act : std::uint8_t { Lose, Hold };
  Act act = Act::Lose;
  MessageFilter filter;
  std::uint64_t left = kAll;
  std::uint64_t order = 0;  // seq of the line of the command that gave the order
};

/// A pending packet, for views and for the `deliver` verb.
struct PendingPacket {
  EventKey key;
  NodeId from, to;
  ConnectionId connection;      // the receiver's handle
  Instant sent_at, arrives_at;  // arrives_at: kNever if the packet is not travelling (blocked, or the connection is
                                // being opened)
  bool blocked = false;         // blocked by a cut
  bool held = false;            // kept by a hold (on this packet or an earlier one), or in the socket buffer of a
                                // paused receiver
  std::uint16_t code = 0;
  std::uint64_t cause = 0;
};
struct PendingTimer {
  EventKey key;
  NodeId node;
  std::uint16_t kind = 0;
  std::uint64_t arg = 0;
  Instant set_at, due;
  std::uint64_t cause = 0;
};
struct PendingFlush {
  EventKey key;
  NodeId node;
  std::uint16_t kind = 0;
  std::uint64_t arg = 0;
  Instant set_at, due;
};

}  // namespace kafkascope::sim
