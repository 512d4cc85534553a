#include "ui/fonts.h"

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "system/system.h"
#include "ui/imgui_versions.h"
#include "ui/raster.h"
#include "ui/strings.h"

namespace kafkascope::ui {
namespace {

constexpr const char* kFiles[] = {"NanumBarunGothic.ttf", "NanumBarunGothicBold.ttf", "NanumGothicCoding.ttf",
                                  "NanumGothicCodingBold.ttf"};
constexpr unsigned kEastAsian = 0x3000, kLastSyllable = 0xD7A3;  // kana, single letters of Hangul, hanja, syllables
constexpr float kMarkRadii[] = {5.f, 7.f, 9.5f};                 // at scale 1
constexpr float kHatchPeriods[] = {6.f, 8.f, 10.f, 14.f};
constexpr float kHatchLines[] = {1.7f, 1.5f, 1.9f, 3.f};

// A whole number of pixels per period, so that the tiles meet.
int hatch_period(int hatch, float scale) { return static_cast<int>(std::round(kHatchPeriods[hatch] * scale)); }

/// All marks, then all hatchings, at a scale. Every atlas of that scale has the same, so the last ones are kept.
const std::vector<Mask>& shapes_at(float scale) {
  static std::vector<Mask> shapes;
  static float drawn_at = 0;
  if (scale == drawn_at) return shapes;
  drawn_at = scale;
  shapes.clear();
  for (int m = 0; m < kMarks; ++m)
    for (const bool hollow : {false, true})
      for (const float r : kMarkRadii)
        shapes.push_back(rasterise_mark(static_cast<Mark>(m), hollow, r * scale, 2.2f * scale));
  for (int h = 0; h < kHatches; ++h)
    shapes.push_back(rasterise_hatch(hatch_period(h, scale), kHatchLines[h] * scale * 0.71f, 12));
  return shapes;
}

/// Decodes one code point of valid UTF-8; an invalid byte counts as a Latin-1 character.
unsigned next_code(std::string_view s, std::size_t& i) {
  const auto c = static_cast<unsigned char>(s[i++]);
  auto more = [&](int n, unsigned v) {
    for (; n > 0 && i < s.size() && (static_cast<unsigned char>(s[i]) & 0xC0) == 0x80; --n) {
      v = (v << 6) | (static_cast<unsigned char>(s[i++]) & 0x3F);
    }
    return v;
  };
  if (c < 0x80) return c;
  if ((c & 0xE0) == 0xC0) return more(1, c & 0x1F);
  if ((c & 0xF0) == 0xE0) return more(2, c & 0x0F);
  if ((c & 0xF8) == 0xF0) return more(3, c & 0x07);
  return c;
}

}  // namespace

float Fonts::atlas_px(Face face, float em_px) {
  return std::round(face == Face::Mono || face == Face::MonoBold ? em_px : em_px * 1.149f);
}

std::string Fonts::find_font(const char* file) {
  std::vector<std::string> places;
  if (const char* own = std::getenv("KAFKASCOPE_FONTS")) places.emplace_back(own);
  // In the program's folder, wherever it was unpacked.
  if (const std::filesystem::path program = sys::program_file(); !program.empty())
    for (const char* place : {"fonts", "../share/kafkascope/fonts"})
      places.push_back((program.parent_path() / place).string());
  places.insert(places.end(), {"/usr/share/fonts/truetype/nanum", "/usr/local/share/fonts", "/usr/share/fonts/nanum"});
  for (const std::string& place : places) {
    const std::string path = place + "/" + file;
    if (std::ifstream(path).good()) return path;
  }
  return {};
}

ImFont* Fonts::get(Face face, float em_px, float& size) {
  const float want = atlas_px(face, em_px);
  // Above 20 px only even sizes, because resizing a window makes the stage request many.
  const int px = want > 20 ? static_cast<int>(want / 2 + 0.5f) * 2 : static_cast<int>(want);
  const Key key{face, px};
  auto found = fonts_.find(key);
  if (found != fonts_.end() && found->second != nullptr) {
    size = size_of(*found->second);
    return found->second;
  }
  if (found == fonts_.end()) {
    fonts_[key] = nullptr;
    dirty_ = true;
  }
  size = static_cast<float>(px);
  ImFont* best = nullptr;
  for (const auto& [k, font] : fonts_) {
    if (font == nullptr || k.face != face) continue;
    if (best == nullptr || std::fabs(size_of(*font) - size) < std::fabs(size_of(*best) - size)) best = font;
  }
  return best != nullptr ? best : ImGui::GetFont();
}

void Fonts::need(std::string_view utf8) {
  for (std::size_t i = 0; i < utf8.size();) {
    if (static_cast<unsigned char>(utf8[i]) < 0x80) {
      ++i;
      continue;
    }
    const unsigned c = next_code(utf8, i);
    if (c < 65536 && !known_[c] && !wished_[c]) {
      wished_[c] = true;
      dirty_ = true;
    }
  }
}

bool Fonts::rebuild(float scale, Lang lang) {
  if (!dirty_ && scale == scale_ && lang == lang_) return false;
  ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
  if (scale_ == 0) {
    for (int i = 0; i < 4; ++i) {
      std::string& text = files_[static_cast<std::size_t>(i)];
      text.clear();
      if (const std::string path = find_font(kFiles[i]); !path.empty()) {
        std::error_code error;
        const std::uintmax_t size = std::filesystem::file_size(path, error);
        if (error) continue;  // no regular file
        text.resize(static_cast<std::size_t>(size));
        std::ifstream(path, std::ios::binary).read(text.data(), static_cast<std::streamsize>(text.size()));
      }
    }
    for (unsigned c = 0x20; c < 0x100; ++c) known_[c] = true;
    need("…–×·→µ≥≤");
  }
  if (lang != lang_) {
    for (const words::Row& row : words::catalogue(lang).rows())
      if (std::string_view(row.key).starts_with("ui.")) need(row.text);
    lang_ = lang;
  }
  if (!dirty_ && scale == scale_) return false;  // all characters of the language were there already
  // At a new scale one size is enough: the next frame is not shown and only finds out which sizes are needed.
  const bool only_to_measure = scale != scale_;
  if (only_to_measure) {
    fonts_.clear();
    fonts_[{Face::Text, static_cast<int>(atlas_px(Face::Text, 15 * scale))}] = nullptr;
    scale_ = scale;
  } else {
    known_ |= wished_;
    wished_.reset();
  }
  ranges_.clear();
  for (unsigned c = 0x20; c < 65535; ++c) {
    if (!known_[c]) continue;
    unsigned last = c;
    while (last + 1 < 65535 && known_[last + 1]) ++last;
    ranges_.push_back(static_cast<ImWchar>(c));
    ranges_.push_back(static_cast<ImWchar>(last));
    c = last;
  }
  ranges_.push_back(0);
  mono_ranges_ = {0x20, 0x7E, 0x2013, 0x2013, 0x2026, 0x2026, 0};
  atlas.Clear();
  atlas.TexGlyphPadding = 1;
  for (auto& [key, font] : fonts_) {
    std::string& file = files_[static_cast<std::size_t>(key.face)];
    const bool mono = key.face == Face::Mono || key.face == Face::MonoBold;
    ImFontConfig config;
    config.OversampleH = key.px <= 30 ? 2 : 1;
    config.PixelSnapH = false;
    config.GlyphRanges = mono ? mono_ranges_.data() : ranges_.data();
    if (file.empty()) {
      config.SizePixels = static_cast<float>(key.px);
      font = atlas.AddFontDefault(&config);
    } else {
      font = add_font(atlas, file, static_cast<float>(key.px), config);
    }
  }
  bake_shapes();
  ImFont* text = fonts_.begin()->second;  // all faces of text have the same characters
  lacks_characters_ = false;
  for (unsigned c = kEastAsian; c <= kLastSyllable && !lacks_characters_; ++c)
    lacks_characters_ = known_[c] && !has_character(*text, static_cast<ImWchar>(c));
  dirty_ = only_to_measure && wished_.any();
  return true;
}

void Fonts::bake_shapes() {
  ImFontAtlas& atlas = *ImGui::GetIO().Fonts;
  const std::vector<Mask>& shapes = shapes_at(scale_);
  std::vector<int> rects;
  for (const Mask& shape : shapes) rects.push_back(atlas.AddCustomRectRegular(shape.side, shape.side));
  atlas.Build();
  const AtlasPixels pixels(atlas);
  auto uv = [&](int x, int y) {
    return ImVec2(static_cast<float>(x) / static_cast<float>(pixels.width),
                  static_cast<float>(y) / static_cast<float>(pixels.height));
  };
  std::size_t next = 0;
  auto place = [&](ImVec2& uv0, ImVec2& uv1, int border) {
    const Mask& shape = shapes[next];
    const ImVec2 corner = corner_of(atlas, rects[next++]);
    const int left = static_cast<int>(corner.x), top = static_cast<int>(corner.y);
    for (int y = 0; y < shape.side; ++y) {
      for (int x = 0; x < shape.side; ++x) {
        pixels.set(left + x, top + y, shape.alpha[static_cast<std::size_t>(y * shape.side + x)]);
      }
    }
    uv0 = uv(left + border, top + border);
    uv1 = uv(left + shape.side - border, top + shape.side - border);
    return shape.side - 2 * border;
  };
  for (int m = 0; m < kMarks; ++m) {
    for (int hollow = 0; hollow < 2; ++hollow) {
      for (int r = 0; r < kRadii; ++r) {
        AtlasQuad& q =
            marks_[static_cast<std::size_t>(m)][static_cast<std::size_t>(hollow)][static_cast<std::size_t>(r)];
        q.half = static_cast<float>(place(q.uv0, q.uv1, 1)) / 2;
        q.radius = kMarkRadii[r] * scale_;
      }
    }
  }
  for (int h = 0; h < kHatches; ++h) {
    Hatch& tile = hatches_[static_cast<std::size_t>(h)];
    const int period = hatch_period(h, scale_);
    place(tile.uv0, tile.uv1, period);
    tile.period = static_cast<float>(period);
    tile.side = static_cast<float>(period) * 10;
  }
}

const AtlasQuad& Fonts::mark(Mark m, bool hollow, float radius_px) const {
  const auto& sizes = marks_[static_cast<std::size_t>(m)][hollow ? 1 : 0];
  for (const AtlasQuad& q : sizes) {
    if (q.radius >= radius_px - 0.8f * scale_) return q;
  }
  return sizes.back();
}

const Fonts::Hatch& Fonts::hatch(float period_px) const {
  const Hatch* best = &hatches_[0];
  for (const Hatch& h : hatches_) {
    if (std::fabs(h.period - period_px) < std::fabs(best->period - period_px)) best = &h;
  }
  return *best;
}

}  // namespace kafkascope::ui
