// KRaft: the metadata log of each voter side by side, epochs, votes, each broker's progress, records that wait for the
// commit. ZooKeeper: zookeeper_panel.cpp.
#include <algorithm>

#include "ui/panels/controller_parts.h"
#include "ui/panels/cut_list.h"
#include "ui/panels/panels.h"
#include "ui/shorten.h"
#include "ui/stage/cards.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

constexpr LineSize kTitle{28, 16};

/// The ACLs in the committed log.
void draw_access_rules(Ui& ui, Column& in) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  constexpr LineSize kRule{22, 14};
  p.text(in.next(kTitle), ui.tr("ui.access_rules"_w), {.em = 13, .color = c.secondary, .bold = true});
  if (ui.world.acls.empty()) p.text(in.next(kRule), ui.tr("ui.no_access_rules"_w), {.em = 15, .color = c.caution});
  for (std::size_t more = ui.world.acls.size(); more > 0 && in.fits(kRule.height); --more) {
    const std::string& rule = ui.world.acls[ui.world.acls.size() - more];
    const Line line = in.next(kRule);
    if (more > 1 && !in.fits(kRule.height)) {
      p.text(line, "+" + std::to_string(more), {.em = 13, .color = c.muted});
      continue;
    }
    // The last word says whether the rule allows or denies: narrower letters, then a cut in the middle keep that word.
    TextStyle style{.em = 13, .color = rule.ends_with("deny") ? c.danger : c.primary, .mono = true, .foreign = true};
    style.mono = p.width(rule, style) <= line.w;
    p.text(line, lose_middle(rule, line.w, [&](std::string_view part) { return p.width(part, style); }), style);
  }
  in.skip(12);
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
void draw_last_write(Ui& ui, const std::vector<LogColumn>& columns, const Rect& logs) {
  const std::int64_t from = ui.world.work.written_from, to = from + ui.world.work.written;
  if (columns.empty() || from < 0 || from >= columns.front().from || to <= columns.front().from) return;
  Painter& p = ui.p;
  float end = logs.x;
  for (const LogColumn& column : columns)
    if (column.to <= to) end = column.in(logs).right();
  const std::string words =
      ui.tr("ui.written_at_once"_w,
            {{"count", std::to_string(to - from)}, {"from", std::to_string(from)}, {"to", std::to_string(to - 1)}});
  Column above{Rect{logs.x, logs.y, end - logs.x, 0}.padded(0, -25)};
  p.note(Column{above}.next(26), "last write");
  p.text(above.next({20, 14}), words, {.em = 13, .color = p.c.accent, .bold = true});
  const Rect line = above.next(6), arrow = line.padded(-8);
  p.line(line.x, line.y, end, line.y, p.c.accent, 2);
  p.line(end, line.y, end, line.bottom(), p.c.accent, 2);
  p.arrowhead(arrow.x, line.y, -1, 0, 9, p.c.accent);  // the write begins before the visible records
}

void draw_kraft(Ui& ui, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const bool tall = r.h > 300;
  const float brokers_w = r.w > 1300 ? 360.f : r.w > 900 && !tall ? 206.f : 0.f;
  Row body{r.padded(20, 6), 22};
  Rect side = brokers_w > 0 ? body.right(brokers_w) : Rect{};
  Column in{body.rest};
  p.text(in.next(kTitle), ui.tr("ui.metadata_log"_w), {.em = 13, .color = c.secondary, .bold = true});
  in.gap = 8;
  const Rect logs = logs_of(in.rest);
  const std::size_t voters = std::max<std::size_t>(1, ui.world.voters.size());
  const float below = brokers_w > 0 ? 30.f : 150.f,
              row_h = std::clamp((in.rest.h - below) / static_cast<float>(voters) - in.gap, 30.f, 52.f);
  const float cell_w = row_h < kTwoLines || voters == 1 ? 236.f : in.rest.w > 1000 ? 164.f : 132.f;
  std::vector<LogColumn> columns = log_columns(ui.world, logs.w, cell_w);
  widen_columns(ui, columns, logs.w, row_h >= kTwoLines);
  std::int64_t end = 0;
  for (const VoterLog& log : ui.world.voters) end = std::max(end, log.log_end_offset);
  for (const VoterLog& log : ui.world.voters) {
    if (in.rest.y + row_h > r.bottom()) break;
    if (log.node < 0 || log.node >= static_cast<int>(ui.world.nodes.size())) continue;
    draw_voter_row(ui, log, in.next(row_h), columns);
  }
  draw_last_write(ui, columns, logs);
  const std::int64_t hw = ui.world.quorum_high_watermark;
  for (const LogColumn& column : columns) {
    if (hw <= column.from || hw > column.to) continue;
    const float x = column.in(logs).padded(-LogColumn::kBetween / 2).right();
    const std::string s = "HW " + std::to_string(hw);
    const float w = p.width(s, {.em = 13, .bold = true}) + 12;
    const Rect flag = Column{Rect{std::min(x, logs.right() - w), logs.y, w, 0}.padded(0, -25)}.next(19);
    p.line(x, flag.bottom(), x, in.rest.y - in.gap / 2, c.hw, 2);
    p.fill(flag, c.hw, 2);
    p.text(flag, s, {.em = 13, .color = c.dark ? c.on_bright : c.accent_ink, .bold = true, .align = Align::Middle});
  }
  in.gap = 0;
  constexpr LineSize kKey{22, 14};
  if (in.rest.y + kKey.height <= r.bottom()) draw_log_key(ui, in.next(kKey));
  // Each broker's progress in the metadata log.
  in.skip(14);
  if (brokers_w <= 0) side = Row{in.rest}.left(std::min(560.f, in.rest.w));
  Column brokers{side};
  if (side.h < 50) return;
  if (ui.world.authorizer) draw_access_rules(ui, brokers);
  if (brokers.rest.h < 50) return;
  p.text(brokers.next(kTitle), ui.tr("ui.brokers_have_read"_w), {.em = 13, .color = c.secondary, .bold = true});
  brokers.gap = 2;
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
