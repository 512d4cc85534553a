// The kernel without payloads: time, queue, nodes, timers, disks, connections, trace and hash. Core<Msg> adds the
// messages, World<Role, Msg> the roles. The kernel is a value.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/fact.h"
#include "sim/hasher.h"
#include "sim/network.h"
#include "sim/observer.h"
#include "sim/queue.h"
#include "sim/slab.h"
#include "sim/timers.h"
#include "sim/transport.h"

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

class Kernel {
 public:
  // ---- the functions of Context; `self` is the calling node
  Instant now() const { return now_; }
  std::int64_t wall_clock_ms(NodeId self) const;
  ConnectionId connect(NodeId self, NodeId to);
  void close(NodeId self, ConnectionId c);
  bool is_open(NodeId self, ConnectionId c) const { return owns(self, c); }
  /// The node at the other end, even of a connection that has just been closed; kWorld for a handle that refers to no
  /// connection.
  NodeId peer(NodeId self, ConnectionId c) const;
  TimerId set_timer(NodeId self, Instant at, std::uint16_t kind, std::uint64_t arg);
  void cancel(NodeId self, TimerId& timer);
  Instant due(NodeId self, TimerId timer) const;
  void flush(NodeId self, std::uint64_t bytes, std::uint16_t kind, std::uint64_t arg);
  Random& random(NodeId self, Stream purpose) { return nodes_[index(self)].streams[static_cast<std::size_t>(purpose)]; }
  void exit(NodeId self, Death how);
  void set_node_state(NodeId self, NodeState state);
  std::uint64_t cause() const { return cause_; }
  void set_cause(std::uint64_t seq) { cause_ = seq; }
  void fault(NodeId self, std::string_view what);

  // ---- reading
  std::size_t node_count() const { return nodes_.size(); }
  const std::string& name(NodeId n) const { return nodes_[index(n)].name; }
  NodeState state(NodeId n) const { return nodes_[index(n)].state; }
  /// Whether the node has a process: starting, running, paused or shutting down.
  bool alive(NodeId n) const { return pulse_[index(n)].alive; }
  bool paused(NodeId n) const { return pulse_[index(n)].paused; }
  std::uint32_t incarnation(NodeId n) const { return nodes_[index(n)].incarnation; }
  Duration clock_skew(NodeId n) const { return nodes_[index(n)].skew; }
  const DiskConfig& disk(NodeId n) const { return nodes_[index(n)].disk; }
  bool is_cut(NodeId from, NodeId to) const {
    const Link* l = links_.look(from, to);
    return l != nullptr && l->cut;
  }
  LinkConfig link_config(NodeId from, NodeId to) const {
    const Link* l = links_.look(from, to);
    return l != nullptr ? l->config() : links_.defaults(from, to);
  }
  bool faulted() const { return !fault_.empty(); }
  const std::string& fault_text() const { return fault_; }
  std::uint64_t executed() const { return executed_; }
  std::uint64_t last_seq() const { return seq_; }
  std::uint64_t digest() const { return hash_.digest(); }
  std::size_t open_connections() const;

  // ---- changes between events; documented in World and Network
  NodeId add_node(std::string name, DiskConfig disk);
  void refuse_connections(NodeId n) { pulse_[index(n)].listens = false; }
  void set_disk(NodeId n, DiskConfig disk) { nodes_[index(n)].disk = disk; }
  void skew_clock(NodeId n, Duration by) { nodes_[index(n)].skew = by; }
  void set_link(NodeId from, NodeId to, LinkConfig config) { links_[links_.find(from, to)].set(config.sane()); }
  /// The longest round trip, without the effects of bandwidth and loss.
  Duration round_trip(NodeId a, NodeId b) {
    return {links_[links_.find(a, b)].latency().b_us + links_[links_.find(b, a)].latency().b_us};
  }
  void cut(NodeId from, NodeId to);
  void heal(NodeId from, NodeId to);
  void heal_all();
  void heal_node(NodeId n);
  bool pause(NodeId n);
  bool resume(NodeId n);
  void add_rule(FaultRule rule);
  void release(const MessageFilter& filter, std::uint64_t count);
  bool deliver_now(const EventKey& key);

 protected:
  explicit Kernel(const WorldOptions& options);
  // Defaulted in the source file: each is long, and many translation units copy worlds.
  Kernel(const Kernel&);
  Kernel(Kernel&&) noexcept;
  Kernel& operator=(const Kernel&);
  Kernel& operator=(Kernel&&) noexcept;
  virtual ~Kernel();

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
  /// The event that will probably be taken next; null if finding it would take longer.
  const Event* upcoming() const { return queue_.hint(); }
  const Event* upcoming_after() const { return queue_.hint_after(); }
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
  /// Whether there is work to do at the end of the event: a node wants to exit, or ended connections and packets must be freed.
  bool untidy() const { return untidy_; }

  /// For Core::send: queues a packet for the message; kNone if the connection is not open.
  std::uint32_t enqueue(NodeId self, ConnectionId c, std::uint32_t size, std::uint16_t code);
  void emit(NodeId self, TraceLine& line, const void* subject);
  /// Frees the connections and packets that the event ended; drop(packet) frees the payload.
  template <class F>
  void sweep(F&& drop) {
    untidy_ = false;
    for (std::uint32_t p : dropped_) {
      drop(p);
      packets_.give_back(p);
    }
    dropped_.clear();
    for (std::uint32_t c : ended_) free_connection(c);
    ended_.clear();
  }
  void give_back_packet(std::uint32_t packet) { packets_.give_back(packet); }
  Executed executed_info(const Work& work) const {
    const std::uint32_t bytes = work.call == Work::Call::Message ? packets_[work.packet].size : 0;
    return {present_.key(), present_.kind, work.node, work.peer, work.connection, work.line, executed_, bytes};
  }
  virtual void observe(const TraceLine& line, const void* subject) = 0;

  template <class F>
  void visit_packets(F&& f) const {
    for (std::uint32_t p = 0; p < packets_.size(); ++p) {
      if (packets_[p].order != 0 && packets_[p].kind == Packet::Kind::Data) f(p, view(p));
    }
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

  bool watched_ = false;
  Hasher hash_;

 private:
  /// The part of a node that every event reads; it takes a quarter of a cache line.
  struct Pulse {
    std::uint64_t counter = 0;  // the per-node counter in the event key
    bool alive = false;         // the node has a process
    bool powered = true;        // false: the machine has no power and answers nothing
    bool paused = false;
    bool listens = true;  // whether the process accepts connections
  };
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
    std::vector<Event> waiting;  // events that arrived while the node was paused, in order of arrival
    std::string name;
  };
  struct Flush {
    std::uint64_t order = 0;
    std::int64_t due = 0, set_at = 0;
    std::uint64_t arg = 0, cause = 0;
    NodeId node;
    std::uint16_t kind = 0;
  };

  static std::size_t index(NodeId n) { return static_cast<std::size_t>(n.index); }
  std::uint64_t next_order(EventClass cls, NodeId n) { return pack_order(cls, n, ++pulse_[index(n)].counter); }
  Pulse& pulse(NodeId n) { return pulse_[index(n)]; }
  /// Whether the handle refers to an open end of this node.
  bool owns(NodeId self, ConnectionId c) const {
    if ((c.slot >> 1) >= connections_.size()) return false;
    const Connection& x = connections_[c.slot >> 1];
    return x.generation == c.generation && x.open[c.slot & 1] && x.nodes[c.slot & 1] == self;
  }
  Direction& direction(std::uint32_t d) { return connections_[d >> 1].directions[d & 1]; }
  NodeId receiver(std::uint32_t d) const { return connections_[d >> 1].nodes[(d & 1) ^ 1]; }
  NodeId sender(std::uint32_t d) const { return connections_[d >> 1].nodes[d & 1]; }
  bool& receiver_open(std::uint32_t d) { return connections_[d >> 1].open[(d & 1) ^ 1]; }
  bool& sender_open(std::uint32_t d) { return connections_[d >> 1].open[d & 1]; }
  ConnectionId handle(std::uint32_t end) const { return {end, connections_[end >> 1].generation}; }
  PendingPacket view(std::uint32_t packet) const;

  bool live(const Event& e) const;
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
  void tell(NodeId node, std::uint64_t cause, TraceLine&& line);
  template <Fact F>
  std::uint64_t line(NodeId node, std::uint64_t cause, F fact) {
    return hash_and_tell(node, cause, pack(std::move(fact)));
  }
  std::uint64_t hash_and_tell(NodeId node, std::uint64_t cause, TraceLine&& line);
  void end_timer(std::uint32_t slot);
  void open_stretch();
  void wait(const Event& e) { nodes_[index(e.node())].waiting.push_back(e); }

  bool arrive(const Event& e, Work& work);
  bool rise(const Event& e, Work& work);
  void accept_end(std::uint32_t packet, Work& work);
  void fall(std::uint32_t packet, Work& work);
  void take_message(Connection& x, std::uint32_t d, std::uint32_t packet, const Event& e, Work& work);
  void finish_handshake(const Event& e, Work& work);
  void start_handshake(std::uint32_t connection, Duration delay);
  enum class Verdict : std::uint8_t { Pass, Hold, Lose };
  Verdict judge(std::uint32_t packet);
  void stop(std::uint32_t packet, Verdict verdict, Work& work);

  std::uint32_t new_packet(std::uint32_t d, Packet::Kind kind);
  void append(std::uint32_t d, std::uint32_t packet, Duration delay = {});
  void transmit(std::uint32_t d, std::uint32_t packet, Duration delay = {});
  void arm(std::uint32_t d);
  void end_stream(std::uint32_t d, Packet::Kind kind, Duration delay = {});
  bool drop_messages(std::uint32_t d, bool only_blocked);
  void unhold(std::uint32_t d);
  void join_link(std::uint32_t d, std::uint32_t link);
  void leave_link(std::uint32_t d);
  std::vector<std::uint32_t> ways_over(std::uint32_t link) const;
  void cut_link(std::uint32_t link);
  void heal_link(std::uint32_t link);
  std::uint64_t lose(std::uint32_t packet);
  void discard(std::uint32_t packet);
  void break_connection(std::uint32_t connection);
  void abandon(std::uint32_t connection);
  void maybe_free(std::uint32_t connection);
  void free_connection(std::uint32_t connection);
  void hasten(std::uint32_t d, std::uint32_t last);
  void close_end(std::uint32_t end, Packet::Kind how);

  Instant now_;
  Event present_;  // the event being handled, set only while an observer is attached
  std::uint64_t seq_ = 0, cause_ = 0, executed_ = 0;
  std::uint64_t seed_;
  DiskConfig default_disk_;
  Queue queue_;
  std::vector<Pulse> pulse_;
  std::vector<Node> nodes_;
  LinkTable links_;
  Slab<Connection> connections_;
  std::vector<std::uint32_t> ways_;      // the link of each direction; stored separately, so that both can be fetched
                                         // at once
  std::vector<std::uint32_t> next_way_;  // for each direction, the next one on the same link
  std::vector<ConnectionExtra> extra_;   // indexed by connection number
  Slab<Packet> packets_;
  Slab<Timer> timers_;
  TimerPark park_;  // parks timers that are not due soon
  Slab<Flush> flushes_;
  std::vector<FaultRule> rules_;
  std::vector<std::uint32_t> dropped_, ended_;  // connections and packets to be freed at the end of the event
  std::vector<NodeId> exiting_;
  bool untidy_ = false;
  std::string fault_;
};

}  // namespace kafkascope::sim
