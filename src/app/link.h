// A link to a moment: #acks@6.2s&select=broker-2&lang=ko&layout=workbench, alone or behind a page's address; or with a whole scenario in it,
// #=eJy…@6.2s. The browser's page and the native program open the same.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace kafkascope::app {

struct Link {
  std::string lesson;    // the id of a bundled one, or a file; empty: the first lesson
  std::string scenario;  // instead of a lesson: its text, packed (packed.h)
  std::string at;        // a duration; empty: from the start
  std::string select;
  std::string lang;    // en, ko; empty: as it is
  std::string layout;  // lesson, workbench, presenter; empty: as it is
};

/// Also the form for files, file@time#selection. Nothing when the text is neither: a file's plain name, say. What is not known is left out.
std::optional<Link> parse_link(std::string_view text);
/// Begins with #.
std::string link_text(const Link& link);
/// A name as a part of an address: what has a meaning there (%, #, ?, spaces) and letters beyond ASCII as %xx.
std::string address_encoded(std::string_view text);

}  // namespace kafkascope::app
