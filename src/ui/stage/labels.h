// Words on the stage's lines: where they have room, and those of slow lines and of lost messages.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ui/stage/stage_view.h"
#include "ui/ui.h"

namespace kafkascope::ui {

/// The two nodes between which the line of some words runs, and how far they keep from every line on which messages pass. `must`:
/// they are shown also further away, or on another line; then a line leads from them to their message.
struct OwnLine {
  int a = -1, b = -1;
  float clear = 0;
  bool must = false;
};
/// How much the words there have to do with lines: 0 nothing, 1 one is near, 2 they cover their own, 3 another passes behind them, 4 they
/// stand on another.
int lines_behind(const StageView& view, const Rect& words, const OwnLine& own);

/// Places for words over no card, group, message, session's ring and no other words. Each label that is drawn takes its place.
class LabelPlaces {
 public:
  LabelPlaces(const Ui& ui, const StageView& view);
  /// The first of the places that are free and have least to do with lines, and not on another line.
  std::optional<Rect> best(const std::vector<Rect>& tries, const OwnLine& own) const;
  /// Beside the point, the first in reading order; `gap`: from the point to the label.
  std::optional<Rect> beside(Point at, float w, float h, const OwnLine& own, float gap = 9) const;
  /// A line from the words to the point to which they belong, if they are far from it or stand on another line; whether there is one.
  bool lead(const Rect& r, Point at, const OwnLine& own, float gap, Color color) const;
  /// `own`: of words; a mark has none. `led`: a line leads from them to their message.
  void take(const Rect& r, const char* what, const OwnLine* own = nullptr, bool led = false);
  const StageView& view() const { return view_; }

 private:
  bool free(const Rect& r) const;

  const Ui& ui_;
  const StageView& view_;
  std::vector<Rect> taken_;  // in the window
};

/// The latencies of lines that are slower than the others.
void draw_slow_ways(Ui& ui, LabelPlaces& places);

/// How many seconds ago that moment was, for the viewer.
float seconds_ago(const Ui& ui, std::int64_t us);
/// The same of a loss at that moment, counted from picture to picture: a loss that was seen is not new again because time passes faster now.
float seconds_since_loss(const Ui& ui, std::int64_t us);
/// The messages lost at one place.
struct LostHere {
  Point at;
  int from = -1, to = -1;  // of the first one
  std::string what;        // "3 × Produce, Fetch response"
};
/// Those that are shown now, the latest first; `where` says at which place of the stage a message was lost.
std::vector<LostHere> lost_here(const Ui& ui,
                                const std::function<std::optional<Point>(const observe::LostMessage&)>& where);
/// A cross at each such place, with words.
void draw_lost_messages(Ui& ui, LabelPlaces& places);

}  // namespace kafkascope::ui
