// The timeline's axis: the visible range, positions of times, ticks. Pure.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "ui/models.h"

namespace kafkascope::ui {

/// Maps time to position. Ranges where nothing happens may be folded: a narrow strip then represents the whole range.
struct TimeAxis {
  std::int64_t from_us = 0, to_us = 1;
  float x0 = 0, x1 = 1;
  struct Fold {
    std::int64_t from_us = 0, to_us = 0;
    float x0 = 0, x1 = 0;
  };
  std::vector<Fold> folds;  // in order, not touching each other

  float x(std::int64_t us) const;
  std::int64_t at(float px) const;
  /// Whether a fold is there, which would interrupt text.
  bool folded_between(float from, float to) const;
};

/// The whole script, or the range that the user zoomed to. A little room stays after the playhead. `fold`: long
/// stretches between two marks that have both happened become strips.
TimeAxis build_time_axis(const TimelineModel& model, std::int64_t zoom_from, std::int64_t zoom_to, float x0, float x1,
                         bool fold = false);
/// The lanes that pass the filter "a, b, -c": by name, or kind (broker, controller, group, client).
std::vector<int> lanes_shown(const TimelineModel& model, std::string_view filter);
/// Round steps (1, 2, 5 times a power of ten; minutes above 60 s) so that labels are at least `min_px` apart.
std::vector<std::int64_t> time_ticks(const TimeAxis& axis, float min_px);
/// Thickness of a broker's line: 6 px for one partition led, 12 for two, then 2 more per doubling, to 18.
float leadership_thickness(int leads);
/// The visible marks of a lane, without those nearer than `fold_px` to the one before; faults, elections and violations
/// always stay.
std::vector<const TimeMark*> visible_marks(const TimelineModel& model, const TimeAxis& axis, int lane, float fold_px);

}  // namespace kafkascope::ui
