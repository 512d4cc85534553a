// Without OpenGL a test of pictures fails, unless the environment says that none is expected: KAFKASCOPE_NO_GL=1.
#pragma once
#include <doctest/doctest.h>

#include <cstdlib>
#include <string>
#include <string_view>

/// To be called when no picture was made. What it says with KAFKASCOPE_NO_GL=1 makes ctest count the test as skipped.
inline void no_picture(const std::string& error) {
  const char* env = std::getenv("KAFKASCOPE_NO_GL");
  const bool expected = env != nullptr && std::string_view(env) == "1";
  if (expected) MESSAGE("left out for want of OpenGL: " << error);
  CHECK_MESSAGE(expected, "no picture is made here (" << error << "); KAFKASCOPE_NO_GL=1 leaves these tests out");
}
