#include "ui/panels/assignors_view.h"

#include <algorithm>

#include "ui/painter.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

bool holds(const std::vector<int>& list, int v) { return std::find(list.begin(), list.end(), v) != list.end(); }

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
  if (!given && !later) {
    p.line(r.cx() - 3, r.cy(), r.cx() + 3, r.cy(), c.hair, 1);
    return;
  }
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
  const Color ink = later ? c.accent : c.caution;
  p.line(r.cx() - half, r.cy(), r.cx() + half - 3, r.cy(), ink, 2);
  p.arrowhead(r.cx() + half, r.cy(), 1, 0, half + 2, ink);
}

void draw_one(Ui& ui, const Rect& r, const Group& g, const AssignorPreview& a, const std::vector<int>& columns,
              float names) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  float x = r.x;
  x += p.text(x, r.y + 14, a.name, {.em = 15, .color = a.used ? c.primary : c.secondary, .bold = a.used}) + 8;
  if (a.used) {
    const std::string used(ui.tr("ui.assignor_used"_w));
    const Rect tag{x, r.y, p.width(used, {.em = 13}) + 12, 18};
    p.fill(tag, c.field, 9);
    p.stroke(tag, c.strong, 1, 9);
    p.text(tag.cx(), tag.cy() + 4.7f, used, {.em = 13, .align = Align::Middle});
    p.note(tag, "assignor in use");
  }
  const float cw = std::clamp((r.w - names) / static_cast<float>(std::max<std::size_t>(1, columns.size())), 6.f, 40.f);
  float y = r.y + 22;
  p.text(r.x, y + 13,
         a.moves == 0 ? std::string(ui.tr("ui.assignor_keeps"_w))
                      : ui.tr("ui.assignor_moves"_w, {{"count", std::to_string(a.moves)}}),
         {.em = 13, .color = a.moves == 0 ? c.muted : c.caution, .max = r.w});
  y += 20;
  if (cw >= 16) {
    for (std::size_t k = 0; k < columns.size(); ++k) {
      const Partition& part = ui.world.partitions[static_cast<std::size_t>(columns[k])];
      const std::string label = p.width(part.name, {.em = 13}) <= cw - 3 ? part.name : std::to_string(part.index);
      p.text(r.x + names + cw * (static_cast<float>(k) + .5f), y + 12, label,
             {.em = 13, .color = c.muted, .align = Align::Middle});
    }
    y += 17;
  }
  const float pitch =
      std::clamp((r.bottom() - y) / static_cast<float>(std::max<std::size_t>(1, g.members.size())), 15.f, 26.f);
  for (std::size_t m = 0; m < g.members.size() && m < a.partitions.size(); ++m) {
    if (y + pitch > r.bottom() + 2) break;
    p.text(r.x, y + pitch / 2 + 4.2f, g.members[m].client,
           {.em = 13, .bold = g.members[m].leader, .max = names - 8, .foreign = true});
    for (std::size_t k = 0; k < columns.size(); ++k) {
      const Rect cell{r.x + names + cw * static_cast<float>(k) + 1.5f, y + 1.5f, cw - 3, pitch - 3};
      const int part = columns[k];
      const bool given = holds(a.partitions[m], part), later = holds(a.later[m], part);
      const bool mine = holds(g.members[m].partitions, part);
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
    y += pitch;
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
  const float w = (r.w - kApart * (n - 1)) / n;
  names = std::min(names + 10, w * .4f);
  for (std::size_t i = 0; i < g.assignors.size(); ++i)
    draw_one(ui, {r.x + (w + kApart) * static_cast<float>(i), r.y, w, r.h}, g, g.assignors[i], columns, names);
}

}  // namespace kafkascope::ui
