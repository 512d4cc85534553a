// Characters that a terminal or a page would obey are shown as text.
#include "scenario/plain_text.h"

#include <doctest/doctest.h>

using namespace kafkascope::scenario;

TEST_CASE("control characters, C1 controls and bidirectional marks are escaped; letters, line feeds and tabs stay") {
  CHECK(plain("리더 A\n\tb – é 😀") == "리더 A\n\tb – é 😀");
  CHECK(plain("\x1b[2J\r\x7f") == "\\u001b[2J\\u000d\\u007f");
  CHECK(plain("\xC2\x9B"
              "31m") == "\\u009b31m");
  CHECK(plain("\u202E\u2066\u200F\u061C\u2028") == "\\u202e\\u2066\\u200f\\u061c\\u2028");
  CHECK(plain("a\x9b"
              "b\xC3") ==
        "a\uFFFD"
        "b\uFFFD");
  CHECK(plain("\xE0\x82\x9B") == "\\u009b");  // an overlong encoding
}

TEST_CASE("a character whose bytes arrive in two pieces stays one character") {
  const std::string text = "가\u202E\x1b나";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    std::string out;
    PlainText pieces;
    pieces.put(std::string_view(text).substr(0, cut), out);
    pieces.put(std::string_view(text).substr(cut), out);
    pieces.finish(out);
    CHECK(out == "가\\u202e\\u001b나");
  }
}
