// When the window builds a frame, and when it draws it: after input and when something changes, and not otherwise. It knows no window.
#pragma once
#include <cstdint>

namespace kafkascope::app {

class Redraw {
 public:
  static constexpr double kNap = 0.25;        // seconds: how long a change that comes without input may wait
  static constexpr double kFrame = 1.0 / 60;  // between frames that show nothing new, for which no screen is waited for

  /// Seconds to wait for input before the next frame; 0: only input that is there already is taken. `idle`: nothing moves.
  double wait(bool idle) {
    if (!idle) awake_ = kAwake;
    napping_ = awake_ <= 0;
    return napping_ ? kNap : same_ ? kFrame : 0;
  }
  /// After the wait. `timed_out`: no input came.
  void woke(bool timed_out) {
    by_input_ = !timed_out;
    awake_ = napping_ && !timed_out ? kAwake : napping_ ? 0 : awake_ - 1;
  }
  /// What the window shows is gone: it was covered, or its size is another one.
  void forget() { shown_ = 0; }
  /// This frame is not shown, because the next one has what it lacks: that one comes at once.
  void incomplete() {
    same_ = false;
    if (awake_ <= 0) awake_ = 1;
  }
  /// Whether a frame with that picture (drawn.h) is to be drawn.
  bool draws(std::uint64_t picture) {
    same_ = picture == shown_;
    // A change without input, such as a caret: one more frame tells whether something has begun to move.
    if (!same_ && napping_ && !by_input_) awake_ = 1;
    else if (!same_ && last_moved_) awake_ = kAwake;
    last_moved_ = !same_;
    return !same_;
  }
  /// It has been drawn, and is what the window shows from now on.
  void shown(std::uint64_t picture) { shown_ = picture; }

 private:
  static constexpr int kAwake = 8;  // frames after input: what it opens may take some to settle

  int awake_ = kAwake;
  bool napping_ = false, by_input_ = true, same_ = false, last_moved_ = false;
  std::uint64_t shown_ = 0;
};

}  // namespace kafkascope::app
