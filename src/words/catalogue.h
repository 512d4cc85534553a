// Catalogues of words, one for each language: key -> pattern (docs/translating.md). Those in assets/words are compiled
// in; a folder with other catalogues can replace them, so that a translator needs no compiler.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "words/key.h"

namespace kafkascope::words {

enum class Lang : std::uint8_t { En, Ko };
inline constexpr Lang kLangs[] = {Lang::En, Lang::Ko};
/// The name of the language's file, without ".json".
constexpr const char* code(Lang lang) { return lang == Lang::Ko ? "ko" : "en"; }

/// A key and its pattern, both zero-terminated. line and column give the position of the pattern's first character in
/// its file; 0 for compiled-in rows.
struct Row {
  const char* key;
  const char* text;
  std::uint32_t line = 0, column = 0;
};

/// A slot of a hash table with open addressing: a row is in the slot of its hash, or in the next free one. text ==
/// nullptr: free.
struct Slot {
  std::uint32_t hash = 0;
  const char* text = nullptr;
};

/// A power of two, at least twice the number of rows, so that most lookups need one probe.
constexpr std::size_t slots_for(std::size_t rows) {
  std::size_t n = 16;
  while (n < 2 * rows) n *= 2;
  return n;
}

/// Enters the rows into the slots. Returns false if two keys are equal or have the same hash.
constexpr bool fill_slots(std::span<const Row> rows, std::span<Slot> slots) {
  const std::size_t mask = slots.size() - 1;
  for (const Row& row : rows) {
    const std::uint32_t hash = hash_of(row.key);
    std::size_t at = hash & mask;
    for (; slots[at].text != nullptr; at = (at + 1) & mask)
      if (slots[at].hash == hash) return false;
    slots[at] = {hash, row.text};
  }
  return true;
}

/// A view of a catalogue; rows() has the order of the file.
class Catalogue {
 public:
  constexpr Catalogue(std::span<const Row> rows, std::span<const Slot> slots) : rows_(rows), slots_(slots) {}
  std::span<const Row> rows() const { return rows_; }
  /// The pattern as written in the file; nullptr if the catalogue does not have the key.
  const char* find(Key key) const {
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t at = key.hash & mask; slots_[at].text != nullptr; at = (at + 1) & mask)
      if (slots_[at].hash == key.hash) return slots_[at].text;
    return nullptr;
  }

 private:
  std::span<const Row> rows_;
  std::span<const Slot> slots_;
};

/// The catalogue that is compiled in.
const Catalogue& built_in(Lang lang);
/// The catalogue in use: the compiled-in one, until use_folder() replaces it.
const Catalogue& catalogue(Lang lang);

/// A problem in a catalogue, with its position: line and column count from 1 (columns in bytes); 0 denotes the whole
/// file.
struct Problem {
  std::string file;
  std::uint32_t line = 0, column = 0;
  std::string en, ko;
};
/// "ko.json:12:7: …"
std::string to_text(const Problem& problem, Lang lang);

/// Reads a catalogue's text: one JSON object of strings, each key once, each pattern well formed. The rows point into
/// `store`.
struct Read {
  std::vector<Row> rows;
  std::vector<Problem> problems;
};
Read read_catalogue(std::string_view text, const std::string& file, std::vector<std::string>& store);
/// Compares a catalogue with the compiled-in one: reports missing and superfluous keys, and patterns with other
/// arguments.
std::vector<Problem> compare_with_built_in(std::span<const Row> rows, const std::string& file);

/// Replaces the catalogues by en.json and ko.json of this folder (one of them is enough). If there is a problem,
/// nothing changes. Call at the start of a program: texts looked up earlier do not change.
std::vector<Problem> use_folder(const std::string& folder);

}  // namespace kafkascope::words
