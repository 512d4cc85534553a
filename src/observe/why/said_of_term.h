// Words by which people look for a term: the state that it leads to.
#pragma once
#include <span>
#include <string_view>

namespace kafkascope::observe {

/// Another word for a term, which its meaning explains: "fenced" for "glossary.fencing".
struct SaidOfTerm {
  std::string_view key, word;
};
std::span<const SaidOfTerm> said_of_terms();
/// The other word for the term of that key; empty: none.
std::string_view said_of_term(std::string_view key);

}  // namespace kafkascope::observe
