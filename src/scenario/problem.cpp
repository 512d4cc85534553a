#include "scenario/problem.h"

#include <algorithm>
#include <tuple>

namespace kafkascope::scenario {

namespace {

/// Optimal string alignment distance; stops beyond `limit`.
std::size_t edits(std::string_view a, std::string_view b, std::size_t limit) {
  if (a.size() > b.size() + limit || b.size() > a.size() + limit) return limit + 1;
  std::vector<std::size_t> before(b.size() + 1), previous(b.size() + 1), current(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) previous[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    std::size_t least = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, change});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        current[j] = std::min(current[j], before[j - 2] + 1);
      }
      least = std::min(least, current[j]);
    }
    if (least > limit) return limit + 1;
    std::swap(before, previous);
    std::swap(previous, current);
  }
  return previous[b.size()];
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (c == '-' || c == ' ') c = '_';
  }
  return out;
}

/// At most `most` bytes, without cutting a character.
std::string shortened(std::string text, std::size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
  text.resize(most);
  return text + "…";
}

std::vector<std::string_view> views(const std::vector<std::string>& strings) {
  return {strings.begin(), strings.end()};
}

}  // namespace

std::string nearest(std::string_view name, std::span<const std::string_view> candidates) {
  if (name.empty() || name.size() > 200) return {};
  const std::string wanted = lower(name);
  const std::size_t limit = std::max<std::size_t>(1, std::min<std::size_t>(name.size() / 3 + 1, 8));
  std::string_view best;
  std::size_t best_edits = limit + 1;
  for (const std::string_view candidate : candidates.first(std::min<std::size_t>(candidates.size(), 500))) {
    const std::string other = lower(candidate);
    std::size_t distance = edits(wanted, other, limit);
    // A word left out or added at either end ("retention" for "retention.ms") is a likelier mistake than its number of
    // letters would suggest.
    if (wanted.size() >= 4 && (other.starts_with(wanted) || other.ends_with(wanted)))
      distance = std::min<std::size_t>(distance, 2);
    if (distance < best_edits) {
      best_edits = distance;
      best = candidate;
    }
  }
  return std::string(best);
}

std::string nearest(std::string_view name, const std::vector<std::string>& candidates) {
  return nearest(name, views(candidates));
}

Message suggestion(std::string_view name, std::span<const std::string_view> candidates, std::size_t most) {
  if (const std::string best = nearest(name, candidates); !best.empty())
    return Message("remedy.did_you_mean"_w, {{"name", in_quotes(best)}});
  if (candidates.empty()) return {};
  std::string names;
  std::size_t n = 0;
  for (const std::string_view candidate : candidates) {
    if (n++ > 0) names += ", ";
    if (n > most) {
      names += "…";
      break;
    }
    names += shortened(std::string(candidate.substr(0, 100)), 60);
  }
  return candidates.size() == 1 ? example(names) : Message("remedy.one_of"_w, {{"names", std::move(names)}});
}

Message suggestion(std::string_view name, const std::vector<std::string>& candidates, std::size_t most) {
  return suggestion(name, views(candidates), most);
}

Message no_variant_but(std::string_view name, const std::vector<std::string>& variants) {
  if (variants.size() == 1) return Message("remedy.no_variants"_w, {{"name", in_quotes(variants.front())}});
  if (const std::string best = nearest(name, variants); !best.empty()) return suggestion(name, variants);
  std::string names;
  for (const std::string& variant : variants) names += (names.empty() ? "" : ", ") + shortened(variant, 60);
  return Message("remedy.there_are"_w, {{"names", std::move(names)}});
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kMost = 60;
  std::string out = "\"";
  std::size_t n = 0;
  for (const char c : text) {
    // Never cuts inside a UTF-8 sequence.
    if (n >= kMost && (static_cast<unsigned char>(c) & 0xC0) != 0x80) return out + "…\"";
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      constexpr char kHex[] = "0123456789abcdef";
      out += "\\u00";
      out += kHex[static_cast<unsigned char>(c) >> 4];
      out += kHex[c & 15];
    } else {
      out += c;
    }
    ++n;
  }
  return out + "\"";
}

std::string Path::pointer() const {
  std::vector<const Path*> chain;
  for (const Path* p = this; p->parent_ != nullptr; p = p->parent_) chain.push_back(p);
  std::string text;
  for (auto p = chain.rbegin(); p != chain.rend(); ++p) {
    text += '/';
    if ((*p)->is_index_) {
      text += std::to_string((*p)->index_);
      continue;
    }
    for (const char c : (*p)->key_) {
      if (c == '~') text += "~0";
      else if (c == '/') text += "~1";
      else text += c;
    }
  }
  return text;
}

Message example(std::string_view text) { return Message("problem.example"_w, {{"text", text}}); }

Message no_such(words::Key what, std::string_view name) {
  return Message("problem.no_such"_w, {{"what", Message(what)}, {"name", in_quotes(name)}});
}

std::string format(const Problem& problem, std::string_view file, words::Lang lang) {
  std::string text(file);
  if (problem.position.line > 0) {
    text += ":" + std::to_string(problem.position.line) + ":" + std::to_string(problem.position.column);
  }
  std::string pointer;
  for (const char c : problem.pointer) pointer += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
  pointer = shortened(std::move(pointer), 160);
  text += ": " + (pointer.empty() ? "/" : pointer) + ": ";
  if (problem.severity == Severity::Warning) text += "warning: ";
  constexpr std::size_t kMost = 1000;
  text += shortened(words::render(lang, problem.message), kMost);
  if (!problem.remedy.empty()) text += "; " + shortened(words::render(lang, problem.remedy), kMost);
  return text;
}

void Report::add(Problem problem) {
  if (problem.severity == Severity::Error) ++errors_;
  if (problems_.size() >= kMost) {
    ++dropped_;
    return;
  }
  problems_.push_back(std::move(problem));
}

void Report::error(Position at, const Path& path, Message message, Message remedy) {
  if (problems_.size() >= kMost) {
    ++errors_;
    ++dropped_;
    return;
  }
  add({Severity::Error, at, path.pointer(), std::move(message), std::move(remedy), false});
}

void Report::error(const Node& at, const Path& path, Message message, Message remedy) {
  error(at.position(), path, std::move(message), std::move(remedy));
}

void Report::not_yet(const Node& at, const Path& path, Message message, Message remedy) {
  add({Severity::Error, at.position(), path.pointer(), std::move(message), std::move(remedy), true});
}

void Report::warning(const Node& at, const Path& path, Message message, Message remedy) {
  add({Severity::Warning, at.position(), path.pointer(), std::move(message), std::move(remedy), false});
}

std::vector<Problem> Report::take_sorted() {
  // Sorted by their English texts, so that every language has the same order.
  struct Sorted {
    std::string message, remedy;
    std::size_t at;
  };
  std::vector<Sorted> order;
  for (const Problem& p : problems_)
    order.push_back(
        {words::render(words::Lang::En, p.message), words::render(words::Lang::En, p.remedy), order.size()});
  const auto key = [&](const Sorted& s) {
    const Problem& p = problems_[s.at];
    return std::tie(p.position, p.pointer, p.severity, s.message, s.remedy, p.not_yet);
  };
  std::sort(order.begin(), order.end(),
            [&](const Sorted& a, const Sorted& b) { return key(a) != key(b) ? key(a) < key(b) : a.at < b.at; });
  order.erase(
      std::unique(order.begin(), order.end(), [&](const Sorted& a, const Sorted& b) { return key(a) == key(b); }),
      order.end());
  std::vector<Problem> sorted;
  sorted.reserve(order.size());
  for (const Sorted& s : order) sorted.push_back(std::move(problems_[s.at]));
  problems_.clear();
  return sorted;
}

}  // namespace kafkascope::scenario
