// The facts that the kernel emits: messages, timers, disks, connections, processes, commands.
#pragma once
#include <string>

#include "sim/fact.h"

namespace kafkascope::fact {

using sim::Text;

struct MessageDelivered {
  KAFKASCOPE_FACT(sim::trace_kind::kMessageDelivered, "message.delivered")
  sim::NodeId from;
  std::uint16_t api;         // from trace_code(message)
  std::uint32_t connection;  // the connection's slot at the receiver
  KAFKASCOPE_FIELDS(from, api, connection)
};
/// A message was lost in transit.
struct MessageLost {
  KAFKASCOPE_FACT(sim::trace_kind::kMessageLost, "message.lost")
  sim::NodeId from;
  std::uint16_t api;
  std::uint32_t connection;
  KAFKASCOPE_FIELDS(from, api, connection)
};
struct TimerFired {
  KAFKASCOPE_FACT(sim::trace_kind::kTimerFired, "timer.fired")
  std::uint16_t timer;  // the timer's kind, chosen by the role
  std::uint64_t argument;
  KAFKASCOPE_FIELDS(timer, argument)
};
struct DiskDone {
  KAFKASCOPE_FACT(sim::trace_kind::kDiskDone, "disk.done")
  std::uint16_t operation;  // the flush's kind, chosen by the role
  std::uint64_t argument;
  KAFKASCOPE_FIELDS(operation, argument)
};
struct ConnectionOpened {
  KAFKASCOPE_FACT(sim::trace_kind::kConnectionOpened, "connection.opened")
  sim::NodeId peer;
  KAFKASCOPE_FIELDS(peer)
};
struct ConnectionLost {
  KAFKASCOPE_FACT(sim::trace_kind::kConnectionLost, "connection.lost")
  sim::NodeId peer;
  sim::Disconnect reason;
  KAFKASCOPE_FIELDS(peer, reason)
};
struct NodeStarted {
  KAFKASCOPE_FACT(sim::trace_kind::kNodeStarted, "node.started")
  std::uint32_t incarnation;
  KAFKASCOPE_FIELDS(incarnation)
};
struct NodeDied {
  KAFKASCOPE_FACT(sim::trace_kind::kNodeDied, "node.died")
  sim::Death how;
  KAFKASCOPE_FIELDS(how)
};
struct NodePaused {
  KAFKASCOPE_FACT(sim::trace_kind::kNodePaused, "node.paused")
  KAFKASCOPE_NO_FIELDS
};
struct NodeResumed {
  KAFKASCOPE_FACT(sim::trace_kind::kNodeResumed, "node.resumed")
  KAFKASCOPE_NO_FIELDS
};
struct Command {
  KAFKASCOPE_FACT(sim::trace_kind::kCommand, "command")
  std::uint64_t number;
  Text verb, arguments;  // as spelled in files: "crash", "leader:orders-0"
  KAFKASCOPE_FIELDS(number, verb, arguments)
  /// "crash leader:orders-0"
  std::string spelled() const { return arguments.empty() ? verb.str() : verb.str() + " " + arguments.str(); }
};
struct EngineFault {
  KAFKASCOPE_FACT(sim::trace_kind::kEngineFault, "engine.fault")
  Text what;  // the condition that must hold but was violated
  KAFKASCOPE_FIELDS(what)
};

using FactsOfKernel =
    sim::FactList<MessageDelivered, MessageLost, TimerFired, DiskDone, ConnectionOpened, ConnectionLost, NodeStarted,
                  NodeDied, NodePaused, NodeResumed, Command, EngineFault>;

}  // namespace kafkascope::fact
