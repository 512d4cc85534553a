// A commit and an abort, by a program that writes and by one that reads, processes and writes, and a crash of each participant at every event between the transaction's beginning and
// its end: not a sample. Each run goes on from a copy of the session (a checkpoint). Each node is struck once, whatever it is then: leaders and followers, coordinators, the controller.
#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "client/transform.h"
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
/// A crash is shorter than a broker's session, a pause longer: a paused node wakes up as a zombie. Who is away is away for longer than its session: another leader, coordinator or controller, or another member of the
/// group, takes over, and a program's transaction times out.
constexpr sim::Duration kBackAfterCrash = sim::milliseconds(1500), kBackAfterPause = sim::seconds(4),
                        kProgramBack = sim::seconds(9);
enum class Fault : std::uint8_t { Crash, Pause, Away };
sim::Duration back_after(Fault fault, const std::string& who) {
  if (fault == Fault::Crash) return kBackAfterCrash;
  return fault == Fault::Away && (who == "tx" || who == "copy-1") ? kProgramBack : kBackAfterPause;
}

/// The cluster and the topics. `in` is read by programs that process.
std::string cluster_of(int version, Fault fault) {
  return fmt::format(R"(
  "kafka": "4.1",
  "cluster": {{"controllers": {1}, "brokers": 3, "features": {{"transaction.version": {0}}}, "config": {{"min.insync.replicas": 2, "broker.session.timeout.ms": 2500, "broker.heartbeat.interval.ms": 500, "offsets.topic.num.partitions": 3, "transaction.state.log.num.partitions": 3, "transaction.abort.timed.out.transaction.cleanup.interval.ms": 1000, "group.initial.rebalance.delay.ms": 100, "group.min.session.timeout.ms": 2000, "group.consumer.min.session.timeout.ms": 2000, "group.consumer.session.timeout.ms": 3000, "group.consumer.min.heartbeat.interval.ms": 500, "group.consumer.heartbeat.interval.ms": 500}}}},
  "topics": [
    {{"name": "in", "partitions": 1, "replication_factor": 3, "assignments": {{"0": [1, 2, 3]}}}},
    {{"name": "pay", "partitions": 2, "replication_factor": 3, "assignments": {{"0": [1, 2, 3], "1": [2, 3, 1]}}}}
  ],)",
                     version, fault == Fault::Away ? 3 : 1);
}

/// tx writes a record to each partition of pay, and the offset of the group work. The client first only makes sure that __consumer_offsets
/// exists.
std::string crash_file(const std::string& end, int version, Fault fault) {
  return fmt::format(R"({{
  "format": 1,
  "id": "transaction-crashes",
  "seed": 1,{1}
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
                     end, cluster_of(version, fault));
}

/// copy-1 reads two records and writes one to each partition of pay; they and its group's offsets are one transaction. copy-2 is the other member of the group. With `aborts`
/// the group's coordinator refuses the offsets once: the transaction is aborted, and the records are read again. The group has the newer protocol with the newer version of transactions.
std::string copy_file(bool aborts, int version, Fault fault) {
  const std::string group =
      version < 2 ? R"("session.timeout.ms": 3000, "heartbeat.interval.ms": 500)" : R"("group.protocol": "consumer")";
  std::string copies;
  for (const char* name : {"copy-1", "copy-2"})
    copies += fmt::format(
        R"(
    {{"id": "{0}", "kind": "transform", "topics": ["in"], "topic": "pay", "config": {{"group.id": "work", "transactional.id": "{0}", "transaction.timeout.ms": 6000, "auto.offset.reset": "earliest", "isolation.level": "read_committed", {1}}}}},)",
        name, group);
  const std::string refusal = aborts ? R"(
    {"at": "4.9s", "do": "answer", "node": "coordinator:work", "api": "TxnOffsetCommit", "error": "ILLEGAL_GENERATION", "count": 1},)"
                                     : "";
  return fmt::format(R"({{
  "format": 1,
  "id": "copy-crashes",
  "seed": 1,{0}
  "clients": [
    {{"id": "shop", "kind": "producer", "topic": "in"}},{1}
    {{"id": "reader", "kind": "consumer", "assign": ["pay-0", "pay-1"], "commit": "none", "config": {{"isolation.level": "read_committed", "auto.offset.reset": "earliest"}}}}
  ],
  "steps": [{2}
    {{"at": "5s", "do": "produce", "node": "shop", "records": [{{"key": "a", "value": "1"}}, {{"key": "c", "value": "2"}}]}}
  ],
  "until": "25s"
}}
)",
                     cluster_of(version, fault), copies, refusal);
}

std::shared_ptr<const scenario::Scenario> crash_scenario(const std::string& file) {
  scenario::Loaded loaded = scenario::load(file);
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

bool stable(const scenario::Session& session) {
  return std::all_of(topics().begin(), topics().end(), [&](const std::string& topic) {
    return test::unstable_partitions(session.cluster(), topic).empty();
  });
}

bool at_rest(const nlohmann::json& state) {
  return state == "Empty" || state == "CompleteCommit" || state == "CompleteAbort";
}

/// Whether the coordinator has written the last record, and all readers can continue.
bool complete(scenario::Session& session) {
  const nlohmann::json state = seen(session, "/transactions/tx/state");
  return (state == "CompleteCommit" || state == "CompleteAbort") && stable(session);
}

/// Who takes part. Each broker has a replica of everything.
const std::vector<std::string>& participants(bool copies) {
  static const std::vector<std::string> of_tx{"tx", "reader", "broker-1", "broker-2", "broker-3", "controller-1"},
      of_copy{"copy-1", "reader", "broker-1", "broker-2", "broker-3", "controller-1"};
  return copies ? of_copy : of_tx;
}

struct Tally {
  int events = 0, runs = 0, committed = 0, aborted = 0;
  int repeated = 0;  // runs with a marker that is there once more
  int decided = 0,
      not_asked = 0;  // of the producer's deaths: after the decision, before a coordinator was asked for one
  std::map<std::string, int> roles;  // of who was struck
  int programs_aborts = 0;           // copy-1's, before it was struck
};

const std::vector<std::string>& roles_for(bool copies) {
  static const std::vector<std::string> of_tx{"transaction-coordinator:tx", "coordinator:work", "leader:pay-0",
                                              "leader:pay-1"},
      of_copy{"transaction-coordinator:copy-1", "coordinator:work", "leader:pay-0", "leader:pay-1", "leader:in-0"};
  return copies ? of_copy : of_tx;
}

bool has_role(const scenario::Session& session, const std::string& who, const std::string& role) {
  const std::vector<sim::NodeId> nodes = session.cluster().resolve(cluster::parse_node_ref(role).value());
  return !nodes.empty() && session.cluster().info(nodes[0]).name == who;
}

void note_roles(scenario::Session& session, const std::string& who, bool copies, Tally& tally) {
  if (!who.starts_with("broker")) ++tally.roles[who];
  else
    for (const std::string& role : roles_for(copies))
      ++tally.roles[(has_role(session, who, role) ? "" : "follower of ") + role];
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

/// The crash of one participant now, or its pause, and its return.
void strike(scenario::Session& session, const std::string& who, Fault fault, bool copies, Tally& tally) {
  note_roles(session, who, copies, tally);
  ++tally.runs;
  cluster::Command strike, back;
  strike.node = back.node = cluster::NodeRef{cluster::NodeRef::Kind::Name, who, {}};
  using cluster::Verb;
  const bool pauses = fault == Fault::Pause, client = who == "tx" || who == "reader" || who == "copy-1";
  strike.verb = pauses ? Verb::Pause : client ? Verb::Kill : Verb::Crash;
  back.verb = pauses ? Verb::Resume : client ? Verb::Start : Verb::Restart;
  session.command(strike);
  const sim::Instant returns = session.now() + back_after(fault, who);
  session.plan({{returns, back, false}});
  if (fault == Fault::Away && who != "reader") {
    session.run_until(returns - sim::microseconds(1));
    // Someone else does what it did, and has ended what it had begun.
    for (const std::string& role : roles_for(copies)) CHECK_FALSE(has_role(session, who, role));
    if (who == "controller-1") {
      const sim::NodeId active = session.cluster().active_controller();
      CHECK(active.valid());
      CHECK(session.cluster().info(active).name != who);
    }
    if (who == "tx") CHECK(at_rest(seen(session, "/transactions/tx/state")));
    if (who == "copy-1") CHECK(seen(session, "/groups/work/offsets/in-0") == 2);
  }
  session.run_until(kEnd);
}

/// What must hold at the end, whatever has been done.
void look_at_logs(scenario::Session& session, const std::vector<std::string>& ids) {
  CHECK_FALSE(session.cluster().faulted());
  CHECK(session.observation().invariants().violations().empty());
  for (const std::string& id : ids) {
    const nlohmann::json state = seen(session, "/transactions/" + id + "/state");
    CAPTURE(id);
    CAPTURE(state.dump());
    CHECK(at_rest(state));
  }
  for (const std::string& topic : topics()) {
    CHECK(test::wrong_stable_offsets(session.cluster(), topic) == "");
    CHECK(test::unstable_partitions(session.cluster(), topic).empty());
    CHECK(test::open_transactions(session.cluster(), topic).empty());
  }
  CHECK(test::differs_from_decisions(session.cluster(), session.observation().trace(), topics()) == "");
}

/// Each process of the reader got what is committed, once and in order; one that has died got the beginning.
void look_at_reader(const scenario::Session& session, const test::ReadableTopic& pay, bool died) {
  const auto processes = read_by_processes(session);
  CHECK(processes.size() == (died ? 2U : 1U));
  for (const auto& read : processes)
    for (std::int32_t p = 0; p < 2; ++p) {
      const auto wanted = pay.committed.find(p);
      const auto got = read.find(p);
      const std::vector<std::int64_t> none, &there = wanted == pay.committed.end() ? none : wanted->second,
                                            &of = got == read.end() ? none : got->second;
      CHECK(std::mismatch(of.begin(), of.end(), there.begin(), there.end()).first == of.end());
      if (&read == &processes.back()) CHECK(of.size() == there.size());
    }
}

void strike_now(scenario::Session session, const std::string& who, Fault fault, bool commits, Tally& tally) {
  const std::int64_t at = session.now().us;
  const std::optional<protocol::TransactionResult> decided = test::decided_end(session.cluster(), "tx");
  const bool pauses = fault == Fault::Pause;
  CAPTURE(who);
  CAPTURE(at);
  CAPTURE(static_cast<int>(fault));
  strike(session, who, fault, false, tally);
  look_at_logs(session, {"tx"});
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
  look_at_reader(session, pay, who == "reader" && !pauses);
  (whole ? tally.committed : tally.aborted) += 1;
}

/// Whoever dies, and whether a transaction was aborted or not: the effect of both records is there once, and so are the group's offsets.
void strike_copy_now(scenario::Session session, const std::string& who, Fault fault, Tally& tally) {
  const std::int64_t at = session.now().us;
  tally.programs_aborts += test::decided_end(session.cluster(), "copy-1") == protocol::TransactionResult::Abort;
  CAPTURE(who);
  CAPTURE(at);
  CAPTURE(static_cast<int>(fault));
  strike(session, who, fault, true, tally);
  look_at_logs(session, {"copy-1", "copy-2"});
  const test::ReadableTopic pay = test::readable_topic(session.cluster(), "pay");
  CHECK(pay.keys == std::map<std::string, int>{{"a", 1}, {"c", 1}});
  CHECK(seen(session, "/groups/work/offsets/in-0") == 2);
  look_at_reader(session, pay, who == "reader" && fault != Fault::Pause);
  ++tally.committed;
}

Tally strike_everywhere(const std::string& end, int version, Fault fault) {
  Tally tally;
  scenario::Session session(crash_scenario(crash_file(end, version, fault)), true);
  session.run_until(kBegin - sim::microseconds(1));
  while (session.step(kEnd)) {
    if (session.now() < kBegin) continue;
    if (tally.events++ % kSome == 0)
      for (const std::string& who : participants(false)) strike_now(session, who, fault, end == "commit", tally);
    if (complete(session)) break;
  }
  MESSAGE(fmt::format("{} with transaction.version {}: {} events, {} {}: {} times committed, {} times not", end,
                      version, tally.events, tally.runs, fault == Fault::Pause ? "pauses" : "crashes", tally.committed,
                      tally.aborted));
  CHECK(tally.events > 50);
  CHECK(tally.roles.size() == 11);  // each of the four as leader and as follower, and the three others
  return tally;
}

/// From beginTransaction() to the last marker of the transaction that is committed.
Tally strike_copy_everywhere(bool aborts, int version, Fault fault) {
  Tally tally;
  scenario::Session session(crash_scenario(copy_file(aborts, version, fault)), true);
  session.run_until(kBegin - sim::microseconds(1));
  const sim::NodeId copy = session.cluster().find("copy-1");
  bool begun = false;
  while (session.step(kEnd)) {
    using State = client::TransactionState;
    begun = begun ||
            session.cluster().role<client::Transform>(copy)->producer().transactions().state() == State::InTransaction;
    if (!begun) continue;
    if (tally.events++ % kSome == 0)
      for (const std::string& who : participants(true)) strike_copy_now(session, who, fault, tally);
    if (seen(session, "/transactions/copy-1/state") == "CompleteCommit" && stable(session)) break;
  }
  MESSAGE(fmt::format("read, process, write{} with transaction.version {}: {} events, {} {}",
                      aborts ? ", aborted once" : "", version, tally.events, tally.runs,
                      fault == Fault::Pause ? "pauses" : "crashes"));
  CHECK(session.now() < kEnd);
  CHECK(tally.events > 50);
  CHECK(tally.roles.size() == 13);  // each of the five as leader and as follower, and the three others
  CHECK((tally.programs_aborts > 0) == aborts);
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

TEST_CASE(
    "a commit or an abort ends correctly if any participant fails at any event of it and stays down until others take over") {
  for (const int version : {1, 2}) {
    CHECK(strike_everywhere("commit", version, Fault::Away).committed > 0);
    CHECK(strike_everywhere("abort", version, Fault::Away).committed == 0);
  }
}

TEST_CASE("records are processed exactly once if any participant crashes at any event of their transaction") {
  for (const int version : {1, 2})
    for (const bool aborts : {false, true}) strike_copy_everywhere(aborts, version, Fault::Crash);
}

TEST_CASE("records are processed exactly once if any participant goes down at any event until others take over") {
  for (const int version : {1, 2})
    for (const bool aborts : {false, true}) strike_copy_everywhere(aborts, version, Fault::Away);
}
