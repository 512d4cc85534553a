// The description of the command line as a manual page and as shell completions.
#pragma once
#include <CLI/CLI.hpp>
#include <string>

namespace kafkascope::cli {

/// form: man, bash, zsh or fish; empty for any other form.
std::string described(const CLI::App& app, const std::string& form);

}  // namespace kafkascope::cli
