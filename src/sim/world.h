// World<Role, Msg>: nodes, their roles and everything between them, as one value. A copy is a checkpoint: the original
// and the copy behave identically.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "sim/context.h"
#include "sim/core.h"
#include "sim/take.h"
#include "sim/world_network.h"

namespace kafkascope::sim {

namespace detail {
template <class T>
inline constexpr bool is_variant = false;
template <class... T>
inline constexpr bool is_variant<std::variant<T...>> = true;
}  // namespace detail

/// Calls f with the role itself, whichever alternative of the variant holds it.
template <class Role, class F>
decltype(auto) visit_role(Role& role, F&& f) {
  if constexpr (detail::is_variant<std::remove_const_t<Role>>) {
    return std::visit(std::forward<F>(f), role);
  } else {
    return std::forward<F>(f)(role);
  }
}

/// Role: a class with the members that context.h lists, or a std::variant of such classes. Msg: see context.h. Held:
/// how the world stores each role: as it is or, for large roles, as CopyOnWrite<Role>, which lets checkpoints share
/// roles with the run until the roles change. All functions that change a world are called between events. Within
/// begin_command ... end_command their cause is the command.
template <class Role, class Msg, class Held = Role>
class World {
 public:
  using Ctx = Context<Msg>;

  explicit World(const WorldOptions& options = {}) : core_(options), default_disk_(options.disk) {}

  // ---- building
  NodeId add_node(std::string name, Role role) { return add_node(std::move(name), std::move(role), default_disk_); }
  NodeId add_node(std::string name, Role role, DiskConfig disk) {
    roles_.push_back(Held(std::move(role)));
    changed_.push_back(0);
    hot_.push_back(hot_in(std::as_const(*this).role({static_cast<std::int32_t>(roles_.size()) - 1})));
    return core_.add_node(std::move(name), disk);
  }
  /// No process listens on that machine: all connections to it are refused, even its own.
  void refuse_connections(NodeId n) { core_.refuse_connections(n); }
  /// Starts the process. `formed`: the node is Running at once (a cluster formed at time 0), otherwise Starting until
  /// the role sets Running.
  bool start(NodeId n, bool formed = false) {
    if (core_.alive(n)) return false;
    act([&] {
      core_.set_cause(core_.boot(n, formed));
      Ctx ctx(core_, n);
      visit_role(role(n), [&](auto& r) { r.on_start(ctx); });
    });
    return true;
  }
  /// Starts every node that is not running, in the order of addition.
  void start_all(bool formed = false) {
    for (std::int32_t i = 0; i < static_cast<std::int32_t>(roles_.size()); ++i) start({i}, formed);
  }

  // ---- the nodes
  std::size_t node_count() const { return roles_.size(); }
  /// Returns the role for modification; valid until the world is copied.
  Role& role(NodeId n) {
    Held& held = roles_[static_cast<std::size_t>(n.index)];
    changed_[static_cast<std::size_t>(n.index)] = ++changes_;
    if constexpr (std::is_same_v<Held, Role>) return held;
    else return held.change();
  }
  /// The number of times that roles may have changed so far; changed(n) is its value when node n may last have changed.
  std::uint64_t changes() const { return changes_; }
  std::uint64_t changed(NodeId n) const { return changed_[static_cast<std::size_t>(n.index)]; }
  const Role& role(NodeId n) const {
    const Held& held = roles_[static_cast<std::size_t>(n.index)];
    if constexpr (std::is_same_v<Held, Role>) return held;
    else return *held;
  }
  const std::string& name(NodeId n) const { return core_.name(n); }
  /// kWorld if no node has that name.
  NodeId find(std::string_view name) const {
    for (std::int32_t i = 0; i < static_cast<std::int32_t>(roles_.size()); ++i) {
      if (core_.name({i}) == name) return {i};
    }
    return kWorld;
  }
  NodeState state(NodeId n) const { return core_.state(n); }
  bool alive(NodeId n) const { return core_.alive(n); }
  std::uint32_t incarnation(NodeId n) const { return core_.incarnation(n); }
  Duration clock_skew(NodeId n) const { return core_.clock_skew(n); }

  // ---- life and death; false: not possible in this state, so nothing was done
  bool kill(NodeId n, Death death) {
    // A crashed process leaves its page cache to the machine, which may lose its power afterwards.
    if (!core_.alive(n) && !(death == Death::PowerOff && core_.state(n) == NodeState::Crashed)) return false;
    act([&] { die(n, death); });
    return true;
  }
  /// Starts a dead node from its disk. A node that is shutting down starts again once it has stopped.
  bool restart(NodeId n) {
    if (!core_.alive(n)) return start(n);
    if (core_.state(n) != NodeState::ShuttingDown) return false;
    core_.want_restart(n);
    return true;
  }
  bool pause(NodeId n) {
    return act([&] { return core_.pause(n); });
  }
  bool resume(NodeId n) {
    return act([&] { return core_.resume(n); });
  }

  // ---- the network
  /// For cuts and for the configuration of links.
  Network network() { return Network(core_); }
  bool is_cut(NodeId from, NodeId to) const { return core_.is_cut(from, to); }
  /// The configuration of one direction of the link.
  LinkConfig link(NodeId from, NodeId to) const { return core_.link_config(from, to); }

  // ---- faults that apply to selected messages; checked when a message arrives, so they also apply to messages in
  // flight
  void lose(MessageFilter filter, std::uint64_t count = kAll) {
    core_.add_rule({FaultRule::Act::Lose, std::move(filter), count});
  }
  void hold(MessageFilter filter, std::uint64_t count = kAll) {
    core_.add_rule({FaultRule::Act::Hold, std::move(filter), count});
  }
  /// Releases the held messages that match; with kAll also removes the hold orders that the filter covers.
  void release(const MessageFilter& filter = {}, std::uint64_t count = kAll) {
    act([&] { core_.release(filter, count); });
  }
  /// Makes the pending event happen at once, before all others of the same µs, preceded by the earlier packets of its
  /// connection.
  bool deliver_now(const EventKey& key) { return core_.deliver_now(key); }

  // ---- clocks and disks
  void skew_clock(NodeId n, Duration by) { core_.skew_clock(n, by); }
  const DiskConfig& disk(NodeId n) const { return core_.disk(n); }
  void set_disk(NodeId n, DiskConfig disk) { core_.set_disk(n, disk); }

  // ---- running
  Instant now() const { return core_.now(); }
  /// Executes the next event if it is due by `limit`. Returns false if there is none, or a fault has stopped the run.
  bool step(Instant limit = kNever) { return step_until(limit); }
  /// The time of the next event, if there is one. (The only side effect: queue entries of cancelled timers are
  /// dropped.)
  std::optional<Instant> next_time() { return core_.next_time(); }
  /// Executes all events with time <= t.
  void run_until(Instant t) {
    while (step_until(t)) {
    }
  }
  /// Advances the time to `at`, which must not be before the last event; no event may be due earlier (else the run
  /// stops with a fault). The line's text and the number enter the hash.
  void begin_command(Instant at, std::uint64_t number, std::string_view verb, std::string_view arguments = {}) {
    core_.begin_command(at, number, verb, arguments, command_);
    in_command_ = true;
  }
  void end_command() {
    in_command_ = false;
    core_.sweep();
    core_.report(command_, nullptr);
  }
  /// Gives access to a role as in a callback, for client verbs and administrative acts inside a command.
  template <class F>
  void with_context(NodeId n, F&& f) {
    act([&] {
      Ctx ctx(core_, n);
      f(ctx);
    });
  }

  // ---- inspection
  /// Calls on_message(const PendingPacket&, const Msg&) and on_timer(const PendingTimer&) for everything pending, in
  /// the order of their slots.
  template <class M, class T>
  void for_each_pending(M&& on_message, T&& on_timer) const {
    core_.visit_messages(on_message);
    core_.visit_timers(on_timer);
  }
  template <class F>
  void for_each_flush(F&& f) const {
    core_.visit_flushes(f);
  }
  std::size_t open_connections() const { return core_.open_connections(); }
  std::uint64_t executed() const { return core_.executed(); }
  std::uint64_t last_seq() const { return core_.last_seq(); }
  std::uint64_t digest() const { return core_.digest(); }
  bool faulted() const { return core_.faulted(); }
  const std::string& fault_text() const { return core_.fault_text(); }
  /// Stops the run: a check outside the roles found an impossible state.
  void fault(NodeId n, std::string_view what) { core_.fault(n, what); }
  /// Not owned; null: none. The observer must outlive the world or be detached. A copy of the world keeps the pointer,
  /// so attach an observer again.
  void attach(Observer<Msg>* observer) { core_.attach(observer); }

 private:
  using Work = typename Core<Msg>::Work;

  /// The bytes of a role that nearly every event reads, for roles that declare them (hot(): addresses of the first and
  /// last byte).
  struct Hot {
    std::uint32_t offset = 0, lines = 0;
  };
  static Hot hot_in(const Role& role) {
    return visit_role(role, [&](const auto& r) -> Hot {
      if constexpr (requires { r.hot(); }) {
        const auto [first, last] = r.hot();
        const auto from =
            static_cast<std::size_t>(static_cast<const char*>(first) - reinterpret_cast<const char*>(&role));
        const auto to = static_cast<std::size_t>(static_cast<const char*>(last) - reinterpret_cast<const char*>(&role));
        return {static_cast<std::uint32_t>(from), static_cast<std::uint32_t>((to - from) / 64 + 1)};
      } else {
        return {};
      }
    });
  }

  // On the common path the event's record and its work are kept in registers: reading memory in another width than it
  // was just written in makes the processor wait.
  bool step_until(Instant limit) {
    Event e;
    while (core_.next_event(limit, e)) {
      Work work;
      if (core_.take(e, work)) [[likely]] {
        look_ahead();
        work.call == Work::Call::Message ? deliver(work) : fire(work);
        return true;
      }
      if (step_rare(e)) return true;
    }
    return false;
  }
  /// Prefetches the memory that the next two events will read while this one is handled. Everything is inlined, because
  /// a compiler removes calls of a function that only prefetches.
  [[gnu::always_inline]] void look_ahead() const {
    const Event* next = core_.upcoming();
    if (next == nullptr) return;
    core_.prefetch(next);
    if (next->kind == EventKind::Stream) {
      visit_role(role(next->node()), [connection = next->slot ^ 1](const auto& r) {
        if constexpr (requires { r.expect(connection); }) r.expect(connection);
      });
    }
    next = core_.upcoming_after();
    if (next == nullptr) return;
    core_.prefetch(next);
    const char* const role_of_it = reinterpret_cast<const char*>(&role(next->node()));
    const Hot hot = hot_[static_cast<std::size_t>(next->node().index)];
    __builtin_prefetch(role_of_it);
    __builtin_prefetch(role_of_it + sizeof(Role) - 1);  // the byte with the variant's index
    for (std::uint32_t i = 0; i < hot.lines; ++i) __builtin_prefetch(role_of_it + hot.offset + i * 64);
  }
  [[gnu::noinline]] bool step_rare(Event e) {
    Work work;
    if (!core_.take_rare(e, work)) return false;
    Ctx ctx(core_, work.node);
    switch (work.call) {
      case Work::Call::Message: deliver(work); return true;
      case Work::Call::Timer: fire(work); return true;
      case Work::Call::Disk: visit_role(role(work.node), [&](auto& r) { r.on_disk(ctx, work.kind, work.arg); }); break;
      case Work::Call::Disconnect:
        visit_role(role(work.node), [&](auto& r) { r.on_disconnect(ctx, work.connection, work.reason); });
        break;
      case Work::Call::None: break;
    }
    end_event(work, nullptr);
    return true;
  }
  [[gnu::always_inline]] void deliver(const Work& work) {
    Ctx ctx(core_, work.node);
    std::optional<Msg>& message = core_.open_message(work.packet);
    visit_role(role(work.node),
               [&, connection = work.connection](auto& r) { r.on_message(ctx, connection, *message); });
    end_event(work, &*message);
    core_.close_message(work.packet, message);
  }
  [[gnu::always_inline]] void fire(const Work& work) {
    Ctx ctx(core_, work.node);
    visit_role(role(work.node), [&, kind = work.kind, arg = work.arg](auto& r) { r.on_timer(ctx, kind, arg); });
    end_event(work, nullptr);
  }
  [[gnu::always_inline]] void end_event(const Work& work, const Msg* message) {
    if (core_.untidy()) [[unlikely]]
      return tidy_up(work, message);
    core_.report(work, message);
  }
  [[gnu::noinline]] void tidy_up(Work work, const Msg* message) {
    end_exits();
    core_.report(work, message);
    core_.sweep();
  }

  /// Makes a change between events; its cause is the command's line, if there is one.
  template <class F>
  auto act(F&& f) {
    core_.set_cause(in_command_ ? command_.line : 0);
    if constexpr (std::is_void_v<decltype(f())>) {
      f();
      end_exits();
      core_.sweep();
    } else {
      const auto result = f();
      end_exits();
      core_.sweep();
      return result;
    }
  }
  void end_exits() {
    for (NodeId n = core_.next_exit(); n.valid(); n = core_.next_exit()) die(n, core_.exit_how(n));
  }
  void die(NodeId n, Death death) {
    const bool again = core_.restart_wanted(n);
    const std::uint64_t line = core_.die(n, death);
    visit_role(role(n), [&](auto& r) { r.on_death(death, core_.now()); });
    if (!again) return;
    core_.set_cause(line);
    core_.set_cause(core_.boot(n, false));
    Ctx ctx(core_, n);
    visit_role(role(n), [&](auto& r) { r.on_start(ctx); });
  }

  Core<Msg> core_;
  std::vector<Held> roles_;
  std::vector<Hot> hot_;                // indexed by node
  std::vector<std::uint64_t> changed_;  // indexed by node
  std::uint64_t changes_ = 0;
  DiskConfig default_disk_;
  Work command_;
  bool in_command_ = false;
};

}  // namespace kafkascope::sim
