// The trace: one line per kernel event and per fact that a role emits, each with its cause. Lines are always hashed;
// the observer decides whether to store them.
#pragma once
#include <cstddef>
#include <cstdint>
#include <utility>

#include "sim/ids.h"
#include "sim/text.h"
#include "sim/time.h"

namespace kafkascope::sim {

/// The numbers of kinds are defined above the kernel (protocol/trace_kinds.h); the kernel's own kinds come first, each
/// with its struct in sim/facts_of_kernel.h.
using TraceKind = std::uint16_t;
namespace trace_kind {
inline constexpr TraceKind kMessageDelivered = 0;
inline constexpr TraceKind kMessageLost = 1;
inline constexpr TraceKind kTimerFired = 2;
inline constexpr TraceKind kDiskDone = 3;
inline constexpr TraceKind kConnectionOpened = 4;
inline constexpr TraceKind kConnectionLost = 5;
inline constexpr TraceKind kNodeStarted = 6;
inline constexpr TraceKind kNodeDied = 7;
inline constexpr TraceKind kNodePaused = 8;
inline constexpr TraceKind kNodeResumed = 9;
inline constexpr TraceKind kCommand = 10;
inline constexpr TraceKind kEngineFault = 11;
inline constexpr TraceKind kFirstFree = 16;
}  // namespace trace_kind

/// One line. The trace hash covers everything in it except seq and the form in which the cause is stored. `topic` is an
/// index defined by the caller; -1: none. The content of a line is a struct with named fields, a fact (sim/fact.h):
/// as<fact::NodeDied>(line).how.
struct TraceLine {
  std::uint64_t seq = 0;    // numbered from 1 without gaps
  std::uint64_t cause = 0;  // seq of the line that led to this one; 0: none
  Instant time;
  NodeId node = kWorld;
  TraceKind kind = 0;

 private:
  friend struct LineParts;
  std::uint16_t reason_ = 0;

 public:
  std::int32_t topic = -1;
  std::int32_t partition = -1;

 private:
  std::int64_t a_ = 0, b_ = 0, c_ = 0;
  Text text_;
};
static_assert(sizeof(TraceLine) == 80);

/// A line's numbers, reason and text by position: for facts, the hash and the writer. All other code reads fields by
/// name.
struct LineParts {
  template <std::size_t I>
  static std::int64_t number(const TraceLine& l) {
    static_assert(I < 3);
    return I == 0 ? l.a_ : I == 1 ? l.b_ : l.c_;
  }
  template <std::size_t I>
  static void set_number(TraceLine& l, std::int64_t x) {
    static_assert(I < 3);
    (I == 0 ? l.a_ : I == 1 ? l.b_ : l.c_) = x;
  }
  static std::uint16_t reason(const TraceLine& l) { return l.reason_; }
  static void set_reason(TraceLine& l, std::uint16_t x) { l.reason_ = x; }
  static const Text& text(const TraceLine& l) { return l.text_; }
  static void set_text(TraceLine& l, Text text) { l.text_ = std::move(text); }
};

}  // namespace kafkascope::sim
