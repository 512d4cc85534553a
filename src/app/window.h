// The real window: GLFW, OpenGL 3.3, one frame callback. Says in words when there is no display or no working OpenGL.
#pragma once
#include <cstdint>
#include <functional>
#include <string>

#include "app/bounds.h"

namespace kafkascope::app {

struct WindowOptions {
  std::string title = "Kafkascope";
  int width = 1920, height = 1080;  // shrunk to the monitor's work area
  bool fullscreen = false;
  float scale = 0;  // 0: the monitor's own; else this (projectors)
};

struct WindowKey {
  int key = 0;  // GLFW's number: the physical place of the key
  bool ctrl = false, shift = false, alt = false, repeat = false;
};

struct WindowFrame {
  float width = 0, height = 0;  // logical: pixels / scale
  float scale = 1;
  double seconds = 0;  // since the frame before
};

struct WindowCallbacks {
  /// Before ImGui::NewFrame; true when the font atlas changed.
  std::function<bool(float scale)> prepare;
  /// The scale to draw a framebuffer of that size at; without it the monitor's.
  std::function<float(float scale, int width, int height)> fit;
  /// Between NewFrame and Render. Returns false to close the window.
  std::function<bool(const WindowFrame&)> frame;
  std::function<void(const WindowKey&)> key;
  std::function<void(unsigned codepoint)> text;
  /// A key went down or up (not repeated).
  std::function<void(int key, bool down)> hold;
  /// The frame just drawn lacks glyphs that the next one will have: it is not shown.
  std::function<bool()> incomplete;
  /// True while nothing moves: the loop then waits for input instead of drawing 60 times a second.
  std::function<bool()> idle;
  /// A file was dropped on the window.
  std::function<void(const std::string& path)> drop;
  /// Two fingers on a touch screen moved by so many pixels, and are `zoom` times as far apart.
  std::function<void(float x, float y, float zoom)> fingers;
  /// What is under the pointer is dragged.
  std::function<bool()> drags;
  /// The fonts lack characters that are shown; their files are others now. (A page fetches the full fonts only then.)
  std::function<bool()> lacks_characters;
  std::function<void()> reload_fonts;
  /// The page's address has another link behind its # (the browser's back button, say).
  std::function<void(const std::string& link)> follow;
  /// The page is about to go.
  std::function<void()> flush;
  /// Somebody does this: a step of a scenario without a time, {"do": …}.
  std::function<void(const std::string& step)> step;
};

struct WindowResult {
  bool ok = false;
  bool stays = false;  // the page's window: it runs on after run_window has returned
  std::string error;   // one line for a person: why no window opened
};

/// Runs until the window closes; a page's goes on by itself, with a copy of the callbacks. Call from the main thread.
WindowResult run_window(const WindowOptions& options, const WindowCallbacks& callbacks);

/// From now on Ctrl+C in the terminal is only noted, so that a window can close in order.
void stop_on_interrupt();
bool interrupted();

/// Usable from within a frame callback.
void toggle_fullscreen();
/// `done` says whether it is there: a browser may refuse.
void set_clipboard(const std::string& text, const std::function<void(bool copied)>& done);
/// Of the frame, from the top left; empty: all of it.
struct PixelRect {
  int x = 0, y = 0, w = 0, h = 0;
};
/// Writes the frame being drawn, once it is rendered. False when there is no window.
bool save_window_picture(const std::string& path, const PixelRect& part = {});

// What a page needs and a window does not: natively these do nothing, for files are where a person finds them.

/// The address of the page, without what is behind #; empty: this is no page.
std::string page_address();
/// What the person's system says.
bool prefers_reduced_motion();
/// The address leads to this link. `another`: another lesson, to which the back button leads back.
void show_address(const std::string& link, bool another);
/// A file that a person asked for: the browser saves it.
void hand_over(const std::string& path);
/// What a scenario may cost in this window.
Bounds bounds();
/// This program takes more memory than its bounds allow.
bool out_of_bounds();
/// A file that must be there again when the page is loaded anew; one that is empty is forgotten.
void keep(const std::string& path);

}  // namespace kafkascope::app
