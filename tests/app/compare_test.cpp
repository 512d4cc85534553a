// kafkascope compare: what it prints and its JSON (docs/scenario-format.md §3).
#include "app/program.h"
#include "support/some.h"

#include <nlohmann/json.hpp>
#include <set>
#include <string>

using nlohmann::json;

TEST_CASE("compare: both ledgers are of the same moment, even if one run goes on until an expectation is met") {
  const std::string pair = "compare replication/leader-failover --set clients/shop/config/acks=1";
  const json j = json::parse(run(pair + " --json").out);
  CHECK(j["ledgers_at_us"] == 40000000);
  CHECK(j["worlds"][0]["ledger"]["produced"] == j["worlds"][1]["ledger"]["produced"]);
  CHECK(run(pair).out.find("ledger at 40s\n") != std::string::npos);
}

TEST_CASE("compare: the heading says that the rows count the records of all producers, if there are several") {
  const std::string pair = "compare partitions/custom-partitioner --set clients/by-whole/config/acks=1";
  CHECK(run(pair + " --lang en").out.find(", all 2 producers together\n") != std::string::npos);
  CHECK(run(pair + " --lang ko").out.find(": 프로듀서 2개를 모두 합친 수\n") != std::string::npos);
}

TEST_CASE("compare: the first divergence is in what a client received or a partition holds, not in an id") {
  const std::string pair = "compare delivery/hanging-transaction --variant old";
  const json j = json::parse(run(pair + " --json").out)["divergence"];
  CHECK(j["at_us"] == 13'000'000);  // the record that came late
  CHECK(j["events"][0]["kind"] == "request.refused");
  CHECK(j["events"][1]["kind"] == "log.append");
  CHECK(j["words"][1]["en"] == "broker-1 appends offset 2 to pay-0 (bank/1)");
  CHECK(run(pair).out.find("INVALID_PRODUCER_EPOCH") != std::string::npos);
  // An act that only one of the two has is the first thing in which they differ.
  const json without = json::parse(run("compare replication/leader-failover --without 3 --json").out);
  REQUIRE(without.contains("divergence"));
  CHECK(without["divergence"]["events"][0]["kind"] == "command");
  CHECK(without["divergence"]["words"][0]["en"] == "broker-1 is made to crash");
  CHECK(without["divergence"]["words"][0]["ko"] == "broker-1을 죽여요");
  // Where the story is the same, the moment of a line that a person would name; where there is none, whatever differs.
  const json timed = json::parse(run("compare " + source("tests/stories/delivery-acks-1.json").string() +
                                     " --set clients/shop/config/linger.ms=1 --json")
                                     .out)["divergence"];
  CHECK(timed["events"][0]["kind"] == "batch.sent");
  const std::filesystem::path quiet = temporary("quiet.json");
  std::ofstream(quiet) << R"({"format": 1, "id": "quiet", "kafka": "4.1", "cluster": {"brokers": 3}, )"
                          R"("topics": [{"name": "pay"}], "clients": [{"id": "bank", "kind": "producer", )"
                          R"("topic": "pay", "config": {"transactional.id": "tx"}}], "until": "3s"})";
  const json ids =
      json::parse(run("compare " + quiet.string() + R"( --set 'cluster/features={"transaction.version": 0}' --json)")
                      .out)["divergence"];
  REQUIRE(!ids.is_null());
  CHECK(ids["events"][0]["kind"] == "metadata.append");
}

TEST_CASE("compare: how the records of two clients mix in a log is the first divergence only if nothing else differs") {
  // Another acks moves the first appends by some milliseconds; what matters is the record that one world refuses.
  const json acks =
      json::parse(run("compare replication/min-insync --set clients/acks-all/config/acks=1 --json").out)["divergence"];
  REQUIRE(acks.is_object());
  CHECK(acks["at_us"] > 1'000'000);
  CHECK(acks["order"] == false);
  const std::string of_acks_all = acks["events"][0].dump() + acks["events"][1].dump();
  CHECK(of_acks_all.find("acks-1") == std::string::npos);
  // Here it is all that differs.
  const json order = json::parse(run("compare why/hub --set clients/web/config/acks=1 --json").out)["divergence"];
  REQUIRE(order.is_object());
  CHECK(order["order"] == true);
  CHECK(order["detail"] == false);
  CHECK(order["events"][0]["kind"] == "log.append");
  CHECK(order["events"][1]["kind"] == "log.append");
}

TEST_CASE("compare: two worlds in which another broker leads a partition from the start diverge there") {
  const json j = json::parse(run("compare replication/rack-loss --try 1 --json").out)["divergence"];
  CHECK(j["at_us"] == 0);
  for (const int world : {0, 1}) CHECK(j["events"][world]["kind"] == "replica.leader");
  CHECK(j["words"][0]["en"] == "broker-1 knows it leads huddled-0 in epoch 0");
  CHECK(j["words"][1]["en"] == "broker-2 knows it leads huddled-0 in epoch 0");
  // That a partition which only one world has is led by somebody is no such difference: its records are.
  const json more = json::parse(run("compare partitions/how-many --try 1 --json").out)["divergence"];
  CHECK(more["events"][0]["kind"] == "log.append");
}

TEST_CASE(
    "compare: a reader that gets a record later is explained by the partition's high watermark, and that by its ISR") {
  const auto steps = [](const std::string& set) {
    return json::parse(
        run("compare replication/min-insync --set " + set + " --json").out)["divergence"]["why"]["steps"];
  };
  const std::string last = steps("topics/pay/config/min.insync.replicas=1").back()["text"]["en"];
  CHECK(last ==
        "A: the high watermark of pay-0 does not pass offset 257 before 34.317 s, so no consumer gets that "
        "record: 1 in the ISR, fewer than min.insync.replicas=2");
  // A reader that is slower by itself does not wait for a high watermark.
  for (const json& step : steps("clients/reader/work=3s"))
    CHECK(step["text"]["en"].get<std::string>().find("high watermark") == std::string::npos);
}

TEST_CASE("compare: the first divergence names the record that it is about, in text and JSON, in both languages") {
  const std::string pair = "compare delivery/hanging-transaction --variant old";
  const json record = json::parse(run(pair + " --json").out)["divergence"]["record"];
  CHECK(record["client"] == "bank");
  CHECK(record["number"] == 1);
  CHECK(record["partition"] == "pay-0");
  CHECK(record["offset"] == 2);
  CHECK(record["world"] == 1);  // only there was it appended
  CHECK(record["at_us"] == 13'000'000);
  CHECK(record["text"]["en"] == "record 1 of bank at pay-0 offset 2");
  const json steps = json::parse(run(pair + " --json").out)["divergence"]["why"]["steps"];
  CHECK(steps.back()["text"]["en"] ==
        "B: broker-1 appends offset 2 to pay-0: record 1 of bank at pay-0 offset 2");  // Why? names it, too
  CHECK(run(pair).out.find("  13.000000s  record 1 of bank at pay-0 offset 2\n") != std::string::npos);
  CHECK(run("--lang ko " + pair).out.find("bank의 레코드 1번, pay-0 오프셋 2\n") != std::string::npos);
  const json acts = json::parse(run("compare replication/leader-failover --without 3 --json").out);
  CHECK(acts["divergence"]["record"].is_null());  // an act is no record
  // One that is only handed to send has no offset yet.
  const TemporaryFile quiet(
      "sent.json", R"({"format": 1, "id": "sent", "kafka": "4.1", "seed": 42, "cluster": {"brokers": 3}, )"
                   R"("topics": [{"name": "orders", "partitions": 3, "replication_factor": 3}], "clients": )"
                   R"([{"id": "shop", "kind": "producer", "topic": "orders", "rate": "20/s"}], "until": "2s"})");
  const json sent =
      json::parse(run("compare " + quiet.path.string() + " --set clients/shop/rate=30/s --json").out)["divergence"];
  REQUIRE(sent["record"].is_object());
  CHECK(sent["record"]["client"] == "shop");
  CHECK(sent["record"]["number"] == 1);
  CHECK(sent["record"]["offset"].is_null());
  // One that both worlds acknowledge, with acks=1 before the crash and with acks=all only after the failover.
  const json late =
      json::parse(run("compare replication/leader-failover --set clients/shop/config/acks=1 --json").out)["divergence"];
  CHECK(late["events"][0]["kind"] == "batch.acked");
  CHECK(late["events"][1]["kind"] == "batch.acked");
  CHECK(late["at_us"] == late["events"][1]["t"]);
  CHECK(late["record"]["world"] == 1);
}

TEST_CASE("compare: between the modes it says with their values for how long a silent broker counts as living") {
  for (const char* lang : {"", "--lang ko "}) {
    const std::string out = run(lang + std::string("compare replication/leader-failover --zookeeper")).out;
    for (const char* value : {"(broker.session.timeout.ms=9000)", "(zookeeper.session.timeout.ms=18000)"})
      CHECK_MESSAGE(out.find(value) != std::string::npos, out);
  }
}

TEST_CASE("compare: its first two lines say which run A and B are, and the columns have these letters") {
  struct Head {
    const char *options, *a, *b;
  };
  static constexpr Head kHeads[] = {
      {"replication/leader-failover --set clients/shop/config/acks=1",
       "leader-failover.json, variant base, seed 42\nB: ", "variant base, seed 42; clients/shop/config/acks=1\n"},
      {"replication/leader-failover --seed 7", "seed 42\nB: ", "leader-failover.json, variant base, seed 7\n"},
      {"replication/leader-failover --without 3", "seed 42\nB: ", "seed 42; --without: broker-1 is made to crash\n"},
      {"replication/leader-failover --zookeeper", "seed 42; KRaft\nB: ", "seed 42; ZooKeeper\n"},
      {"controller/zookeeper-vs-kraft --variant zk", "variant base, seed 49\nB: ", "variant zk, seed 49\n"}};
  for (const Head& head : kHeads) {
    const std::string out = run(std::string("compare ") + head.options).out;
    CAPTURE(head.options);
    CHECK(out.starts_with("A: "));
    const std::string heads = out.substr(0, out.find('\n', out.find('\n') + 1) + 1);
    CHECK_MESSAGE(heads.find(head.a) != std::string::npos, heads);
    CHECK_MESSAGE(heads.ends_with(head.b), heads);
    const std::size_t ledger = out.find("ledger at ");
    REQUIRE(ledger != std::string::npos);
    CHECK(out.find("A: ", ledger) < out.find("B: ", ledger));
  }
  CHECK(run("--lang ko compare replication/leader-failover --seed 7").out.find("변형 base, 시드 7\n") !=
        std::string::npos);
}

TEST_CASE("compare: two runs may differ only in their seed") {
  const json j = json::parse(run("compare replication/leader-failover --seed 7 --set seed=43 --json").out);
  CHECK(j["worlds"][0]["seed"] == 7);
  CHECK(j["worlds"][1]["seed"] == 43);
  CHECK(!j["divergence"].is_null());
  CHECK(run("compare replication/leader-failover --set seed=43").out.find("identical") == std::string::npos);
}

TEST_CASE("compare: it names the other settings that a changed setting affects, in both languages") {
  const std::string pair = "compare producer/acks --set clients/acks-all/config/acks=1";
  const json j = json::parse(run(pair + " --json").out);
  REQUIRE(j["also"].size() == 1);
  CHECK(j["also"][0]["en"] == "acks-all: acks=1 also turns off enable.idempotence");
  CHECK(run(pair).out.find("acks-all: acks=1 also turns off enable.idempotence\n") != std::string::npos);
  CHECK(run("--lang ko " + pair).out.find("acks-all: acks=1 때문에 enable.idempotence도 꺼져요\n") !=
        std::string::npos);
  CHECK(json::parse(run("compare producer/acks --set seed=9 --json").out)["also"].empty());
}

TEST_CASE("compare: Why? of the first divergence names the setting that differs, and what each world does") {
  const std::string pair = "compare replication/leader-failover --set clients/shop/config/acks=1";
  const json why = json::parse(run(pair + " --json").out)["divergence"]["why"];
  REQUIRE(why["steps"].size() == 3);
  CHECK(why["question"]["en"] == "Why do the two worlds diverge here?");
  CHECK(why["steps"][0]["world"].is_null());
  CHECK(why["steps"][0]["text"]["en"] == "shop: acks is all in A and 1 in B");
  CHECK(why["steps"][1]["text"]["en"].get<std::string>().starts_with("acks: Whose acknowledgement"));
  CHECK(why["steps"][2]["world"] == 1);  // where the record is acknowledged first
  const std::string told = why["steps"][2]["text"]["en"];
  CHECK(told.starts_with("shop: 1 record of orders-2 acked"));
  CHECK(told.ends_with("(in A at 13.578 s, in B at 4.987 s)"));
  REQUIRE(why["differs"].size() == 1);
  CHECK(why["differs"][0]["path"] == "clients/shop/config/acks");
  CHECK(why["differs"][0]["worlds"] == json({"all", "1"}));
  CHECK(run(pair).out.find("  shop: acks is all in A and 1 in B\n") != std::string::npos);
  // The act that only one of them has is a moment of that world; what came of it follows.
  const json without = json::parse(run("compare replication/leader-failover --without 3 --json").out);
  const json& act = without["divergence"]["why"]["steps"];
  CHECK(act[0]["text"]["en"] == "Only in A: broker-1 is made to crash");
  CHECK(act[0]["time_us"] == 5'000'000);
  CHECK(act[1]["text"]["en"] == "B: nothing of the kind happens then");  // at the same time
  CHECK(act[2]["text"]["en"].get<std::string>().starts_with("A: broker-2 leads orders-0"));
  // An act of one world after the divergence has not led to it.
  const json old = json::parse(run("compare delivery/hanging-transaction --variant old --json").out);
  CHECK(old["divergence"]["why"]["steps"][0]["text"]["en"].get<std::string>().find("abort_hanging") ==
        std::string::npos);
}

TEST_CASE("compare: KRaft is compared with ZooKeeper, with the metrics that differ, in both directions") {
  const json j = json::parse(run("compare replication/leader-failover --zookeeper --json").out);
  CHECK(j["divergence"]["why"]["steps"][0]["text"]["en"] ==
        "A keeps its metadata in KRaft (Kafka 4.1), B in ZooKeeper (Kafka 2.5)");
  CHECK(j["worlds"][0]["without_leader_us"] != j["worlds"][1]["without_leader_us"]);
  bool elections = false;  // under another name in each version, and one metric
  for (const json& m : j["metrics"]) elections = elections || m["name"]["en"] == "leader elections";
  CHECK(elections);
  const std::string told = run("--lang ko compare replication/leader-failover --zookeeper").out;
  CHECK(told.find("두 세계는 왜 여기서 갈라지나요?") != std::string::npos);
  CHECK(run("compare replication/leader-failover --kraft 2>&1").status == 2);
  CHECK(run("compare controller/session-expiry --zookeeper 2>&1").out.find("--kraft") != std::string::npos);
}

TEST_CASE("compare: an event that both worlds have at different times is told once, with both times") {
  const std::string pair = "compare controller/zookeeper-vs-kraft --variant zk";
  const json divergence = json::parse(run(pair + " --json").out)["divergence"];
  CHECK(divergence["same_event"] == true);
  CHECK(divergence["words"][0] == divergence["words"][1]);
  std::vector<std::string> told;
  for (const json& step : divergence["why"]["steps"])
    if (step["text"]["en"].get<std::string>().find("orders-0: ISR [3,1]") != std::string::npos)
      told.push_back(step["text"]["en"]);
  CHECK(told == std::vector<std::string>{"orders-0: ISR [3,1] (in A at 13.530 s, in B at 20.042 s)"});
  CHECK(run(pair).out.find("in both worlds, A at 13.529792 s and B at 20.041723 s\n    orders-0: ISR [3,1]\n") !=
        std::string::npos);
  CHECK(run("--lang ko " + pair).out.find("두 세계 모두(A: 13.529792초, B: 20.041723초)") != std::string::npos);
  // Other records in the same words are another event.
  const json records = json::parse(run("compare consumer/auto-commit --zookeeper --json").out)["divergence"];
  CHECK(records["same_event"] == false);
  CHECK(run("compare replication/leader-failover --without 3").out.find("in both worlds") == std::string::npos);
}

TEST_CASE("compare: between the modes it passes over the start-up and names the first difference that matters") {
  const json j = json::parse(run("compare replication/min-insync --zookeeper --json").out)["divergence"];
  CHECK(j["at_us"] == 11'279'001);
  CHECK(j["events"][0]["kind"] == "isr.committed");
  CHECK(j["detail"] == false);
  // Both elect the same leader, but not at the same time: the earlier moment.
  const json late = json::parse(run("compare replication/leader-failover --zookeeper --json").out)["divergence"];
  CHECK(late["events"][0]["kind"] == "leader.elected");
  CHECK(late["events"][1]["kind"] == "leader.elected");
  CHECK(late["at_us"] == late["events"][0]["t"]);
  CHECK(late["events"][1]["t"] > late["events"][0]["t"]);
  const std::string heads = run("compare controller/zookeeper-vs-kraft --variant zk").out;
  CHECK(heads.find("(A: KRaft, B: ZooKeeper)") != std::string::npos);
}

TEST_CASE("compare: a cut of the network is described as a person would, in both languages") {
  const std::string pair = "compare replication/isr-shrink-expand --without 1";
  CHECK(run(pair).out.find("Only in A: the network between broker-3 and broker-1 is cut\n") != std::string::npos);
  CHECK(run("--lang ko " + pair).out.find("A에서만 · broker-3과 broker-1 사이의 네트워크가 끊겨요\n") !=
        std::string::npos);
  CHECK(run(pair).out.find(" | ") == std::string::npos);
}

TEST_CASE("compare --without: a step's number and its time mean the same act, and the report names both") {
  const Ran by_number = run("compare replication/leader-failover --without 3"),
            by_time = run("compare replication/leader-failover --without 5s");
  CHECK(by_number.status == 0);
  CHECK(by_number.out == by_time.out);
  CHECK(by_number.out.find("without step 3 (5s)") != std::string::npos);
  const json j = json::parse(run("compare replication/leader-failover --without 5s --json").out);
  CHECK(j["without"] == json({{"step", 3}, {"at_us", 5'000'000}}));
}

TEST_CASE("compare --without: a later act of the script that both worlds have is no counterpart of the one left out") {
  struct Case {
    const char *file, *act;
  };
  for (const Case& c : {Case{"scenarios/replication/leader-epoch.json --without 1", "shop is told to send (1 record)"},
                        {"scenarios/operations/cluster-setup.json --without 8", "broker-2 is shut down"},
                        {"scenarios/delivery/transaction-abort.json --without 1", "bank calls beginTransaction()"}}) {
    CAPTURE(c.file);
    const std::string out = run("compare " + std::string(c.file)).out;
    const std::size_t from = out.find("first divergence"), why = out.find("Why do the two worlds diverge here?");
    REQUIRE(from != std::string::npos);
    REQUIRE(why > from);
    const std::string first = out.substr(from, why - from);
    const std::size_t at = first.find(c.act);
    CHECK_MESSAGE(at != std::string::npos, first);
    CHECK_MESSAGE(first.find(c.act, at + 1) == std::string::npos, first);  // only in the world that has it then
  }
}

TEST_CASE("compare --seed: the seed is the second world's, or both worlds' if another difference is given") {
  const Ran ran = run("compare replication/leader-failover --seed 99 --json");
  CHECK(ran.status == 0);
  const json worlds = json::parse(ran.out)["worlds"];
  CHECK(worlds[0]["seed"] != 99);
  CHECK(worlds[1]["seed"] == 99);
  CHECK(run("compare replication/leader-failover --seed 99").out.find("seed 99") != std::string::npos);
  const json both = json::parse(run("compare replication/leader-failover --seed 99 --without 3 --json").out)["worlds"];
  CHECK(both[0]["seed"] == 99);
  CHECK(both[1]["seed"] == 99);
  const std::string own = std::to_string(worlds[0]["seed"].get<std::int64_t>());
  const Ran same = run("compare replication/leader-failover --seed " + own + " 2>&1");
  CHECK(same.status == 2);
  CHECK(same.out == "this file has the seed " + own + " already: name another one\n");
}

TEST_CASE("compare: a record that waits for the Produce before it is the mechanism of acks=all") {
  const std::string pair = "compare producer/acks --set clients/acks-1/config/acks=all";
  const json steps = json::parse(run(pair + " --json").out)["divergence"]["why"]["steps"];
  REQUIRE(steps.size() == 4);
  const json& wait = steps[3];
  CHECK(wait["world"] == 1);
  const std::string told = wait["text"]["en"];
  CHECK(told.starts_with("B: broker-1 appends record 1 "));
  CHECK(told.find("offset 1 of orders-0) waited from 0.010 s until broker-3's fetch") != std::string::npos);
  CHECK(wait["text"]["ko"].get<std::string>().find("broker-3의 페치") != std::string::npos);
}

TEST_CASE("compare --try: only the change differs; the script's other steps happen in both worlds") {
  // Its ISR never shrinks, although the network is cut in both.
  const Ran ran = run("compare replication/isr-shrink-expand --try 1 --json");
  CHECK(ran.status == 0);
  const json j = json::parse(ran.out);
  const json& acts = j["divergence"]["why"]["differs"];
  REQUIRE(acts.size() == 1);
  CHECK(acts[0]["worlds"] == json({"-", "stop shop"}));
  // The shutdown replaces the crash of the same time, and the restart happens in both.
  const json two = json::parse(run("compare replication/leader-failover --try 1 --json").out);
  REQUIRE(two["divergence"]["why"]["differs"].size() == 2);
  CHECK(two["worlds"][1]["without_leader_us"] < 1'000'000);
  CHECK(run("compare replication/leader-failover --try 9 2>&1").status == 2);
}

TEST_CASE("compare: it prints how long partitions had no live leader, from the leader's death to the next leader") {
  const std::string pair = "compare replication/leader-failover --set clients/shop/config/acks=1";
  const json j = json::parse(run(pair + " --json").out);
  CHECK(j["worlds"][0]["without_leader_us"] == 8'549'079);  // broker-1 dies at 5 s
  CHECK(run(pair).out.find("ms leaderless, summed") != std::string::npos);
  CHECK(run("--lang ko " + pair).out.find("8549") != std::string::npos);
}

TEST_CASE("compare: two runs with the same story are reported as such, without a detail as the first divergence") {
  for (const char* lesson : {"log/append-only", "partitions/key-hash"}) {
    const std::string pair = "compare " + std::string(lesson) + " --zookeeper";
    const json j = json::parse(run(pair + " --json").out)["divergence"];
    CHECK(j["detail"] == true);
    CHECK(j["why"].is_null());
    const std::string told = run(pair).out;
    CHECK(told.find("the two runs tell the same story") != std::string::npos);
    CHECK(told.find("first divergence") == std::string::npos);
    CHECK(told.find("ledger at") != std::string::npos);
  }
  CHECK(run("--lang ko compare log/append-only --zookeeper").out.find("두 실행의 이야기가 같아요") !=
        std::string::npos);
  // Within one mode the detail is named as one.
  const std::string timed =
      "compare " + source("tests/stories/delivery-acks-1.json").string() + " --set clients/shop/config/linger.ms=1";
  CHECK(run(timed).out.find("Only details differ, from\n") != std::string::npos);
  CHECK(json::parse(run(timed + " --json").out)["divergence"]["detail"] == true);
}

TEST_CASE("compare: between the modes it finds a client's difference in the last ten seconds of the runs") {
  const json j = json::parse(run("compare producer/idempotence --zookeeper --json").out)["divergence"];
  CHECK(j["at_us"] == 7'374'429);  // only without idempotence the retry is appended a second time
  CHECK(j["events"][1]["kind"] == "log.append");
  CHECK(j["detail"] == false);
}

TEST_CASE("compare: an act on a broker in one mode and on a controller in the other is told for both worlds") {
  const json j = json::parse(run("compare controller/zookeeper-failover --kraft --json").out)["divergence"];
  CHECK(j["at_us"] == 5'000'000);
  CHECK(j["words"][0]["en"] == "broker-1 crashes; its page cache survives");
  CHECK(j["words"][1]["en"] == "controller-1 crashes");
  const std::string quorum = run("compare controller/kraft-quorum-loss --zookeeper").out;
  CHECK(quorum.find("A keeps its metadata in KRaft (Kafka 4.1), B in ZooKeeper (Kafka 2.5)") != std::string::npos);
  CHECK(quorum.find("Only in A: controller-2") == std::string::npos);  // the file names its counterpart
}

TEST_CASE("compare --try: Why? of each change of each lesson has a cause, told differently for the two worlds") {
  std::size_t files = 0;
  for (const auto& file : std::filesystem::recursive_directory_iterator(source("scenarios"))) {
    if (file.path().extension() != ".json" || files++ % kSome != 0) continue;
    const std::size_t tries = json::parse(std::ifstream(file.path())).value("try", json::array()).size();
    for (std::size_t number = 1; number <= tries; ++number) {
      const std::string change = "compare " + file.path().string() + " --try " + std::to_string(number);
      CAPTURE(change);
      const json divergence = json::parse(run(change + " --json").out)["divergence"];
      REQUIRE(divergence["why"].is_object());
      const json& differs = divergence["why"]["differs"];
      // An act of A is not told in the words of another one of B.
      for (const json& of_a : differs)
        for (const json& of_b : differs)
          CHECK((of_a["path"] != "steps" || of_a["worlds"][0] == "-" || of_a["worlds"][0] != of_b["worlds"][1]));
      REQUIRE(!differs.empty());
      // The first step is one of the differences.
      CHECK(std::any_of(differs.begin(), differs.end(), [&](const json& difference) {
        return difference["text"]["en"] == divergence["why"]["steps"][0]["text"]["en"];
      }));
    }
  }
}

TEST_CASE("compare: between the modes a client's acks and idempotence are named only if they differ") {
  const auto meaning = [](const std::string& pair) {
    return json::parse(
               run("compare " + pair + " --zookeeper --json").out)["divergence"]["why"]["steps"][1]["text"]["en"]
        .get<std::string>();
  };
  CHECK(meaning("producer/idempotence") ==
        "The versions differ in timing, partitioning and defaults: idem-on has acks=all, enable.idempotence=true in A "
        "and acks=1, enable.idempotence=false in B");
  // What a consumer does has nothing to do with them.
  CHECK(meaning("consumer/auto-commit") == "The versions differ in timing and partitioning");
  // A broker that is shut down waits for the answer to a heartbeat only where it sends heartbeats.
  CHECK(meaning("operations/scale-in").starts_with("With KRaft the controller moves the leaders at once"));
}

TEST_CASE("compare: defaults that differ between two versions of Kafka are named for clients that set none") {
  const std::string pair = "compare replication/preferred-leader --zookeeper";
  const std::string en =
      "Defaults differ: for shop, Kafka 4.1 has acks=all, enable.idempotence=true, linger.ms=5; Kafka 2.5 has acks=1, "
      "enable.idempotence=false, linger.ms=0";
  CHECK(run(pair).out.find(en + "\n") != std::string::npos);
  const json also = json::parse(run(pair + " --json").out)["also"];
  REQUIRE(also.size() == 1);
  CHECK(also[0]["en"] == en);
  // What the file sets is the same in both; nothing is told of one version.
  CHECK(run("compare replication/preferred-leader --seed 13").out.find("Defaults differ") == std::string::npos);
  // A transactional producer has acks=all and idempotence in 2.5, too, whatever the defaults are.
  const std::string transactional = run("compare delivery/zombie-fencing --zookeeper").out;
  CHECK(transactional.find("for old, new, Kafka 4.1 has linger.ms=5; Kafka 2.5 has linger.ms=0") != std::string::npos);
}

TEST_CASE("compare --without: of several acts at one time it leaves out the first, and says which others remain") {
  const std::string file = "compare " + lesson("groups/share-group");
  const auto said = [&](const std::string& which) {
    return run(file + " --without " + which + " 2>&1 >/dev/null").out;
  };
  CHECK(said("46s") ==
        "kafkascope: only step 9 is left out; these acts of 46s remain: 10, 11 (leave one out by its number)\n");
  CHECK(said("9") == "");
}

TEST_CASE("compare: a different linger.ms is more than a detail, since the sent batches differ") {
  const std::string pair = "compare why/batching --set clients/linger-50/config/linger.ms=2";
  const std::string out = run(pair).out;
  CHECK(out.find("Only details differ") == std::string::npos);
  CHECK(out.find("Same story so far, other requests, from") != std::string::npos);
  CHECK(out.find("linger-50: batches sent") != std::string::npos);
  CHECK(out.find("linger-50: records per batch") != std::string::npos);
  const json metrics = json::parse(run(pair + " --json").out)["metrics"];
  bool told = false;
  for (const json& m : metrics)
    if (m["name"]["en"] == "linger-50: records per batch")
      told = m["worlds"][0].get<int>() > 2 * m["worlds"][1].get<int>();
  CHECK(told);
}

TEST_CASE("compare: where the worlds part over the controller, it says which node is the controller in each of them") {
  const auto meaning = [](const std::string& pair) {
    return json::parse(run("compare " + pair + " --json").out)["divergence"]["why"]["steps"][1]["text"];
  };
  const json failover = meaning("controller/kraft-failover --zookeeper");
  CHECK(failover["en"] ==
        "The active controller is controller-1 in A and broker-1 in B: with KRaft it is a process of its own, with "
        "ZooKeeper one of the brokers, so the partitions lose broker-1 as well");
  CHECK(
      failover["ko"].get<std::string>().starts_with("A에서는 controller-1이, B에서는 broker-1이 액티브 컨트롤러예요"));
  // The other way round, the letters are exchanged.
  CHECK(meaning("controller/zookeeper-failover --kraft")["en"].get<std::string>().starts_with(
      "The active controller is broker-1 in A and controller-1 in B"));
}

TEST_CASE("compare: an election that differs only in the leader epoch is one event, told with both epochs") {
  const json j = json::parse(run("compare producer/acks --zookeeper --json").out)["divergence"];
  CHECK(j["same_event"] == true);
  CHECK(j["words"][0]["en"] == "broker-2 leads orders-0 now, leader epoch 1, ISR [2,3]");
  CHECK(j["words"][1]["en"] == "broker-2 leads orders-0 now, leader epoch 2, ISR [2,3]");
  const json& last = j["why"]["steps"].back()["text"];
  CHECK(last["en"] ==
        "broker-2 leads orders-0 now, leader epoch 1 in A and 2 in B, ISR [2,3] (in A at 13.529 s, in B at 20.039 s)");
  CHECK(last["ko"].get<std::string>().find("리더 에포크는 A에서 1, B에서 2") != std::string::npos);
  const std::string told = run("compare producer/acks --zookeeper").out;
  CHECK(
      told.find("in both worlds, A at 13.529002 s and B at 20.038787 s\n    broker-2 leads orders-0 now, leader epoch "
                "1 in A and 2 in B, ISR [2,3]\n") != std::string::npos);
}

TEST_CASE(
    "compare: a file with share groups has no run with ZooKeeper, which one sentence says with what can be done") {
  const Ran ran = run("compare groups/share-group --zookeeper 2>&1");
  CHECK(ran.status == 2);
  CHECK(ran.out.find("share groups need KRaft (KIP-932)") != std::string::npos);
  CHECK(ran.out.find("the lesson one-to-many shows what happens with ZooKeeper") != std::string::npos);
  CHECK(std::count(ran.out.begin(), ran.out.end(), '\n') == 2);  // not each place of the file
  CHECK(run("--lang ko compare groups/share-group --zookeeper 2>&1").out.find("셰어 그룹은 KRaft에서만 쓸 수 있어요") !=
        std::string::npos);
}
