// Sanitizers cost ten times as much: what runs everything several times takes every sixth file there.
#pragma once
#include <cstddef>

#ifdef __SANITIZE_ADDRESS__
inline constexpr std::size_t kSome = 6;
#else
inline constexpr std::size_t kSome = 1;
#endif
