// Korean from English by catalog, and particles that fit the word before them.
//
// Reasons in traces, Kafka's own messages and the checker's problems are formed in English where they arise. The catalog holds each
// once, with {} for what varies; the Korean side says {0}, {1} … in its own order, or [0] for a part that is a phrase of the book itself.
// Names, keys and states stay as they are.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace kafkascope::observe {

struct Phrase {
  std::string_view en;  // "no {} is called {}"
  std::string_view ko;  // "{1}<이라는/라는> [0]<은/는> 없어요"
};

/// Resolves "<이/가>", "<은/는>", "<을/를>", "<과/와>", "<이라는/라는>", "<이라서/라서>", "<으로/로>" by the last sound before each: a Hangul syllable,
/// a digit read aloud, a letter.
std::string with_particles(std::string_view text);

class Phrasebook {
 public:
  explicit constexpr Phrasebook(std::span<const Phrase> phrases) : phrases_(phrases) {}
  /// The first phrase that fits, nothing if none fits.
  std::optional<std::string> korean(std::string_view english) const;
  std::span<const Phrase> phrases() const { return phrases_; }

 private:
  std::span<const Phrase> phrases_;
};

/// Why something happened, as it stands in trace lines and answers; English as it is when the book does not know it.
std::string reason_in_korean(std::string_view english);
const Phrasebook& reasons();

}  // namespace kafkascope::observe
