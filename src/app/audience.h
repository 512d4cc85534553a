// The window for the audience: it receives the watched run and the position of its playhead, and runs the same run itself. The run is sent
// with its acts and the run that it left (kept_session.h), so both show the same events and words; only what no run contains (votes, the
// language) is sent separately.
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "app/player.h"

namespace kafkascope::app {

/// The leading window's side: produces lines for the following windows.
class AudienceTeller {
 public:
  struct Line {
    std::string text;
    bool needed = false;  // a new session: must not be dropped
  };
  /// The changes since the last call, in order; everything if `anew`.
  std::vector<Line> tell(Player& player, bool korean, bool subtitles, bool anew);

 private:
  std::string run_, now_;
};

/// The following window's side.
class AudienceFollower {
 public:
  /// Processes one line. Unknown lines are ignored.
  void take(const std::string& line);
  /// Null until the first session has arrived.
  Player* player() { return player_.get(); }
  bool korean() const { return korean_; }
  bool subtitles() const { return subtitles_; }
  /// Moves on to the first window's position.
  void tick();
  /// An action of the following window itself: it may look something up, and do nothing that moves or changes the run.
  void act(const ui::Action& a);

 private:
  std::unique_ptr<Player> player_;
  bool korean_ = false, subtitles_ = false;
  std::optional<sim::Instant> to_;
  QuestionState question_;
};

/// `kafkascope --audience`; the exit status.
int show_audience(bool dark);

}  // namespace kafkascope::app
