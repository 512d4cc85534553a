// Sizes that memory and cache lines count on.
#pragma once
#include <cstddef>

namespace kafkascope::sim {

/// For static_assert: T takes so many bytes where a pointer takes eight. In WebAssembly it takes four, and what has pointers is smaller.
template <class T>
constexpr bool sized(std::size_t bytes) {
  return sizeof(void*) != 8 || sizeof(T) == bytes;
}

}  // namespace kafkascope::sim
