// Patterns, the sentences of a catalogue:
//   {broker}                 the argument of that name
//   {count:record|records}   the first form if the argument is 1, else the second
//   {why?: because of {why}} the text after '?', if the argument is given and not empty
//   {{ and }}                braces
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kafkascope::words {

enum class Fault : std::uint8_t { None, Unclosed, Unopened, Name, Plural, Particle };

struct Checked {
  Fault fault = Fault::None;
  std::size_t at = 0;                   // position of the fault, in bytes
  std::vector<std::string_view> names;  // names of the arguments, sorted, each once; views into the pattern
};
/// Checks whether a pattern is well formed, and collects the names of its arguments.
Checked check(std::string_view pattern);

/// The '}' that closes the '{' before `from`; npos if there is none.
std::size_t closing(std::string_view pattern, std::size_t from);
/// The length of the argument name at the start of `text`.
std::size_t name_length(std::string_view text);

}  // namespace kafkascope::words
