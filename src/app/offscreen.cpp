#include "app/offscreen.h"

#include <glad/gl.h>

#include <imgui.h>

#include <vector>

#include "app/font_texture.h"
#include "app/offscreen_context.h"
#include "app/offscreen_pixels.h"
#include "backends/imgui_impl_opengl3.h"

namespace kafkascope::app {
namespace {

/// The context, its framebuffer and ImGui's renderer; the destructor frees all of them.
class Offscreen {
 public:
  ~Offscreen() {
    if (renderer_) ImGui_ImplOpenGL3_Shutdown();
    if (own_imgui_) ImGui::DestroyContext();
  }

  std::string open(int width, int height) {
    if (const std::string error = context_.open(); !error.empty()) return error;
    GLuint color = 0;
    glGenFramebuffers(1, &framebuffer_);
    glBindFramebuffer(GL_FRAMEBUFFER, framebuffer_);
    glGenRenderbuffers(1, &color);
    glBindRenderbuffer(GL_RENDERBUFFER, color);
    glRenderbufferStorage(GL_RENDERBUFFER, GL_RGBA8, width, height);
    glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_RENDERBUFFER, color);
    if (glCheckFramebufferStatus(GL_FRAMEBUFFER) != GL_FRAMEBUFFER_COMPLETE)
      return "the picture is too large for this OpenGL";
    if (ImGui::GetCurrentContext() == nullptr) {
      ImGui::CreateContext();
      own_imgui_ = true;
    }
    ImGuiIO& io = ImGui::GetIO();
    io.IniFilename = nullptr;
    io.DisplaySize = {static_cast<float>(width), static_cast<float>(height)};
    io.DeltaTime = 1.f / 60;
    renderer_ = start_renderer("#version 330 core");
    return renderer_ ? "" : "libGL.so.1 is missing";
  }

  void frame(const PrepareFrame& prepare, const std::function<void()>& draw, int width, int height) {
    if (prepare && prepare()) {
      upload_fonts();
    }
    ImGui_ImplOpenGL3_NewFrame();
    ImGui::NewFrame();
    draw();
    ImGui::Render();
    glBindFramebuffer(GL_FRAMEBUFFER, framebuffer_);
    glViewport(0, 0, width, height);
    glClearColor(0, 0, 0, 1);
    glClear(GL_COLOR_BUFFER_BIT);
    ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
  }

 private:
  OffscreenContext context_;
  GLuint framebuffer_ = 0;
  bool own_imgui_ = false, renderer_ = false;
};

}  // namespace

Picture render_png(const PrepareFrame& prepare, const DrawFrame& draw, int width, int height, const std::string& path,
                   std::string* pixels) {
  Offscreen target;
  if (const std::string error = target.open(width, height); !error.empty()) return {false, error};
  bool more = true;
  for (int i = 0; i < 8 && more; ++i)
    target.frame(
        prepare, [&] { more = draw(); }, width, height);
  std::vector<unsigned char> rows;
  read_rows(width, height, rows);
  if (pixels != nullptr) pixels->assign(rows.begin(), rows.end());
  if (!path.empty() && !write_png(path, width, height, rows)) return {false, "cannot write " + path};
  return {true, {}};
}

Picture render_frames(const PrepareFrame& prepare, const std::function<bool(int)>& frame,
                      const std::function<bool(const unsigned char*)>& sink, int width, int height) {
  Offscreen target;
  if (const std::string error = target.open(width, height); !error.empty()) return {false, error};
  std::vector<unsigned char> rows;
  for (int i = 0;; ++i) {
    bool more = true;
    target.frame(
        prepare, [&] { more = frame(i); }, width, height);
    if (!more) break;
    read_rows(width, height, rows);
    if (!sink(rows.data())) return {false, "the clip could not be written"};
  }
  return {true, {}};
}

}  // namespace kafkascope::app
