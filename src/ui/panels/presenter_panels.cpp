// The part under the presenter's narration: leaders, strips, ledger, group, question.
#include <algorithm>

#include "ui/panels/group_cells.h"
#include "ui/panels/group_words.h"
#include "ui/panels/groups_beside.h"
#include "ui/panels/ledger_view.h"
#include "ui/panels/panels.h"
#include "ui/panels/presenter.h"
#include "ui/panels/record_cards.h"
#include "ui/panels/strip.h"
#include "ui/panels/telling.h"
#include "ui/stage/cards.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

using Sizes = PresenterSizes;

void leadership_bar(Ui& ui, const Rect& r, const Sizes& s) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const int index = ui.selected_partition();
  if (index < 0 || ui.time.now_us <= 0) return;
  // The partition whose leadership is shown.
  const std::string& name = ui.world.partitions[static_cast<std::size_t>(index)].name;
  Row row{Column{r}.next(r.h * .6f), s.margin * .8f};
  p.text(row, name, {.em = s.text, .bold = true, .max = r.w * .2f, .foreign = true});
  const Rect track = row.rest;
  struct Stretch {
    std::int64_t from, to;
    int leader;
    bool dead = false;  // the metadata still names it as leader
  };
  // From the leader changes: the leaders of this partition, and the times when it had none.
  std::vector<Stretch> stretches;
  int leader = -1;
  std::int64_t from = 0;
  for (const LeaderChange& ch : ui.world.leader_changes) {
    if (ch.partition != index) continue;
    if (leader < 0) leader = ch.from;
    stretches.push_back({from, ch.at_us, ch.from});
    from = ch.at_us;
    leader = ch.to;
  }
  const Partition& truth = ui.world.partitions[static_cast<std::size_t>(index)];
  stretches.push_back({from, ui.time.now_us, truth.leader});
  // A leader that died before it was replaced gets a hatched section.
  std::vector<Stretch> shown;
  for (const Stretch& st : stretches) {
    std::int64_t died = -1;
    for (const Lane& lane : ui.time.lanes) {
      if (lane.name != "broker-" + std::to_string(st.leader)) continue;
      for (const LaneSpan& span : lane.spans) {
        if (span.kind == SpanKind::Dead && span.from_us > st.from && span.from_us < st.to) died = span.from_us;
      }
    }
    if (died >= 0) {
      shown.push_back({st.from, died, st.leader});
      shown.push_back({died, st.to, st.leader, true});
    } else {
      shown.push_back(st);
    }
  }
  const auto span = static_cast<float>(std::max<std::int64_t>(1, ui.time.now_us + ui.time.now_us / 7));
  auto x = [&](std::int64_t us) { return track.x + track.w * static_cast<float>(us) / span; };
  const float m = track.cy();
  p.line(track.x, m, track.right(), m, c.mid, s.stroke);
  struct Label {
    std::string words;
    TextStyle style;
    Rect bar;
  };
  std::vector<Label> labels;
  for (const Stretch& st : shown) {
    const Rect span_at{x(st.from), track.y, std::max(4.f, x(st.to) - x(st.from)), track.h}, bar = span_at.middle(20);
    std::string label;
    Color color = c.primary;
    if (st.leader >= 0 && !st.dead) {
      p.fill(bar, c.leader_solid);
      p.stroke(bar, c.leader_edge, s.stroke);
      label = ui.tr("ui.leads"_w, {{"broker", "broker-" + std::to_string(st.leader)}});
    } else {
      const Rect high = span_at.middle(30);
      p.fill(high, c.panel);
      p.hatch(high, c.danger, 14);
      p.stroke(high, c.danger, s.stroke);
      label = st.dead ? ui.tr("ui.leader_dead"_w, {{"broker", "broker-" + std::to_string(st.leader)}})
                      : std::string(ui.tr("ui.no_leader"_w));
      color = c.danger;
    }
    labels.push_back({label, {.em = s.text, .color = color, .bold = color == c.danger}, bar});
  }
  // Who leads now matters most, then who led for long. A label whose place is taken stands beside its bar, or not at all.
  std::reverse(labels.begin(), labels.end());
  std::stable_sort(labels.begin() + 1, labels.end(), [](const Label& a, const Label& b) { return a.bar.w > b.bar.w; });
  constexpr float kBetween = 16;
  std::vector<Rect> taken;
  Column below{{track.x, m, track.w, r.bottom() - m}};
  below.skip(22);
  const bool room = below.fits(s.text);
  const Line line = below.next({s.text, s.text});
  for (const Label& label : labels) {
    if (!room) break;
    const float w = p.width(label.words, label.style);
    const auto free = [&](float lx) {
      return lx >= line.x && lx + w <= line.right() && std::none_of(taken.begin(), taken.end(), [&](const Rect& t) {
               return t.grown(kBetween - 1).overlaps({lx, line.y, w, line.h});
             });
    };
    std::vector<float> places{std::clamp(label.bar.cx() - w / 2, line.x, line.right() - w)};
    for (const Rect& t : taken)
      for (const float lx : {t.x - kBetween - w, t.right() + kBetween})
        if (lx + w > label.bar.x - s.text && lx < label.bar.right() + s.text) places.push_back(lx);
    const auto place = std::find_if(places.begin(), places.end(), free);
    if (place == places.end()) continue;
    p.text(*place, line.base, label.words, label.style);
    taken.push_back({*place, line.y, w, line.h});
  }
  Column playhead{Rect{x(ui.time.now_us), m, 0, 0}.padded(-8, -32)};
  p.fill(playhead.next(12), c.playhead, 2);
  p.fill(playhead.next(38).middle(4, 38), c.playhead);
}

StripStyle strip_style(const Sizes& s) {
  StripStyle style;
  style.cell_w = s.h * .046f;
  style.cell_h = s.h * .037f;
  style.gap = s.h * .012f;
  style.name_em = style.mark_em = s.text;
  style.name_w = s.text * 7.2f;
  style.tail_cells = 0;
  style.ruler = false;
  style.flags_below = false;
  style.bold_lines = true;
  return style;
}

/// The height of the extra line for a name that is too long to be beside the watermark's flag.
float name_line(const Ui& ui, const Partition& part, const StripStyle& style, const Sizes& s) {
  return ui.p.width(part.name, {.em = s.text, .bold = true}) > style.name_w - 8 ? s.text * 1.35f : 0;
}

constexpr std::size_t kMostStrips = 3;

/// The partitions to show: with one replica each, those with the records that the lesson points at, or else all of the selected one's topic;
/// otherwise the selected one.
std::vector<int> strips_of(const Ui& ui) {
  const int selected = ui.selected_partition();
  std::vector<int> all;
  if (selected < 0) return all;
  const auto& parts = ui.world.partitions;
  all = partitions_pointed_into(ui, selected);
  if (all.empty() || all.size() > kMostStrips) {
    all.clear();
    for (std::size_t i = 0; i < parts.size() && all.size() < kMostStrips; ++i)
      if (parts[i].topic == parts[static_cast<std::size_t>(selected)].topic) all.push_back(static_cast<int>(i));
  }
  const bool brief = std::all_of(all.begin(), all.end(), [&](int i) {
    return parts[static_cast<std::size_t>(i)].logs.size() == 1 && parts[static_cast<std::size_t>(i)].shares.empty();
  });
  return brief && std::find(all.begin(), all.end(), selected) != all.end() ? all : std::vector<int>{selected};
}

/// The keys stand in the cells of a single replica: its epochs are of no interest.
StripStyle single_strip(const Partition& part, const Sizes& s) {
  StripStyle style = strip_style(s);
  if (has_cut(part)) style.gap = s.h * .035f;
  style.keys = style.key_room = part.logs.size() == 1 && part.shares.empty();
  return style;
}

/// The strips of several partitions with one replica each. Returns the y below them.
float brief_strips(Ui& ui, const std::vector<int>& shown, const Rect& r, StripStyle style) {
  Column in{r, style.gap};
  for (const int i : shown) draw_strips(ui, i, in.next(style.cell_h), style);
  return in.rest.y;
}

/// Whether the step points at the partition's ISR, and no offset's flag stands where its words would be.
bool points_at_isr(const Ui& ui, const Partition& part) {
  constexpr std::int64_t kBesideWords = 8;  // so many cells are longer than the words
  if (part.high_watermark < kBesideWords || part.last_stable_offset < part.high_watermark) return false;
  const auto& points = ui.lesson.view.point;
  return std::any_of(points.begin(), points.end(),
                     [&](const PointAt& at) { return at.path == "/partitions/" + part.name + "/isr"; });
}

/// "ISR 1, 3"
void draw_isr(Ui& ui, Row& row, const Partition& part, const Sizes& s) {
  std::string isr = "ISR";
  for (const int broker : part.isr) isr += (broker == part.isr.front() ? " " : ", ") + std::to_string(broker);
  ui.p.text(row, isr, {.em = s.text, .color = ui.c.secondary, .bold = true});
}

void strips(Ui& ui, const Rect& r, const Sizes& s) {
  const std::vector<int> shown = strips_of(ui);
  const Partition& part = ui.world.partitions[static_cast<std::size_t>(shown.front())];
  const RecordLook look = large_records(s.text, s.stroke);
  const auto from = [&](float y) { return Rect{r.x, y, r.w, r.bottom() - y}; };
  if (shown.size() > 1) {
    StripStyle style = strip_style(s);
    style.flags = false;
    style.keys = style.key_room = true;
    style.partition_names = true;
    // The brokers' names stand whole beside the partitions', if the records still have most of the row.
    style.name_w = s.text * 12;
    for (const int i : shown) {
      const float names = names_width(ui, ui.world.partitions[static_cast<std::size_t>(i)], style);
      if (names < r.w * .4f) style.name_w = std::max(style.name_w, names);
    }
    const float rates = draw_large_rates(ui, shown, r, style, s.text);
    const float end = brief_strips(ui, shown, {r.x, r.y, r.w - rates, r.h}, style);
    draw_received(ui, from(end), part.topic, style.name_w, look);
    return;
  }
  StripStyle style = single_strip(part, s);
  const float need = strips_height(style, part.logs.size(), part.shares.size());
  if (need > r.h) {
    const float squeeze = std::max(.6f, (r.h - flag_room(style) - 12) / (need - flag_room(style) - 12));
    style.cell_h = std::max(s.text * 1.05f, style.cell_h * squeeze);
    style.gap = std::max(4.f, style.gap * squeeze);
  }
  const float line = name_line(ui, part, style, s);
  const bool own_line = line > 0 && need + line <= r.h + 1;
  constexpr float kApart = 8;
  Row head{Column{r}.next({s.text * 1.35f, s.text * 1.1f}), s.text};
  ui.p.text(head, part.name,
            {.em = s.text, .bold = true, .max = own_line ? r.w : style.name_w - kApart, .foreign = true});
  if (points_at_isr(ui, part)) draw_isr(ui, head, part, s);
  if (!own_line) style.head_w = head.rest.x - head.gap - r.x + kApart;
  const float down = own_line ? line : 0;
  style.record_cards = record_cards_height(ui, {0, 0, r.w, r.h - down - need}, part.name, look) > 0;
  float end = draw_strips(ui, shown.front(), from(r.y + down), style);
  if (style.record_cards) end = draw_record_cards(ui, from(end), part.name, look);
  draw_received(ui, from(end), part.topic, style.name_w, look);
}

const Group* group_of(const Ui& ui) {
  for (const Group& g : ui.world.groups) {
    if (g.id == ui.lesson.view.select || g.id == ui.st.selection) return &g;
  }
  return ui.world.groups.empty() ? nullptr : &ui.world.groups.front();
}

/// Members × partitions, with as little text as possible.
void group(Ui& ui, const Rect& r, const Sizes& s) {
  const Group* g = group_of(ui);
  if (g == nullptr) return;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  Column in{r};
  Row head{in.next({s.text * 1.6f, s.text * 1.1f}), s.margin * .6f}, titles = head;
  p.text(head, g->id, {.em = s.text, .bold = true, .max = r.w * .2f, .foreign = true});
  const bool calm = g->state == "Stable" || g->state == "Empty";
  p.text(head, g->state, {.em = s.text, .color = calm ? c.ok : c.caution, .bold = true});
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
  std::vector<int> columns;
  for (std::size_t i = 0; i < ui.world.partitions.size(); ++i) {
    const int k = static_cast<int>(i);
    const bool read = std::any_of(g->partitions.begin(), g->partitions.end(),
                                  [&](const GroupPartition& gp) { return gp.partition == k; }) ||
                      std::any_of(g->members.begin(), g->members.end(), [&](const GroupMember& m) {
                        return std::find(m.partitions.begin(), m.partitions.end(), k) != m.partitions.end();
                      });
    if (read) columns.push_back(k);
  }
  // The matrix is beside the text about the group, unless too little room would remain.
  const auto column_w = [&](float from) {
    return columns.empty() ? 0 : std::min((r.right() - from) / static_cast<float>(columns.size()), s.text * 8);
  };
  const float lag_w = p.width(lag, {.em = s.text, .bold = true}) + head.gap;
  if (!lag.empty() && column_w(head.rest.x + lag_w) >= s.text * 2.6f) p.text(head, lag, {.em = s.text, .bold = true});
  const float grid = std::max(names, head.rest.x - r.x), cw = column_w(r.x + grid);  // from the left
  titles.gap = 0;
  titles.skip(grid);
  for (const int column : columns) {
    const Partition& part = ui.world.partitions[static_cast<std::size_t>(column)];
    const bool whole = p.width(part.name, {.em = s.text}) < cw - 6;
    p.text(titles.left(cw), whole ? part.name : std::to_string(part.index),
           {.em = s.text, .color = c.secondary, .align = Align::Middle});
  }
  const float room = in.rest.h;
  const auto fit = static_cast<std::size_t>(std::max(1.f, room / (s.text * 1.35f)));
  // If not all fit, those who have left keep up to half of the rows, and the last row counts the members that are left out.
  const bool all_fit = g->members.size() + g->former.size() <= fit;
  const std::size_t left = all_fit ? g->former.size() : std::min(g->former.size(), fit / 2);
  const std::size_t rest = fit - std::min(fit, left),
                    shown = g->members.size() > rest ? std::max<std::size_t>(rest, 2) - 1 : g->members.size();
  const std::vector<const GroupMember*> rows = member_rows(ui, *g, shown == g->members.size());
  const float pitch = std::min(
      s.text * 1.9f, room / static_cast<float>(std::max<std::size_t>(1, std::min(g->members.size() + left, fit))));
  bool numbers = false;
  for (std::size_t i = 0; i < shown; ++i) {
    const GroupMember& m = *rows[i];
    const bool known = m.node >= 0 && m.node < static_cast<int>(ui.world.nodes.size());
    const Node* node = known ? &ui.world.nodes[static_cast<std::size_t>(m.node)] : nullptr;
    const bool dead = node != nullptr && node->down();
    Row cells{in.next(pitch)}, name{cells.left(grid), s.text * .4f};
    name.right(0);
    if (dead) p.icon(node_look(*node).icon, name.left(s.text * .8f), c.danger, 3);
    p.text(name.rest, m.client, {.em = s.text, .color = dead ? c.danger : c.primary, .bold = true, .foreign = true});
    const std::int64_t behind = share ? 0 : lag_of([&](int partition) {
      return std::find(m.partitions.begin(), m.partitions.end(), partition) != m.partitions.end();
    });
    if (const std::string words = ui.tr("ui.lag_of_commit"_w, {{"lag", count_text(behind)}});
        behind > 0 && !dead &&
        p.width(m.client, {.em = s.text, .bold = true}) + p.width(words, {.em = s.text}) + s.text < grid)
      p.text(name.rest, words, {.em = s.text, .color = behind > 1000 ? c.caution : c.secondary, .align = Align::Right});
    bool any = false;
    const Rect all = cells.rest.padded(6);
    for (const int column : columns) {
      const Rect cell = cells.left(cw).padded(4, 3);
      const bool owns = has(m.partitions, column), next = has(m.pending, column);
      any = any || owns || next;
      if (owns && dead) {
        p.hatch(cell, c.danger_fill, 14);
        p.dashed(cell, c.danger, s.stroke, 9, 6, 4);
      } else if (owns && without_records(ui.world, column)) {
        draw_idle_cell(p, cell, s.stroke);
      } else if (owns) {
        p.fill(cell, c.ok_fill, 4);
        p.stroke(cell, c.ok, s.stroke, 4);
        // A share group's member owns no partition: it acquires records.
        const auto lock =
            std::find_if(m.locks.begin(), m.locks.end(), [&](const auto& l) { return l.first == column; });
        std::string number = share ? lock == m.locks.end() ? "0" : std::to_string(lock->second) : "";
        for (const GroupPartition& gp : g->partitions)
          if (!share && gp.partition == column && gp.position >= 0) number = std::to_string(gp.position);
        const float icon = s.text * .8f;
        float number_w = p.width(number, {.em = s.text, .mono = true}) + s.text * .4f;
        if (number.empty() || (!share && icon + number_w > cell.padded(4).w)) number_w = 0;
        Row inside{cell.middle(icon + number_w, cell.h), s.text * .4f};
        p.icon(share ? Icon::Lock : Icon::Play, inside.left(icon), c.ok);
        numbers = numbers || number_w > 0;
        if (number_w > 0) p.text(inside.rest, number, {.em = s.text, .mono = true});
      } else if (next) {
        p.dashed(cell, c.accent, s.stroke, 9, 6, 4);
      }
    }
    if (dead) {
      const std::string words = ui.tr(gone_word(*node), {{"seconds", seconds_text(m.session.remaining_us)}});
      cells.skip(s.text);
      if (p.width(words, {.em = s.text}) < cells.rest.w) p.text(cells.rest, words, {.em = s.text, .color = c.danger});
    } else if (!any && m.joined && g->state == "Stable") {
      p.text(all, ui.tr(no_partition_word(*g)), {.em = s.text, .color = c.caution});
    }
  }
  constexpr float kRounding = 1;
  for (std::size_t i = 0; i < left; ++i) {
    const FormerMember& m = g->former[i];
    if (!in.fits(pitch - kRounding)) break;
    Row row{in.next(pitch), s.text * .4f};
    const Rect sign = row.left(s.text * .8f).middle(s.text * .8f);
    p.cross(sign.cx(), sign.cy(), sign.w * .4f, c.danger, s.stroke);
    p.text(row.left(names - sign.w), m.client, {.em = s.text, .color = c.danger, .bold = true, .foreign = true});
    p.text(row.rest, ui.pick(m.why), {.em = s.text, .color = c.danger});
  }
  const Rect last = Column{in}.next(pitch);
  if (shown < g->members.size())
    p.text(last, ui.tr("ui.more_replicas"_w, {{"count", std::to_string(g->members.size() - shown)}}),
           {.em = s.text, .color = c.secondary});
  // What the numbers in the cells are, in the room that is left.
  const std::string meaning = ui.tr(share ? "ui.cell_locks_sub"_w : "ui.cell_position_sub"_w);
  Row key{last, s.text * .5f};
  key.skip(grid);
  const Rect mark = key.left(s.text * .8f).middle(s.text * .8f);
  if (!numbers || !in.fits(pitch - kRounding) || p.width(meaning, {.em = s.text}) > key.rest.w) return;
  p.icon(share ? Icon::Lock : Icon::Play, mark, c.ok);
  p.text(key.rest, meaning, {.em = s.text, .color = c.secondary});
  p.note(key.rest, "meaning of numbers");
}

}  // namespace

bool points_into_log(const Ui& ui, const Partition& part) {
  const auto& points = ui.lesson.view.point;
  return std::any_of(points.begin(), points.end(), [&](const PointAt& at) {
    const std::string_view path = at.path;
    const std::string place = "/partitions/" + part.name + "/";
    if (!path.starts_with(place)) return false;
    const std::string_view field = path.substr(place.size());
    // If it equals the high watermark, the last stable offset has no flag of its own.
    if (field == "last_stable_offset") return part.last_stable_offset < part.high_watermark;
    return field == "high_watermark" || field == "log_end_offset" || field == "log_start_offset";
  });
}

namespace {
PresenterPanel panel_of_step(const Ui& ui) {
  const auto& panels = ui.lesson.view.panels;
  auto wants = [&](std::string_view name) { return std::find(panels.begin(), panels.end(), name) != panels.end(); };
  if (wants("ledger")) return PresenterPanel::Ledger;
  if (wants("terminal") && !ui.lesson.view.tool.empty() && !terminal_on_stage(ui)) return PresenterPanel::Terminal;
  if (wants("groups") && !ui.world.groups.empty()) return PresenterPanel::Groups;
  if (wants("transactions") && !ui.world.transactions.empty() && !ui.stage_hidden())
    return PresenterPanel::Transactions;
  // Beside graphs without a stage a strip would give away what the graphs are meant to show.
  if (ui.stage_hidden() && !wants("partitions") && !wants("groups")) return PresenterPanel::None;
  const bool control = wants("controller") && !ui.world.voters.empty();
  const int index = ui.selected_partition();
  if (index < 0) return control ? PresenterPanel::Control : PresenterPanel::None;
  const Partition& part = ui.world.partitions[static_cast<std::size_t>(index)];
  const bool news =
      std::any_of(ui.st.hot.begin(), ui.st.hot.end(), [&](const HotChange& h) { return h.partition == index; }) ||
      std::any_of(ui.lesson.view.point.begin(), ui.lesson.view.point.end(),
                  [&](const PointAt& at) { return at.path == "/partitions/" + part.name + "/leader"; });
  if (control && !news) return PresenterPanel::Control;
  const bool strips = wants("partitions") || points_into_log(ui, part);
  const bool shared = strips && !part.shares.empty();  // in this case the states of the records matter most
  if (!strips && disks_matter(ui)) return PresenterPanel::Disks;
  if (ui.leaderless(index) || (news && !shared) || !strips) return PresenterPanel::Leadership;
  return PresenterPanel::Strips;
}
}  // namespace

PresenterPanel presenter_panel(const Ui& ui) {
  if (ui.lesson.question.phase != QuestionPhase::Open) return panel_of_step(ui);
  // A question about a log needs the log; the presenter leaves it out if there is no room for it below the choices.
  return !ui.lesson.twin.open && panel_of_step(ui) == PresenterPanel::Strips ? PresenterPanel::Strips
                                                                             : PresenterPanel::None;
}

bool question_hides_panel(const Ui& ui) {
  if (ui.lesson.question.phase != QuestionPhase::Open) return false;
  const PresenterPanel panel = panel_of_step(ui);
  return panel != PresenterPanel::None && panel != PresenterPanel::Leadership;
}

float presenter_panel_height(const Ui& ui, PresenterPanel panel, const Sizes& s, bool cards) {
  switch (panel) {
    case PresenterPanel::None: return 0;
    case PresenterPanel::Leadership:
    case PresenterPanel::Disks: return s.h * .12f;
    case PresenterPanel::Terminal: return s.text * 9;
    case PresenterPanel::Strips: {
      const std::vector<int> shown = strips_of(ui);
      const Partition& part = ui.world.partitions[static_cast<std::size_t>(shown.front())];
      const RecordLook look = large_records(s.text, s.stroke);
      const StripStyle style = single_strip(part, s);
      const float received = received_height(ui, part.topic, look);
      if (shown.size() > 1)
        return (style.cell_h + style.gap) * static_cast<float>(shown.size()) + s.h * .01f + received;
      return strips_height(style, part.logs.size(), part.shares.size()) + name_line(ui, part, style, s) + received +
             (cards ? record_cards_height(ui, {0, 0, s.w - 2 * s.margin, s.h}, part.name, look) : 0);
    }
    case PresenterPanel::Ledger: return s.text * (ui.world.ledger.by_group.size() > 1 ? 10.6f : 9.2f);
    case PresenterPanel::Control: return presenter_control_height(ui, s);
    case PresenterPanel::Transactions: return transactions_height(ui, s.w - 2 * s.margin, s.text);
    case PresenterPanel::Groups: {
      if (const auto compared = groups_to_compare(ui); !compared.empty())
        return beside_height(compared, large_beside(s.text, s.stroke));
      const Group* g = group_of(ui);
      return s.text *
             (1.8f + 1.7f * static_cast<float>(std::clamp<std::size_t>(g == nullptr ? 1 : g->members.size(), 1, 5)));
    }
  }
  return 0;
}

void draw_presenter_panel(Ui& ui, PresenterPanel panel, const Rect& r, const Sizes& s) {
  switch (panel) {
    case PresenterPanel::None: break;
    case PresenterPanel::Leadership: leadership_bar(ui, r, s); break;
    case PresenterPanel::Disks: draw_presenter_disks(ui, r, s); break;
    case PresenterPanel::Terminal: draw_large_terminal(ui, r, s); break;
    case PresenterPanel::Strips: strips(ui, r, s); break;
    case PresenterPanel::Ledger: {
      // Only producers have a second line in the head: their acks.
      const float head = s.text * (ui.world.ledger.by_client.size() > 1 ? 2.9f : 1.45f);
      const LedgerTable table = build_ledger_table(
          ui.world, s.narrow ? 4 : 6, static_cast<std::size_t>(std::max(2.f, (r.h - head - 8) / (s.text * 1.4f))), true,
          ledger_words_pointed_at(ui));
      if (!table.columns.empty()) draw_ledger_table(ui, r, table, s.text, true);
      break;
    }
    case PresenterPanel::Groups:
      if (const auto compared = groups_to_compare(ui); !compared.empty())
        draw_groups_beside(ui, r, compared, large_beside(s.text, s.stroke));
      else group(ui, r, s);
      break;
    case PresenterPanel::Control: draw_presenter_control(ui, r, s); break;
    case PresenterPanel::Transactions: draw_transactions_panel(ui, r, s.text); break;
  }
}

float draw_presenter_question(Ui& ui, const Rect& r, const Sizes& s, bool draw) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Question& q = ui.lesson.question;
  if (q.phase == QuestionPhase::Held || q.phase == QuestionPhase::Differed) {
    const bool held = q.phase == QuestionPhase::Held;
    const std::pair<std::string, TextStyle> parts[] = {
        {ui.tr(held ? "ui.it_held"_w : "ui.it_differed"_w), {.em = s.text, .bold = true}},
        {ui.pick(q.outcome), {.em = s.text, .color = held ? c.ok : c.caution}},
        {ui.under(q.outcome), {.em = s.text, .color = c.secondary}}};
    Row in{r.padded(12, s.text * .55f), 12};
    const Rect sign = in.left(s.title * 1.6f);
    const auto say = [&](Telling& told) {
      for (const auto& part : parts) told.text(part.first, part.second, {s.text * 1.4f, s.text});
    };
    const Rect card = Column{r}.next(std::min(r.h, height_of(ui, in.rest, say) + s.text * 1.1f));
    if (!draw) return card.h;
    p.fill(card, held ? c.ok_fill : c.caution_fill, 8);
    p.stroke(card, held ? c.ok : c.caution, s.stroke, 8);
    if (held) p.icon(Icon::Check, {sign.x, card.y, sign.w, card.h}, c.ok, 2);
    else p.equal_sign(sign.cx(), card.cy(), c.caution, true);
    Telling told{ui, {in.rest}, true};
    say(told);
    return card.h;
  }
  const bool open = q.phase == QuestionPhase::Open, votes_shown = open && q.voting;
  if (!open && q.phase != QuestionPhase::Passed) return 0;
  // Choices; with votes, bars behind the same keys.
  int total = 1;
  for (const int v : q.votes) total += v;
  const float count_w = votes_shown ? s.text * 2.2f : 0;
  const auto parts = [&](const Rect& row) {
    return in_row(row.padded(12), {fixed(s.text * 1.4f), weight(), fixed(count_w)});
  };
  Column in{r, s.text * .4f};
  for (std::size_t i = 0; i < q.choices.size(); ++i) {
    const int votes = i < q.votes.size() ? q.votes[i] : 0;
    const auto say = [&](Telling& told) {
      const LineSize line{s.text * 1.35f, s.text * .95f};
      told.at.skip(s.text * .4f);
      told.text(ui.pick(q.choices[i].text), {.em = s.text}, line);
      told.text(ui.under(q.choices[i].text), {.em = s.text, .color = c.secondary}, line);
      told.at.skip(s.text * .4f);
    };
    const Rect row = in.next(height_of(ui, parts(in.rest)[1], say));
    if (!draw) continue;
    const Hit hit = open ? ui.hit(make_id("choice", i), row) : Hit{};
    if (open) p.fill(row, hit.hovered ? c.hover : c.field, 5);
    if (votes_shown) {
      const Rect bar = Row{row}.left(row.w * static_cast<float>(votes) / static_cast<float>(total));
      p.fill(bar, c.accent_fill, 5);
      p.fill(Column{bar}.last(s.text * .28f), c.accent, 2);
      p.note(bar, "vote bar");
    }
    p.stroke(row, hit.hovered ? c.accent : open ? c.strong : c.mid, s.stroke * .7f, 5);
    const auto [key, words, count] = parts(row);
    p.text(key, std::to_string(i + 1), {.em = s.text, .bold = true});
    if (votes_shown) p.text(count, std::to_string(votes), {.em = s.text, .bold = true, .align = Align::Right});
    Telling told{ui, {words}, true};
    say(told);
    Action a;
    a.kind = q.voting ? ActionKind::Vote : ActionKind::Answer;
    a.number = static_cast<std::int64_t>(i);
    if (hit.clicked) ui.emit(std::move(a));
  }
  return in.rest.y - r.y;
}

}  // namespace kafkascope::ui
