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
/// What a page kept of this visitor's work (kKeptFile), each run at its beginning; null: that file is another, or does not read.
std::unique_ptr<Player> open_kept(const std::string& file);
/// The window of that file, link or, when there is none, the first lesson; the exit status.
int dashboard(const cli::Options& o);

}  // namespace kafkascope::app
