// Icons on a 16 px grid: straight lines and arcs, flattened once. Never a font glyph.
#pragma once
#include <cstdint>
#include <vector>

namespace kafkascope::ui {

enum class Icon : std::uint8_t {
  Follower,
  Out,
  Crash,
  Power,
  Pause,
  Play,
  Step,
  Back,
  Fence,
  Cut,
  Clock,
  Disk,
  Broker,
  Controller,
  Zk,
  Producer,
  Consumer,
  Group,
  Check,
  Warn,
  Search,
  Help,
  Present,
  Sun,
  Right,
  Down,
  Branch,
  Lock,
  Eye,
  Flag,
  Link,
  Edit,
  Bolt,
  Refused,
  Crown,
  CrownHollow,
  None
};

struct Point {
  float x = 0, y = 0;
};

struct IconPath {
  std::vector<Point> points;
  bool closed = false;
};

struct IconShape {
  bool fill = false;
  std::vector<IconPath> paths;
};

const IconShape& icon_shape(Icon icon);

/// The crown as three overlapping triangles (ImGui fills convex shapes only; overlapping leaves no seams).
const std::vector<Point>& crown_triangles();

}  // namespace kafkascope::ui
