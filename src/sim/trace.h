// The trace: one line per kernel event and per thing that matters, each with its cause. Always hashed; storing is the observer's choice.
#pragma once
#include <cstdint>
#include "sim/ids.h"
#include "sim/text.h"
#include "sim/time.h"

namespace kafkascope::sim {

/// Kinds are numbered by the caller (protocol/trace_kinds.h); the kernel's own come first.
using TraceKind = std::uint16_t;
namespace trace_kind {
inline constexpr TraceKind kMessageDelivered =
    0;  // a = sender's node, b = api key (Message::trace_code), c = connection slot
inline constexpr TraceKind kMessageLost = 1;       // fell on its way: a = sender, b = api, c = connection slot
inline constexpr TraceKind kTimerFired = 2;        // a = timer kind, b = argument
inline constexpr TraceKind kDiskDone = 3;          // a = operation kind, b = argument
inline constexpr TraceKind kConnectionOpened = 4;  // a = peer
inline constexpr TraceKind kConnectionLost = 5;    // a = peer, b = Disconnect
inline constexpr TraceKind kNodeStarted = 6;       // a = incarnation
inline constexpr TraceKind kNodeDied = 7;          // a = Death
inline constexpr TraceKind kNodePaused = 8;
inline constexpr TraceKind kNodeResumed = 9;
inline constexpr TraceKind kCommand = 10;      // text = the command in words (verb and node)
inline constexpr TraceKind kEngineFault = 11;  // text = what must hold and does not
inline constexpr TraceKind kFirstFree = 16;
}  // namespace trace_kind

/// One line. All fields enter the trace hash except seq and cause's storage form; a, b, c mean what the kind's row in
/// the kind table says. topic is an index of the caller's, -1 = none.
struct TraceLine {
  std::uint64_t seq = 0;    // from 1, dense
  std::uint64_t cause = 0;  // seq of the line that led here, 0 = none
  Instant time;
  NodeId node = kWorld;
  TraceKind kind = 0;
  std::int32_t topic = -1;
  std::int32_t partition = -1;
  std::int64_t a = 0, b = 0, c = 0;
  Text text;
};

}  // namespace kafkascope::sim
