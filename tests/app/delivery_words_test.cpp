// What a reader of the delivery semantics is told: acts on messages, answers of Why?, refusals with their remedies.
#include <nlohmann/json.hpp>

#include "program.h"

using nlohmann::json;

namespace {

std::string story(const std::string& name) { return source("tests/stories/" + name + ".json").string(); }
bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("an act that loses messages names sender and receiver, and the ledger adds the time, in both languages") {
  const std::string ledger = run("ledger " + story("delivery-retry")).out;
  CHECK(has(ledger, "2.000 s  The next Produce response from broker-1 to shop is lost, at 2.007 s\n"));
  CHECK(has(run("ledger --lang ko " + story("delivery-retry")).out,
            "2.007초에 broker-1이 shop에 보내는 다음 Produce 응답이 사라져요\n"));
  const std::string tell = run("tell " + story("delivery-retry")).out;
  CHECK(has(tell, "2.000s  the next Produce response from broker-1 to shop is lost\n"));
  // Several messages; what is held back, and let go.
  CHECK(has(run("ledger " + lesson("delivery/at-most-once")).out,
            "The next 3 Produce requests from taxi to broker-1 are lost, at 8.006–8.128 s"));
  const std::string hanging = run("tell " + lesson("delivery/hanging-transaction") + " --variant old").out;
  CHECK(has(hanging, "all Produce messages from bank to broker-1 are held back"));
  CHECK(has(hanging, "the held Produce message"));
}

TEST_CASE("why: further effects of the root cause are listed under its moment, not under the last sentence") {
  const std::string out = run("why " + story("delivery-reordered") + " --at 12s --record shop/98").out;
  const std::size_t head = out.find("  What happened at 2.006 s also led to:\n");
  REQUIRE(head != std::string::npos);
  CHECK(has(out.substr(head), "\n      2.099 s  broker-1 cuts orders-0 back from 98 to 97"));
  CHECK(has(run("why --lang ko " + story("delivery-reordered") + " --at 12s --record shop/98").out,
            "  2.006초의 일로 생긴 다른 일:\n"));
}

TEST_CASE("why: about a count of zero it says that there is nothing to explain") {
  const auto why = [](const std::string& path, const std::string& more = "") {
    return run("why " + story("delivery-idempotent") + " --at 11s " + more + "--path " + path).out;
  };
  CHECK(has(why("/ledger/lost_acked"), "No acknowledged record was lost"));
  CHECK(has(why("/ledger/lost_acked", "--lang ko "), "ack 받고 유실된 레코드가 없어요"));
  CHECK(has(why("/ledger/by_client/shop/duplicated"), "No record of shop is in a log twice"));
  CHECK(has(why("/clients/reader/waiting"), "Does anything wait in reader?"));
  CHECK(has(why("/clients/shop/failed"), "Has anything failed in shop?"));
}

TEST_CASE("why: a jump of a position over aborted records and their marker is explained; assign() has no generation") {
  const std::string file = story("isolation-levels");
  const std::string out = run("why " + file + " --at 8s --path /clients/committed/positions/pay-0").out;
  CHECK(has(out, "committed has gone on from 0 to 6 in pay-0, past 5 aborted records and 1 marker"));
  CHECK_FALSE(has(out, "generation -1"));
  CHECK(has(run("why --lang ko " + file + " --at 8s --path /clients/committed/positions/pay-0").out,
            "committed가 pay-0의 0에서 6으로 넘어왔어요. 중단된 레코드 5개와 마커 1개를 건너뛰었어요"));
  const std::string plain = run("why " + file + " --at 8s --path /clients/plain/positions/pay-0 2>&1").out;
  CHECK_FALSE(has(plain, "aborted record"));
}

TEST_CASE("why: the cause of UNSTABLE_OFFSET_COMMIT is offsets that arrive after the end of their transaction") {
  const std::string out = run("why " + story("late-offsets-after-the-abort") +
                              " --variant before --at 60s --path /clients/worker/errors/UNSTABLE_OFFSET_COMMIT")
                              .out;
  CHECK(has(out, " 8.000 s  The next TxnOffsetCommit request from bank is held back\n"));
  CHECK(has(out, "18.0"));
  CHECK(has(out, "Offsets of work arrive only now, after the end of their transaction: no coordinator knows it"));
}

TEST_CASE("a failed expectation about aborted records shows the abort, and no later election") {
  const json file = {{"format", 1},
                     {"id", "x"},
                     {"title", {{"en", "x"}}},
                     {"kafka", "4.1"},
                     {"until", "20s"},
                     {"cluster", {{"controllers", 1}, {"brokers", 3}}},
                     {"topics", json::array({{{"name", "pay"}, {"partitions", 1}, {"replication_factor", 3}}})},
                     {"clients", json::array({{{"id", "bank"},
                                               {"kind", "producer"},
                                               {"topic", "pay"},
                                               {"rate", "5/s"},
                                               {"count", 6},
                                               {"transaction", {{"records", 3}, {"abort_every", 2}}},
                                               {"config", {{"transactional.id", "tx-1"}}}}})},
                     {"steps", json::array({{{"at", "10s"}, {"do", "crash"}, {"node", "leader:pay-0"}}})},
                     {"expect", json::array({{{"path", "/ledger/aborted"}, {"equals", 0}}})}};
  const TemporaryFile kept("aborted.json", file.dump());
  const Ran failed = run("run " + kept.path.string());
  CHECK(failed.status == 1);
  CHECK(has(failed.out, "appends an abort marker to pay-0"));
  CHECK_FALSE(has(failed.out, "leads pay-0 now"));
}

TEST_CASE("check: for a missing field it shows an example; compare: idempotence that the file disables stays off") {
  const json file = {{"format", 1},
                     {"id", "x"},
                     {"title", {{"en", "x"}}},
                     {"kafka", "4.1"},
                     {"until", "9s"},
                     {"cluster", {{"controllers", 1}, {"brokers", 3}}},
                     {"steps", json::array({{{"at", "2s"}, {"do", "hold"}, {"api", "Produce"}}})}};
  const TemporaryFile kept("from.json", file.dump());
  CHECK(has(run("check " + kept.path.string() + " 2>&1").out, "\"from\": \"broker-2\""));
  CHECK(has(run("compare " + story("delivery-acks-1") + " --set /clients/shop/config/acks=all").out,
            "shop: acks=all does not turn on enable.idempotence"));
}

TEST_CASE("explain: any word of a term's name finds the term") {
  CHECK(has(run("explain lost").out, "lost though acked"));
  CHECK(has(run("explain --lang ko 유실").out, "ack 받고 유실"));
}

TEST_CASE("the stories of the slide and of the failure catalogue have titles in both languages") {
  const std::string pages = read(source("docs/failures.md")) + read(source("docs/delivery-semantics.md"));
  int seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator(source("tests/stories"))) {
    const std::string name = entry.path().stem().string();
    if (!has(pages, "`" + name + "`") && !has(pages, "[" + name + "]")) continue;
    ++seen;
    const json title = json::parse(read(entry.path()))["title"];
    CHECK_MESSAGE(!title.value("ko", "").empty(), name);
  }
  CHECK(seen > 60);
}
