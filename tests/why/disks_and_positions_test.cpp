// Why? about disks whose logs are gone, about logs of which only some records are left, and about positions of consumers that read nothing.
#include <doctest/doctest.h>

#include "observe/model/state_document.h"
#include "observe/why/why.h"
#include "support/lessons.h"
#include "why/in_version.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

const std::string kShopOfPay = R"(, "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s"})";

/// A topic with one partition on one broker, into which shop writes until 15 s.
Session of_one_broker(const std::string& config, const std::string& steps, std::int64_t at_ms) {
  return small_run(
      R"("topics": [{"name": "pay", "partitions": 1, "config": )" + config + "}]" + kShopOfPay +
          R"(], "steps": [{"at": "15s", "do": "stop", "node": "shop"})" + steps + "]",
      at_ms, "4.1",
      R"("brokers": 1, "config": {"offsets.topic.replication.factor": 1, "log.retention.check.interval.ms": 5000})");
}

std::int64_t number_in(Session& session, const std::string& path) {
  const auto value = observe::state_at(session.moment(), path);
  return value && value->is_number() ? value->get<std::int64_t>() : -1;
}

/// The sum of the numbers in brackets, "shop (12), till (3)", and the others that the sentence names.
std::int64_t records_named(const std::string& text) {
  std::int64_t sum = 0;
  for (std::size_t at = text.find('('); at != std::string::npos; at = text.find('(', at + 1))
    sum += std::atoll(text.c_str() + at + 1);
  for (const char* before : {"), and ", ". At "})
    if (const std::size_t at = text.find(before); at != std::string::npos)
      sum += std::atoll(text.c_str() + at + std::string(before).size());
  return sum;
}

}  // namespace

TEST_CASE("Why? about the bytes on a broker's disk names the wipe or the power failure that took records from it") {
  const auto used = [](const std::string& file, std::int64_t at_ms) {
    Session session = session_at(file, at_ms);
    return asked(session, "/nodes/broker-1/disk/used_bytes");
  };
  const observe::Answer wiped = used("tests/stories/replaced-disk.json", 13'000);
  CAPTURE(text_of_steps(wiped));
  CHECK(tells(wiped, "The disk of broker-1 is wiped"));
  CHECK(root_ms(wiped) == 12'000);
  CHECK(root_ms(used("tests/stories/zookeeper-replaced-disk.json", 20'000)) == 6'000);
  const observe::Answer one = used("tests/stories/wiped-directory.json", 16'000);
  CAPTURE(text_of_steps(one));
  CHECK(root_ms(one) == 15'000);
  CHECK(has_key(one, "why.disk_used"_w));
  CHECK(root_ms(used("tests/stories/page-cache.json", 11'000)) == 10'000);
  // What it lost is there again.
  CHECK_FALSE(tells(used("tests/stories/wiped-directory.json", 40'000), "wiped"));
}

TEST_CASE("Why? about the high watermark of a partition whose leader's disk was wiped says whose offset it is") {
  Session session = session_at("tests/stories/replaced-disk.json", 13'000);
  const observe::Answer answer = asked(session, "/partitions/t-0/high_watermark");
  CAPTURE(text_of_steps(answer));
  CHECK(says_in_both(sentence_with(answer, "why.hw_of_longest"_w), "broker-2"));
  CHECK(tells(answer, "The disk of broker-1 is wiped"));
  // A leader that starts with an empty log waits for no fetch.
  Session starts = session_at("tests/stories/power-loss-of-a-leader.json", 9'000);
  REQUIRE(observe::state_at(starts.moment(), "/nodes/broker-1/state").value() == "starting");
  const observe::Answer told = asked(starts, "/partitions/orders-0/high_watermark");
  CAPTURE(text_of_steps(told));
  CHECK(says_in_both(sentence_with(told, "why.hw_of_longest"_w), "broker-2"));
  CHECK_FALSE(tells(told, "waits for the next fetch"));
  CHECK(root_ms(told) == 5'000);
}

TEST_CASE("Why? about a dead broker's disk counts the logs that it still has, though their topic is deleted") {
  Session session =
      small_run(R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 3}])" + kShopOfPay + R"(],
      "steps": [{"at": "8s", "do": "crash", "node": "broker-3"}, {"at": "15s", "do": "stop", "node": "shop"},
        {"at": "20s", "do": "delete_topic", "topic": "pay"}])",
                30'000);
  REQUIRE(number_in(session, "/nodes/broker-3/disk/unflushed_bytes") > 0);
  const observe::Answer used = asked(session, "/nodes/broker-3/disk/used_bytes"),
                        unflushed = asked(session, "/nodes/broker-3/disk/unflushed_bytes");
  CAPTURE(text_of_steps(used));
  CAPTURE(text_of_steps(unflushed));
  CHECK(says_in_both(sentence_with(used, "why.disk_used"_w),
                     "pay-0 (" + std::to_string(number_in(session, "/nodes/broker-3/disk/used_bytes")) + ")"));
  CHECK(says_in_both(sentence_with(unflushed, "why.disk_unflushed"_w), "pay-0 ("));
  const observe::Answer deleted = asked(session, "/nodes/broker-1/disk/used_bytes");
  CAPTURE(text_of_steps(deleted));
  CHECK(says_in_both(sentence_with(deleted, "why.disk_deleted"_w),
                     std::to_string(number_in(session, "/nodes/broker-1/disk/used_bytes"))));
  CHECK(has_key(deleted, "why.disk_only_removed"_w));
  CHECK(root_ms(deleted) == 20'000);
}

TEST_CASE("Why? about a disk says when deleted logs are gone, and that stray ones stay") {
  Session session =
      small_run(R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 3}])" + kShopOfPay + R"(],
      "steps": [{"at": "8s", "do": "crash", "node": "broker-3"}, {"at": "9s", "do": "stop", "node": "shop"},
        {"at": "15s", "do": "delete_topic", "topic": "pay"}, {"at": "20s", "do": "restart", "node": "broker-3"}])",
                30'000, "4.1", R"("brokers": 3, "config": {"log.segment.delete.delay.ms": 40000})");
  const observe::Answer deleted = asked(session, "/nodes/broker-1/disk/used_bytes");
  CAPTURE(text_of_steps(deleted));
  const observe::WhyStep& gone = sentence_with(deleted, "why.disk_deleted"_w);
  CHECK(says_in_both(gone, "log.segment.delete.delay.ms=40000"));
  CHECK(says_in_both(gone, "55."));
  CHECK_FALSE(has_key(deleted, "why.disk_stray"_w));
  const observe::Answer stray = asked(session, "/nodes/broker-3/disk/used_bytes");
  CAPTURE(text_of_steps(stray));
  CHECK(says_in_both(sentence_with(stray, "why.disk_stray"_w), "-stray"));
  CHECK_FALSE(has_key(stray, "why.disk_deleted"_w));
  session.run_until(sim::Instant{} + sim::seconds(80));
  CHECK_FALSE(has_key(asked(session, "/nodes/broker-1/disk/used_bytes"), "why.disk_deleted"_w));
  CHECK(has_key(asked(session, "/nodes/broker-3/disk/used_bytes"), "why.disk_stray"_w));
}

TEST_CASE("Why? about deleted logs names the delay that runs, and a time only if the broker can remove them then") {
  const std::string used = "/nodes/broker-1/disk/used_bytes";
  const auto run = [](const std::string& steps, std::int64_t at_ms, const std::string& delay = "60000") {
    return small_run(R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 3}])" + kShopOfPay + R"(],
      "steps": [{"at": "9s", "do": "stop", "node": "shop"}, {"at": "15s", "do": "delete_topic", "topic": "pay"}, )" +
                         steps + "]",
                     at_ms, "4.1", R"("brokers": 3, "config": {"log.segment.delete.delay.ms": )" + delay + "}");
  };
  // The delay is the one with which the deletion began; what is set later changes nothing here (docs/fidelity.md).
  Session changed = run(R"({"at": "20s", "do": "configure", "config": {"log.segment.delete.delay.ms": 5000}})", 24'000);
  REQUIRE(number_in(changed, used) > 0);
  const observe::Answer old = asked(changed, used);
  CAPTURE(text_of_steps(old));
  const observe::WhyStep& runs = sentence_with(old, "why.disk_deleted"_w);
  CHECK(says_in_both(runs, "log.segment.delete.delay.ms=60000"));
  CHECK(says_in_both(runs, "75."));
  changed.run_until(sim::Instant{} + sim::milliseconds(74'900));
  CHECK(number_in(changed, used) > 0);
  changed.run_until(sim::Instant{} + sim::milliseconds(76'000));
  CHECK(number_in(changed, used) == 0);
  // A start begins it anew, here with the value of the file: what was set since is not named.
  Session restarted = run(R"({"at": "16s", "do": "configure", "config": {"log.segment.delete.delay.ms": 45000}},
      {"at": "17s", "do": "crash", "node": "broker-1"}, {"at": "19s", "do": "restart", "node": "broker-1"})",
                          18'000);
  const observe::Answer dead = asked(restarted, used);
  CAPTURE(text_of_steps(dead));
  CHECK(sentence_with(dead, "why.disk_deleted"_w).words.en.find("after the next start of broker-1") !=
        std::string::npos);
  CHECK(sentence_with(dead, "why.disk_deleted"_w).words.en.find("the last at") == std::string::npos);
  restarted.run_until(sim::Instant{} + sim::milliseconds(45'000));
  const observe::Answer anew = asked(restarted, used);
  CAPTURE(text_of_steps(anew));
  CHECK_FALSE(says_in_both(sentence_with(anew, "why.disk_deleted"_w), "log.segment.delete.delay.ms="));
  CHECK(says_in_both(sentence_with(anew, "why.disk_deleted"_w), "79.000"));
  restarted.run_until(sim::Instant{} + sim::milliseconds(78'900));
  CHECK(number_in(restarted, used) > 0);
  restarted.run_until(sim::Instant{} + sim::milliseconds(79'100));
  CHECK(number_in(restarted, used) == 0);
  // A paused process removes nothing.
  Session paused = run(R"({"at": "30s", "do": "pause", "node": "broker-1"})", 40'000);
  const observe::Answer waits = asked(paused, used);
  CAPTURE(text_of_steps(waits));
  CHECK(sentence_with(waits, "why.disk_deleted"_w).words.en.find("the last at") == std::string::npos);
  CHECK(sentence_with(waits, "why.disk_deleted"_w).words.ko.find("마지막 것은") == std::string::npos);
}

TEST_CASE("Why? says of a disk and of a log that had records that they have none any more") {
  Session deleted = of_one_broker("{}", R"(, {"at": "20s", "do": "delete_topic", "topic": "pay"})", 85'000);
  const observe::Answer disk = asked(deleted, "/nodes/broker-1/disk/used_bytes");
  CAPTURE(text_of_steps(disk));
  CHECK(has_key(disk, "why.disk_emptied"_w));
  CHECK_FALSE(has_key(disk, "why.disk_empty"_w));
  Session expired = of_one_broker(R"({"retention.ms": 10000, "segment.ms": 15000})", "", 1);
  CHECK(has_key(asked(expired, "/nodes/broker-1/disk/used_bytes"), "why.disk_empty"_w));
  expired.run_until(sim::Instant{} + sim::seconds(60));
  REQUIRE(number_in(expired, "/partitions/pay-0/logs/1/size_bytes") == 0);
  const observe::Answer log = asked(expired, "/partitions/pay-0/logs/1/size_bytes");
  CAPTURE(text_of_steps(log));
  CHECK(has_key(log, "why.log_emptied"_w));
  CHECK_FALSE(has_key(log, "why.log_empty"_w));
}

TEST_CASE("Why? about bytes in the page cache says when the topic's own settings flush them") {
  Session session = of_one_broker(R"({"flush.messages": 100})", "", 8'000);
  const observe::Answer answer = asked(session, "/nodes/broker-1/disk/unflushed_bytes");
  CAPTURE(text_of_steps(answer));
  CHECK(says_in_both(sentence_with(answer, "why.disk_unflushed"_w), "100"));
  CHECK(says_in_both(sentence_with(answer, "why.disk_unflushed"_w), "flush.messages"));
  Session usual = of_one_broker("{}", "", 8'000);
  const observe::WhyStep said =
      sentence_with(asked(usual, "/nodes/broker-1/disk/unflushed_bytes"), "why.disk_unflushed"_w);
  CHECK(said.words.en.find("flush.messages") == std::string::npos);
}

TEST_CASE("Why? about a compacted log's size says how many of its offsets still have a record") {
  Session session = session_at("scenarios/log/compaction.json", 60'000);
  const observe::Answer answer = asked(session, "/partitions/profile-0/logs/1/size_bytes");
  CAPTURE(text_of_steps(answer));
  CHECK(has_key(answer, "why.log_size_compacted"_w));
}

TEST_CASE("Why? about a mended disk whose broker has started again says that it works") {
  Session failed = session_at("tests/stories/failing-directory.json", 20'000),
          mended = session_at("tests/stories/failing-directory.json", 45'000);
  CHECK_FALSE(has_key(asked(failed, "/nodes/broker-1/disk"), "why.disk_well"_w));
  const observe::Answer answer = asked(mended, "/nodes/broker-1/disk");
  CAPTURE(text_of_steps(answer));
  CHECK(has_key(answer, "why.disk_well"_w));
}

TEST_CASE(
    "Why? about a lag counts the records of the leader's log, not those of a leader that does not know of its loss") {
  Session session = small_run(
      R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 3, "assignments": {"0": [2, 1, 3]}}],
    "clients": [{"id": "old", "kind": "producer", "topic": "pay", "rate": "10/s",
        "config": {"acks": 1, "enable.idempotence": false, "bootstrap.servers": "broker-2"}},
      {"id": "new", "kind": "producer", "topic": "pay", "rate": "20/s", "config": {"acks": "all", "enable.idempotence": false,
        "bootstrap.servers": "broker-3"}},
      {"id": "r", "kind": "consumer", "assign": ["pay-0"], "config": {"auto.offset.reset": "earliest"}}],
    "steps": [{"at": "5s", "do": "pause_partitions", "node": "r", "partitions": ["pay-0"]},
      {"at": "5.5s", "do": "partition", "from": ["broker-2"], "to": ["broker-1", "broker-3", "controller-1"]},
      {"at": "5.5s", "do": "partition", "from": ["old"], "to": ["broker-1", "broker-3"]}])",
      38'000);
  for (const std::int64_t ms : {38'000, 41'000}) {
    session.run_until(sim::Instant{} + sim::milliseconds(ms));
    const std::string path = "/clients/r/subscription/pay-0/lag";
    const observe::Answer answer = asked(session, path);
    CAPTURE(text_of_steps(answer));
    CHECK(records_named(sentence_with(answer, "why.own_lag_written"_w).words.en) == number_in(session, path));
  }
}

TEST_CASE("Why? names as many records as a consumer's lag counts, in every story") {
  std::int64_t told = 0;
  for (const File& file : files_below("tests/stories")) {
    Session session(loaded(file.text), true);
    const sim::Instant until = session.until();
    for (const int part : {2, 3}) {
      session.run_until(sim::Instant{until.us * part / 3});
      const auto clients = observe::state_at(session.moment(), "/clients");
      if (!clients || !clients->is_object()) continue;
      for (const auto& [client, state] : clients->items()) {
        if (!state.contains("subscription") || !state["subscription"].is_object()) continue;
        for (const auto& [partition, row] : state["subscription"].items()) {
          if (!row.is_object() || !row.contains("lag") || !row["lag"].is_number() || row["lag"] == 0) continue;
          const observe::Answer answer = asked(session, "/clients/" + client + "/subscription/" + partition + "/lag");
          if (!has_key(answer, "why.own_lag_written"_w)) continue;
          CAPTURE(file.name);
          CAPTURE(session.cluster().now().us);
          CAPTURE(text_of_steps(answer));
          CHECK(records_named(sentence_with(answer, "why.own_lag_written"_w).words.en) ==
                row["lag"].get<std::int64_t>());
          ++told;
        }
      }
    }
  }
  MESSAGE(told, " lags");
  CHECK(told > 20);
}

TEST_CASE(
    "Why? about a position that a new process takes from its commit says so, and that it needs the coordinator first") {
  const auto held = [](const char* api) {
    return small_run(R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 3}])" + kShopOfPay + R"(,
        {"id": "r", "kind": "consumer", "assign": ["pay-0"], "config": {"group.id": "g", "auto.offset.reset": "earliest"}}],
      "steps": [{"at": "15s", "do": "stop", "node": "r"}, {"at": "15.5s", "do": "hold", "from": "r",
          "to": ["broker-1", "broker-2", "broker-3"], "what": "request", "count": "all", "api": ")" +
                         std::string(api) + R"("},
        {"at": "16s", "do": "start", "node": "r"}])",
                     20'000);
  };
  const std::string path = "/clients/r/subscription/pay-0/fetch_state";
  Session unchecked = held("OffsetForLeaderEpoch");
  const observe::Answer check = asked(unchecked, path);
  CAPTURE(text_of_steps(check));
  CHECK(has_key(check, "why.position_awaits_check_committed"_w));
  CHECK_FALSE(has_key(check, "why.position_awaits_check"_w));
  CHECK(root_ms(check) == 15'500);
  Session lost = held("FindCoordinator");
  const observe::Answer finds = asked(lost, path);
  CAPTURE(text_of_steps(finds));
  CHECK(has_key(finds, "why.position_awaits_coordinator"_w));
  CHECK(root_ms(finds) == 15'500);
}

TEST_CASE("Why? about a partition of a deleted topic says that its consumer has not heard of the deletion") {
  Session session = session_at("tests/stories/deleted-topic-holds-nobody-up.json", 12'050);
  for (const char* path : {"subscription/refunds-0/lag", "subscription/refunds-0/fetch_state",
                           "subscription/refunds-0/buffered", "positions/refunds-0"}) {
    CAPTURE(path);
    const observe::Answer answer = asked(session, std::string("/clients/c/") + path);
    CAPTURE(text_of_steps(answer));
    CHECK(says_in_both(sentence_with(answer, "why.own_topic_deleted"_w), "refunds"));
    CHECK(root_ms(answer) == 12'000);
    CHECK_FALSE(has_key(answer, "why.never_read"_w));
    CHECK_FALSE(tells(answer, "another topic has its name"));
  }
  Session again = small_run(
      R"("topics": [{"name": "refunds", "partitions": 1, "replication_factor": 1}], "clients": [
      {"id": "c", "kind": "consumer", "topics": ["refunds"], "config": {"group.id": "g", "group.protocol": "consumer"}}],
      "steps": [{"at": "12s", "do": "delete_topic", "topic": "refunds"},
        {"at": "12.05s", "do": "create_topic", "topic": "refunds", "partitions": 1, "replication_factor": 1}])",
      12'100, "4.1", R"("brokers": 1, "config": {"offsets.topic.replication.factor": 1})");
  const observe::Answer answer = asked(again, "/clients/c/subscription/refunds-0/fetch_state");
  CAPTURE(text_of_steps(answer));
  const observe::WhyStep& told = sentence_with(answer, "why.own_topic_deleted"_w);
  CHECK(told.words.en.find("another topic has its name now") != std::string::npos);
  CHECK(told.words.ko.find("이름") != std::string::npos);
  CHECK(root_ms(answer) == 12'000);
}

TEST_CASE("Why? about what a consumer has fetched gives no pace as the reason") {
  Session session = session_at("scenarios/consumer/max-poll-interval.json", 8'400);
  const observe::Answer answer = asked(session, "/clients/w-1/subscription/jobs-0/buffered");
  CAPTURE(text_of_steps(answer));
  for (const auto key : {"why.lag_stays"_w, "why.lag_falls"_w, "why.lag_slow"_w}) CHECK_FALSE(has_key(answer, key));
}
