// The key of a sentence: "ui.undo"_w. Hashed at compile time, so that a lookup at run time costs as little as in an
// array.
#pragma once
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kafkascope::words {

/// FNV-1a, 32 bits. Where the table is built, it is checked that no two keys of a catalogue have the same hash.
constexpr std::uint32_t hash_of(std::string_view key) {
  std::uint32_t hash = 2166136261u;
  for (const char c : key) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  return hash;
}

/// A key consists of lower-case words separated by dots: "ui.step_of", "config.linger.ms". It may also contain '-', as
/// Kafka's names do.
constexpr bool is_key(std::string_view key) {
  if (key.empty() || key.front() == '.' || key.back() == '.') return false;
  for (const char c : key)
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-')) return false;
  return key.find('.') != std::string_view::npos;
}

struct Key {
  std::uint32_t hash = 0;  // 0: the empty key

  constexpr Key() = default;
  /// A key that is composed at run time, e.g. of "glossary." and a term's id.
  explicit constexpr Key(std::string_view key) : hash(hash_of(key)) {}
  constexpr bool empty() const { return hash == 0; }
  friend constexpr auto operator<=>(Key, Key) = default;
};

inline namespace literals {
/// A literal that is not a key does not compile. tests/words checks that both catalogues have every key.
/// clang before 17 calls an immediate function at run time where a template or a generic lambda names it, and then
/// finds no definition to link; g++ still refuses what is not a key.
#if defined(__clang__) && __clang_major__ < 17
constexpr
#else
consteval
#endif
    Key
    operator""_w(const char* text, std::size_t size) {
  if (!is_key({text, size})) throw "a key is lower-case words with dots between";
  return Key(std::string_view(text, size));
}
}  // namespace literals

}  // namespace kafkascope::words

namespace kafkascope {
using namespace words::literals;  // makes "ui.undo"_w available in every layer
}
