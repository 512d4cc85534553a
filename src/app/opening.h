// From the command line, or a page's address, to a player and its window.
#pragma once
#include <filesystem>
#include <memory>
#include <optional>

#include "app/cli/options.h"
#include "app/link.h"
#include "app/player.h"

namespace kafkascope::app {

/// Where a scenario that is in a link itself is written, among the program's settings.
std::filesystem::path file_from_link();
/// The file that a link leads to. Nothing: `problem` says why.
std::optional<std::string> file_of(const Link& link, ui::Words& problem);

/// The scenario of the options with its text, ready to be watched; null (and a message) if it can't be.
std::unique_ptr<Player> open_player(const std::string& file, const cli::Options& o);
/// The file holds runs (kept_session.h), not a scenario: what a page kept of this visitor's work, or a link to a detour.
bool holds_runs(const std::string& file);
/// Such a file, each run at its beginning; null: `problem` says why.
std::unique_ptr<Player> open_runs(const std::string& file, ui::Words& problem);
/// The window of that file, link or, when there is none, the first lesson; the exit status.
int dashboard(const cli::Options& o);

}  // namespace kafkascope::app
