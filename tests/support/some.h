// Sanitizers cost ten times as much: what runs everything several times takes every sixth file there.
#pragma once
#include <cstddef>

#include "support/sanitized.h"

inline constexpr std::size_t kSome = kSanitized ? 6 : 1;
