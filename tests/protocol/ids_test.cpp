#include "protocol/ids.h"

#include <doctest/doctest.h>

#include <vector>

using namespace kafkascope::protocol;

namespace {
std::vector<BrokerId> as_vector(const IdList& ids) { return {ids.begin(), ids.end()}; }
}  // namespace

TEST_CASE("IdList: copies are independent, with any number of ids") {
  for (int n = 0; n <= IdList::kMax; ++n) {
    CAPTURE(n);
    IdList list;
    std::vector<BrokerId> model;
    for (BrokerId id = 1; id <= n; ++id) {
      list.push_back(id);
      model.push_back(id);
    }
    const IdList copy = list;
    IdList assigned{9, 8, 7, 6, 5};
    assigned = list;
    IdList few{1};
    few = list;
    list.remove(1);
    if (list.size() < IdList::kMax) list.push_back(100);
    CHECK(as_vector(copy) == model);
    CHECK(as_vector(assigned) == model);
    CHECK(as_vector(few) == model);
    CHECK(copy == assigned);
    CHECK_FALSE(copy == list);
    IdList moved = std::move(assigned);
    CHECK(as_vector(moved) == model);
    moved = IdList{4};
    CHECK(as_vector(moved) == std::vector<BrokerId>{4});
    moved = std::move(few);
    CHECK(as_vector(moved) == model);
    const IdList& itself = moved;
    moved = itself;
    CHECK(as_vector(moved) == model);
  }
}

TEST_CASE("IdList: the limit, removal, clearing and the text are right") {
  IdList list;
  for (BrokerId id = 1; id <= IdList::kMax; ++id) list.push_back(id);
  CHECK_THROWS(list.push_back(16));
  for (BrokerId id = 1; id <= 12; ++id) list.remove(id);
  CHECK(list == IdList{13, 14, 15});
  CHECK(list.text() == "[13,14,15]");
  CHECK(list.contains(14));
  CHECK_FALSE(list.contains(1));
  list.clear();
  CHECK(list.empty());
  for (BrokerId id = 1; id <= 5; ++id) list.push_back(id);
  CHECK(list[4] == 5);
}
