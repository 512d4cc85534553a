// Text of a file, or of a command line, on its way to people: nothing in it is obeyed by the terminal or the page that shows it.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace kafkascope::scenario {

/// A text that comes in pieces. Control characters but line feed and tab, DEL, the C1 controls and the marks that change the direction
/// of writing (Unicode UAX #9: bidirectional formatting) become \u001b …, as JSON would write them; bytes that are no UTF-8 become U+FFFD.
class PlainText {
 public:
  /// Appends what is whole to `out`; a character that `bytes` ends within waits for the next piece.
  void put(std::string_view bytes, std::string& out);
  /// The text is over: what has waited is no character.
  void finish(std::string& out);

 private:
  std::string waiting_;
};

std::string plain(std::string_view text);

}  // namespace kafkascope::scenario
