// The search of the command palette: which entries match what was typed, and in which order.
#include <algorithm>
#include <iterator>
#include <set>
#include <sstream>
#include <utility>

#include "observe/why/origins.h"
#include "ui/panels/palette_items.h"
#include "ui/strings.h"
#include "words/lower_case.h"

namespace kafkascope::ui {

namespace {

/// The query without a leading "what if": the rest is about an act.
std::string without_what_if(std::string q) {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    const std::string asks = words::lower_case(tr(lang, "ui.find_what_if"_w)) + ' ';
    if (q.starts_with(asks) && q.find_first_not_of(' ', asks.size()) != std::string::npos) q.erase(0, asks.size());
  }
  return q;
}

bool has_several_letters(const std::string& utf8) {
  return std::count_if(utf8.begin(), utf8.end(), [](char byte) { return (byte & 0xC0) != 0x80; }) > 1;
}

/// The word's first position in the text that no other word of the query has taken, so that "linger-50 linger" finds
/// both; if all are taken, the first position.
std::size_t place_of(const std::string& text, const std::string& word, std::set<std::size_t>& taken) {
  const std::size_t first = text.find(word);
  for (std::size_t at = first; at != std::string::npos; at = text.find(word, ++at)) {
    const auto other = taken.lower_bound(at);
    if (other != taken.end() && *other < at + word.size()) continue;
    for (std::size_t i = 0; i < word.size(); ++i) taken.insert(at + i);
    return at;
  }
  return first;
}

std::vector<std::string> parts_of(const std::string& text, char between) {
  std::vector<std::string> parts;
  std::istringstream all(text);
  for (std::string part; std::getline(all, part, between);)
    if (!part.empty()) parts.push_back(std::move(part));
  return parts;
}

/// Whether one of the lines contains every word of the query, each at the beginning of a word.
bool a_line_has(const std::string& lines, const std::string& query) {
  const std::vector<std::string> words = parts_of(query, ' ');
  const auto has_all = [&](std::string line) {
    std::replace(line.begin(), line.end(), '-', ' ');
    return std::all_of(words.begin(), words.end(), [&](std::string word) {
      std::replace(word.begin(), word.end(), '-', ' ');
      return (' ' + line).find(' ' + word) != std::string::npos;
    });
  };
  const std::vector<std::string> all = parts_of(lines, '\n');
  return !words.empty() && std::any_of(all.begin(), all.end(), has_all);
}

/// Whether the query clearly means that act: it has the act's object and more, or is the whole name of an act without
/// object.
bool asks_for(const PaletteItem& act, const std::string& q) {
  const std::string object = words::lower_case(act.object);
  if (object.empty()) return q == act.low_words || (act.low_alias + '\n').find('\n' + q + '\n') != std::string::npos;
  return q != object && (' ' + q + ' ').find(' ' + object + ' ') != std::string::npos;
}

/// Enter must not change the world for somebody who looks for a lesson: a lesson whose name has the words comes before
/// the act.
void put_lesson_before_acts(const std::vector<PaletteItem>& all, const std::string& q,
                            std::vector<std::pair<int, std::size_t>>& ranked) {
  if (q.empty() || ranked.empty()) return;
  const PaletteItem& first = all[ranked.front().second];
  if (!first.acts || asks_for(first, q)) return;
  const auto named = [&](const auto& r) { return a_line_has(all[r.second].low_names, q); };
  auto found = std::find_if(ranked.begin(), ranked.end(), named);
  // The open lesson itself is not started over: what only explains comes first.
  if (found != ranked.end() && all[found->second].here)
    found = std::find_if(ranked.begin(), ranked.end(),
                         [&](const auto& r) { return !all[r.second].acts && !all[r.second].here; });
  if (found != ranked.end()) std::rotate(ranked.begin(), found, std::next(found));
}

}  // namespace

std::vector<PaletteItem> find_palette_items(const std::vector<PaletteItem>& all, const std::string& query,
                                            std::size_t limit) {
  const std::string q = without_what_if(words::lower_case(query));
  const bool what_if = q.size() < query.size();  // about an act or another world, not about what there is
  std::vector<std::pair<int, std::size_t>> ranked;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const std::string &words = all[i].low_words, &alias = all[i].low_alias, &also = all[i].low_also;
    int score = 0;
    bool ok = true;
    std::size_t at = 0, letters = 0;
    std::set<std::size_t> taken;
    while (at < q.size() && ok) {
      std::size_t end = q.find(' ', at);
      if (end == std::string::npos) end = q.size();
      if (end > at) {
        const std::string word = q.substr(at, end - at);
        const std::size_t found = place_of(words, word, taken);
        letters += word.size();
        const bool called = alias.find('\n' + word) != std::string::npos || alias.find(' ' + word) != std::string::npos;
        ok = found != std::string::npos || called || alias.find(word) != std::string::npos ||
             also.find(word) != std::string::npos;
        const int here = found == std::string::npos ? 7 : found == 0 ? 0 : words[found - 1] == ' ' ? 2 : 6;
        score += called ? std::min(here, 3) : here;
      }
      at = end + 1;
    }
    if (!ok) continue;
    if (!q.empty() && words.find(q) != std::string::npos) score -= 1;
    if (!q.empty() && alias.find('\n' + q) != std::string::npos) score = std::min(score, -1);
    constexpr int kLast = 1000, kExact = -100, kBeginOfMode = -60, kBeginOfKey = -50, kPartOfKey = -49, kTakenTwice = 2,
                  kOpenAlready = 2000;
    if (!taken.empty() && taken.size() < letters) score += kTakenTwice;
    if (what_if && all[i].action.kind == ActionKind::Select) score += kLast;
    const bool setting = all[i].own == 7 && all[i].origin.kind == observe::OriginKind::Config;
    // The exact name of a lesson, a setting, an error, its exception or a metric comes first.
    if (!q.empty() && ((all[i].last && words == q) || all[i].low_names.find('\n' + q + '\n') != std::string::npos))
      score = all[i].here ? 0 : kExact;  // a card of the open lesson's name comes before the lesson
    else if (all[i].here) score += kOpenAlready;
    // A part of a key with its dot asks what the setting is; the comparison of its values comes second.
    else if (setting && q.find('.') != std::string::npos && words.find(q) != std::string::npos)
      score = words.starts_with(q) ? kBeginOfKey : kPartOfKey;
    // The beginning of the other metadata mode's name asks for the same in that mode.
    else if (has_several_letters(q) && all[i].action.kind == ActionKind::OpenTwin &&
             all[i].low_names.find('\n' + q) != std::string::npos)
      score = kBeginOfMode;
    // An exception whose last letters are still to be typed.
    else if (all[i].last && q.find("exc") != std::string::npos && all[i].low_names.find('\n' + q) != std::string::npos)
      score = kBeginOfKey;
    else if (all[i].last) score += kLast;
    ranked.emplace_back(score, i);
  }
  std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  put_lesson_before_acts(all, q, ranked);
  constexpr std::ptrdiff_t kFirstKeys = 3;  // what people press all the time
  if (q.empty() && ranked.size() > kFirstKeys)
    std::stable_partition(ranked.begin() + kFirstKeys, ranked.end(),
                          [&](const auto& r) { return all[r.second].early; });
  std::vector<PaletteItem> out;
  for (const auto& [score, i] : ranked) {
    if (out.size() == limit) break;
    out.push_back(all[i]);
    if (const std::size_t whole = q.empty() ? std::string::npos : all[i].low_words.find(q);
        whole != std::string::npos) {
      out.back().match_at = whole;
      out.back().match_len = q.size();
    }
  }
  return out;
}

}  // namespace kafkascope::ui
