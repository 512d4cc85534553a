// Checks of a frame: which words and marks it shows, and that none is cut or overlaps another.
#pragma once
#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "ui/headless.h"

namespace kafkascope::ui {

/// In the current frame.
inline bool shows(Headless& h, std::string_view text) {
  const auto& pieces = h.dashboard.diagnostics().pieces;
  return std::any_of(pieces.begin(), pieces.end(),
                     [&](const auto& piece) { return piece.text.find(text) != std::string::npos; });
}

/// After the picture has settled.
inline bool says(Headless& h, std::string_view text) {
  h.settle();
  return shows(h, text);
}

/// After the picture has settled: the places of drawn marks that have no text (Diagnostics::marks).
inline std::vector<Rect> marks(Headless& h, std::string_view name) {
  h.settle();
  std::vector<Rect> found;
  for (const auto& [rect, what] : h.dashboard.diagnostics().marks)
    if (what == name) found.push_back(rect);
  return found;
}

/// Checks that everything fits, no texts or cards overlap, no words of a line cover anything or stand on another line, no ring is drawn
/// over words, and no list's edge cuts a row.
inline void clean(Headless& h) {
  h.settle();
  for (const std::string& s : h.dashboard.diagnostics().overflows) CHECK_MESSAGE(false, s);
  for (const std::string& s : overlapping_texts(h.dashboard.diagnostics())) CHECK_MESSAGE(false, s);
  for (const std::string& s : overlapping_cards(h.dashboard.diagnostics())) CHECK_MESSAGE(false, s);
  for (const std::string& s : covering_labels(h.dashboard.diagnostics())) CHECK_MESSAGE(false, s);
  for (const std::string& s : words_on_wires(h.dashboard.diagnostics())) CHECK_MESSAGE(false, s);
  for (const std::string& s : words_under_rings(h.dashboard.diagnostics())) CHECK_MESSAGE(false, "under a ring: " << s);
  for (const std::string& s : cut_rows(h.dashboard.diagnostics())) CHECK_MESSAGE(false, "cut row: " << s);
}

}  // namespace kafkascope::ui
