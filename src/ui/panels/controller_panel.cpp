// KRaft: the metadata log of each voter side by side, epochs, votes, each broker's progress, records that wait for the
// commit. ZooKeeper: zookeeper_panel.cpp.
#include <algorithm>

#include "ui/panels/controller_parts.h"
#include "ui/panels/cut_list.h"
#include "ui/panels/panels.h"
#include "ui/stage/cards.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

constexpr LineSize kTitle{28, 16};

/// The ACLs in the committed log; returns the height.
float draw_access_rules(Ui& ui, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  constexpr LineSize kRule{22, 14};
  Column in{r};
  p.text(in.next(kTitle), ui.tr("ui.access_rules"_w), {.em = 13, .color = c.secondary, .bold = true});
  if (ui.world.acls.empty()) p.text(in.next(kRule), ui.tr("ui.no_access_rules"_w), {.em = 15, .color = c.caution});
  for (std::size_t more = ui.world.acls.size(); more > 0 && in.fits(kRule.height); --more) {
    const std::string& rule = ui.world.acls[ui.world.acls.size() - more];
    const Line line = in.next(kRule);
    if (more > 1 && !in.fits(kRule.height)) p.text(line, "+" + std::to_string(more), {.em = 13, .color = c.muted});
    else
      p.text(line, rule,
             {.em = 13, .color = rule.ends_with("deny") ? c.danger : c.primary, .mono = true, .foreign = true});
  }
  return in.rest.y + 12 - r.y;
}

/// How far a broker has read the metadata log, beside its name.
void draw_progress_of(Ui& ui, const Line& line, const Node& n, std::int64_t end) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const bool known = n.metadata_end_offset >= 0,
             behind = known && n.metadata_end_offset < ui.world.quorum_high_watermark;
  const NodeLook look = node_look(n);
  Row row{line, 8};
  p.text(row.left(84), n.name, {.em = 15, .color = look.dead ? c.muted : c.primary, .foreign = true});
  const Line told = row.right(78);
  const Rect bar = row.rest.middle(12);
  p.fill(bar, c.field, 3);
  if (look.dead) {
    p.text(told, ui.tr("ui.offline"_w), {.em = 13, .color = c.danger, .align = Align::Right});
  } else if (known && end > 0) {
    const float f = std::clamp(1 - static_cast<float>(end - n.metadata_end_offset) / 20.f, 0.04f, 1.f);
    p.fill(Row{bar}.left(bar.w * f), behind ? c.caution : c.cell_neutral, 3);
    const std::string words =
        behind ? ui.tr("ui.behind"_w, {{"count", count_text(ui.world.quorum_high_watermark - n.metadata_end_offset)}})
               : ui.tr("ui.up_to"_w, {{"offset", std::to_string(n.metadata_end_offset)}});
    p.text(told, words, {.em = 13, .color = behind ? c.caution : c.secondary, .align = Align::Right});
  }
}

/// The bracket over the records of the newest write, if the write begins before the visible records.
void draw_last_write(Ui& ui, const std::vector<LogColumn>& columns, float x, float top) {
  const std::int64_t from = ui.world.work.written_from, to = from + ui.world.work.written;
  if (columns.empty() || from < 0 || from >= columns.front().from || to <= columns.front().from) return;
  Painter& p = ui.p;
  float end = x;
  for (const LogColumn& column : columns)
    if (column.to <= to) end = x + column.x + column.w - 4;
  const std::string words =
      ui.tr("ui.written_at_once"_w,
            {{"count", std::to_string(to - from)}, {"from", std::to_string(from)}, {"to", std::to_string(to - 1)}});
  const float y = top - 5;
  p.line(x, y, end, y, p.c.accent, 2);
  p.line(end, y, end, y + 6, p.c.accent, 2);
  p.arrowhead(x - 8, y, -1, 0, 9, p.c.accent);  // the write begins before the visible records
  p.text(x, y - 6, words, {.em = 13, .color = p.c.accent, .bold = true, .max = end - x});
  p.note({x, y - 20, end - x, 26}, "last write");
}

void draw_kraft(Ui& ui, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const bool tall = r.h > 300;
  const float brokers_w = r.w > 1300 ? 360.f : r.w > 900 && !tall ? 206.f : 0.f;
  const float logs_w = r.w - 40 - (brokers_w > 0 ? brokers_w + 22 : 0);
  Column in{r.padded(20, 8)};
  p.text(in.next(kTitle), ui.tr("ui.metadata_log"_w), {.em = 13, .color = c.secondary, .bold = true});
  float y = in.rest.y;
  const std::size_t voters = std::max<std::size_t>(1, ui.world.voters.size());
  const float row_h = std::clamp(
      (r.bottom() - y - 12 - 24 - (brokers_w > 0 ? 0.f : 120.f)) / static_cast<float>(voters) - 8, 30.f, 52.f);
  const float cell_w = row_h < kTwoLines || voters == 1 ? 236.f : logs_w > 1000 ? 164.f : 132.f;
  const float room = logs_w - kVoterCardW - 14;
  std::vector<LogColumn> columns = log_columns(ui.world, room, cell_w);
  widen_columns(ui, columns, room, row_h >= kTwoLines);
  std::int64_t end = 0;
  for (const VoterLog& log : ui.world.voters) end = std::max(end, log.log_end_offset);
  const float top = y;
  for (const VoterLog& log : ui.world.voters) {
    if (y + row_h > r.bottom()) break;
    if (log.node < 0 || log.node >= static_cast<int>(ui.world.nodes.size())) continue;
    draw_voter_row(ui, log, {r.x + 20, y, logs_w, row_h}, columns);
    y += row_h + 8;
  }
  draw_last_write(ui, columns, r.x + 20 + kVoterCardW + 14, top);
  const bool key = y + 22 <= r.bottom();
  const std::int64_t hw = ui.world.quorum_high_watermark;
  for (const LogColumn& column : columns) {
    if (hw <= column.from || hw > column.to) continue;
    const float x = r.x + 20 + kVoterCardW + 14 + column.x + column.w - 3;
    p.line(x, top - 8, x, y - 4, c.hw, 2);
    const std::string s = "HW " + std::to_string(hw);
    const float w = p.width(s, {.em = 13, .bold = true}) + 12;
    const float px = std::min(x, r.x + 20 + logs_w - w);
    p.fill({px, top - 25, w, 19}, c.hw, 2);
    p.text(px + 6, top - 10.6f, s, {.em = 13, .color = c.dark ? c.on_bright : c.accent_ink, .bold = true});
  }
  if (key) {
    draw_log_key(ui, Line({in.rest.x, y, logs_w, 22}, y + 14));
    y += 22;
  }
  // Each broker's progress in the metadata log.
  Rect side = brokers_w > 0 ? Rect{r.right() - brokers_w - 20, r.y + 8, brokers_w, r.h - 12}
                            : Rect{r.x + 20, y + 14, std::min(560.f, r.w - 40), r.bottom() - y - 18};
  if (side.h < 50) return;
  if (ui.world.authorizer) {
    const float h = draw_access_rules(ui, side);
    side.y += h;
    side.h -= h;
    if (side.h < 50) return;
  }
  Column brokers{side, 2};
  p.text(Column{side}.next(kTitle), ui.tr("ui.brokers_have_read"_w), {.em = 13, .color = c.secondary, .bold = true});
  brokers.skip(kTitle.height);
  const auto is_broker = [](const Node& n) { return n.kind == NodeKind::Broker && !n.removed; };
  const auto all = static_cast<std::size_t>(std::count_if(ui.world.nodes.begin(), ui.world.nodes.end(), is_broker));
  std::size_t rows = rows_shown(all, rows_in(brokers.rest.h + brokers.gap, 26 + brokers.gap));
  const std::size_t left_out = all - rows;
  for (const Node& n : ui.world.nodes) {
    if (!is_broker(n)) continue;
    if (rows-- == 0) break;
    draw_progress_of(ui, brokers.next({26, 17}), n, end);
  }
  if (left_out > 0) say_left_out(ui, brokers.next({26, 17}), left_out);
  brokers.skip(10);
  draw_controller_work(ui, brokers.rest);
}

}  // namespace

void draw_controller_panel(Ui& ui, const Rect& r) {
  ui.p.fill(r, ui.c.canvas);
  ui.hit(make_id("controller"), r);
  ui.p.push_box(r, "controller panel");
  if (ui.world.metadata == "zookeeper") {
    draw_zookeeper(ui, r);
  } else {
    draw_kraft(ui, r);
  }
  ui.p.pop_box();
}

}  // namespace kafkascope::ui
