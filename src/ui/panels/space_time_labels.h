// Free places for words in the space-time diagram: not over other words, lifelines or arrows.
#pragma once
#include <algorithm>
#include <vector>

#include "ui/panels/space_time_view.h"

namespace kafkascope::ui {

class FreePlaces {
 public:
  /// `lines`: heights of the lifelines; `arrows`: the places of the arrows that words may not cover; `playhead`: its
  /// place.
  FreePlaces(const Rect& area, std::vector<float> lines, const std::vector<FlightPlace>& arrows, float playhead)
      : area_(area), lines_(std::move(lines)), arrows_(arrows), playhead_(playhead) {
    for (const FlightPlace& a : arrows)  // no words over an arrow's ends
      for (const Point& end : {a.from, a.to}) taken_.push_back({end.x - 5, end.y - 5, 10, 10});
  }
  /// Takes the place if it is free. `own`: the words' own arrow, which they may cover; `crossed`: how many other arrows
  /// they may cover; `over_lines`: they may also cover lifelines and the playhead.
  bool take(const Rect& r, int own = -1, int crossed = 0, bool over_lines = false) {
    const auto over = [&](const Rect& o) { return o.overlaps(r); };
    const Rect clear = r.grown(3);
    if (r.x < area_.x || r.right() > area_.right() || r.y < area_.y || r.bottom() > area_.bottom() ||
        std::any_of(taken_.begin(), taken_.end(), over) ||
        (!over_lines &&
         (std::any_of(lines_.begin(), lines_.end(), [&](float y) { return y > r.y - 3 && y < r.bottom() + 3; }) ||
          (playhead_ > clear.x && playhead_ < clear.right()))))
      return false;
    const Rect near = over_lines ? r : clear;
    for (const FlightPlace& a : arrows_)
      if (a.flight != own && crosses(near, a.from, a.to) && --crossed < 0) return false;
    taken_.push_back(r.grown(2));
    return true;
  }
  /// Reserves the place: no words are put there.
  void block(const Rect& r) { taken_.push_back(r); }

 private:
  Rect area_;
  std::vector<float> lines_;
  const std::vector<FlightPlace>& arrows_;
  float playhead_;
  std::vector<Rect> taken_;
};

}  // namespace kafkascope::ui
