// What the program has in memory.
#pragma once
#include <cstddef>

namespace kafkascope::app {

/// Bytes allocated with new and not deleted yet. Counted as they come and go: to ask the allocator means to walk the whole heap, which takes
/// seconds where it is large.
std::size_t allocated_bytes();

}  // namespace kafkascope::app
