#include "app/passed.h"

#include <algorithm>
#include <iterator>

namespace kafkascope::app {

void Passed::add(std::int64_t wall_us, sim::Instant from, sim::Instant to) {
  if (frames_.empty() || frames_.back().end != from) frames_ = {{0, from}};
  frames_.push_back({frames_.back().wall_us + wall_us, to});
  const Frame& first = frame_at(frames_.back().wall_us - observe::kWordUs);
  frames_.erase(frames_.begin(), frames_.begin() + (&first - frames_.data()));
}

const Passed::Frame& Passed::frame_at(std::int64_t wall_us) const {
  const auto later = std::upper_bound(frames_.begin(), frames_.end(), wall_us,
                                      [](std::int64_t us, const Frame& frame) { return us < frame.wall_us; });
  return later == frames_.begin() ? *later : *std::prev(later);
}

observe::Passing Passed::passing() const {
  if (frames_.empty()) return {};
  const Frame& now = frames_.back();
  // Before the viewer has looked for so long, the run is taken to have gone on like this before.
  const auto since = [&](std::int64_t wall_us) {
    const Frame& before = frame_at(now.wall_us - wall_us);
    const std::int64_t looked_us = now.wall_us - before.wall_us, passed_us = (now.end - before.end).us;
    return looked_us > 0 && looked_us < wall_us ? passed_us * wall_us / looked_us : passed_us;
  };
  const std::int64_t stretch = now.wall_us / observe::kEyeUs * observe::kEyeUs;
  return {since(observe::kEyeUs), since(observe::kWordUs), frame_at(stretch).end.us,
          frame_at(stretch - observe::kEyeUs).end.us};
}

std::int64_t Passed::rate_ppm() const {
  if (frames_.empty()) return 0;
  const Frame &now = frames_.back(), &before = frame_at(now.wall_us - observe::kEyeUs);
  return now.wall_us == before.wall_us ? 0 : (now.end - before.end).us * 1'000'000 / (now.wall_us - before.wall_us);
}

}  // namespace kafkascope::app
