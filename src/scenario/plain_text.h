// Prepares text from a file or command line for display, so that no terminal or page executes anything in it.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace kafkascope::scenario {

/// A text that arrives in pieces. Control characters except line feed and tab, DEL, the C1 controls and the marks that
/// change the direction of writing (Unicode UAX #9: bidirectional formatting) become \u001b …, as JSON would write
/// them; bytes that are not UTF-8 become U+FFFD.
class PlainText {
 public:
  /// Appends the complete characters to `out`; a character that `bytes` cuts off waits for the next piece.
  void put(std::string_view bytes, std::string& out);
  /// The text has ended: incomplete bytes that are left do not form a character.
  void finish(std::string& out);

 private:
  std::string waiting_;
};

std::string plain(std::string_view text);

}  // namespace kafkascope::scenario
