// Drives the dashboard without graphics: one ImGui context, a pointer, keys; its drawing is measured, not viewed.
#pragma once
#include <string>
#include <vector>

#include "ui/dashboard.h"
#include "ui/fixture.h"

namespace kafkascope::ui {

class Headless {
 public:
  Headless();
  ~Headless();
  Headless(const Headless&) = delete;
  Headless& operator=(const Headless&) = delete;

  void show(fixture::Moment moment, fixture::Scene scene);
  void size(float w, float h, float scale = 1);
  void frame();
  /// Frames until the fonts are complete.
  void settle();
  void move(float x, float y);
  void press(bool right = false);
  void release(bool right = false);
  void click(float x, float y, bool right = false);
  /// Clicks the middle of a region that was there in the last frame; false if there is none.
  bool click(Id id, bool right = false);
  void key(int key, bool ctrl = false, bool shift = false);
  void type(const char* text);
  /// Turns the wheel: up is positive.
  void wheel(float notches);
  /// Enter, for a text field.
  void enter();
  std::vector<Action> actions() { return dashboard.take_actions(); }
  /// The first action of that kind among those queued; its kind differs if there is none.
  Action take(ActionKind kind);
  bool emitted(ActionKind kind);

  Dashboard dashboard;
  observe::Snapshot world;
  LessonModel lesson;
  TimelineModel time;
  LogModel log;

 private:
  float w_ = 1280, h_ = 720, scale_ = 1;
};

/// Pairs of texts of one layer that lie over each other.
std::vector<std::string> overlapping_texts(const Diagnostics& diagnostics);
std::vector<std::string> overlapping_cards(const Diagnostics& diagnostics);

}  // namespace kafkascope::ui
