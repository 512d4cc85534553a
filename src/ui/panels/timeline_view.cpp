#include "ui/panels/timeline_view.h"

#include <algorithm>
#include <cmath>

namespace kafkascope::ui {

TimeAxis build_time_axis(const TimelineModel& model, std::int64_t zoom_from, std::int64_t zoom_to, float x0, float x1) {
  TimeAxis axis;
  axis.x0 = x0;
  axis.x1 = std::max(x1, x0 + 1);
  if (zoom_from >= 0 && zoom_to > zoom_from) {
    axis.from_us = zoom_from;
    axis.to_us = zoom_to;
  } else {
    axis.from_us = 0;
    axis.to_us = std::max<std::int64_t>({model.until_us, model.now_us + model.now_us / 8, 1'000});
  }
  return axis;
}

std::vector<std::int64_t> time_ticks(const TimeAxis& axis, float min_px) {
  const double per_px = static_cast<double>(axis.to_us - axis.from_us) / static_cast<double>(axis.x1 - axis.x0);
  const double least = per_px * static_cast<double>(min_px);
  std::int64_t step = 1;
  const std::int64_t kMinutes[] = {60, 120, 300, 600, 1800, 3600, 7200, 21600, 86400};
  if (least > 30e6) {
    for (const std::int64_t m : kMinutes) {
      step = m * 1'000'000;
      if (static_cast<double>(step) >= least) break;
    }
  } else {
    while (static_cast<double>(step) < least) {
      const std::int64_t two = step * 2, five = step * 5;
      if (static_cast<double>(two) >= least) {
        step = two;
      } else if (static_cast<double>(five) >= least) {
        step = five;
      } else {
        step *= 10;
      }
    }
  }
  std::vector<std::int64_t> ticks;
  for (std::int64_t t = (axis.from_us + step - 1) / step * step; t <= axis.to_us && ticks.size() < 200; t += step) ticks.push_back(t);
  return ticks;
}

float leadership_thickness(int leads) {
  if (leads <= 0) return 2;
  if (leads == 1) return 6;
  return std::min(18.f, 12 + 2 * (std::log2(static_cast<float>(leads)) - 1));
}

std::vector<const TimeMark*> visible_marks(const TimelineModel& model, const TimeAxis& axis, int lane, float fold_px) {
  std::vector<const TimeMark*> out;
  float last = -1e9f;
  for (const TimeMark& m : model.marks) {
    if (m.lane != lane || m.at_us < axis.from_us || m.at_us > axis.to_us) continue;
    const float x = axis.x(m.at_us);
    const bool important = m.kind == MarkKind::Fault || m.kind == MarkKind::Election || m.kind == MarkKind::Violation;
    if (!important && x - last < fold_px) continue;
    last = x;
    out.push_back(&m);
  }
  return out;
}

}  // namespace kafkascope::ui
