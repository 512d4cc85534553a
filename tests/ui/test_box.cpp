// The solver of the panels' layout: sizes along a row and down a column, parts handed out, columns of a table.
#include <doctest/doctest.h>

#include "ui/box.h"

using namespace kafkascope::ui;

namespace {

constexpr Rect kBox{10, 20, 200, 100};

bool same(const Rect& a, const Rect& b) { return a.x == b.x && a.y == b.y && a.w == b.w && a.h == b.h; }

}  // namespace

TEST_CASE("Fixed parts keep their sizes; weights share what is left, without the gaps") {
  const auto row = in_row(kBox, {fixed(50), weight(1), weight(3)}, 10);
  CHECK(same(row[0], {10, 20, 50, 100}));
  CHECK(same(row[1], {70, 20, 32.5f, 100}));
  CHECK(same(row[2], {112.5f, 20, 97.5f, 100}));
  CHECK(row[2].right() == kBox.right());
  const auto column = in_column(kBox, {fixed(30), weight()});
  CHECK(same(column[0], {10, 20, 200, 30}));
  CHECK(same(column[1], {10, 50, 200, 70}));
}

TEST_CASE("A weighted part keeps within its bounds; the others get the difference") {
  const auto least = in_row(kBox, {weight(1, 150), weight(1), weight(1)});
  CHECK(least[0].w == 150);
  CHECK(least[1].w == 25);
  CHECK(least[2].w == 25);
  const auto most = in_row(kBox, {weight(1, 0, 20), weight(1), weight(2)});
  CHECK(most[0].w == 20);
  CHECK(most[1].w == 60);
  CHECK(most[2].w == 120);
  // What one part must have decides before what another may have: the second is not stopped at its most here.
  const auto both = in_row(kBox, {weight(1, 150), weight(1, 0, 60)});
  CHECK(both[0].w == 150);
  CHECK(both[1].w == 50);
}

TEST_CASE("Parts that need more than there is keep their sizes; a weight gets its least") {
  const auto row = in_row(kBox, {fixed(190), weight(1), weight(1, 40)}, 5);
  CHECK(row[0].w == 190);
  CHECK(row[1].w == 0);
  CHECK(row[2].w == 40);
}

TEST_CASE("A row hands out parts from both ends, a column from the top and the bottom") {
  Row row{kBox, 5};
  CHECK(same(row.left(20), {10, 20, 20, 100}));
  CHECK(same(row.right(30), {180, 20, 30, 100}));
  row.skip(5);
  CHECK(same(row.rest, {40, 20, 135, 100}));
  row.shorten(5);
  CHECK(same(row.rest, {40, 20, 130, 100}));
  Column column{kBox, 4};
  CHECK(same(column.next(10), {10, 20, 200, 10}));
  CHECK(same(column.last(6), {10, 114, 200, 6}));
  CHECK(same(column.rest, {10, 34, 200, 76}));
  CHECK(column.fits(76));
  CHECK_FALSE(column.fits(77));
}

TEST_CASE("A line's texts share its baseline; elsewhere a text stands in the middle of its box") {
  Column column{kBox};
  Row line{column.next({30, 22}), 8};
  CHECK(line.rest.baseline(13) == 42);
  CHECK(line.left(40).baseline(24) == 42);
  CHECK(line.right(40).baseline(15) == 42);
  CHECK(column.rest.y == 50);
  CHECK(Line(Rect{0, 0, 100, 40}).baseline(15) == doctest::Approx(25.4));
  CHECK(Line(Rect{0, 0, 100, 40}).letters(15) == doctest::Approx(20));
}
