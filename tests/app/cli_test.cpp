// The program as a process: exit codes, standard output and error, JSON, JUnit, trace (docs/scenario-format.md §3).
#include "app/program.h"

#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string_view>
#include <vector>

using nlohmann::json;
namespace fs = std::filesystem;

TEST_CASE(
    "run: if all expectations hold it exits with 0 and prints hash and ledger; --json has the documented fields") {
  const Ran plain = run("run " + lesson("replication/leader-failover"));
  CHECK(plain.status == 0);
  CHECK(plain.out.find("trace hash v2:") != std::string::npos);
  const Ran r = run("run --json " + lesson("replication/leader-failover"));
  const json j = json::parse(r.out);
  for (const char* key :
       {"file", "variant", "seed", "ok", "trace_hash", "until_us", "steps", "expectations", "violations", "ledger"})
    CHECK(j.contains(key));
  CHECK(j["ok"] == true);
  CHECK(plain.out.find(j["trace_hash"].get<std::string>()) != std::string::npos);
  for (const char* key : {"index", "at_us", "what", "node", "ok", "error", "message"})
    CHECK(j["steps"][0].contains(key));
}

TEST_CASE("run: if an act's call throws an exception, the output names it") {
  const std::string out = run("run " + source_root() + "/tests/stories/a-record-out-of-a-transaction.json").out;
  CHECK_MESSAGE(out.find(" (IllegalStateException)\n") != std::string::npos, out);
}

TEST_CASE("run: an act's output does not show the exception of another act at the same time") {
  const TemporaryFile file("same-time.json", R"({"format": 1, "id": "x", "cluster": {"brokers": 1},
    "topics": [{"name": "pay", "replication_factor": 1}], "clients": [{"id": "bank", "kind": "producer", "topic": "pay"}],
    "steps": [{"at": "5s", "do": "begin_transaction", "node": "bank"},
              {"at": "5s", "do": "produce", "node": "bank", "records": [{"key": "k", "value": "v"}]}], "until": "9s"})");
  const std::string out = run("run " + file.path.string()).out;
  CHECK_MESSAGE(out.find("begin_transaction bank (IllegalStateException)\n") != std::string::npos, out);
  CHECK_MESSAGE(out.find("produce bank 1 record\n") != std::string::npos, out);
}

TEST_CASE("run: several seeds give a list, and each seed has its own hash") {
  const json j = json::parse(run("run --json --seeds 2 " + lesson("replication/leader-follower")).out);
  REQUIRE(j.is_array());
  REQUIRE(j.size() == 2);
  CHECK(j[0]["trace_hash"] != j[1]["trace_hash"]);
  CHECK(j[1]["seed"].get<int>() == j[0]["seed"].get<int>() + 1);
}

TEST_CASE("a failed expectation exits with 1 and prints the path, both values and the command that opens the moment") {
  const Ran r =
      run("run --set 'expect=[{\"path\": \"/ledger/acked\", \"equals\": 1}]' " + lesson("replication/leader-failover"));
  CHECK(r.status == 1);
  CHECK(r.out.find("FAIL") != std::string::npos);
  CHECK(r.out.find("/ledger/acked equals 1, seen ") != std::string::npos);
  CHECK(r.out.find("open: kafkascope ") != std::string::npos);
}

TEST_CASE("run: the ledger has a column for each producer, in the order of the file") {
  const std::string out = run("run " + lesson("producer/acks")).out;
  CHECK(out.find("     total     acks-0     acks-1   acks-all\n") != std::string::npos);
}

TEST_CASE("ledger: each sentence has its line, with its moment first; consumers without a group have columns") {
  const std::string out = run("ledger --fate redelivered --most 1 " + lesson("groups/share-group")).out;
  CHECK(out.find(
            "  shop/220 (pool)\n"
            "       12.670 s  Delivery 1: s-2 is handed offset 220 and holds its lock\n"
            "       13.200 s  s-2 is paused\n"
            "       42.664 s  The lock of s-2 on offset 220 runs out: s-2 has not acknowledged it within 30 s, so any "
            "member may get it\n"
            "       42.801 s  Delivery 2: s-1 is handed offset 220 again\n") != std::string::npos);
  const json one = json::parse(run("ledger --fate redelivered --most 1 --json " + lesson("groups/share-group")).out);
  CHECK(one[0]["sentence"]["en"].get<std::string>().find(";") == std::string::npos);
  const std::string two = run("ledger " + lesson("delivery/read-committed")).out;
  CHECK(two.find("       total  committed  uncommitted\n") != std::string::npos);
}

TEST_CASE(
    "inspect: the time of the state is that of its last event, and the moment that was requested is printed beside it") {
  CHECK(run("inspect producer/acks --at 6.0005s --path /at_us").out == "6000500\n");
  const json all = json::parse(run("inspect producer/acks --at 6.0005s").out);
  CHECK(all["at_us"] == 6'000'500);
  CHECK(all["time_us"] <= all["at_us"]);
}

TEST_CASE("inspect, why, check: for an unknown transactional.id the error lists the existing ones") {
  const std::string story = "delivery/hanging-transaction";
  const Ran seen = run("inspect " + story + " --at 14s --path /transactions/y 2>&1");
  CHECK(seen.status == 2);
  CHECK(seen.out.find("/transactions/tx-1") != std::string::npos);
  CHECK(run("why " + story + " --at 14s --path /transactions/y 2>&1").out.find("there is tx-1") != std::string::npos);
  const Ran checked =
      run("check " + story + R"( --set 'expect=[{"path": "/transactions/y/state", "equals": 1}]' 2>&1)");
  CHECK(checked.status == 2);
  CHECK(checked.out.find("no transactional id is called \"y\"") != std::string::npos);
  CHECK(checked.out.find("tx-1") != std::string::npos);
}

TEST_CASE("ledger: for a table outside Kafka it prints from how many inputs the table's records come") {
  const std::string out =
      run("ledger --set clients/reader/sink=bills " + source("tests/stories/transform-repeats.json").string()).out;
  CHECK(out.find("table bills: 201 rows of 201 records, 0 repeated\n") != std::string::npos);
  CHECK(out.find("table bills: its 201 records come from 200 inputs") != std::string::npos);
  CHECK(out.find("table plain: its") == std::string::npos);  // this reader reads the inputs themselves
}

TEST_CASE("records of a producer that asks for no responses are called sent, not acked, as in the window") {
  const std::string unasked = source("tests/stories/delivery-acks-0.json").string();
  const std::string compared = "compare --set clients/shop/config/acks=1 " + unasked;
  for (const std::string& command : {"run " + unasked, "ledger " + unasked, compared}) {
    const std::string english = run(command).out, korean = run("--lang ko " + command).out;
    CHECK_MESSAGE(english.find("  acked or sent\n") != std::string::npos, english);
    CHECK_MESSAGE(english.find("lost, though acked or sent") != std::string::npos, english);
    CHECK_MESSAGE(korean.find("ack 받거나 보냄") != std::string::npos, korean);
  }
  CHECK(run("run " + source("tests/stories/delivery-acks-1.json").string()).out.find("acked or sent") ==
        std::string::npos);
}

TEST_CASE("a failed expectation about the ledger shows only events of the records concerned") {
  const Ran r = run("run --set 'expect=[{\"path\": \"/ledger/by_client/acks-1/lost_acked\", \"equals\": 0}]' " +
                    lesson("producer/acks"));
  CHECK(r.status == 1);
  const std::size_t at = r.out.find("the last related events:");
  REQUIRE(at != std::string::npos);
  const std::string events = r.out.substr(at, r.out.find("open: ", at) - at);
  CHECK(events.find("orders-0") != std::string::npos);
  for (const char* other : {"acks-0:", "acks-0 hands", "acks-all hands", "acks-all:", "metadata"})
    CHECK_MESSAGE(events.find(other) == std::string::npos, events);
  const Ran none = run("run --set 'expect=[{\"path\": \"/ledger/reordered\", \"at_least\": 1}]' " +
                       lesson("replication/leader-follower"));
  CHECK(none.status == 1);
  CHECK(none.out.find("the last related events") == std::string::npos);
}

TEST_CASE("a failed expectation about a leader shows the changes of leaders, not the appends between them") {
  const Ran r = run(
      "run --set 'expect=[{\"path\": \"/partitions/orders-0/leader\", \"equals\": 3}]' replication/leader-failover");
  CHECK(r.status == 1);
  const std::size_t at = r.out.find("the last related events:");
  REQUIRE(at != std::string::npos);
  const std::string events = r.out.substr(at, r.out.find("open: ", at) - at);
  CHECK(events.find("broker-1 crashes") != std::string::npos);
  CHECK(events.find("broker-2 leads orders-0") != std::string::npos);
  CHECK(events.find("appends") == std::string::npos);
}

TEST_CASE("ledger: it says how many records --most leaves out, and says nothing if it lists them all") {
  const Ran some = run("ledger --fate redelivered --most 3 " + lesson("groups/share-group"));
  const std::size_t more = some.out.find("… and ");
  REQUIRE(more != std::string::npos);
  const int left = std::stoi(some.out.substr(more + std::string("… and ").size()));
  CHECK(some.out.find("redelivered: ") != std::string::npos);
  CHECK(some.out.find(" times, " + std::to_string(left + 3) + " records\n") != std::string::npos);
  CHECK(some.out.find(" more records (--most)") != std::string::npos);
  const Ran all =
      run("ledger --fate redelivered --most " + std::to_string(left + 3) + " " + lesson("groups/share-group"));
  CHECK(std::count(all.out.begin(), all.out.end(), '\n') > left);
  CHECK(all.out.find("--most") == std::string::npos);
  const Ran queue = run("ledger --most 100 " + source("tests/stories/queue-beside-kafka.json").string());
  CHECK(queue.out.find("redelivered: 2\n") != std::string::npos);
  CHECK(queue.out.find("--most") == std::string::npos);
}

TEST_CASE("render: a picture of a thing that does not exist at that moment is refused") {
  const std::filesystem::path picture = temporary("none.png");
  const Ran none = run(
      "render --at 1s --select nobody-a --out " + picture.string() + " " + lesson("producer/acks") + " 2>&1", kKorean);
  CHECK_FALSE(std::filesystem::exists(picture));
  if (none.out.find("KAFKASCOPE_UI=OFF") != std::string::npos) return;
  CHECK(none.status == 2);
  CHECK(none.out.find("nobody-a라는 이름") != std::string::npos);
}

TEST_CASE("an unknown option with a value is named in the error even if its value is one word too many") {
  const Ran one = run("--lang en compare slow-disk --mode zookeeper 2>&1");
  CHECK(one.status == 2);
  CHECK(one.out ==
        "kafkascope compare: The following argument was not expected: --mode; see kafkascope compare --help\n");
  CHECK(run("compare slow-disk --mode zookeeper 2>&1", kKorean).out.find("모르는 인자예요: --mode") !=
        std::string::npos);
  // Options of the window that a command does not have; a value that the window refuses beside a lesson's name.
  CHECK(run("--lang en run acks --at 6s 2>&1").out ==
        "kafkascope run: The following argument was not expected: --at; see kafkascope run --help\n");
  CHECK(run("--lang en acks --theme blue 2>&1").out.find("--theme: blue not in") != std::string::npos);
  // One file too many is no unknown option.
  CHECK(run("--lang en why slow-disk leader-failover 2>&1").out.find("FILE: At Most 1") != std::string::npos);
}

TEST_CASE("a lesson can be named by its id, and an unknown option is named in the error") {
  CHECK(run("inspect acks --at 6s --path /time_us").out == "6000000\n");
  CHECK(run("inspect producer/acks --at 6s --path /time_us").out == "6000000\n");
  CHECK(run("inspect scenarios/producer/acks.json --at 6s --path /time_us").out == "6000000\n");
  CHECK(run("run producer/no-such-lesson 2>&1").status == 2);
  CHECK(run("serv 2>&1").out.find("serve") == std::string::npos);  // commands that do not exist yet are not suggested
  CHECK(run("--langg ko 2>&1").out.find("--langg") != std::string::npos);
}

TEST_CASE("the lessons are listed in the order in which they build on one another") {
  std::vector<std::string> order;
  std::ifstream in(source("scenarios/curriculum.txt"));
  for (std::string line; std::getline(in, line);)
    if (!line.starts_with('#')) order.push_back(line);
  const json lessons = json::parse(run("list --json").out);
  REQUIRE(lessons.size() == order.size());
  std::vector<std::string> before;
  for (std::size_t i = 0; i < order.size(); ++i) {
    const std::string id = lessons[i]["id"];
    CHECK(lessons[i]["track"].get<std::string>() + "/" + id == order[i]);
    const json file = json::parse(read(lessons[i]["file"].get<std::string>()));
    for (const json& needed : file.value("requires", json::array()))
      CHECK_MESSAGE(std::find(before.begin(), before.end(), needed.get<std::string>()) != before.end(),
                    id << " comes before " << needed);
    before.push_back(id);
  }
}

TEST_CASE("tell: it prints each act once, after its narration, without member ids or internal wording") {
  const std::string out = run("tell " + lesson("producer/acks") + " </dev/null").out;
  const std::size_t said = out.find("The leader dies. acks-0 and acks-1 count everything"),
                    done = out.find("broker-1 crashes");
  CHECK(said < done);
  CHECK(out.find("broker-1 crashes", done + 1) == std::string::npos);
  CHECK(out.find("crash broker-1") == std::string::npos);
  CHECK(out.find("link broker-1 | broker-2, broker-3 (latency 150 ms)") != std::string::npos);
  const std::string group = run("tell " + lesson("groups/one-to-many") + " </dev/null").out;
  CHECK(group.find("group billing rebalances: generation 2 with 2 members (c-2 joined)") != std::string::npos);
  for (const char* inner : {"record(s)", "member(s)", "done:"})
    CHECK_MESSAGE(group.find(inner) == std::string::npos, inner);
}

TEST_CASE("tell: it prints the right answer in words, and marks shortened clocks") {
  const std::string out = run("tell " + lesson("consumer/poll-and-offset") + " </dev/null").out;
  CHECK(out.find("heartbeat.interval.ms: 2 s here, Kafka's default 3 s · session.timeout.ms: 6 s, default 45 s") !=
        std::string::npos);
  CHECK(out.find("Answer: At the committed offset\n") != std::string::npos);
  CHECK(out.find("2) ") == std::string::npos);
  const std::string korean = run("tell --lang ko " + lesson("consumer/poll-and-offset") + " </dev/null").out;
  CHECK(korean.find("heartbeat.interval.ms: 여기서는 2초, Kafka 기본값은 3초 · session.timeout.ms: 6초, 기본값 45초") !=
        std::string::npos);
  CHECK(korean.find("답: 커밋된 오프셋에서\n") != std::string::npos);
}

TEST_CASE("tell: in a pipe it prints the answers at the end, and one line for the same change of many partitions") {
  const std::string out = run("tell " + lesson("producer/acks") + " </dev/null").out;
  const std::size_t question = out.find("Question: "), answers = out.find("Answers to the questions");
  REQUIRE(question != std::string::npos);
  REQUIRE(answers != std::string::npos);
  CHECK(out.find("Answer: ") > answers);
  CHECK(out.find("acks-0 and acks-1 count everything") < answers);
  const std::string many = run("tell " + lesson("controller/zookeeper-vs-kraft") + " </dev/null").out;
  CHECK(many.find(" … orders-") != std::string::npos);
  CHECK(many.find(" partitions)") != std::string::npos);
}

TEST_CASE("bad input exits with 2, and check prints every problem with line and column on standard output") {
  const fs::path file = temporary("bad.json");
  std::ofstream(file) << "{\"format\": 1, \"id\": \"x\",\n \"clustr\": {}, \"until\": 5}\n";
  const Ran r = run("check " + file.string());
  CHECK(r.status == 2);
  CHECK(r.out.find(file.string() + ":2:") != std::string::npos);
  CHECK(r.out.find("cluster") != std::string::npos);  // the nearest known name
  CHECK(run("run " + file.string() + " 2>/dev/null").status == 2);
  CHECK(run("run no-such-file.json 2>/dev/null").status == 2);
  CHECK(run("frobnicate 2>/dev/null").status == 2);
  CHECK(run("inspect --at soon " + lesson("replication/leader-failover") + " 2>/dev/null").status == 2);
  fs::remove(file);
}

TEST_CASE("inspect prints the state at a moment") {
  CHECK(run("inspect --at 11s --path /partitions/orders-0/leader " + lesson("replication/leader-failover")).out ==
        "1\n");
  CHECK(run("inspect --at 18s --path /partitions/orders-0/leader " + lesson("replication/leader-failover")).out ==
        "2\n");
  const json state = json::parse(run("inspect --at 18s " + lesson("replication/leader-failover")).out);
  for (const char* key : {"time_us", "cluster", "nodes", "topics", "partitions", "groups", "transactions", "clients",
                          "zookeeper", "ledger", "sinks", "invariants", "metrics"})
    CHECK(state.contains(key));
  CHECK(state["nodes"]["broker-1"]["state"] == "crashed");
  CHECK(state["ledger"]["produced"] == state["ledger"]["acked"].get<int>() + state["ledger"]["failed"].get<int>() +
                                           state["ledger"]["in_doubt"].get<int>() +
                                           state["ledger"]["pending"].get<int>());
}

TEST_CASE("inspect: a moment hours past the end of the run is refused at once, with a remedy") {
  const std::string file = lesson("replication/leader-failover");
  const Ran far = run("inspect --at 999h " + file + " 2>&1");
  CHECK(far.status == 2);
  CHECK(far.out.find("use a moment up to one hour later") != std::string::npos);
  CHECK(far.out.find("--set until=999h") != std::string::npos);
  CHECK(run("inspect --at 999h " + file + " 2>&1", kKorean).out.find("1시간까지 볼 수 있어요") != std::string::npos);
}

TEST_CASE("inspect: the state at a moment shortly past the end of the run is shown with a note") {
  const std::string asked = " --path /nodes/broker-2/state 2>&1 " + lesson("producer/acks");
  CHECK(run("inspect --at 40s" + asked).out == "\"running\"\n");
  CHECK(run("inspect --at 41s" + asked).out.find("run ends at 40s; at 41s") != std::string::npos);
}

TEST_CASE("trace: it writes JSON Lines with consecutive seq and causes before effects, and does not change the hash") {
  const fs::path file = temporary("trace.jsonl");
  const Ran with = run("run --json --trace " + file.string() + " " + lesson("replication/leader-follower"));
  CHECK(json::parse(with.out)["trace_hash"] ==
        json::parse(run("run --json " + lesson("replication/leader-follower")).out)["trace_hash"]);
  std::ifstream in(file);
  std::uint64_t seq = 0;
  for (std::string line; std::getline(in, line);) {
    const json l = json::parse(line);
    CHECK(l["seq"].get<std::uint64_t>() == ++seq);
    CHECK(l["cause"].get<std::uint64_t>() < seq);
  }
  CHECK(seq > 500);
  fs::remove(file);
}

TEST_CASE("tell: the language is that of LANG or --lang") {
  CHECK(run("tell " + lesson("producer/acks") + " </dev/null").out.find("Three producers") != std::string::npos);
  CHECK(run("tell " + lesson("producer/acks") + " </dev/null", "LC_ALL= LANG=ko_KR.UTF-8").out.find("프로듀서 셋") !=
        std::string::npos);
  CHECK(run("--lang ko tell " + lesson("producer/acks") + " </dev/null").out.find("프로듀서 셋") != std::string::npos);
}

TEST_CASE("run: the steps are printed in the order in which they happened") {
  const TemporaryFile file(
      "late.json", R"({"format": 1, "id": "late", "title": {"en": "Late"}, "cluster": {"brokers": 1, "controllers": 1},
    "topics": [{"name": "orders", "partitions": 1, "replication_factor": 1}], "until": "9s", "steps": [
    {"at": "1s", "say": {"en": "First."}}, {"after": "6s", "say": {"en": "Third."}}, {"at": "3s", "say": {"en": "Second."}}]})");
  const std::string out = run("run " + file.name()).out;
  REQUIRE(out.find("Third.") != std::string::npos);
  CHECK(out.find("First.") < out.find("Second."));
  CHECK(out.find("Second.") < out.find("Third."));
}

TEST_CASE("list: each track appears once, with its lessons and their minutes") {
  const std::string out = run("list").out;
  CHECK(out.find("\nreplication\n") != std::string::npos);
  CHECK(out.find("\nreplication\n") == out.rfind("\nreplication\n"));
  const std::size_t lesson = out.find("  leader-failover ");
  REQUIRE(lesson != std::string::npos);
  CHECK(out.substr(lesson, out.find('\n', lesson) - lesson).find(" min  A leader dies") != std::string::npos);
}

TEST_CASE("list with words prints the lessons that have all of them, and refuses what no lesson has with a remedy") {
  const json all = json::parse(run("list --json").out);
  const json replication = json::parse(run("list Replication --json").out);
  CHECK(replication.size() > 1);
  CHECK(replication.size() < all.size());
  const json acks = json::parse(run("list acks producer --json").out);
  const auto has_acks = [](const json& one) { return one["id"] == "acks"; };
  CHECK(std::any_of(acks.begin(), acks.end(), has_acks));
  CHECK(acks.size() < json::parse(run("list acks --json").out).size());
  CHECK(run("list 리더").out.find("leader-failover") != std::string::npos);
  const auto has_read_committed = [](const json& one) { return one["id"] == "read-committed"; };
  for (const char* name : {"high watermark", "하이 워터마크"}) {  // one of its concepts
    const json named = json::parse(run(std::string("list ") + name + " --json").out);
    CHECK(std::any_of(named.begin(), named.end(), has_read_committed));
  }
  const Ran misspelt = run("list replicaton 2>&1");
  CHECK(misspelt.status == 2);
  CHECK(misspelt.out.find("did you mean replication?") != std::string::npos);
  const Ran nothing = run("list zzzzzzzzzz 2>&1");
  CHECK(nothing.status == 2);
  CHECK(nothing.out.find("kafkascope list without words shows all lessons") != std::string::npos);
  const Ran courses = run("list --courses acks 2>&1");
  CHECK(courses.status == 2);
  CHECK(courses.out.find("leave the words out") != std::string::npos);
}

TEST_CASE("a word that a command does not take is refused, not taken for a file of the window") {
  const Ran fresh = run("new lesson surplus --out /dev/null 2>&1");
  CHECK(fresh.status == 2);
  CHECK(fresh.out.find("not expected: surplus") != std::string::npos);
}

TEST_CASE("list --json, new and --junit print valid JSON, a valid file and valid XML") {
  const json lessons = json::parse(run("list --json").out);
  CHECK(lessons.size() >= 5);
  for (const char* key : {"id", "file", "track", "title", "summary", "minutes", "until_us"})
    CHECK(lessons[0].contains(key));
  for (const char* name : {"minimal", "lesson", "incident", "before-after", "guard"}) {
    const fs::path file = temporary(std::string(name) + ".json");
    CHECK(run(std::string("new ") + name + " --out " + file.string()).status == 0);
    CHECK(run("check " + file.string()).status == 0);
    CHECK(run("run " + file.string()).status == 0);
    fs::remove(file);
  }
  const fs::path report = temporary("junit.xml");
  CHECK(run("run --junit " + report.string() + " " + lesson("replication/leader-follower")).status == 0);
  CHECK(read(report).find("tests=\"1\" failures=\"0\"") != std::string::npos);
  fs::remove(report);
}

TEST_CASE(
    "run, tell: for a step that was never reached the report gives its place in the file, what happened instead and the remedy, but not its narration") {
  const auto file = [](const char* timeout) {
    return std::string(
               R"({"format": 1, "id": "never", "title": {"en": "Never", "ko": "안 옴"}, "cluster": {"brokers": 3, "controllers": 1},
      "topics": [{"name": "orders", "partitions": 1, "replication_factor": 3}], "until": "15s", "steps": [
      {"at": "1s", "say": {"en": "It begins."}, "do": "crash", "node": "broker-1"},
      {"when": {"path": "/partitions/orders-0/leader", "equals": 9})") +
           timeout + R"(, "say": {"en": "The ninth leads."}, "do": "restart", "node": "broker-1"},
      {"after": "1s", "say": {"en": "And all is well."}}]})";
  };
  const TemporaryFile never("never.json", file("")), late("late.json", file(", \"timeout\": \"4s\"")),
      nothing("nothing.json", R"({"format": 1, "id": "nothing",
      "title": {"en": "Nothing"}, "cluster": {"brokers": 1, "controllers": 1}, "until": "3s", "steps": [{"at": "1s", "say": {"en": "So."}},
      {"when": {"path": "/time_us", "equals": 1}, "say": {"en": "Now."}}]})");
  for (const char* how : {"run ", "tell "})
    for (const TemporaryFile* one : {&never, &late}) {
      CAPTURE(how);
      const Ran r = run(how + one->name());
      CHECK(r.status == 1);
      CHECK(r.out.find("It begins.") != std::string::npos);
      for (const char* unsaid : {"The ninth leads.", "And all is well."})
        CHECK(r.out.find(unsaid) == std::string::npos);
      for (const char* told : {"/steps/1: restart broker-1", "/steps/2: never happened",
                               "happened instead:", "broker-1 crashes", "remedy: use a longer "})
        CHECK_MESSAGE(r.out.find(told) != std::string::npos, told);
      CHECK(r.out.find(one == &late ? "remedy: use a longer \"timeout\"" : "remedy: use a longer \"until\"") !=
            std::string::npos);
    }
  CHECK(run("run " + late.name(), kKorean).out.find("해결: \"timeout\"을 늘리거나") != std::string::npos);
  const std::string any = run("run " + nothing.name()).out;  // no event is about /time_us
  CHECK(any.find("happened instead:") != std::string::npos);
  CHECK(any.find("controller-1 is the active controller") != std::string::npos);
}

TEST_CASE(
    "run, tell: for a condition that was never met the report shows the events about its path and the final value") {
  const auto report = [](const char* how, const std::string& when) {
    const TemporaryFile file(
        "named.json",
        R"({"format": 1, "id": "named", "title": {"en": "Named"}, "cluster": {"brokers": 4, "controllers": 1}, "until": "25s",
      "topics": [{"name": "orders", "partitions": 2, "replication_factor": 2, "assignments": {"0": [2, 3], "1": [3, 2]}}],
      "clients": [{"id": "shop", "kind": "producer", "topic": "orders", "rate": "5/s"}, {"id": "till", "kind": "producer", "topic": "orders", "rate": "5/s"},
        {"id": "reader", "kind": "consumer", "topics": ["orders"], "config": {"group.id": "billing"}}],
      "steps": [{"at": "3s", "do": "crash", "node": "broker-1"}, {"at": "4s", "do": "crash", "node": "broker-2"}, {"at": "18s", "do": "restart", "node": "broker-2"}, {"when": )" +
            when + R"(, "say": {"en": "So."}}]})");
    const std::string out = run(how + file.name()).out;
    const std::size_t from = out.find("happened instead:"), to = out.find("open: ", from);
    return from == std::string::npos ? std::string()
                                     : out.substr(out.rfind("FAIL", from), to - out.rfind("FAIL", from));
  };
  for (const char* how : {"run ", "tell "}) {
    CAPTURE(how);
    const std::string leader = report(how, R"({"path": "/partitions/orders-0/leader", "equals": 4})");
    CHECK_MESSAGE(leader.find("broker-2 crashes") != std::string::npos, leader);
    CHECK_MESSAGE(leader.find("broker-1") == std::string::npos, leader);  // has no replica of orders-0
    const std::string failed = report(how, R"({"path": "/ledger/by_client/shop/failed", "at_least": 9})");
    CHECK_MESSAGE(failed.find("shop") != std::string::npos, failed);
    for (const char* other : {"till:", "till sends", "__consumer_offsets", "broker-1 "})
      CHECK_MESSAGE(failed.find(other) == std::string::npos, failed);
    const std::string lost = report(how, R"({"path": "/ledger/lost_acked", "at_least": 1})");
    CHECK_MESSAGE(lost.find("broker-2 ") != std::string::npos, lost);
    CHECK_MESSAGE(lost.find("__consumer_offsets") == std::string::npos, lost);
    const std::string fenced = report(how, R"({"path": "/nodes/broker-2/state", "equals": "isolated"})");
    CHECK_MESSAGE(fenced.find("broker-2 starts") != std::string::npos, fenced);
    CHECK_MESSAGE(fenced.find("appends") == std::string::npos, fenced);
    const std::string read = report(how, R"({"path": "/clients/reader/positions/orders-0", "at_least": 99999})");
    CHECK_MESSAGE(read.find("orders-0") != std::string::npos, read);
    CHECK_MESSAGE(read.find("orders-1") == std::string::npos, read);
    const std::string late = report(how, R"({"path": "/clients/shop/acked", "at_least": 1000}, "timeout": "1s")");
    CHECK_MESSAGE(late.find("timed out: /clients/shop/acked at_least 1000, seen ") != std::string::npos, late);
    CHECK_MESSAGE(late.find("at the end, 25.000s: /clients/shop/acked is 12") != std::string::npos, late);
  }
}

TEST_CASE("tell: it names a failed disk as long as that disk holds a high watermark back") {
  const auto told = [](int dirs, const char* which, const std::string& language) {
    const TemporaryFile file(
        "held.json",
        R"({"format": 1, "id": "held", "title": {"en": "Held"}, "cluster": {"brokers": 3, "disk": {"dirs": )" +
            std::to_string(dirs) + R"(}}, "until": "60s",
      "topics": [{"name": "orders", "partitions": 2, "replication_factor": 3, "assignments": {"0": [1, 3, 2], "1": [1, 2, 3]}}],
      "clients": [{"id": "shop", "kind": "producer", "topic": "orders", "rate": "5/s", "partitioner": "round_robin"}],
      "steps": [{"at": "5s", "say": {"en": "A disk fails."}, "do": "disk", "node": "broker-2", )" +
            which + R"("fail": true}]})");
    return run("tell " + file.name() + " </dev/null", language).out;
  };
  // The broker survives without the directory: its replica leaves the ISR immediately (KIP-858), but counts as caught up for
  // replica.lag.time.max.ms.
  const std::string lives = told(2, "\"dir\": 1, ", "");
  const std::size_t held = lives.find("orders-1: the high watermark stays at "),
                    again = lives.find("orders-1: the high watermark moves again");
  REQUIRE_MESSAGE(held != std::string::npos, lives);
  CHECK(lives.find("waits for broker-2, whose disk has failed: out of the ISR", held) < lives.find('\n', held));
  CHECK(again > held);
  CHECK(again < std::string::npos);
  CHECK(told(2, "\"dir\": 1, ", kKorean).find("디스크가 고장 난 broker-2는") != std::string::npos);
  // The broker stops with its only directory: its replica stays in the ISR until the controller has fenced the broker.
  const std::string ends = told(1, "", "");
  CHECK(ends.find("waits for broker-2, which is in the ISR, and whose disk has failed") <
        ends.find("broker-2 is fenced"));
  CHECK(ends.find("the high watermark moves again") != std::string::npos);
}

TEST_CASE(
    "every course: its lessons exist, a meeting takes at most an hour, and every lesson is in a meeting or is optional") {
  std::map<std::string, int> minutes;
  for (const json& one : json::parse(run("list --json").out)) minutes[one["id"]] = one["minutes"];
  const json courses = json::parse(run("list --courses --json").out);
  REQUIRE(courses.size() >= 1);
  for (const json& course : courses) {
    CAPTURE(course["id"].get<std::string>());
    std::map<std::string, int> found;
    for (const json& meeting : course["meetings"]) {
      CAPTURE(meeting["id"].get<std::string>());
      CHECK(!meeting["title"]["ko"].get<std::string>().empty());
      int sum = 0;
      for (const std::string id : meeting["lessons"]) {
        CAPTURE(id);
        CHECK(minutes.contains(id));
        sum += minutes[id];
        ++found[id];
      }
      CHECK(sum == meeting["minutes"].get<int>());
      CHECK(sum <= 60);
      CHECK(sum > 0);
    }
    for (const std::string id : course["extra"]) ++found[id];
    for (const auto& lesson : minutes)  // clang 14 cannot capture a structured binding
      CHECK_MESSAGE(found[lesson.first] == 1, lesson.first);
  }
  const std::string printed = run("list --courses").out;
  CHECK(printed.find("kafka-study") != std::string::npos);
  std::set<std::size_t> columns;  // of the lessons' titles: one, whatever the longest id
  std::istringstream lines(printed);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("    ")) columns.insert(line.find_first_not_of(' ', line.find(' ', 4)));
  CHECK(columns.size() == 1);
}

TEST_CASE(
    "the rows of docs/delivery-semantics.md open by their ids and their paths, also where only the program is installed") {
  const fs::path root = temporary("installed");
  fs::create_directories(root / "scenarios");
  fs::create_directories(root / "delivery");
  const std::string installs = read(source("cmake/packages.cmake"));  // what lies there, and under which names
  CHECK(installs.find("kafkascope/delivery") != std::string::npos);
  int rows = 0;
  for (const char* page : {"docs/delivery-semantics.md", "docs/delivery-semantics.ko.md"}) {
    const std::string text = read(source(page)), link = "](../tests/stories/";
    for (std::size_t at = text.find(link); at != std::string::npos; at = text.find(link, at + 1)) {
      const std::size_t from = at + link.size();
      const std::string file = text.substr(from, text.find(')', from) - from), id = fs::path(file).stem().string();
      CAPTURE(file);
      CHECK((file.starts_with("delivery-") || installs.find("tests/stories/" + file) != std::string::npos));
      fs::copy_file(source("tests/stories/" + file), root / "delivery" / file, fs::copy_options::overwrite_existing);
      const std::string there = kEnglish + " KAFKASCOPE_SCENARIOS=" + (root / "scenarios").string();
      CHECK(run("check " + id + " 2>&1", there).status == 0);
      CHECK(run("check tests/stories/" + file + " 2>&1", "cd / && " + there).status == 0);
      ++rows;
    }
  }
  CHECK(rows == 24);
  CHECK(run("check delivery-none 2>&1", kEnglish + " KAFKASCOPE_SCENARIOS=" + (root / "scenarios").string()).status !=
        0);
  fs::remove_all(root);
}

TEST_CASE("without a display one line says so and names what works: the lesson as text, and pictures") {
  const std::string of = lesson("replication/leader-failover");
  const std::string no_display =
      "env -u DISPLAY -u WAYLAND_DISPLAY " + kEnglish + " HOME=" + temporary("home").string();
  const Ran window = run(of + " 2>&1 </dev/null", no_display);
  if (window.out.find("built without the dashboard") != std::string::npos) return;
  CHECK(window.status == 3);
  CHECK(window.out.starts_with("no window: "));
  CHECK(std::count(window.out.begin(), window.out.end(), '\n') == 1);
  CHECK(window.out.find("kafkascope tell") != std::string::npos);
  CHECK(window.out.find("kafkascope render") != std::string::npos);
  const Ran text = run("tell " + of + " </dev/null", no_display);
  CHECK(text.status == 0);
  CHECK(std::count(text.out.begin(), text.out.end(), '\n') > 20);
  const std::filesystem::path picture = temporary("no-display.png");
  const Ran drawn = run("render " + of + " --at 6s --size 640x360 --out " + picture.string() + " 2>&1", no_display);
  const char* env = std::getenv("KAFKASCOPE_NO_GL");
  if (env != nullptr && std::string_view(env) == "1" && drawn.status == 3) {  // as for the golden pictures
    CHECK((drawn.out.find("OpenGL") != std::string::npos || drawn.out.find("EGL") != std::string::npos));
  } else {
    CHECK_MESSAGE(drawn.status == 0, drawn.out);
    CHECK(read(picture).substr(1, 3) == "PNG");
  }
  std::filesystem::remove(picture);
  std::filesystem::remove_all(temporary("home"));
}
