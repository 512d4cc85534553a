// The real window: GLFW, OpenGL 3.3, one frame callback. Returns a message if there is no display or no working OpenGL.
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
  float scale = 0;  // 0: the monitor's own scale; otherwise this scale (for projectors)
};

struct WindowKey {
  int key = 0;  // GLFW's number: the physical place of the key
  bool ctrl = false, shift = false, alt = false, repeat = false;
};

struct WindowFrame {
  float width = 0, height = 0;  // logical: pixels / scale
  float scale = 1;
  double seconds = 0;  // since the previous frame
};

struct WindowCallbacks {
  /// Before ImGui::NewFrame; true when the font atlas changed.
  std::function<bool(float scale)> prepare;
  /// The scale at which to draw a framebuffer of that size; without it the monitor's scale.
  std::function<float(float scale, int width, int height)> fit;
  /// Between NewFrame and Render. Returns false to close the window.
  std::function<bool(const WindowFrame&)> frame;
  std::function<void(const WindowKey&)> key;
  std::function<void(unsigned codepoint)> text;
  /// A key went down or up (not repeated).
  std::function<void(int key, bool down)> hold;
  /// The frame just built lacks glyphs that the next one will have, so it is neither drawn nor shown.
  std::function<bool()> incomplete;
  /// True while nothing moves: the loop then waits for input instead of drawing 60 times a second.
  std::function<bool()> idle;
  /// A file was dropped on the window.
  std::function<void(const std::string& path)> drop;
  /// Two fingers on a touch screen moved by these pixels, and their distance grew by the factor `zoom`.
  std::function<void(float x, float y, float zoom)> fingers;
  /// Whether the object under the pointer can be dragged.
  std::function<bool()> drags;
  /// The fonts lack characters that are shown; their files have been replaced. (A page fetches the full fonts only
  /// then.)
  std::function<bool()> lacks_characters;
  std::function<void()> reload_fonts;
  /// The page's address has a new link after its # (e.g. by the browser's back button).
  std::function<void(const std::string& link)> follow;
  /// The page is about to close.
  std::function<void()> flush;
  /// Carries out a step of a scenario without a time, {"do": …}.
  std::function<void(const std::string& step)> step;
};

struct WindowResult {
  bool ok = false;
  bool stays = false;  // the page's window: it continues after run_window has returned
  std::string error;   // one line for the user: why no window opened
};

/// Runs until the window closes; a page's window continues by itself, with a copy of the callbacks. Call from the main
/// thread.
WindowResult run_window(const WindowOptions& options, const WindowCallbacks& callbacks);

/// From now on Ctrl+C in the terminal only sets a flag, so that a window can close in order.
void stop_on_interrupt();
bool interrupted();

/// Usable from within a frame callback.
void toggle_fullscreen();
/// `done` reports whether it was copied: a browser may refuse.
void set_clipboard(const std::string& text, const std::function<void(bool copied)>& done);
/// Opens the address in the system's browser, or in another tab of the page's. `done` reports, in this frame or a later
/// one, whether that worked: no browser may be installed, and a page's browser may refuse.
void open_address(const std::string& address, const std::function<void(bool opened)>& done);
/// A part of the frame, measured from the top left; empty: the whole frame.
struct PixelRect {
  int x = 0, y = 0, w = 0, h = 0;
};
/// Writes the frame being drawn, once it is rendered. False when there is no window.
bool save_window_picture(const std::string& path, const PixelRect& part = {});
/// Microseconds from the program's start to the end of the first frame that was shown, and the processor time used for it; -1: no frame
/// was shown, or this is a page.
struct FirstFrame {
  std::int64_t after_us = -1, cpu_us = -1;
};
FirstFrame first_frame();

// Functions for pages; natively they do nothing, because files are already where the user finds them.

/// The page's address without the part after #; empty: this is not a page.
std::string page_address();
/// The setting of the user's system.
bool prefers_reduced_motion();
/// Sets the address to this link. `another`: another lesson, so the back button returns to the previous one.
void show_address(const std::string& link, bool another);
/// Offers a requested file to the user: the browser saves it.
void hand_over(const std::string& path);
/// The limits on a scenario's cost in this window.
Bounds bounds();
/// Whether this program takes more memory than its bounds allow.
bool out_of_bounds();
/// Keeps a file for the next load of the page; an empty file is removed.
void keep(const std::string& path);

}  // namespace kafkascope::app
