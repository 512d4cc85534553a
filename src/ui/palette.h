// The only place with colours: the values of assets/ui/tokens.json, by name (a test keeps them equal).
#pragma once
#include <array>
#include <cstdint>

namespace kafkascope::ui {

/// 0xAABBGGRR, as ImGui packs it.
using Color = std::uint32_t;

constexpr Color rgb(std::uint32_t hex, std::uint32_t alpha = 255) {
  return (alpha << 24) | ((hex & 0xFF) << 16) | (hex & 0xFF00) | (hex >> 16);
}
constexpr Color with_alpha(Color c, float a) {
  const float v = static_cast<float>(c >> 24) * a;
  return (c & 0x00FFFFFF) | (static_cast<Color>(v < 0 ? 0 : v > 255 ? 255 : v) << 24);
}
/// `a` over `b`; `f` is the share of `a`.
Color mix(Color a, Color b, float f);

enum class Theme : std::uint8_t { Dark, Light, PresenterLight, PresenterDark };

enum class Fate : std::uint8_t {
  Delivered,
  Acked,
  Pending,
  InDoubt,
  Failed,
  LostUnacked,
  LostAcked,
  Duplicated,
  Reordered,
  Redelivered,
  Skipped,
  AbortedVisible,
  Aborted  // the hue of the last stable offset, as in the log strips
};

struct Palette {
  bool dark = true;
  Color canvas, panel, raised, field, hover, scrim;                                    // surface
  Color hair, mid, strong;                                                             // line
  Color primary, secondary, muted, on_bright;                                          // text
  Color accent, accent_fill, accent_ink;                                               // accent
  Color leader, leader_solid, leader_edge, leader_fill, follower, follower_fill, out;  // role
  Color starting, paused, shutting_down, danger, danger_solid, danger_ink, danger_fill, caution, caution_fill, ok,
      ok_fill;                                                               // state
  Color hw, leo, lso, log_start, committed, position, playhead, difference;  // mark
  Color cell_neutral, cell_edge;                                             // cell
  std::array<Color, 8> family;                                               // by observe::Family
  std::array<Color, 13> fate;                                                // by Fate
  std::array<Color, 8> epochs;                                               // of the selected partition only
  Color shadow;
  float link_tint;  // share of the family's colour in the canvas

  Color epoch(std::int64_t e) const { return epochs[static_cast<std::size_t>(e < 0 ? 0 : e % 8)]; }
};

const Palette& palette(Theme theme);

}  // namespace kafkascope::ui
