// A double must have the same text in every build, so the conversion does not use the standard library. Where the library
// supports it, both results agree.
#include <doctest/doctest.h>

#include <charconv>
#include <cstring>
#include <limits>

#include "protocol/serdes.h"

using namespace kafkascope::protocol;

namespace {
std::string text_of(double value) { return decoded(Serde::Double, *serialize(Serde::Double, Plain(value)).bytes); }
}  // namespace

TEST_CASE("a Double is written as the shortest text that reads back as the same value, with or without an exponent") {
  CHECK(text_of(0) == "0");
  CHECK(text_of(-1.5) == "-1.5");
  CHECK(text_of(0.1) == "0.1");
  CHECK(text_of(0.0001) == "1e-04");
  CHECK(text_of(99999) == "99999");
  CHECK(text_of(100000) == "1e+05");
  CHECK(text_of(1200000) == "1200000");
  CHECK(text_of(1.0 / 3) == "0.3333333333333333");
  CHECK(text_of(1e300) == "1e+300");
  CHECK(text_of(std::numeric_limits<double>::denorm_min()) == "5e-324");
}

#ifdef __cpp_lib_to_chars
TEST_CASE("a Double is written as std::to_chars writes it") {
  std::uint64_t bits = 88172645463325252;
  for (int i = 0; i < 100000; ++i) {
    bits ^= bits << 13, bits ^= bits >> 7, bits ^= bits << 17;
    double value;
    std::memcpy(&value, &bits, sizeof value);
    if (i % 2 == 0)
      value = static_cast<double>(static_cast<std::int64_t>(bits) >> (i % 60)) / (i % 3 == 0 ? 1.0 : 1000.0);
    char text[64];
    const std::string expected(text, std::to_chars(text, text + sizeof text, value).ptr);
    if (text_of(value) != expected) FAIL(expected);
  }
}
#endif
