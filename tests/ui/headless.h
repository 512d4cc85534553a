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
  /// Two worlds: the shown one, "here", and that one, "there".
  void open_twin(std::shared_ptr<const observe::Snapshot> there);
  void size(float w, float h, float scale = 1);
  void frame();
  /// Draws frames until the fonts are complete.
  void settle();
  void move(float x, float y);
  void press(bool right = false);
  void release(bool right = false);
  void click(float x, float y, bool right = false);
  /// Clicks the middle of a region of the last frame; false if the region does not exist.
  bool click(Id id, bool right = false);
  void key(int key, bool ctrl = false, bool shift = false);
  void type(const char* text);
  /// Turns the wheel: positive is up.
  void wheel(float notches);
  /// Presses Enter, for a text field.
  void enter();
  std::vector<Action> actions() { return dashboard.take_actions(); }
  /// The first queued action of that kind; if there is none, an action of another kind.
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

/// Pairs of overlapping texts in one layer.
std::vector<std::string> overlapping_texts(const Diagnostics& diagnostics);
std::vector<std::string> overlapping_cards(const Diagnostics& diagnostics);
/// Words of the stage's lines and messages that stand on a line of others, so that they seem to belong to it. Errors and what is lost or
/// held may: they are always shown.
std::vector<std::string> words_on_wires(const Diagnostics& diagnostics);
/// Words over which the stroke of a lesson's ring was drawn.
std::vector<std::string> words_under_rings(const Diagnostics& diagnostics);
/// Words about records that a replica has lost, over the cells of the row above them.
std::vector<std::string> words_on_cells(const Diagnostics& diagnostics);
/// Words on the stage over which the numbers of an answer's sentences lie.
std::vector<std::string> words_under_numbers(const Diagnostics& diagnostics);
/// In front of people: cards, lines and messages that leave the stage.
std::vector<std::string> beyond_stage(const Diagnostics& diagnostics);
/// Rows of a list that were drawn although its edge cuts them: a list shows only whole rows.
std::vector<std::string> cut_rows(const Diagnostics& diagnostics);
/// Shortened texts that say something else or nothing: a number that has lost digits, a name of which two letters are left.
std::vector<std::string> cut_beyond_reading(const Diagnostics& diagnostics);
/// Words of lines and messages on the stage that lie over a node's card, over a message or over one another.
std::vector<std::string> covering_labels(const Diagnostics& diagnostics);
/// Messages over words of cards and racks; brackets of held messages over one another, over a replica's row or over words.
std::vector<std::string> covering_marks(const Diagnostics& diagnostics);
/// In two worlds: words that touch the line around their box.
std::vector<std::string> words_on_frames(const Diagnostics& diagnostics);
/// Buttons that open a second world and touch one another.
std::vector<std::string> touching_buttons(const Diagnostics& diagnostics);
/// In front of people: texts below 2.5 % of the picture's height, and lines thinner than 3 pixels. Not those of menus, forms and cards
/// under the pointer, which the presenter opens and closes.
std::vector<std::string> too_small_in_front(const Diagnostics& diagnostics);
/// All of these, and words that are cut off.
std::vector<std::string> flaws(const Diagnostics& diagnostics);

}  // namespace kafkascope::ui
