// A small payload, and a role that a test scripts and that logs its events.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "sim/world.h"

namespace kafkascope::sim::test {

struct Note {
  struct Subject {
    int value = 0;
  };
  std::string text;
  std::uint16_t code = 1;
  std::uint32_t size = 100;
};
inline void hash_payload(Hasher& h, const Note& n) {
  h.put(n.text);
  h.put(n.code);
}
inline std::uint32_t wire_size(const Note& n) { return n.size; }
inline std::uint16_t trace_code(const Note& n) { return n.code; }

using Ctx = Context<Note>;

struct Actor {
  std::vector<std::string> log;  // "<time µs> <what>"
  std::vector<ConnectionId> seen;
  std::map<std::uint16_t, std::function<void(Actor&, Ctx&)>> when;  // by timer kind
  std::function<void(Actor&, Ctx&)> at_start;
  std::function<void(Actor&, Ctx&, ConnectionId, const Note&)> at_message;

  void write(Instant now, const std::string& what) { log.push_back(std::to_string(now.us) + " " + what); }
  void on_start(Ctx& x) {
    if (at_start) at_start(*this, x);
  }
  void on_message(Ctx& x, ConnectionId c, const Note& n) {
    write(x.now(), n.text);
    seen.push_back(c);
    if (at_message) at_message(*this, x, c, n);
  }
  void on_timer(Ctx& x, std::uint16_t kind, std::uint64_t arg) {
    write(x.now(), "timer " + std::to_string(kind) + ":" + std::to_string(arg));
    if (const auto it = when.find(kind); it != when.end()) it->second(*this, x);
  }
  void on_disk(Ctx& x, std::uint16_t kind, std::uint64_t arg) {
    write(x.now(), "disk " + std::to_string(kind) + ":" + std::to_string(arg));
  }
  void on_disconnect(Ctx& x, ConnectionId, Disconnect why) {
    write(x.now(), why == Disconnect::PeerClosed ? "closed" : why == Disconnect::Reset ? "reset" : "refused");
  }
  void on_death(Death, Instant now) { write(now, "died"); }

  /// The logged events, without the times.
  std::vector<std::string> events() const {
    std::vector<std::string> r;
    for (const auto& l : log) r.push_back(l.substr(l.find(' ') + 1));
    return r;
  }
  std::int64_t time_of(const std::string& what) const {
    for (const auto& l : log) {
      if (l.substr(l.find(' ') + 1) == what) return std::stoll(l);
    }
    return -1;
  }
};

using Stage = World<Actor, Note>;
using Words = std::vector<std::string>;

/// Latency exactly 300 µs, no loss, so that times in tests are easy to read.
inline WorldOptions steady(std::uint64_t seed = 1) {
  WorldOptions o;
  o.seed = seed;
  o.link.latency = Latency::uniform(microseconds(300), microseconds(300));
  return o;
}

/// Two started nodes with a connection opened by a. Commands are numbered automatically.
struct Pair {
  Stage world;
  NodeId a, b;
  ConnectionId c;
  std::uint64_t number = 0;

  explicit Pair(const WorldOptions& o = steady()) : world(o) {
    a = world.add_node("a", {});
    b = world.add_node("b", {});
    world.start_all(true);
    world.with_context(a, [&](Ctx& x) { c = x.connect(b); });
    world.run_until(Instant{5000});
  }
  Actor& at(NodeId n) { return world.role(n); }
  template <class F>
  void command(std::int64_t us, F&& f) {
    world.run_until(Instant{us - 1});
    world.begin_command(Instant{us}, ++number, "test");
    f();
    world.end_command();
  }
  void send(std::int64_t us, const std::string& text, std::uint16_t code = 1) {
    command(us, [&] { world.with_context(a, [&](Ctx& x) { x.send(c, {text, code}); }); });
  }
  void finish(std::int64_t us) { world.run_until(Instant{us}); }
};

/// Keeps every line.
struct Recorder : Observer<Note> {
  std::vector<TraceLine> lines;
  std::vector<Executed> events;
  void on_event_executed(const Executed& e, const Note*) override { events.push_back(e); }
  void on_trace(const TraceLine& l, const Note::Subject*) override { lines.push_back(l); }
};

}  // namespace kafkascope::sim::test
