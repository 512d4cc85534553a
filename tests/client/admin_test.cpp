// The admin client.
#include <doctest/doctest.h>

#include "client/rig.h"
#include "protocol/facts_of_clients.h"
#include "protocol/messages_quorum.h"

using namespace kafkascope;
using namespace kafkascope::client;
using namespace kafkascope::client::testing;

TEST_CASE("KIP-919: an admin client tries the next controller when one is not active") {
  Rig rig(3, 1);
  for (int b = 1; b <= 3; ++b) rig.broker(b).cluster.coordinator = 3;  // the fake's active controller
  AdminOptions o;
  o.client_id = "ops";
  o.controllers = rig.bootstrap();
  const NodeId n = rig.begin(rig.world.add_node("ops", Admin(o)));
  rig.act(n, [&](protocol::Context& ctx) {
    CreatableTopic t;
    t.name = "new";
    std::get<Admin>(rig.world.role(n)).submit(ctx, protocol::CreateTopicsRequest{{t}});
  });
  rig.run_ms(2000);
  const auto result = rig.watch.facts<fact::CommandResult>();
  REQUIRE(result.size() == 1);
  CHECK(result[0].error == protocol::ErrorCode::NONE);
  CHECK(result[0].name == "new");
  CHECK(result[0].message.empty());
  CHECK(std::get<Admin>(rig.world.role(n)).stats().errors.at("NOT_CONTROLLER") == 2);
}

TEST_CASE("an offset reset that times out before it begins throws TimeoutException and sends no request") {
  Rig rig(1, 1);
  AdminOptions o;
  o.client_id = "ops";
  o.brokers = rig.bootstrap();
  o.config.set("default.api.timeout.ms", std::int64_t{0});
  o.config.set("request.timeout.ms", std::int64_t{0});
  const NodeId n = rig.begin(rig.world.add_node("ops", Admin(o)));
  rig.act(n, [&](protocol::Context& ctx) {
    std::get<Admin>(rig.world.role(n))
        .reset_offsets(ctx, "billing", false, {{"orders", {1, 0}, {SeekTarget::Kind::Beginning, 0}}});
  });
  rig.run_ms(100);
  CHECK(std::get<Admin>(rig.world.role(n)).waiting() == 0);
  const auto result = rig.watch.facts<fact::CommandResult>();
  REQUIRE(result.size() == 1);
  CHECK(result[0].error == protocol::ErrorCode::REQUEST_TIMED_OUT);
}

TEST_CASE(
    "KIP-664: the abort of a hanging transaction carries its producer's epoch and its coordinator epoch, which is 0 if it has none") {
  Rig rig(1, 1);
  rig.broker().producers = {{7, 3, 5, 1000, 4, Offset{20}}, {8, 2, 0, 1000, -1, Offset{12}}, {9, 0, 0, 1000, 1, {}}};
  AdminOptions o;
  o.client_id = "ops";
  o.brokers = rig.bootstrap();
  const NodeId n = rig.begin(rig.world.add_node("ops", Admin(o)));
  std::int64_t now_ms = 0;
  const auto abort = [&](std::optional<Offset> start) {
    rig.act(n, [&](protocol::Context& ctx) {
      std::get<Admin>(rig.world.role(n)).abort_transaction(ctx, "orders", orders(0), start);
    });
    rig.run_ms(now_ms += 1000);
    return rig.watch.facts<fact::CommandResult>().back();
  };
  CHECK(abort(Offset{20}).error == protocol::ErrorCode::NONE);
  CHECK(abort({}).error == protocol::ErrorCode::NONE);  // the first open transaction
  const auto markers = rig.broker().of(api::WriteTxnMarkers);
  REQUIRE(markers.size() == 2);
  const auto first = protocol::get<protocol::WriteTxnMarkersRequest>(markers[0].body).markers.front(),
             second = protocol::get<protocol::WriteTxnMarkersRequest>(markers[1].body).markers.front();
  CHECK(first.producer_id == 7);
  CHECK(first.producer_epoch == 3);
  CHECK(first.coordinator_epoch == 4);
  CHECK_FALSE(first.committed);
  CHECK(second.producer_id == 8);
  CHECK(second.coordinator_epoch == 0);
  const auto wrong = abort(Offset{13});
  CHECK(wrong.error == protocol::ErrorCode::INVALID_REQUEST);
  CHECK(wrong.message.str() == "Could not find any open transactions starting at offset 13 on partition orders-0");
  rig.broker().transaction_errors[api::WriteTxnMarkers] = {protocol::ErrorCode::NOT_LEADER_OR_FOLLOWER};
  CHECK(abort(Offset{12}).error == protocol::ErrorCode::NONE);  // the client looks up the leader again
  rig.broker().transaction_errors[api::WriteTxnMarkers] = {protocol::ErrorCode::INVALID_PRODUCER_EPOCH};
  CHECK(abort(Offset{12}).error == protocol::ErrorCode::INVALID_PRODUCER_EPOCH);
  rig.broker().producers.clear();
  CHECK(abort({}).reason == fact::AnswerReason::NothingToDo);
}

TEST_CASE(
    "KIP-939: the admin client terminates a transaction by sending InitProducerId without an id until the transaction has ended") {
  Rig rig(1, 1);
  rig.broker().init_errors = {protocol::ErrorCode::CONCURRENT_TRANSACTIONS, protocol::ErrorCode::NOT_COORDINATOR};
  AdminOptions o;
  o.client_id = "ops";
  o.brokers = rig.bootstrap();
  const NodeId n = rig.begin(rig.world.add_node("ops", Admin(o)));
  std::int64_t now_ms = 0;
  const auto terminate = [&] {
    rig.act(n, [&](protocol::Context& ctx) { std::get<Admin>(rig.world.role(n)).force_terminate(ctx, "tx-1"); });
    rig.run_ms(now_ms += 2000);
    return rig.watch.facts<fact::CommandResult>().back();
  };
  const auto done = terminate();
  CHECK(done.error == protocol::ErrorCode::NONE);
  CHECK(done.name.str() == "tx-1");
  const auto asked = rig.broker().of(api::InitProducerId);
  REQUIRE(asked.size() == 3);
  const auto first = protocol::get<protocol::InitProducerIdRequest>(asked[0].body);
  CHECK(first.transactional_id == "tx-1");
  CHECK(first.producer_id == protocol::kNoProducerId);
  CHECK(first.producer_epoch == -1);
  CHECK(first.transaction_timeout_ms == 30000);  // request.timeout.ms
  const auto lookups = rig.broker().of(api::FindCoordinator);
  REQUIRE(lookups.size() == 2);  // a second lookup only after the coordinator has moved
  CHECK(protocol::get<protocol::FindCoordinatorRequest>(lookups[0].body).key_type == 1);
  rig.broker().init_errors = {protocol::ErrorCode::INVALID_TRANSACTION_TIMEOUT};
  CHECK(terminate().error == protocol::ErrorCode::INVALID_TRANSACTION_TIMEOUT);
}
