// OpenGL through a hidden window: Windows and macOS have none without a window.
#include <glad/gl.h>

#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>

#include "app/offscreen_context.h"

namespace kafkascope::app {

OffscreenContext::~OffscreenContext() {
  if (context_ != nullptr) glfwDestroyWindow(static_cast<GLFWwindow*>(context_));
  glfwMakeContextCurrent(static_cast<GLFWwindow*>(display_));
}

std::string OffscreenContext::open() {
  if (glfwInit() == GLFW_FALSE) return "there is no display";
  display_ = glfwGetCurrentContext();  // the open window's context, if there is one
  glfwDefaultWindowHints();
  glfwWindowHint(GLFW_VISIBLE, GLFW_FALSE);
  glfwWindowHint(GLFW_CONTEXT_VERSION_MAJOR, 3);
  glfwWindowHint(GLFW_CONTEXT_VERSION_MINOR, 3);
  glfwWindowHint(GLFW_OPENGL_PROFILE, GLFW_OPENGL_CORE_PROFILE);
  glfwWindowHint(GLFW_OPENGL_FORWARD_COMPAT, GLFW_TRUE);
  context_ = glfwCreateWindow(64, 64, "Kafkascope", nullptr, nullptr);
  if (context_ == nullptr) return "OpenGL 3.3 is not available";
  glfwMakeContextCurrent(static_cast<GLFWwindow*>(context_));
  return gladLoadGL(glfwGetProcAddress) == 0 ? "OpenGL could not be loaded" : "";
}

}  // namespace kafkascope::app
