// In front of people: who believes what about a partition, instead of the narration, until K or Esc, or another step.
#include <algorithm>

#include "ui/panels/belief_tables.h"
#include "ui/panels/presenter.h"
#include "ui/panels/two_worlds.h"

namespace kafkascope::ui {

namespace {

constexpr float kTableType = 13;              // of the table's own type
constexpr float kColumns = 22;                // the headings of its columns
constexpr float kName = 1.6f, kAround = .4f;  // the partition's name, and the room above and below, in lines of text
constexpr float kSlack = 1;                   // for rounding
constexpr float kRow = 25, kTwoLines = 47;
constexpr float kMostOfTwo = .42f;     // of the window's height: two worlds need the rest
constexpr std::size_t kMostBelow = 6;  // more rows stand in two columns

/// What is so, then the wrong beliefs, then the others.
std::vector<BeliefRow> rows_about(const Ui& ui) {
  std::vector<BeliefRow> rows = build_inspector_view(ui.world, ui.st.lang, ui.st.beliefs_of).beliefs;
  std::stable_partition(rows.begin(), rows.end(),
                        [](const BeliefRow& row) { return row.who.empty() || row.differs || row.behind; });
  return rows;
}

std::size_t rows_of_first(std::size_t all) { return all > kMostBelow ? all - all / 2 : all; }

/// In the units of the table, which is `w` of them wide.
float table_height(const Ui& ui, float w, const std::vector<BeliefRow>& rows, std::size_t from, std::size_t to) {
  // Two worlds have less room than one, where each row that may need two lines gets them.
  const bool two = ui.lesson.twin.open;
  float h = two ? belief_heading_height(ui, w, "ui.belief_truth"_w) : kInspectorHeading.height + kColumns;
  const auto two_lines = [&](const BeliefRow& row) {
    return two ? has_second_line(ui, w, row) : !row.isr.empty() || row.behind;
  };
  for (std::size_t i = from; i < to; ++i) h += two_lines(rows[i]) ? kTwoLines : kRow;
  return h;
}

/// The width of each of two columns.
float column_width(const PresenterSizes& s) {
  const Rect body = Rect{0, 0, s.w, 0}.padded(s.margin, 0);
  return in_row(body, {weight(), weight()}, s.margin)[0].w * kTableType / s.text;
}

/// The number of rows for which both columns have room; if these are not all, also for the words that say so.
std::size_t rows_that_fit(const Ui& ui, float w, const std::vector<BeliefRow>& rows, float height) {
  for (std::size_t shown = rows.size(); shown > 1; --shown) {
    const std::size_t half = rows_of_first(shown);
    const float words = shown < rows.size() ? kRow : 0;
    if (table_height(ui, w, rows, 0, half) <= height && table_height(ui, w, rows, half, shown) + words <= height)
      return shown;
  }
  return 1;
}

/// A column of the table; if rows are left out, words below it say how many.
void draw_rows(Ui& ui, const Rect& place, float k, const std::vector<BeliefRow>& rows, std::size_t left_out) {
  ui.p.push(place.x, place.y, k);
  const Rect table{0, 0, place.w / k, place.h / k};
  Column lines{table.padded(kInspectorInset, 0)};
  belief_table(ui, table, lines, rows, "ui.belief_truth"_w, true);
  if (left_out > 0)
    ui.p.text(lines.next({kRow, kTableType * 1.3f}), ui.tr("ui.more_replicas"_w, {{"count", std::to_string(left_out)}}),
              {.em = kTableType, .color = ui.c.secondary});
  ui.p.pop();
}

/// One of two worlds: its letter, the partition's name, and as many rows as fit.
void draw_world_beliefs(Ui& ui, const Rect& r, const PresenterSizes& s) {
  std::vector<BeliefRow> rows = rows_about(ui);
  const float k = s.text / kTableType;
  Column in{r};
  Row head{in.next({s.text * kName, s.text * 1.2f}), s.text * .5f};
  const float radius = s.text * .72f;
  const Rect disc = head.left(2 * radius);
  draw_world_disc(ui, disc.cx(), disc.cy(), radius, is_b(ui));
  ui.p.text(head.rest, ui.st.beliefs_of, {.em = s.text, .bold = true, .max = head.rest.w, .foreign = true});
  ui.p.note(in.rest, is_b(ui) ? "beliefs of B" : "beliefs of A");
  if (rows.empty()) return;  // that world has no such partition
  std::size_t shown = rows.size();
  const auto height = [&] { return table_height(ui, r.w / k, rows, 0, shown) + (shown < rows.size() ? kRow : 0); };
  while (shown > 1 && height() > in.rest.h / k) --shown;
  const std::size_t left_out = rows.size() - shown;
  rows.resize(shown);
  draw_rows(ui, in.rest, k, rows, left_out);
}

}  // namespace

bool shows_beliefs(Ui& ui) {
  State& st = ui.st;
  if (!st.beliefs_of.empty() && (st.beliefs_step != ui.lesson.step || ui.partition_of(st.beliefs_of) < 0))
    st.beliefs_of.clear();
  return !st.beliefs_of.empty();
}

float presenter_beliefs_height(Ui& ui, const PresenterSizes& s) {
  const auto height = [&](float table) {
    return s.text * (kName + 2 * kAround) + (table + kSlack) * s.text / kTableType;
  };
  const std::vector<BeliefRow> rows = rows_about(ui);
  const float w = column_width(s);
  if (ui.lesson.twin.open) {  // each world has one column
    float table = table_height(ui, w, rows, 0, rows.size());
    if (ui.lesson.twin.world != nullptr) {
      const std::vector<BeliefRow> there = rows_about(second_world(ui));
      table = std::max(table, table_height(ui, w, there, 0, there.size()));
    }
    return std::min(height(table), s.h * kMostOfTwo);
  }
  const std::size_t half = rows_of_first(rows.size());
  return height(std::max(table_height(ui, w, rows, 0, half), table_height(ui, w, rows, half, rows.size())));
}

void draw_presenter_beliefs(Ui& ui, const Rect& r, const PresenterSizes& s) {
  const Rect body = r.padded(s.margin, s.text * kAround);
  if (ui.lesson.twin.open) {  // each world's below its stage
    const auto [a, b] = in_row(body, {weight(), weight()}, s.margin);
    draw_world_beliefs(ui, is_b(ui) ? b : a, s);
    if (ui.lesson.twin.world == nullptr) return;
    Ui second = second_world(ui);
    return draw_world_beliefs(second, is_b(second) ? b : a, s);
  }
  const std::vector<BeliefRow> rows = rows_about(ui);
  const float k = s.text / kTableType;
  Column in{body};
  ui.p.text(in.next({s.text * kName, s.text * 1.2f}), ui.st.beliefs_of,
            {.em = s.text, .bold = true, .max = in.rest.w, .foreign = true});
  ui.p.note(in.rest, "beliefs");
  const std::size_t shown = rows_that_fit(ui, column_width(s), rows, in.rest.h / k), half = rows_of_first(shown);
  const auto [left, right] = in_row(in.rest, {weight(), weight()}, s.margin);
  const auto begin = rows.begin(), middle = begin + static_cast<std::ptrdiff_t>(half),
             end = begin + static_cast<std::ptrdiff_t>(shown);
  draw_rows(ui, left, k, {begin, middle}, 0);
  if (middle != end) draw_rows(ui, right, k, {middle, end}, rows.size() - shown);
}

}  // namespace kafkascope::ui
