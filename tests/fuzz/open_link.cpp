// libFuzzer: any bytes as a link, and as the content of a link.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "app/kept_session.h"
#include "app/link.h"
#include "app/packed.h"

using namespace kafkascope::app;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto carried = unpacked(text);
  if (carried && (carried->size() > kMostUnpacked || unpacked(packed(*carried)) != carried)) std::abort();
  for (const std::string_view runs : {text, carried ? std::string_view(*carried) : std::string_view()})
    if (const auto kept = read_kept(runs)) {
      const std::string written = kept_text(*kept);
      const auto again = read_kept(written);
      if (!again || kept_text(*again) != written) std::abort();
    }
  if (const auto link = parse_link(text)) parse_link(link_text(*link));
  return 0;
}
