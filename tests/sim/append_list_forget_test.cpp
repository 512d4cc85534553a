#include <doctest/doctest.h>

#include <memory>

#include "sim/append_list.h"

using namespace kafkascope;

TEST_CASE("a list that forgets its beginning frees the memory, keeps its indexes and does not change its copies") {
  constexpr std::size_t kAll = 100'000, kForgotten = 90'000;
  sim::AppendList<std::shared_ptr<std::size_t>> list;
  for (std::size_t i = 0; i < kAll; ++i) list.push_back(std::make_shared<std::size_t>(i));
  const std::weak_ptr<std::size_t> first = list[0], kept = list[kForgotten];
  {
    const auto copy = list;
    list.forget_below(kForgotten);
    CHECK(*copy[0] == 0);
    CHECK_FALSE(first.expired());
  }
  CHECK(first.expired());
  CHECK_FALSE(kept.expired());
  CHECK(list.size() == kAll);
  CHECK(list.first_kept() > 0);
  CHECK(list.first_kept() <= kForgotten);
  for (std::size_t i = kForgotten; i < kAll; ++i) CHECK(*list[i] == i);
  list.push_back(std::make_shared<std::size_t>(kAll));
  CHECK(*list.back() == kAll);
  list.truncate_to(kForgotten + 1);
  CHECK(*list.back() == kForgotten);
  list.push_back(std::make_shared<std::size_t>(7));
  CHECK(*list[kForgotten + 1] == 7);
}
