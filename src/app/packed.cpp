#include "app/packed.h"

#include <cstdint>
#include <cstdlib>
#include <memory>

#include "app/base64.h"

#define STB_IMAGE_WRITE_IMPLEMENTATION
#define STB_IMAGE_WRITE_STATIC
#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_PNG
#define STBI_NO_STDIO
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
#pragma GCC diagnostic ignored "-Wunused-but-set-variable"
#pragma GCC diagnostic ignored "-Wsign-compare"
#endif
#include <stb/stb_image.h>
#include <stb/stb_image_write.h>
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

namespace kafkascope::app {
namespace {

/// The checksum of RFC 1950, which is in the last four bytes.
std::uint32_t adler32(std::string_view text) {
  std::uint32_t a = 1, b = 0;
  for (const char c : text) {
    a = (a + static_cast<unsigned char>(c)) % 65521;
    b = (b + a) % 65521;
  }
  return b << 16 | a;
}

}  // namespace

std::string packed(std::string text) {
  int size = 0;
  const std::unique_ptr<unsigned char, decltype(&std::free)> made(
      stbi_zlib_compress(reinterpret_cast<unsigned char*>(text.data()), static_cast<int>(text.size()), &size, 8),
      &std::free);
  return base64url({reinterpret_cast<const char*>(made.get()), static_cast<std::size_t>(size)});
}

std::optional<std::string> unpacked(std::string_view packed) {
  constexpr std::size_t kTrailer = 4;
  if (packed.size() > kMostUnpacked) return std::nullopt;
  const auto bytes = from_base64url(packed);
  if (!bytes || bytes->size() <= kTrailer) return std::nullopt;
  std::string text(kMostUnpacked, '\0');
  const int size = stbi_zlib_decode_buffer(text.data(), static_cast<int>(text.size()), bytes->data(),
                                           static_cast<int>(bytes->size()));
  if (size < 0) return std::nullopt;
  text.resize(static_cast<std::size_t>(size));
  std::uint32_t told = 0;
  for (std::size_t i = bytes->size() - kTrailer; i < bytes->size(); ++i)
    told = told << 8 | static_cast<unsigned char>((*bytes)[i]);
  return told == adler32(text) ? std::optional(std::move(text)) : std::nullopt;
}

}  // namespace kafkascope::app
