// One self-contained HTML page of a lesson: both languages, a picture per step, the ledger; opens offline.
#pragma once
#include <functional>
#include <string>

#include "app/player.h"

namespace kafkascope::app {

/// Plays the lesson to its end; opens in that language unless the reader's browser prefers Korean. On failure `error` says why.
std::string lesson_page(Player& player, bool korean, std::string& error);

// The parts of it, for pages that lie beside one another (site.h).

std::string html_escaped(const std::string& text);
/// Style sheet of every page.
const char* page_style();
/// Keeps a picture (a PNG's bytes); returns what the page calls it by.
using KeepPicture = std::function<std::string(const std::string& png)>;
/// A lesson in one language, a <div>. `ahead`: the same run at its end.
std::string lesson_text(Player& player, scenario::Session& ahead, bool korean, const KeepPicture& keep,
                        std::string& error);

}  // namespace kafkascope::app
