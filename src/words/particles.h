// Chooses the Korean particles that fit the word before them.
#pragma once
#include <string>
#include <string_view>

namespace kafkascope::words {

/// Resolves each pair of particles in angle brackets (docs/translating.md lists them) by the last sound before it: a Hangul syllable,
/// a digit read aloud, a letter. Anything else in angle brackets stays.
std::string with_particles(std::string_view text);
/// Whether the text between '<' and '>' is a particle; the check of catalogues uses this to find misspelt ones.
bool is_particle(std::string_view pair);

}  // namespace kafkascope::words
