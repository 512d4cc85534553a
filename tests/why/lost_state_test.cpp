// Why? about a state that the cluster no longer has: the answer names what removed it, and not an act without effect that came later.
#include "why/root_check.h"
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

/// The clients and steps of a file with the topic t of two partitions, and the configuration of its three brokers.
struct LostState {
  std::string clients, steps;
  std::string config = {};
};

Session run_of_lost(const LostState& file, std::int64_t at_ms) {
  return small_run(R"("topics": [{"name": "t", "partitions": 2, "replication_factor": 3,
      "assignments": {"0": [1, 2, 3], "1": [2, 3, 1]}}],
    "clients": [{"id": "p", "kind": "producer", "topic": "t", "rate": "20/s"}, )" +
                       file.clients + R"(], "steps": [)" + file.steps + "]",
                   at_ms, "4.1", R"("brokers": 3, "config": {)" + file.config + "}");
}

/// A slower link to the client: it changes nothing that is asked here.
std::string slower_link(const std::string& at, const std::string& client) {
  return R"({"at": ")" + at + R"(", "do": "link", "from": [")" + client +
         R"("], "to": ["broker-1", "broker-2"], "latency": "100ms"})";
}

/// The acts that cut the power of all brokers at that moment and start them later: what they had not flushed is lost.
std::string power_cut(const std::string& at, const std::string& later) {
  std::string steps = R"({"at": ")" + at + R"(", "do": "power_off", "node": "all-brokers"})";
  for (const char* broker : {"broker-1", "broker-2", "broker-3"})
    steps += R"(, {"at": ")" + later + R"(", "do": "restart", "node": ")" + broker + R"("})";
  return steps;
}

/// The act of that moment is the answer's root, and without it the value is another one.
observe::Answer check_removed_by(const LostState& file, std::int64_t at_ms, const std::string& path,
                                 std::int64_t root_ms) {
  CAPTURE(file.steps);
  CAPTURE(path);
  Session session = run_of_lost(file, at_ms);
  observe::Answer answer = asked(session, path);
  REQUIRE_MESSAGE(answer.root.has_value(), text_of_steps(answer));
  CHECK_MESSAGE(answer.root->at.us / 1000 == root_ms, text_of_steps(answer));
  check_root_changes(session, answer, path);
  return answer;
}

/// A transaction of b with one record.
std::string transaction_of_b(const std::string& begin, const std::string& end) {
  return R"({"at": ")" + begin + R"(", "do": "begin_transaction", "node": "b"}, {"at": ")" + begin +
         R"(", "do": "produce", "node": "b", "records": [{"key": "k", "value": "1"}]}, {"at": ")" + end +
         R"(", "do": "commit_transaction", "node": "b"})";
}

}  // namespace

TEST_CASE("a transactional.id that its coordinator no longer knows: it has expired, or the coordinator's log is lost") {
  const std::string bank = R"({"id": "b", "kind": "producer", "topic": "t", "config": {"transactional.id": "x"}})";
  const LostState expires{
      bank, transaction_of_b("4s", "5s") + ", " + transaction_of_b("61s", "63s") + ", " + slower_link("60s", "b"),
      R"("transactional.id.expiration.ms": 20000,
                          "transaction.remove.expired.transaction.cleanup.interval.ms": 5000)"};
  const LostState lost{bank, transaction_of_b("4s", "5s") + ", " + transaction_of_b("41s", "43s") + ", " +
                                 power_cut("10s", "14s") + ", " + slower_link("40s", "b")};
  for (const char* error : {"INVALID_PRODUCER_ID_MAPPING", "InvalidPidMappingException"}) {
    const std::string path = std::string("/clients/b/errors/") + error;
    Session session = run_of_lost(expires, 64'000);
    const observe::Answer expired = asked(session, path);
    CHECK(says_in_both(sentence_with(expired, "why.id_expired"_w), "transactional.id.expiration.ms=20000"));
    CHECK_MESSAGE(expired.root_kind != observe::RootKind::Act, text_of_steps(expired));
    check_removed_by(lost, 50'000, path, 10'000);
  }
}
