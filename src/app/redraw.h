// Decides when the window builds a frame and when it draws one: after input and after changes only. Independent of any window.
#pragma once
#include <cstdint>

namespace kafkascope::app {

class Redraw {
 public:
  static constexpr double kNap = 0.25;        // seconds: the longest wait for a change without input
  static constexpr double kFrame = 1.0 / 60;  // seconds: the pace of frames that show nothing new

  /// Seconds to wait for input before the next frame; 0: takes only the input that has already arrived. `idle`: nothing
  /// moves.
  double wait(bool idle) {
    if (!idle) awake_ = kAwake;
    napping_ = awake_ <= 0;
    return napping_ ? kNap : same_ ? kFrame : 0;
  }
  /// Call after the wait. `timed_out`: no input arrived.
  void woke(bool timed_out) {
    by_input_ = !timed_out;
    awake_ = napping_ && !timed_out ? kAwake : napping_ ? 0 : awake_ - 1;
  }
  /// The window's picture was lost: it was covered, or the size has changed.
  void forget() { shown_ = 0; }
  /// This frame lacks something that the next one will have, so it is not shown and the next one follows immediately.
  void incomplete() {
    same_ = false;
    if (awake_ <= 0) awake_ = 1;
  }
  /// Whether to draw a frame with that picture (drawn.h).
  bool draws(std::uint64_t picture) {
    same_ = picture == shown_;
    // A change without input, such as a notice that ends: one more frame shows whether something has begun to move.
    if (!same_ && napping_ && !by_input_) awake_ = 1;
    else if (!same_ && last_moved_) awake_ = kAwake;
    last_moved_ = !same_;
    return !same_;
  }
  /// The frame has been drawn: the window now shows this picture.
  void shown(std::uint64_t picture) { shown_ = picture; }

 private:
  static constexpr int kAwake = 8;  // frames after input: whatever the input opens may need several frames to settle

  int awake_ = kAwake;
  bool napping_ = false, by_input_ = true, same_ = false, last_moved_ = false;
  std::uint64_t shown_ = 0;
};

}  // namespace kafkascope::app
