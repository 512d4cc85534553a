// Two ledgers at one moment: the changed run beside the run it came from.
#include <algorithm>
#include <array>
#include <cmath>

#include "ui/panels/cut_list.h"
#include "ui/panels/ledger_view.h"
#include "ui/panels/origin_card.h"
#include "ui/panels/panels.h"

namespace kafkascope::ui {

using observe::OriginKind;

std::vector<CompareRow> build_compare_rows(const Comparison& comparison, bool told, std::size_t most) {
  const LedgerView a = build_ledger_view(comparison.original), b = build_ledger_view(comparison.changed);
  std::vector<LedgerRow> left = told ? a.told : a.came, right = told ? b.told : b.came;
  // Records that an application has not handed over to its producer appear in no other row, so a row counts those
  // produced.
  if (const auto [here, there] = std::pair(comparison.original.produced, comparison.changed.produced);
      told && here != there) {
    left.insert(left.begin(), {"fate.produced"_w, Fate::Pending, "produced", here, false});
    right.insert(right.begin(), {"fate.produced"_w, Fate::Pending, "produced", there, false});
  }
  const std::int64_t here = comparison.original_leaderless_us, there = comparison.changed_leaderless_us;
  // Two percent, or some milliseconds, between two failovers are not what the change is about.
  constexpr std::int64_t kNoticedUs = 20'000;
  const bool matters = std::abs(here - there) > std::max({here / 50, there / 50, kNoticedUs});
  if (!told) {  // the cost of a failover comes before the outcome of the records
    const auto row = [&](std::int64_t us) {
      return LedgerRow{"ui.without_leader"_w, Fate::Pending, "without_leader", us / 1000, matters};
    };
    left.insert(left.begin(), row(here));
    right.insert(right.begin(), row(there));
  }
  std::vector<std::pair<int, std::size_t>> order;  // importance, index
  for (std::size_t i = 0; i < left.size(); ++i) {
    const bool slight = left[i].name == "ui.without_leader"_w && !matters;
    const bool differs = left[i].count != right[i].count && !slight, any = left[i].count != 0 || right[i].count != 0;
    order.emplace_back(differs ? 0 : any ? 1 : 2, i);
  }
  std::stable_sort(order.begin(), order.end());
  if (order.size() > most) order.resize(most);
  std::sort(order.begin(), order.end(), [](const auto& x, const auto& y) { return x.second < y.second; });
  std::vector<CompareRow> rows;
  for (const auto& [rank, i] : order) {
    const bool counted = left[i].name != "ui.without_leader"_w;
    rows.push_back({left[i].name, left[i].count, right[i].count, left[i].bad,
                    counted ? "/ledger/" + std::string(left[i].word) : std::string()});
  }
  return rows;
}

void ask_about_difference(Ui& ui, Id id, const Rect& at, const std::string& path, std::int64_t more_in_b) {
  if (more_in_b == 0) {
    if (value_row(ui, id, at, path).clicked) ui.say("ui.same_in_both"_w);
    return;
  }
  const Hit hit = ui.hit(id, at);
  if (!hit.hovered) return;
  ui.p.stroke(at, ui.c.accent, 1.5f, 4);
  explain(ui, at, hit, ui.tr("ui.why_isr"_w));
  // Of the run that has more of it.
  const bool changed = ui.lesson.twin.open ? ui.lesson.twin.shown_is_b : ui.lesson.comparison.shows_changed;
  const bool there = !path.empty() && (more_in_b > 0) != changed;
  ui.st.why_here = {path.empty() ? kWhyParting : path, there, true};
  if (hit.clicked) ui.ask_why();
}

Words name_of(const Comparison& comparison, bool original) {
  if (comparison.kind == RunKind::Seed)
    return both("ui.seed"_w, {{"seed", std::to_string(original ? comparison.other_seed : comparison.seed)}});
  if (original) return both("ui.col_original"_w);
  return both(comparison.kind == RunKind::Try       ? "ui.col_try"_w
              : comparison.kind == RunKind::Variant ? "ui.col_variant"_w
                                                    : "ui.col_detour"_w);
}

namespace {

constexpr std::size_t kAllRows = 10'000;

std::string column_name(const Ui& ui, bool original) {
  if (ui.lesson.twin.open) return original ? "A" : "B";
  return ui.pick(name_of(ui.lesson.comparison, original));
}

/// The ground of a row that differs; it begins a little left of the text.
Rect under(const Rect& row) { return {row.x - 8, row.y, row.w + 8, row.h - 1}; }

/// The number of rows that have no room, in `words`; in a panel that can be enlarged a click does so.
void left_out_of(Ui& ui, const Line& line, const std::string& title, std::size_t count, const std::string& words,
                 float em) {
  if (count == 0 || ui.st.filled || ui.st.layout == Layout::Presenter) return say_left_out(ui, line, count, em);
  const Rect place = Row{line}.left(ui.p.width(words, {.em = em})).middle(em * 1.6f);
  const Hit hit = ui.hit(make_id("rows left out of " + title), place);
  ui.p.text(line, words, {.em = em, .color = hit.hovered ? ui.c.primary : ui.c.accent});
  ui.p.note(line, "rows left out");
  explain(ui, place, hit, ui.tr("ui.panel_enlarge"_w));
  if (!hit.clicked) return;
  ui.st.tab = Tab::Compare;
  ui.st.tab_chosen = ui.st.filled = true;
}

/// A block's title, followed by the number of its rows that have no room: that number alone where the title would be cut.
void title_of(Ui& ui, const Line& line, const std::string& title, float em, float room, std::size_t left_out) {
  const float gap = em * .7f;
  const TextStyle style{.em = em, .color = ui.c.secondary, .bold = true};
  const auto sign = [&](const std::string& words) { return words.empty() ? 0 : ui.p.width(words, {.em = em}) + gap; };
  std::string words = left_out == 0 ? std::string() : left_out_words(ui, left_out);
  if (left_out > 0 && ui.p.width(title, style) + sign(words) > room) words = "+" + std::to_string(left_out);
  Row row{line, gap};
  TextStyle whole = style;
  whole.max = room - sign(words);
  ui.p.text(row, title, whole);
  left_out_of(ui, row.rest, title, left_out, words, em);
}

/// A row's name; where the glossary has it, the name is a link to its origin, as in the panels of metrics and records.
void name_with_origin(Ui& ui, const Line& line, const std::string& words, const TextStyle& style, const OriginOf& of) {
  const float w = ui.p.text(line, words, style);
  if (has_origin(of)) origin_link(ui, line.x, line.base, w, of, style.em);
}

/// `left_out`: the number of further rows.
void block(Ui& ui, const Rect& r, const std::string& title, const std::vector<CompareRow>& rows, std::size_t left_out,
           float em) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const float small = std::max(13.f, em - 2), head = small * 1.9f,
              row_h = std::min(em * 2.1f, (r.h - head) / static_cast<float>(std::max<std::size_t>(1, rows.size())));
  const float column = std::min(em * 8.5f, r.w * .24f);
  const auto cells_of = [&](const Line& line) {
    Row row{line};
    row.shorten(8);
    const Line difference = row.right(std::min(em * 6.f, r.w * .18f)), changed = row.right(column);
    return std::array<Line, 4>{row.rest, row.rest, changed, difference};
  };
  const TextStyle style{.em = small, .color = c.secondary, .align = Align::Right, .max = column - 8, .foreign = true};
  Column in{r};
  const auto heads = cells_of(in.next({head - 4, small * 1.2f}));
  title_of(ui, heads[0], title, small, heads[0].w - (ui.lesson.twin.open ? em * 2 : column), left_out);
  p.text(heads[1], column_name(ui, true), style);
  p.text(heads[2], column_name(ui, false), style);
  p.line(r.x, in.rest.y, r.right(), in.rest.y, c.hair);
  in.skip(4);
  for (const CompareRow& row : rows) {
    const Rect ground = in.next(row_h);
    const auto cells = cells_of(Line(ground, Line{ground}.baseline(em)));
    const std::int64_t difference = row.changed - row.original;
    const bool worse = row.bad && difference > 0;
    if (difference != 0) p.fill(under(ground), worse ? c.danger_fill : c.accent_fill, 4);
    ask_about_difference(ui, make_id("compared", row.name.hash), under(ground), row.path, difference);
    const auto ink = [&](std::int64_t n) { return n == 0 ? c.muted : row.bad ? c.danger : c.primary; };
    TextStyle name{
        .em = em, .bold = difference != 0, .max = cells[0].w - p.width(count_text(row.original), {.em = em}) - em};
    const char* words = ui.tr(name_of_count(ui, row.name));
    if (p.width(words, name) > name.max) name.em = 13;
    name_with_origin(ui, cells[0], words, name, {OriginKind::Term, words, {}, {}});
    p.text(cells[1], count_text(row.original), {.em = em, .color = ink(row.original), .align = Align::Right});
    p.text(cells[2], count_text(row.changed),
           {.em = em, .color = ink(row.changed), .bold = true, .align = Align::Right});
    const std::string sign = difference > 0 ? "+" : difference < 0 ? "–" : "";
    p.text(cells[3], difference == 0 ? "=" : sign + count_text(difference < 0 ? -difference : difference),
           {.em = em,
            .color = difference == 0 ? c.muted
                     : worse         ? c.danger
                                     : c.primary,
            .bold = difference != 0,
            .align = Align::Right});
  }
}

/// The rows count the records of all producers, and so says their title.
std::string told_title(const Ui& ui) {
  const std::size_t producers = ui.world.ledger.by_client.size();
  if (producers < 2) return std::string(ui.tr("ui.producer_told"_w));
  return std::string(ui.tr("ui.producers_told"_w, {{"count", std::to_string(producers)}}));
}

/// The metrics of both worlds: those that differ first.
void metrics_block(Ui& ui, const Rect& r, float em) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const float small = std::max(13.f, em - 2), head = small * 1.9f;
  const auto room = static_cast<std::size_t>(std::max(1.f, (r.h - head) / (em * 1.45f)));
  std::vector<MetricRow> rows = metric_rows_of_both(ui, kAllRows);
  const std::size_t left_out = rows.size() - std::min(room, rows.size());
  rows.resize(rows.size() - left_out);
  const float row_h = std::min(em * 2.1f, (r.h - head) / static_cast<float>(std::max<std::size_t>(1, rows.size())));
  const auto text = [](std::int64_t v) { return (v < 0 ? "–" : "") + count_text(std::llabs(v)); };
  float widest = em * 2;
  for (const MetricRow& row : rows)
    for (const std::int64_t v : {row.here, row.there, row.there - row.here})
      widest = std::max(widest, p.width("+" + count_text(std::llabs(v)), {.em = em, .bold = true}));
  const float column = std::min(widest + em, r.w * .19f);
  const auto cells_of = [&](const Line& line) {
    Row row{line};
    row.shorten(8);
    const Line difference = row.right(column), there = row.right(column);
    return std::array<Line, 3>{row.rest, there, difference};
  };
  const TextStyle style{.em = small, .color = c.secondary, .align = Align::Right};
  Column in{r};
  const auto heads = cells_of(in.next({head - 4, small * 1.2f}));
  const std::string& whose = ui.lesson.twin.metrics_of;
  title_of(ui, heads[0], std::string(ui.tr("ui.metrics"_w)) + (whose.empty() ? "" : " · " + whose), small,
           heads[0].w - em * 2, left_out);
  p.text(heads[0], "A", style);
  p.text(heads[1], "B", style);
  p.line(r.x, in.rest.y, r.right(), in.rest.y, c.hair);
  in.skip(4);
  for (const MetricRow& row : rows) {
    const Rect ground = in.next(row_h);
    const auto cells = cells_of(Line(ground, Line{ground}.baseline(em)));
    const bool differs = row.here != row.there;
    if (differs) p.fill(under(ground), c.accent_fill, 4);
    ask_about_difference(ui, make_id("compared " + (row.path.empty() ? row.mbean : row.path)), under(ground),
                         metric_path(row.mbean, row.path, whose), row.there - row.here);
    TextStyle name{.em = em, .bold = differs, .max = cells[0].w - widest};
    if (p.width(ui.pick(row.name), name) > name.max) name.em = 13;
    name_with_origin(ui, cells[0], ui.pick(row.name), name, origin_of_metric(row.mbean));
    p.text(cells[0], text(row.here), {.em = em, .align = Align::Right});
    p.text(cells[1], text(row.there), {.em = em, .bold = true, .align = Align::Right});
    const std::int64_t d = row.there - row.here;
    p.text(cells[2], differs ? (d > 0 ? "+" : "") + text(d) : "=",
           {.em = em, .color = differs ? c.primary : c.muted, .bold = differs, .align = Align::Right});
  }
}

}  // namespace

std::vector<MetricRow> build_metric_rows(const std::vector<observe::Metric>& here,
                                         const std::vector<observe::Metric>& there, std::size_t most) {
  std::vector<MetricRow> rows;
  for (const observe::Metric& m : here) {
    const auto other =
        std::find_if(there.begin(), there.end(), [&](const observe::Metric& o) { return observe::same_metric(m, o); });
    if (other != there.end()) rows.push_back({m.name, std::llround(m.now), std::llround(other->now), m.mbean, m.path});
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const MetricRow& a, const MetricRow& b) { return (a.here != a.there) > (b.here != b.there); });
  if (rows.size() > most) rows.resize(most);
  return rows;
}

std::vector<MetricRow> metric_rows_of_both(const Ui& ui, std::size_t most) {
  const Twin& twin = ui.lesson.twin;
  const std::vector<observe::Metric>& here = twin.here_metrics.empty() ? ui.world.metrics : twin.here_metrics;
  const std::vector<observe::Metric>& there = twin.world->metrics;
  return twin.shown_is_b ? build_metric_rows(there, here, most) : build_metric_rows(here, there, most);
}

void draw_compare_panel(Ui& ui, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  p.fill(r, c.canvas);
  ui.hit(make_id("compare"), r);
  const Comparison& two = ui.lesson.comparison;
  if (!two.present) {
    empty_state(ui, r, Icon::Branch, ui.tr("ui.no_compare"_w), ui.tr("ui.no_compare_sub"_w, {{"chord", ui.st.chord}}));
    return;
  }
  ui.emit(ActionKind::Compare);  // both runs are brought to one moment only while the panel is shown
  p.push_box(r, "compare");
  const float em = r.h < 260 ? 13.f : r.h > 400 ? 18.f : 15.f;
  Column in{r.padded(24)};
  in.last(8);
  Row head{in.next({36, 24}), 24};
  if (two.ready)
    p.text(head, ui.tr("ui.compare_at"_w, {{"at", clock_text(two.at_us)}}),
           {.em = 13, .color = c.secondary, .align = Align::Right});
  p.text(head.rest, ui.pick(two.what), {.em = 15, .bold = true, .foreign = true});
  if (!two.ready) {  // there is nothing to compare with yet: no numbers
    empty_state(ui, in.rest, Icon::Clock, ui.tr("ui.compare_late"_w),
                ui.tr("ui.compare_late_sub"_w, {{"at", clock_text(two.at_us)}}));
    p.pop_box();
    return;
  }
  if (two.waits) {
    p.paragraph(in, ui.tr("ui.compare_waits"_w), {.em = 13, .color = c.caution}, {19, 8});
    in.skip(4);
  }
  const Rect body = in.rest;
  const auto draw = [&](const Rect& at, bool told) {
    const auto fit = static_cast<std::size_t>(std::max(2.f, (at.h - 26) / (em * 1.45f)));
    const std::vector<CompareRow> rows = build_compare_rows(two, told, fit);
    const std::size_t left_out = build_compare_rows(two, told, kAllRows).size() - rows.size();
    block(ui, at, told ? told_title(ui) : std::string(ui.tr("ui.what_came"_w)), rows, left_out, em);
  };
  // A node that is down in one of the worlds has no metrics there.
  const bool metrics = ui.lesson.twin.open && ui.lesson.twin.ready && !metric_rows_of_both(ui, 1).empty();
  if (metrics && body.w > 1150) {
    const auto parts = in_row(body, {weight(), weight(), weight()}, 32);
    draw(parts[0], true);
    draw(parts[1], false);
    metrics_block(ui, parts[2], em);
  } else if (body.w > 760) {
    const auto parts = in_row(body, {weight(.46f), weight(.54f)}, 40);
    const auto left = in_column(parts[0], {weight(.52f), weight(.48f)}, 4);
    draw(metrics ? left[0] : parts[0], true);
    if (metrics) metrics_block(ui, left[1], em);
    draw(parts[1], false);
  } else {
    const auto parts = in_column(body, {weight(.38f), weight(.62f)}, 8);
    draw(parts[0], true);
    draw(parts[1], false);
  }
  p.pop_box();
}

}  // namespace kafkascope::ui
