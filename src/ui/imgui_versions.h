// The differences between the supported versions of Dear ImGui, 1.86 to 1.92 (scripts/imgui-versions).
#pragma once
#include <imgui.h>

#include <string>

namespace kafkascope::ui {

/// From 1.92 on, a font has its own metrics for each size, and the atlas is in colour.
#if IMGUI_VERSION_NUM >= 19200
inline float size_of(const ImFont& font) { return font.LegacySize; }
inline float ascent_of(ImFont& font, float size) {
  const ImFontBaked* baked = font.GetFontBaked(font.LegacySize);
  return baked->Ascent * size / baked->Size;
}
inline bool has_character(ImFont& font, ImWchar c) {
  return font.GetFontBaked(font.LegacySize)->FindGlyphNoFallback(c) != nullptr;
}
inline ImVec2 corner_of(const ImFontAtlas& atlas, int rect) {
  ImFontAtlasRect r;
  atlas.GetCustomRect(rect, &r);
  return {static_cast<float>(r.x), static_cast<float>(r.y)};
}
inline ImTextureRef font_texture() { return ImGui::GetIO().Fonts->TexRef; }
/// Adds a font whose file stays in the caller's memory for as long as the atlas uses it.
inline ImFont* add_font(ImFontAtlas& atlas, std::string& file, float px, ImFontConfig& config) {
  config.FontDataOwnedByAtlas = false;
  return atlas.AddFontFromMemoryTTF(file.data(), static_cast<int>(file.size()), px, &config);
}
inline void no_texture_on_demand() { ImGui::GetIO().BackendFlags &= ~ImGuiBackendFlags_RendererHasTextures; }
#else
inline float size_of(const ImFont& font) { return font.FontSize; }
inline float ascent_of(const ImFont& font, float size) { return font.Ascent * size / font.FontSize; }
inline bool has_character(const ImFont& font, ImWchar c) { return font.FindGlyphNoFallback(c) != nullptr; }
inline ImVec2 corner_of(ImFontAtlas& atlas, int rect) {
  const ImFontAtlasCustomRect* r = atlas.GetCustomRectByIndex(rect);
  return {static_cast<float>(r->X), static_cast<float>(r->Y)};
}
/// As above. Before 1.92 the atlas copies a file that it does not own, which takes megabytes per size. So the atlas owns the file while
/// it is added, and no longer.
inline ImFont* add_font(ImFontAtlas& atlas, std::string& file, float px, ImFontConfig& config) {
  config.FontDataOwnedByAtlas = true;
  ImFont* font = atlas.AddFontFromMemoryTTF(file.data(), static_cast<int>(file.size()), px, &config);
  atlas.ConfigData.back().FontDataOwnedByAtlas = false;
  return font;
}
inline ImTextureID font_texture() { return ImGui::GetIO().Fonts->TexID; }
inline void no_texture_on_demand() {}
#endif

/// Since 1.89 a field that has just been entered gets its keys one frame later.
inline constexpr int kFramesBeforeKeys = IMGUI_VERSION_NUM >= 18900 ? 2 : 1;

/// From 1.87 on, ImGui would spread the input of one frame over several frames.
inline void keep_input_together() {
#if IMGUI_VERSION_NUM >= 18700
  ImGui::GetIO().ConfigInputTrickleEventQueue = false;
#endif
}

/// The atlas in the format that the renderer gets.
struct AtlasPixels {
  explicit AtlasPixels(ImFontAtlas& atlas) {
#if IMGUI_VERSION_NUM >= 19200
    atlas.GetTexDataAsRGBA32(&pixels, &width, &height);
#else
    atlas.GetTexDataAsAlpha8(&pixels, &width, &height);
#endif
  }
  void set(int x, int y, unsigned char alpha) const {
    unsigned char* to = pixels + (y * width + x) * kBytes;
    for (int i = 0; i + 1 < kBytes; ++i) to[i] = 255;
    to[kBytes - 1] = alpha;
  }
  static constexpr int kBytes = IMGUI_VERSION_NUM >= 19200 ? 4 : 1;
  unsigned char* pixels = nullptr;
  int width = 0, height = 0;
};

}  // namespace kafkascope::ui
