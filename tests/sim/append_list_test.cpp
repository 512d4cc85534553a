#include "sim/append_list.h"

#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <vector>

#include "sim/random.h"

using namespace kafkascope::sim;

namespace {

template <class T, class Make>
void torture(std::uint64_t seed, int rounds, Make&& make) {
  Random random(seed, Stream::Generic);
  struct Both {
    AppendList<T, 16> list;
    std::vector<T> model;
  };
  std::vector<Both> all(1);
  int next = 0;
  const auto check = [](const Both& b) {
    REQUIRE(b.list.size() == b.model.size());
    std::size_t i = 0;
    for (const T& x : b.list) REQUIRE(x == b.model[i++]);
    REQUIRE(i == b.model.size());
  };
  for (int round = 0; round < rounds; ++round) {
    Both& b = all[random.below(all.size())];
    switch (random.below(12)) {
      case 0:
        if (all.size() < 12) {
          Both copy = b;
          all.push_back(std::move(copy));
        }
        break;
      case 1:
        if (all.size() > 1) all.erase(all.begin() + static_cast<std::ptrdiff_t>(random.below(all.size())));
        break;
      case 2: {
        const std::size_t n = random.below(b.model.size() + 1);
        const std::size_t keep =
            random.below(3) == 0 ? n : b.model.size() - std::min<std::size_t>(b.model.size(), random.below(5));
        b.list.truncate_to(keep);
        b.model.resize(keep);
        break;
      }
      case 3: all[0] = all[random.below(all.size())]; break;
      default:
        for (std::uint64_t k = random.below(40); k > 0; --k) {
          b.list.push_back(make(next));
          b.model.push_back(make(next++));
        }
    }
    for (int k = 0; k < 3; ++k) {
      const Both& x = all[random.below(all.size())];
      if (x.model.empty()) continue;
      const std::size_t i = random.below(x.model.size());
      REQUIRE(x.list[i] == x.model[i]);
      REQUIRE(x.list.back() == x.model.back());
      REQUIRE(*(x.list.begin() + static_cast<std::ptrdiff_t>(i)) == x.model[i]);
    }
    if (round % 100 == 0) {
      for (const Both& x : all) check(x);
    }
  }
  for (const Both& x : all) check(x);
}

}  // namespace

TEST_CASE("AppendList: copies, truncations and appends agree with plain vectors") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    torture<int>(seed, 2000, [](int i) { return i; });
    torture<std::string>(seed, 1000, [](int i) { return "a text that does not fit inside " + std::to_string(i); });
  }
}

TEST_CASE("AppendList: appends to a truncated list do not change its copies") {
  AppendList<int> list;
  for (int i = 0; i < 10; ++i) list.push_back(i);
  const AppendList<int> before = list;
  list.truncate_to(5);
  for (int i = 0; i < 10; ++i) list.push_back(100 + i);
  CHECK(before.size() == 10);
  for (std::size_t i = 0; i < 10; ++i) CHECK(before[i] == static_cast<int>(i));
  CHECK(list.size() == 15);
  CHECK(list[4] == 4);
  CHECK(list[5] == 100);
  CHECK(list.back() == 109);
}

TEST_CASE("AppendList: copies of one list are appended to by several threads at once") {
  AppendList<std::uint64_t> base;
  for (std::uint64_t i = 0; i < 1000; ++i) base.push_back(i);
  std::vector<std::thread> threads;
  std::vector<AppendList<std::uint64_t>> lists(4);
  for (std::size_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int round = 0; round < 50; ++round) {
        AppendList<std::uint64_t> mine = base;
        for (std::uint64_t i = 0; i < 300; ++i) mine.push_back(t * 1000000 + i);
        lists[t] = mine;
      }
    });
  }
  for (auto& t : threads) t.join();
  for (std::size_t t = 0; t < 4; ++t) {
    REQUIRE(lists[t].size() == 1300);
    for (std::uint64_t i = 0; i < 1000; ++i) REQUIRE(lists[t][i] == i);
    for (std::uint64_t i = 0; i < 300; ++i) REQUIRE(lists[t][1000 + i] == t * 1000000 + i);
  }
  CHECK(base.size() == 1000);
}
