#include "ui/box.h"

namespace kafkascope::ui {

void solve(const Size* parts, std::size_t n, float room, float gap, float* lengths) {
  room -= gap * static_cast<float>(n > 0 ? n - 1 : 0);
  for (std::size_t i = 0; i < n; ++i) {
    lengths[i] = parts[i].weight > 0 ? -1 : parts[i].fixed;  // negative: not decided yet
    if (lengths[i] >= 0) room -= lengths[i];
  }
  for (bool stopped = true; stopped;) {
    float weights = 0;
    for (std::size_t i = 0; i < n; ++i) weights += lengths[i] < 0 ? parts[i].weight : 0;
    const float unit = weights > 0 ? std::max(0.f, room) / weights : 0;
    // Each round fixes only one kind of part: the parts below their least length if these need more room than the parts
    // above their most length leave; otherwise the latter.
    float excess = 0;
    for (std::size_t i = 0; i < n; ++i)
      if (lengths[i] < 0)
        excess += std::clamp(parts[i].weight * unit, parts[i].least, parts[i].most) - parts[i].weight * unit;
    stopped = false;
    for (std::size_t i = 0; i < n; ++i) {
      const float wanted = parts[i].weight * unit;
      if (lengths[i] >= 0 || !(excess >= 0 ? wanted < parts[i].least : wanted > parts[i].most)) continue;
      lengths[i] = excess >= 0 ? parts[i].least : parts[i].most;
      room -= lengths[i];
      stopped = true;
    }
    if (stopped) continue;
    for (std::size_t i = 0; i < n; ++i)
      if (lengths[i] < 0) lengths[i] = parts[i].weight * unit;
  }
}

}  // namespace kafkascope::ui
