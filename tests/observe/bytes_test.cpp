// A record's bytes in readable form.
#include <doctest/doctest.h>

#include "observe/words/bytes.h"

using namespace kafkascope::observe;
using namespace std::string_view_literals;

TEST_CASE("bytes are shown as text if they are valid text, otherwise in hex") {
  CHECK(shown("1500 won") == "1500 won");
  CHECK(shown("천오백 원") == "천오백 원");
  CHECK(shown("\0\0\0\0\0\0\x05\xdc"sv) == "00 00 00 00 00 00 05 dc");
  CHECK(shown("a\n"sv) == "61 0a");
  CHECK_FALSE(is_text("\xec\xb2"sv));  // half a character
  CHECK_FALSE(is_text("\xc0\xaf"sv));  // an overlong slash
  CHECK_FALSE(is_text("\xf5\x80\x80\x80"sv));
  CHECK(in_hex("\x01\x02\x03"sv, 2) == "01 02 …");
  CHECK(printed("\0\0\x05\xdc!"sv) == "....!");
  CHECK(shown("").empty());
}
