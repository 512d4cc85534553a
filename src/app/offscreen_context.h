// OpenGL 3.3 with nothing to be seen.
#pragma once
#include <string>

namespace kafkascope::app {

class OffscreenContext {
 public:
  OffscreenContext() = default;
  ~OffscreenContext();
  OffscreenContext(const OffscreenContext&) = delete;
  OffscreenContext& operator=(const OffscreenContext&) = delete;

  /// Loads OpenGL and makes the context the current one; in words why not, or "".
  std::string open();

 private:
  void* display_ = nullptr;
  void* context_ = nullptr;
};

}  // namespace kafkascope::app
