// The kernel without payloads. Timeline has time, queue, trace and hash; Connections adds the network, Kernel the nodes
// with their timers, disks and clocks. Core<Msg> adds the messages, World<Role, Msg> the roles. The kernel is a value.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/connections.h"
#include "sim/random.h"
#include "sim/timers.h"

namespace kafkascope::sim {

struct DiskConfig {
  std::int64_t write_bytes_per_s = 200'000'000;
  std::int64_t flush_latency_us = 4000;
};

struct WorldOptions {
  std::uint64_t seed = 1;
  LinkConfig link;  // for pairs of nodes without a setting of their own
  DiskConfig disk;
};

inline constexpr std::size_t kStreams = 32;  // at least as many as sim::Stream has

class Kernel : public Connections {
 public:
  // ---- the functions of Context; `self` is the calling node
  std::int64_t wall_clock_ms(NodeId self) const;
  TimerId set_timer(NodeId self, Instant at, std::uint16_t kind, std::uint64_t arg);
  void cancel(NodeId self, TimerId& timer);
  Instant due(NodeId self, TimerId timer) const;
  void flush(NodeId self, std::uint64_t bytes, std::uint16_t kind, std::uint64_t arg);
  Random& random(NodeId self, Stream purpose) { return nodes_[index(self)].streams[static_cast<std::size_t>(purpose)]; }
  void exit(NodeId self, Death how);
  void set_node_state(NodeId self, NodeState state);

  // ---- reading
  std::size_t node_count() const { return nodes_.size(); }
  const std::string& name(NodeId n) const { return nodes_[index(n)].name; }
  NodeState state(NodeId n) const { return nodes_[index(n)].state; }
  std::uint32_t incarnation(NodeId n) const { return nodes_[index(n)].incarnation; }
  Duration clock_skew(NodeId n) const { return nodes_[index(n)].skew; }
  const DiskConfig& disk(NodeId n) const { return nodes_[index(n)].disk; }

  // ---- changes between events; documented in World
  NodeId add_node(std::string name, DiskConfig disk);
  void set_disk(NodeId n, DiskConfig disk) { nodes_[index(n)].disk = disk; }
  void skew_clock(NodeId n, Duration by) { nodes_[index(n)].skew = by; }
  bool pause(NodeId n);
  bool resume(NodeId n);
  bool deliver_now(const EventKey& key);

 protected:
  explicit Kernel(const WorldOptions& options);
  // Defaulted in the source file: their code is long, and every source file that copies a World would compile it again.
  Kernel(const Kernel&);
  Kernel(Kernel&&) noexcept;
  Kernel& operator=(const Kernel&);
  Kernel& operator=(Kernel&&) noexcept;
  ~Kernel() override;

  /// Takes the next event out of the queue if it is due by `limit`.
  [[gnu::always_inline]] bool next_event(Instant limit, Event& e) {
    if (faulted()) [[unlikely]]
      return false;
    while (!queue_.pop(std::min(limit.us, park_.begins() - 1), e)) {
      if (park_.begins() > limit.us) return false;
      open_stretch();
    }
    return true;
  }
  /// Carries out the kernel's part of an event, hashes the event together with the fields of its line, and emits the
  /// line. A message's payload enters the hash afterwards. take() handles the common cases and returns false for all
  /// others; take_rare() handles every case, and returns false if the event has been disowned.
  bool take(const Event& e, Work& work);
  bool take_rare(const Event& e, Work& work);
  void prefetch(const Event* next) const;
  std::optional<Instant> next_time();

  void begin_command(Instant at, std::uint64_t number, std::string_view verb, std::string_view arguments, Work& work);
  /// Starts or ends the process; the caller tells the role. Returns the line's seq.
  std::uint64_t boot(NodeId n, bool formed);
  std::uint64_t die(NodeId n, Death death);
  bool restart_wanted(NodeId n) const { return nodes_[index(n)].restart_wanted; }
  void want_restart(NodeId n) { nodes_[index(n)].restart_wanted = true; }
  /// A node that has asked to exit; each is returned once.
  NodeId next_exit();
  Death exit_how(NodeId n) const { return nodes_[index(n)].exit_how; }
  /// Whether there is work to do at the end of the event: a node wants to exit, or ended connections and packets must
  /// be freed.
  bool untidy() const { return untidy_; }

  Executed executed_info(const Work& work) const {
    const std::uint32_t bytes = work.call == Work::Call::Message ? packets_[work.packet].size : 0;
    return {present_.key(), present_.kind, work.node, work.peer, work.connection, work.line, executed_, bytes};
  }
  template <class F>
  void visit_timers(F&& f) const {
    for (std::uint32_t i = 0; i < timers_.size(); ++i) {
      const Timer& t = timers_[i];
      if (t.order != 0)
        f(PendingTimer{Event{t.due, t.order}.key(), t.node, t.kind, t.arg, {t.set_at}, {t.due}, t.cause});
    }
  }
  template <class F>
  void visit_flushes(F&& f) const {
    for (std::uint32_t i = 0; i < flushes_.size(); ++i) {
      const Flush& d = flushes_[i];
      if (d.order != 0) f(PendingFlush{Event{d.due, d.order}.key(), d.node, d.kind, d.arg, {d.set_at}, {d.due}});
    }
  }

 private:
  struct Node {
    bool exit_requested = false;
    Death exit_how = Death::Stop;
    bool restart_wanted = false;
    NodeState state = NodeState::Stopped;
    NodeState state_under_pause = NodeState::Stopped;
    std::uint32_t incarnation = 0;
    Duration skew;
    std::int64_t disk_busy_until = 0;
    DiskConfig disk;
    std::array<Random, kStreams> streams;
    std::string name;
  };
  struct Flush {
    std::uint64_t order = 0;
    std::int64_t due = 0, set_at = 0;
    std::uint64_t arg = 0, cause = 0;
    NodeId node;
    std::uint16_t kind = 0;
  };

  bool live(const Event& e) const;
  void end_timer(std::uint32_t slot);
  void open_stretch();

  std::uint64_t seed_;
  std::vector<Node> nodes_;
  Slab<Timer> timers_;
  TimerPark park_;  // parks timers that are not due soon
  Slab<Flush> flushes_;
  std::vector<NodeId> exiting_;
};

}  // namespace kafkascope::sim
