#include <doctest/doctest.h>

#include "protocol/metadata_image.h"

using namespace kafkascope::protocol;

TEST_CASE(
    "partition records applied together have the same result as one by one, and every node gets the same image object") {
  constexpr int kPartitions = 1000;
  MetadataImage origin;
  origin.apply(Offset{0}, {1}, TopicRecord{"orders", 0});
  std::vector<MetadataRecord> records;
  std::vector<const MetadataRecord*> run;
  for (int p = 0; p < kPartitions; ++p) {
    PartitionRecord record;
    record.partition = {0, p};
    record.leader = p % 3;
    records.emplace_back(record);
  }
  for (const MetadataRecord& record : records) run.push_back(&record);
  MetadataImage first = origin, second = origin, one_by_one = origin;
  first.apply(Offset{1}, {2}, run);
  second.apply(Offset{1}, {2}, run);
  for (int p = 0; p < kPartitions; ++p) one_by_one.apply(Offset{1 + p}, {2}, records[static_cast<std::size_t>(p)]);
  CHECK(first.partition({0, 7}) == second.partition({0, 7}));  // one shared object
  for (const MetadataImage* image : {&first, &second, &one_by_one}) {
    CHECK(image->last_offset() == Offset{kPartitions});
    CHECK(image->last_epoch() == LeaderEpoch{2});
    REQUIRE(image->partition_count("orders") == kPartitions);
    for (int p = 0; p < kPartitions; ++p) CHECK(image->partition({0, p})->leader == p % 3);
  }
  CHECK(origin.partition_count("orders") == 0);
}
