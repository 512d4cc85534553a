// A share consumer among fake brokers: its heartbeats, its fetches, and its reactions to errors. The facts are those of
// Kafka's ShareMembershipManagerTest, ShareHeartbeatRequestManagerTest and ShareConsumerImplTest (KIP-932).
#include "client/share_consumer.h"

#include <doctest/doctest.h>

#include "client/consumers.h"

namespace kafkascope::client::testing {
namespace {

ShareConsumerOptions sharer(std::string id = "s-1") {
  ShareConsumerOptions o;
  o.client_id = std::move(id);
  o.topics = {"orders"};
  o.config.set("group.id", std::string("pool"));
  return o;
}

std::vector<std::int64_t> heartbeats_ms(Rig& rig) {
  std::vector<std::int64_t> out;
  for (const auto& seen : rig.broker().of(api::ShareGroupHeartbeat)) out.push_back(seen.at.us / 1000);
  return out;
}

const ShareGroupHeartbeatRequest& heartbeat(const FakeBroker::Seen& seen) {
  return protocol::get<ShareGroupHeartbeatRequest>(seen.body);
}

}  // namespace

TEST_CASE("share member: it acknowledges a new assignment at once, then sends heartbeats at the interval") {
  Rig rig;
  rig.broker().newer.assignment = {orders(0)};
  rig.add(sharer());
  rig.run_ms(4000);
  auto seen = rig.broker().of(api::ShareGroupHeartbeat);
  REQUIRE(seen.size() == 2);
  CHECK((heartbeat(seen[0]).member_epoch == 0 && heartbeat(seen[0]).has_subscription));
  CHECK((heartbeat(seen[1]).member_epoch == 1 && !heartbeat(seen[1]).has_subscription));
  CHECK(heartbeats_ms(rig)[1] - heartbeats_ms(rig)[0] < 100);
  rig.run_ms(5500);
  CHECK(heartbeats_ms(rig).size() == 3);
  rig.broker().newer.assignment = {};
  rig.broker().newer.epoch = 2;
  rig.run_ms(11000);  // the answer at 10 s has the new assignment; another heartbeat follows it
  seen = rig.broker().of(api::ShareGroupHeartbeat);
  REQUIRE(seen.size() == 5);
  CHECK(heartbeat(seen[4]).member_epoch == 2);
}

TEST_CASE("share member: the next regular heartbeat sends a changed subscription") {
  Rig rig;
  rig.broker().newer.assignment = {orders(0)};
  const NodeId s = rig.add(sharer());
  rig.run_ms(2000);
  rig.act(s, [&](Context& ctx) { rig.share_consumer(s).subscribe(ctx, {"orders", "audit"}); });
  rig.run_ms(4500);
  CHECK(heartbeats_ms(rig).size() == 2);
  rig.run_ms(5500);
  const auto seen = rig.broker().of(api::ShareGroupHeartbeat);
  REQUIRE(seen.size() == 3);
  CHECK((heartbeat(seen[2]).has_subscription && heartbeat(seen[2]).subscribed_topic_names.size() == 2));
}

TEST_CASE("share member: after an error it sends its full state at once, and to a new coordinator without a pause") {
  Rig rig(2);  // nothing is assigned, so no fetch delays FindCoordinator
  rig.broker().newer_errors = {ErrorCode::NONE, ErrorCode::COORDINATOR_LOAD_IN_PROGRESS};
  rig.add(sharer());
  rig.run_ms(1000);
  auto seen = rig.broker().of(api::ShareGroupHeartbeat);
  REQUIRE(seen.size() == 3);
  CHECK(heartbeat(seen[2]).has_subscription);
  for (int b : {1, 2}) rig.broker(b).cluster.coordinator = 2;
  rig.run_ms(5900);
  const std::int64_t refused = heartbeats_ms(rig).back();
  const auto moved = rig.broker(2).of(api::ShareGroupHeartbeat);
  REQUIRE(!moved.empty());
  CHECK(moved[0].at.us / 1000 - refused < 50);
  CHECK(heartbeat(moved[0]).has_subscription);
}

TEST_CASE("share member: it looks its coordinator up again only when retry.backoff.ms has passed since it was found") {
  Rig rig;
  rig.broker().newer_errors = {ErrorCode::NOT_COORDINATOR, ErrorCode::NOT_COORDINATOR};
  rig.add(sharer());
  rig.run_ms(3000);
  check_pauses_between_lookups(rig);
}

TEST_CASE(
    "share consumer: it fetches nothing while it has records; the next poll's fetch carries their acknowledgements") {
  Rig rig;
  rig.broker().newer.assignment = {orders(0)};
  fill(rig, 0, 6, 2);
  rig.broker().share_batches = 2;  // an answer has two batches of two records, and poll() returns at most three records
  ShareConsumerOptions o = sharer();
  o.config.set("max.poll.records", std::int64_t{3});
  o.work.each = sim::milliseconds(100);
  rig.add(o);
  const auto fetches = [&] { return rig.broker().of(api::ShareFetch).size(); };
  const auto acknowledgements = [&] { return rig.broker().of(api::ShareAcknowledge).size(); };
  std::int64_t first = 0;
  while (deliveries(rig.watch).empty() && first < 2000) rig.run_ms(first += 5);
  rig.run_ms(first + 290);
  CHECK((fetches() == 1 && acknowledgements() == 0));
  rig.run_ms(first + 390);  // the second poll(): the fourth record was already fetched
  CHECK((fetches() == 1 && acknowledgements() == 1));
  rig.run_ms(first + 450);
  REQUIRE(fetches() == 2);
  const auto fetch = protocol::get<ShareFetchRequest>(rig.broker().of(api::ShareFetch)[1].body);
  CHECK(fetch.session_epoch == 2);
  REQUIRE(fetch.partitions.size() == 1);
  CHECK((fetch.partitions[0].acknowledgements.at(0).first.value == 3 &&
         fetch.partitions[0].acknowledgements.at(0).last.value == 3));
}

namespace {

/// Four records in batches of two; poll() returns at most three. The second poll() returns a record that was already fetched, so the
/// first three are acknowledged with a ShareAcknowledge.
struct CommittingRig : Rig {
  NodeId s;
  explicit CommittingRig(std::deque<ErrorCode> errors, std::deque<ErrorCode> refusals = {},
                         std::int64_t api_timeout_ms = 60000) {
    broker().newer.assignment = {orders(0)};
    fill(*this, 0, 4, 2);
    broker().acknowledge_errors = std::move(errors);
    broker().acknowledge_refusals = std::move(refusals);
    ShareConsumerOptions o = sharer();
    o.config.set("max.poll.records", std::int64_t{3});
    o.config.set("default.api.timeout.ms", api_timeout_ms);
    s = add(o);
  }
  std::vector<ShareAcknowledgeRequest> commits() {
    std::vector<ShareAcknowledgeRequest> out;
    for (const auto& seen : broker().of(api::ShareAcknowledge))
      out.push_back(protocol::get<ShareAcknowledgeRequest>(seen.body));
    return out;
  }
  /// The pauses between ShareAcknowledge requests.
  std::vector<std::int64_t> pauses_ms() {
    std::vector<std::int64_t> out;
    const auto seen = broker().of(api::ShareAcknowledge);
    for (std::size_t i = 1; i < seen.size(); ++i) out.push_back((seen[i].at - seen[i - 1].at).us / 1000);
    return out;
  }
  std::int64_t lost() { return share_consumer(s).stats().metrics.consumer.acknowledgements_failed; }
};

}  // namespace

TEST_CASE(
    "share consumer: a refused commitAsync() is sent again with growing pauses, and nothing is fetched until it is done") {
  CommittingRig rig(std::deque<ErrorCode>(4, ErrorCode::COORDINATOR_NOT_AVAILABLE));
  rig.run_ms(8000);
  const auto commits = rig.commits();
  REQUIRE(commits.size() == 5);
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(commits[i].session_epoch == static_cast<std::int32_t>(i + 1));  // each has an epoch of its own
    REQUIRE(commits[i].partitions.size() == 1);
    CHECK((commits[i].partitions[0].acknowledgements.at(0).first.value == 0 &&
           commits[i].partitions[0].acknowledgements.at(0).last.value == 2));
  }
  const auto pauses = rig.pauses_ms();
  for (std::size_t i = 0; i < 4; ++i) {
    CHECK(pauses[i] >= (100 << i) * 8 / 10);
    CHECK(pauses[i] <= std::min(1000, (100 << i) * 12 / 10) + 5);
  }
  const auto fetches = rig.broker().of(api::ShareFetch);
  REQUIRE(fetches.size() >= 2);
  CHECK(fetches[1].at > rig.broker().of(api::ShareAcknowledge).back().at);
  CHECK(rig.lost() == 0);
  CHECK(rig.share_consumer(rig.s).stats().metrics.consumer.acknowledgements_sent == 4);  // resent ones count once
}

TEST_CASE("share consumer: commitAsync() fails after default.api.timeout.ms, and fetching resumes") {
  CommittingRig rig(std::deque<ErrorCode>(100, ErrorCode::COORDINATOR_LOAD_IN_PROGRESS), {}, 2000);
  rig.run_ms(8000);
  const auto commits = rig.broker().of(api::ShareAcknowledge);
  CHECK((commits.back().at - commits.front().at).us / 1000 < 2000);
  CHECK(commits.size() >= 4);
  CHECK(rig.lost() == 3);
  CHECK((rig.broker().of(api::ShareFetch).at(1).at - commits.front().at).us / 1000 >= 1990);
}

TEST_CASE("share consumer: acknowledgements refused with an error that a retry cannot fix are not sent again") {
  for (const ErrorCode error :
       {ErrorCode::NOT_LEADER_OR_FOLLOWER, ErrorCode::FENCED_LEADER_EPOCH, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
        ErrorCode::UNKNOWN_TOPIC_ID, ErrorCode::INVALID_RECORD_STATE, ErrorCode::TOPIC_AUTHORIZATION_FAILED}) {
    CAPTURE(name(error));
    CommittingRig rig({error});
    rig.run_ms(8000);
    CHECK(rig.commits().size() == 1);
    CHECK(rig.lost() == 3);
    CHECK(rig.broker().of(api::ShareFetch).size() > 2);  // the application calls poll() again
  }
}

TEST_CASE("share consumer: a lost session loses its acknowledgements, and the next fetch begins a new one") {
  CommittingRig rig({}, {ErrorCode::INVALID_SHARE_SESSION_EPOCH});
  rig.run_ms(3000);
  CHECK(rig.commits().size() == 1);
  CHECK(rig.lost() == 4);  // the first fetch of a session carries no acknowledgements, so the fourth is lost
  const auto fetch = protocol::get<ShareFetchRequest>(rig.broker().of(api::ShareFetch).at(1).body);
  CHECK(fetch.session_epoch == 0);
  CHECK(fetch.partitions.at(0).acknowledgements.empty());
}

TEST_CASE(
    "share consumer: close() waits for commits under way, and acknowledgements that end the session are sent once") {
  CommittingRig rig({ErrorCode::COORDINATOR_NOT_AVAILABLE, ErrorCode::NONE, ErrorCode::COORDINATOR_NOT_AVAILABLE});
  while (rig.commits().empty() && rig.at.us < 3000000) rig.run_ms(rig.at.us / 1000 + 5);
  rig.act(rig.s, [&](Context& ctx) { rig.share_consumer(rig.s).request_stop(ctx); });
  rig.run_ms(rig.at.us / 1000 + 2000);
  const auto commits = rig.commits();
  REQUIRE(commits.size() == 3);
  CHECK(commits[1].session_epoch == 2);
  CHECK(commits[2].session_epoch == kFinalShareEpoch);
  CHECK(commits[2].partitions.at(0).acknowledgements.at(0).first.value == 3);
  CHECK(rig.lost() == 1);
  CHECK(rig.world.state(rig.s) == sim::NodeState::Stopped);
}

TEST_CASE(
    "share consumer: close() releases the last poll's records in implicit mode, and sends the given acknowledgements in explicit mode") {
  for (const bool is_explicit : {false, true}) {
    CAPTURE(is_explicit);
    Rig rig;
    rig.broker().newer.assignment = {orders(0)};
    fill(rig, 0, 2, 2);
    ShareConsumerOptions o = sharer();
    o.work.each = sim::seconds(1);
    if (is_explicit) o.config.set("share.acknowledgement.mode", std::string("explicit"));
    const NodeId s = rig.add(o);
    while (deliveries(rig.watch).empty() && rig.at.us < 3000000) rig.run_ms(rig.at.us / 1000 + 5);
    rig.act(s, [&](Context& ctx) { rig.share_consumer(s).request_stop(ctx); });
    rig.run_ms(rig.at.us / 1000 + 4000);
    CHECK(rig.share_consumer(s).stats().processed == 2);
    const auto last = protocol::get<ShareAcknowledgeRequest>(rig.broker().of(api::ShareAcknowledge).at(0).body);
    CHECK(last.session_epoch == kFinalShareEpoch);
    CHECK(last.partitions.empty() == !is_explicit);
  }
}

TEST_CASE(
    "share consumer: a record that cannot be deserialized ends a poll() and is released; the records around it are delivered") {
  Rig rig;
  rig.broker().newer.assignment = {orders(0)};
  RecordBatch batch;
  batch.client = 99;
  for (const char* value : {"8 bytes.", "x", "8 bytes!"}) {
    Record r;
    r.value = value;
    r.timestamp_ms = sim::kEpochMs;
    batch.records.push_back(r);
  }
  rig.broker().append(orders(0), seal(batch));
  ShareConsumerOptions o = sharer();
  o.config.set("value.deserializer", std::string("org.apache.kafka.common.serialization.LongDeserializer"));
  const NodeId s = rig.add(o);
  rig.run_ms(5000);
  const ClientStats& stats = rig.share_consumer(s).stats();
  CHECK(stats.received == 2);
  CHECK(stats.errors.at("RecordDeserializationException") == 1);
  REQUIRE(stats.thrown);
  CHECK(stats.thrown->message ==
        "Error deserializing VALUE for partition orders-0 at offset 1. The record has been released.");
  const auto commits = rig.broker().of(api::ShareAcknowledge);
  REQUIRE(commits.size() == 2);
  const auto said = [&](std::size_t i) {
    return protocol::get<ShareAcknowledgeRequest>(commits[i].body).partitions.at(0).acknowledgements.at(0);
  };
  CHECK((said(0).first.value == 0 && said(0).types.front() == AcknowledgeType::Accept));
  CHECK((said(1).first.value == 1 && said(1).last.value == 1 && said(1).types.front() == AcknowledgeType::Release));
  CHECK((commits[1].at - commits[0].at).us / 1000 >= 1000);  // the application catches the exception and polls again
}

}  // namespace kafkascope::client::testing
