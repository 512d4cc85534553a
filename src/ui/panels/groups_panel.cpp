// Members x partitions, the group's state machine with the present state highlighted, members that have joined, lag
// with a sparkline.
#include <algorithm>

#include "ui/panels/assignors_view.h"
#include "ui/panels/group_cells.h"
#include "ui/panels/group_words.h"
#include "ui/panels/groups_beside.h"
#include "ui/panels/panels.h"
#include "ui/panels/state_row.h"
#include "ui/stage/cards.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

constexpr float kMemberRow = 22;             // least height of a member's or partition's row
constexpr float kMoreLine = 22;              // height of the line that counts hidden rows
constexpr std::size_t kMostPartitions = 64;  // most partitions with a lag history

/// The states of the group's protocol in a row.
float state_row(Ui& ui, const Rect& r, float y, const Group& g) {
  const std::vector<std::string> only{g.state};
  return draw_state_row(
      ui, r, y, g.states.empty() ? only : g.states, g.state, g.previous_state, [](std::string_view s) {
        return s == "Stable" ? StateTone::Good : s == "Dead" || s == "Empty" ? StateTone::Plain : StateTone::Passing;
      });
}

/// A tall one has room for the number at its peak, if that is well above the present value.
void sparkline(Ui& ui, const Rect& r, const std::vector<float>& values, Color color) {
  if (values.size() < 2) return;
  const auto peak = std::max_element(values.begin(), values.end());
  const float hi = std::max(1.f, *peak);
  constexpr float kTall = 28, kLabel = 13;
  if (r.h >= kTall) {
    ui.p.line(r.x, r.bottom() - 2, r.right(), r.bottom() - 2, ui.c.hair);
    const std::string words = ui.tr("ui.lag_peak"_w, {{"lag", count_text(static_cast<std::int64_t>(hi))}});
    const float w = ui.p.width(words, {.em = 13}),
                x = r.x + r.w * static_cast<float>(peak - values.begin()) / static_cast<float>(values.size() - 1);
    if (hi >= 10 && hi > 1.5f * values.back())
      ui.p.text(std::clamp(x - w / 2, r.x, std::max(r.x, r.right() - w)), r.y + 11, words,
                {.em = 13, .color = ui.c.muted});
    return sparkline(ui, {r.x, r.y + kLabel, r.w, std::min(r.h - kLabel, kTall - 1)}, values, color);
  }
  static thread_local std::vector<Point> points;
  points.clear();
  for (std::size_t i = 0; i < values.size(); ++i) {
    points.push_back({r.x + r.w * static_cast<float>(i) / static_cast<float>(values.size() - 1),
                      r.bottom() - 2 - (r.h - 4) * values[i] / hi});
  }
  ui.p.polyline(points.data(), static_cast<int>(points.size()), color, 1.6f);
}

/// The number of rows below the visible part of a list that begins at y.
std::size_t rows_below(std::size_t all, float y, float pitch, const Rect& view) {
  const float fit = std::max(0.f, (view.bottom() + 3 - y) / pitch);
  return all - std::min(all, static_cast<std::size_t>(fit));
}

/// The matrix: green with an arrow: kept; orange hatched: being revoked; dashed blue: assigned next. Its rows use the
/// height of r; returns how many are below the visible part.
std::size_t matrix(Ui& ui, const Rect& r, const Group& g, const Rect& view) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  std::vector<int> columns;
  for (const GroupPartition& gp : g.partitions) columns.push_back(gp.partition);
  if (columns.empty()) {
    for (const GroupMember& m : g.members) columns.insert(columns.end(), m.partitions.begin(), m.partitions.end());
    std::sort(columns.begin(), columns.end());
  }
  const float em = g.members.size() <= 6 && r.w > 560 && r.h > 200 ? 18.f : 15.f, names = em > 15 ? 160.f : 136.f;
  const float pitch =
      std::clamp((r.h - 22) / static_cast<float>(std::max<std::size_t>(1, g.members.size())), kMemberRow, em + 21);
  float y = r.y;
  const float cw = std::clamp((r.w - names) / static_cast<float>(std::max<std::size_t>(1, columns.size())), 26.f,
                              em > 15 ? 130.f : 96.f);
  auto fit = static_cast<std::size_t>(std::max(1.f, (r.w - names) / cw));
  if (fit < columns.size()) {  // the last column shows how many more there are
    fit = std::max<std::size_t>(fit, 2) - 1;
    p.text(r.x + names + cw * static_cast<float>(fit) + 4, y + 14, "+" + std::to_string(columns.size() - fit),
           {.em = em - 2, .color = c.muted});
  }
  for (std::size_t k = 0; k < columns.size() && k < fit; ++k) {
    const auto index = static_cast<std::size_t>(columns[k]);
    if (index >= ui.world.partitions.size()) continue;
    const std::string& name = ui.world.partitions[index].name;
    const std::string label =
        p.width(name, {.em = em - 2}) < cw - 6 ? name : std::to_string(ui.world.partitions[index].index);
    p.text(r.x + names + cw * (static_cast<float>(k) + 0.5f), y + 14, label,
           {.em = em - 2, .color = c.muted, .align = Align::Middle});
  }
  y += 22;
  const std::size_t below = rows_below(g.members.size(), y, pitch, view);
  for (const GroupMember& m : g.members) {
    if (y > view.bottom() || y + pitch < view.y) {
      y += pitch;
      continue;
    }
    const Hit hit =
        ui.hit(make_id("member", static_cast<std::uint64_t>(&m - g.members.data())), {r.x, y, names - 6, pitch - 4});
    if (hit.clicked) ui.select(m.client);
    if (hit.hovered && m.leader && ui.may_tip())
      ui.st.tip = {p.to_window({r.x, y, names - 6, pitch - 4}),
                   m.client + ": " + ui.tr("ui.member_leads"_w),
                   {{ui.tr("ui.member_leads_sub"_w), ""}},
                   {}};
    const bool dead = gone(ui.world, m);
    if (dead) p.icon(gone_icon(ui.world, m), r.x, y + pitch / 2 - em * .45f - 1, em * .9f, c.danger, 2.4f);
    p.text(r.x + (dead ? em * 1.3f : 0), y + pitch / 2 - 1 + em * .36f, m.client,
           {.em = em,
            .color = hit.hovered ? c.accent
                     : dead      ? c.danger
                                 : c.primary,
            .bold = m.leader,
            .max = names - 12 - (dead ? em * 1.3f : 0),
            .foreign = true});
    if (m.partitions.empty() && m.pending.empty() && m.revoking.empty() && m.joined && g.state == "Stable") {
      p.text(r.x + names + 6, y + pitch / 2 - 1 + em * .33f, ui.tr(no_partition_word(g)),
             {.em = em - 2, .color = c.caution, .max = r.w - names - 8});
      y += pitch;
      continue;
    }
    for (std::size_t k = 0; k < columns.size() && k < fit; ++k) {
      const Rect cell{r.x + names + cw * static_cast<float>(k) + 2, y + 1, cw - 4, pitch - 5};
      const int part = columns[k];
      if (dead && has(m.partitions, part)) {  // still owned according to the coordinator, but not being read
        draw_dead_cell(p, cell, gone_icon(ui.world, m));
      } else if (has(m.revoking, part)) {
        draw_revoked_cell(p, cell);
        p.icon(Icon::Pause, cell.cx() - 6, cell.cy() - 6, 12, c.caution);
      } else if (has(m.partitions, part)) {
        p.fill(cell, c.ok_fill, 3);
        p.stroke(cell, c.ok, 1, 3);
        std::string position;
        for (const GroupPartition& gp : g.partitions) {
          if (gp.partition == part && gp.position >= 0) position = std::to_string(gp.position);
        }
        if (g.protocol == "share") {  // a share group's member has acquired records instead of a position
          position = "0";
          for (const auto& [of, records] : m.locks)
            if (of == part) position = std::to_string(records);
        }
        const bool text = cw > 62 && !position.empty();
        p.icon(g.protocol == "share" ? Icon::Lock : Icon::Play, text ? cell.x + 6 : cell.cx() - 6, cell.cy() - 6, 12,
               c.ok);
        const bool share = g.protocol == "share";
        const Hit over =
            ui.hit(make_id("group cell", static_cast<std::uint64_t>(&m - g.members.data()) * 4096 + k), cell);
        if (over.hovered && !position.empty() && ui.may_tip())
          ui.st.tip = {
              p.to_window(cell),
              ui.tr(share ? "ui.cell_locks"_w : "ui.cell_position"_w,
                    {{"partition", ui.world.partitions[static_cast<std::size_t>(part)].name}, {"value", position}}),
              {{ui.tr(share ? "ui.cell_locks_sub"_w : "ui.cell_position_sub"_w), ""}},
              {}};
        if (text)
          p.text(cell.right() - 6, cell.cy() + (em - 2) * .36f, position,
                 {.em = em - 2, .mono = true, .align = Align::Right});
      } else {
        draw_other_cell(p, cell, has(m.pending, part));
      }
    }
    y += pitch;
  }
  return below;
}

float list_pitch(const Rect& r, std::size_t all) {
  return std::clamp((r.h - 24) / static_cast<float>(std::max<std::size_t>(1, all)), kMemberRow, 26.f);
}

void joined_list(Ui& ui, const Rect& r, const Group& g, const Rect& view) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  p.text(r.x, r.y + 13, ui.tr("ui.who_joined"_w), {.em = 13, .color = c.secondary, .bold = true});
  const float pitch = list_pitch(r, g.members.size());
  float y = r.y + 24 - pitch;
  for (const GroupMember& m : g.members) {
    y += pitch;
    if (y > view.bottom() || y + pitch < view.y) continue;
    const bool dead = gone(ui.world, m);
    if (dead) {
      p.icon(gone_icon(ui.world, m), r.x, y + 2, 15, c.danger, 2.4f);
    } else if (m.joined) {
      p.icon(Icon::Check, r.x, y + 2, 15, c.ok, 2);
    } else {
      timer_ring(p, r.x + 8, y + 10, 8, m.awaited, 3);
    }
    const float name_w = p.text(r.x + 24, y + 15, m.client,
                                {.em = 15, .color = dead ? c.danger : c.primary, .max = r.w * .5f, .foreign = true});
    const std::int64_t counted_us = m.session.running ? m.session.remaining_us : m.awaited.remaining_us;
    const std::string what =
        dead            ? ui.tr(gone_word(ui.world.nodes[static_cast<std::size_t>(m.node)]),
                                {{"seconds", seconds_text(counted_us)}})
        : m.epoch == -2 ? std::string(ui.tr("ui.away_for_awhile"_w))
        : m.state == "UNREVOKED_PARTITIONS"
            ? ui.tr("ui.must_give_up"_w, {{"seconds", seconds_text(m.awaited.remaining_us)}})
        : !m.joined ? ui.tr("ui.awaited_for"_w, {{"seconds", seconds_text(m.awaited.remaining_us)}})
        : m.state == "UNRELEASED_PARTITIONS" ? ui.tr("ui.waits_for_others"_w, {{"epoch", std::to_string(m.epoch)}})
        : m.epoch >= 0                       ? ui.tr("ui.member_epoch_is"_w, {{"epoch", std::to_string(m.epoch)}})
                                             : std::string(ui.tr("ui.joined"_w));
    p.text(r.x + 36 + name_w, y + 15, m.classic ? what + " (classic)" : what,
           {.em = 13,
            .color = dead       ? c.danger
                     : m.joined ? c.muted
                                : c.caution,
            .max = r.w - name_w - 40,
            .foreign = true});
  }
}

/// A share group's partition: its window, the number of acquired records, and the highest delivery count.
void share_row(Ui& ui, const Rect& r, float y, const ShareWindow& w) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const float x = r.x + 108, used = p.text(x, y + 15, std::to_string(w.start) + "–" + std::to_string(w.end),
                                           {.em = 15, .mono = true, .max = 130});
  std::string rest = ui.tr("ui.share_locked"_w, {{"count", std::to_string(w.acquired)}});
  if (w.most_deliveries > 1)
    rest += ", " + ui.tr("ui.share_deliveries"_w, {{"count", std::to_string(w.most_deliveries)}});
  p.text(x + used + 14, y + 15, rest,
         {.em = 13, .color = w.most_deliveries > 1 ? c.caution : c.muted, .max = r.right() - x - used - 14});
}

/// Returns how many rows are below the visible part; a very long list is cut, with a note.
std::size_t lag_list(Ui& ui, const Rect& r, const Group& g, const Rect& view) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  p.text(r.x, r.y + 13, ui.tr(g.protocol == "share" ? "ui.share_by_partition"_w : "ui.lag_by_partition"_w),
         {.em = 13, .color = c.secondary, .bold = true});
  float y = r.y + 24;
  const std::size_t shown = std::min(g.partitions.size(), kMostPartitions);
  // A short list has room for tall graphs, below the names.
  constexpr float kLeastTall = 54, kMostTall = 66;
  const float each = std::min(kMostTall, (r.h - 24) / static_cast<float>(std::max<std::size_t>(1, shown)));
  const bool tall = g.protocol != "share" && each >= kLeastTall;
  const float pitch = tall ? each : list_pitch(r, shown);
  const std::size_t below = rows_below(shown, y, pitch, view);
  // If not all fit, those with the greatest lag come first.
  static thread_local std::vector<const GroupPartition*> rows;
  rows.clear();
  for (const GroupPartition& gp : g.partitions) rows.push_back(&gp);
  if (shown < rows.size() || 24 + pitch * static_cast<float>(shown) > r.h)
    std::stable_sort(rows.begin(), rows.end(),
                     [](const GroupPartition* a, const GroupPartition* b) { return a->lag > b->lag; });
  for (std::size_t i = 0; i < shown; ++i) {
    const GroupPartition& gp = *rows[i];
    if (y > view.bottom() || y + pitch < view.y) {
      y += pitch;
      continue;
    }
    if (gp.partition < 0 || gp.partition >= static_cast<int>(ui.world.partitions.size())) continue;
    const std::string& name = ui.world.partitions[static_cast<std::size_t>(gp.partition)].name;
    p.text(r.x, y + 15, name, {.em = 15, .max = 100, .foreign = true});
    if (gp.share.start >= 0) {
      share_row(ui, r, y, gp.share);
      y += pitch;
      continue;
    }
    const bool growing = gp.lag_history.size() > 4 && gp.lag_history.back() > gp.lag_history.front() + 10;
    const Rect graph = tall ? Rect{r.x, y + 20, r.w, pitch - 24} : Rect{r.x + 108, y, std::max(30.f, r.w - 200), 20};
    sparkline(ui, graph, gp.lag_history, growing ? c.caution : c.strong);
    p.text(r.right(), y + 15, gp.lag < 0 ? std::string(ui.tr("ui.no_commit"_w)) : count_text(gp.lag),
           {.em = 15,
            .color = gp.lag < 0 ? c.muted
                     : growing  ? c.caution
                                : c.primary,
            .bold = gp.lag >= 0,
            .align = Align::Right});
    y += pitch;
  }
  if (shown < rows.size() && y < view.bottom())
    p.text(r.x, y + 15, ui.tr("ui.more_replicas"_w, {{"count", std::to_string(rows.size() - shown)}}),
           {.em = 13, .color = c.muted});
  return below;
}

/// The height for all members and partitions of a group, at least `room`.
float block_height(const Group& g, float room, bool low, bool tall) {
  const float head = low ? 38.f : tall && !g.reason.empty() ? 132.f : 108.f;
  const std::size_t rows = std::max(g.members.size(), std::min(g.partitions.size(), kMostPartitions) +
                                                          (g.partitions.size() > kMostPartitions ? 1 : 0));
  return std::max(room, head + 24 + kMemberRow * static_cast<float>(rows) + 8);
}

/// The last line, if not all is visible at once.
void say_more(Ui& ui, const Rect& r, const Rect& view, std::size_t below, float content) {
  Painter& p = ui.p;
  const float bar = view.h * view.h / content;
  p.fill({r.right() - 6, view.y + (view.h - bar) * ui.st.groups_scroll / std::max(1.f, content - view.h), 3, bar},
         p.c.mid, 1.5f);
  p.line(r.x, view.bottom(), r.right(), view.bottom(), p.c.hair);
  if (below == 0) return;
  const std::string words = ui.tr("ui.more_below"_w, {{"count", std::to_string(below)}});
  const Rect line{r.x + 14, view.bottom() + 1, p.width(words, {.em = 13, .bold = true}) + 30, kMoreLine - 2};
  const Hit hit = ui.hit(make_id("more of groups"), line);
  if (hit.hovered) p.fill(line, p.c.hover, 4);
  p.icon(Icon::Down, line.x + 4, line.cy() - 7, 14, p.c.accent, 2);
  p.text(line.x + 24, line.cy() + 4.7f, words, {.em = 13, .color = p.c.accent, .bold = true});
  if (hit.clicked) ui.st.groups_scroll = std::min(ui.st.groups_scroll + view.h - 3 * kMemberRow, content - view.h);
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
  float content = 0;
  for (const Group& g : ui.world.groups) content += block_height(g, room, low, tall);
  const bool more = content > r.h + 1;
  const Rect view{r.x, r.y, r.w, more ? r.h - kMoreLine : r.h};
  scroll(ui, view, content, ui.st.groups_scroll);
  p.push_box(view, "groups", true);
  float top = r.y - ui.st.groups_scroll;
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
    const Rect block{r.x, top, r.w, block_height(g, room, low, tall)};
    top += block.h;
    if (block.y > view.bottom()) below += std::max<std::size_t>(1, g.members.size());
    if (block.bottom() < view.y || block.y > view.bottom()) continue;
    if (g.id == chosen && order.size() > 1) p.fill({block.x + 6, block.y + 8, 4, block.h - 16}, c.accent, 2);
    float x = block.x + 20;
    const float head = block.y + 26;
    p.icon(Icon::Group, x, head - 14, 18, c.family[static_cast<std::size_t>(Family::Group)]);
    x += 28;
    x += p.text(x, head, g.id, {.em = 18, .bold = true, .max = 220, .foreign = true}) + 20;
    const bool newer = g.protocol != "classic";
    const std::string epochs = g.assignment_epoch == g.generation
                                   ? ui.tr("ui.group_epoch"_w, {{"epoch", std::to_string(g.generation)}})
                                   : ui.tr("ui.group_epoch"_w, {{"epoch", std::to_string(g.generation)}}) + ", " +
                                         ui.tr("ui.target_of_epoch"_w, {{"epoch", std::to_string(g.assignment_epoch)}});
    const std::string facts[] = {
        newer ? epochs : ui.tr("ui.generation"_w, {{"generation", std::to_string(g.generation)}}),
        ui.tr("ui.coordinator"_w, {{"broker", "broker-" + std::to_string(g.coordinator)}}),
        g.members.size() == 1 ? std::string(ui.tr("ui.one_member"_w))
                              : ui.tr("ui.members"_w, {{"count", std::to_string(g.members.size())}}),
        g.comparable ? std::string() : g.assignor};
    const float pill = g.comparable ? assignors_switch_width(ui, g) + 20 : 0;
    for (const std::string& f : facts) {
      const float w = p.width(f, {.em = 13});
      if (f.empty() || x + w > block.right() - 110 - pill - (r.h < 200 ? 480 : 0)) break;
      x += p.text(x, head, f, {.em = 13, .color = c.secondary}) + 20;
    }
    if (g.comparable)
      x += draw_assignors_switch(ui, x, head, g, static_cast<std::uint64_t>(&g - ui.world.groups.data())) + 20;
    if (g.lag >= 0)
      p.text(block.right() - 20, head, ui.tr(lag_word(g), {{"lag", count_text(g.lag)}}),
             {.em = 15, .bold = true, .align = Align::Right});
    float y = block.y + 38;
    if (low) {
      state_row(ui, {x, 0, block.right() - 110 - x, 0}, head - 18, g);
    } else {
      y = state_row(ui, {block.x + 20, 0, block.w - 40, 0}, block.y + 40, g);
    }
    if (!g.reason.empty() && tall) {
      p.text(block.x + 20, y + 12, ui.pick(g.reason),
             {.em = 13, .color = c.secondary, .max = block.w - 40, .foreign = true});
      y += 24;
    }
    if (ui.st.assignors && g.comparable) {
      ui.emit(ActionKind::CompareAssignors);
      draw_assignors(ui, {block.x + 20, y, block.w - 40, std::min(room, view.h) - (y - block.y) - 6}, g);
      p.line(block.x, block.bottom() - 1, block.right(), block.bottom() - 1, c.hair);
      continue;
    }
    const bool losses =
        std::any_of(g.members.begin(), g.members.end(), [&](const GroupMember& m) { return gone(ui.world, m); });
    const bool share = g.protocol == "share";  // a window needs more room than a lag
    const float left_w = std::min(block.w * (share ? .4f : losses ? .48f : .52f), 620.f);
    // Rows use the visible height.
    const float h = std::min(room, view.h) - (y - block.y) - 6;
    const std::size_t members_below = matrix(ui, {block.x + 20, y, left_w - 30, h}, g, view);
    const float rest_x = block.x + left_w + 20, rest_w = block.right() - 20 - rest_x,
                half = std::min(rest_w * (losses  ? .62f
                                          : share ? .35f
                                                  : .5f),
                                360.f);
    joined_list(ui, {rest_x, y, half - 20, h}, g, view);
    below += std::max(members_below, lag_list(ui, {rest_x + half, y, std::min(rest_w - half, 420.f), h}, g, view));
    p.line(block.x, block.bottom() - 1, block.right(), block.bottom() - 1, c.hair);
  }
  p.pop_box();
  if (more) say_more(ui, r, view, below, content);
}

}  // namespace kafkascope::ui
