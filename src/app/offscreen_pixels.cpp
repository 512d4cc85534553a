#include "app/offscreen_pixels.h"

#ifdef __EMSCRIPTEN__
#include <GLES3/gl3.h>
#else
#include <glad/gl.h>
#endif

#include <algorithm>

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#endif
#include <stb/stb_image_write.h>
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

namespace kafkascope::app {

void read_rows(int width, int height, std::vector<unsigned char>& rows) {
  const auto stride = static_cast<std::size_t>(width) * 4;
  std::vector<unsigned char> raw(stride * static_cast<std::size_t>(height));
  glPixelStorei(GL_PACK_ALIGNMENT, 1);
  glReadPixels(0, 0, width, height, GL_RGBA, GL_UNSIGNED_BYTE, raw.data());
  rows.resize(raw.size());
  for (int y = 0; y < height; ++y) {
    const auto from = static_cast<std::size_t>(height - 1 - y) * stride, to = static_cast<std::size_t>(y) * stride;
    for (std::size_t i = 0; i < stride; i += 4) {
      rows[to + i] = raw[from + i];
      rows[to + i + 1] = raw[from + i + 1];
      rows[to + i + 2] = raw[from + i + 2];
      rows[to + i + 3] = 255;
    }
  }
}

void cut(std::vector<unsigned char>& rows, int& width, int& height, int x, int y, int w, int h) {
  const int x0 = std::clamp(x, 0, width - 1), y0 = std::clamp(y, 0, height - 1);
  const int x1 = std::clamp(x + w, x0 + 1, width), y1 = std::clamp(y + h, y0 + 1, height);
  std::vector<unsigned char> part;
  part.reserve(static_cast<std::size_t>(x1 - x0) * static_cast<std::size_t>(y1 - y0) * 4);
  for (int row = y0; row < y1; ++row) {
    const auto from = rows.begin() + (static_cast<std::ptrdiff_t>(row) * width + x0) * 4;
    part.insert(part.end(), from, from + static_cast<std::ptrdiff_t>(x1 - x0) * 4);
  }
  rows = std::move(part);
  width = x1 - x0;
  height = y1 - y0;
}

bool write_png(const std::string& path, int width, int height, const std::vector<unsigned char>& rows) {
  return stbi_write_png(path.c_str(), width, height, 4, rows.data(), width * 4) != 0;
}

}  // namespace kafkascope::app
