// Queues typed input in order, and passes on as much per frame as ImGui can process. ImGui reads a key's state once a frame: a key
// pressed and released during a slow frame would be lost, and so would input typed before a field appears. The queue keeps both.
#pragma once
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "ui/keys.h"

namespace kafkascope::ui {

class Typing {
 public:
  /// A key was pressed, or is held and repeats.
  void key(const KeyPress& press);
  /// The character that the key, or an input method, produced.
  void text(unsigned codepoint);
  /// A key went down or up: only modifiers matter.
  void hold(int key, bool down);
  bool ctrl() const { return ctrl_; }
  bool shift() const { return shift_; }
  /// Whether input waits for the next frame.
  bool waiting() const { return !queue_.empty() || pulsed_ != 0; }

  /// Where keys go: a text field gets the keyboard a frame or two after it is opened (Coming). begin_frame() is called
  /// before ImGui::NewFrame.
  enum class Field : std::uint8_t { None, Coming, Here };
  void begin_frame(Field field);
  /// The presses of this frame that do not go to a text field.
  std::vector<KeyPress> take() { return std::exchange(now_, {}); }
  /// A text field has appeared: the presses from the n-th on go into the field.
  void give_back(std::size_t from);

 private:
  struct Typed {
    KeyPress press;     // key 0: the text came without a key
    unsigned text = 0;  // 0: none
  };
  static void set_modifiers(bool ctrl, bool shift);

  std::deque<Typed> queue_;
  std::vector<KeyPress> now_;
  std::vector<Typed> given_;  // the input that now_ was made from, outside of a field
  int waited_ = 0;            // frames waited for a field that was opened
  int here_ = 0;              // frames for which the field has had the keyboard
  int pulsed_ = 0;            // ImGui sees this key down for one frame
  bool ctrl_ = false, shift_ = false;
};

}  // namespace kafkascope::ui
