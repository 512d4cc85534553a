// The glossary, assets/glossary.json, compiled in: the origin of each term, configuration key, error, metric and
// invariant that is shown. Their texts are in the catalogues, under the same keys.
#pragma once
#include <array>
#include <span>

namespace kafkascope::words {

/// Fields that an entry leaves out are empty; a list ends with the first 0 or nullptr.
struct GlossaryEntry {
  template <class T>
  using List = std::array<T, 5>;
  /// The key of its text in the catalogues: "config.acks". A key without a dot, such as "config", is a family's: its
  /// lists apply to each of the family's members.
  const char* key;
  List<int> kip{};               // 98: KIP-98
  List<const char*> classes{};   // Kafka's, without their packages
  List<const char*> tests{};     // this project's test files
  List<const char*> fidelity{};  // anchors of rows of docs/fidelity.md
  List<const char*> see{};       // keys of terms
};

/// In the order of the file.
std::span<const GlossaryEntry> glossary();

/// The elements of a list.
template <class T>
std::span<const T> listed(const std::array<T, 5>& list) {
  std::size_t n = 0;
  while (n < list.size() && list[n] != T{}) ++n;
  return {list.data(), n};
}

}  // namespace kafkascope::words
