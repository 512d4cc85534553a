// From the bytes of a file to values with positions.
#pragma once
#include <cstddef>
#include <optional>
#include <string_view>

#include "scenario/problem.h"

namespace kafkascope::scenario {

inline constexpr std::size_t kMaxFileBytes = 16 * 1000 * 1000;
inline constexpr int kMaxNesting = 64;

/// Strict JSON in UTF-8; a byte-order mark is skipped. Duplicate keys, NaN, lone surrogates, bad UTF-8, deep nesting
/// and text after the value are errors. nullopt if the text is not JSON (the report says where). A document with
/// duplicate keys is returned nevertheless, so that its other problems can be reported as well.
std::optional<Node> read_json(std::string_view text, Report& report);

}  // namespace kafkascope::scenario
