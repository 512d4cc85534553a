#include <algorithm>

#include "ui/panels/panels.h"
#include "ui/panels/record_cards.h"
#include "ui/panels/strip.h"

namespace kafkascope::ui {

using namespace observe;

Point& watermark_anchor() {
  static thread_local Point anchor;
  return anchor;
}

namespace {

/// One entry of the legend, from the right; false if it does not fit.
bool key_item(Ui& ui, float& right, float left, float y, words::Key words, CellKind kind) {
  StripCell cell;
  cell.kind = kind;
  cell.made_good = words == "ui.key_copied_again"_w;
  cell.copy = words == "ui.key_again"_w ? 2 : 0;
  StripStyle style;
  if (right - ui.p.width(ui.tr(words), {.em = 13}) - 30 < left) return false;
  right -= ui.p.text(right, y + 15, ui.tr(words), {.em = 13, .color = ui.c.secondary, .align = Align::Right}) + 30;
  draw_cell(ui, {right, y, 22, 20}, cell, false, style);
  if (words == "ui.key_flushed"_w) ui.p.fill({right, y + 16, 22, 2}, ui.c.dark ? ui.c.on_bright : ui.c.cell_edge);
  right -= 22;
  return true;
}

/// The ISR chip: a click asks why the ISR is what it is.
void isr_chip(Ui& ui, const Partition& part, const Rect& chip) {
  const Hit hit = ui.hit(make_id("isr " + part.name), chip);
  if (hit.hovered) ui.p.stroke(chip, ui.c.accent, 1.5f, 5);
  if (hit.hovered && ui.may_tip())
    ui.st.tip = {ui.p.to_window(chip), "ISR " + set_text(part.isr), {}, ui.tr("ui.why_isr"_w)};
  if (hit.clicked) ui.ask_why("/partitions/" + part.name + "/isr");
}

/// The in-sync replicas and, if there are any, the eligible leader replicas (KIP-966).
std::string in_sync_words(const Partition& part) {
  return "ISR " + set_text(part.isr) + (part.elr.empty() ? std::string() : "  ELR " + set_text(part.elr));
}

/// The same for the states of a share group's records.
bool share_key_item(Ui& ui, float& right, float left, float y, ShareState state) {
  const char* words = ui.tr(share_word(state));
  if (right - ui.p.width(words, {.em = 13}) - 52 < left) return false;
  right -= 22;
  right -= ui.p.text(right, y + 15, words, {.em = 13, .color = ui.c.secondary, .align = Align::Right}) + 30;
  draw_share_cell(ui, {right, y, 22, 20}, state, 1, 13);
  return true;
}

/// The marks of transactions: the bars of records, the diamonds of markers, the line over what read_committed waits for.
bool transaction_key(Ui& ui, float& right, float left, float y, const StripMarks& marks) {
  Painter& p = ui.p;
  bool room = true;
  const auto entry = [&](bool there, words::Key words, auto&& draw) {
    if (!there || !room) return;
    room = right - p.width(ui.tr(words), {.em = 13}) - 52 >= left;
    if (!room) return;
    right -= 22;
    right -= p.text(right, y + 15, ui.tr(words), {.em = 13, .color = ui.c.secondary, .align = Align::Right}) + 30;
    draw();
    p.note({right, y - 2, 22, 24}, "key of transactions");
  };
  const auto sample = [&](char state, bool control) {
    return [&ui, &right, y, state, control] {
      StripCell cell;
      cell.transaction = state;
      cell.control = control;
      draw_cell(ui, {right, y - 2, 22, 18}, cell, false, {});
      if (!control) draw_transaction_bar(ui, {right, y + 17, 22, 5}, state);
    };
  };
  entry(marks.open, "ui.key_open"_w, sample('o', false));
  entry(marks.aborted, "ui.key_aborted"_w, sample('a', false));
  entry(marks.committed, "ui.key_bar"_w, sample('c', false));
  entry(marks.abort_marker, "ui.key_abort_marker"_w, sample('a', true));
  entry(marks.commit_marker, "ui.key_commit_marker"_w, sample('c', true));
  entry(marks.held, "ui.key_held"_w, [&] { p.fill({right, y + 4, 22, 4}, ui.c.lso, 1); });
  return room;
}

/// The meaning of the marks, right-aligned in a head; only the visible ones.
void strip_key(Ui& ui, float right, float left, float y, const StripMarks& marks) {
  bool room = true;
  const auto further = [&](bool there, words::Key words, CellKind kind) {
    if (!room || !there) return;
    right -= 22;
    room = key_item(ui, right, left, y, words, kind);
  };
  right += 22;
  // Records that are gone come first. "Committed" would be ambiguous beside aborted records, so the marks of transactions precede it.
  const bool transactions = marks.transactions();
  further(marks.lost, "ui.key_lost"_w, CellKind::Lost);
  further(marks.copied_again, "ui.key_copied_again"_w, CellKind::Lost);
  further(marks.deleted, "ui.key_deleted"_w, CellKind::Deleted);
  further(marks.skipped, "ui.key_skipped"_w, CellKind::Skipped);
  further(marks.again, "ui.key_again"_w, CellKind::Committed);
  if (transactions && room) room = transaction_key(ui, right, left, y, marks);
  further(!transactions || marks.above, "ui.key_hatched"_w, CellKind::Above);
  further(true, transactions ? "ui.key_filled_hw"_w : "ui.key_filled"_w, CellKind::Committed);
  further(marks.struck, "ui.key_struck"_w, CellKind::Struck);
  if (marks.locked) room = room && share_key_item(ui, right, left, y, ShareState::Acquired);
  if (marks.acknowledged) room = room && share_key_item(ui, right, left, y, ShareState::Acknowledged);
  if (marks.archived) room = room && share_key_item(ui, right, left, y, ShareState::Archived);
  further(marks.gap, "ui.key_gap"_w, CellKind::Gap);
  if (marks.tombstone && room && right - ui.p.width(ui.tr("ui.key_tombstone"_w), {.em = 13}) - 44 > left) {
    right -= 22;
    right -= ui.p.text(right, y + 15, ui.tr("ui.key_tombstone"_w),
                       {.em = 13, .color = ui.c.secondary, .align = Align::Right}) +
             20;
    ui.p.icon(Icon::Out, right, y + 4, 13, ui.c.secondary, 1.8f);
  }
  if (marks.segments && room && right - ui.p.width(ui.tr("ui.key_segment"_w), {.em = 13}) - 60 > left) {
    right -= 22;
    right -= ui.p.text(right, y + 15, ui.tr("ui.key_segment"_w),
                       {.em = 13, .color = ui.c.secondary, .align = Align::Right}) +
             30;
    ui.p.line(right, y + 14, right + 22, y + 14, ui.c.strong, 1.6f);
    ui.p.line(right, y + 14, right, y + 9, ui.c.strong, 1.6f);
    ui.p.line(right + 22, y + 14, right + 22, y + 9, ui.c.strong, 1.6f);
  }
  further(marks.flushed, "ui.key_flushed"_w, CellKind::Committed);
  const float own = ui.p.width(ui.tr("ui.key_own_hw"_w), {.em = 13});
  if (!room || !marks.own_watermark || right - own - 60 < left) return;
  right -= 22;
  right -=
      ui.p.text(right, y + 15, ui.tr("ui.key_own_hw"_w), {.em = 13, .color = ui.c.secondary, .align = Align::Right}) +
      14;
  ui.p.triangle({right, y + 5}, {right + 6, y + 15}, {right - 6, y + 15}, ui.c.hw);
}

/// The partitions drawn below each other: those with the records that the lesson points at; else all of the selected one's topic if
/// each has few replicas; else only the selected one.
std::vector<int> shown_together(const Ui& ui, int selected, float room, const StripStyle& style) {
  const Snapshot& world = ui.world;
  std::vector<int> all = partitions_pointed_into(ui, selected);
  float height = 0;
  for (const int i : all) height += strips_height(style, world.partitions[static_cast<std::size_t>(i)].logs.size());
  if (!all.empty() && height <= room) return all;
  all.clear();
  height = 0;
  const Partition& part = world.partitions[static_cast<std::size_t>(selected)];
  for (std::size_t i = 0; i < world.partitions.size(); ++i) {
    if (world.partitions[i].topic != part.topic) continue;
    all.push_back(static_cast<int>(i));
    height += strips_height(style, world.partitions[i].logs.size());
    if (!world.partitions[i].shares.empty()) return {selected};  // its share groups' rows need the room
  }
  return all.size() > 1 && height <= room ? all : std::vector<int>{selected};
}

/// A few rows in a large panel are enlarged, to be readable from a distance. Cells grow wider only while the whole log is visible.
void enlarge(StripStyle& style, float room, float w, std::int64_t records, const auto& height) {
  const StripStyle plain = style;
  for (float f = 1.8f; f > 1.05f; f -= .1f) {
    style.cell_h = plain.cell_h * f;
    style.gap = plain.gap * f;
    style.name_em = plain.name_em * std::min(f, 1.35f);
    style.mark_em = plain.mark_em * std::min(f, 1.35f);
    style.cell_w = std::clamp((w - plain.name_w) / static_cast<float>(records + plain.tail_cells) - 2, plain.cell_w,
                              plain.cell_w * f);
    if (height(style) <= room * .9f) return;
  }
  style = plain;
}

std::int64_t longest(const Partition& part) {
  std::int64_t records = 0;
  for (const ReplicaLog& log : part.logs) records = std::max(records, log.log_end_offset - log.log_start_offset);
  return records;
}

}  // namespace

void draw_partition_panel(Ui& ui, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  p.fill(r, c.panel);
  ui.hit(make_id("partition panel"), r);
  const int index = ui.selected_partition();
  if (index < 0) {
    panel_head(ui, r, ui.tr("ui.partitions"_w));
    empty_state(ui, {r.x, r.y + 40, r.w, r.h - 40}, Icon::Disk, "ui.no_partitions"_w, "ui.no_partitions_sub"_w);
    return;
  }
  const Partition& part = ui.world.partitions[static_cast<std::size_t>(index)];
  p.push_box(r, "partition panel");
  const bool big = r.h >= 300 && r.w > 1100;
  const float room = r.h - 52;
  StripStyle style;
  style.cell_w = big ? 34 : 22;
  style.cell_h = big ? 36 : 24;
  style.gap = big ? 22 : 14;
  style.name_w = big ? 190 : 124;
  style.name_em = big ? 18 : 15;
  style.mark_em = big ? 15 : 13;
  style.tail_cells = big ? 7 : 4;
  style.keys = true;
  style.key_room = part.logs.size() == 1;  // the epochs of a single replica are of no interest
  // Several partitions with one replica each are shown below each other, so that the partition of each key is visible
  // at once.
  StripStyle brief = style;
  brief.keys = brief.key_room = true;
  brief.ruler = false;
  brief.flags_below = false;
  brief.partition_names = true;
  brief.name_w = big ? 250 : 190;
  const std::vector<int> shown = shown_together(ui, index, room, brief);
  if (big && shown.size() > 1) {
    std::int64_t records = 0;
    for (const int i : shown) records = std::max(records, longest(ui.world.partitions[static_cast<std::size_t>(i)]));
    enlarge(brief, room, r.w - 48, records, [&](const StripStyle& s) {
      float all = 0;
      for (const int i : shown) all += strips_height(s, ui.world.partitions[static_cast<std::size_t>(i)].logs.size());
      return all;
    });
  }
  float x = r.x + 24;
  x += p.text(x, r.y + 30, ui.tr("ui.partitions"_w), {.em = 15, .color = c.secondary, .bold = true}) + 16;
  // A long name takes the room that warnings and the first two marks leave.
  const auto beside = [&](const std::string& words) { return p.width(words, {.em = 15, .bold = true}) + 18; };
  const float taken = (ui.leaderless(index) ? beside(ui.leader_words(index)) : 0) +
                      (ui.under_min_isr(index) ? beside(ui.tr("ui.under_min_isr"_w)) : 0) +
                      p.width(ui.tr("ui.key_hatched"_w), {.em = 13}) + p.width(ui.tr("ui.key_filled"_w), {.em = 13}) +
                      160;
  const bool of_topic = std::all_of(shown.begin(), shown.end(), [&](int i) {
    return ui.world.partitions[static_cast<std::size_t>(i)].topic == part.topic;
  });
  const std::string name = shown.size() == 1 ? ui.world.partitions[static_cast<std::size_t>(shown.front())].name
                           : of_topic        ? part.topic
                                             : std::string();
  const float most = std::max(260.f, r.right() - x - taken), needs = p.width(name, {.em = 18, .bold = true});
  x += p.text(x, r.y + 30, name,
              {.em = std::clamp(18 * most / std::max(needs, 1.f), 14.f, 18.f),
               .bold = true,
               .max = most,
               .foreign = true}) +
       18;
  if (ui.leaderless(index))
    x += p.text(x, r.y + 30, ui.leader_words(index), {.em = 15, .color = c.danger, .bold = true}) + 18;
  if (ui.under_min_isr(index))
    x += p.text(x, r.y + 30, ui.tr("ui.under_min_isr"_w), {.em = 15, .color = c.danger, .bold = true}) + 18;
  StripMarks marks;
  float end = r.y + 44;
  if (shown.size() > 1) {
    float y = end;
    for (const int i : shown) {
      const float h = strips_height(brief, ui.world.partitions[static_cast<std::size_t>(i)].logs.size());
      if (i == index) p.fill({r.x + 8, y + 22, 4, h - 22}, c.accent, 2);
      draw_strips(ui, i, {r.x + 24, y, r.w - 48, h}, brief, &marks);
      y += h;
    }
    draw_rates(ui, shown, {r.x + 24, end, r.w - 48, y - end}, brief);
    end = y;
  } else {
    if (has_cut(part)) style.gap += big ? 6 : 8;
    if (!part.shares.empty()) style.keys = false;  // a row has room for only one kind of mark
    const float need = strips_height(style, part.logs.size(), part.shares.size());
    if (need > room) {
      const float squeeze = std::max(0.5f, room / need);
      style.cell_h = std::max(14.f, style.cell_h * squeeze);
      style.gap = std::max(6.f, style.gap * squeeze);
    } else if (big && !has_cut(part)) {
      enlarge(style, room, r.w - 48, longest(part),
              [&](const StripStyle& s) { return strips_height(s, part.logs.size(), part.shares.size()); });
    }
    const float below = room - strips_height(style, part.logs.size(), part.shares.size());
    style.record_cards = record_cards_height(ui, {0, 0, r.w - 48, below}, part.name) > 0;
    end = draw_strips(ui, index, {r.x + 24, r.y + 44, r.w - 48, room}, style, &marks);
    if (style.record_cards) end = draw_record_cards(ui, {r.x + 24, end, r.w - 48, r.bottom() - end}, part.name);
  }
  draw_received(ui, {r.x + 24, end, r.w - 48, r.bottom() - end}, part.topic,
                shown.size() > 1 ? brief.name_w : style.name_w);
  strip_key(ui, r.right() - 28, x, r.y + 15, marks);
  // If the high watermark is not visible, the anchor is reset, so that nothing points at its old place.
  const Rect w = p.to_window({marks.watermark.x, marks.watermark.y, 0, 0});
  watermark_anchor() = marks.watermark.x >= 0 ? Point{w.x, w.y} : Point{-1, -1};
  p.pop_box();
}

void draw_partitions_panel(Ui& ui, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  p.fill(r, c.canvas);
  ui.hit(make_id("partitions panel"), r);
  const int count = static_cast<int>(ui.world.partitions.size());
  if (count == 0) {
    empty_state(ui, r, Icon::Disk, "ui.no_partitions"_w, "ui.no_partitions_sub"_w);
    return;
  }
  const bool low = r.h < 230 && count > static_cast<int>(r.w / 400);  // one row, which cannot hold all partitions
  const int columns = std::clamp(static_cast<int>(r.w / (low ? 300 : 400)), 1, std::max(1, std::min(count, 4)));
  const float w = (r.w - 16) / static_cast<float>(columns);
  std::size_t replicas = 1, shares = 0;
  for (const Partition& part : ui.world.partitions) {
    replicas = std::max(replicas, part.logs.size());
    shares = std::max(shares, part.shares.size());
  }
  StripStyle style;
  style.cell_w = 20;
  style.cell_h = 26;
  style.gap = 10;
  style.name_w = 102;
  style.name_em = 15;
  style.mark_em = 13;
  style.ruler = false;
  style.keys = style.key_room = columns <= 2;  // if there is room for them
  const float head = 30;
  if (head + strips_height(style, replicas, shares) > r.h - 12) {
    // In a low window the groups' flags are dropped first, then the space between the rows; a row stays readable.
    style.flags_below = false;
    const auto n = static_cast<float>(std::max<std::size_t>(replicas, 1));
    const float fixed = head + strips_height(style, replicas, shares) - n * style.cell_h - (n - 1) * style.gap;
    const float pitch = (r.h - 20 - fixed) / n;
    style.gap = std::clamp(pitch - 20, 5.f, 10.f);
    style.cell_h = std::clamp(pitch - style.gap, 16.f, 26.f);
  }
  const float row_h = std::max(60.f, head + strips_height(style, replicas, shares) + 8);
  const int rows = (count + columns - 1) / columns;
  scroll(ui, r, row_h * static_cast<float>(rows), ui.st.partitions_scroll);
  p.push_box(r, "partitions", true);
  const int rows_seen = std::max(1, static_cast<int>((ui.st.partitions_scroll + r.h + 8) / row_h));
  ui.st.partitions_below = std::max(0, count - rows_seen * columns);
  const int first_row = std::max(0, static_cast<int>(ui.st.partitions_scroll / row_h));
  for (int row = first_row; row < rows; ++row) {
    const float y = r.y + 6 + static_cast<float>(row) * row_h - ui.st.partitions_scroll;
    if (y > r.bottom()) break;
    for (int k = 0; k < columns; ++k) {
      const int i = row * columns + k;
      if (i >= count) break;
      const Partition& part = ui.world.partitions[static_cast<std::size_t>(i)];
      const Rect box{r.x + 8 + static_cast<float>(k) * w, y, w - 8, row_h - 6};
      const bool selected = i == ui.selected_partition();
      if (selected) {
        p.fill(box, c.panel, 6);
        p.stroke(box, c.accent, 2, 6);
      } else if (k > 0) {
        p.line(box.x - 4, box.y + 4, box.x - 4, box.bottom() - 4, c.hair);
      }
      const Hit hit = ui.hit(make_id("partition", static_cast<std::uint64_t>(i)), box);
      if (hit.clicked) ui.select(part.name);
      if (hit.right_clicked) ui.st.menu = {true, ui.in.x, ui.in.y, part.name, {}, -1};
      float x = box.x + 12;
      const TextStyle isr_style{
          .em = 13, .color = ui.under_min_isr(i) ? c.danger : c.muted, .mono = true, .align = Align::Right};
      const float isr_w = p.width(in_sync_words(part), isr_style);
      isr_chip(ui, part, {box.right() - 18 - isr_w, box.y + 6, isr_w + 12, 22});
      p.text(box.right() - 12, box.y + 22, in_sync_words(part), isr_style);
      // A long name gets the room that the usual words leave.
      const float most = std::max(
          150.f, box.right() - isr_w - 18 - x - 28 - p.width(ui.leader_words(i, true), {.em = 13, .bold = true}));
      x += p.text(x, box.y + 22, part.name, {.em = 15, .bold = selected, .max = most, .foreign = true}) + 14;
      const bool none = ui.leaderless(i), few = ui.under_min_isr(i),
                 news = none || (part.leader_since_us > 0 && ui.world.time_us - part.leader_since_us < 5'000'000);
      const auto note = [&](const std::string& words, Color color, bool bold) {
        if (box.right() - isr_w - 18 > x)
          x += p.text(x, box.y + 22, words,
                      {.em = 13, .color = color, .bold = bold, .max = box.right() - isr_w - 18 - x, .foreign = true}) +
               14;
      };
      // Problems precede the usual text.
      const bool whole = p.width(ui.tr("ui.under_min_isr"_w), {.em = 13, .bold = true}) <= box.right() - isr_w - 18 - x;
      if (few) note(ui.tr(whole ? "ui.under_min_isr"_w : "ui.hw_waits_for_min_isr"_w), c.danger, true);
      const float left = box.right() - isr_w - 18 - x;
      const bool since = p.width(ui.leader_words(i, true), {.em = 13, .bold = news}) <= left;
      note(ui.leader_words(i, since), none ? c.danger : news ? c.leader : c.secondary, news);
      StripStyle own = style;
      if (has_cut(part)) {  // room for truncated records below a row, and inside the frame below the last one
        const auto& last = part.logs.back().runs;
        const bool below = std::any_of(last.begin(), last.end(), [](const LogRun& run) { return run.truncated; });
        const auto n = static_cast<float>(part.logs.size()), gaps = below ? n : n - 1;
        if (gaps > 0) {
          const float more = std::min(12.f, (own.cell_h - 16) * n / gaps);
          own.cell_h -= more * gaps / n;
          own.gap += more;
        }
      }
      draw_strips(ui, i, {box.x + 12, box.y + head, box.w - 24, box.h - head}, own);
    }
  }
  p.pop_box();
}

void draw_partition_detail(Ui& ui, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  p.fill(r, c.canvas);
  ui.hit(make_id("partition detail"), r);
  const int index = ui.selected_partition();
  if (index < 0) {
    empty_state(ui, r, Icon::Disk, "ui.no_partitions"_w, "ui.no_partitions_sub"_w);
    return;
  }
  const Partition& part = ui.world.partitions[static_cast<std::size_t>(index)];
  p.push_box(r, "partition detail");
  float x = r.x + 24;
  p.icon(Icon::Crown, x, r.y + 20, 20, c.leader);
  x += 32;
  x += p.text(x, r.y + 40, part.name, {.em = 24, .bold = true, .max = 320, .foreign = true}) + 24;
  if (ui.under_min_isr(index))
    x += p.text(x, r.y + 38, ui.tr("ui.under_min_isr"_w), {.em = 15, .color = c.danger, .bold = true}) + 22;
  auto fact = [&](std::string_view k, std::string_view v, bool bad = false) {
    if (x + 160 > r.right()) return;
    x += p.text(x, r.y + 38, k, {.em = 15, .color = c.secondary}) + 6;
    x += p.text(x, r.y + 38, v, {.em = 15, .color = bad ? c.danger : 0, .bold = true, .mono = true}) + 22;
  };
  fact(ui.tr("ui.role_leader"_w), part.leader < 0 ? std::string("–") : "broker-" + std::to_string(part.leader));
  fact(ui.tr("ui.epoch_col"_w), std::to_string(part.leader_epoch));
  const float isr_x = x;
  fact("ISR", set_text(part.isr), ui.under_min_isr(index));
  if (x > isr_x) isr_chip(ui, part, {isr_x - 6, r.y + 20, x - isr_x - 10, 26});
  if (!part.elr.empty()) fact("ELR", set_text(part.elr));
  fact("min.insync.replicas", std::to_string(part.min_insync_replicas));
  // The whole log: a bar of epochs with the visible window marked.
  const Rect bar{r.x + 24, r.y + 58, r.w - 48, 10};
  const auto total = static_cast<float>(std::max<std::int64_t>(1, part.log_end_offset - part.log_start_offset));
  auto bx = [&](std::int64_t o) { return bar.x + static_cast<float>(o - part.log_start_offset) / total * bar.w; };
  const ReplicaLog* leader = part.logs.empty() ? nullptr : &part.logs.front();
  for (const ReplicaLog& log : part.logs) {
    if (log.broker == part.leader) leader = &log;
  }
  if (leader != nullptr) {
    float last_label = -1e9f;
    for (std::size_t i = 0; i < leader->epochs.size(); ++i) {
      const std::int64_t from = leader->epochs[i].second;
      const std::int64_t to = i + 1 < leader->epochs.size() ? leader->epochs[i + 1].second : part.log_end_offset;
      p.fill({bx(from), bar.y, bx(to) - bx(from), bar.h}, c.epoch(leader->epochs[i].first));
      const std::string s = epoch_text(leader->epochs[i].first) + " " + std::to_string(from);
      if (bx(from) > last_label && bx(from) + 80 < bar.right()) {
        last_label =
            bx(from) + p.text(bx(from), bar.bottom() + 17, s, {.em = 13, .color = c.secondary, .mono = true}) + 8;
      }
    }
    if (!c.dark) p.stroke(bar, c.cell_edge, 1);
  }
  StripStyle style;
  style.cell_w = r.w > 1300 ? 52.f : 38.f;
  style.cell_h = r.h > 700 ? 54.f : 40.f;
  style.gap = r.h > 700 ? 40.f : 26.f;
  style.name_w = 178;
  style.leader_first = true;
  style.roles = true;
  style.name_em = 18;
  style.mark_em = 13;
  style.keys = style.key_room = true;
  style.all_flags = true;
  const float top = r.y + 104;
  const auto n = static_cast<float>(std::max<std::size_t>(part.logs.size(), 1));
  const float room = r.bottom() - top - 70;
  const auto rows = n + static_cast<float>(part.shares.size());
  if (rows * (style.cell_h + style.gap) + 72 > room) {
    style.cell_h = std::max(24.f, (room - 72) / rows - 22);
    style.gap = 22;
  }
  StripMarks marks;
  const float end = draw_strips(ui, index, {r.x + 24, top, r.w - 48, room}, style, &marks);
  if (r.bottom() - end > 220 && ui.world.partitions.size() > 1) {
    p.line(r.x, end + 8, r.right(), end + 8, c.hair);
    p.push_box({r.x, end + 12, r.w, r.bottom() - end - 52}, "others");
    draw_partitions_panel(ui, {r.x, end + 12, r.w, r.bottom() - end - 52});
    p.pop_box();
  }
  strip_key(ui, r.right() - 24, r.x + 240, r.bottom() - 34, marks);
  p.pop_box();
}

}  // namespace kafkascope::ui
