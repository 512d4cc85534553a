// OpenGL 3.3 without a visible window.
#pragma once
#include <string>

namespace kafkascope::app {

class OffscreenContext {
 public:
  OffscreenContext() = default;
  ~OffscreenContext();
  OffscreenContext(const OffscreenContext&) = delete;
  OffscreenContext& operator=(const OffscreenContext&) = delete;

  /// Loads OpenGL and makes the context current; returns an error message, or "".
  std::string open();

 private:
  void* display_ = nullptr;
  void* context_ = nullptr;
};

}  // namespace kafkascope::app
