// Whether states look different to all eyes: each pair of states is drawn in the same scene, the words are covered, and what
// still differs is counted as a room sees it (pixels.h).
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "ui/fixture.h"
#include "ui/ui.h"

namespace kafkascope::ui {

struct Theming {
  Layout layout = Layout::Lesson;
  Theme theme = Theme::Light;
  Tab tab = Tab::Partitions;
  bool twelve_brokers = false, two_worlds = false;
  const char* panel = "";  // that the lesson's step shows
};

/// All that is drawn.
struct Scene {
  observe::Snapshot world;
  LessonModel lesson;
  TimelineModel time;
  LogModel log;
};

struct Case {
  const char* name;
  std::function<void(observe::Snapshot&)> set;
  std::function<void(Scene&)> also = {};
};

/// Two records of each partition in that state of a share group, acquired by billing-1.
Case share_record(const char* name, observe::ShareState state);

/// Checks every pair. `enough`: pixels that must look different, of a picture with 1,080 rows.
void all_apart(const std::vector<Case>& states, const Theming& look, int enough);

inline constexpr Theming kLooks[] = {
    {Layout::Lesson, Theme::Light}, {Layout::Lesson, Theme::Dark}, {Layout::Presenter, Theme::Light}};

}  // namespace kafkascope::ui
