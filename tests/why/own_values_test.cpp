// Why? about a value of a consumer's partition, a member, a group's leader, a disk, a coordinator or a session: why it is so, not only
// what it is a part of.
#include <doctest/doctest.h>

#include "observe/model/state_document.h"
#include "observe/why/why.h"
#include "support/lessons.h"
#include "why/in_version.h"

using namespace kafkascope;
using namespace kafkascope::test;
using scenario::Session;

namespace {

const std::string kReadsPay = R"(, "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s"},
    {"id": "r", "kind": "consumer", "topics": ["pay"], "config": {"group.id": "g"}}], "steps": [)";
const std::string kOfReader = "/clients/r/subscription/pay-0/";

/// Runs on, in steps of 1 ms, until the value is so.
template <class Is>
bool runs_until(Session& session, const std::string& path, Is&& is) {
  sim::Instant at = session.cluster().now();
  for (int ms = 0; ms < 20'000; ++ms) {
    const auto value = observe::state_at(session.moment(), path);
    if (value && is(*value)) return true;
    session.run_until(at = at + sim::milliseconds(1));
  }
  return false;
}
bool comes_to(Session& session, const std::string& path, const nlohmann::json& wanted) {
  return runs_until(session, path, [&](const nlohmann::json& value) { return value == wanted; });
}
bool comes_above_0(Session& session, const std::string& path) {
  return runs_until(session, path, [](const nlohmann::json& value) { return value.is_number() && value > 0; });
}

}  // namespace

TEST_CASE(
    "Why? about a consumer's lag counts from its position, and names who wrote since and what holds the consumer") {
  Session paused = small_run(
      kPay + kReadsPay + R"({"at": "5s", "do": "pause_partitions", "node": "r", "partitions": ["pay-0"]}])", 8'000);
  for (const char* field : {"lag", "log_end_lag"}) {
    const observe::Answer answer = asked(paused, kOfReader + field);
    CAPTURE(text_of_steps(answer));
    const auto position = observe::state_at(paused.moment(), kOfReader + "position");
    REQUIRE(position);
    CHECK(says_in_both(sentence_with(answer, "why.own_lag"_w), position->dump()));
    CHECK(says_in_both(sentence_with(answer, "why.own_lag_written"_w), "shop ("));
    CHECK(has_key(answer, "why.lag_paused"_w));
    CHECK(root_ms(answer) == 5'000);
  }
  const observe::Answer uncommitted = asked(paused, kOfReader + "stable_lag");
  CHECK(says_in_both(sentence_with(uncommitted, "why.own_lag_not_stable"_w), "read_uncommitted"));
  // The followers are cut off: the high watermark stands, and all up to it is read.
  Session stuck = small_run(
      kPay + R"(, "clients": [{"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s", "config": {"acks": 1}},
    {"id": "r", "kind": "consumer", "topics": ["pay"], "config": {"group.id": "g"}}], "steps": [
    {"at": "6s", "do": "partition", "from": ["broker-1"], "to": ["broker-2", "broker-3"]}])",
      9'000);
  const observe::Answer unreplicated = asked(stuck, kOfReader + "log_end_lag");
  CAPTURE(text_of_steps(unreplicated));
  CHECK(has_key(unreplicated, "why.hw_awaits"_w));
  CHECK(root_ms(unreplicated) == 6'000);
  const observe::Answer none = asked(stuck, kOfReader + "lag");
  CHECK(has_key(none, "why.own_lag"_w));
  CHECK_FALSE(none.root);
}

TEST_CASE("Why? about the lag of a reader of committed records names the transaction in its way") {
  Session session = small_run(kPay + R"(, "clients": [
      {"id": "bank", "kind": "producer", "topic": "pay", "config": {"transactional.id": "tx-1", "linger.ms": 0}},
      {"id": "r", "kind": "consumer", "assign": ["pay-0"], "config": {"auto.offset.reset": "earliest", "isolation.level": "read_committed"}}],
    "steps": [{"at": "3s", "do": "begin_transaction", "node": "bank"},
      {"at": "3.1s", "do": "produce", "node": "bank", "records": [{"key": "a", "value": "1"}, {"key": "b", "value": "2"}]}])",
                              6'000);
  const observe::Answer answer = asked(session, kOfReader + "lag");
  CAPTURE(text_of_steps(answer));
  CHECK(has_key(answer, "why.lso_open"_w));
  CHECK(has_key(asked(session, kOfReader + "stable_lag"), "why.own_lag"_w));
  const observe::Answer coordinator = asked(session, "/transactions/tx-1/coordinator");
  CAPTURE(text_of_steps(coordinator));
  CHECK(says_in_both(sentence_with(coordinator, "why.tx_coordinator"_w), "__transaction_state-"));
  CHECK(tells(coordinator, "modulo the 50 partitions of __transaction_state"));
}

TEST_CASE("Why? about a position that is not ready names the request whose answer it needs, and what holds that back") {
  const auto holds = [](const char* api) {
    return R"({"at": "0s", "do": "hold", "from": "r", "to": ["broker-1", "broker-2", "broker-3"], "what": "request", "count": "all", "api": ")" +
           std::string(api) + R"("}])";
  };
  Session unset = small_run(kPay + kReadsPay + holds("OffsetFetch"), 9'000);
  const observe::Answer commit = asked(unset, kOfReader + "fetch_state");
  CAPTURE(text_of_steps(commit));
  CHECK(has_key(commit, "why.position_awaits_commit"_w));
  CHECK(root_ms(commit) == 0);
  const observe::Answer lag = asked(unset, kOfReader + "lag");
  CHECK(has_key(lag, "why.own_lag_unknown"_w));
  CHECK(has_key(lag, "why.position_awaits_commit"_w));
  CHECK(has_key(asked(unset, kOfReader + "buffered"), "why.position_awaits_commit"_w));
  Session reset = small_run(kPay + kReadsPay + holds("ListOffsets"), 9'000);
  CHECK(has_key(asked(reset, kOfReader + "fetch_state"), "why.position_awaits_reset"_w));
  Session check = small_run(
      kPay + kReadsPay + R"({"at": "5s", "do": "crash", "node": "broker-1"}, )" + holds("OffsetForLeaderEpoch"), 5'000);
  REQUIRE(comes_to(check, kOfReader + "fetch_state", "AWAIT_VALIDATION"));
  const observe::Answer validates = asked(check, kOfReader + "fetch_state");
  CAPTURE(text_of_steps(validates));
  CHECK(has_key(validates, "why.position_awaits_check"_w));
  Session well = small_run(kPay + kReadsPay + "]", 9'000);
  CHECK(has_key(asked(well, kOfReader + "fetch_state"), "why.position_valid"_w));
  CHECK(has_key(asked(well, kOfReader + "buffered"), "why.nothing_buffered"_w));
}

TEST_CASE(
    "Why? about what a consumer has fetched says that poll() has not returned it, and what the application does") {
  Session session = session_at("tests/stories/what-clients-hold.json", 7'000);
  const observe::Answer slow = asked(session, "/clients/slow/subscription/orders-0/buffered"),
                        paused = asked(session, "/clients/slow/subscription/orders-1/buffered");
  CAPTURE(text_of_steps(slow));
  CHECK(says_in_both(sentence_with(slow, "why.buffered"_w), "max.poll.records=5"));
  CHECK(has_key(paused, "why.lag_paused"_w));
  CHECK(root_ms(paused) == 4'000);
}

TEST_CASE(
    "Why? about a share consumer's records: who has locked them and until when, and how far the consumer is with them") {
  const std::string file = "tests/stories/what-clients-hold.json", at = "/clients/worker/subscription/jobs-0/";
  Session session = session_at(file, 5'000);
  REQUIRE(comes_above_0(session, at + "in_hand"));
  REQUIRE(comes_above_0(session, at + "to_acknowledge"));
  const observe::Answer acquired = asked(session, at + "acquired");
  CAPTURE(text_of_steps(acquired));
  CHECK(says_in_both(sentence_with(acquired, "why.share_acquired"_w), "group.share.record.lock.duration.ms=30000"));
  CHECK(has_key(acquired, "why.share_held"_w));
  CHECK(tells(acquired, "are locked for worker"));
  CHECK(says_in_both(sentence_with(asked(session, at + "in_hand"), "why.share_in_hand"_w), "poll()"));
  CHECK(has_key(asked(session, at + "to_acknowledge"), "why.share_to_acknowledge"_w));
  CHECK(has_key(asked(session, at + "acknowledging"), "why.share_none_acknowledging"_w));
  CHECK(has_key(asked(session, at + "buffered"), "why.nothing_buffered"_w));
  REQUIRE(comes_above_0(session, at + "acknowledging"));
  CHECK(has_key(asked(session, at + "acknowledging"), "why.share_acknowledging"_w));
  REQUIRE(comes_to(session, at + "to_acknowledge", 0));
  CHECK(has_key(asked(session, at + "to_acknowledge"), "why.share_none_to_acknowledge"_w));
  // The broker stands still: the request with the acknowledgements has no answer.
  Session still = session_at(file, 9'900);
  const observe::Answer unanswered = asked(still, at + "acknowledging");
  CAPTURE(text_of_steps(unanswered));
  REQUIRE(observe::state_at(still.moment(), at + "acknowledging") != 0);
  CHECK(root_ms(unanswered) == 8'000);
  Session frozen = session_at("scenarios/groups/share-group.json", 20'000);
  const observe::Answer locked = asked(frozen, "/clients/s-2/subscription/jobs-0/acquired");
  CAPTURE(text_of_steps(locked));
  CHECK(root_ms(locked) == 13'200);
}

TEST_CASE("Why? about a member's epoch, state and target: what it still has to give up, or waits for") {
  const std::string members = "/groups/g/members/";
  Session session = small_run(R"("topics": [{"name": "pay", "partitions": 4, "replication_factor": 1}], "clients": [
      {"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s", "keys": "customer:20"},
      {"id": "a", "kind": "consumer", "topics": ["pay"], "work": "4s", "config": {"group.id": "g", "group.protocol": "consumer"}},
      {"id": "b", "kind": "consumer", "topics": ["pay"], "start": "8s", "config": {"group.id": "g", "group.protocol": "consumer"}}])",
                              8'000);
  REQUIRE(comes_to(session, members + "b/state", "UNRELEASED_PARTITIONS"));
  const observe::Answer waits = asked(session, members + "b/state");
  CAPTURE(text_of_steps(waits));
  CHECK(says_in_both(sentence_with(waits, "why.member_unreleased"_w), "pay-2, pay-3"));
  CHECK(says_in_both(sentence_with(waits, "why.lag_awaits_told"_w), "pay-2"));
  const observe::Answer old = asked(session, members + "a/member_epoch");
  CAPTURE(text_of_steps(old));
  CHECK(says_in_both(sentence_with(old, "why.member_epoch_next"_w), "group.consumer.heartbeat.interval.ms=5000"));
  const observe::Answer target = asked(session, members + "b/target");
  CAPTURE(text_of_steps(target));
  CHECK(says_in_both(sentence_with(target, "why.member_target"_w), "pay-2, pay-3"));
  CHECK(target.root.has_value());
  CHECK(says_in_both(sentence_with(asked(session, members + "a/member_id"), "why.member_id_own"_w), "KIP-1082"));
  CHECK(says_in_both(sentence_with(asked(session, members + "a/protocol"), "why.member_protocol"_w),
                     "ConsumerGroupHeartbeat"));
  REQUIRE(comes_to(session, members + "a/state", "UNREVOKED_PARTITIONS"));
  for (const char* field : {"state", "member_epoch", "pending_revocation"}) {
    const observe::Answer revokes = asked(session, members + "a/" + field);
    CAPTURE(text_of_steps(revokes));
    CHECK(says_in_both(sentence_with(revokes, "why.member_unrevoked"_w), "max.poll.interval.ms=300000"));
    CHECK(says_in_both(sentence_with(revokes, "why.member_unrevoked"_w), "pay-2, pay-3"));
  }
  CHECK(has_key(asked(session, members + "b/pending_revocation"), "why.member_gives_nothing"_w));
  REQUIRE(comes_to(session, members + "b/state", "STABLE"));
  CHECK(has_key(asked(session, members + "b/state"), "why.member_stable"_w));
  CHECK(has_key(asked(session, members + "b/member_epoch"), "why.member_epoch_reached"_w));
  CHECK(has_key(asked(session, "/groups/g/leader"), "why.leader_not_needed"_w));
}

TEST_CASE("Why? about a group's leader: the first that joined, or one of the others when that one left") {
  Session session = small_run(R"("topics": [{"name": "pay", "partitions": 4, "replication_factor": 1}], "clients": [
      {"id": "reader-1", "kind": "consumer", "topics": ["pay"], "config": {"group.id": "g"}},
      {"id": "reader-2", "kind": "consumer", "topics": ["pay"], "start": "6s", "config": {"group.id": "g"}}],
      "steps": [{"at": "15s", "do": "stop", "node": "reader-1"}, {"at": "25s", "do": "stop", "node": "reader-2"}])",
                              12'000);
  const observe::Answer first = asked(session, "/groups/g/leader");
  CAPTURE(text_of_steps(first));
  CHECK(says_in_both(sentence_with(first, "why.leader_first"_w), "reader-1"));
  session.run_until(sim::Instant{} + sim::seconds(20));
  const observe::Answer next = asked(session, "/groups/g/leader");
  CAPTURE(text_of_steps(next));
  CHECK(says_in_both(sentence_with(next, "why.leader_next"_w), "reader-2"));
  CHECK(root_ms(next) == 15'000);
  CHECK(has_key(asked(session, "/groups/g/members/reader-2/member_id"), "why.member_id_given"_w));
  session.run_until(sim::Instant{} + sim::seconds(30));
  CHECK(has_key(asked(session, "/groups/g/leader"), "why.leader_of_none"_w));
  Session fixed = session_at("scenarios/groups/static-membership.json", 24'000);
  const observe::Answer kept = asked(fixed, "/groups/static-app/leader");
  CAPTURE(text_of_steps(kept));
  CHECK(says_in_both(sentence_with(kept, "why.leader_replaced"_w), "s-2"));
  CHECK(root_ms(kept) == 18'000);
}

TEST_CASE("Why? about the bytes on a disk names the logs, and what of them is only in the page cache") {
  Session session = session_at("scenarios/operations/disk-full.json", 30'000);
  const observe::Answer used = asked(session, "/nodes/broker-1/disk/used_bytes");
  CAPTURE(text_of_steps(used));
  CHECK(says_in_both(sentence_with(used, "why.disk_used"_w), "web-log-0 ("));
  const observe::Answer unflushed = asked(session, "/nodes/broker-1/disk/unflushed_bytes");
  CAPTURE(text_of_steps(unflushed));
  CHECK(says_in_both(sentence_with(unflushed, "why.disk_unflushed"_w), "web-log-0 ("));
  const observe::Answer size = asked(session, "/partitions/web-log-0/logs/1/size_bytes");
  CAPTURE(text_of_steps(size));
  CHECK(has_key(size, "why.log_size"_w));
  CHECK(has_key(asked(session, "/partitions/web-log-0/logs/1/offline"), "why.log_online"_w));
  Session failed = session_at("tests/stories/failing-directory.json", 20'000);
  const observe::Answer offline = asked(failed, "/partitions/t-1/logs/1/offline");
  CAPTURE(text_of_steps(offline));
  CHECK(has_key(offline, "why.log_offline"_w));
  CHECK(root_ms(offline) == 10'000);
  CHECK(has_key(asked(failed, "/partitions/t-0/logs/1/offline"), "why.log_online"_w));
}

TEST_CASE("Why? about the id of a ZooKeeper session names the server that made it") {
  Session session = run_in_version(kPay + R"(, "steps": [{"at": "3s", "do": "crash", "node": "broker-2"},
      {"at": "4s", "do": "restart", "node": "broker-2"}])",
                                   25'000, "2.5");
  const observe::Answer formed = asked(session, "/cluster/zookeeper/sessions/broker-1/id"),
                        opened = asked(session, "/cluster/zookeeper/sessions/broker-2/id");
  CAPTURE(text_of_steps(opened));
  CHECK(says_in_both(sentence_with(formed, "why.zk_session_id"_w), "zookeeper-"));
  CHECK(has_key(formed, "why.zk_session_formed"_w));
  CHECK(says_in_both(sentence_with(opened, "why.zk_session_id"_w), "zookeeper-"));
  CHECK(root_ms(opened) == 4'000);
  // ZooKeeper 3.5.7, SessionTrackerImpl.initializeNextSession: (clock << 24) >>> 8 | sid << 56, and one up for each session.
  const auto id = observe::state_at(session.moment(), "/cluster/zookeeper/sessions/broker-2/id")->get<std::uint64_t>();
  const std::string sid = std::to_string(id >> 56);
  const observe::WhyStep& made = sentence_with(opened, "why.zk_session_id"_w);
  CHECK(made.words.en.starts_with("zookeeper-" + sid + ", "));
  CHECK(made.words.en.find("the server's number, " + sid + ";") != std::string::npos);
  CHECK(made.words.ko.find("서버 번호 " + sid + "이고") != std::string::npos);
  CHECK((id >> 16 & 0xFF'FFFF'FFFF) == (static_cast<std::uint64_t>(sim::kEpochMs) & 0xFF'FFFF'FFFF));
  CHECK((id & 0xFFFF) == 0);
}

TEST_CASE(
    "Why? about a value of what is gone says that: a deleted topic's lag, deleted logs, a leader's earlier process") {
  Session session = session_at("tests/stories/deleted-topic-holds-nobody-up.json", 12'100);
  for (const char* field : {"lag", "fetch_state", "buffered"}) {
    const observe::Answer answer = asked(session, std::string("/clients/c/subscription/refunds-0/") + field);
    CAPTURE(text_of_steps(answer));
    CHECK(answer.question.en.find(field) != std::string::npos);
    CHECK(tells(answer, "refunds is deleted"));
  }
  Session deleted = small_run(R"("topics": [{"name": "pay", "partitions": 1, "replication_factor": 1}], "clients": [
      {"id": "shop", "kind": "producer", "topic": "pay", "rate": "20/s", "count": 40}],
      "steps": [{"at": "5s", "do": "delete_topic", "topic": "pay"}])",
                              6'000, "4.1", R"("brokers": 1)");
  const observe::Answer bytes = asked(deleted, "/nodes/broker-1/disk/used_bytes");
  CAPTURE(text_of_steps(bytes));
  CHECK(says_in_both(sentence_with(bytes, "why.disk_deleted"_w), "log.segment.delete.delay.ms=60000"));
  Session again = session_at("tests/stories/auto-commit-loses-and-repeats.json", 21'700);
  CHECK(has_key(asked(again, "/groups/billing/leader"), "why.leader_next_process"_w));
}
