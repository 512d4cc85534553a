#include "ui/panels/assignors_view.h"

#include <algorithm>

#include "ui/painter.h"
#include "ui/panels/group_cells.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

/// All partitions that an assignor gives to any member, in order.
std::vector<int> columns_of(const Group& g) {
  std::vector<int> columns;
  for (const AssignorPreview& a : g.assignors)
    for (const auto* lists : {&a.partitions, &a.later})
      for (const std::vector<int>& list : *lists) columns.insert(columns.end(), list.begin(), list.end());
  std::sort(columns.begin(), columns.end());
  columns.erase(std::unique(columns.begin(), columns.end()), columns.end());
  return columns;
}

/// Filled: the member has the partition now and would keep it. Outlined with an arrow: it would move here. Dashed:
/// only in the second rebalance.
void draw_given(Ui& ui, const Rect& r, bool given, bool later, bool mine) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  if (!given && !later) return draw_other_cell(p, r);
  if (mine) {
    p.fill(r, c.ok_fill, 3);
    p.stroke(r, c.ok, 1, 3);
    return;
  }
  if (later) {
    p.dashed(r, c.accent, 1.5f, 4, 3, 3);
  } else {
    p.fill(r, c.caution_fill, 3);
    p.stroke(r, c.caution, 1.5f, 3);
  }
  const float half = std::min({6.f, r.w / 2 - 3, r.h / 2 - 3});
  if (half < 3) return;
  right_arrow(p, r.middle(2 * half, r.h), later ? c.accent : c.caution, 2, half + 2);
}

void draw_one(Ui& ui, const Rect& r, const Group& g, const AssignorPreview& a, const std::vector<int>& columns,
              float names) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  constexpr LineSize kName{22, 14}, kMoves{20, 13}, kLabels{17, 12};
  constexpr float kGap = 8;
  Column in{r};
  Row head{in.next(kName), kGap};
  p.text(head, a.name, {.em = 15, .color = a.used ? c.primary : c.secondary, .bold = a.used});
  if (a.used) {
    p.note(head.rest, "assignor in use");
    tag(p, head, ui.tr("ui.assignor_used"_w), c.field, c.primary, c.strong, Icon::None, false, Align::Left, 18);
  }
  p.text(in.next(kMoves),
         a.moves == 0 ? std::string(ui.tr("ui.assignor_keeps"_w))
                      : ui.tr("ui.assignor_moves"_w, {{"count", std::to_string(a.moves)}}),
         {.em = 13, .color = a.moves == 0 ? c.muted : c.caution});
  const float cw = std::clamp(
      cells_of(r, names, kGap).rest.w / static_cast<float>(std::max<std::size_t>(1, columns.size())), 6.f, 40.f);
  if (cw >= 16) {
    const TextStyle style{.em = 13, .color = c.muted, .align = Align::Middle};
    Row labels = cells_of(in.next(kLabels), names, kGap);
    for (const int column : columns) {
      const Partition& part = ui.world.partitions[static_cast<std::size_t>(column)];
      const bool whole = p.width(part.name, style) <= cw - 3;
      p.text(labels.left(cw), whole ? part.name : std::to_string(part.index), style);
    }
  }
  const float pitch =
      std::clamp(in.rest.h / static_cast<float>(std::max<std::size_t>(1, g.members.size())), 15.f, 26.f);
  for (std::size_t m = 0; m < g.members.size() && m < a.partitions.size(); ++m) {
    if (pitch > in.rest.h + 2) break;
    Row row{in.next(pitch), kGap};
    p.text(row.left(names), g.members[m].client, {.em = 13, .bold = g.members[m].leader, .foreign = true});
    row.gap = 0;
    for (std::size_t k = 0; k < columns.size(); ++k) {
      const Rect cell = row.left(cw).padded(1.5f, 1.5f);
      const int part = columns[k];
      const bool given = has(a.partitions[m], part), later = has(a.later[m], part);
      const bool mine = has(g.members[m].partitions, part);
      draw_given(ui, cell, given, later, mine);
      if (!given && !later) continue;
      const auto id = (static_cast<std::uint64_t>(&a - g.assignors.data()) * 64 + m) * 256 + k;
      if (ui.hit(make_id("assignor cell", id), cell).hovered && ui.may_tip())
        ui.st.tip = {p.to_window(cell),
                     a.name + ": " + ui.world.partitions[static_cast<std::size_t>(part)].name,
                     {{ui.tr(mine    ? "ui.assignor_cell_keeps"_w
                             : later ? "ui.assignor_cell_later"_w
                                     : "ui.assignor_cell_moves"_w,
                             {{"member", g.members[m].client}}),
                       ""}},
                     {}};
    }
  }
}

std::string switch_words(const Ui& ui, const Group& g) {
  return ui.st.assignors ? std::string(ui.tr("ui.assignors_close"_w))
                         : ui.tr("ui.assignors_compare"_w, {{"assignor", g.assignor}});
}

}  // namespace

float assignors_switch_width(const Ui& ui, const Group& g) { return ui.p.width(switch_words(ui, g), {.em = 13}) + 20; }

void draw_assignors_switch(Ui& ui, Row& row, const Group& g, std::uint64_t number) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const std::string words = switch_words(ui, g);
  const Rect pill = row.left(assignors_switch_width(ui, g)).middle(22);
  const Hit hit = ui.hit(make_id("compare assignors", number), pill);
  p.fill(pill, hit.hovered ? c.hover : c.field, 11);
  p.stroke(pill, ui.st.assignors ? c.accent : c.mid, 1, 11);
  p.text(pill, words, {.em = 13, .color = hit.hovered ? c.accent : c.primary, .align = Align::Middle});
  if (hit.hovered && ui.may_tip())
    ui.st.tip = {p.to_window(pill), words, {{std::string(ui.tr("ui.assignors_compare_sub"_w)), ""}}, {}};
  if (hit.clicked) ui.st.assignors = !ui.st.assignors;
}

void draw_assignors(Ui& ui, const Rect& r, const Group& g) {
  if (g.assignors.empty()) return;  // they arrive with the next frame
  const std::vector<int> columns = columns_of(g);
  float names = 0;
  for (const GroupMember& m : g.members) names = std::max(names, ui.p.width(m.client, {.em = 13, .bold = m.leader}));
  constexpr float kApart = 28;
  const auto n = static_cast<float>(g.assignors.size());
  Row row{r, kApart};
  const float w = (r.w - kApart * (n - 1)) / n;
  names = std::min(names + 2, w * .4f);
  for (const AssignorPreview& a : g.assignors) draw_one(ui, row.left(w), g, a, columns, names);
}

}  // namespace kafkascope::ui
