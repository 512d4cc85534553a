// The obvious first version of the kernel: std::priority_queue of std::function, the message inside the closure. It has the same
// latency, bandwidth, FIFO, keys, lines, hash and checks as sim::Kernel (is the process alive or paused, the connection open, a
// fault order active, the timer cancelled, an observer present), so both give the same trace hash for the same work; in this
// benchmark none of these checks ever applies.
#pragma once
#include <algorithm>
#include <cstdint>
#include <functional>
#include <queue>
#include <string>
#include <utility>
#include <vector>

#include "sim/event.h"
#include "sim/hasher.h"
#include "sim/network.h"
#include "sim/trace.h"
#include "sim/transport.h"

namespace kafkascope::sim::bench {

template <class Role, class Msg>
class NaiveWorld {
 public:
  explicit NaiveWorld(std::uint64_t seed) : seed_(seed), links_(seed, {}) {}
  NaiveWorld(const NaiveWorld&) = delete;

  void add_node(Role role) {
    const auto id = static_cast<std::uint64_t>(roles_.size());
    roles_.push_back(std::move(role));
    nodes_.emplace_back();
    random_.emplace_back(seed_, Stream::Workload, id);
  }
  void start_all() {
    for (std::int32_t i = 0; i < static_cast<std::int32_t>(roles_.size()); ++i) {
      cause_ = 0;
      cause_ = line({i}, trace_kind::kNodeStarted, 0, 1);
      Ctx x{*this, {i}};
      roles_[static_cast<std::size_t>(i)].on_start(x);
    }
  }
  bool step() {
    if (queue_.empty()) return false;
    if (!fault_.empty()) return false;
    const Entry& top = queue_.top();
    now_ = {top.time};
    ++executed_;
    time_ = top.time, order_ = top.order, kind_ = top.kind;
    const auto act = std::move(const_cast<Entry&>(top).act);
    queue_.pop();
    act();
    return true;
  }
  std::uint64_t executed() const { return executed_; }
  std::uint64_t digest() const { return hash_.digest(); }

  struct Ctx {
    NaiveWorld& world;
    NodeId node;
    NodeId self() const { return node; }
    Random& random(Stream) { return world.random_[static_cast<std::size_t>(node.index)]; }
    ConnectionId connect(NodeId to) { return world.connect(node, to); }
    void send(ConnectionId c, Msg m) { world.send(node, c, std::move(m)); }
    void set_timer(Duration in, std::uint16_t kind, std::uint64_t arg = 0) { world.set_timer(node, in, kind, arg); }
  };

 private:
  struct Entry {
    std::int64_t time;
    std::uint64_t order;
    EventKind kind;
    std::function<void()> act;
    bool operator<(const Entry& o) const { return time != o.time ? time > o.time : order > o.order; }
  };
  struct Way {
    NodeId from, to;
    std::uint32_t link;
    std::int64_t last_arrival = 0;
    std::uint32_t generation = 0;
    bool open = false, cut = false, held = false;
    std::vector<std::pair<std::uint64_t, Msg>> waiting{};  // waiting for the handshake, with their order
    std::vector<std::uint64_t> causes{};
  };

  struct Node {
    std::uint64_t counter = 0;
    bool alive = true, paused = false;
  };
  struct Timer {
    std::uint32_t generation = 0;
    std::int64_t due = 0, set_at = 0;  // for views
  };
  Node& node(NodeId n) { return nodes_[static_cast<std::size_t>(n.index)]; }
  Role& role(NodeId n) { return roles_[static_cast<std::size_t>(n.index)]; }
  std::uint64_t order(EventClass cls, NodeId n) { return pack_order(cls, n, ++node(n).counter); }
  template <class F>
  void at(std::int64_t time, std::uint64_t order, EventKind kind, F&& f) {
    queue_.push({time, order, kind, std::forward<F>(f)});
  }
  void hash_event(std::uint32_t detail = 0, std::uint64_t cause = 0, std::uint64_t more = 0) {
    hash_.words(static_cast<std::uint64_t>(time_), order_,
                static_cast<std::uint64_t>(kind_) | std::uint64_t{detail} << 32, cause, more);
  }
  std::uint64_t line(NodeId n, TraceKind kind, std::uint64_t cause, std::int64_t a, std::int64_t b = 0,
                     std::int64_t c = 0) {
    hash_.words(std::uint64_t{kind} | static_cast<std::uint64_t>(n.index) << 32, cause, static_cast<std::uint64_t>(a),
                static_cast<std::uint64_t>(b), static_cast<std::uint64_t>(c));
    return ++seq_;
  }
  std::uint64_t say(NodeId n, TraceKind kind, std::uint64_t cause) {
    ++seq_;
    if (watcher_) {
      TraceLine l;
      l.seq = seq_, l.cause = cause, l.time = now_, l.node = n, l.kind = kind;
      watcher_(l);
    }
    return seq_;
  }
  ConnectionId connect(NodeId from, NodeId to) {
    const auto slot = static_cast<std::uint32_t>(ways_.size());
    ways_.push_back({.from = from, .to = to, .link = links_.find(from, to)});
    ways_.push_back({.from = to, .to = from, .link = links_.find(to, from), .open = true});
    const Instant syn{links_[ways_[slot].link].cross(now_, 0).arrives_at_us};
    const std::int64_t answer = links_[ways_[slot + 1].link].cross(syn, 0).arrives_at_us;
    at(answer, order(EventClass::Lifecycle, from), EventKind::Handshake, [this, slot, cause = cause_] {
      Way& way = ways_[slot];
      hash_event();
      way.open = true;
      cause_ = line(way.from, trace_kind::kConnectionOpened, cause, way.to.index);
      auto waiting = std::exchange(way.waiting, {});
      for (std::size_t i = 0; i < waiting.size(); ++i)
        travel(slot, waiting[i].first, way.causes[i], std::move(waiting[i].second));
    });
    return {slot, 0};
  }
  void send(NodeId self, ConnectionId c, Msg m) {
    const std::uint32_t d = c.slot;
    if (d >= ways_.size()) return;
    Way& way = ways_[d];
    if (way.generation != c.generation || way.from != self || way.cut) return;
    const std::uint64_t key = order(EventClass::Deliver, way.to);
    if (way.open) return travel(d, key, cause_, std::move(m));
    way.waiting.emplace_back(key, std::move(m));
    way.causes.push_back(cause_);
  }
  void travel(std::uint32_t d, std::uint64_t key, std::uint64_t cause, Msg m) {
    Way& way = ways_[d];
    way.last_arrival = std::max(way.last_arrival, links_[way.link].cross(now_, wire_size(m)).arrives_at_us);
    at(way.last_arrival, key, EventKind::Stream, [this, d, cause, m = std::move(m)] {
      const Way& way = ways_[d];
      const NodeId to = way.to;
      if (way.held || way.cut || !rules_.empty() || !node(to).alive || node(to).paused) return;
      hash_event(trace_code(m), cause, static_cast<std::uint32_t>(ways_[d].from.index) | std::uint64_t{d ^ 1} << 32);
      hash_payload(hash_, m);
      cause_ = say(to, trace_kind::kMessageDelivered, cause);
      Ctx x{*this, to};
      role(to).on_message(x, {d ^ 1, 0}, m);
    });
  }
  void set_timer(NodeId n, Duration in, std::uint16_t kind, std::uint64_t arg) {
    std::uint32_t slot = static_cast<std::uint32_t>(timers_.size());
    if (free_timers_.empty()) {
      timers_.emplace_back();
    } else {
      slot = free_timers_.back();
      free_timers_.pop_back();
    }
    timers_[slot].due = (now_ + in).us;
    timers_[slot].set_at = now_.us;
    at((now_ + in).us, order(EventClass::Timer, n), EventKind::Timer,
       [this, n, kind, arg, slot, cause = cause_, generation = timers_[slot].generation] {
         if (timers_[slot].generation != generation || !node(n).alive || node(n).paused) return;
         ++timers_[slot].generation;
         free_timers_.push_back(slot);
         hash_event(kind, cause, arg);
         cause_ = say(n, trace_kind::kTimerFired, cause);
         Ctx x{*this, n};
         role(n).on_timer(x, kind, arg);
       });
  }

  std::uint64_t seed_;
  Instant now_;
  std::int64_t time_ = 0;
  std::uint64_t order_ = 0;
  EventKind kind_ = EventKind::Timer;
  std::uint64_t seq_ = 0, cause_ = 0, executed_ = 0;
  Hasher hash_;
  LinkTable links_;
  std::vector<Role> roles_;
  std::vector<Node> nodes_;
  std::vector<Timer> timers_;
  std::vector<std::uint32_t> free_timers_;
  std::vector<FaultRule> rules_;
  std::function<void(const TraceLine&)> watcher_;
  std::string fault_;
  std::vector<Random> random_;
  std::vector<Way> ways_;
  std::priority_queue<Entry> queue_;
};

}  // namespace kafkascope::sim::bench
