// The only interface from a role to the world.
//
// A role (raft node, broker, producer ...) is a copyable value with these members, all called by the kernel:
//   void on_start(Ctx&)                                  the process starts (first start and restarts) from its disk
//   void on_message(Ctx&, ConnectionId, const Msg&)      a message arrived on a connection
//   void on_timer(Ctx&, std::uint16_t kind, std::uint64_t arg)
//   void on_disk(Ctx&, std::uint16_t kind, std::uint64_t arg)       a write or flush is done
//   void on_disconnect(Ctx&, ConnectionId, Disconnect)   the other end closed, reset or refused (not the role itself)
//   void on_death(Death, Instant now)                    no Ctx: drop everything volatile; keep what is on disk
//
// Msg (the payload) provides these functions, found by argument-dependent lookup, and the type Msg::Subject (what a
// trace line may point at while it is emitted, e.g. a record batch):
//   void hash_payload(Hasher&, const Msg&)   every field
//   std::uint32_t wire_size(const Msg&)      bytes, for the bandwidth model
//   std::uint16_t trace_code(const Msg&)     API key and direction, for message.* trace lines
#pragma once
#include <string>
#include <string_view>
#include <utility>

#include "sim/core.h"
#include "sim/fact.h"

namespace kafkascope::sim {

/// Passed to every callback; valid only during the callback. Msg: see above.
template <class Msg>
class Context {
 public:
  Context(Core<Msg>& core, NodeId self) : core_(core), self_(self) {}

  NodeId self() const { return self_; }
  Instant now() const { return core_.now(); }
  /// ms since 1970 by the node's own clock, including its skew.
  std::int64_t wall_clock_ms() const { return core_.wall_clock_ms(self_); }

  /// Opens a TCP connection; never fails at once. Messages sent before the handshake is done wait for it (one round
  /// trip). To a dead process: Refused after a round trip (crashed), or no reaction (powered off, partitioned: SYNs are
  /// repeated forever, and the caller needs a timeout of its own). Several connections between the same two nodes are
  /// independent.
  ConnectionId connect(NodeId to) { return core_.connect(self_, to); }
  /// Messages arrive in order per connection and direction. Sending on a connection that is not open does nothing.
  void send(ConnectionId c, Msg message) { core_.send(self_, c, std::move(message)); }
  /// Orderly close: messages sent before still arrive, then the peer gets on_disconnect(PeerClosed).
  void close(ConnectionId c) { core_.close(self_, c); }
  bool is_open(ConnectionId c) const { return core_.is_open(self_, c); }
  NodeId peer(ConnectionId c) const { return core_.peer(self_, c); }
  /// The longest time for a packet to reach the other node and for its machine's answer to return.
  Duration round_trip(NodeId other) { return core_.round_trip(self_, other); }
  /// The node's name, which is also the name with which it logs in.
  const std::string& name(NodeId n) const { return core_.name(n); }

  /// Sets a one-shot timer; on_timer receives `kind` and `arg`. A timer dies with its process.
  TimerId set_timer(Duration in, std::uint16_t kind, std::uint64_t arg = 0) {
    return core_.set_timer(self_, now() + in, kind, arg);
  }
  TimerId set_timer_at(Instant at, std::uint16_t kind, std::uint64_t arg = 0) {
    return core_.set_timer(self_, at, kind, arg);
  }
  /// Cancels the timer if it is pending, and clears the handle.
  void cancel(TimerId& t) { core_.cancel(self_, t); }
  /// When the timer will fire; kNever if it is not pending.
  Instant due(TimerId t) const { return core_.due(self_, t); }

  /// An fsync of `bytes` dirty bytes: takes bytes / write rate + flush latency. Each disk handles one fsync at a time.
  /// Afterwards on_disk(kind, arg) is called.
  void flush(std::uint64_t bytes, std::uint16_t kind, std::uint64_t arg = 0) { core_.flush(self_, bytes, kind, arg); }

  /// The node's random stream for this purpose.
  Random& random(Stream purpose) { return core_.random(self_, purpose); }

  /// Ends the process from inside (controlled shutdown finished), like a Stop command at the end of the callback.
  void exit() { core_.exit(self_, Death::Stop); }
  /// Runtime.halt: the process dies at the end of the callback as in a crash; nothing is flushed or closed in order.
  void halt() { core_.exit(self_, Death::Crash); }
  /// The state that the stage shows for this node while it runs (Starting until the role sets Running).
  void set_state(NodeState s) { core_.set_node_state(self_, s); }

  /// Emits a fact as a line; time, node, seq and cause are filled in (cause: the line before it in this callback; for
  /// the first line, the message, timer or command being handled). `subject` is for the observer, valid during the call
  /// only.
  template <Fact F>
  void trace(F fact, const typename Msg::Subject* subject = nullptr) {
    core_.trace(self_, pack(std::move(fact)), subject);
  }
  /// The number of the line that messages sent from here on will name as their cause.
  std::uint64_t cause() const { return core_.cause(); }
  /// Makes the line `seq` the cause of the rest of this callback (so a response released from a purgatory names the
  /// event that released it).
  void set_cause(std::uint64_t seq) { core_.set_cause(seq); }
  /// Reports an impossible state: records engine.fault and stops the run after this event.
  void fault(std::string_view what) { core_.fault(self_, what); }

 private:
  Core<Msg>& core_;
  NodeId self_;
};

}  // namespace kafkascope::sim
