#include "broker/replica_index.h"

#include <doctest/doctest.h>

#include <map>

using namespace kafkascope;
using broker::ReplicaIndex;
using protocol::TopicPartition;

TEST_CASE("ReplicaIndex finds what was added and nothing else, as a map does, through its growing") {
  ReplicaIndex index;
  std::map<TopicPartition, std::int32_t> model;
  CHECK(index.find({0, 0}) == -1);
  CHECK(index.find(TopicPartition{}) == -1);
  for (std::int32_t topic = 0; topic < 40; ++topic)
    for (std::int32_t partition = topic % 7; partition < 1000; partition += 97) {
      const auto at = static_cast<std::int32_t>(model.size());
      model[{topic, partition}] = at;
      index.add({topic, partition}, at);
    }
  for (std::int32_t topic = -1; topic < 42; ++topic)
    for (std::int32_t partition = -1; partition < 1000; ++partition) {
      const auto known = model.find({topic, partition});
      REQUIRE(index.find({topic, partition}) == (known == model.end() ? -1 : known->second));
    }
  const ReplicaIndex checkpoint = index;
  index.add({50, 0}, 12345);
  CHECK(checkpoint.find({50, 0}) == -1);
  CHECK(index.find({50, 0}) == 12345);
}
