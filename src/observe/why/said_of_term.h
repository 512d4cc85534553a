// Words by which people look for a term: the state that it leads to.
#pragma once
#include <string_view>

namespace kafkascope::observe {

/// Another word for the term of that key: "fenced" for "glossary.fencing"; empty: none.
std::string_view said_of_term(std::string_view key);

}  // namespace kafkascope::observe
