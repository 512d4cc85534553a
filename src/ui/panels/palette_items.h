// The command palette's entries: acts, nodes, partitions, moments, steps. Pure.
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
  MenuItem deed{};  // if own is 10: the menu item
  // An act of the dashboard itself: 1 language, 2 theme, 3 layout, 4 help, 5 go to, 6 runs, 7 the origin of a name, 8
  // lessons, 9 the ZooKeeper box, 10 an item of a menu, 11 the legend of the cards, 12 the lesson's variants, 13 why,
  // 14 the space-time diagram, 15 a larger panel, 16 a smaller one, 17 the designed sizes, 19 subtitles, 20 who leads a
  // partition and who believes what, 21 the terminal, 22 that the node is down already, 23 reduced motion, 24 a panel (0: see
  // `action`).
  int own = 0;
  OriginOf origin{};   // if own is 7
  bool last = false;   // sorted after all other matches
  bool early = false;  // among the first ones as long as nothing is typed
  std::string note;    // small text after the words: the meaning of a term
  std::string alias;   // other phrases for it, a line each: in the other language, or in other words
  std::string also;    // more searched text; matches in it come after the others
  std::string names;   // of a lesson its id and its titles, of an error its exceptions, of the other metadata mode its
                       // names, a line each; a query equal to a line finds the entry first
  bool here = false;   // the open lesson: Enter would start it over, so cards and other hits come before it
  bool acts = false;   // Enter changes the world at once
  std::string object;  // the object of such an act
  bool there = true;   // false: not supported yet
  std::size_t match_at = 0, match_len = 0;
  std::string low_words, low_alias, low_also, low_names;  // in lower case, for the search
};

/// Adds the questions that people ask in words of everyday life.
void add_questions(const Ui& ui, std::vector<PaletteItem>& all);
/// Adds the worlds that can be shown beside this one.
void add_twins(const Ui& ui, std::vector<PaletteItem>& all);
/// Adds the panels that there are.
void add_panels(const Ui& ui, std::vector<PaletteItem>& all);
/// All entries, in the current language. In a big cluster there are many, so they are built when the palette opens, and
/// occasionally while time runs.
std::vector<PaletteItem> palette_items(const Ui& ui);
/// Every word of the query must occur. Best first: words at the beginning of an entry, then at the beginning of one of
/// its words or of another phrase, then elsewhere.
std::vector<PaletteItem> find_palette_items(const std::vector<PaletteItem>& all, const std::string& query,
                                            std::size_t limit);

}  // namespace kafkascope::ui
