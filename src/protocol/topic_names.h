// Collisions between topic names.
#pragma once
#include <algorithm>
#include <string>
#include <string_view>

namespace kafkascope::protocol {

/// Kafka: Topic.hasCollisionChars. A name without such characters collides with no other.
inline bool may_collide(std::string_view name) { return name.find_first_of("._") != std::string_view::npos; }

/// Metric names replace '.' by '_', so topic names must differ in another character. Kafka: Topic.unifyCollisionChars.
inline std::string in_metrics(std::string name) {
  std::replace(name.begin(), name.end(), '.', '_');
  return name;
}

/// Kafka: Topic.hasCollision.
inline bool topics_collide(std::string_view a, std::string_view b) {
  const auto plain = [](char c) { return c == '.' ? '_' : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](char x, char y) { return plain(x) == plain(y); });
}

}  // namespace kafkascope::protocol
