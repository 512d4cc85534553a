// Whether the address sanitizer is built in: each instruction then costs several, and its shadow memory exceeds any limit.
#pragma once

#if defined(__SANITIZE_ADDRESS__)
#define KAFKASCOPE_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define KAFKASCOPE_SANITIZED 1
#endif
#endif

#ifdef KAFKASCOPE_SANITIZED
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif
