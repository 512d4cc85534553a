// Declares the fields of a struct by name in one line; the trace hash, the size on the wire and the inspector use it.
#pragma once
#include <string_view>
#include <tuple>

namespace kafkascope::sim {

/// As std::tie. As a template's argument it is looked at only where fields() is called: hundreds of structs declare
/// theirs, and most sources that read such a header call few of them.
struct Tie {
  template <class... T>
  constexpr std::tuple<T&...> operator()(T&... fields) const {
    return {fields...};
  }
};

}  // namespace kafkascope::sim

/// Lists the fields of a message once. `fields()` returns a tie of them, `kFieldNames` contains their names, comma
/// separated.
#define KAFKASCOPE_FIELDS(...)                                  \
  static constexpr std::string_view kFieldNames = #__VA_ARGS__; \
  template <class Tie = ::kafkascope::sim::Tie>                 \
  auto fields() const {                                         \
    return Tie()(__VA_ARGS__);                                  \
  }                                                             \
  template <class Other, class Tie = ::kafkascope::sim::Tie>    \
  bool operator==(const Other& o) const {                       \
    return fields<Tie>() == o.fields();                         \
  }
#define KAFKASCOPE_NO_FIELDS                          \
  static constexpr std::string_view kFieldNames = ""; \
  std::tuple<> fields() const { return {}; }          \
  bool operator==(const auto&) const { return true; }
