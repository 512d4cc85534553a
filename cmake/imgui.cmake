# Dear ImGui, compiled from its sources.
include(FetchContent)
FetchContent_Declare(imgui GIT_REPOSITORY https://github.com/ocornut/imgui.git GIT_TAG v1.86)
FetchContent_Populate(imgui)
add_library(imgui_here STATIC ${imgui_SOURCE_DIR}/imgui.cpp ${imgui_SOURCE_DIR}/imgui_draw.cpp ${imgui_SOURCE_DIR}/imgui_tables.cpp
  ${imgui_SOURCE_DIR}/imgui_widgets.cpp ${imgui_SOURCE_DIR}/misc/cpp/imgui_stdlib.cpp
  ${imgui_SOURCE_DIR}/backends/imgui_impl_opengl3.cpp)
set_target_properties(imgui_here PROPERTIES UNITY_BUILD OFF)
target_include_directories(imgui_here SYSTEM PUBLIC ${imgui_SOURCE_DIR} ${imgui_SOURCE_DIR}/misc/cpp)
target_compile_definitions(imgui_here PUBLIC IMGUI_DISABLE_DEMO_WINDOWS)
if(EMSCRIPTEN)
  # WebGL 2 has no base vertex, so a list of more than 65,536 vertices needs 32-bit indices.
  target_compile_definitions(imgui_here PUBLIC IMGUI_IMPL_OPENGL_ES3 "ImDrawIdx=unsigned int")
  # See app/web/gl_state.cpp.
  set_source_files_properties(${imgui_SOURCE_DIR}/backends/imgui_impl_opengl3.cpp PROPERTIES COMPILE_DEFINITIONS
    "glGetIntegerv=page_gl_get_integers;glIsEnabled=page_gl_is_enabled")
  target_link_options(imgui_here PUBLIC -sMIN_WEBGL_VERSION=2 -sMAX_WEBGL_VERSION=2)
else()
  target_sources(imgui_here PRIVATE ${imgui_SOURCE_DIR}/backends/imgui_impl_glfw.cpp)
  target_link_libraries(imgui_here PUBLIC glfw glad)
endif()
