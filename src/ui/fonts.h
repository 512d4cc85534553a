// Fonts and shapes of the dashboard in one atlas, built on demand.
//
// Text asks for a face and a pixel size; what is missing (a size, a character) is wished for and there from the next
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

namespace kafkascope::ui {

enum class Lang : std::uint8_t;  // ui/strings.h
enum class Face : std::uint8_t { Text, Bold, Mono, MonoBold };

/// Masks for message marks and hatching: drawn as tinted textured quads.
enum class Mark : std::uint8_t { Circle, HalfDisc, Capsule, Diamond, Hexagon, Square, Triangle };
inline constexpr int kMarks = 7;

struct AtlasQuad {
  ImVec2 uv0, uv1;
  float half = 0;    // half the side of the quad, px
  float radius = 0;  // of the mark in it, px
};

class Fonts {
 public:
  /// Pixel size of the atlas for an em size: NanumBarunGothic's em is 1/1.149 of ascent minus descent.
  static float atlas_px(Face face, float em_px);

  /// The nearest font there is; wishes for the exact one. `size` receives what to draw with.
  ImFont* get(Face face, float em_px, float& size);
  /// Wishes for every character of a text that the atlas does not have.
  void need(std::string_view utf8);
  /// Builds the atlas again if something was wished for, or the scale or the language changed. Call outside a frame.
  bool rebuild(float scale, Lang lang);
  bool pending() const { return dirty_; }
  /// An East Asian character was asked for that the files do not have: a page carries the usual ones only.
  bool lacks_characters() const { return lacks_characters_; }
  /// The files are others now: they are read with the next rebuild.
  void reload() { scale_ = 0; }

  const AtlasQuad& mark(Mark m, bool hollow, float radius_px) const;
  /// A 45° hatching tile: quads of `side` px whose lines are `period` px apart.
  struct Hatch {
    ImVec2 uv0, uv1;
    float side = 0, period = 0;
  };
  const Hatch& hatch(float period_px) const;
  /// Directories searched for the fonts; the first that has them wins.
  static std::string find_font(const char* file);

 private:
  void bake_shapes();

  struct Key {
    Face face;
    int px;
    auto operator<=>(const Key&) const = default;
  };
  std::map<Key, ImFont*> fonts_;  // null: wished for
  std::bitset<65536> known_, wished_;
  bool dirty_ = true, lacks_characters_ = false;
  float scale_ = 0;
  std::optional<Lang> lang_;          // whose strings are known
  std::array<std::string, 4> files_;  // font file contents, read once
  std::vector<ImWchar> ranges_, mono_ranges_;
  static constexpr int kRadii = 3;
  std::array<std::array<std::array<AtlasQuad, kRadii>, 2>, kMarks> marks_{};
  static constexpr int kHatches = 4;
  std::array<Hatch, kHatches> hatches_{};
};

}  // namespace kafkascope::ui
