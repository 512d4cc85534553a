// Reading scenario files for the commands.
#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/cli/bundled.h"
#include "app/cli/language.h"
#include "app/cli/options.h"
#include "app/cli/output_file.h"
#include "scenario/load.h"
#include "words/message.h"

namespace kafkascope::cli {

/// From now on errors refer to links and the list of lessons, not to options.
void stand_in_page();
bool in_page();
using ScenarioPtr = std::shared_ptr<const scenario::Scenario>;

/// The text of the file; nullopt, and a message on standard error, if it cannot be read.
std::optional<std::string> read_file(const std::string& file);
/// The scenario that the options request. Problems go to standard output for `check`, whose result they are; other
/// commands print them, and warnings, on standard error. Null if there is an error.
ScenarioPtr load_one(const std::string& file, const Options& o, const std::string& variant,
                     std::optional<std::uint64_t> seed = {});
/// The variants that the options request: one, or all of the file ("base" if there are none); empty: standard error
/// says what is wrong.
std::vector<std::string> variants_of(const std::string& file, const Options& o);
/// Prints at most 100 problems, then a count. Returns whether the file is usable.
/// A problem of an option names the option instead of the file.
bool print_problems(const scenario::Loaded& loaded, const std::string& file, std::ostream& out, const Options& o = {});

/// Parses "12.3s" or "00:12.300"; nullopt, and a message on standard error, if it is not a moment.
std::optional<sim::Instant> moment(const std::string& text, const char* option);
/// Whether the moment is more than an hour after the end of the run.
bool is_too_far(const scenario::Scenario& s, sim::Instant at);
/// Whether the run can go to that moment. After the end of the file's run the cluster continues without steps, and a
/// message on standard error says so. More than an hour after the end is an error: the computation would take hours,
/// and the file says nothing about that time.
bool can_go_to(const scenario::Scenario& s, sim::Instant at);

const std::string& in(const Options& o, const scenario::Text& text);

}  // namespace kafkascope::cli
