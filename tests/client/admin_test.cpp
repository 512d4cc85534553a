// The admin client.
#include <doctest/doctest.h>

#include "client/rig.h"
#include "protocol/facts_of_clients.h"

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

TEST_CASE("an offset reset whose time is up before it begins throws TimeoutException, and no request is sent") {
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
