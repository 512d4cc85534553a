// A quota holds a producer's requests up until their time runs out: then their records fail, or are sent again and come out of
// order or twice. The quota is the root.
#include "why/root_check.h"
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

/// A producer that sends a hundred times its quota, and a broker that dies much later than the quota begins.
Session above_its_quota(const std::string& kafka, bool idempotent) {
  const std::string cluster =
      kafka == "2.5" ? R"("metadata": "zookeeper", "zookeepers": 1, "brokers": 3)" : R"("brokers": 3)";
  return small_run(R"("topics": [{"name": "pay", "partitions": 2, "replication_factor": 3}],
    "clients": [{"id": "bulk", "kind": "producer", "topic": "pay", "rate": "200/s", "value_size": "1000B",
      "keys": "customer:8", "config": {"acks": "all", "enable.idempotence": )" +
                       std::string(idempotent ? "true" : "false") + R"(, "request.timeout.ms": 3000,
      "delivery.timeout.ms": 45000, "linger.ms": 5}}],
    "steps": [{"at": "10s", "do": "quota", "principal": "User:bulk", "producer_byte_rate": 2000},
              {"at": "60s", "do": "crash", "node": "leader:pay-0"}])",
                   75'000, kafka, cluster);
}

}  // namespace

TEST_CASE(
    "records that fail, repeat or come out of order because a quota holds their requests up have the quota as root") {
  for (const char* kafka : {"4.1", "2.5"})
    for (const bool idempotent : {true, false}) {
      CAPTURE(kafka);
      CAPTURE(idempotent);
      Session session = above_its_quota(kafka, idempotent);
      for (const char* fate : {"failed", "in_doubt", "reordered", "duplicated"}) {
        const std::string path = "/ledger/" + std::string(fate);
        CAPTURE(path);
        if (state_in(session, path) == 0) {
          CHECK(idempotent);
          continue;
        }
        const observe::Answer answer = asked(session, path);
        CAPTURE(text_of_steps(answer));
        REQUIRE(answer.root.has_value());
        CHECK(answer.root->at.us == 10'000'000);
        check_root_changes(session, answer, path);
      }
    }
}

TEST_CASE("the quotas that clients have lead back to the act that set them, not to one that removed another's") {
  const auto quotas = [](std::int64_t at_ms) {
    return small_run(R"("topics": [{"name": "pay", "partitions": 1}],
      "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s"},
                  {"id": "reader", "kind": "consumer", "topics": ["pay"], "config": {"group.id": "g"}}],
      "steps": [{"at": "5s", "do": "quota", "client": "shop", "producer_byte_rate": 2000},
                {"at": "20s", "do": "quota", "client": "reader", "consumer_byte_rate": 1000},
                {"at": "30s", "do": "quota", "client": "shop", "remove": true},
                {"at": "40s", "do": "quota", "client": "reader", "remove": true}])",
                     at_ms);
  };
  struct Case {
    std::int64_t at_ms, root_ms;
    std::string path;
  };
  for (const Case& c : {Case{25'000, 5'000, "/cluster/quotas/client-id:shop"},
                        {25'000, 20'000, "/cluster/quotas/client-id:reader/consumer_byte_rate"},
                        {35'000, 20'000, "/cluster/quotas"},
                        {45'000, 40'000, "/cluster/quotas"}}) {
    CAPTURE(c.at_ms);
    CAPTURE(c.path);
    Session session = quotas(c.at_ms);
    const observe::Answer answer = asked(session, c.path);
    CAPTURE(text_of_steps(answer));
    REQUIRE(answer.root.has_value());
    CHECK(answer.root->at.us / 1000 == c.root_ms);
    check_root_changes(session, answer, c.path);
  }
}
