// How much of the run passes while a viewer looks at it, at a speed that somebody has chosen.
#pragma once
#include <cstdint>

namespace kafkascope::observe {

inline constexpr std::int64_t kEyeUs = 400'000;     // the viewer's time that a message needs to be seen
inline constexpr std::int64_t kWordUs = 1'500'000;  // ... and that a word needs to be read

/// All 0: time stands still, or adapts.
struct Passing {
  std::int64_t seen_us = 0;  // of the run, while a message is seen
  std::int64_t read_us = 0;  // ... and while a word is read
  /// The stretch of the run, as long as a message is seen, that now is in, and the one before it, begin here. Of many
  /// messages of a kind on a link only the first one of each is followed; the next would cover it.
  std::int64_t stretch_us = 0, before_us = 0;
};

inline Passing passing_at(std::int64_t speed_ppm, std::int64_t now_us) {
  Passing p;
  p.seen_us = kEyeUs * speed_ppm / 1'000'000;
  p.read_us = kWordUs * speed_ppm / 1'000'000;
  if (p.seen_us <= 0) return p;
  p.stretch_us = now_us / p.seen_us * p.seen_us;
  p.before_us = p.stretch_us - p.seen_us;
  return p;
}

}  // namespace kafkascope::observe
