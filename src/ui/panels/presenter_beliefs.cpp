// In front of people: who believes what about a partition, instead of the narration, until K or Esc, or another step.
#include <algorithm>

#include "ui/panels/belief_tables.h"
#include "ui/panels/presenter.h"

namespace kafkascope::ui {

namespace {

constexpr float kTableType = 13;              // of the table's own type
constexpr float kColumns = 22;                // the headings of its columns
constexpr float kName = 1.6f, kAround = .4f;  // the partition's name, and the room above and below, in lines of text
constexpr float kSlack = 1;                   // for rounding
constexpr float kRow = 25, kTwoLines = 47;
constexpr std::size_t kMostBelow = 6;  // more rows stand in two columns

/// What is so, then the wrong beliefs, then the others.
std::vector<BeliefRow> rows_about(const Ui& ui) {
  std::vector<BeliefRow> rows = build_inspector_view(ui.world, ui.st.lang, ui.st.beliefs_of).beliefs;
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

}  // namespace

bool shows_beliefs(Ui& ui) {
  State& st = ui.st;
  if (!st.beliefs_of.empty() && (st.beliefs_step != ui.lesson.step || ui.partition_of(st.beliefs_of) < 0))
    st.beliefs_of.clear();
  return !st.beliefs_of.empty();
}

float presenter_beliefs_height(const Ui& ui, const PresenterSizes& s) {
  const std::vector<BeliefRow> rows = rows_about(ui);
  const std::size_t half = rows_of_first(rows.size());
  const float h = std::max(table_height(rows, 0, half), table_height(rows, half, rows.size()));
  return s.text * (kName + 2 * kAround) + (h + kSlack) * s.text / kTableType;
}

void draw_presenter_beliefs(Ui& ui, const Rect& r, const PresenterSizes& s) {
  const std::vector<BeliefRow> rows = rows_about(ui);
  const float k = s.text / kTableType;
  Column in{r.padded(s.margin, s.text * kAround)};
  ui.p.text(in.next({s.text * kName, s.text * 1.2f}), ui.st.beliefs_of,
            {.em = s.text, .bold = true, .max = in.rest.w, .foreign = true});
  ui.p.note(in.rest, "beliefs");
  const std::size_t shown = rows_that_fit(rows, in.rest.h / k), half = rows_of_first(shown);
  const auto [left, right] = in_row(in.rest, {weight(), weight()}, s.margin);
  for (const bool second : {false, true}) {
    const auto from = rows.begin() + static_cast<std::ptrdiff_t>(second ? half : 0),
               to = rows.begin() + static_cast<std::ptrdiff_t>(second ? shown : half);
    if (from == to) break;
    const Rect& place = second ? right : left;
    ui.p.push(place.x, place.y, k);
    const Rect table{0, 0, place.w / k, place.h / k};
    Column lines{table.padded(kInspectorInset, 0)};
    belief_table(ui, table, lines, std::vector<BeliefRow>(from, to), "ui.belief_truth"_w, true);
    if (second && shown < rows.size())
      ui.p.text(lines.next({kRow, kTableType * 1.3f}),
                ui.tr("ui.more_replicas"_w, {{"count", std::to_string(rows.size() - shown)}}),
                {.em = kTableType, .color = ui.c.secondary});
    ui.p.pop();
  }
}

}  // namespace kafkascope::ui
