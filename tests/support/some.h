// Sanitizers make a run ten times as expensive, so tests that run every file several times use only every twelfth file in
// such a build.
#pragma once
#include <cstddef>

#include "support/sanitized.h"

inline constexpr std::size_t kSome = kSanitized ? 12 : 1;
