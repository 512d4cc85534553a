// A condition of a file is evaluated after every event, so the engine builds only the part at its path: it must equal that part of the
// whole document.
#include <doctest/doctest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "support/lessons.h"

using namespace kafkascope;
using namespace kafkascope::test;

TEST_CASE("a path gives the same value as the state document has at that path") {
  for (const char* id : {"replication/leader-failover", "groups/rebalance-cooperative", "groups/share-group",
                         "controller/zookeeper-failover"}) {
    CAPTURE(id);
    scenario::Session session(loaded(read_text(source_path(std::string("scenarios/") + id + ".json"))));
    session.run_until(sim::Instant{session.until().us / 2});
    const observe::Moment moment = session.moment();
    const nlohmann::json whole = observe::state_at(moment, "").value();
    std::size_t looked_at = 0;
    for (const char* section : {"nodes", "clients", "topics", "partitions", "groups"})
      for (const auto& [name, value] : whole.at(section).items())
        for (const auto& [part, inner] : value.items()) {
          const std::string path = std::string("/") + section + "/" + name + "/" + part;
          CAPTURE(path);
          CHECK(observe::state_at(moment, path).value() == inner);
          ++looked_at;
        }
    CHECK(looked_at > 50);
  }
}
