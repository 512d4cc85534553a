// The timeline's axis: which stretch is in sight, where a moment stands, which ticks are drawn. Pure.
#pragma once
#include <cstdint>
#include <vector>

#include "ui/models.h"

namespace kafkascope::ui {

struct TimeAxis {
  std::int64_t from_us = 0, to_us = 1;
  float x0 = 0, x1 = 1;

  float x(std::int64_t us) const {
    return x0 + static_cast<float>(static_cast<double>(us - from_us) / static_cast<double>(to_us - from_us)) * (x1 - x0);
  }
  std::int64_t at(float px) const {
    return from_us + static_cast<std::int64_t>(static_cast<double>((px - x0) / (x1 - x0)) * static_cast<double>(to_us - from_us));
  }
};

/// Whole script, or what the user zoomed to. A little room stays behind the playhead.
TimeAxis build_time_axis(const TimelineModel& model, std::int64_t zoom_from, std::int64_t zoom_to, float x0, float x1);
/// Round steps (1, 2, 5 times a power of ten; minutes above 60 s) so that labels stand at least `min_px` apart.
std::vector<std::int64_t> time_ticks(const TimeAxis& axis, float min_px);
/// Thickness of a broker's line: 6 px for one partition led, 12 for two, then 2 more per doubling, to 18.
float leadership_thickness(int leads);
/// Keeps only spans and marks in sight, and folds marks nearer than `fold_px` to the one before.
std::vector<const TimeMark*> visible_marks(const TimelineModel& model, const TimeAxis& axis, int lane, float fold_px);

}  // namespace kafkascope::ui
