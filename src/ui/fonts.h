// Fonts and shapes of the dashboard in one atlas, built on demand.
//
// Text is drawn with a face and a pixel size; a missing size or character is queued and available from the next
// frame on. The host calls rebuild() before a frame and uploads the atlas again when it returns true.
#pragma once
#include <imgui.h>

#include <array>
#include <bitset>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "words/catalogue.h"

namespace kafkascope::ui {

using words::Lang;
enum class Face : std::uint8_t { Text, Bold, Mono, MonoBold };

/// Masks for message marks and hatching: drawn as tinted textured quads.
enum class Mark : std::uint8_t { Circle, HalfDisc, Capsule, Diamond, Hexagon, Square, Triangle };
inline constexpr int kMarks = 7, kHatches = 4;

struct AtlasQuad {
  ImVec2 uv0, uv1;
  float half = 0;    // half the side of the quad, px
  float radius = 0;  // radius of the mark in the quad, px
};

class Fonts {
 public:
  /// Pixel size of the atlas for an em size: NanumBarunGothic's em is 1/1.149 of ascent minus descent.
  static float atlas_px(Face face, float em_px);

  /// The nearest available font; queues the exact one if missing. `size` receives the size to draw with.
  ImFont* get(Face face, float em_px, float& size);
  /// Queues every character of a text that the atlas lacks.
  void need(std::string_view utf8);
  /// Rebuilds the atlas if something was queued, or the scale or the language changed. Call outside a frame.
  bool rebuild(float scale, Lang lang);
  bool pending() const { return dirty_; }
  /// Whether an East Asian character was requested that the files lack: a page's fonts contain only the common ones.
  bool lacks_characters() const { return lacks_characters_; }
  /// The font files have changed: they are read again at the next rebuild.
  void reload() { scale_ = 0; }

  const AtlasQuad& mark(Mark m, bool hollow, float radius_px) const;
  /// A 45° hatching tile: quads of `side` px whose lines are `period` px apart.
  struct Hatch {
    ImVec2 uv0, uv1;
    float side = 0, period = 0;
  };
  const Hatch& hatch(float period_px) const;
  /// Finds a font file: the first of the font directories that contains it wins.
  static std::string find_font(const char* file);

 private:
  void bake_shapes();

  struct Key {
    Face face;
    int px;
    auto operator<=>(const Key&) const = default;
  };
  std::map<Key, ImFont*> fonts_;  // null: queued
  std::bitset<65536> known_, wished_;
  bool dirty_ = true, lacks_characters_ = false;
  float scale_ = 0;
  std::optional<Lang> lang_;          // language whose strings are in the atlas
  std::array<std::string, 4> files_;  // font file contents, read once
  std::vector<ImWchar> ranges_, mono_ranges_;
  static constexpr int kRadii = 3;
  std::array<std::array<std::array<AtlasQuad, kRadii>, 2>, kMarks> marks_{};
  std::array<Hatch, kHatches> hatches_{};
};

}  // namespace kafkascope::ui
