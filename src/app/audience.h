// The window for the audience: it is told which session is watched and where its playhead stands, and runs the same itself. What is told
// is the session as a scenario, so both show the same events; only what no run contains (votes, the language) is told beside it.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "app/player.h"

namespace kafkascope::app {

/// The leading window's side: lines for those who follow.
class AudienceTeller {
 public:
  struct Line {
    std::string text;
    bool needed = false;  // a new session: must not be left out
  };
  /// What has changed since the last call, in order; everything when `anew`.
  std::vector<Line> tell(Player& player, bool korean, bool anew);

 private:
  std::string run_, now_;
};

/// The following window's side.
class AudienceFollower {
 public:
  /// Takes one line in. What it does not understand is left alone.
  void take(const std::string& line);
  /// Null until the first session has come.
  Player* player() { return player_.get(); }
  bool korean() const { return korean_; }
  /// Goes on to where the first window stands.
  void tick();

 private:
  std::unique_ptr<Player> player_;
  bool korean_ = false;
  std::optional<sim::Instant> to_;
  QuestionState question_;
};

/// `kafkascope --audience`; the exit status.
int show_audience(bool dark);

}  // namespace kafkascope::app
