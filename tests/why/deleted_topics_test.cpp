// A producer has batches for a topic that is deleted: they fill no longer, and wait for a topic of that name.
#include "why/root_check.h"
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

TEST_CASE("a batch of a deleted topic is not still filling, in either version of Kafka") {
  for (const std::string kafka : {"4.1", "2.5"}) {
    CAPTURE(kafka);
    const std::string common = R"("brokers": 3, "config": {"auto.create.topics.enable": false})";
    Session session =
        small_run(R"("topics": [{"name": "pay", "partitions": 2, "replication_factor": 3}],
    "clients": [{"id": "bulk", "kind": "producer", "topic": "pay", "rate": "50/s", "config": {"linger.ms": 50}}],
    "steps": [{"at": "10s", "do": "delete_topic", "topic": "pay"},
              {"at": "20s", "do": "create_topic", "topic": "pay", "partitions": 2, "replication_factor": 3}])",
                  9'000, kafka, kafka == "2.5" ? R"("metadata": "zookeeper", "zookeepers": 1, )" + common : common);
    for (const std::int64_t at_ms : {11'000, 15'000, 20'030}) {
      CAPTURE(at_ms);
      session.run_until(sim::Instant{at_ms * 1000});
      for (const char* path : {"/ledger/pending", "/clients/bulk/waiting"}) {
        CAPTURE(path);
        REQUIRE(state_in(session, path) > 0);
        const observe::Answer answer = asked(session, path);
        CAPTURE(text_of_steps(answer));
        CHECK_FALSE(has_key(answer, "why.waits_linger"_w));
        CHECK_FALSE(tells(answer, "topic#"));
        REQUIRE(answer.root.has_value());
        CHECK(answer.root->at.us == 10'000'000);
      }
    }
  }
}
