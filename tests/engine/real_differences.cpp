#include "real_differences.h"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <vector>

namespace kafkascope::real_runs {
namespace {

constexpr std::string_view kFuture = "send() future ";

std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> words;
  std::stringstream in(line);
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

std::string joined(const std::vector<std::string>& words) { return fmt::format("{}", fmt::join(words, " ")); }

/// The place of the record ("k1=1") among a line's words.
std::optional<std::size_t> record_in(const std::vector<std::string>& words) {
  const auto at =
      std::ranges::find_if(words, [](const std::string& word) { return word.find('=') != std::string::npos; });
  if (at == words.end()) return std::nullopt;
  return static_cast<std::size_t>(at - words.begin());
}

/// By record: the partition of the input that it was read from.
std::map<std::string, std::string> inputs_of(const Seen& seen) {
  std::map<std::string, std::string> inputs;
  for (const auto& [what, lines] : seen)
    if (what.starts_with("log in-"))
      for (const std::string& line : lines) inputs[words_of(line).back()] = what;
  return inputs;
}

/// The records in these lines, those of each partition of the input in their order.
std::map<std::string, Lines> by_input(const Lines& lines, const std::map<std::string, std::string>& inputs) {
  std::map<std::string, Lines> records;
  for (const std::string& line : lines) {
    const std::vector<std::string> words = words_of(line);
    const auto at = record_in(words);
    if (!at) continue;
    const auto input = inputs.find(words[*at]);
    records[input == inputs.end() ? "no input" : input->second].push_back(words[*at]);
  }
  return records;
}

/// "epoch 0 sequence 3" by place and by record.
struct Numbers {
  std::map<std::string, std::string> by_place, by_record;
  std::multiset<std::string> all;
  explicit Numbers(const Lines& log) {
    for (const std::string& line : log) {
      const std::vector<std::string> words = words_of(line);
      REQUIRE(words.size() == 6);
      const std::string numbers = joined({words[1], words[2], words[3], words[4]});
      by_place[words[0]] = numbers;
      by_record[words[5]] = numbers;
      all.insert(numbers);
    }
  }
};

/// Lines with the places of records, and the records of each partition of the input behind them. A log's lines have no numbers if they are as
/// How::Order says.
Pair without_order(const std::string& what, const Seen& real, Pair lines) {
  const std::map<std::string, std::string> inputs = inputs_of(real);
  const bool log = what.starts_with("log ");
  const Numbers numbers(log ? lines.first : Lines{});
  bool same_numbers = !log || numbers.all == Numbers(lines.second).all;
  if (log)
    for (const std::string& line : lines.second) {
      const std::vector<std::string> words = words_of(line);
      const std::string own = joined({words[1], words[2], words[3], words[4]});
      const auto place = numbers.by_place.find(words[0]), record = numbers.by_record.find(words[5]);
      same_numbers &= (place != numbers.by_place.end() && place->second == own) ||
                      (record != numbers.by_record.end() && record->second == own);
    }
  for (Lines* side : {&lines.first, &lines.second}) {
    const std::map<std::string, Lines> records = by_input(*side, inputs);
    for (std::string& line : *side) {
      std::vector<std::string> words = words_of(line);
      const auto at = record_in(words);
      if (!at) continue;
      words[*at] = "record";
      if (log && same_numbers) words.erase(words.begin() + 1, words.end() - 1);
      // Where it went is the log's to compare (every acknowledged record is looked up there).
      if (line.starts_with(kFuture) && words.back().find('@') != std::string::npos)
        words.back().resize(words.back().find('@'));
      line = joined(words);
    }
    for (const auto& [input, in_order] : records) side->push_back(fmt::format("{}: {}", input, joined(in_order)));
  }
  return lines;
}

/// Futures between two calls, by partition.
Lines without_answers(Lines lines) {
  const auto is_future = [](const std::string& line) { return line.starts_with(kFuture); };
  const auto partition = [](const std::string& line) {
    const std::size_t to = line.rfind(' '), at = line.find('@', to);
    return at == std::string::npos ? std::string() : line.substr(to, at - to);
  };
  for (auto from = lines.begin(); from != lines.end();) {
    from = std::find_if(from, lines.end(), is_future);
    const auto to = std::find_if_not(from, lines.end(), is_future);
    std::stable_sort(from, to, [&](const std::string& a, const std::string& b) { return partition(a) < partition(b); });
    from = to;
  }
  return lines;
}

Lines without_accumulator(Lines lines) {
  for (std::size_t i = 1; i + 1 < lines.size(); ++i) {
    if (lines[i] != "send_offsets_to_transaction CommitFailedException") continue;
    for (const std::size_t at : {i - 1, i + 1}) {
      std::string& line = lines[at];
      const std::size_t to = line.rfind(' ') + 1;
      const std::string exception = line.substr(to);
      if (!line.starts_with(kFuture)) continue;
      // Before that call has failed, its own exception is the only one.
      if (exception != "CommitFailedException" && !(at > i && exception == "TransactionAbortedException")) continue;
      line = line.substr(0, to) + "failed";
      if (at < i) std::swap(lines[at], lines[i]);
      break;
    }
  }
  return lines;
}

/// Of each step on the way to a transaction's last partition: how many of them there are so far.
Lines without_additions(Lines states) {
  std::set<std::string> last;
  for (std::size_t i = states.size(); i-- > 0;) {
    const std::vector<std::string> words = words_of(states[i]);
    if (words.size() != 3 || words[0] != "Ongoing") {
      last.clear();
      continue;
    }
    std::stringstream in(words[2]);
    std::set<std::string> partitions;
    for (std::string partition; std::getline(in, partition, ',');) partitions.insert(partition);
    if (last.empty()) last = partitions;
    else if (partitions.size() < last.size() && std::ranges::includes(last, partitions))
      states[i] = fmt::format("Ongoing {} {} of {}", words[1], partitions.size(), fmt::join(last, ","));
  }
  return states;
}

/// A high watermark, and the last stable offset that was requested after it.
std::pair<std::string, std::string> pair_of(const std::string& line) {
  const std::size_t space = line.find(' ');
  return {line.substr(0, space), line.substr(space + 1)};
}

}  // namespace

Pair without(const Differs& d, const Seen& real, Pair lines) {
  switch (d.how) {
    case How::Order: return without_order(d.what, real, std::move(lines));
    case How::Answers: return {without_answers(lines.first), without_answers(lines.second)};
    case How::Accumulator: return {without_accumulator(lines.first), without_accumulator(lines.second)};
    case How::Additions: return {without_additions(lines.first), without_additions(lines.second)};
    case How::Instead:
      for (std::string& line : lines.first)
        if (line == d.real) line = d.here;
      return lines;
    case How::Without: break;
  }
  if (const auto missing = std::ranges::find(lines.first, d.real); missing != lines.first.end())
    lines.first.erase(missing);
  return lines;
}

bool may_be_samples(const Lines& samples, const Lines& history) {
  if (samples.empty() || history.empty()) return samples.empty() && history.empty();
  if (samples.front() != history.front() || samples.back() != history.back()) return false;
  auto at = history.begin();
  for (const std::string& sample : samples) {
    const std::pair<std::string, std::string> asked = pair_of(sample);
    at = std::find_if(at, history.end(), [&](const std::string& line) { return pair_of(line).first == asked.first; });
    at = std::find_if(at, history.end(), [&](const std::string& line) { return pair_of(line).second == asked.second; });
    if (at == history.end()) return false;
  }
  return at + 1 == history.end();
}

}  // namespace kafkascope::real_runs
