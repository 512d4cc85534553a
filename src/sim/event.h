// Events are plain data, so that a pending event can be copied, listed, hashed and selected.
#pragma once
#include <compare>
#include <cstdint>
#include <type_traits>

#include "sim/ids.h"
#include "sim/random.h"
#include "sim/time.h"

namespace kafkascope::sim {

/// The second part of the order. Backlog holds the events that waited while their node was paused, and those that a
/// user made happen at once; they precede all others of the same µs. Commands never enter the queue; they precede every
/// class.
enum class EventClass : std::uint8_t { Backlog, Lifecycle, Deliver, Disk, Timer };

/// The kind determines the meaning of an event's `slot`. The end of a connection (closed, reset) travels in the stream
/// like a message, after the messages sent before it, so it is also a Stream event; the packet's kind distinguishes
/// them.
enum class EventKind : std::uint32_t {
  Stream,     // slot: a direction (2 * connection + sending end), whose first packet arrives; `packet` is that packet's
              // number
  Buffered,   // slot: a packet from the socket buffer of a paused process
  Handshake,  // slot: a connection, for which the answer to the SYN arrives: opened or refused
  DiskDone,   // slot: a disk operation
  Timer,      // slot: a timer
  Command     // never queued; only reported to observers
};

/// The explicit total order: (time, class, node, per-node counter). No two events of a run have the same key.
struct EventKey {
  Instant time;
  EventClass cls = EventClass::Lifecycle;
  NodeId node;
  std::uint64_t counter = 0;
  friend constexpr auto operator<=>(const EventKey&, const EventKey&) = default;
};

inline constexpr int kCounterBits = 40;  // enough for 10^12 events of one node
inline constexpr int kNodeBits = 20;

/// Class, node and counter in one word that compares like the three.
constexpr std::uint64_t pack_order(EventClass cls, NodeId node, std::uint64_t counter) {
  return static_cast<std::uint64_t>(cls) << (kCounterBits + kNodeBits) |
         static_cast<std::uint64_t>(static_cast<std::uint32_t>(node.index)) << kCounterBits | counter;
}

/// The struct has no padding: a compiler copies a padded struct in overlapping pieces, and a read just after such a
/// copy has to wait for it.
struct Event {
  std::int64_t time = 0;
  std::uint64_t order = 0;  // from pack_order(); unique in a run, so giving a record another order disowns the event in
                            // the queue
  std::uint32_t slot = 0;
  std::uint32_t packet = 0;
  EventKind kind = EventKind::Timer;
  std::uint32_t link = 0;  // for the queue: the next event in a list

  NodeId node() const { return {static_cast<std::int32_t>((order >> kCounterBits) & ((1u << kNodeBits) - 1))}; }
  EventClass cls() const { return static_cast<EventClass>(order >> (kCounterBits + kNodeBits)); }
  EventKey key() const { return {{time}, cls(), node(), order & ((std::uint64_t{1} << kCounterBits) - 1)}; }
};
static_assert(std::is_trivially_copyable_v<Event> && sizeof(Event) == 32);

/// Time is never negative, so the pair compares as one unsigned 128-bit number.
inline Wide rank(const Event& e) { return static_cast<Wide>(static_cast<std::uint64_t>(e.time)) << 64 | e.order; }

}  // namespace kafkascope::sim
