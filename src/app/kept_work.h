// When the file of kept work is written (kept_session.h). What was made in another world stays in it until this one has
// work of its own.
#pragma once
#include <optional>
#include <string>
#include <utility>

#include "app/kept_session.h"
#include "app/runs.h"

namespace kafkascope::app {

class KeptWork {
 public:
  void show_another_world() { *this = KeptWork(); }
  /// The file's new text; empty: the work has been undone; nullopt: the file stays as it is. A page is also kept without
  /// acts, because it may be loaded again at any moment.
  std::optional<std::string> new_text(const Runs& runs, bool page, bool bundled) {
    const bool own = page ? runs.any_own() || !bundled : runs.acted();
    const sim::Instant now = runs.shown.now();
    if (const std::string run = runs.key(); run == run_ && (!own || now == at_)) return std::nullopt;
    else run_ = run;
    at_ = now;
    const bool before = std::exchange(own_, own);
    if (own) return kept_text(runs.kept_session());
    return before ? std::optional<std::string>("") : std::nullopt;
  }

 private:
  std::string run_;
  sim::Instant at_;
  bool own_ = false;
};

}  // namespace kafkascope::app
