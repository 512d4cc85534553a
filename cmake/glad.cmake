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
