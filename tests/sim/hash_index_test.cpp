#include "sim/hash_index.h"

#include <doctest/doctest.h>

#include <map>

#include "protocol/ids.h"

using namespace kafkascope;
using protocol::TopicPartition;
using sim::HashIndex;

TEST_CASE("HashIndex finds the same keys as a map while it grows") {
  HashIndex<TopicPartition> index;
  std::map<TopicPartition, std::int32_t> model;
  CHECK(index.find({0, 0}) == -1);
  CHECK(index.find(TopicPartition{}) == -1);
  for (std::int32_t topic = 0; topic < 40; ++topic)
    for (std::int32_t partition = topic % 7; partition < 1000; partition += 97) {
      const auto at = static_cast<std::int32_t>(model.size());
      model[{topic, partition}] = at;
      index.set({topic, partition}, at);
    }
  for (std::int32_t topic = -1; topic < 42; ++topic)
    for (std::int32_t partition = -1; partition < 1000; ++partition) {
      const auto known = model.find({topic, partition});
      REQUIRE(index.find({topic, partition}) == (known == model.end() ? -1 : known->second));
    }
  const HashIndex<TopicPartition> checkpoint = index;
  index.set({50, 0}, 12345);
  CHECK(checkpoint.find({50, 0}) == -1);
  CHECK(index.find({50, 0}) == 12345);
}

TEST_CASE("HashIndex does not find erased entries and still finds the entries after them") {
  HashIndex<std::uint32_t> index;
  std::map<std::uint32_t, std::int32_t> model;
  std::uint32_t lot = 1;
  for (int round = 0; round < 20000; ++round) {
    lot = lot * 1664525u + 1013904223u;
    const std::uint32_t key = lot >> 16 & 0xff;  // few keys: many coexist, and the table rarely grows
    if ((lot >> 8 & 3) == 0) {
      index.erase(key);
      model.erase(key);
    } else {
      index.set(key, round);
      model[key] = round;
    }
    if (round % 50 != 0) continue;
    for (std::uint32_t k = 0; k < 300; ++k) {
      const auto known = model.find(k);
      REQUIRE(index.find(k) == (known == model.end() ? -1 : known->second));
    }
  }
  index.clear();
  CHECK(index.find(1) == -1);
}
