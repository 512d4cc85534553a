// The lowest part of the kernel: what happens, and in which order. Time, the queue of events, the trace's lines and the
// hash, and which node has a process that can take an event.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/fact.h"
#include "sim/hasher.h"
#include "sim/observer.h"
#include "sim/queue.h"

namespace kafkascope::sim {

class Timeline {
 public:
  Instant now() const { return now_; }
  std::uint64_t cause() const { return cause_; }
  void set_cause(std::uint64_t seq) { cause_ = seq; }
  /// Stops the run, because a condition of the engine is broken.
  void fault(NodeId self, std::string_view what);
  bool faulted() const { return !fault_.empty(); }
  const std::string& fault_text() const { return fault_; }
  std::uint64_t executed() const { return executed_; }
  std::uint64_t last_seq() const { return seq_; }
  std::uint64_t digest() const { return hash_.digest(); }
  /// Whether the node has a process: starting, running, paused or shutting down.
  bool alive(NodeId n) const { return pulse(n).alive; }
  bool paused(NodeId n) const { return pulse(n).paused; }
  void refuse_connections(NodeId n) { pulse(n).listens = false; }

 protected:
  Timeline() = default;
  Timeline(const Timeline&) = default;
  Timeline(Timeline&&) noexcept = default;
  Timeline& operator=(const Timeline&) = default;
  Timeline& operator=(Timeline&&) noexcept = default;
  virtual ~Timeline() = default;

  /// The event that was taken, and the data with which the role must be called.
  struct Work {
    enum class Call : std::uint8_t { None, Message, Timer, Disk, Disconnect };
    // Only the fields that apply to the call are set.
    std::uint64_t line;  // seq of the trace line of the event itself
    std::uint64_t arg;
    NodeId node, peer;
    ConnectionId connection;
    std::uint32_t packet;
    std::uint16_t kind;
    Call call;
    Disconnect reason;
  };
  /// The part of a node that every event reads; it takes a quarter of a cache line.
  struct Pulse {
    std::uint64_t counter = 0;  // the per-node counter in the event key
    bool alive = false;         // the node has a process
    bool powered = true;        // false: the machine has no power and answers nothing
    bool paused = false;
    bool listens = true;  // whether the process accepts connections
  };

  static std::size_t index(NodeId n) { return static_cast<std::size_t>(n.index); }
  Pulse& pulse(NodeId n) { return pulse_[index(n)]; }
  const Pulse& pulse(NodeId n) const { return pulse_[index(n)]; }
  std::uint64_t next_order(EventClass cls, NodeId n) { return pack_order(cls, n, ++pulse(n).counter); }

  /// The event that will probably be taken next; null if finding it would take longer.
  const Event* upcoming() const { return queue_.hint(); }
  const Event* upcoming_after() const { return queue_.hint_after(); }
  /// Keeps an event that has reached a paused node.
  void wait(const Event& e) { waiting_[index(e.node())].push_back(e); }

  /// Hashes the event: its key and kind, and those fields of its trace line that are not part of the key.
  void begin_event(const Event& e, Work& work, std::uint32_t detail = 0, std::uint64_t cause = 0,
                   std::uint64_t more = 0) {
    now_ = {e.time};
    ++executed_;
    cause_ = cause;
    work.node = e.node();
    if (watched_) present_ = e;
    hash_.words(static_cast<std::uint64_t>(e.time), e.order,
                static_cast<std::uint64_t>(e.kind) | std::uint64_t{detail} << 32, cause, more);
  }
  /// Emits a line whose fields are already in the hash.
  template <Fact F>
  std::uint64_t say(NodeId node, std::uint64_t cause, const F& fact) {
    ++seq_;
    if (watched_) tell(node, cause, pack(fact));
    return seq_;
  }
  /// Hashes the line's fields and emits the line.
  template <Fact F>
  std::uint64_t line(NodeId node, std::uint64_t cause, F fact) {
    return hash_and_tell(node, cause, pack(std::move(fact)));
  }
  /// A line of a role.
  void emit(NodeId self, TraceLine& line, const void* subject);
  virtual void observe(const TraceLine& line, const void* subject) = 0;
  /// A message is stopped by the order that the command of that line gave.
  virtual void observe_stop(std::uint64_t order) = 0;

  Instant now_;
  Event present_;  // the event being handled, set only while an observer is attached
  std::uint64_t seq_ = 0, cause_ = 0, executed_ = 0;
  bool watched_ = false;
  bool untidy_ = false;  // there is work to do at the end of the event
  Hasher hash_;
  Queue queue_;
  std::vector<Pulse> pulse_;
  std::vector<std::vector<Event>> waiting_;  // by node: what arrived while the node was paused, in order of arrival

 private:
  void tell(NodeId node, std::uint64_t cause, TraceLine&& line);
  std::uint64_t hash_and_tell(NodeId node, std::uint64_t cause, TraceLine&& line);

  std::string fault_;
};

}  // namespace kafkascope::sim
