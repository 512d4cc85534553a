// A share consumer among fake brokers: when it heartbeats, when it fetches, what it does about errors.
// Kafka's ShareMembershipManagerTest, ShareHeartbeatRequestManagerTest and ShareConsumerImplTest by their facts (KIP-932).
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
  for (const auto& seen : rig.broker().of(ApiKey::ShareGroupHeartbeat)) out.push_back(seen.at.us / 1000);
  return out;
}

const ShareGroupHeartbeatRequest& heartbeat(const FakeBroker::Seen& seen) { return protocol::get<ShareGroupHeartbeatRequest>(seen.body); }

}  // namespace

TEST_CASE("share member: an assignment that it has taken is said at once, then it heartbeats by the interval") {
  Rig rig;
  rig.broker().newer.assignment = {orders(0)};
  rig.add(sharer());
  rig.run_ms(4000);
  auto seen = rig.broker().of(ApiKey::ShareGroupHeartbeat);
  REQUIRE(seen.size() == 2);
  CHECK((heartbeat(seen[0]).member_epoch == 0 && heartbeat(seen[0]).has_subscription));
  CHECK((heartbeat(seen[1]).member_epoch == 1 && !heartbeat(seen[1]).has_subscription));
  CHECK(heartbeats_ms(rig)[1] - heartbeats_ms(rig)[0] < 100);
  rig.run_ms(5500);
  CHECK(heartbeats_ms(rig).size() == 3);
  rig.broker().newer.assignment = {};
  rig.broker().newer.epoch = 2;
  rig.run_ms(11000);  // told with the one at 10 s, which is followed by another
  seen = rig.broker().of(ApiKey::ShareGroupHeartbeat);
  REQUIRE(seen.size() == 5);
  CHECK(heartbeat(seen[4]).member_epoch == 2);
}

TEST_CASE("share member: a changed subscription is said with the heartbeat that is due") {
  Rig rig;
  rig.broker().newer.assignment = {orders(0)};
  const NodeId s = rig.add(sharer());
  rig.run_ms(2000);
  rig.act(s, [&](Context& ctx) { rig.share_consumer(s).subscribe(ctx, {"orders", "audit"}); });
  rig.run_ms(4500);
  CHECK(heartbeats_ms(rig).size() == 2);
  rig.run_ms(5500);
  const auto seen = rig.broker().of(ApiKey::ShareGroupHeartbeat);
  REQUIRE(seen.size() == 3);
  CHECK((heartbeat(seen[2]).has_subscription && heartbeat(seen[2]).subscribed_topic_names.size() == 2));
}

TEST_CASE("share member: after an error everything is said again, without waiting for the interval; a moved coordinator without backoff") {
  Rig rig(2);  // nothing is assigned, so no fetch is in the way of FindCoordinator
  rig.broker().newer_errors = {ErrorCode::NONE, ErrorCode::COORDINATOR_LOAD_IN_PROGRESS};
  rig.add(sharer());
  rig.run_ms(1000);
  auto seen = rig.broker().of(ApiKey::ShareGroupHeartbeat);
  REQUIRE(seen.size() == 3);
  CHECK(heartbeat(seen[2]).has_subscription);
  for (int b : {1, 2}) rig.broker(b).cluster.coordinator = 2;
  rig.run_ms(5900);
  const std::int64_t refused = heartbeats_ms(rig).back();
  const auto moved = rig.broker(2).of(ApiKey::ShareGroupHeartbeat);
  REQUIRE(!moved.empty());
  CHECK(moved[0].at.us / 1000 - refused < 50);
  CHECK(heartbeat(moved[0]).has_subscription);
}

TEST_CASE("share consumer: nothing is fetched while there are records in hand or buffered; what is done goes along with the next poll") {
  Rig rig;
  rig.broker().newer.assignment = {orders(0)};
  fill(rig, 0, 6, 2);
  rig.broker().share_batches = 2;  // two batches of two with an answer, and poll() hands over three at most
  ShareConsumerOptions o = sharer();
  o.config.set("max.poll.records", std::int64_t{3});
  o.work.each = sim::milliseconds(100);
  rig.add(o);
  const auto fetches = [&] { return rig.broker().of(ApiKey::ShareFetch).size(); };
  const auto acknowledgements = [&] { return rig.broker().of(ApiKey::ShareAcknowledge).size(); };
  std::int64_t first = 0;
  while (deliveries(rig.watch).empty() && first < 2000) rig.run_ms(first += 5);
  rig.run_ms(first + 290);
  CHECK((fetches() == 1 && acknowledgements() == 0));
  rig.run_ms(first + 390);  // the second poll(): the fourth record was there
  CHECK((fetches() == 1 && acknowledgements() == 1));
  rig.run_ms(first + 450);
  REQUIRE(fetches() == 2);
  const auto fetch = protocol::get<ShareFetchRequest>(rig.broker().of(ApiKey::ShareFetch)[1].body);
  CHECK(fetch.session_epoch == 2);
  REQUIRE(fetch.partitions.size() == 1);
  CHECK((fetch.partitions[0].acknowledgements.at(0).first.value == 3 && fetch.partitions[0].acknowledgements.at(0).last.value == 3));
}

}  // namespace kafkascope::client::testing
