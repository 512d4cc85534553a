// Building blocks of the sentences; each words_of_*.cpp covers the facts of one header of protocol/.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "observe/words/both.h"
#include "observe/words/words.h"

namespace kafkascope::observe {

/// The names of the line's node and partition ("" = none).
struct Told {
  const std::string& who;
  const std::string& p;
  const TraceNames& names;
  bool epochs = false, by_poll_timeout = false;  // TraceNames, of this line
  std::string limit{};
};

/// Each returns nullopt if the line is not among its facts.
std::optional<Words> words_of_quorum(const sim::TraceLine& line, const Told& told);
std::optional<Words> words_of_cluster(const sim::TraceLine& line, const Told& told);
std::optional<Words> words_of_logs(const sim::TraceLine& line, const Told& told);
std::optional<Words> words_of_clients(const sim::TraceLine& line, const Told& told);
std::optional<Words> words_of_groups(const sim::TraceLine& line, const Told& told);
std::optional<Words> words_of_queues(const sim::TraceLine& line, const Told& told);
std::optional<Words> words_of_transactions(const sim::TraceLine& line, const Told& told);
std::optional<Words> words_of_zookeeper(const sim::TraceLine& line, const Told& told);

/// Checks that `teller` has a sentence for each fact of the list.
template <class Facts, class Teller>
std::optional<Words> words_of(const sim::TraceLine& line, const Teller& teller) {
  std::optional<Words> words;
  Facts::visit(line, [&](const auto& fact) { words = teller(fact); });
  return words;
}

inline std::string broker_word(protocol::BrokerId id) { return id < 0 ? "none" : "broker-" + std::to_string(id); }
inline Words offsets(protocol::Offset first, protocol::Offset last) {
  return first == last ? both("event.offsets_one"_w, {{"offset", first.value}})
                       : both("event.offsets_range"_w, {{"first", first.value}, {"last", last.value}});
}

}  // namespace kafkascope::observe
