// Opens a player and its window from the command line, or from a page's address.
#pragma once
#include <filesystem>
#include <memory>
#include <optional>

#include "app/cli/options.h"
#include "app/link.h"
#include "app/player.h"

namespace kafkascope::app {

/// The path of the kept session (kept_session.h): in a page /kept/mine.json, else among the program's settings.
std::string kept_file();
/// Whether it is that file, or one of those in which earlier work waits (kept_files.h).
bool is_kept(const std::string& file);
/// The path, among the program's settings, for a scenario that a link contains.
std::filesystem::path file_from_link();
/// The file that a link leads to. nullopt: `problem` says why.
std::optional<std::string> file_of(const Link& link, ui::Words& problem);

/// The scenario of the options with its text, ready to be watched; null, and a message, on failure.
std::unique_ptr<Player> open_player(const std::string& file, const cli::Options& o);
/// Whether the file holds runs (kept_session.h) instead of a scenario: a visitor's kept work, or a link to a detour.
bool holds_runs(const std::string& file);
/// Opens such a file, each run at its beginning; null: `problem` says why.
std::unique_ptr<Player> open_runs(const std::string& file, ui::Words& problem);
/// Shows the window for that file or link, or else the first lesson; returns the exit status.
int dashboard(const cli::Options& o);

}  // namespace kafkascope::app
