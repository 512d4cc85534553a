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
#include "ui/stage/cards.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

using Sizes = PresenterSizes;

void leadership_bar(Ui& ui, Rect r, const Sizes& s) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const int index = ui.selected_partition();
  if (index < 0 || ui.time.now_us <= 0) return;
  // The partition whose leadership is shown.
  const std::string& name = ui.world.partitions[static_cast<std::size_t>(index)].name;
  const float name_w = std::min(p.width(name, {.em = s.text, .bold = true}), r.w * .2f) + s.margin * .8f;
  p.text(r.x, r.y + r.h * .3f + s.text * .36f, name, {.em = s.text, .bold = true, .max = name_w - 8, .foreign = true});
  r.x += name_w;
  r.w -= name_w;
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
  auto x = [&](std::int64_t us) { return r.x + r.w * static_cast<float>(us) / span; };
  const float m = r.y + r.h * .3f;
  p.line(r.x, m, r.right(), m, c.mid, s.stroke);
  struct Label {
    std::string words;
    TextStyle style;
    Rect bar;
  };
  std::vector<Label> labels;
  for (const Stretch& st : shown) {
    const Rect bar{x(st.from), m - 10, std::max(4.f, x(st.to) - x(st.from)), 20};
    std::string label;
    Color color = c.primary;
    if (st.leader >= 0 && !st.dead) {
      p.fill(bar, c.leader_solid);
      p.stroke(bar, c.leader_edge, s.stroke);
      label = ui.tr("ui.leads"_w, {{"broker", "broker-" + std::to_string(st.leader)}});
    } else {
      p.fill({bar.x, bar.y - 5, bar.w, bar.h + 10}, c.panel);
      p.hatch({bar.x, bar.y - 5, bar.w, bar.h + 10}, c.danger, 14);
      p.stroke({bar.x, bar.y - 5, bar.w, bar.h + 10}, c.danger, s.stroke);
      label = st.dead ? ui.tr("ui.leader_dead"_w, {{"broker", "broker-" + std::to_string(st.leader)}})
                      : std::string(ui.tr("ui.no_leader"_w));
      color = c.danger;
    }
    labels.push_back({label, {.em = s.text, .color = color, .bold = color == c.danger}, bar});
  }
  // The present leader's label is placed first, then those of the longest bars. A label whose place is taken stands
  // beside its bar, or is left out.
  std::reverse(labels.begin(), labels.end());
  std::stable_sort(labels.begin() + 1, labels.end(), [](const Label& a, const Label& b) { return a.bar.w > b.bar.w; });
  constexpr float kBetween = 16;
  std::vector<Rect> taken;
  for (const Label& label : labels) {
    if (m + 26 + s.text >= r.bottom() + 4) break;
    const float w = p.width(label.words, label.style);
    const auto free = [&](float lx) {
      return lx >= r.x && lx + w <= r.right() && std::none_of(taken.begin(), taken.end(), [&](const Rect& t) {
               return t.grown(kBetween - 1).overlaps({lx, m, w, s.text});
             });
    };
    std::vector<float> places{std::clamp(label.bar.cx() - w / 2, r.x, r.right() - w)};
    for (const Rect& t : taken)
      for (const float lx : {t.x - kBetween - w, t.right() + kBetween})
        if (lx + w > label.bar.x - s.text && lx < label.bar.right() + s.text) places.push_back(lx);
    const auto place = std::find_if(places.begin(), places.end(), free);
    if (place == places.end()) continue;
    p.text(*place, m + 22 + s.text, label.words, label.style);
    taken.push_back({*place, m, w, s.text});
  }
  const float px = x(ui.time.now_us);
  p.line(px, m - 26, px, m + 18, c.playhead, 4);
  p.fill({px - 8, m - 32, 16, 12}, c.playhead, 2);
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

/// The partitions to show: with one replica each, those with the records that the lesson points at, or else all of the
/// selected one's topic; otherwise the selected one.
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

/// The cells of a single replica show keys: its epochs are of no interest.
StripStyle single_strip(const Partition& part, const Sizes& s) {
  StripStyle style = strip_style(s);
  if (has_cut(part)) style.gap = s.h * .035f;
  style.keys = style.key_room = part.logs.size() == 1 && part.shares.empty();
  return style;
}

/// The strips of several partitions with one replica each. Returns the y below them.
float brief_strips(Ui& ui, const std::vector<int>& shown, const Rect& r, StripStyle style) {
  float y = r.y;
  for (const int i : shown) {
    draw_strips(ui, i, {r.x, y, r.w, style.cell_h}, style);
    y += style.cell_h + style.gap;
  }
  return y;
}

/// Whether the step points at the partition's ISR, and no flag of an offset is in the way of the words about it.
bool points_at_isr(const Ui& ui, const Partition& part) {
  constexpr std::int64_t kBesideWords = 8;  // that many cells are wider than the words
  if (part.high_watermark < kBesideWords || part.last_stable_offset < part.high_watermark) return false;
  const auto& points = ui.lesson.view.point;
  return std::any_of(points.begin(), points.end(),
                     [&](const PointAt& at) { return at.path == "/partitions/" + part.name + "/isr"; });
}

/// "ISR 1, 3". Returns its width.
float draw_isr(Ui& ui, float x, float y, const Partition& part, const Sizes& s) {
  std::string isr = "ISR";
  for (const int broker : part.isr) isr += (broker == part.isr.front() ? " " : ", ") + std::to_string(broker);
  return ui.p.text(x, y, isr, {.em = s.text, .color = ui.c.secondary, .bold = true});
}

void strips(Ui& ui, const Rect& r, const Sizes& s) {
  const std::vector<int> shown = strips_of(ui);
  const Partition& part = ui.world.partitions[static_cast<std::size_t>(shown.front())];
  const RecordLook look = large_records(s.text, s.stroke);
  if (shown.size() > 1) {
    StripStyle style = strip_style(s);
    style.flags = false;
    style.keys = style.key_room = true;
    style.partition_names = true;
    // The brokers' names are shown in full beside the partitions' names, if the records still have most of the row.
    style.name_w = s.text * 12;
    for (const int i : shown) {
      const float names = names_width(ui, ui.world.partitions[static_cast<std::size_t>(i)], style);
      if (names < r.w * .4f) style.name_w = std::max(style.name_w, names);
    }
    const float rates = draw_large_rates(ui, shown, r, style, s.text);
    const float end = brief_strips(ui, shown, {r.x, r.y, r.w - rates, r.h}, style);
    draw_received(ui, {r.x, end, r.w, r.bottom() - end}, part.topic, style.name_w, look);
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
  const float base = r.y + s.text * 1.1f;
  float named = ui.p.text(r.x, base, part.name,
                          {.em = s.text, .bold = true, .max = own_line ? r.w : style.name_w - 8, .foreign = true});
  if (points_at_isr(ui, part)) named += draw_isr(ui, r.x + named + s.text, base, part, s) + s.text;
  if (!own_line) style.head_w = 8 + named;
  const float down = own_line ? line : 0;
  style.record_cards = record_cards_height(ui, {0, 0, r.w, r.h - down - need}, part.name, look) > 0;
  float end = draw_strips(ui, shown.front(), {r.x, r.y + down, r.w, r.h - down}, style);
  if (style.record_cards) end = draw_record_cards(ui, {r.x, end, r.w, r.bottom() - end}, part.name, look);
  draw_received(ui, {r.x, end, r.w, r.bottom() - end}, part.topic, style.name_w, look);
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
  float x = r.x +
            p.text(r.x, r.y + s.text * 1.1f, g->id, {.em = s.text, .bold = true, .max = r.w * .2f, .foreign = true}) +
            s.margin * .6f;
  const bool calm = g->state == "Stable" || g->state == "Empty";
  x += p.text(x, r.y + s.text * 1.1f, g->state, {.em = s.text, .color = calm ? c.ok : c.caution, .bold = true}) +
       s.margin * .6f;
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
  const float lag_w = p.width(lag, {.em = s.text, .bold = true}) + s.margin * .6f;
  if (!lag.empty() && column_w(x + lag_w) >= s.text * 2.6f)
    x += p.text(x, r.y + s.text * 1.1f, lag, {.em = s.text, .bold = true}) + s.margin * .6f;
  const float grid_x = std::max(r.x + names, x), cw = column_w(grid_x);
  for (std::size_t k = 0; k < columns.size(); ++k) {
    const Partition& part = ui.world.partitions[static_cast<std::size_t>(columns[k])];
    const std::string label = p.width(part.name, {.em = s.text}) < cw - 6 ? part.name : std::to_string(part.index);
    p.text(grid_x + cw * (static_cast<float>(k) + .5f), r.y + s.text * 1.1f, label,
           {.em = s.text, .color = c.secondary, .align = Align::Middle});
  }
  const float top = r.y + s.text * 1.6f, room = r.bottom() - top;
  const auto fit = static_cast<std::size_t>(std::max(1.f, room / (s.text * 1.35f)));
  // If not all fit, former members keep up to half of the rows, and the last row counts the members that are left out.
  const bool all_fit = g->members.size() + g->former.size() <= fit;
  const std::size_t left = all_fit ? g->former.size() : std::min(g->former.size(), fit / 2);
  const std::size_t rest = fit - std::min(fit, left),
                    shown = g->members.size() > rest ? std::max<std::size_t>(rest, 2) - 1 : g->members.size();
  const std::vector<const GroupMember*> rows = member_rows(ui, *g, shown == g->members.size());
  const float pitch = std::min(
      s.text * 1.9f, room / static_cast<float>(std::max<std::size_t>(1, std::min(g->members.size() + left, fit))));
  float y = top;
  bool numbers = false;
  for (std::size_t i = 0; i < shown; ++i) {
    const GroupMember& m = *rows[i];
    const bool known = m.node >= 0 && m.node < static_cast<int>(ui.world.nodes.size());
    const Node* node = known ? &ui.world.nodes[static_cast<std::size_t>(m.node)] : nullptr;
    const bool dead = node != nullptr && node->down();
    const float base = y + pitch / 2 + s.text * .36f;
    if (dead) p.icon(node_look(*node).icon, r.x, y + pitch / 2 - s.text * .4f, s.text * .8f, c.danger, 3);
    p.text(r.x + (dead ? s.text * 1.2f : 0), base, m.client,
           {.em = s.text,
            .color = dead ? c.danger : c.primary,
            .bold = true,
            .max = names - s.text * 1.4f,
            .foreign = true});
    const std::int64_t behind = share ? 0 : lag_of([&](int partition) {
      return std::find(m.partitions.begin(), m.partitions.end(), partition) != m.partitions.end();
    });
    if (const std::string words = ui.tr("ui.lag_of_commit"_w, {{"lag", count_text(behind)}});
        behind > 0 && !dead &&
        p.width(m.client, {.em = s.text, .bold = true}) + p.width(words, {.em = s.text}) + s.text < grid_x - r.x)
      p.text(grid_x - s.text * .4f, base, words,
             {.em = s.text, .color = behind > 1000 ? c.caution : c.secondary, .align = Align::Right});
    bool any = false;
    for (std::size_t k = 0; k < columns.size(); ++k) {
      const Rect cell{grid_x + cw * static_cast<float>(k) + 4, y + 3, cw - 8, pitch - 6};
      const bool owns = std::find(m.partitions.begin(), m.partitions.end(), columns[k]) != m.partitions.end();
      const bool next = std::find(m.pending.begin(), m.pending.end(), columns[k]) != m.pending.end();
      any = any || owns || next;
      if (owns && dead) {
        p.hatch(cell, c.danger_fill, 14);
        p.dashed(cell, c.danger, s.stroke, 9, 6, 4);
      } else if (owns && without_records(ui.world, columns[k])) {
        draw_idle_cell(p, cell, s.stroke);
      } else if (owns) {
        p.fill(cell, c.ok_fill, 4);
        p.stroke(cell, c.ok, s.stroke, 4);
        // A share group's member owns no partition: it acquires records.
        const auto lock =
            std::find_if(m.locks.begin(), m.locks.end(), [&](const auto& l) { return l.first == columns[k]; });
        std::string number = share ? lock == m.locks.end() ? "0" : std::to_string(lock->second) : "";
        for (const GroupPartition& gp : g->partitions)
          if (!share && gp.partition == columns[k] && gp.position >= 0) number = std::to_string(gp.position);
        const float icon = s.text * .8f;
        float number_w = p.width(number, {.em = s.text, .mono = true}) + s.text * .4f;
        if (number.empty() || (!share && icon + number_w + 8 > cell.w)) number_w = 0;
        const float x = cell.cx() - (icon + number_w) / 2;
        p.icon(share ? Icon::Lock : Icon::Play, x, cell.cy() - icon / 2, icon, c.ok);
        numbers = numbers || number_w > 0;
        if (number_w > 0)
          p.text(x + icon + s.text * .4f, cell.cy() + s.text * .36f, number, {.em = s.text, .mono = true});
      } else if (next) {
        p.dashed(cell, c.accent, s.stroke, 9, 6, 4);
      }
    }
    if (dead) {
      const std::string words = ui.tr(gone_word(*node), {{"seconds", seconds_text(m.session.remaining_us)}});
      const float wx = grid_x + cw * static_cast<float>(columns.size()) + s.text;
      if (wx + p.width(words, {.em = s.text}) < r.right()) p.text(wx, base, words, {.em = s.text, .color = c.danger});
    } else if (!any && m.joined && g->state == "Stable") {
      p.text(grid_x + 6, base, ui.tr(no_partition_word(*g)),
             {.em = s.text, .color = c.caution, .max = r.right() - grid_x - 6});
    }
    y += pitch;
  }
  for (std::size_t i = 0; i < left; ++i) {
    const FormerMember& m = g->former[i];
    constexpr float kRounding = 1;
    if (y + pitch > r.bottom() + kRounding) break;
    Row row{Rect{r.x, y, r.w, pitch}, s.text * .4f};
    const Rect sign = row.left(s.text * .8f).middle(s.text * .8f);
    p.cross(sign.cx(), sign.cy(), sign.w * .4f, c.danger, s.stroke);
    p.text(row.left(names - sign.w), m.client, {.em = s.text, .color = c.danger, .bold = true, .foreign = true});
    p.text(row.rest, ui.pick(m.why), {.em = s.text, .color = c.danger});
    y += pitch;
  }
  if (shown < g->members.size())
    p.text(r.x, y + pitch / 2 + s.text * .36f,
           ui.tr("ui.more_replicas"_w, {{"count", std::to_string(g->members.size() - shown)}}),
           {.em = s.text, .color = c.secondary});
  // The meaning of the numbers in the cells, if there is room.
  const std::string meaning = ui.tr(share ? "ui.cell_locks_sub"_w : "ui.cell_position_sub"_w);
  constexpr float kRounding = 1;
  Row key{Rect{grid_x, y, r.right() - grid_x, pitch}, s.text * .5f};
  const Rect mark = key.left(s.text * .8f).middle(s.text * .8f);
  if (!numbers || y + pitch > r.bottom() + kRounding || p.width(meaning, {.em = s.text}) > key.rest.w) return;
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
  const LessonView& step = ui.lesson.view;
  if (step.shows("ledger")) return PresenterPanel::Ledger;
  if (step.shows("terminal") && !ui.lesson.view.tool.empty() && !terminal_on_stage(ui)) return PresenterPanel::Terminal;
  if (step.shows("groups") && !ui.world.groups.empty()) return PresenterPanel::Groups;
  if (step.shows("transactions") && !ui.world.transactions.empty() && !ui.stage_hidden())
    return PresenterPanel::Transactions;
  // In a lesson that shows only graphs, a strip would give away what the graphs are meant to show.
  if (ui.stage_hidden() && !step.shows("partitions") && !step.shows("groups")) return PresenterPanel::None;
  const bool control = step.shows("controller") && !ui.world.voters.empty();
  const int index = ui.selected_partition();
  if (index < 0) return control ? PresenterPanel::Control : PresenterPanel::None;
  const Partition& part = ui.world.partitions[static_cast<std::size_t>(index)];
  const bool news =
      std::any_of(ui.st.hot.begin(), ui.st.hot.end(), [&](const HotChange& h) { return h.partition == index; }) ||
      std::any_of(ui.lesson.view.point.begin(), ui.lesson.view.point.end(),
                  [&](const PointAt& at) { return at.path == "/partitions/" + part.name + "/leader"; });
  if (control && !news) return PresenterPanel::Control;
  const bool strips = step.shows("partitions") || points_into_log(ui, part);
  const bool shared = strips && !part.shares.empty();  // in this case the states of the records matter most
  if (!strips && disks_matter(ui)) return PresenterPanel::Disks;
  if (ui.leaderless(index) || (news && !shared) || !strips) return PresenterPanel::Leadership;
  return PresenterPanel::Strips;
}
}  // namespace

PresenterPanel presenter_panel(const Ui& ui) {
  if (ui.lesson.question.phase != QuestionPhase::Open) return panel_of_step(ui);
  // A question about a log keeps the strips; they are left out if there is no room for them (lower_part in
  // presenter.cpp).
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
    const float tx = r.x + 28 + s.title * 1.7f, tw = r.right() - tx - 12;
    const TextStyle head{.em = s.text, .bold = true}, body{.em = s.text, .color = held ? c.ok : c.caution};
    const TextStyle small{.em = s.text, .color = c.secondary};
    const auto first = p.wrap(ui.tr(held ? "ui.it_held"_w : "ui.it_differed"_w), tw, head),
               second = p.wrap(ui.pick(q.outcome), tw, body), third = p.wrap(ui.under(q.outcome), tw, small);
    const float height =
        std::min(r.h, s.text * 1.4f * static_cast<float>(first.size() + second.size() + third.size()) + s.text * 1.1f);
    if (!draw) return height;
    const Rect card{r.x, r.y, r.w, height};
    p.fill(card, held ? c.ok_fill : c.caution_fill, 8);
    p.stroke(card, held ? c.ok : c.caution, s.stroke, 8);
    if (held) {
      p.icon(Icon::Check, card.x + 16, card.cy() - s.title * .8f, s.title * 1.6f, c.ok, 2);
    } else {
      p.equal_sign(card.x + 16 + s.title * .8f, card.cy(), c.caution, true);
    }
    float y = card.y + s.text * 1.55f;
    for (const std::string& line : first) {
      p.text(tx, y, line, head);
      y += s.text * 1.4f;
    }
    for (const std::string& line : second) {
      if (y > card.bottom()) break;
      p.text(tx, y, line, body);
      y += s.text * 1.4f;
    }
    for (const std::string& line : third) {
      if (y > card.bottom()) break;
      p.text(tx, y, line, small);
      y += s.text * 1.4f;
    }
    return height;
  }
  const bool open = q.phase == QuestionPhase::Open, votes_shown = open && q.voting;
  if (!open && q.phase != QuestionPhase::Passed) return 0;
  // Choices; with votes, bars behind the same keys.
  int total = 1;
  for (const int v : q.votes) total += v;
  float y = r.y;
  for (std::size_t i = 0; i < q.choices.size(); ++i) {
    const int votes = i < q.votes.size() ? q.votes[i] : 0;
    const float key_w = s.text * 1.4f, count_w = votes_shown ? s.text * 2.2f : 0;
    const TextStyle style{.em = s.text};
    const TextStyle small{.em = s.text, .color = c.secondary};
    const auto lines = p.wrap(ui.pick(q.choices[i].text), r.w - key_w - count_w - 30, style),
               under = p.wrap(ui.under(q.choices[i].text), r.w - key_w - count_w - 30, small);
    const Rect row{r.x, y, r.w, s.text * 1.35f * static_cast<float>(lines.size() + under.size()) + s.text * .8f};
    if (draw) {
      const Hit hit = open ? ui.hit(make_id("choice", i), row) : Hit{};
      if (open) p.fill(row, hit.hovered ? c.hover : c.field, 5);
      if (votes_shown) {
        const float bar = row.w * static_cast<float>(votes) / static_cast<float>(total), foot = s.text * .28f;
        p.fill({row.x, row.y, bar, row.h}, c.accent_fill, 5);
        p.fill({row.x, row.bottom() - foot, bar, foot}, c.accent, 2);
        p.note({row.x, row.y, bar, row.h}, "vote bar");
      }
      p.stroke(row, hit.hovered ? c.accent : open ? c.strong : c.mid, s.stroke * .7f, 5);
      p.text(row.x + 12, row.cy() + s.text * .36f, std::to_string(i + 1), {.em = s.text, .bold = true});
      if (votes_shown)
        p.text(row.right() - 10, row.cy() + s.text * .36f, std::to_string(votes),
               {.em = s.text, .bold = true, .align = Align::Right});
      float ty = row.y + s.text * 1.35f;
      for (const std::string& line : lines) {
        p.text(row.x + 14 + key_w, ty, line, style);
        ty += s.text * 1.35f;
      }
      for (const std::string& line : under) {
        p.text(row.x + 14 + key_w, ty, line, small);
        ty += s.text * 1.35f;
      }
      Action a;
      a.kind = q.voting ? ActionKind::Vote : ActionKind::Answer;
      a.number = static_cast<std::int64_t>(i);
      if (hit.clicked) ui.emit(std::move(a));
    }
    y += row.h + s.text * .4f;
  }
  return y - r.y;
}

}  // namespace kafkascope::ui
