// Pictures without a display: an EGL surfaceless context, a framebuffer object, a PNG.
#pragma once
#include <functional>
#include <string>

namespace kafkascope::app {

/// Prepares the frame: returns true when the font atlas changed and must be uploaded. Called before ImGui::NewFrame.
using PrepareFrame = std::function<bool()>;
/// Draws with ImGui; called between NewFrame and Render. Returns true when another frame is needed before the picture.
using DrawFrame = std::function<bool()>;

struct Picture {
  bool ok = false;
  std::string error;  // a message, if not ok
};

/// Draws until `draw` needs no further frame (at most 8 frames) and writes the last one. Creates and destroys an ImGui
/// context unless one exists. `pixels`, if given, receives RGBA rows from the top.
Picture render_png(const PrepareFrame& prepare, const DrawFrame& draw, int width, int height, const std::string& path,
                   std::string* pixels = nullptr);

/// Renders consecutive frames in one context: a clip. `frame` gets the frame's number and returns false at the end;
/// `sink` gets RGBA rows from the top.
Picture render_frames(const PrepareFrame& prepare, const std::function<bool(int)>& frame,
                      const std::function<bool(const unsigned char*)>& sink, int width, int height);

}  // namespace kafkascope::app
