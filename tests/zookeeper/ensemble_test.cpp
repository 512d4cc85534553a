// Each guarantee under its name, in a small world. Source: ZooKeeper 3.5.7 Programmer's Guide ("Consistency Guarantees", "ZooKeeper
// Sessions", "ZooKeeper Watches"), Internals ("Atomic Broadcast").
#include <doctest/doctest.h>

#include "protocol/facts_of_zookeeper.h"
#include "zookeeper/support.h"

using namespace kafkascope;
using namespace kafkascope::zookeeper;

namespace {

bool ready(Ensemble& e) {
  return e.run_until(seconds(30), [&] { return e.all_serve() && e.all_connected(); });
}

/// Moves the client to that server by cutting it off from the others. The session stays.
void move_to(Ensemble& e, int client, int sid) {
  for (int other = 1; other <= e.servers; ++other)
    if (other != sid) e.world.network().partition({e.client_node(client)}, {e.server_node(other)});
  REQUIRE(e.run_until(seconds(30), [&] {
    return e.app(client).client.state() == SessionState::Connected && e.server_of(client) == sid;
  }));
}

}  // namespace

TEST_CASE("a formed ensemble serves from the first moment, led by the first server in epoch 1") {
  Ensemble e;
  CHECK(e.leader() == 1);
  REQUIRE(e.run_until(milliseconds(20), [&] { return e.all_connected(); }));
  CHECK(e.server(1).epoch() == 1);
  e.run(seconds(60));
  CHECK(e.leader() == 1);
  CHECK(e.server(1).synced_followers() == std::set<std::int32_t>{2, 3});
  CHECK(e.recorder.of(Trace::ZkElected).size() == 1);  // and there is no further election
  CHECK(e.app(0).states() == std::vector{SessionState::Connected});
}

TEST_CASE("servers that start together with equal histories elect the one with the greatest sid") {
  for (const int servers : {3, 5}) {
    Ensemble e(servers, 1, 1, false);
    REQUIRE(ready(e));
    CHECK(e.leader() == servers);
    CHECK(e.server(1).leader() == servers);
    CHECK(e.server(1).epoch() == 1);
  }
}

TEST_CASE("a single server is standalone: there is no election, and its zxids continue in the same epoch") {
  Ensemble e(1, 1);
  REQUIRE(ready(e));
  CHECK(e.await(0, create("/a", "1")).error == ZkError::OK);
  const Zxid before = e.server(1).last_zxid();
  e.world.kill(e.server_node(1), Death::Crash);
  e.run(seconds(1));
  e.world.restart(e.server_node(1));
  REQUIRE(ready(e));
  CHECK(e.await(0, get_data("/a")).data == "1");
  CHECK(e.await(0, create("/b", "")).error == ZkError::OK);
  CHECK(e.server(1).last_zxid() == before.next());
}

TEST_CASE("writes get ZooKeeper's errors") {
  Ensemble e;
  REQUIRE(ready(e));
  CHECK(e.await(0, create("/a/b", "")).error == ZkError::NONODE);
  const ZkResult made = e.await(0, create("/a", "x"));
  CHECK(made.error == ZkError::OK);
  CHECK(made.path == "/a");
  CHECK(e.await(1, create("/a", "y")).error == ZkError::NODEEXISTS);
  CHECK(e.await(0, create("/a/e", "", true)).error == ZkError::OK);
  CHECK(e.await(0, create("/a/e/child", "")).error == ZkError::NOCHILDRENFOREPHEMERALS);
  CHECK(e.await(0, zookeeper::remove("/a")).error == ZkError::NOTEMPTY);
  CHECK(e.await(0, set_data("/a", "z", 3)).error == ZkError::BADVERSION);
  CHECK(e.await(0, set_data("/a", "z", 0)).stat.version == 1);
  CHECK(e.await(0, set_data("/a", "w")).stat.version == 2);
  CHECK(e.await(0, set_data("/none", "")).error == ZkError::NONODE);
  CHECK(e.await(0, zookeeper::remove("/a/e", 1)).error == ZkError::BADVERSION);
  CHECK(e.await(0, zookeeper::remove("/a/e")).error == ZkError::OK);
  CHECK(e.await(0, get_data("/a/e")).error == ZkError::NONODE);
  CHECK(e.await(0, create("no-slash", "")).error == ZkError::BADARGUMENTS);
  // A failed write also has a zxid: its answer keeps its place in the order.
  CHECK(e.recorder.of(Trace::ZkWriteRefused).size() == 8);
}

TEST_CASE("sequential znodes are named with the parent's counter in ten digits, and the counter never goes back") {
  Ensemble e;
  REQUIRE(ready(e));
  CHECK(e.await(0, create("/q", "")).error == ZkError::OK);
  CHECK(e.await(0, create("/q/n_", "", false, true)).path == "/q/n_0000000000");
  CHECK(e.await(1, create("/q/n_", "", false, true)).path == "/q/n_0000000001");
  CHECK(e.await(0, zookeeper::remove("/q/n_0000000001")).error == ZkError::OK);
  CHECK(e.await(0, create("/q/n_", "", true, true)).path == "/q/n_0000000002");
  CHECK(e.await(0, get_children("/q")).children == std::vector<std::string>{"n_0000000000", "n_0000000002"});
}

TEST_CASE("a multi executes all operations or none, and reports which one failed") {
  Ensemble e;
  REQUIRE(ready(e));
  const ZkResult good =
      e.await(0, multi({create("/c", "7"), create("/c/d", ""), set_data("/c", "8", 0), check("/c", 1)}));
  CHECK(good.error == ZkError::OK);
  REQUIRE(good.results.size() == 4);
  CHECK(good.results[2].stat.version == 1);
  const ZkResult bad = e.await(0, multi({create("/x", ""), check("/c", 0), zookeeper::remove("/c/d")}));
  CHECK(bad.error == ZkError::BADVERSION);
  REQUIRE(bad.results.size() == 3);
  CHECK(bad.results[0].error == ZkError::OK);
  CHECK(bad.results[1].error == ZkError::BADVERSION);
  CHECK(bad.results[2].error == ZkError::RUNTIMEINCONSISTENCY);
  CHECK(e.await(0, exists("/x")).error == ZkError::NONODE);
  CHECK(e.await(0, exists("/c/d")).error == ZkError::OK);
}

TEST_CASE("writes in flight are checked against earlier proposals and answered in order") {
  Ensemble e;
  REQUIRE(ready(e));
  const Token first = e.ask(0, create("/p", "0")), second = e.ask(0, create("/p", "1")),
              third = e.ask(0, set_data("/p", "2", 0)), read = e.ask(0, get_data("/p")),
              gone = e.ask(0, zookeeper::remove("/p", 1)), last = e.ask(0, exists("/p"));
  e.run(seconds(1));
  CHECK(e.app(0).result_of(first)->error == ZkError::OK);
  CHECK(e.app(0).result_of(second)->error == ZkError::NODEEXISTS);
  CHECK(e.app(0).result_of(third)->error == ZkError::OK);
  CHECK(e.app(0).result_of(read)->data == "2");  // the read waits for the client's own writes
  CHECK(e.app(0).result_of(gone)->error == ZkError::OK);
  CHECK(e.app(0).result_of(last)->error == ZkError::NONODE);
}

TEST_CASE("a watch fires once, and its event arrives before the changed data") {
  Ensemble e(3, 2);
  REQUIRE(ready(e));
  CHECK(e.await(0, create("/w", "0")).error == ZkError::OK);
  CHECK(e.await(1, get_data("/w", true)).error == ZkError::OK);
  CHECK(e.await(1, get_children("/", true)).error == ZkError::OK);
  CHECK(e.await(1, exists("/later", true)).error == ZkError::NONODE);
  for (int i = 1; i <= 3; ++i) CHECK(e.await(0, set_data("/w", std::to_string(i))).error == ZkError::OK);
  CHECK(e.await(0, create("/later", "")).error == ZkError::OK);
  const Token read = e.ask(1, get_data("/w"));
  e.run(seconds(1));
  const auto told = e.app(1).watched();
  REQUIRE(told.size() == 3);
  CHECK(told[0].type == ZkEventType::NodeDataChanged);
  CHECK(told[0].path == "/w");
  CHECK(told[1].type == ZkEventType::NodeCreated);
  CHECK(told[1].path == "/later");
  CHECK(told[2].type == ZkEventType::NodeChildrenChanged);
  CHECK(e.app(1).result_of(read)->data == "3");
  CHECK(e.recorder.of(Trace::ZkWatchFired).size() == 3);
  CHECK(std::holds_alternative<Completed>(e.app(1).seen.back().event));
}

TEST_CASE("a client's own watch fires before the answer to its own write") {
  Ensemble e;
  REQUIRE(ready(e));
  CHECK(e.await(0, create("/w", "", true)).error == ZkError::OK);
  CHECK(e.await(0, exists("/w", true)).error == ZkError::OK);
  CHECK(e.await(0, zookeeper::remove("/w")).error == ZkError::OK);
  const auto& seen = e.app(0).seen;
  REQUIRE(seen.size() >= 2);
  CHECK(std::holds_alternative<Watched>(seen[seen.size() - 2].event));
  CHECK(std::holds_alternative<Completed>(seen.back().event));
}

TEST_CASE(
    "a session moves to another server with its watches and ephemeral znodes, and watches for missed changes fire there") {
  Ensemble e(3, 2);
  REQUIRE(ready(e));
  const ZkSessionId session = e.app(1).client.session();
  CHECK(e.await(0, create("/a", "0")).error == ZkError::OK);
  CHECK(e.await(0, create("/b", "0")).error == ZkError::OK);
  CHECK(e.await(1, create("/mine", "", true)).error == ZkError::OK);
  CHECK(e.await(1, get_data("/a", true)).error == ZkError::OK);
  CHECK(e.await(1, get_data("/b", true)).error == ZkError::OK);
  CHECK(e.await(1, exists("/c", true)).error == ZkError::NONODE);
  const int old_server = e.server_of(1), other = old_server == 1 ? 2 : 1;
  e.world.network().partition({e.client_node(1)}, {e.server_node(old_server)});
  CHECK(e.await(0, set_data("/a", "1")).error == ZkError::OK);
  CHECK(e.await(0, create("/c", "")).error == ZkError::OK);
  move_to(e, 1, other);
  e.run(milliseconds(100));
  CHECK(e.app(1).client.session() == session);
  auto told = e.app(1).watched();
  REQUIRE(told.size() == 2);
  CHECK(told[0].path == "/a");
  CHECK(told[1].type == ZkEventType::NodeCreated);
  CHECK(e.await(0, set_data("/b", "1")).error == ZkError::OK);  // the renewed watch
  e.run(milliseconds(100));
  CHECK(e.app(1).watched().size() == 3);
  CHECK(e.await(0, exists("/mine")).stat.ephemeral_owner == session);
  CHECK(e.recorder.facts<fact::ZkSessionMoved>().back().to == other);
}

TEST_CASE(
    "a silent session ends after its time-out, rounded up to the tick, and its ephemeral znodes are deleted in the same transaction") {
  Ensemble e(3, 2);
  REQUIRE(ready(e));
  CHECK(e.await(1, create("/mine", "", true)).error == ZkError::OK);
  CHECK(e.await(0, exists("/mine", true)).error == ZkError::OK);
  const Instant died = e.world.now();
  e.world.kill(e.client_node(1), Death::Crash);
  e.run(milliseconds(5900));
  CHECK(e.app(0).watched().empty());
  CHECK(e.server(2).tree().find("/mine") != nullptr);
  REQUIRE(e.run_until(seconds(5), [&] { return !e.app(0).watched().empty(); }));
  CHECK(e.world.now() - died <
        seconds(6 + 2 + 1) + milliseconds(100));  // the tick, and the follower's ping every half tick
  CHECK(e.app(0).watched()[0].type == ZkEventType::NodeDeleted);
  const auto closed = e.recorder.of(Trace::ZkSessionClosed);
  REQUIRE(closed.size() == 1);
  CHECK(as<fact::ZkSessionClosed>(closed[0]).ephemerals == 1);
  CHECK(closed[0].time >= e.recorder.of(Trace::ZkSessionExpired)[0].time);
}

TEST_CASE("a client that pings keeps its session for ever, even when connected to a follower") {
  Ensemble e(3, 3);
  REQUIRE(ready(e));
  for (int i = 0; i < 3; ++i) move_to(e, i, i + 1);
  e.world.network().heal_all();
  e.run(seconds(300));
  CHECK(e.recorder.of(Trace::ZkSessionExpired).empty());
  for (int i = 0; i < 3; ++i) CHECK(e.server_of(i) == i + 1);
}

TEST_CASE(
    "a client pings after a third of its time-out, and a second earlier if it received something since its last request") {
  struct Pings : sim::Observer<Message> {
    std::map<std::int32_t, std::vector<Instant>> by_client;
    void on_event_executed(const sim::Executed& event, const Message* message) override {
      if (message != nullptr && protocol::holds_alternative<protocol::ZkPingRequest>(message->body))
        by_client[event.peer.index].push_back(event.key.time);
    }
    void on_trace(const sim::TraceLine&, const protocol::TraceSubject*) override {}
  } pings;
  Ensemble e(1, 3, 1, true, 18000);
  REQUIRE(ready(e));
  (void)e.await(1, get_data("/brokers", true));
  (void)e.await(2, get_data("/brokers"));
  e.world.attach(&pings);
  const Instant quiet = e.world.now();
  e.run(seconds(3));
  (void)e.await(0, set_data("/brokers", "new"));  // client 1 is notified
  e.run(seconds(4));
  REQUIRE(pings.by_client[e.client_node(1).index].size() == 1);
  REQUIRE(pings.by_client[e.client_node(2).index].size() == 1);
  CHECK(std::abs((pings.by_client[e.client_node(1).index][0] - quiet - seconds(5)).us) < 100'000);
  CHECK(std::abs((pings.by_client[e.client_node(2).index][0] - quiet - seconds(6)).us) < 100'000);
}

TEST_CASE("a client that was paused too long learns that its session has expired, and opens a new session") {
  Ensemble e(3, 2);
  REQUIRE(ready(e));
  e.app(1).opens_again = true;
  const ZkSessionId session = e.app(1).client.session();
  CHECK(e.await(1, create("/mine", "", true)).error == ZkError::OK);
  e.world.pause(e.client_node(1));
  e.run(seconds(12));
  CHECK(e.await(0, exists("/mine")).error == ZkError::NONODE);
  e.world.resume(e.client_node(1));
  const Token late = e.ask(1, set_data("/mine", "?"));
  REQUIRE(e.run_until(seconds(10), [&] {
    return e.app(1).client.state() == SessionState::Connected && e.app(1).client.session() != session;
  }));
  CHECK(e.app(1).result_of(late)->error != ZkError::OK);
  CHECK(e.app(1).states() == std::vector{SessionState::Connected, SessionState::Disconnected, SessionState::Expired,
                                         SessionState::Connected});
}

TEST_CASE("when a client closes its session, its ephemeral znodes are deleted at once") {
  Ensemble e(3, 2);
  REQUIRE(ready(e));
  CHECK(e.await(1, create("/mine", "", true)).error == ZkError::OK);
  e.world.with_context(e.client_node(1), [&](Ctx& ctx) { e.app(1).client.close(ctx); });
  e.run(milliseconds(50));
  CHECK(e.app(1).client.state() == SessionState::Closed);
  CHECK(e.await(0, exists("/mine")).error == ZkError::NONODE);
  CHECK(e.await(1, exists("/brokers")).error == ZkError::SESSIONEXPIRED);
}

TEST_CASE("the time-out is negotiated between 2 and 20 ticks") {
  for (const auto& [asked, agreed] : {std::pair{1000, 4000}, {18000, 18000}, {100000, 40000}}) {
    Ensemble e(3, 1, 1, true, asked);
    REQUIRE(ready(e));
    CHECK(e.app(0).client.session_timeout_ms() == agreed);
  }
}

TEST_CASE(
    "a write through a server that the session has left is refused with SESSIONMOVED and the connection is closed") {
  Ensemble e(3, 1);
  REQUIRE(ready(e));
  const NodeId from = e.probe_node();
  sim::ConnectionId old_one;
  e.world.with_context(from, [&](Ctx& ctx) {
    old_one = ctx.connect(e.server_node(2));
    ctx.send(old_one, protocol::request(0, protocol::ZkConnectRequest{{}, 6000, 0, 0}));
  });
  e.run(milliseconds(100));
  const auto opened = protocol::get<protocol::ZkConnectResponse>(e.probe().got.at(0).body);
  e.world.with_context(from, [&](Ctx& ctx) {
    const sim::ConnectionId next = ctx.connect(e.server_node(3));
    ctx.send(next, protocol::request(0, protocol::ZkConnectRequest{{}, 6000, opened.session_id, opened.password}));
  });
  e.run(milliseconds(100));
  CHECK(protocol::get<protocol::ZkConnectResponse>(e.probe().got.at(1).body).session_id == opened.session_id);
  e.world.with_context(from, [&](Ctx& ctx) {
    ctx.send(old_one,
             protocol::request(1, protocol::ZkRequest{std::make_shared<const ZkOperation>(create("/stray", ""))}));
  });
  e.run(milliseconds(100));
  CHECK(e.await(0, exists("/stray")).error == ZkError::NONODE);
  CHECK(e.probe().disconnects == 1);
}

TEST_CASE("a wrong password does not reopen a session") {
  Ensemble e(3, 1);
  REQUIRE(ready(e));
  e.world.with_context(e.probe_node(), [&](Ctx& ctx) {
    ctx.send(ctx.connect(e.server_node(1)),
             protocol::request(0, protocol::ZkConnectRequest{{}, 6000, e.app(0).client.session(), 1}));
  });
  e.run(milliseconds(100));
  CHECK(protocol::get<protocol::ZkConnectResponse>(e.probe().got.at(0).body).timeout_ms == 0);
  CHECK(e.probe().disconnects == 1);
}

TEST_CASE("a watch on the server fires only once, even if the client sets no new one") {
  Ensemble e(3, 1);
  REQUIRE(ready(e));
  CHECK(e.await(0, create("/w", "")).error == ZkError::OK);
  sim::ConnectionId link;
  e.world.with_context(e.probe_node(), [&](Ctx& ctx) {
    link = ctx.connect(e.server_node(1));
    ctx.send(link, protocol::request(0, protocol::ZkConnectRequest{{}, 6000, 0, 0}));
  });
  e.run(milliseconds(100));
  e.world.with_context(e.probe_node(), [&](Ctx& ctx) {
    ctx.send(link,
             protocol::request(1, protocol::ZkRequest{std::make_shared<const ZkOperation>(get_data("/w", true))}));
  });
  e.run(milliseconds(100));
  for (int i = 0; i < 3; ++i) CHECK(e.await(0, set_data("/w", "x")).error == ZkError::OK);
  e.run(milliseconds(100));
  int events = 0;
  for (const Message& m : e.probe().got) events += protocol::holds_alternative<protocol::ZkWatcherEvent>(m.body);
  CHECK(events == 1);
}

TEST_CASE("a server whose zxid is behind the client's last zxid refuses the client") {
  Ensemble e(3, 2);
  REQUIRE(ready(e));
  e.world.network().partition({e.server_node(3)}, {e.server_node(1), e.server_node(2)});
  move_to(e, 0, 1);
  CHECK(e.await(0, create("/new", "")).error == ZkError::OK);
  // The server still serves: syncLimit is 10 s. The client can only reach this one.
  e.world.network().partition({e.client_node(0)}, {e.server_node(1)});
  e.world.network().heal({e.client_node(0)}, {e.server_node(3)});
  e.run(seconds(5));
  CHECK(e.server(3).serving());
  CHECK(e.app(0).client.state() == SessionState::Disconnected);
}

TEST_CASE(
    "a connection request with a newer zxid than the server's is refused before a session begins (ZooKeeperServer.processConnectRequest)") {
  Ensemble e(3, 1);
  REQUIRE(ready(e));
  const protocol::Zxid newer{e.server(2).last_zxid().value + 1};
  e.world.with_context(e.probe_node(), [&](Ctx& ctx) {
    ctx.send(ctx.connect(e.server_node(2)), protocol::request(0, protocol::ZkConnectRequest{newer, 6000, 0, 0}));
  });
  e.run(seconds(1));
  CHECK(e.probe().disconnects == 1);
  CHECK(e.probe().got.empty());
}

TEST_CASE(
    "when the leader dies, the server with the newest history is elected in the next epoch, and no acknowledged write is lost") {
  Ensemble e(3, 2);
  REQUIRE(ready(e));
  for (int i = 0; i < 20; ++i) CHECK(e.await(0, create("/n" + std::to_string(i), "")).error == ZkError::OK);
  e.world.kill(e.server_node(1), Death::PowerOff);
  REQUIRE(e.run_until(seconds(30), [&] { return e.leader() > 1 && e.all_connected(); }));
  CHECK(e.server(e.leader()).epoch() == 2);
  CHECK(e.await(0, get_children("/")).children.size() == 21);
  CHECK(e.await(0, create("/after", "")).error == ZkError::OK);
  CHECK(e.server(e.leader()).last_zxid().epoch() == 2);
  e.world.restart(e.server_node(1));
  REQUIRE(e.run_until(seconds(30), [&] { return e.all_serve(); }));
  CHECK(e.server(1).state() == ZkServerState::Following);
  e.run(seconds(1));
  CHECK(dump(e.server(1).tree()) == dump(e.server(e.leader()).tree()));
  CHECK(e.recorder.facts<fact::ZkFollowerSynced>().back().kind.view() == "DIFF");
}

TEST_CASE("without a quorum no write succeeds and no client is served; with a quorum both work again") {
  Ensemble e(3, 1);
  REQUIRE(ready(e));
  CHECK(e.await(0, create("/a", "")).error == ZkError::OK);
  e.world.kill(e.server_node(2), Death::Crash);
  e.run(seconds(1));
  e.world.kill(e.server_node(3), Death::Crash);
  const Token lost = e.ask(0, create("/b", ""));
  e.run(seconds(20));
  CHECK(e.leader() == 0);
  CHECK_FALSE(e.server(1).serving());
  CHECK(e.server(1).state() == ZkServerState::Looking);
  CHECK(e.app(0).result_of(lost)->error == ZkError::CONNECTIONLOSS);
  e.world.restart(e.server_node(3));
  REQUIRE(e.run_until(seconds(60), [&] { return e.leader() != 0 && e.all_connected(); }));
  CHECK(e.await(0, exists("/a")).error == ZkError::OK);
}

TEST_CASE(
    "a leader that is cut off stops leading within syncLimit, and its own proposals are truncated when it returns") {
  Ensemble e(3, 2);
  REQUIRE(ready(e));
  move_to(e, 0, 1);
  move_to(e, 1, 2);
  e.world.network().partition({e.server_node(1)}, {e.server_node(2), e.server_node(3)});
  const Token alone = e.ask(0, create("/alone", ""));
  e.run(seconds(1));
  CHECK(e.app(0).result_of(alone) == nullptr);  // the write waits for a quorum
  REQUIRE(e.run_until(seconds(30), [&] { return e.leader() > 1; }));
  e.run(seconds(2));  // the server checks its quorum every tick
  CHECK_FALSE(e.server(1).is_active_leader());
  CHECK(e.app(0).result_of(alone)->error == ZkError::CONNECTIONLOSS);
  REQUIRE(e.run_until(seconds(30), [&] { return e.app(1).client.state() == SessionState::Connected; }));
  CHECK(e.await(1, create("/together", "")).error == ZkError::OK);
  e.world.network().heal_all();
  REQUIRE(e.run_until(seconds(90), [&] { return e.all_serve(); }));
  e.run(seconds(1));
  CHECK(e.recorder.of(Trace::ZkLogTruncated).size() == 1);
  CHECK(e.server(1).tree().find("/alone") == nullptr);
  CHECK(e.server(1).tree().find("/together") != nullptr);
}

TEST_CASE("a follower that has missed more than 500 transactions gets a snapshot") {
  Ensemble e(3, 1);
  REQUIRE(ready(e));
  e.world.kill(e.server_node(3), Death::Crash);
  REQUIRE(e.run_until(seconds(20), [&] { return e.all_connected(); }));
  for (int i = 0; i < 600; ++i) e.ask(0, create("/n" + std::to_string(i), "x"));
  e.run(seconds(5));
  e.world.restart(e.server_node(3));
  REQUIRE(e.run_until(seconds(30), [&] { return e.all_serve(); }));
  CHECK(e.recorder.facts<fact::ZkFollowerSynced>().back().kind.view() == "SNAP");
  e.run(seconds(1));
  CHECK(dump(e.server(3).tree()) == dump(e.server(1).tree()));
  // The snapshot is also on disk.
  e.world.kill(e.server_node(3), Death::PowerOff);
  CHECK(e.server(3).tree().find("/n599") != nullptr);
}

TEST_CASE("writes that are not flushed are lost in a power failure and kept in a crash") {
  Ensemble e(1, 1);
  REQUIRE(ready(e));
  sim::DiskConfig slow;
  slow.flush_latency_us = 1000000;
  e.world.set_disk(e.server_node(1), slow);
  e.ask(0, create("/a", ""));
  e.run(milliseconds(100));
  Ensemble crash = e;
  crash.world.kill(crash.server_node(1), Death::Crash);
  CHECK(crash.server(1).tree().find("/a") != nullptr);
  e.world.kill(e.server_node(1), Death::PowerOff);
  CHECK(e.server(1).tree().find("/a") == nullptr);
}

TEST_CASE(
    "until a quorum has accepted its epoch a leader refuses a follower with a newer zxid, and continues (Leader.waitForEpochAck)") {
  Ensemble e(3, 1, 1, false);
  e.world.kill(e.server_node(1), Death::Crash);
  REQUIRE(e.run_until(seconds(10), [&] { return e.server(3).state() == protocol::ZkServerState::Leading; }));
  sim::ConnectionId connection;
  e.world.with_context(e.probe_node(), [&](Ctx& ctx) {
    connection = ctx.connect(e.server_node(3));
    ctx.send(connection, protocol::request(0, protocol::ZkFollowerInfo{1, 0}));
    ctx.send(connection, protocol::request(1, protocol::ZkAckEpoch{99, Zxid{7}}));
  });
  e.run(milliseconds(50));
  CHECK(e.probe().disconnects == 1);
  e.world.restart(e.server_node(1));
  REQUIRE(ready(e));
  CHECK(e.leader() == 3);
  int looked = 0;
  for (const auto& line : e.recorder.of(Trace::ZkServerStateChanged))
    looked +=
        line.node == e.server_node(3) && as<fact::ZkServerStateChanged>(line).state == protocol::ZkServerState::Looking;
  CHECK(looked == 1);  // at its start
}
