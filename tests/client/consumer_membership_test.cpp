// Members of a group of the newer protocol (KIP-848), modelled on Kafka's ConsumerMembershipManagerTest and
// ConsumerHeartbeatRequestManagerTest.
#include <doctest/doctest.h>

#include "client/consumers.h"
#include "protocol/facts_of_clients.h"

using namespace kafkascope;
using namespace kafkascope::client;
using namespace kafkascope::client::testing;

namespace {

ConsumerOptions newer(std::string id = "c-1") {
  ConsumerOptions o = earliest(std::move(id));
  o.config.set("group.protocol", std::string("consumer"));
  return o;
}

/// Two partitions, both assigned to every member that joins.
struct NewerRig : Rig {
  explicit NewerRig(int brokers = 1) : Rig(brokers, 2) {
    for (int b = 1; b <= brokers; ++b) broker(b).newer.assignment = {orders(0), orders(1)};
  }
  std::vector<ConsumerGroupHeartbeatRequest> beats(int b = 1) {
    std::vector<ConsumerGroupHeartbeatRequest> out;
    for (const auto& s : broker(b).of(api::ConsumerGroupHeartbeat))
      out.push_back(protocol::get<ConsumerGroupHeartbeatRequest>(s.body));
    return out;
  }
  std::vector<OffsetCommitRequest> commits(int b = 1) {
    std::vector<OffsetCommitRequest> out;
    for (const auto& s : broker(b).of(api::OffsetCommit)) out.push_back(protocol::get<OffsetCommitRequest>(s.body));
    return out;
  }
  std::int64_t beat_ms(std::size_t i, int b = 1) {
    return broker(b).of(api::ConsumerGroupHeartbeat).at(i).at.us / 1000;
  }
};

bool says_everything(const ConsumerGroupHeartbeatRequest& r) {
  return r.rebalance_timeout_ms >= 0 && r.has_subscription && r.has_owned;
}

}  // namespace

TEST_CASE("KIP-848: a member joins with its own id and epoch 0, takes its assignment and acknowledges it at once") {
  NewerRig rig;
  rig.broker().newer.epoch = 7;
  const NodeId n = rig.add(newer());
  rig.run_ms(1000);
  const auto beats = rig.beats();
  REQUIRE(beats.size() == 2);
  CHECK(beats[0].member_id.size() == 22);
  CHECK(beats[0].member_epoch == 0);
  CHECK(says_everything(beats[0]));
  CHECK(beats[0].rebalance_timeout_ms == 300000);
  CHECK(beats[0].subscribed_topic_names == std::vector<std::string>{"orders"});
  CHECK(beats[0].topic_partitions.empty());
  CHECK(beats[1].member_id == beats[0].member_id);
  CHECK(beats[1].member_epoch == 7);
  CHECK(beats[1].topic_partitions == rig.broker().newer.assignment);
  CHECK_FALSE(beats[1].has_subscription);  // unchanged, so not sent
  CHECK(beats[1].rebalance_timeout_ms == -1);
  CHECK(rig.beat_ms(1) - rig.beat_ms(0) < 100);
  CHECK(rig.consumer(n).assignment().size() == 2);
  CHECK(rig.consumer(n).group().settled());
  CHECK(rig.watch.facts<fact::PartitionsAssigned>()[0].partitions.text == "[orders-0, orders-1]");
}

TEST_CASE("KIP-848: the coordinator sets the heartbeat interval; a heartbeat without news names only the member") {
  NewerRig rig;
  rig.broker().newer.interval_ms = 7000;
  rig.add(newer());
  rig.run_ms(16000);
  const auto beats = rig.beats();
  REQUIRE(beats.size() == 4);
  for (std::size_t i : {2u, 3u}) {
    CHECK(rig.beat_ms(i) - rig.beat_ms(i - 1) == 7000);
    CHECK(beats[i].member_epoch == 1);
    CHECK_FALSE(beats[i].has_owned);
    CHECK_FALSE(beats[i].has_subscription);
  }
}

TEST_CASE(
    "KIP-848: a member commits and revokes partitions before it acknowledges, and keeps reading its other partitions") {
  NewerRig rig;
  fill(rig, 0, 3);
  fill(rig, 1, 3);
  const NodeId n = rig.add(newer());
  rig.run_ms(3000);
  REQUIRE(rig.consumer(n).stats().received == 6);
  REQUIRE(rig.broker().committed.empty());  // auto commit is every 5 s
  rig.broker().newer.assignment = {orders(0)};
  rig.run_ms(6000);
  const auto beats = rig.beats();
  REQUIRE(beats.size() == 4);  // joined, acknowledged, received the revocation, acknowledged it
  CHECK(beats[3].has_owned);
  CHECK(beats[3].topic_partitions == std::vector<TopicPartition>{orders(0)});
  CHECK(rig.broker().committed.at(orders(1)).value == 3);
  const auto revoked = rig.watch.of(Trace::PartitionsRevoked);
  REQUIRE(revoked.size() == 1);
  CHECK(as<fact::PartitionsRevoked>(revoked[0].line).partitions.text == "[orders-1]");
  const auto acknowledged = rig.broker().of(api::ConsumerGroupHeartbeat)[3].at;
  CHECK(rig.broker().of(api::OffsetCommit)[0].at < revoked[0].line.time);
  CHECK(revoked[0].line.time < acknowledged);
  CHECK(rig.consumer(n).assignment().size() == 1);
}

TEST_CASE("KIP-848: the commit before a revocation is retried with the member's new epoch; other commits are not") {
  NewerRig rig;
  fill(rig, 0, 3);
  rig.broker().newer.interval_ms = 20;  // the new epoch arrives between the refusal and the next attempt
  rig.add(newer());
  rig.run_ms(3000);
  rig.broker().newer.assignment = {orders(0)};
  rig.broker().commit_errors = {ErrorCode::STALE_MEMBER_EPOCH};
  rig.run_ms(3050);
  REQUIRE(rig.commits().size() == 1);
  CHECK(rig.commits()[0].generation_id == 1);
  rig.broker().newer.epoch = 2;
  rig.run_ms(4000);
  REQUIRE(rig.commits().size() == 2);
  CHECK(rig.commits()[1].generation_id == 2);
  CHECK(rig.broker().committed.at(orders(0)).value == 3);
  CHECK(rig.watch.of(Trace::PartitionsRevoked).size() == 1);

  NewerRig other;
  fill(other, 0, 3);
  ConsumerOptions o = newer();
  o.commit = CommitMode::SyncAfter;
  const NodeId n = other.add(o);
  other.broker().commit_errors = {ErrorCode::STALE_MEMBER_EPOCH};
  other.run_ms(4000);
  CHECK(other.commits().size() == 1);
  CHECK(other.consumer(n).stats().errors.at("CommitFailedException") == 1);

  NewerRig async;  // commitAsync() passes the error to its callback unchanged (commitAsyncExceptionForError)
  fill(async, 0, 3);
  o.commit = CommitMode::AsyncAfter;
  const NodeId third = async.add(o);
  async.broker().commit_errors = {ErrorCode::STALE_MEMBER_EPOCH};
  async.run_ms(4000);
  CHECK(async.consumer(third).stats().errors.at("StaleMemberEpochException") == 1);
  CHECK_FALSE(async.consumer(third).stats().errors.contains("CommitFailedException"));
}

TEST_CASE(
    "KIP-848: the commit before a revocation is given up if its topic is deleted (KAFKA-16224), and a retry includes records read since") {
  NewerRig rig;
  fill(rig, 0, 3);
  ConsumerOptions o = newer();
  o.config.set("auto.commit.interval.ms", std::int64_t{60000});
  o.config.set("retry.backoff.ms", std::int64_t{1000});
  o.config.set("retry.backoff.max.ms", std::int64_t{1000});
  rig.add(o);
  rig.run_ms(3000);
  rig.broker().newer.assignment = {orders(0)};
  rig.broker().commit_errors = {ErrorCode::COORDINATOR_LOAD_IN_PROGRESS, ErrorCode::COORDINATOR_LOAD_IN_PROGRESS,
                                ErrorCode::UNKNOWN_TOPIC_OR_PARTITION};
  while (rig.commits().empty()) rig.run_ms(rig.at.us / 1000 + 1);
  CHECK(rig.commits()[0].partitions[0].offset.value == 3);
  fill(rig, 0, 2);
  rig.run_ms(rig.at.us / 1000 + 3500);
  REQUIRE(rig.commits().size() == 3);
  CHECK(rig.commits()[2].partitions[0].offset.value == 5);  // the offset at the time of the second refusal
  CHECK(rig.watch.of(Trace::PartitionsRevoked).size() == 1);
}

TEST_CASE(
    "KIP-848: no automatic commit begins while another is under way; the classic consumer sends one each auto.commit.interval.ms") {
  for (const bool is_newer : {true, false}) {
    CAPTURE(is_newer);
    NewerRig rig(2);
    fill(rig, 0, 3);
    for (int b : {1, 2}) rig.broker(b).cluster.coordinator = 2;
    ConsumerOptions o = is_newer ? newer() : earliest();
    o.topics.clear();
    o.assign = {{"orders", 0}};
    rig.add(o);
    rig.run_ms(4000);
    rig.broker(2).silent = true;
    rig.run_ms(21000);
    CHECK((rig.commits(2).size() == 1) == is_newer);
  }
}

TEST_CASE(
    "KIP-848: a member does not take partitions of a topic that its metadata lacks, and acknowledges the others at once") {
  NewerRig rig;
  const NodeId n = rig.add(newer());
  rig.run_ms(3000);
  REQUIRE(rig.consumer(n).group().settled());
  rig.broker().newer.assignment = {orders(0), orders(1), {7, 0}};
  rig.run_ms(5200);
  const auto beats = rig.beats();
  REQUIRE(beats.size() >= 4);
  CHECK(rig.beat_ms(3) - rig.beat_ms(2) < 100);
  CHECK(beats[3].has_owned);
  CHECK(beats[3].topic_partitions == std::vector<TopicPartition>{orders(0), orders(1)});
  CHECK_FALSE(rig.consumer(n).group().settled());
}

TEST_CASE("KIP-848: heartbeats and rebalances are counted, joins and syncs are not") {
  NewerRig rig;
  const NodeId n = rig.add(newer());
  rig.run_ms(9000);
  rig.broker().newer.assignment = {orders(0)};
  rig.run_ms(14000);
  const ConsumerMetrics& m = rig.consumer(n).stats().metrics.consumer;
  CHECK(m.heartbeat_total == static_cast<std::int64_t>(rig.beats().size()));
  CHECK(m.heartbeat_total == 5);  // joined, acknowledged, one unchanged, received the revocation, acknowledged it
  CHECK(m.rebalance_total == 2);
  CHECK(m.join_total == 0);
  CHECK(m.sync_total == 0);
  CHECK(m.rebalance_latency.most_us(rig.world.now()) < 100000);
}

TEST_CASE(
    "KIP-848: after FENCED_MEMBER_EPOCH or UNKNOWN_MEMBER_ID all partitions are lost, and the member rejoins at once with epoch 0 and the same id") {
  for (const ErrorCode error : {ErrorCode::FENCED_MEMBER_EPOCH, ErrorCode::UNKNOWN_MEMBER_ID}) {
    CAPTURE(name(error));
    NewerRig rig;
    const NodeId n = rig.add(newer());
    rig.run_ms(3000);
    rig.broker().newer_errors = {error};
    rig.broker().newer.epoch = 4;
    rig.run_ms(9000);
    const auto beats = rig.beats();
    REQUIRE(beats.size() == 5);  // joined, acknowledged, refused, joined, acknowledged
    CHECK(beats[3].member_epoch == 0);
    CHECK(beats[3].member_id == beats[0].member_id);
    CHECK(says_everything(beats[3]));
    CHECK(beats[3].topic_partitions.empty());
    CHECK(rig.beat_ms(3) - rig.beat_ms(2) < 10);
    const auto lost = rig.watch.facts<fact::PartitionsLost>();
    REQUIRE(lost.size() == 1);
    CHECK(lost[0].partitions.text == "[orders-0, orders-1]");
    CHECK(rig.watch.of(Trace::PartitionsRevoked).empty());
    CHECK(rig.consumer(n).assignment().size() == 2);
    CHECK(rig.consumer(n).group().generation() == 4);
  }
}

TEST_CASE("KIP-848: a member that stops commits and leaves with epoch -1, a static member with -2") {
  for (const bool is_static : {false, true}) {
    CAPTURE(is_static);
    NewerRig rig;
    fill(rig, 0, 5);
    ConsumerOptions o = newer();
    if (is_static) o.config.set("group.instance.id", std::string("one"));
    const NodeId n = rig.add(o);
    rig.run_ms(3000);
    CHECK(rig.beats()[0].instance_id == (is_static ? "one" : ""));
    rig.act(n, [&](protocol::Context& ctx) { rig.consumer(n).request_stop(ctx); });
    rig.run_ms(3100);
    CHECK(rig.world.state(n) == sim::NodeState::Stopped);
    const auto beats = rig.beats();
    REQUIRE(beats.size() == 3);
    CHECK(beats[2].member_epoch == (is_static ? -2 : -1));
    CHECK(rig.broker().committed.at(orders(0)).value == 5);
    CHECK(rig.watch.of(Trace::PartitionsRevoked).size() == 1);
  }
}

TEST_CASE(
    "KIP-848: a member that works longer than max.poll.interval.ms leaves, loses its partitions, and rejoins at the next poll") {
  NewerRig rig;
  fill(rig, 0, 2, 2);
  ConsumerOptions o = newer();
  o.commit = CommitMode::SyncAfter;
  o.config.set("max.poll.interval.ms", std::int64_t{10000});
  o.work.by_key = {{"k0", sim::seconds(15)}};
  const NodeId n = rig.add(o);
  rig.run_ms(14000);
  auto beats = rig.beats();
  REQUIRE(beats.back().member_epoch == -1);
  const auto left =
      rig.broker().of(api::ConsumerGroupHeartbeat).back().at - rig.watch.of(Trace::RecordDelivered)[0].line.time;
  CHECK(left.us / 1000 >= 10000);
  CHECK(left.us / 1000 < 10010);
  CHECK(rig.watch.of(Trace::PartitionsLost).size() == 1);
  const std::size_t silent_from = beats.size();
  rig.run_ms(18000);
  beats = rig.beats();
  REQUIRE(beats.size() > silent_from);
  CHECK(beats[silent_from].member_epoch == 0);
  CHECK(rig.beat_ms(silent_from) >= 15000);  // not before the application has finished its work
  CHECK(rig.consumer(n).assignment().size() == 2);
}

TEST_CASE("KIP-848: a fatal error is thrown, and no heartbeat follows") {
  for (const ErrorCode error :
       {ErrorCode::GROUP_MAX_SIZE_REACHED, ErrorCode::UNRELEASED_INSTANCE_ID, ErrorCode::INVALID_REGULAR_EXPRESSION}) {
    CAPTURE(name(error));
    NewerRig rig;
    rig.broker().newer_errors = {error};
    const NodeId n = rig.add(newer());
    rig.run_ms(20000);
    CHECK(rig.beats().size() == 1);
    CHECK(rig.consumer(n).stats().errors.at(std::string(name(error))) == 1);
    CHECK(rig.consumer(n).assignment().empty());
  }
}

TEST_CASE(
    "KIP-848: after NOT_COORDINATOR a member sends its full state to the new coordinator as soon as it is found, and keeps its partitions") {
  NewerRig rig(2);
  const NodeId n = rig.add(newer());
  rig.run_ms(3000);
  for (int b : {1, 2}) rig.broker(b).cluster.coordinator = 2;
  rig.run_ms(8000);
  const auto refused = rig.beats(1).size() - 1;
  const auto beats = rig.beats(2);
  REQUIRE_FALSE(beats.empty());
  CHECK(beats[0].member_epoch == 1);
  CHECK(says_everything(beats[0]));
  CHECK(beats[0].topic_partitions.size() == 2);
  CHECK(rig.beat_ms(0, 2) - rig.beat_ms(refused, 1) < 20);  // retry.backoff.ms is 100
  CHECK(rig.watch.of(Trace::PartitionsLost).empty());
  CHECK(rig.watch.of(Trace::PartitionsRevoked).empty());
  CHECK(rig.consumer(n).assignment().size() == 2);
}

TEST_CASE("KIP-848: a member looks its coordinator up again only when retry.backoff.ms has passed since it was found") {
  NewerRig rig;
  rig.broker().newer_errors = {ErrorCode::NOT_COORDINATOR, ErrorCode::NOT_COORDINATOR};
  rig.add(newer());
  rig.run_ms(3000);
  check_pauses_between_lookups(rig);
}

TEST_CASE(
    "KIP-848: after COORDINATOR_LOAD_IN_PROGRESS or a lost connection the heartbeat is retried after a pause, with the full state") {
  NewerRig rig;
  const NodeId n = rig.add(newer());
  rig.run_ms(3000);
  rig.broker().newer_errors = {ErrorCode::COORDINATOR_LOAD_IN_PROGRESS};
  rig.run_ms(8000);
  auto beats = rig.beats();
  REQUIRE(beats.size() == 4);
  CHECK(says_everything(beats[3]));
  CHECK(rig.beat_ms(3) - rig.beat_ms(2) >= 80);  // with jitter
  CHECK(rig.beat_ms(3) - rig.beat_ms(2) <= 125);
  rig.broker().silent = true;  // the next one is never answered
  rig.run_ms(14000);
  const std::size_t sent = rig.beats().size();
  REQUIRE(sent == 5);
  CHECK_FALSE(says_everything(rig.beats()[4]));
  rig.kill(NodeId{0});
  rig.run_ms(14500);
  rig.restart(NodeId{0});
  rig.broker().silent = false;
  rig.run_ms(25000);
  beats = rig.beats();
  REQUIRE(beats.size() > sent);
  CHECK(says_everything(beats[sent]));
  CHECK(rig.watch.of(Trace::PartitionsLost).empty());
  CHECK(rig.consumer(n).group().settled());
}

TEST_CASE("KIP-848: the next heartbeat sends a new subscription and no other changed field") {
  NewerRig rig;
  const NodeId n = rig.add(newer());
  rig.run_ms(3000);
  rig.act(n, [&](protocol::Context& ctx) { rig.consumer(n).subscribe(ctx, {"orders", "nosuch"}); });
  rig.run_ms(6000);
  const auto beats = rig.beats();
  REQUIRE(beats.size() == 3);
  CHECK(beats[2].has_subscription);
  CHECK(beats[2].subscribed_topic_names == std::vector<std::string>{"nosuch", "orders"});
  CHECK_FALSE(beats[2].has_owned);
  CHECK(beats[2].member_epoch == 1);
}

TEST_CASE(
    "KIP-848: an OffsetFetch refused with UNKNOWN_MEMBER_ID ends poll(); after STALE_MEMBER_EPOCH it is retried with the current epoch") {
  for (const ErrorCode error :
       {ErrorCode::UNKNOWN_MEMBER_ID, ErrorCode::STALE_MEMBER_EPOCH, ErrorCode::GROUP_ID_NOT_FOUND}) {
    CAPTURE(name(error));
    NewerRig rig;
    fill(rig, 0, 3);
    rig.broker().offset_errors = {error};
    const NodeId n = rig.add(newer());
    rig.run_ms(4000);
    const auto& errors = rig.consumer(n).stats().errors;
    CHECK(errors.contains("UnknownMemberIdException") == (error == ErrorCode::UNKNOWN_MEMBER_ID));
    CHECK(errors.contains("KafkaException") == (error == ErrorCode::GROUP_ID_NOT_FOUND));  // an unexpected exception
    CHECK_FALSE(errors.contains("StaleMemberEpochException"));
    CHECK(rig.broker().of(api::OffsetFetch).size() == 2);  // the application polls again
    CHECK(rig.consumer(n).stats().received == 3);
  }
}

TEST_CASE(
    "KIP-848: a refused automatic commit waits for the next interval; the classic consumer retries it after retry.backoff.ms") {
  for (const bool is_newer : {true, false}) {
    CAPTURE(is_newer);
    NewerRig rig;
    fill(rig, 0, 3);
    ConsumerOptions o = is_newer ? newer() : earliest();
    o.topics.clear();
    o.assign = {{"orders", 0}};
    rig.add(o);
    rig.broker().commit_errors = {ErrorCode::COORDINATOR_LOAD_IN_PROGRESS};
    rig.run_ms(12000);
    const auto commits = rig.broker().of(api::OffsetCommit);
    REQUIRE(commits.size() >= 2);
    const std::int64_t pause = (commits[1].at - commits[0].at).us / 1000;
    CHECK((pause >= 5000) == is_newer);
    CHECK((pause <= 110) == !is_newer);
  }
}

TEST_CASE("KIP-848: a commit carries the member id even when the member has no epoch") {
  NewerRig rig;
  fill(rig, 0, 3);
  ConsumerOptions o = newer();
  o.commit = CommitMode::SyncAfter;
  rig.broker().commit_errors = std::deque<ErrorCode>(100, ErrorCode::COORDINATOR_LOAD_IN_PROGRESS);
  rig.add(o);
  rig.run_ms(2000);
  rig.broker().newer_errors = std::deque<ErrorCode>(100, ErrorCode::COORDINATOR_LOAD_IN_PROGRESS);
  rig.broker().newer_errors.front() = ErrorCode::FENCED_MEMBER_EPOCH;  // the member is fenced and cannot join again
  rig.run_ms(9000);
  REQUIRE(rig.commits().back().generation_id == -1);
  for (const auto& c : rig.commits()) CHECK(c.member_id == rig.beats()[0].member_id);
}
