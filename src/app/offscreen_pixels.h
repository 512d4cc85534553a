// From the framebuffer to a PNG file; shared by the window and the offscreen renderer.
#pragma once
#include <string>
#include <vector>

namespace kafkascope::app {

/// RGBA rows from the top, opaque, of the bound framebuffer.
void read_rows(int width, int height, std::vector<unsigned char>& rows);
/// Keeps only this part, clipped to the picture; the size becomes the part's.
void cut(std::vector<unsigned char>& rows, int& width, int& height, int x, int y, int w, int h);
bool write_png(const std::string& path, int width, int height, const std::vector<unsigned char>& rows);

}  // namespace kafkascope::app
