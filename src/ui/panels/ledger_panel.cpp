#include <algorithm>

#include "observe/model/fates.h"
#include "ui/panels/ledger_view.h"
#include "ui/panels/panels.h"
#include "ui/shorten.h"

namespace kafkascope::ui {

using namespace observe;

LedgerView build_ledger_view(const FateCounts& n) {
  LedgerView v;
  const auto grave = grave_counts();
  const auto counted = [&](words::Key name, Fate fate, std::string_view word, std::int64_t FateCounts::*count) {
    return LedgerRow{name, fate, word, n.*count, std::find(grave.begin(), grave.end(), count) != grave.end()};
  };
  v.told = {counted("fate.acked"_w, Fate::Acked, "acked", &FateCounts::acked),
            counted("fate.in_doubt"_w, Fate::InDoubt, "in_doubt", &FateCounts::in_doubt),
            counted("fate.failed"_w, Fate::Failed, "failed", &FateCounts::failed),
            counted("fate.pending"_w, Fate::Pending, "pending", &FateCounts::pending)};
  v.came = {counted("fate.delivered"_w, Fate::Delivered, "delivered", &FateCounts::delivered),
            counted("fate.lost_acked"_w, Fate::LostAcked, "lost_acked", &FateCounts::lost_acked),
            counted("fate.lost_unacked"_w, Fate::LostUnacked, "lost_unacked", &FateCounts::lost_unacked),
            counted("fate.duplicated"_w, Fate::Duplicated, "duplicated", &FateCounts::duplicated),
            counted("fate.reordered"_w, Fate::Reordered, "reordered", &FateCounts::reordered),
            counted("fate.aborted"_w, Fate::Aborted, "aborted", &FateCounts::aborted),
            counted("fate.redelivered"_w, Fate::Redelivered, "redelivered", &FateCounts::redelivered),
            counted("fate.skipped"_w, Fate::Skipped, "skipped", &FateCounts::skipped),
            counted("ui.before_group"_w, Fate::Pending, "before_group", &FateCounts::before_group),
            counted("fate.uncommitted_read"_w, Fate::Aborted, "uncommitted_read", &FateCounts::uncommitted_read),
            counted("fate.aborted_visible"_w, Fate::AbortedVisible, "aborted_visible", &FateCounts::aborted_visible)};
  for (const auto* block : {&v.told, &v.came}) {
    for (const LedgerRow& row : *block) v.scale = std::max(v.scale, row.count);
  }
  return v;
}

namespace {

std::string red_count(const FateCounts& all) {
  for (const auto count : grave_counts())
    for (const FateRow& row : fate_rows())
      if (row.count == count && all.*count > 0) return "/ledger/" + std::string(row.word);
  return {};
}

}  // namespace

std::string worst_count(const FateCounts& counts) {
  const std::string red = red_count(counts);
  return red.empty() && counts.redelivered > 0 ? "/ledger/redelivered" : red;
}

void note_red_count(Ui& ui) { ui.st.red_count = red_count(ui.world.ledger.all); }

bool has_unasked(const Snapshot& world) {
  return std::any_of(world.clients.begin(), world.clients.end(), [](const Client& c) { return c.acks == "0"; });
}

words::Key name_of_count(const Ui& ui, words::Key name) {
  const Twin& twin = ui.lesson.twin;
  const bool unasked = has_unasked(ui.world) || (twin.open && twin.world && has_unasked(*twin.world));
  return observe::fate_name(name, unasked);
}

namespace {

/// The counts of the ledger's chosen producer or group, or of all; null: there is no such producer or group.
const FateCounts* chosen_counts(const Ledger& ledger, const LogModel& log) {
  const bool of_group = !log.fate_group.empty();
  const std::string& whose = of_group ? log.fate_group : log.fate_client;
  if (whose.empty()) return &ledger.all;
  const auto& all = of_group ? ledger.by_group : ledger.by_client;
  const auto it = std::find_if(all.begin(), all.end(), [&](const auto& of_one) { return of_one.first == whose; });
  return it == all.end() ? nullptr : &it->second;
}

}  // namespace

std::int64_t more_in_other_world(const Ui& ui) {
  const Twin& twin = ui.lesson.twin;
  if (!twin.open || !twin.ready || !twin.world) return 0;
  const FateCounts *here = chosen_counts(ui.world.ledger, ui.log), *there = chosen_counts(twin.world->ledger, ui.log);
  for (const FateRow& row : fate_rows())
    if (row.word == ui.log.fate)
      return (there == nullptr ? 0 : there->*row.count) - (here == nullptr ? 0 : here->*row.count);
  return 0;
}

bool ledger_pointed_at(const Ui& ui, std::string_view of, std::string_view word) {
  return ui.points_at("/ledger/" + std::string(of) + std::string(word));
}

void ring_ledger_count(Ui& ui, const Rect& at, std::string_view of, std::string_view word) {
  if (!ledger_pointed_at(ui, of, word)) return;
  ui.p.ring(at, 3, 6);
  ui.p.note_point(at, "/ledger/" + std::string(of) + std::string(word));
}

void ring_ledger_total(Ui& ui, const Rect& at, std::string_view word) {
  ring_ledger_count(ui, at, "", word);
  const Ledger& ledger = ui.world.ledger;
  if (ledger.by_group.size() == 1) ring_ledger_count(ui, at, "by_group/" + ledger.by_group.front().first + "/", word);
  if (ledger.by_client.size() == 1)
    ring_ledger_count(ui, at, "by_client/" + ledger.by_client.front().first + "/", word);
}

std::vector<std::string_view> counts_pointed_at(const Ui& ui) {
  constexpr std::string_view kLedger = "/ledger/";
  std::vector<std::string_view> counts;
  for (const PointAt& at : ui.lesson.view.point)
    if (const std::string_view path = at.path; path.starts_with(kLedger)) counts.push_back(path.substr(kLedger.size()));
  return counts;
}

void draw_ledger_bar(Ui& ui, const Rect& bar, Fate fate) {
  const Color color = ui.c.fate[static_cast<std::size_t>(fate)];
  if (fate == Fate::Aborted) ui.p.stroke(bar, color, 1.5f, 2);
  else ui.p.fill(bar, color, 3);
}

std::vector<float> shared_widths(std::vector<float> needs, float all) {
  const auto n = static_cast<float>(needs.size());
  float sum = 0, widest = 0;
  for (const float need : needs) sum += need, widest = std::max(widest, need);
  if (sum > all) {
    std::vector<Size> parts;
    for (const float need : needs) parts.push_back(weight(1, 0, need));
    solve(parts.data(), parts.size(), all, 0, needs.data());
  } else {
    const bool equal = widest <= all / n;
    for (float& need : needs) need = equal ? all / n : need + (all - sum) / n;
  }
  return needs;
}

namespace {

/// Omits the row of aborted records if there are none: most lessons have no transaction.
std::vector<LedgerRow> without_aborts(std::vector<LedgerRow> rows) {
  std::erase_if(rows, [](const LedgerRow& row) { return row.fate == Fate::Aborted && row.count == 0; });
  return rows;
}

constexpr float kLeastRow = 28, kColumnGap = 20;
constexpr LineSize kBlockHead{28, 18};

/// What each column needs for its words and counts.
std::vector<float> column_needs(const Ui& ui, const std::vector<LedgerRow>& rows, int per_column) {
  constexpr float kApart = 18;
  std::vector<float> needs;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const std::string name(ui.tr(name_of_count(ui, rows[i].name))), count = count_text(rows[i].count);
    const bool alarm = rows[i].bad && rows[i].count > 0;
    const float need = ui.p.width(name, {.em = 15, .bold = alarm}) + ui.p.width(count, {.em = 15, .bold = true}) +
                       kApart + (alarm ? 24.f : 0.f);
    if (i % static_cast<std::size_t>(per_column) == 0) needs.push_back(0);
    needs.back() = std::max(needs.back(), need);
  }
  return needs;
}

/// The rows in a column: as many as have room, or more, if so many columns side by side would cut their words.
int per_column_of(const Ui& ui, const std::vector<LedgerRow>& rows, float width, float height) {
  const int n = static_cast<int>(rows.size());
  int per_column = std::max(1, std::min(n, static_cast<int>(height / kLeastRow)));
  for (; per_column < n; ++per_column) {
    float sum = -kColumnGap;
    for (const float need : column_needs(ui, rows, per_column)) sum += need + kColumnGap;
    if (sum <= width) break;
  }
  return per_column;
}

/// The height of a block's counts, at least the room's.
float counts_height(const Ui& ui, const Rect& r, const std::vector<LedgerRow>& all) {
  const float room = r.h - kBlockHead.height;
  return std::max(room, kLeastRow * static_cast<float>(per_column_of(ui, without_aborts(all), r.w, room)));
}

/// In columns, if one column would be too high; what still has no room is scrolled to.
void block(Ui& ui, const Rect& r, words::Key title, const std::vector<LedgerRow>& all, std::int64_t scale,
           float scrolled = 0) {
  const std::vector<LedgerRow> rows = without_aborts(all);
  Painter& p = ui.p;
  const Palette& c = ui.c;
  Column in{r};
  p.text(in.next(kBlockHead), ui.tr(title), {.em = 13, .color = c.secondary, .bold = true});
  const int n = static_cast<int>(rows.size());
  const int per_column = per_column_of(ui, rows, r.w, in.rest.h);
  const int columns = (n + per_column - 1) / per_column;
  const float gaps = kColumnGap * static_cast<float>(columns - 1);
  const std::vector<float> widths = shared_widths(column_needs(ui, rows, per_column), r.w - gaps);
  const float row_h = std::clamp(in.rest.h / static_cast<float>(per_column), kLeastRow, 40.f);
  const bool low = row_h < 34;
  const bool cut = static_cast<float>(per_column) * row_h - in.rest.h > 1;
  if (cut) p.push_box(in.rest.padded(-10), "ledger counts", true);  // with the frames
  in.skip(-scrolled);
  Row across{in.rest, kColumnGap};
  Column cells;
  for (int i = 0; i < n; ++i) {
    const LedgerRow& row = rows[static_cast<std::size_t>(i)];
    if (i % per_column == 0) cells = {across.left(widths[static_cast<std::size_t>(i / per_column)])};
    const Rect cell = cells.next(row_h), frame = Column{cell.padded(-8)}.next(row_h - 2);
    if (!p.in_sight(frame)) continue;
    const bool chosen = ui.log.fate == row.word;
    const Hit hit = ui.hit(make_id(row.word), cell);
    if (chosen) {
      p.fill(frame, c.accent_fill, 5);
      p.stroke(frame, c.accent, 2, 5);
    } else if (hit.hovered) {
      p.fill(frame, c.hover, 5);
    }
    const bool alarm = row.bad && row.count > 0;
    const Color text = row.count == 0 ? (hit.hovered ? c.secondary : c.muted) : c.primary;
    Column parts{cell};
    Row line{parts.next({low ? 23.f : 25.f, 18}), alarm ? 9.f : 8.f};
    const Rect bar = parts.next(low ? 5 : 6);
    p.text(line, count_text(row.count),
           {.em = 15, .color = alarm ? c.danger : text, .bold = row.count > 0, .align = Align::Right});
    line.gap = 6;
    if (alarm) p.icon(Icon::Warn, Column{line.right(15)}.next(23), c.danger, 1.8f);
    p.text(line.rest, ui.tr(name_of_count(ui, row.name)), {.em = 15, .color = text, .bold = alarm});
    if (bar.bottom() < cell.bottom()) {
      p.fill(bar, c.field, 3);
      if (row.count > 0) {
        const float f = static_cast<float>(static_cast<double>(row.count) / static_cast<double>(scale));
        draw_ledger_bar(ui, Row{bar}.left(std::max(4.f, bar.w * f)), row.fate);
      }
    }
    ring_ledger_total(ui, frame, row.word);
    if (hit.clicked) {
      ui.st.fate_wall = ui.wall;
      ui.emit_text(ActionKind::SelectFate, std::string(row.word));
    }
  }
  if (cut) p.pop_box();
}

void records(Ui& ui, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  const FateCounts* counts = chosen_counts(ui.world.ledger, ui.log);
  if (counts == nullptr) counts = &ui.world.ledger.all;
  const LedgerView view = build_ledger_view(*counts);
  const LedgerRow* chosen = nullptr;
  for (const auto* rows : {&view.told, &view.came}) {
    for (const LedgerRow& row : *rows) {
      if (row.word == ui.log.fate) chosen = &row;
    }
  }
  Column in{r};
  Row head{in.next({30, 18}), 8};
  if (chosen == nullptr) {
    p.text(head.rest, ui.tr("ui.click_fate"_w), {.em = 13, .color = c.muted});
    return;
  }
  const std::string title =
      counts == &ui.world.ledger.all
          ? ui.tr("ui.fate_list"_w, {{"fate", ui.tr(chosen->name)}, {"count", count_text(chosen->count)}})
          : ui.tr("ui.fate_list_of"_w, {{"fate", ui.tr(chosen->name)},
                                        {"client", ui.log.fate_group.empty() ? ui.log.fate_client : ui.log.fate_group},
                                        {"count", count_text(chosen->count)}});
  if (chosen->count > 0) head.right(why_button(ui, r.right(), r.y, ui.log.fate_path()));
  const bool bad = chosen->bad && chosen->count > 0;
  const TextStyle style{.em = 15, .color = bad ? c.danger : c.primary, .bold = true, .foreign = true};
  p.text(head.rest, last_parts(title, head.rest.w, [&](std::string_view part) { return p.width(part, style); }), style);
  in.last(2);
  const Rect body = in.rest;
  const float row_h = 48;
  scroll(ui, body, row_h * static_cast<float>(ui.log.fate_records.size()), ui.st.ledger_scroll);
  p.push_box(body, "records", true);
  const auto first = static_cast<std::size_t>(std::max(0.f, ui.st.ledger_scroll / row_h));
  Column rows{body, 4};
  rows.skip(static_cast<float>(first) * row_h - ui.st.ledger_scroll);
  for (std::size_t i = first; i < ui.log.fate_records.size(); ++i) {
    const RecordLine& line = ui.log.fate_records[i];
    const Rect row = rows.next(row_h - rows.gap);
    if (row.y > body.bottom()) break;
    if (!p.in_sight(row)) continue;
    const Hit hit = ui.hit(make_id("record", i), row);
    p.fill(row, hit.hovered ? c.hover : c.raised, 5);
    Row parts{row.padded(10), 14};
    const Rect cell = parts.left(24).middle(22), strike = cell.padded(-2), crossed = cell.padded(3, 3);
    if (line.fate == "lost_acked" || line.fate == "lost_unacked") {
      p.dashed(cell, c.strong, 1, 3, 2, 2);
      p.line(strike.x, cell.cy(), strike.right(), cell.cy(), c.danger, 2.5f);
    } else {
      p.fill(cell, c.cell_neutral, 2);
      if (line.fate == "aborted") {  // as in the strips
        p.line(crossed.x, crossed.bottom(), crossed.right(), crossed.y, c.on_bright, 1.5f);
        p.line(crossed.x, crossed.y, crossed.right(), crossed.bottom(), c.on_bright, 1.5f);
      }
    }
    Column lines{parts.rest};
    Row upper{lines.next({24, 19}), 16};
    const Line lower = lines.next({20, 13});
    p.text(upper, line.client + " " + std::to_string(line.number),
           {.em = 15, .bold = true, .max = row.w * .4f, .foreign = true});
    const std::string place =
        line.offset < 0 ? ui.tr("ui.not_in_log"_w, {{"partition", line.partition}})
        : line.key.empty()
            ? ui.tr("ui.no_key_at"_w, {{"partition", line.partition}, {"offset", std::to_string(line.offset)}})
            : ui.tr("ui.key_at"_w,
                    {{"key", line.key}, {"partition", line.partition}, {"offset", std::to_string(line.offset)}});
    // If the record's place does not fit beside the name but the explanation does, the two are swapped.
    const std::string& words = ui.pick(line.words);
    const auto fits = [&](const std::string& text, const Rect& there) { return p.width(text, {.em = 13}) <= there.w; };
    const bool swap = !fits(place, upper.rest) && fits(place, lower) && fits(words, upper.rest);
    const Color faint = hit.hovered ? c.primary : c.secondary;
    p.text(upper.rest, swap ? words : place, {.em = 13, .color = c.secondary, .foreign = true});
    p.text(lower, swap ? place : words, {.em = 13, .color = faint, .foreign = true});
    if (hit.clicked) {
      Action a;
      a.kind = line.offset < 0 ? ActionKind::SelectSent : ActionKind::SelectRecord;
      a.target = line.offset < 0 ? line.client : line.partition;
      a.number = line.offset < 0 ? line.number : line.offset;
      ui.st.drawer = true;  // for layouts that do not always show the inspector
      ui.emit(std::move(a));
    }
  }
  p.pop_box();
  scroll_bar(ui, body, row_h * static_cast<float>(ui.log.fate_records.size()), ui.st.ledger_scroll);
}

}  // namespace

void draw_ledger_panel(Ui& ui, const Rect& r) {
  Painter& p = ui.p;
  const Palette& c = ui.c;
  p.fill(r, c.canvas);
  ui.hit(make_id("ledger"), r);
  note_red_count(ui);
  p.push_box(r, "ledger");
  // A low panel omits the blocks' titles and reduces the type size; the row pitch is never less than the type size.
  const bool low = r.h < 210;
  const float em = low         ? 13.f
                   : r.h > 340 ? 18.f
                               : 15.f,
              head = low ? em * 2.9f + 26 : em * 1.45f + std::max(13.f, em - 4) * 4.85f + 18;
  const Rect rule = r.padded(0, 12);
  // The list of records has its place before a count is chosen, so that a click does not move the counts. It leaves
  // the columns the room that their heads need.
  constexpr float kNames = 160, kListSides = 32, kLeastList = 280, kTableSides = 48;
  const auto& sinks = ui.world.ledger.sinks;
  const float list_w = std::clamp(sinks.empty() ? 0 : sinks_width(ui, sinks, em) + em + em + kListSides,
                                  std::min(420.f, r.w * .38f), r.w * .5f);
  const auto most = static_cast<std::size_t>(std::clamp((r.w - list_w - kNames) / (em * 6), 5.f, 8.f));
  LedgerTable table =
      build_ledger_table(ui.world, most, static_cast<std::size_t>(std::max(2.f, (r.h - head) / (em * 1.3f))), false,
                         counts_pointed_at(ui));
  if (!table.columns.empty()) {
    const float least = sinks.empty() ? std::min(kLeastList, list_w) : list_w;
    Row parts{r.padded(kTableSides / 2, 8), kListSides};
    const Rect list =
        parts.right(std::clamp(r.w - kTableSides - ledger_table_width(ui, table, em, low), least, list_w) - parts.gap);
    const float between = list.x - parts.gap / 2;
    if (ui.log.fate.empty() && !sinks.empty()) {  // the sinks have the list's place until a count is chosen
      draw_sinks(ui, list, sinks, em);
    } else {
      p.line(between, rule.y, between, rule.bottom(), c.hair);
      records(ui, list);
    }
    table.sinks.clear();
    parts.rest.h += 2;
    draw_ledger_table(ui, parts.rest, table, em, low);
    p.pop_box();
    return;
  }
  const LedgerView view = build_ledger_view(ui.world.ledger.all);
  const bool tall = r.h > 340;
  Column in{r.padded(24, 8)};
  if (tall) {
    const Line head = in.next({32, 20});
    p.text(head, ui.tr("ui.ledger"_w), {.em = 18, .bold = true});
    p.text(head, ui.tr("ui.every_record"_w), {.em = 13, .color = c.muted, .align = Align::Right});
  }
  if (tall && r.w < 1000) {
    block(ui, in.next(190), "ui.producer_told"_w, view.told, view.scale);
    in.skip(10);
    block(ui, in.next(260), "ui.what_came"_w, view.came, view.scale);
  } else {
    const auto [told, gap, came, between, list] = in_row(
        in.rest, {fixed(r.w * .22f - 24), fixed(40), fixed(r.w * (tall ? .3f : .42f) - 40), fixed(48), weight()});
    const float content =
        kBlockHead.height + std::max(counts_height(ui, told, view.told), counts_height(ui, came, view.came));
    const Rect counts{r.x, told.y, between.cx() - r.x, told.h};
    scroll(ui, counts, content, ui.st.groups_scroll);
    block(ui, told, "ui.producer_told"_w, view.told, view.scale, ui.st.groups_scroll);
    block(ui, came, "ui.what_came"_w, view.came, view.scale, ui.st.groups_scroll);
    scroll_bar(ui, counts, content, ui.st.groups_scroll);
    p.line(between.cx(), rule.y, between.cx(), rule.bottom(), c.hair);
    records(ui, list);
  }
  p.pop_box();
}

}  // namespace kafkascope::ui
