// The loaded file and its runs: the one shown, and those that are kept to return to.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "app/bounds.h"
#include "app/kept_session.h"
#include "app/run.h"
#include "scenario/load.h"

namespace kafkascope::app {

class Runs {
 public:
  /// `file`: its name, for saved sessions and links; `document`: its text, to write the session back into; `options`:
  /// how it was loaded.
  Runs(ScenarioPtr scenario, std::string file, std::string document, scenario::LoadOptions options);

  Run shown;
  std::vector<Run> kept;
  std::optional<int> twin;  // the id of the kept run that is shown beside the shown one

  const std::string& file() const { return file_; }
  const std::string& document() const { return document_; }
  const scenario::LoadOptions& options() const { return options_; }
  /// Increases with every change; models are rebuilt after an increase.
  std::uint64_t revision() const { return revision_; }
  void change() { ++revision_; }
  /// The shown run has moved or changed.
  void follow();
  int new_id() { return next_id_++; }
  /// A kept run; null if none has that id.
  Run* find(int id);
  const Run* find(int id) const { return const_cast<Runs*>(this)->find(id); }
  Run* beside() { return twin ? find(*twin) : nullptr; }
  const Run* beside() const { return twin ? find(*twin) : nullptr; }
  /// Keeps one more run; if there are too many, drops the oldest run that has no children. `parent`: of the run shown
  /// next.
  void keep(Run run, int parent);
  /// The run's name; runs with equal descriptions are numbered.
  ui::Words name_of(const Run& run) const;
  /// The run to compare the shown one with: the one beside it, else its origin, else the last run that came from it.
  /// Null: there is none.
  const Run* counterpart() const;

  /// A key that changes whenever saved_session() does: when another run is shown or an act is done.
  std::string key() const;
  /// Whether the user did something by hand, in the shown run or in a kept one.
  bool acted() const;
  /// Whether the shown run or a kept one differs from the file (Run::is_own).
  bool any_own() const;

  /// The shown run as a scenario file that reproduces it, with its hash.
  /// as_file: for the user's folder, with a name of its own.
  std::string saved_session(bool as_file = false) const;
  /// All runs with their acts, for take_back() (kept_session.h).
  KeptSession kept_session() const;
  /// The shown run and its ancestors, for a link: `file` is the lesson's id, or empty for a user's own file.
  KeptSession linked_session(bool bundled) const;
  /// Replaces the kept runs with the session's, each at its beginning, and returns the session's shown run. nullopt,
  /// and nothing changes, if a run is invalid for the file, or exceeds the bounds.
  std::optional<Run> take_back(const KeptSession& session, const Bounds& bounds, ui::Words* too_large_words);

 private:
  std::string file_, document_;
  scenario::LoadOptions options_;  // how the first run was loaded
  int next_id_ = 1;
  std::uint64_t revision_ = 1;
};

}  // namespace kafkascope::app
