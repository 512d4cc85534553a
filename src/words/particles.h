// Chooses the Korean particles that fit the word before them.
#pragma once
#include <string>
#include <string_view>

namespace kafkascope::words {

/// Resolves "<이/가>", "<은/는>", "<을/를>", "<과/와>", "<이라는/라는>", "<이라서/라서>", "<으로/로>" by the last sound before each
/// particle: a Hangul syllable, a digit read aloud, a letter. Anything else in angle brackets stays.
std::string with_particles(std::string_view text);
/// Whether the text between '<' and '>' is a particle; the check of catalogues uses this to find misspelt ones.
bool is_particle(std::string_view pair);

}  // namespace kafkascope::words
