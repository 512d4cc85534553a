// Patterns, the sentences of a catalogue:
//   {broker}                 the argument of that name
//   {count:record|records}   the first when the argument is 1, else the second
//   {why?: because of {why}} what stands behind '?', if the argument is given and not empty
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
  std::size_t at = 0;                   // where, in bytes
  std::vector<std::string_view> names;  // of the arguments, sorted, each once; views into the pattern
};
/// Reads a pattern through: whether it is well formed, and what arguments it has.
Checked check(std::string_view pattern);

/// The '}' that closes the '{' before `from`; npos: none does.
std::size_t closing(std::string_view pattern, std::size_t from);
/// How many characters of an argument's name stand here.
std::size_t name_length(std::string_view text);

}  // namespace kafkascope::words
