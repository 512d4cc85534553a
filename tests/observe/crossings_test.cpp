// The observers' record of messages that have ended.
#include "observe/time/crossings.h"

#include <doctest/doctest.h>

#include <vector>

using namespace kafkascope::observe;

namespace {

Crossing crossing(std::uint64_t line, std::int64_t sent, std::int64_t ended) {
  Crossing c;
  c.line = line;
  c.sent_us = sent;
  c.ended_us = ended;
  return c;
}

}  // namespace

TEST_CASE("all messages that were under way at a moment are found, even one that took very long") {
  Crossings all;
  for (std::uint64_t i = 0; i < 5000; ++i) {
    const auto at = static_cast<std::int64_t>(i) * 10;
    all.add(crossing(i, i == 4000 ? 15 : at - 5, at));
  }
  CHECK(all.first_from(0) == 0);
  CHECK(all.first_from(101) == 11);
  CHECK(all.first_from(100) == 10);
  CHECK(all.first_from(1'000'000) == 5000);
  std::vector<std::uint64_t> found;
  all.for_each_sent_by(1007, all.first_from(1007), [&](const Crossing& c) { found.push_back(c.line); });
  CHECK(found == std::vector<std::uint64_t>{101, 4000});
}

TEST_CASE("a copy of the list of ended messages is independent of the original") {
  Crossings first;
  for (std::uint64_t i = 0; i < 300; ++i) first.add(crossing(i, 0, static_cast<std::int64_t>(i)));
  Crossings second = first;
  first.add(crossing(1000, 0, 400));
  second.add(crossing(2000, 0, 500));
  CHECK(first[300].line == 1000);
  CHECK(second[300].line == 2000);
}
