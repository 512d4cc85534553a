#include "broker/replica_table.h"

#include <doctest/doctest.h>

using namespace kafkascope;
using broker::ReplicaTable;

TEST_CASE("ReplicaTable records which replicas were handed out for a change, and a copy keeps its own values") {
  ReplicaTable table;
  for (int i = 0; i < 40; ++i) table.emplace_back().tp = {0, i};
  CHECK(table.touched().size() == 40);
  table.forget_touched();
  const ReplicaTable checkpoint = table;
  const ReplicaTable& only_looked_at = table;
  CHECK(only_looked_at[7].tp.partition == 7);
  CHECK(table.touched().empty());
  table[33].leader = 5;
  table[33].leader = 6;
  table[2].leader = 7;
  CHECK(table.touched() == std::vector<std::int32_t>{33, 2});
  CHECK(only_looked_at[33].leader == 6);
  CHECK(checkpoint[33].leader == protocol::kNoBroker);
  CHECK(checkpoint.touched().empty());
  CHECK(&checkpoint[20] == &only_looked_at[20]);  // still shared
  table.forget_touched();
  CHECK(table.touched().empty());
  table[33].leader = 8;
  CHECK(table.touched() == std::vector<std::int32_t>{33});
}
