// The dashboard: the only entry point of this layer.
//
// In each frame the host calls: key(), text(), hold() as events arrive; prepare(scale) (true: upload the font atlas again),
// ImGui::NewFrame(), frame(...), ImGui::Render(), take_actions(). The dashboard draws from plain data and changes only
// its own state; user requests are returned as actions. It needs an ImGui context and no graphics: tests drive it
// headless.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "observe/model/snapshot.h"
#include "ui/action.h"
#include "ui/fonts.h"
#include "ui/keys.h"
#include "ui/models.h"
#include "ui/typing.h"
#include "ui/ui.h"

namespace kafkascope::ui {

class Dashboard {
 public:
  Dashboard();

  /// Call before ImGui::NewFrame: prepares fonts for that scale and typed input. Returns true when the atlas was rebuilt and must be
  /// uploaded.
  bool prepare(float scale);
  /// True while a size or a character is still missing: draw another frame before taking a picture.
  bool wants_another_frame() const { return fonts_.pending(); }
  bool lacks_characters() const { return fonts_.lacks_characters(); }
  void reload_fonts() { fonts_.reload(); }

  /// A key went down (its physical position, as GLFW's number); a character was typed.
  void key(const KeyPress& press) { typing_.key(press); }
  void text(unsigned codepoint) { typing_.text(codepoint); }
  /// A key that acts while it is held: Z, modifiers.
  void hold(int key, bool down) {
    if (key == kKeyZ) magnify_held_ = down;
    typing_.hold(key, down);
  }
  /// Two fingers on a touch screen moved by these framebuffer pixels, and their distance grew by the factor `zoom`.
  void two_fingers(float x, float y, float zoom) {
    fingers_.pan_x += x / scale_;
    fingers_.pan_y += y / scale_;
    fingers_.zoom *= zoom;
  }
  /// Whether keys wait for the next frame.
  bool typing_ahead() const { return typing_.waiting(); }
  /// Shows a notice for a few seconds.
  void notify(Notice notice) { notices_.push_back(std::move(notice)); }
  /// Verbs that the engine does not support yet: their menu items say so.
  void set_not_yet(std::vector<std::string> verbs) { state_.not_yet = std::move(verbs); }
  void set_lessons(std::vector<LessonEntry> lessons) { state_.lessons = std::move(lessons); }
  /// The meetings of all courses, in one list.
  void set_meetings(std::vector<CourseMeeting> meetings) { state_.meetings = std::move(meetings); }
  /// By lesson id.
  void set_progress(std::map<std::string, LessonProgress> progress) { state_.progress = std::move(progress); }

  /// Between ImGui::NewFrame and ImGui::Render. w and h are framebuffer pixels / scale (logical size).
  void frame(const observe::Snapshot& world, const LessonModel& lesson, const TimelineModel& time, const LogModel& log,
             float w, float h);

  std::vector<Action> take_actions();

  State& state() { return state_; }
  const State& state() const { return state_; }
  Diagnostics& diagnostics() { return diagnostics_; }
  const Hits& hits() const { return hits_; }
  void set_language(Lang lang) { state_.lang = lang; }
  /// Brings forward a panel by its name in lessons ("ledger"); does nothing for unknown names.
  void bring_forward(std::string_view panel);
  /// Clears the selection after another lesson was opened, so that the lesson's view decides what is selected.
  void forget_place();
  void set_theme(Theme theme) { state_.theme = theme; }
  /// Uses a dark background also while presenting.
  void set_presenter_dark(bool dark) { state_.presenter_dark = dark; }
  void set_layout(Layout layout) { state_.layout = layout; }

 private:
  void draw(Ui& ui);

  Fonts fonts_;
  State state_;
  Hits hits_;
  Diagnostics diagnostics_;
  Typing typing_;
  std::vector<Action> actions_;
  std::vector<Notice> notices_;
  bool magnify_held_ = false;
  float scale_ = 1;
  double wall_ = 0;
  Pointer last_;
  struct Fingers {
    float pan_x = 0, pan_y = 0, zoom = 1;
  } fingers_;  // since the previous frame
};

/// The style of ImGui's own widgets (text fields only): our palette instead of its grey.
void apply_imgui_style(const Palette& palette, float scale);

}  // namespace kafkascope::ui
