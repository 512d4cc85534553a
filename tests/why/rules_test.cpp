// The quota, the access rule and the missing right that Why? names for a client that a broker holds back or refuses.
#include "why/root_check.h"
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

TEST_CASE(
    "the quota behind a throttle is the one that applies: the user's before the client id's, and of the request's kind") {
  struct Case {
    std::string steps, client;
    std::int64_t root_ms;
  };
  for (const Case& c : {Case{R"({"at": "5s", "do": "quota", "principal": "User:<default>", "producer_byte_rate": 20000},
                {"at": "15s", "do": "quota", "client": "bulk", "producer_byte_rate": 30000})",
                             "bulk", 5'000},
                        {R"({"at": "5s", "do": "quota", "principal": "User:bulk", "producer_byte_rate": 20000},
            {"at": "15s", "do": "quota", "principal": "User:<default>", "producer_byte_rate": 30000})",
                         "bulk", 5'000},
                        {R"({"at": "5s", "do": "quota", "client": "bulk", "producer_byte_rate": 20000},
            {"at": "15s", "do": "quota", "principal": "User:bulk", "consumer_byte_rate": 30000})",
                         "bulk", 5'000},
                        {R"({"at": "5s", "do": "quota", "client": "bulk", "producer_byte_rate": 20000},
            {"at": "15s", "do": "quota", "principal": "User:bulk", "producer_byte_rate": 30000})",
                         "bulk", 15'000},
                        {R"({"at": "5s", "do": "quota", "client": "<default>", "consumer_byte_rate": 20000},
            {"at": "15s", "do": "quota", "principal": "User:reader", "producer_byte_rate": 30000})",
                         "reader", 5'000}}) {
    CAPTURE(c.steps);
    Session session = small_run(kPay + R"(, "clients": [
        {"id": "bulk", "kind": "producer", "topic": "pay", "rate": "200/s", "value_size": "1000B"},
        {"id": "reader", "kind": "consumer", "topics": ["pay"], "config": {"group.id": "g"}}], "steps": [)" +
                                    c.steps + "]",
                                40'000);
    const observe::Answer answer = asked(session, "/clients/" + c.client + "/throttled");
    CAPTURE(text_of_steps(answer));
    REQUIRE(answer.root.has_value());
    CHECK(answer.root->at.us / 1000 == c.root_ms);
  }
}
