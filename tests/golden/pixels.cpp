#include "golden/pixels.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "golden/picture_files.h"

namespace {

using Matrix = std::array<std::array<double, 3>, 3>;

unsigned char byte(double v) { return static_cast<unsigned char>(std::clamp(v + .5, 0., 255.)); }

template <class Change>
Pixels each(const Pixels& p, const Change& change) {
  Pixels q(p.width, p.height);
  for (std::size_t i = 0; i < p.rgb.size(); i += 3) change(&p.rgb[i], &q.rgb[i]);
  return q;
}

double luma(const unsigned char* c) { return .299 * c[0] + .587 * c[1] + .114 * c[2]; }

Pixels grey(const Pixels& p, double contrast = 1) {
  return each(p, [contrast](const unsigned char* from, unsigned char* to) {
    to[0] = to[1] = to[2] = byte(127.5 + (luma(from) - 127.5) * contrast);
  });
}

/// The matrix is for linear light.
Pixels with_eyes(const Pixels& p, const Matrix& m) {
  static constexpr int kSteps = 4096;
  static const auto linear = [] {
    std::array<double, 256> table{};
    for (std::size_t i = 0; i < table.size(); ++i) {
      const double v = static_cast<double>(i) / 255;
      table[i] = v <= .04045 ? v / 12.92 : std::pow((v + .055) / 1.055, 2.4);
    }
    return table;
  }();
  static const auto encoded = [] {
    std::array<unsigned char, kSteps + 1> table{};
    for (std::size_t i = 0; i < table.size(); ++i) {
      const double v = static_cast<double>(i) / kSteps;
      table[i] = byte(255 * (v <= .0031308 ? v * 12.92 : 1.055 * std::pow(v, 1 / 2.4) - .055));
    }
    return table;
  }();
  return each(p, [&](const unsigned char* from, unsigned char* to) {
    for (std::size_t i = 0; i < 3; ++i) {
      const double v = m[i][0] * linear[from[0]] + m[i][1] * linear[from[1]] + m[i][2] * linear[from[2]];
      to[i] = encoded[static_cast<std::size_t>(std::clamp(v, 0., 1.) * kSteps)];
    }
  });
}

Pixels shared_screen(const Pixels& p) {
  Pixels small(p.width * 2 / 3, p.height * 2 / 3);
  for (int y = 0; y < small.height; ++y)
    for (int x = 0; x < small.width; ++x)
      for (int c = 0; c < 3; ++c) {  // two thirds: between four pixels
        const int u = x * 3 / 2, v = y * 3 / 2, r = std::min(u + 1, p.width - 1), b = std::min(v + 1, p.height - 1);
        small.at(x, y)[c] =
            static_cast<unsigned char>((p.at(u, v)[c] + p.at(r, v)[c] + p.at(u, b)[c] + p.at(r, b)[c]) / 4);
      }
  int w = 0, h = 0;
  const std::string seen = decoded(jpeg_of(small.rgb.data(), small.width, small.height, 40), w, h);
  return grey(pixels_of(seen, w, h));
}

constexpr Matrix kProtanopia{
    {{.152286, 1.052583, -.204868}, {.114503, .786281, .099216}, {-.003882, -.048116, 1.051998}}};
constexpr Matrix kDeuteranopia{
    {{.367322, .860646, -.227968}, {.280085, .672501, .047413}, {-.011820, .042940, .968881}}};
constexpr Matrix kTritanopia{
    {{1.255528, -.076749, -.178779}, {-.078411, .930809, .147602}, {.004733, .691367, .303900}}};

}  // namespace

Pixels pixels_of(const std::string& rgba, int width, int height) {
  Pixels p(width, height);
  for (std::size_t i = 0, j = 0; i + 2 < p.rgb.size(); i += 3, j += 4)
    for (std::size_t c = 0; c < 3; ++c) p.rgb[i + c] = static_cast<unsigned char>(rgba[j + c]);
  return p;
}

const std::vector<Sight>& sights() {
  static const std::vector<Sight> all = {
      {"grey", [](const Pixels& p) { return grey(p); }, 24},
      {"protanopia", [](const Pixels& p) { return with_eyes(p, kProtanopia); }, 32},
      {"deuteranopia", [](const Pixels& p) { return with_eyes(p, kDeuteranopia); }, 32},
      {"tritanopia", [](const Pixels& p) { return with_eyes(p, kTritanopia); }, 32},
      {"grey at 30 % contrast", [](const Pixels& p) { return grey(p, .3); }, 10},
      {"a shared screen", shared_screen, 24},
  };
  return all;
}
