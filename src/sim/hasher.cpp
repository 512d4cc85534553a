#include "sim/hasher.h"

namespace kafkascope::sim {

#ifdef KAFKASCOPE_HASH_AVX2
void update_avx2(void* state, const void* data, std::size_t size);  // defined in hasher_avx2.cpp

namespace {
const bool have_avx2 = __builtin_cpu_supports("avx2") != 0;
}
#endif

void Hasher::spill() {
#ifdef KAFKASCOPE_HASH_AVX2
  if (have_avx2) {
    update_avx2(&state_, buffer_.data(), used_);
    used_ = 0;
    return;
  }
#endif
  XXH3_64bits_update(&state_, buffer_.data(), used_);
  used_ = 0;
}

}  // namespace kafkascope::sim
