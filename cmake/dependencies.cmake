# System packages first (Debian 12's versions are the minimum).
find_package(PkgConfig REQUIRED)
find_package(nlohmann_json 3.11 REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(Threads REQUIRED)

pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)
add_library(xxhash::xxhash ALIAS PkgConfig::XXHASH)
pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
add_library(re2::re2 ALIAS PkgConfig::RE2)
find_package(CLI11 2.1 REQUIRED)

if(KAFKASCOPE_TESTS)
  find_package(doctest 2.4 REQUIRED)
  find_package(rapidcheck CONFIG REQUIRED)
endif()

if(KAFKASCOPE_UI)
  pkg_check_modules(IMGUI REQUIRED IMPORTED_TARGET imgui>=1.86)
  find_package(glfw3 3.3 REQUIRED)
  pkg_check_modules(EGL REQUIRED IMPORTED_TARGET egl)

  # glad's GL 3.3 core loader, generated at build. --reproducible: from the bundled specification, nothing is downloaded.
  find_program(GLAD_PROGRAM glad REQUIRED)
  set(glad_dir ${PROJECT_BINARY_DIR}/glad)
  add_custom_command(
    OUTPUT ${glad_dir}/src/gl.c ${glad_dir}/include/glad/gl.h
    COMMAND ${GLAD_PROGRAM} --api gl:core=3.3 --extensions GL_KHR_debug --out-path ${glad_dir} --reproducible --quiet c --loader
    COMMENT "Generating the OpenGL 3.3 core loader")
  add_library(glad STATIC ${glad_dir}/src/gl.c ${glad_dir}/include/glad/gl.h)
  target_include_directories(glad SYSTEM PUBLIC ${glad_dir}/include)
  target_link_libraries(glad PUBLIC ${CMAKE_DL_LIBS})

  add_library(imgui_all INTERFACE)
  target_link_libraries(imgui_all INTERFACE PkgConfig::IMGUI glfw PkgConfig::EGL glad)
  add_library(imgui::imgui ALIAS imgui_all)
endif()
