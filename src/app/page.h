// One self-contained HTML page of a lesson: both languages, a picture per step, the ledger; opens offline.
#pragma once
#include <functional>
#include <string>

#include "app/player.h"

namespace kafkascope::app {

/// Plays the lesson to its end; the page opens in that language unless the reader's browser prefers Korean. Its policy allows only its own
/// style, script and pictures. On failure `error` says why.
std::string lesson_page(Player& player, bool korean, std::string& error);

// Parts of the page, for pages that link to each other (site.h).

std::string html_escaped(const std::string& text);
/// Style sheet of every page.
const char* page_style();
struct Pictures {
  /// Stores a picture (a PNG's bytes); returns the page's reference to it.
  std::function<std::string(const std::string& png)> keep;
  /// With files beside the page: a picture links to its full size, and a section has its milliseconds as id, for links to a moment.
  bool links = false;
};
/// A lesson in one language, a <div>. `ahead`: the same run at its end.
std::string lesson_text(Player& player, scenario::Session& ahead, bool korean, const Pictures& pictures,
                        std::string& error);

}  // namespace kafkascope::app
