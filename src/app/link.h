// A link to a moment: #acks@6.2s&select=broker-2&lang=ko&layout=workbench, alone or after a page's address; or with a whole scenario in
// it, #=eJy…@6.2s. The browser's page and the native program open the same links.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace kafkascope::app {

struct Link {
  std::string lesson;    // the id of a bundled lesson, or a file; empty: the first lesson
  std::string scenario;  // instead of a lesson: its text, packed (packed.h)
  std::string at;        // a duration; empty: from the start
  std::string select;
  std::string lang;    // en, ko; empty: unchanged
  std::string layout;  // lesson, workbench, presenter; empty: unchanged
};

/// Parses a link, or the form for files, file@time#selection. Returns nullopt if the text is neither, e.g. a plain file name. Unknown
/// parameters are ignored.
std::optional<Link> parse_link(std::string_view text);
/// The link's text, starting with #.
std::string link_text(const Link& link);
/// Encodes a name for an address: characters with a special meaning (%, #, ?, spaces) and letters beyond ASCII become
/// %xx.
std::string address_encoded(std::string_view text);

}  // namespace kafkascope::app
