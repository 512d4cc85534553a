// Translates English to Korean with a catalog. Particles that fit the preceding word: words/particles.h.
//
// Reasons in traces, Kafka's own messages and the checker's problems are formed in English. The catalog has one entry for
// each, with {} for variable parts; the Korean text refers to them as {0}, {1} … in its own order, or as [0] if the part is itself a
// catalog phrase. Names, keys and states are not translated.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "words/particles.h"

namespace kafkascope::observe {

struct Phrase {
  std::string_view en;  // "no {} is called {}"
  std::string_view ko;  // the same with {1} and [0]
};

using words::with_particles;

class Phrasebook {
 public:
  explicit constexpr Phrasebook(std::span<const Phrase> phrases) : phrases_(phrases) {}
  /// The translation by the first matching phrase; nullopt if none matches.
  std::optional<std::string> korean(std::string_view english) const;
  std::span<const Phrase> phrases() const { return phrases_; }

 private:
  std::span<const Phrase> phrases_;
};

/// Translates a text that Kafka sends in a request or response; returns the English text if the catalog does not have it.
std::string reason_in_korean(std::string_view english);
/// The catalogues' family "said.".
const Phrasebook& reasons();

}  // namespace kafkascope::observe
