#include "protocol/per_partition.h"

#include <doctest/doctest.h>

#include <utility>

using namespace kafkascope::protocol;

TEST_CASE("PerPartition: there is one place per partition, and places are visited by topic and then by partition") {
  PerPartition<int> table;
  CHECK(table.find({0, 0}) == nullptr);
  table[{1, 2}] = 12;
  table[{0, 1}] = 1;
  table[TopicPartition{}] = -1;
  CHECK(*table.find({1, 2}) == 12);
  CHECK(*table.find(TopicPartition{}) == -1);
  CHECK(table.find({1, 3}) == nullptr);
  CHECK(table.find({2, 0}) == nullptr);
  std::vector<std::pair<TopicPartition, int>> seen;
  table.for_each([&](TopicPartition p, int& value) {
    if (value != 0) seen.emplace_back(p, value);
  });
  CHECK(seen == std::vector<std::pair<TopicPartition, int>>{{{-1, -1}, -1}, {{0, 1}, 1}, {{1, 2}, 12}});
}
