// Pictures as a room sees them: without colour, with another's eyes, on a pale projector, through a shared screen.
#pragma once
#include <functional>
#include <string>
#include <vector>

/// RGB rows from the top, 3 bytes a pixel.
struct Pixels {
  int width = 0, height = 0;
  std::vector<unsigned char> rgb;
  Pixels() = default;
  Pixels(int w, int h) : width(w), height(h), rgb(static_cast<std::size_t>(w) * static_cast<std::size_t>(h) * 3) {}
  unsigned char* at(int x, int y) { return &rgb[static_cast<std::size_t>(y * width + x) * 3]; }
  const unsigned char* at(int x, int y) const { return &rgb[static_cast<std::size_t>(y * width + x) * 3]; }
};

/// From RGBA rows.
Pixels pixels_of(const std::string& rgba, int width, int height);

struct Sight {
  const char* name;
  std::function<Pixels(const Pixels&)> see;
  int apart;  // of 255: a pixel that differs more looks different
};
/// Grey; protanopia, deuteranopia, tritanopia (Machado, Oliveira, Fernandes 2009, severity 1); grey at 30 % contrast; scaled to two
/// thirds (1080 rows to 720) and back through JPEG of quality 40, in grey.
const std::vector<Sight>& sights();
