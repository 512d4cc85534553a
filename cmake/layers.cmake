# One static library per folder of src/, linked in the order of the layers. The include rule is checked at
# every build: a file may include only its own layer and those declared before it.
set(KAFKASCOPE_WARNINGS -Wall -Wextra -Wpedantic -Werror)
set_property(GLOBAL PROPERTY KAFKASCOPE_LAYERS "")

add_library(kafkascope_options INTERFACE)
target_include_directories(kafkascope_options INTERFACE ${PROJECT_SOURCE_DIR}/src)
# No fused multiply-add: it changed results between machines (docs/architecture.md, "The rules that keep it deterministic").
target_compile_options(kafkascope_options INTERFACE ${KAFKASCOPE_WARNINGS} -ffp-contract=off)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14)
  # A false alarm about std::string + char (GCC bug 105651), fixed in later versions.
  target_compile_options(kafkascope_options INTERFACE -Wno-restrict)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_GREATER_EQUAL 13)
  # A false alarm about functions that return a reference and take a temporary: a name to look up, a view to look into.
  target_compile_options(kafkascope_options INTERFACE -Wno-dangling-reference)
endif()
target_compile_definitions(kafkascope_options INTERFACE KAFKASCOPE_VERSION="${PROJECT_VERSION}")

# System-specific files: x_windows.cpp replaces x.cpp on Windows. Pictures that are not shown are drawn through EGL
# where there is one.
function(kafkascope_for_this_system variable)
  set(files ${${variable}})
  if(WIN32)
    foreach(file ${files})
      if(file MATCHES "_windows\\.cpp$")
        string(REGEX REPLACE "_windows\\.cpp$" ".cpp" other ${file})
        list(REMOVE_ITEM files ${other})
        # Windows' headers define many words as macros
        set_source_files_properties(${file} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
      endif()
    endforeach()
  else()
    list(FILTER files EXCLUDE REGEX "_windows\\.cpp$")
  endif()
  if(WIN32 OR APPLE)
    list(FILTER files EXCLUDE REGEX "_egl\\.cpp$")
  else()
    list(FILTER files EXCLUDE REGEX "_glfw\\.cpp$")
  endif()
  set(${variable} ${files} PARENT_SCOPE)
endfunction()

# The window's code draws some 60 frames a second in a small part of that time: with -O1 it compiles in two thirds of the time.
function(kafkascope_compile_sooner target)
  target_compile_options(${target} PRIVATE $<$<AND:$<CONFIG:Release>,$<CXX_COMPILER_ID:GNU>>:-O1>)
endfunction()

# What is neither the engine nor runs for every event: a visitor's browser has to fetch the program, so it is compiled for size there.
function(kafkascope_compile_smaller target)
  if(EMSCRIPTEN)
    target_compile_options(${target} PRIVATE -Os)
  endif()
endfunction()

function(kafkascope_layer name)
  cmake_parse_arguments(ARG "" "" "LINKS" ${ARGN})
  get_property(above GLOBAL PROPERTY KAFKASCOPE_LAYERS)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.cpp)
  kafkascope_for_this_system(sources)
  if(sources)
    add_library(${name} STATIC ${sources})
    set(scope PUBLIC)
    if(name STREQUAL "ui")
      set_target_properties(${name} PROPERTIES UNITY_BUILD_BATCH_SIZE 8)  # its panels have constants of the same names
      kafkascope_compile_sooner(${name})
    elseif(EMSCRIPTEN)  # in one piece: its headers are read once
      set_target_properties(${name} PROPERTIES UNITY_BUILD_BATCH_SIZE 0)
    endif()
    if(name MATCHES "^(words|protocol|scenario|observe|ui)$")
      kafkascope_compile_smaller(${name})
    endif()
  else()
    add_library(${name} INTERFACE)
    set(scope INTERFACE)
  endif()
  target_link_libraries(${name} ${scope} kafkascope_options ${ARG_LINKS})
  if(above)
    list(GET above -1 nearest)
    target_link_libraries(${name} ${scope} ${nearest})
  endif()
  set_property(GLOBAL APPEND PROPERTY KAFKASCOPE_LAYERS ${name})
endfunction()

function(kafkascope_check_layers)
  get_property(layers GLOBAL PROPERTY KAFKASCOPE_LAYERS)
  list(APPEND layers app)  # the program, below all libraries
  string(REPLACE ";" "," joined "${layers}")
  add_custom_target(check_layers ALL
    COMMAND ${CMAKE_COMMAND} -DSOURCE=${PROJECT_SOURCE_DIR}/src -DLAYERS=${joined} -P ${PROJECT_SOURCE_DIR}/cmake/check_layers.cmake
    COMMENT "Checking that each layer includes only those above it")
endfunction()
