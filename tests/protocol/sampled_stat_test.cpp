#include "protocol/sampled_stat.h"

#include <doctest/doctest.h>

using namespace kafkascope;
using protocol::SampledStat;

namespace {
sim::Instant at_s(std::int64_t s) { return {s * 1'000'000}; }
}  // namespace

TEST_CASE(
    "Rate: until the oldest sample is one window old, the rate divides by one more window (windowSize, MetricsTest.testRateWindowing)") {
  SampledStat stat;
  for (int s = 0; s < 10; ++s) stat.record(100, at_s(s));
  CHECK(stat.sum_per_s(at_s(10)) == doctest::Approx(1000 / 40.0));
  CHECK(stat.sum_per_s(at_s(29)) == doctest::Approx(1000 / 59.0));
  CHECK(stat.sum_per_s(at_s(30)) == doctest::Approx(1000 / 30.0));
  CHECK(stat.sum_per_s(at_s(60)) == doctest::Approx(1000 / 60.0));
  CHECK(stat.sum_per_s(at_s(69)) == 0);  // its last value is one minute old
}
