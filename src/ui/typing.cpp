#include "ui/typing.h"

#include <imgui.h>

#include <algorithm>
#include <utility>

#include "ui/imgui_versions.h"

namespace kafkascope::ui {

namespace {

/// Whether the key types text; the other keys act on the typed text.
bool writes(const KeyPress& press) {
  return press.key == 0 || (press.key >= kKeySpace && press.key <= 96 && !press.ctrl);
}

/// The key, if a text field handles it, as GLFW's number; else -1.
int field_key(const KeyPress& press) {
  switch (press.key) {
    case kKeyEnter:
    case kKeyKpEnter: return ImGuiKey_Enter;
    case kKeyEscape: return ImGuiKey_Escape;
    case kKeyBackspace: return ImGuiKey_Backspace;
    case kKeyDelete: return ImGuiKey_Delete;
    case kKeyLeft: return ImGuiKey_LeftArrow;
    case kKeyRight: return ImGuiKey_RightArrow;
    case kKeyHome: return ImGuiKey_Home;
    case kKeyEnd: return ImGuiKey_End;
    default: break;
  }
  if (!press.ctrl) return -1;
  switch (press.key) {
    case kKeyA: return ImGuiKey_A;
    case kKeyC: return ImGuiKey_C;
    case kKeyV: return ImGuiKey_V;
    case kKeyX: return ImGuiKey_X;
    case kKeyY: return ImGuiKey_Y;
    case kKeyZ: return ImGuiKey_Z;
    default: return -1;
  }
}

void set_key(int key, bool down) {
  ImGuiIO& io = ImGui::GetIO();
#if IMGUI_VERSION_NUM >= 18700
  io.AddKeyEvent(static_cast<ImGuiKey>(key), down);
#else
  if (io.KeyMap[key] >= 0) io.KeysDown[io.KeyMap[key]] = down;
#endif
}

}  // namespace

void Typing::key(const KeyPress& press) {
  if (press.key >= kKeyLeftShift && press.key < kKeyLeftShift + 8) return;  // modifiers are handled by hold()
  // A repeated key is dropped while an earlier press of it waits, so that input does not run ahead of the picture.
  if (press.repeat &&
      std::any_of(queue_.begin(), queue_.end(), [&](const Typed& t) { return t.press.key == press.key; }))
    return;
  queue_.push_back({press, 0});
}

void Typing::text(unsigned codepoint) {
  // A character follows the key that typed it; an input method sends several for one key, or sends them later.
  if (queue_.empty() || !writes(queue_.back().press) || queue_.back().text != 0) queue_.emplace_back();
  queue_.back().text = codepoint;
}

void Typing::hold(int key, bool down) {
  if (key == kKeyLeftControl || key == kKeyRightControl) ctrl_ = down;
  if (key == kKeyLeftShift || key == kKeyRightShift) shift_ = down;
}

void Typing::set_modifiers(bool ctrl, bool shift) {
  ImGuiIO& io = ImGui::GetIO();
#if IMGUI_VERSION_NUM >= 18700
  io.AddKeyEvent(ImGuiMod_Ctrl, ctrl);
  io.AddKeyEvent(ImGuiMod_Shift, shift);
#else
  io.KeyCtrl = ctrl;
  io.KeyShift = shift;
#endif
}

void Typing::begin_frame(Field field) {
  constexpr int kPatience = 4;
  const int up = std::exchange(pulsed_, 0);
  if (up != 0) set_key(up - 1, false);
  if (queue_.empty() || field != Field::Here) set_modifiers(ctrl_, shift_);
  given_.clear();
  waited_ = field == Field::Coming ? waited_ + 1 : 0;
  here_ = field == Field::Here ? here_ + 1 : 0;
  if (field == Field::Coming && waited_ < kPatience) return;
  if (field == Field::None) {
    for (Typed& typed : queue_) {
      now_.push_back(typed.press);
      given_.push_back(typed);
    }
    queue_.clear();
    return;
  }
  // Per frame: any number of characters, or one key that acts on them.
  bool written = false;
  while (!queue_.empty()) {
    const Typed& typed = queue_.front();
    const bool acts = !writes(typed.press);
    if (acts && (written || (field == Field::Here && here_ < kFramesBeforeKeys))) return;
    // The modifiers as they were when the key was pressed.
    set_modifiers(acts && typed.press.ctrl, typed.press.shift);
    if (const int key = acts ? field_key(typed.press) : -1; key >= 0) {
      if (up == key + 1) return;  // ImGui must see the key released in between
      set_key(key, true);
      pulsed_ = key + 1;
    }
    if (typed.text != 0) ImGui::GetIO().AddInputCharacter(typed.text);
    now_.push_back(typed.press);
    queue_.pop_front();
    if (acts) return;
    written = true;
  }
}

void Typing::give_back(std::size_t from) {
  for (std::size_t i = given_.size(); i > from; --i) queue_.push_front(given_[i - 1]);
  given_.clear();
}

}  // namespace kafkascope::ui
