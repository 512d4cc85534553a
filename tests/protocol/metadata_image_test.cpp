#include "protocol/metadata_image.h"

#include <doctest/doctest.h>

using namespace kafkascope::protocol;

namespace {

MetadataImage with_topic(int partitions) {
  MetadataImage image;
  const auto add = [&](MetadataRecord record) { image.apply(image.last_offset() + 1, {1}, record); };
  RegisterBrokerRecord broker;
  broker.broker_id = 1;
  add(broker);
  add(TopicRecord{"orders", 0});
  for (int p = 0; p < partitions; ++p) {
    PartitionRecord record;
    record.partition = {0, p};
    record.leader = 1;
    add(record);
  }
  return image;
}

PartitionChangeRecord new_leader(int partition, BrokerId leader) {
  PartitionChangeRecord change;
  change.partition = {0, partition};
  change.has_leader = true;
  change.leader = leader;
  return change;
}

void apply(MetadataImage& image, const MetadataRecord& record) { image.apply(image.last_offset() + 1, {1}, record); }

}  // namespace

TEST_CASE("A copied image does not change when the original does") {
  MetadataImage image = with_topic(100);
  const MetadataImage before = image;
  apply(image, new_leader(70, 2));
  apply(image, TopicRecord{"payments", 1});
  apply(image, ConfigRecord{"topic:orders", "min.insync.replicas", "2", false});
  CHECK(image.partition({0, 70})->leader == 2);
  CHECK(image.partition({0, 70})->leader_epoch.value == 1);
  CHECK(image.topic_id("payments") == 1);
  CHECK(before.partition({0, 70})->leader == 1);
  CHECK(before.topic_id("payments") == kNoTopic);
  CHECK(before.config("topic:orders").empty());
  CHECK(before.last_offset() + 3 == image.last_offset());
}

TEST_CASE("Applying the same record to the same image always gives the same image object") {
  MetadataImage first = with_topic(100);
  MetadataImage second = first, third = first;
  apply(first, new_leader(3, 2));
  apply(second, new_leader(3, 2));
  CHECK(first.partition({0, 3}) == second.partition({0, 3}));   // one shared object
  CHECK(first.partition({0, 99}) == third.partition({0, 99}));  // unchanged parts are still shared
  apply(third, new_leader(3, 3));                               // another record at that offset: no longer shared
  CHECK(third.partition({0, 3})->leader == 3);
  CHECK(first.partition({0, 3})->leader == 2);
  apply(third, new_leader(4, 2));
  apply(first, new_leader(4, 2));
  CHECK(third.partition({0, 3})->leader == 3);
  CHECK(first.partition({0, 3})->leader == 2);
}

TEST_CASE("A removed topic and its partitions are gone, and its number is not reused") {
  MetadataImage image = with_topic(40);
  const MetadataImage before = image;
  apply(image, RemoveTopicRecord{0});
  CHECK(image.topic(0) == nullptr);
  CHECK(image.partition({0, 5}) == nullptr);
  CHECK(image.next_topic_id() == 1);
  CHECK(image.partition_count("orders") == 0);
  CHECK(before.partition_count("orders") == 40);
}

TEST_CASE("A long chain of images is destroyed without recursion") {
  const MetadataImage origin = with_topic(1);
  auto oldest = std::make_unique<MetadataImage>(origin);
  {
    MetadataImage latest = *oldest;
    for (int i = 0; i < 200'000; ++i) apply(latest, new_leader(0, i % 3));
  }
  oldest.reset();
  CHECK(origin.partition({0, 0})->leader == 1);
}

TEST_CASE(
    "changes of a topic's partitions in ascending order are applied together; a second change of the same partition is not") {
  const auto together = [](const MetadataRecord& first, const MetadataRecord& second) {
    return in_one_run(first, second);
  };
  CHECK(together(new_leader(0, 1), new_leader(1, 1)));
  CHECK(together(new_leader(0, 1), new_leader(7, 2)));
  CHECK_FALSE(together(new_leader(1, 1), new_leader(1, 2)));
  CHECK_FALSE(together(new_leader(2, 1), new_leader(1, 1)));
  PartitionChangeRecord other = new_leader(3, 1);
  other.partition.topic = 1;
  CHECK_FALSE(together(new_leader(2, 1), other));
}

TEST_CASE("applying two decisions together gives the same image object as applying them one after the other") {
  MetadataImage one_by_one = with_topic(100);
  MetadataImage at_once = one_by_one, and_more = one_by_one;
  apply(one_by_one, new_leader(3, 2));
  apply(one_by_one, new_leader(70, 2));
  const Offset first = at_once.last_offset() + 1;
  at_once.apply(first, {1}, std::vector<MetadataRecord>{new_leader(3, 2), new_leader(70, 2)});
  CHECK(at_once.last_offset() == one_by_one.last_offset());
  CHECK(at_once.partition({0, 70}) == one_by_one.partition({0, 70}));  // one shared object
  and_more.apply(first, {1}, std::vector<MetadataRecord>{new_leader(3, 2), new_leader(70, 2), new_leader(71, 2)});
  CHECK(and_more.partition({0, 3})->leader == 2);
  CHECK(and_more.partition({0, 71})->leader == 2);
  CHECK(one_by_one.partition({0, 71})->leader == 1);
}
