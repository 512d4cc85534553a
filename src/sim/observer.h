// The interface of a world's observer. Observing has no effects: the hash is the same with and without an observer.
#pragma once
#include <cstdint>

#include "sim/event.h"
#include "sim/trace.h"

namespace kafkascope::sim {

/// The event that was just executed. For a command: kind Command, node kWorld, counter = the command's number in the
/// session.
struct Executed {
  EventKey key;
  EventKind kind = EventKind::Timer;
  NodeId node;               // the node that the event concerns
  NodeId peer;               // the sender, for a message
  ConnectionId connection;   // the receiver's handle, for a message
  std::uint64_t line = 0;    // seq of the event's own trace line; 0: it has none
  std::uint64_t number = 0;  // number of events executed so far, including this one
  std::uint32_t bytes = 0;   // a message's size on the wire
};

/// Subject is a separate parameter, so that an observer can be declared where Msg is only forward-declared.
template <class Msg, class Subject = typename Msg::Subject>
class Observer {
 public:
  virtual ~Observer() = default;
  /// Called after the callback and all its effects. `message` is null unless a message was delivered; it is valid
  /// during the call.
  virtual void on_event_executed(const Executed&, const Msg* message) = 0;
  /// Called while the line is emitted; `subject` is the one passed to Context::trace, valid during the call.
  virtual void on_trace(const TraceLine&, const Subject* subject) = 0;
  /// An order to lose or hold messages applies to an arriving one. `order`: seq of the line of the command that gave the order;
  /// `seq`: of the last line before the message is stopped.
  virtual void on_message_stopped(std::uint64_t /*order*/, std::uint64_t /*seq*/) {}
};

}  // namespace kafkascope::sim
