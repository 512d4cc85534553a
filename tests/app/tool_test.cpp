// Kafka's command-line tools: what they say when nobody answers, and what is no tool or option. real_tools_test.cpp compares their
// outputs with the real ones'.
#include <map>
#include <regex>

#include "app/program.h"

TEST_CASE("a tool that waits in vain says on standard error for which node, and how long the real one would wait") {
  const auto errors = [](const std::string& rest, const std::string& before = {}) {
    return run(before + "tool " + rest + " 2>&1").out;
  };
  const std::string down = lesson("replication/all-brokers-down") + " --at 45s -- ";
  const std::string none = errors(down + "kafka-topics --list");
  CHECK(none.find("Timed out waiting for a node assignment. Call: listTopics") != std::string::npos);
  CHECK(none.find("only after 60 s (default.api.timeout.ms)") != std::string::npos);
  CHECK(none.find("Not running: broker-1, broker-2, broker-3") != std::string::npos);
  CHECK(errors(down + "kafka-topics --list", "--lang ko ").find("꺼져 있음: broker-1") != std::string::npos);
  CHECK(errors(down + "kafka-consumer-groups --list").find("5 s (--timeout)") != std::string::npos);
  CHECK(errors(down + "kafka-consumer-groups --list --timeout 500").find("after 500 ms (--timeout)") !=
        std::string::npos);
  const std::string voters = errors(lesson("controller/kraft-quorum-loss") + " --at 15s -- kafka-topics --describe");
  CHECK(voters.find("No controller is active: 1 of 3 voters run") != std::string::npos);
  // A tool that is answered says nothing more.
  CHECK(errors(lesson("controller/kraft-quorum-loss") + " --at 15s -- kafka-get-offsets").find("kafkascope:") ==
        std::string::npos);
}

TEST_CASE("an unsupported tool or option is refused with a list of the supported ones, in both languages") {
  const std::string at = "tool " + lesson("replication/leader-failover") + " --at 2s -- ";
  const Ran option = run(at + "kafka-topics --describe --wrong 2>&1");
  CHECK(option.status == 2);
  CHECK(option.out.find("--under-min-isr-partitions") != std::string::npos);
  const Ran tool = run(at + "kafka-acls --list 2>&1", kKorean);
  CHECK(tool.status == 2);
  CHECK(tool.out.find("kafka-consumer-groups") != std::string::npos);
  CHECK(tool.out.find("쓸 수 있는 도구") != std::string::npos);
  CHECK(run(at + "kafka-topics 2>/dev/null").status == 2);
  CHECK(run(at + "kafka-topics --list --bootstrap-server broker-9 2>/dev/null").status == 2);
}

TEST_CASE("kafka-consumer-groups --list has no --state in Kafka 2.5 (KIP-518), while --describe has") {
  const std::string at = "tool " + lesson("controller/zookeeper-roles") + " --at 5s -- kafka-consumer-groups ";
  const Ran list = run(at + "--list --state 2>&1");
  CHECK(list.status == 2);
  CHECK(list.out.find("since Kafka 2.6 (KIP-518), and this cluster is Kafka 2.5") != std::string::npos);
  CHECK(run(at + "--list 2>&1").status == 0);
  CHECK(run(at + "--describe --all-groups --state 2>&1").status == 0);
  const Ran newer =
      run("tool " + lesson("replication/leader-failover") + " --at 4s -- kafka-consumer-groups --list --state 2>&1");
  CHECK(newer.status == 0);
  CHECK(newer.out.find("STATE") != std::string::npos);
}

TEST_CASE("kafka-transactions is refused in Kafka 2.5, and the error names the version that introduced it") {
  const Ran r = run("tool " + lesson("operations/cluster-setup") + " --at 3s -- kafka-transactions list 2>&1");
  CHECK(r.status == 2);
  CHECK(r.out.find("kafka-transactions came with Kafka 3.0 (KIP-664), and this cluster is Kafka 2.5") !=
        std::string::npos);
}

TEST_CASE(
    "kafka-transactions has the columns of the real tool and finds hanging transactions; its abort is refused, and the error names the act to use instead") {
  const std::string at =
      "tool " + lesson("delivery/hanging-transaction") + " --variant old --at 16s -- kafka-transactions ";
  const auto table = [&](const std::string& command) {  // without column widths
    std::string text = std::regex_replace(run(at + command + " 2>&1").out, std::regex(" *\t"), " ");
    return std::regex_replace(text, std::regex(" +\n"), "\n");
  };
  // tests/oracle/transactions/hanging-tv1.tsv: the tool's output for a real cluster of 4.1.0.
  std::istringstream recorded(read(source("tests/oracle/transactions/hanging-tv1.tsv")));
  std::map<std::string, std::string> headers;
  for (std::string line; std::getline(recorded, line);)
    if (std::smatch m;
        std::regex_match(line, m, std::regex("tool\t(\\S+)\t([A-Z][A-Za-z]*.*)")) && !headers.contains(m[1]))
      headers[m[1]] = m[2];
  const std::string partition = " --topic pay --partition 0", all = " --max-transaction-timeout 0";
  const std::string list = table("list"), describe = table("describe --transactional-id tx-1"),
                    producers = table("describe-producers" + partition),
                    hanging = table("find-hanging --topic pay" + all);
  CHECK(list.starts_with(headers.at("list") + "\n"));
  CHECK(describe.starts_with(headers.at("describe") + "\n"));
  CHECK(producers.starts_with(headers.at("describe-producers") + "\n"));
  CHECK(hanging.starts_with(headers.at("find-hanging") + "\n"));
  CHECK(list.find(" Empty\n") != std::string::npos);
  CHECK(std::regex_search(describe, std::regex("tx-1 \\d+ 1 Empty 60000 None None\n")));
  CHECK(std::regex_search(producers, std::regex("\n\\d+ 0 \\d+ 1 1[0-9]{12} 2\n")));
  CHECK(std::regex_search(hanging, std::regex("\npay 0 \\d+ 0 \\d+ 2 1[0-9]{12} 0\n$")));
  CHECK(table("find-hanging --topic pay") == headers.at("find-hanging") + "\n");  // open for less than 15 minutes
  CHECK(table("find-hanging --broker-id 2" + all) == hanging);
  CHECK(table("find-hanging").find("requires either --topic or --broker-id") != std::string::npos);
  CHECK(table("describe --transactional-id nobody").find("failed because the ID could not be found") !=
        std::string::npos);
  const Ran wrong = run(at + "abort" + partition + " --start-offset 1 2>&1");
  CHECK(wrong.status == 1);
  CHECK(wrong.out == "Could not find any open transactions starting at offset 1 on partition pay-0\n");
  const Ran abort = run(at + "abort" + partition + " --start-offset 2 2>&1");
  CHECK(abort.status == 2);
  CHECK(abort.out.find(R"({"at": "…", "do": "abort_hanging", "partition": "pay-0", "start_offset": 2})") !=
        std::string::npos);
  CHECK(abort.out.find("Transactions (9), Abort the hanging transaction, or Ctrl+K") != std::string::npos);
  const Ran end = run(at + "forceTerminateTransaction --transactionalId tx-1 2>&1");
  CHECK(end.status == 2);
  CHECK(end.out.find(R"("do": "terminate_transaction", "transactional_id": "tx-1")") != std::string::npos);
  CHECK(run(at + "forceTerminateTransaction 2>&1").out.find("--transactionalId") != std::string::npos);
  CHECK(run(at + "2>&1").out.find("find-hanging") != std::string::npos);
  // The real tool lists its commands in this order, without its options.
  const Ran nonsense = run(at + "nonsense 2>&1");
  CHECK(nonsense.status == 2);
  CHECK(nonsense.out.find("list, describe, describe-producers, abort, find-hanging, forceTerminateTransaction") !=
        std::string::npos);
  CHECK(nonsense.out.find("--") == std::string::npos);
  CHECK(run(at + "describe 2>&1").out.find("--transactional-id") != std::string::npos);
}

TEST_CASE("at one moment a tool prints the same from every broker that has the metadata") {
  const std::string at = "tool " + lesson("replication/leader-failover") + " --at 2s -- kafka-topics --describe";
  CHECK(run(at).out == run(at + " --bootstrap-server broker-2:9092").out);
  CHECK(run(at).out == run(at + " --bootstrap-server=broker-3").out);
}

TEST_CASE("a tool's command that is written as an option gets an error that names it without dashes") {
  const Ran r =
      run("tool replication/leader-failover --at 5s -- kafka-transactions --describe --transactional-id a 2>&1");
  CHECK(r.status != 0);
  CHECK(r.out.find("describe is a command of kafka-transactions, not an option") != std::string::npos);
}
