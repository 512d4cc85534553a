#include "sim/copy_on_write.h"

#include <doctest/doctest.h>

#include <vector>

#include "sim/paged.h"
#include "sim/random.h"
#include "sim/ref.h"

using namespace kafkascope::sim;

TEST_CASE("CopyOnWrite: copies share an unchanged value, and a change in one is not visible in the others") {
  CopyOnWrite<std::vector<int>> a, b;
  CHECK(a.shares_with(b));
  a.change().push_back(1);
  CHECK_FALSE(a.shares_with(b));
  CHECK(b->empty());
  const CopyOnWrite<std::vector<int>> checkpoint = a;
  CHECK(checkpoint.shares_with(a));
  a.change().push_back(2);
  CHECK(checkpoint->size() == 1);
  CHECK(CopyOnWrite<std::vector<int>>()->empty());  // a new value still starts empty
}

TEST_CASE("CopyOnWrite: a value with only one holder is changed in place") {
  CopyOnWrite<std::vector<int>> a;
  const int* const at = (a.change() = {1, 2, 3}).data();
  a.change()[1] = 7;
  CHECK(a->data() == at);
}

TEST_CASE("Ref: the last reference destroys the value, and a copy of the value has its own reference count") {
  static int alive;
  struct Thing : Counted {
    Thing() { ++alive; }
    Thing(const Thing& o) : Counted(o) { ++alive; }
    ~Thing() { --alive; }
  };
  alive = 0;
  Ref<const Thing> a = make_ref<const Thing>(), b = a, none;
  CHECK(a == b);
  CHECK(none == nullptr);
  Ref<const Thing> copy = make_ref<const Thing>(*a);
  CHECK(alive == 2);
  a = copy;
  b = std::move(copy);
  CHECK(a == b);
  CHECK(copy == nullptr);
  CHECK(alive == 1);
  a = nullptr;
  CHECK(alive == 1);
  b = none;
  CHECK(alive == 0);
}

TEST_CASE("Paged: pages that were never written to are equal and independent") {
  Paged<int, 4> a, b;
  a.resize(12);
  b.resize(12);
  a.edit(5) = 1;
  CHECK(b[5] == 0);
  CHECK(a[9] == 0);
  const Paged<int, 4> checkpoint = a;
  a.edit(9) = 2;
  CHECK(checkpoint[9] == 0);
  CHECK(checkpoint[5] == 1);
}

TEST_CASE("Paged: copies of copies, changed in any order, agree with plain vectors") {
  struct Both {
    Paged<int, 4> paged;
    std::vector<int> model;
  };
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    Random random(seed, Stream::Generic);
    std::vector<Both> all(1);
    for (int round = 0; round < 4000; ++round) {
      Both& b = all[random.below(all.size())];
      switch (random.below(10)) {
        case 0:
          if (all.size() < 6) all.push_back(Both(b));
          break;
        case 1:
          if (all.size() > 1) all.erase(all.begin() + static_cast<std::ptrdiff_t>(random.below(all.size())));
          break;
        case 2: all[0] = all[random.below(all.size())]; break;
        case 3:
          b.paged.resize(random.below(30));
          b.model.resize(b.paged.size());
          break;
        default:
          if (b.model.empty()) break;
          const std::size_t i = random.below(b.model.size());
          b.paged.edit(i) = b.model[i] = round;
      }
      for (const Both& x : all) REQUIRE(std::vector<int>(x.paged.begin(), x.paged.end()) == x.model);
    }
  }
}
