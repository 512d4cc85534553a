// The command line as a manual page and as completions of shells, from its own description.
#pragma once
#include <CLI/CLI.hpp>
#include <string>

namespace kafkascope::cli {

/// form: man, bash, zsh or fish; empty for anything else.
std::string described(const CLI::App& app, const std::string& form);

}  // namespace kafkascope::cli
