# For WebAssembly (scripts/web): header-only libraries as the system has them; RE2 and Dear ImGui are compiled from their sources. Those
# come from Debian's source packages (FETCHCONTENT_SOURCE_DIR_RE2 and _IMGUI, which scripts/web sets), elsewhere from their tags.
include(FetchContent)
find_package(Threads REQUIRED)

# WebAssembly's own exceptions, instead of calls through JavaScript.
add_compile_options(-fwasm-exceptions)
add_link_options(-fwasm-exceptions)

# The system's folder of headers as a whole would hide the C library of the browser build: only these are taken from it.
set(web_headers ${PROJECT_BINARY_DIR}/headers)
file(MAKE_DIRECTORY ${web_headers})
foreach(header fmt nlohmann CLI stb xxhash.h)
  find_path(${header}_folder NAMES ${header} PATHS /usr/include /usr/local/include /opt/homebrew/include
            REQUIRED NO_CMAKE_FIND_ROOT_PATH NO_DEFAULT_PATH)
  file(CREATE_LINK ${${header}_folder}/${header} ${web_headers}/${header} SYMBOLIC)
endforeach()
function(kafkascope_header_library name)
  string(REPLACE "::" "_" target ${name})
  add_library(${target}_headers INTERFACE)
  target_include_directories(${target}_headers SYSTEM INTERFACE ${web_headers})
  target_compile_definitions(${target}_headers INTERFACE ${ARGN})
  add_library(${name} ALIAS ${target}_headers)
endfunction()
kafkascope_header_library(fmt::fmt FMT_HEADER_ONLY)
kafkascope_header_library(xxhash::xxhash XXH_INLINE_ALL)
kafkascope_header_library(nlohmann_json::nlohmann_json)
kafkascope_header_library(CLI11::CLI11)

set(CMAKE_POLICY_DEFAULT_CMP0077 NEW)  # RE2 asks for an old CMake
set(RE2_BUILD_TESTING OFF)
set(CMAKE_UNITY_BUILD_OF_KAFKASCOPE ${CMAKE_UNITY_BUILD})
set(CMAKE_UNITY_BUILD OFF)
FetchContent_Declare(re2 GIT_REPOSITORY https://github.com/google/re2.git GIT_TAG 2022-06-01)
FetchContent_Declare(imgui GIT_REPOSITORY https://github.com/ocornut/imgui.git GIT_TAG v1.86)
FetchContent_GetProperties(re2)
if(NOT re2_POPULATED)
  FetchContent_Populate(re2)
  add_subdirectory(${re2_SOURCE_DIR} ${re2_BINARY_DIR} EXCLUDE_FROM_ALL)
endif()

if(KAFKASCOPE_UI)
  FetchContent_Populate(imgui)
  add_library(imgui_web STATIC ${imgui_SOURCE_DIR}/imgui.cpp ${imgui_SOURCE_DIR}/imgui_draw.cpp ${imgui_SOURCE_DIR}/imgui_tables.cpp
    ${imgui_SOURCE_DIR}/imgui_widgets.cpp ${imgui_SOURCE_DIR}/misc/cpp/imgui_stdlib.cpp
    ${imgui_SOURCE_DIR}/backends/imgui_impl_opengl3.cpp)
  target_include_directories(imgui_web SYSTEM PUBLIC ${imgui_SOURCE_DIR} ${imgui_SOURCE_DIR}/misc/cpp)
  # WebGL 2 has no base vertex: one list of more than 65,536 vertices needs indices of 32 bits.
  target_compile_definitions(imgui_web PUBLIC IMGUI_IMPL_OPENGL_ES3 "ImDrawIdx=unsigned int" IMGUI_DISABLE_DEMO_WINDOWS)
  # See app/web/gl_state.cpp.
  set_source_files_properties(${imgui_SOURCE_DIR}/backends/imgui_impl_opengl3.cpp PROPERTIES COMPILE_DEFINITIONS
    "glGetIntegerv=page_gl_get_integers;glIsEnabled=page_gl_is_enabled")
  target_link_options(imgui_web PUBLIC -sMIN_WEBGL_VERSION=2 -sMAX_WEBGL_VERSION=2)
  add_library(imgui::imgui ALIAS imgui_web)
endif()
set(CMAKE_UNITY_BUILD ${CMAKE_UNITY_BUILD_OF_KAFKASCOPE})
