// Sanitizers cost ten times as much, so tests that run every file several times take only every sixth one there.
#pragma once
#include <cstddef>

#include "support/sanitized.h"

inline constexpr std::size_t kSome = kSanitized ? 6 : 1;
