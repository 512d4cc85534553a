// The atlas of fonts as a texture of OpenGL, for Dear ImGui 1.86 to 1.92.
#pragma once
#include <imgui.h>

#include "backends/imgui_impl_opengl3.h"
#include "ui/imgui_versions.h"

namespace kafkascope::app {

inline bool start_renderer(const char* glsl_version) {
  const bool started = ImGui_ImplOpenGL3_Init(glsl_version);
  ui::no_texture_on_demand();
  return started;
}

/// Call after the atlas was rebuilt, outside a frame.
inline void upload_fonts() {
#if IMGUI_VERSION_NUM >= 19200
  ImTextureData* texture = ImGui::GetIO().Fonts->TexData;
  if (texture->Status == ImTextureStatus_OK) texture->SetStatus(ImTextureStatus_WantUpdates);
  ImGui_ImplOpenGL3_UpdateTexture(texture);
#else
  ImGui_ImplOpenGL3_DestroyFontsTexture();
  ImGui_ImplOpenGL3_CreateFontsTexture();
#endif
}

}  // namespace kafkascope::app
