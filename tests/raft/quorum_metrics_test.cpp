// raft-metrics. Kafka: SampledStat, with metrics.sample.window.ms = 30 s and metrics.num.samples = 2.
#include "raft/quorum_metrics.h"

#include <doctest/doctest.h>

using namespace kafkascope;

namespace {
sim::Instant at_s(std::int64_t s) { return sim::Instant{} + sim::seconds(s); }
}  // namespace

TEST_CASE(
    "SampledStat: the first sample begins with the first value, and each sample stays until 60 s after its last value") {
  raft::SampledStat stat;
  CHECK_FALSE(stat.most_us(at_s(0)));
  stat.record(500, at_s(20));
  stat.record(100, at_s(49));  // 29 s after the first value: the same sample
  CHECK(stat.most_us(at_s(108)) == 500);
  CHECK(stat.average_us(at_s(108)) == 300);
  CHECK_FALSE(stat.most_us(at_s(109)));
}

TEST_CASE("SampledStat: three samples are kept, since the oldest begins before the window") {
  raft::SampledStat stat;
  stat.record(500, at_s(0));
  stat.record(400, at_s(29));
  stat.record(1, at_s(30));
  stat.record(2, at_s(61));
  CHECK(stat.most_us(at_s(61)) == 500);
  stat.record(3, at_s(88));  // still in the third sample
  CHECK(stat.most_us(at_s(88)) == 500);
  CHECK(stat.most_us(at_s(89)) == 3);  // 60 s after the first sample's last value; the second sample expires at 90 s
  stat.record(4, at_s(91));
  CHECK(stat.most_us(at_s(91)) == 4);
  CHECK(stat.average_us(at_s(91)) == doctest::Approx(3.0));
}
