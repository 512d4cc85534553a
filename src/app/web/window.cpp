// The window in a browser: one canvas that fills the page, WebGL 2, and pointer and keyboard events from page.js.
#include "app/window.h"

#include <GLES3/gl3.h>
#include <emscripten.h>
#include <emscripten/html5.h>
#include <imgui.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <deque>
#include <functional>
#include <utility>
#include <vector>

#include "app/font_texture.h"
#include "app/offscreen_pixels.h"
#include "app/web/memory.h"
#include "backends/imgui_impl_opengl3.h"

// clang-format off
EM_JS(double, page_width, (), { return window.innerWidth; });
EM_JS(double, page_height, (), { return window.innerHeight; });
EM_JS(void, page_place, (char* out, int size), { stringToUTF8(Page.address(), out, size); });
EM_JS(void, page_show_address, (const char* link, int another), { Page.showAddress(UTF8ToString(link), another); });
EM_JS(void, page_hand_over, (const char* path), { Page.handOver(UTF8ToString(path)); });
EM_JS(void, page_keep, (const char* path), { Page.keep(UTF8ToString(path)); });
EM_JS(void, page_copy, (const char* text), { Page.copy(UTF8ToString(text)); });
EM_JS(int, page_open, (const char* address), { return Page.open(UTF8ToString(address)) ? 1 : 0; });
EM_JS(void, page_fullscreen, (), { Page.fullscreen(); });
EM_JS(int, page_reduced_motion, (), { return matchMedia('(prefers-reduced-motion: reduce)').matches; });
EM_JS(void, page_fetch_fonts, (), { Page.fetchFonts(); });
EM_JS(void, page_drawn, (), { Page.drawn(); });
// clang-format on

namespace kafkascope::app {
namespace {

constexpr double kNapMs = 250;  // between frames while nothing moves

/// The pointer's position, and the button that changed there, -1: none; or the text typed afterwards.
struct Input {
  float x = -1, y = -1;
  int button = -1;
  bool down = false;
  std::function<void()> typed{};
};

struct PageWindow {
  WindowCallbacks callbacks;
  std::deque<Input> inputs;  // since the last frame
  float x = -1, y = -1, wheel = 0;
  int width = 0, height = 0, awake = 8;
  double last_ms = 0;
  std::string picture;
  PixelRect part;
  std::function<void(bool)> copied;  // called when the browser has copied the text or refused
};
PageWindow* g_page = nullptr;  // exists as long as the page

void copy_text(void*, const char* text) { page_copy(text); }
const char* no_text(void*) { return ""; }  // pasted text arrives as typed characters

void resize(PageWindow& page) {
  const double ratio = emscripten_get_device_pixel_ratio();
  const int width = static_cast<int>(std::lround(page_width() * ratio)),
            height = static_cast<int>(std::lround(page_height() * ratio));
  if (width == page.width && height == page.height) return;
  page.width = width;
  page.height = height;
  page.awake = 8;
  emscripten_set_canvas_element_size("#canvas", width, height);
}

/// Passes one change of a button per frame, so that a click shorter than a frame is seen at its position. A key follows the click before
/// it, so that the key acts on the clicked object.
void give_pointer(PageWindow& page) {
  ImGuiIO& io = ImGui::GetIO();
  io.MouseWheel = std::exchange(page.wheel, 0.f);
  for (bool changed = false; !changed && !page.inputs.empty(); page.inputs.pop_front()) {
    const Input& input = page.inputs.front();
    if (input.typed) {
      input.typed();
      continue;
    }
    io.MousePos = {input.x, input.y};
    changed = input.button >= 0;
    if (changed) io.MouseDown[input.button] = input.down;
  }
  if (!page.inputs.empty()) page.awake = 8;
}

void type(std::function<void()> typed) {
  g_page->awake = 8;
  if (g_page->inputs.empty()) typed();
  else g_page->inputs.push_back({-1, -1, -1, false, std::move(typed)});
}

void take_picture(PageWindow& page) {
  std::vector<unsigned char> rows;
  read_rows(page.width, page.height, rows);
  int w = page.width, h = page.height;
  if (page.part.w > 0 && page.part.h > 0) cut(rows, w, h, page.part.x, page.part.y, page.part.w, page.part.h);
  const std::string path = std::exchange(page.picture, {});
  if (write_png(path, w, h, rows)) page_hand_over(path.c_str());
}

void turn() {
  PageWindow& page = *g_page;
  const WindowCallbacks& callbacks = page.callbacks;
  resize(page);
  if (page.width <= 0 || page.height <= 0) return;
  const double now = emscripten_get_now();
  if (!callbacks.idle()) page.awake = 8;
  if (page.awake <= 0 && now - page.last_ms < kNapMs) return;
  --page.awake;
  const float scale = callbacks.fit(static_cast<float>(emscripten_get_device_pixel_ratio()), page.width, page.height);
  if (callbacks.prepare(scale)) {
    upload_fonts();
  }
  ImGui_ImplOpenGL3_NewFrame();
  ImGuiIO& io = ImGui::GetIO();
  const double seconds = (now - page.last_ms) / 1000;
  page.last_ms = now;
  io.DeltaTime = std::max(static_cast<float>(seconds), 1e-4f);
  io.DisplaySize = {static_cast<float>(page.width), static_cast<float>(page.height)};
  give_pointer(page);
  ImGui::NewFrame();
  callbacks.frame({static_cast<float>(page.width) / scale, static_cast<float>(page.height) / scale, scale, seconds});
  ImGui::Render();
  if (callbacks.incomplete()) {  // the next frame has the characters that this one lacks
    page.awake = 8;
    return;
  }
  glViewport(0, 0, page.width, page.height);
  glClearColor(0, 0, 0, 1);
  glClear(GL_COLOR_BUFFER_BIT);
  ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
  if (!page.picture.empty()) take_picture(page);
  if (callbacks.lacks_characters()) page_fetch_fonts();
  page_drawn();
}

}  // namespace

WindowResult run_window(const WindowOptions&, const WindowCallbacks& callbacks) {
  EmscriptenWebGLContextAttributes attributes;
  emscripten_webgl_init_context_attributes(&attributes);
  attributes.majorVersion = 2;
  attributes.alpha = attributes.depth = attributes.antialias = EM_FALSE;
  const EMSCRIPTEN_WEBGL_CONTEXT_HANDLE context = emscripten_webgl_create_context("#canvas", &attributes);
  if (context <= 0 || emscripten_webgl_make_context_current(context) != EMSCRIPTEN_RESULT_SUCCESS)
    return {false, false, "This browser has no WebGL 2, or it is switched off"};
  ImGui::CreateContext();
  ImGuiIO& io = ImGui::GetIO();
  io.IniFilename = nullptr;
#if IMGUI_VERSION_NUM < 18700
  for (int key = 0; key < ImGuiKey_COUNT; ++key)
    io.KeyMap[key] = key;  // ui/typing.cpp presses ImGui's keys by their own names
#endif
  io.SetClipboardTextFn = copy_text;
  io.GetClipboardTextFn = no_text;
  if (!start_renderer("#version 300 es")) return {false, false, "WebGL 2 could not be set up"};
  g_page = new PageWindow{};
  g_page->callbacks = callbacks;
  g_page->last_ms = emscripten_get_now();
  emscripten_set_main_loop(turn, 0, 0);
  return {true, true, ""};
}

void stop_on_interrupt() {}
bool interrupted() { return false; }
void toggle_fullscreen() { page_fullscreen(); }
void set_clipboard(const std::string& text, const std::function<void(bool copied)>& done) {
  g_page->copied = done;
  page_copy(text.c_str());
}

void open_address(const std::string& address, const std::function<void(bool opened)>& done) {
  done(page_open(address.c_str()) != 0);
}

FirstFrame first_frame() { return {}; }

bool save_window_picture(const std::string& path, const PixelRect& part) {
  g_page->picture = path;
  g_page->part = part;
  return true;
}

std::string page_address() {
  std::array<char, 2048> text{};
  page_place(text.data(), static_cast<int>(text.size()));
  return text.data();
}
bool prefers_reduced_motion() { return page_reduced_motion() != 0; }
void show_address(const std::string& link, bool another) { page_show_address(link.c_str(), another ? 1 : 0); }
void hand_over(const std::string& path) { page_hand_over(path.c_str()); }
void keep(const std::string& path) { page_keep(path.c_str()); }
// This many replicas can be shown within a second, and this many nodes can be told apart.
Bounds bounds() {
  const char* const mebibytes = std::getenv("KAFKASCOPE_MEMORY");  // for tests
  return {15'000, (mebibytes == nullptr ? 1024 : std::clamp<std::int64_t>(std::atoi(mebibytes), 100, 1024)) << 20, 300};
}
bool out_of_bounds() { return allocated_bytes() > static_cast<std::size_t>(bounds().memory_bytes); }

}  // namespace kafkascope::app

// Functions for page.js, valid once the window exists.
extern "C" {

using kafkascope::app::g_page;

EMSCRIPTEN_KEEPALIVE void page_pointer(float x, float y) {
  g_page->x = x;
  g_page->y = y;
  if (!g_page->inputs.empty() && g_page->inputs.back().button < 0 && !g_page->inputs.back().typed)
    g_page->inputs.pop_back();  // the earlier position has not been used
  g_page->inputs.push_back({x, y, -1, false});
  g_page->awake = 8;
}
EMSCRIPTEN_KEEPALIVE void page_button(int button, int down) {
  if (button < 0 || button > 2) return;
  g_page->inputs.push_back({g_page->x, g_page->y, button, down != 0});
  g_page->awake = 8;
}
EMSCRIPTEN_KEEPALIVE void page_wheel(float notches) {
  g_page->wheel += notches;
  g_page->awake = 8;
}
EMSCRIPTEN_KEEPALIVE void page_fingers(float x, float y, float zoom) {
  g_page->awake = 8;
  g_page->callbacks.fingers(x, y, zoom);
}
EMSCRIPTEN_KEEPALIVE void page_copied(int copied) {
  g_page->awake = 8;
  if (const auto done = std::exchange(g_page->copied, {})) done(copied != 0);
}
EMSCRIPTEN_KEEPALIVE int page_drags() { return g_page->callbacks.drags() ? 1 : 0; }
EMSCRIPTEN_KEEPALIVE void page_flush() { g_page->callbacks.flush(); }
EMSCRIPTEN_KEEPALIVE void page_reload_fonts() {
  g_page->awake = 8;
  g_page->callbacks.reload_fonts();
}
/// action: 0 up, 1 down, 2 repeated; mods: 1 shift, 2 ctrl, 4 alt.
EMSCRIPTEN_KEEPALIVE void page_key(int key, int action, int mods) {
  kafkascope::app::type([key, action, mods] {
    if (action != 2) g_page->callbacks.hold(key, action == 1);
    if (action != 0) g_page->callbacks.key({key, (mods & 2) != 0, (mods & 1) != 0, (mods & 4) != 0, action == 2});
  });
}
EMSCRIPTEN_KEEPALIVE void page_text(unsigned codepoint) {
  kafkascope::app::type([codepoint] { g_page->callbacks.text(codepoint); });
}
EMSCRIPTEN_KEEPALIVE void page_drop(const char* path) {
  g_page->awake = 8;
  g_page->callbacks.drop(path);
}
EMSCRIPTEN_KEEPALIVE void page_do(const char* step) {
  g_page->awake = 8;
  g_page->callbacks.step(step);
}
/// The time to build a frame without drawing it, in microseconds: the mean of `frames` frames. For measurements (docs/performance.md).
EMSCRIPTEN_KEEPALIVE double page_frame_us(int frames) {
  const float scale =
      g_page->callbacks.fit(static_cast<float>(emscripten_get_device_pixel_ratio()), g_page->width, g_page->height);
  const double began = emscripten_get_now();
  for (int n = 0; n < frames; ++n) {
    ImGui::NewFrame();
    g_page->callbacks.frame(
        {static_cast<float>(g_page->width) / scale, static_cast<float>(g_page->height) / scale, scale, 0});
    ImGui::Render();
  }
  return (emscripten_get_now() - began) * 1000 / frames;
}
EMSCRIPTEN_KEEPALIVE void page_follow(const char* link) {
  g_page->awake = 8;
  g_page->callbacks.follow(link);
}
}
