// Type sizes on which memory use and cache lines depend.
#pragma once
#include <cstddef>

namespace kafkascope::sim {

/// For static_assert: whether T has this size on targets whose pointers have eight bytes. WebAssembly's have four, so
/// types with pointers are smaller there.
template <class T>
constexpr bool sized(std::size_t bytes) {
  return sizeof(void*) != 8 || sizeof(T) == bytes;
}

}  // namespace kafkascope::sim
