// What a page keeps of a visit, so that a reload finds it as it was: the file, and each run with what was done in it. JSON that only this
// program reads; what is handed on is a scenario (Player::saved_session).
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ui/models.h"

namespace kafkascope::app {

/// In a page: where it is written.
inline constexpr const char* kKeptFile = "/kept/mine.json";

/// What a link carries: a run, where it came from, and where that came from.
inline constexpr std::size_t kMostLinkedRuns = 3;
inline constexpr std::size_t kMostLinkedDocument = std::size_t{1} << 20;  // bytes; each run reads it

struct KeptAct {
  std::int64_t at_us = 0;
  std::string step;            // as a file's step, without its time
  bool leaves_script = false;  // a detour begins
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
  std::vector<KeptAct> acts;  // also those that lie ahead of where the run stands
};

struct KeptSession {
  std::string file;           // its name or path
  ui::Words title;            // by which the page offers the session
  std::string document;       // the file's text
  std::vector<KeptRun> runs;  // the last one is shown
};

std::string kept_text(const KeptSession& kept);
/// It is meant as one, whether or not it reads.
bool holds_runs_text(std::string_view text);
/// Nothing: it is none.
std::optional<KeptSession> read_kept(std::string_view text);

}  // namespace kafkascope::app
