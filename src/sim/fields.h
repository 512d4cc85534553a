// Declares the fields of a struct by name in one line; the trace hash, the size on the wire and the inspector use it.
#pragma once
#include <string_view>
#include <tuple>

/// Lists the fields of a message once. `fields()` returns a tie of them, `kFieldNames` contains their names, comma
/// separated.
#define KAFKASCOPE_FIELDS(...)                                  \
  static constexpr std::string_view kFieldNames = #__VA_ARGS__; \
  auto fields() const { return std::tie(__VA_ARGS__); }         \
  bool operator==(const auto& o) const { return fields() == o.fields(); }
#define KAFKASCOPE_NO_FIELDS                          \
  static constexpr std::string_view kFieldNames = ""; \
  std::tuple<> fields() const { return {}; }          \
  bool operator==(const auto&) const { return true; }
