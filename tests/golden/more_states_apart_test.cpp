// States outside the cards of nodes, which must look different to all eyes: ZooKeeper's servers and sessions, links, the timeline's
// lanes, the sign between two worlds; and what only the presenter's layout draws in its own way.
#include <doctest/doctest.h>

#include <algorithm>

#include "golden/apart.h"

using namespace kafkascope;
using namespace kafkascope::ui;
using observe::LogRun;
using observe::Node;
using observe::NodeState;
using observe::Snapshot;
using observe::VoterState;

namespace {

Node& node(Snapshot& w, const char* name) {
  return *std::find_if(w.nodes.begin(), w.nodes.end(), [&](const Node& n) { return n.name == name; });
}
int index_of(const Snapshot& w, const char* name) {
  return static_cast<int>(std::find_if(w.nodes.begin(), w.nodes.end(), [&](const Node& n) { return n.name == name; }) -
                          w.nodes.begin());
}

/// The fixture's cluster over ZooKeeper: three servers, of which the first leads, and a session of each broker.
void over_zookeeper(Snapshot& w) {
  w.metadata = "zookeeper";
  w.kafka_version = "2.5";
  w.voters.clear();
  w.quorum_high_watermark = 0x100000008;
  for (int i = 0; i < 3; ++i) {
    Node& n = w.nodes[static_cast<std::size_t>(i)];
    n.name = "zookeeper-" + std::to_string(i + 1);
    n.kind = observe::NodeKind::ZooKeeper;
    n.id = i + 1;
    n.active_controller = false;
    n.zxid = "0x100000007";
    n.voter = i == 0 ? VoterState::Leader : VoterState::Follower;
    observe::VoterLog log;
    log.node = i;
    log.log_end_offset = log.high_watermark = 0x100000008;
    log.tail.push_back({0x100000007, 1, "0x100000007", {"setData /brokers/topics/orders", ""}, true});
    w.voters.push_back(log);
    w.sessions.push_back({"broker-" + std::to_string(i + 1),
                          n.name,
                          3 + i,
                          {true, 15'000'000, 18'000'000, "zookeeper.session.timeout.ms", "18000"},
                          1});
  }
  node(w, "broker-1").active_controller = true;
  w.znode_count = 46;
}

Case session(const char* name, void (*set)(observe::ZkSession&)) {
  return {name, [set](Snapshot& w) {
            over_zookeeper(w);
            set(w.sessions[1]);
          }};
}

Case server(const char* name, void (*set)(Node&)) {
  return {name, [set](Snapshot& w) {
            over_zookeeper(w);
            set(node(w, "zookeeper-2"));
          }};
}

Case run(const char* name, void (*set)(LogRun&)) {
  return {name, [set](Snapshot& w) {
            for (observe::Partition& p : w.partitions)
              for (observe::ReplicaLog& log : p.logs) set(log.runs.front());
          }};
}

void for_looks(const std::vector<Theming>& looks, const std::vector<Case>& states, int enough) {
  for (const Theming& look : looks) {
    CAPTURE(static_cast<int>(look.layout));
    CAPTURE(static_cast<int>(look.theme));
    CAPTURE(look.panel);
    all_apart(states, look, enough);
  }
}

Theming workbench(Tab tab, Theme theme) { return {Layout::Workbench, theme, tab}; }
Theming presenter(const char* panel, Theme theme = Theme::Light) {
  return {Layout::Presenter, theme, Tab::Partitions, false, false, panel};
}

}  // namespace

TEST_CASE("the states of ZooKeeper sessions look different in grey, to colour-blind eyes, on pale or shared screens") {
  const std::vector<Case> states = {
      session("alive", [](observe::ZkSession&) {}),
      session("running out", [](observe::ZkSession& s) { s.left.remaining_us = 2'000'000; }),
      session("expired", [](observe::ZkSession& s) { s.left.remaining_us = 0; }),
      session("counted by no leader", [](observe::ZkSession& s) { s.left.running = false; }),
      session("without a server", [](observe::ZkSession& s) { s.server.clear(); }),
  };
  for_looks(
      {workbench(Tab::Controller, Theme::Light), workbench(Tab::Controller, Theme::Dark), presenter("controller")},
      states, 40);
}

TEST_CASE("the states of ZooKeeper servers look different in grey, to colour-blind eyes, on pale or shared screens") {
  const std::vector<Case> states = {
      server("following", [](Node&) {}),
      server("leading", [](Node& n) { n.voter = VoterState::Leader; }),
      server("looking for a leader", [](Node& n) { n.voter = VoterState::Voted; }),
      server("paused", [](Node& n) { n.state = NodeState::Paused; }),
      server("crashed", [](Node& n) { n.state = NodeState::Crashed; }),
      server("stopped", [](Node& n) { n.state = NodeState::Stopped; }),
      server("starting", [](Node& n) { n.state = NodeState::Starting; }),
      server("isolated", [](Node& n) { n.isolated = true; }),
  };
  for_looks({kLooks[0], kLooks[1], kLooks[2], workbench(Tab::Controller, Theme::Light)}, states, 40);
}

TEST_CASE("what is wrong with a link looks different in grey, to colour-blind eyes, on a pale or a shared screen") {
  const auto link = [](const char* name, const char* a, const char* b, void (*set)(observe::Link&)) {
    return Case{name, [=](Snapshot& w) {
                  w.messages.clear();
                  observe::Link l;
                  l.a = index_of(w, a), l.b = index_of(w, b);
                  set(l);
                  w.links = {l};
                }};
  };
  const auto cases = [&](const char* a, const char* b) {
    return std::vector<Case>{{"nothing", [](Snapshot& w) { w.messages.clear(); }},
                             link("slow", a, b, [](observe::Link& l) { l.latency_us = 800'000; }),
                             link("lossy", a, b, [](observe::Link& l) { l.loss = .3; }),
                             link("cut", a, b, [](observe::Link& l) { l.cut = true; }),
                             link("cut in one direction", a, b, [](observe::Link& l) { l.cut = l.one_way = true; }),
                             link("cut in the other direction", a, b, [](observe::Link& l) {
                               l.cut = l.one_way = true;
                               std::swap(l.a, l.b);
                             })};
  };
  const auto check = [&](const char* a, const char* b, const std::vector<Theming>& looks, std::size_t kinds) {
    CAPTURE(a);
    CAPTURE(b);
    std::vector<Case> states = cases(a, b);
    states.resize(kinds);
    for_looks(looks, states, 40);
  };
  check("broker-1", "broker-2", {kLooks[0], kLooks[1], kLooks[2]}, 6);
  check("controller-2", "broker-1", {kLooks[0], kLooks[2]}, 6);
  check("checkout", "broker-1", {kLooks[0], kLooks[2]}, 6);
}

TEST_CASE("a timeline's lanes look different in grey, to colour-blind eyes, on a pale projector or a shared screen") {
  const auto span = [](const char* name, std::size_t lane, LaneKind kind, SpanKind span, int leads) {
    return Case{name, {}, [=](Scene& s) {
                  s.time.lanes[lane].kind = kind;
                  s.time.lanes[lane].spans = {{0, s.time.now_us, span, leads, {}}};
                  s.time.marks.clear();
                  s.time.moves.clear();
                }};
  };
  const std::vector<Theming> looks = {workbench(Tab::Partitions, Theme::Light),
                                      workbench(Tab::Partitions, Theme::Dark),
                                      {Layout::Lesson, Theme::Light, Tab::Timeline, false, false, "timeline"}};
  for_looks(
      looks,
      {span("a broker that leads nothing", 1, LaneKind::Broker, SpanKind::Alive, 0),
       span("that leads one", 1, LaneKind::Broker, SpanKind::Alive, 1),
       span("that leads three", 1, LaneKind::Broker, SpanKind::Alive, 3),
       span("dead", 1, LaneKind::Broker, SpanKind::Dead, 0), span("paused", 1, LaneKind::Broker, SpanKind::Paused, 0),
       span("starting", 1, LaneKind::Broker, SpanKind::Starting, 0)},
      40);
  for_looks(looks,
            {span("a controller that runs", 3, LaneKind::Controller, SpanKind::Alive, 0),
             span("dead", 3, LaneKind::Controller, SpanKind::Dead, 0),
             span("paused", 3, LaneKind::Controller, SpanKind::Paused, 0)},
            40);
  for_looks(
      looks,
      {span("a client that runs", 3, LaneKind::Client, SpanKind::Alive, 0),
       span("dead", 3, LaneKind::Client, SpanKind::Dead, 0), span("paused", 3, LaneKind::Client, SpanKind::Paused, 0)},
      40);
  for_looks(looks,
            {span("a group that is stable", 4, LaneKind::Group, SpanKind::State, 1),
             span("that rebalances", 4, LaneKind::Group, SpanKind::State, 0),
             span("that waits", 4, LaneKind::Group, SpanKind::Waiting, 0)},
            40);
}

TEST_CASE("a timeline's marks look different in grey, to colour-blind eyes, on a pale projector or a shared screen") {
  const auto mark = [](const char* name, MarkKind kind, int lane = -1, bool done = true, bool foreseen = false) {
    return Case{name, {}, [=](Scene& s) {
                  TimeMark m;
                  m.at_us = s.time.now_us / 2;
                  m.kind = kind, m.lane = lane, m.done = done, m.foreseen = foreseen;
                  s.time.marks = {m};
                  s.time.moves.clear();
                }};
  };
  const std::vector<Theming> looks = {workbench(Tab::Partitions, Theme::Light),
                                      workbench(Tab::Partitions, Theme::Dark),
                                      {Layout::Lesson, Theme::Light, Tab::Timeline, false, false, "timeline"}};
  for_looks(looks,
            {mark("a step", MarkKind::Step), mark("a step to come", MarkKind::Step, -1, false),
             mark("a step foreseen", MarkKind::Step, -1, false, true), mark("a fault", MarkKind::Fault),
             mark("a repair", MarkKind::Repair), mark("another act", MarkKind::Command),
             mark("refused", MarkKind::Refused), mark("a violation", MarkKind::Violation)},
            20);
  for_looks(looks, {mark("an election", MarkKind::Election, 1), mark("a change of the ISR", MarkKind::IsrChange, 1)},
            20);
}

TEST_CASE("what differs between two worlds has a sign that is seen in grey, by colour-blind eyes, on pale screens") {
  const auto there = [](const char* name, void (*set)(Snapshot&)) {
    return Case{name, {}, [set](Scene& s) {
                  Snapshot other = s.world;
                  set(other);
                  s.lesson.twin.world = std::make_shared<const Snapshot>(other);
                }};
  };
  const std::vector<Case> states = {
      there("the same", [](Snapshot&) {}),
      there("only a number differs",
            [](Snapshot& w) {
              for (observe::Replica& r : node(w, "broker-2").replicas) r.log_end_offset += 40;
            }),
      there("it is another state",
            [](Snapshot& w) { node(w, "broker-2").epoch = 9, node(w, "broker-2").fenced = true; }),
  };
  for (const Layout layout : {Layout::Lesson, Layout::Workbench, Layout::Presenter})
    for (const Theme theme : {Theme::Light, Theme::Dark})
      for_looks({{layout, theme, Tab::Partitions, false, true}}, states, 40);
}

TEST_CASE("in front of people the states of records look different to all of these eyes") {
  for_looks({presenter("partitions"), presenter("partitions", Theme::Dark)},
            {run("committed", [](LogRun&) {}),
             {"above the high watermark",
              [](Snapshot& w) {
                for (observe::Partition& p : w.partitions) p.high_watermark = p.log_end_offset - 3;
              }},
             run("not flushed", [](LogRun& r) { r.flushed = false; }),
             run("control batch", [](LogRun& r) { r.control = true; }),
             run("gap of compaction", [](LogRun& r) { r.compacted = true; }),
             run("tombstone", [](LogRun& r) { r.tombstone = true; }),
             run("to be cut", [](LogRun& r) { r.to_be_cut = true; }),
             run("deleted", [](LogRun& r) { r.deleted = true; }),
             run("of an open transaction", [](LogRun& r) { r.transaction = "t", r.transaction_state = 'o'; }),
             run("of a committed transaction", [](LogRun& r) { r.transaction = "t", r.transaction_state = 'c'; }),
             run("of an aborted transaction", [](LogRun& r) { r.transaction = "t", r.transaction_state = 'a'; })},
            40);
}

TEST_CASE("in front of people the states of a group, its members and its records look different to all of these eyes") {
  std::vector<Case> group;
  for (const char* state : {"Empty", "PreparingRebalance", "CompletingRebalance", "Stable", "Dead"})
    group.push_back({state, [state](Snapshot& w) { w.groups.front().state = state; }});
  const auto member = [](const char* name, void (*set)(observe::GroupMember&)) {
    return Case{name, [set](Snapshot& w) {
                  w.groups.front().state = "PreparingRebalance";
                  set(w.groups.front().members.front());
                }};
  };
  using State = observe::ShareState;
  for_looks({presenter("groups")}, group, 40);
  for_looks({presenter("groups"), presenter("groups", Theme::Dark)},
            {member("joined", [](observe::GroupMember&) {}),
             member("awaited", [](observe::GroupMember& m) { m.joined = false, m.awaited = m.session; }),
             member("with nothing", [](observe::GroupMember& m) { m.partitions.clear(); }),
             member("giving a partition up", [](observe::GroupMember& m) { m.revoking = m.partitions; }),
             member("to be given a partition",
                    [](observe::GroupMember& m) { m.pending = m.partitions, m.partitions.clear(); })},
            40);
  for_looks({presenter("partitions")},
            {share_record("available", State::Available), share_record("acquired", State::Acquired),
             share_record("acknowledged", State::Acknowledged), share_record("archived", State::Archived)},
            40);
}

TEST_CASE("in front of people the states of a voter and of a transaction look different to all of these eyes") {
  const auto voter = [](const char* name, void (*set)(Node&)) {
    return Case{name, [set](Snapshot& w) { set(w.nodes.front()); }};
  };
  for_looks({presenter("controller"), presenter("controller", Theme::Dark)},
            {voter("follower", [](Node&) {}),
             voter("leader", [](Node& n) { n.voter = VoterState::Leader, n.active_controller = true; }),
             voter("candidate",
                   [](Node& n) {
                     n.voter = VoterState::Candidate, n.votes_asked = {1, 2};
                   }),
             voter("prospective",
                   [](Node& n) {
                     n.voter = VoterState::Prospective, n.votes_asked = {1, 2};
                   }),
             voter("voted", [](Node& n) { n.voter = VoterState::Voted; }),
             voter("unattached", [](Node& n) { n.voter = VoterState::Unattached; }),
             voter("resigned", [](Node& n) { n.voter = VoterState::Resigned; }),
             voter("observer", [](Node& n) { n.voter = VoterState::Observer; })},
            20);
  std::vector<Case> transaction;
  const auto state = [&](const char* name, const char* kafkas, bool hanging = false, bool awaits = false) {
    transaction.push_back({name, [=](Snapshot& w) {
                             observe::Transaction t;
                             t.id = "tx-1";
                             t.state = kafkas;
                             t.hanging = hanging;
                             t.coordinator = 2;
                             t.parts = {{"orders-0", 0, 1040, 2, awaits}};
                             w.transactions = {t};
                           }});
  };
  for (const char* each : {"Empty", "Ongoing", "PrepareEpochFence", "PrepareCommit", "CompleteCommit", "PrepareAbort",
                           "CompleteAbort", "Dead"})
    state(each, each);
  state("a marker is awaited", "PrepareCommit", false, true);
  state("hanging", "Ongoing", true);
  for_looks(
      {presenter("transactions"), presenter("transactions", Theme::Dark), workbench(Tab::Transactions, Theme::Light)},
      transaction, 40);
}
