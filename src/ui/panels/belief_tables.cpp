#include "ui/panels/belief_tables.h"

#include <algorithm>

#include "ui/panels/panels.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

/// The ground of a row of that height, almost as wide as the panel.
Rect ground_of(const Rect& row, float high) { return Column{row.padded(8 - kInspectorInset)}.next(high); }

/// The ground of a belief that is wrong.
void mark_difference(Ui& ui, const Rect& row, float high) {
  const Rect ground = ground_of(row, high);
  ui.p.fill(ground, ui.c.caution_fill, 4);
  ui.p.fill(Row{ground}.left(4), ui.c.difference);
}

constexpr float kVerdict = 16;  // width of the sign at a row's right end: right or wrong
constexpr float kBetween = 8;   // of a name and the high watermark beside it

float leaders_at(float width) { return width * 0.46f; }  // the second column

std::string watermark_of(const Ui& ui, const BeliefRow& row) {
  return ui.tr("ui.hw_of"_w, {{"offset", std::to_string(row.high_watermark)}});
}

/// Whether the high watermark has room beside the name.
bool watermark_fits(const Ui& ui, const BeliefRow& row, float em, float room) {
  const bool truth = row.who.empty();
  const std::string name = truth ? std::string(ui.tr("ui.truth"_w)) : row.who;
  const float name_w = ui.p.width(name, {.em = em, .bold = truth, .max = room - kBetween, .foreign = true});
  return name_w + kBetween + ui.p.width(watermark_of(ui, row), {.em = 13, .bold = row.behind}) + kBetween < room;
}

constexpr float kLowType = 14;
constexpr LineSize kColumns{22, 12};  // the columns' headings, where the title leaves them no room

bool headings_are_below(const Ui& ui, words::Key title, float room) {
  return ui.p.width(ui.tr(title), {.em = 13, .bold = true}) > room - 6;
}

}  // namespace

float belief_heading_height(const Ui& ui, float width, words::Key heading) {
  return kInspectorHeading.height +
         (headings_are_below(ui, heading, leaders_at(width) - kInspectorInset) ? kColumns.height : 0);
}

bool has_second_line(const Ui& ui, float width, const BeliefRow& row) {
  return !row.isr.empty() || (row.behind && !watermark_fits(ui, row, kLowType, leaders_at(width) - kInspectorInset));
}

void belief_table(Ui& ui, const Rect& r, Column& in, const std::vector<BeliefRow>& rows, words::Key heading,
                  bool colored) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const float x = in.rest.x, mid = r.x + leaders_at(r.w), epoch = r.x + r.w * 0.73f;
  const TextStyle head{.em = 13, .color = c.secondary, .bold = true}, small{.em = 13, .color = c.muted};
  Row top{in.next(kInspectorHeading)};
  p.text(top.rest, ui.tr(heading), head);
  if (headings_are_below(ui, heading, mid - x)) top = {in.next(kColumns)};
  top.skip(mid - x);
  p.text(top.left(epoch - mid), ui.tr("ui.role_leader"_w), small);
  p.text(top.rest, ui.tr("ui.epoch_col"_w), small);
  // In a low panel the rows are also lower, and a node with a wrong belief comes right after the actual state.
  const bool low = r.h < 640;
  const float row_h = low ? 25.f : 31.f, base = low ? 17.f : 20.f, em = low ? kLowType : 15.f;
  std::vector<BeliefRow> ordered(rows);
  if (low)
    std::stable_partition(ordered.begin(), ordered.end(),
                          [](const BeliefRow& row) { return row.who.empty() || row.differs; });
  for (const BeliefRow& row : ordered) {
    const Line line = in.next({row_h, base});
    constexpr LineSize kBelow{22, 13};
    const bool truth = row.who.empty();
    const std::string name = truth ? std::string(ui.tr("ui.truth"_w)) : row.who;
    const TextStyle name_style{.em = em, .bold = truth, .max = mid - x - kBetween, .foreign = true};
    const TextStyle mark{.em = 13, .color = row.behind ? c.difference : c.muted, .bold = row.behind};
    const std::string hw = watermark_of(ui, row);
    // A high watermark that is not the partition's is always shown: the sign at the row's end is about it, too.
    const bool fits = watermark_fits(ui, row, em, mid - x);
    std::string below = row.isr;
    if (row.behind && !fits) below += (below.empty() ? "" : " · ") + hw;
    const Line under = below.empty() ? Line{} : in.next(kBelow);
    if (!p.in_sight(line)) continue;
    const float high = row_h - 1 + (below.empty() ? 0 : kBelow.height);
    if (row.differs) mark_difference(ui, line, high);
    if (!row.path.empty())
      why_spot(ui, make_id("belief " + row.path), ground_of(line, high), {1.5f, 4}, row.who, row.path);
    if (!below.empty())
      p.text(under, below, {.em = 13, .color = c.difference, .bold = true, .max = under.w - kVerdict, .foreign = true});
    Row cells{line};
    const Line who = cells.left(mid - x), leader = cells.left(epoch - mid);
    cells.skip(2);
    const Rect tag = cells.left(28).middle(18);
    Row beside{who, kBetween};
    beside.left(p.text(who, name, name_style));
    if (row.high_watermark >= 0 && fits) p.text(beside.rest, hw, mark);
    p.text(leader, row.leader.empty() ? std::string_view(ui.tr("ui.unknown"_w)) : std::string_view(row.leader),
           {.em = em,
            .color = row.leader_differs ? c.difference : c.secondary,
            .bold = row.leader_differs,
            .mono = true,
            .max = leader.w - 6,
            .foreign = true});
    if (row.epoch >= 0) epoch_tag(p, tag, row.epoch, colored);
    const bool differs = row.differs || row.behind;
    p.equal_sign(Row{line}.right(kVerdict).cx(), line.cy(), differs ? c.difference : c.muted, differs);
  }
}

void facts_table(Ui& ui, const Rect& r, Column& in, const InspectorView& view) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const float x = in.rest.x, mid = r.x + r.w * 0.46f;
  p.text(in.next(kInspectorHeading), ui.tr("ui.belief_and_truth"_w), {.em = 13, .color = c.secondary, .bold = true});
  const auto value = [&](const std::string& s, words::Key none) { return s.empty() ? std::string(ui.tr(none)) : s; };
  for (const BelievedFact& fact : view.facts) {
    const float h = fact.differs ? 54.f : 30.f;
    Row row{in.next(h), 4};
    in.skip(1);
    if (!p.in_sight(row.rest)) continue;
    if (fact.differs) mark_difference(ui, row.rest, h - 2);
    const Rect sign = row.right(kVerdict);
    Column lines{row.rest};
    const auto cells_of = [&](const LineSize& size) {
      Row row{lines.next(size), 8};
      const Line what = row.left(mid - x - row.gap);
      return std::pair{what, row.rest};
    };
    const TextStyle words{.em = 15, .color = c.secondary, .foreign = true};
    const TextStyle told{
        .em = 15, .color = fact.differs ? c.difference : c.primary, .bold = true, .mono = true, .foreign = true};
    const auto first = cells_of({30, 20});
    p.text(first.first, ui.pick(fact.what), words);
    p.text(first.second, value(fact.believes, "ui.unknown"_w), told);
    p.equal_sign(sign.cx(), first.first.cy(), fact.differs ? c.difference : c.muted, fact.differs);
    if (fact.differs) {
      const auto second = cells_of({24, 14});
      p.text(second.first, ui.tr("ui.truth"_w), {.em = 15, .color = c.secondary});
      p.text(second.second, value(fact.truth, "ui.nobody_now"_w),
             {.em = 15, .bold = true, .mono = true, .foreign = true});
    }
  }
}

}  // namespace kafkascope::ui
