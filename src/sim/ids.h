// Handles of the kernel: nodes, connections, timers.
#pragma once
#include <compare>
#include <cstdint>
#include <functional>

namespace kafkascope::sim {

/// Index of a node in its world (controllers, brokers and clients alike), in the order of addition. -1: no node; also
/// stands for the world itself.
struct NodeId {
  std::int32_t index = -1;
  friend constexpr auto operator<=>(NodeId, NodeId) = default;
  constexpr bool valid() const { return index >= 0; }
};
inline constexpr NodeId kWorld{-1};

/// One TCP connection: a slot and its generation, so that a handle to a closed connection is never mistaken for one to
/// a later connection in the same slot.
struct ConnectionId {
  std::uint32_t slot = 0xffffffff;
  std::uint32_t generation = 0;
  friend constexpr auto operator<=>(ConnectionId, ConnectionId) = default;
  constexpr bool valid() const { return slot != 0xffffffff; }
};

/// A pending timer. A default-constructed handle refers to no timer.
struct TimerId {
  std::uint32_t slot = 0xffffffff;
  std::uint32_t generation = 0;
  friend constexpr auto operator<=>(TimerId, TimerId) = default;
  constexpr bool valid() const { return slot != 0xffffffff; }
};

/// How a process ended, and what survives: Crash keeps the page cache (and connections break with a reset);
/// PowerOff loses what was not flushed and notifies no peer; Stop is an orderly exit that flushes everything.
enum class Death : std::uint8_t { Crash, PowerOff, Stop };

enum class NodeState : std::uint8_t { Starting, Running, Paused, Crashed, PoweredOff, ShuttingDown, Stopped };

/// Why a connection ended, as reported to the surviving end.
enum class Disconnect : std::uint8_t { PeerClosed, Reset, Refused };

}  // namespace kafkascope::sim

template <>
struct std::hash<kafkascope::sim::NodeId> {
  std::size_t operator()(kafkascope::sim::NodeId n) const noexcept { return static_cast<std::size_t>(n.index); }
};
template <>
struct std::hash<kafkascope::sim::ConnectionId> {
  std::size_t operator()(kafkascope::sim::ConnectionId c) const noexcept {
    return static_cast<std::size_t>((static_cast<std::uint64_t>(c.generation) << 32) | c.slot);
  }
};
