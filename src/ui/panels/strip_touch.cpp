// The pointer over the log strips: hover cards of records, and a click that opens a record's fate.
#include <algorithm>

#include "observe/words/bytes.h"
#include "ui/panels/strip_parts.h"
#include "ui/stage/cards.h"

namespace kafkascope::ui {

using namespace observe;

namespace {

/// A cell of a record that the leader does not have, or that the replica has no longer.
struct StruckCell {
  std::string broker;  // empty: none is at that place
  bool lost = false;   // with the page cache
};
StruckCell struck_at(const Strip& s, const StripView& view, std::int64_t offset, float y) {
  for (std::size_t i = 0; i < view.rows.size(); ++i) {
    const float top = s.row_y(i), foot = top + s.style.cell_h, next = s.row_y(i + 1);
    if (y < top || y >= next) continue;
    for (const StripCell& cell : y < foot ? view.rows[i].cells : view.rows[i].cut)
      if (cell.offset == offset && (foreign_to_leader(cell) || cell.kind == CellKind::Lost))
        return {"broker-" + std::to_string(view.rows[i].log->broker), cell.kind == CellKind::Lost};
  }
  return {};
}

/// Adds the offset of which the record is a copy, and the offsets of its own copies.
void add_copies(Ui& ui, const Partition& part, std::int64_t offset, Tip& tip) {
  if (const RepeatedRecord* again = repeated_at(part, offset))
    tip.facts.emplace_back(ui.tr("ui.tip_copy_of"_w),
                           again->copy_of < 0
                               ? std::string(ui.tr("ui.tip_copy_gone"_w))
                               : ui.tr("event.offsets_one"_w, {{"offset", std::to_string(again->copy_of)}}));
  for (const RepeatedRecord& record : part.repeated)
    if (record.copy_of == offset)
      tip.facts.emplace_back(ui.tr("ui.tip_again"_w),
                             ui.tr("event.offsets_one"_w, {{"offset", std::to_string(record.offset)}}));
}

/// The hover card of an offset's cells.
void record_tip(const Strip& s, const StripView& view, std::int64_t offset, const Rect& column) {
  Ui& ui = s.ui;
  if (!ui.may_tip()) return;
  std::string have, flushed;
  const StripCell* first = nullptr;
  for (const StripRow& row : view.rows) {
    const auto cell = std::find_if(row.cells.begin(), row.cells.end(),
                                   [&](const StripCell& c) { return c.offset == offset && c.kind != CellKind::Gap; });
    if (cell == row.cells.end()) continue;
    if (first == nullptr || row.log->role == ReplicaRole::Leader) first = &*cell;
    const std::string broker = std::to_string(row.log->broker);
    have += (have.empty() ? "broker-" : ", ") + broker;
    if (cell->flushed) flushed += (flushed.empty() ? "broker-" : ", ") + broker;
  }
  if (first == nullptr) return;
  Tip tip{ui.p.to_window(column),
          ui.tr("ui.tip_offset"_w, {{"partition", s.part.name}, {"offset", std::to_string(offset)}}),
          {},
          ui.tr("ui.tip_fate"_w)};
  if (first->key != nullptr) tip.facts.emplace_back(ui.tr("ui.tip_key"_w), shown(*first->key));
  if (first->value != nullptr) {
    tip.facts.emplace_back(ui.tr("ui.tip_value"_w), shown(*first->value));
    if (is_text(*first->value))
      tip.facts.emplace_back(ui.tr("ui.tip_bytes"_w, {{"count", std::to_string(first->value->size())}}),
                             in_hex(*first->value, 16));
  }
  if (ui.log.looked_at_partition == s.part.name && ui.log.looked_at_offset == offset) {
    for (const RecordField& field : ui.log.looked_at)
      if (field.in_card) tip.facts.emplace_back(ui.pick(field.name), ui.pick(field.value));
  }
  Action look;
  look.kind = ActionKind::LookAtRecord;
  look.target = s.part.name;
  look.number = offset;
  ui.emit(std::move(look));
  tip.facts.emplace_back(ui.tr("ui.epoch_col"_w), epoch_text(first->epoch));
  tip.facts.emplace_back(ui.tr("ui.tip_state"_w),
                         ui.tr(offset < s.part.high_watermark ? "ui.tip_committed"_w : "ui.tip_above"_w));
  if (first->transaction != 0)
    tip.facts.emplace_back(ui.tr("ui.tip_transaction"_w), ui.tr(first->transaction == 'o'   ? "ui.tip_tx_open"_w
                                                                : first->transaction == 'c' ? "ui.tip_tx_committed"_w
                                                                                            : "ui.tip_tx_aborted"_w));
  add_copies(ui, s.part, offset, tip);
  tip.facts.emplace_back(ui.tr("ui.tip_copies"_w), have);
  tip.facts.emplace_back(ui.tr("ui.tip_flushed"_w),
                         flushed.empty() ? std::string(ui.tr("ui.tip_page_cache"_w)) : flushed);
  for (const ShareStrip& share : s.part.shares) {
    const ShareRun* run = share_run_at(share, offset);
    if (run == nullptr) continue;
    std::string words = ui.tr(share_word(run->state));
    if (!run->member.empty()) words += ": " + run->member;
    tip.facts.emplace_back(share.group,
                           words + ", " + ui.tr("ui.share_delivered"_w, {{"count", std::to_string(run->deliveries)}}));
  }
  ui.st.tip = std::move(tip);
}

}  // namespace

void touch_column(const Strip& s, const StripView& view, int index, float rows_end) {
  if (s.plan.width() <= 0) return;
  Ui& ui = s.ui;
  if (!view.rows.empty() && !view.rows.back().cut.empty()) rows_end = std::max(rows_end, s.row_y(view.rows.size()));
  const auto column_of = [&](std::int64_t offset) {
    return Rect{s.gx(offset) - 3, s.rows_top - 4, s.cell_w() + 6, rows_end - s.rows_top + 8};
  };
  // The record whose card is open.
  if (ui.log.record_open && ui.log.record_partition == s.part.name && s.plan.sees(ui.log.record_offset)) {
    ui.p.stroke(column_of(ui.log.record_offset), ui.c.accent, 2, 4);
    ui.p.note(column_of(ui.log.record_offset), "open record");
  }
  const Rect area{s.x0, s.rows_top, s.plan.width(), rows_end - s.rows_top};
  const Hit hit = ui.hit(make_id("strip", static_cast<std::uint64_t>(index)), area);
  if (!hit.hovered) return;
  const Rect w = ui.p.to_window(area);
  const std::int64_t offset = s.plan.at((ui.in.x - w.x) / (w.w / area.w));
  if (offset < 0) return;
  const Rect column = column_of(offset);
  ui.p.stroke(column, ui.c.accent, 2, 4);
  const StruckCell struck = struck_at(s, view, offset, area.y + (ui.in.y - w.y) / (w.h / area.h));
  if (struck.broker.empty()) {
    record_tip(s, view, offset, column);
  } else if (ui.may_tip()) {
    ui.st.tip = {ui.p.to_window(column),
                 ui.tr("ui.tip_offset"_w, {{"partition", s.part.name}, {"offset", std::to_string(offset)}}),
                 {{struck.broker, ui.tr(struck.lost ? "ui.tip_lost"_w : "ui.tip_struck"_w)}},
                 ui.tr("ui.tip_fate"_w)};
  }
  if (hit.clicked) {
    if (!ui.is_selected(s.part.name)) ui.select(s.part.name);
    Action a;
    a.kind = ActionKind::SelectRecord;
    a.target = s.part.name;
    a.number = offset;
    a.other = struck.broker;
    ui.emit(std::move(a));
    if (ui.st.layout == Layout::Workbench) ui.st.drawer = true;  // for a window that does not always show the inspector
  }
  if (hit.right_clicked) ui.st.menu = {true, ui.in.x, ui.in.y, s.part.name, {}, offset};
}

void touch_flags(const Strip& s, int index, const FlagPlates& plates) {
  Ui& ui = s.ui;
  const auto touch = [&](const char* region, const Rect& plate, words::Key name, std::int64_t offset,
                         const char* path) {
    if (plate.empty()) return;
    why_spot(ui, make_id(region, static_cast<std::uint64_t>(index)), plate, {2, 3, 2},
             ui.tr(name) + (" " + std::to_string(offset)), "/partitions/" + s.part.name + path);
  };
  touch("watermark flag", plates.watermark, "ui.high_watermark"_w, s.part.high_watermark, "/high_watermark");
  touch("stable flag", plates.stable, "ui.last_stable"_w, s.part.last_stable_offset, "/last_stable_offset");
}

}  // namespace kafkascope::ui
