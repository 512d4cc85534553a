#include "ui/panels/palette_row.h"

#include <algorithm>
#include <utility>

namespace kafkascope::ui {

namespace {
constexpr float kBeforeWords = 30, kHintLine = 18, kWordsLine = 20;
}  // namespace

PaletteRow row_of(const Ui& ui, const PaletteItem& item, float width, float& spare) {
  PaletteRow row;
  row.note = item.there ? item.note : std::string(ui.tr("ui.not_there_yet"_w));
  const float room = width - 24 - kPaletteKind - kPaletteKey - kBeforeWords;
  const float words = ui.p.width(item.words, {.em = 15, .bold = true});
  const float all = words + (row.note.empty() ? 0 : 14 + ui.p.width(row.note, {.em = 13}));
  if (all <= room) return row;
  PaletteRow lines = row;
  if (words > room) lines.words = ui.p.wrap(item.words, room, {.em = 15});
  if (!row.note.empty()) lines.hint = ui.p.wrap(row.note, room, {.em = 13});
  lines.h += kHintLine * static_cast<float>(lines.hint.size());
  if (!lines.words.empty()) lines.h += kWordsLine * static_cast<float>(lines.words.size() - 1);
  row.cut = lines.h - row.h > spare;
  if (row.cut) return row;
  spare -= lines.h - row.h;
  return lines;
}

void draw_palette_words(Ui& ui, const PaletteItem& item, const PaletteRow& laid, Row words, float base) {
  Painter& p = ui.p;
  const Color ink = item.there ? ui.c.primary : ui.c.muted;
  const Rect at = words.rest;
  Column lines{{at.x, base - 15, at.w, laid.h}};
  if (laid.words.empty()) {
    words.rest.base = base;
    const std::string before = item.words.substr(0, item.match_at),
                      match = item.words.substr(item.match_at, item.match_len),
                      after = item.words.substr(std::min(item.words.size(), item.match_at + item.match_len));
    for (const auto& [part, bold] : {std::pair(&before, false), std::pair(&match, true), std::pair(&after, false)})
      p.text(words, *part,
             {.em = 15, .color = ink, .bold = bold, .max = std::max(20.f, words.rest.w), .foreign = true});
  }
  if (laid.words.empty()) lines.skip(kWordsLine);
  for (const std::string& line : laid.words)
    p.text(lines.next({kWordsLine, 15}), line, {.em = 15, .color = ink, .foreign = true});
  for (const std::string& line : laid.hint)
    p.text(lines.next({kHintLine, 13}), line, {.em = 13, .color = ui.c.muted, .foreign = true});
  if (!laid.hint.empty() || laid.note.empty() || words.rest.w <= 60) return;
  words.skip(12);
  p.text(words, laid.note, {.em = 13, .color = ui.c.muted, .foreign = true});
}

}  // namespace kafkascope::ui
