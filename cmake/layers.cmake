# One static library per folder of src/, linked in the order of the layers. The include rule is checked at
# every build: a file may include only its own layer and those declared before it.
set(KAFKASCOPE_WARNINGS -Wall -Wextra -Wpedantic -Werror)
set_property(GLOBAL PROPERTY KAFKASCOPE_LAYERS "")

add_library(kafkascope_options INTERFACE)
target_include_directories(kafkascope_options INTERFACE ${PROJECT_SOURCE_DIR}/src)
# No fused multiply-add: it changed results between machines (docs/architecture.md, determinism).
target_compile_options(kafkascope_options INTERFACE ${KAFKASCOPE_WARNINGS} -ffp-contract=off)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 14)
  # A false alarm about std::string + char (GCC bug 105651); later versions have it mended.
  target_compile_options(kafkascope_options INTERFACE -Wno-restrict)
endif()
target_compile_definitions(kafkascope_options INTERFACE KAFKASCOPE_VERSION="${PROJECT_VERSION}")

function(kafkascope_layer name)
  cmake_parse_arguments(ARG "" "" "LINKS" ${ARGN})
  get_property(above GLOBAL PROPERTY KAFKASCOPE_LAYERS)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.cpp)
  if(sources)
    add_library(${name} STATIC ${sources})
    set(scope PUBLIC)
    if(EMSCRIPTEN AND NOT name STREQUAL "ui")  # in one piece: its headers are read once
      set_target_properties(${name} PROPERTIES UNITY_BUILD_BATCH_SIZE 0)
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
  string(REPLACE ";" "," joined "${layers}")
  add_custom_target(check_layers ALL
    COMMAND ${CMAKE_COMMAND} -DSOURCE=${PROJECT_SOURCE_DIR}/src -DLAYERS=${joined} -P ${PROJECT_SOURCE_DIR}/cmake/check_layers.cmake
    COMMENT "Checking that each layer includes only those above it")
endfunction()
