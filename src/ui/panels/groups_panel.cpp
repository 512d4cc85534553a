// Members x partitions, and the group's state machine with the present state highlighted.
#include <algorithm>
#include <cmath>

#include "ui/panels/assignors_view.h"
#include "ui/panels/group_key.h"
#include "ui/panels/group_lists.h"
#include "ui/panels/group_words.h"
#include "ui/panels/groups_beside.h"
#include "ui/panels/origin_card.h"
#include "ui/panels/panels.h"
#include "ui/stage/cards.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

constexpr float kMoreLine = 22;  // height of the line that counts hidden rows

constexpr float kState = 26, kPad = 12,
                kArrow = 22;  // a state's capsule, at its words' sides, the arrow to the next one

float state_width(Ui& ui, const Group& g, const std::string& state) {
  return ui.p.width(state, {.em = 13, .bold = state == g.state}) + 2 * kPad;
}
std::vector<std::string> states_of(const Group& g) {
  return g.states.empty() ? std::vector<std::string>{g.state} : g.states;
}
float states_width(Ui& ui, const Group& g) {
  float sum = -kArrow;
  for (const std::string& s : states_of(g)) sum += state_width(ui, g, s) + kArrow;
  return sum;
}

/// The states of the group's protocol as a row of capsules, the present one highlighted. If the previous state is just
/// before it, a thick arrow joins the two. The present state gets a row of its own where the row has no room for it;
/// others are left out. Returns the rest of the row.
Line draw_states(Ui& ui, Column& in, const Group& g) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const std::vector<std::string> states = states_of(g);
  const bool good = g.state == "Stable", plain = g.state == "Dead" || g.state == "Empty";
  Row row{in.next(kState)};
  for (std::size_t i = 0; i < states.size(); ++i) {
    const std::string& s = states[i];
    const bool here = s == g.state, was = s == g.previous_state;
    const float w = state_width(ui, g, s);
    if (w > row.rest.w) {
      if (!here) continue;
      row = {in.next(kState)};
    }
    const Rect pill = row.left(w);
    if (here) p.fill(pill, good ? c.ok_fill : plain ? c.field : c.caution_fill, kState / 2);
    p.stroke(pill,
             here && good     ? c.ok
             : here && !plain ? c.caution
             : here || was    ? c.strong
                              : c.mid,
             here ? 2 : 1, kState / 2);
    p.text(pill, s, {.em = 13, .color = here ? c.primary : c.muted, .bold = here, .align = Align::Middle});
    if (i + 1 == states.size() || row.rest.w < kArrow) continue;
    const bool taken = was && states[i + 1] == g.state;
    const Rect way = row.left(kArrow).padded(3);
    right_arrow(p, way, taken ? c.primary : c.mid, taken ? 3.f : 1.f, taken ? 10.f : 7.f);
  }
  return row.rest;
}

/// The value in a member's cell: its position; in a share group, which has no positions, the number of records that the
/// member has acquired. Empty: not known.
std::string value_of(const Group& g, const GroupMember& m, int part) {
  if (g.protocol == "share") {
    const auto of = std::find_if(m.locks.begin(), m.locks.end(), [&](const auto& lock) { return lock.first == part; });
    return std::to_string(of == m.locks.end() ? 0 : of->second);
  }
  for (const GroupPartition& gp : g.partitions)
    if (gp.partition == part && gp.position >= 0) return std::to_string(gp.position);
  return {};
}

/// Returns whether the cell says a number.
bool draw_owned_cell(Ui& ui, const Rect& cell, const Group& g, const GroupMember& m, int part, float em, Id id) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const std::string value = value_of(g, m, part);
  const bool text = cell.w > 58 && !value.empty(), share = g.protocol == "share";
  p.fill(cell, c.ok_fill, 3);
  p.stroke(cell, c.ok, 1, 3);
  Row in{cell.padded(text ? 6 : 0)};
  p.icon(share ? Icon::Lock : Icon::Play, text ? in.left(kCellSign) : sign_place(cell), c.ok);
  if (text) p.text(in.rest, value, {.em = em, .mono = true, .align = Align::Right});
  if (!ui.hit(id, cell).hovered || value.empty() || !ui.may_tip()) return text;
  ui.st.tip = {p.to_window(cell),
               ui.tr(share ? "ui.cell_locks"_w : "ui.cell_position"_w,
                     {{"partition", ui.world.partitions[static_cast<std::size_t>(part)].name}, {"value", value}}),
               {{ui.tr(share ? "ui.cell_locks_sub"_w : "ui.cell_position_sub"_w), ""}},
               {}};
  return text;
}

/// Returns whether the cell says so in words.
bool draw_empty_cell(Ui& ui, const Rect& cell, float em) {
  draw_idle_cell(ui.p, cell);
  const TextStyle style{.em = em, .color = ui.c.muted, .align = Align::Middle};
  const std::string words(ui.tr("ui.cell_empty"_w));
  const bool said = ui.p.width(words, style) + 4 < cell.w;
  if (said) ui.p.text(cell, words, style);
  return said;
}

/// A cell of a member's row; notes its sign for the legend, unless it explains itself.
void draw_matrix_cell(Ui& ui, const Rect& cell, const Group& g, const GroupMember& m, int part, float em, Id id,
                      GroupSigns& signs) {
  Painter& p = ui.p;
  const GroupCell kind = group_cell(ui.world, g, m, part);
  note_group_cell(p, cell, kind);
  switch (kind) {
    case GroupCell::Other: return draw_other_cell(p, cell);
    case GroupCell::Gone: draw_dead_cell(p, cell, gone_icon(ui.world, m)); break;
    case GroupCell::LetGo: draw_let_go_cell(p, cell); break;
    case GroupCell::Next: signs.named = draw_next_cell(p, cell, comes_from(g, m, part), em) || signs.named; break;
    case GroupCell::Empty:
      if (draw_empty_cell(ui, cell, em)) return;
      break;
    case GroupCell::Own: signs.numbers = draw_owned_cell(ui, cell, g, m, part, em, id) || signs.numbers; break;
    case GroupCell::Revoked:
      draw_revoked_cell(p, cell);
      p.icon(Icon::Pause, sign_place(cell), ui.c.caution);
      break;
  }
  signs.cells.insert(kind);
}

void draw_member_name(Ui& ui, const Rect& at, const GroupMember& m, float em, Id id) {
  Painter& p = ui.p;
  const Hit hit = ui.hit(id, at);
  if (hit.clicked) ui.select(m.client);
  if (hit.hovered && m.leader && ui.may_tip())
    ui.st.tip = {
        p.to_window(at), m.client + ": " + ui.tr("ui.member_leads"_w), {{ui.tr("ui.member_leads_sub"_w), ""}}, {}};
  const bool dead = gone(ui.world, m);
  Row row{at, em * .4f};
  if (dead) p.icon(gone_icon(ui.world, m), row.left(em * .9f), p.c.danger, 2.4f);
  p.text(row.rest, m.client,
         {.em = em,
          .color = hit.hovered ? p.c.accent
                   : dead      ? p.c.danger
                               : p.c.primary,
          .bold = m.leader,
          .foreign = true});
}

std::vector<int> columns_of(const Group& g) {
  std::vector<int> columns;
  for (const GroupPartition& gp : g.partitions) columns.push_back(gp.partition);
  if (!columns.empty()) return columns;
  for (const GroupMember& m : g.members) columns.insert(columns.end(), m.partitions.begin(), m.partitions.end());
  std::sort(columns.begin(), columns.end());
  return columns;
}

/// In the last column, which counts the partitions without one: those of them that the member has, or how many.
void hidden_partitions(Ui& ui, const Line& cell, const GroupMember& m, const std::vector<int>& hidden,
                       const TextStyle& style) {
  std::string numbers;
  int count = 0;
  for (const int partition : hidden) {
    if (!has(m.partitions, partition) || partition >= static_cast<int>(ui.world.partitions.size())) continue;
    numbers +=
        (count++ == 0 ? "" : ", ") + std::to_string(ui.world.partitions[static_cast<std::size_t>(partition)].index);
  }
  if (count == 0) return;
  const bool whole = ui.p.width(numbers, style) <= cell.w;
  ui.p.text(cell, whole ? numbers : "×" + std::to_string(count), style);
  ui.p.note(cell, "hidden partitions");
}

/// The matrix: green with an arrow: kept; orange hatched: being revoked; dashed blue: assigned next; dashed orange: let
/// go. Its rows use the height of r; returns how many are below the visible part.
std::size_t matrix(Ui& ui, const Rect& r, const Group& g, const MemberRows& rows, const Rect& view, GroupSigns& signs) {
  constexpr LineSize kHead{23, 14};
  constexpr float kApart = 5;  // between rows, and between names and cells
  constexpr float kLeastNames = 60, kAfterName = 12;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const std::vector<int> columns = columns_of(g);
  const bool large = g.members.size() <= 6 && r.w > 540 && r.h > 200;
  const float em = large ? 18 : 15, small = em - 2;
  float widest = 0;
  for (const GroupMember* m : rows)
    widest = std::max(widest, p.width(m->client, {.em = em, .bold = true}) + (gone(ui.world, *m) ? em * 1.3f : 0));
  const float names = std::clamp(widest + kAfterName, kLeastNames, large ? 155.f : 131.f);
  Column in{r};
  Row head = cells_of(in.next(kHead), names, kApart);
  const float pitch = std::clamp(in.rest.h / static_cast<float>(std::max<std::size_t>(1, g.members.size())),
                                 GroupLists::kMemberRow, em + 21);
  const float cw = std::clamp(head.rest.w / static_cast<float>(std::max<std::size_t>(1, columns.size())), 26.f,
                              large ? 130.f : 96.f);
  auto fit = std::min(columns.size(), static_cast<std::size_t>(std::max(1.f, head.rest.w / cw)));
  if (fit < columns.size()) fit = std::max<std::size_t>(fit, 2) - 1;  // the last column shows how many more there are
  const TextStyle label{.em = small, .color = c.muted, .align = Align::Middle};
  for (std::size_t k = 0; k < fit; ++k) {
    const auto index = static_cast<std::size_t>(columns[k]);
    const Line cell = head.left(cw);
    if (index >= ui.world.partitions.size()) continue;
    const Partition& part = ui.world.partitions[index];
    const bool whole = p.width(part.name, label) < cw - 6;
    p.text(cell, whole ? part.name : std::to_string(part.index), label);
  }
  if (fit < columns.size()) p.text(head.left(cw), "+" + std::to_string(columns.size() - fit), label);
  const std::size_t below = rows_below(g.members.size(), in.rest.y, pitch, view);
  in.gap = kApart;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const GroupMember& m = *rows[i];
    Row row{in.next(pitch - kApart), kApart};
    if (!p.in_sight(row.rest)) continue;
    draw_member_name(ui, row.left(names), m, em, make_id("member", i));
    if (is_spare(g, m)) {
      p.text(row.rest, ui.tr(no_partition_word(g)), {.em = small, .color = c.caution});
      continue;
    }
    row.gap = 0;
    for (std::size_t k = 0; k < fit; ++k) {
      const Rect cell = row.left(cw).padded(2);
      draw_matrix_cell(ui, cell, g, m, columns[k], small, make_id("group cell", i * 4096 + k), signs);
    }
    if (fit < columns.size())
      hidden_partitions(ui, row.rest, m, {columns.begin() + static_cast<std::ptrdiff_t>(fit), columns.end()}, label);
  }
  return below;
}

/// From a group's top to the headings of its lists.
float head_height(const Group& g, bool low, bool tall) {
  return low ? 38.f : tall && !g.reason.empty() ? 132.f : 108.f;
}

/// The height for all members and partitions of a group, at least `room`.
float block_height(const Group& g, float room, bool low, bool tall) {
  const std::size_t rows = std::max(g.members.size(), std::min(g.partitions.size(), GroupLists::kMostPartitions) +
                                                          (g.partitions.size() > GroupLists::kMostPartitions ? 1 : 0));
  return std::max(room, head_height(g, low, tall) + 24 + GroupLists::kMemberRow * static_cast<float>(rows) + 8);
}

/// Where a panel that is scrolled so far begins, if each group takes one page of it: with a whole group.
float page_start(float scrolled, float page) { return std::round(scrolled / page) * page; }

/// The last line, if not all is visible at once. `page`: the height of each group that takes the whole panel; 0: not so.
void say_more(Ui& ui, const Rect& r, const Rect& view, std::size_t below, float content, float page) {
  Painter& p = ui.p;
  scroll_bar(ui, view, content, ui.st.groups_scroll);
  p.line(r.x, r.y, r.right(), r.y, p.c.hair);
  if (below == 0) return;
  const std::string words = ui.tr("ui.more_below"_w, {{"count", std::to_string(below)}});
  const TextStyle style{.em = 13, .color = p.c.accent, .bold = true};
  constexpr float kSign = 14, kNear = 4;
  const Rect line = Row{r.padded(GroupLists::kMargin - kNear, 1)}.left(p.width(words, style) + kSign + 3 * kNear);
  const Hit hit = ui.hit(make_id("more of groups"), line);
  if (hit.hovered) p.fill(line, p.c.hover, 4);
  Row in{line.padded(kNear), kNear};
  p.icon(Icon::Down, in.left(kSign), p.c.accent, 2);
  p.text(in.rest, words, style);
  float& scrolled = ui.st.groups_scroll;
  if (hit.clicked)
    scrolled = std::min(page > 0 ? page_start(scrolled, page) + page : scrolled + view.h - 3 * GroupLists::kMemberRow,
                        content - view.h);
}

/// Name, facts and lag; in a low panel the states, too. Returns the room beside them.
Line draw_group_head(Ui& ui, Row head, const Group& g, bool low) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  head.gap = 10;
  p.icon(Icon::Group, head.left(18), c.family[static_cast<std::size_t>(Family::Group)]);
  head.gap = 16;
  p.text(head, g.id, {.em = 18, .bold = true, .max = 220, .foreign = true});
  if (g.lag >= 0) {
    const float end = head.rest.right(), base = head.rest.baseline(15);
    const float w =
        p.text(head, ui.tr(lag_word(g), {{"lag", count_text(g.lag)}}), {.em = 15, .bold = true, .align = Align::Right});
    origin_link(ui, end - w, base, w, origin_of_lag(), 15);
  }
  if (const Timer& t = g.initial_delay; t.running) {
    draw_listed_arc(ui, head.left(16), g.id, t,
                    make_id("initial delay", static_cast<std::uint64_t>(&g - ui.world.groups.data())), "initial delay");
    const std::string words = ui.tr("ui.first_rebalance_in"_w, {{"seconds", seconds_text(t.remaining_us)}});
    if (p.width(words, {.em = 13}) < head.rest.w - (low ? states_width(ui, g) : 0)) p.text(head, words, {.em = 13});
  }
  std::string generation = ui.tr("ui.generation"_w, {{"generation", std::to_string(g.generation)}});
  if (g.protocol != "classic") {
    generation = ui.tr("ui.group_epoch"_w, {{"epoch", std::to_string(g.generation)}});
    if (g.assignment_epoch != g.generation)
      generation += ", " + ui.tr("ui.target_of_epoch"_w, {{"epoch", std::to_string(g.assignment_epoch)}});
  }
  const int idle = members_with_nothing_to_read(ui.world, g);
  const std::string facts[] = {
      generation, ui.tr("ui.coordinator"_w, {{"broker", "broker-" + std::to_string(g.coordinator)}}),
      g.members.size() == 1 ? std::string(ui.tr("ui.one_member"_w))
                            : ui.tr("ui.members"_w, {{"count", std::to_string(g.members.size())}}),
      idle > 0 ? ui.tr("ui.members_idle"_w, {{"count", std::to_string(idle)}}) : std::string(),
      g.comparable ? std::string() : g.assignor};
  const float taken = (g.comparable ? assignors_switch_width(ui, g) + head.gap : 0) + (low ? states_width(ui, g) : 0);
  for (const std::string& f : facts) {
    if (f.empty() || p.width(f, {.em = 13}) > head.rest.w - taken) break;
    const bool warns = idle > 0 && &f == &facts[3];
    p.text(head, f, {.em = 13, .color = warns ? c.caution : c.secondary, .bold = warns});
  }
  if (g.comparable) draw_assignors_switch(ui, head, g, static_cast<std::uint64_t>(&g - ui.world.groups.data()));
  if (!low) return {};
  Column states{head.rest};
  return draw_states(ui, states, g);
}

/// Draws the rows within `view`; returns how many rows are below it.
std::size_t draw_group(Ui& ui, const Rect& r, const Group& g, bool low, bool tall, const Rect& view) {
  Painter& p = ui.p;
  Column in{r.padded(GroupLists::kMargin, 8), low ? 4.f : 8.f};
  Line beside = draw_group_head(ui, {in.next({26, 18})}, g, low);
  if (!low) beside = draw_states(ui, in, g);
  if (!g.reason.empty() && tall)
    p.text(in.next({16, 12}), ui.pick(g.reason), {.em = 13, .color = ui.c.secondary, .foreign = true});
  if (ui.st.assignors && g.comparable) {
    ui.emit(ActionKind::CompareAssignors);
    draw_assignors(ui, in.rest, g);
    return 0;
  }
  const bool losses =
      std::any_of(g.members.begin(), g.members.end(), [&](const GroupMember& m) { return gone(ui.world, m); });
  const bool share = g.protocol == "share";  // a share group's window needs more room than a lag
  const float cells = share ? .4f : losses ? .48f : .52f, joined = losses ? .64f : share ? .35f : .48f;
  const auto halves = in_row(in.rest, {weight(cells, 0, 590), weight(1 - cells)}, 30);
  const auto lists =
      in_row(halves[1], {weight(joined, 0, 340), weight(1 - joined, losses ? 0 : 240, 420)}, GroupLists::kMargin);
  const float room = halves[0].h - GroupLists::kListHead.height;
  const auto fit = [&](std::size_t members) { return GroupLists::kMemberRow * static_cast<float>(members) <= room; };
  const MemberRows rows = member_rows(ui, g, fit(g.members.size()));
  draw_joined_list(ui, lists[0], g, rows, !fit(g.members.size() + g.former.size()), view);
  GroupSigns signs{.share = share};
  const std::size_t below = std::max(matrix(ui, halves[0], g, rows, view, signs), draw_lag_list(ui, lists[1], g, view));
  Row key{beside};
  key.skip(GroupLists::kMargin);
  draw_group_key(ui, key.rest, signs, Align::Right);
  return below;
}

}  // namespace

void draw_groups_panel(Ui& ui, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  p.fill(r, c.canvas);
  ui.hit(make_id("groups"), r);
  if (ui.world.groups.empty()) {
    // A group without a coordinator is not in the metadata; only its members are known.
    const bool orphaned =
        std::any_of(ui.world.clients.begin(), ui.world.clients.end(), [](const Client& k) { return !k.group.empty(); });
    empty_state(ui, r, Icon::Group, orphaned ? "ui.no_coordinator"_w : "ui.no_group_yet"_w,
                orphaned ? "ui.no_coordinator_sub"_w : "ui.no_group_yet_sub"_w);
    return;
  }
  if (const auto compared = groups_to_compare(ui); !compared.empty() && !ui.st.assignors) {
    p.push_box(r, "groups");
    draw_groups_beside(ui, r, compared);
    p.pop_box();
    return;
  }
  const bool tall = r.h > 340, low = r.h < 200;  // in a low panel the states are in the head
  const float room = tall ? std::min(r.h, 430.f) : r.h;
  float content = 0, page = room;
  for (const Group& g : ui.world.groups) {
    const float height = block_height(g, room, low, tall);
    content += height;
    if (height > room || room < r.h) page = 0;
  }
  const bool more = content > r.h + 1;
  Column whole{r};
  const Rect foot = whole.last(more ? kMoreLine : 0), view = whole.rest;
  scroll(ui, view, content, ui.st.groups_scroll);
  p.push_box(view, "groups", true);
  Column blocks{view};
  blocks.skip(-(page > 0 ? page_start(ui.st.groups_scroll, page) : ui.st.groups_scroll));
  std::size_t below = 0;
  // The selected group, or the one that the lesson's step is about, comes first.
  const auto named = [&](const std::string& name) {
    return std::any_of(ui.world.groups.begin(), ui.world.groups.end(), [&](const Group& g) { return g.id == name; });
  };
  const std::string& chosen = named(ui.st.selection) ? ui.st.selection : ui.lesson.view.select;
  static thread_local std::vector<const Group*> order;
  order.clear();
  for (const Group& g : ui.world.groups) order.push_back(&g);
  std::stable_partition(order.begin(), order.end(), [&](const Group* g) { return g->id == chosen; });
  for (const Group* listed : order) {
    const Group& g = *listed;
    const Rect block = blocks.next(block_height(g, room, low, tall));
    // A group is shown with a row at least.
    const bool comes =
        block.y > view.y &&
        block.y + head_height(g, low, tall) + GroupLists::kListHead.height + GroupLists::kMemberRow > view.bottom();
    if (comes) below += std::max<std::size_t>(1, g.members.size());
    if (block.bottom() <= view.y || comes) continue;
    const Rect mark = block.padded(6, 8);
    if (g.id == chosen && order.size() > 1) p.fill(Row{mark}.left(4), c.accent, 2);
    below += draw_group(ui, {block.x, block.y, block.w, std::min(room, view.h)}, g, low, tall, view);
    p.fill(Column{block}.last(1), c.hair);
  }
  p.pop_box();
  if (more) say_more(ui, foot, view, below, content, page);
}

}  // namespace kafkascope::ui
