// The state that the program keeps while someone works, so that it is there again after a crash, or after a reload of a page: the file,
// and each run with its acts. Only this program reads this JSON; a session to pass on is a scenario (Runs::saved_session).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ui/models.h"

namespace kafkascope::app {

/// Most runs in a link: a run, its parent, and the parent's parent.
inline constexpr std::size_t kMostLinkedRuns = 3;
inline constexpr std::size_t kMostLinkedDocument = std::size_t{1} << 20;  // bytes; each run reads it

struct KeptAct {
  std::int64_t at_us = 0;
  std::string step;            // a step of a file, without its time
  bool leaves_script = false;  // the act starts a detour
};

struct KeptRun {
  int id = 0;
  ui::RunKind kind = ui::RunKind::Script;
  int parent = -1, origin = -1;  // ids; see Run
  bool setting = false, free = false, past_end = false;
  ui::Words name;
  std::int64_t from_us = 0, stood_at_us = 0;
  std::string variant = "base";
  std::vector<std::pair<std::string, std::string>> set;
  std::vector<int> without;   // see scenario::LoadOptions
  std::vector<KeptAct> acts;  // including acts after the run's present moment
};

struct KeptSession {
  std::string file;           // its name or path
  ui::Words title;            // the page's title for the session
  std::string document;       // the file's text
  std::vector<KeptRun> runs;  // the last one is the shown one
};

/// How many acts all runs hold.
std::size_t acts_in(const KeptSession& kept);
std::string kept_text(const KeptSession& kept);
/// Whether the text is meant to hold kept runs, valid or not.
bool holds_runs_text(std::string_view text);
/// nullopt: the text is not valid.
std::optional<KeptSession> read_kept(std::string_view text);

}  // namespace kafkascope::app
