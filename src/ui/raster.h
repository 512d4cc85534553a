// Alpha masks of the message marks and of the hatching, rasterised once per scale from signed distances.
#pragma once
#include <cstdint>
#include <vector>

#include "ui/fonts.h"

namespace kafkascope::ui {

struct Mask {
  int side = 0;
  std::vector<std::uint8_t> alpha;  // side * side
};

Mask rasterise_mark(Mark mark, bool hollow, float radius, float stroke);
/// `periods` + 2 periods wide, so that a border of one period can be left out.
Mask rasterise_hatch(int period, float line, int periods);

}  // namespace kafkascope::ui
