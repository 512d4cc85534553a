// Metrics of the whole cluster, and those that the selected broker, controller or client reports under Kafka's MBean
// names.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "observe/model/metric_alarms.h"
#include "ui/panels/cut_list.h"
#include "ui/panels/log_filter.h"
#include "ui/panels/origin_card.h"
#include "ui/panels/panels.h"
#include "ui/panels/presenter.h"

namespace kafkascope::ui {

using observe::OriginKind;

std::string metric_path(const std::string& mbean, const std::string& path, const std::string& node) {
  if (!path.empty()) return path;
  if (mbean.starts_with("/")) return mbean;
  std::string name = mbean;  // as a part of a path
  for (std::size_t i = 0; (i = name.find('/', i)) != std::string::npos; i += 2) name.replace(i, 1, "~1");
  return "/metrics/mbeans/" + (node.empty() ? "*" : node) + "/" + name;
}

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

/// The object whose metrics are shown: the selected one, else the lesson's; a node, or a group with its lag. Empty: the
/// whole cluster, also if the node is dead.
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

/// The chip of a node or a group with metrics; `key`: of its region.
struct NodeChip {
  std::string label, node;
  std::uint64_t key = 0;
};

constexpr float kWidestChip = 170;

float chip_width(const Ui& ui, const NodeChip& chip, bool on) {
  return std::min(ui.p.width(chip.label, {.em = 13, .bold = on}), kWidestChip) + 14;
}

void node_chip(Ui& ui, const Rect& place, const NodeChip& chip, bool on) {
  Painter& p = ui.p;
  const auto& [label, node, key] = chip;
  const Rect r = place.middle(22);
  const Hit hit = ui.hit(make_id("metrics of", key), r);
  p.fill(r, on ? p.c.accent_fill : hit.hovered ? p.c.hover : p.c.field, 11);
  p.text(r, label,
         {.em = 13, .color = on ? p.c.primary : p.c.secondary, .bold = on, .align = Align::Middle, .foreign = true});
  if (hit.clicked) ui.select(node);
}

/// As many chips as fit, and how many do not; in a large cluster these nodes can be selected on the stage.
void node_chips(Ui& ui, Row row, const std::vector<NodeChip>& chips, const std::string& chosen) {
  float all = 0;
  for (const NodeChip& chip : chips) all += chip_width(ui, chip, chip.node == chosen) + row.gap;
  const TextStyle style{.em = 13, .color = ui.c.secondary};
  constexpr float kBefore = 4;  // what is counted
  const float end =
      row.rest.right() -
      (all > row.rest.w + row.gap ? ui.p.width(left_out_words(ui, chips.size()), style) + kBefore + kBefore : 0);
  for (std::size_t i = 0; i < chips.size(); ++i) {
    const bool on = chips[i].node == chosen;
    if (row.rest.x + chip_width(ui, chips[i], on) > end) {
      row.skip(kBefore);
      ui.p.text(row.rest, left_out_words(ui, chips.size() - i), style);
      return;
    }
    node_chip(ui, row.left(chip_width(ui, chips[i], on)), chips[i], on);
  }
}

/// A metric's name, graph, the graph's scale, the numbers before and now, and their difference.
std::array<Rect, 6> metric_cells(const Rect& row, float name, float scale, float number, float gap) {
  return in_row(row, {fixed(name), weight(), fixed(scale), fixed(number), fixed(number), fixed(number)}, gap);
}

std::optional<observe::Alarm> alarm_in(const Ui& ui, const observe::Metric& m) {
  return observe::alarm_of(m, reporting(ui).empty());
}

/// The lowest and the highest number of a graph: it reaches from 0 (or below) to the maximum, and to a threshold that is
/// not far above that.
std::pair<float, float> scale_of(const observe::Metric& m, const std::optional<observe::Alarm>& alarm) {
  if (m.history.empty()) return {0.f, m.top};
  const auto [least, most] = std::minmax_element(m.history.begin(), m.history.end());
  const float top = std::max(m.top, *most), at = alarm ? static_cast<float>(alarm->at) : 0;
  return {std::min(0.f, *least), m.top <= 0 && at <= 2 * top ? std::max(at, top) : top};
}

/// An end of the graph's scale.
std::string end_text(const observe::Metric& m, float end) {
  return short_number(end) + (m.per_second && end != 0 ? "/s" : "");
}

/// The room beside the graphs: as wide as the longest of their numbers, at least nearly half as wide as the other numbers.
float scale_width(const Ui& ui, const std::vector<const observe::Metric*>& shown, float number, float em) {
  float widest = number * .45f;
  for (const observe::Metric* m : shown) {
    const std::pair<float, float> ends = scale_of(*m, alarm_in(ui, *m));
    for (const float end : {ends.first, ends.second})
      widest = std::max(widest, std::ceil(ui.p.width(end_text(*m, end), {.em = em})));
  }
  return widest;
}

void draw_threshold(Ui& ui, const observe::Alarm& alarm, const Rect& r, std::pair<float, float> scale, float width) {
  const float at = static_cast<float>(alarm.at), span = scale.second - scale.first;
  if (at < scale.first || at > scale.second) return;  // far above the graph
  const float y = span > 0 ? r.bottom() - r.h * (at - scale.first) / span : r.bottom();
  ui.p.dashed_line(r.x, y, r.right(), y, ui.c.danger, std::max(1.2f, width * .6f), 7, 4);
  ui.p.note({r.x, y, r.w, 1}, "threshold");
}

/// Over a graph: the number of its threshold, also of one that the graph does not reach, and where that comes from.
void tell_threshold(Ui& ui, const observe::Metric& m, const Rect& graph) {
  const std::optional<observe::Alarm> alarm = alarm_in(ui, m);
  constexpr float kAround = 4;  // the line may be the graph's edge
  const Rect r = ui.p.to_window(graph).grown(kAround);
  if (!alarm || !r.contains(ui.in.x, ui.in.y) || !ui.may_tip()) return;
  const auto said = [&](const words::Message& message) { return words::render(ui.st.lang, message); };
  ui.st.tip = {r, said(alarm->words), {{said(alarm->basis), ""}}, {}};
}

/// From the run's beginning to now; the ends of its scale are printed beside it. A dotted line marks the time of "before".
void draw_history(Ui& ui, const observe::Metric& m, const Rect& r, const Rect& scale, Color color, float width,
                  float em) {
  if (m.history.size() < 2) return;
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const std::optional<observe::Alarm> alarm = alarm_in(ui, m);
  const auto [lo, hi] = scale_of(m, alarm);
  const float span = hi - lo;
  p.fill(r, c.panel, 3);
  p.line(r.x, r.y, r.right(), r.y, c.hair);
  p.line(r.x, r.bottom(), r.right(), r.bottom(), c.mid);
  if (ui.world.metrics_before_us > 0 && ui.world.metrics_before_us < ui.world.time_us) {
    const float x = r.x + r.w * static_cast<float>(static_cast<double>(ui.world.metrics_before_us) /
                                                   static_cast<double>(ui.world.time_us));
    p.dashed_line(x, r.y, x, r.bottom(), c.accent, std::max(1.2f, width * .6f), 3, 4);
  }
  if (alarm) draw_threshold(ui, *alarm, r, {lo, hi}, width);
  static thread_local std::vector<Point> points;
  points.clear();
  for (std::size_t i = 0; i < m.history.size(); ++i) {
    const float up = span > 0 ? r.h * (m.history[i] - lo) / span : 0;
    points.push_back({r.x + r.w * static_cast<float>(i) / static_cast<float>(m.history.size() - 1), r.bottom() - up});
  }
  p.polyline(points.data(), static_cast<int>(points.size()), color, width);
  const float high = em * .72f;
  Column ends{Rect{scale.x, r.y, scale.w, r.h}.middle(std::max(r.h, em * 1.7f))};
  const TextStyle style{.em = em, .color = c.secondary};
  p.text(ends.last(high), end_text(m, lo), style);
  if (span > 0) p.text(ends.next(high), end_text(m, hi), style);
}

/// The start and end times of the graphs, above them.
void draw_time_axis(Ui& ui, const Line& graph, float em) {
  TextStyle style{.em = em, .color = ui.c.muted};
  const float w = ui.p.text(graph, clock_text(0).substr(0, 5), style);
  style.align = Align::Right;
  if (graph.w > 3 * w) ui.p.text(graph, clock_text(ui.world.time_us).substr(0, 5), style);
}

/// Whether a leader is dead, which the metrics hide. Never in a lesson that shows only graphs, because its question is
/// about that.
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

constexpr float kMetricRow = 58, kRowGap = 4, kSide = 12, kNumber = 82;

std::array<Rect, 6> panel_cells(const Rect& row, float scale) {
  const Rect in = row.padded(kSide);
  return metric_cells(in, std::clamp(in.w * .34f, 212.f, 432.f), scale, kNumber, 6);
}

void metric_heads(Ui& ui, const std::array<Rect, 6>& at, float base, const TextStyle& head) {
  draw_time_axis(ui, {at[1], base}, head.em);
  ui.p.text(Line(at[3], base), ui.tr("ui.before"_w), head);
  ui.p.text(Line(at[4], base), ui.tr("ui.now"_w), head);
  ui.p.text(Line(at[5], base), ui.tr("ui.change_col"_w), head);
}

std::string path_of(const Ui& ui, const observe::Metric& m) {
  const std::string whose = reporting(ui);
  return metric_path(m.mbean, m.path, ui.node_of(whose) >= 0 ? whose : std::string());
}

/// The element of the lesson's `point` for the metric; null: none. While the cluster's metrics are shown, a point at
/// any node's metric means the cluster's.
const PointAt* point_at(const Ui& ui, const observe::Metric& m) {
  const auto& points = ui.lesson.view.point;
  if (points.empty()) return nullptr;
  const std::string path = path_of(ui, m);
  const bool own = ui.node_of(reporting(ui)) >= 0 || !m.path.empty() || !m.mbean.starts_with("kafka.");
  const std::string of_any = own ? std::string() : path.substr(path.find("/kafka."));
  const auto found = std::find_if(points.begin(), points.end(), [&](const PointAt& point) {
    return point.path == path || (!own && point.path.starts_with("/metrics/mbeans/") && point.path.ends_with(of_any));
  });
  return found == points.end() ? nullptr : &*found;
}
bool pointed_at(const Ui& ui, const observe::Metric& m) { return point_at(ui, m) != nullptr; }

/// The metrics that pass the filter; those that the lesson points at come first.
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
  ui.p.ring(row, stroke, 4);
  ui.p.note_point(row, point->path);
}

/// Over a shortened name, the hover card of its origin begins with the whole name.
void show_whole(Ui& ui, const Rect& at, const std::string& all) {
  const Rect r = ui.p.to_window(at);
  if (r.contains(ui.in.x, ui.in.y) && !ui.st.tip.title.empty()) ui.st.tip.title = all;
}

/// In one line, else in smaller type, else in two lines.
void draw_metric_name(Ui& ui, const std::string& name, const Rect& r) {
  constexpr LineSize kLine{15, 12};
  Painter& p = ui.p;
  const TextStyle large{.em = 15, .bold = true}, small{.em = 13, .bold = true, .foreign = true};
  if (p.width(name, large) <= r.w) {
    p.text(r, name, large);
    return;
  }
  const std::vector<std::string> lines = p.wrap(name, r.w, small);
  Column in{r.middle(lines.size() > 1 ? 2 * kLine.height : kLine.height)};
  p.text(in.next(kLine), lines[0], small);
  if (lines.size() == 1) return;
  std::string rest = lines[1];
  for (std::size_t i = 2; i < lines.size(); ++i) rest += " " + lines[i];  // what does not fit into two lines is cut
  p.text(in.next(kLine), rest, small);
}

/// A name that does not fit loses its middle and keeps its end, which distinguishes it from others:
/// "kafka.ser…,name=UnderReplicatedPartitions".
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

/// A metric beyond its threshold has the colour of danger, one that has become worse that of doubt.
Color tone_of(const Ui& ui, const observe::Metric& m, Color otherwise) {
  return !m.beyond.empty() ? ui.c.danger : m.worse ? ui.c.caution : otherwise;
}

/// The ground of a metric that is beyond its threshold or has become worse, and the frame around a metric that the lesson points at. `away`: from the row to
/// the frame, which crosses no number of a low row.
void metric_ground(Ui& ui, const observe::Metric& m, const Rect& row, float bar, float ring, float away = 0) {
  if (m.worse || !m.beyond.empty()) {
    ui.p.fill(row, m.beyond.empty() ? ui.c.caution_fill : ui.c.danger_fill, 4);
    ui.p.fill(Row{row}.left(bar), tone_of(ui, m, 0));
    if (!m.beyond.empty()) ui.p.note(row, "metric beyond its threshold");
  }
  ring_metric(ui, m, row.grown(away), ring);
}

void metric_row(Ui& ui, const observe::Metric& m, const Rect& row, float scale_w) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  metric_ground(ui, m, row, 4, 2.5f);
  const std::string path = path_of(ui, m);
  const Hit hit = value_row(ui, make_id("metric " + (m.path.empty() ? m.mbean : m.path)), row, path);
  const auto [name, graph, scale, before, now, change] = panel_cells(row, scale_w);
  Column in{name.padded(0, 3)};
  Row head{in.next(28), 7};
  if (m.worse || !m.beyond.empty()) p.icon(Icon::Warn, head.left(15), tone_of(ui, m, c.caution), 1.8f);
  const std::string whose = reporting(ui);
  if (m.why && (!m.path.empty() || m.mbean.starts_with("/") || whose.empty() || ui.node_of(whose) >= 0))
    head.right(why_button(ui, head.rest.right(), head.rest.y, path));
  draw_metric_name(ui, ui.pick(m.name), head.rest);
  const TextStyle bean{.em = 13, .color = c.secondary, .mono = true, .foreign = true};
  Row second{in.next({17, 13}), 8};
  if (!m.beyond.empty())
    p.text(second, ui.pick(m.beyond), {.em = 13, .color = c.danger, .bold = true, .align = Align::Right});
  const Line line = second.rest;
  const std::string shown = without_middle(ui, m.mbean, line.w, bean);
  const Rect bean_at = Row{line}.left(p.text(line, shown, bean));
  origin_link(ui, line.x, line.base, bean_at.w, origin_of_metric(m.mbean));
  if (shown != m.mbean) show_whole(ui, bean_at, m.mbean);
  const Rect plot = graph.padded(0, 10);
  draw_history(ui, m, plot, scale, tone_of(ui, m, c.strong), row.h > 80 ? 2.6f : 2.f, 13);
  if (hit.hovered) tell_threshold(ui, m, plot);
  p.text(before, number(m.before), {.em = 15, .color = c.secondary, .align = Align::Right});
  p.text(now, number(m.now),
         {.em = 15, .color = m.beyond.empty() ? c.primary : c.danger, .bold = true, .align = Align::Right});
  if (m.now == m.before) {
    const Rect sign = Row{change}.right(20);
    p.equal_sign(sign.cx(), sign.cy(), c.muted, false);
  } else {
    p.text(change, change_of(m),
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
  Column in{r};
  in.last(2);
  Row tools{in.next(36).padded(kSide), 10};
  const Rect field = tools.left(std::clamp(r.w * .2f, 120.f, 180.f)).middle(26);
  text_field(ui, "##metrics", field, ui.st.metrics_filter, ui.tr("ui.filter_metrics"_w));
  ui.hit(make_id("metrics filter"), field);
  tools.gap = 4;
  const std::string whose = reporting(ui);
  std::vector<NodeChip> chips{{ui.tr("ui.all_nodes"_w), "", 0}};
  for (std::size_t i = 0; i < ui.world.groups.size(); ++i)
    if (const std::string& group = ui.world.groups[i].id; ui.node_of(group) < 0)
      chips.push_back({ui.tr("ui.metrics_of_group"_w, {{"group", group}}), group, ui.world.nodes.size() + 1 + i});
  for (std::size_t i = 0; i < ui.world.nodes.size(); ++i)
    if (const observe::Node& n = ui.world.nodes[i]; has_metrics(n)) chips.push_back({n.name, n.name, i + 1});
  node_chips(ui, tools, chips, whose);
  if (misleads(ui)) {
    Row warning{in.next(24).padded(kSide), 7};
    p.icon(Icon::Warn, warning.left(15), c.caution, 1.8f);
    p.text(warning.rest, ui.tr("ui.metric_misleads"_w), {.em = 13, .color = c.caution, .bold = true, .foreign = true});
  }
  const std::vector<const observe::Metric*> shown = shown_metrics(ui);
  if (shown.empty()) {
    empty_state(ui, in.rest, Icon::Eye, "ui.no_such_metric"_w, "ui.no_such_metric_sub"_w);
    return;
  }
  // As tall as possible, to be readable from a distance. A wide and low panel has two columns.
  Row heads{in.next({18, 12})};
  const Rect room = in.rest;
  const std::size_t columns = r.w >= 1500 && room.h < kMetricRow * static_cast<float>(shown.size()) ? 2 : 1,
                    rows = (shown.size() + columns - 1) / columns;
  const float row_h = std::clamp(room.h / static_cast<float>(rows), kMetricRow, 132.f),
              w = r.w / static_cast<float>(columns), scale = scale_width(ui, shown, kNumber, 13);
  for (std::size_t k = 0; k < columns; ++k)
    metric_heads(ui, panel_cells(heads.left(w).padded(kSide), scale), heads.rest.base,
                 {.em = 13, .color = c.muted, .align = Align::Right});
  scroll(ui, room, row_h * static_cast<float>(rows), ui.st.groups_scroll);
  p.push_box(room, "metrics", true);
  Row across{room};
  Column list;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    if (i % rows == 0) {
      list = {across.left(w).padded(kSide), kRowGap};
      list.skip(-ui.st.groups_scroll);
    }
    const Rect row = list.next(row_h - kRowGap);
    if (p.in_sight(row) || (row_h > room.h && row.overlaps(room))) metric_row(ui, *shown[i], row, scale);
  }
  p.pop_box();
  scroll_bar(ui, room, row_h * static_cast<float>(rows), ui.st.groups_scroll);
}

void draw_presenter_metrics(Ui& ui, const Rect& r, const PresenterSizes& s) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  p.fill(r, c.canvas);
  p.push_box(r, "presenter metrics");
  std::vector<const observe::Metric*> shown = shown_metrics(ui);
  const float half = s.margin * .5f, number = s.text * 4.2f, scale_w = scale_width(ui, shown, number, s.text);
  const auto cells_of = [&](const Rect& row) {
    return metric_cells(row.padded(half), r.w * (s.narrow ? .32f : .3f), scale_w, number, s.text * .4f);
  };
  Column in{r.padded(half, s.text * .3f)};
  in.skip(s.text * .3f);
  const Line head = in.next({s.text * 1.9f, s.text});
  const auto heads = cells_of(head);
  metric_heads(ui, heads, head.base, {.em = s.text, .color = c.secondary, .align = Align::Right});
  const std::string whose = reporting(ui);
  p.text(Line(heads[0], head.base), whose.empty() ? std::string(ui.tr("ui.all_nodes"_w)) : whose,
         {.em = s.text, .bold = true, .foreign = true});
  if (misleads(ui)) {
    Column warning{in.rest.padded(half)};
    p.paragraph(warning, ui.tr("ui.metric_misleads"_w), {.em = s.text, .color = c.caution, .bold = true},
                {s.text * 1.4f, s.text});
    in.skip(warning.rest.y - in.rest.y + s.text * .4f);
  }
  const float least = s.text * 2.3f, room = in.rest.h;
  const auto fit = static_cast<std::size_t>(std::max(1.f, room / least));
  // If not all fit, metrics that have changed come first.
  if (shown.size() > fit)
    std::stable_partition(shown.begin(), shown.end(), [&](const observe::Metric* m) {
      return pointed_at(ui, *m) || m->worse || !m->beyond.empty() || m->now != m->before;
    });
  shown.resize(std::min(shown.size(), fit));
  in.gap = s.text * .2f;
  const float row_h =
      std::clamp(room / static_cast<float>(std::max<std::size_t>(1, shown.size())), least, s.text * 4.6f);
  for (const observe::Metric* m : shown) {
    const Rect row = in.next(row_h - in.gap);
    metric_ground(ui, *m, row, s.stroke * 2, s.stroke * 1.5f, in.gap / 2);
    const auto [name, graph, scale, before, now, change] = cells_of(row);
    origin_link(ui, name.x, Line(name).baseline(s.text),
                p.text(name, ui.pick(m->name), {.em = s.text, .bold = true, .foreign = true}),
                origin_of_metric(m->mbean), s.text);
    draw_history(ui, *m, graph.middle(row.h * .64f), scale, tone_of(ui, *m, c.strong), s.stroke, s.text);
    p.text(before, brief_number(m->before), {.em = s.text, .color = c.secondary, .align = Align::Right});
    p.text(now, brief_number(m->now),
           {.em = s.text, .color = m->beyond.empty() ? c.primary : c.danger, .bold = true, .align = Align::Right});
    p.text(change, m->now == m->before ? "=" : (m->now > m->before ? "+" : "") + brief_number(m->now - m->before),
           {.em = s.text,
            .color = m->worse              ? c.caution
                     : m->now == m->before ? c.secondary
                                           : c.primary,
            .bold = m->now != m->before,
            .align = Align::Right});
  }
  p.pop_box();
}

}  // namespace kafkascope::ui
