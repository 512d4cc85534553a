// The trace written to a file during a run.
// A condition of a file is evaluated after every event, so the engine builds only the part at its path: it must equal that part of the
// whole document.
#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <sstream>
#include <string>

#include "observe/time/trace_writer.h"
#include "protocol/facts_of_clients.h"
#include "protocol/facts_of_groups.h"
#include "protocol/facts_of_logs.h"
#include "protocol/facts_of_quorum.h"
#include "sim/facts_of_kernel.h"
#include "support/lessons.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

TEST_CASE("a trace written during a run equals one that is stored and written at the end") {
  // Topics are created and deleted, and lines about a new topic precede the commit of its name.
  for (const char* id : {"controller/controller-duties", "log/topic-identity", "operations/scale-out"}) {
    CAPTURE(id);
    std::ostringstream out;
    observe::TraceWriter writer(out);
    Session session(loaded(read_text(source_path(std::string("scenarios/") + id + ".json"))), true, &writer);
    session.run_until(session.until() - sim::seconds(1));
    Session copy(session);  // runs independently and writes nothing
    copy.run_to_end();
    session.run_to_end();
    const observe::ClusterView names(session.cluster());
    writer.finish(names);
    const observe::TraceStore& stored = session.observation().trace();
    std::istringstream written(out.str());
    std::string line;
    std::size_t n = 0;
    for (; std::getline(written, line); ++n) {
      REQUIRE(n < stored.size());
      REQUIRE(line == observe::trace_json(stored[n], names));
    }
    CHECK(n == stored.size());
  }
}

TEST_CASE("a line of the trace is valid JSON for any text in it") {
  struct Names final : observe::TraceNames {
    std::string node(sim::NodeId) const override { return "broker-1"; }
    std::string topic(protocol::TopicId) const override { return "orders"; }
    bool knows_topic(protocol::TopicId) const override { return true; }
  } names;
  sim::TraceLine line =
      sim::pack(fact::RecordFailed{{0, 3}, 5, protocol::ErrorCode::REQUEST_TIMED_OUT, "said \"no\" \\ 아니요\n\xff"});
  line.seq = 12, line.cause = 11, line.time = sim::Instant{1500000}, line.node = {0};
  CHECK(
      nlohmann::ordered_json::parse(observe::trace_json(line, names)).dump() ==
      R"({"seq":12,"t":1500000,"node":"broker-1","kind":"record.failed","cause":11,"partition":"orders-3","number":5,"error":"REQUEST_TIMED_OUT","exception":"said \"no\" \\ 아니요\n�"})");
  const auto json = [&](const auto& fact) {
    return nlohmann::ordered_json::parse(observe::trace_json(sim::pack(fact), names));
  };
  const auto cut = json(
      fact::LogTruncated{{0, 3}, protocol::Offset{5}, protocol::Offset{7}, fact::TruncationReason::LeadersLogEnds});
  CHECK(cut["reason"] == "leaders_log_ends");
  CHECK(cut["to"] == 5);
  CHECK_FALSE(json(fact::LogTruncated{{0, 3}, {}, {}, {}}).contains("reason"));
  // Several texts, and more than three numbers: each has its name; empty texts and zeros are left out.
  const auto left = json(fact::GroupMemberLeft{3, "pool: a", "c-1/id", fact::GroupReason::Left, "\x05", ""});
  CHECK(left["group"] == "pool: a");
  CHECK(left["member"] == "c-1/id");
  CHECK(left["reason"] == "left");
  CHECK(left["said"] == "\x05");
  CHECK_FALSE(left.contains("replaced_by"));
  const auto compacted = json(fact::LogCompacted{{0, 3}, protocol::Offset{9}, 8, 7, 0, 2});
  CHECK(compacted["tombstones_dropped"] == 2);
  CHECK_FALSE(compacted.contains("tombstones_kept"));
  CHECK(json(fact::QuorumVoted{1, protocol::LeaderEpoch{2}, true, true})["pre_vote"] == 1);
  const sim::TraceLine message = sim::pack(fact::MessageDelivered{{0}, 3, 0});  // the answer to a fetch
  const auto read = nlohmann::json::parse(observe::trace_json(message, names));
  CHECK(read["api"] == "FetchResponse");
  CHECK(read["from"] == "broker-1");
}

TEST_CASE("a path gives the same value as the state document has at that path") {
  for (const char* id : {"replication/leader-failover", "groups/rebalance-cooperative", "groups/share-group",
                         "controller/zookeeper-failover"}) {
    CAPTURE(id);
    scenario::Session session(loaded(read_text(source_path(std::string("scenarios/") + id + ".json"))));
    session.run_until(sim::Instant{session.until().us / 2});
    const observe::Moment moment = session.moment();
    const nlohmann::json whole = observe::state_at(moment, "").value();
    std::size_t looked_at = 0;
    for (const char* section : {"nodes", "clients", "topics", "partitions", "groups"})
      for (const auto& [name, value] : whole.at(section).items())
        for (const auto& [part, inner] : value.items()) {
          const std::string path = std::string("/") + section + "/" + name + "/" + part;
          CAPTURE(path);
          CHECK(observe::state_at(moment, path).value() == inner);
          ++looked_at;
        }
    CHECK(looked_at > 50);
  }
}
