// Metrics as each node would report them.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "ui/panels/panels.h"

namespace kafkascope::ui {

namespace {

std::string number(double v) {
  char text[32];
  if (v == std::floor(v) && std::fabs(v) < 1e15) return count_text(static_cast<std::int64_t>(v));
  std::snprintf(text, sizeof text, "%.2f", v);
  return text;
}

}  // namespace

void draw_metrics_panel(Ui& ui, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  p.fill(r, c.canvas);
  ui.hit(make_id("metrics"), r);
  if (ui.world.metrics.empty()) {
    empty_state(ui, r, Icon::Eye, Str::NoMetrics, Str::NoMetricsSub);
    return;
  }
  const float now_x = r.right() - 130, change_x = r.right() - 24, before_x = r.right() - 230, spark_x = before_x - 280;
  p.text(before_x, r.y + 22, ui.tr(Str::Before), {.em = 13, .color = c.muted, .align = Align::Right});
  p.text(now_x, r.y + 22, ui.tr(Str::Now), {.em = 13, .color = c.muted, .align = Align::Right});
  p.text(change_x, r.y + 22, ui.tr(Str::ChangeCol), {.em = 13, .color = c.muted, .align = Align::Right});
  // The number that misleads: nobody counts what the controller does not know.
  for (std::size_t i = 0; i < ui.world.partitions.size(); ++i) {
    if (ui.world.partitions[i].leader < 0 || !ui.leaderless(static_cast<int>(i))) continue;
    const float left = r.x + 16;
    p.icon(Icon::Warn, left, r.y + 9, 15, c.caution, 1.8f);
    p.text(left + 22, r.y + 22, ui.tr(Str::MetricMisleads), {.em = 13, .color = c.caution, .bold = true, .max = before_x - left - 90, .foreign = true});
    break;
  }
  const Rect body{r.x, r.y + 30, r.w, r.h - 32};
  const float row_h = 58;
  scroll(ui, body, row_h * static_cast<float>(ui.world.metrics.size()), ui.st.groups_scroll);
  p.push_box(body, "metrics", true);
  float y = body.y - ui.st.groups_scroll;
  for (const observe::Metric& m : ui.world.metrics) {
    const Rect row{r.x + 12, y, r.w - 24, row_h - 4};
    y += row_h;
    if (row.bottom() < body.y || row.y > body.bottom()) continue;
    if (m.worse) {
      p.fill(row, c.caution_fill, 4);
      p.fill({row.x, row.y, 4, row.h}, c.caution);
    }
    float x = row.x + 16;
    if (m.worse) {
      p.icon(Icon::Warn, x, row.y + 10, 15, c.caution, 1.8f);
      x += 22;
    }
    p.text(x, row.y + 22, ui.pick(m.name), {.em = 15, .bold = true, .max = spark_x - x - 10, .foreign = true});
    p.text(row.x + 16, row.y + 43, m.mbean, {.em = 13, .color = c.secondary, .mono = true, .max = spark_x - row.x - 26, .foreign = true});
    if (m.history.size() > 1) {
      const auto [lo, hi] = std::minmax_element(m.history.begin(), m.history.end());
      const float span = std::max(1e-6f, *hi - *lo);
      static thread_local std::vector<Point> points;
      points.clear();
      for (std::size_t i = 0; i < m.history.size(); ++i) {
        points.push_back({spark_x + 190 * static_cast<float>(i) / static_cast<float>(m.history.size() - 1), row.bottom() - 12 - (row.h - 24) * (m.history[i] - *lo) / span});
      }
      p.polyline(points.data(), static_cast<int>(points.size()), m.worse ? c.caution : c.strong, 1.8f);
    }
    p.text(before_x, row.cy() + 5, number(m.before), {.em = 15, .color = c.secondary, .align = Align::Right});
    p.text(now_x, row.cy() + 5, number(m.now), {.em = 15, .bold = true, .align = Align::Right});
    if (m.now == m.before) {
      p.equal_sign(change_x - 10, row.cy(), c.muted, false);
    } else {
      std::string s = m.now > m.before ? "+" : "";
      s += number(m.now - m.before);
      p.text(change_x, row.cy() + 5, s, {.em = 15, .color = m.worse ? c.caution : c.primary, .bold = true, .align = Align::Right});
    }
  }
  p.pop_box();
}

}  // namespace kafkascope::ui
