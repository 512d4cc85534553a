// The snapshot's ghosts of records that are no longer in a log, in runs of real lessons.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "observe/model/snapshot_builder.h"
#include "scenario/load.h"
#include "scenario/session.h"
#include "support/places.h"

using namespace kafkascope;

namespace {

scenario::Session session_of(const std::string& text) {
  scenario::Loaded loaded = scenario::load(text, {});
  REQUIRE(loaded.ok());
  return scenario::Session(std::make_shared<const scenario::Scenario>(std::move(*loaded.scenario)));
}

std::string lesson(const std::string& name) {
  std::ifstream in(source_root() + "/scenarios/" + name + ".json");
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

const observe::LogRun* run_of(const observe::ReplicaLog& log, bool observe::LogRun::*what) {
  const auto it = std::find_if(log.runs.begin(), log.runs.end(), [&](const observe::LogRun& r) { return r.*what; });
  return it == log.runs.end() ? nullptr : &*it;
}

observe::ReplicaLog log_of(const observe::Snapshot& s, const std::string& partition, int broker) {
  for (const observe::Partition& p : s.partitions)
    for (const observe::ReplicaLog& log : p.logs)
      if (p.name == partition && log.broker == broker) return log;
  FAIL("no log of " << partition);
  return {};
}

}  // namespace

TEST_CASE("a power failure leaves ghosts of the records that were not flushed, from the moment of the failure on") {
  scenario::Session session = session_of(lesson("why/page-cache"));
  session.run_until({30'900'000});
  const observe::ReplicaLog before = log_of(observe::snapshot(session.moment(), {}), "rf-1-0", 1);
  CHECK(run_of(before, &observe::LogRun::lost) == nullptr);
  session.run_until({32'000'000});
  const observe::ReplicaLog dead = log_of(observe::snapshot(session.moment(), {}), "rf-1-0", 1);
  const observe::LogRun* lost = run_of(dead, &observe::LogRun::lost);
  REQUIRE(lost != nullptr);
  CHECK(lost->truncated);
  CHECK(lost->base_offset == dead.log_end_offset);
  CHECK(lost->last_offset + 1 >= before.log_end_offset);
  CHECK(dead.note.en.find("never flushed") != std::string::npos);
  // The start reports it; the ghosts stay for a while.
  session.run_until({47'500'000});
  const observe::ReplicaLog back = log_of(observe::snapshot(session.moment(), {}), "rf-1-0", 1);
  const observe::LogRun* still = run_of(back, &observe::LogRun::lost);
  REQUIRE(still != nullptr);
  CHECK(still->base_offset == lost->base_offset);
  CHECK(still->last_offset == lost->last_offset);
}

TEST_CASE("records deleted from a log's start leave ghosts for ten seconds") {
  scenario::Session session = session_of(R"({
    "format": 1, "seed": 1, "cluster": {"brokers": 1},
    "topics": [{"name": "orders", "partitions": 1, "replication_factor": 1}],
    "clients": [{"id": "shop", "kind": "producer", "topic": "orders", "rate": "10/s"}],
    "steps": [{"at": "5s", "do": "delete_records", "partition": "orders-0", "before": 20}],
    "until": "20s"})");
  session.run_until({4'900'000});
  CHECK(run_of(log_of(observe::snapshot(session.moment(), {}), "orders-0", 1), &observe::LogRun::deleted) == nullptr);
  session.run_until({6'000'000});
  const observe::ReplicaLog log = log_of(observe::snapshot(session.moment(), {}), "orders-0", 1);
  const observe::LogRun* deleted = run_of(log, &observe::LogRun::deleted);
  REQUIRE(deleted != nullptr);
  CHECK(deleted->base_offset == 0);
  CHECK(deleted->last_offset == 19);
  CHECK(log.log_start_offset == 20);
  session.run_until({16'000'000});
  CHECK(run_of(log_of(observe::snapshot(session.moment(), {}), "orders-0", 1), &observe::LogRun::deleted) == nullptr);
}
