// The part under the presenter's narration: leaders, strips, ledger, group, question.
#include <algorithm>

#include "ui/panels/groups_beside.h"
#include "ui/panels/ledger_view.h"
#include "ui/panels/panels.h"
#include "ui/panels/presenter.h"
#include "ui/panels/record_cards.h"
#include "ui/panels/strip.h"

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
      return presenter_group_height(ui, s);
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
      else draw_presenter_group(ui, r, s);
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
