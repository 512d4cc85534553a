// States are told apart by shape, hatching and lightness: not by hue, and not only by words. For each pair of states the same scene is
// drawn twice, its words are covered, and what still differs is counted as a room sees it (pixels.h).
#include <doctest/doctest.h>

#include <algorithm>

#include "golden/apart.h"

using namespace kafkascope;
using namespace kafkascope::ui;
using observe::Family;
using observe::NodeState;
using observe::ReplicaRole;
using observe::Snapshot;

namespace {

observe::Node& broker(Snapshot& w) {
  return *std::find_if(w.nodes.begin(), w.nodes.end(), [](const observe::Node& n) { return n.name == "broker-2"; });
}

Case node_state(const char* name, NodeState state) {
  return {name, [state](Snapshot& w) { broker(w).state = state; }};
}

Case role(const char* name, ReplicaRole r) {
  return {name, [r](Snapshot& w) { broker(w).replicas.front().role = r; }};
}

/// The last three records, no longer in the log.
observe::LogRun& gone(observe::ReplicaLog& log) {
  observe::LogRun run;
  run.base_offset = log.log_end_offset - 3, run.last_offset = log.log_end_offset - 1;
  run.truncated = true;
  log.runs.push_back(run);
  return log.runs.back();
}

// Where cards are small.
constexpr Theming kSmallLooks[] = {{Layout::Lesson, Theme::Light, Tab::Partitions, true, false},
                                   {Layout::Presenter, Theme::Light, Tab::Partitions, true, false},
                                   {Layout::Lesson, Theme::Dark, Tab::Partitions, false, true},
                                   {Layout::Presenter, Theme::Light, Tab::Partitions, false, true},
                                   {Layout::Lesson, Theme::Light, Tab::Partitions, true, true}};

/// Of broker-2.
std::vector<Case> broker_states() {
  return {
      node_state("running", NodeState::Running),
      node_state("paused", NodeState::Paused),
      node_state("crashed", NodeState::Crashed),
      node_state("stopped", NodeState::Stopped),
      node_state("starting", NodeState::Starting),
      node_state("shutting down", NodeState::ShuttingDown),
      node_state("without power", NodeState::PoweredOff),
      {"fenced", [](Snapshot& w) { broker(w).fenced = true; }},
      {"isolated", [](Snapshot& w) { broker(w).isolated = true; }},
  };
}

}  // namespace

TEST_CASE("a broker's states look different in grey, to colour-blind eyes, on a pale projector or a shared screen") {
  for (const Theming& look : kLooks) {
    CAPTURE(static_cast<int>(look.layout));
    CAPTURE(static_cast<int>(look.theme));
    all_apart(broker_states(), look, 100);
  }
}

TEST_CASE("a broker's states look different on the small cards of twelve brokers and of two worlds, to all eyes") {
  for (const Theming& look : kSmallLooks) {
    CAPTURE(static_cast<int>(look.layout));
    CAPTURE(look.twelve_brokers);
    CAPTURE(look.two_worlds);
    all_apart(broker_states(), look, 40);
  }
}

TEST_CASE("a replica's roles look different in grey, to colour-blind eyes, on a pale projector or a shared screen") {
  const std::vector<Case> states = {role("leader", ReplicaRole::Leader), role("follower", ReplicaRole::Follower),
                                    role("out of the ISR", ReplicaRole::OutOfIsr),
                                    role("offline", ReplicaRole::Offline)};
  for (const Theming& look : kLooks) {
    CAPTURE(static_cast<int>(look.layout));
    CAPTURE(static_cast<int>(look.theme));
    all_apart(states, look, 40);
  }
}

TEST_CASE("kinds of messages look different in grey, to colour-blind eyes, on a pale projector or a shared screen") {
  std::vector<Case> states;
  static constexpr const char* kNames[] = {"produce",     "consume", "replicate", "group",
                                           "transaction", "control", "metadata",  "ZooKeeper"};
  for (int f = 0; f < observe::kFamilies; ++f)
    states.push_back({kNames[f], [f](Snapshot& w) {
                        observe::Message m = w.messages.front();
                        m.family = static_cast<Family>(f);
                        w.messages = {m};
                      }});
  for (const Theme theme : {Theme::Light, Theme::Dark}) {
    CAPTURE(static_cast<int>(theme));
    all_apart(states, {Layout::Lesson, theme}, 12);
  }
}

TEST_CASE("a record's states look different in grey, to colour-blind eyes, on a pale projector or a shared screen") {
  const auto last = [](void (*set)(observe::LogRun&)) {
    return [set](Snapshot& w) {
      for (observe::Partition& p : w.partitions)
        for (observe::ReplicaLog& log : p.logs) set(log.runs.front());
    };
  };
  const std::vector<Case> states = {
      {"committed", last([](observe::LogRun&) {})},
      {"above the high watermark",
       [](Snapshot& w) {
         for (observe::Partition& p : w.partitions) p.high_watermark = p.log_end_offset - 3;
       }},
      {"not flushed", last([](observe::LogRun& r) { r.flushed = false; })},
      {"control batch", last([](observe::LogRun& r) { r.control = true; })},
      {"gap of compaction", last([](observe::LogRun& r) { r.compacted = true; })},
      {"tombstone", last([](observe::LogRun& r) { r.tombstone = true; })},
      {"to be cut", last([](observe::LogRun& r) { r.to_be_cut = true; })},
      {"lost with the power",
       [](Snapshot& w) {
         for (observe::Partition& p : w.partitions)
           for (observe::ReplicaLog& log : p.logs) gone(log).lost = true;
       }},
      {"cut off",
       [](Snapshot& w) {
         for (observe::Partition& p : w.partitions)
           for (observe::ReplicaLog& log : p.logs) gone(log);
       }},
      {"deleted", last([](observe::LogRun& r) { r.deleted = true; })},
      {"skipped by a group",
       [](Snapshot& w) {
         for (observe::Partition& p : w.partitions)
           p.skipped = {p.high_watermark - 3, p.high_watermark - 2, p.high_watermark - 1};
       }},
      {"of an open transaction", last([](observe::LogRun& r) { r.transaction = "t", r.transaction_state = 'o'; })},
      {"of a committed transaction", last([](observe::LogRun& r) { r.transaction = "t", r.transaction_state = 'c'; })},
      {"of an aborted transaction", last([](observe::LogRun& r) { r.transaction = "t", r.transaction_state = 'a'; })},
  };
  for (const Theme theme : {Theme::Light, Theme::Dark}) {
    CAPTURE(static_cast<int>(theme));
    all_apart(states, {Layout::Workbench, theme, Tab::Partitions}, 40);
  }
}

TEST_CASE("a client's states look different in grey, to colour-blind eyes, on a pale projector or a shared screen") {
  const auto client = [](const char* name, void (*set)(observe::Node&)) {
    return Case{name, [set](Snapshot& w) {
                  for (observe::Node& n : w.nodes)
                    if (n.name == "web") set(n);
                }};
  };
  const std::vector<Case> states = {
      client("running", [](observe::Node&) {}),
      client("paused", [](observe::Node& n) { n.state = NodeState::Paused; }),
      client("killed", [](observe::Node& n) { n.state = NodeState::Crashed; }),
      client("stopped", [](observe::Node& n) { n.state = NodeState::Stopped; }),
      client("not started yet", [](observe::Node& n) { n.state = NodeState::Stopped, n.incarnation = 0; }),
      client("isolated", [](observe::Node& n) { n.isolated = true; }),
  };
  for (const Theming& look : kLooks) {
    CAPTURE(static_cast<int>(look.layout));
    CAPTURE(static_cast<int>(look.theme));
    all_apart(states, look, 40);
  }
}

TEST_CASE(
    "a group member's states look different in grey, to colour-blind eyes, on a pale projector or a shared screen") {
  const auto member = [](const char* name, void (*set)(observe::GroupMember&)) {
    return Case{name, [set](Snapshot& w) {
                  w.groups.front().state = "PreparingRebalance";
                  set(w.groups.front().members.front());
                }};
  };
  const std::vector<Case> states = {
      member("joined", [](observe::GroupMember&) {}),
      member("awaited", [](observe::GroupMember& m) { m.joined = false, m.awaited = m.session; }),
      member("with nothing", [](observe::GroupMember& m) { m.partitions.clear(); }),
      member("giving a partition up", [](observe::GroupMember& m) { m.revoking = m.partitions; }),
      member("to be given a partition",
             [](observe::GroupMember& m) { m.pending = m.partitions, m.partitions.clear(); }),
  };
  for (const Theme theme : {Theme::Light, Theme::Dark}) {
    CAPTURE(static_cast<int>(theme));
    all_apart(states, {Layout::Workbench, theme, Tab::Groups}, 40);
  }
}

TEST_CASE("a share group's records look different in grey, to colour-blind eyes, on pale or shared screens") {
  using State = observe::ShareState;
  const std::vector<Case> states = {share_record("available", State::Available),
                                    share_record("acquired", State::Acquired),
                                    share_record("acknowledged", State::Acknowledged),
                                    share_record("archived", State::Archived),
                                    {"archived, before the window", [](Snapshot& w) {
                                       for (observe::Partition& p : w.partitions)
                                         p.shares = {{"pool", p.high_watermark - 1, p.high_watermark, {}, 3}};
                                     }}};
  for (const Theme theme : {Theme::Light, Theme::Dark}) {
    CAPTURE(static_cast<int>(theme));
    all_apart(states, {Layout::Workbench, theme, Tab::Partitions}, 40);
  }
}

TEST_CASE(
    "what happens to a message looks different in grey, to colour-blind eyes, on a pale projector or a shared screen") {
  // Only the first message, checkout's Produce request to broker-1.
  const auto message = [](const char* name, void (*set)(Snapshot&, observe::Message&)) {
    return Case{name, [set](Snapshot& w) {
                  w.messages.resize(1);
                  set(w, w.messages.front());
                }};
  };
  const std::vector<Case> states = {
      message("a request", [](Snapshot&, observe::Message&) {}),
      message("a response", [](Snapshot&, observe::Message& m) { m.response = true; }),
      message("held", [](Snapshot&, observe::Message& m) { m.held = true, m.arrives_us = -1; }),
      message("delayed",
              [](Snapshot& w, observe::Message& m) {
                observe::Link slow;
                slow.a = m.from, slow.b = m.to;
                slow.latency_us = 800'000;
                w.links.push_back(slow);
              }),
      message("lost",
              [](Snapshot& w, observe::Message& m) {
                observe::LostMessage lost;
                lost.from = m.from, lost.to = m.to;
                lost.family = m.family;
                lost.lost_us = w.time_us;
                lost.fraction = m.fraction;
                lost.api = m.api;
                w.lost.push_back(lost);
                w.messages.clear();
              }),
  };
  for (const Theming& look : kLooks) {
    CAPTURE(static_cast<int>(look.layout));
    CAPTURE(static_cast<int>(look.theme));
    all_apart(states, look, 12);
  }
}

TEST_CASE("a voter's states look different in grey, to colour-blind eyes, on a pale projector or a shared screen") {
  using observe::VoterState;
  const auto voter = [](const char* name, void (*set)(observe::Node&)) {
    return Case{name, [set](Snapshot& w) { set(w.nodes.front()); }};
  };
  const std::vector<Case> states = {
      voter("follower", [](observe::Node&) {}),
      voter("leader", [](observe::Node& n) { n.voter = VoterState::Leader, n.active_controller = true; }),
      voter("candidate",
            [](observe::Node& n) {
              n.voter = VoterState::Candidate, n.votes_asked = {1, 2};
            }),
      voter("candidate with a vote",
            [](observe::Node& n) {
              n.voter = VoterState::Candidate, n.votes_from = {0}, n.votes_asked = {1, 2};
            }),
      voter("prospective",
            [](observe::Node& n) {
              n.voter = VoterState::Prospective, n.votes_asked = {1, 2};
            }),
      voter("voted", [](observe::Node& n) { n.voter = VoterState::Voted; }),
      voter("unattached", [](observe::Node& n) { n.voter = VoterState::Unattached; }),
      voter("resigned", [](observe::Node& n) { n.voter = VoterState::Resigned; }),
      voter("observer", [](observe::Node& n) { n.voter = VoterState::Observer; }),
  };
  for (const Theme theme : {Theme::Light, Theme::Dark}) {
    CAPTURE(static_cast<int>(theme));
    all_apart(states, {Layout::Workbench, theme, Tab::Controller}, 20);
  }
}

TEST_CASE("a broker that only believes to be the controller looks different from one that is, to all of these eyes") {
  const std::vector<Case> states = {
      {"a broker", [](Snapshot&) {}},
      {"the controller", [](Snapshot& w) { broker(w).active_controller = true; }},
      {"believes to be the controller", [](Snapshot& w) { broker(w).zombie_controller = true; }},
  };
  for (const Theming& look : kLooks) {
    CAPTURE(static_cast<int>(look.layout));
    CAPTURE(static_cast<int>(look.theme));
    all_apart(states, look, 40);
  }
}

TEST_CASE("the present state of a group and of a transaction stands out, to all of these eyes") {
  std::vector<Case> group, transaction;
  for (const char* state : {"Empty", "PreparingRebalance", "CompletingRebalance", "Stable", "Dead"})
    group.push_back({state, [state](Snapshot& w) { w.groups.front().state = state; }});
  for (const char* state : {"Empty", "Ongoing", "PrepareEpochFence", "PrepareCommit", "CompleteCommit", "PrepareAbort",
                            "CompleteAbort", "Dead"})
    transaction.push_back({state, [state](Snapshot& w) {
                             observe::Transaction t;
                             t.id = "tx-1";
                             t.state = state;
                             t.coordinator = 2;
                             t.parts = {{"orders-0", 0, 1040, 2, false}};
                             w.transactions = {t};
                           }});
  for (const Theme theme : {Theme::Light, Theme::Dark}) {
    CAPTURE(static_cast<int>(theme));
    all_apart(group, {Layout::Workbench, theme, Tab::Groups}, 40);
    all_apart(transaction, {Layout::Workbench, theme, Tab::Transactions}, 40);
  }
}
