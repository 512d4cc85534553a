// One self-contained HTML page of a lesson: both languages, a picture per step, the ledger; opens offline.
#pragma once
#include <string>

#include "app/player.h"

namespace kafkascope::app {

/// Plays the lesson to its end. On failure `error` says why.
std::string lesson_page(Player& player, std::string& error);

}  // namespace kafkascope::app
