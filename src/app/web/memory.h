// The program's memory use.
#pragma once
#include <cstddef>

namespace kafkascope::app {

/// Bytes allocated with new and not deleted yet. They are counted at each allocation, because asking the allocator walks the whole heap,
/// which takes seconds if it is large.
std::size_t allocated_bytes();

}  // namespace kafkascope::app
