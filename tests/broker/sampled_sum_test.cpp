// The sampled sums that quotas use. Kafka: SampledStat, MetricsTest.
#include "broker/sampled_sum.h"

#include <doctest/doctest.h>

using namespace kafkascope;
using broker::SampledSum;

namespace {
sim::Instant at_ms(std::int64_t ms) { return sim::Instant{} + sim::milliseconds(ms); }
}  // namespace

TEST_CASE("SampledStat: a sample expires one window after its last value; in 2.5, one window after its start") {
  for (const bool old : {false, true}) {
    SampledSum s(2, sim::seconds(1), old);
    s.add(5, at_ms(0));
    s.add(5, at_ms(900));  // in the same sample
    CHECK(s.sum(at_ms(1999)) == 10);
    CHECK(s.sum(at_ms(2000)) == (old ? 0 : 10));
    CHECK(s.sum(at_ms(2899)) == (old ? 0 : 10));
    CHECK(s.sum(at_ms(2900)) == 0);
  }
}

TEST_CASE(
    "SampledStat: it keeps the configured number of samples, and since 3.8 one more that begins before the window") {
  for (const bool old : {false, true}) {
    SampledSum s(2, sim::seconds(1), old);
    for (const std::int64_t ms : {0, 999, 1000, 1999, 2000}) s.add(1, at_ms(ms));
    CHECK(s.sum(at_ms(2000)) == (old ? 3 : 5));
    s.add(1, at_ms(3000));
    CHECK(s.sum(at_ms(3000)) == (old ? 2 : 4));
  }
}

TEST_CASE("SampledStat: after all samples have expired, the count and the time that divides it start again") {
  SampledSum s(2, sim::seconds(1), false);
  CHECK(s.sum(at_ms(0)) == 0);
  CHECK(s.elapsed(at_ms(0)).us == 0);  // the first query creates the first sample (SampledStat.oldest)
  s.add(10, at_ms(1500));
  CHECK(s.elapsed(at_ms(1500)) == sim::milliseconds(1500));
  CHECK(s.sum(at_ms(4000)) == 0);
  s.add(10, at_ms(4500));
  CHECK(s.sum(at_ms(4500)) == 10);
  CHECK(s.elapsed(at_ms(4500)) == sim::milliseconds(500));
}
