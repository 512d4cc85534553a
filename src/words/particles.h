// Korean particles that fit the word before them.
#pragma once
#include <string>
#include <string_view>

namespace kafkascope::words {

/// Resolves "<이/가>", "<은/는>", "<을/를>", "<과/와>", "<이라는/라는>", "<이라서/라서>", "<으로/로>" by the last sound before each: a Hangul syllable,
/// a digit read aloud, a letter. Anything else in angle brackets stays.
std::string with_particles(std::string_view text);
/// What stands between '<' and '>' of a particle; the catalogue's check knows by it what is misspelt.
bool is_particle(std::string_view pair);

}  // namespace kafkascope::words
