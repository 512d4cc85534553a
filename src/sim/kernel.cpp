#include "sim/kernel.h"

#include <algorithm>
#include <utility>

#include "sim/facts_of_kernel.h"

namespace kafkascope::sim {
Kernel::Kernel(const WorldOptions& options) : Connections(options.seed, options.link), seed_(options.seed) {}
Kernel::Kernel(const Kernel&) = default;
Kernel::Kernel(Kernel&&) noexcept = default;
Kernel& Kernel::operator=(const Kernel&) = default;
Kernel& Kernel::operator=(Kernel&&) noexcept = default;
Kernel::~Kernel() = default;

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

/// Handles the rare events: disks, handshakes, dead or paused processes. Returns false if the event has been disowned.
bool Kernel::take_rare(const Event& e, Work& work) {
  const NodeId node = e.node();
  work.call = Work::Call::None;
  switch (e.kind) {
    case EventKind::Timer: {
      if (timers_[e.slot].order != e.order) return false;
      if (pulse(node).alive) break;
      end_timer(e.slot);  // a command set the timer for a process that is not running
      return false;
    }
    case EventKind::DiskDone: {
      Flush& f = flushes_[e.slot];
      if (f.order != e.order) return false;
      if (pulse(node).paused) break;
      f.order = 0;
      flushes_.give_back(e.slot);
      if (!pulse(node).alive) return false;
      begin_event(e, work, f.kind, f.cause, f.arg);
      work.call = Work::Call::Disk, work.kind = f.kind, work.arg = f.arg;
      cause_ = work.line = say(node, cause_, fact::DiskDone{work.kind, work.arg});
      return true;
    }
    case EventKind::Buffered:
      if (packets_[e.slot].order != e.order) return false;
      if (pulse(node).paused) break;
      return rise(e, work);
    case EventKind::Handshake:
      if (extra_[e.slot].handshake_order != e.order) return false;
      begin_event(e, work);
      finish_handshake(e, work);
      return true;
    case EventKind::Stream: return arrive(e, work);
    case EventKind::Command: return false;
  }
  begin_event(e, work);  // the node is paused: the event has happened, but the process does not see it yet
  wait(e);
  return true;
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

// ---- timers

TimerId Kernel::set_timer(NodeId self, Instant at, std::uint16_t kind, std::uint64_t arg) {
  const std::uint32_t slot = timers_.take();
  Timer& t = timers_[slot];
  t.due = std::max(at, now_).us;
  t.set_at = now_.us;
  t.arg = arg;
  t.cause = cause_;
  t.node = self;
  t.kind = kind;
  t.order = next_order(EventClass::Timer, self);
  if (TimerPark::takes(t.due, now_.us)) {
    park_.put(timers_, slot);
  } else if (at != kNever) {
    queue_.push({t.due, t.order, slot, 0, EventKind::Timer});
  }
  return {slot, t.generation};
}

void Kernel::cancel(NodeId self, TimerId& timer) {
  if (timer.slot < timers_.size()) {
    Timer& t = timers_[timer.slot];
    if (t.order != 0 && t.generation == timer.generation && t.node == self) end_timer(timer.slot);
  }
  timer = {};
}

/// Frees the timer. An event that is already in the queue is disowned, and discarded when it reaches the top.
void Kernel::end_timer(std::uint32_t slot) {
  Timer& t = timers_[slot];
  if (t.parked) park_.remove(timers_, slot);
  t.order = 0;
  ++t.generation;
  timers_.give_back(slot);
}

void Kernel::open_stretch() {
  park_.open(timers_, [this](std::uint32_t slot) {
    const Timer& t = timers_[slot];
    queue_.push({t.due, t.order, slot, 0, EventKind::Timer});
  });
}

// ---- disks, clocks

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
  waiting_.emplace_back();
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
  const std::uint64_t outer = std::exchange(cause_, seq);
  answer_retransmissions(id);
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
  const std::vector<Event> waiting = std::exchange(waiting_[index(id)], {});
  for (const Event& e : waiting) {
    if (e.kind == EventKind::Buffered && live(e)) lose_buffered(e.slot);
  }
  close_all(id, death == Death::Stop ? Packet::Kind::Fin : Packet::Kind::Reset);
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
  std::vector<Event> waiting = std::exchange(waiting_[index(id)], {});
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
