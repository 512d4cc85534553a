// Metrics: of the whole cluster, and those that the selected broker, controller or client reports under Kafka's MBean names.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "ui/panels/log_filter.h"
#include "ui/panels/panels.h"
#include "ui/panels/presenter.h"

namespace kafkascope::ui {

namespace {

std::string number(double v) {
  char text[32];
  if (v == std::floor(v) && std::fabs(v) < 1e15) return count_text(static_cast<std::int64_t>(v));
  std::snprintf(text, sizeof text, "%.2f", v);
  return text;
}

bool has_metrics(const observe::Node& n) {
  using K = observe::NodeKind;
  return n.kind == K::Broker || n.kind == K::Controller || n.kind == K::Producer || n.kind == K::Consumer || n.kind == K::Transform;
}
/// A dead node reports nothing.
bool reports(const observe::Node& n) {
  return has_metrics(n) && n.state != observe::NodeState::Crashed && n.state != observe::NodeState::PoweredOff && n.state != observe::NodeState::Stopped;
}

/// Whose metrics are shown; in a cluster of many those that fit, the others are chosen on the stage. `left` moves to the right.
void node_chip(Ui& ui, float& left, float right, float y, std::string_view label, const std::string& node, std::uint64_t key, bool on) {
  Painter& p = ui.p;
  const float w = p.width(label, {.em = 13, .bold = on}) + 18;
  const Rect r{left, y, w, 22};
  left += w + 6;
  if (r.right() > right) return;
  const Hit hit = ui.hit(make_id("metrics of", key), r);
  p.fill(r, on ? p.c.accent_fill : hit.hovered ? p.c.hover : p.c.field, 11);
  p.text(r.cx(), r.cy() + 4.7f, label, {.em = 13, .color = on ? p.c.primary : p.c.secondary, .bold = on, .align = Align::Middle, .foreign = true});
  if (hit.clicked) ui.select(node);
}

/// Its last half minute.
void draw_history(Painter& p, const observe::Metric& m, const Rect& r, Color color, float width) {
  if (m.history.size() < 2) return;
  const auto [lo, hi] = std::minmax_element(m.history.begin(), m.history.end());
  const float span = std::max(1e-6f, *hi - *lo);
  static thread_local std::vector<Point> points;
  points.clear();
  for (std::size_t i = 0; i < m.history.size(); ++i) {
    points.push_back({r.x + r.w * static_cast<float>(i) / static_cast<float>(m.history.size() - 1), r.bottom() - r.h * (m.history[i] - *lo) / span});
  }
  p.polyline(points.data(), static_cast<int>(points.size()), color, width);
}

bool misleads(const Ui& ui) {
  for (std::size_t i = 0; i < ui.world.partitions.size(); ++i)
    if (ui.world.partitions[i].leader >= 0 && ui.leaderless(static_cast<int>(i))) return true;
  return false;
}

std::string change_of(const observe::Metric& m) { return (m.now > m.before ? "+" : "") + number(m.now - m.before); }

/// Requests of a kind that never came are only shown to who looks for them.
bool is_idle(const observe::Metric& m) {
  return m.now == 0 && m.before == 0 && m.mbean.find("type=RequestMetrics") != std::string::npos;
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
  const Rect field{r.x + 12, r.y + 5, std::min(200.f, std::max(120.f, (before_x - r.x) * 0.25f)), 26};
  text_field(ui, "##metrics", field, ui.st.metrics_filter, ui.tr(Str::FilterMetrics));
  ui.hit(make_id("metrics filter"), field);
  float left = field.right() + 10;
  const int chosen = ui.node_of(ui.st.selection);
  const bool one = chosen >= 0 && reports(ui.world.nodes[static_cast<std::size_t>(chosen)]);
  node_chip(ui, left, before_x - 70, r.y + 7, ui.tr(Str::AllNodes), "", 0, !one);
  for (std::size_t i = 0; i < ui.world.nodes.size(); ++i) {
    const observe::Node& n = ui.world.nodes[i];
    if (has_metrics(n)) node_chip(ui, left, before_x - 70, r.y + 7, n.name, n.name, i + 1, one && n.name == ui.st.selection);
  }
  float top = r.y + 36;
  // The number that misleads: nobody counts what the controller does not know.
  if (misleads(ui)) {
    p.icon(Icon::Warn, r.x + 16, top + 3, 15, c.caution, 1.8f);
    p.text(r.x + 38, top + 16, ui.tr(Str::MetricMisleads), {.em = 13, .color = c.caution, .bold = true, .max = r.w - 60, .foreign = true});
    top += 24;
  }
  std::vector<const observe::Metric*> shown;
  const std::string& filter = ui.st.metrics_filter;
  for (const observe::Metric& m : ui.world.metrics)
    if (filter.empty() ? !is_idle(m) : log_matches(filter, m.mbean + " " + m.name.en + " " + m.name.ko)) shown.push_back(&m);
  const Rect body{r.x, top, r.w, r.bottom() - top - 2};
  if (shown.empty()) {
    empty_state(ui, body, Icon::Eye, Str::NoSuchMetric, Str::NoSuchMetricSub);
    return;
  }
  const float row_h = 58;
  scroll(ui, body, row_h * static_cast<float>(shown.size()), ui.st.groups_scroll);
  p.push_box(body, "metrics", true);
  float y = body.y - ui.st.groups_scroll;
  for (const observe::Metric* metric : shown) {
    const observe::Metric& m = *metric;
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
    draw_history(p, m, {spark_x, row.y + 12, 190, row.h - 24}, m.worse ? c.caution : c.strong, 1.8f);
    p.text(before_x, row.cy() + 5, number(m.before), {.em = 15, .color = c.secondary, .align = Align::Right});
    p.text(now_x, row.cy() + 5, number(m.now), {.em = 15, .bold = true, .align = Align::Right});
    if (m.now == m.before) {
      p.equal_sign(change_x - 10, row.cy(), c.muted, false);
    } else {
      p.text(change_x, row.cy() + 5, change_of(m), {.em = 15, .color = m.worse ? c.caution : c.primary, .bold = true, .align = Align::Right});
    }
  }
  p.pop_box();
}

void draw_presenter_metrics(Ui& ui, const Rect& r, const PresenterSizes& s) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  p.fill(r, c.canvas);
  p.push_box(r, "presenter metrics");
  const float now_x = r.right() - s.margin - s.text * 4.5f, change_x = r.right() - s.margin, before_x = now_x - s.text * 5, spark_w = s.text * (s.narrow ? 6.f : 9.f);
  const float spark_x = before_x - s.text * 5 - spark_w, row_h = s.text * 2.1f;
  float y = r.y + s.text * .6f;
  const TextStyle head{.em = s.text, .color = c.secondary, .align = Align::Right};
  p.text(before_x, y + s.text, ui.tr(Str::Before), head);
  p.text(now_x, y + s.text, ui.tr(Str::Now), head);
  p.text(change_x, y + s.text, ui.tr(Str::ChangeCol), head);
  const int chosen = ui.node_of(ui.st.selection);
  const bool one = chosen >= 0 && reports(ui.world.nodes[static_cast<std::size_t>(chosen)]);
  p.text(s.margin, y + s.text, one ? ui.st.selection : ui.tr(Str::AllNodes), {.em = s.text, .bold = true, .max = spark_x - s.margin * 2, .foreign = true});
  y += s.text * 1.9f;
  if (misleads(ui)) {
    for (const std::string& line : p.wrap(ui.tr(Str::MetricMisleads), r.w - 2 * s.margin, {.em = s.text, .bold = true})) {
      p.text(s.margin, y + s.text, line, {.em = s.text, .color = c.caution, .bold = true});
      y += s.text * 1.4f;
    }
    y += s.text * .4f;
  }
  std::vector<const observe::Metric*> shown;
  for (const observe::Metric& m : ui.world.metrics)
    if (ui.st.metrics_filter.empty() ? !is_idle(m) : log_matches(ui.st.metrics_filter, m.mbean + " " + m.name.en + " " + m.name.ko)) shown.push_back(&m);
  const auto fit = static_cast<std::size_t>(std::max(1.f, (r.bottom() - y) / row_h));
  // What has moved comes before what has not, where all do not fit.
  if (shown.size() > fit) std::stable_partition(shown.begin(), shown.end(), [](const observe::Metric* m) { return m->worse || m->now != m->before; });
  shown.resize(std::min(shown.size(), fit));
  for (const observe::Metric* m : shown) {
    const Rect row{s.margin * .5f, y, r.w - s.margin, row_h - s.text * .2f};
    if (m->worse) {
      p.fill(row, c.caution_fill, 4);
      p.fill({row.x, row.y, s.stroke * 2, row.h}, c.caution);
    }
    const float base = row.cy() + s.text * .36f;
    p.text(s.margin, base, ui.pick(m->name), {.em = s.text, .bold = true, .max = spark_x - s.margin - s.text, .foreign = true});
    draw_history(p, *m, {spark_x, row.y + row.h * .22f, spark_w, row.h * .56f}, m->worse ? c.caution : c.strong, s.stroke);
    p.text(before_x, base, number(m->before), {.em = s.text, .color = c.secondary, .align = Align::Right});
    p.text(now_x, base, number(m->now), {.em = s.text, .bold = true, .align = Align::Right});
    p.text(change_x, base, m->now == m->before ? "=" : change_of(*m), {.em = s.text, .color = m->worse ? c.caution : m->now == m->before ? c.secondary : c.primary, .bold = m->now != m->before, .align = Align::Right});
    y += row_h;
  }
  p.pop_box();
}

}  // namespace kafkascope::ui
