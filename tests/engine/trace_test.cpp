// The trace that is written to a file during a run.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "observe/trace_writer.h"
#include "protocol/facts_of_logs.h"
#include "sim/facts_of_kernel.h"
#include "support/lessons.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

TEST_CASE("a trace written during the run equals the one stored until its end") {
  // Topics come and go, and lines about a new one come before its name is committed.
  for (const char* id : {"controller/controller-duties", "log/topic-identity", "operations/scale-out"}) {
    CAPTURE(id);
    std::ostringstream out;
    observe::TraceWriter writer(out);
    Session session(loaded(read_text(source_path(std::string("scenarios/") + id + ".json"))), true, &writer);
    session.run_until(session.until() - sim::seconds(1));
    Session copy(session);  // goes on by itself and writes nothing
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

TEST_CASE("a line of the trace is valid JSON, whatever its texts are") {
  struct Names final : observe::TraceNames {
    std::string node(sim::NodeId) const override { return "broker-1"; }
    std::string topic(protocol::TopicId) const override { return "orders"; }
    bool knows_topic(protocol::TopicId) const override { return true; }
  } names;
  sim::TraceLine line =
      sim::pack(fact::LogTruncated{{0, 3}, protocol::Offset{5}, protocol::Offset{7}, "said \"no\" \\ 아니요\n\xff"});
  line.seq = 12, line.cause = 11, line.time = sim::Instant{1500000}, line.node = {0};
  CHECK(
      nlohmann::ordered_json::parse(observe::trace_json(line, names)).dump() ==
      R"({"seq":12,"t":1500000,"node":"broker-1","kind":"log.truncate","cause":11,"partition":"orders-3","to":5,"from":7,"reason":"said \"no\" \\ 아니요\n�"})");
  const sim::TraceLine message = sim::pack(fact::MessageDelivered{{0}, 3, 0});  // the answer to a fetch
  const auto read = nlohmann::json::parse(observe::trace_json(message, names));
  CHECK(read["api"] == "FetchResponse");
  CHECK(read["from"] == "broker-1");
}
