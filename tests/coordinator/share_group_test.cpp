// Share groups at their coordinator (KIP-932): the assignment of partitions, the stored records; and the share coordinator's
// stored state.
#include "coordinator/share_group.h"

#include <doctest/doctest.h>

#include "coordinator/group_records.h"
#include "coordinator/share_coordinator.h"

namespace kafkascope::coordinator {
namespace {

AssignorSpec share_spec(int members, int partitions, const TargetAssignment& targets = {}) {
  AssignorSpec spec;
  spec.partition_counts[1] = partitions;
  for (int i = 0; i < members; ++i) {
    const std::string id = "m" + std::to_string(i);
    spec.members[id].topics = {1};
    if (const auto it = targets.find(id); it != targets.end()) spec.members[id].target = it->second;
  }
  return spec;
}

Partitions share_partitions_to(int n) {
  Partitions all;
  for (int i = 0; i < n; ++i) all.push_back({1, i});
  return all;
}

}  // namespace

TEST_CASE(
    "simple assignor: every member has a partition, every partition has a member, and no member is more than one above its share") {
  for (int members = 1; members <= 9; ++members)
    for (int partitions = 1; partitions <= 9; ++partitions) {
      CAPTURE(members);
      CAPTURE(partitions);
      const auto out = assign_simple(share_spec(members, partitions), share_partitions_to(partitions));
      std::map<protocol::TopicPartition, int> sharers;
      std::size_t least = 100, most = 0;
      for (const auto& [id, list] : out) {
        least = std::min(least, list.size());
        most = std::max(most, list.size());
        for (const auto tp : list) ++sharers[tp];
      }
      CHECK(static_cast<int>(sharers.size()) == partitions);
      CHECK(least >= 1);
      CHECK(static_cast<int>(most) <= (partitions + members - 1) / members + 1);
    }
}

TEST_CASE("simple assignor: the assignments of a real 4.1.0 cluster's share group are reproduced") {
  const std::string s1 = "beduElmkQK6rmtWxoGVkLw", s2 = "RRwDUei9SI6ZZa2V5N_5XQ", s3 = "HQDowogXSBmwCCza_txvoQ";
  const auto of = [](std::vector<std::int32_t> numbers) {
    Partitions list;
    for (const std::int32_t p : numbers) list.push_back({1, p});
    return list;
  };
  AssignorSpec spec = share_spec(0, 4);
  spec.members[s1].topics = {1};
  const auto go_on = [&](const TargetAssignment& expected) {
    const TargetAssignment out = assign_simple(spec, share_partitions_to(4));
    CHECK(out == expected);
    for (const auto& [id, list] : out) spec.members[id].target = list;
  };
  go_on({{s1, of({0, 1, 2, 3})}});
  spec.members[s2].topics = {1};
  go_on({{s1, of({0, 1})}, {s2, of({2, 3})}});
  spec.members[s3].topics = {1};
  go_on({{s1, of({0, 1})}, {s2, of({2, 3})}, {s3, of({2})}});
  spec.members.erase(s1);
  go_on({{s2, of({1, 2, 3})}, {s3, of({0, 2})}});
}

TEST_CASE("simple assignor: four members share one partition, and nothing moves unnecessarily") {
  const auto four = assign_simple(share_spec(4, 1), share_partitions_to(1));
  for (const auto& [id, list] : four) CHECK(list == share_partitions_to(1));
  const auto two = assign_simple(share_spec(2, 4), share_partitions_to(4));
  CHECK(assign_simple(share_spec(2, 4, two), share_partitions_to(4)) == two);
  CHECK(assign_simple(share_spec(2, 4, two), {}).at("m0").empty());
}

TEST_CASE(
    "stored share state: of two batches for a record the one with more deliveries wins, and batches below the start offset are dropped") {
  StoredShareState state;
  state.merge(protocol::Offset{10}, {{protocol::Offset{10}, protocol::Offset{14}, 0, 1}});
  state.merge({}, {{protocol::Offset{11}, protocol::Offset{12}, 2, 2}});
  state.merge({}, {{protocol::Offset{12}, protocol::Offset{13}, 0, 1}});  // an update that arrives late
  CHECK(state.batches() == std::vector<protocol::ShareStateBatch>{{protocol::Offset{10}, protocol::Offset{10}, 0, 1},
                                                                  {protocol::Offset{11}, protocol::Offset{12}, 2, 2},
                                                                  {protocol::Offset{13}, protocol::Offset{14}, 0, 1}});
  state.merge(protocol::Offset{12}, {});
  CHECK(state.start_offset.value == 12);
  CHECK(state.batches().front().first.value == 12);
}

TEST_CASE("stored share state: snapshots and updates are read back from the log in order") {
  const SharePartitionKey key{"pool a", {3, 0}};
  ShareCoordinatorShard shard;
  const auto replay = [&](const ShareStateRecord& r) {
    protocol::RecordList list;
    list.push_back(ShareCoordinatorShard::encode(r, {}, 1));
    const auto decoded = ShareCoordinatorShard::decode(list[0]);
    REQUIRE(decoded);
    shard.apply(*decoded);
  };
  using protocol::LeaderEpoch;
  using protocol::Offset;
  replay(ShareSnapshotRecord{{{key}}, {{1, 2, LeaderEpoch{5}, Offset{7}, {{Offset{7}, Offset{9}, 2, 1}}}}});
  replay(ShareUpdateRecord{{{key}}, {{1, LeaderEpoch{6}, Offset{8}, {{Offset{12}, Offset{12}, 0, 3}}}}});
  const StoredShareState& now = shard.states.at(key);
  CHECK((now.state_epoch == 2 && now.snapshot_epoch == 1 && now.leader_epoch.value == 6 &&
         now.start_offset.value == 8 && now.updates == 1));
  CHECK(now.batches() == std::vector<protocol::ShareStateBatch>{{protocol::Offset{8}, protocol::Offset{9}, 2, 1},
                                                                {protocol::Offset{12}, protocol::Offset{12}, 0, 3}});
  replay(ShareUpdateRecord{{{key}}, {{1, {}, {}, {}}}});
  CHECK((now.leader_epoch.value == 6 && now.start_offset.value == 8));  // the update leaves them unchanged
  replay(ShareSnapshotRecord{{{key}}, std::nullopt});
  CHECK(shard.states.empty());
}

}  // namespace kafkascope::coordinator
