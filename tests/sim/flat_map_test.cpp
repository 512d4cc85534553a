#include "sim/flat_map.h"

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <string_view>

#include "protocol/ids.h"

using namespace kafkascope::sim;

TEST_CASE("FlatMap keeps its keys sorted and unique, as std::map does") {
  FlatMap<int, std::string> flat;
  std::map<int, std::string> model;
  for (const int key : {5, 1, 9, 5, 3, 1, 7, 0, 9}) {
    const auto [at, fresh] = flat.try_emplace(key, std::to_string(key));
    CHECK(fresh == model.try_emplace(key, std::to_string(key)).second);
    CHECK(at->first == key);
  }
  const auto same = [&] {
    return flat.size() == model.size() &&
           std::equal(flat.begin(), flat.end(), model.begin(),
                      [](const auto& a, const auto& b) { return a.first == b.first && a.second == b.second; });
  };
  CHECK(same());
  flat[4] = model[4] = "four";
  CHECK(same());
  CHECK(flat.erase_key(5) == model.erase(5));
  CHECK(flat.erase_key(6) == model.erase(6));
  CHECK(same());
  CHECK(flat.lower_bound(5)->first == 7);
  CHECK(flat.find(5) == flat.end());
  CHECK(flat.contains(9));
  const auto after = flat.erase(flat.find(9));
  CHECK(after == flat.end());
}

TEST_CASE("FlatMap finds a number whether there are gaps before it or not") {
  for (const int first : {-3, 0, 7}) {
    FlatMap<int, int> flat;
    for (const int step : {0, 1, 2, 3, 4, 5, 9, 10, 12}) flat[first + step] = step;
    for (int step = -20; step < 20; ++step) {
      const auto at = flat.find(first + step);
      const bool there = (step >= 0 && step <= 5) || step == 9 || step == 10 || step == 12;
      REQUIRE((at != flat.end()) == there);
      if (there) CHECK(at->second == step);
    }
  }
}

TEST_CASE("FlatMap finds a partition whether all partitions of its topic are there or not") {
  using kafkascope::protocol::TopicPartition;
  FlatMap<TopicPartition, int> flat;
  for (int topic = 0; topic < 3; ++topic)
    for (int partition = 0; partition < 12; ++partition)
      if (topic != 1 || partition % 3 != 0) flat[{topic, partition}] = topic * 100 + partition;
  for (int topic = -1; topic < 4; ++topic)
    for (int partition = -1; partition < 14; ++partition) {
      const auto at = flat.find(TopicPartition{topic, partition});
      const bool there =
          topic >= 0 && topic < 3 && partition >= 0 && partition < 12 && (topic != 1 || partition % 3 != 0);
      REQUIRE((at != flat.end()) == there);
      if (there) CHECK(at->second == topic * 100 + partition);
    }
}

TEST_CASE("FlatMap can be searched with any type that compares with its keys") {
  FlatMap<std::string, int> flat;
  flat["orders"] = 1;
  CHECK(flat.find(std::string_view("orders"))->second == 1);
  CHECK(flat.find(std::string_view("payments")) == flat.end());
}
