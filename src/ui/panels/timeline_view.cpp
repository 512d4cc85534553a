#include "ui/panels/timeline_view.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "ui/panels/log_filter.h"
#include "words/lower_case.h"

namespace kafkascope::ui {

namespace {

constexpr float kFoldWidth = 40;

/// The position within a range without a fold, in proportion.
float between(std::int64_t us, std::int64_t from, std::int64_t to, float x0, float x1) {
  if (to <= from) return x0;
  return x0 + static_cast<float>(static_cast<double>(us - from) / static_cast<double>(to - from)) * (x1 - x0);
}
std::int64_t moment(float px, std::int64_t from, std::int64_t to, float x0, float x1) {
  if (x1 <= x0) return from;
  return from + static_cast<std::int64_t>(static_cast<double>((px - x0) / (x1 - x0)) * static_cast<double>(to - from));
}

void fold_gaps(TimeAxis& axis, const TimelineModel& model) {
  const std::int64_t span = axis.to_us - axis.from_us;
  const std::int64_t least = std::max<std::int64_t>(span * 22 / 100, 3'000'000);
  std::vector<std::int64_t> times;
  for (const TimeMark& m : model.marks)
    if (m.at_us <= model.known_us) times.push_back(m.at_us);
  std::sort(times.begin(), times.end());
  std::int64_t folded = 0, last = -1;
  for (const std::int64_t at : times) {
    if (last >= 0 && at - last > least && at > axis.from_us && last < axis.to_us) {
      // A little of the range stays visible on both sides of the fold.
      const std::int64_t from = std::max(last + span * 4 / 100, axis.from_us),
                         to = std::min(at - span * 4 / 100, axis.to_us);
      if (to > from) {
        axis.folds.push_back({from, to, 0, 0});
        folded += to - from;
      }
    }
    last = at;
  }
  const float strips = kFoldWidth * static_cast<float>(axis.folds.size()), room = axis.x1 - axis.x0 - strips;
  if (room < 200 || span - folded <= 0) {
    axis.folds.clear();
    return;
  }
  const double per_us = static_cast<double>(room) / static_cast<double>(span - folded);
  float x = axis.x0;
  std::int64_t at = axis.from_us;
  for (TimeAxis::Fold& f : axis.folds) {
    f.x0 = x + static_cast<float>(static_cast<double>(f.from_us - at) * per_us);
    f.x1 = x = f.x0 + kFoldWidth;
    at = f.to_us;
  }
}

}  // namespace

float TimeAxis::x(std::int64_t us) const {
  std::int64_t from = from_us;
  float px = x0;
  for (const Fold& f : folds) {
    if (us < f.from_us) return between(us, from, f.from_us, px, f.x0);
    if (us <= f.to_us) return between(us, f.from_us, f.to_us, f.x0, f.x1);
    from = f.to_us;
    px = f.x1;
  }
  return between(us, from, to_us, px, x1);
}

std::int64_t TimeAxis::at(float place) const {
  std::int64_t from = from_us;
  float px = x0;
  for (const Fold& f : folds) {
    if (place < f.x0) return moment(place, from, f.from_us, px, f.x0);
    if (place <= f.x1) return moment(place, f.from_us, f.to_us, f.x0, f.x1);
    from = f.to_us;
    px = f.x1;
  }
  return moment(place, from, to_us, px, x1);
}

bool TimeAxis::folded_between(float from, float to) const {
  return std::any_of(folds.begin(), folds.end(), [&](const Fold& f) { return f.x1 > from && f.x0 < to; });
}

TimeAxis build_time_axis(const TimelineModel& model, std::int64_t zoom_from, std::int64_t zoom_to, float x0, float x1,
                         bool fold) {
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
  if (fold) fold_gaps(axis, model);
  return axis;
}

std::vector<int> lanes_shown(const TimelineModel& model, std::string_view filter) {
  constexpr const char* kKinds[] = {"broker", "controller", "group", "client", "partition"};
  std::vector<int> shown;
  for (std::size_t i = 0; i < model.lanes.size(); ++i)
    if (log_matches(filter, words::lower_case(model.lanes[i].name) + " " +
                                kKinds[static_cast<std::size_t>(model.lanes[i].kind)]))
      shown.push_back(static_cast<int>(i));
  return shown;
}

std::vector<std::int64_t> time_ticks(const TimeAxis& axis, float min_px) {
  std::int64_t folded = 0;
  float strips = 0;
  for (const TimeAxis::Fold& f : axis.folds) folded += f.to_us - f.from_us, strips += f.x1 - f.x0;
  const double per_px =
      static_cast<double>(axis.to_us - axis.from_us - folded) / static_cast<double>(axis.x1 - axis.x0 - strips);
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
  float last = axis.x0 - min_px;
  for (std::int64_t t = (axis.from_us + step - 1) / step * step; t <= axis.to_us && ticks.size() < 200; t += step) {
    if (axis.x(t) - last < min_px * .9f) continue;  // this tick is within a fold
    last = axis.x(t);
    ticks.push_back(t);
  }
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

std::vector<FaultsTogether> faults_together(const std::vector<const TimeMark*>& marks,
                                            const std::function<float(std::int64_t)>& x) {
  constexpr float kApart = 6;  // the marks are 4 or 5 wide
  std::vector<FaultsTogether> all;
  for (const TimeMark* mark : marks) {
    if (mark->kind != MarkKind::Fault) continue;
    const float at = x(mark->at_us);
    if (all.empty() || at - all.back().from >= kApart) all.push_back({at, at, {}});
    all.back().to = at;
    all.back().faults.push_back(mark);
  }
  return all;
}

}  // namespace kafkascope::ui
