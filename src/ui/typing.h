// What is typed, in order, and as much of it per frame as a frame can tell apart. ImGui looks at the state of a key once a frame: one
// that goes down and up while a slow picture is drawn would be lost, and so would what is typed before a field has come. Nothing is.
#pragma once
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "ui/keys.h"

namespace kafkascope::ui {

class Typing {
 public:
  /// A key went down, or is held and repeats.
  void key(const KeyPress& press);
  /// The character that it wrote, or that an input method did.
  void text(unsigned codepoint);
  /// A key went down or up: only modifiers matter.
  void hold(int key, bool down);
  bool ctrl() const { return ctrl_; }
  bool shift() const { return shift_; }
  /// Something waits for the next frame.
  bool waiting() const { return !queue_.empty() || pulsed_ != 0; }

  /// Before ImGui::NewFrame. Where keys go: a text field that was opened has the keyboard a frame or two later.
  enum class Field : std::uint8_t { None, Coming, Here };
  void begin_frame(Field field);
  /// The presses of this frame, for what is no text field.
  std::vector<KeyPress> take() { return std::exchange(now_, {}); }
  /// A field has come: what was typed after it, from the n-th press on, belongs into it.
  void give_back(std::size_t from);

 private:
  struct Typed {
    KeyPress press;     // key 0: written without one
    unsigned text = 0;  // 0: none
  };
  static void set_modifiers(bool ctrl, bool shift);

  std::deque<Typed> queue_;
  std::vector<KeyPress> now_;
  std::vector<Typed> given_;  // what now_ was made of, outside of a field
  int waited_ = 0;            // frames, for a field that was opened
  int pulsed_ = 0;            // ImGui sees this key down for one frame
  bool ctrl_ = false, shift_ = false;
};

}  // namespace kafkascope::ui
