// The network of scenario-format.md's `do` table, sentence by sentence.
#include <doctest/doctest.h>

#include <algorithm>

#include "sim/sim_support.h"

using namespace kafkascope::sim;
using namespace kafkascope::sim::test;

TEST_CASE("A message sent before the handshake is done waits for it and arrives after one and a half round trips") {
  Stage w(steady());
  const NodeId a = w.add_node("a", {}), b = w.add_node("b", {});
  w.start_all();
  w.with_context(a, [&](Ctx& x) { x.send(x.connect(b), {"hello"}); });
  w.run_until(Instant{10000});
  CHECK(w.role(b).log == Words{"901 hello"});  // 600 + 300 + 100 bytes at 1 Gbps
}

TEST_CASE("Messages of one connection and direction arrive in order, with any latency") {
  WorldOptions o;
  o.link.latency = Latency::uniform(microseconds(10), microseconds(5000));
  o.link.loss_ppm = 20000;
  Pair p(o);
  Words expected;
  p.world.with_context(p.a, [&](Ctx& x) {
    for (int i = 0; i < 300; ++i) {
      x.send(p.c, {std::to_string(i)});
      expected.push_back(std::to_string(i));
    }
  });
  p.finish(60'000'000);
  CHECK(p.at(p.b).events() == expected);
}

TEST_CASE("Bandwidth: a large message takes time by its size, and the next one between the same nodes waits for it") {
  Pair p;
  p.command(10000, [&] {
    p.world.with_context(p.a, [&](Ctx& x) {
      x.send(p.c, {"big", 1, 1'250'000});
      x.send(x.connect(p.b), {"other", 1, 100});
      x.send(p.c, {"small", 1, 125});
    });
  });
  p.finish(100000);
  CHECK(p.at(p.b).time_of("big") == 10000 + 10000 + 300);
  CHECK(p.at(p.b).time_of("small") == 10000 + 10001 + 300);
  CHECK(p.at(p.b).time_of("other") == 10600 + 300 + 9402);  // sent after the handshake at 10600, after the others
}

TEST_CASE("An orderly close: earlier messages still arrive, and then the peer is notified once") {
  Pair p;
  p.command(10000, [&] {
    p.world.with_context(p.a, [&](Ctx& x) {
      x.send(p.c, {"last"});
      x.close(p.c);
      CHECK(!x.is_open(p.c));
      x.send(p.c, {"never"});
    });
  });
  p.finish(1'000'000);
  CHECK(p.at(p.b).events() == Words{"last", "closed"});
  CHECK(p.at(p.a).events().empty());
}

TEST_CASE("A node's connection to itself has two ends with two handles") {
  Stage w(steady());
  Actor actor;
  actor.at_message = [](Actor&, Ctx& x, ConnectionId c, const Note& n) {
    if (n.text == "ask") x.send(c, {"answer"});
  };
  const NodeId a = w.add_node("a", actor);
  w.start_all();
  w.with_context(a, [&](Ctx& x) { x.send(x.connect(a), {"ask"}); });
  w.run_until(Instant{10000});
  CHECK(w.role(a).events() == Words{"ask", "answer"});
  CHECK(w.role(a).seen[0] != w.role(a).seen[1]);
}

TEST_CASE(
    "A connection is refused after a round trip if no process listens; without power there is no answer until the machine is back") {
  Pair p;
  p.command(10000, [&] { p.world.kill(p.b, Death::Crash); });
  p.finish(20000);
  p.at(p.a).log.clear();
  p.command(30000, [&] { p.world.with_context(p.a, [&](Ctx& x) { x.send(x.connect(p.b), {"x"}); }); });
  p.finish(40000);
  CHECK(p.at(p.a).log == Words{"30600 refused"});
  p.command(50000, [&] { p.world.restart(p.b); });
  p.command(60000, [&] { p.world.kill(p.b, Death::PowerOff); });
  p.command(70000, [&] { p.world.with_context(p.a, [&](Ctx& x) { x.send(x.connect(p.b), {"patient"}); }); });
  p.finish(9'000'000);
  CHECK(p.at(p.a).events() == Words{"refused"});
  CHECK(p.at(p.b).time_of("patient") == -1);
  p.command(10'000'000, [&] { p.world.restart(p.b); });
  p.finish(11'000'000);
  CHECK(p.at(p.b).time_of("patient") == 10'000'000 + 200'000 + 600 + 301);
}

TEST_CASE("Partition: messages that are sent or under way arrive in order 200 ms after the heal") {
  Pair p;
  p.send(10000, "1");
  p.command(10200, [&] { p.world.network().partition({p.a}, {p.b}); });
  p.send(10300, "2");
  p.send(500000, "3");
  p.finish(999'999);
  CHECK(p.at(p.b).events().empty());
  std::size_t blocked = 0;
  p.world.for_each_pending([&](const PendingPacket& v, const Note&) { blocked += v.blocked; },
                           [](const PendingTimer&) {});
  CHECK(blocked == 3);
  p.command(1'000'000, [&] { p.world.network().heal_all(); });
  p.send(1'000'100, "4");
  p.finish(2'000'000);
  CHECK(p.at(p.b).events() == Words{"1", "2", "3", "4"});
  CHECK(p.at(p.b).time_of("1") == 1'200'301);
}

TEST_CASE(
    "Partition: a message that was under way is lost on the wire even if the partition heals before it would have arrived") {
  Pair p;
  p.send(10000, "1");
  p.command(10100, [&] { p.world.network().cut(p.a, p.b); });
  p.command(10101, [&] { p.world.network().heal(p.a, p.b); });
  p.finish(1'000'000);
  CHECK(p.at(p.b).time_of("1") == 10101 + 200'000 + 301);
}

TEST_CASE(
    "Partition: an end that has closed the connection resends nothing, and its peer gets a reset after the heal") {
  Pair p;
  p.command(10000, [&] { p.world.network().partition({p.a}, {p.b}); });
  p.send(11000, "gone");
  p.command(12000, [&] { p.world.with_context(p.a, [&](Ctx& x) { x.close(p.c); }); });
  p.finish(900'000);
  CHECK(p.at(p.b).events().empty());
  p.command(1'000'000, [&] { p.world.network().heal_node(p.a); });
  p.finish(2'000'000);
  CHECK(p.at(p.b).log == Words{"1200300 reset"});
}

TEST_CASE("Partition: no connection can be opened across a partition, even a one-way partition") {
  Pair p;
  p.command(10000, [&] { p.world.network().partition({p.b}, {p.a}, true); });
  p.command(11000, [&] {
    p.world.with_context(p.a, [&](Ctx& x) {
      x.send(x.connect(p.b), {"new"});
      x.send(p.c, {"old"});
    });
  });
  p.finish(900'000);
  CHECK(p.at(p.b).events() == Words{"old"});
  p.command(1'000'000, [&] { p.world.network().heal({p.b}, {p.a}); });
  p.finish(2'000'000);
  CHECK(p.at(p.b).events() == Words{"old", "new"});
}

TEST_CASE(
    "Partition: all connections between the two nodes are cut, but not a new connection that reuses a closed one's number") {
  Pair p;
  const NodeId other = p.world.add_node("other", {});
  p.world.start(other, true);
  const std::size_t before = p.world.open_connections();
  ConnectionId spare, second, elsewhere;
  p.command(10000,
            [&] { p.world.with_context(p.a, [&](Ctx& x) { spare = x.connect(p.b), second = x.connect(p.b); }); });
  p.command(20000, [&] { p.world.with_context(p.a, [&](Ctx& x) { x.close(spare); }); });
  p.command(30000, [&] { p.world.with_context(p.a, [&](Ctx& x) { elsewhere = x.connect(other); }); });
  REQUIRE(elsewhere.slot == spare.slot);
  CHECK(p.world.open_connections() == before + 2);
  p.command(40000, [&] { p.world.network().partition({p.a}, {p.b}); });
  p.command(41000, [&] {
    p.world.with_context(
        p.a, [&](Ctx& x) { x.send(p.c, {"first"}), x.send(second, {"second"}), x.send(elsewhere, {"elsewhere"}); });
  });
  p.finish(900'000);
  CHECK(p.at(p.b).events() == Words{"closed"});
  CHECK(p.at(other).events() == Words{"elsewhere"});
  p.command(1'000'000, [&] { p.world.network().heal_all(); });
  p.command(1'300'000, [&] { p.world.network().partition({p.a}, {other}); });
  p.command(1'301'000, [&] {
    p.world.with_context(p.a, [&](Ctx& x) { x.send(second, {"third"}), x.send(elsewhere, {"kept"}); });
  });
  p.finish(2'000'000);
  CHECK(p.at(p.b).events() == Words{"closed", "first", "second", "third"});
  CHECK(p.at(other).events() == Words{"elsewhere"});
}

TEST_CASE("Crash: peers get a reset as soon as a packet can travel; across a partition only after the heal") {
  Pair p;
  p.command(10000, [&] { p.world.kill(p.a, Death::Crash); });
  p.finish(20000);
  CHECK(p.at(p.b).log == Words{"10300 reset"});
  CHECK(p.at(p.a).events() == Words{"died"});

  Pair q;
  q.command(10000, [&] { q.world.network().isolate(q.b); });
  q.send(11000, "swallowed");
  q.command(12000, [&] { q.world.kill(q.a, Death::Crash); });
  q.finish(900'000);
  CHECK(q.at(q.b).events().empty());
  q.command(1'000'000, [&] { q.world.network().heal_all(); });
  q.finish(2'000'000);
  CHECK(q.at(q.b).log == Words{"1200300 reset"});
}

TEST_CASE(
    "Power off: messages on the wire arrive; later messages are unanswered until the restarted machine resets the old connection") {
  Pair p;
  p.send(10000, "first");
  p.finish(20000);
  const ConnectionId back = p.at(p.b).seen.at(0);
  p.send(30000, "on the wire");
  p.command(30001, [&] { p.world.kill(p.a, Death::PowerOff); });
  p.finish(31000);
  CHECK(p.at(p.b).events() == Words{"first", "on the wire"});
  p.command(40000, [&] {
    p.world.with_context(p.b, [&](Ctx& x) {
      x.send(back, {"anyone?"});
      CHECK(x.is_open(back));
    });
  });
  p.finish(50'000'000);
  CHECK(p.at(p.b).events().size() == 2);
  p.command(60'000'000, [&] { p.world.restart(p.a); });
  p.finish(61'000'000);
  CHECK(p.at(p.b).log.back() == "60200300 reset");
}

TEST_CASE("Power off: a peer that sends only after the restart gets a reset when it sends") {
  Pair p;
  p.send(10000, "first");
  p.finish(20000);
  const ConnectionId back = p.at(p.b).seen.at(0);
  p.command(30000, [&] { p.world.kill(p.a, Death::PowerOff); });
  p.command(40000, [&] { p.world.restart(p.a); });
  p.finish(1'000'000);
  CHECK(p.at(p.b).events() == Words{"first"});
  p.command(2'000'000, [&] { p.world.with_context(p.b, [&](Ctx& x) { x.send(back, {"hello?"}); }); });
  p.finish(3'000'000);
  CHECK(p.at(p.b).log.back() == "2000601 reset");
}

TEST_CASE("Loss has the effect that it has in TCP: a delay, and after many losses in a row a reset at both ends") {
  WorldOptions o = steady();
  o.link.loss_ppm = 500'000;
  Pair p(o);
  p.finish(20'000'000);
  for (int i = 0; i < 200; ++i) p.send(20'000'000 + 100'000 * i, std::to_string(i));
  p.finish(400'000'000);
  const Words got = p.at(p.b).events();
  CHECK(got.size() > 3);
  CHECK(got.back() == "reset");
  CHECK(p.at(p.a).events() == Words{"reset"});
  for (std::size_t i = 0; i + 1 < got.size(); ++i) CHECK(got[i] == std::to_string(i));
}

TEST_CASE("lose: the next matching messages vanish and their connection breaks") {
  Pair p;
  p.command(9000, [&] { p.world.lose({{p.a}, {p.b}, {7}}, 1); });
  p.send(10000, "kept", 1);
  p.send(10100, "lost", 7);
  p.send(10200, "behind", 1);
  p.finish(1'000'000);
  CHECK(p.at(p.b).events() == Words{"kept", "reset"});
  CHECK(p.at(p.a).events() == Words{"reset"});
  p.command(2'000'000, [&] { p.world.with_context(p.a, [&](Ctx& x) { x.send(x.connect(p.b), {"again", 7}); }); });
  p.finish(3'000'000);
  CHECK(p.at(p.b).events().back() == "again");
}

TEST_CASE("hold and release: a message is held with all later ones, and delivered even if the sender is gone") {
  Pair p;
  p.send(10000, "held", 7);
  p.command(10001, [&] { p.world.hold({{}, {p.b}, {7}}, 1); });  // messages under way count
  p.send(10100, "behind", 1);
  p.finish(20000);
  CHECK(p.at(p.b).events().empty());
  std::size_t held = 0;
  p.world.for_each_pending([&](const PendingPacket& v, const Note&) { held += v.held; }, [](const PendingTimer&) {});
  CHECK(held == 2);
  p.command(30000, [&] { p.world.kill(p.a, Death::Crash); });
  p.finish(40000);
  CHECK(p.at(p.b).events().empty());
  p.command(50000, [&] { p.world.release({{}, {p.b}, {7}}); });
  p.finish(60000);
  CHECK(p.at(p.b).log == Words{"50000 held", "50000 behind", "50000 reset"});
}

TEST_CASE("hold all: a release without a filter releases all held messages") {
  Pair p;
  p.command(9000, [&] { p.world.hold({{p.a}, {}, {}}); });
  p.send(10000, "1");
  p.finish(20000);
  p.command(30000, [&] { p.world.release(); });
  p.send(40000, "2");
  p.finish(50000);
  CHECK(p.at(p.b).events() == Words{"1", "2"});
}

TEST_CASE("pause: on resume overdue timers fire first in due order, then waiting messages in arrival order") {
  Pair p;
  p.command(9000, [&] {
    p.world.with_context(p.b, [&](Ctx& x) {
      x.set_timer(milliseconds(30), 3);
      x.set_timer(milliseconds(20), 2);
      x.set_timer(milliseconds(900), 9);
      x.flush(0, 1);
    });
    p.world.pause(p.b);
  });
  p.send(10000, "1");
  p.command(15000, [&] { p.world.with_context(p.a, [&](Ctx& x) { x.send(x.connect(p.b), {"2"}); }); });
  p.send(20000, "3");
  p.command(30000, [&] { p.world.kill(p.a, Death::Crash); });
  p.finish(99'999);
  CHECK(p.at(p.b).events().empty());
  CHECK(p.world.state(p.b) == NodeState::Paused);
  p.command(100'000, [&] { CHECK(p.world.resume(p.b)); });
  p.finish(200'000);
  CHECK(p.at(p.b).log == Words{"100000 timer 2:0", "100000 timer 3:0", "100000 1", "100000 disk 1:0", "100000 2",
                               "100000 3", "100000 reset", "100000 reset"});
  CHECK(p.world.state(p.b) == NodeState::Running);
}

TEST_CASE("pause: messages that have already arrived are not affected by a later partition; others are") {
  Pair p;
  p.command(9000, [&] { p.world.pause(p.b); });
  p.send(10000, "arrived");
  p.send(20000, "under way");
  p.command(20001, [&] { p.world.network().isolate(p.b); });
  p.command(30000, [&] { p.world.resume(p.b); });
  p.finish(40000);
  CHECK(p.at(p.b).events() == Words{"arrived"});
}

TEST_CASE(
    "deliver: a pending message is delivered at once, after earlier ones of its connection, and a pending timer fires at once") {
  Pair p;
  p.command(9000, [&] { p.world.with_context(p.b, [&](Ctx& x) { x.set_timer(seconds(5), 4); }); });
  p.send(10000, "1");
  p.send(10001, "2");
  p.send(10002, "3");
  EventKey second, timer;
  p.world.for_each_pending(
      [&](const PendingPacket& v, const Note& n) {
        if (n.text == "2") second = v.key;
      },
      [&](const PendingTimer& v) { timer = v.key; });
  p.command(10010, [&] {
    CHECK(p.world.deliver_now(second));
    CHECK(p.world.deliver_now(timer));
    CHECK(!p.world.deliver_now({{1}, EventClass::Timer, p.a, 12345}));
  });
  p.finish(10'000'000);
  Words log = p.at(p.b).log;
  CHECK(log == Words{"10010 1", "10010 2", "10010 timer 4:0", "10303 3"});
}
