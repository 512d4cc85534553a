#include "ui/panels/groups_beside.h"

#include <algorithm>

#include "ui/painter.h"
#include "ui/panels/group_cells.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

constexpr float kApart = 30;

/// What the last rebalance did to a partition.
enum class Fared : std::uint8_t { Kept, Interrupted, Moved, First };

/// The first rebalance only shares out: it has done nothing to anybody.
Fared fared(const Group& g, const GroupPartition& gp) {
  return !gp.came_from.empty()                ? Fared::Moved
         : gp.interrupted                     ? Fared::Interrupted
         : gp.first_given && g.rebalances > 1 ? Fared::First
                                              : Fared::Kept;
}

const GroupPartition* part_of(const Group& g, int partition) {
  const auto it = std::find_if(g.partitions.begin(), g.partitions.end(),
                               [&](const GroupPartition& gp) { return gp.partition == partition; });
  return it == g.partitions.end() ? nullptr : &*it;
}

/// Whether a member reads the partition: it has it, may keep it, and lives.
bool is_read(const Snapshot& world, const Group& g, int partition) {
  return std::any_of(g.members.begin(), g.members.end(), [&](const GroupMember& m) {
    return has(m.partitions, partition) && !has(m.revoking, partition) && !gone(world, m);
  });
}

/// How many of the partitions that are read fared so. Those that nobody reads, because they are between two members, or their member is dead,
/// have not fared in any way yet.
struct Counts {
  int fared[4] = {};
  int of(Fared how) const { return fared[static_cast<int>(how)]; }
  bool any() const { return fared[0] + fared[1] + fared[2] + fared[3] > 0; }
};
Counts count_fared(const Snapshot& world, const Group& g) {
  Counts counts;
  for (const GroupPartition& gp : g.partitions)
    if (is_read(world, g, gp.partition)) ++counts.fared[static_cast<int>(fared(g, gp))];
  return counts;
}

/// Moved: an arrow from the member that had it, whose name stands in the cell if there is room. Interrupted: two bars. Kept: an arrow.
/// Given for the first time: nothing.
void draw_owned(Ui& ui, const Rect& cell, Fared how, const std::string& from, const BesideLook& look) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const bool moved = how == Fared::Moved;
  p.fill(cell, moved ? c.caution_fill : c.ok_fill, 3);
  p.stroke(cell, moved ? c.caution : c.ok, moved ? look.stroke + 1 : look.stroke, 3);
  if (how == Fared::First) return p.note(cell, "partition first given");
  if (!moved) {
    p.icon(how == Fared::Kept ? Icon::Play : Icon::Pause, cell.cx() - look.sign / 2, cell.cy() - look.sign / 2,
           look.sign, how == Fared::Kept ? c.ok : c.secondary);
    p.note(cell, how == Fared::Kept ? "partition kept" : "partition interrupted");
    return;
  }
  p.note(cell, "partition moved");
  const TextStyle style{.em = look.small, .color = c.primary, .bold = true, .foreign = true};
  const float w = p.width(from, style), unit = look.sign / 12, sign = 13 * unit;
  const bool named = !from.empty() && w + sign + 6 <= cell.w;
  const float x = cell.cx() - (named ? w + sign : sign - 4 * unit) / 2;
  p.line(x + unit, cell.cy(), x + 4 * unit, cell.cy(), c.caution, look.stroke + 1);
  p.arrowhead(x + 9 * unit, cell.cy(), 1, 0, 8 * unit, c.caution);
  if (named) p.text(x + sign, cell.cy() + look.small * .36f, from, style);
}

void draw_member(Ui& ui, const Rect& row, const Group& g, const GroupMember& m, const std::vector<int>& columns,
                 float names, const BesideLook& look) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Hit hit = ui.hit(make_id("compared member " + g.id, static_cast<std::uint64_t>(&m - g.members.data())),
                         {row.x, row.y, names - 6, row.h});
  if (hit.clicked) ui.select(m.client);
  const bool dead = gone(ui.world, m);
  p.text(row.x, row.cy() + look.em * .36f, m.client,
         {.em = look.em,
          .color = hit.hovered ? c.accent
                   : dead      ? c.danger
                               : c.primary,
          .bold = m.leader,
          .max = names - 8,
          .foreign = true});
  const float cw = (row.w - names) / static_cast<float>(std::max<std::size_t>(1, columns.size()));
  for (std::size_t k = 0; k < columns.size(); ++k) {
    const int part = columns[k];
    const Rect cell{row.x + names + cw * static_cast<float>(k) + 1.5f, row.y + 1.5f, cw - 3, row.h - 3};
    if (dead && has(m.partitions, part)) {
      draw_dead_cell(p, cell, gone_icon(ui.world, m), look.stroke + .5f);
      p.note(cell, "partition of a dead member");
    } else if (has(m.revoking, part)) {
      draw_revoked_cell(p, cell, look.stroke + .5f);
    } else if (has(m.partitions, part)) {
      const GroupPartition* gp = part_of(g, part);
      draw_owned(ui, cell, gp == nullptr ? Fared::Kept : fared(g, *gp), gp == nullptr ? std::string() : gp->came_from,
                 look);
    } else {
      draw_other_cell(p, cell, has(m.pending, part), look.stroke);
    }
  }
}

/// "generation 3 · 2 moved · 4 stopped meanwhile", as much as there is room for. While nobody reads anything, the generation alone.
void draw_numbers(Ui& ui, const Rect& r, float base, const Group& g, const BesideLook& look) {
  Painter& p = ui.p;
  const Counts counts = count_fared(ui.world, g);
  const bool rebalanced = g.rebalances > 1 && counts.any();  // the first one only shares out
  const auto number = [](int count) { return std::to_string(count); };
  const std::string facts[] = {
      ui.tr("ui.generation"_w, {{"generation", std::to_string(g.generation)}}),
      rebalanced ? ui.tr("ui.rebalance_moved"_w, {{"count", number(counts.of(Fared::Moved))}}) : std::string(),
      !rebalanced ? std::string()
      : counts.of(Fared::Interrupted) == 0
          ? ui.tr("ui.rebalance_kept"_w, {{"count", number(counts.of(Fared::Kept))}})
          : ui.tr("ui.rebalance_interrupted"_w, {{"count", number(counts.of(Fared::Interrupted))}})};
  float x = r.x;
  for (const std::string& fact : facts) {
    const bool moved = &fact == &facts[1];
    const TextStyle style{.em = look.small, .color = moved ? p.c.caution : p.c.secondary, .bold = moved};
    if (fact.empty() || x + p.width(fact, style) > r.right()) continue;
    x += p.text(x, base, fact, style) + look.small * 1.2f;
  }
}

/// Its name, its assignor, its state at the right.
void draw_title(Ui& ui, const Rect& r, const Group& g, const BesideLook& look) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const float base = r.y + look.head_base, icon = look.head;
  float x = r.x;
  p.icon(Icon::Group, x, base - icon * .78f, icon, c.family[static_cast<std::size_t>(Family::Group)]);
  x += icon + 8;
  x += p.text(x, base, g.id, {.em = look.head, .bold = true, .max = r.w * .5f, .foreign = true}) + 12;
  const TextStyle assignor{.em = look.em, .color = c.secondary};
  if (x + p.width(g.assignor, assignor) <= r.right()) x += p.text(x, base, g.assignor, assignor) + 12;
  const TextStyle state{
      .em = look.small, .color = g.state == "Stable" ? c.ok : c.caution, .bold = true, .align = Align::Right};
  if (x + p.width(g.state, state) < r.right()) p.text(r.right(), base, g.state, state);
}

void draw_group(Ui& ui, const Rect& r, const Group& g, const BesideLook& look) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  draw_title(ui, r, g, look);
  draw_numbers(ui, r, r.y + look.numbers_base, g, look);
  std::vector<int> columns;
  for (const GroupPartition& gp : g.partitions) columns.push_back(gp.partition);
  float names = 0;
  for (const GroupMember& m : g.members) names = std::max(names, p.width(m.client, {.em = look.em, .bold = m.leader}));
  names = std::min(names + 12, r.w * .4f);
  const float cw = (r.w - names) / static_cast<float>(std::max<std::size_t>(1, columns.size()));
  for (std::size_t k = 0; k < columns.size() && cw >= 12; ++k) {
    const Partition& part = ui.world.partitions[static_cast<std::size_t>(columns[k])];
    const std::string number = std::to_string(part.index),
                      label = p.width(part.name, {.em = look.small}) <= cw - 4 ? part.name : number;
    if (p.width(label, {.em = look.small}) <= cw)
      p.text(r.x + names + cw * (static_cast<float>(k) + .5f), r.y + look.labels_base, label,
             {.em = look.small, .color = look.far ? c.secondary : c.muted, .align = Align::Middle});
  }
  float y = r.y + look.rows;
  const auto rows = static_cast<float>(std::max<std::size_t>(1, g.members.size()));
  const float pitch = std::clamp((r.bottom() - y) / rows, look.least_row, look.most_row);
  for (const GroupMember& m : g.members) {
    if (y + pitch > r.bottom() + 2) break;
    draw_member(ui, {r.x, y, r.w, pitch}, g, m, columns, names, look);
    y += pitch;
  }
}

/// The meaning of the cells, if a rebalance has left such cells.
void draw_key(Ui& ui, const Rect& r, const std::vector<const Group*>& groups, const BesideLook& look) {
  Painter& p = ui.p;
  Counts seen;
  for (const Group* g : groups)
    for (int i = 0; i < 3; ++i) seen.fared[i] += count_fared(ui.world, *g).fared[i];
  if (seen.of(Fared::Interrupted) + seen.of(Fared::Moved) == 0) return;
  const words::Key words[] = {"ui.cell_read_on"_w, "ui.cell_interrupted"_w, "ui.cell_moved"_w};
  float x = r.x;
  for (const Fared how : {Fared::Moved, Fared::Interrupted, Fared::Kept}) {
    const std::string text = ui.tr(words[static_cast<std::size_t>(how)]);
    const float cell = look.small * 1.85f, w = p.width(text, {.em = look.small});
    if (seen.of(how) == 0 || x + cell + 8 + w > r.right()) continue;
    draw_owned(ui, {x, r.cy() - look.small * .7f, cell, look.small * 1.4f}, how, {}, look);
    x += cell + 8;
    x += p.text(x, r.cy() + look.small * .36f, text, {.em = look.small, .color = p.c.secondary}) + 24;
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

BesideLook large_beside(float text, float stroke) {
  return {.head = text,
          .em = text,
          .small = text,
          .stroke = stroke,
          .sign = text * .8f,
          .margin = 0,
          .top = 0,
          .key = text * 1.7f,
          .head_base = text * 1.1f,
          .numbers_base = text * 2.5f,
          .labels_base = text * 3.9f,
          .rows = text * 4.3f,
          .least_row = text * 1.35f,
          .most_row = text * 1.9f,
          .far = true};
}

float beside_height(const std::vector<const Group*>& groups, const BesideLook& look) {
  std::size_t members = 1;
  for (const Group* g : groups) members = std::max(members, g->members.size());
  return look.top + look.rows + static_cast<float>(members) * (look.least_row + look.most_row) / 2 + look.key;
}

void draw_groups_beside(Ui& ui, const Rect& r, const std::vector<const Group*>& groups, const BesideLook& look) {
  const auto n = static_cast<float>(groups.size());
  const float widest = look.em * 37, w = std::min((r.w - 2 * look.margin - kApart * (n - 1)) / n, widest);
  for (std::size_t i = 0; i < groups.size(); ++i) {
    const float x = r.x + look.margin + (w + kApart) * static_cast<float>(i);
    draw_group(ui, {x, r.y + look.top, w, r.h - look.top - look.key}, *groups[i], look);
    if (i > 0) ui.p.line(x - kApart / 2, r.y + look.top, x - kApart / 2, r.bottom() - look.key, ui.c.hair, look.stroke);
  }
  draw_key(ui, {r.x + look.margin, r.bottom() - look.key, r.w - 2 * look.margin, look.key}, groups, look);
}

}  // namespace kafkascope::ui
