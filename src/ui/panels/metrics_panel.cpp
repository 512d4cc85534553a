// Metrics of the whole cluster, and those that the selected broker, controller or client reports under Kafka's MBean names.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "ui/panels/log_filter.h"
#include "ui/panels/origin_card.h"
#include "ui/panels/panels.h"
#include "ui/panels/presenter.h"

namespace kafkascope::ui {

using observe::OriginKind;

namespace {

std::string number(double v) {
  char text[32];
  if (v == std::floor(v) && std::fabs(v) < 1e15) return count_text(static_cast<std::int64_t>(v));
  std::snprintf(text, sizeof text, "%.2f", v);
  return text;
}

/// A number beside a graph: 4 digits at most.
std::string short_number(float v) {
  constexpr std::pair<float, const char*> kUnits[] = {{1e9f, "G"}, {1e6f, "M"}, {1e4f, "k"}};
  for (const auto& [unit, name] : kUnits)
    if (std::fabs(v) >= unit) {
      char text[32];
      const float n = v / (unit == 1e4f ? 1e3f : unit);
      std::snprintf(text, sizeof text, std::fabs(n) < 10 ? "%.1f%s" : "%.0f%s", static_cast<double>(n), name);
      return text;
    }
  if (v == std::floor(v)) return std::to_string(static_cast<int>(v));
  char text[32];
  std::snprintf(text, sizeof text, std::fabs(v) < 10 ? "%.2f" : "%.0f", static_cast<double>(v));
  return text;
}

bool has_metrics(const observe::Node& n) {
  using K = observe::NodeKind;
  return n.kind == K::Broker || n.kind == K::Controller || n.kind == K::Producer || n.kind == K::Consumer ||
         n.kind == K::Transform;
}
/// A dead node reports nothing.
bool reports(const observe::Node& n) { return has_metrics(n) && !n.down(); }

/// The object whose metrics are shown: the selected one, else the lesson's; a node, or a group with its lag. Empty: the whole
/// cluster, also if the node is dead.
std::string reporting(const Ui& ui) {
  const std::string& who = ui.st.selection.empty() ? ui.lesson.view.select : ui.st.selection;
  const int node = ui.node_of(who);
  if (node < 0)
    return std::any_of(ui.world.groups.begin(), ui.world.groups.end(),
                       [&](const observe::Group& g) { return g.id == who; })
               ? who
               : std::string();
  return reports(ui.world.nodes[static_cast<std::size_t>(node)]) ? who : std::string();
}

/// A chip for each node with metrics; in a large cluster only those that fit, and the others are selected on the stage. `left` moves right.
void node_chip(Ui& ui, float& left, float right, float y, std::string_view label, const std::string& node,
               std::uint64_t key, bool on) {
  Painter& p = ui.p;
  const float w = p.width(label, {.em = 13, .bold = on}) + 14;
  const Rect r{left, y, w, 22};
  left += w + 4;
  if (r.right() > right) return;
  const Hit hit = ui.hit(make_id("metrics of", key), r);
  p.fill(r, on ? p.c.accent_fill : hit.hovered ? p.c.hover : p.c.field, 11);
  p.text(r.cx(), r.cy() + 4.7f, label,
         {.em = 13, .color = on ? p.c.primary : p.c.secondary, .bold = on, .align = Align::Middle, .foreign = true});
  if (hit.clicked) ui.select(node);
}

/// From the run's beginning to now, from 0 (or below) to the maximum, which is printed beside it. A dotted line marks the time of
/// "before".
void draw_history(Ui& ui, const observe::Metric& m, const Rect& r, Color color, float width, float em) {
  if (m.history.size() < 2) return;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const float lo = std::min(0.f, *std::min_element(m.history.begin(), m.history.end()));
  const float hi = std::max(m.top, *std::max_element(m.history.begin(), m.history.end())), span = hi - lo;
  p.fill(r, c.panel, 3);
  p.line(r.x, r.y, r.right(), r.y, c.hair);
  p.line(r.x, r.bottom(), r.right(), r.bottom(), c.mid);
  if (ui.world.metrics_before_us > 0 && ui.world.metrics_before_us < ui.world.time_us) {
    const float x = r.x + r.w * static_cast<float>(static_cast<double>(ui.world.metrics_before_us) /
                                                   static_cast<double>(ui.world.time_us));
    p.dashed_line(x, r.y, x, r.bottom(), c.accent, std::max(1.2f, width * .6f), 3, 4);
  }
  static thread_local std::vector<Point> points;
  points.clear();
  for (std::size_t i = 0; i < m.history.size(); ++i) {
    const float up = span > 0 ? r.h * (m.history[i] - lo) / span : 0;
    points.push_back({r.x + r.w * static_cast<float>(i) / static_cast<float>(m.history.size() - 1), r.bottom() - up});
  }
  p.polyline(points.data(), static_cast<int>(points.size()), color, width);
  const TextStyle scale{.em = em, .color = c.secondary};
  const float apart = std::max(em * .52f, r.h / 2 - em * .36f);
  if (span > 0) p.text(r.right() + em * .5f, r.cy() - apart + em * .36f, short_number(hi), scale);
  p.text(r.right() + em * .5f, r.cy() + apart + em * .36f, short_number(lo), scale);
}

/// The start and end times of the graphs, above them.
void draw_time_axis(Ui& ui, float x, float right, float y, float em) {
  const TextStyle style{.em = em, .color = ui.c.muted};
  const float w = ui.p.text(x, y, clock_text(0).substr(0, 5), style);
  TextStyle end = style;
  end.align = Align::Right;
  if (right - x > 3 * w) ui.p.text(right, y, clock_text(ui.world.time_us).substr(0, 5), end);
}

/// A leader is dead, and the metrics hide it. A lesson that shows only graphs asks about such a case.
bool misleads(const Ui& ui) {
  if (ui.stage_hidden()) return false;
  for (std::size_t i = 0; i < ui.world.partitions.size(); ++i)
    if (ui.world.partitions[i].leader >= 0 && ui.leaderless(static_cast<int>(i))) return true;
  return false;
}

/// Short form where room is scarce: large numbers in thousands or millions.
std::string brief_number(double v) { return std::fabs(v) < 1e5 ? number(v) : short_number(static_cast<float>(v)); }

std::string change_of(const observe::Metric& m) { return (m.now > m.before ? "+" : "") + number(m.now - m.before); }

/// Requests of a kind that never occurred are shown only on demand.
bool is_idle(const observe::Metric& m) {
  return m.now == 0 && m.before == 0 && m.mbean.find("type=RequestMetrics") != std::string::npos;
}

constexpr float kMetricRow = 58;

/// Positions of a metric's name, graph and numbers.
struct MetricColumn {
  MetricColumn(float x, float w)
      : name_right(x + std::clamp(w * .34f, 240.f, 460.f)),
        before(x + w - 200),
        now(x + w - 110),
        change(x + w - 24),
        graph_right(before - 128) {}
  float name_right, before, now, change, graph_right;
};

void metric_heads(Ui& ui, const MetricColumn& at, float y) {
  const TextStyle head{.em = 13, .color = ui.c.muted, .align = Align::Right};
  draw_time_axis(ui, at.name_right + 16, at.graph_right, y, 13);
  ui.p.text(at.before, y, ui.tr("ui.before"_w), head);
  ui.p.text(at.now, y, ui.tr("ui.now"_w), head);
  ui.p.text(at.change, y, ui.tr("ui.change_col"_w), head);
}

/// A group's lag is not an MBean; its origin is the glossary's term.
OriginOf origin_of(const observe::Metric& m) {
  if (m.mbean.starts_with("kafka-consumer-groups")) return {OriginKind::Term, "lag", {}, {}};
  return {OriginKind::Metric, m.mbean, {}, {}};
}

std::string path_of(const Ui& ui, const observe::Metric& m) {
  if (m.mbean.starts_with("/")) return m.mbean;
  std::string name = m.mbean;  // as a part of a path
  for (std::size_t i = 0; (i = name.find('/', i)) != std::string::npos; i += 2) name.replace(i, 1, "~1");
  const std::string whose = reporting(ui);
  return "/metrics/mbeans/" + (ui.node_of(whose) >= 0 ? whose : std::string("*")) + "/" + name;
}

/// The lesson's point at the metric; null: none. While no node's own metrics are shown, a point at any node's metric means the cluster's.
const PointAt* point_at(const Ui& ui, const observe::Metric& m) {
  const auto& points = ui.lesson.view.point;
  if (points.empty()) return nullptr;
  const std::string path = path_of(ui, m);
  const bool own = ui.node_of(reporting(ui)) >= 0 || !m.mbean.starts_with("kafka.");
  const std::string of_any = own ? std::string() : path.substr(path.find("/kafka."));
  const auto found = std::find_if(points.begin(), points.end(), [&](const PointAt& point) {
    return point.path == path || (!own && point.path.starts_with("/metrics/mbeans/") && point.path.ends_with(of_any));
  });
  return found == points.end() ? nullptr : &*found;
}
bool pointed_at(const Ui& ui, const observe::Metric& m) { return point_at(ui, m) != nullptr; }

/// Those that the filter lets through; what the lesson points at is at the top.
std::vector<const observe::Metric*> shown_metrics(const Ui& ui) {
  std::vector<const observe::Metric*> shown;
  const std::string& filter = ui.st.metrics_filter;
  for (const observe::Metric& m : ui.world.metrics)
    if (filter.empty() ? !is_idle(m) : log_matches(filter, m.mbean + " " + m.name.en + " " + m.name.ko))
      shown.push_back(&m);
  std::stable_partition(shown.begin(), shown.end(), [&](const observe::Metric* m) { return pointed_at(ui, *m); });
  return shown;
}

/// The frame around a metric that the lesson points at.
void ring_metric(Ui& ui, const observe::Metric& m, const Rect& row, float stroke) {
  const PointAt* point = point_at(ui, m);
  if (point == nullptr) return;
  ui.p.stroke(row, ui.c.accent, stroke, 4);
  ui.p.note_point(row, point->path);
}

/// Where a text stands that was shortened, the hover card of its origin begins with all of it.
void show_whole(Ui& ui, const Rect& at, const std::string& all) {
  const Rect r = ui.p.to_window(at);
  if (r.contains(ui.in.x, ui.in.y) && !ui.st.tip.title.empty()) ui.st.tip.title = all;
}

/// In one line, else in smaller type, else in two lines. Returns the baseline of the last one.
float draw_metric_name(Ui& ui, const std::string& name, float x, float top, float room) {
  Painter& p = ui.p;
  const TextStyle large{.em = 15, .bold = true}, small{.em = 13, .bold = true, .max = room, .foreign = true};
  float base = top + 22;
  if (p.width(name, large) <= room) return p.text(x, base, name, large), base;
  const std::vector<std::string> lines = p.wrap(name, room, {.em = 13, .bold = true});
  if (lines.size() == 1) return p.text(x, base, name, small), base;
  base = top + 15;
  p.text(x, base, lines[0], small);
  base = top + 30;
  std::string rest = lines[1];
  for (std::size_t i = 2; i < lines.size(); ++i) rest += " " + lines[i];  // what does not fit into two lines is cut
  p.text(x, base, rest, small);
  return base;
}

/// A name that does not fit loses its middle. Its end, which tells it from others, stays: "kafka.ser…,name=UnderReplicatedPartitions".
std::string without_middle(Ui& ui, const std::string& name, float room, const TextStyle& style) {
  const auto fits = [&](const std::string& text) { return ui.p.width(text, style) <= room; };
  if (fits(name)) return name;
  for (std::string_view at : {",name=", "#", "=", ".", " "}) {
    const std::size_t cut = name.rfind(at);
    if (cut == std::string::npos) continue;
    const std::string end = "…" + name.substr(cut);
    if (!fits(end)) continue;
    std::size_t head = 0;
    while (head + 1 < cut && fits(name.substr(0, head + 1) + end)) ++head;
    return name.substr(0, head) + end;
  }
  return name;
}

void metric_row(Ui& ui, const observe::Metric& m, const Rect& row, const MetricColumn& at) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  ring_metric(ui, m, row, 2.5f);
  if (m.worse) {
    p.fill(row, c.caution_fill, 4);
    p.fill({row.x, row.y, 4, row.h}, c.caution);
  }
  float x = row.x + 16;
  if (m.worse) {
    p.icon(Icon::Warn, x, row.y + 10, 15, c.caution, 1.8f);
    x += 22;
  }
  const std::string whose = reporting(ui);
  const bool asks = m.why && (m.mbean.starts_with("/") || whose.empty() || ui.node_of(whose) >= 0);
  const float name_base = draw_metric_name(ui, ui.pick(m.name), x, row.y, at.name_right - x - (asks ? 70 : 4));
  if (asks) why_button(ui, at.name_right, row.y + 3, path_of(ui, m));
  const TextStyle bean{
      .em = 13, .color = c.secondary, .mono = true, .max = at.name_right - row.x - 16, .foreign = true};
  const std::string shown = without_middle(ui, m.mbean, bean.max, bean);
  const float left = row.x + 16, base = std::max(row.y + 43, name_base + 17), bean_w = p.text(left, base, shown, bean);
  origin_link(ui, left, base, bean_w, origin_of(m));
  const Rect bean_at{left, base - bean.em, bean_w, bean.em};
  if (shown != m.mbean) show_whole(ui, bean_at, m.mbean);
  draw_history(ui, m, {at.name_right + 16, row.y + 10, at.graph_right - at.name_right - 16, row.h - 20},
               m.worse ? c.caution : c.strong, row.h > 80 ? 2.6f : 2.f, 13);
  p.text(at.before, row.cy() + 5, number(m.before), {.em = 15, .color = c.secondary, .align = Align::Right});
  p.text(at.now, row.cy() + 5, number(m.now), {.em = 15, .bold = true, .align = Align::Right});
  if (m.now == m.before) {
    p.equal_sign(at.change - 10, row.cy(), c.muted, false);
  } else {
    p.text(at.change, row.cy() + 5, change_of(m),
           {.em = 15, .color = m.worse ? c.caution : c.primary, .bold = true, .align = Align::Right});
  }
}

}  // namespace

void draw_metrics_panel(Ui& ui, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  p.fill(r, c.canvas);
  ui.hit(make_id("metrics"), r);
  if (ui.world.metrics.empty()) {
    empty_state(ui, r, Icon::Eye, "ui.no_metrics"_w, "ui.no_metrics_sub"_w);
    return;
  }
  const Rect field{r.x + 12, r.y + 5, std::min(180.f, std::max(120.f, r.w * 0.2f)), 26};
  text_field(ui, "##metrics", field, ui.st.metrics_filter, ui.tr("ui.filter_metrics"_w));
  ui.hit(make_id("metrics filter"), field);
  float left = field.right() + 10;
  const std::string whose = reporting(ui);
  node_chip(ui, left, r.right() - 12, r.y + 7, ui.tr("ui.all_nodes"_w), "", 0, whose.empty());
  for (std::size_t i = 0; i < ui.world.groups.size(); ++i) {
    const std::string& group = ui.world.groups[i].id;
    if (ui.node_of(group) < 0)
      node_chip(ui, left, r.right() - 12, r.y + 7, ui.tr("ui.metrics_of_group"_w, {{"group", group}}), group,
                ui.world.nodes.size() + 1 + i, group == whose);
  }
  for (std::size_t i = 0; i < ui.world.nodes.size(); ++i) {
    const observe::Node& n = ui.world.nodes[i];
    if (has_metrics(n)) node_chip(ui, left, r.right() - 12, r.y + 7, n.name, n.name, i + 1, n.name == whose);
  }
  float top = r.y + 36;
  if (misleads(ui)) {
    p.icon(Icon::Warn, r.x + 16, top + 3, 15, c.caution, 1.8f);
    p.text(r.x + 38, top + 16, ui.tr("ui.metric_misleads"_w),
           {.em = 13, .color = c.caution, .bold = true, .max = r.w - 60, .foreign = true});
    top += 24;
  }
  const std::vector<const observe::Metric*> shown = shown_metrics(ui);
  const Rect body{r.x, top, r.w, r.bottom() - top - 2};
  if (shown.empty()) {
    empty_state(ui, body, Icon::Eye, "ui.no_such_metric"_w, "ui.no_such_metric_sub"_w);
    return;
  }
  // As tall as possible, to be readable from a distance. A wide and low panel has two columns.
  top += 18;
  const Rect room{r.x, top, r.w, r.bottom() - top - 2};
  const std::size_t columns = r.w >= 1500 && room.h < kMetricRow * static_cast<float>(shown.size()) ? 2 : 1,
                    rows = (shown.size() + columns - 1) / columns;
  const float row_h = std::clamp(room.h / static_cast<float>(rows), kMetricRow, 132.f),
              w = r.w / static_cast<float>(columns);
  for (std::size_t k = 0; k < columns; ++k) metric_heads(ui, MetricColumn(r.x + w * static_cast<float>(k), w), top - 6);
  scroll(ui, room, row_h * static_cast<float>(rows), ui.st.groups_scroll);
  p.push_box(room, "metrics", true);
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const float x = r.x + w * static_cast<float>(i / rows);
    const Rect row{x + 12, room.y - ui.st.groups_scroll + row_h * static_cast<float>(i % rows), w - 24, row_h - 4};
    if (row.bottom() >= room.y && row.y <= room.bottom()) metric_row(ui, *shown[i], row, MetricColumn(x, w));
  }
  p.pop_box();
}

void draw_presenter_metrics(Ui& ui, const Rect& r, const PresenterSizes& s) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  p.fill(r, c.canvas);
  p.push_box(r, "presenter metrics");
  const float now_x = r.right() - s.margin - s.text * 4.5f, change_x = r.right() - s.margin,
              before_x = now_x - s.text * 4.4f;
  const float name_right = s.margin + r.w * (s.narrow ? .32f : .3f), graph_right = before_x - s.text * 6.2f;
  float y = r.y + s.text * .6f;
  const TextStyle head{.em = s.text, .color = c.secondary, .align = Align::Right};
  p.text(before_x, y + s.text, ui.tr("ui.before"_w), head);
  p.text(now_x, y + s.text, ui.tr("ui.now"_w), head);
  p.text(change_x, y + s.text, ui.tr("ui.change_col"_w), head);
  const std::string whose = reporting(ui);
  p.text(s.margin, y + s.text, whose.empty() ? std::string(ui.tr("ui.all_nodes"_w)) : whose,
         {.em = s.text, .bold = true, .max = name_right - s.margin, .foreign = true});
  draw_time_axis(ui, name_right + s.text, graph_right, y + s.text, s.text);
  y += s.text * 1.9f;
  if (misleads(ui)) {
    for (const std::string& line :
         p.wrap(ui.tr("ui.metric_misleads"_w), r.w - 2 * s.margin, {.em = s.text, .bold = true})) {
      p.text(s.margin, y + s.text, line, {.em = s.text, .color = c.caution, .bold = true});
      y += s.text * 1.4f;
    }
    y += s.text * .4f;
  }
  std::vector<const observe::Metric*> shown = shown_metrics(ui);
  const float least = s.text * 2.1f, room = r.bottom() - y - s.text * .3f;
  const auto fit = static_cast<std::size_t>(std::max(1.f, room / least));
  // If not all fit, metrics that have changed come first.
  if (shown.size() > fit)
    std::stable_partition(shown.begin(), shown.end(), [&](const observe::Metric* m) {
      return pointed_at(ui, *m) || m->worse || m->now != m->before;
    });
  shown.resize(std::min(shown.size(), fit));
  const float row_h =
      std::clamp(room / static_cast<float>(std::max<std::size_t>(1, shown.size())), least, s.text * 4.6f);
  for (const observe::Metric* m : shown) {
    const Rect row{s.margin * .5f, y, r.w - s.margin, row_h - s.text * .2f};
    if (m->worse) {
      p.fill(row, c.caution_fill, 4);
      p.fill({row.x, row.y, s.stroke * 2, row.h}, c.caution);
    }
    ring_metric(ui, *m, row, s.stroke * 1.5f);
    const float base = row.cy() + s.text * .36f;
    const TextStyle name{.em = s.text, .bold = true, .max = name_right - s.margin, .foreign = true};
    origin_link(ui, s.margin, base, p.text(s.margin, base, ui.pick(m->name), name), origin_of(*m), s.text);
    draw_history(ui, *m, {name_right + s.text, row.y + row.h * .18f, graph_right - name_right - s.text, row.h * .64f},
                 m->worse ? c.caution : c.strong, s.stroke, s.text);
    p.text(before_x, base, brief_number(m->before), {.em = s.text, .color = c.secondary, .align = Align::Right});
    p.text(now_x, base, brief_number(m->now), {.em = s.text, .bold = true, .align = Align::Right});
    p.text(change_x, base,
           m->now == m->before ? "=" : (m->now > m->before ? "+" : "") + brief_number(m->now - m->before),
           {.em = s.text,
            .color = m->worse              ? c.caution
                     : m->now == m->before ? c.secondary
                                           : c.primary,
            .bold = m->now != m->before,
            .align = Align::Right});
    y += row_h;
  }
  p.pop_box();
}

}  // namespace kafkascope::ui
