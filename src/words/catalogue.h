// Catalogues of words, one for each language: key -> pattern (docs/translating.md). Those of assets/words are compiled in;
// a folder with others can stand in for them, so that a translator needs no compiler.
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

/// A sentence. Both end with a zero; line and column are those of the pattern's first character in its file, 0 for what is compiled in.
struct Row {
  const char* key;
  const char* text;
  std::uint32_t line = 0, column = 0;
};

/// Open addressing: a row's slot, or the next free one after it. text == nullptr: free.
struct Slot {
  std::uint32_t hash = 0;
  const char* text = nullptr;
};

/// A power of two, at least twice as many as rows: what is looked up is mostly found at once.
constexpr std::size_t slots_for(std::size_t rows) {
  std::size_t n = 16;
  while (n < 2 * rows) n *= 2;
  return n;
}

/// Files the rows. False: two keys have one hash, or are the same.
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

/// A view: rows in the order of the file.
class Catalogue {
 public:
  constexpr Catalogue(std::span<const Row> rows, std::span<const Slot> slots) : rows_(rows), slots_(slots) {}
  std::span<const Row> rows() const { return rows_; }
  /// The pattern as it stands in the file; nullptr if the catalogue lacks it.
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

/// What is compiled in.
const Catalogue& built_in(Lang lang);
/// What is spoken: what is compiled in, until use_folder() has put something else in its place.
const Catalogue& catalogue(Lang lang);

/// What is wrong with a catalogue, with its place: line and column count from 1 (columns in bytes); 0: the file as a whole.
struct Problem {
  std::string file;
  std::uint32_t line = 0, column = 0;
  std::string en, ko;
};
/// "ko.json:12:7: …"
std::string to_text(const Problem& problem, Lang lang);

/// Reads a catalogue's text: one JSON object of strings, each key once, each pattern well formed. The rows point into `store`.
struct Read {
  std::vector<Row> rows;
  std::vector<Problem> problems;
};
Read read_catalogue(std::string_view text, const std::string& file, std::vector<std::string>& store);
/// What a catalogue lacks of what is compiled in, has too much, or names otherwise: keys, and arguments of patterns.
std::vector<Problem> compare_with_built_in(std::span<const Row> rows, const std::string& file);

/// From now on en.json and ko.json of this folder are spoken (one of them is enough). Nothing changes if there is a problem.
/// For the beginning of a program: what was looked up before stays as it was.
std::vector<Problem> use_folder(const std::string& folder);

}  // namespace kafkascope::words
