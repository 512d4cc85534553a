// Sanitizers make a run ten times as expensive, so in such a build tests use only every third file, and those that run each
// file several times only every twelfth. (scripts/test --all also runs each lesson once with the program of that build.)
#pragma once
#include <cstddef>

#include "support/sanitized.h"

inline constexpr std::size_t kThird = kSanitized ? 3 : 1;
inline constexpr std::size_t kSome = kSanitized ? 12 : 1;
