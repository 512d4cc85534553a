#include "ui/panels/strip_key.h"

#include <optional>

namespace kafkascope::ui {

using namespace observe;

namespace {

/// The meaning of the marks, from the right end of a line: samples, each before its words. Without a row they are only
/// measured.
struct StripKey {
  static constexpr float kSample = 22, kToWords = 8, kGap = 22, kWide = 44, kClose = 12;
  Ui& ui;
  std::optional<Row> row = {};
  float between = kWide;  // cells
  float wide = 0;         // all of them together
  bool room = true;       // false after the first sample that did not fit: no other one follows

  /// The sample's place; empty: it is not wanted, or there is no room.
  Rect sample(bool wanted, words::Key words, float sample_w = kSample, float gap = kGap) {
    if (!wanted) return {};
    const TextStyle style{.em = 13, .color = ui.c.secondary, .align = Align::Right};
    const float needs = ui.p.width(ui.tr(words), style) + kToWords + sample_w;
    wide += needs + gap;
    room = room && row && needs <= row->rest.w;
    if (!room) return {};
    row->gap = kToWords;
    ui.p.text(*row, ui.tr(words), style);
    row->gap = gap;
    const Rect at = row->right(sample_w);
    note_legend(ui, {at.x, at.y, needs, at.h});
    return at;
  }
  void cell(bool wanted, words::Key words, CellKind kind) {
    const Rect at = sample(wanted, words, kSample, between);
    if (at.empty()) return;
    StripCell cell;
    cell.kind = kind;
    cell.made_good = words == "ui.key_copied_again"_w;
    cell.copy = words == "ui.key_again"_w ? 2 : 0;
    draw_cell(ui, at, cell, false, {});
    if (words == "ui.key_unflushed"_w) dot_unflushed(ui.p, at, kind, false);
  }
  /// A record of a transaction with its bar, or a marker.
  void record(bool wanted, words::Key words, char state, bool control = false) {
    const Rect at = sample(wanted, words);
    if (at.empty()) return;
    StripCell cell;
    cell.transaction = state;
    cell.control = control;
    Column place{at.padded(0, -2)};
    ui.p.note(place.rest, "key of transactions");
    draw_cell(ui, place.next(18), cell, false, {});
    if (!control) draw_transaction_bar(ui, place.last(5), state);
  }
  void share(bool wanted, ShareState state) {
    if (const Rect at = sample(wanted, share_word(state)); !at.empty()) draw_share_cell(ui, at, state, 1, 13);
  }
  void deliveries(int count) {
    const Rect at = sample(count > 1, "ui.key_deliveries"_w);
    if (!at.empty()) draw_share_cell(ui, at, ShareState::Available, count, 13);
  }
};

/// Only the visible marks.
void strip_key(StripKey& key, const StripMarks& marks) {
  Ui& ui = key.ui;
  Painter& p = ui.p;
  // Records that are gone come first. "Committed" would be ambiguous beside aborted records, so the marks of
  // transactions precede it.
  const bool transactions = marks.transactions();
  key.cell(marks.lost, "ui.key_lost"_w, CellKind::Lost);
  key.cell(marks.copied_again, "ui.key_copied_again"_w, CellKind::Lost);
  key.cell(marks.deleted, "ui.key_deleted"_w, CellKind::Deleted);
  key.cell(marks.skipped, "ui.key_skipped"_w, CellKind::Skipped);
  key.cell(marks.again, "ui.key_again"_w, CellKind::Committed);
  key.record(marks.open, "ui.key_open"_w, 'o');
  key.record(marks.aborted, "ui.key_aborted"_w, 'a');
  key.record(marks.committed, "ui.key_bar"_w, 'c');
  key.record(marks.abort_marker, "ui.key_abort_marker"_w, 'a', true);
  key.record(marks.commit_marker, "ui.key_commit_marker"_w, 'c', true);
  if (const Rect at = key.sample(transactions && marks.held, "ui.key_held"_w); !at.empty())
    p.fill(Column{at.padded(0, 4)}.next(4), ui.c.lso, 1);
  // Nothing else tells what the small triangles are.
  constexpr float kSmall = 12;
  if (const Rect at = key.sample(marks.own_watermark, "ui.key_own_hw"_w, kSmall).middle(10); !at.empty())
    p.triangle({at.cx(), at.y}, {at.right(), at.bottom()}, {at.x, at.bottom()}, ui.c.hw);
  // Of a share group's records the locked ones are hatched, too.
  const bool shares = marks.locked || marks.acknowledged || marks.archived;
  key.cell(marks.above || !(transactions || shares), "ui.key_hatched"_w, CellKind::Above);
  key.cell(true, transactions ? "ui.key_filled_hw"_w : "ui.key_filled"_w, CellKind::Committed);
  key.cell(marks.apart, "ui.not_the_leaders"_w, CellKind::Apart);
  key.cell(marks.struck, "ui.key_struck"_w, CellKind::Struck);
  key.deliveries(marks.deliveries);
  key.share(marks.locked, ShareState::Acquired);
  key.share(marks.acknowledged, ShareState::Acknowledged);
  key.share(marks.archived, ShareState::Archived);
  key.cell(marks.gap, "ui.key_gap"_w, CellKind::Gap);
  if (const Rect at = key.sample(marks.tombstone, "ui.key_tombstone"_w, kSmall); !at.empty())
    p.icon(Icon::Out, Row{Column{at.padded(0, 4)}.next(13)}.left(13), ui.c.secondary, 1.8f);
  if (const Rect at = key.sample(marks.segments, "ui.key_segment"_w); !at.empty()) {
    const Rect bracket = Column{at.padded(0, 9)}.next(5);
    p.line(at.x, bracket.bottom(), at.right(), bracket.bottom(), ui.c.strong, 1.6f);
    for (const float x : {at.x, at.right()}) p.line(x, bracket.bottom(), x, bracket.y, ui.c.strong, 1.6f);
  }
  key.cell(marks.unflushed, "ui.key_unflushed"_w, CellKind::Committed);
}

float key_width(Ui& ui, const StripMarks& marks, float between = StripKey::kWide) {
  StripKey measure{ui};
  measure.between = between;
  strip_key(measure, marks);
  return measure.wide;
}

}  // namespace

void fitting_key(Ui& ui, const Row& row, const StripMarks& marks) {
  StripKey key{ui, row};
  if (key_width(ui, marks) > row.rest.w) key.between = StripKey::kClose;
  strip_key(key, marks);
}

float close_key_width(Ui& ui, const StripMarks& marks) {
  constexpr float kEdge = 4;
  return key_width(ui, marks, StripKey::kClose) + kEdge - StripKey::kClose;
}

}  // namespace kafkascope::ui
