#include "controller/kraft/replica_placer.h"

#include <doctest/doctest.h>

#include <map>
#include <set>

using namespace kafkascope::controller;
using kafkascope::protocol::BrokerId;
using kafkascope::protocol::ErrorCode;
using kafkascope::protocol::IdList;
using kafkascope::sim::Random;
using kafkascope::sim::Stream;

namespace {
Placement place(const std::vector<UsableBroker>& brokers, int partitions, int factor, std::uint64_t seed = 7) {
  Random random(seed, Stream::Placement);
  return place_replicas(brokers, partitions, factor, random);
}
std::vector<UsableBroker> plain(int n) {
  std::vector<UsableBroker> out;
  for (BrokerId id = 1; id <= n; ++id) out.push_back({id, "", false});
  return out;
}
}  // namespace

TEST_CASE(
    "StripedReplicaPlacer: without racks each row lists the brokers in order, shifted by one from the row before") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Placement p = place(plain(4), 4, 3, seed);
    REQUIRE(p.error == ErrorCode::NONE);
    std::set<BrokerId> leaders;
    for (std::size_t row = 0; row < 4; ++row) {
      const IdList& r = p.partitions[row];
      REQUIRE(r.size() == 3);
      leaders.insert(r[0]);
      for (int i = 1; i < 3; ++i) CHECK(r[i] == r[i - 1] % 4 + 1);
      if (row > 0) CHECK(r[0] == p.partitions[row - 1][0] % 4 + 1);
    }
    CHECK(leaders.size() == 4);
  }
}

TEST_CASE("StripedReplicaPlacer: leaders stay balanced after the shuffle, and rows differ") {
  const Placement p = place(plain(3), 300, 3);
  std::map<BrokerId, int> leads;
  std::set<std::string> rows;
  for (const IdList& r : p.partitions) {
    ++leads[r[0]];
    rows.insert(r.text());
  }
  for (const auto& [id, count] : leads) CHECK(count == 100);
  CHECK(rows.size() == 6);  // both directions around the circle of brokers
}

TEST_CASE("StripedReplicaPlacer: replicas are spread over racks") {
  const std::vector<UsableBroker> brokers = {{1, "a", false}, {2, "a", false}, {3, "b", false},
                                             {4, "b", false}, {5, "c", false}, {6, "c", false}};
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Placement p = place(brokers, 12, 3, seed);
    REQUIRE(p.partitions.size() == 12);
    for (const IdList& r : p.partitions) {
      std::set<std::string> racks;
      for (BrokerId id : r) racks.insert(brokers[static_cast<std::size_t>(id - 1)].rack);
      CHECK(racks.size() == 3);
    }
  }
}

TEST_CASE("StripedReplicaPlacer: a fenced broker never leads and comes last in its rack") {
  const std::vector<UsableBroker> brokers = {{1, "", true}, {2, "", false}, {3, "", false}};
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Placement two = place(brokers, 6, 2, seed);
    for (const IdList& r : two.partitions) CHECK_FALSE(r.contains(1));
    const Placement three = place(brokers, 6, 3, seed);
    for (const IdList& r : three.partitions) CHECK(r[2] == 1);
  }
  const std::vector<UsableBroker> alone_in_its_rack = {{1, "a", true}, {2, "b", false}, {3, "b", false}};
  for (std::uint64_t seed = 0; seed < 20; ++seed)
    for (const IdList& r : place(alone_in_its_rack, 6, 2, seed).partitions) {
      CHECK(r[0] != 1);
      CHECK(r[1] == 1);
    }
}

TEST_CASE("StripedReplicaPlacer: an impossible replication factor gets INVALID_REPLICATION_FACTOR") {
  CHECK(place(plain(3), 1, 4).error == ErrorCode::INVALID_REPLICATION_FACTOR);
  CHECK(place(plain(3), 1, 0).error == ErrorCode::INVALID_REPLICATION_FACTOR);
  CHECK(place({{1, "", true}, {2, "", true}}, 1, 1).message == "All brokers are currently fenced.");
  CHECK(place(plain(20), 1, 16).error == ErrorCode::INVALID_REPLICATION_FACTOR);
}

TEST_CASE("StripedReplicaPlacer: the same random stream gives the same placement for any order of the brokers") {
  auto turned = plain(5);
  std::swap(turned[0], turned[4]);
  const auto a = place(plain(5), 9, 3).partitions, b = place(turned, 9, 3).partitions;
  CHECK(a == b);
}
