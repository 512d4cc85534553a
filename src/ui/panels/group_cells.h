// What the cells of a group's matrix say, and how those cells look from which nobody reads; its drawings share both.
#pragma once
#include <algorithm>
#include <string>
#include <vector>

#include "ui/painter.h"
#include "ui/stage/cards.h"

namespace kafkascope::ui {

inline bool has(const std::vector<int>& list, int v) { return std::find(list.begin(), list.end(), v) != list.end(); }

/// Whether the member's process has ended while the coordinator still counts the member, until its session expires. A
/// process that was stopped, not killed, is still counted if it has a group.instance.id (KIP-345), or its LeaveGroup is
/// in flight.
inline bool gone(const observe::Snapshot& world, const observe::GroupMember& m) {
  return m.node >= 0 && m.node < static_cast<int>(world.nodes.size()) &&
         world.nodes[static_cast<std::size_t>(m.node)].down();
}
inline Icon gone_icon(const observe::Snapshot& world, const observe::GroupMember& m) {
  return node_look(world.nodes[static_cast<std::size_t>(m.node)]).icon;
}

inline constexpr float kCellSign = 12;  // in a cell's middle
inline Rect sign_place(const Rect& cell) { return cell.middle(kCellSign, kCellSign); }

/// A row's cells: what is right of its name.
inline Row cells_of(const Line& line, float names, float gap) {
  Row row{line, gap};
  row.left(names);
  row.gap = 0;
  return row;
}

/// Whether the partition holds no record: nothing was ever written, or everything is deleted again.
inline bool without_records(const observe::Snapshot& world, int partition) {
  const observe::Partition& part = world.partitions[static_cast<std::size_t>(partition)];
  return part.log_end_offset == part.log_start_offset;
}

/// Whether none of the member's partitions has a record.
inline bool nothing_to_read(const observe::Snapshot& world, const observe::GroupMember& m) {
  return std::all_of(m.partitions.begin(), m.partitions.end(),
                     [&](int partition) { return without_records(world, partition); });
}

/// The number of members that have partitions, but no record in any of them; 0 if no member has a record.
inline int members_with_nothing_to_read(const observe::Snapshot& world, const observe::Group& g) {
  int idle = 0, busy = 0;
  for (const observe::GroupMember& m : g.members)
    if (!m.partitions.empty()) ++(nothing_to_read(world, m) ? idle : busy);
  return busy == 0 ? 0 : idle;
}

inline const observe::GroupPartition* part_of(const observe::Group& g, int partition) {
  const auto it = std::find_if(g.partitions.begin(), g.partitions.end(),
                               [&](const observe::GroupPartition& gp) { return gp.partition == partition; });
  return it == g.partitions.end() ? nullptr : &*it;
}

inline const observe::GroupMember* owner_of(const observe::Group& g, int partition) {
  const auto it = std::find_if(g.members.begin(), g.members.end(),
                               [&](const observe::GroupMember& m) { return has(m.partitions, partition); });
  return it == g.members.end() ? nullptr : &*it;
}

/// The client that had a partition last which no member has now; empty: a member has it, or nobody ever had it.
inline std::string let_go_by(const observe::Group& g, int partition) {
  const observe::GroupPartition* part = part_of(g, partition);
  return part == nullptr || owner_of(g, partition) != nullptr ? std::string() : part->came_from;
}

/// A member of a stable group that has no partition and gets none; a text stands in its row.
inline bool is_spare(const observe::Group& g, const observe::GroupMember& m) {
  return m.partitions.empty() && m.pending.empty() && m.revoking.empty() && m.joined && g.state == "Stable";
}

/// What a member's cell says of a partition. Gone: the member has it, but is dead; LetGo: nobody has it now, and this
/// member had it last.
enum class GroupCell : std::uint8_t { Other, LetGo, Next, Revoked, Gone, Empty, Own };

inline GroupCell group_cell(const observe::Snapshot& world, const observe::Group& g, const observe::GroupMember& m,
                            int partition) {
  const bool own = has(m.partitions, partition);
  if (own && gone(world, m)) return GroupCell::Gone;
  if (has(m.revoking, partition)) return GroupCell::Revoked;
  if (own) return without_records(world, partition) ? GroupCell::Empty : GroupCell::Own;
  if (has(m.pending, partition)) return GroupCell::Next;
  return !is_spare(g, m) && let_go_by(g, partition) == m.client ? GroupCell::LetGo : GroupCell::Other;
}

/// The other member from which a member gets a partition next: it has it still, or had it last. Empty: none.
inline std::string comes_from(const observe::Group& g, const observe::GroupMember& m, int partition) {
  const observe::GroupMember* owner = owner_of(g, partition);
  const std::string from = owner == nullptr ? let_go_by(g, partition) : owner->client;
  return from == m.client ? std::string() : from;
}

inline bool is_pointed_member(const Ui& ui, const observe::Group& g, const observe::GroupMember& m) {
  return std::any_of(ui.lesson.view.point.begin(), ui.lesson.view.point.end(), [&](const PointAt& at) {
    return at.path == "/clients/" + m.client || at.path == "/nodes/" + m.client ||
           at.path == "/groups/" + g.id + "/members/" + m.client;
  });
}

/// The members in the group's order. If not all fit: first those that the lesson points at, then those that are dead or
/// about to give up or to get a partition, then those that have given up one which nobody has now or have not joined
/// yet, last those that have nothing to read.
inline std::vector<const observe::GroupMember*> member_rows(const Ui& ui, const observe::Group& g, bool all_fit) {
  std::vector<const observe::GroupMember*> rows;
  for (const observe::GroupMember& m : g.members) rows.push_back(&m);
  const auto rank = [&](const observe::GroupMember* m) {
    if (is_pointed_member(ui, g, *m)) return 0;
    if (gone(ui.world, *m) || !m->revoking.empty() || !m->pending.empty()) return 1;
    const bool let_go = std::any_of(g.partitions.begin(), g.partitions.end(), [&](const observe::GroupPartition& gp) {
      return let_go_by(g, gp.partition) == m->client;
    });
    if (let_go || !m->joined) return 2;
    return nothing_to_read(ui.world, *m) ? 4 : 3;
  };
  if (!all_fit)
    std::stable_sort(rows.begin(), rows.end(), [&](const auto* a, const auto* b) { return rank(a) < rank(b); });
  return rows;
}

/// An arrow to the right, as wide as the box.
inline void right_arrow(Painter& p, const Rect& r, Color color, float width, float head) {
  p.line(r.x, r.cy(), r.right() - head / 2, r.cy(), color, width);
  p.arrowhead(r.right(), r.cy(), 1, 0, head, color);
}

/// A partition that the coordinator still counts as a dead member's; nobody reads it.
inline void draw_dead_cell(Painter& p, const Rect& cell, Icon sign, float stroke = 1.5f) {
  p.hatch(cell.grown(-1), p.c.danger_fill, 8);
  p.dashed(cell, p.c.danger, stroke, 4, 3, 3);
  p.icon(sign, sign_place(cell), p.c.danger, 2.2f);
}

/// A partition that the member must give up.
inline void draw_revoked_cell(Painter& p, const Rect& cell, float stroke = 1.5f) {
  p.fill(cell, p.c.caution_fill, 3);
  p.hatch(cell.grown(-1), with_alpha(p.c.caution, .45f), 8);
  p.stroke(cell, p.c.caution, stroke, 3);
}

/// A member's own partition, from which there is nothing to read.
inline void draw_idle_cell(Painter& p, const Rect& cell, float stroke = 1) {
  p.fill(cell, p.c.field, 3);
  p.stroke(cell, p.c.mid, stroke, 3);
}

/// A partition that the member does not have.
inline void draw_other_cell(Painter& p, const Rect& cell, float stroke = 1) {
  const Rect dash = cell.middle(8, 0);
  p.line(dash.x, dash.y, dash.right(), dash.y, p.c.hair, stroke);
}

/// A partition that the member gets next, with the name of the member that it comes from, where the name has room.
/// Returns whether it is named.
inline bool draw_next_cell(Painter& p, const Rect& cell, const std::string& from, float em, float stroke = 1) {
  p.dashed(cell, p.c.accent, stroke + .5f, stroke * 4, stroke * 3, 3);
  const TextStyle name{.em = em, .color = p.c.accent, .align = Align::Middle, .foreign = true};
  const bool named = !from.empty() && p.width(from, name) <= cell.w - 2 && em <= cell.h;
  if (named) p.text(cell, from, name);
  return named;
}

/// A partition that nobody has now, in the row of the member that had it last.
inline void draw_let_go_cell(Painter& p, const Rect& cell, float stroke = 1) {
  const Rect line = cell.padded(std::min(5.f * stroke, cell.w / 4), 0);
  p.dashed(cell, p.c.caution, stroke, stroke * 3, stroke * 3, 3);
  p.line(line.x, cell.cy(), line.right(), cell.cy(), p.c.caution, stroke + 1);
}

/// For tests.
inline void note_group_cell(Painter& p, const Rect& cell, GroupCell kind) {
  if (kind == GroupCell::Empty) p.note(cell, "nothing to read");
  if (kind == GroupCell::LetGo) p.note(cell, "partition let go");
  if (kind == GroupCell::Next) p.note(cell, "partition comes next");
  if (kind == GroupCell::Revoked) p.note(cell, "partition to give up");
}

}  // namespace kafkascope::ui
