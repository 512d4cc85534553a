#include "app/window.h"

#include <glad/gl.h>

#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>
#include <imgui.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <ctime>
#include <vector>

#include "app/drawn.h"
#include "app/font_texture.h"
#include "app/offscreen_pixels.h"
#include "app/redraw.h"
#include "backends/imgui_impl_glfw.h"
#include "backends/imgui_impl_opengl3.h"
#include "system/system.h"

namespace kafkascope::app {
namespace {

GLFWwindow* g_window = nullptr;  // one window per process
const WindowCallbacks* g_callbacks = nullptr;
std::string g_error;
std::string g_picture;                  // written after this frame
PixelRect g_part;                       // the part of it to write
int g_before[4] = {60, 60, 1280, 720};  // position and size before fullscreen

/// A page that the browser is opening, and the function that is told the result.
struct OpeningPage {
  sys::Opening opening;
  std::function<void(bool)> done;
};
std::vector<OpeningPage> g_opening;

Redraw g_redraw;
const auto kStarted = std::chrono::steady_clock::now();  // initialised with the program's other globals
std::int64_t g_first_frame_us = -1, g_first_frame_cpu_us = -1;

volatile std::sig_atomic_t g_interrupted = 0;
/// The second signal ends the program immediately.
void on_signal(int signal) {
  g_interrupted = 1;
  std::signal(signal, SIG_DFL);
}

void on_error(int, const char* text) { g_error = text; }

void on_key(GLFWwindow*, int key, int, int action, int mods) {
  if (action != GLFW_REPEAT && g_callbacks != nullptr && g_callbacks->hold)
    g_callbacks->hold(key, action == GLFW_PRESS);
  if (action == GLFW_RELEASE || g_callbacks == nullptr || !g_callbacks->key) return;
  g_callbacks->key({key, (mods & GLFW_MOD_CONTROL) != 0, (mods & GLFW_MOD_SHIFT) != 0, (mods & GLFW_MOD_ALT) != 0,
                    action == GLFW_REPEAT});
}

void on_text(GLFWwindow*, unsigned codepoint) {
  if (g_callbacks != nullptr && g_callbacks->text) g_callbacks->text(codepoint);
}

/// Reports the pages that have opened, or could not be opened.
void poll_opening() {
  std::vector<std::function<void()>> reports;  // called last: one may open another page
  std::erase_if(g_opening, [&](OpeningPage& page) {
    const std::optional<bool> opened = page.opening.result();
    if (opened) reports.emplace_back([done = std::move(page.done), ok = *opened] { done(ok); });
    return opened.has_value();
  });
  for (const auto& report : reports) report();
}

/// The window was covered, or its size has changed.
void on_damage(GLFWwindow*) { g_redraw.forget(); }
void on_size(GLFWwindow*, int, int) { g_redraw.forget(); }

void on_drop(GLFWwindow*, int count, const char** paths) {
  if (count > 0 && g_callbacks != nullptr && g_callbacks->drop) g_callbacks->drop(paths[0]);
}

/// Pixels of the framebuffer per logical unit.
float scale_of(GLFWwindow* window, float wanted) {
  if (wanted > 0) return wanted;
  float x = 1, y = 1;
  glfwGetWindowContentScale(window, &x, &y);
  int w = 0, h = 0, fw = 0, fh = 0;
  glfwGetWindowSize(window, &w, &h);
  glfwGetFramebufferSize(window, &fw, &fh);
  float scale = std::max(x, y);
  // A 4K monitor that reports no scale would show the picture at half the intended size.
  if (scale < 1.01f && fh >= 1900 && fw >= 3400) scale = 2;
  return std::clamp(scale, 0.75f, 4.f);
}

}  // namespace

WindowResult run_window(const WindowOptions& options, const WindowCallbacks& callbacks) {
  glfwSetErrorCallback(on_error);
  if (glfwInit() == GLFW_FALSE)
    return {false, false, "no window: " + (g_error.empty() ? std::string("there is no display") : g_error)};
  glfwWindowHint(GLFW_CONTEXT_VERSION_MAJOR, 3);
  glfwWindowHint(GLFW_CONTEXT_VERSION_MINOR, 3);
  glfwWindowHint(GLFW_OPENGL_PROFILE, GLFW_OPENGL_CORE_PROFILE);
  glfwWindowHint(GLFW_OPENGL_FORWARD_COMPAT, GLFW_TRUE);
  glfwWindowHint(GLFW_SCALE_TO_MONITOR, GLFW_TRUE);
  int width = options.width, height = options.height;
  if (GLFWmonitor* monitor = glfwGetPrimaryMonitor(); monitor != nullptr) {
    int x = 0, y = 0, w = 0, h = 0;
    glfwGetMonitorWorkarea(monitor, &x, &y, &w, &h);
    if (w > 0 && h > 0) width = std::min(width, w), height = std::min(height, h);
  }
  GLFWwindow* window = glfwCreateWindow(width, height, options.title.c_str(), nullptr, nullptr);
  if (window == nullptr) {
    glfwTerminate();
    return {false, false, "no window: " + (g_error.empty() ? std::string("OpenGL 3.3 is not available") : g_error)};
  }
  sys::leave_own_console();
  glfwMakeContextCurrent(window);
  if (gladLoadGL(glfwGetProcAddress) == 0) {
    glfwDestroyWindow(window);
    glfwTerminate();
    return {false, false, "no window: OpenGL could not be loaded"};
  }
  glfwSwapInterval(1);
  glfwSetWindowSizeLimits(window, 1024, 640, GLFW_DONT_CARE, GLFW_DONT_CARE);
  ImGui::CreateContext();
  ImGui::GetIO().IniFilename = nullptr;
  ImGui_ImplGlfw_InitForOpenGL(window, true);
  const bool renderer = start_renderer("#version 330 core");
  WindowResult result{renderer, false, renderer ? "" : "no window: libGL.so.1 is missing"};
  g_window = window;
  g_callbacks = &callbacks;
  glfwSetKeyCallback(window, on_key);  // replaces ImGui's callback, so that all typed input arrives in order
  glfwSetCharCallback(window, on_text);
  glfwSetDropCallback(window, on_drop);
  glfwSetWindowRefreshCallback(window, on_damage);
  glfwSetFramebufferSizeCallback(window, on_size);
  if (options.fullscreen) toggle_fullscreen();
  double last = glfwGetTime();
  g_redraw = {};
  while (renderer && glfwWindowShouldClose(window) == GLFW_FALSE) {
    const double nap = g_redraw.wait(callbacks.idle && callbacks.idle()), asleep = glfwGetTime();
    if (nap > 0) glfwWaitEventsTimeout(nap);
    else glfwPollEvents();
    poll_opening();
    g_redraw.woke(glfwGetTime() - asleep >= nap * .95);
    int fw = 0, fh = 0;
    glfwGetFramebufferSize(window, &fw, &fh);
    if (fw <= 0 || fh <= 0) {  // minimised
      glfwWaitEventsTimeout(0.1);
      continue;
    }
    const float monitor = scale_of(window, options.scale),
                scale = callbacks.fit ? callbacks.fit(monitor, fw, fh) : monitor;
    if (callbacks.prepare && callbacks.prepare(scale)) {
      upload_fonts();
      g_redraw.forget();
    }
    ImGui_ImplOpenGL3_NewFrame();
    ImGui_ImplGlfw_NewFrame();
    // Our coordinates are framebuffer pixels; if the window system uses points, the pointer is converted.
    ImGuiIO& io = ImGui::GetIO();
    const float px = io.DisplayFramebufferScale.x, py = io.DisplayFramebufferScale.y;
    if (px > 0 && py > 0 && (px != 1 || py != 1)) {
      io.MousePos.x *= px;
      io.MousePos.y *= py;
      io.DisplayFramebufferScale = {1, 1};
    }
    io.DisplaySize = {static_cast<float>(fw), static_cast<float>(fh)};
    const double now = glfwGetTime();
    ImGui::NewFrame();
    const bool stay =
        callbacks.frame({static_cast<float>(fw) / scale, static_cast<float>(fh) / scale, scale, now - last});
    last = now;
    ImGui::Render();
    if (!stay) glfwSetWindowShouldClose(window, GLFW_TRUE);
    if (callbacks.incomplete && callbacks.incomplete()) {
      g_redraw.incomplete();
      continue;
    }
    const std::uint64_t picture = drawn(*ImGui::GetDrawData());
    if (!g_redraw.draws(picture) && g_picture.empty()) continue;
    glViewport(0, 0, fw, fh);
    glClearColor(0, 0, 0, 1);
    glClear(GL_COLOR_BUFFER_BIT);
    ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
    if (!g_picture.empty()) {
      std::vector<unsigned char> rows;
      glReadBuffer(GL_BACK);
      read_rows(fw, fh, rows);
      int pw = fw, ph = fh;
      if (g_part.w > 0 && g_part.h > 0) cut(rows, pw, ph, g_part.x, g_part.y, g_part.w, g_part.h);
      write_png(g_picture, pw, ph, rows);
      g_picture.clear();
    }
    glfwSwapBuffers(window);
    if (g_first_frame_us < 0) {
      g_first_frame_us =
          std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - kStarted).count();
      g_first_frame_cpu_us = std::int64_t{std::clock()} * 1'000'000 / CLOCKS_PER_SEC;
    }
    g_redraw.shown(picture);
  }
  g_window = nullptr;
  g_callbacks = nullptr;
  if (renderer) ImGui_ImplOpenGL3_Shutdown();
  ImGui_ImplGlfw_Shutdown();
  ImGui::DestroyContext();
  glfwDestroyWindow(window);
  glfwTerminate();
  return result;
}

void stop_on_interrupt() {
  for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, on_signal);
#ifdef SIGHUP  // also on logout and when the terminal closes
  std::signal(SIGHUP, on_signal);
#endif
}
bool interrupted() { return g_interrupted != 0; }

void toggle_fullscreen() {
  if (g_window == nullptr) return;
  if (glfwGetWindowMonitor(g_window) != nullptr) {
    glfwSetWindowMonitor(g_window, nullptr, g_before[0], g_before[1], g_before[2], g_before[3], GLFW_DONT_CARE);
    return;
  }
  glfwGetWindowPos(g_window, &g_before[0], &g_before[1]);
  glfwGetWindowSize(g_window, &g_before[2], &g_before[3]);
  GLFWmonitor* monitor = glfwGetPrimaryMonitor();
  if (monitor == nullptr) return;
  const GLFWvidmode* mode = glfwGetVideoMode(monitor);
  glfwSetWindowMonitor(g_window, monitor, 0, 0, mode->width, mode->height, mode->refreshRate);
}

void set_clipboard(const std::string& text, const std::function<void(bool copied)>& done) {
  if (g_window != nullptr) glfwSetClipboardString(g_window, text.c_str());
  done(g_window != nullptr);
}

void open_address(const std::string& address, const std::function<void(bool opened)>& done) {
  g_opening.push_back({sys::Opening(address), done});
}

std::string page_address() { return {}; }
bool prefers_reduced_motion() { return false; }
void show_address(const std::string&, bool) {}
void hand_over(const std::string&) {}
void keep(const std::string&) {}
Bounds bounds() { return {}; }
bool out_of_bounds() { return false; }

FirstFrame first_frame() { return {g_first_frame_us, g_first_frame_cpu_us}; }

bool save_window_picture(const std::string& path, const PixelRect& part) {
  if (g_window == nullptr) return false;
  g_picture = path;
  g_part = part;
  return true;
}

}  // namespace kafkascope::app
