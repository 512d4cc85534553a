// XXH3 compiled for AVX2 (cmake/layers.cmake adds the option where the machine is x86-64): half the instructions of the
// library's SSE2 build, the same result. Called only on processors with AVX2.
#ifdef KAFKASCOPE_HASH_AVX2
#define XXH_INLINE_ALL
#define XXH_STATIC_LINKING_ONLY
#include <xxhash.h>

#include <cstddef>

namespace kafkascope::sim {

void update_avx2(void* state, const void* data, std::size_t size);
void update_avx2(void* state, const void* data, std::size_t size) {
  XXH3_64bits_update(static_cast<XXH3_state_t*>(state), data, size);
}

}  // namespace kafkascope::sim
#endif
