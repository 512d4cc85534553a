#include "protocol/historical.h"

#include <doctest/doctest.h>

using namespace kafkascope::protocol;

TEST_CASE("switching off a fix also switches off the fixes built on it") {
  CHECK(!historical({}).any());
  for (const std::string_view name : kModelledFixes) {
    CAPTURE(name);
    CHECK(historical({std::string(name)}).any());
  }
  const Historical epochs = historical({"KIP-101"});
  CHECK((epochs.kip_101 && epochs.kip_279 && epochs.kip_320 && epochs.kip_595));
  const Historical answers = historical({"KIP-279"});
  CHECK((!answers.kip_101 && answers.kip_279 && !answers.kip_320 && answers.kip_595));
  const Historical fencing = historical({"KIP-320"});
  CHECK((!fencing.kip_279 && fencing.kip_320 && fencing.kip_595 && fencing.kip_951));
  CHECK(historical({"KIP-841"}).kip_903);
  CHECK(!historical({"KIP-903"}).kip_841);
}

TEST_CASE("Kafka 2.5 is the 4.1 data plane without the fixes made after 2.5") {
  const Historical old = historical({}, KafkaVersion::V2_5);
  CHECK((old.kip_595 && old.kip_951 && old.kip_534 && old.kip_704 && old.kip_841 && old.kip_903 && old.kip_966 &&
         old.kafka_9952 && old.kafka_13194));
  CHECK((!old.kip_101 && !old.kip_279 && !old.kip_320 && !old.kafka_7128));
}
