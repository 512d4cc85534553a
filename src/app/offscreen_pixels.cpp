#include "app/offscreen_pixels.h"

#include <glad/gl.h>

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

bool write_png(const std::string& path, int width, int height, const std::vector<unsigned char>& rows) {
  return stbi_write_png(path.c_str(), width, height, 4, rows.data(), width * 4) != 0;
}

}  // namespace kafkascope::app
