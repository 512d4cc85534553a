#include "words/pattern.h"

#include <algorithm>

#include "words/particles.h"

namespace kafkascope::words {

namespace {

/// Two Korean forms with a slash between them, in angle brackets, must be a known particle; others are misspelt.
Fault particle_at(std::string_view text) {
  const std::size_t close = text.find('>'), slash = text.find('/');
  if (close == std::string_view::npos || slash == std::string_view::npos || slash > close) return Fault::None;
  const std::string_view inside = text.substr(1, close - 1);
  const bool korean = std::all_of(inside.begin(), inside.end(), [](char c) { return c == '/' || (c & 0x80) != 0; });
  return korean && inside.size() > 1 && !is_particle(inside) ? Fault::Particle : Fault::None;
}

void check(std::string_view whole, std::size_t from, std::size_t to, Checked& out) {
  const auto fail = [&out](Fault fault, std::size_t at) {
    out.fault = fault;
    out.at = at;
  };
  for (std::size_t i = from; i < to && out.fault == Fault::None; ++i) {
    const char c = whole[i];
    if (c == '<') {
      if (const Fault fault = particle_at(whole.substr(i, to - i)); fault != Fault::None) return fail(fault, i);
    } else if (c == '}') {
      if (i + 1 >= to || whole[i + 1] != '}') return fail(Fault::Unopened, i);
      ++i;
    } else if (c == '{') {
      if (i + 1 < to && whole[i + 1] == '{') {
        ++i;
        continue;
      }
      const std::size_t length = name_length(whole.substr(i + 1, to - i - 1));
      if (length == 0) return fail(Fault::Name, i + 1);
      const std::size_t close = closing(whole.substr(0, to), i + 1), behind = i + 1 + length;
      if (close == std::string_view::npos) return fail(Fault::Unclosed, i);
      out.names.push_back(whole.substr(i + 1, length));
      if (whole[behind] == ':') {
        const std::string_view forms = whole.substr(behind + 1, close - behind - 1);
        if (std::count(forms.begin(), forms.end(), '|') != 1 || forms.find_first_of("{}") != std::string_view::npos)
          return fail(Fault::Plural, behind);
      } else if (whole[behind] == '?') {
        check(whole, behind + 1, close, out);
      } else if (behind != close) {
        return fail(Fault::Name, behind);
      }
      i = close;
    }
  }
}

}  // namespace

std::size_t name_length(std::string_view text) {
  std::size_t n = 0;
  while (n < text.size() &&
         ((text[n] >= 'a' && text[n] <= 'z') || (n > 0 && (text[n] == '_' || (text[n] >= '0' && text[n] <= '9')))))
    ++n;
  return n;
}

std::size_t closing(std::string_view pattern, std::size_t from) {
  int depth = 1;
  for (std::size_t i = from; i < pattern.size(); ++i) {
    if (pattern[i] == '{') ++depth;
    if (pattern[i] == '}' && --depth == 0) return i;
  }
  return std::string_view::npos;
}

Checked check(std::string_view pattern) {
  Checked out;
  check(pattern, 0, pattern.size(), out);
  std::sort(out.names.begin(), out.names.end());
  out.names.erase(std::unique(out.names.begin(), out.names.end()), out.names.end());
  return out;
}

}  // namespace kafkascope::words
