// The part under the presenter's narration: leaders, strips, ledger, group, question.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "ui/panels/groups_beside.h"
#include "ui/panels/holdings.h"
#include "ui/panels/ledger_view.h"
#include "ui/panels/panels.h"
#include "ui/panels/presenter.h"
#include "ui/panels/record_cards.h"
#include "ui/panels/strip.h"
#include "ui/panels/telling.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

using Sizes = PresenterSizes;

/// The partitions besides that one that have no leader, or a dead one.
std::vector<int> others_leaderless(const Ui& ui, int shown) {
  std::vector<int> others;
  for (int i = 0; i < static_cast<int>(ui.world.partitions.size()); ++i)
    if (i != shown && ui.leaderless(i)) others.push_back(i);
  return others;
}

/// "without a leader: orders-3, orders-15 and 4 more": as many names as have room; empty: not even one has.
std::string leaderless_words(const Ui& ui, const std::vector<int>& others, float room, const TextStyle& style) {
  constexpr std::size_t kMost = 40;
  for (std::size_t named = std::min(others.size(), kMost); named > 0; --named) {
    std::string names;
    for (std::size_t i = 0; i < named; ++i) names += (i > 0 ? ", " : "") + partition_at(ui.world, others[i]).name;
    const std::string words = named == others.size()
                                  ? ui.tr("ui.without_a_leader"_w, {{"partitions", names}})
                                  : ui.tr("ui.without_a_leader_more"_w,
                                          {{"partitions", names}, {"count", std::to_string(others.size() - named)}});
    if (ui.p.width(words, style) <= room) return words;
  }
  return {};
}

void leadership_bar(Ui& ui, const Rect& r, const Sizes& s) {
  ui.st.latest_row = ui.p.to_window(r);
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
  constexpr float kLeast = 4;  // a leader's bar that is narrower cannot be told from its neighbours, and has no label
  std::vector<Label> labels;
  for (const Stretch& st : shown) {
    const float wide = x(st.to) - x(st.from);
    const Rect span_at{x(st.from), track.y, std::max(kLeast, wide), track.h}, bar = span_at.middle(20);
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
    if (wide >= kLeast || color == c.danger || &st == &shown.back())
      labels.push_back({label, {.em = s.text, .color = color, .bold = color == c.danger}, bar});
  }
  // The present leader's label is placed first, then those of the longest bars. A label whose place is taken stands
  // beside its bar, or is left out.
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
  below.skip(s.text * .6f);
  if (const std::vector<int> others = others_leaderless(ui, index); !others.empty() && below.fits(s.text)) {
    const TextStyle style{.em = s.text, .color = c.danger, .bold = true, .foreign = true};
    const Line told{below.next({s.text * 1.2f, s.text})};
    p.text(told, leaderless_words(ui, others, told.w, style), style);
    p.note(told, "other partitions without a leader");
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

constexpr std::size_t kMostStrips = 3, kMostPointed = 6;

/// The partitions to show: with one replica each, those with the records that the lesson points at, or else all of the
/// selected one's topic; otherwise the selected one.
std::vector<int> strips_of(const Ui& ui) {
  const int selected = ui.selected_partition();
  std::vector<int> all;
  if (selected < 0) return all;
  const auto& parts = ui.world.partitions;
  all = partitions_pointed_into(ui, selected);
  if (all.empty() || all.size() > kMostPointed) {
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
StripStyle single_strip(const Ui& ui, const Partition& part, const Sizes& s) {
  StripStyle style = strip_style(s);
  style.flags_below = flags_matter(ui, part);
  if (has_cut(part)) style.gap = s.h * .035f;
  style.keys = style.key_room = part.logs.size() == 1 && part.shares.empty();
  return style;
}

/// The strips of several partitions with one replica each. Returns the y below them.
float brief_strips(Ui& ui, const std::vector<int>& shown, const Rect& r, StripStyle style, StripMarks& marks) {
  Column in{r, style.gap};
  for (const int i : shown) draw_strips(ui, i, in.next(style.cell_h), style, &marks);
  return in.rest.y;
}

/// Whether the step points at the partition's ISR, and no flag of an offset is in the way of the words about it.
bool points_at_isr(const Ui& ui, const Partition& part) {
  constexpr std::int64_t kBesideWords = 8;  // that many cells are wider than the words
  if (part.high_watermark < kBesideWords || part.last_stable_offset < part.high_watermark) return false;
  return ui.points_at("/partitions/" + part.name + "/isr");
}

/// "ISR 1, 3"
void draw_isr(Ui& ui, Row& row, const Partition& part, const Sizes& s) {
  std::string isr = "ISR";
  for (const int broker : part.isr) isr += (broker == part.isr.front() ? " " : ", ") + std::to_string(broker);
  ui.p.text(row, isr, {.em = s.text, .color = ui.c.secondary, .bold = true});
}

/// The marks of transactions in the partition's cells.
StripMarks marks_of(const Partition& part) {
  StripMarks marks;
  for (const ReplicaLog& log : part.logs)
    for (const LogRun& run : log.runs) {
      const char state = run.transaction_state;
      marks.open |= state == 'o';
      marks.aborted |= state == 'a' && !run.control;
      marks.committed |= state == 'c' && !run.control;
      marks.abort_marker |= state == 'a' && run.control;
      marks.commit_marker |= state == 'c' && run.control;
    }
  return marks;
}

/// What the bars and the dots in the cells mean, in as many lines as there is room for below the strips and what stands
/// under them. Where the whole words need a second line, the signs are named without a description of the sign. Returns
/// the height.
float say_marks(const Ui& ui, const Rect& r, const StripMarks& marks, const Sizes& s, Ui* draw = nullptr) {
  struct Mark {
    bool there;
    words::Key words, brief;
    char transaction = 0;
    bool control = false;
  };
  const Mark all[] = {{marks.open, "ui.key_open"_w, "ui.sign_open"_w, 'o'},
                      {marks.aborted, "ui.key_aborted"_w, "ui.tip_tx_aborted"_w, 'a'},
                      {marks.committed, "ui.key_bar"_w, "ui.tip_committed"_w, 'c'},
                      {marks.abort_marker, "ui.key_abort_marker"_w, "ui.sign_abort_marker"_w, 'a', true},
                      {marks.commit_marker, "ui.key_commit_marker"_w, "ui.sign_commit_marker"_w, 'c', true},
                      {marks.unflushed, "ui.key_unflushed"_w, "ui.sign_unflushed"_w}};
  const TextStyle style{.em = s.text, .color = ui.c.secondary};
  const float sign = s.text * 1.6f, gap = s.text * .5f;
  float in_one_line = -2 * gap;  // the last mark needs no room after its words
  for (const Mark& mark : all)
    if (mark.there) in_one_line += sign + gap + ui.p.width(ui.tr(mark.words), style) + 2 * gap;
  const bool brief = in_one_line > r.w;
  Column in{r, s.text * .2f};
  in.skip(s.text * .4f);
  std::optional<Row> key;
  for (const Mark& mark : all) {
    if (!mark.there) continue;
    const std::string words(ui.tr(brief ? mark.brief : mark.words));
    const float words_w = ui.p.width(words, style);
    if (!key || sign + gap + words_w > key->rest.w) {
      if (!in.fits(s.text * 1.5f)) break;
      key = Row{in.next({s.text * 1.4f, s.text * 1.05f}), gap};
    }
    const Rect sample = key->left(sign);
    const Line said = key->left(words_w);
    key->skip(gap);
    if (draw == nullptr) continue;
    StripStyle strip;
    strip.bold_lines = true;
    StripCell cell;
    cell.transaction = mark.transaction;
    cell.control = mark.control;
    const bool bar = mark.transaction != 0 && !mark.control;
    const auto [at, below] = in_column(sample, {weight(), fixed(bar ? s.text * .3f : 0)});
    draw_cell(*draw, at, cell, false, strip);
    if (bar) draw_transaction_bar(*draw, below, mark.transaction);
    if (mark.transaction == 0) dot_unflushed(draw->p, at, CellKind::Committed, true);
    draw->p.note(at, "key of marks");
    draw->p.text(said, words, style);
  }
  return key ? in.rest.y - r.y : 0;
}

void strips(Ui& ui, const Rect& r, const Sizes& s) {
  StripMarks marks;
  const std::vector<int> shown = strips_of(ui);
  const Partition& part = ui.world.partitions[static_cast<std::size_t>(shown.front())];
  const RecordLook look = large_records(s.text, s.stroke);
  const auto from = [&](float y) { return Rect{r.x, y, r.w, r.bottom() - y}; };
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
    const float end = brief_strips(ui, shown, {r.x, r.y, r.w - rates, r.h}, style, marks);
    draw_received(ui, from(end), part.topic, style.name_w, look);
    say_marks(ui, from(end + received_height(ui, part.topic, look)), marks, s, &ui);
    return;
  }
  StripStyle style = single_strip(ui, part, s);
  const float need = strips_height(style, part.logs.size(), part.shares.size());
  if (need > r.h) {
    const float around = strips_height(style, 0) + style.gap;
    const float squeeze = std::max(.6f, (r.h - around) / (need - around));
    style.cell_h = std::max(s.text * 1.05f, style.cell_h * squeeze);
    style.gap = std::max(4.f, style.gap * squeeze);
    style.flags_below &= strips_height(style, part.logs.size(), part.shares.size()) <= std::ceil(r.h);
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
  float end = draw_strips(ui, shown.front(), from(r.y + down), style, &marks);
  if (style.record_cards) end = draw_record_cards(ui, from(end), part.name, look);
  draw_received(ui, from(end), part.topic, style.name_w, look);
  say_marks(ui, from(end + received_height(ui, part.topic, look)), marks, s, &ui);
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
/// Whether records of the partition are gone from a replica's log, which only the strips show.
bool has_ghosts(const Partition& part) {
  return std::any_of(part.logs.begin(), part.logs.end(), [](const ReplicaLog& log) {
    return !log.made_good &&
           std::any_of(log.runs.begin(), log.runs.end(), [](const LogRun& run) { return run.truncated; });
  });
}

/// Whether the step is about records of the partition: it points at some, at a replica's log or at an offset.
bool tells_of_records(const Ui& ui, const Partition& part) {
  const LessonView& step = ui.lesson.view;
  const std::string logs = "/partitions/" + part.name + "/logs/";
  return points_into_log(ui, part) ||
         std::any_of(step.point.begin(), step.point.end(),
                     [&](const PointAt& at) { return at.path.starts_with(logs); }) ||
         std::any_of(step.records.begin(), step.records.end(),
                     [&](const PointedRecord& record) { return record.partition == part.name; });
}

PresenterPanel panel_of_step(const Ui& ui) {
  const LessonView& step = ui.lesson.view;
  if (step.shows("ledger")) return PresenterPanel::Ledger;
  if (step.shows("terminal") && !ui.lesson.view.tool.empty() && !terminal_on_stage(ui)) return PresenterPanel::Terminal;
  if (step.shows("groups") && !ui.world.groups.empty()) return PresenterPanel::Groups;
  if (step.shows("transactions") && !ui.world.transactions.empty() && !ui.stage_hidden())
    return PresenterPanel::Transactions;
  if (step.shows("metrics") && !ui.world.metrics.empty() && !ui.stage_hidden()) return PresenterPanel::Metrics;
  // In a lesson that shows only graphs, a strip would give away what the graphs are meant to show.
  if (ui.stage_hidden() && !step.shows("partitions") && !step.shows("groups")) return PresenterPanel::None;
  const bool control = step.shows("controller") && !ui.world.voters.empty();
  const int index = ui.selected_partition();
  if (index < 0) return control ? PresenterPanel::Control : PresenterPanel::None;
  const Partition& part = ui.world.partitions[static_cast<std::size_t>(index)];
  const bool of_leader = ui.points_at("/partitions/" + part.name + "/leader");
  const bool news = of_leader || std::any_of(ui.st.hot.begin(), ui.st.hot.end(),
                                             [&](const HotChange& h) { return h.partition == index; });
  if (control && !news) return PresenterPanel::Control;
  if (!of_leader && (has_ghosts(part) || tells_of_records(ui, part))) return PresenterPanel::Strips;
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
      const StripStyle style = single_strip(ui, part, s);
      const float received = received_height(ui, part.topic, look);
      // While people read a question, the stage needs the room more.
      const float marks_h = ui.lesson.question.phase == QuestionPhase::Open
                                ? 0
                                : say_marks(ui, {0, 0, s.w - 2 * s.margin, s.h}, marks_of(part), s);
      if (shown.size() > 1)
        return (style.cell_h + style.gap) * static_cast<float>(shown.size()) + s.h * .01f + received;
      return strips_height(style, part.logs.size(), part.shares.size()) + name_line(ui, part, style, s) + received +
             marks_h + (cards ? record_cards_height(ui, {0, 0, s.w - 2 * s.margin, s.h}, part.name, look) : 0);
    }
    case PresenterPanel::Ledger: return s.text * (ui.world.ledger.by_group.size() > 1 ? 10.6f : 9.2f);
    case PresenterPanel::Metrics: return s.text * 9.2f;
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
          counts_pointed_at(ui));
      note_red_count(ui);
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
    case PresenterPanel::Metrics: draw_presenter_metrics(ui, r, s); break;
  }
}

bool shows_votes(const Ui& ui) {
  const LessonModel& lesson = ui.lesson;
  const auto step = static_cast<std::size_t>(std::max(0, lesson.step));
  return lesson.question.phase == QuestionPhase::Predicted && lesson.question.voting && !lesson.turn.open &&
         step < lesson.steps.size() && lesson.steps[step].kind == StepKind::Ask;
}

bool question_stands(const Ui& ui) {
  const QuestionPhase phase = ui.lesson.question.phase;
  return phase == QuestionPhase::Open || phase == QuestionPhase::Passed || shows_votes(ui);
}

namespace {

/// The first line of a question's outcome: of several votes, how many were right.
std::string verdict_of_votes(const Ui& ui, bool held) {
  const Question& q = ui.lesson.question;
  const int votes = std::accumulate(q.votes.begin(), q.votes.end(), 0);
  if (!q.voting || votes < 2 || q.answer < 0 || q.answer >= static_cast<int>(q.votes.size()))
    return std::string(ui.tr(held ? "ui.it_held"_w : "ui.it_differed"_w));
  return ui.tr("ui.votes_right"_w, {{"right", std::to_string(q.votes[static_cast<std::size_t>(q.answer)])},
                                    {"votes", std::to_string(votes)}});
}

}  // namespace

float draw_presenter_question(Ui& ui, const Rect& r, const Sizes& s, bool draw) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Question& q = ui.lesson.question;
  if (q.phase == QuestionPhase::Held || q.phase == QuestionPhase::Differed) {
    const bool held = q.phase == QuestionPhase::Held;
    const std::pair<std::string, TextStyle> parts[] = {
        {verdict_of_votes(ui, held), {.em = s.text, .bold = true}},
        {ui.pick(q.outcome), {.em = s.text, .color = held ? c.ok : c.caution}},
        {ui.under(q.outcome), {.em = s.text, .color = c.secondary}}};
    Row in{r.padded(12, s.text * .55f), 12};
    const Rect sign = in.left(s.title * 1.6f);
    const auto say = [&](Telling& told) {
      for (const auto& part : parts)
        for (const std::string& line : p.wrap(part.first, told.at.rest.w, part.second))
          if (told.at.fits(s.text)) told.line(told.at.next({s.text * 1.4f, s.text}), line, part.second);
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
  const bool open = q.phase == QuestionPhase::Open, votes_shown = (open || shows_votes(ui)) && q.voting;
  if (!open && q.phase != QuestionPhase::Passed && !shows_votes(ui)) return 0;
  // Choices; with votes, bars behind the same keys.
  const int total = std::max(1, std::accumulate(q.votes.begin(), q.votes.end(), 0));
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
