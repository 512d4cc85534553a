// Answers that name the act behind an error, a lag or an assignment, and such that name none.
#include <doctest/doctest.h>

#include "observe/why/why_parting.h"
#include "protocol/facts_of_cluster.h"
#include "sim/facts_of_kernel.h"
#include "why/answers.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

constexpr std::int64_t kRootless = -1;

struct RootCase {
  std::string file, variant;
  std::int64_t at_ms;
  std::string path;
  std::int64_t root_ms;  // when the answer's root happened
  std::string tells;
};

void check_root_cases(const std::vector<RootCase>& cases) {
  for (const RootCase& c : cases) {
    Session session = session_at(c.file, c.at_ms, c.variant);
    const observe::Answer answer = asked(session, c.path);
    CHECK_MESSAGE(tells(answer, c.tells), c.file, " ", c.path, ":\n", text_of_steps(answer));
    const std::int64_t root_ms = answer.root ? answer.root->at.us / 1000 : kRootless;
    CHECK_MESSAGE(root_ms == c.root_ms, c.file, " ", c.path, ":\n", text_of_steps(answer));
  }
}

}  // namespace

TEST_CASE("causes: errors lead back to another coordinator, a lost membership, a twin or a deletion under way") {
  check_root_cases({
      {"tests/stories/abort-of-nothing.json", "base", 12'000, "/clients/bank/errors/NOT_COORDINATOR", 5'000,
       "leads __transaction_state-0"},
      {"tests/stories/late-heartbeat-of-an-older-epoch.json", "base", 54'000,
       "/clients/c-1/errors/COORDINATOR_LOAD_IN_PROGRESS", 49'457, "broker-2 answers"},
      {"tests/stories/coordinator-dies-during-join.json", "base", 10'500, "/clients/reader-1/errors/UNKNOWN_MEMBER_ID",
       1'500, "leads __consumer_offsets"},
      {"tests/stories/delivery-auto-commit.json", "base", 30'000, "/clients/worker/errors/UNKNOWN_MEMBER_ID", 6'000,
       "worker leaves group work: session timeout, session.timeout.ms=6000"},
      {"tests/stories/one-instance-id-twice.json", "base", 13'500, "/clients/till/errors/FENCED_INSTANCE_ID", 10'000,
       "twin starts"},
      {"tests/stories/deletion-committed-by-the-next.json", "base", 13'500, "/clients/reader/errors/UNKNOWN_TOPIC_ID",
       10'101, "deletes the topic orders"},
      {"tests/stories/zombie-producer.json", "tv1", 12'000, "/clients/new/errors/CONCURRENT_TRANSACTIONS", 8'000,
       "to PrepareAbort"},
  });
}

TEST_CASE("causes: errors while the coordinators' topic is being created are no failures") {
  check_root_cases({
      {"tests/stories/abort-of-nothing.json", "base", 2'000, "/clients/bank/errors/COORDINATOR_NOT_AVAILABLE",
       kRootless, "Nothing failed: __transaction_state did not exist yet"},
      {"scenarios/delivery/at-least-once.json", "base", 1'500, "/clients/book-1/errors/COORDINATOR_NOT_AVAILABLE",
       kRootless, "Nothing failed: __consumer_offsets did not exist yet"},
  });
}

TEST_CASE("causes: Why? about a consumer without partitions names the reason, not the consumer's start") {
  check_root_cases({
      {"scenarios/operations/access-control.json", "base", 5'000, "/clients/kim/assignment", kRootless,
       "No ACL allowed User:kim Read on group:kim"},
      {"scenarios/log/topic-identity.json", "base", 12'000, "/clients/audit/assignment", 4'500,
       "has not been assigned a partition since it started again at 12.000 s"},
      {"tests/stories/metrics-of-newer-groups.json", "base", 41'000, "/clients/n-2/assignment", kRootless,
       "gets it with its next heartbeat"},
      {"tests/stories/metrics-of-groups.json", "base", 216'000, "/clients/c/assignment", 200'000, "c is told to stop"},
      {"tests/stories/queue-beside-kafka.json", "base", 5'000, "/clients/worker-1/assignment", kRootless,
       "worker-1 crashes"},
      {"tests/stories/groups-lost-with-their-log.json", "base", 36'667, "/clients/c/assignment", 20'000,
       "c has lost [t-0, t-1]"},
  });
}

TEST_CASE("causes: Why? names the poll timeout of a slow member of the newer protocol, and its group's epochs") {
  check_root_cases({
      {"tests/stories/revocation-too-slow.json", "stuck", 30'000, "/clients/c-1/assignment", 9'000,
       "c-1 has not called poll() for max.poll.interval.ms=12000: it leaves group orders-g"},
      {"scenarios/groups/new-protocol.json", "base", 19'800, "/groups/billing", 15'000,
       "group billing rebalances: group epoch 4 with 4 members"},
      {"tests/stories/coordinator-fails-over-in-a-reconciliation.json", "base", 8'000, "/clients/c-1/assignment",
       kRootless, "in member epoch 1"},
      {"scenarios/groups/rebalance-eager.json", "base", 40'000, "/clients/c-1/assignment", 24'000, "in generation"},
  });
}

TEST_CASE("causes: Why? about a group's lag names the crash, quota, seek, election or held commit behind it") {
  check_root_cases({
      {"scenarios/consumer/auto-commit.json", "base", 15'400, "/groups/handoff/lag/pay-0", 10'000, "handoff crashes"},
      {"tests/stories/quota-of-a-share-consumer.json", "base", 20'000, "/groups/pool/lag/t-0", 0, "consumer_byte_rate"},
      {"tests/stories/a-group-rewinds.json", "base", 24'000, "/groups/g/lag/t-0", 20'000, "c is told to seek"},
      {"scenarios/replication/leader-failover.json", "base", 16'000, "/groups/billing/lag/orders-1", 5'000,
       "leads __consumer_offsets"},
      {"tests/stories/commit-sync-ends-in-time.json", "base", 12'000, "/groups/g/lag/t-0", 8'000, "is held back"},
      {"tests/stories/applications-change-their-ways.json", "base", 54'000, "/groups/billing/lag/refunds-1", 42'000,
       "c-2 subscribes"},
  });
}

TEST_CASE("causes: a producer gives up after delivery.timeout.ms") {
  check_root_cases({{"scenarios/producer/options.json", "base", 31'500, "/clients/deadline-6s/errors/TimeoutException",
                     22'000, "TimeoutException, because delivery.timeout.ms=6000 had passed"}});
}

TEST_CASE("causes: an act at which two runs diverge is told as a sentence, not as the file writes it") {
  Session session = session_at("scenarios/producer/retries-reorder.json", 5'000);
  const observe::TraceStore& trace = session.observation().trace();
  int told = 0;
  for (std::size_t i = 0; i < trace.size(); ++i) {
    const auto act = fact_if<fact::Command>(trace[i]);
    if (!act || act->verb != "answer") continue;
    ++told;
    const observe::Words words = observe::sentence_of_parting(session.cluster(), session.observation(), i);
    CHECK(words.en.find("This is done") == std::string::npos);
    CHECK(words.en.find("broker-1 answers") != std::string::npos);
    CHECK(words.ko.find("answer") == std::string::npos);
  }
  CHECK(told > 0);
}
