// The search of the command palette: which entries match what was typed, and in which order.
#include <algorithm>
#include <set>
#include <utility>

#include "ui/panels/palette_items.h"
#include "ui/strings.h"

namespace kafkascope::ui {

namespace {

/// The query without "what if" before something else: then an act is looked for.
std::string without_what_if(std::string q) {
  for (const Lang lang : {Lang::En, Lang::Ko}) {
    const std::string asks = lower(tr(lang, "ui.find_what_if"_w)) + ' ';
    if (q.starts_with(asks) && q.find_first_not_of(' ', asks.size()) != std::string::npos) q.erase(0, asks.size());
  }
  return q;
}

/// Where the word stands in the text apart from what other words of the query have found, so that "linger-50 linger" finds both; a place
/// that is taken is better than none.
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

}  // namespace

std::vector<PaletteItem> find_palette_items(const std::vector<PaletteItem>& all, const std::string& query,
                                            std::size_t limit) {
  const std::string q = without_what_if(lower(query));
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
    constexpr int kLast = 1000, kExact = -100, kTakenTwice = 2;
    if (!taken.empty() && taken.size() < letters) score += kTakenTwice;
    if (all[i].last && words == q) score = kExact;  // the exact name of a setting, an error or a metric comes first
    else if (all[i].last) score += kLast;
    ranked.emplace_back(score, i);
  }
  std::stable_sort(ranked.begin(), ranked.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
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
