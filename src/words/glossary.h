// The glossary, assets/glossary.json, compiled in: where each term, configuration key, error, metric and invariant that
// is shown comes from. What each of them says stands in the catalogues, under the same key.
#pragma once
#include <array>
#include <span>

namespace kafkascope::words {

/// Fields that an entry leaves out are empty; a list ends with the first 0 or nullptr.
struct GlossaryEntry {
  template <class T>
  using List = std::array<T, 5>;
  /// Of its sentence in the catalogues: "config.acks". A key without a dot, such as "config", is a family's: what it
  /// lists holds for each of its members.
  const char* key;
  List<int> kip{};               // 98: KIP-98
  List<const char*> classes{};   // Kafka's, without their packages
  List<const char*> tests{};     // our files
  List<const char*> fidelity{};  // anchors of rows of docs/fidelity.md
  List<const char*> see{};       // keys of terms
};

/// In the order of the file.
std::span<const GlossaryEntry> glossary();

/// What a list holds.
template <class T>
std::span<const T> listed(const std::array<T, 5>& list) {
  std::size_t n = 0;
  while (n < list.size() && list[n] != T{}) ++n;
  return {list.data(), n};
}

}  // namespace kafkascope::words
