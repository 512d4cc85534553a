// Writes a session back into a scenario file: the same world, with a person's acts as steps.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cluster/command.h"
#include "scenario/node.h"
#include "scenario/scenario.h"

namespace kafkascope::scenario {

/// What a session adds to the file it began with.
struct SavedSession {
  std::string variant = "base";                          // the variant that ran; its values are written into the file
  std::vector<std::pair<std::string, std::string>> set;  // --set PATH=VALUE
  std::vector<std::pair<sim::Instant, cluster::Command>> acts;  // by hand, in order
  std::optional<std::uint64_t> seed;
  std::optional<sim::Instant> until;  // the session ends exactly there; nullopt: at the file's end
  /// For a session that left its script or continued after its end: which of Scenario::steps happened, and when. The
  /// other steps are left out, and so are the script's expectations.
  std::optional<std::vector<std::optional<sim::Instant>>> happened;
  /// Other things that were tried, each from the unchanged script: offered as changes to `try`, one click each.
  struct Detour {
    Text name;
    std::vector<std::pair<sim::Instant, cluster::Command>> acts;
    bool leaves_script = false;  // nothing of the script followed
  };
  std::vector<Detour> detours;
  /// A file for a person's own use: its id and title say that it is a session, and no schema is expected beside it.
  bool as_file = false;
};

/// The text of a file that replays the session; it loads without problems if the original does. Acts are appended as
/// `at` steps, so that chains of `when` and `after` stay unchanged; steps and expectations of other variants are left
/// out. nullopt if `original` is not a JSON object.
std::optional<std::string> to_json(std::string_view original, const SavedSession& session);

/// `do` and its fields, as a step without a time.
Node command_node(const cluster::Command& command);

/// Stable layout: two spaces, keys in the order of the file, everything that fits into 120 columns on one line; ends
/// with a newline.
std::string pretty(const Node& node);

}  // namespace kafkascope::scenario
