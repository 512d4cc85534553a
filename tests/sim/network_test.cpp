#include "sim/network.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

using namespace kafkascope::sim;

namespace {

std::vector<std::int64_t> draws(const Latency& latency, std::size_t n) {
  Random random(3, Stream::NetworkLatency);
  std::vector<std::int64_t> v(n);
  for (auto& x : v) x = latency.draw(random);
  std::sort(v.begin(), v.end());
  return v;
}

}  // namespace

TEST_CASE("Latency: a uniform latency is between its bounds and reaches both") {
  const auto v = draws(Latency::uniform(microseconds(200), microseconds(210)), 10000);
  CHECK(v.front() == 200);
  CHECK(v.back() == 210);
}

TEST_CASE("Latency: a log-normal latency has the requested median and 99th percentile") {
  const auto v = draws(Latency::log_normal(microseconds(800), microseconds(5000)), 200000);
  CHECK(v[v.size() / 2] >= 790);
  CHECK(v[v.size() / 2] <= 810);
  CHECK(v[v.size() * 99 / 100] >= 4800);
  CHECK(v[v.size() * 99 / 100] <= 5200);
  CHECK(v[v.size() / 100] >= 118);  // 800 * 800 / 5000 = 128
  CHECK(v[v.size() / 100] <= 138);
  const auto flat = draws(Latency::log_normal(microseconds(700), microseconds(700)), 100);
  CHECK(flat.front() == flat.back());
}

TEST_CASE("Links: the order of their first use does not change any link's random stream") {
  LinkTable a(5, {}), b(5, {});
  for (std::int32_t i = 0; i < 100; ++i) a.find({i}, {i + 1});
  for (std::int32_t i = 99; i >= 0; --i) b.find({i}, {i + 1});
  for (std::int32_t i = 0; i < 100; ++i) {
    CHECK(a[a.find({i}, {i + 1})].cross({0}, 100).arrives_at_us ==
          b[b.find({i}, {i + 1})].cross({0}, 100).arrives_at_us);
  }
  CHECK(a.size() == 100);
  CHECK(a.look({1}, {0}) == nullptr);
}
