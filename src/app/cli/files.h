// Reading scenario files for the commands, and finding the bundled ones.
#pragma once
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/cli/options.h"
#include "app/cli/output_file.h"
#include "scenario/load.h"

namespace kafkascope::cli {

/// What this process says to people; main chooses it once, before anything is said.
void speak_korean(bool korean);
/// From now on errors speak of links and the list of lessons, not of options.
void stand_in_page();
bool in_page();
bool korean();
/// The one of two texts that is spoken.
const char* tr(const char* en, const char* ko);

using ScenarioPtr = std::shared_ptr<const scenario::Scenario>;

/// Says on standard error what is wrong with the file; false.
bool complain(const std::string& file, const char* en, const char* ko);
/// The message for a name that no file can be found by.
void complain_of_link_circle(const std::string& file);
/// The text of the file; a message on standard error and nothing if it can't be read.
std::optional<std::string> read_file(const std::string& file);
/// The scenario that the options ask for. Problems go to standard output (they are `check`'s result) or, for other
/// commands, to standard error; warnings too. Null if there is an error.
ScenarioPtr load_one(const std::string& file, const Options& o, const std::string& variant,
                     std::optional<std::uint64_t> seed = {});
/// The variants that the options ask for: one, or all of the file ("base" where there are none); empty: standard error says what is wrong.
std::vector<std::string> variants_of(const std::string& file, const Options& o);
/// Prints at most 100 problems, then a count. Returns whether the file is usable.
bool print_problems(const scenario::Loaded& loaded, const std::string& file, std::ostream& out);

/// "12.3s"; a message on standard error and nothing if it is none.
std::optional<sim::Instant> moment(const std::string& text, const char* option);
/// More than an hour after the end of the run.
bool is_too_far(const scenario::Scenario& s, sim::Instant at);
/// Whether that moment can be gone to. Beyond the run that the file describes the cluster is left to itself, which standard error says;
/// more than an hour beyond it is an error: it would be computed for hours, and nothing of it is in the file.
bool can_go_to(const scenario::Scenario& s, sim::Instant at);

/// The folder of the bundled lessons: $KAFKASCOPE_SCENARIOS, beside the program, above it (a build tree), or here.
std::optional<std::filesystem::path> lessons_folder();
/// In the order of scenarios/curriculum.txt; what does not stand there comes last, by name.
std::vector<std::filesystem::path> lesson_files();
/// A bundled lesson by its id ("acks"), track and id ("producer/acks") or path in the sources; anything else, and what is a file, as it is.
std::string lesson_or_file(const std::string& name);
/// The lesson that opens first.
std::optional<std::string> first_lesson();

const std::string& in(const Options& o, const scenario::Text& text);

}  // namespace kafkascope::cli
