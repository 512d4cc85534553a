// Who watches a world. Watching changes nothing: the hash is the same with and without.
#pragma once
#include <cstdint>

#include "sim/event.h"
#include "sim/trace.h"

namespace kafkascope::sim {

/// What has just been executed. For a command: kind Command, node kWorld, counter = its number in the session.
struct Executed {
  EventKey key;
  EventKind kind = EventKind::Timer;
  NodeId node;               // whom it befell
  NodeId peer;               // the sender, for a message
  ConnectionId connection;   // the receiver's handle, for a message
  std::uint64_t line = 0;    // seq of its own trace line, 0 if it had none
  std::uint64_t number = 0;  // events executed so far, this one included
  std::uint32_t bytes = 0;   // of a message, as it travelled
};

/// Subject: named apart, so that an observer can be declared where only the name of Msg is known.
template <class Msg, class Subject = typename Msg::Subject>
class Observer {
 public:
  virtual ~Observer() = default;
  /// After the callback and all it did. `message` is null unless a message was delivered; valid during the call.
  virtual void on_event_executed(const Executed&, const Msg* message) = 0;
  /// While the line is emitted; subject as given to Context::trace, valid during the call.
  virtual void on_trace(const TraceLine&, const Subject* subject) = 0;
};

}  // namespace kafkascope::sim
