// libFuzzer: any bytes as a link, and as what a link carries.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "app/link.h"
#include "app/packed.h"

using namespace kafkascope::app;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto carried = unpacked(text);
  if (carried && (carried->size() > kMostUnpacked || unpacked(packed(*carried)) != carried)) std::abort();
  if (const auto link = parse_link(text)) parse_link(link_text(*link));
  return 0;
}
