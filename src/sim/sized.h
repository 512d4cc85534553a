// Type sizes on which memory use and cache lines depend.
#pragma once
#include <cstddef>

namespace kafkascope::sim {

/// For static_assert: T has this size where a pointer has eight bytes. In WebAssembly a pointer has four, so types with pointers are
/// smaller.
template <class T>
constexpr bool sized(std::size_t bytes) {
  return sizeof(void*) != 8 || sizeof(T) == bytes;
}

}  // namespace kafkascope::sim
