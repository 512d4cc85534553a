// Builds the space-time diagram's data from the recorded run.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "observe/model/snapshot.h"
#include "scenario/session.h"
#include "ui/models.h"
#include "ui/space_time.h"

namespace kafkascope::app {

class SpaceTimeBuilder {
 public:
  struct Wish {
    std::int64_t end_us = -1;          // -1: the session's moment
    std::vector<std::string> hide;     // the lesson's view.hide
    std::vector<ui::ChainLink> chain;  // messages of this chain are included, however old they are
  };
  /// `present`: of the session's moment.
  ui::SpaceTime build(const scenario::Session& session, const observe::Snapshot& present, const Wish& wish);
  /// The past was changed: the trace is read again from the start.
  void restart() { *this = {}; }

 private:
  struct Mark {
    std::uint64_t line = 0;
    std::int64_t at_us = 0;
    ui::LifeMarkKind kind = ui::LifeMarkKind::Other;
  };
  void follow(const scenario::Session& session);
  void take(const sim::TraceLine& line, const scenario::Session& session);

  std::uint64_t seen_ = 0;  // seq of the last processed line
  std::vector<Mark> marks_;
  std::vector<ui::Lifeline> lives_;
};

/// The moment that the dashboard shows in the diagram, if it shows one: requested again in every frame.
class SpaceTimeLook {
 public:
  /// -1: the present.
  void ask(std::int64_t end_us) { asked_ = end_us; }
  void next_frame() { shown_ = std::exchange(asked_, std::nullopt); }
  std::optional<std::int64_t> end_us() const { return asked_ ? asked_ : shown_; }
  /// Whether the diagram of that revision has not been built yet; marks it as built.
  bool is_new(std::uint64_t revision) {
    const auto now = std::pair(revision, end_us().value_or(-1));
    return std::exchange(built_, now) != now;
  }

 private:
  std::optional<std::int64_t> asked_, shown_;  // in this frame, in the previous one
  std::pair<std::uint64_t, std::int64_t> built_{};
};

}  // namespace kafkascope::app
