// Building blocks of the sentences; each words_of_*.cpp covers the facts of one header of protocol/.
#pragma once
#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>

#include "observe/korean.h"
#include "observe/words.h"

namespace kafkascope::observe {

/// The names of the line's node and partition ("" = none).
struct Told {
  const std::string& who;
  const std::string& p;
  const TraceNames& names;
};

/// Each returns nullopt if the line is not among its facts.
std::optional<Words> words_of_quorum(const sim::TraceLine& line, const Told& told);
std::optional<Words> words_of_cluster(const sim::TraceLine& line, const Told& told);
std::optional<Words> words_of_logs(const sim::TraceLine& line, const Told& told);
std::optional<Words> words_of_clients(const sim::TraceLine& line, const Told& told);
std::optional<Words> words_of_groups(const sim::TraceLine& line, const Told& told);
std::optional<Words> words_of_queues(const sim::TraceLine& line, const Told& told);
std::optional<Words> words_of_zookeeper(const sim::TraceLine& line, const Told& told);

/// Checks that `teller` has a sentence for each fact of the list.
template <class Facts, class Teller>
std::optional<Words> words_of(const sim::TraceLine& line, const Teller& teller) {
  std::optional<Words> words;
  Facts::visit(line, [&](const auto& fact) { words = teller(fact); });
  return words;
}

/// One sentence in both languages from the same values; Korean particles fit the words before them.
template <class... Args>
Words say(fmt::format_string<const Args&...> en, fmt::format_string<const Args&...> ko, const Args&... args) {
  return {fmt::format(en, args...), with_particles(fmt::format(ko, args...))};
}

inline std::string broker_word(protocol::BrokerId id) { return id < 0 ? "none" : fmt::format("broker-{}", id); }
inline std::string behind_colon(std::string_view text) { return text.empty() ? "" : ": " + std::string(text); }
inline std::string offsets(protocol::Offset first, protocol::Offset last) {
  return first == last ? fmt::format("offset {}", first.value)
                       : fmt::format("offsets {} to {}", first.value, last.value);
}
inline std::string offsets_ko(protocol::Offset first, protocol::Offset last) {
  return first == last ? fmt::format("오프셋 {}", first.value) : fmt::format("오프셋 {}~{}", first.value, last.value);
}

}  // namespace kafkascope::observe
