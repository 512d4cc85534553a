// A row of the palette: its words and its hint are wrapped into lines, not cut, while there is height.
#pragma once
#include <string>
#include <vector>

#include "ui/panels/palette_items.h"
#include "ui/ui.h"

namespace kafkascope::ui {

inline constexpr float kPaletteRow = 36, kPaletteKind = 72, kPaletteKey = 66;

/// How a row of the palette is laid out: words and hint beside one another, or, where they would be cut, in lines.
struct PaletteRow {
  std::string note;
  std::vector<std::string> words,
      hint;          // lines; words empty: one line with the match in bold; hint empty: beside the words
  bool cut = false;  // there is no height left for lines: the pointer shows the whole text
  float h = kPaletteRow;
};

/// `spare`: the height that all rows together may still add.
PaletteRow row_of(const Ui& ui, const PaletteItem& item, float width, float& spare);
/// The item's words with the match in bold, and its hint. `words`: the place of the first line, `base`: its baseline.
void draw_palette_words(Ui& ui, const PaletteItem& item, const PaletteRow& laid, Row words, float base);

}  // namespace kafkascope::ui
