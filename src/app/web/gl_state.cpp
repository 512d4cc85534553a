// Dear ImGui's renderer queries OpenGL's state before it draws, in order to restore it. In a browser each such query
// waits for the graphics process; only that renderer changes the state of this page's canvas, so the answers are known: WebGL's
// initial values. cmake/imgui.cmake gives the renderer these two functions in place of OpenGL's.
#include <GLES3/gl3.h>

extern "C" {

void page_gl_get_integers(GLenum name, GLint* values) {
  switch (name) {
    case GL_CURRENT_PROGRAM:
    case GL_TEXTURE_BINDING_2D:
    case GL_ARRAY_BUFFER_BINDING:
    case GL_VERTEX_ARRAY_BINDING:
    case GL_SAMPLER_BINDING: *values = 0; break;
    case GL_ACTIVE_TEXTURE: *values = GL_TEXTURE0; break;
    case GL_VIEWPORT:
    case GL_SCISSOR_BOX: values[0] = values[1] = values[2] = values[3] = 0; break;
    case GL_BLEND_SRC_RGB:
    case GL_BLEND_SRC_ALPHA: *values = GL_ONE; break;
    case GL_BLEND_DST_RGB:
    case GL_BLEND_DST_ALPHA: *values = GL_ZERO; break;
    case GL_BLEND_EQUATION_RGB:
    case GL_BLEND_EQUATION_ALPHA: *values = GL_FUNC_ADD; break;
    default: glGetIntegerv(name, values);
  }
}
GLboolean page_gl_is_enabled(GLenum) { return GL_FALSE; }
}
