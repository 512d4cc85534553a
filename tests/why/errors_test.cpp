// Errors of clients: what made the gap that a broker finds in the sequence numbers, errors with which nothing failed, and what a client
// asks for in vain: a topic that its broker has not heard of or cannot make, a leader, records that are gone.
#include <doctest/doctest.h>

#include <set>

#include "observe/model/state_document.h"
#include "protocol/facts_of_clients.h"
#include "why/counterfactual.h"
#include "why/small_run.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

/// Whether the path exists at that moment in a run of the file without what some of its steps do.
bool is_there_without(const std::string& file, const std::vector<int>& steps, std::int64_t at_ms,
                      const std::string& path) {
  auto scenario = loaded(read_text(source_path(file)), "base");
  for (const int step : steps) scenario = without(*scenario, {step, "", false, ""});
  Session session(scenario, true);
  session.run_until(sim::Instant{} + sim::milliseconds(at_ms));
  return observe::state_at(session.moment(), path).has_value();
}

}  // namespace

TEST_CASE("errors: a send() in an error state is explained by what put the producer there, not by a slow link") {
  Session session = small_run(kPay + R"(, "clients": [{"id": "p", "kind": "producer", "topic": "pay", "rate": "20/s"}],
    "steps": [{"at": "3s", "do": "link", "from": ["p"], "to": ["broker-1"], "latency": "20ms"},
      {"at": "6s", "do": "answer", "node": "broker-1", "from": "p", "api": "Produce", "error": "CLUSTER_AUTHORIZATION_FAILED",
       "count": 1}])",
                              10'000);
  const observe::TraceStore& trace = session.observation().trace();
  int thrown = 0;
  for (std::size_t i = 0; i < trace.size(); ++i) {
    const auto error = fact_if<fact::ClientError>(trace[i]);
    if (!error || error->exception != "KafkaException" || ++thrown > 2) continue;
    const observe::Answer answer = asked(session, "/events/" + std::to_string(trace[i].seq));
    REQUIRE_MESSAGE(answer.root.has_value(), text_of_steps(answer));
    CHECK_MESSAGE(answer.root->at.us == 6'000'000, text_of_steps(answer));
  }
  CHECK(thrown > 2);
}

TEST_CASE(
    "errors: a send() in a transaction's error state is explained by this transaction's error, not by an earlier one") {
  const std::pair<std::string, std::string> all[] = {
      {"4.1", R"("brokers": 3, "features": {"transaction.version": 1})"},
      {"2.5", R"("metadata": "zookeeper", "zookeepers": 1, "brokers": 3)"}};
  for (const auto& version : all) {
    CAPTURE(version.first);
    Session session = small_run(kPay + R"(, "clients": [{"id": "p", "kind": "producer", "topic": "pay",
        "config": {"transactional.id": "tx-1", "enable.idempotence": true}}],
      "steps": [{"at": "4s", "do": "answer", "node": "broker-1", "from": "p", "api": "Produce",
                 "error": "TOPIC_AUTHORIZATION_FAILED", "count": 1},
        {"at": "5s", "do": "begin_transaction", "node": "p"},
        {"at": "5s", "do": "produce", "node": "p", "records": [{"key": "a", "value": "1"}]},
        {"at": "7s", "do": "abort_transaction", "node": "p"},
        {"at": "9s", "do": "begin_transaction", "node": "p"},
        {"at": "10s", "do": "answer", "node": "all-brokers", "from": "p", "api": "AddPartitionsToTxn",
         "error": "TOPIC_AUTHORIZATION_FAILED", "count": 1},
        {"at": "11s", "do": "produce", "node": "p", "records": [{"key": "b", "value": "2"}]},
        {"at": "12s", "do": "produce", "node": "p", "records": [{"key": "b", "value": "3"}]}])",
                                13'000, version.first, version.second);
    const observe::TraceStore& trace = session.observation().trace();
    std::uint64_t thrown = 0;
    for (std::size_t i = 0; i < trace.size(); ++i)
      if (const auto error = fact_if<fact::ClientError>(trace[i]); error && error->exception == "KafkaException")
        thrown = trace[i].seq;
    for (const std::string& path : {"/events/" + std::to_string(thrown), std::string("/clients/p/failed")}) {
      const observe::Answer answer = asked(session, path);
      CAPTURE(text_of_steps(answer));
      REQUIRE(answer.root.has_value());
      CHECK(answer.root->at.us == 10'000'000);
    }
  }
}

TEST_CASE(
    "errors: a request that the coordinator refuses explains the batches that fail with it, and every later send()") {
  const std::string refuses = R"(", "error": "TRANSACTIONAL_ID_AUTHORIZATION_FAILED", "count": 1},)",
                    begins = R"({"at": "4s", "do": "begin_transaction", "node": "p"}, )",
                    sends = R"("do": "produce", "node": "p", "records": [{"key": "a", "value": "1"}]})";
  // The first one refused is AddPartitionsToTxn, at 5 s; or EndTxn, at 7 s.
  const std::pair<std::string, std::string> all[] = {
      {"AddPartitionsToTxn", R"({"at": "5s", )" + sends + R"(, {"at": "9s", )" + sends},
      {"EndTxn", R"({"at": "4s", )" + sends +
                     R"(, {"at": "7s", "do": "commit_transaction", "node": "p"}, {"at": "9s", )" + sends +
                     R"(, {"at": "10s", "do": "begin_transaction", "node": "p"})"}};
  for (const auto& refused : all) {
    CAPTURE(refused.first);
    const std::string answers = R"({"at": "3s", "do": "answer", "node": "all-brokers", "from": "p", "api": ")";
    Session session = small_run(
        kPay +
            R"(, "clients": [{"id": "p", "kind": "producer", "topic": "pay", "config": {"transactional.id": "tx-1"}}],
          "steps": [)" +
            answers + refused.first + refuses + begins + refused.second + "]",
        12'000, "4.1", R"("brokers": 3, "features": {"transaction.version": 1})");
    for (const char* path : {"/clients/p/failed", "/clients/p/exception"}) {
      const observe::Answer answer = asked(session, path);
      CAPTURE(text_of_steps(answer));
      REQUIRE(answer.root.has_value());
      CHECK(answer.root->at.us == 3'000'000);
    }
  }
}

TEST_CASE("errors: Why? about a sequence gap names what refused the earlier batch, not a slow link") {
  const std::string file = "tests/stories/idempotence-keeps-order.json",
                    path = "/clients/shop/errors/OUT_OF_ORDER_SEQUENCE_NUMBER";
  Session session = session_at(file, 7'000);
  const observe::Answer answer = asked(session, path);
  REQUIRE(answer.root.has_value());
  CHECK(answer.root->at.us == 4'000'000);  // the answer NOT_ENOUGH_REPLICAS
  CHECK(tells(answer, "shop will send to orders-0 again: NOT_ENOUGH_REPLICAS"));
  CHECK(says_in_both(sentence_with(answer, "why.sequence_gap"_w), "shop"));
  const auto act = act_of(session, *answer.root);
  REQUIRE(act.has_value());
  CHECK(is_there_without(file, {}, 7'000, path));
  CHECK_FALSE(is_there_without(file, {act->step}, 7'000, path));

  Session options = session_at("scenarios/producer/options.json", 45'000);
  const observe::Answer several = asked(options, path);  // of the missing batches the first one is acknowledged first
  CHECK(tells(several, "shop will send to orders-0 again: NOT_LEADER_OR_FOLLOWER"));
  CHECK(has_key(several, "why.sequence_gap"_w));
}

TEST_CASE("errors: Why? about a sequence gap names the power failure that lost the earlier batches") {
  for (const auto& [file, client, at] :
       {std::tuple{"scenarios/why/page-cache.json", "p-rf-1", 31'000'000},
        std::tuple{"scenarios/operations/many-brokers-one-host.json", "shop", 49'000'000}}) {
    Session session = session_at(file, 61'000);
    const observe::Answer answer =
        asked(session, "/clients/" + std::string(client) + "/errors/OUT_OF_ORDER_SEQUENCE_NUMBER");
    REQUIRE(answer.root.has_value());
    CHECK(answer.root->at.us == at);
    CHECK(tells(answer, "had not reached the disk"));
    CHECK(says_in_both(sentence_with(answer, "why.sequence_lost"_w), client));
  }
}

TEST_CASE("errors: a batch that is sent again does not count as failed") {
  Session session = session_at("scenarios/producer/send-methods.json", 12'600);
  for (const char* client : {"send-async", "send-forget"}) {
    const std::string of = "/clients/" + std::string(client);
    CHECK(tells(asked(session, of + "/failed"), "failed: InvalidRecordException"));
    CHECK_FALSE(tells(asked(session, of + "/failed"), "OUT_OF_ORDER_SEQUENCE_NUMBER"));
    CHECK(has_key(asked(session, of + "/errors/OUT_OF_ORDER_SEQUENCE_NUMBER"), "why.sequence_after_failed"_w));
  }
}

TEST_CASE("errors: Why? about a restarted consumer without partitions names the dead member that its group waits for") {
  Session session = session_at("scenarios/consumer/poll-and-offset.json", 16'500);
  const observe::Answer answer = asked(session, "/clients/reader-1/assignment");
  REQUIRE(answer.root.has_value());
  CHECK(answer.root->at.us == 12'000'000);
  CHECK_FALSE(tells(answer, "gets [orders-0]"));
  CHECK(says_in_both(sentence_with(answer, "why.dead_member"_w), "session.timeout.ms=6000"));
}

TEST_CASE("errors: Why? about a retried request for producer ids says that nothing failed") {
  Session session = session_at("scenarios/replication/follower-fetch.json", 10'500);
  const observe::Answer answer = asked(session, "/clients/writer/errors/COORDINATOR_LOAD_IN_PROGRESS");
  CHECK(answer.question_key == "why.q_handshake"_w);
  CHECK_FALSE(answer.root.has_value());
  CHECK(says_in_both(sentence_with(answer, "why.no_producer_ids"_w), "writer"));
  const observe::Answer all = asked(session, "/clients/writer/errors");
  CHECK_FALSE(tells(all, "The link between"));
}

namespace {

struct Expected {
  std::string file;
  std::int64_t at_ms;
  std::string path;
  std::int64_t root_us;  // when the act happened that is the answer's root
  std::string tells;
};

}  // namespace

TEST_CASE("errors: Why? about an error names the act or the change behind it") {
  const Expected all[] = {
      {"scenarios/consumer/reset.json", 36'000, "/clients/earliest-1/errors/OFFSET_OUT_OF_RANGE", 30'000'000,
       "is told to seek"},
      {"scenarios/groups/new-protocol.json", 19'800, "/clients/c-1/errors/STALE_MEMBER_EPOCH", 15'000'000,
       "c-4 joined"},
      {"scenarios/groups/new-protocol.json", 19'800, "/clients/c-1/exception", 15'000'000, "CommitFailedException"},
      {"scenarios/groups/rebalance-cooperative.json", 18'700, "/clients/c-1/exception", 15'000'000, "c-4 starts"},
      {"scenarios/delivery/exactly-once.json", 22'400, "/clients/biller/errors/CONCURRENT_TRANSACTIONS", 11'000'000,
       "to PrepareAbort"},
      {"scenarios/delivery/zombie-fencing.json", 14'000, "/clients/new/errors/CONCURRENT_TRANSACTIONS", 8'000'000,
       "to PrepareAbort"},
      {"tests/stories/zookeeper-broker-dies.json", 21'000, "/clients/c/errors/FENCED_LEADER_EPOCH", 5'000'000,
       "The ISR of orders-2"},
      {"tests/stories/share-leader-moves.json", 42'000, "/clients/s-2/errors/UNKNOWN_TOPIC_OR_PARTITION", 40'000'000,
       "broker-1 leads jobs-0"},
      {"tests/stories/unclean-election-by-hand.json", 26'000, "/clients/ops/errors/ELECTION_NOT_NEEDED", 2'000'000,
       "asks for an election"},
      {"scenarios/log/placement.json", 16'000, "/clients/admin/errors/INVALID_REPLICATION_FACTOR", 13'000'000,
       "creates the topic"},
      {"scenarios/partitions/adding-partitions.json", 26'000, "/clients/admin/errors/INVALID_PARTITIONS", 22'000'000,
       "adds partitions"},
      {"scenarios/why/point-to-point.json", 16'800, "/clients/app/failed", 6'000'000, "monitoring behaves differently"},
      {"scenarios/why/pub-sub.json", 7'700, "/clients/a-direct/failed", 7'000'000, "c stops"},
  };
  for (const Expected& expected : all) {
    Session session = session_at(expected.file, expected.at_ms);
    const observe::Answer answer = asked(session, expected.path);
    CHECK_MESSAGE(tells(answer, expected.tells), expected.path, ":\n", text_of_steps(answer));
    REQUIRE_MESSAGE(answer.root.has_value(), expected.path, ":\n", text_of_steps(answer));
    CHECK_MESSAGE(answer.root->at.us == expected.root_us, expected.path);
  }
}

TEST_CASE("errors: an error does not occur in a run without the act that Why? names as its cause") {
  const std::string reset = "scenarios/consumer/reset.json", grow = "scenarios/why/point-to-point.json",
                    range = "/clients/earliest-1/errors/OFFSET_OUT_OF_RANGE";
  Session session = session_at(reset, 36'000), slow = session_at(grow, 16'800);
  const auto seek = act_of(session, *asked(session, range).root),
             behave = act_of(slow, *asked(slow, "/clients/app/failed").root);
  REQUIRE((seek.has_value() && behave.has_value()));
  CHECK_FALSE(is_there_without(reset, {seek->step}, 36'000, range));
  auto scenario = without(*loaded(read_text(source_path(grow)), "base"), *behave);
  Session well(scenario, true);
  well.run_until(sim::Instant{} + sim::milliseconds(16'800));
  CHECK(asked(well, "/clients/app/failed").question_key == "why.q_failed_nothing"_w);
}

TEST_CASE("errors: Why? about a record's exception names the batch that the broker refused") {
  Session session = session_at("tests/stories/metrics-of-refusals.json", 8'900);
  for (const std::string thrown : {"InvalidRecordException", "InvalidTimestampException", "KafkaException"}) {
    CAPTURE(thrown);
    CHECK(
        tells(asked(session, "/clients/p/errors/" + thrown), "2 records for keys-0 failed: InvalidTimestampException"));
  }
}

TEST_CASE("errors: Why? about a refusal names the setting behind it") {
  Session options = session_at("scenarios/consumer/consumer-options.json", 30'000),
          reset = session_at("scenarios/consumer/reset.json", 19'800),
          expired = session_at("tests/stories/real-transactions-expiration.json", 54'600);
  CHECK(says_in_both(
      sentence_with(asked(options, "/clients/session-5s/errors/INVALID_SESSION_TIMEOUT"), "why.session_out_of_range"_w),
      "6000"));
  CHECK(says_in_both(sentence_with(asked(reset, "/clients/none-1/exception"), "why.no_reset"_w),
                     "auto.offset.reset=none"));
  CHECK(says_in_both(sentence_with(asked(expired, "/clients/b/errors/INVALID_PRODUCER_ID_MAPPING"), "why.id_expired"_w),
                     "transactional.id.expiration.ms=15000"));
}

namespace {

/// "ClassName: message" of every exception that a client of the file has got, seen at these many moments.
std::set<std::string> shown(const std::string& file, int moments, const std::string& variant = "base") {
  Session session(loaded(read_text(source_path(file)), variant), false);
  std::set<std::string> out;
  for (int i = 1; i <= moments; ++i) {
    session.run_until(sim::Instant{session.until().us * i / moments});
    const nlohmann::json clients = observe::state_at(session.moment(), "/clients").value();
    for (const auto& client : clients)
      if (const nlohmann::json& e = client["exception"]; e.is_object())
        out.insert(e["class"].get<std::string>() + ": " + e["message"].get<std::string>());
  }
  return out;
}

}  // namespace

TEST_CASE("an exception without a message of its own has the message with which Kafka's client throws it") {
  struct Row {
    const char *file, *text, *variant = "base";
  };
  // clang-format off
  constexpr Row kRows[] = {
    {"scenarios/consumer/consumer-options", "InvalidSessionTimeoutException: The session timeout is not within the range allowed by the broker (as configured by group.min.session.timeout.ms and group.max.session.timeout.ms)."},
    {"scenarios/consumer/manual-commit", "RetriableCommitFailedException: Offset commit failed with a retriable exception. You should retry committing the latest consumed offsets."},
    {"scenarios/groups/rebalance-cooperative", "RebalanceInProgressException: Offset commit cannot be completed since the consumer is undergoing a rebalance for auto partition assignment. You can try completing the rebalance by calling poll() and then retry the operation."},
    {"scenarios/operations/access-control", "GroupAuthorizationException: Not authorized to access group: kim"},
    {"scenarios/operations/clock-skew", "InvalidTimestampException: Timestamp 1704074401000 of message with offset 0 is out of range. The timestamp should be within [-9223370332787574607, 1704070801200]"},
    {"scenarios/operations/consumer-falls-behind-retention", "OffsetOutOfRangeException: Fetch position FetchPosition{offset=120, offsetEpoch=Optional[0], currentLeader=LeaderAndEpoch{leader=Optional[broker-1:9092 (id: 1 rack: null isFenced: false)], epoch=0}} is out of range for partition web-log-0"},
    {"scenarios/producer/send-methods", "InvalidRecordException: Compacted topic cannot accept message without key in topic partition mail-0"},
    {"tests/stories/an-assignor-nobody-has", "UnsupportedAssignorException: The assignor or its version range is not supported by the consumer group."},
    {"tests/stories/commit-sync-ends-in-time", "TimeoutException: Timeout of 5000ms expired before successfully committing offsets {t-0=OffsetAndMetadata{offset=2000, leaderEpoch=0, metadata=''}}"},
    {"tests/stories/metrics-of-groups", "TimeoutException: The request timed out."},
    {"tests/stories/configuration-precedence", "RecordTooLargeException: The request included a message larger than the max message size the server will accept."},
    {"tests/stories/metrics-of-refusals", "RecordBatchTooLargeException: The request included message batch larger than the configured segment size on the server."},
    {"tests/stories/one-instance-id-twice", "FencedInstanceIdException: The broker rejected this static consumer since another consumer with the same group.instance.id has registered with a different member.id."},
    {"tests/stories/online-migration", "GroupIdNotFoundException: Group orders-g is not a consumer group.", "disabled"},
    {"tests/stories/share-groups-need-acls", "GroupAuthorizationException: Not authorized to access group: pool"},
    {"tests/stories/share-groups-need-acls", "TopicAuthorizationException: Not authorized to access topics: [jobs]"},
    {"tests/stories/static-member-keeps-its-epoch", "UnreleasedInstanceIdException: The instance ID is still used by another member in the consumer group. That member must leave first."},
    {"tests/stories/to-cooperative-in-two-rolls", "InconsistentGroupProtocolException: The group member's supported protocols are incompatible with those of existing members or first group member tried to join with empty protocol type or empty protocol list."},
    {"tests/stories/truncated-without-a-policy", "LogTruncationException: Truncated partitions detected with divergent offsets {orders-0=OffsetAndMetadata{offset=100, leaderEpoch=0, metadata=''}}"},
    {"tests/stories/who-may-do-what", "TopicAuthorizationException: Not authorized to access topics: [t]"},
    {"tests/stories/zookeeper-access-control", "TopicAuthorizationException: Not authorized to access topics: [orders]"},
    {"tests/stories/zookeeper-idempotent-write", "ClusterAuthorizationException: The producer is not authorized to do idempotent sends"},
    {"tests/why/cells/delivery-142-5", "NetworkException: Disconnected from node 2"},
    {"tests/why/cells/delivery-283-97", "KafkaException: Unexpected error in commit: The group id does not exist."},
  };
  // clang-format on
  for (const Row& row : kRows) {
    CAPTURE(std::string(row.file));
    const std::set<std::string> all = shown(std::string(row.file) + ".json", 100, row.variant);
    std::string told;
    for (const std::string& text : all) {
      told += "\n" + text;
      CHECK_FALSE(text.ends_with(": "));
    }
    CHECK_MESSAGE(all.contains(row.text), told);
  }
}

namespace {

const std::string kUnknown = "/clients/shop/errors/UNKNOWN_TOPIC_OR_PARTITION";

/// A cluster of two or three brokers that makes topics by itself, with three replicas; `shop` sends to one that there is not.
Session makes_topics(const std::string& brokers, const std::string& steps) {
  return small_run(
      R"("topics": [], "clients": [{"id": "shop", "kind": "producer", "topic": "auto", "rate": "20/s", "start": "5s"}],
      "steps": [)" +
          steps + "]",
      20'000, "4.1",
      R"("brokers": )" + brokers +
          R"(, "config": {"auto.create.topics.enable": true, "default.replication.factor": 3})");
}

}  // namespace

TEST_CASE("a broker that has not heard of a topic goes back to what kept it from hearing of it") {
  Session session = small_run(
      R"("topics": [], "clients": [{"id": "shop", "kind": "producer", "topic": "new", "rate": "20/s", "start": "30s",
          "config": {"bootstrap.servers": "broker-2"}}],
        "steps": [{"at": "2s", "do": "partition", "from": ["broker-2"], "to": ["controller-1"]},
          {"at": "20s", "do": "create_topic", "topic": "new", "partitions": 1, "replication_factor": 1, "assignments": {"0": [1]}}])",
      50'000);
  const observe::Answer error = asked(session, kUnknown);
  CAPTURE(text_of_steps(error));
  REQUIRE(error.root);
  CHECK(error.root->at.us == 2'000'000);
  const observe::Answer waiting = asked(session, "/clients/shop/waiting");
  CAPTURE(text_of_steps(waiting));
  CHECK_FALSE(says(waiting, "COORDINATOR_LOAD_IN_PROGRESS"));
}

TEST_CASE("a topic that cannot be made for want of brokers says how many there are, and which act took one") {
  const std::string numbers = "with 3 replicas (default.replication.factor), and 2 brokers are there";
  Session never = makes_topics("2", "");
  for (const std::string& path : {kUnknown, std::string("/clients/shop/waiting")}) {
    const observe::Answer answer = asked(never, path);
    CAPTURE(text_of_steps(answer));
    CHECK(says(answer, numbers));
    CHECK_FALSE(answer.root);
  }
  Session removed = makes_topics("3", R"({"at": "2s", "do": "remove_broker", "id": 3})");
  for (const std::string& path : {kUnknown, std::string("/clients/shop/waiting")}) {
    const observe::Answer answer = asked(removed, path);
    CAPTURE(text_of_steps(answer));
    CHECK(says(answer, numbers));
    REQUIRE(answer.root);
    CHECK(answer.root->at.us == 2'000'000);
  }
  // The removal of a broker that there never was, alone and after that of one that there was.
  const std::string nobody = R"({"at": "3s", "do": "remove_broker", "id": 9})";
  Session none = makes_topics("2", nobody),
          both = makes_topics("3", R"({"at": "2s", "do": "remove_broker", "id": 3}, )" + nobody);
  const observe::Answer without = asked(none, kUnknown), with = asked(both, kUnknown);
  CHECK_MESSAGE(says(without, numbers), text_of_steps(without));
  CHECK_FALSE(without.root);
  REQUIRE_MESSAGE(with.root, text_of_steps(with));
  CHECK(with.root->at.us == 2'000'000);
}

TEST_CASE("a broker makes no topic for a consumer that does not allow it") {
  for (const bool allowed : {true, false}) {
    Session session = small_run(R"("topics": [], "clients": [{"id": "a", "kind": "consumer", "topics": ["auto"],
        "config": {"group.id": "g", "allow.auto.create.topics": )" +
                                    std::string(allowed ? "true" : "false") + R"(}}], "steps": [])",
                                30'000, "4.1", R"("brokers": 2, "config": {"auto.create.topics.enable": true,
          "default.replication.factor": 3, "offsets.topic.replication.factor": 1})");
    const observe::Answer answer = asked(session, "/clients/a/errors/UNKNOWN_TOPIC_OR_PARTITION");
    CAPTURE(text_of_steps(answer));
    CHECK(says(answer, "The broker wants to make the topic of a") == allowed);
  }
}

TEST_CASE("an admin client's call about a partition without a leader says so") {
  Session session = small_run(R"("topics": [{"name": "pay", "partitions": 1, "assignments": {"0": [1]}}],
      "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s"}, {"id": "ops", "kind": "admin"}],
      "steps": [{"at": "5s", "do": "crash", "node": "broker-1"},
        {"at": "16s", "do": "delete_records", "partition": "pay-0", "before": 50, "as": "ops"}])",
                              20'000);
  const observe::Answer answer = asked(session, "/clients/ops/waiting");
  CAPTURE(text_of_steps(answer));
  CHECK(says(answer, "pay-0 has no leader: ops waits"));
  REQUIRE(answer.root);
  CHECK(answer.root->at.us == 5'000'000);
}

TEST_CASE(
    "records that were removed while the consumer had paused their partition go back to that pause, at the leader") {
  const auto run = [](const std::string& steps) {
    return small_run(R"("topics": [{"name": "pay", "partitions": 1, "assignments": {"0": [2, 1, 3]},
        "config": {"retention.ms": 10000, "segment.ms": 5000}}],
      "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s", "value_size": "10KB"},
        {"id": "a", "kind": "consumer", "topics": ["pay"], "config": {"group.id": "g", "auto.offset.reset": "earliest"}}],
      "steps": [)" + steps +
                         R"({"at": "60s", "do": "resume_partitions", "node": "a", "partitions": ["pay-0"]}])",
                     80'000, "4.1", R"("brokers": 3, "config": {"log.retention.check.interval.ms": 5000})");
  };
  Session paused = run(R"({"at": "8s", "do": "pause_partitions", "node": "a", "partitions": ["pay-0"]}, )");
  const observe::Answer answer = asked(paused, "/clients/a/errors/OFFSET_OUT_OF_RANGE");
  CAPTURE(text_of_steps(answer));
  REQUIRE(answer.root);
  CHECK(answer.root->at.us == 8'000'000);
  CHECK(says(answer, "broker-2: pay-0 begins at"));
  CHECK_FALSE(says(answer, "broker-1: pay-0 begins at"));
}

TEST_CASE("a rebalance ends a consumer's own pause, which then keeps it from no records") {
  Session session = small_run(R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 3,
        "config": {"retention.ms": 10000, "segment.ms": 5000}}],
      "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s", "value_size": "10KB"},
        {"id": "a", "kind": "consumer", "topics": ["pay"], "work": "300ms",
         "config": {"group.id": "g", "auto.offset.reset": "earliest", "max.poll.records": 1}},
        {"id": "b", "kind": "consumer", "topics": ["pay"], "start": "6s",
         "config": {"group.id": "g", "auto.offset.reset": "earliest"}}],
      "steps": [{"at": "5s", "do": "pause_partitions", "node": "a", "partitions": ["pay-0"]},
        {"at": "12s", "do": "stop", "node": "b"}])",
                              190'000, "4.1", R"("brokers": 3, "config": {"log.retention.check.interval.ms": 5000})");
  const observe::Answer answer = asked(session, "/clients/a/errors/OFFSET_OUT_OF_RANGE");
  CAPTURE(text_of_steps(answer));
  CHECK(says(answer, "pay-0 begins at"));
  CHECK_FALSE((answer.root && answer.root->at.us == 5'000'000));
}
