// A group in front of people: members × partitions, with as little text as possible.
#include <algorithm>
#include <cmath>

#include "ui/panels/group_key.h"
#include "ui/panels/group_words.h"
#include "ui/panels/presenter.h"
#include "ui/shorten.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

const Group* presented_group(const Ui& ui) {
  for (const Group& g : ui.world.groups) {
    if (g.id == ui.lesson.view.select || g.id == ui.st.selection) return &g;
  }
  return ui.world.groups.empty() ? nullptr : &ui.world.groups.front();
}

/// The partitions that the group reads, or that a member has.
std::vector<int> columns_for(const Snapshot& world, const Group& g) {
  std::vector<int> columns;
  for (std::size_t i = 0; i < world.partitions.size(); ++i) {
    const int k = static_cast<int>(i);
    if (part_of(g, k) != nullptr ||
        std::any_of(g.members.begin(), g.members.end(), [&](const GroupMember& m) { return has(m.partitions, k); }))
      columns.push_back(k);
  }
  return columns;
}

/// The signs in the cells of these members.
GroupSigns signs_among(const Snapshot& world, const Group& g, const std::vector<const GroupMember*>& rows,
                       const std::vector<int>& columns) {
  GroupSigns signs{.share = g.protocol == "share"};
  for (const GroupMember* m : rows)
    for (const int column : columns)
      if (const GroupCell cell = group_cell(world, g, *m, column); cell != GroupCell::Other) signs.cells.insert(cell);
  return signs;
}

constexpr float kKeyLine = 1.6f, kLeastRow = 1.35f;  // of the type size

/// In a low row a cell takes most of it, so that its frame keeps off the number in it.
Rect cell_in(const Rect& place, const PresenterSizes& s) { return place.padded(4, place.h < s.text * 1.7f ? 1 : 3); }

/// A partition that the member reads, with its position or the number of its locks. Returns whether the number has room.
bool draw_read_cell(Ui& ui, const Rect& cell, const Group& g, const GroupMember& m, int partition,
                    const PresenterSizes& s) {
  Painter& p = ui.p;
  p.fill(cell, ui.c.ok_fill, 4);
  p.stroke(cell, ui.c.ok, s.stroke, 4);
  p.note(cell, "partition read");
  // A share group's member owns no partition: it acquires records.
  const bool share = g.protocol == "share";
  const auto lock = std::find_if(m.locks.begin(), m.locks.end(), [&](const auto& l) { return l.first == partition; });
  std::string number = share ? lock == m.locks.end() ? "0" : std::to_string(lock->second) : "";
  if (const GroupPartition* gp = part_of(g, partition); !share && gp != nullptr && gp->position >= 0)
    number = std::to_string(gp->position);
  const float icon = s.text * .8f, between = s.text * .4f;
  if (cell.w < icon) return false;
  float number_w = p.width(number, {.em = s.text, .mono = true}) + between;
  if (number.empty() || (!share && icon + number_w + 8 > cell.w)) number_w = 0;
  Row in{cell.middle(icon + number_w, cell.h), between};
  p.icon(share ? Icon::Lock : Icon::Play, in.left(icon).middle(icon), ui.c.ok);
  if (number_w > 0) p.text(in.rest, number, {.em = s.text, .mono = true});
  return number_w > 0;
}

/// Returns whether the cell says a number.
bool draw_large_cell(Ui& ui, const Rect& cell, const Group& g, const GroupMember& m, int partition, GroupSigns& signs,
                     const PresenterSizes& s) {
  Painter& p = ui.p;
  const GroupCell kind = group_cell(ui.world, g, m, partition);
  note_group_cell(p, cell, kind);
  if (kind != GroupCell::Other) p.note(cell, "large cell");
  switch (kind) {
    case GroupCell::Other: break;
    case GroupCell::Own: return draw_read_cell(ui, cell, g, m, partition, s);
    case GroupCell::Empty: draw_idle_cell(p, cell, s.stroke); break;
    case GroupCell::LetGo: draw_let_go_cell(p, cell, s.stroke); break;
    case GroupCell::Revoked: draw_revoked_cell(p, cell, s.stroke); break;
    case GroupCell::Next:
      signs.named = draw_next_cell(p, cell, comes_from(g, m, partition), s.text, s.stroke) || signs.named;
      break;
    case GroupCell::Gone:
      p.hatch(cell, ui.c.danger_fill, 14);
      p.dashed(cell, ui.c.danger, s.stroke, 9, 6, 4);
      break;
  }
  return false;
}

/// At the end of a gone member's name: how long its coordinator still counts it. False: there is no room.
bool draw_counted(Ui& ui, const Rect& place, const GroupMember& m, const PresenterSizes& s) {
  Row row{place, s.text * .4f};
  const float name = s.text * 1.4f + ui.p.width(m.client, {.em = s.text, .bold = true}), ring = s.text;
  const std::string seconds = seconds_text(m.session.remaining_us);
  for (const std::string& words :
       {ui.tr(gone_word(ui.world.nodes[static_cast<std::size_t>(m.node)]), {{"seconds", seconds}}),
        ui.tr("ui.seconds_left"_w, {{"seconds", seconds}})}) {
    if (name + row.gap * 2 + ring + ui.p.width(words, {.em = s.text}) > place.w) continue;
    ui.p.text(row, words, {.em = s.text, .color = ui.c.danger, .align = Align::Right});
    const Rect at = row.right(ring).middle(ring);
    timer_ring(ui, at.cx(), at.cy(), ring * .45f, m.session, s.stroke * 1.2f);
    ui.p.note(at, "session of a member");
    return true;
  }
  return false;
}

/// Whether the member's name has room there, at least its number.
bool is_named_in(Painter& p, const GroupMember& m, float room, const TextStyle& style) {
  const auto width = [&](std::string_view text) { return p.width(text, style); };
  return keeps_number(m.client, shorten(m.client, room, width));
}

/// In the row that counts the members without one: the owners of the partitions that these have. If the cells are too
/// narrow for the numbers in their names, none is named.
void draw_hidden_owners(Ui& ui, Row cells, const Group& g, const std::vector<const GroupMember*>& rows,
                        const std::vector<int>& columns, float cell_w, const PresenterSizes& s) {
  const TextStyle style{.em = s.text, .color = ui.c.secondary, .align = Align::Middle, .foreign = true};
  const float room = cell_in({0, 0, cell_w, cells.rest.h}, s).w;
  const bool named = std::all_of(g.members.begin(), g.members.end(),
                                 [&](const GroupMember& m) { return is_named_in(ui.p, m, room, style); });
  for (const int column : columns) {
    const Rect cell = cell_in(cells.left(cell_w), s);
    const GroupMember* owner = owner_of(g, column);
    if (owner == nullptr || std::find(rows.begin(), rows.end(), owner) != rows.end()) continue;
    ui.p.stroke(cell, without_records(ui.world, column) ? ui.c.mid : ui.c.ok, s.stroke, 4);
    if (named) ui.p.text(cell, owner->client, style);
    ui.p.note(cell, "hidden owner");
  }
}

}  // namespace

float presenter_group_height(const Ui& ui, const PresenterSizes& s) {
  const Group* g = presented_group(ui);
  if (g == nullptr) return s.text * 3.5f;
  const bool key = signs_among(ui.world, *g, member_rows(ui, *g, true), columns_for(ui.world, *g)).worth_a_line();
  return s.text *
         (1.8f + 1.7f * static_cast<float>(std::clamp<std::size_t>(g->members.size(), 1, 5)) + (key ? kKeyLine : 0.f));
}

void draw_presenter_group(Ui& ui, const Rect& r, const PresenterSizes& s) {
  const Group* g = presented_group(ui);
  if (g == nullptr) return;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  Column lines{r};
  const Line heading = lines.next({s.text * 1.6f, s.text * 1.1f});
  Row head{heading, s.margin * .6f};
  const float id_x = head.rest.x;
  p.text(head, g->id, {.em = s.text, .bold = true, .max = r.w * .2f, .foreign = true});
  if (const std::string path = "/groups/" + g->id; ui.points_at(path)) {
    const float beside = s.text * .3f;
    const Rect id{id_x - beside, heading.y, head.rest.x - head.gap - id_x + 2 * beside, heading.h};
    p.ring(id, s.stroke, 6);
    p.note_point(id, path);
  }
  const bool calm = g->state == "Stable" || g->state == "Empty";
  p.text(head, g->state, {.em = s.text, .color = calm ? c.ok : c.caution, .bold = true});
  if (const Timer& t = g->initial_delay; t.running) {
    const std::string words = ui.tr("ui.first_rebalance_in"_w, {{"seconds", seconds_text(t.remaining_us)}});
    const Rect ring = head.left(s.text).middle(s.text);
    timer_ring(ui, ring.cx(), ring.cy(), s.text * .45f, t, s.stroke * 1.2f);
    p.note(ring, "initial delay");
    if (p.width(words, {.em = s.text}) < r.w * .3f) p.text(head, words, {.em = s.text});
  }
  // A share group's members all read the same partitions: the lag is the group's, and is shown once.
  const bool share = g->protocol == "share";
  const auto lag_of = [&](const auto& counts) {
    std::int64_t sum = 0;
    for (const GroupPartition& gp : g->partitions)
      if (counts(gp.partition)) sum += std::max<std::int64_t>(gp.lag, 0);
    return sum;
  };
  const std::int64_t all = share ? lag_of([](int) { return true; }) : g->lag;
  const std::string lag = all >= 0 ? ui.tr(lag_word(*g), {{"lag", count_text(all)}}) : std::string();
  const float names = std::min(r.w * .3f, s.text * 8);
  const std::vector<int> columns = columns_for(ui.world, *g);
  // The matrix is beside the text about the group, unless too little room would remain.
  const auto column_w = [&](float from) {
    return columns.empty() ? 0 : std::min((r.right() - from) / static_cast<float>(columns.size()), s.text * 8);
  };
  const float lag_w = p.width(lag, {.em = s.text, .bold = true}) + head.gap;
  const float whole_w = column_w(head.rest.x), enough = whole_w < s.text * 2.6f ? whole_w * .6f : s.text * 2.6f;
  if (!lag.empty() && column_w(head.rest.x + lag_w) >= enough) p.text(head, lag, {.em = s.text, .bold = true});
  const float grid_x = std::max(r.x + names, head.rest.x), cw = column_w(grid_x);
  const auto grid_row = [&](const Line& line) {
    Row row{line};
    row.skip(grid_x - r.x);
    return row;
  };
  Row labels = grid_row(heading);
  // Where not all numbers have room beside one another, each second column has one, or each third ...
  float widest = 0;
  for (const int column : columns)
    widest = std::max(
        widest, p.width(std::to_string(ui.world.partitions[static_cast<std::size_t>(column)].index), {.em = s.text}));
  widest = std::ceil(widest);
  const float apart = s.text * .4f;
  const auto every = static_cast<std::size_t>(std::max(1.f, std::ceil((widest + apart) / std::max(cw, 1.f))));
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const Partition& part = ui.world.partitions[static_cast<std::size_t>(columns[i])];
    const bool whole = p.width(part.name, {.em = s.text}) < cw - 6;
    Line place = labels.left(cw);
    if (!whole && i % every != 0) continue;
    if (place.w < widest) place = {place.middle(widest, place.h), place.base};
    p.text(place, whole ? part.name : std::to_string(part.index),
           {.em = s.text, .color = c.secondary, .align = Align::Middle});
  }
  const float least = s.text * kLeastRow;
  if (lines.rest.h < least) return;
  const auto rows_in = [&](float height) { return static_cast<std::size_t>(std::max(1.f, height / least)); };
  // Owners without a row of their own take the place in which the key would stand. A row comes before the key.
  const bool wants_key = lines.rest.h >= least + s.text * kKeyLine &&
                         (g->members.size() + g->former.size() > rows_in(lines.rest.h) ||
                          signs_among(ui.world, *g, member_rows(ui, *g, true), columns).worth_a_line());
  const float room = lines.rest.h - (wants_key ? s.text * kKeyLine : 0);
  const std::size_t fit = rows_in(room);
  // If not all fit, former members keep up to half of the rows, and the last row counts the members that are left out.
  const bool all_fit = g->members.size() + g->former.size() <= fit;
  const std::size_t left = all_fit ? g->former.size() : std::min(g->former.size(), fit / 2);
  const std::size_t rest = fit - std::min(fit, left),
                    shown = g->members.size() > rest ? std::max<std::size_t>(rest, 2) - 1 : g->members.size();
  std::vector<const GroupMember*> rows = member_rows(ui, *g, shown == g->members.size());
  const bool rest_idle = std::all_of(rows.begin() + static_cast<std::ptrdiff_t>(shown), rows.end(), [&](const auto* m) {
    return !m->partitions.empty() && nothing_to_read(ui.world, *m);
  });
  rows.resize(shown);
  const float pitch = std::min(
      s.text * 1.9f, room / static_cast<float>(std::max<std::size_t>(1, std::min(g->members.size() + left, fit))));
  GroupSigns signs = signs_among(ui.world, *g, rows, columns);
  for (const GroupMember* listed : rows) {
    const GroupMember& m = *listed;
    const Line row = lines.next(pitch);
    const bool dead = gone(ui.world, m);
    const float sign = s.text * .8f;
    Row name{row, s.text * .4f};
    if (dead) p.icon(gone_icon(ui.world, m), name.left(sign).middle(sign), c.danger, 3);
    p.text(name.rest, m.client,
           {.em = s.text,
            .color = dead ? c.danger : c.primary,
            .bold = true,
            .max = names - s.text * 1.4f,
            .foreign = true});
    // How long the group still waits for the member, or its first lock has to run.
    Row beside{Row{row}.left(grid_x - r.x - name.gap), s.text * .4f};
    if (const Timer& t = m.joined ? m.lock : m.awaited; !dead && (m.joined ? matters(t) : t.running)) {
      const Rect ring = beside.right(s.text).middle(s.text);
      timer_ring(ui, ring.cx(), ring.cy(), s.text * .45f, t, s.stroke * 1.2f);
      p.note(ring, m.joined ? "lock ring" : "awaited ring");
    }
    const std::int64_t behind = share ? 0 : lag_of([&](int partition) { return has(m.partitions, partition); });
    if (const std::string words = ui.tr("ui.lag_of_commit"_w, {{"lag", count_text(behind)}});
        behind > 0 && !dead &&
        p.width(m.client, {.em = s.text, .bold = true}) + p.width(words, {.em = s.text}) + s.text <
            beside.rest.right() - r.x)
      p.text(beside.rest, words,
             {.em = s.text, .color = behind > 1000 ? c.caution : c.secondary, .align = Align::Right});
    const bool counted = dead && m.session.running && draw_counted(ui, Row{row}.left(grid_x - r.x - name.gap), m, s);
    Row cells = grid_row(row);
    for (const int column : columns) {
      const Rect cell = cell_in(cells.left(cw), s);
      signs.numbers = draw_large_cell(ui, cell, *g, m, column, signs, s) || signs.numbers;
    }
    if (dead && !counted) {
      const std::string words = ui.tr(gone_word(ui.world.nodes[static_cast<std::size_t>(m.node)]),
                                      {{"seconds", seconds_text(m.session.remaining_us)}});
      cells.skip(s.text);
      if (p.width(words, {.em = s.text}) < cells.rest.w) p.text(cells.rest, words, {.em = s.text, .color = c.danger});
    } else if (!dead && is_spare(*g, m)) {
      Row spare = grid_row(row);
      spare.skip(6);
      p.text(spare.rest, ui.tr(no_partition_word(*g)), {.em = s.text, .color = c.caution});
    }
  }
  constexpr float kRounding = 1;
  for (std::size_t i = 0; i < left; ++i) {
    const FormerMember& m = g->former[i];
    if (lines.rest.h + kRounding < pitch) break;
    Row row{lines.next(pitch), s.text * .4f};
    const Rect sign = row.left(s.text * .8f).middle(s.text * .8f);
    p.cross(sign.cx(), sign.cy(), sign.w * .4f, c.danger, s.stroke);
    p.text(row.left(names - sign.w), m.client, {.em = s.text, .color = c.danger, .bold = true, .foreign = true});
    p.text(row.rest, ui.pick(m.why), {.em = s.text, .color = c.danger});
  }
  if (shown < g->members.size() && lines.rest.h + kRounding >= pitch) {
    const std::string count = std::to_string(g->members.size() - shown),
                      idle = ui.tr("ui.more_idle"_w, {{"count", count}});
    const bool has_room = p.width(idle, {.em = s.text}) + head.gap < grid_x - r.x;  // the owners are beside it
    const Line line = lines.next(pitch);
    p.text(line, rest_idle && has_room ? idle : ui.tr("ui.more_replicas"_w, {{"count", count}}),
           {.em = s.text, .color = c.secondary});
    draw_hidden_owners(ui, grid_row(line), *g, rows, columns, cw, s);
  }
  // What the numbers in the cells are, and their signs, in the room that is left.
  if (!signs.numbers) signs.cells.erase(GroupCell::Own);
  const float line = wants_key ? s.text * kKeyLine : pitch;
  if (lines.rest.h + kRounding < line) return;
  const GroupKeyLook look{s.text, s.stroke, s.text * 1.6f, s.text * 1.2f};
  draw_group_key(ui, grid_row(lines.next(line)).rest, signs, Align::Left, look);
}

}  // namespace kafkascope::ui
