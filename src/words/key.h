// The name of a sentence: "ui.undo"_w. Hashed at compile time, so that looking one up at run time costs as much as an array.
#pragma once
#include <compare>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace kafkascope::words {

/// FNV-1a, 32 bits. That no two keys of the catalogue share one is checked where the table is built.
constexpr std::uint32_t hash_of(std::string_view key) {
  std::uint32_t hash = 2166136261u;
  for (const char c : key) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  return hash;
}

/// Lower-case words with dots between: "ui.step_of", "config.linger.ms". What a name of Kafka's has besides may stand in it, too: '-'.
constexpr bool is_key(std::string_view key) {
  if (key.empty() || key.front() == '.' || key.back() == '.') return false;
  for (const char c : key)
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-')) return false;
  return key.find('.') != std::string_view::npos;
}

struct Key {
  std::uint32_t hash = 0;  // 0: no sentence

  constexpr Key() = default;
  /// Of a key that is put together from parts at run time: "glossary." and the term's id.
  explicit constexpr Key(std::string_view key) : hash(hash_of(key)) {}
  constexpr bool empty() const { return hash == 0; }
  friend constexpr auto operator<=>(Key, Key) = default;
};

inline namespace literals {
/// A literal that is no key does not compile; that it stands in both catalogues is checked by tests/words.
consteval Key operator""_w(const char* text, std::size_t size) {
  if (!is_key({text, size})) throw "a key is lower-case words with dots between";
  return Key(std::string_view(text, size));
}
}  // namespace literals

}  // namespace kafkascope::words

namespace kafkascope {
using namespace words::literals;  // "ui.undo"_w in every layer
}
