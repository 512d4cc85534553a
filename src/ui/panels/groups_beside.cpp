#include "ui/panels/groups_beside.h"

#include <algorithm>

#include "ui/painter.h"
#include "ui/panels/group_key.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

constexpr float kApart = 30, kNameGap = 6;  // between groups; between a name and its cells

/// What the last rebalance did to a partition.
enum class Fared : std::uint8_t { Kept, Interrupted, Moved, First };

/// After the first rebalance every partition counts as kept, because nothing was taken from anybody.
Fared fared(const Group& g, const GroupPartition& gp) {
  return !gp.came_from.empty()                ? Fared::Moved
         : gp.interrupted                     ? Fared::Interrupted
         : gp.first_given && g.rebalances > 1 ? Fared::First
                                              : Fared::Kept;
}

/// Whether a member reads the partition: the member has it, need not revoke it, and is alive.
bool is_read(const Snapshot& world, const Group& g, int partition) {
  return std::any_of(g.members.begin(), g.members.end(), [&](const GroupMember& m) {
    return has(m.partitions, partition) && !has(m.revoking, partition) && !gone(world, m);
  });
}

/// The number of partitions with each result. Partitions that nobody reads, because they are between two members or a
/// dead member's, are not counted.
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

/// Moved: an arrow from the member that had it, whose name stands in the cell if there is room. Interrupted: two bars.
/// Kept: an arrow. Given for the first time: nothing.
void draw_owned(Ui& ui, const Rect& cell, Fared how, const std::string& from, const BesideLook& look) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const bool moved = how == Fared::Moved;
  p.fill(cell, moved ? c.caution_fill : c.ok_fill, 3);
  p.stroke(cell, moved ? c.caution : c.ok, moved ? look.stroke + 1 : look.stroke, 3);
  if (how == Fared::First) return p.note(cell, "partition first given");
  if (!moved) {
    p.icon(how == Fared::Kept ? Icon::Play : Icon::Pause, cell.middle(look.sign, look.sign),
           how == Fared::Kept ? c.ok : c.secondary);
    p.note(cell, how == Fared::Kept ? "partition kept" : "partition interrupted");
    return;
  }
  p.note(cell, "partition moved");
  const TextStyle style{.em = look.small, .color = c.primary, .bold = true, .foreign = true};
  const float w = p.width(from, style), unit = look.sign / 12, arrow = 8 * unit, gap = 4 * unit;
  const bool named = !from.empty() && w + arrow + gap <= cell.padded(2).w;
  Row in{cell.middle(named ? w + arrow + gap : arrow, cell.h), gap};
  right_arrow(p, in.left(arrow), c.caution, look.stroke + 1, arrow);
  if (named) p.text(in.rest, from, style);
}

void draw_member(Ui& ui, Row row, const Group& g, const GroupMember& m, const std::vector<int>& columns, float names,
                 const BesideLook& look) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Rect name = row.left(names);
  const Hit hit = ui.hit(make_id("compared member " + g.id, static_cast<std::uint64_t>(&m - g.members.data())), name);
  if (hit.clicked) ui.select(m.client);
  const bool dead = gone(ui.world, m);
  p.text(name, m.client,
         {.em = look.em,
          .color = hit.hovered ? c.accent
                   : dead      ? c.danger
                               : c.primary,
          .bold = m.leader,
          .foreign = true});
  row.gap = 0;
  const float cw = row.rest.w / static_cast<float>(std::max<std::size_t>(1, columns.size()));
  for (const int part : columns) {
    const Rect cell = row.left(cw).padded(1.5f, 1.5f);
    const GroupCell kind = group_cell(ui.world, g, m, part);
    note_group_cell(p, cell, kind);
    switch (kind) {
      case GroupCell::Other: draw_other_cell(p, cell, look.stroke); break;
      case GroupCell::LetGo: draw_let_go_cell(p, cell, look.stroke); break;
      case GroupCell::Next: draw_next_cell(p, cell, comes_from(g, m, part), look.small, look.stroke); break;
      case GroupCell::Revoked: draw_revoked_cell(p, cell, look.stroke + .5f); break;
      case GroupCell::Gone:
        draw_dead_cell(p, cell, gone_icon(ui.world, m), look.stroke + .5f);
        p.note(cell, "partition of a dead member");
        break;
      case GroupCell::Empty:
      case GroupCell::Own: {
        const GroupPartition* gp = part_of(g, part);
        draw_owned(ui, cell, gp == nullptr ? Fared::Kept : fared(g, *gp), gp == nullptr ? std::string() : gp->came_from,
                   look);
      }
    }
  }
}

/// "generation 3 · 2 moved · 4 stopped meanwhile", as much as there is room for. While nobody reads anything, the
/// generation alone.
void draw_numbers(Ui& ui, Row row, const Group& g, const BesideLook& look) {
  Painter& p = ui.p;
  const Counts counts = count_fared(ui.world, g);
  const bool rebalanced = g.rebalances > 1 && counts.any();  // the first rebalance takes nothing from anybody
  const auto number = [](int count) { return std::to_string(count); };
  const std::string facts[] = {
      ui.tr("ui.generation"_w, {{"generation", std::to_string(g.generation)}}),
      rebalanced ? ui.tr("ui.rebalance_moved"_w, {{"count", number(counts.of(Fared::Moved))}}) : std::string(),
      !rebalanced ? std::string()
      : counts.of(Fared::Interrupted) == 0
          ? ui.tr("ui.rebalance_kept"_w, {{"count", number(counts.of(Fared::Kept))}})
          : ui.tr("ui.rebalance_interrupted"_w, {{"count", number(counts.of(Fared::Interrupted))}})};
  row.gap = look.small * 1.2f;
  for (const std::string& fact : facts) {
    const bool moved = &fact == &facts[1];
    const TextStyle style{.em = look.small, .color = moved ? p.c.caution : p.c.secondary, .bold = moved};
    if (!fact.empty() && p.width(fact, style) <= row.rest.w) p.text(row, fact, style);
  }
}

/// The group's name and assignor; its state at the right.
void draw_title(Ui& ui, Row row, const Group& g, const BesideLook& look) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  row.gap = 10;
  p.icon(Icon::Group, row.left(look.head), c.family[static_cast<std::size_t>(Family::Group)]);
  p.text(row, g.id, {.em = look.head, .bold = true, .max = row.rest.w * .55f, .foreign = true});
  const TextStyle assignor{.em = look.em, .color = c.secondary};
  if (p.width(g.assignor, assignor) <= row.rest.w) p.text(row, g.assignor, assignor);
  const TextStyle state{
      .em = look.small, .color = g.state == "Stable" ? c.ok : c.caution, .bold = true, .align = Align::Right};
  if (p.width(g.state, state) < row.rest.w) p.text(row, g.state, state);
}

void draw_group(Ui& ui, const Rect& r, const Group& g, const BesideLook& look) {
  Painter& p = ui.p;
  Column in{r};
  draw_title(ui, {in.next(look.line)}, g, look);
  draw_numbers(ui, {in.next(look.line)}, g, look);
  std::vector<int> columns;
  for (const GroupPartition& gp : g.partitions) columns.push_back(gp.partition);
  float names = 0;
  for (const GroupMember& m : g.members) names = std::max(names, p.width(m.client, {.em = look.em, .bold = m.leader}));
  names = std::min(names + kNameGap, r.w * .4f);
  Row labels = cells_of(in.next(look.labels), names, kNameGap);
  const float cw = labels.rest.w / static_cast<float>(std::max<std::size_t>(1, columns.size()));
  const TextStyle style{.em = look.small, .color = look.far ? ui.c.secondary : ui.c.muted, .align = Align::Middle};
  for (std::size_t k = 0; k < columns.size() && cw >= 12; ++k) {
    const Partition& part = ui.world.partitions[static_cast<std::size_t>(columns[k])];
    const std::string label = p.width(part.name, style) <= cw - 4 ? part.name : std::to_string(part.index);
    const Line cell = labels.left(cw);
    if (p.width(label, style) <= cw) p.text(cell, label, style);
  }
  const auto rows = static_cast<float>(std::max<std::size_t>(1, g.members.size()));
  const float pitch = std::clamp(in.rest.h / rows, look.least_row, look.most_row);
  for (const GroupMember& m : g.members) {
    if (pitch > in.rest.h + 2) break;
    draw_member(ui, {in.next(pitch), kNameGap}, g, m, columns, names, look);
  }
}

/// The signs of cells from which nobody reads.
GroupSigns signs_of(const Snapshot& world, const std::vector<const Group*>& groups) {
  GroupSigns signs;
  for (const Group* g : groups)
    for (const GroupMember& m : g->members)
      for (const GroupPartition& gp : g->partitions)
        if (const GroupCell cell = group_cell(world, *g, m, gp.partition);
            cell != GroupCell::Other && cell < GroupCell::Empty)
          signs.cells.insert(cell);
  return signs;
}

/// The meaning of the cells, if a rebalance has left such cells, or is not over.
void draw_key(Ui& ui, const Rect& r, const std::vector<const Group*>& groups, const BesideLook& look) {
  Painter& p = ui.p;
  Counts seen;
  for (const Group* g : groups)
    for (int i = 0; i < 3; ++i) seen.fared[i] += count_fared(ui.world, *g).fared[i];
  const words::Key words[] = {"ui.cell_read_on"_w, "ui.cell_interrupted"_w, "ui.cell_moved"_w};
  Row row{r, 8};
  const float wide = look.small * 1.85f, high = look.small * 1.4f;
  for (const Fared how : {Fared::Moved, Fared::Interrupted, Fared::Kept}) {
    const std::string text = ui.tr(words[static_cast<std::size_t>(how)]);
    if (seen.of(Fared::Interrupted) + seen.of(Fared::Moved) == 0 || seen.of(how) == 0 ||
        wide + row.gap + p.width(text, {.em = look.small}) > row.rest.w)
      continue;
    draw_owned(ui, row.left(wide).middle(high), how, {}, look);
    p.text(row, text, {.em = look.small, .color = p.c.secondary});
    row.skip(16);
  }
  draw_group_key(ui, row.rest, signs_of(ui.world, groups), Align::Left, {look.small, look.stroke, wide, high});
}

}  // namespace

std::vector<const Group*> groups_to_compare(const Ui& ui) {
  std::vector<const Group*> groups;
  for (const Group& g : ui.world.groups) {
    if (g.id == ui.st.selection) return {};
    if (ui.points_at("/groups/" + g.id) && g.protocol != "share" && !g.partitions.empty()) groups.push_back(&g);
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
          .line = {text * 1.4f, text * 1.1f},
          .labels = {text * 1.5f, text * 1.1f},
          .least_row = text * 1.35f,
          .most_row = text * 1.9f,
          .far = true};
}

float beside_height(const std::vector<const Group*>& groups, const BesideLook& look) {
  std::size_t members = 1;
  for (const Group* g : groups) members = std::max(members, g->members.size());
  return look.top + look.rows() + static_cast<float>(members) * (look.least_row + look.most_row) / 2 + look.key;
}

void draw_groups_beside(Ui& ui, const Rect& r, const std::vector<const Group*>& groups, const BesideLook& look) {
  const auto n = static_cast<float>(groups.size());
  Column in{r.padded(look.margin)};
  draw_key(ui, in.last(look.key), groups, look);
  in.skip(look.top);
  const float widest = look.em * 37, w = std::min((in.rest.w - kApart * (n - 1)) / n, widest);
  Row row{in.rest};
  for (std::size_t i = 0; i < groups.size(); ++i) {
    if (i > 0) {
      const Rect gap = row.left(kApart);
      ui.p.line(gap.cx(), gap.y, gap.cx(), gap.bottom(), ui.c.hair, look.stroke);
    }
    draw_group(ui, row.left(w), *groups[i], look);
  }
}

}  // namespace kafkascope::ui
