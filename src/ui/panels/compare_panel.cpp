// Two ledgers at one moment: the changed run beside the run it came from.
#include <algorithm>
#include <cmath>

#include "ui/panels/ledger_view.h"
#include "ui/panels/panels.h"

namespace kafkascope::ui {

std::vector<CompareRow> build_compare_rows(const Comparison& comparison, bool told, std::size_t most) {
  const LedgerView a = build_ledger_view(comparison.original), b = build_ledger_view(comparison.changed);
  std::vector<LedgerRow> left = told ? a.told : a.came, right = told ? b.told : b.came;
  if (!told) {  // the cost of a failover comes before the outcome of the records
    const auto row = [](std::int64_t us) {
      return LedgerRow{"ui.without_leader"_w, Fate::Pending, "without_leader", us / 1000, true};
    };
    left.insert(left.begin(), row(comparison.original_leaderless_us));
    right.insert(right.begin(), row(comparison.changed_leaderless_us));
  }
  std::vector<std::pair<int, std::size_t>> order;  // importance, index
  for (std::size_t i = 0; i < left.size(); ++i) {
    const bool differs = left[i].count != right[i].count, any = left[i].count != 0 || right[i].count != 0;
    order.emplace_back(differs ? 0 : any ? 1 : 2, i);
  }
  std::stable_sort(order.begin(), order.end());
  if (order.size() > most) order.resize(most);
  std::sort(order.begin(), order.end(), [](const auto& x, const auto& y) { return x.second < y.second; });
  std::vector<CompareRow> rows;
  for (const auto& [rank, i] : order) rows.push_back({left[i].name, left[i].count, right[i].count, left[i].bad});
  return rows;
}

namespace {

std::string column_name(const Ui& ui, bool original) {
  const Comparison& c = ui.lesson.comparison;
  if (ui.lesson.twin.open) return original ? "A" : "B";
  if (c.kind == RunKind::Seed) return ui.tr("ui.seed"_w, {{"seed", std::to_string(original ? c.other_seed : c.seed)}});
  if (original) return ui.tr("ui.col_original"_w);
  return ui.tr(c.kind == RunKind::Try       ? "ui.col_try"_w
               : c.kind == RunKind::Variant ? "ui.col_variant"_w
                                            : "ui.col_detour"_w);
}

void block(Ui& ui, const Rect& r, words::Key title, const std::vector<CompareRow>& rows, float em) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const float small = std::max(13.f, em - 2), head = small * 1.9f,
              row_h = std::min(em * 2.1f, (r.h - head) / static_cast<float>(std::max<std::size_t>(1, rows.size())));
  const float difference_x = r.right() - 8, column = std::min(em * 8.5f, r.w * .24f),
              changed_x = difference_x - std::min(em * 6.f, r.w * .18f), original_x = changed_x - column;
  const TextStyle style{.em = small, .color = c.secondary, .align = Align::Right, .max = column - 8, .foreign = true};
  p.text(r.x, r.y + small * 1.2f, ui.tr(title),
         {.em = small,
          .color = c.secondary,
          .bold = true,
          .max = original_x - (ui.lesson.twin.open ? em * 2 : column) - r.x});
  p.text(original_x, r.y + small * 1.2f, column_name(ui, true), style);
  p.text(changed_x, r.y + small * 1.2f, column_name(ui, false), style);
  p.line(r.x, r.y + head - 4, r.right(), r.y + head - 4, c.hair);
  float y = r.y + head;
  for (const CompareRow& row : rows) {
    const float base = y + row_h / 2 + em * .36f;
    const std::int64_t difference = row.changed - row.original;
    const bool worse = row.bad && difference > 0;
    if (difference != 0) p.fill({r.x - 8, y, r.w + 8, row_h - 1}, worse ? c.danger_fill : c.accent_fill, 4);
    const auto ink = [&](std::int64_t n) { return n == 0 ? c.muted : row.bad ? c.danger : c.primary; };
    p.text(r.x, base, ui.tr(row.name), {.em = em, .bold = difference != 0, .max = original_x - column * .6f - r.x});
    p.text(original_x, base, count_text(row.original), {.em = em, .color = ink(row.original), .align = Align::Right});
    p.text(changed_x, base, count_text(row.changed),
           {.em = em, .color = ink(row.changed), .bold = true, .align = Align::Right});
    const std::string sign = difference > 0 ? "+" : difference < 0 ? "–" : "";
    p.text(difference_x, base, difference == 0 ? "=" : sign + count_text(difference < 0 ? -difference : difference),
           {.em = em,
            .color = difference == 0 ? c.muted
                     : worse         ? c.danger
                                     : c.primary,
            .bold = difference != 0,
            .align = Align::Right});
    y += row_h;
  }
}

/// The metrics of both worlds: those that differ first.
void metrics_block(Ui& ui, const Rect& r, float em) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const float small = std::max(13.f, em - 2), head = small * 1.9f;
  const auto room = static_cast<std::size_t>(std::max(1.f, (r.h - head) / (em * 1.45f)));
  std::vector<MetricRow> rows = metric_rows_of_both(ui, room);
  const float row_h = std::min(em * 2.1f, (r.h - head) / static_cast<float>(std::max<std::size_t>(1, rows.size())));
  const auto text = [](std::int64_t v) { return (v < 0 ? "–" : "") + count_text(std::llabs(v)); };
  float widest = em * 2;
  for (const MetricRow& row : rows)
    for (const std::int64_t v : {row.here, row.there, row.there - row.here})
      widest = std::max(widest, p.width("+" + count_text(std::llabs(v)), {.em = em, .bold = true}));
  const float difference_x = r.right() - 8, column = std::min(widest + em, r.w * .19f), there_x = difference_x - column,
              here_x = there_x - column;
  const TextStyle style{.em = small, .color = c.secondary, .align = Align::Right};
  p.text(r.x, r.y + small * 1.2f, ui.tr("ui.metrics"_w),
         {.em = small, .color = c.secondary, .bold = true, .max = here_x - em * 2 - r.x});
  p.text(here_x, r.y + small * 1.2f, "A", style);
  p.text(there_x, r.y + small * 1.2f, "B", style);
  p.line(r.x, r.y + head - 4, r.right(), r.y + head - 4, c.hair);
  float y = r.y + head;
  for (const MetricRow& row : rows) {
    const float base = y + row_h / 2 + em * .36f;
    const bool differs = row.here != row.there;
    if (differs) p.fill({r.x - 8, y, r.w + 8, row_h - 1}, c.accent_fill, 4);
    TextStyle name{.em = em, .bold = differs, .max = here_x - widest - r.x};
    if (p.width(ui.pick(row.name), name) > name.max) name.em = 13;
    p.text(r.x, base, ui.pick(row.name), name);
    p.text(here_x, base, text(row.here), {.em = em, .align = Align::Right});
    p.text(there_x, base, text(row.there), {.em = em, .bold = true, .align = Align::Right});
    const std::int64_t d = row.there - row.here;
    p.text(difference_x, base, differs ? (d > 0 ? "+" : "") + text(d) : "=",
           {.em = em, .color = differs ? c.primary : c.muted, .bold = differs, .align = Align::Right});
    y += row_h;
  }
}

}  // namespace

std::vector<MetricRow> build_metric_rows(const Snapshot& here, const Snapshot& there, std::size_t most) {
  std::vector<MetricRow> rows;
  for (const observe::Metric& m : here.metrics) {
    const auto other = std::find_if(there.metrics.begin(), there.metrics.end(),
                                    [&](const observe::Metric& o) { return observe::same_metric(m, o); });
    if (other != there.metrics.end()) rows.push_back({m.name, std::llround(m.now), std::llround(other->now)});
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const MetricRow& a, const MetricRow& b) { return (a.here != a.there) > (b.here != b.there); });
  if (rows.size() > most) rows.resize(most);
  return rows;
}

std::vector<MetricRow> metric_rows_of_both(const Ui& ui, std::size_t most) {
  const Twin& twin = ui.lesson.twin;
  return twin.shown_is_b ? build_metric_rows(*twin.world, ui.world, most)
                         : build_metric_rows(ui.world, *twin.world, most);
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
  const float when_w = !two.ready
                           ? 0
                           : p.text(r.right() - 24, r.y + 24, ui.tr("ui.compare_at"_w, {{"at", clock_text(two.at_us)}}),
                                    {.em = 13, .color = c.secondary, .align = Align::Right});
  p.text(r.x + 24, r.y + 24, ui.pick(two.what), {.em = 15, .bold = true, .max = r.w - 72 - when_w, .foreign = true});
  float top = 36;
  if (two.waits && two.ready) {
    for (const std::string& line : p.wrap(ui.tr("ui.compare_waits"_w), r.w - 48, {.em = 13})) {
      p.text(r.x + 24, r.y + top + 8, line, {.em = 13, .color = c.caution});
      top += 19;
    }
    top += 4;
  }
  if (!two.ready) {  // there is nothing to compare with yet: no numbers
    empty_state(ui, {r.x, r.y + 36, r.w, r.h - 44}, Icon::Clock, ui.tr("ui.compare_late"_w),
                ui.tr("ui.compare_late_sub"_w, {{"at", clock_text(two.at_us)}}));
    p.pop_box();
    return;
  }
  const Rect body{r.x + 24, r.y + top, r.w - 48, r.h - top - 8};
  const auto fit = [&](float h) { return static_cast<std::size_t>(std::max(2.f, (h - 26) / (em * 1.45f))); };
  // A node that is down in one of the worlds has no metrics there.
  const bool metrics = ui.lesson.twin.open && ui.lesson.twin.ready && !metric_rows_of_both(ui, 1).empty();
  if (metrics && body.w > 1150) {
    const float third = (body.w - 64) / 3;
    block(ui, {body.x, body.y, third, body.h}, "ui.producer_told"_w, build_compare_rows(two, true, fit(body.h)), em);
    block(ui, {body.x + third + 32, body.y, third, body.h}, "ui.what_came"_w,
          build_compare_rows(two, false, fit(body.h)), em);
    metrics_block(ui, {body.x + 2 * third + 64, body.y, third, body.h}, em);
  } else if (metrics && body.w > 760) {
    const float left = body.w * .46f, upper = body.h * .52f;
    block(ui, {body.x, body.y, left - 24, upper}, "ui.producer_told"_w, build_compare_rows(two, true, fit(upper)), em);
    metrics_block(ui, {body.x, body.y + upper + 4, left - 24, body.h - upper - 4}, em);
    block(ui, {body.x + left + 16, body.y, body.w - left - 16, body.h}, "ui.what_came"_w,
          build_compare_rows(two, false, fit(body.h)), em);
  } else if (body.w > 760) {
    const float left = body.w * .46f;
    block(ui, {body.x, body.y, left - 24, body.h}, "ui.producer_told"_w, build_compare_rows(two, true, fit(body.h)),
          em);
    block(ui, {body.x + left + 16, body.y, body.w - left - 16, body.h}, "ui.what_came"_w,
          build_compare_rows(two, false, fit(body.h)), em);
  } else {
    const float upper = body.h * .38f;
    block(ui, {body.x, body.y, body.w, upper}, "ui.producer_told"_w, build_compare_rows(two, true, fit(upper)), em);
    block(ui, {body.x, body.y + upper + 8, body.w, body.h - upper - 8}, "ui.what_came"_w,
          build_compare_rows(two, false, fit(body.h - upper - 8)), em);
  }
  p.pop_box();
}

}  // namespace kafkascope::ui
