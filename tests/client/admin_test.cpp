// The admin client.
#include <doctest/doctest.h>

#include "client/fake_broker.h"

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
  const auto result = rig.watch.of(Trace::CommandResult);
  REQUIRE(result.size() == 1);
  CHECK(result[0].line.a == 0);
  CHECK(result[0].line.text == "new");
  CHECK(std::get<Admin>(rig.world.role(n)).stats().errors.at("NOT_CONTROLLER") == 2);
}
