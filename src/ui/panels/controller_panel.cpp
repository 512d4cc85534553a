// KRaft: the metadata log of each voter side by side, epochs, votes, what each broker has read. ZooKeeper: the znode tree.
#include <algorithm>

#include "ui/panels/panels.h"
#include "ui/stage/cards.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

/// A place of the metadata logs: one record, or NoOpRecords in a row, which say nothing but that the leader lives.
struct Column {
  std::int64_t from = 0, to = 0;  // [from, to)
  bool fold = false;
  float x = 0, w = 0;             // from the left edge of the logs
};

/// The newest columns that fit into `room`, oldest first.
std::vector<Column> columns_of(const Snapshot& world, float room, float cell_w) {
  const VoterLog* longest = nullptr;
  for (const VoterLog& log : world.voters) {
    if (longest == nullptr || log.log_end_offset > longest->log_end_offset) longest = &log;
  }
  std::vector<Column> columns;
  if (longest == nullptr) return columns;
  constexpr float kFoldW = 78;
  float used = 0;
  for (auto q = longest->tail.rbegin(); q != longest->tail.rend(); ++q) {
    const bool fold = q->type == "NoOpRecord";
    // Never across the high watermark: it stands between two columns.
    if (fold && !columns.empty() && columns.back().fold && columns.back().from == q->offset + 1 && q->offset + 1 != world.quorum_high_watermark) {
      columns.back().from = q->offset;
      continue;
    }
    const float w = fold ? kFoldW : cell_w;
    if (used + w > room) break;
    used += w;
    columns.push_back({q->offset, q->offset + 1, fold, 0, w});
  }
  std::reverse(columns.begin(), columns.end());
  float x = 0;
  for (Column& column : columns) {
    column.x = x;
    x += column.w;
  }
  return columns;
}

void voter_row(Ui& ui, const VoterLog& log, const Rect& r, const std::vector<Column>& columns) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const Node& n = ui.world.nodes[static_cast<std::size_t>(log.node)];
  const NodeLook look = node_look(n);
  const float card_w = 178;
  const Rect card{r.x, r.y, card_w, r.h};
  const bool leads = n.active_controller && !look.dead;
  p.fill(card, look.dead ? c.danger_solid : leads ? c.leader_fill : c.raised, 6);
  p.stroke(card, look.dead ? c.danger_solid : leads ? c.leader : look.doubt ? c.caution : c.mid, leads ? 2 : 1.25f, 6);
  const Color ink = look.dead ? c.danger_ink : c.primary, soft = look.dead ? c.danger_ink : leads ? c.leader : c.secondary;
  p.icon(leads ? Icon::Crown : look.icon != Icon::None ? look.icon : Icon::Controller, card.x + 8, card.y + 7, 15, soft);
  p.text(card.x + 30, card.y + 19, n.name, {.em = 15, .color = ink, .bold = true, .max = card_w - 38, .foreign = true});
  std::string sub = look.quiet ? ui.tr(Str::Epoch, {std::to_string(n.epoch)}) : std::string(ui.tr(state_word(n)));
  float x = card.x + 30;
  if (r.h > 36) x += p.text(x, card.y + 37, sub, {.em = 13, .color = soft, .max = card_w - 40, .foreign = true}) + 10;
  // Votes as discs: granted, on its way, not given.
  if (look.quiet && (n.voter == VoterState::Candidate || n.voter == VoterState::Prospective) && r.h > 36) {
    int voters = 0;
    for (const Node& other : ui.world.nodes) voters += other.voter != VoterState::None ? 1 : 0;
    for (int i = 0; i < voters; ++i) {
      const auto granted = static_cast<int>(n.votes_from.size()), asked = static_cast<int>(n.votes_asked.size());
      if (i < granted) {
        p.circle(x + 6, card.y + 32, 5, c.primary);
      } else {
        p.circle_line(x + 6, card.y + 32, 5, i < granted + asked ? c.accent : c.muted, 1.5f);
      }
      x += 16;
    }
  }
  const float lx = r.x + card_w + 14;
  for (const Column& column : columns) {
    const std::int64_t have = std::min(column.to, log.log_end_offset) - column.from;
    if (have <= 0) continue;
    const QuorumRecord* found = nullptr;
    for (const QuorumRecord& record : log.tail) {
      if (record.offset == column.from) found = &record;
    }
    if (found == nullptr && !column.fold) continue;
    const Rect cell{lx + column.x, r.y + 2, column.w - 4, r.h - 4};
    const bool committed = column.from + have <= log.high_watermark;
    if (committed) {
      p.fill(cell, column.fold ? c.canvas : c.field, 4);
      p.stroke(cell, column.fold ? c.hair : c.mid, 1, 4);
    } else {
      p.fill(cell, c.canvas, 4);
      p.hatch({cell.x + 1, cell.y + 1, cell.w - 2, cell.h - 2}, c.field, 6);
      p.dashed(cell, c.strong, 1.25f, 4, 3, 4);
    }
    if (column.fold) {
      p.text(cell.cx(), cell.cy() + 4.7f, ui.tr(Str::NoOps, {std::to_string(have)}), {.em = 13, .color = c.muted, .align = Align::Middle, .max = cell.w - 6});
      continue;
    }
    const QuorumRecord& q = *found;
    const float em = 13, base = r.h > 36 ? cell.y + 16 : cell.cy() + 4.8f;
    std::string head = std::to_string(q.offset);
    const float head_w = p.text(cell.x + 8, base, head, {.em = em, .color = c.secondary, .mono = true, .max = cell.w - 12, .foreign = true});
    const std::string& words = q.words.empty() ? q.type : ui.pick(q.words);
    if (r.h > 36) {
      p.text(cell.right() - 6, base, epoch_text(q.epoch), {.em = em, .color = c.muted, .mono = true, .align = Align::Right});
      p.text(cell.x + 8, cell.y + 34, words, {.em = em, .max = cell.w - 14, .foreign = true});
    } else {  // a low panel: one line says what the record does
      p.text(cell.x + 16 + head_w, base, words, {.em = em, .max = cell.w - head_w - 20, .foreign = true});
    }
  }
}

void draw_kraft(Ui& ui, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const bool tall = r.h > 300;
  const float brokers_w = r.w > 1300 ? 360.f : r.w > 900 && !tall ? 250.f : 0.f;
  const float logs_w = r.w - 40 - (brokers_w > 0 ? brokers_w + 32 : 0);
  float y = r.y + 8;
  p.text(r.x + 20, y + 16, ui.tr(Str::MetadataLog), {.em = 13, .color = c.secondary, .bold = true});
  y += 28;
  const std::size_t voters = std::max<std::size_t>(1, ui.world.voters.size());
  const float row_h = std::clamp((r.bottom() - y - 12 - (brokers_w > 0 ? 0.f : 120.f)) / static_cast<float>(voters) - 8, 30.f, 52.f);
  const float cell_w = row_h <= 36 ? 236.f : logs_w > 1000 ? 164.f : 132.f;
  const std::vector<Column> columns = columns_of(ui.world, logs_w - 192, cell_w);
  std::int64_t end = 0;
  for (const VoterLog& log : ui.world.voters) end = std::max(end, log.log_end_offset);
  const float top = y;
  for (const VoterLog& log : ui.world.voters) {
    if (y + row_h > r.bottom()) break;
    if (log.node < 0 || log.node >= static_cast<int>(ui.world.nodes.size())) continue;
    voter_row(ui, log, {r.x + 20, y, logs_w, row_h}, columns);
    y += row_h + 8;
  }
  const std::int64_t hw = ui.world.quorum_high_watermark;
  for (const Column& column : columns) {
    if (hw <= column.from || hw > column.to) continue;
    const float x = r.x + 20 + 192 + column.x + column.w - 3;
    p.line(x, top - 8, x, y - 4, c.hw, 2);
    const std::string s = "HW " + std::to_string(hw);
    const float w = p.width(s, {.em = 13, .bold = true}) + 12;
    const float px = std::min(x, r.x + 20 + logs_w - w);
    p.fill({px, top - 25, w, 19}, c.hw, 2);
    p.text(px + 6, top - 10.6f, s, {.em = 13, .color = c.dark ? c.on_bright : c.accent_ink, .bold = true});
  }
  // What each broker has read.
  Rect side = brokers_w > 0 ? Rect{r.right() - brokers_w - 20, r.y + 8, brokers_w, r.h - 12} : Rect{r.x + 20, y + 14, std::min(560.f, r.w - 40), r.bottom() - y - 18};
  if (side.h < 50) return;
  p.text(side.x, side.y + 16, ui.tr(Str::BrokersHaveRead), {.em = 13, .color = c.secondary, .bold = true, .max = side.w});
  float by = side.y + 28;
  for (const Node& n : ui.world.nodes) {
    if (n.kind != NodeKind::Broker) continue;
    if (by + 26 > side.bottom()) break;
    const bool known = n.metadata_end_offset >= 0, behind = known && n.metadata_end_offset < ui.world.quorum_high_watermark;
    const NodeLook look = node_look(n);
    p.text(side.x, by + 17, n.name, {.em = 15, .color = look.dead ? c.muted : c.primary, .max = 96, .foreign = true});
    const Rect bar{side.x + 104, by + 7, side.w - 190, 12};
    p.fill(bar, c.field, 3);
    if (look.dead) {
      p.text(side.right(), by + 17, ui.tr(Str::Offline), {.em = 13, .color = c.danger, .align = Align::Right});
    } else if (known && end > 0) {
      const float f = std::clamp(1 - static_cast<float>(end - n.metadata_end_offset) / 20.f, 0.04f, 1.f);
      p.fill({bar.x, bar.y, bar.w * f, bar.h}, behind ? c.caution : c.cell_neutral, 3);
      p.text(side.right(), by + 17, ui.tr(Str::UpTo, {std::to_string(n.metadata_end_offset)}),
             {.em = 13, .color = behind ? c.caution : c.secondary, .align = Align::Right});
    }
    by += 28;
  }
}

void draw_znodes(Ui& ui, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  p.text(r.x + 20, r.y + 24, ui.tr(Str::Znodes), {.em = 13, .color = c.secondary, .bold = true});
  const Rect body{r.x, r.y + 34, r.w, r.h - 36};
  const float row_h = 26;
  scroll(ui, body, row_h * static_cast<float>(ui.world.znodes.size()), ui.st.groups_scroll);
  p.push_box(body, "znodes", true);
  float y = body.y - ui.st.groups_scroll;
  for (const Znode& z : ui.world.znodes) {
    if (y > body.bottom()) break;
    if (y + row_h >= body.y) {
      const auto depth = static_cast<float>(std::max<std::ptrdiff_t>(0, std::count(z.path.begin(), z.path.end(), '/') - 1));
      const std::size_t slash = z.path.rfind('/');
      if (z.vanished_lately) p.fill({r.x + 12, y, r.w - 24, row_h - 2}, c.danger_fill, 4);
      if (z.written_lately) p.fill({r.x + 12, y, r.w - 24, row_h - 2}, c.accent_fill, 4);
      float x = r.x + 20 + depth * 22;
      const bool lead = z.path == "/controller";
      if (lead) {
        p.icon(Icon::Crown, x, y + 4, 15, c.leader);
        x += 20;
      }
      x += p.text(x, y + 17, slash == std::string::npos ? z.path : z.path.substr(slash), {.em = 15, .color = z.vanished_lately ? c.danger : lead ? c.leader : c.primary, .mono = true, .max = 300, .foreign = true}) + 14;
      if (z.vanished_lately) p.line(r.x + 20 + depth * 22, y + 12, x - 14, y + 12, c.danger, 1.5f);
      if (!z.ephemeral_owner.empty()) {
        p.icon(Icon::Clock, x, y + 4, 15, c.secondary);
        x += 20;
        x += p.text(x, y + 17, z.ephemeral_owner, {.em = 13, .color = c.secondary, .max = 160, .foreign = true}) + 10;
        if (z.session_total_us > 0) {
          const float f = static_cast<float>(z.session_remaining_us) / static_cast<float>(z.session_total_us);
          p.fill({x, y + 9, 70, 6}, c.field, 3);
          p.fill({x, y + 9, 70 * std::clamp(f, 0.f, 1.f), 6}, f < .2f ? c.caution : c.strong, 3);
          x += 82;
        }
      }
      p.text(x, y + 17, z.data, {.em = 13, .color = c.muted, .mono = true, .max = r.right() - x - 60, .foreign = true});
      if (z.watched) p.mark(Family::ZooKeeper, r.right() - 36, y + 12, 5.5f, true, c.canvas);
    }
    y += row_h;
  }
  p.pop_box();
}

}  // namespace

void draw_controller_panel(Ui& ui, const Rect& r) {
  ui.p.fill(r, ui.c.canvas);
  ui.hit(make_id("controller"), r);
  ui.p.push_box(r, "controller panel");
  if (ui.world.metadata == "zookeeper") {
    draw_znodes(ui, r);
  } else {
    draw_kraft(ui, r);
  }
  ui.p.pop_box();
}

}  // namespace kafkascope::ui
