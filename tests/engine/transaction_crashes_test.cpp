// A commit and an abort, and a crash of each participant at every event between the transaction's beginning and its end: not a sample. Each run goes
// on from a copy of the session (a checkpoint). Each node is struck once, whatever it is then: leaders and followers, coordinators, the controller.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/transaction_oracle.h"
#include "observe/model/state_document.h"
#include "protocol/facts_of_clients.h"
#include "protocol/trace_code.h"
#include "scenario/load.h"
#include "scenario/session.h"
#include "sim/facts_of_kernel.h"
#include "support/some.h"

using namespace kafkascope;

namespace {

constexpr sim::Instant kBegin{5'000'000}, kEnd{25'000'000};
/// A crash is shorter than a broker's session, a pause longer: a paused node wakes up as a zombie.
constexpr sim::Duration kBackAfterCrash = sim::milliseconds(1500), kBackAfterPause = sim::seconds(4);
enum class Fault : std::uint8_t { Crash, Pause };

/// tx writes a record to each partition of pay, and the offset of the group work. The client first only makes sure that __consumer_offsets
/// exists.
std::string crash_file(const std::string& end, int version) {
  return fmt::format(R"({{
  "format": 1,
  "id": "transaction-crashes",
  "seed": 1,
  "kafka": "4.1",
  "cluster": {{"controllers": 1, "brokers": 3, "features": {{"transaction.version": {1}}}, "config": {{"min.insync.replicas": 2, "broker.session.timeout.ms": 2500, "broker.heartbeat.interval.ms": 500, "offsets.topic.num.partitions": 3, "transaction.state.log.num.partitions": 3, "transaction.abort.timed.out.transaction.cleanup.interval.ms": 1000, "group.initial.rebalance.delay.ms": 100}}}},
  "topics": [
    {{"name": "in", "partitions": 1, "replication_factor": 3, "assignments": {{"0": [1, 2, 3]}}}},
    {{"name": "pay", "partitions": 2, "replication_factor": 3, "assignments": {{"0": [1, 2, 3], "1": [2, 3, 1]}}}}
  ],
  "clients": [
    {{"id": "shop", "kind": "producer", "topic": "in"}},
    {{"id": "tx", "kind": "producer", "topic": "pay", "config": {{"transactional.id": "tx", "transaction.timeout.ms": 6000}}}},
    {{"id": "first", "kind": "consumer", "topics": ["in"], "stop": "4s", "config": {{"group.id": "first"}}}},
    {{"id": "worker", "kind": "consumer", "topics": ["in"], "start": "24.9s", "config": {{"group.id": "work"}}}},
    {{"id": "reader", "kind": "consumer", "assign": ["pay-0", "pay-1"], "commit": "none", "config": {{"isolation.level": "read_committed", "auto.offset.reset": "earliest"}}}}
  ],
  "steps": [
    {{"at": "2s", "do": "produce", "node": "shop", "records": [{{"key": "a", "value": "1"}}]}},
    {{"at": "5s", "do": "begin_transaction", "node": "tx"}},
    {{"at": "5s", "do": "produce", "node": "tx", "records": [{{"key": "a", "value": "1", "partition": 0}}, {{"key": "b", "value": "2", "partition": 1}}]}},
    {{"at": "5s", "do": "send_offsets_to_transaction", "node": "tx", "group": "work", "offsets": {{"in-0": 1}}}},
    {{"at": "5s", "do": "{0}_transaction", "node": "tx"}}
  ],
  "until": "25s"
}}
)",
                     end, version);
}

std::shared_ptr<const scenario::Scenario> crash_scenario(const std::string& end, int version) {
  scenario::Loaded loaded = scenario::load(crash_file(end, version));
  REQUIRE_MESSAGE(loaded.ok(), (loaded.problems.empty() ? "" : scenario::format(loaded.problems.front(), "crashes")));
  return std::make_shared<scenario::Scenario>(std::move(*loaded.scenario));
}

nlohmann::json seen(scenario::Session& session, const std::string& path) {
  return observe::state_at(session.moment(), path).value_or(nullptr);
}

/// The topics with records of the transaction.
const std::vector<std::string>& topics() {
  static const std::vector<std::string> all{"pay", "__consumer_offsets"};
  return all;
}

/// Whether the coordinator has written the last record, and all readers can continue.
bool complete(scenario::Session& session) {
  const nlohmann::json state = seen(session, "/transactions/tx/state");
  return (state == "CompleteCommit" || state == "CompleteAbort") &&
         std::all_of(topics().begin(), topics().end(), [&](const std::string& topic) {
           return test::unstable_partitions(session.cluster(), topic).empty();
         });
}

/// Who takes part. Each broker has a replica of everything.
const std::vector<std::string>& participants() {
  static const std::vector<std::string> all{"tx", "reader", "broker-1", "broker-2", "broker-3", "controller-1"};
  return all;
}

struct Tally {
  int events = 0, runs = 0, committed = 0, aborted = 0;
  int repeated = 0;  // runs with a marker that is there once more
  int decided = 0,
      not_asked = 0;  // of the producer's deaths: after the decision, before a coordinator was asked for one
  std::map<std::string, int> roles;  // of who was struck
};

void note_roles(scenario::Session& session, const std::string& who, Tally& tally) {
  if (!who.starts_with("broker")) ++tally.roles[who];
  else
    for (const char* role : {"transaction-coordinator:tx", "coordinator:work", "leader:pay-0", "leader:pay-1"}) {
      const std::vector<sim::NodeId> nodes = session.cluster().resolve(cluster::parse_node_ref(role).value());
      const bool leads = !nodes.empty() && session.cluster().info(nodes[0]).name == who;
      ++tally.roles[(leads ? "" : "follower of ") + std::string(role)];
    }
}

/// A coordinator has got a request of tx to end the transaction.
bool end_arrived(const scenario::Session& session) {
  const observe::TraceStore& trace = session.observation().trace();
  for (std::size_t i = 0; i < trace.size(); ++i)
    if (const auto message = fact_if<fact::MessageDelivered>(trace[i]);
        message && message->api == protocol::trace_code(protocol::api::EndTxn))
      return true;
  return false;
}

/// Offsets of pay that each process of the reader got, by partition.
std::vector<std::map<std::int32_t, std::vector<std::int64_t>>> read_by_processes(const scenario::Session& session) {
  std::vector<std::map<std::int32_t, std::vector<std::int64_t>>> processes;
  const observe::TraceStore& trace = session.observation().trace();
  const sim::NodeId reader = session.cluster().find("reader");
  for (std::size_t i = 0; i < trace.size(); ++i) {
    const sim::TraceLine& line = trace[i];
    if (line.node != reader) continue;
    if (is<fact::NodeStarted>(line)) processes.emplace_back();
    else if (const auto got = fact_if<fact::RecordDelivered>(line))
      for (std::int64_t o = got->first_offset.value; o <= got->last_offset.value; ++o)
        processes.back()[got->partition.partition].push_back(o);
  }
  return processes;
}

/// The crash of one participant now, or its pause, its return, and what must hold at the end.
void strike_now(scenario::Session session, const std::string& who, Fault fault, bool commits, Tally& tally) {
  note_roles(session, who, tally);
  const std::int64_t at = session.now().us;
  const std::optional<protocol::TransactionResult> decided = test::decided_end(session.cluster(), "tx");
  const bool pauses = fault == Fault::Pause;
  cluster::Command strike, back;
  strike.node = back.node = cluster::NodeRef{cluster::NodeRef::Kind::Name, who, {}};
  using cluster::Verb;
  const bool client = who == "tx" || who == "reader";
  strike.verb = pauses ? Verb::Pause : client ? Verb::Kill : Verb::Crash;
  back.verb = pauses ? Verb::Resume : client ? Verb::Start : Verb::Restart;
  session.command(strike);
  session.plan({{session.now() + (pauses ? kBackAfterPause : kBackAfterCrash), back, false}});
  session.run_until(kEnd);
  ++tally.runs;
  CAPTURE(who);
  CAPTURE(at);
  CAPTURE(pauses);
  CHECK_FALSE(session.cluster().faulted());
  CHECK(session.observation().invariants().violations().empty());
  const nlohmann::json state = seen(session, "/transactions/tx/state");
  CAPTURE(state.dump());
  CHECK((state == "Empty" || state == "CompleteCommit" || state == "CompleteAbort"));
  for (const std::string& topic : topics()) {
    CHECK(test::wrong_stable_offsets(session.cluster(), topic) == "");
    CHECK(test::unstable_partitions(session.cluster(), topic).empty());
    CHECK(test::open_transactions(session.cluster(), topic).empty());
  }
  CHECK(test::differs_from_decisions(session.cluster(), session.observation().trace(), topics()) == "");
  // Without a trace, which explains repeated markers, no marker may be repeated.
  tally.repeated += !test::differs_from_decisions(session.cluster(), observe::TraceStore(), topics()).empty();
  const test::ReadableTopic pay = test::readable_topic(session.cluster(), "pay");
  const bool whole = pay.keys.size() == 2;
  CHECK((whole || pay.keys.empty()));
  if (!commits) CHECK(pay.keys.empty());
  // Only the producer's death before the decision ends it otherwise. What is decided stays, and without a request nobody commits.
  if (commits && (pauses || who != "tx")) CHECK(whole);
  if (decided) CHECK(whole == (decided == protocol::TransactionResult::Commit));
  if (!pauses && who == "tx") {
    if (decided) ++tally.decided;
    if (!end_arrived(session)) {
      ++tally.not_asked;
      CHECK(pay.keys.empty());
    }
  }
  // The offsets are part of it.
  CHECK((seen(session, "/groups/work/offsets/in-0") == 1) == whole);
  const auto processes = read_by_processes(session);
  CHECK(processes.size() == (who == "reader" && !pauses ? 2U : 1U));
  for (const auto& read : processes)
    for (std::int32_t p = 0; p < 2; ++p) {
      const auto wanted = pay.committed.find(p);
      const auto got = read.find(p);
      const std::vector<std::int64_t> none, &there = wanted == pay.committed.end() ? none : wanted->second,
                                            &of = got == read.end() ? none : got->second;
      // A process that has died got the beginning.
      CHECK(std::mismatch(of.begin(), of.end(), there.begin(), there.end()).first == of.end());
      if (&read == &processes.back()) CHECK(of.size() == there.size());
    }
  (whole ? tally.committed : tally.aborted) += 1;
}

Tally strike_everywhere(const std::string& end, int version, Fault fault) {
  Tally tally;
  scenario::Session session(crash_scenario(end, version), true);
  session.run_until(kBegin - sim::microseconds(1));
  while (session.step(kEnd)) {
    if (session.now() < kBegin) continue;
    if (tally.events++ % kSome == 0)
      for (const std::string& who : participants()) strike_now(session, who, fault, end == "commit", tally);
    if (complete(session)) break;
  }
  MESSAGE(fmt::format("{} with transaction.version {}: {} events, {} {}: {} times committed, {} times not", end,
                      version, tally.events, tally.runs, fault == Fault::Pause ? "pauses" : "crashes", tally.committed,
                      tally.aborted));
  CHECK(tally.events > 50);
  CHECK(tally.roles.size() == 11);  // each of the four as leader and as follower, and the three others
  return tally;
}

}  // namespace

TEST_CASE("a commit ends correctly if any participant crashes at any event of it") {
  for (const int version : {0, 1, 2}) {
    const Tally tally = strike_everywhere("commit", version, Fault::Crash);
    CHECK(tally.committed > 0);
    CHECK(tally.aborted > 0);
    CHECK(tally.repeated > 0);
    CHECK(tally.decided > 0);
    CHECK(tally.not_asked > 0);
  }
}

TEST_CASE("an abort ends correctly if any participant crashes at any event of it") {
  for (const int version : {0, 1, 2}) CHECK(strike_everywhere("abort", version, Fault::Crash).committed == 0);
}

TEST_CASE("a participant that pauses at any event of a commit or an abort does not change its outcome") {
  for (const int version : {1, 2}) {
    CHECK(strike_everywhere("commit", version, Fault::Pause).aborted == 0);
    CHECK(strike_everywhere("abort", version, Fault::Pause).committed == 0);
  }
}
