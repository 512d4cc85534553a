# For WebAssembly (scripts/web) and Windows (scripts/windows): header-only libraries as this system has them; RE2, Dear ImGui and GLFW are
# compiled from their sources. Those come from Debian's source packages (FETCHCONTENT_SOURCE_DIR_RE2, _IMGUI and _GLFW, which the scripts
# set), elsewhere from their tags.
include(FetchContent)
find_package(Threads REQUIRED)

if(EMSCRIPTEN)
  # WebAssembly's own exceptions, instead of calls through JavaScript.
  add_compile_options(-fwasm-exceptions)
  add_link_options(-fwasm-exceptions)
endif()

# The system's whole folder of headers would hide the C library of the target, so only these headers are taken from it.
set(taken_headers ${PROJECT_BINARY_DIR}/headers)
file(MAKE_DIRECTORY ${taken_headers})
foreach(header fmt nlohmann CLI stb xxhash.h)
  find_path(${header}_folder NAMES ${header} PATHS /usr/include /usr/local/include /opt/homebrew/include
            REQUIRED NO_CMAKE_FIND_ROOT_PATH NO_DEFAULT_PATH)
  file(CREATE_LINK ${${header}_folder}/${header} ${taken_headers}/${header} SYMBOLIC)
endforeach()
function(kafkascope_header_library name)
  string(REPLACE "::" "_" target ${name})
  add_library(${target}_headers INTERFACE)
  target_include_directories(${target}_headers SYSTEM INTERFACE ${taken_headers})
  target_compile_definitions(${target}_headers INTERFACE ${ARGN})
  add_library(${name} ALIAS ${target}_headers)
endfunction()
kafkascope_header_library(fmt::fmt FMT_HEADER_ONLY)
kafkascope_header_library(xxhash::xxhash XXH_INLINE_ALL)
kafkascope_header_library(nlohmann_json::nlohmann_json)
kafkascope_header_library(CLI11::CLI11)

set(CMAKE_POLICY_DEFAULT_CMP0077 NEW)  # RE2's minimum CMake version is old
set(RE2_BUILD_TESTING OFF)
set(CMAKE_UNITY_BUILD_OF_KAFKASCOPE ${CMAKE_UNITY_BUILD})
set(CMAKE_UNITY_BUILD OFF)
FetchContent_Declare(re2 GIT_REPOSITORY https://github.com/google/re2.git GIT_TAG 2022-06-01)
FetchContent_Declare(glfw GIT_REPOSITORY https://github.com/glfw/glfw.git GIT_TAG 3.3.8)
function(kafkascope_compile name)
  FetchContent_GetProperties(${name})
  if(NOT ${name}_POPULATED)
    FetchContent_Populate(${name})
    add_subdirectory(${${name}_SOURCE_DIR} ${${name}_BINARY_DIR} EXCLUDE_FROM_ALL)
  endif()
endfunction()
kafkascope_compile(re2)

if(KAFKASCOPE_UI)
  if(NOT EMSCRIPTEN)
    foreach(part GLFW_BUILD_EXAMPLES GLFW_BUILD_TESTS GLFW_BUILD_DOCS GLFW_INSTALL)
      set(${part} OFF)
    endforeach()
    kafkascope_compile(glfw)
    include(cmake/glad.cmake)
  endif()
  include(cmake/imgui.cmake)
  add_library(imgui::imgui ALIAS imgui_here)
endif()
set(CMAKE_UNITY_BUILD ${CMAKE_UNITY_BUILD_OF_KAFKASCOPE})
