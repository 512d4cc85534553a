#include "sim/copy_on_write.h"

#include <doctest/doctest.h>

#include <vector>

#include "sim/paged.h"

using namespace kafkascope::sim;

TEST_CASE("CopyOnWrite: what was never changed shares one value, and a change shows in nobody else") {
  CopyOnWrite<std::vector<int>> a, b;
  CHECK(a.shares_with(b));
  a.change().push_back(1);
  CHECK_FALSE(a.shares_with(b));
  CHECK(b->empty());
  const CopyOnWrite<std::vector<int>> checkpoint = a;
  CHECK(checkpoint.shares_with(a));
  a.change().push_back(2);
  CHECK(checkpoint->size() == 1);
  CHECK(CopyOnWrite<std::vector<int>>()->empty());  // and what is made later begins as the first did
}

TEST_CASE("CopyOnWrite: the only one of its value changes it in place") {
  CopyOnWrite<std::vector<int>> a;
  const int* const at = (a.change() = {1, 2, 3}).data();
  a.change()[1] = 7;
  CHECK(a->data() == at);
}

TEST_CASE("Paged: pages that nobody wrote to are equal and independent") {
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
