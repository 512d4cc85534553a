// One self-contained HTML page of a lesson: both languages, a picture per step, the ledger; opens offline.
#pragma once
#include <string>

#include "app/player.h"

namespace kafkascope::app {

/// Plays the lesson to its end; opens in that language unless the reader's browser prefers Korean. On failure `error` says why.
std::string lesson_page(Player& player, bool korean, std::string& error);

}  // namespace kafkascope::app
