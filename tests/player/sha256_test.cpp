// SHA-256, by which a page's policy identifies its style and script.
#include "app/sha256.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

using kafkascope::app::sha256;

namespace {
std::string hex(const std::string& bytes) {
  std::string out;
  for (const char c : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out;
}
}  // namespace

TEST_CASE("SHA-256: the hashes of the standard's examples are right") {
  CHECK(hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  CHECK(hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(hex(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")) ==
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  CHECK(hex(sha256(std::string(1'000'000, 'a'))) == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST_CASE("SHA-256: the hashes of lengths around a block's end are right") {
  std::string all;
  for (std::size_t length = 50; length <= 70; ++length) all += sha256(std::string(length, 'x'));
  CHECK(hex(sha256(all)) == "7655e1660ee60753954acfd1a9f98dac6425ea7df90a730a7009f915434f181a");
}
