// Which names of topics go together.
#pragma once
#include <algorithm>
#include <string_view>

namespace kafkascope::protocol {

/// Metric names turn '.' into '_', so two topics must differ by more than that. Kafka: Topic.hasCollision.
inline bool topics_collide(std::string_view a, std::string_view b) {
  const auto plain = [](char c) { return c == '.' ? '_' : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return plain(x) == plain(y); });
}

}  // namespace kafkascope::protocol
