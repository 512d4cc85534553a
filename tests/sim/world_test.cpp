// Determinism, causes, life cycle, disks.
#include "sim/world.h"

#include <doctest/doctest.h>

#include <memory>
#include <variant>

#include "sim/copy_on_write.h"
#include "sim/facts_of_kernel.h"
#include "sim/sim_support.h"

namespace kafkascope::sim::test {

/// The facts of a role: how many messages it has received; something of a kind.
struct Heard {
  KAFKASCOPE_FACT(trace_kind::kFirstFree, "heard")
  std::uint64_t number;
  KAFKASCOPE_FIELDS(number)
};
template <TraceKind Kind>
struct Said {
  KAFKASCOPE_FACT(Kind, "said")
  KAFKASCOPE_NO_FIELDS
};

}  // namespace kafkascope::sim::test

using namespace kafkascope::sim;
using namespace kafkascope::sim::test;

namespace fact = kafkascope::fact;

namespace {

/// Talks with all nodes at random: connects, sends, closes, sets and cancels timers, flushes, exits.
struct Chatter {
  std::uint32_t peers = 0;
  std::vector<ConnectionId> open;
  TimerId spare;
  std::uint64_t heard = 0;

  void on_start(Ctx& x) {
    open.clear();
    x.set_timer(microseconds(static_cast<std::int64_t>(1 + x.random(Stream::Workload).below(3000))), 1);
  }
  void on_message(Ctx& x, ConnectionId c, const Note& n) {
    ++heard;
    const Note::Subject subject{static_cast<int>(heard)};
    x.trace(Heard{heard}, &subject);
    if (x.random(Stream::Workload).below(3) != 0)
      x.send(c, {n.text + "'", 2, static_cast<std::uint32_t>(10 + 7 * heard % 900)});
    x.cancel(spare);
    spare = x.set_timer(milliseconds(40), 2, heard);
    if (heard % 5 == 0) x.flush(1000, 1, heard);
  }
  void on_timer(Ctx& x, std::uint16_t kind, std::uint64_t) {
    Random& random = x.random(Stream::Workload);
    if (kind == 1) {
      if (open.size() < 4) open.push_back(x.connect({static_cast<std::int32_t>(random.below(peers))}));
      const std::size_t i = random.below(open.size());
      x.send(open[i], {"m"});
      if (random.below(9) == 0) {
        x.close(open[i]);
        open.erase(open.begin() + static_cast<std::ptrdiff_t>(i));
      }
      x.set_timer(microseconds(static_cast<std::int64_t>(1 + random.below(3000))), 1);
    }
  }
  void on_disk(Ctx& x, std::uint16_t, std::uint64_t) {
    if (heard % 501 == 0) x.exit();
  }
  void on_disconnect(Ctx&, ConnectionId c, Disconnect) { std::erase(open, c); }
  void on_death(Death, Instant) { open.clear(); }
};
struct Idle : Chatter {
  void on_start(Ctx&) {}
};
using Talker = std::variant<Chatter, Idle>;
using Mixed = World<Talker, Note>;
using SharedMixed = World<Talker, Note, CopyOnWrite<Talker>>;

template <class Mixed = Mixed>
Mixed crowd(std::uint64_t seed) {
  WorldOptions o;
  o.seed = seed;
  o.link.loss_ppm = 2000;
  Mixed w(o);
  for (std::uint32_t i = 0; i < 6; ++i) w.add_node("chatter-" + std::to_string(i), Chatter{6, {}, {}, 0});
  w.add_node("idle", Idle{});
  w.start_all();
  return w;
}

/// One random command, at a time when all due events have been executed.
template <class Mixed>
void meddle(Mixed& w, Random& random, std::uint64_t number) {
  const Instant at = w.now() + milliseconds(static_cast<std::int64_t>(random.below(20)));
  w.run_until(at);
  const NodeId n{static_cast<std::int32_t>(random.below(6))}, m{static_cast<std::int32_t>(random.below(6))};
  w.begin_command(at + microseconds(1), number, "meddle");
  switch (random.below(14)) {
    case 0: w.kill(n, Death::Crash); break;
    case 1: w.kill(n, Death::PowerOff); break;
    case 2: w.kill(n, Death::Stop); break;
    case 3: w.pause(n); break;
    case 4:
    case 5: w.resume(n); break;
    case 6: w.network().partition({n}, {m}, random.below(2) == 0); break;
    case 7: w.network().isolate(n); break;
    case 8: w.network().heal_all(); break;
    case 9: w.lose({{n}, {}, {}}, 2); break;
    case 10: w.hold({{}, {n}, {2}}, 1 + random.below(3)); break;
    case 11: w.release(); break;
    case 12: {
      std::vector<EventKey> keys;
      w.for_each_pending([&](const PendingPacket& p, const Note&) { keys.push_back(p.key); },
                         [&](const PendingTimer& t) { keys.push_back(t.key); });
      if (!keys.empty()) w.deliver_now(keys[random.below(keys.size())]);
      break;
    }
    default:
      for (std::int32_t i = 0; i < 6; ++i) w.restart({i});
  }
  w.end_command();
}

struct Watcher : Observer<Note> {
  std::uint64_t events = 0, lines = 0, subjects = 0, last_seq = 0;
  bool ordered = true;
  EventKey last;
  void on_event_executed(const Executed& e, const Note*) override {
    ++events;
    ordered = ordered && e.key.time >= last.time;
    last = e.key;
  }
  void on_trace(const TraceLine& l, const Note::Subject* s) override {
    ++lines;
    subjects += s != nullptr;
    ordered = ordered && (last_seq == 0 || l.seq == last_seq + 1) && l.cause < l.seq;
    last_seq = l.seq;
  }
};

}  // namespace

TEST_CASE("The same seed gives the same hash, with an observer or without; another seed gives another hash") {
  const auto run = [](std::uint64_t seed, Watcher* watcher) {
    Mixed w = crowd(seed);
    if (watcher != nullptr) w.attach(watcher);
    Random random(seed, Stream::Swarm);
    for (std::uint64_t i = 0; i < 150; ++i) meddle(w, random, i);
    return std::pair(w.digest(), w.executed());
  };
  Watcher watcher;
  const auto plain = run(3, nullptr);
  CHECK(plain == run(3, nullptr));
  CHECK(plain == run(3, &watcher));
  CHECK(plain.first != run(4, nullptr).first);
  CHECK(watcher.ordered);
  CHECK(watcher.events > 1000);
  CHECK(watcher.subjects > 100);
}

TEST_CASE_TEMPLATE(
    "A copy of a world taken at any event has the same end as the original, and a change to one does not affect the other",
    Kind, Mixed, SharedMixed) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    Kind w = crowd<Kind>(seed);
    Random random(seed, Stream::Swarm);
    for (std::uint64_t i = 0; i < 60; ++i) meddle(w, random, i);
    for (int i = 0; i < 37; ++i) w.step();
    auto copy = std::make_unique<Kind>(w);
    auto stray = std::make_unique<Kind>(w);
    Random a = random, b = random, c(99, Stream::Swarm);
    for (std::uint64_t i = 0; i < 30; ++i) meddle(*stray, c, i);
    for (std::uint64_t i = 0; i < 60; ++i) meddle(w, a, i);
    for (std::uint64_t i = 0; i < 60; ++i) meddle(*copy, b, i);
    CHECK(w.digest() == copy->digest());
    CHECK(w.executed() == copy->executed());
    CHECK(w.digest() != stray->digest());
    CHECK(!w.faulted());
  }
}

TEST_CASE("A world that shares its roles with a copy runs the same; a role is copied only when it acts") {
  SharedMixed w = crowd<SharedMixed>(9);
  Mixed plain = crowd(9);
  w.run_until(Instant{100'000});
  plain.run_until(Instant{100'000});
  CHECK(w.digest() == plain.digest());
  const SharedMixed checkpoint = w;
  const auto shared = [&](std::int32_t n) { return &std::as_const(w).role({n}) == &checkpoint.role({n}); };
  const std::uint64_t heard = std::get<Chatter>(checkpoint.role({0})).heard;
  CHECK(shared(0));
  w.run_until(Instant{200'000});
  CHECK_FALSE(shared(0));
  CHECK(shared(6));
  CHECK(std::get<Chatter>(std::as_const(w).role({0})).heard > heard);
  CHECK(std::get<Chatter>(checkpoint.role({0})).heard == heard);
}

TEST_CASE("A run has the same hash with any size of steps") {
  Mixed a = crowd(5), b = crowd(5);
  a.run_until(Instant{300'000});
  for (std::int64_t t = 0; t <= 300'000; t += 777) {
    b.run_until(Instant{t});
    b.next_time();
  }
  b.run_until(Instant{300'000});
  CHECK(a.digest() == b.digest());
}

TEST_CASE("After all faults have ended, no message is left in the world") {
  for (std::uint64_t seed = 20; seed < 30; ++seed) {
    Mixed w = crowd(seed);
    Random random(seed, Stream::Swarm);
    for (std::uint64_t i = 0; i < 120; ++i) meddle(w, random, i);
    w.run_until(w.now());
    w.begin_command(w.now() + microseconds(1), 1000, "calm down");
    w.network().heal_all();
    w.release();
    for (std::int32_t i = 0; i < 6; ++i) w.restart({i});
    for (std::int32_t i = 0; i < 6; ++i) w.resume({i});
    for (std::int32_t i = 0; i < 6; ++i) w.kill({i}, Death::Stop);
    w.end_command();
    w.run_until(w.now() + seconds(3600));
    std::size_t left = 0;
    w.for_each_pending([&](const PendingPacket&, const Note&) { ++left; }, [&](const PendingTimer&) { ++left; });
    CHECK(left == 0);
    CHECK(!w.next_time());
    CHECK(w.open_connections() == 0);
  }
}

TEST_CASE("A new random draw in one place does not change the draws in others") {
  std::vector<std::uint64_t> first, second;
  for (int extra = 0; extra < 2; ++extra) {
    Stage w(steady(9));
    const NodeId a = w.add_node("a", {}), b = w.add_node("b", {});
    w.start_all();
    auto& out = extra == 0 ? first : second;
    w.with_context(a, [&](Ctx& x) {
      if (extra == 1) x.random(Stream::Generic).next();
      out.push_back(x.random(Stream::Workload).next());
    });
    w.with_context(b, [&](Ctx& x) { out.push_back(x.random(Stream::Generic).next()); });
  }
  CHECK(first == second);
  CHECK(first[0] != first[1]);
}

TEST_CASE("Causes: a message's cause is the line before its send, and the lines of a callback form a chain") {
  Stage w(steady());
  Actor asker, answerer;
  asker.at_start = [](Actor&, Ctx& x) { x.set_timer(milliseconds(5), 1); };
  asker.when[1] = [](Actor&, Ctx& x) {
    const ConnectionId c = x.connect({1});
    x.trace(Said<20>{});
    x.send(c, {"ask"});
  };
  answerer.at_message = [](Actor&, Ctx& x, ConnectionId c, const Note&) {
    x.trace(Said<21>{});
    x.trace(Said<22>{});
    x.send(c, {"answer"});
    x.set_cause(1);
    x.set_timer(milliseconds(1), 3);
  };
  Recorder recorder;
  w.attach(&recorder);
  w.add_node("asker", asker);
  w.add_node("answerer", answerer);
  w.start_all();
  w.run_until(Instant{100'000});
  const auto& l = recorder.lines;
  const auto of = [&](TraceKind kind, std::int32_t node) {
    for (const auto& x : l) {
      if (x.kind == kind && x.node.index == node) return x;
    }
    return TraceLine{};
  };
  const TraceLine started = of(trace_kind::kNodeStarted, 0), fired = of(trace_kind::kTimerFired, 0), traced = of(20, 0);
  CHECK(started.seq == 1);
  CHECK(started.cause == 0);
  CHECK(fired.cause == started.seq);
  CHECK(traced.cause == fired.seq);
  CHECK(of(trace_kind::kConnectionOpened, 0).cause == fired.seq);
  const TraceLine delivered = of(trace_kind::kMessageDelivered, 1);
  CHECK(delivered.cause == traced.seq);
  CHECK(as<fact::MessageDelivered>(delivered).from == NodeId{0});
  CHECK(of(21, 1).cause == delivered.seq);
  CHECK(of(22, 1).cause == of(21, 1).seq);
  CHECK(of(trace_kind::kMessageDelivered, 0).cause == of(22, 1).seq);
  CHECK(of(trace_kind::kTimerFired, 1).cause == 1);
}

TEST_CASE("Causes: every consequence of a command leads back to the command's line") {
  Pair p;
  Recorder recorder;
  p.world.attach(&recorder);
  p.command(10000, [&] {
    p.world.kill(p.a, Death::Crash);
    p.world.pause(p.b);
  });
  p.command(20000, [&] { p.world.resume(p.b); });
  p.finish(30000);
  REQUIRE(recorder.lines.size() == 6);
  const auto& l = recorder.lines;
  CHECK(l[0].kind == trace_kind::kCommand);
  CHECK(as<fact::Command>(l[0]).verb == "test");
  CHECK((l[1].kind == trace_kind::kNodeDied && l[1].cause == l[0].seq));
  CHECK((l[2].kind == trace_kind::kNodePaused && l[2].cause == l[0].seq));
  CHECK((l[4].kind == trace_kind::kNodeResumed && l[4].cause == l[3].seq));
  CHECK((l[5].kind == trace_kind::kConnectionLost && l[5].cause == l[1].seq));
  CHECK(recorder.events.front().kind == EventKind::Command);
}

TEST_CASE(
    "Disk: operations run one after the other, each takes bytes / rate + latency, and pending ones end with the process") {
  Pair p;
  p.command(10000, [&] {
    p.world.with_context(p.a, [&](Ctx& x) {
      x.flush(200'000, 1, 7);
      x.flush(0, 2);
      x.flush(0, 3);
    });
  });
  p.command(20000, [&] { p.world.kill(p.a, Death::Crash); });
  p.command(30000, [&] { p.world.restart(p.a); });
  p.finish(1'000'000);
  CHECK(p.at(p.a).log == Words{"15000 disk 1:7", "19000 disk 2:0", "20000 died"});
}

TEST_CASE("Timers: a timer fires once, can be cancelled and queried, and ends with its process") {
  Pair p;
  TimerId t, u;
  p.command(10000, [&] {
    p.world.with_context(p.a, [&](Ctx& x) {
      t = x.set_timer(milliseconds(5), 1);
      u = x.set_timer(milliseconds(6), 2, 8);
      CHECK(x.due(t) == Instant{15000});
      x.cancel(t);
      CHECK(!t.valid());
      CHECK(x.due(t) == kNever);
      x.set_timer(milliseconds(500), 3);
    });
  });
  p.finish(20000);
  p.command(30000, [&] {
    p.world.with_context(p.a, [&](Ctx& x) { CHECK(x.due(u) == kNever); });
    p.world.kill(p.a, Death::Stop);
    p.world.restart(p.a);
  });
  p.finish(1'000'000);
  CHECK(p.at(p.a).events() == Words{"timer 2:8", "died"});
  CHECK(p.at(p.b).events() == Words{"closed"});
  CHECK(p.world.incarnation(p.a) == 2);
}

TEST_CASE("Timers: near and far timers fire in order of time, cancelled ones never, also in a copy of the world") {
  Pair p;
  Random random(7, Stream::Generic);
  std::map<std::pair<std::int64_t, std::uint64_t>, TimerId> pending;  // by due time and order of setting
  std::vector<std::int64_t> fired;
  std::uint64_t count = 0;
  std::int64_t now = 10000;
  for (int round = 0; round < 60; ++round) {
    p.command(now, [&] {
      p.world.with_context(p.a, [&](Ctx& x) {
        for (int i = 0; i < 40; ++i) {
          const std::int64_t far = std::int64_t{1}
                                   << random.between(4, 27);  // up to two minutes, beyond all stretches of the queue
          const Duration in{random.between(1, far)};
          ++count;
          pending[{now + in.us, count}] = x.set_timer(in, 1, count);
        }
        for (auto it = pending.begin(); it != pending.end();) {
          if (random.between(0, 2) != 0) {
            x.cancel(it->second);
            it = pending.erase(it);
          } else {
            ++it;
          }
        }
      });
    });
    now += random.between(1, 400000);
    if (round == 30) {
      Stage copy = p.world;
      p.world = copy;
    }
    p.finish(now - 1);
    for (auto it = pending.begin(); it != pending.end() && it->first.first < now; it = pending.erase(it))
      fired.push_back(static_cast<std::int64_t>(it->first.second));
  }
  p.finish(now + 200'000'000);
  for (const auto& [key, timer] : pending) fired.push_back(static_cast<std::int64_t>(key.second));
  Words expected;
  for (const std::int64_t n : fired) expected.push_back("timer 1:" + std::to_string(n));
  CHECK(p.at(p.a).events() == expected);
}

TEST_CASE("A trace line's text may be short or long, and copies share it") {
  const std::string most(15, 'x'), more(16, 'y');
  for (const std::string& s : {std::string(), std::string("customer:5"), most, more, std::string(1000, 'z')}) {
    Text text(s);
    const Text copy = text;
    Text moved = std::move(text);
    CHECK(copy == moved);
    CHECK(moved == std::string_view(s));
    CHECK(moved.empty() == s.empty());
    moved = "other";
    CHECK(copy.str() == s);
    CHECK(moved == "other");
  }
}

TEST_CASE("exit() ends the process after the callback, and a requested restart follows at once") {
  Pair p;
  p.at(p.a).when[1] = [](Actor& me, Ctx& x) {
    x.exit();
    me.write(x.now(), "still here");
  };
  p.command(10000, [&] {
    p.world.with_context(p.a, [&](Ctx& x) {
      x.set_state(NodeState::ShuttingDown);
      x.set_timer(milliseconds(5), 1);
    });
    CHECK(p.world.restart(p.a));
  });
  p.finish(100000);
  CHECK(p.at(p.a).events() == Words{"timer 1:0", "still here", "died"});
  CHECK(p.world.state(p.a) == NodeState::Starting);
  CHECK(p.world.incarnation(p.a) == 2);
  CHECK(p.at(p.b).events() == Words{"closed"});
}

TEST_CASE("A timer or flush that is set for a process that is not running never happens") {
  Pair p;
  p.command(10000, [&] { p.world.kill(p.a, Death::Crash); });
  p.command(20000, [&] {
    p.world.with_context(p.a, [&](Ctx& x) {
      x.set_timer(milliseconds(1), 1);
      x.flush(1, 1);
    });
  });
  p.finish(1000000);
  CHECK(p.at(p.a).events() == Words{"died"});
}

TEST_CASE("A wall clock has skew and is rounded down to milliseconds") {
  Pair p;
  p.command(10500, [&] {
    p.world.skew_clock(p.a, milliseconds(-20));
    p.world.with_context(p.a, [&](Ctx& x) { CHECK(x.wall_clock_ms() == kEpochMs - 10); });
    p.world.with_context(p.b, [&](Ctx& x) { CHECK(x.wall_clock_ms() == kEpochMs + 10); });
  });
}

TEST_CASE("A fault stops the run, and a command at a time after events that are still due is a fault") {
  Pair p;
  p.command(10000, [&] { p.world.with_context(p.a, [&](Ctx& x) { x.set_timer(seconds(1), 1); }); });
  Pair q = p;
  p.at(p.a).when[1] = [](Actor&, Ctx& x) { x.fault("the log has a hole"); };
  p.at(p.a).at_message = nullptr;
  p.finish(2'000'000);
  CHECK(p.world.faulted());
  CHECK(p.world.fault_text() == "the log has a hole");
  CHECK(!p.world.step());
  q.world.begin_command(Instant{5'000'000}, 1, "too late");
  CHECK(q.world.faulted());
}
