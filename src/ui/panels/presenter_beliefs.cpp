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
constexpr float kDisc = 1.5f;                 // of a world's letter, in lines of text
constexpr float kRow = 25, kTwoLines = 47;
constexpr std::size_t kMostBelow = 6;  // more rows stand in two columns

/// What is so, then the wrong beliefs, then the others.
std::vector<BeliefRow> rows_about(const Ui& ui, const observe::Snapshot& world) {
  std::vector<BeliefRow> rows = build_inspector_view(world, ui.st.lang, ui.st.beliefs_of).beliefs;
  std::stable_partition(rows.begin(), rows.end(),
                        [](const BeliefRow& row) { return row.who.empty() || row.differs || row.behind; });
  return rows;
}

std::size_t rows_of_first(std::size_t all) { return all > kMostBelow ? all - all / 2 : all; }

/// In the units of the table.
float table_height(const std::vector<BeliefRow>& rows, std::size_t from, std::size_t to) {
  float h = kInspectorHeading.height + kColumns;
  for (std::size_t i = from; i < to; ++i) h += rows[i].isr.empty() && !rows[i].behind ? kRow : kTwoLines;
  return h;
}

/// The number of rows for which both columns have room; if these are not all, also for the words that say so.
std::size_t rows_that_fit(const std::vector<BeliefRow>& rows, float height) {
  for (std::size_t shown = rows.size(); shown > 1; --shown) {
    const std::size_t half = rows_of_first(shown);
    const float words = shown < rows.size() ? kRow : 0;
    if (table_height(rows, 0, half) <= height && table_height(rows, half, shown) + words <= height) return shown;
  }
  return 1;
}

/// The rows of the other world; none while there is no such world. Only the shown world can be asked why.
std::vector<BeliefRow> rows_beside(const Ui& ui) {
  const Twin& twin = ui.lesson.twin;
  if (!twin.open || twin.world == nullptr) return {};
  std::vector<BeliefRow> rows = rows_about(ui, *twin.world);
  for (BeliefRow& row : rows) row.path.clear();
  return rows;
}

float text_height(const std::vector<BeliefRow>& rows) {
  const std::size_t half = rows_of_first(rows.size());
  return std::max(table_height(rows, 0, half), table_height(rows, half, rows.size()));
}

void draw_table(Ui& ui, const Rect& place, float k, std::vector<BeliefRow> rows, std::size_t left_out) {
  ui.p.push(place.x, place.y, k);
  const Rect table{0, 0, place.w / k, place.h / k};
  Column lines{table.padded(kInspectorInset, 0)};
  belief_table(ui, table, lines, rows, "ui.belief_truth"_w, true);
  if (left_out > 0)
    ui.p.text(lines.next({kRow, kTableType * 1.3f}), ui.tr("ui.more_replicas"_w, {{"count", std::to_string(left_out)}}),
              {.em = kTableType, .color = ui.c.secondary});
  ui.p.pop();
}

/// What the nodes of one of two worlds believe, below its letter.
void draw_world_table(Ui& ui, const Rect& r, float k, const PresenterSizes& s, std::vector<BeliefRow> rows, bool b) {
  Column in{r};
  Row head{in.next({s.text * kName, s.text * 1.2f}), s.text * .5f};
  const Rect disc = head.left(s.text * kDisc);
  draw_world_disc(ui, disc.cx(), disc.cy(), s.text * kDisc / 2, b);
  ui.p.text(head.rest, ui.st.beliefs_of, {.em = s.text, .bold = true, .max = head.rest.w, .foreign = true});
  std::size_t shown = rows.size();
  while (shown > 1 && table_height(rows, 0, shown) + (shown < rows.size() ? kRow : 0) > in.rest.h / k) --shown;
  const std::size_t left_out = rows.size() - shown;
  rows.resize(shown);
  draw_table(ui, in.rest, k, std::move(rows), left_out);
}

}  // namespace

bool shows_beliefs(Ui& ui) {
  State& st = ui.st;
  if (!st.beliefs_of.empty() && (st.beliefs_step != ui.lesson.step || ui.partition_of(st.beliefs_of) < 0))
    st.beliefs_of.clear();
  return !st.beliefs_of.empty();
}

float presenter_beliefs_height(const Ui& ui, const PresenterSizes& s) {
  const std::vector<BeliefRow> rows = rows_about(ui, ui.world), beside = rows_beside(ui);
  const float h = beside.empty() ? text_height(rows)
                                 : std::max(table_height(rows, 0, rows.size()), table_height(beside, 0, beside.size()));
  return s.text * (kName + 2 * kAround) + (h + kSlack) * s.text / kTableType;
}

void draw_presenter_beliefs(Ui& ui, const Rect& r, const PresenterSizes& s) {
  std::vector<BeliefRow> rows = rows_about(ui, ui.world), beside = rows_beside(ui);
  const float k = s.text / kTableType;
  Column in{r.padded(s.margin, s.text * kAround)};
  if (!beside.empty()) {
    ui.p.note(in.rest, "beliefs");
    const bool b = ui.lesson.twin.shown_is_b;
    const auto [a_place, b_place] = in_row(in.rest, {weight(), weight()}, s.margin);
    draw_world_table(ui, b ? b_place : a_place, k, s, std::move(rows), b);
    draw_world_table(ui, b ? a_place : b_place, k, s, std::move(beside), !b);
    return;
  }
  ui.p.text(in.next({s.text * kName, s.text * 1.2f}), ui.st.beliefs_of,
            {.em = s.text, .bold = true, .max = in.rest.w, .foreign = true});
  ui.p.note(in.rest, "beliefs");
  const std::size_t shown = rows_that_fit(rows, in.rest.h / k), half = rows_of_first(shown);
  const auto [left, right] = in_row(in.rest, {weight(), weight()}, s.margin);
  const auto part = [&](std::size_t from, std::size_t to) {
    return std::vector<BeliefRow>(rows.begin() + static_cast<std::ptrdiff_t>(from),
                                  rows.begin() + static_cast<std::ptrdiff_t>(to));
  };
  draw_table(ui, left, k, part(0, half), 0);
  if (half < shown) draw_table(ui, right, k, part(half, shown), rows.size() - shown);
}

}  // namespace kafkascope::ui
