// A coordinator with one share group, "g", over the topic orders.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "coordinator/harness.h"

namespace coordinator_test {

struct ShareBench : Bench {
  explicit ShareBench(bool enabled = true) {
    if (enabled) node().image.apply(node().image.last_offset() + 1, {1}, FeatureLevelRecord{"share.version", 1});
  }
  const coordinator::ShareGroup& share() {
    const coordinator::ShareGroup* g = coordinator().share_group("g");
    REQUIRE(g);
    return *g;
  }
  ShareGroupHeartbeatRequest joining(std::string id) const {
    ShareGroupHeartbeatRequest r = beat(std::move(id), 0);
    r.has_subscription = true;
    r.subscribed_topic_names = {"orders"};
    return r;
  }
  ShareGroupHeartbeatRequest beat(std::string id, std::int32_t epoch) const {
    ShareGroupHeartbeatRequest r;
    r.group_id = "g";
    r.client_id = "c-" + id;
    r.member_id = std::move(id);
    r.member_epoch = epoch;
    return r;
  }
  ShareGroupHeartbeatResponse answer(const ShareGroupHeartbeatRequest& r) {
    const auto h = send(r);
    wait_ms(20);
    const auto found = reply<ShareGroupHeartbeatResponse>(h);
    REQUIRE(found);
    return *found;
  }
  void initialize_all() {
    act([&](CoordinatorNode& n, Context& ctx) {
      for (const auto& [group, tp] : std::exchange(n.share_wanted, {})) n.share_initialized(ctx, group, tp);
    });
    wait_ms(20);
  }
};

}  // namespace coordinator_test
