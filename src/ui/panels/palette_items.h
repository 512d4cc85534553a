// What the command palette finds: acts, nodes, partitions, moments, steps. Pure.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "ui/panels/menu_items.h"

namespace kafkascope::ui {

struct PaletteItem {
  std::string words;
  words::Key kind = "ui.palette_do"_w;
  Icon icon = Icon::Right;
  std::string key;
  Action action;
  MenuItem deed{};  // own 10: an act of a menu
  int own =
      0;  // an act of the dashboard itself: 1 language, 2 theme, 3 layout, 4 help, 5 go to, 6 runs, 7 nothing (a term), 8 lessons, 9 the ZooKeeper box, 10 of a menu, 11 the legend of the cards, 12 the lesson's variants
  std::string note;   // small, behind the words: what a term means
  std::string also;   // found by these too, after those that match in their words
  bool there = true;  // false: not there yet
  std::size_t match_at = 0, match_len = 0;
  std::string low_words, low_also;  // as they are looked up
};

/// In small letters, as far as they are English.
std::string lower(std::string_view s);
/// All there is to find, in the language in force. Much, in a big cluster: made when the palette opens, and now and then while time runs.
std::vector<PaletteItem> palette_items(const Ui& ui);
/// Every word of the query must occur; the best matches first (whole prefix, then early).
std::vector<PaletteItem> find_palette_items(const std::vector<PaletteItem>& all, const std::string& query,
                                            std::size_t limit);

}  // namespace kafkascope::ui
