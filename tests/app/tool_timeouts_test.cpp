// What the tools print if a broker does not answer, by the sources of Kafka's admin clients: 2.5 counts attempts of calls that it
// sent, and one that waits for a broker which cannot be connected to is never sent; 4.x tells what the call waited for.
#include "app/program.h"

namespace {
struct Case {
  const char *file, *at, *command, *line;
};

constexpr const char *kFailover = "replication/leader-failover", *kZooKeeper = "controller/zookeeper-failover";

constexpr Case kCases[] = {
    {kFailover, "8s", "kafka-consumer-groups --list",
     "Error: Executing consumer group command failed due to java.util.concurrent.ExecutionException: "
     "org.apache.kafka.common.errors.TimeoutException: Error listing groups on broker-1:9092 (id: 1 rack: null isFenced: "
     "false): Timed out waiting for a node assignment. Call: listGroups\n"},
    {kFailover, "8s", "kafka-consumer-groups --list --state",
     "failed due to org.apache.kafka.common.errors.TimeoutException: Error listing groups on broker-1:9092"},
    {kFailover, "8s", "kafka-get-offsets --topic orders",
     "TimeoutException: Timed out waiting for a node assignment. Call: listOffsets(api=LIST_OFFSETS)\n"},
    {kZooKeeper, "12s", "kafka-consumer-groups --list",
     "failed due to org.apache.kafka.common.errors.TimeoutException: Error listing groups on broker-1:9092 (id: 1 rack: "
     "null): Call(callName=listConsumerGroups, deadlineMs=1704067217000) timed out at 1704067217001 after 1 attempt(s)\n"},
    {kZooKeeper, "12s", "kafka-topics --describe --topic few",
     "Error while executing topic command : Call(callName=listPartitionReassignments, deadlineMs=1704067272000) timed out "
     "at 1704067272001 after 1 attempt(s)\n"},
    {kZooKeeper, "12s", "kafka-topics --describe --topic nope",
     "listPartitionReassignments, deadlineMs=1704067272000)"},
};
}  // namespace

TEST_CASE("a tool whose call is not answered prints what the admin client of its version prints") {
  for (const Case& c : kCases) {
    CAPTURE(c.file);
    CAPTURE(c.command);
    const std::string out = run("tool " + lesson(c.file) + " --at " + c.at + " -- " + c.command + " 2>&1").out;
    CAPTURE(out);
    CHECK(out.find(c.line) != std::string::npos);
  }
}

TEST_CASE("a call to a paused broker times out while it waits to be sent, not while it waits for a broker") {
  const TemporaryFile paused("paused.json", R"({"format": 1, "id": "p", "title": {"en": "p", "ko": "p"}, "kafka": "4.1",
    "cluster": {"brokers": 3}, "topics": [{"name": "t", "partitions": 1, "replication_factor": 3}], "steps": [{"at": "2s", "do": "pause", "node": "broker-2"}], "until": "30s"})");
  CHECK(
      run("tool " + paused.name() + " --at 4s -- kafka-consumer-groups --list 2>&1")
          .out.find(
              "broker-2:9092 (id: 2 rack: null isFenced: false): Timed out waiting to send the call. Call: listGroups") !=
      std::string::npos);
}
