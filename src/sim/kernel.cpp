#include "sim/kernel.h"

#include <algorithm>
#include <utility>

#include "sim/facts_of_kernel.h"

namespace kafkascope::sim {
namespace {

std::uint64_t word(std::int64_t x) { return static_cast<std::uint64_t>(x); }
std::uint64_t pair_word(std::int64_t low, std::int64_t high) { return (word(low) & 0xffffffff) | word(high) << 32; }
std::int64_t kind_and_reason(const TraceLine& l) { return l.kind | LineParts::reason(l) << 16; }

}  // namespace

Kernel::Kernel(const WorldOptions& options)
    : seed_(options.seed), default_disk_(options.disk), links_(options.seed, options.link) {}
Kernel::Kernel(const Kernel&) = default;
Kernel::Kernel(Kernel&&) noexcept = default;
Kernel& Kernel::operator=(const Kernel&) = default;
Kernel& Kernel::operator=(Kernel&&) noexcept = default;
Kernel::~Kernel() = default;

// ---- trace and hash

void Kernel::tell(NodeId node, std::uint64_t cause, TraceLine&& l) {
  l.seq = seq_;
  l.cause = cause;
  l.time = now_;
  l.node = node;
  observe(l, nullptr);
}

std::uint64_t Kernel::hash_and_tell(NodeId node, std::uint64_t cause, TraceLine&& l) {
  ++seq_;
  hash_.words(pair_word(kind_and_reason(l), node.index), cause, word(LineParts::number<0>(l)),
              word(LineParts::number<1>(l)), word(LineParts::number<2>(l)));
  // The text of a broken condition is for developers and may be reworded, so it is not hashed.
  if (const Text& text = LineParts::text(l); !text.empty() && l.kind != trace_kind::kEngineFault)
    hash_.put(text.view());
  if (watched_) tell(node, cause, std::move(l));
  return seq_;
}

void Kernel::emit(NodeId self, TraceLine& l, const void* subject) {
  l.seq = ++seq_;
  l.cause = cause_;
  l.time = now_;
  l.node = self;
  const std::string_view text = LineParts::text(l).view();
  hash_.words(pair_word(kind_and_reason(l), self.index), cause_, word(LineParts::number<0>(l)),
              word(LineParts::number<1>(l)), word(LineParts::number<2>(l)), pair_word(l.topic, l.partition),
              std::uint64_t{text.size()});
  if (!text.empty()) hash_.bytes(text.data(), text.size());
  cause_ = seq_;
  if (watched_) observe(l, subject);
}

void Kernel::fault(NodeId self, std::string_view what) {
  if (faulted()) return;
  fault_ = what.empty() ? "unnamed" : what;
  cause_ = line(self, cause_, fact::EngineFault{fault_});
}

// ---- the loop

bool Kernel::live(const Event& e) const {
  switch (e.kind) {
    case EventKind::Stream: {
      const Packet& k = packets_[e.packet];
      return k.order == e.order && !k.blocked && !connections_[e.slot >> 1].directions[e.slot & 1].held;
    }
    case EventKind::Buffered: return packets_[e.slot].order == e.order;
    case EventKind::Handshake: return extra_[e.slot].handshake_order == e.order;
    case EventKind::DiskDone: return flushes_[e.slot].order == e.order;
    case EventKind::Timer: return timers_[e.slot].order == e.order;
    case EventKind::Command: break;
  }
  return false;
}

std::optional<Instant> Kernel::next_time() {
  for (;;) {
    while (!queue_.empty() && !live(queue_.top())) queue_.pop();
    if (park_.begins() == kNever.us || (!queue_.empty() && queue_.top().time < park_.begins())) break;
    open_stretch();
  }
  if (queue_.empty() || faulted()) return std::nullopt;
  return Instant{queue_.top().time};
}

void Kernel::begin_command(Instant at, std::uint64_t number, std::string_view verb, std::string_view arguments,
                           Work& work) {
  const auto next = next_time();
  if (at < now_ || (next && *next < at))
    fault(kWorld, "a command must not come before what has happened, nor after what is due before it");
  work = Work{};
  work.node = kWorld;
  present_ = {std::max(at, now_).us, number, 0, 0, EventKind::Command};  // the order of a command is its number in the
                                                                         // session
  begin_event(present_, work);
  work.node = kWorld;
  cause_ = work.line = line(kWorld, 0, fact::Command{number, verb, arguments});
}

// ---- timers, disks, clocks

std::int64_t Kernel::wall_clock_ms(NodeId self) const {
  const std::int64_t us = (now_ + nodes_[index(self)].skew).us;
  return kEpochMs + (us >= 0 ? us / 1000 : -((999 - us) / 1000));
}

Instant Kernel::due(NodeId self, TimerId timer) const {
  if (timer.slot >= timers_.size()) return kNever;
  const Timer& t = timers_[timer.slot];
  return t.order != 0 && t.generation == timer.generation && t.node == self ? Instant{t.due} : kNever;
}

void Kernel::flush(NodeId self, std::uint64_t bytes, std::uint16_t kind, std::uint64_t arg) {
  Node& n = nodes_[index(self)];
  const std::uint64_t rate = static_cast<std::uint64_t>(std::max<std::int64_t>(n.disk.write_bytes_per_s, 1));
  const std::int64_t writing = static_cast<std::int64_t>((static_cast<Wide>(bytes) * 1'000'000u + rate - 1) / rate);
  n.disk_busy_until = std::max(n.disk_busy_until, now_.us) + writing + n.disk.flush_latency_us;
  const std::uint32_t slot = flushes_.take();
  flushes_[slot] = {next_order(EventClass::Disk, self), n.disk_busy_until, now_.us, arg, cause_, self, kind};
  queue_.push({n.disk_busy_until, flushes_[slot].order, slot, 0, EventKind::DiskDone});
}

// ---- life cycle

NodeId Kernel::add_node(std::string name, DiskConfig disk) {
  const NodeId id{static_cast<std::int32_t>(nodes_.size())};
  Node n;
  n.name = std::move(name);
  n.disk = disk;
  for (std::size_t s = 0; s < kStreams; ++s)
    n.streams[s] = Random(seed_, static_cast<Stream>(s), static_cast<std::uint64_t>(id.index));
  nodes_.push_back(std::move(n));
  pulse_.emplace_back();
  return id;
}

void Kernel::set_node_state(NodeId self, NodeState state) {
  Node& n = nodes_[index(self)];
  if (pulse(self).alive) (pulse(self).paused ? n.state_under_pause : n.state) = state;
}

void Kernel::exit(NodeId self, Death how) {
  Node& n = nodes_[index(self)];
  if (!pulse(self).alive || n.exit_requested) return;
  n.exit_requested = true;
  n.exit_how = how;
  exiting_.push_back(self);
  untidy_ = true;
}

NodeId Kernel::next_exit() {
  while (!exiting_.empty()) {
    const NodeId n = exiting_.front();
    exiting_.erase(exiting_.begin());
    if (nodes_[index(n)].exit_requested) return n;
  }
  return kWorld;
}

std::uint64_t Kernel::boot(NodeId id, bool formed) {
  Node& n = nodes_[index(id)];
  const bool power_returns = !pulse(id).powered;
  pulse(id).alive = pulse(id).powered = true;
  pulse(id).paused = n.exit_requested = n.restart_wanted = false;
  n.state = formed ? NodeState::Running : NodeState::Starting;
  ++n.incarnation;
  const std::uint64_t seq = line(id, cause_, fact::NodeStarted{n.incarnation});
  if (!power_returns) return seq;
  // Peers may have been retransmitting packets that this machine never acknowledged: data of connections that it does
  // not know, and SYNs.
  const std::uint64_t outer = std::exchange(cause_, seq);
  for (std::uint32_t c = 0; c < connections_.size(); ++c) {
    for (std::uint32_t e = 0; e < 2; ++e) {
      Connection& x = connections_[c];
      if (x.phase == Connection::Phase::Free || x.nodes[e] != id || x.open[e]) continue;
      if (x.phase == Connection::Phase::Connecting) {
        if (e == 1 && extra_[c].handshake_order == 0) start_handshake(c, kRetransmit);
      } else if (x.open[e ^ 1] && x.directions[e ^ 1].unacked && !x.directions[e].ended) {
        end_stream(2 * c + e, Packet::Kind::Reset, kRetransmit);
      }
    }
  }
  cause_ = outer;
  return seq;
}

std::uint64_t Kernel::die(NodeId id, Death death) {
  Node& n = nodes_[index(id)];
  pulse(id).alive = pulse(id).paused = n.exit_requested = false;
  pulse(id).powered = death != Death::PowerOff;
  n.state = death == Death::Crash  ? NodeState::Crashed
            : death == Death::Stop ? NodeState::Stopped
                                   : NodeState::PoweredOff;
  const std::uint64_t seq = line(id, cause_, fact::NodeDied{death});
  const std::uint64_t outer = std::exchange(cause_, seq);
  for (std::uint32_t i = 0; i < timers_.size(); ++i) {
    if (timers_[i].order != 0 && timers_[i].node == id) end_timer(i);
  }
  for (std::uint32_t i = 0; i < flushes_.size(); ++i) {
    if (flushes_[i].order == 0 || flushes_[i].node != id) continue;
    flushes_[i].order = 0;
    flushes_.give_back(i);
  }
  if (death == Death::PowerOff) n.disk_busy_until = now_.us;
  const std::vector<Event> waiting = std::exchange(n.waiting, {});
  for (const Event& e : waiting) {
    if (e.kind != EventKind::Buffered || !live(e)) continue;
    const std::uint32_t c = packets_[e.slot].direction >> 1;
    lose(e.slot);
    maybe_free(c);
  }
  for (std::uint32_t end = 0; end < 2 * connections_.size(); ++end) {
    if (sender(end) != id || !sender_open(end)) continue;
    close_end(end, death == Death::Stop ? Packet::Kind::Fin : Packet::Kind::Reset);
  }
  cause_ = outer;
  return seq;
}

bool Kernel::pause(NodeId id) {
  Node& n = nodes_[index(id)];
  if (!pulse(id).alive || pulse(id).paused) return false;
  pulse(id).paused = true;
  n.state_under_pause = std::exchange(n.state, NodeState::Paused);
  line(id, cause_, fact::NodePaused{});
  return true;
}

bool Kernel::resume(NodeId id) {
  Node& n = nodes_[index(id)];
  if (!pulse(id).paused) return false;
  pulse(id).paused = false;
  n.state = n.state_under_pause;
  line(id, cause_, fact::NodeResumed{});
  std::vector<Event> waiting = std::exchange(n.waiting, {});
  std::erase_if(waiting, [&](const Event& e) { return !live(e); });
  const auto timers_end =
      std::stable_partition(waiting.begin(), waiting.end(), [](const Event& e) { return e.kind == EventKind::Timer; });
  std::sort(waiting.begin(), timers_end, [&](const Event& a, const Event& b) {
    return std::pair(timers_[a.slot].due, a.order) < std::pair(timers_[b.slot].due, b.order);
  });
  for (Event& e : waiting) {
    e.time = now_.us;
    e.order = next_order(EventClass::Backlog, id);
    switch (e.kind) {
      case EventKind::Timer: timers_[e.slot].order = e.order; break;
      case EventKind::DiskDone: flushes_[e.slot].order = e.order; break;
      case EventKind::Buffered: packets_[e.slot].order = e.order; break;
      case EventKind::Handshake: extra_[e.slot].handshake_order = e.order; break;
      case EventKind::Stream:
      case EventKind::Command: break;  // commands never wait
    }
    queue_.push(e);
  }
  return true;
}

bool Kernel::deliver_now(const EventKey& key) {
  const std::uint64_t order = pack_order(key.cls, key.node, key.counter);
  for (std::uint32_t i = 0; i < timers_.size(); ++i) {
    if (timers_[i].order != order || order == 0) continue;
    if (timers_[i].parked) park_.remove(timers_, i);
    timers_[i].order = next_order(EventClass::Backlog, key.node);
    timers_[i].due = now_.us;
    queue_.push({now_.us, timers_[i].order, i, 0, EventKind::Timer});
    return true;
  }
  for (std::uint32_t i = 0; i < flushes_.size(); ++i) {
    if (flushes_[i].order != order) continue;
    flushes_[i].order = next_order(EventClass::Backlog, key.node);
    flushes_[i].due = now_.us;
    queue_.push({now_.us, flushes_[i].order, i, 0, EventKind::DiskDone});
    return true;
  }
  for (std::uint32_t p = 0; p < packets_.size(); ++p) {
    if (packets_[p].order != order || packets_[p].buffered) continue;
    if (connections_[packets_[p].direction >> 1].phase != Connection::Phase::Established) return false;
    hasten(packets_[p].direction, p);
    return true;
  }
  return false;
}

}  // namespace kafkascope::sim
