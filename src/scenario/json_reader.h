// From the bytes of a file to values with positions.
#pragma once
#include <cstddef>
#include <optional>
#include <string_view>

#include "scenario/problem.h"

namespace kafkascope::scenario {

inline constexpr std::size_t kMaxFileBytes = 16 * 1000 * 1000;
inline constexpr int kMaxNesting = 64;

/// Strict JSON in UTF-8; a byte-order mark is let be. Duplicate keys, NaN, lone surrogates, bad UTF-8, deep nesting and
/// what follows the value are errors. Nothing when the text is no JSON (the report says where); a document with
/// duplicate keys is returned all the same, so that everything else about it can be said too.
std::optional<Node> read_json(std::string_view text, Report& report);

}  // namespace kafkascope::scenario
