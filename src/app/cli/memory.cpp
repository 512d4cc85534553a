#include "app/cli/memory.h"

#ifdef __GLIBC__

#include <malloc.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <thread>

namespace kafkascope::cli {
namespace {

constexpr std::uintptr_t kHugePage = std::uintptr_t{1} << 21;
constexpr int kStep = 1 << 24;  // the step by which the heap grows, which bounds the excess

/// The present end of the heap, from the kernel, because the C library's value belongs to its own thread.
std::uintptr_t heap_end() { return static_cast<std::uintptr_t>(syscall(SYS_brk, 0)); }

void clear_ahead(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::uintptr_t done = (heap_end() + kHugePage - 1) & ~(kHugePage - 1);
  while (!stop.stop_requested()) {
    if (done + kHugePage > heap_end()) {
      std::unique_lock lock(mutex);
      wake.wait_for(lock, stop, std::chrono::milliseconds(5), [] { return false; });
      continue;
    }
    void* const page = reinterpret_cast<void*>(done);
    madvise(page, kHugePage, MADV_HUGEPAGE);
    // Fails with ENOMEM if the heap has shrunk meanwhile: harmless, the end is read again. Any other error is
    // permanent.
    if (madvise(page, kHugePage, MADV_POPULATE_WRITE) != 0 && errno != ENOMEM) return;
    done += kHugePage;
  }
}

}  // namespace

struct MemoryAhead::Thread {
  std::jthread runs{[](const std::stop_token& stop) { clear_ahead(stop); }};
};

void begin_with_huge_pages(char** argv) {
  if (std::getenv("GLIBC_TUNABLES") != nullptr ||
      setenv("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1:glibc.malloc.tcache_count=4000", 0) != 0)
    return;
  execv("/proc/self/exe", argv);
}

MemoryAhead::MemoryAhead() {
  mallopt(M_TOP_PAD, kStep);
  mallopt(M_MMAP_THRESHOLD,
          2 * kStep);  // the highest value that glibc would choose by itself without the fixed step
  thread_ = std::make_unique<Thread>();
}
MemoryAhead::~MemoryAhead() = default;

}  // namespace kafkascope::cli

#else  // another C library: no special handling

namespace kafkascope::cli {

struct MemoryAhead::Thread {};

void begin_with_huge_pages(char**) {}
MemoryAhead::MemoryAhead() = default;
MemoryAhead::~MemoryAhead() = default;

}  // namespace kafkascope::cli

#endif
