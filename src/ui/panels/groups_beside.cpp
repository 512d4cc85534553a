#include "ui/panels/groups_beside.h"

#include <algorithm>

#include "ui/painter.h"
#include "ui/panels/group_cells.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

constexpr float kApart = 30, kEm = 15, kSmall = 13;

/// What the last rebalance did to a partition.
enum class Fared : std::uint8_t { Kept, Interrupted, Moved };

Fared fared(const GroupPartition& gp) {
  return !gp.came_from.empty() ? Fared::Moved : gp.interrupted ? Fared::Interrupted : Fared::Kept;
}

const GroupPartition* part_of(const Group& g, int partition) {
  const auto it = std::find_if(g.partitions.begin(), g.partitions.end(),
                               [&](const GroupPartition& gp) { return gp.partition == partition; });
  return it == g.partitions.end() ? nullptr : &*it;
}

/// Moved: an arrow from the member that had it, whose name stands in the cell if there is room. Interrupted: two bars. Kept: an arrow.
void draw_owned(Ui& ui, const Rect& cell, Fared how, const std::string& from) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const bool moved = how == Fared::Moved;
  p.fill(cell, moved ? c.caution_fill : c.ok_fill, 3);
  p.stroke(cell, moved ? c.caution : c.ok, moved ? 2.f : 1.f, 3);
  if (!moved) {
    p.icon(how == Fared::Kept ? Icon::Play : Icon::Pause, cell.cx() - 6, cell.cy() - 6, 12,
           how == Fared::Kept ? c.ok : c.secondary);
    p.note(cell, how == Fared::Kept ? "partition kept" : "partition interrupted");
    return;
  }
  p.note(cell, "partition moved");
  const TextStyle style{.em = kSmall, .color = c.primary, .bold = true, .foreign = true};
  const float w = p.width(from, style), sign = 13;
  const bool named = !from.empty() && w + sign + 6 <= cell.w;
  const float x = cell.cx() - (named ? w + sign : sign - 4) / 2;
  p.line(x + 1, cell.cy(), x + 4, cell.cy(), c.caution, 2);
  p.arrowhead(x + 9, cell.cy(), 1, 0, 8, c.caution);
  if (named) p.text(x + sign, cell.cy() + kSmall * .36f, from, style);
}

void draw_member(Ui& ui, const Rect& row, const Group& g, const GroupMember& m, const std::vector<int>& columns,
                 float names) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Hit hit = ui.hit(make_id("compared member " + g.id, static_cast<std::uint64_t>(&m - g.members.data())),
                         {row.x, row.y, names - 6, row.h});
  if (hit.clicked) ui.select(m.client);
  p.text(row.x, row.cy() + kEm * .36f, m.client,
         {.em = kEm, .color = hit.hovered ? c.accent : c.primary, .bold = m.leader, .max = names - 8, .foreign = true});
  const float cw = (row.w - names) / static_cast<float>(std::max<std::size_t>(1, columns.size()));
  for (std::size_t k = 0; k < columns.size(); ++k) {
    const int part = columns[k];
    const Rect cell{row.x + names + cw * static_cast<float>(k) + 1.5f, row.y + 1.5f, cw - 3, row.h - 3};
    if (has(m.revoking, part)) {
      draw_revoked_cell(p, cell);
    } else if (has(m.partitions, part)) {
      const GroupPartition* gp = part_of(g, part);
      draw_owned(ui, cell, gp == nullptr ? Fared::Kept : fared(*gp), gp == nullptr ? std::string() : gp->came_from);
    } else {
      draw_other_cell(p, cell, has(m.pending, part));
    }
  }
}

/// "generation 3 · 2 moved · 4 stopped meanwhile", as much as there is room for.
void draw_numbers(Ui& ui, const Rect& r, float base, const Group& g) {
  Painter& p = ui.p;
  int counts[3] = {};
  for (const GroupPartition& gp : g.partitions) ++counts[static_cast<int>(fared(gp))];
  const bool rebalanced = g.rebalances > 1;  // the first one only shares out
  const std::string facts[] = {
      ui.tr("ui.generation"_w, {{"generation", std::to_string(g.generation)}}),
      rebalanced ? ui.tr("ui.rebalance_moved"_w, {{"count", std::to_string(counts[2])}}) : std::string(),
      !rebalanced      ? std::string()
      : counts[1] == 0 ? ui.tr("ui.rebalance_kept"_w, {{"count", std::to_string(counts[0])}})
                       : ui.tr("ui.rebalance_interrupted"_w, {{"count", std::to_string(counts[1])}})};
  float x = r.x;
  for (const std::string& fact : facts) {
    const bool moved = &fact == &facts[1];
    const TextStyle style{.em = kSmall, .color = moved ? p.c.caution : p.c.secondary, .bold = moved};
    if (fact.empty() || x + p.width(fact, style) > r.right()) continue;
    x += p.text(x, base, fact, style) + 16;
  }
}

void draw_group(Ui& ui, const Rect& r, const Group& g) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  float x = r.x;
  p.icon(Icon::Group, x, r.y + 1, 18, c.family[static_cast<std::size_t>(Family::Group)]);
  x += 26;
  x += p.text(x, r.y + 15, g.id, {.em = 18, .bold = true, .max = r.w * .5f, .foreign = true}) + 12;
  x += p.text(x, r.y + 15, g.assignor, {.em = kEm, .color = c.secondary, .max = r.right() - x}) + 12;
  const TextStyle state{
      .em = kSmall, .color = g.state == "Stable" ? c.ok : c.caution, .bold = true, .align = Align::Right};
  if (x + p.width(g.state, state) < r.right()) p.text(r.right(), r.y + 15, g.state, state);
  draw_numbers(ui, r, r.y + 37, g);
  std::vector<int> columns;
  for (const GroupPartition& gp : g.partitions) columns.push_back(gp.partition);
  float names = 0;
  for (const GroupMember& m : g.members) names = std::max(names, p.width(m.client, {.em = kEm, .bold = m.leader}));
  names = std::min(names + 12, r.w * .4f);
  const float cw = (r.w - names) / static_cast<float>(std::max<std::size_t>(1, columns.size()));
  float y = r.y + 48;
  for (std::size_t k = 0; k < columns.size() && cw >= 12; ++k) {
    const Partition& part = ui.world.partitions[static_cast<std::size_t>(columns[k])];
    const std::string number = std::to_string(part.index),
                      label = p.width(part.name, {.em = kSmall}) <= cw - 4 ? part.name : number;
    if (p.width(label, {.em = kSmall}) <= cw)
      p.text(r.x + names + cw * (static_cast<float>(k) + .5f), y + 12, label,
             {.em = kSmall, .color = c.muted, .align = Align::Middle});
  }
  y += 19;
  const auto rows = static_cast<float>(std::max<std::size_t>(1, g.members.size()));
  const float pitch = std::clamp((r.bottom() - y) / rows, 20.f, 40.f);
  for (const GroupMember& m : g.members) {
    if (y + pitch > r.bottom() + 2) break;
    draw_member(ui, {r.x, y, r.w, pitch}, g, m, columns, names);
    y += pitch;
  }
}

/// The meaning of the cells, if a rebalance has left such cells.
void draw_key(Ui& ui, const Rect& r, const std::vector<const Group*>& groups) {
  Painter& p = ui.p;
  bool seen[3] = {};
  for (const Group* g : groups)
    for (const GroupPartition& gp : g->partitions) seen[static_cast<int>(fared(gp))] = true;
  if (!seen[1] && !seen[2]) return;
  const words::Key words[] = {"ui.cell_read_on"_w, "ui.cell_interrupted"_w, "ui.cell_moved"_w};
  float x = r.x;
  for (const Fared how : {Fared::Moved, Fared::Interrupted, Fared::Kept}) {
    const auto i = static_cast<std::size_t>(how);
    const float w = p.width(ui.tr(words[i]), {.em = kSmall});
    if (!seen[i] || x + 30 + w > r.right()) continue;
    draw_owned(ui, {x, r.y, 24, 18}, how, {});
    x += 32;
    x += p.text(x, r.y + 14, ui.tr(words[i]), {.em = kSmall, .color = p.c.secondary}) + 24;
  }
}

}  // namespace

std::vector<const Group*> groups_to_compare(const Ui& ui) {
  std::vector<const Group*> groups;
  for (const Group& g : ui.world.groups) {
    if (g.id == ui.st.selection) return {};
    const bool meant = std::any_of(ui.lesson.view.point.begin(), ui.lesson.view.point.end(),
                                   [&](const PointAt& at) { return at.path == "/groups/" + g.id; });
    if (meant && g.protocol != "share" && !g.partitions.empty()) groups.push_back(&g);
  }
  return groups.size() > 1 ? groups : std::vector<const Group*>{};
}

void draw_groups_beside(Ui& ui, const Rect& r, const std::vector<const Group*>& groups) {
  const auto n = static_cast<float>(groups.size());
  const float w = std::min((r.w - 40 - kApart * (n - 1)) / n, 560.f);
  const float key = 30;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const float x = r.x + 20 + (w + kApart) * static_cast<float>(i);
    draw_group(ui, {x, r.y + 12, w, r.h - 12 - key}, *groups[i]);
    if (i > 0) ui.p.line(x - kApart / 2, r.y + 12, x - kApart / 2, r.bottom() - key, ui.c.hair);
  }
  draw_key(ui, {r.x + 20, r.bottom() - key + 6, r.w - 40, key - 8}, groups);
}

}  // namespace kafkascope::ui
